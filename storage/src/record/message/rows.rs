//! Counts, texts, names and threads of messages.

use super::{damaged, is_answer};
use crate::Error;
use crate::sql::{insert_many, sql, values};
use domain::message::{
    Answer, DeliveryFact, DeliveryStatus, FactKind, Message, MessageDirection, MessageFacts,
};
use domain::{OrderKey, SearchText, StoreId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Value};

const MICROS_PER_HOUR: i64 = 3_600_000_000;
/// Threads that wait for an answer stand before all others, the longest waiting first.
pub(crate) const WAITING_FIRST: i64 = 1 << 62;

/// Keeps the counts by facet and hour.
pub(crate) async fn count(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    order_key: OrderKey,
    facet: i32,
    n: i64,
) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    let text = "INSERT INTO message_total (store_id, facet, n) VALUES (?, ?, ?) \
                ON CONFLICT (store_id, facet) DO UPDATE SET n = message_total.n + excluded.n";
    sql(backend, text, values![store_id.0, facet, n])
        .execute(transaction)
        .await?;
    let hour = order_key.micros().div_euclid(MICROS_PER_HOUR);
    let text = "INSERT INTO message_hour (store_id, hour, facet, n) VALUES (?, ?, ?, ?) \
                ON CONFLICT (store_id, hour, facet) DO UPDATE SET n = message_hour.n + excluded.n";
    sql(backend, text, values![store_id.0, hour, facet, n])
        .execute(transaction)
        .await
        .map(drop)
}

/// Writes the folded text, and its index.
pub(crate) async fn insert_text(
    transaction: &DatabaseTransaction,
    order_key: OrderKey,
    text: &SearchText,
) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    let row: Vec<Value> = values![order_key.0, text.open.clone(), text.personal.clone()];
    let insert = "INSERT INTO message_text (order_key, open, personal) VALUES (?, ?, ?)";
    sql(backend, insert, row.clone())
        .execute(transaction)
        .await?;
    if backend == DbBackend::Sqlite {
        let insert = "INSERT INTO message_fts (rowid, open, personal) VALUES (?, ?, ?)";
        sql(backend, insert, row).execute(transaction).await?;
    }
    Ok(())
}

/// The names by which others know a message, each with the try that it is about.
pub(super) fn names(message: &Message, facts: &[DeliveryFact]) -> Vec<(String, Option<u32>)> {
    let message_id = message
        .message_id
        .iter()
        .map(|id| (format!("mid:{id}"), None));
    message_id
        .chain(facts.iter().flat_map(names_of_fact))
        .collect()
}

/// The names that a fact adds.
pub(super) fn names_of_fact(fact: &DeliveryFact) -> Vec<(String, Option<u32>)> {
    let number = fact.attempt.map(|a| a.number);
    let provider_id = match &fact.kind {
        FactKind::Answered(Answer::Accepted { provider_id, .. }) => provider_id.as_ref(),
        FactKind::Report(report) => report.provider_id.as_ref(),
        _ => None,
    };
    let mut names: Vec<(String, Option<u32>)> = Vec::new();
    names.extend(fact.attempt.map(|a| (format!("try:{}", a.id), number)));
    names.extend(provider_id.map(|id| (format!("pid:{id}"), number)));
    names
}

/// Writes names.
pub(super) async fn insert_names(
    transaction: &DatabaseTransaction,
    order_key: OrderKey,
    names: Vec<(String, Option<u32>)>,
) -> Result<(), Error> {
    let rows = names
        .into_iter()
        .flat_map(|(name, number)| values![name, order_key.0, number.map(i64::from)])
        .collect();
    let head = "INSERT INTO message_name (name, order_key, attempt_number)";
    insert_many(transaction, head, " ON CONFLICT DO NOTHING", 3, rows).await
}

/// The first message of a customer in a thread after a place, if any.
async fn first_inbound(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    number: &str,
    after: i64,
) -> Result<Option<i64>, Error> {
    let text = "SELECT MIN(order_key) FROM message WHERE order_number IS NOT NULL AND store_id = ? AND order_number = ? \
                AND is_inbound = ? AND order_key > ?";
    let values = values![store_id.0, number, true, after];
    let row = sql(transaction.get_database_backend(), text, values)
        .row(transaction)
        .await?;
    let key: Option<i64> = row
        .map(|row| row.try_get_by_index(0))
        .transpose()?
        .flatten();
    Ok(key.map(|key| OrderKey(key).micros()))
}

/// Since when the customer of a thread waits, as its messages stand: since the first message after the last answer
/// that was sent.
async fn waiting_of(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    number: &str,
) -> Result<Option<i64>, Error> {
    // The status stands above the reading and the files in a facet's number.
    let text = "SELECT order_key, shown FROM message WHERE order_number IS NOT NULL AND store_id = ? AND order_number = ? \
                AND is_inbound = ? AND (facet / 8) % 8 = ? ORDER BY order_key DESC";
    let values = values![
        store_id.0,
        number,
        false,
        i32::from(DeliveryStatus::Sent.number())
    ];
    let sent = sql(transaction.get_database_backend(), text, values)
        .rows(transaction)
        .await?;
    let mut answered = 0;
    for row in sent {
        let shown: String = row.try_get_by_index(1)?;
        let message: Message = serde_json::from_str(&shown).map_err(damaged)?;
        if is_answer(&message) {
            answered = row.try_get_by_index(0)?;
            break;
        }
    }
    first_inbound(transaction, store_id, number, answered).await
}

/// Brings the order's line up to date after an answer was sent, or turned out not to have been.
pub(super) async fn settle_thread(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    number: &str,
) -> Result<(), Error> {
    let waiting = waiting_of(transaction, store_id, number).await?;
    let backend = transaction.get_database_backend();
    let known = sql(
        backend,
        "SELECT last_key FROM order_thread WHERE store_id = ? AND number = ?",
        values![store_id.0, number],
    )
    .row(transaction)
    .await?;
    let last: Option<i64> = known
        .map(|row| row.try_get_by_index(0))
        .transpose()?
        .flatten();
    let Some(last) = last else { return Ok(()) };
    let sort_key = waiting.map_or(OrderKey(last).micros(), |since| WAITING_FIRST - since);
    let text =
        "UPDATE order_thread SET waiting_since = ?, sort_key = ? WHERE store_id = ? AND number = ?";
    let values = values![waiting, sort_key, store_id.0, number];
    sql(backend, text, values)
        .execute(transaction)
        .await
        .map(drop)
}

/// Brings the order's line in the list of orders up to date with a new message. `is_answer`: whether it answers and
/// was sent.
pub(super) async fn touch_thread(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    number: &str,
    order_key: OrderKey,
    facts: &MessageFacts,
    is_answer: bool,
) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    let message = &facts.message;
    let known = sql(
        backend,
        "SELECT last_key, waiting_since FROM order_thread WHERE store_id = ? AND number = ?",
        values![store_id.0, number],
    )
    .row(transaction)
    .await?;
    let (last, waiting): (Option<i64>, Option<i64>) = match known {
        Some(row) => (row.try_get_by_index(0)?, row.try_get_by_index(1)?),
        None => (None, None),
    };
    let is_latest = last.is_none_or(|last| order_key.0 > last);
    let waiting = match message.direction {
        MessageDirection::Inbound if is_latest => waiting.or(Some(order_key.micros())),
        // What the customer wrote after it is not answered by it.
        MessageDirection::Outbound if is_answer => match waiting {
            Some(since) if since <= order_key.micros() => {
                first_inbound(transaction, store_id, number, order_key.0).await?
            }
            other => other,
        },
        _ => waiting,
    };
    let last = last.unwrap_or(order_key.0).max(order_key.0);
    let sort_key = waiting.map_or(OrderKey(last).micros(), |since| WAITING_FIRST - since);
    let text = "INSERT INTO order_thread (store_id, number, sort_key, last_key, waiting_since, message_count) \
                VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (store_id, number) DO UPDATE SET sort_key = excluded.sort_key, \
                last_key = excluded.last_key, waiting_since = excluded.waiting_since, \
                message_count = order_thread.message_count + 1";
    let values = values![store_id.0, number, sort_key, last, waiting];
    sql(backend, text, values)
        .execute(transaction)
        .await
        .map(drop)
}
