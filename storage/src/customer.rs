//! The words by which customers are found: an index of their beginnings, so that one is found among any number of others.

use crate::record::Effect;
use crate::sql::{insert_many, sql, values};
use crate::{Error, Storage};
use domain::{StoreId, customer_words};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use std::collections::BTreeSet;

/// Forgets the words of a customer: of a store, an id.
pub(crate) const FORGET_WORDS: &str =
    "DELETE FROM customer_word WHERE store_id = ? AND customer_id = ?";

/// How many customers one step looks at.
const CHUNK: usize = 200;

/// Somebody told of before words were kept.
#[derive(FromQueryResult)]
struct Older {
    store_id: i64,
    id: String,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

/// Notes by which words a customer is found, in place of those noted before.
pub(crate) async fn note_words(
    transaction: &DatabaseTransaction,
    store: StoreId,
    id: &str,
    words: BTreeSet<String>,
) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    sql(backend, FORGET_WORDS, values![store.0, id])
        .execute(transaction)
        .await?;
    insert(transaction, rows_of(store, id, words)).await
}

fn rows_of(store: StoreId, id: &str, words: BTreeSet<String>) -> Vec<Value> {
    let rows = words
        .into_iter()
        .flat_map(|word| values![store.0, word, id]);
    rows.collect()
}

async fn insert(transaction: &DatabaseTransaction, rows: Vec<Value>) -> Result<(), Error> {
    let head = "INSERT INTO customer_word (store_id, word, customer_id)";
    insert_many(transaction, head, " ON CONFLICT DO NOTHING", 3, rows).await
}

/// Up to `limit` words that begin so, each with whose it is, in order, after one of these.
pub(crate) async fn words_after(
    on: &impl ConnectionTrait,
    store: StoreId,
    beginning: &str,
    after: &(String, String),
    limit: usize,
) -> Result<Vec<(String, String)>, Error> {
    let text = "SELECT word, customer_id FROM customer_word WHERE store_id = ? AND word < ? \
                AND (word, customer_id) > (?, ?) ORDER BY word, customer_id LIMIT ?";
    let values = values![
        store.0,
        format!("{beginning}\u{10FFFF}"),
        after.0.clone(),
        after.1.clone(),
        limit as i64,
    ];
    let rows = sql(on.get_database_backend(), text, values)
        .rows(on)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// Of some words' beginnings, any of which will do for a word, those with the fewest customers, counted up to `most`.
pub(crate) async fn rarest(
    on: &impl ConnectionTrait,
    store: StoreId,
    words: Vec<Vec<String>>,
    most: usize,
) -> Result<Vec<String>, Error> {
    let is_single = words.len() == 1;
    let mut rarest: Option<(i64, Vec<String>)> = None;
    for beginnings in words {
        if is_single {
            return Ok(beginnings);
        }
        let mut count = 0;
        for beginning in &beginnings {
            count += count_words(on, store, beginning, most).await?;
        }
        if rarest.as_ref().is_none_or(|(least, _)| count < *least) {
            rarest = Some((count, beginnings));
        }
    }
    Ok(rarest.map(|(_, beginnings)| beginnings).unwrap_or_default())
}

async fn count_words(
    on: &impl ConnectionTrait,
    store: StoreId,
    beginning: &str,
    most: usize,
) -> Result<i64, Error> {
    let text = "SELECT COUNT(*) FROM (SELECT 1 FROM customer_word WHERE store_id = ? AND word >= ? AND word < ? LIMIT ?) AS bounded";
    let end = format!("{beginning}\u{10FFFF}");
    let values = values![store.0, beginning, end, most as i64];
    let row = sql(on.get_database_backend(), text, values).row(on).await?;
    let count = row.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(count.unwrap_or(0))
}

impl Storage {
    /// Notes the words of the next customers who were told of before these were kept, in one transaction. False when none
    /// is left.
    pub(crate) async fn older_customers_step(&self) -> Result<bool, Error> {
        let text = "SELECT 1 FROM customer_waiting WHERE id = 1";
        let waiting = sql(self.readers().get_database_backend(), text, []);
        if waiting.row(self.readers()).await?.is_none() {
            return Ok(false);
        }
        let noted =
            Effect::new(|transaction| Box::pin(async move { note_older(transaction).await }));
        self.recorder().apply(vec![noted]).await?;
        Ok(true)
    }
}

/// All within the transaction: who is told of meanwhile comes before or after it. Who was told of again has these very words.
async fn note_older(transaction: &DatabaseTransaction) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    let text = "SELECT store_id, customer_id FROM customer_waiting WHERE id = 1";
    let Some(row) = sql(backend, text, []).row(transaction).await? else {
        return Ok(());
    };
    let store: i64 = row.try_get_by_index(0)?;
    let customer: String = row.try_get_by_index(1)?;
    let text = "SELECT store_id, id, name, email, phone FROM customer WHERE (store_id, id) > (?, ?) ORDER BY store_id, id LIMIT ?";
    let found: Vec<Older> = sql(backend, text, values![store, customer, CHUNK as i64])
        .all(transaction)
        .await?;
    let mut rows = Vec::new();
    for older in &found {
        let (name, email) = (older.name.as_deref(), older.email.as_deref());
        let words = customer_words(&older.id, name, email, older.phone.as_deref());
        rows.extend(rows_of(StoreId(older.store_id), &older.id, words));
    }
    insert(transaction, rows).await?;
    let moved = match found.last().filter(|_| found.len() == CHUNK) {
        Some(last) => sql(
            backend,
            "UPDATE customer_waiting SET store_id = ?, customer_id = ? WHERE id = 1",
            values![last.store_id, last.id.clone()],
        ),
        None => sql(backend, "DELETE FROM customer_waiting WHERE id = 1", []),
    };
    moved.execute(transaction).await.map(drop)
}
