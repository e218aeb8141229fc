//! A revert under way: planned, claimed in batches, settled item by item.
//!
//! Rows of `revert_item` are what is left to do. A batch keeps its id over all tries, so that whoever does it recognises
//! it; its items and what became of them are recorded in one transaction with the rows' going away. What a killed process
//! had claimed is claimed again, under the same id, once its lease has run out.

use super::plan::Places;
use super::{Columns, damaged};
use crate::log::uuid_of;
use crate::record::{Effect, OperationRecord, Record};
use crate::sql::{insert_many, sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::operation::revert::{Choice, Part, Planned};
use domain::operation::target::TargetName;
use domain::operation::{
    Control, ItemOutcome, Operation, OperationEvent, OperationId, OperationItem, OperationKind,
    OperationState, OperationStep, STALLS_AFTER_S,
};
use domain::view::OperationRow;
use domain::{Code, Problem, Reference, StoreId};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult};
use serde_json::Value;
use uuid::Uuid;

/// What is prepared and not begun is claimed by nobody.
const NOT_YET: i64 = i64::MAX;
/// What was prepared so long ago and never begun is cleared away.
const PREPARED_FOR: Duration = Duration::hours(1);

/// Items of a revert that one worker does together.
#[derive(Debug, Clone, PartialEq)]
pub struct RevertBatch {
    /// The same at each try.
    pub id: Uuid,
    /// In which store.
    pub store_id: StoreId,
    /// The revert.
    pub operation: OperationId,
    /// The operation that it takes back.
    pub reverts: OperationId,
    /// The target that the operation named; the store's default one when none.
    pub target: Option<TargetName>,
    /// How often it was claimed, this time included.
    pub tries: u32,
    /// What is to be done, in the order of the places.
    pub items: Vec<RevertItem>,
}

/// One field to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct RevertItem {
    /// Its place in the operation that is taken back: its name in the batch.
    pub place: u64,
    /// The thing.
    pub subject: Reference,
    /// The field.
    pub field: String,
    /// What it held when the revert was planned.
    pub now: Value,
    /// What it is to hold.
    pub to: Value,
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It holds now what it was to hold.
    Done,
    /// A list: what was to go is gone and what was to come is there, beside what others did to it meanwhile.
    Merged {
        /// What it would hold had nothing been written.
        before: Value,
        /// What it holds now.
        after: Value,
    },
    /// It was not written, because.
    Failed(String),
    /// It was not written: it holds neither what was expected nor what it was to hold.
    Otherwise {
        /// What it holds: from now on that is what was last seen of it.
        holds: Value,
        /// The same in words.
        why: String,
    },
}

#[derive(FromQueryResult)]
struct ItemRow {
    store_id: i64,
    operation: String,
    place: i64,
    subject: String,
    field: String,
    value_now: String,
    value_to: String,
    tries: i64,
}

impl Storage {
    /// Opens the operation that takes a part of another one back, as the dry run of ledger number `as_of` said.
    ///
    /// # Errors
    /// `forbidden` without [`domain::Permission::Revert`]; `conflict` when something was changed after the dry
    /// run, when there is nothing to restore, or while it has not ended; `not_found`; or a fault.
    pub async fn start_revert(
        &self,
        scope: &Scope,
        id: &OperationId,
        choice: &Choice,
        part: &Part,
        as_of: i64,
    ) -> Result<OperationRow, Error> {
        let columns = self.revertible(scope, id).await?;
        if as_of < columns.last_seq || as_of > self.ledger_end().await? {
            let message = "no dry run gave this number: make one, and carry out what it says";
            return Err(Problem::field("/as_of", "unknown", message).into());
        }
        let places = self.places_of(scope, &columns, part).await?;
        let revert = OperationId(self.ambient().uuid().to_string());
        let prepared = self
            .prepare_revert(scope, &columns, &revert, choice, &places, as_of)
            .await;
        let drop_all = || {
            let text = "DELETE FROM revert_item WHERE store_id = ? AND operation = ?";
            Effect::statement(text, values![scope.store_id().0, revert.0.clone()])
        };
        let total = match prepared {
            Ok(0) => {
                let message = "there is nothing to restore: no item would be written";
                return Err(Problem::new(Code::Conflict, message).into());
            }
            Ok(total) => total,
            Err(error) => {
                self.recorder().apply(vec![drop_all()]).await?;
                return Err(error);
            }
        };
        let reverted = columns.definition()?;
        let now = self.ambient().clock.now();
        let operation = Operation {
            id: revert.clone(),
            name: format!("Revert: {}", reverted.name)
                .chars()
                .take(300)
                .collect(),
            kind: OperationKind::Revert,
            description: None,
            query: None,
            total: Some(total),
            actor: scope.actor(),
            rule: None,
            stalls_after_s: STALLS_AFTER_S,
            controls: vec![Control::Pause, Control::Resume, Control::Cancel],
            control_url: None,
            target: reverted.target,
            reverts: Some(id.clone()),
            retries: None,
            trace_id: None,
            opened_at: now,
        };
        let begin = Effect::statement(
            "UPDATE revert_item SET due_at = ?, lease_until = NULL WHERE store_id = ? AND operation = ?",
            values![now.timestamp_micros(), scope.store_id().0, revert.0.clone()],
        );
        let opened = self.record_revert(scope, operation, begin).await;
        if let Err(error) = opened {
            self.recorder().apply(vec![drop_all()]).await?;
            return Err(error);
        }
        self.get_row(scope, &revert).await
    }

    /// Writes what there is to do, not to be claimed yet; returns how much.
    async fn prepare_revert(
        &self,
        scope: &Scope,
        columns: &Columns,
        revert: &OperationId,
        choice: &Choice,
        places: &Places,
        as_of: i64,
    ) -> Result<u64, Error> {
        let cleared_at = (self.ambient().clock.now() + PREPARED_FOR).timestamp_micros();
        let kind = self.target_kind(scope, columns).await?;
        let (mut after, mut total) = (0, 0);
        loop {
            let found = self.changed_items(scope, columns, after).await?;
            let Some(last) = found.last() else {
                return Ok(total);
            };
            after = last.place;
            let mut rows = Vec::new();
            for (place, subject, field, planned) in Self::planned(&found, places, as_of, kind)? {
                let (now, to) = match planned {
                    Planned::Restore { now, to } | Planned::Forgotten { now, to } => (now, to),
                    Planned::Conflict { now, to } if choice.overwrites(place) => (now, to),
                    _ => continue,
                };
                total += 1;
                rows.extend(values![
                    scope.store_id().0,
                    revert.0.clone(),
                    place.cast_signed(),
                    serde_json::to_string(&subject).map_err(damaged)?,
                    field,
                    now.to_string(),
                    to.to_string(),
                    0_i64,
                    NOT_YET,
                    cleared_at,
                ]);
            }
            let effect = Effect::new(move |transaction| {
                let rows = rows.clone();
                Box::pin(async move {
                    let head = "INSERT INTO revert_item (store_id, operation, place, subject, field, value_now, value_to, tries, \
                                due_at, lease_until)";
                    insert_many(transaction, head, "", 10, rows).await
                })
            });
            self.recorder().apply(vec![effect]).await?;
        }
    }

    async fn record_revert(
        &self,
        scope: &Scope,
        operation: Operation,
        begin: Effect,
    ) -> Result<(), Error> {
        let (store, principal) = (scope.store_id(), scope.principal_key());
        let records = self.opening(operation);
        self.recorder()
            .write(store, principal, records, vec![begin], None)
            .await
            .map(drop)
    }

    /// Takes up to `limit` items of one revert that is neither paused nor ended, for `lease`: first a batch that was
    /// claimed before and not settled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_revert(
        &self,
        limit: u32,
        lease: Duration,
    ) -> Result<Option<RevertBatch>, Error> {
        let writer = &self.inner.connections.writer;
        let backend = writer.get_database_backend();
        let now = self.ambient().clock.now();
        let until = (now + lease).timestamp_micros();
        let now = now.timestamp_micros();
        // PostgreSQL may evaluate `IN (SELECT ... SKIP LOCKED)` more than once, and then finds others: an array is made once.
        let (one_of, end) = match backend {
            DbBackend::Postgres => ("= ANY(ARRAY(", " FOR UPDATE OF r SKIP LOCKED))"),
            _ => ("IN (", ")"),
        };
        let free = "r.due_at <= ? AND (r.lease_until IS NULL OR r.lease_until < ?) AND o.state IN (0, 1, 3)";
        let text = format!(
            "SELECT r.store_id, r.operation, r.batch, r.place, r.due_at FROM revert_item r JOIN operation o ON o.store_id = r.store_id \
             AND o.id = r.operation WHERE {free} ORDER BY r.due_at, r.operation, r.place LIMIT 1"
        );
        let Some(first) = sql(backend, &text, values![now, now]).row(writer).await? else {
            return Ok(None);
        };
        let store: i64 = first.try_get_by_index(0)?;
        let operation: String = first.try_get_by_index(1)?;
        let batch: Option<Vec<u8>> = first.try_get_by_index(2)?;
        let returning =
            "RETURNING store_id, operation, place, subject, field, value_now, value_to, tries";
        let (id, claimed) = match batch {
            Some(batch) => {
                let text = format!(
                    "UPDATE revert_item SET lease_until = ?, tries = tries + 1 WHERE batch = ? AND due_at <= ? \
                     AND (lease_until IS NULL OR lease_until < ?) {returning}"
                );
                let values = values![until, batch.clone(), now, now];
                (uuid_of(&batch)?, sql(backend, &text, values))
            }
            None => {
                let id = self.ambient().uuid();
                let text = format!(
                    "UPDATE revert_item SET batch = ?, lease_until = ?, tries = tries + 1 WHERE store_id = ? AND operation = ? \
                     AND place {one_of}SELECT r.place FROM revert_item r WHERE r.store_id = ? AND r.operation = ? AND r.batch IS NULL \
                     AND r.due_at <= ? ORDER BY r.place LIMIT ?{end} AND batch IS NULL {returning}"
                );
                let values = values![
                    id.as_bytes().to_vec(),
                    until,
                    store,
                    operation.clone(),
                    store,
                    operation.clone(),
                    now,
                    i64::from(limit),
                ];
                (id, sql(backend, &text, values))
            }
        };
        let mut rows: Vec<ItemRow> = claimed.all(writer).await?;
        rows.sort_by_key(|row| row.place);
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let operation = OperationId(first.operation.clone());
        let text = "SELECT definition FROM operation WHERE store_id = ? AND id = ?";
        let values = values![first.store_id, first.operation.clone()];
        let definition = sql(backend, text, values).row(writer).await?;
        let definition = definition.ok_or_else(|| Problem::not_found("operation"))?;
        let definition = super::definition_of(&definition.try_get_by_index::<String>(0)?)?;
        Ok(Some(RevertBatch {
            id,
            store_id: StoreId(first.store_id),
            reverts: definition.reverts.unwrap_or_else(|| operation.clone()),
            target: definition.target,
            operation,
            tries: u32::try_from(first.tries).unwrap_or(u32::MAX),
            items: rows.iter().map(ItemRow::item).collect::<Result<_, _>>()?,
        }))
    }

    /// Records what became of items of a batch, and what was seen instead of what was expected, so that the next dry run
    /// counts with it; what is not settled is claimed again at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_revert(
        &self,
        batch: &RevertBatch,
        settled: &[(u64, Settled)],
    ) -> Result<(), Error> {
        let at = self.ambient().clock.now();
        let mut records = Vec::with_capacity(settled.len());
        let mut places = Vec::with_capacity(settled.len());
        let mut seen = Vec::new();
        for item in &batch.items {
            let Some((_, became)) = settled.iter().find(|(place, _)| *place == item.place) else {
                continue;
            };
            places.push(item.place.cast_signed());
            if let Settled::Otherwise { holds, .. } = became {
                seen.push((item, holds));
            }
            let mut before = &item.now;
            let (after, outcome, error) = match became {
                Settled::Done => (Some(item.to.clone()), ItemOutcome::Changed, None),
                Settled::Merged {
                    before: other,
                    after,
                } => {
                    before = other;
                    (Some(after.clone()), ItemOutcome::Changed, None)
                }
                Settled::Failed(why) | Settled::Otherwise { why, .. } => {
                    let why = why.chars().take(2_000).collect();
                    (None, ItemOutcome::Failed, Some(why))
                }
            };
            let item = OperationItem {
                subject: item.subject.clone(),
                field: item.field.clone(),
                before: Some(before.clone()),
                after,
                outcome,
                error,
            };
            let record = OperationRecord::item(batch.operation.clone(), item, at);
            records.push(Record::Operation(Box::new(record)));
        }
        records.extend(self.seen_at_write(batch, &seen).await?);
        let (store, operation) = (batch.store_id.0, batch.operation.0.clone());
        let done = Effect::new(move |transaction| {
            let (places, operation) = (places.clone(), operation.clone());
            Box::pin(async move {
                for places in places.chunks(250) {
                    let mut statement = sql(
                        transaction.get_database_backend(),
                        "DELETE FROM revert_item WHERE store_id = ? AND operation = ? AND place IN ",
                        values![store, operation.clone()],
                    );
                    statement.list(places.iter().copied());
                    statement.execute(transaction).await?;
                }
                Ok(())
            })
        });
        let free = Effect::statement(
            "UPDATE revert_item SET lease_until = NULL WHERE batch = ?",
            values![batch.id.as_bytes().to_vec()],
        );
        let effects = vec![done, free];
        self.recorder()
            .write(batch.store_id, "revert".to_owned(), records, effects, None)
            .await?;
        self.finish_reverts().await.map(drop)
    }

    /// Puts a batch back that could not be done at all, until a time, and says why in the operation's trail, unless that is
    /// what it waits for already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn postpone_revert(
        &self,
        batch: &RevertBatch,
        retry_at: DateTime<Utc>,
        why: &str,
    ) -> Result<(), Error> {
        let effect = Effect::statement(
            "UPDATE revert_item SET lease_until = NULL, due_at = ? WHERE batch = ?",
            values![retry_at.timestamp_micros(), batch.id.as_bytes().to_vec()],
        );
        // One that a person cancelled meanwhile is not tried again.
        let cancelled = Effect::statement(
            "DELETE FROM revert_item WHERE batch = ? AND EXISTS (SELECT 1 FROM operation o WHERE o.store_id = revert_item.store_id \
             AND o.id = revert_item.operation AND o.asked = ?)",
            values![batch.id.as_bytes().to_vec(), Control::Cancel.number()],
        );
        self.recorder().apply(vec![effect, cancelled]).await?;
        let reason = Some(why.chars().take(2_000).collect());
        match self
            .own_step(
                batch.store_id,
                &batch.operation,
                OperationStep::Stalled,
                reason,
            )
            .await
        {
            // It waits for this already, or a person stopped it meanwhile.
            Err(Error::Problem(_)) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Has what else waits of a batch's operation wait until a time: its target takes nothing until then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_revert(
        &self,
        batch: &RevertBatch,
        retry_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let until = retry_at.timestamp_micros();
        let effect = Effect::statement(
            "UPDATE revert_item SET due_at = ? WHERE store_id = ? AND operation = ? AND due_at < ? \
             AND (lease_until IS NULL OR lease_until < ?)",
            values![
                until,
                batch.store_id.0,
                batch.operation.0.clone(),
                until,
                now
            ],
        );
        self.recorder().apply(vec![effect]).await
    }

    /// Ends the reverts for which nothing is left to do; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_reverts(&self) -> Result<u32, Error> {
        let backend = self.readers().get_database_backend();
        let now = self.ambient().clock.now().timestamp_micros();
        let text = "SELECT o.store_id, o.id, o.asked FROM operation o WHERE o.ended_at IS NULL AND o.is_revert = ? \
                    AND NOT EXISTS (SELECT 1 FROM revert_item r WHERE r.store_id = o.store_id AND r.operation = o.id) LIMIT 100";
        let mut count = 0;
        for row in sql(backend, text, values![true])
            .rows(self.readers())
            .await?
        {
            let store = StoreId(row.try_get_by_index(0)?);
            let id = OperationId(row.try_get_by_index(1)?);
            let asked: Option<i16> = row.try_get_by_index(2)?;
            let step = match asked.and_then(Control::of_number) {
                Some(Control::Cancel) => OperationStep::Cancelled,
                _ => OperationStep::Completed,
            };
            match self.own_step(store, &id, step, None).await {
                Ok(()) => count += 1,
                // Another worker ended it at the same moment.
                Err(Error::Problem(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let text = "SELECT 1 FROM revert_item WHERE due_at = ? AND lease_until < ? LIMIT 1";
        let abandoned = sql(backend, text, values![NOT_YET, now]);
        if abandoned.row(self.readers()).await?.is_some() {
            let text = "DELETE FROM revert_item WHERE due_at = ? AND lease_until < ?";
            let clear = Effect::statement(text, values![NOT_YET, now]);
            self.recorder().apply(vec![clear]).await?;
        }
        Ok(count)
    }

    /// Records a step that this program takes itself.
    async fn own_step(
        &self,
        store: StoreId,
        id: &OperationId,
        step: OperationStep,
        reason: Option<String>,
    ) -> Result<(), Error> {
        let columns = self.columns_in(store, id).await?;
        let columns = columns.ok_or_else(|| Problem::not_found("operation"))?;
        let event = OperationEvent {
            // What could not be done is counted as failed; what was cancelled never came.
            total: (columns.state()? != OperationState::Planned)
                .then(|| columns.row().map(|row| row.done()))
                .transpose()?
                .filter(|_| step == OperationStep::Completed),
            ..self.noticed(step, reason)
        };
        let ended = self.ended(&columns.definition()?, &columns.row()?, &event);
        let event = Record::Operation(Box::new(OperationRecord::Event {
            operation: id.clone(),
            event: Box::new(event),
        }));
        let ended = ended.into_iter().flatten().map(Record::Activity);
        let records = std::iter::once(event).chain(ended).collect();
        self.recorder()
            .write(store, "revert".to_owned(), records, Vec::new(), None)
            .await
            .map(drop)
    }
}

impl ItemRow {
    fn item(&self) -> Result<RevertItem, Error> {
        let value = |text: &str| serde_json::from_str(text).map_err(damaged);
        Ok(RevertItem {
            place: self.place.max(0).unsigned_abs(),
            subject: serde_json::from_str(&self.subject).map_err(damaged)?,
            field: self.field.clone(),
            now: value(&self.value_now)?,
            to: value(&self.value_to)?,
        })
    }
}
