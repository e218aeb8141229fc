//! Taking messages out of the message log, or what they say alone.

use super::purge::{self, TextIndex};
use super::seqs::{self, Seqs, seqs_of};
use super::terms;
use super::{MICROS_PER_HOUR, forget_payloads, note_gaps};
use crate::Error;
use crate::log::uuid_of;
use crate::record::message::{damaged, delivery_of, message_of};
use crate::sql::{sql, values};
use domain::export::Source;
use domain::message::{BlobRef, DeliveryFact, FactKind, Message, MessageFacts};
use domain::{ErasureId, MessageId, OrderKey, StoreId, Term};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Threads that wait for an answer stand before all others.
use crate::record::WAITING_FIRST;

/// What leaves out of messages `a` those that wait to be sent, or are being handed over: retention goes by when they were
/// queued, which may be long before they are due.
pub(super) const NOT_WAITING: &str =
    " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.order_key = a.order_key)";

/// A message that is to go, with everything that stands about it.
#[derive(Clone)]
pub(super) struct Doomed {
    pub(super) key: OrderKey,
    pub(super) seq: i64,
    pub(super) seqs: Vec<i64>,
    pub(super) facts: Arc<MessageFacts>,
    facet: i32,
    /// What became known of it.
    told: Vec<DeliveryFact>,
    /// Files that only a record names.
    pub(super) blobs: Vec<BlobRef>,
    pub(super) has_content: bool,
}

#[derive(FromQueryResult)]
struct Columns {
    order_key: i64,
    seq: i64,
    id: Vec<u8>,
    facet: i32,
    shown: String,
    facts: String,
    body: Option<String>,
}

/// Reads messages that are to go.
pub(super) async fn doomed(
    on: &impl ConnectionTrait,
    store: StoreId,
    keys: &[OrderKey],
) -> Result<Vec<Doomed>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = sql(
        on.get_database_backend(),
        "SELECT m.order_key, m.seq, m.id, m.facet, m.shown, m.facts, p.body FROM message m \
         LEFT JOIN payload p ON p.seq = m.seq WHERE m.store_id = ? AND m.order_key IN ",
        values![store.0],
    );
    statement.list(keys.iter().map(|key| key.0));
    let found: Vec<Columns> = statement.all(on).await?;
    let mut seqs = entries_of(on, store, keys).await?;
    found
        .into_iter()
        .map(|columns| {
            let message: Message = match &columns.body {
                Some(body) => message_of(body)?,
                None => serde_json::from_str(&columns.shown).map_err(damaged)?,
            };
            let facts: Vec<DeliveryFact> = serde_json::from_str(&columns.facts).map_err(damaged)?;
            let delivery = delivery_of(&message, &facts);
            let blobs = message
                .attachments
                .iter()
                .map(|file| file.blob.clone())
                .chain(message.raw.clone())
                .chain(facts.iter().filter_map(handed_over))
                .collect();
            Ok(Doomed {
                key: OrderKey(columns.order_key),
                seq: columns.seq,
                seqs: seqs.remove(&columns.order_key).unwrap_or_default(),
                facts: Arc::new(MessageFacts::new(
                    MessageId(uuid_of(&columns.id)?),
                    message,
                    delivery,
                )),
                facet: columns.facet,
                told: facts,
                blobs,
                has_content: columns.body.is_some(),
            })
        })
        .collect()
}

/// Which of some messages wait to be sent, or are being handed over.
pub(super) async fn waiting(
    on: &impl ConnectionTrait,
    keys: &[OrderKey],
) -> Result<BTreeSet<i64>, Error> {
    if keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let text = "SELECT order_key FROM outbox WHERE order_key IN ";
    let mut statement = sql(on.get_database_backend(), text, []);
    statement.list(keys.iter().map(|key| key.0));
    let rows = statement.rows(on).await?;
    let keys = rows.iter().map(|row| row.try_get_by_index::<i64>(0));
    Ok(keys.collect::<Result<BTreeSet<_>, _>>()?)
}

/// Messages as they stood at a ledger number, with what was known of them by then: those whose content is kept, by key.
pub(super) async fn as_of(
    on: &impl ConnectionTrait,
    store: StoreId,
    keys: &[OrderKey],
    seq: i64,
) -> Result<HashMap<i64, MessageFacts>, Error> {
    #[derive(serde::Deserialize)]
    struct Created {
        facts: Vec<DeliveryFact>,
    }
    #[derive(serde::Deserialize)]
    struct Told {
        fact: DeliveryFact,
    }
    let backend = on.get_database_backend();
    let text = "SELECT m.order_key, p.body, m.id FROM message m JOIN payload p ON p.seq = m.seq \
                WHERE m.store_id = ? AND m.order_key IN ";
    let mut statement = sql(backend, text, values![store.0]);
    statement.list(keys.iter().map(|key| key.0));
    let mut stood: HashMap<i64, (Vec<u8>, Message, Vec<DeliveryFact>)> = HashMap::new();
    for row in statement.rows(on).await? {
        let body: String = row.try_get_by_index(1)?;
        let created: Created = serde_json::from_str(&body).map_err(damaged)?;
        let message = (row.try_get_by_index(2)?, message_of(&body)?, created.facts);
        stood.insert(row.try_get_by_index(0)?, message);
    }
    let text = "SELECT l.order_key, p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                WHERE l.kind = 'message_fact' AND l.seq <= ? AND l.store_id = ? AND l.order_key IN ";
    let mut statement = sql(backend, text, values![seq, store.0]);
    statement.list(keys.iter().map(|key| key.0));
    statement.push(" ORDER BY l.seq");
    for row in statement.rows(on).await? {
        let key: i64 = row.try_get_by_index(0)?;
        let body: String = row.try_get_by_index(1)?;
        let told: Told = serde_json::from_str(&body).map_err(damaged)?;
        if let Some((_, _, facts)) = stood.get_mut(&key) {
            facts.push(told.fact);
        }
    }
    stood
        .into_iter()
        .map(|(key, (id, message, facts))| {
            let delivery = delivery_of(&message, &facts);
            let id = MessageId(uuid_of(&id)?);
            Ok((key, MessageFacts::new(id, message, delivery)))
        })
        .collect()
}

/// The bytes of a mail that a try handed over.
fn handed_over(fact: &DeliveryFact) -> Option<BlobRef> {
    match &fact.kind {
        FactKind::Begun { raw, .. } => raw.clone(),
        _ => None,
    }
}

/// What became known without the mail that a try handed over, and without reports as they came: a bounce holds the mail.
fn without_mail(mut fact: DeliveryFact) -> DeliveryFact {
    match &mut fact.kind {
        FactKind::Begun { raw, .. } => *raw = None,
        FactKind::Report(report) => report.raw = None,
        _ => {}
    }
    fact
}

async fn entries_of(
    on: &impl ConnectionTrait,
    store: StoreId,
    keys: &[OrderKey],
) -> Result<Seqs, Error> {
    let texts = [
        "SELECT m.order_key, m.seq FROM message m JOIN payload p ON p.seq = m.seq WHERE m.store_id = ? AND m.order_key IN ",
        "SELECT l.order_key, l.seq FROM ledger l JOIN payload p ON p.seq = l.seq WHERE l.kind = 'message_fact' AND l.store_id = ? AND l.order_key IN ",
    ];
    seqs_of(on, store, keys, texts).await
}

async fn check_unchanged(
    transaction: &DatabaseTransaction,
    store: StoreId,
    doomed: &[Doomed],
) -> Result<(), Error> {
    let keys: Vec<OrderKey> = doomed.iter().map(|d| d.key).collect();
    let now = entries_of(transaction, store, &keys).await?;
    let before = doomed.iter().map(|d| (d.key, d.seqs.as_slice()));
    let message = "a message changed while it was being erased; it is tried again";
    seqs::check_unchanged(before, &now, message)
}

/// Deletes messages with all that was made from them.
pub(super) async fn delete(
    transaction: &DatabaseTransaction,
    store: StoreId,
    erasure: ErasureId,
    doomed: &[Doomed],
) -> Result<(), Error> {
    check_unchanged(transaction, store, doomed).await?;
    let backend = transaction.get_database_backend();
    let keys: Vec<OrderKey> = doomed.iter().map(|d| d.key).collect();
    remove_words(transaction, store, doomed, |_| Vec::new()).await?;
    for table in ["message_name", "outbox", "message"] {
        let text = format!("DELETE FROM {table} WHERE order_key IN ");
        let mut delete = sql(backend, &text, []);
        delete.list(keys.iter().map(|key| key.0));
        delete.execute(transaction).await?;
    }
    let ids = || doomed.iter().map(|d| d.facts.id.0.as_bytes().to_vec());
    for table in ["followup_due", "export_email"] {
        let text = format!("DELETE FROM {table} WHERE message_id IN ");
        let mut delete = sql(backend, &text, []);
        delete.list(ids());
        delete.execute(transaction).await?;
    }
    for entry in doomed {
        let hour = entry.key.micros().div_euclid(MICROS_PER_HOUR);
        let text = "UPDATE message_total SET n = n - 1 WHERE store_id = ? AND facet = ?";
        sql(backend, text, values![store.0, entry.facet])
            .execute(transaction)
            .await?;
        let text =
            "UPDATE message_hour SET n = n - 1 WHERE store_id = ? AND hour = ? AND facet = ?";
        sql(backend, text, values![store.0, hour, entry.facet])
            .execute(transaction)
            .await?;
    }
    let orders: BTreeSet<&String> = doomed
        .iter()
        .filter_map(|d| d.facts.message.order.as_ref())
        .collect();
    for order in orders {
        mend_thread(transaction, store, order).await?;
    }
    let seqs: Vec<i64> = doomed.iter().flat_map(|d| d.seqs.iter().copied()).collect();
    forget_payloads(transaction, erasure, &seqs, false).await?;
    let gone: Vec<(OrderKey, BTreeSet<&str>)> = doomed
        .iter()
        .map(|d| {
            (
                d.key,
                d.facts.message.order.as_deref().into_iter().collect(),
            )
        })
        .collect();
    note_gaps(transaction, store, Source::Messages, erasure, &gone).await
}

/// Deletes what messages say and keeps their line: when, to whom, whether it arrived.
pub(super) async fn reduce(
    transaction: &DatabaseTransaction,
    store: StoreId,
    erasure: ErasureId,
    doomed: &[Doomed],
) -> Result<(), Error> {
    check_unchanged(transaction, store, doomed).await?;
    let backend = transaction.get_database_backend();
    remove_words(transaction, store, doomed, |entry| left(entry).terms).await?;
    for entry in doomed {
        let left = left(entry);
        let shown = serde_json::to_string(&left.message).map_err(damaged)?;
        let facet = left.facet().number();
        let told: Vec<DeliveryFact> = entry.told.iter().cloned().map(without_mail).collect();
        let told = serde_json::to_string(&told).map_err(damaged)?;
        let text = "UPDATE message SET shown = ?, facts = ?, facet = ? WHERE order_key = ?";
        sql(backend, text, values![shown, told, facet, entry.key.0])
            .execute(transaction)
            .await?;
        if facet != entry.facet {
            crate::record::count_message(transaction, store, entry.key, entry.facet, -1).await?;
            crate::record::count_message(transaction, store, entry.key, facet, 1).await?;
        }
        crate::record::insert_message_text(transaction, entry.key, &left.text).await?;
    }
    let seqs: Vec<i64> = doomed.iter().flat_map(|d| d.seqs.iter().copied()).collect();
    forget_payloads(transaction, erasure, &seqs, true).await
}

/// A message without what it says.
fn left(entry: &Doomed) -> MessageFacts {
    let message = Message {
        subject: None,
        text: None,
        html: None,
        headers: Vec::new(),
        references: Vec::new(),
        raw: None,
        attachments: Vec::new(),
        ..entry.facts.message.clone()
    };
    MessageFacts::new(entry.facts.id, message, entry.facts.delivery.clone())
}

/// Takes words out of the index, except those that are to stay.
async fn remove_words(
    transaction: &DatabaseTransaction,
    store: StoreId,
    doomed: &[Doomed],
    kept: fn(&Doomed) -> Vec<Term>,
) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    let keys = || doomed.iter().map(|d| d.key.0);
    if backend == DbBackend::Sqlite {
        let mut forget = sql(
            backend,
            "INSERT INTO message_fts (message_fts, rowid, open, personal) \
             SELECT 'delete', order_key, open, personal FROM message_text WHERE order_key IN ",
            [],
        );
        forget.list(keys());
        forget.execute(transaction).await?;
        purge::note_deleted(transaction, TextIndex::Messages).await?;
    }
    let mut delete = sql(backend, "DELETE FROM message_text WHERE order_key IN ", []);
    delete.list(keys());
    delete.execute(transaction).await?;
    let mut gone = Vec::new();
    for entry in doomed {
        let kept = kept(entry);
        let words = entry.facts.terms.iter().filter(|t| !kept.contains(t));
        gone.extend(words.map(|term| (entry.key, term)));
    }
    terms::remove(transaction, store, terms::MESSAGES, gone).await
}

/// Brings an order's line in the list of orders up to date with the messages that are left.
async fn mend_thread(
    transaction: &DatabaseTransaction,
    store: StoreId,
    number: &str,
) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    let text = "SELECT COUNT(*), MAX(order_key) FROM message \
                WHERE order_number IS NOT NULL AND store_id = ? AND order_number = ?";
    let Some(row) = sql(backend, text, values![store.0, number])
        .row(transaction)
        .await?
    else {
        return Ok(());
    };
    let count: i64 = row.try_get_by_index(0)?;
    let last: Option<i64> = row.try_get_by_index(1)?;
    let text = "SELECT s.placed_at, h.waiting_since FROM order_thread h LEFT JOIN sales_order s ON s.store_id = h.store_id \
                AND s.number = h.number WHERE h.store_id = ? AND h.number = ?";
    let row = sql(backend, text, values![store.0, number])
        .row(transaction)
        .await?;
    let (placed, waited): (Option<i64>, Option<i64>) = match row {
        Some(row) => (row.try_get_by_index(0)?, row.try_get_by_index(1)?),
        None => (None, None),
    };
    // Who did not wait before does not begin to wait because an answer was erased; who did waits since the first
    // message that is left.
    let mut waiting: Option<i64> = None;
    if let Some(since) = waited {
        let text = "SELECT MIN(order_key) FROM message WHERE order_number IS NOT NULL AND store_id = ? AND order_number = ? \
                    AND is_inbound = ? AND order_key >= ?";
        let values = values![store.0, number, true, OrderKey::first_at(since).0];
        let row = sql(backend, text, values).row(transaction).await?;
        let key: Option<i64> = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        waiting = key.map(|key| OrderKey(key).micros());
    }
    let sort_key = match (waiting, last) {
        (Some(since), _) => WAITING_FIRST - since,
        (None, Some(last)) => OrderKey(last).micros(),
        (None, None) => placed.unwrap_or(0),
    };
    let text = "UPDATE order_thread SET message_count = ?, last_key = ?, waiting_since = ?, sort_key = ? \
                WHERE store_id = ? AND number = ?";
    let values = values![count, last, waiting, sort_key, store.0, number];
    sql(backend, text, values).execute(transaction).await?;
    let text = "DELETE FROM order_thread WHERE store_id = ? AND number = ? AND message_count = 0 AND NOT EXISTS \
                (SELECT 1 FROM sales_order s WHERE s.store_id = order_thread.store_id AND s.number = order_thread.number)";
    sql(backend, text, values![store.0, number])
        .execute(transaction)
        .await
        .map(drop)
}
