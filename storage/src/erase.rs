//! Erasing: content and salt go, the ledger keeps the leaf and says who erased what and why.
//!
//! An erasure is asked for once and done in small transactions, each of which deletes some entries and writes
//! the ledger entry that names them: a stop in between leaves nothing half-erased. What a legal hold keeps
//! is left out; so are the entries that tell of erasures. What was counted and is not found any more is told in numbers
//! ([`missing`]). [`retention`] does the same for what is old ([`due`] counts it), [`calls`] in the log of requests,
//! [`person`] for everything about a customer, in the logs that watch too ([`watched`]). Files of exports that hold
//! what goes are found by [`files`]; [`purge`] takes the last bytes out of SQLite's text indexes, and [`fold`] out of its write-ahead log.

mod activities;
mod calls;
mod due;
mod elsewhere;
mod files;
mod fold;
mod gap;
mod hold;
mod items;
mod messages;
mod missing;
mod needles;
mod pace;
mod person;
mod purge;
mod request;
mod retention;
mod row;
mod seqs;
mod sweep;
mod terms;
mod told;
mod watched;
mod work;

pub(crate) use fold::Folding;
pub(crate) use pace::Pace;
pub(crate) use purge::{Purging, TextIndex, note_deleted, wanted as purge_wanted};
pub(crate) use retention::Round;
pub use work::{ErasureJob, StepOutcome};

use crate::Error;
use crate::sql::{insert_many, sql, values};
use domain::export::Source;
use domain::{ErasureId, OrderKey, StoreId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use std::collections::{BTreeMap, BTreeSet};

const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// Ledger numbers as ranges, both ends inclusive, in order.
pub(crate) fn ranges_of(mut seqs: Vec<i64>) -> Vec<(i64, i64)> {
    seqs.sort_unstable();
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for seq in seqs {
        match ranges.last_mut() {
            Some((_, to)) if *to + 1 >= seq => *to = seq.max(*to),
            _ => ranges.push((seq, seq)),
        }
    }
    ranges
}

/// Deletes what ledger entries hold, says in which erasure, and that no line belongs to them any more.
async fn forget_payloads(
    transaction: &DatabaseTransaction,
    erasure: ErasureId,
    seqs: &[i64],
    keeps_lines: bool,
) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    let mut delete = sql(backend, "DELETE FROM payload WHERE seq IN ", []);
    delete.list(seqs.iter().copied());
    delete.execute(transaction).await?;
    if keeps_lines {
        // What fields hold, as a revert compares it, was read from the content. That a thing is gone stands in the line, too: the
        // field without a name says no more.
        let text = "DELETE FROM field_value WHERE field <> '' AND seq IN ";
        let mut fields = sql(backend, text, []);
        fields.list(seqs.iter().copied());
        fields.execute(transaction).await?;
    } else {
        forget_lines(transaction, seqs).await?;
    }
    let rows = ranges_of(seqs.to_vec())
        .into_iter()
        .flat_map(|(from, to)| values![from, to, erasure.0.as_bytes().to_vec()])
        .collect();
    insert_many(
        transaction,
        "INSERT INTO erased_range (from_seq, to_seq, erasure_id)",
        " ON CONFLICT DO NOTHING",
        3,
        rows,
    )
    .await
}

/// Deletes what fields hold by ledger entries whose lines go, and that a line belongs to them.
async fn forget_lines(transaction: &DatabaseTransaction, seqs: &[i64]) -> Result<(), Error> {
    for text in [
        "DELETE FROM field_value WHERE seq IN ",
        // A place in time that is free again must not lead from an erased entry to a new one.
        "UPDATE ledger SET order_key = NULL WHERE seq IN ",
    ] {
        let mut statement = sql(transaction.get_database_backend(), text, []);
        statement.list(seqs.iter().copied());
        statement.execute(transaction).await?;
    }
    Ok(())
}

/// Under which name the gaps of an order's thread are kept, beside those of the logs.
fn list_of_thread(number: &str) -> String {
    format!("order:{number}")
}

/// Notes where lines are missing: from a log by hour, from the threads of orders with one line for each erasure.
/// `gone`: each with the orders in whose threads it stood. That an order's thread lost something, when and why stays known
/// with the order; what it lost does not.
async fn note_gaps(
    transaction: &DatabaseTransaction,
    store: StoreId,
    source: Source,
    erasure: ErasureId,
    gone: &[(OrderKey, BTreeSet<&str>)],
) -> Result<(), Error> {
    let mut gaps: BTreeMap<(String, i64), (i64, i64, i64)> = BTreeMap::new();
    for (key, orders) in gone {
        let hour = key.micros().div_euclid(MICROS_PER_HOUR);
        let threads = orders.iter().map(|number| (list_of_thread(number), 0));
        for place in threads.chain([(source.as_str().to_owned(), hour)]) {
            let gap = gaps.entry(place).or_insert((key.0, key.0, 0));
            *gap = (gap.0.min(key.0), gap.1.max(key.0), gap.2 + 1);
        }
    }
    let rows = gaps
        .into_iter()
        .flat_map(|((list, hour), (first, last, n))| {
            let erasure = erasure.0.as_bytes().to_vec();
            values![erasure, list, hour, store.0, first, last, n]
        })
        .collect();
    insert_many(
        transaction,
        "INSERT INTO erased_gap (erasure_id, source, hour, store_id, first_key, last_key, n)",
        " ON CONFLICT (erasure_id, source, hour) DO UPDATE SET n = erased_gap.n + excluded.n, \
         first_key = CASE WHEN excluded.first_key < erased_gap.first_key THEN excluded.first_key ELSE erased_gap.first_key END, \
         last_key = CASE WHEN excluded.last_key > erased_gap.last_key THEN excluded.last_key ELSE erased_gap.last_key END",
        7,
        rows,
    )
    .await
}
