//! What a reader is shown of bulk operations.

use crate::operation::revert::{Planned, Tally};
use crate::operation::{
    Control, ItemOutcome, OperationId, OperationKind, OperationState, OperationStep,
};
use crate::{Actor, Reference};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One operation in a list, and the head of its page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationRow {
    /// Its id.
    pub id: OperationId,
    /// As people call it.
    pub name: String,
    /// What it does.
    pub kind: OperationKind,
    /// Where it stands.
    pub state: OperationState,
    /// What a person asked of it and its source has not done yet.
    pub asked: Option<Control>,
    /// How many items were planned when it was opened: an estimate, more or fewer may come.
    pub planned: Option<u64>,
    /// How many items there are to be: as planned, until it is completed with another number.
    pub total: Option<u64>,
    /// How many were changed.
    pub changed: u64,
    /// How many needed no change.
    pub unchanged: u64,
    /// How many could not be changed.
    pub failed: u64,
    /// Who started it.
    pub actor: Actor,
    /// The automation behind it.
    pub rule: Option<String>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When its first item came, or its source said that it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was last heard of.
    pub last_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What the store's clock adds to UTC when it was opened, in minutes.
    pub offset_minutes: i32,
    /// Why it failed.
    pub error: Option<String>,
    /// The operation that it takes back.
    pub reverts: Option<OperationId>,
    /// The operation whose failed items it tries again.
    pub retries: Option<OperationId>,
    /// What its source can be asked to do.
    pub controls: Vec<Control>,
}

impl OperationRow {
    /// How many items came.
    pub const fn done(&self) -> u64 {
        self.changed + self.unchanged + self.failed
    }

    /// How many of the items that are to be have come: never more than these.
    pub fn progress(&self) -> u64 {
        self.total
            .map_or(self.done(), |total| self.done().min(total))
    }

    /// How many were planned, if more came or it ended with another number.
    pub fn other_than_planned(&self) -> Option<u64> {
        self.planned.filter(|planned| {
            self.done() > *planned || (self.state.is_ended() && self.done() != *planned)
        })
    }

    /// How many are still to come, if that is known.
    pub fn waiting(&self) -> Option<u64> {
        self.total.map(|total| total.saturating_sub(self.done()))
    }

    /// Items a second, over the time from its start to the last it was heard of; none while that is less than a second,
    /// and none while it is stalled: nothing comes then.
    pub fn per_second(&self) -> Option<f64> {
        if self.state == OperationState::Stalled {
            return None;
        }
        let ms = (self.last_at - self.started_at?).num_milliseconds();
        (ms >= 1_000).then(|| self.done() as f64 * 1_000.0 / ms as f64)
    }

    /// How long it will still take at that rate, in seconds; none once more came than are to be.
    pub fn seconds_left(&self) -> Option<u64> {
        if self.done() > self.progress() {
            return None;
        }
        let rate = self.per_second().filter(|rate| *rate > 0.0)?;
        Some((self.waiting()? as f64 / rate).ceil() as u64)
    }
}

/// A page of operations.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OperationPage {
    /// Those that have not ended, newest first, at most 50; on the first page alone.
    pub running: Vec<OperationRow>,
    /// Those that have ended, newest first.
    pub rows: Vec<OperationRow>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
}

/// An operation with what stands beside its items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationDetail {
    /// Its head.
    pub row: OperationRow,
    /// In words.
    pub description: Option<String>,
    /// What it was to be done to.
    pub query: Option<String>,
    /// How it went, newest first.
    pub trail: Vec<TrailStep>,
    /// When a revert that waits for its target is tried again by itself; none where that is now, or nothing waits.
    pub retry_at: Option<DateTime<Utc>>,
    /// Why items failed, the most frequent first: at most 50 causes.
    pub causes: Vec<Cause>,
    /// The ledger's numbers of its first and last entry; none for roles that may not count.
    pub entries: Option<(i64, i64)>,
    /// Its last revert, whatever came of that.
    pub reverted_by: Option<Reverted>,
    /// The operation that tries again what failed, the last one if there were several.
    pub retried_by: Option<OperationId>,
    /// The trace that it belongs to.
    pub trace_id: Option<String>,
}

impl OperationDetail {
    /// Takes in how another operation stands; true when that is a revert of this one, or of its last revert. Only one
    /// revert of an operation runs at a time, so the one that is heard of is its last.
    pub fn hear_of(&mut self, other: &OperationRow) -> bool {
        let Some(reverted) = &other.reverts else {
            return false;
        };
        if *reverted == self.row.id {
            let known = self.reverted_by.take();
            let known = known.filter(|known| known.id == other.id);
            let taken_back = known.map_or(0, |known| known.taken_back);
            self.reverted_by = Some(Reverted::of(other, taken_back));
            return true;
        }
        match &mut self.reverted_by {
            Some(known) if known.id == *reverted => {
                known.taken_back = other.changed;
                true
            }
            _ => false,
        }
    }
}

/// A revert of an operation, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverted {
    /// The revert.
    pub id: OperationId,
    /// Where it stands.
    pub state: OperationState,
    /// How many items it has written.
    pub written: u64,
    /// How many items it is to write.
    pub total: u64,
    /// How many of those that it has written its own last revert took back in turn.
    pub taken_back: u64,
}

impl Reverted {
    /// What came of a revert, of which so many items were taken back in turn.
    pub fn of(revert: &OperationRow, taken_back: u64) -> Self {
        Self {
            id: revert.id.clone(),
            state: revert.state,
            written: revert.changed,
            total: revert.total.unwrap_or(revert.done()),
            taken_back,
        }
    }
}

/// A step of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrailStep {
    /// What.
    pub step: OperationStep,
    /// When.
    pub at: DateTime<Utc>,
    /// Who told it or asked for it.
    pub by: Actor,
    /// In words.
    pub reason: Option<String>,
    /// How many items had come by then.
    pub items: u64,
    /// How many of those that failed were picked to be tried again; none where all were asked for.
    pub picked: Option<u64>,
}

/// Why items failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// By which its items are asked for.
    pub id: i64,
    /// In words, numbers as `#`.
    pub words: String,
    /// How many items failed by it.
    pub count: u64,
}

/// One item of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemRow {
    /// Its place in the operation, from 1.
    pub place: u64,
    /// The thing.
    pub subject: Reference,
    /// The field.
    pub field: String,
    /// The value before, null when there was none; absent when nobody knows.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::operation::present"
    )]
    pub before: Option<Value>,
    /// The value after; absent where nothing was changed.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::operation::present"
    )]
    pub after: Option<Value>,
    /// What became of it.
    pub outcome: ItemOutcome,
    /// Why it failed.
    pub error: Option<String>,
    /// What became of the field since; none while it is as it was left.
    pub since: Option<Since>,
}

/// What became of a field after an operation changed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Since {
    /// What it holds now; null when the thing is gone.
    pub now: Value,
    /// Whether the thing is gone.
    pub is_gone: bool,
    /// Who changed it last.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

/// A page of items.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ItemPage {
    /// In the order in which they came.
    pub rows: Vec<ItemRow>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
}

/// What a revert would do, item by item, and what it can be run through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DryRun {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// How it counts.
    pub tally: Tally,
    /// The conflicts, in the order of the items: the first 1,000.
    pub conflicts: Vec<PlannedRow>,
    /// The cursor of the conflicts after these; none when these are all.
    pub next: Option<String>,
    /// The missing, at most 100.
    pub missing: Vec<Reference>,
    /// Up to which ledger number it looked: a revert refuses when the operation's fields were changed after that.
    pub as_of: i64,
    /// Whether values can be written at all: whether a target is set up.
    pub has_target: bool,
    /// What was read from the target just before; none when it can't be read.
    pub read: Option<ShopRead>,
}

/// How far a dry run rests on what the target said a moment before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopRead {
    /// What the target is called.
    pub target: String,
    /// How many fields were read from it: at most 2,000.
    pub fields: u64,
    /// How many fields the dry run looked at; the others are as Storetrail last heard of them.
    pub of: u64,
    /// Why not all of them could be read.
    pub error: Option<String>,
}

/// Items of one kind in a dry run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PlannedPage {
    /// In the order of the items; none where none was found so far.
    pub rows: Vec<PlannedRow>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
}

/// An item of a dry run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedRow {
    /// The item, with what became of it since.
    pub item: ItemRow,
    /// What a revert would do.
    pub planned: Planned,
}

/// What goes over the socket about operations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OperationLive {
    /// An operation was opened, went on or ended.
    OperationChanged {
        /// As it is now.
        row: Box<OperationRow>,
        /// Opaque: resume after this record.
        mark: String,
    },
    /// Too much was missed: read again, then go on from the mark.
    Resync {
        /// Opaque.
        mark: String,
    },
}
