//! The rules with how they do, what they have yet to do, and what is out of tries.

use super::action::RuleTask;
use super::event::{DRY, FIRED, HELD_BACK, SKIPPED};
use super::reference;
use super::webhook::task_of_body;
use crate::log::{uuid_of, zone};
use crate::record::message::damaged;
use crate::sql::{Sql, sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::followup::why::ActionState;
use domain::followup::{FollowupAction, plan};
use domain::view::{RuleActionRow, RuleRow};
use domain::{Permission, Problem, RuleId};
use sea_orm::FromQueryResult;
use std::collections::HashMap;
use uuid::Uuid;

/// How many actions are listed.
const LISTED: i64 = 200;
/// Over how many days firings are counted.
const COUNTED_DAYS: i64 = 7;

/// The actions of a store that are not done.
pub(super) const ACTIONS: &str = "SELECT id, definition, state, created_at, due_at, lease_until, tries, error \
                                  FROM rule_action WHERE store_id = ? AND state < 2";
/// The calls of a store.
const CALLS: &str = "SELECT id, url, body, created_at, due_at, lease_until, tries, error FROM webhook_job \
                     WHERE store_id = ?";

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
pub(super) struct Columns {
    id: Vec<u8>,
    definition: String,
    state: i16,
    created_at: i64,
    due_at: i64,
    lease_until: Option<i64>,
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
    lease_until: Option<i64>,
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
                skipped: count(&[SKIPPED, HELD_BACK]),
                would_have_fired: count(&[DRY]),
                fired_at: fired_at.map(|c| zone::time_of(c.last_at)),
                due_at: self.rule_due_at(scope, &rule).await?,
                rule,
            });
        }
        Ok(rows)
    }

    /// What rules have yet to do, with the plan and the tries that failed, and what is out of tries, of one rule or all:
    /// those out of tries first, then the newest; at most 200 of each kind.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], or a fault.
    pub async fn list_rule_actions(
        &self,
        scope: &Scope,
        rule: Option<RuleId>,
    ) -> Result<Vec<RuleActionRow>, Error> {
        scope.require(Permission::ManageRules)?;
        let mut statement = sql(self.backend(), ACTIONS, values![scope.store_id().0]);
        of_rule(&mut statement, rule);
        statement
            .push(" ORDER BY state DESC, created_at DESC LIMIT ")
            .bind(LISTED);
        let found: Vec<Columns> = statement.all(self.readers()).await?;
        let now = self.ambient().clock.now();
        let mut all = Vec::with_capacity(found.len());
        for columns in found {
            all.push(columns.read(now)?);
        }
        let mut statement = sql(self.backend(), CALLS, values![scope.store_id().0]);
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
            all.extend(job.read(now)?);
        }
        all.retain(|(row, _)| rule.is_none() || row.rule == rule);
        let mut attempts = self.failed_attempts(scope, &all).await?;
        let mut rows: Vec<RuleActionRow> = all.into_iter().map(|(row, _)| row).collect();
        for row in &mut rows {
            row.attempts = attempts.remove(&row.id).unwrap_or_default();
        }
        if scope.role().is_masked() {
            for row in &mut rows {
                row.subject = row.subject.take().filter(|subject| !subject.is_person());
                row.error = row.error.as_deref().map(domain::redacted);
                for attempt in &mut row.attempts {
                    attempt.error = domain::redacted(&attempt.error);
                }
            }
        }
        Ok(rows)
    }

    /// How many actions are out of tries, of one rule or all.
    ///
    /// # Errors
    /// As [`Storage::list_rule_actions`].
    pub async fn count_dead_actions(
        &self,
        scope: &Scope,
        rule: Option<RuleId>,
    ) -> Result<u64, Error> {
        scope.require(Permission::ManageRules)?;
        let text = "SELECT COUNT(*) FROM rule_action WHERE store_id = ? AND state = ?";
        let mut statement = sql(self.backend(), text, values![scope.store_id().0, DEAD]);
        of_rule(&mut statement, rule);
        let row = statement.row(self.readers()).await?;
        let count: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(count.unwrap_or(0).max(0).unsigned_abs())
    }

    /// An action that is not done, with what it is; without the tries that failed.
    pub(super) async fn rule_action(
        &self,
        scope: &Scope,
        id: Uuid,
    ) -> Result<(RuleActionRow, RuleTask), Error> {
        scope.require(Permission::ManageRules)?;
        let now = self.ambient().clock.now();
        let (store, key) = (scope.store_id().0, id.as_bytes().to_vec());
        let text = format!("{ACTIONS} AND id = ?");
        let action: Option<Columns> = sql(self.backend(), &text, values![store, key.clone()])
            .one(self.readers())
            .await?;
        if let Some(action) = action {
            return action.read(now);
        }
        let text = format!("{CALLS} AND id = ?");
        let call: Option<Job> = sql(self.backend(), &text, values![store, key])
            .one(self.readers())
            .await?;
        let call = call
            .and_then(|call| call.read(now).transpose())
            .transpose()?;
        Ok(call.ok_or_else(|| Problem::not_found("action of a rule"))?)
    }
}

/// Narrows a statement to a rule.
pub(super) fn of_rule(statement: &mut Sql, rule: Option<RuleId>) {
    if let Some(rule) = rule {
        statement
            .push(" AND rule_id = ")
            .bind(rule.0.as_bytes().to_vec());
    }
}

impl Columns {
    pub(super) fn read(self, now: DateTime<Utc>) -> Result<(RuleActionRow, RuleTask), Error> {
        let task: RuleTask = serde_json::from_str(&self.definition).map_err(damaged)?;
        let id = uuid_of(&self.id)?;
        let times = [self.created_at, self.due_at];
        let tries = tried(self.tries, self.lease_until, now);
        let row = row_of(id, &task, self.state, times, tries, self.error);
        Ok((row, task))
    }
}

impl Job {
    /// None of a webhook that no rule calls: others wait there too.
    fn read(self, now: DateTime<Utc>) -> Result<Option<(RuleActionRow, RuleTask)>, Error> {
        let Some(task) = task_of_body(&self.body, &self.url) else {
            return Ok(None);
        };
        let id = uuid_of(&self.id)?;
        let times = [self.created_at, self.due_at];
        let tries = tried(self.tries, self.lease_until, now);
        let row = row_of(id, &task, WAITING, times, tries, self.error);
        Ok(Some((row, task)))
    }
}

/// How often something was taken, and whether a worker has it now.
fn tried(tries: i64, lease_until: Option<i64>, now: DateTime<Utc>) -> (u32, bool) {
    let is_under_way = lease_until.is_some_and(|until| until >= now.timestamp_micros());
    (u32::try_from(tries).unwrap_or(0), is_under_way)
}

fn row_of(
    id: Uuid,
    task: &RuleTask,
    state: i16,
    [created_at, due_at]: [i64; 2],
    (tries, is_under_way): (u32, bool),
    error: Option<String>,
) -> RuleActionRow {
    let state = state_of(state);
    let is_waiting = state == ActionState::Waiting;
    let waits: &[i64] = match &task.action {
        FollowupAction::CallWebhook { .. } => &plan::CALL_WAITS,
        _ => &plan::WAITS,
    };
    // The one that is under way is counted already.
    let over = tries.saturating_sub(u32::from(is_under_way));
    let about = &task.about;
    let order = about.order.as_ref().map(|order| reference("order", order));
    let message = about
        .message
        .map(|id| reference("message", &id.to_string()));
    RuleActionRow {
        id,
        rule: Some(task.rule),
        rule_name: task.name.clone(),
        action: task.action.as_str().to_owned(),
        value: task.action.value().map(str::to_owned),
        subject: about.subject.clone().or(order).or(message),
        state,
        tries,
        created_at: zone::time_of(created_at),
        is_under_way: is_waiting && is_under_way,
        due_at: is_waiting.then(|| zone::time_of(due_at)),
        plan: if is_waiting {
            plan::left(waits, over)
        } else {
            Vec::new()
        },
        error,
        attempts: Vec::new(),
    }
}
