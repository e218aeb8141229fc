//! The rows themselves.

use super::Loaded;
use crate::Error;
use crate::operation::damaged;
use crate::sql::{insert_many, sql, values};
use domain::operation::{OperationEvent, OperationItem, OperationStep};
use domain::{Seq, StoreId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// How many steps are looked at for the last that says why it waits: what is asked in between leaves it as it stands.
const LOOKED_BACK: i64 = 50;

/// Writes the row of a new operation and returns its number.
pub(super) async fn open(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    loaded: &Loaded,
) -> Result<i64, Error> {
    let definition = &loaded.definition;
    let row = sql(
        transaction.get_database_backend(),
        "INSERT INTO operation (store_id, id, tab, state, is_revert, definition, total, changed, unchanged, failed, last_at, first_seq, \
         last_seq, last_record) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?, ?, ?) RETURNING number",
        values![
            store_id.0,
            definition.id.0.clone(),
            definition.kind.tab().number(),
            loaded.state.number(),
            definition.reverts.is_some(),
            serde_json::to_string(definition).map_err(damaged)?,
            loaded.total.map(u64::cast_signed),
            loaded.last_at,
            loaded.first_seq,
            loaded.last_seq,
            loaded.last_record.as_bytes().to_vec(),
        ],
    )
    .row(transaction)
    .await?
    .ok_or(Error::Damaged {
        what: "operation",
        detail: "no number came back".to_owned(),
    })?;
    if let Some(reverted) = &definition.reverts {
        sql(
            transaction.get_database_backend(),
            "UPDATE operation SET reverted_by = ? WHERE store_id = ? AND id = ?",
            values![definition.id.0.clone(), store_id.0, reverted.0.clone()],
        )
        .execute(transaction)
        .await?;
    }
    Ok(row.try_get_by_index(0)?)
}

/// Writes where an operation stands.
pub(super) async fn save(transaction: &DatabaseTransaction, loaded: &Loaded) -> Result<(), Error> {
    let [changed, unchanged, failed] = loaded.counts.map(u64::cast_signed);
    sql(
        transaction.get_database_backend(),
        "UPDATE operation SET state = ?, asked = ?, total = ?, changed = ?, unchanged = ?, failed = ?, started_at = ?, \
         last_at = ?, ended_at = ?, stalls_at = ?, error = ?, last_seq = ?, last_record = ? WHERE number = ?",
        values![
            loaded.state.number(),
            loaded.asked.map(domain::operation::Control::number),
            loaded.total.map(u64::cast_signed),
            changed,
            unchanged,
            failed,
            loaded.started_at,
            loaded.last_at,
            loaded.ended_at,
            loaded.stalls_at(),
            loaded.error.clone(),
            loaded.last_seq,
            loaded.last_record.as_bytes().to_vec(),
            loaded.number()?,
        ],
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Writes a step.
pub(super) async fn event(
    transaction: &DatabaseTransaction,
    number: i64,
    seq: Seq,
    items: u64,
    event: &OperationEvent,
) -> Result<(), Error> {
    sql(
        transaction.get_database_backend(),
        "INSERT INTO operation_event (operation, seq, items, body) VALUES (?, ?, ?, ?)",
        values![
            number,
            seq.0,
            items.cast_signed(),
            serde_json::to_string(event).map_err(damaged)?
        ],
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Why a stalled operation waits, by the last step of its trail that says so.
pub(super) async fn waits_for(
    transaction: &DatabaseTransaction,
    number: i64,
) -> Result<Option<String>, Error> {
    let rows = sql(
        transaction.get_database_backend(),
        "SELECT body FROM operation_event WHERE operation = ? ORDER BY seq DESC LIMIT ?",
        values![number, LOOKED_BACK],
    )
    .rows(transaction)
    .await?;
    for row in rows {
        let body: String = row.try_get_by_index(0)?;
        let event: OperationEvent = serde_json::from_str(&body).map_err(damaged)?;
        if event.step == OperationStep::Stalled {
            return Ok(event.reason);
        }
    }
    Ok(None)
}

/// The items of a call.
#[derive(Default)]
pub(super) struct Items {
    rows: Vec<Value>,
    causes: BTreeMap<(i64, i64), (String, i64)>,
}

impl Items {
    pub(super) fn add(
        &mut self,
        number: i64,
        place: u64,
        seq: Seq,
        item: &OperationItem,
        digest: i64,
    ) {
        let cause = item.cause().map(|words| {
            let id = super::head(&Sha256::digest(&words));
            self.causes.entry((number, id)).or_insert((words, 0)).1 += 1;
            id
        });
        let text = |value: &Option<serde_json::Value>| value.as_ref().map(ToString::to_string);
        self.rows.extend(values![
            number,
            place.cast_signed(),
            digest,
            seq.0,
            item.outcome.number(),
            cause,
            item.subject.kind.clone(),
            item.subject.id.clone(),
            item.subject.name.clone(),
            item.field.clone(),
            text(&item.before),
            text(&item.after),
            item.error.clone(),
        ]);
    }

    pub(super) async fn write(self, transaction: &DatabaseTransaction) -> Result<(), Error> {
        let head = "INSERT INTO operation_item (operation, place, digest, seq, outcome, cause, subject_type, \
                    subject_id, subject_name, field, value_before, value_after, error)";
        insert_many(transaction, head, "", 13, self.rows).await?;
        let causes = self
            .causes
            .into_iter()
            .flat_map(|((number, cause), (words, n))| values![number, cause, words, n])
            .collect();
        let head = "INSERT INTO operation_cause (operation, cause, words, n)";
        let tail =
            " ON CONFLICT (operation, cause) DO UPDATE SET n = operation_cause.n + excluded.n";
        insert_many(transaction, head, tail, 4, causes).await
    }
}
