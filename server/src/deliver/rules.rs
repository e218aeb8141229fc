//! Rules at work: one loop shows them what happened and what time it is, another does what follows.
//!
//! Both only take from the database what is there, so whatever dies in between is done by whoever looks next: events from
//! the kept place on, actions once their lease has run out.

use super::Webhooks;
use crate::email::Party;
use crate::local_path::with_query;
use crate::notices::Notices;
use crate::revert::{Targets, Undone as Unwritten};
use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use crate::under_way::UnderWay;
use chrono::TimeDelta;
use domain::followup::FollowupAction;
use domain::{ActivityId, Said, StoreId};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use storage::{Error, RevertBatch, RevertItem, RuleJob, Settled, Storage, TagItem, Undone};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// How often it is looked for what happened.
const POLL: Duration = Duration::from_millis(500);
/// How often old traces are dropped.
const TIDY: Duration = Duration::from_secs(3_600);
/// How many alarms are told at the same time.
const ALARMS: usize = 8;
/// How long one action may take.
const PATIENCE: Duration = Duration::from_secs(90);
/// For how long an action is taken: should this process die, another does it then.
const LEASE: TimeDelta = TimeDelta::minutes(3);

/// What stands for the webhook among those who were told of an alarm.
const WEBHOOK: &str = "webhook";

/// Evaluates rules and does what they say.
#[derive(Clone)]
pub struct Rules {
    /// Where everything is.
    pub storage: Storage,
    /// By whom alarms are mailed.
    pub notices: Notices,
    /// By whom alarms are posted.
    pub webhooks: Webhooks,
    /// Where tags are written.
    pub targets: Targets,
    /// How the outside reaches this server.
    pub public_url: Arc<str>,
}

impl Rules {
    /// Starts both loops, until the server stops. The handles end once what was begun is recorded.
    pub fn start(self, shutdown: &Shutdown) -> [JoinHandle<()>; 2] {
        let looking = self.clone();
        [
            supervise("evaluation of rules", shutdown.clone(), move |shutdown| {
                looking.clone().look(shutdown)
            }),
            supervise("actions of rules", shutdown.clone(), move |shutdown| {
                self.clone().work(shutdown)
            }),
        ]
    }

    async fn look(self, shutdown: Shutdown) {
        let mut places: HashMap<StoreId, i64> = HashMap::new();
        let mut tidied: Option<Instant> = None;
        loop {
            if tidied.is_none_or(|at| at.elapsed() >= TIDY) {
                tidied = Some(Instant::now());
                if let Err(error) = self.storage.forget_rule_runs().await {
                    tracing::error!(%error, "old traces of rules can't be dropped");
                }
            }
            let has_more = match self.look_once(&mut places).await {
                Ok(has_more) => has_more,
                Err(error) => {
                    tracing::error!(%error, "rules can't be evaluated; trying again");
                    false
                }
            };
            tokio::select! {
                biased;
                () = shutdown.wait() => return,
                () = sleep(if has_more { Duration::ZERO } else { POLL }) => {}
            }
        }
    }

    async fn look_once(&self, places: &mut HashMap<StoreId, i64>) -> Result<bool, Error> {
        let mut has_more = false;
        for store in self.storage.list_stores().await? {
            let place = places.entry(store.id).or_insert(0);
            // What is wrong in one store holds up no other, nor this one's schedules.
            match self.storage.evaluate_events(&store, *place).await {
                Ok((to, is_behind)) => {
                    *place = to;
                    has_more |= is_behind;
                }
                Err(error) => {
                    tracing::error!(%error, store = %store.name, "what happened can't be shown to rules; trying again");
                }
            }
            if let Err(error) = self.storage.evaluate_schedules(&store).await {
                tracing::error!(%error, store = %store.name, "schedules of rules can't be evaluated; trying again");
            }
        }
        Ok(has_more)
    }

    async fn work(self, shutdown: Shutdown) {
        let mut alarms = UnderWay::default();
        loop {
            let is_busy = self.work_once(&mut alarms).await;
            let is_alarming = !alarms.is_empty();
            tokio::select! {
                biased;
                () = shutdown.wait() => break,
                () = alarms.ended(), if is_alarming => {}
                () = sleep(if is_busy { Duration::ZERO } else { POLL }) => {}
            }
        }
        alarms.all_ended().await;
    }

    /// Takes one action and does it, so that none waits for another while its lease runs; answers whether there was one.
    /// An alarm is only begun: it waits for receivers, and the actions behind it in its firing alone wait for it. All others
    /// are done one after the other, since two of them may write the same thing.
    async fn work_once(&self, alarms: &mut UnderWay<Option<ActivityId>>) -> bool {
        alarms.forget_ended();
        if alarms.len() >= ALARMS {
            return false;
        }
        let firings: Vec<ActivityId> = alarms.keys().copied().flatten().collect();
        let claimed = self
            .storage
            .claim_rule_actions_of_others(&firings, 1, LEASE)
            .await;
        let jobs = claimed.unwrap_or_else(|error| {
            tracing::error!(%error, "what rules have to do can't be read; trying again");
            Vec::new()
        });
        let is_busy = !jobs.is_empty();
        for job in jobs {
            let is_alarm = matches!(job.task.action, FollowupAction::Alarm { .. });
            if is_alarm {
                alarms.begin(job.entry, self.clone().settle(job));
            } else {
                self.clone().settle(job).await;
            }
        }
        is_busy
    }

    async fn settle(self, job: RuleJob) {
        if let Err(error) = self.work_on(&job).await {
            tracing::error!(%error, task = %job.id, "an action of a rule can't be settled; its lease will run out");
        }
    }

    async fn work_on(&self, job: &RuleJob) -> Result<(), Error> {
        let done = match timeout(PATIENCE, self.act(job)).await {
            Ok(done) => done?,
            Err(_) => {
                let seconds = PATIENCE.as_secs().to_string();
                Err(Undone::later(Said::TookLonger { seconds }))
            }
        };
        let Err(undone) = done else {
            return Ok(());
        };
        let retry_at = self.storage.postpone_rule_action(job, &undone).await?;
        let action = job.task.action.as_str();
        let why = &undone.why;
        match retry_at {
            Some(at) => {
                tracing::warn!(task = %job.id, action, tries = job.tries, why, retry_at = %at, "an action of a rule failed; it is tried again");
            }
            None => {
                if let FollowupAction::Tag { .. } = job.task.action {
                    self.storage.fail_rule_tag(job, why).await?;
                }
                tracing::error!(task = %job.id, action, tries = job.tries, why, "an action of a rule is out of tries");
            }
        }
        Ok(())
    }

    async fn act(&self, job: &RuleJob) -> Result<Result<(), Undone>, Error> {
        match &job.task.action {
            FollowupAction::Alarm { text } => match self.alarm(job, text).await? {
                Ok(details) => {
                    self.storage.settle_rule_action(job, details).await?;
                    Ok(Ok(()))
                }
                Err(undone) => Ok(Err(undone)),
            },
            FollowupAction::Tag { tag } => self.tag(job, tag).await,
            _ => self.storage.perform_rule_action(job).await,
        }
    }

    /// Tells those who get the store's alarms, each once over all tries; answers how many were told.
    async fn alarm(&self, job: &RuleJob, text: &str) -> Result<Result<Value, Undone>, Error> {
        let (emails, url) = self.storage.alarm_recipients(job.store.id).await?;
        if emails.is_empty() && url.is_none() {
            return Ok(Err(Undone::never(Said::NobodyAlarmed)));
        }
        if job.store.is_sample {
            return Ok(Err(Undone::never(Said::SampleTells)));
        }
        let task = &job.task;
        let mut told = task.told.clone();
        let mut missed: Vec<String> = Vec::new();
        let letter = self.letter(job, text);
        for email in &emails {
            if told.contains(email) {
                continue;
            }
            let subject = format!("{}: {}", job.store.name, task.name);
            let to = Party::bare(email.clone());
            if self.notices.tell(subject, &to, letter.clone()).await {
                told.push(email.clone());
                self.storage.keep_told(job, &told).await?;
            } else {
                let email = email.clone();
                missed.push(Said::MailRefused { email }.into());
            }
        }
        if let Some(url) = url.filter(|_| !told.iter().any(|one| one == WEBHOOK)) {
            let body = json!({
                "type": "rule.alarm",
                "timestamp": self.storage.ambient().clock.now(),
                "data": {
                    "store": job.store.name, "rule": task.name, "rule_id": task.rule, "text": text, "event": task.about.event,
                    "subject": task.about.subject, "order": task.about.order,
                },
            });
            let called = self
                .webhooks
                .call_once(job.store.id, job.id, &url, &body.to_string())
                .await;
            match called {
                Ok(()) => {
                    told.push(WEBHOOK.to_owned());
                    self.storage.keep_told(job, &told).await?;
                }
                Err(why) => missed.push(Said::AlarmCall { why }.into()),
            }
        }
        if !missed.is_empty() {
            return Ok(Err(Undone::later(missed.join("; "))));
        }
        let is_called = told.iter().any(|one| one == WEBHOOK);
        let mailed = told.len() - usize::from(is_called);
        Ok(Ok(json!({ "emails": mailed, "webhook": is_called })))
    }

    /// What an alarm's mail says.
    fn letter(&self, job: &RuleJob, text: &str) -> String {
        let task = &job.task;
        let about = task.about.subject.as_ref();
        let query = match task.about.event {
            Some(id) => format!("id:{id}"),
            None => format!("rule:{}", task.rule),
        };
        let link = with_query("/activity", &[("q", &query)]);
        let what = about
            .map(|s| format!("About: {} {}\n", s.kind, s.label()))
            .unwrap_or_default();
        format!(
            "{text}\n\n{what}Rule: {}\n{}{link}\n",
            task.name, self.public_url
        )
    }

    /// Puts a tag on a thing in the shop, as an operation of one item.
    async fn tag(&self, job: &RuleJob, tag: &str) -> Result<Result<(), Undone>, Error> {
        if !job.store.is_sample
            && let Some(why) = self.targets.lack(job.store.id, None).await?
        {
            return Ok(Err(Undone::never(Said::NothingWritten { why })));
        }
        let item = match self.storage.prepare_rule_tag(job, tag).await? {
            Ok(Some(item)) => item,
            Ok(None) => {
                let details = json!({ "unchanged": true });
                self.storage.settle_rule_action(job, details).await?;
                return Ok(Ok(()));
            }
            Err(undone) => return Ok(Err(undone)),
        };
        match self.write_tag(job, item).await? {
            Ok(written) => {
                self.storage.end_rule_tag(job, &written).await?;
                let details = json!({ "operation": written.operation });
                self.storage.settle_rule_action(job, details).await?;
                Ok(Ok(()))
            }
            Err(undone) => Ok(Err(undone)),
        }
    }

    /// Writes it, and answers what the shop's tags were and are.
    async fn write_tag(
        &self,
        job: &RuleJob,
        item: TagItem,
    ) -> Result<Result<TagItem, Undone>, Error> {
        if job.store.is_sample {
            // There is no shop behind the sample store: what would be written counts as written.
            return Ok(Ok(item));
        }
        let batch = RevertBatch {
            id: item.batch,
            store_id: job.store.id,
            operation: item.operation.clone(),
            // It takes nothing back: it names itself.
            reverts: item.operation.clone(),
            target: None,
            tries: job.tries,
            items: vec![RevertItem {
                place: 0,
                subject: item.subject.clone(),
                field: "tags".to_owned(),
                now: item.now.clone(),
                to: item.to.clone(),
            }],
        };
        Ok(match self.targets.write(&batch).await? {
            Ok(settled) => match settled.into_iter().next() {
                Some((_, Settled::Done)) => Ok(item),
                Some((_, Settled::Merged { before, after })) => Ok(TagItem {
                    now: before,
                    to: after,
                    ..item
                }),
                Some((_, Settled::Failed(why) | Settled::Otherwise { why, .. })) => {
                    Err(Undone::never(why))
                }
                None => Err(Undone::later(Said::TagUnacknowledged)),
            },
            Err(Unwritten::Later(why, _) | Unwritten::Down(why, _)) => Err(Undone::later(why)),
            Err(Unwritten::Never(why)) => Err(Undone::never(why)),
        })
    }
}
