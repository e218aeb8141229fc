//! Taking bulk operations back.

use super::operation::OperationItem;
use super::{Reference, Time};
use domain::view;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// How an operation is to be taken back.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"dry_run": true, "conflicts": "keep"}))]
pub struct RevertInput {
    /// Whether it is only looked at what would happen; true when left out.
    dry_run: Option<bool>,
    /// The `as_of` of the dry run that is carried out.
    #[schema(minimum = 0)]
    as_of: Option<i64>,
    /// What is done about fields that were changed since: `keep` (when left out) or `overwrite`.
    conflicts: Option<String>,
    /// The places of the items for which it is the other way round, at most 10,000.
    #[schema(max_items = 10000)]
    except: Option<Vec<ItemPlace>>,
    /// The places of the items to take back, 1 to 10,000; all when left out.
    #[schema(min_items = 1, max_items = 10000)]
    only: Option<Vec<ItemPlace>>,
    /// Or the places of the items to leave as they are, at most 10,000.
    #[schema(max_items = 10000)]
    without: Option<Vec<ItemPlace>>,
    /// Or the id of a revert of this operation: what it could not write is tried once more.
    failed_of: Option<String>,
}

/// A question for items of a dry run.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"as_of": 48211, "limit": 100}))]
pub struct ConflictsInput {
    /// The `as_of` of the dry run.
    #[schema(minimum = 0)]
    as_of: i64,
    /// Which items: the conflicts, `changed_since`, when left out; those counted as `forgotten`, `missing` or `impossible`.
    kind: Option<String>,
    /// The `next` of the dry run (for conflicts), or of the page before, unchanged; from the first item when left out.
    after: Option<String>,
    /// How many at most; 1,000 when left out.
    #[schema(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// As in the dry run: the places of the items to take back, 1 to 10,000.
    #[schema(min_items = 1, max_items = 10000)]
    only: Option<Vec<ItemPlace>>,
    /// As in the dry run: the places of the items to leave as they are, at most 10,000.
    #[schema(max_items = 10000)]
    without: Option<Vec<ItemPlace>>,
    /// As in the dry run: the id of a revert whose failed items are tried once more.
    failed_of: Option<String>,
}

/// An item's place in its operation, from 1.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(value_type = u64, minimum = 1)]
pub struct ItemPlace(u64);

/// What a revert would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DryRun {
    /// When it was made.
    pub at: Time,
    /// Up to which ledger number it looked: to be sent with the revert itself.
    pub as_of: i64,
    /// How many fields will be restored.
    pub restored: u64,
    /// Of these, how many were perhaps changed since: what was heard of them went by retention or an erasure. They are
    /// restored only if they still hold what the operation wrote.
    pub forgotten: u64,
    /// How many were changed since.
    pub changed_since: u64,
    /// Of these, how many are overwritten as was chosen.
    pub overwritten: u64,
    /// How many hold already what they would be given.
    pub already: u64,
    /// How many things no longer exist.
    pub missing: u64,
    /// How many can't be restored, because nobody said what they were before or the target doesn't take them.
    pub impossible: u64,
    /// The conflicts, the first 1,000.
    pub conflicts: Vec<Conflict>,
    /// The `after` of `POST /operations/{id}/revert/conflicts`, which has the others; null when these are all.
    #[schema(required)]
    pub next: Option<String>,
    /// What no longer exists, the first 100.
    pub missing_things: Vec<Reference>,
    /// Whether there is a target to write to.
    pub has_target: bool,
    /// What was read from the target just before; null when it can't be read.
    #[schema(required)]
    pub read: Option<ShopRead>,
}

/// How far a dry run rests on what the target said a moment before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ShopRead {
    /// What the target is called.
    pub target: String,
    /// How many fields were read from it: at most 2,000.
    pub fields: u64,
    /// How many fields the dry run looked at; the others are as Storetrail last heard of them.
    pub of: u64,
    /// Why not all of them could be read.
    #[schema(required)]
    pub error: Option<String>,
}

impl From<view::ShopRead> for ShopRead {
    fn from(read: view::ShopRead) -> Self {
        Self {
            target: read.target,
            fields: read.fields,
            of: read.of,
            error: read.error,
        }
    }
}

/// A field that was changed since, or is not restored for another reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Conflict {
    /// The item, with what became of it since.
    pub item: OperationItem,
    /// What the field would hold if it is written; null where it is not.
    pub restores: Value,
    /// Why it is not restored, or not for sure, in words; null for conflicts.
    #[schema(required)]
    pub why: Option<String>,
}

/// Items of one kind in a dry run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConflictList {
    /// In the order of the items. There may be fewer than were asked for, and none, before the end.
    pub items: Vec<Conflict>,
    /// The next page's `after`; null at the end.
    #[schema(required)]
    pub next: Option<String>,
}

impl From<view::PlannedPage> for ConflictList {
    fn from(page: view::PlannedPage) -> Self {
        Self {
            items: conflicts(page.rows),
            next: page.next,
        }
    }
}

fn conflicts(rows: Vec<view::PlannedRow>) -> Vec<Conflict> {
    let conflict = |row: view::PlannedRow| Conflict {
        item: row.item.into(),
        why: row.planned.why().map(str::to_owned),
        restores: row.planned.written().cloned().unwrap_or_default(),
    };
    rows.into_iter().map(conflict).collect()
}

impl From<view::DryRun> for DryRun {
    fn from(run: view::DryRun) -> Self {
        let tally = run.tally;
        Self {
            at: Time(run.at),
            as_of: run.as_of,
            restored: tally.restored,
            forgotten: tally.forgotten,
            changed_since: tally.changed_since,
            overwritten: tally.overwritten,
            already: tally.already,
            missing: tally.missing,
            impossible: tally.impossible,
            conflicts: conflicts(run.conflicts),
            next: run.next,
            missing_things: run.missing.into_iter().map(Into::into).collect(),
            has_target: run.has_target,
            read: run.read.map(Into::into),
        }
    }
}
