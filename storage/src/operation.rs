//! Bulk operations: opened, fed with items, ended, read, asked to wait, taken back.
//!
//! What an operation is and which step may follow which is in `domain::operation`; what a record of it writes is in
//! `record::operation`. Here is who may do what, and every query.

mod control;
mod feed;
mod list;
mod plan;
mod revert;
mod seen;
mod target;

pub use list::ItemFilter;
pub use revert::{RevertBatch, RevertItem, Settled};
pub use seen::{KnownField, SeenField, ToRead};
pub use target::StoredTarget;

use crate::log::zone;
use crate::{Error, Scope};
use domain::operation::{Control, Operation, OperationState};
use domain::view::OperationRow;
use domain::{mask_actor, redacted};
use sea_orm::FromQueryResult;

/// What a row of an operation is made of.
pub(crate) const SELECT: &str = "SELECT o.number, o.store_id, o.state, o.asked, o.definition, o.total, o.changed, o.unchanged, \
     o.failed, o.started_at, o.last_at, o.ended_at, o.error, o.reverted_by, o.first_seq, o.last_seq, o.last_record FROM operation o";

/// An operation's columns.
#[derive(FromQueryResult)]
pub(crate) struct Columns {
    pub(crate) number: i64,
    pub(crate) store_id: i64,
    state: i16,
    asked: Option<i16>,
    definition: String,
    total: Option<i64>,
    changed: i64,
    unchanged: i64,
    failed: i64,
    started_at: Option<i64>,
    last_at: i64,
    ended_at: Option<i64>,
    error: Option<String>,
    reverted_by: Option<String>,
    first_seq: i64,
    pub(crate) last_seq: i64,
    pub(crate) last_record: Vec<u8>,
}

impl Columns {
    fn definition(&self) -> Result<Operation, Error> {
        definition_of(&self.definition)
    }

    fn state(&self) -> Result<OperationState, Error> {
        state_of(self.state)
    }

    /// The row, before a scope has looked at it.
    pub(crate) fn row(&self) -> Result<OperationRow, Error> {
        let count = |n: i64| n.max(0).unsigned_abs();
        Ok(row_of(Parts {
            definition: &self.definition()?,
            state: self.state()?,
            asked: self.asked.and_then(Control::of_number),
            total: self.total.map(count),
            counts: [self.changed, self.unchanged, self.failed].map(count),
            started_at: self.started_at,
            last_at: self.last_at,
            ended_at: self.ended_at,
            error: self.error.clone(),
        }))
    }
}

/// What a row is made of.
pub(crate) struct Parts<'o> {
    pub(crate) definition: &'o Operation,
    pub(crate) state: OperationState,
    pub(crate) asked: Option<Control>,
    pub(crate) total: Option<u64>,
    pub(crate) counts: [u64; 3],
    pub(crate) started_at: Option<i64>,
    pub(crate) last_at: i64,
    pub(crate) ended_at: Option<i64>,
    pub(crate) error: Option<String>,
}

pub(crate) fn row_of(parts: Parts<'_>) -> OperationRow {
    let definition = parts.definition;
    let [changed, unchanged, failed] = parts.counts;
    OperationRow {
        id: definition.id.clone(),
        name: definition.name.clone(),
        kind: definition.kind,
        state: parts.state,
        asked: parts.asked,
        planned: definition.total,
        total: parts.total,
        changed,
        unchanged,
        failed,
        actor: definition.actor.clone(),
        rule: definition.rule.as_ref().map(|rule| rule.name.clone()),
        opened_at: definition.opened_at,
        started_at: parts.started_at.map(zone::time_of),
        last_at: zone::time_of(parts.last_at),
        ended_at: parts.ended_at.map(zone::time_of),
        offset_minutes: 0,
        error: parts.error,
        reverts: definition.reverts.clone(),
        retries: definition.retries.clone(),
        controls: definition.controls.clone(),
    }
}

/// The row as a scope may see it, on its store's clock.
pub(crate) fn shown_to(scope: &Scope, mut row: OperationRow) -> OperationRow {
    row.offset_minutes = zone::offset_minutes(zone::of(scope.store()), row.opened_at);
    if scope.role().is_masked() {
        row.actor = mask_actor(&row.actor);
        row.name = redacted(&row.name);
        row.error = row.error.as_deref().map(redacted);
    }
    row
}

/// `1 item`, `2 items`.
pub(crate) fn items_words(count: u64) -> String {
    format!("{count} {}", if count == 1 { "item" } else { "items" })
}

pub(crate) fn definition_of(text: &str) -> Result<Operation, Error> {
    serde_json::from_str(text).map_err(damaged)
}

pub(crate) fn state_of(number: i16) -> Result<OperationState, Error> {
    OperationState::of_number(number).ok_or_else(|| Error::Damaged {
        what: "operation",
        detail: format!("there is no state {number}"),
    })
}

pub(crate) fn damaged(error: serde_json::Error) -> Error {
    Error::Damaged {
        what: "operation",
        detail: error.to_string(),
    }
}
