//! What a reader is shown: rows, pages, counts, details. Made by `storage` through a scope, so that what
//! is hidden is already gone; sent as they are to the browser and mapped to the API's words by `server`.

mod account;
mod erase;
mod export;
mod find;
mod hook;
mod ledger;
mod message;
mod operation;
mod rule;
mod watch;

pub use account::*;
pub use erase::*;
pub use export::*;
pub use find::*;
pub use hook::*;
pub use ledger::*;
pub use message::*;
pub use operation::*;
pub use rule::*;
pub use watch::*;

use crate::ledger::{Hash, InclusionProof};
use crate::{
    ActivityId, Actor, Category, CategorySet, Change, Direction, Outcome, Reference, RuleReference,
    Seq, StoreId,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivityRow {
    /// The entry's id.
    pub id: ActivityId,
    /// Its ledger number; none for roles that may not count.
    pub seq: Option<Seq>,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// What the store's clock adds to UTC at that time, in minutes.
    pub offset_minutes: i32,
    /// The dotted action.
    pub action: String,
    /// Its categories.
    pub categories: CategorySet,
    /// How it ended, as known now.
    pub outcome: Outcome,
    /// Who did it.
    pub actor: Actor,
    /// What it was done to.
    pub subject: Option<Reference>,
    /// In words.
    pub description: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// The first of its changes, for a one-line summary.
    pub first_change: Option<Change>,
    /// How many changes it has.
    pub change_count: u32,
    /// The address it came from, or the mask.
    pub ip: Option<String>,
    /// The bulk operation it is part of.
    pub operation_id: Option<String>,
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ActivityPage {
    /// In the direction asked for.
    pub rows: Vec<ActivityRow>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
    /// Set when a search that no index serves stopped at this time; `next` goes on from there.
    pub searched_to: Option<DateTime<Utc>>,
    /// Where entries of this stretch were erased, when the query asks for nothing but time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    /// Whether nothing is found and entries were erased in the time asked for: what they were about went with them, so
    /// some may have been among what is asked for.
    #[serde(default)]
    pub was_erased: bool,
}

/// A number of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Count {
    /// How many were counted.
    pub count: u64,
    /// False when counting stopped there: read it as "more than".
    pub is_exact: bool,
}

/// The entries of one stretch of time by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bucket {
    /// Its first microsecond since 1970 UTC.
    pub from: i64,
    /// The first microsecond after it.
    pub to: i64,
    /// What the store's clock adds to UTC at `from`, in minutes.
    pub offset_minutes: i32,
    /// The same at `to`: another where the clock is changed in between.
    pub to_offset_minutes: i32,
    /// By outcome.
    pub success: u64,
    /// By outcome.
    pub pending: u64,
    /// By outcome.
    pub failed: u64,
}

impl Bucket {
    /// All outcomes together.
    pub const fn total(&self) -> u64 {
        self.success + self.pending + self.failed
    }
}

/// How wide the histogram's buckets are, on the store's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketWidth {
    /// A minute.
    Minute,
    /// 15 minutes.
    QuarterHour,
    /// An hour.
    Hour,
    /// Six hours.
    SixHours,
    /// A day.
    Day,
    /// A week, from the store's first day of the week.
    Week,
    /// A month.
    Month,
}

/// The log over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Oldest first, without gaps; also those without an entry.
    pub buckets: Vec<Bucket>,
    /// How wide they are.
    pub width: BucketWidth,
    /// False when only the newest entries were counted.
    pub is_exact: bool,
    /// When `is_exact` is false: nothing older than this was counted.
    pub counted_from: Option<DateTime<Utc>>,
}

/// What stands above the table: counts per category and outcome, both under the rest of the filter.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facets {
    /// All that matches without the query's `category:`.
    pub all: Count,
    /// Each category with an entry, in the order of the tabs.
    pub categories: Vec<(Category, Count)>,
    /// All that matches, by outcome.
    pub outcomes: Vec<(Outcome, Count)>,
    /// All that matches.
    pub matching: Count,
}

/// The number of entries of a day on the store's clock, for the day rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// `2026-11-20`.
    pub day: String,
    /// How many match.
    pub count: Count,
}

/// A value proposed while typing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What the query would hold, such as `actor:sara@store.example`.
    pub insert: String,
    /// A name beside it, when the value alone says little.
    pub label: Option<String>,
    /// How many entries it finds.
    pub count: Option<Count>,
}

/// The values proposed for a qualifier.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Suggestions {
    /// Most used first.
    pub values: Vec<Suggestion>,
    /// Set when only so many of the newest entries were looked at: there may be others further back.
    pub looked_at: Option<u64>,
}

/// One step in an entry's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryStep {
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When Storetrail wrote it down.
    pub recorded_at: DateTime<Utc>,
    /// What the store's clock adds to UTC, in minutes.
    pub offset_minutes: i32,
    /// The outcome from then on.
    pub outcome: Outcome,
    /// Why, when it failed.
    pub error: Option<String>,
    /// Its ledger number.
    pub seq: Option<Seq>,
}

/// That the entry stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Its ledger number.
    pub seq: Seq,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What the store's clock added to UTC then, in minutes.
    pub offset_minutes: i32,
    /// What the leaf commits to.
    pub entry: crate::ledger::Entry,
    /// The leaf's hash.
    pub leaf: Hash,
    /// The way to the root.
    pub inclusion: InclusionProof,
    /// Whether payload, digest, leaf and root agreed when this was made.
    pub is_verified: bool,
}

/// An entry with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivityDetail {
    /// What the list shows of it.
    pub row: ActivityRow,
    /// Every change.
    pub changes: Vec<Change>,
    /// What their browser or program called itself.
    pub user_agent: Option<String>,
    /// Browser and system in words, when they could be told.
    pub device: Option<String>,
    /// The same as `device:` finds it, without a version.
    pub device_name: Option<String>,
    /// The trace it belongs to.
    pub trace_id: Option<String>,
    /// Other things concerned.
    pub related: Vec<Reference>,
    /// The automation that caused it.
    pub rule: Option<RuleReference>,
    /// What else there is.
    pub details: Option<Value>,
    /// Whether personal data was hidden.
    pub is_masked: bool,
    /// Its outcomes, first one first.
    pub history: Vec<HistoryStep>,
    /// The proof; none for roles that may not count.
    pub proof: Option<Proof>,
    /// Since when the actor has used this address, if before this entry.
    pub ip_known_since: Option<DateTime<Utc>>,
    /// Type and id of what it names that has a page of its own which the reader may open.
    pub pages: Vec<(String, String)>,
}

impl ActivityDetail {
    /// Whether something that the entry names has a page of its own which the reader may open.
    pub fn has_page(&self, kind: &str, id: &str) -> bool {
        self.pages
            .iter()
            .any(|(of_kind, named)| of_kind == kind && named == id)
    }
}

/// What happened around an entry.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Surroundings {
    /// The same subject, newest first, at most 8, the entry among them.
    pub subject: Vec<ActivityRow>,
    /// How many there are of the same subject.
    pub subject_count: Count,
    /// The same actor, newest first, up to 3 before and 3 after.
    pub actor: Vec<ActivityRow>,
    /// The same trace, newest first, at most 20.
    pub trace: Vec<ActivityRow>,
    /// Any actor, newest first, up to 3 before and 3 after.
    pub moment: Vec<ActivityRow>,
    /// The call that caused it; none where none did, where its entry is no longer kept, and for roles that may not
    /// read the operations log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<RequestRow>,
}

/// What the log is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActivityQuery {
    /// The query language, as typed.
    #[serde(default)]
    pub q: String,
    /// Newest or oldest first.
    #[serde(default)]
    pub direction: Direction,
}

/// What goes over the socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveEvent {
    /// The first message: from here on nothing is missed.
    Hello {
        /// Resume from this mark; opaque.
        mark: String,
    },
    /// A new entry that scope and filter let through.
    Added {
        /// The entry.
        row: Box<ActivityRow>,
        /// Resume from this mark.
        mark: String,
    },
    /// The outcome of an entry changed that the filter lets through, or may have let through before.
    Changed {
        /// The entry as it is now.
        row: Box<ActivityRow>,
        /// Whether the filter lets it through as it is now.
        is_matching: bool,
        /// Resume from this mark.
        mark: String,
    },
    /// More was missed than can be sent: load the list again.
    Resync {
        /// Resume from this mark.
        mark: String,
    },
}

/// What the browser says over the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveRequest {
    /// Follow what matches a query, from a mark on or from now.
    Follow {
        /// The query language, as typed.
        q: String,
        /// The last mark seen; none for "from now".
        #[serde(default)]
        mark: Option<String>,
    },
    /// Who follows an order's thread is writing, or has stopped: the others who follow it are told. It ends by itself
    /// after [`TYPING_SECONDS`].
    Typing {
        /// Whether they are.
        is_typing: bool,
    },
}

/// For how long who said that they are writing is taken to be, in seconds.
pub const TYPING_SECONDS: u64 = 6;

/// A store as its people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreView {
    /// Its number.
    pub id: StoreId,
    /// Its name.
    pub name: String,
    /// Its address on the web, without scheme; may be empty.
    pub domain: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Whether it is the sample store.
    pub is_sample: bool,
}
