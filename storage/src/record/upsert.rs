//! What is known of orders and customers: the last record about each.

use crate::Error;
use crate::customer::note_words;
use crate::record::message::damaged;
use crate::sql::{sql, values};
use domain::{CustomerUpsert, OrderUpsert, Seq, StoreId, customer_words, fold};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};

/// What a record about an order says of its assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assignment {
    /// To whom it is assigned, or that it is nobody.
    Told,
    /// Nothing: it stays as it is.
    Kept,
}

pub(super) async fn order(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    seq: Seq,
    number: &str,
    order: &OrderUpsert,
    assignment: Assignment,
) -> Result<(), Error> {
    // Folded, as staff are compared with it; a blank one is nobody.
    let (assigned_to, assign) = match assignment {
        Assignment::Told => (
            order.assigned_to.as_deref().map(fold),
            "assigned_to = excluded.assigned_to, ",
        ),
        Assignment::Kept => (None, ""),
    };
    let items = (!order.items.is_empty())
        .then(|| serde_json::to_string(&order.items).map_err(damaged))
        .transpose()?;
    sql(
        transaction.get_database_backend(),
        &format!(
            "INSERT INTO sales_order (store_id, number, customer_id, status, total, currency, placed_at, assigned_to, items, updated_seq) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (store_id, number) DO UPDATE SET customer_id = excluded.customer_id, \
             status = excluded.status, total = excluded.total, currency = excluded.currency, placed_at = excluded.placed_at, \
             {assign}items = excluded.items, updated_seq = excluded.updated_seq"
        ),
        values![
            store_id.0,
            number,
            order.customer_id.clone(),
            order.status.clone(),
            order.total.clone(),
            order.currency.clone(),
            order.placed_at.map(|t| t.timestamp_micros()),
            assigned_to.filter(|email| !email.is_empty()),
            items,
            seq.0,
        ],
    )
    .execute(transaction)
    .await?;
    let placed_at = order.placed_at.map_or(0, |t| t.timestamp_micros());
    sql(
        transaction.get_database_backend(),
        "INSERT INTO order_thread (store_id, number, sort_key) VALUES (?, ?, ?) ON CONFLICT (store_id, number) DO UPDATE \
         SET sort_key = excluded.sort_key WHERE order_thread.last_key IS NULL",
        values![store_id.0, number, placed_at],
    )
    .execute(transaction)
    .await
    .map(drop)
}

pub(super) async fn customer(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    seq: Seq,
    id: &str,
    customer: &CustomerUpsert,
) -> Result<(), Error> {
    sql(
        transaction.get_database_backend(),
        "INSERT INTO customer (store_id, id, name, email, phone, \"groups\", updated_seq) VALUES (?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (store_id, id) DO UPDATE SET name = excluded.name, email = excluded.email, phone = excluded.phone, \
         \"groups\" = excluded.\"groups\", updated_seq = excluded.updated_seq",
        values![
            store_id.0,
            id,
            customer.name.clone(),
            customer.email.clone(),
            customer.phone.clone(),
            serde_json::Value::from(customer.groups.clone()).to_string(),
            seq.0,
        ],
    )
    .execute(transaction)
    .await?;
    let (name, email) = (customer.name.as_deref(), customer.email.as_deref());
    let words = customer_words(id, name, email, customer.phone.as_deref());
    note_words(transaction, store_id, id, words).await
}
