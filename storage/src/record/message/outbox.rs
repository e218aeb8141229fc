//! The rows of what waits to be sent.

use super::{NewFact, Step, Target};
use crate::Error;
use crate::message::Lane;
use crate::sql::{sql, values};
use domain::message::{Attempt, Channel};
use domain::{MessageId, OrderKey, StoreId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, Value};

/// It waits for its time and a worker.
pub(crate) const WAITING: i16 = 0;
/// A worker hands it over, or died doing so.
pub(crate) const HANDING_OVER: i16 = 1;

async fn run(
    transaction: &DatabaseTransaction,
    text: &str,
    values: Vec<Value>,
) -> Result<(), Error> {
    sql(transaction.get_database_backend(), text, values)
        .execute(transaction)
        .await
        .map(drop)
}

/// Puts a message in.
pub(super) async fn put(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    order_key: OrderKey,
    message: MessageId,
    channel: Channel,
    attempt: Attempt,
    due_at: i64,
) -> Result<(), Error> {
    let text = "INSERT INTO outbox (order_key, store_id, message_id, attempt_number, attempt_id, state, lane, due_at, tries) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)";
    let values = values![
        order_key.0,
        store_id.0,
        message.0.as_bytes().to_vec(),
        i64::from(attempt.number),
        attempt.id.0.as_bytes().to_vec(),
        WAITING,
        Lane::of(channel).number(),
        due_at,
    ];
    run(transaction, text, values).await
}

/// Takes a message out.
pub(super) async fn remove(
    transaction: &DatabaseTransaction,
    order_key: OrderKey,
) -> Result<(), Error> {
    let text = "DELETE FROM outbox WHERE order_key = ?";
    run(transaction, text, values![order_key.0]).await
}

/// Does what a fact does to the outbox; returns when the message is due, if it waits now.
pub(super) async fn step(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    target: &Target,
    new: &NewFact,
) -> Result<Option<i64>, Error> {
    let key = target.order_key;
    let channel = target.message.channel;
    match &new.step {
        Step::Begin { until, .. } => {
            let text = "UPDATE outbox SET state = ?, lease_until = ?, first_try_at = COALESCE(first_try_at, ?) WHERE order_key = ?";
            let at = new.fact.at.timestamp_micros();
            run(transaction, text, values![HANDING_OVER, *until, at, key.0]).await?;
            Ok(None)
        }
        Step::Answer {
            retry: Some((attempt, due_at)),
            ..
        } => {
            let text = "UPDATE outbox SET state = ?, lease = NULL, lease_until = NULL, due_at = ?, attempt_number = ?, \
                        attempt_id = ?, tries = tries + 1 WHERE order_key = ?";
            let values = values![
                WAITING,
                *due_at,
                i64::from(attempt.number),
                attempt.id.0.as_bytes().to_vec(),
                key.0
            ];
            let updated = sql(transaction.get_database_backend(), text, values)
                .execute(transaction)
                .await?;
            if updated == 0 {
                put(
                    transaction,
                    store_id,
                    key,
                    new.message,
                    channel,
                    *attempt,
                    *due_at,
                )
                .await?;
            }
            Ok(Some(*due_at))
        }
        Step::Answer { retry: None, .. }
        | Step::Unknown { .. }
        | Step::Refuse { .. }
        | Step::Stop => {
            remove(transaction, key).await?;
            Ok(None)
        }
        Step::Release => {
            let due_at = new.fact.at.timestamp_micros();
            let text = "UPDATE outbox SET due_at = ? WHERE order_key = ? AND state = ?";
            run(transaction, text, values![due_at, key.0, WAITING]).await?;
            Ok(Some(due_at))
        }
        Step::Restart { attempt, due_at } => {
            put(
                transaction,
                store_id,
                key,
                new.message,
                channel,
                *attempt,
                *due_at,
            )
            .await?;
            Ok(Some(*due_at))
        }
        Step::Tell => {
            let row = sql(
                transaction.get_database_backend(),
                "SELECT due_at FROM outbox WHERE order_key = ? AND state = ?",
                values![key.0, WAITING],
            )
            .row(transaction)
            .await?;
            Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
        }
    }
}
