//! What people do with actions that wait or are out of tries: retry, edit, discard, one or all at once.

use super::action::{Row, RuleTask};
use super::list::{ACTIONS, Columns, DISCARDED, of_rule};
use super::webhook::{host_of, queued_call};
use super::{edit, reference, reference_of_rule};
use crate::account::own_activity;
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::followup::why::ActionState;
use domain::followup::{FollowupAction, action_refusal, at_value};
use domain::view::RuleActionRow;
use domain::{Activity, Category, Change, Code, Permission, Problem, RuleId, Said};
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use uuid::Uuid;

/// How many are settled in one transaction.
const AT_ONCE: i64 = 500;
/// How often that is tried anew when somebody else settles one of them meanwhile.
const ROUNDS: u32 = 10;

/// What is said to whom would give up or edit what a worker has.
const UNDER_WAY: &str = "it is being tried at this moment; look at it again";

/// Which actions that are out of tries are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadActions {
    /// These; those among them that are not out of tries are left alone.
    These(Vec<Uuid>),
    /// All, of one rule or of every rule.
    All(Option<RuleId>),
}

/// What is done with them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Settling {
    Retry,
    Discard,
}

impl Storage {
    /// Has an action tried now: one that waits, or one that is out of tries, with all its tries again. Recorded as
    /// `rule.action_retried`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`]; `not_found` when it was done meanwhile; or a fault.
    pub async fn retry_rule_action(&self, scope: &Scope, id: Uuid) -> Result<(), Error> {
        let (row, task) = self.rule_action(scope, id).await?;
        let now = self.ambient().clock.now().timestamp_micros();
        let key = id.as_bytes().to_vec();
        let is_webhook = matches!(task.action, FollowupAction::CallWebhook { .. });
        // One that is being tried just now has what was asked for.
        let effects = match (is_webhook, row.state) {
            (true, ActionState::Waiting) => vec![Effect::statement(
                "UPDATE webhook_job SET due_at = ? WHERE id = ?",
                values![now, key],
            )],
            (false, ActionState::Waiting) => vec![Effect::statement(
                "UPDATE rule_action SET due_at = ? WHERE id = ? AND state = 0",
                values![now, key],
            )],
            (_, _) => self.queue_again(scope, id, &task)?,
        };
        let told = self.told_of(scope, &row, "rule.action_retried");
        self.write_records(scope, vec![Record::Activity(told)], effects)
            .await
    }

    /// An action that waits or is out of tries as it would be with another value.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`]; `not_found` when it was done meanwhile; `conflict` while it is
    /// being tried; invalid field `value`; or a fault.
    pub async fn rule_action_with(
        &self,
        scope: &Scope,
        id: Uuid,
        value: &str,
    ) -> Result<FollowupAction, Error> {
        let (row, task) = self.rule_action(scope, id).await?;
        if row.is_under_way {
            return Err(Problem::new(Code::Conflict, UNDER_WAY).into());
        }
        if task.action.value().is_none() {
            let message = "this action names nothing and says nothing";
            return Err(Problem::field("value", "unexpected", message).into());
        }
        let action = task.action.with_value(value.trim().to_owned());
        match action_refusal(&action) {
            Some(problem) => Err(problem.into()),
            None => Ok(action),
        }
    }

    /// Has an action that waits or is out of tries made now with another value ([`Storage::rule_action_with`]), with all
    /// its tries again. Its rule stays as it is. Recorded as `rule.action_retried`, with what was changed.
    ///
    /// # Errors
    /// As [`Storage::rule_action_with`], also when a worker takes it at the same moment: then nothing is changed; invalid
    /// field `value` for a template or a colleague that is not there.
    pub async fn edit_rule_action(
        &self,
        scope: &Scope,
        id: Uuid,
        action: FollowupAction,
    ) -> Result<(), Error> {
        let action = self
            .rule_action_with(scope, id, action.value().unwrap_or_default())
            .await?;
        let (row, task) = self.rule_action(scope, id).await?;
        let mut told = self.told_of(scope, &row, "rule.action_retried");
        told.changes = vec![Change {
            field: task.action.as_str().to_owned(),
            before: shown(&task.action).into(),
            after: shown(&action).into(),
        }];
        let mut records = self
            .tag_given_up(scope, id, &task.action, Said::ActionEdited)
            .await?;
        records.insert(0, Record::Activity(told));
        let task = RuleTask { action, ..task };
        let mut effects = vec![edit::all_there(scope, vec![(0, task.action.clone())])];
        match row.state {
            ActionState::Waiting => effects.push(self.queue_otherwise(id, &task)?),
            _ => effects.extend(self.queue_again(scope, id, &task)?),
        }
        let written = self.write_records(scope, records, effects);
        match written.await {
            Err(Error::Problem(problem)) if problem.code == Code::InvalidFields => {
                Err(at_value(problem).into())
            }
            written => written,
        }
    }

    /// Gives an action up: one that is out of tries, or that waits for its first or next one. Recorded as
    /// `rule.action_discarded`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`]; `not_found` when it was done meanwhile, `conflict` while it is being
    /// tried; or a fault.
    pub async fn discard_rule_action(&self, scope: &Scope, id: Uuid) -> Result<(), Error> {
        let (row, task) = self.rule_action(scope, id).await?;
        let now = self.ambient().clock.now().timestamp_micros();
        let key = id.as_bytes().to_vec();
        let is_webhook = matches!(task.action, FollowupAction::CallWebhook { .. });
        let effects = match (is_webhook, row.state) {
            (true, ActionState::Waiting) => self.webhook_given_up(scope, &row, &task, now)?,
            (false, ActionState::Waiting) => vec![Effect::one(
                "UPDATE rule_action SET state = 3, due_at = ? WHERE id = ? AND state = 0 \
                 AND (lease_until IS NULL OR lease_until < ?)",
                values![now, key, now],
                UNDER_WAY,
            )],
            (_, _) => vec![self.given_up(id)],
        };
        let told = self.told_of(scope, &row, "rule.action_discarded");
        let mut records = self
            .tag_given_up(scope, id, &task.action, Said::ActionDiscarded)
            .await?;
        records.insert(0, Record::Activity(told));
        self.write_records(scope, records, effects).await
    }

    /// Has actions that are out of tries tried again, as [`Storage::retry_rule_action`] does one; returns how many.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], or a fault: then some may have been retried, and asking again is
    /// harmless.
    pub async fn retry_dead_actions(
        &self,
        scope: &Scope,
        which: &DeadActions,
    ) -> Result<u64, Error> {
        self.settle_dead(scope, which, Settling::Retry).await
    }

    /// Gives actions that are out of tries up, as [`Storage::discard_rule_action`] does one; returns how many.
    ///
    /// # Errors
    /// As [`Storage::retry_dead_actions`].
    pub async fn discard_dead_actions(
        &self,
        scope: &Scope,
        which: &DeadActions,
    ) -> Result<u64, Error> {
        self.settle_dead(scope, which, Settling::Discard).await
    }

    /// Settles them by their ids from low to high: one that fails again meanwhile is not met twice.
    async fn settle_dead(
        &self,
        scope: &Scope,
        which: &DeadActions,
        settling: Settling,
    ) -> Result<u64, Error> {
        scope.require(Permission::ManageRules)?;
        let now = self.ambient().clock.now();
        let (mut count, mut after, mut rounds) = (0, Vec::<u8>::new(), 0);
        loop {
            let mut statement = sql(self.backend(), ACTIONS, values![scope.store_id().0]);
            statement
                .push(" AND state = 1 AND id > ")
                .bind(after.clone());
            match which {
                DeadActions::These(ids) => {
                    let ids = ids.iter().map(|id| id.as_bytes().to_vec());
                    statement.push(" AND id IN ").list(ids);
                }
                DeadActions::All(rule) => of_rule(&mut statement, *rule),
            }
            statement.push(" ORDER BY id LIMIT ").bind(AT_ONCE);
            let found: Vec<Columns> = statement.all(self.readers()).await?;
            let (mut records, mut effects) = (Vec::new(), Vec::new());
            let (mut settled, mut last) = (0, None);
            for columns in found {
                let (row, task) = columns.read(now)?;
                let action = match settling {
                    Settling::Retry => {
                        effects.extend(self.queue_again(scope, row.id, &task)?);
                        "rule.action_retried"
                    }
                    Settling::Discard => {
                        effects.push(self.given_up(row.id));
                        let action = &task.action;
                        records.extend(
                            self.tag_given_up(scope, row.id, action, Said::ActionDiscarded)
                                .await?,
                        );
                        "rule.action_discarded"
                    }
                };
                records.push(Record::Activity(self.told_of(scope, &row, action)));
                settled += 1;
                last = Some(row.id);
            }
            let Some(last) = last else { return Ok(count) };
            match self.write_records(scope, records, effects).await {
                Ok(()) => {
                    count += settled;
                    after = last.as_bytes().to_vec();
                }
                Err(Error::Problem(problem))
                    if problem.code == Code::NotFound && rounds < ROUNDS =>
                {
                    rounds += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The queueing of what was out of tries, with all its tries.
    fn queue_again(&self, scope: &Scope, id: Uuid, task: &RuleTask) -> Result<Vec<Effect>, Error> {
        let now = self.ambient().clock.now();
        let key = id.as_bytes().to_vec();
        let FollowupAction::CallWebhook { url } = &task.action else {
            let definition = serde_json::to_string(task).map_err(damaged)?;
            return Ok(vec![still_there(
                "UPDATE rule_action SET definition = ?, due_at = ?, state = 0, tries = 0 WHERE id = ? AND state = 1",
                values![definition, now.timestamp_micros(), key],
            )]);
        };
        let body = task.body.clone();
        let body = body.ok_or_else(|| Problem::not_found("webhook of a rule"))?;
        Ok(vec![
            still_there(
                "DELETE FROM rule_action WHERE id = ? AND state = 1",
                values![key],
            ),
            queued_call(id, scope.store_id(), url, body, now),
        ])
    }

    /// What waits, made with another value, with all its tries; not while a worker has it, who would settle what it took.
    fn queue_otherwise(&self, id: Uuid, task: &RuleTask) -> Result<Effect, Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let key = id.as_bytes().to_vec();
        Ok(match &task.action {
            FollowupAction::CallWebhook { url } => Effect::one(
                "UPDATE webhook_job SET url = ?, due_at = ?, lease_until = NULL, tries = 0 WHERE id = ? \
                 AND (lease_until IS NULL OR lease_until < ?)",
                values![url.clone(), now, key, now],
                UNDER_WAY,
            ),
            _ => Effect::one(
                "UPDATE rule_action SET definition = ?, due_at = ?, lease_until = NULL, tries = 0 WHERE id = ? AND state = 0 \
                 AND (lease_until IS NULL OR lease_until < ?)",
                values![serde_json::to_string(task).map_err(damaged)?, now, key, now],
                UNDER_WAY,
            ),
        })
    }

    /// The giving up of what was out of tries.
    fn given_up(&self, id: Uuid) -> Effect {
        let now = self.ambient().clock.now().timestamp_micros();
        still_there(
            "UPDATE rule_action SET state = 3, due_at = ? WHERE id = ? AND state = 1",
            values![now, id.as_bytes().to_vec()],
        )
    }

    /// A webhook that waits leaves the queue, and is kept among the actions as given up.
    fn webhook_given_up(
        &self,
        scope: &Scope,
        row: &RuleActionRow,
        task: &RuleTask,
        now: i64,
    ) -> Result<Vec<Effect>, Error> {
        let kept = Row {
            id: row.id,
            store_id: scope.store_id(),
            entry: None,
            task,
            state: DISCARDED,
            created_at: row.created_at.timestamp_micros(),
            due_at: now,
            tries: row.tries,
            error: row.error.clone(),
        };
        Ok(vec![
            Effect::one(
                "DELETE FROM webhook_job WHERE id = ? AND (lease_until IS NULL OR lease_until < ?)",
                values![row.id.as_bytes().to_vec(), now],
                UNDER_WAY,
            ),
            kept.inserted()?,
        ])
    }

    /// The entry that says what somebody did with an action.
    fn told_of(&self, scope: &Scope, row: &RuleActionRow, action: &str) -> Activity {
        let subject = row.rule.map(|rule| reference("rule", &rule.to_string()));
        let mut activity = own_activity(
            self.ambient(),
            action,
            Category::System,
            subject,
            Vec::new(),
        );
        activity.actor = scope.actor();
        activity.rule = row.rule.map(|rule| reference_of_rule(rule, &row.rule_name));
        activity.description = Some(row.action.clone());
        activity.related = row.subject.iter().cloned().collect();
        activity.details =
            Some(json!({ "action": row.action, "task": row.id, "tries": row.tries }));
        activity
    }
}

/// An action by its name, and what it names or says.
pub(super) fn in_short(action: &FollowupAction) -> String {
    match shown(action) {
        "" => action.as_str().to_owned(),
        value => format!("{}: {value}", action.as_str()),
    }
}

/// What an action names or says; of an address the host.
fn shown(action: &FollowupAction) -> &str {
    let value = action.value().unwrap_or_default();
    match action {
        FollowupAction::CallWebhook { .. } => host_of(value),
        _ => value,
    }
}

/// A statement that must find its action: somebody else may have retried or discarded it.
fn still_there(text: &'static str, values: Vec<sea_orm::Value>) -> Effect {
    Effect::new(move |transaction| {
        let statement = sql(transaction.get_database_backend(), text, values.clone());
        Box::pin(async move {
            match statement.execute(transaction).await? {
                0 => Err(Problem::not_found("action that is out of tries").into()),
                _ => Ok(()),
            }
        })
    })
}
