//! Bulk operations and their items.

use super::revert::ItemPlace;
use super::{Actor, Reference, Time};
use domain::view;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A bulk operation to be opened.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "id": "winter-sale-2026", "name": "Winter sale on outerwear", "kind": "bulk_operation", "total": 1240,
    "query": "category:outerwear stock:>0", "actor": {"type": "user", "id": "u_17", "name": "Omar Haddad"},
    "controls": ["pause", "resume", "cancel", "retry"], "control_url": "https://shop.example/storetrail/control",
    "trace_id": "4bf92f3577b34da6"
}))]
pub struct NewOperation {
    /// An id of your own: 1 to 100 letters, digits, `_`, `.` and `-`; one is made when it is left out.
    #[schema(min_length = 1, max_length = 100, pattern = "^[A-Za-z0-9_.-]+$")]
    id: Option<String>,
    /// As people call it, one line of 1 to 300 characters.
    #[schema(min_length = 1, max_length = 300)]
    name: String,
    /// `bulk_operation` (when left out), `bulk_tag_update`, `tag_clean_up`, `data_clean_up`, `metafield_update`,
    /// `cost_update`, `webhook_processing` or `import`.
    kind: Option<String>,
    /// In words, at most 5,000 characters.
    description: Option<String>,
    /// What it is done to, in your own query language; at most 1,000 characters.
    query: Option<String>,
    /// How many items are planned: an estimate, from which what is left is told. More are taken all the same, and it is
    /// completed when so many have come, or with another `total`.
    #[schema(minimum = 0, maximum = 100_000_000)]
    total: Option<u64>,
    /// Who started it; the key when left out.
    #[schema(value_type = Option<super::ActorInput>)]
    actor: Option<Value>,
    /// The automation behind it: its name, or an object with `name` and `id`.
    #[schema(required = false)]
    rule: Option<Value>,
    /// After how many seconds of silence it counts as stalled; 300 when left out.
    #[schema(minimum = 10, maximum = 86_400)]
    stalls_after_s: Option<u32>,
    /// What its source can be asked to do: `pause`, `resume`, `cancel`, and once it has ended `retry`.
    controls: Option<Vec<String>>,
    /// Where the source is told what is asked of it, by a signed webhook: `https` and public, or in a network that the
    /// operator lists.
    control_url: Option<String>,
    /// The name of the target through which it is taken back, which must be there; the store's default one when left out.
    target: Option<String>,
    /// The id of the operation whose failed items this one tries again: one that has ended. It is no longer asked to then.
    retries: Option<String>,
    /// The trace it belongs to, such as its webhook's: its start and its end carry it, and `trace:` finds them.
    #[schema(max_length = 200)]
    trace_id: Option<String>,
}

/// That an operation is open.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpenedOperation {
    /// Its id.
    pub id: String,
    /// The ledger's number of its opening; left out for roles that may not count what is hidden from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false)]
    pub seq: Option<i64>,
}

/// What an operation did to one field of one thing.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "subject": {"type": "product", "id": "p_981", "name": "Linen shirt"}, "field": "price", "before": 120, "after": 96
}))]
pub struct OperationItemInput {
    /// The thing.
    #[schema(value_type = super::ReferenceInput)]
    subject: Value,
    /// The field, 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    field: String,
    /// The value before, null when there was none. Left out when you don't know it: then it can't be restored.
    #[schema(required = false)]
    before: Option<Value>,
    /// The value after, null when there is none any more; both together at most 64 KiB.
    #[schema(required = false)]
    after: Option<Value>,
    /// `changed` (when left out), `unchanged` (when both values are the same) or `failed` (when there is an `error`).
    /// `unchanged` with two values that differ is refused.
    outcome: Option<String>,
    /// Why it failed, at most 2,000 characters.
    error: Option<String>,
}

/// One item, or up to 1,000.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(
    clippy::large_enum_variant,
    reason = "it says what is sent and is never made"
)]
pub enum OperationItemBatch {
    /// One.
    One(OperationItemInput),
    /// Many.
    Many(Vec<OperationItemInput>),
}

/// How many items were recorded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecordedItems {
    /// Those that had not come before.
    pub recorded: u64,
}

/// The end of an operation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"total": 1240}))]
pub struct Completion {
    /// How many items there are, when another number was planned.
    #[schema(minimum = 0, maximum = 100_000_000)]
    total: Option<u64>,
}

/// Why an operation broke off.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"error": "the shop answered 503 for 10 minutes"}))]
pub struct Failure {
    /// In words, 1 to 2,000 characters.
    #[schema(min_length = 1, max_length = 2000)]
    error: String,
}

/// Where an operation's source stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"state": "paused", "reason": "the shop's rate limit, for 30 s"}))]
pub struct Progress {
    /// `running`, `paused` or `cancelled`.
    state: String,
    /// Why, at most 2,000 characters.
    reason: Option<String>,
}

/// What is asked of an operation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"control": "pause"}))]
pub struct Wish {
    /// `pause`, `resume`, `cancel`, or `retry` for what failed in one that has ended.
    control: String,
    /// For `retry` the places of the failed items to try again, 1 to 1,000; all of them when left out.
    #[schema(min_items = 1, max_items = 1000)]
    only: Option<Vec<ItemPlace>>,
}

/// Where an operation stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OperationHead {
    /// Its id.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// What it does.
    pub kind: &'static str,
    /// `planned`, `running`, `paused`, `stalled`, `completed`, `failed` or `cancelled`.
    pub state: &'static str,
    /// What a person asked of it and its source has not done yet.
    #[schema(required)]
    pub asked: Option<&'static str>,
    /// How many items were planned when it was opened. It is an estimate: more or fewer may come, and are counted.
    #[schema(required)]
    pub planned: Option<u64>,
    /// How many items there are to be: as planned, until it is completed with another number.
    #[schema(required)]
    pub total: Option<u64>,
    /// How many were changed.
    pub changed: u64,
    /// How many needed no change.
    pub unchanged: u64,
    /// How many could not be changed.
    pub failed: u64,
    /// Items a second so far; null while it is stalled.
    #[schema(required)]
    pub per_second: Option<f64>,
    /// How many seconds it will still take at that rate; null once more came than are to be.
    #[schema(required)]
    pub seconds_left: Option<u64>,
    /// Who started it.
    pub actor: Actor,
    /// The automation behind it.
    #[schema(required)]
    pub rule: Option<String>,
    /// When it was opened.
    pub opened_at: Time,
    /// When its first item came.
    #[schema(required)]
    pub started_at: Option<Time>,
    /// When it was last heard of.
    pub last_at: Time,
    /// When it ended.
    #[schema(required)]
    pub ended_at: Option<Time>,
    /// Why it failed.
    #[schema(required)]
    pub error: Option<String>,
    /// The operation that it takes back.
    #[schema(required)]
    pub reverts: Option<String>,
    /// The operation whose failed items it tries again.
    #[schema(required)]
    pub retries: Option<String>,
}

impl From<view::OperationRow> for OperationHead {
    fn from(row: view::OperationRow) -> Self {
        let (per_second, seconds_left) = (row.per_second(), row.seconds_left());
        let is_open = !row.state.is_ended();
        Self {
            id: row.id.0,
            name: row.name,
            kind: row.kind.as_str(),
            state: row.state.as_str(),
            asked: row.asked.map(domain::operation::Control::as_str),
            planned: row.planned,
            total: row.total,
            changed: row.changed,
            unchanged: row.unchanged,
            failed: row.failed,
            per_second,
            seconds_left: seconds_left.filter(|_| is_open),
            actor: row.actor.into(),
            rule: row.rule,
            opened_at: Time(row.opened_at),
            started_at: row.started_at.map(Time),
            last_at: Time(row.last_at),
            ended_at: row.ended_at.map(Time),
            error: row.error,
            reverts: row.reverts.map(|id| id.0),
            retries: row.retries.map(|id| id.0),
        }
    }
}

/// A page of operations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OperationList {
    /// Those that have not ended, newest first; on the first page alone.
    pub running: Vec<OperationHead>,
    /// Those that have ended, newest first.
    pub items: Vec<OperationHead>,
    /// The next page's `after`; null at the end.
    #[schema(required)]
    pub next: Option<String>,
}

impl From<view::OperationPage> for OperationList {
    fn from(page: view::OperationPage) -> Self {
        let heads = |rows: Vec<view::OperationRow>| rows.into_iter().map(Into::into).collect();
        Self {
            running: heads(page.running),
            items: heads(page.rows),
            next: page.next,
        }
    }
}

/// An operation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Operation {
    /// Where it stands.
    #[serde(flatten)]
    pub head: OperationHead,
    /// In words.
    #[schema(required)]
    pub description: Option<String>,
    /// What it was done to.
    #[schema(required)]
    pub query: Option<String>,
    /// How it went, newest first.
    pub trail: Vec<TrailStep>,
    /// Why items failed, the most frequent first.
    pub causes: Vec<Cause>,
    /// The last revert of it that was started, whatever came of that: read that operation for where it stands, how many
    /// items it has changed, and whether it was reverted itself.
    #[schema(required)]
    pub reverted_by: Option<String>,
    /// The operation that tries again what failed, the last one if there were several.
    #[schema(required)]
    pub retried_by: Option<String>,
    /// The trace it belongs to.
    #[schema(required)]
    pub trace_id: Option<String>,
}

/// A step of an operation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrailStep {
    /// Such as `paused` or `pause_asked`.
    pub step: &'static str,
    /// When.
    pub at: Time,
    /// Who told it or asked for it.
    pub by: Actor,
    /// In words.
    #[schema(required)]
    pub reason: Option<String>,
    /// How many items had come by then.
    pub items: u64,
    /// How many of those that failed were picked to be tried again; null where all were asked for.
    #[schema(required)]
    pub picked: Option<u64>,
}

/// Why items failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Cause {
    /// By which its items are asked for.
    pub id: String,
    /// In words, numbers as `#`.
    pub words: String,
    /// How many items failed by it.
    pub count: u64,
}

impl From<view::OperationDetail> for Operation {
    fn from(detail: view::OperationDetail) -> Self {
        let step = |step: view::TrailStep| TrailStep {
            step: step.step.as_str(),
            at: Time(step.at),
            by: step.by.into(),
            reason: step.reason,
            items: step.items,
            picked: step.picked,
        };
        let cause = |cause: view::Cause| Cause {
            id: cause.id.to_string(),
            words: cause.words,
            count: cause.count,
        };
        Self {
            head: detail.row.into(),
            description: detail.description,
            query: detail.query,
            trail: detail.trail.into_iter().map(step).collect(),
            causes: detail.causes.into_iter().map(cause).collect(),
            reverted_by: detail.reverted_by.map(|revert| revert.id.0),
            retried_by: detail.retried_by.map(|id| id.0),
            trace_id: detail.trace_id,
        }
    }
}

/// One item of an operation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OperationItem {
    /// Its place in the operation, from 1.
    #[schema(minimum = 1)]
    pub place: u64,
    /// The thing.
    pub subject: Reference,
    /// The field.
    pub field: String,
    /// The value before; left out when nobody knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub before: Option<Value>,
    /// The value after; left out where nothing was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub after: Option<Value>,
    /// `changed`, `unchanged` or `failed`.
    pub outcome: &'static str,
    /// Why it failed.
    #[schema(required)]
    pub error: Option<String>,
    /// What became of the field since; null while it is as it was left.
    #[schema(required)]
    pub since: Option<Since>,
}

/// What became of a field after an operation changed it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Since {
    /// What it holds now.
    pub now: Value,
    /// Whether the thing is gone.
    pub is_gone: bool,
    /// Who changed it last.
    pub by: Actor,
    /// When.
    pub at: Time,
}

impl From<view::ItemRow> for OperationItem {
    fn from(row: view::ItemRow) -> Self {
        Self {
            place: row.place,
            subject: row.subject.into(),
            field: row.field,
            before: row.before,
            after: row.after,
            outcome: row.outcome.as_str(),
            error: row.error,
            since: row.since.map(|since| Since {
                now: since.now,
                is_gone: since.is_gone,
                by: since.by.into(),
                at: Time(since.at),
            }),
        }
    }
}

/// A page of items.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OperationItemList {
    /// In the order in which they came.
    pub items: Vec<OperationItem>,
    /// The next page's `after`; null at the end.
    #[schema(required)]
    pub next: Option<String>,
}

impl From<view::ItemPage> for OperationItemList {
    fn from(page: view::ItemPage) -> Self {
        Self {
            items: page.rows.into_iter().map(Into::into).collect(),
            next: page.next,
        }
    }
}
