//! The rules with how they do, what they have yet to do, and what is out of tries.

use super::action::RuleTask;
use super::event::{DRY, FIRED, HELD_BACK, SKIPPED};
use super::reference;
use super::webhook::task_of_body;
use crate::account::own_activity;
use crate::log::{uuid_of, zone};
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::Duration;
use domain::followup::FollowupAction;
use domain::followup::why::ActionState;
use domain::view::{RuleActionRow, RuleRow};
use domain::{Category, Permission, Problem, RuleId, RuleReference};
use sea_orm::FromQueryResult;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// How many actions are listed.
const LISTED: i64 = 200;
/// Over how many days firings are counted.
const COUNTED_DAYS: i64 = 7;

/// What is said to whom would give up what a worker has.
const UNDER_WAY: &str = "it is being tried at this moment; look at it again";

/// An action waits, is out of tries, was done, was discarded.
pub(super) const WAITING: i16 = 0;
pub(super) const DEAD: i16 = 1;
pub(super) const DONE: i16 = 2;
pub(super) const DISCARDED: i16 = 3;

pub(super) const fn state_of(number: i16) -> ActionState {
    match number {
        DEAD => ActionState::Dead,
        DONE => ActionState::Done,
        DISCARDED => ActionState::Discarded,
        _ => ActionState::Waiting,
    }
}

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    definition: String,
    state: i16,
    created_at: i64,
    due_at: i64,
    tries: i64,
    error: Option<String>,
}

#[derive(FromQueryResult)]
struct Job {
    id: Vec<u8>,
    url: String,
    body: String,
    created_at: i64,
    due_at: i64,
    tries: i64,
    error: Option<String>,
}

#[derive(FromQueryResult)]
struct Counted {
    rule_id: Vec<u8>,
    result: i16,
    n: i64,
    last_at: i64,
}

impl Storage {
    /// What the store's clock adds to UTC now, in minutes.
    pub fn offset_minutes(&self, scope: &Scope) -> i32 {
        zone::offset_minutes(zone::of(scope.store()), self.ambient().clock.now())
    }

    /// The rules, by name, with what is wrong with each today and how often it fired in the last seven days.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], or a fault.
    pub async fn list_rule_rows(&self, scope: &Scope) -> Result<Vec<RuleRow>, Error> {
        let rules = self.list_rules(scope).await?;
        let (templates, colleagues) = self.names_there(scope).await?;
        let from = self.ambient().clock.now() - Duration::days(COUNTED_DAYS);
        let text = "SELECT rule_id, result, SUM(CASE WHEN at >= ? THEN 1 ELSE 0 END) AS n, MAX(at) AS last_at FROM rule_run \
                    WHERE store_id = ? AND is_main = ? GROUP BY rule_id, result";
        let values = values![from.timestamp_micros(), scope.store_id().0, true];
        let counted: Vec<Counted> = sql(self.backend(), text, values)
            .all(self.readers())
            .await?;
        let mut by_rule: HashMap<Vec<u8>, Vec<Counted>> = HashMap::new();
        for counted in counted {
            by_rule
                .entry(counted.rule_id.clone())
                .or_default()
                .push(counted);
        }
        let mut rows = Vec::with_capacity(rules.len());
        for rule in rules {
            let counts = by_rule
                .remove(rule.id.0.as_bytes().as_slice())
                .unwrap_or_default();
            let count = |results: &[i16]| {
                let all = counts.iter().filter(|c| results.contains(&c.result));
                all.map(|c| c.n.max(0).unsigned_abs()).sum::<u64>()
            };
            let fired_at = counts.iter().find(|c| c.result == FIRED);
            rows.push(RuleRow {
                faults: domain::followup::faults(&rule, &templates, &colleagues),
                fired: count(&[FIRED]),
                skipped: count(&[SKIPPED, DRY, HELD_BACK]),
                fired_at: fired_at.map(|c| zone::time_of(c.last_at)),
                due_at: self.rule_due_at(scope, &rule).await?,
                rule,
            });
        }
        Ok(rows)
    }

    /// What rules have yet to do, and what is out of tries, of one rule or all: those out of tries first, then the
    /// newest; at most 200 of each kind.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], or a fault.
    pub async fn list_rule_actions(
        &self,
        scope: &Scope,
        rule: Option<RuleId>,
    ) -> Result<Vec<RuleActionRow>, Error> {
        scope.require(Permission::ManageRules)?;
        let mut statement = sql(
            self.backend(),
            "SELECT id, definition, state, created_at, due_at, tries, error FROM rule_action WHERE store_id = ? AND state < 2",
            values![scope.store_id().0],
        );
        if let Some(rule) = rule {
            statement
                .push(" AND rule_id = ")
                .bind(rule.0.as_bytes().to_vec());
        }
        statement
            .push(" ORDER BY state DESC, created_at DESC LIMIT ")
            .bind(LISTED);
        let found: Vec<Columns> = statement.all(self.readers()).await?;
        let mut rows = Vec::with_capacity(found.len());
        for columns in found {
            let task: RuleTask = serde_json::from_str(&columns.definition).map_err(damaged)?;
            let id = uuid_of(&columns.id)?;
            let times = [columns.created_at, columns.due_at];
            let tries = u32::try_from(columns.tries).unwrap_or(0);
            rows.push(row_of(id, task, columns.state, times, tries, columns.error));
        }
        let mut statement = sql(
            self.backend(),
            "SELECT id, url, body, created_at, due_at, tries, error FROM webhook_job WHERE store_id = ?",
            values![scope.store_id().0],
        );
        if let Some(rule) = rule {
            // A call is known as a rule's by its body alone.
            statement
                .push(" AND body LIKE ")
                .bind(format!("%\"rule_id\":\"{rule}\"%"));
        }
        statement
            .push(" ORDER BY created_at DESC LIMIT ")
            .bind(LISTED);
        let jobs: Vec<Job> = statement.all(self.readers()).await?;
        for job in jobs {
            // Other webhooks wait there too.
            let Some(task) = task_of_body(&job.body, &job.url) else {
                continue;
            };
            let times = [job.created_at, job.due_at];
            let tries = u32::try_from(job.tries).unwrap_or(0);
            rows.push(row_of(
                uuid_of(&job.id)?,
                task,
                WAITING,
                times,
                tries,
                job.error,
            ));
        }
        rows.retain(|row| rule.is_none() || row.rule == rule);
        if scope.role().is_masked() {
            for row in &mut rows {
                row.subject = row.subject.take().filter(|subject| !subject.is_person());
                row.error = row.error.as_deref().map(domain::redacted);
            }
        }
        Ok(rows)
    }

    /// Has an action tried now: one that waits, or one that is out of tries, with all its tries again. Recorded as
    /// `rule.action_retried`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`]; `not_found` when it was done meanwhile; or a fault.
    pub async fn retry_rule_action(&self, scope: &Scope, id: Uuid) -> Result<(), Error> {
        let row = self.rule_action(scope, id).await?;
        let now = self.ambient().clock.now().timestamp_micros();
        let key = id.as_bytes().to_vec();
        let is_webhook = row.action == "call_webhook";
        // One that is being tried just now has what was asked for.
        let effects = match (is_webhook, row.state) {
            (true, ActionState::Waiting) => vec![Effect::statement(
                "UPDATE webhook_job SET due_at = ? WHERE id = ?",
                values![now, key],
            )],
            (true, _) => self.webhook_again(id).await?,
            (false, ActionState::Waiting) => vec![Effect::statement(
                "UPDATE rule_action SET due_at = ? WHERE id = ? AND state = 0",
                values![now, key],
            )],
            (false, _) => vec![still_there(
                "UPDATE rule_action SET due_at = ?, state = 0, tries = 0 WHERE id = ? AND state = 1",
                values![now, key],
            )],
        };
        self.told_of_action(scope, &row, "rule.action_retried", effects)
            .await
    }

    /// Gives an action up: one that is out of tries, or that waits for its first or next one. Recorded as
    /// `rule.action_discarded`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`]; `not_found` when it was done meanwhile, `conflict` while it is being
    /// tried; or a fault.
    pub async fn discard_rule_action(&self, scope: &Scope, id: Uuid) -> Result<(), Error> {
        let row = self.rule_action(scope, id).await?;
        let now = self.ambient().clock.now().timestamp_micros();
        let key = id.as_bytes().to_vec();
        let is_webhook = row.action == "call_webhook";
        let effects = match (is_webhook, row.state) {
            (true, ActionState::Waiting) => self.webhook_given_up(scope, id, now).await?,
            (false, ActionState::Waiting) => vec![Effect::one(
                "UPDATE rule_action SET state = 3, due_at = ? WHERE id = ? AND state = 0 \
                 AND (lease_until IS NULL OR lease_until < ?)",
                values![now, key, now],
                UNDER_WAY,
            )],
            (_, _) => vec![still_there(
                "UPDATE rule_action SET state = 3, due_at = ? WHERE id = ? AND state = 1",
                values![now, key],
            )],
        };
        self.told_of_action(scope, &row, "rule.action_discarded", effects)
            .await
    }

    /// A webhook that waits leaves the queue, and is kept among the actions as given up.
    async fn webhook_given_up(
        &self,
        scope: &Scope,
        id: Uuid,
        now: i64,
    ) -> Result<Vec<Effect>, Error> {
        let text = "SELECT id, url, body, created_at, due_at, tries, error FROM webhook_job WHERE store_id = ? AND id = ?";
        let (store, key) = (scope.store_id().0, id.as_bytes().to_vec());
        let job: Option<Job> = sql(self.backend(), text, values![store, key.clone()])
            .one(self.readers())
            .await?;
        let gone = || Problem::not_found("action of a rule");
        let job = job.ok_or_else(gone)?;
        let task = task_of_body(&job.body, &job.url).ok_or_else(gone)?;
        let definition = serde_json::to_string(&task).map_err(damaged)?;
        let rule = task.rule.0.as_bytes().to_vec();
        Ok(vec![
            Effect::one(
                "DELETE FROM webhook_job WHERE id = ? AND (lease_until IS NULL OR lease_until < ?)",
                values![key.clone(), now],
                UNDER_WAY,
            ),
            Effect::statement(
                "INSERT INTO rule_action (id, store_id, rule_id, definition, state, created_at, due_at, tries, error) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                values![
                    key,
                    store,
                    rule,
                    definition,
                    DISCARDED,
                    job.created_at,
                    now,
                    job.tries,
                    job.error
                ],
            ),
        ])
    }

    async fn rule_action(&self, scope: &Scope, id: Uuid) -> Result<RuleActionRow, Error> {
        let rows = self.list_rule_actions(scope, None).await?;
        let found = rows.into_iter().find(|row| row.id == id);
        Ok(found.ok_or_else(|| Problem::not_found("action of a rule"))?)
    }

    /// The queueing of a webhook that was out of tries.
    async fn webhook_again(&self, id: Uuid) -> Result<Vec<Effect>, Error> {
        let text = "SELECT store_id, definition FROM rule_action WHERE id = ?";
        let key = id.as_bytes().to_vec();
        let row = sql(self.backend(), text, values![key.clone()])
            .row(self.readers())
            .await?;
        let row = row.ok_or_else(|| Problem::not_found("action of a rule"))?;
        let store_id: i64 = row.try_get_by_index(0)?;
        let task: RuleTask =
            serde_json::from_str(&row.try_get_by_index::<String>(1)?).map_err(damaged)?;
        let (FollowupAction::CallWebhook { url }, Some(body)) = (task.action, task.body) else {
            return Err(Problem::not_found("webhook of a rule").into());
        };
        let now = self.ambient().clock.now().timestamp_micros();
        Ok(vec![
            still_there(
                "DELETE FROM rule_action WHERE id = ? AND state = 1",
                values![key.clone()],
            ),
            Effect::statement(
                "INSERT INTO webhook_job (id, store_id, url, body, created_at, due_at, tries) VALUES (?, ?, ?, ?, ?, ?, 0) \
                 ON CONFLICT DO NOTHING",
                values![key, store_id, url, body, now, now],
            ),
        ])
    }

    async fn told_of_action(
        &self,
        scope: &Scope,
        row: &RuleActionRow,
        action: &str,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let subject = row.rule.map(|rule| reference("rule", &rule.to_string()));
        let mut activity = own_activity(
            self.ambient(),
            action,
            Category::System,
            subject,
            Vec::new(),
        );
        activity.actor = scope.actor();
        activity.rule = Some(RuleReference {
            id: row.rule.map(|rule| rule.to_string()),
            name: row.rule_name.clone(),
        });
        activity.related = row.subject.iter().cloned().collect();
        activity.details =
            Some(json!({ "action": row.action, "task": row.id, "tries": row.tries }));
        self.write_records(scope, vec![Record::Activity(activity)], effects)
            .await
    }
}

/// A statement that must find its action: somebody else may have retried or discarded it.
fn still_there(text: &'static str, values: Vec<sea_orm::Value>) -> Effect {
    Effect::new(move |transaction| {
        let backend = sea_orm::ConnectionTrait::get_database_backend(transaction);
        let statement = sql(backend, text, values.clone());
        Box::pin(async move {
            match statement.execute(transaction).await? {
                0 => Err(Problem::not_found("action that is out of tries").into()),
                _ => Ok(()),
            }
        })
    })
}

fn row_of(
    id: Uuid,
    task: RuleTask,
    state: i16,
    [created_at, due_at]: [i64; 2],
    tries: u32,
    error: Option<String>,
) -> RuleActionRow {
    let state = state_of(state);
    RuleActionRow {
        id,
        rule: Some(task.rule),
        rule_name: task.name,
        action: task.action.as_str().to_owned(),
        subject: task
            .about
            .subject
            .or_else(|| task.about.order.map(|order| reference("order", &order))),
        state,
        tries,
        created_at: zone::time_of(created_at),
        due_at: (state == ActionState::Waiting).then(|| zone::time_of(due_at)),
        error,
    }
}
