//! What is known of a rule and a subject, gathered for [`domain::followup::why::why`], which decides.

use super::action::task_id;
use super::event::{is_history, thing_hash};
use crate::log::{activity_of, uuid_of, zone};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::followup::why::{ActionNow, ActionState, Delivery, Known, Received, VersionThen, why};
use domain::followup::{Evaluation, FollowupAction, FollowupRule, Often, Trigger};
use domain::hook::HookResult;
use domain::view::{RuleVersion, RuleWhy};
use domain::{
    ActivityId, Clause, Filter, Pattern, Permission, Problem, Reference, RuleId, Test, fold, order,
};
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct Run {
    at: i64,
    entry: Vec<u8>,
}

/// What was received, and of what its entry tells.
struct Newest {
    received: Received,
    subject: Option<Reference>,
}

/// Where something stands in the ledger.
#[derive(FromQueryResult)]
struct Place {
    seq: i64,
    recorded_at: i64,
}

#[derive(FromQueryResult)]
pub(super) struct ActionColumns {
    state: i16,
    due_at: i64,
    tries: i64,
    error: Option<String>,
}

/// No schedule lets more time pass between two of its times.
const LONGEST: Duration = Duration::days(32);

/// Since when a rule had been off or deleted when a version of it held, if it was: the newest come first.
fn off_since(versions: &[RuleVersion], version: u32) -> Option<DateTime<Utc>> {
    let held = versions.iter().skip_while(|one| one.version > version);
    let off = held.take_while(|one| one.rule.as_ref().is_none_or(|rule| !rule.is_enabled));
    let first = off.last().map(|one| one.saved_at);
    // When the first versions were saved is not known where rules are older than versions.
    first.filter(|at| *at > DateTime::UNIX_EPOCH)
}

/// The version of a rule that was the newest at a time: the newest come first.
fn held_at(versions: &[RuleVersion], at: DateTime<Utc>) -> Option<&RuleVersion> {
    versions.iter().find(|version| version.saved_at <= at)
}

/// A version of a rule, none where it says that the rule was deleted, beside the rule as it is now.
fn beside(rule: &FollowupRule, version: u32, held: Option<&FollowupRule>) -> VersionThen {
    VersionThen {
        version,
        is_enabled: held.is_some_and(|held| held.is_enabled),
        is_deleted: held.is_none(),
        is_same_trigger: held.is_some_and(|held| held.trigger == rule.trigger),
        off_since: None,
    }
}

/// A rule as its newest version has it.
fn as_it_is(rule: &FollowupRule, versions: &[RuleVersion]) -> Option<VersionThen> {
    let newest = versions.first();
    newest.map(|held| beside(rule, held.version, held.rule.as_ref()))
}

impl Storage {
    /// Why a rule did or did not fire for a subject the last time that something was received about it. The subject of a
    /// schedule is not looked at. The number of an order may have the mark before it that people write.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], `not_found` for a rule that never was, or a fault.
    pub async fn why_rule(
        &self,
        scope: &Scope,
        id: RuleId,
        subject: &Reference,
    ) -> Result<RuleWhy, Error> {
        scope.require(Permission::ManageRules)?;
        let versions = self.list_rule_versions(scope, id).await?;
        let rule = versions.iter().find_map(|version| version.rule.clone());
        let rule = rule.ok_or_else(|| Problem::not_found("rule"))?;
        let (templates, colleagues) = self.names_there(scope).await?;
        let mut known = Known {
            faults: domain::followup::faults(&rule, &templates, &colleagues),
            ..Known::default()
        };
        let subject = match &rule.trigger {
            Trigger::Schedule { schedule } => {
                self.know_of_time(scope, &rule, *schedule, &versions, &mut known)
                    .await?;
                subject.clone()
            }
            _ => {
                let meant = self.meant(scope, subject).await?;
                self.know_of_subject(scope, &rule, &meant, &versions, &mut known)
                    .await?;
                meant
            }
        };
        if let Some(then) = &mut known.version {
            then.off_since = off_since(&versions, then.version);
        }
        let now = self.ambient().clock.now();
        Ok(RuleWhy {
            rule: id,
            name: rule.name,
            subject,
            offset_minutes: zone::offset_minutes(zone::of(scope.store()), now),
            answer: why(&known),
        })
    }

    /// The thing that a subject names: of an order the one without the mark before its number, unless one is known by
    /// its number with the mark.
    async fn meant(&self, scope: &Scope, subject: &Reference) -> Result<Reference, Error> {
        let number = order::bare(&subject.id);
        let is_marked = !number.is_empty() && number != subject.id;
        if !is_marked
            || fold(&subject.kind) != "order"
            || self.newest_received(scope, subject, None).await?.is_some()
            || self.is_told(scope, subject).await?
            || self.idle_delivery(scope, subject, None).await?.is_some()
        {
            return Ok(subject.clone());
        }
        Ok(Reference {
            id: number.to_owned(),
            ..subject.clone()
        })
    }

    /// Whether an order or a customer is known, as they may be without an entry; to who may not read any, none is.
    async fn is_told(&self, scope: &Scope, subject: &Reference) -> Result<bool, Error> {
        if !scope.role().may(Permission::ReadOrders) {
            return Ok(false);
        }
        match fold(&subject.kind).as_str() {
            "order" => Ok(self.order_columns(scope, &subject.id).await?.is_some()),
            "customer" => Ok(self.groups_of(scope, &subject.id).await?.is_some()),
            _ => Ok(false),
        }
    }

    async fn know_of_subject(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        subject: &Reference,
        versions: &[RuleVersion],
        known: &mut Known,
    ) -> Result<(), Error> {
        let newest = self.newest_received(scope, subject, None).await?;
        known.received = newest.map(|newest| newest.received);
        known.is_told = known.received.is_none() && self.is_told(scope, subject).await?;
        let query = match &rule.trigger {
            Trigger::Event { query } => query.clone(),
            _ => "action:message.received".to_owned(),
        };
        let mut message = None;
        // A trigger that can't be read finds nothing: the faults say so.
        if let Ok(filter) = self.filter(scope, &query)
            && let Some(newest) = self.newest_received(scope, subject, Some(filter)).await?
        {
            message = newest.subject.filter(|thing| thing.kind == "message");
            known.fitting = Some(newest.received);
        }
        known.delivery = self
            .idle_delivery(scope, subject, known.fitting.as_ref())
            .await?;
        let Some(fitting) = known.fitting.clone() else {
            known.version = as_it_is(rule, versions);
            return Ok(());
        };
        let text = "SELECT seq, recorded_at FROM ledger WHERE record_id = ? AND store_id = ?";
        let values = values![fitting.id.0.as_bytes().to_vec(), scope.store_id().0];
        let place: Option<Place> = sql(self.backend(), text, values)
            .one(self.readers())
            .await?;
        let Some(place) = place else { return Ok(()) };
        known.is_history = is_history(fitting.at, zone::time_of(place.recorded_at));
        known.version = if scope.store().is_sample {
            // Its rules are told when all that they looked at is: which of both came first only the story's times tell.
            let held = held_at(versions, fitting.at);
            held.map(|held| beside(rule, held.version, held.rule.as_ref()))
        } else {
            // What is told late is judged by the version that held when it was recorded, so its own time tells nothing.
            let held = self.version_at(scope, rule.id, place.seq).await?;
            held.map(|held| beside(rule, held.version, held.rule.as_ref()))
        };
        let is_event = matches!(rule.trigger, Trigger::Event { .. });
        known.is_read = !is_event || self.rule_cursor(scope).await? >= place.seq;
        // About an order many messages come: what is asked for is what became of the newest.
        let thing = message.as_ref().filter(|_| !is_event).unwrap_or(subject);
        let mut statement = sql(
            self.backend(),
            "SELECT at, entry FROM rule_run WHERE store_id = ? AND rule_id = ? AND thing = ?",
            values![
                scope.store_id().0,
                rule.id.0.as_bytes().to_vec(),
                thing_hash(scope, thing)
            ],
        );
        if is_event {
            statement.push(" AND event_seq = ").bind(place.seq);
        }
        statement.push(" ORDER BY at DESC LIMIT 1");
        let run: Option<Run> = statement.one(self.readers()).await?;
        if let Some(run) = run {
            self.know_of_run(scope, &run, known).await?;
        }
        Ok(())
    }

    async fn know_of_time(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        schedule: Often,
        versions: &[RuleVersion],
        known: &mut Known,
    ) -> Result<(), Error> {
        let passed = self.newest_time(scope, rule, schedule, versions);
        if let Some((at, then)) = passed.filter(|(_, then)| !then.is_enabled) {
            known.passed = Some(at);
            known.version = Some(then);
            return Ok(());
        }
        let text = "SELECT at, entry FROM rule_run WHERE store_id = ? AND rule_id = ? AND thing = 0 ORDER BY at DESC LIMIT 1";
        let values = values![scope.store_id().0, rule.id.0.as_bytes().to_vec()];
        let run: Option<Run> = sql(self.backend(), text, values)
            .one(self.readers())
            .await?;
        let Some(run) = run else {
            match passed {
                Some((at, then)) => (known.passed, known.version) = (Some(at), Some(then)),
                None => {
                    let zone = zone::of(scope.store());
                    known.next = Some(schedule.next_after(self.ambient().clock.now(), &zone));
                    known.version = as_it_is(rule, versions);
                }
            }
            return Ok(());
        };
        known.is_read = true;
        known.fitting = Some(Received {
            id: ActivityId(uuid_of(&run.entry)?),
            action: "schedule".to_owned(),
            at: zone::time_of(run.at),
        });
        let held = held_at(versions, zone::time_of(run.at));
        known.version = held.map(|held| beside(rule, held.version, held.rule.as_ref()));
        self.know_of_run(scope, &run, known).await
    }

    /// The newest time of a rule's schedule that passed since the rule had it, and the rule as it was then.
    fn newest_time(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        schedule: Often,
        versions: &[RuleVersion],
    ) -> Option<(DateTime<Utc>, VersionThen)> {
        let (now, zone) = (self.ambient().clock.now(), zone::of(scope.store()));
        let first = schedule.next_after(now - LONGEST, &zone);
        let times = std::iter::successors(Some(first), |at| Some(schedule.next_after(*at, &zone)));
        let last = times.take_while(|at| *at <= now).last()?;
        let then = held_at(versions, last)?;
        // Of a schedule that the rule did not have yet no time has passed.
        let mut by_then = versions.iter().filter(|version| version.saved_at <= last);
        let held = by_then.find_map(|version| version.rule.as_ref())?;
        if held.trigger != rule.trigger {
            return None;
        }
        Some((last, beside(rule, then.version, then.rule.as_ref())))
    }

    /// A webhook of the shop about a subject that came after what fits and became no entry: the newest that waits or is
    /// out of tries, whatever came after it, else the newest of all. None for who may not see webhooks.
    async fn idle_delivery(
        &self,
        scope: &Scope,
        subject: &Reference,
        fitting: Option<&Received>,
    ) -> Result<Option<Delivery>, Error> {
        if scope.require(Permission::ManageWebhooks).is_err() {
            return Ok(None);
        }
        let about = self.deliveries_about(scope, &subject.kind, &subject.id);
        let mut about = about.await?;
        about.retain(|row| fitting.is_none_or(|fitting| row.received_at > fitting.at));
        let open = about.iter().position(|row| !row.state.is_over());
        let told = about.into_iter().nth(open.unwrap_or(0));
        let told = told.filter(|row| row.result != Some(HookResult::Recorded));
        Ok(told.map(|row| Delivery {
            id: row.id,
            topic: row.topic,
            at: row.received_at,
            state: row.state,
            result: row.result,
            error: row.error,
            due_at: row.due_at,
        }))
    }

    /// The newest that was received about a subject, and that a filter finds.
    async fn newest_received(
        &self,
        scope: &Scope,
        subject: &Reference,
        filter: Option<Filter>,
    ) -> Result<Option<Newest>, Error> {
        let is_any = filter.is_none();
        let mut filter = filter.unwrap_or_default();
        let mut add = |is_negated, test| filter.clauses.push(Clause { is_negated, test });
        add(
            false,
            Test::About(vec![Pattern {
                text: format!("{}/{}", fold(&subject.kind), fold(&subject.id)),
                is_prefix: false,
            }]),
        );
        // What the rules themselves left behind sets nothing off.
        add(true, Test::Action(vec![Pattern::prefix("rule.")]));
        if is_any {
            // A webhook that a rule called tells nothing of the subject.
            add(true, Test::Action(vec![Pattern::prefix("webhook.")]));
        }
        let found = self.newest_activities(scope, &filter, 1).await?;
        Ok(found.rows.into_iter().next().map(|row| Newest {
            received: Received {
                id: row.id,
                action: row.action,
                at: row.occurred_at,
            },
            subject: row.subject,
        }))
    }

    /// What an evaluation recorded, and where its actions stand.
    async fn know_of_run(&self, scope: &Scope, run: &Run, known: &mut Known) -> Result<(), Error> {
        let entry = ActivityId(uuid_of(&run.entry)?);
        let text = "SELECT p.body FROM ledger l JOIN payload p ON p.seq = l.seq WHERE l.record_id = ? AND l.store_id = ?";
        let values = values![run.entry.clone(), scope.store_id().0];
        let Some(row) = sql(self.backend(), text, values)
            .row(self.readers())
            .await?
        else {
            return Ok(());
        };
        let activity = activity_of(&row.try_get_by_index::<String>(0)?)?;
        let details = activity.details.unwrap_or_default();
        let Ok(evaluation) = serde_json::from_value::<Evaluation>(details) else {
            return Ok(());
        };
        let at = zone::time_of(run.at);
        known.error = activity.error;
        if evaluation.is_fired()
            && let Some(rule) = self
                .rule_version(scope, evaluation.rule, evaluation.version)
                .await?
        {
            for (place, action) in rule.actions.iter().enumerate() {
                let is_kept_back = matches!(action, FollowupAction::SendTemplate { .. })
                    && evaluation.guard.is_some();
                if !is_kept_back {
                    let now = self.action_now(entry, place, action, at).await?;
                    // What could not be done at once left nothing in the queue.
                    known.actions.extend(now.filter(|_| known.error.is_none()));
                }
            }
        }
        known.evaluation = Some((at, evaluation));
        Ok(())
    }

    async fn rule_version(
        &self,
        scope: &Scope,
        id: RuleId,
        version: u32,
    ) -> Result<Option<FollowupRule>, Error> {
        let versions = self.list_rule_versions(scope, id).await?;
        let found = versions.into_iter().find(|v| v.version == version);
        Ok(found.and_then(|found| found.rule))
    }

    /// Where an action of a firing stands. One that left no trace in the queue was done with the evaluation itself.
    async fn action_now(
        &self,
        entry: ActivityId,
        place: usize,
        action: &FollowupAction,
        fired_at: DateTime<Utc>,
    ) -> Result<Option<ActionNow>, Error> {
        let id = task_id(entry, place).as_bytes().to_vec();
        let text = "SELECT state, due_at, tries, error FROM rule_action WHERE id = ? \
                    UNION ALL SELECT CAST(0 AS SMALLINT), due_at, tries, error FROM webhook_job WHERE id = ?";
        let found: Vec<ActionColumns> = sql(self.backend(), text, values![id.clone(), id])
            .all(self.readers())
            .await?;
        let action = action.as_str().to_owned();
        // A webhook that is tried again is in both.
        let Some(columns) = found.into_iter().min_by_key(|columns| columns.state) else {
            return Ok(Some(ActionNow {
                action,
                tries: 1,
                state: ActionState::Done,
                error: None,
                at: Some(fired_at),
            }));
        };
        let state = super::list::state_of(columns.state);
        Ok(Some(ActionNow {
            action,
            tries: u32::try_from(columns.tries).unwrap_or(0),
            state,
            error: columns.error.filter(|_| state != ActionState::Done),
            at: (state != ActionState::Dead).then(|| zone::time_of(columns.due_at)),
        }))
    }
}
