//! What rules have yet to do: queued with the evaluation, claimed by a worker, tried again by the plan, and kept for a
//! person once it is out of tries.

use super::list::{DEAD, WAITING};
use super::{actor_of_rule, reference, reference_of_rule};
use crate::account::own_activity;
use crate::log::uuid_of;
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::store::store_of;
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::followup::{FollowupAction, FollowupRule, plan};
use domain::view::StoreView;
use domain::{
    Activity, ActivityId, Category, MessageId, Outcome, Reference, RuleId, Said, StoreId,
};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// What an action is about: what set the rule off.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The entry of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<ActivityId>,
    /// What happened: an action, `message.received` or `schedule`.
    pub happened: String,
    /// The thing it happened to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Reference>,
    /// The order concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The message that came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// The trace that what follows belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// One action of one firing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleTask {
    /// Of which rule.
    pub rule: RuleId,
    /// The rule's name then.
    pub name: String,
    /// Which version of it.
    pub version: u32,
    /// Which of its actions, from 0.
    pub place: u32,
    /// What is to be done.
    pub action: FollowupAction,
    /// For what.
    pub about: About,
    /// What a webhook sends, once it is out of tries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Who was told by an earlier try: addresses, and `webhook`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<String>,
}

impl RuleTask {
    /// The action at a place of a rule.
    pub(super) fn of(
        rule: &FollowupRule,
        (place, action): (usize, &FollowupAction),
        about: About,
    ) -> Self {
        Self {
            rule: rule.id,
            name: rule.name.clone(),
            version: rule.version,
            place: u32::try_from(place).unwrap_or(0),
            action: action.clone(),
            about,
            body: None,
            told: Vec::new(),
        }
    }
}

/// An action that a worker has taken.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleJob {
    /// The same at each try.
    pub id: Uuid,
    /// In which store.
    pub store: StoreView,
    /// The evaluation's entry, one for all actions of a firing; none where only its body knows it.
    pub entry: Option<ActivityId>,
    /// What is to be done.
    pub task: RuleTask,
    /// How often it was taken, this time included.
    pub tries: u32,
}

/// Why an action was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// In words.
    pub why: String,
    /// Whether trying again can't help.
    pub is_final: bool,
}

impl Undone {
    /// It can't be done, as things are.
    pub fn never(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            is_final: true,
        }
    }

    /// It may be done later.
    pub fn later(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            is_final: false,
        }
    }
}

/// The id of an action of a firing: the same whoever derives it.
pub(super) fn task_id(entry: ActivityId, place: usize) -> Uuid {
    derived(
        Sha256::new()
            .chain_update(entry.0.as_bytes())
            .chain_update((place as u64).to_be_bytes()),
    )
}

/// The id that follows from what was digested.
pub(super) fn derived(from: Sha256) -> Uuid {
    let digest = from.finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(id).into_uuid()
}

/// An action as it is written down.
pub(super) struct Row<'t> {
    pub(super) id: Uuid,
    pub(super) store_id: StoreId,
    /// The evaluation's entry; none for a call that ended, which only its body knows.
    pub(super) entry: Option<ActivityId>,
    pub(super) task: &'t RuleTask,
    pub(super) state: i16,
    pub(super) created_at: i64,
    pub(super) due_at: i64,
    pub(super) tries: u32,
    pub(super) error: Option<String>,
}

impl Row<'_> {
    /// The writing of it, unless it is there.
    pub(super) fn inserted(self) -> Result<Effect, Error> {
        let definition = serde_json::to_string(self.task).map_err(damaged)?;
        Ok(Effect::statement(
            "INSERT INTO rule_action (id, store_id, rule_id, entry, definition, state, created_at, due_at, tries, error) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            values![
                self.id.as_bytes().to_vec(),
                self.store_id.0,
                self.task.rule.0.as_bytes().to_vec(),
                self.entry.map(|entry| entry.0.as_bytes().to_vec()),
                definition,
                self.state,
                self.created_at,
                self.due_at,
                i64::from(self.tries),
                self.error,
            ],
        ))
    }
}

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    store_id: i64,
    entry: Option<Vec<u8>>,
    definition: String,
    tries: i64,
    due_at: i64,
}

impl Storage {
    /// The queueing of an action, for the transaction of its evaluation.
    pub(super) fn queue_action(
        &self,
        scope: &Scope,
        task: &RuleTask,
        entry: ActivityId,
    ) -> Result<Effect, Error> {
        if let FollowupAction::CallWebhook { url } = &task.action {
            return Ok(self.webhook_of(scope, task, entry, url));
        }
        let now = self.ambient().clock.now().timestamp_micros();
        let row = Row {
            id: task_id(entry, task.place as usize),
            store_id: scope.store_id(),
            entry: Some(entry),
            task,
            state: WAITING,
            created_at: now,
            // In their order: a microsecond apart.
            due_at: now + i64::from(task.place),
            tries: 0,
            error: None,
        };
        row.inserted()
    }

    /// The queueing of an action whose first try was made with its evaluation and failed, for the same transaction, and
    /// the entry that says so.
    pub(super) fn queue_undone(
        &self,
        scope: &Scope,
        task: RuleTask,
        entry: ActivityId,
        undone: &Undone,
    ) -> Result<(Effect, Record), Error> {
        let now = self.ambient().clock.now();
        let job = RuleJob {
            id: task_id(entry, task.place as usize),
            store: scope.store().clone(),
            entry: Some(entry),
            task,
            tries: 1,
        };
        let retry_at = self.retry_at(&job, undone);
        let row = Row {
            id: job.id,
            store_id: scope.store_id(),
            entry: Some(entry),
            task: &job.task,
            state: retry_at.map_or(DEAD, |_| WAITING),
            created_at: now.timestamp_micros(),
            due_at: retry_at.unwrap_or(now).timestamp_micros(),
            tries: job.tries,
            error: Some(undone.why.clone()),
        };
        let queued = row.inserted()?;
        Ok((queued, self.told_undone(&job, undone, retry_at)))
    }

    /// Takes up to `limit` actions that are due, for `lease`; those of one firing in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_rule_actions(
        &self,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<RuleJob>, Error> {
        self.claim_rule_actions_of_others(&[], limit, lease).await
    }

    /// As [`Storage::claim_rule_actions`], of all firings but these.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_rule_actions_of_others(
        &self,
        firings: &[ActivityId],
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<RuleJob>, Error> {
        let writer = &self.inner.connections.writer;
        let backend = sea_orm::ConnectionTrait::get_database_backend(writer);
        let (one_of, end) = crate::sql::claimed(backend);
        let now = self.ambient().clock.now();
        let until = (now + lease).timestamp_micros();
        let now = now.timestamp_micros();
        let mut values = values![until, now, now];
        let mut others = String::new();
        if !firings.is_empty() {
            let places = vec!["?"; firings.len()].join(", ");
            others = format!(" AND (entry IS NULL OR entry NOT IN ({places}))");
            let entries = firings.iter().map(|entry| entry.0.as_bytes().to_vec());
            values.extend(entries.map(sea_orm::Value::from));
        }
        values.push(i64::from(limit).into());
        let text = format!(
            "UPDATE rule_action SET lease_until = ?, tries = tries + 1 WHERE id {one_of}SELECT id FROM rule_action \
             WHERE state = 0 AND due_at <= ? AND (lease_until IS NULL OR lease_until < ?){others} ORDER BY due_at LIMIT ?{end} \
             RETURNING id, store_id, entry, definition, tries, due_at"
        );
        let mut found: Vec<Columns> = sql(backend, &text, values).all(writer).await?;
        // They come back in any order.
        found.sort_by_key(|columns| columns.due_at);
        let mut jobs = Vec::with_capacity(found.len());
        for columns in found {
            let Some(store) = store_of(self.readers(), StoreId(columns.store_id)).await? else {
                continue;
            };
            let entry = columns.entry.as_deref().map(uuid_of).transpose()?;
            jobs.push(RuleJob {
                id: uuid_of(&columns.id)?,
                store,
                entry: entry.map(ActivityId),
                task: serde_json::from_str(&columns.definition).map_err(damaged)?,
                tries: u32::try_from(columns.tries).unwrap_or(1),
            });
        }
        Ok(jobs)
    }

    /// Records that an action was done as `rule.acted`, in the transaction of what it does, and marks it. Nothing is
    /// written when another process was faster.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn finish_action(
        &self,
        job: &RuleJob,
        records: Vec<Record>,
        mut effects: Vec<Effect>,
        details: Value,
    ) -> Result<(), Error> {
        let gone = Effect::one(
            "UPDATE rule_action SET state = 2, due_at = ?, error = NULL WHERE id = ? AND state = 0",
            values![
                self.ambient().clock.now().timestamp_micros(),
                job.id.as_bytes().to_vec()
            ],
            "another process did this",
        );
        effects.insert(0, gone);
        let mut acted = self.about_action(job, "rule.acted");
        if let (Some(Value::Object(all)), Value::Object(more)) = (&mut acted.details, details) {
            all.extend(more);
        }
        let records = records
            .into_iter()
            .chain([Record::Activity(acted)])
            .collect();
        self.write_action(job, records, effects).await
    }

    /// Records that an action that the server did is done. What an earlier try of a tag left open ends with it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_rule_action(&self, job: &RuleJob, details: Value) -> Result<(), Error> {
        let scope = Scope::system("rules", job.store.clone());
        let ended = self
            .tag_given_up(&scope, job.id, &job.task.action, Said::TagThere)
            .await?;
        self.finish_action(job, ended, Vec::new(), details).await
    }

    /// Keeps who was told already, so that another try tells only the others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_told(&self, job: &RuleJob, told: &[String]) -> Result<(), Error> {
        let task = RuleTask {
            told: told.to_vec(),
            ..job.task.clone()
        };
        let effect = Effect::statement(
            "UPDATE rule_action SET definition = ? WHERE id = ? AND state = 0",
            values![
                serde_json::to_string(&task).map_err(damaged)?,
                job.id.as_bytes().to_vec()
            ],
        );
        self.recorder().apply(vec![effect]).await
    }

    /// Records that a try failed as `rule.action_failed`: it is tried again by the plan, or kept for a person. Returns
    /// when it is tried again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn postpone_rule_action(
        &self,
        job: &RuleJob,
        undone: &Undone,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let retry_at = self.retry_at(job, undone);
        let id = job.id.as_bytes().to_vec();
        let why = undone.why.clone();
        let effect = match retry_at {
            Some(at) => Effect::statement(
                "UPDATE rule_action SET lease_until = NULL, due_at = ?, error = ? WHERE id = ? AND state = 0",
                values![at.timestamp_micros(), why, id],
            ),
            None => Effect::statement(
                "UPDATE rule_action SET lease_until = NULL, state = 1, error = ? WHERE id = ? AND state = 0",
                values![why, id],
            ),
        };
        let failed = self.told_undone(job, undone, retry_at);
        self.write_action(job, vec![failed], vec![effect]).await?;
        Ok(retry_at)
    }

    /// When a try that failed is made again, by the plan; none once the tries are out or when it can't help.
    fn retry_at(&self, job: &RuleJob, undone: &Undone) -> Option<DateTime<Utc>> {
        let jitter = job.id.as_bytes()[15];
        let wait = plan::wait_after(&plan::WAITS, job.tries, jitter).filter(|_| !undone.is_final);
        wait.map(|wait| self.ambient().clock.now() + wait)
    }

    /// The entry that says that a try failed.
    fn told_undone(
        &self,
        job: &RuleJob,
        undone: &Undone,
        retry_at: Option<DateTime<Utc>>,
    ) -> Record {
        let mut failed = self.about_action(job, "rule.action_failed");
        failed.outcome = Outcome::Failed;
        failed.error = Some(undone.why.clone());
        if let Some(Value::Object(details)) = &mut failed.details {
            match retry_at {
                Some(at) => details.insert("retry_at".to_owned(), json!(at)),
                None => details.insert("given_up".to_owned(), json!(true)),
            };
        }
        Record::Activity(failed)
    }

    async fn write_action(
        &self,
        job: &RuleJob,
        records: Vec<Record>,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let key = "rules".to_owned();
        let written = self
            .recorder()
            .write(job.store.id, key, records, effects, None)
            .await;
        match written {
            Ok(_) => Ok(()),
            Err(Error::Problem(problem)) if problem.message == "another process did this" => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The entry that says what became of an action.
    pub(super) fn about_action(&self, job: &RuleJob, action: &str) -> Activity {
        let task = &job.task;
        let about = &task.about;
        let mut activity = own_activity(
            self.ambient(),
            action,
            Category::System,
            about.subject.clone(),
            Vec::new(),
        );
        activity.actor = actor_of_rule(task.rule, &task.name);
        activity.rule = Some(reference_of_rule(task.rule, &task.name));
        activity.description = Some(super::settle::in_short(&task.action));
        activity.origin.trace_id.clone_from(&about.trace);
        let is_subject = |order: &str| {
            let subject = about.subject.as_ref();
            subject.is_some_and(|s| s.kind == "order" && s.id == order)
        };
        let order = about.order.as_deref().filter(|order| !is_subject(order));
        activity.related = order.map(|o| reference("order", o)).into_iter().collect();
        let event = about.event.map(|id| reference("activity", &id.to_string()));
        activity.related.extend(event);
        activity.details = Some(json!({
            "action": task.action.as_str(), "place": task.place, "version": task.version, "tries": job.tries, "task": job.id,
        }));
        activity
    }
}
