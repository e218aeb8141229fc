//! Reading operations and their items.

use super::{Columns, SELECT, damaged, shown_to};
use crate::log::zone;
use crate::record::GONE;
use crate::sql::{Sql, sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::operation::{
    ItemOutcome, OperationEvent, OperationId, OperationState, OperationStep, OperationTab,
};
use domain::same::is_same;
use domain::view::{
    Cause, ItemPage, ItemRow, OperationDetail, OperationPage, OperationRow, Reverted, Since,
    TrailStep,
};
use domain::{
    Activity, Actor, Change, Cursor, Direction, OrderKey, Permission, Problem, Reference,
    mask_activity, mask_actor,
};
use sea_orm::FromQueryResult;
use serde_json::Value;
use std::collections::BTreeSet;

/// How many operations that have not ended are shown.
const RUNNING: i64 = 500;
/// How many causes of failures are named.
const CAUSES: i64 = 50;

/// Which items of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ItemFilter {
    /// Those that came to this.
    pub outcome: Option<ItemOutcome>,
    /// Those that failed by this cause: [`Cause::id`].
    pub cause: Option<i64>,
    /// Those that were last asked to be tried again.
    pub asked: bool,
}

#[derive(FromQueryResult)]
pub(super) struct ItemColumns {
    pub(super) place: i64,
    seq: i64,
    outcome: i16,
    pub(super) subject_type: String,
    pub(super) subject_id: String,
    pub(super) subject_name: Option<String>,
    pub(super) field: String,
    pub(super) value_before: Option<String>,
    pub(super) value_after: Option<String>,
    error: Option<String>,
    pub(super) now_value: Option<String>,
    now_at: Option<i64>,
    now_seq: Option<i64>,
    now_by: Option<String>,
    gone: Option<String>,
    gone_at: Option<i64>,
    gone_by: Option<String>,
    gone_seq: Option<i64>,
    back_seq: Option<i64>,
}

/// Items with what became of their fields since. Of a thing that was said to be gone also what was heard of it later: then
/// it is there.
pub(super) const ITEMS: &str = "SELECT i.place, i.seq, i.outcome, i.subject_type, i.subject_id, i.subject_name, i.field, \
     i.value_before, i.value_after, i.error, v.value AS now_value, v.changed_at AS now_at, v.seq AS now_seq, \
     v.by_whom AS now_by, g.value AS gone, g.changed_at AS gone_at, g.by_whom AS gone_by, g.seq AS gone_seq, \
     CASE WHEN g.value = 'true' THEN (SELECT MAX(l.seq) FROM field_value l WHERE l.store_id = g.store_id \
     AND l.subject_type = g.subject_type AND l.subject_id = g.subject_id AND l.seq > g.seq AND l.changed_at >= g.changed_at) \
     END AS back_seq FROM operation_item i";

/// The joins of [`ITEMS`], for the store of a scope.
pub(super) fn join_fields(statement: &mut Sql, scope: &Scope) {
    statement
        .push(" LEFT JOIN field_value v ON v.store_id = ")
        .bind(scope.store_id().0)
        .push(" AND v.subject_type = i.subject_type AND v.subject_id = i.subject_id AND v.field = i.field")
        .push(" LEFT JOIN field_value g ON g.store_id = ")
        .bind(scope.store_id().0)
        .push(" AND g.subject_type = i.subject_type AND g.subject_id = i.subject_id AND g.field = ")
        .bind(GONE);
}

pub(super) fn value_of(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(damaged)
}

impl ItemColumns {
    pub(super) fn is_gone(&self) -> bool {
        self.gone.as_deref() == Some("true") && self.back_seq.is_none()
    }

    /// Whether nothing is kept of its field: what an operation wrote is known until something later is heard, and that went
    /// by retention or an erasure.
    pub(super) const fn is_forgotten(&self) -> bool {
        self.now_seq.is_none()
    }

    /// What the field holds now, if something was heard of it after this item.
    pub(super) fn changed_to(&self) -> Result<Option<Value>, Error> {
        match (&self.now_value, self.now_seq) {
            (Some(text), Some(seq)) if seq > self.seq => value_of(text).map(Some),
            _ => Ok(None),
        }
    }

    /// Whether something was heard of its field, or of the thing's end or coming back, after a ledger number.
    pub(super) fn heard_after(&self, seq: i64) -> bool {
        self.now_seq.is_some_and(|now| now > seq && now > self.seq)
            || self.gone_seq.is_some_and(|gone| gone > seq)
            || self.back_seq.is_some_and(|back| back > seq)
    }

    pub(super) fn row(&self, scope: &Scope) -> Result<ItemRow, Error> {
        let outcome = ItemOutcome::of_number(self.outcome).ok_or_else(|| Error::Damaged {
            what: "operation item",
            detail: format!("there is no outcome {}", self.outcome),
        })?;
        let read = |text: &Option<String>| text.as_deref().map(value_of).transpose();
        let after = read(&self.value_after)?;
        let row = ItemRow {
            place: self.place.max(0).unsigned_abs(),
            subject: Reference {
                kind: self.subject_type.clone(),
                id: self.subject_id.clone(),
                name: self.subject_name.clone(),
            },
            field: self.field.clone(),
            before: read(&self.value_before)?,
            since: self.since(outcome, after.as_ref())?,
            after,
            outcome,
            error: self.error.clone(),
        };
        Ok(if scope.role().is_masked() {
            masked(row)
        } else {
            row
        })
    }

    fn since(&self, outcome: ItemOutcome, after: Option<&Value>) -> Result<Option<Since>, Error> {
        let by = |text: &Option<String>| -> Result<Actor, Error> {
            match text {
                Some(text) => serde_json::from_str(text).map_err(damaged),
                None => Ok(Actor::system()),
            }
        };
        if self.is_gone() {
            return Ok(Some(Since {
                now: Value::Null,
                is_gone: true,
                by: by(&self.gone_by)?,
                at: zone::time_of(self.gone_at.unwrap_or(0)),
            }));
        }
        if outcome != ItemOutcome::Changed {
            return Ok(None);
        }
        let is_other = |now: &Value| after.is_none_or(|after| !is_same(&self.field, now, after));
        let Some(now) = self.changed_to()?.filter(is_other) else {
            return Ok(None);
        };
        Ok(Some(Since {
            now,
            is_gone: false,
            by: by(&self.now_by)?,
            at: zone::time_of(self.now_at.unwrap_or(0)),
        }))
    }
}

/// The row as a masked role may see it, by the same rules as an activity about the same thing.
fn masked(row: ItemRow) -> ItemRow {
    let null = || Value::Null;
    let since = row.since.clone();
    let activity = Activity {
        action: domain::Action {
            name: "operation.item".to_owned(),
            categories: domain::CategorySet::EMPTY,
        },
        outcome: domain::Outcome::Success,
        occurred_at: chrono::DateTime::UNIX_EPOCH,
        actor: Actor::system(),
        subject: Some(row.subject.clone()),
        description: None,
        changes: vec![
            Change {
                field: row.field.clone(),
                before: row.before.clone().unwrap_or_else(null),
                after: row.after.clone().unwrap_or_else(null),
            },
            Change {
                field: row.field.clone(),
                before: since.as_ref().map_or_else(null, |s| s.now.clone()),
                after: null(),
            },
        ],
        origin: domain::Origin::default(),
        related: Vec::new(),
        operation_id: None,
        rule: None,
        error: row.error.clone(),
        details: None,
    };
    let mut hidden = mask_activity(&activity);
    let mut values = hidden.changes.drain(..);
    let (Some(own), Some(now)) = (values.next(), values.next()) else {
        return row;
    };
    ItemRow {
        subject: hidden.subject.take().unwrap_or(row.subject),
        before: row.before.map(|_| own.before),
        after: row.after.map(|_| own.after),
        error: hidden.error.clone(),
        since: since.map(|since| Since {
            now: now.before,
            by: mask_actor(&since.by),
            ..since
        }),
        ..row
    }
}

/// Where a page of a list that is ordered by a number begins.
pub(super) fn after_of(cursor: Option<&str>, direction: Direction) -> Result<Option<i64>, Problem> {
    let Some(text) = cursor else {
        return Ok(None);
    };
    match Cursor::parse(text) {
        Ok(cursor) if cursor.direction == direction => Ok(Some(cursor.after.0)),
        _ => Err(Problem::invalid_cursor("after", "next")),
    }
}

pub(super) fn cursor_to(number: i64, direction: Direction) -> String {
    let after = OrderKey(number);
    Cursor { after, direction }.to_string()
}

impl Storage {
    /// A page of the store's operations: on the first one those that have not ended, then those that have, newest first.
    /// `limit`: 1 to 1,000.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ReadOperations`], `invalid_cursor`, or a fault.
    pub async fn list_operations(
        &self,
        scope: &Scope,
        tab: Option<OperationTab>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<OperationPage, Error> {
        scope.require(Permission::ReadOperations)?;
        let after = after_of(after, Direction::Newest)?;
        let running = match after {
            None => self.operations(scope, tab, true, None, RUNNING).await?,
            Some(_) => Vec::new(),
        };
        let limit = i64::from(limit);
        let mut found = self.operations(scope, tab, false, after, limit + 1).await?;
        let has_more = found.len() as i64 > limit;
        found.truncate(limit.unsigned_abs() as usize);
        let next = found
            .last()
            .filter(|_| has_more)
            .map(|last| cursor_to(last.number, Direction::Newest));
        let rows = |columns: Vec<Columns>| -> Result<Vec<OperationRow>, Error> {
            let shown = columns.iter().map(|c| Ok(shown_to(scope, c.row()?)));
            shown.collect()
        };
        Ok(OperationPage {
            running: rows(running)?,
            rows: rows(found)?,
            next,
        })
    }

    async fn operations(
        &self,
        scope: &Scope,
        tab: Option<OperationTab>,
        is_running: bool,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Columns>, Error> {
        let mut statement = sql(self.readers().get_database_backend(), SELECT, []);
        statement
            .push(" WHERE o.store_id = ")
            .bind(scope.store_id().0)
            .push(if is_running {
                " AND o.ended_at IS NULL"
            } else {
                " AND o.ended_at IS NOT NULL"
            });
        if let Some(tab) = tab {
            statement.push(" AND o.tab = ").bind(tab.number());
        }
        if let Some(after) = after {
            statement.push(" AND o.number < ").bind(after);
        }
        statement.push(" ORDER BY o.number DESC LIMIT ").bind(limit);
        statement.all(self.readers()).await
    }

    /// An operation with its trail and its causes of failure; none when there is no such one.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ReadOperations`], or a fault.
    pub async fn get_operation(
        &self,
        scope: &Scope,
        id: &OperationId,
    ) -> Result<Option<OperationDetail>, Error> {
        scope.require(Permission::ReadOperations)?;
        let Some(columns) = self.operation_columns(scope, id).await? else {
            return Ok(None);
        };
        let definition = columns.definition()?;
        let shown = |text: &str| {
            if scope.role().is_masked() {
                domain::redacted(text)
            } else {
                text.to_owned()
            }
        };
        let backend = self.readers().get_database_backend();
        let (mut trail, mut retried_by) = (Vec::new(), None);
        for (items, event) in self.last_events(columns.number).await? {
            retried_by = retried_by.or(event.retried_by);
            trail.push(TrailStep {
                step: event.step,
                at: event.at,
                by: if scope.role().is_masked() {
                    mask_actor(&event.by)
                } else {
                    event.by
                },
                reason: event.reason.as_deref().map(shown),
                items,
                picked: (!event.only.is_empty()).then_some(event.only.len() as u64),
            });
        }
        let text = "SELECT cause, words, n FROM operation_cause WHERE operation = ? ORDER BY n DESC, cause LIMIT ?";
        let mut causes = Vec::new();
        for row in sql(backend, text, values![columns.number, CAUSES])
            .rows(self.readers())
            .await?
        {
            let count: i64 = row.try_get_by_index(2)?;
            let words: String = row.try_get_by_index(1)?;
            causes.push(Cause {
                id: row.try_get_by_index(0)?,
                words: shown(&words),
                count: count.max(0).unsigned_abs(),
            });
        }
        let reads_ledger = scope.role().may(Permission::ReadLedger);
        Ok(Some(OperationDetail {
            row: shown_to(scope, columns.row()?),
            description: definition.description.as_deref().map(shown),
            query: definition.query.as_deref().map(shown),
            trail,
            retry_at: self.next_try(&columns).await?,
            causes,
            entries: reads_ledger.then_some((columns.first_seq, columns.last_seq)),
            reverted_by: self.reverted(scope, &columns).await?,
            retried_by,
            trace_id: definition.trace_id,
        }))
    }

    /// What came of the last revert of an operation.
    async fn reverted(&self, scope: &Scope, columns: &Columns) -> Result<Option<Reverted>, Error> {
        let Some(revert) = self.revert_of(scope, columns).await? else {
            return Ok(None);
        };
        let in_turn = self.revert_of(scope, &revert).await?;
        let taken_back = match in_turn {
            Some(in_turn) => in_turn.row()?.changed,
            None => 0,
        };
        Ok(Some(Reverted::of(&revert.row()?, taken_back)))
    }

    /// The last revert of an operation that was opened, whatever came of it.
    pub(super) async fn revert_of(
        &self,
        scope: &Scope,
        columns: &Columns,
    ) -> Result<Option<Columns>, Error> {
        match &columns.reverted_by {
            Some(id) => {
                let id = OperationId(id.clone());
                self.operation_columns(scope, &id).await
            }
            None => Ok(None),
        }
    }

    /// When what waits of a revert is next tried by itself, while it is stalled.
    async fn next_try(&self, columns: &Columns) -> Result<Option<DateTime<Utc>>, Error> {
        let definition = columns.definition()?;
        if definition.reverts.is_none() || columns.state()? != OperationState::Stalled {
            return Ok(None);
        }
        let now = self.ambient().clock.now().timestamp_micros();
        let row = sql(
            self.readers().get_database_backend(),
            "SELECT MIN(due_at) FROM revert_item WHERE store_id = ? AND operation = ? AND due_at > ?",
            values![columns.store_id, definition.id.0, now],
        )
        .row(self.readers())
        .await?;
        let due_at: Option<i64> = match row {
            Some(row) => row.try_get_by_index(0)?,
            None => None,
        };
        Ok(due_at.map(zone::time_of))
    }

    /// The last steps of an operation, newest first, each with how many items had come by then.
    async fn last_events(&self, number: i64) -> Result<Vec<(u64, OperationEvent)>, Error> {
        let text = "SELECT items, body FROM operation_event WHERE operation = ? ORDER BY seq DESC LIMIT 200";
        let rows = sql(self.readers().get_database_backend(), text, values![number])
            .rows(self.readers())
            .await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let items: i64 = row.try_get_by_index(0)?;
            let body: String = row.try_get_by_index(1)?;
            let event = serde_json::from_str(&body).map_err(damaged)?;
            events.push((items.max(0).unsigned_abs(), event));
        }
        Ok(events)
    }

    /// A page of an operation's items, in the order in which they came. `limit`: 1 to 1,000.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ReadOperations`], `not_found`, `invalid_cursor`, or a fault.
    pub async fn list_items(
        &self,
        scope: &Scope,
        id: &OperationId,
        filter: ItemFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<ItemPage, Error> {
        scope.require(Permission::ReadOperations)?;
        let columns = self.operation_columns(scope, id).await?;
        let columns = columns.ok_or_else(|| Problem::not_found("operation"))?;
        let after = after_of(after, Direction::Oldest)?;
        let limit = i64::from(limit);
        let mut only = None;
        if filter.asked {
            let events = self.last_events(columns.number).await?;
            let asked = events
                .into_iter()
                .find(|(_, event)| event.step == OperationStep::RetryAsked);
            let Some((_, event)) = asked else {
                return Ok(ItemPage::default());
            };
            only = Some(event.only).filter(|only| !only.is_empty());
        }
        let from = after.unwrap_or(0);
        let mut found = self
            .item_columns(
                scope,
                columns.number,
                filter,
                only.as_ref(),
                from,
                limit + 1,
            )
            .await?;
        let has_more = found.len() as i64 > limit;
        found.truncate(limit.unsigned_abs() as usize);
        let next = found
            .last()
            .filter(|_| has_more)
            .map(|last| cursor_to(last.place, Direction::Oldest));
        let rows = found.iter().map(|item| item.row(scope));
        Ok(ItemPage {
            rows: rows.collect::<Result<_, _>>()?,
            next,
        })
    }

    /// Items of an operation after a place. `only`: the places of those that alone are meant.
    pub(super) async fn item_columns(
        &self,
        scope: &Scope,
        number: i64,
        filter: ItemFilter,
        only: Option<&BTreeSet<u64>>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ItemColumns>, Error> {
        let mut statement = sql(self.readers().get_database_backend(), ITEMS, []);
        join_fields(&mut statement, scope);
        statement.push(" WHERE i.operation = ").bind(number);
        statement.push(" AND i.place > ").bind(after);
        if let Some(only) = only {
            statement.push(" AND i.place IN ");
            statement.list(only.iter().map(|place| place.cast_signed()));
        }
        if filter.asked {
            statement.push(" AND i.outcome <> 0 AND i.outcome = ");
            statement.bind(ItemOutcome::Failed.number());
        }
        match filter.outcome {
            // The partial index serves a query that names its condition.
            Some(ItemOutcome::Changed) => {
                statement.push(" AND i.outcome = 0");
            }
            Some(outcome) => {
                statement.push(" AND i.outcome <> 0 AND i.outcome = ");
                statement.bind(outcome.number());
            }
            None => {}
        }
        if let Some(cause) = filter.cause {
            statement.push(" AND i.cause IS NOT NULL AND i.cause = ");
            statement.bind(cause);
        }
        statement.push(" ORDER BY i.place LIMIT ").bind(limit);
        statement.all(self.readers()).await
    }
}
