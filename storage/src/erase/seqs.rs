//! The ledger entries with content about what is to go: read when it is looked at, and again when it goes.

use crate::Error;
use crate::sql::{sql, values};
use domain::{Code, OrderKey, Problem, StoreId};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;

/// Ledger numbers, by the key of the record that they are about.
pub(super) type Seqs = HashMap<i64, Vec<i64>>;

/// Those about some records of a store. Each of `texts` reads a key and a number, and ends before the list of keys.
pub(super) async fn seqs_of(
    on: &impl ConnectionTrait,
    store: StoreId,
    keys: &[OrderKey],
    texts: [&str; 2],
) -> Result<Seqs, Error> {
    let mut seqs = Seqs::new();
    for text in texts {
        let mut statement = sql(on.get_database_backend(), text, values![store.0]);
        statement.list(keys.iter().map(|key| key.0));
        for row in statement.rows(on).await? {
            let key: i64 = row.try_get_by_index(0)?;
            seqs.entry(key).or_default().push(row.try_get_by_index(1)?);
        }
    }
    Ok(seqs)
}

/// Refuses with `message` when something became known of a record since its numbers were read.
pub(super) fn check_unchanged<'a>(
    mut before: impl Iterator<Item = (OrderKey, &'a [i64])>,
    now: &Seqs,
    message: &str,
) -> Result<(), Error> {
    let sorted = |seqs: &[i64]| {
        let mut seqs = seqs.to_vec();
        seqs.sort_unstable();
        seqs
    };
    let is_same = before.all(|(key, seqs)| {
        let now = now.get(&key.0).map(Vec::as_slice);
        sorted(seqs) == sorted(now.unwrap_or_default())
    });
    if is_same {
        return Ok(());
    }
    Err(Problem::new(Code::Conflict, message).into())
}
