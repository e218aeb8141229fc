//! The rows of bulk operations, written in the transaction of their records.
//!
//! All that can be refused (it has ended, the item came before, the step can't follow) is decided here, under the
//! writer's lock, before anything of the call is written.

mod rows;

use super::field::Values;
use crate::live::PublishedOperation;
use crate::sql::{Sql, sql, values};
use crate::{Error, operation};
use domain::operation::{
    Control, ItemOutcome, Operation, OperationEvent, OperationId, OperationItem, OperationState,
    OperationStep,
};
use domain::{Code, Problem, Seq, StoreId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// How many items one statement looks up.
const LOOKED_UP: usize = 250;

/// Something about a bulk operation that is to be recorded.
#[derive(Debug, Clone)]
pub enum OperationRecord {
    /// It was opened.
    Opened(Box<Operation>),
    /// What it did to one field of one thing.
    Item {
        /// Which operation.
        operation: OperationId,
        /// What it did.
        item: Box<OperationItem>,
        /// When.
        at: chrono::DateTime<chrono::Utc>,
        /// Of the item: see [`item_digest`].
        digest: i64,
    },
    /// A step of it.
    Event {
        /// Which operation.
        operation: OperationId,
        /// The step.
        event: Box<OperationEvent>,
    },
}

impl OperationRecord {
    /// What an operation did to one field of one thing.
    pub fn item(
        operation: OperationId,
        item: OperationItem,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Self {
        Self::Item {
            operation,
            digest: item_digest(&item),
            item: Box::new(item),
            at,
        }
    }

    /// The operation that it is about.
    pub(crate) const fn operation(&self) -> &OperationId {
        match self {
            Self::Opened(operation) => &operation.id,
            Self::Item { operation, .. } | Self::Event { operation, .. } => operation,
        }
    }

    /// The ledger's kind, and what the ledger keeps.
    pub(super) fn payload(&self) -> Result<(&'static str, serde_json::Value), serde_json::Error> {
        use serde_json::{json, to_value};
        Ok(match self {
            Self::Opened(operation) => ("operation", to_value(operation)?),
            Self::Item {
                operation,
                item,
                at,
                digest: _,
            } => (
                "operation_item",
                json!({"operation": operation, "item": to_value(item)?, "at": at}),
            ),
            Self::Event { operation, event } => (
                "operation_event",
                json!({"operation": operation, "event": to_value(event)?}),
            ),
        })
    }
}

/// An operation as a call changes it.
pub(super) struct Loaded {
    number: Option<i64>,
    definition: Operation,
    state: OperationState,
    asked: Option<Control>,
    total: Option<u64>,
    counts: [u64; 3],
    started_at: Option<i64>,
    last_at: i64,
    ended_at: Option<i64>,
    error: Option<String>,
    /// Why it is stalled, while it is.
    waits_for: Option<String>,
    first_seq: i64,
    last_seq: i64,
    last_record: Uuid,
}

/// The operations that a call is about, by id.
pub(super) type Checked = BTreeMap<OperationId, Loaded>;

#[derive(FromQueryResult)]
struct Columns {
    number: i64,
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
    first_seq: i64,
    last_seq: i64,
    last_record: Vec<u8>,
}

impl Loaded {
    fn of(columns: Columns) -> Result<Self, Error> {
        let count = |n: i64| n.max(0).unsigned_abs();
        Ok(Self {
            number: Some(columns.number),
            definition: operation::definition_of(&columns.definition)?,
            state: operation::state_of(columns.state)?,
            asked: columns.asked.and_then(Control::of_number),
            total: columns.total.map(count),
            counts: [columns.changed, columns.unchanged, columns.failed].map(count),
            started_at: columns.started_at,
            last_at: columns.last_at,
            ended_at: columns.ended_at,
            error: columns.error,
            waits_for: None,
            first_seq: columns.first_seq,
            last_seq: columns.last_seq,
            last_record: crate::log::uuid_of(&columns.last_record)?,
        })
    }

    fn new(definition: &Operation) -> Self {
        Self {
            number: None,
            definition: definition.clone(),
            state: OperationState::Planned,
            asked: None,
            total: definition.total,
            counts: [0; 3],
            started_at: None,
            last_at: definition.opened_at.timestamp_micros(),
            ended_at: None,
            error: None,
            waits_for: None,
            first_seq: 0,
            last_seq: 0,
            last_record: Uuid::nil(),
        }
    }

    fn done(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// What a step does to it.
    fn step(&mut self, event: &OperationEvent) -> Result<(), Problem> {
        if event.step.is_again() {
            return self.step_again(event);
        }
        if event.step.is_note() {
            return Ok(());
        }
        let conflict = |message: String| Problem::new(Code::Conflict, message);
        let next = self
            .state
            .after(event.step)
            .map_err(|why| conflict(why.to_owned()))?;
        let planned = event.total.or(self.total);
        if event.step == OperationStep::Completed
            && let Some(total) = planned
            && total != self.done()
        {
            let done = self.done();
            let others = if done < total {
                "send the others, or "
            } else {
                ""
            };
            return Err(match event.total {
                Some(told) => Problem::conflict_at(
                    "/total",
                    format!(
                        "you say {told}, but {} came; {others}say how many there are",
                        operation::items_words(done)
                    ),
                ),
                None => conflict(format!(
                    "planned: {total}, but {} came; {others}say how many there are with \"total\"",
                    operation::items_words(done)
                )),
            });
        }
        let at = event.at.timestamp_micros();
        if event.step == OperationStep::Stalled
            && event.reason.is_none()
            && self.stalls_at().is_none_or(|stalls_at| at < stalls_at)
        {
            return Err(conflict("it was heard of in time".to_owned()));
        }
        if event.step == OperationStep::Stalled
            && self.state == OperationState::Stalled
            && event.reason == self.waits_for
        {
            return Err(conflict("it waits for this already".to_owned()));
        }
        self.state = next;
        self.total = planned;
        if event.step == OperationStep::Stalled {
            self.waits_for.clone_from(&event.reason);
        }
        if event.step.asks().is_some() {
            self.asked = event.step.asks();
            return Ok(());
        }
        // What was asked stands until it is done, whatever else is told meanwhile.
        let is_done = match event.step {
            OperationStep::Started | OperationStep::Resumed => self.asked == Some(Control::Resume),
            OperationStep::Paused => self.asked == Some(Control::Pause),
            _ => next.is_ended(),
        };
        if is_done {
            self.asked = None;
        }
        if next == OperationState::Running {
            self.started_at = self.started_at.or(Some(at));
        }
        if next.is_ended() {
            self.ended_at = Some(at);
            if next != OperationState::Completed {
                self.error.clone_from(&event.reason);
            }
        }
        if event.step != OperationStep::Stalled {
            self.last_at = self.last_at.max(at);
        }
        Ok(())
    }

    /// What a step about what failed does to it: what is asked, or no longer.
    fn step_again(&mut self, event: &OperationEvent) -> Result<(), Problem> {
        let failed = self.counts[usize::from(ItemOutcome::Failed.number().unsigned_abs())];
        let can_be_tried = if self.definition.reverts.is_some() {
            Err("what a revert could not write is tried again by reverting with `failed_of`")
        } else {
            self.state.again(failed)
        };
        can_be_tried.map_err(|why| match event.step {
            OperationStep::Retried => Problem::conflict_at("/retries", why),
            _ => Problem::new(Code::Conflict, why),
        })?;
        self.asked = event.step.asks();
        Ok(())
    }

    /// What an item does to it; returns the item's place.
    fn item(&mut self, item: &OperationItem, at: i64) -> Result<u64, Problem> {
        self.state = self
            .state
            .after_item()
            .map_err(|why| Problem::new(Code::Conflict, why))?;
        self.counts[usize::from(item.outcome.number().unsigned_abs())] += 1;
        self.started_at = self.started_at.or(Some(at));
        self.last_at = self.last_at.max(at);
        Ok(self.done())
    }

    /// When it counts as stalled unless it is heard of before.
    fn stalls_at(&self) -> Option<i64> {
        matches!(
            self.state,
            OperationState::Running | OperationState::Planned
        )
        .then(|| self.last_at + i64::from(self.definition.stalls_after_s) * 1_000_000)
    }
}

/// The number by which the same item is told from another about the same field.
pub(crate) fn item_digest(item: &OperationItem) -> i64 {
    let text = serde_json::to_value(item)
        .and_then(|value| domain::ledger::canonical(&value))
        .unwrap_or_default();
    head(&Sha256::digest(text))
}

fn head(digest: &[u8]) -> i64 {
    let mut head = [0; 8];
    head.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(head)
}

/// What the items of an operation are about, with their digests.
pub(crate) type Known = HashMap<(String, String, String), i64>;

/// What an item of an operation is known by: it changes a field of a thing once.
pub(crate) fn item_key(item: &OperationItem) -> (String, String, String) {
    let (subject, field) = (&item.subject, &item.field);
    (subject.kind.clone(), subject.id.clone(), field.clone())
}

/// The items of an operation that came before, of those asked for.
pub(crate) async fn known_items(
    on: &impl sea_orm::ConnectionTrait,
    number: i64,
    items: &[&OperationItem],
) -> Result<Known, Error> {
    let mut known = Known::new();
    for items in items.chunks(LOOKED_UP) {
        let mut statement = Sql::new(
            on.get_database_backend(),
            "SELECT i.subject_type, i.subject_id, i.field, i.digest FROM (VALUES ",
        );
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                statement.push(", ");
            }
            let (kind, id, field) = item_key(item);
            statement.list([kind, id, field]);
        }
        // From the few to the many: the other way round all items of the operation would be walked through.
        statement.push(") AS k CROSS JOIN operation_item i");
        if statement.is_sqlite() {
            statement.push(" INDEXED BY operation_item_once");
        }
        statement.push(" WHERE i.operation = ").bind(number).push(
            " AND i.subject_type = k.column1 AND i.subject_id = k.column2 AND i.field = k.column3",
        );
        for row in statement.rows(on).await? {
            let key = (
                row.try_get_by_index(0)?,
                row.try_get_by_index(1)?,
                row.try_get_by_index(2)?,
            );
            known.insert(key, row.try_get_by_index(3)?);
        }
    }
    Ok(known)
}

async fn load(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    id: &OperationId,
) -> Result<Option<Loaded>, Error> {
    let columns: Option<Columns> = sql(
        transaction.get_database_backend(),
        "SELECT number, state, asked, definition, total, changed, unchanged, failed, started_at, last_at, ended_at, error, \
         first_seq, last_seq, last_record FROM operation WHERE store_id = ? AND id = ?",
        values![store_id.0, id.0.clone()],
    )
    .one(transaction)
    .await?;
    let mut loaded = columns.map(Loaded::of).transpose()?;
    if let Some(loaded) = &mut loaded
        && loaded.state == OperationState::Stalled
    {
        loaded.waits_for = rows::waits_for(transaction, loaded.number()?).await?;
    }
    Ok(loaded)
}

/// Whether a revert of an operation has not ended.
async fn is_being_reverted(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    id: &OperationId,
) -> Result<bool, Error> {
    let found = sql(
        transaction.get_database_backend(),
        "SELECT 1 FROM operation o JOIN operation r ON r.store_id = o.store_id AND r.id = o.reverted_by \
         WHERE o.store_id = ? AND o.id = ? AND r.ended_at IS NULL",
        values![store_id.0, id.0.clone()],
    )
    .row(transaction)
    .await?;
    Ok(found.is_some())
}

/// Looks at everything that a call wants to record of operations, as if it were written one after another.
pub(super) async fn check<'r>(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    records: impl Iterator<Item = &'r OperationRecord>,
) -> Result<Result<Checked, Problem>, Error> {
    let records: Vec<&OperationRecord> = records.collect();
    let mut checked = Checked::new();
    let mut items: BTreeMap<&OperationId, Vec<&OperationItem>> = BTreeMap::new();
    for record in &records {
        let id = record.operation();
        if let OperationRecord::Item { item, .. } = record {
            items.entry(id).or_default().push(item);
        }
        if checked.contains_key(id) {
            continue;
        }
        let loaded = load(transaction, store_id, id).await?;
        match (record, loaded) {
            (OperationRecord::Opened(_), Some(_)) => {
                let message = format!("there is an operation {id} already");
                return Ok(Err(Problem::new(Code::Conflict, message)));
            }
            (OperationRecord::Opened(definition), None) => {
                if let Some(reverted) = &definition.reverts
                    && is_being_reverted(transaction, store_id, reverted).await?
                {
                    let message = "it is being taken back at this moment";
                    return Ok(Err(Problem::new(Code::Conflict, message)));
                }
                checked.insert(id.clone(), Loaded::new(definition));
            }
            (_, Some(loaded)) => {
                checked.insert(id.clone(), loaded);
            }
            (_, None) => return Ok(Err(Problem::not_found("operation"))),
        }
    }
    for (id, items) in items {
        let number = checked.get(id).and_then(|loaded| loaded.number);
        let known = match number {
            Some(number) => known_items(transaction, number, &items).await?,
            None => Known::new(),
        };
        let mut seen = HashSet::with_capacity(items.len());
        if !items.iter().all(|item| seen.insert(item_key(item))) || !known.is_empty() {
            let message = "an item came before: one operation changes a field of a thing once";
            return Ok(Err(Problem::new(Code::Conflict, message)));
        }
    }
    // Tried on what was loaded; `apply` does the same again with the ledger's numbers at hand.
    let mut trial: BTreeMap<&OperationId, Loaded> = BTreeMap::new();
    for record in &records {
        let id = record.operation();
        let Some(loaded) = checked.get(id) else {
            continue;
        };
        let state = trial.entry(id).or_insert_with(|| loaded.copy());
        let refused = match record {
            OperationRecord::Opened(_) => Ok(()),
            OperationRecord::Item { item, at, .. } => {
                state.item(item, at.timestamp_micros()).map(drop)
            }
            OperationRecord::Event { event, .. } => state.step(event),
        };
        if let Err(problem) = refused {
            return Ok(Err(problem));
        }
    }
    Ok(Ok(checked))
}

impl Loaded {
    fn copy(&self) -> Self {
        Self {
            definition: self.definition.clone(),
            error: self.error.clone(),
            waits_for: self.waits_for.clone(),
            ..*self
        }
    }
}

/// Writes the rows of a call's records, and returns what live views may show: each operation once.
pub(super) async fn apply(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    mut checked: Checked,
    records: Vec<(Seq, Uuid, &OperationRecord)>,
    fields: &mut Values,
) -> Result<Vec<PublishedOperation>, Error> {
    let mut items = rows::Items::default();
    let mut touched: BTreeMap<OperationId, Loaded> = BTreeMap::new();
    for (seq, id, record) in records {
        let operation = record.operation();
        if let Some(loaded) = checked.remove(operation) {
            touched.insert(operation.clone(), loaded);
        }
        let Some(loaded) = touched.get_mut(operation) else {
            continue;
        };
        loaded.last_seq = seq.0;
        loaded.last_record = id;
        match record {
            OperationRecord::Opened(_) => {
                loaded.first_seq = seq.0;
                loaded.number = Some(rows::open(transaction, store_id, loaded).await?);
            }
            OperationRecord::Item {
                item, at, digest, ..
            } => {
                let at = at.timestamp_micros();
                let place = loaded.item(item, at)?;
                items.add(loaded.number()?, place, seq, item, *digest);
                if item.outcome == ItemOutcome::Changed
                    && let Some(after) = &item.after
                {
                    let by = &loaded.definition.actor;
                    fields.note(store_id, &item.subject, &item.field, after, at, seq, by);
                }
            }
            OperationRecord::Event { event, .. } => {
                loaded.step(event)?;
                let number = loaded.number()?;
                rows::event(transaction, number, seq, loaded.done(), event).await?;
            }
        }
    }
    items.write(transaction).await?;
    let mut published = Vec::with_capacity(touched.len());
    for loaded in touched.into_values() {
        rows::save(transaction, &loaded).await?;
        published.push(PublishedOperation {
            seq: Seq(loaded.last_seq),
            store_id,
            mark: loaded.last_record.to_string(),
            row: loaded.row(),
        });
    }
    Ok(published)
}

impl Loaded {
    fn number(&self) -> Result<i64, Error> {
        self.number.ok_or_else(|| Error::Damaged {
            what: "operation",
            detail: "it has no number".to_owned(),
        })
    }

    fn row(&self) -> domain::view::OperationRow {
        operation::row_of(operation::Parts {
            definition: &self.definition,
            state: self.state,
            asked: self.asked,
            total: self.total,
            counts: self.counts,
            started_at: self.started_at,
            last_at: self.last_at,
            ended_at: self.ended_at,
            error: self.error.clone(),
        })
    }
}
