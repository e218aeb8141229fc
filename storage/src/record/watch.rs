//! The rows of the security log and the operations log, written in the transaction of their records.

use crate::Error;
use crate::live::{PublishedEntry, Watched};
use crate::record::message::damaged;
use crate::sql::{insert_many, sql, values};
use domain::ledger::canonical;
use domain::request::RequestEntry;
use domain::security::SecurityEvent;
use domain::{IpRange, OrderKey, Seq, StoreId, fold};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// A call with its kept form and the digest of that.
#[derive(Clone)]
pub(crate) struct PreparedRequest {
    pub(crate) entry: RequestEntry,
    pub(crate) body: String,
    /// Hexadecimal SHA-256 of `body`.
    pub(crate) digest: String,
}

impl PreparedRequest {
    pub(super) fn new(mut entry: RequestEntry) -> Result<Self, Error> {
        entry.ip = entry.ip.map(|ip| ip.to_canonical());
        let body = canonical(&serde_json::to_value(&entry).map_err(damaged)?).map_err(damaged)?;
        Ok(Self {
            digest: digest_of(&body),
            body,
            entry,
        })
    }
}

/// The digest of a call's kept form.
pub(crate) fn digest_of(body: &str) -> String {
    crate::session::hex(&Sha256::digest(body.as_bytes()))
}

/// An event's payload read back.
pub(crate) fn event_of(body: &str) -> Result<SecurityEvent, Error> {
    serde_json::from_str(body).map_err(|error| Error::Damaged {
        what: "security event",
        detail: error.to_string(),
    })
}

/// A call's kept form read back.
pub(crate) fn entry_of(body: &str) -> Result<RequestEntry, Error> {
    serde_json::from_str(body).map_err(|error| Error::Damaged {
        what: "request entry",
        detail: error.to_string(),
    })
}

/// The account as it is looked up by.
pub(crate) fn account_key(event: &SecurityEvent) -> Option<String> {
    event.account.as_deref().map(fold)
}

/// Free keys in time order for what happened at these microseconds.
async fn places(
    transaction: &DatabaseTransaction,
    table: &str,
    micros: &[i64],
) -> Result<Vec<OrderKey>, Error> {
    let (Some(first), Some(last)) = (micros.iter().min(), micros.iter().max()) else {
        return Ok(Vec::new());
    };
    let text = format!("SELECT order_key FROM {table} WHERE order_key >= ? AND order_key < ?");
    let values = values![OrderKey::first_at(*first).0, OrderKey::first_at(last + 2).0];
    let rows = sql(transaction.get_database_backend(), &text, values)
        .rows(transaction)
        .await?;
    let mut taken = rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<BTreeSet<i64>, _>>()?;
    Ok(micros
        .iter()
        .map(|micros| {
            let mut key = OrderKey::first_at(*micros).0;
            while !taken.insert(key) {
                key += 1;
            }
            OrderKey(key)
        })
        .collect())
}

/// The place of an event.
pub(super) async fn place(
    transaction: &DatabaseTransaction,
    event: &SecurityEvent,
) -> Result<OrderKey, Error> {
    let micros = event.occurred_at.timestamp_micros();
    let places = places(transaction, "security_event", &[micros]).await?;
    Ok(places
        .first()
        .copied()
        .unwrap_or(OrderKey::first_at(micros)))
}

/// Writes the row of an event.
pub(super) async fn insert_event(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    id: Uuid,
    seq: Seq,
    order_key: OrderKey,
    event: &SecurityEvent,
) -> Result<PublishedEntry, Error> {
    let text = "INSERT INTO security_event (order_key, store_id, seq, id, kind, outcome, account, ip, request_id) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = values![
        order_key.0,
        store_id.0,
        seq.0,
        id.as_bytes().to_vec(),
        event.event.kind().number(),
        event.outcome.number(),
        account_key(event),
        event.origin.ip.map(|ip| IpRange::bytes_of(ip).to_vec()),
        event.request_id.clone(),
    ];
    sql(transaction.get_database_backend(), text, values)
        .execute(transaction)
        .await?;
    Ok(PublishedEntry {
        store_id,
        seq,
        facts: event.facts(id),
        entry: Watched::Security(Arc::new(event.clone())),
    })
}

/// Writes the rows of a batch of calls.
pub(super) async fn insert_requests(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    seq: Seq,
    entries: &[PreparedRequest],
) -> Result<Vec<PublishedEntry>, Error> {
    let micros: Vec<i64> = entries
        .iter()
        .map(|e| e.entry.occurred_at.timestamp_micros())
        .collect();
    let places = places(transaction, "request_entry", &micros).await?;
    let mut rows = Vec::with_capacity(entries.len() * 8);
    let mut published = Vec::with_capacity(entries.len());
    for (PreparedRequest { entry, body, .. }, place) in entries.iter().zip(places) {
        rows.extend(values![
            place.0,
            store_id.0,
            seq.0,
            entry.id.as_bytes().to_vec(),
            i16::try_from(entry.status).unwrap_or(0),
            entry.surface.number(),
            entry.request_id.clone(),
            body.clone(),
        ]);
        published.push(PublishedEntry {
            store_id,
            seq,
            facts: entry.facts(),
            entry: Watched::Request(Arc::new(entry.clone())),
        });
    }
    let head = "INSERT INTO request_entry (order_key, store_id, seq, id, status, surface, request_id, body)";
    insert_many(transaction, head, "", 8, rows).await?;
    Ok(published)
}

/// Notes which entries a call caused.
pub(super) async fn note_cause(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    request_id: &str,
    first: Seq,
    last: Seq,
) -> Result<(), Error> {
    let text =
        "INSERT INTO record_cause (first_seq, last_seq, store_id, request_id) VALUES (?, ?, ?, ?)";
    let values = values![first.0, last.0, store_id.0, request_id];
    sql(transaction.get_database_backend(), text, values)
        .execute(transaction)
        .await
        .map(drop)
}
