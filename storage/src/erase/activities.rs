//! Taking entries out of the activity log, or their content alone.

use super::purge::{self, TextIndex};
use super::row::damaged;
use super::seqs::{self, Seqs, seqs_of};
use super::terms;
use super::{MICROS_PER_HOUR, forget_lines, forget_payloads, note_gaps};
use crate::Error;
use crate::log::{activity_of, outcome_of, row, uuid_of};
use crate::record::{counter, insert_text};
use crate::sql::{insert_many, sql, values};
use domain::export::Source;
use domain::{Activity, ActivityId, ErasureId, Facts, OrderKey, Origin, Outcome, StoreId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// An entry that is to go, with everything that stands about it.
#[derive(Clone)]
pub(super) struct Doomed {
    pub(super) key: OrderKey,
    pub(super) seq: i64,
    /// Its own ledger number and those of its outcomes, as far as their content is still there.
    pub(super) seqs: Vec<i64>,
    pub(super) facts: Arc<Facts>,
    actor_id: i64,
    action_id: i64,
    outcome: Outcome,
    hour: i64,
    pub(super) has_content: bool,
}

#[derive(FromQueryResult)]
struct Columns {
    order_key: i64,
    seq: i64,
    id: Vec<u8>,
    occurred_at: i64,
    actor_id: i64,
    action_id: i64,
    outcome: i16,
    error: Option<String>,
    body: Option<String>,
}

/// Reads entries that are to go.
pub(super) async fn doomed(
    on: &impl ConnectionTrait,
    store: StoreId,
    keys: &[OrderKey],
) -> Result<Vec<Doomed>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let backend = on.get_database_backend();
    let mut statement = sql(
        backend,
        "SELECT a.order_key, a.seq, a.id, a.occurred_at, a.actor_id, a.action_id, a.outcome, a.error, p.body FROM activity a \
         LEFT JOIN payload p ON p.seq = a.seq WHERE a.store_id = ? AND a.order_key IN ",
        values![store.0],
    );
    statement.list(keys.iter().map(|key| key.0));
    let found: Vec<Columns> = statement.all(on).await?;
    let mut seqs = entries_of(on, store, keys).await?;
    let mut doomed = Vec::with_capacity(found.len());
    for columns in found {
        let key = OrderKey(columns.order_key);
        let outcome = outcome_of(columns.outcome)?;
        let activity = match &columns.body {
            Some(body) => {
                let mut activity = activity_of(body)?;
                activity.outcome = outcome;
                activity.error = columns.error;
                activity
            }
            None => match row::line_of_key(on, key).await? {
                Some(activity) => activity,
                None => continue,
            },
        };
        doomed.push(Doomed {
            key,
            seq: columns.seq,
            seqs: seqs.remove(&columns.order_key).unwrap_or_default(),
            facts: Arc::new(Facts::new(ActivityId(uuid_of(&columns.id)?), activity)),
            actor_id: columns.actor_id,
            action_id: columns.action_id,
            outcome,
            hour: columns.occurred_at.div_euclid(MICROS_PER_HOUR),
            has_content: columns.body.is_some(),
        });
    }
    Ok(doomed)
}

/// Entries as they stood at a ledger number, with the outcomes that were known by then: those whose content is kept, by key.
pub(super) async fn as_of(
    on: &impl ConnectionTrait,
    store: StoreId,
    keys: &[OrderKey],
    seq: i64,
) -> Result<HashMap<i64, Facts>, Error> {
    #[derive(serde::Deserialize)]
    struct Told {
        outcome: Outcome,
        error: Option<String>,
    }
    let backend = on.get_database_backend();
    let text = "SELECT a.order_key, p.body, a.id FROM activity a JOIN payload p ON p.seq = a.seq \
                WHERE a.store_id = ? AND a.order_key IN ";
    let mut statement = sql(backend, text, values![store.0]);
    statement.list(keys.iter().map(|key| key.0));
    let mut stood: HashMap<i64, (Vec<u8>, Activity)> = HashMap::new();
    for row in statement.rows(on).await? {
        let body: String = row.try_get_by_index(1)?;
        let entry = (row.try_get_by_index(2)?, activity_of(&body)?);
        stood.insert(row.try_get_by_index(0)?, entry);
    }
    let text = "SELECT l.order_key, p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                WHERE l.kind = 'outcome' AND l.seq <= ? AND l.store_id = ? AND l.order_key IN ";
    let mut statement = sql(backend, text, values![seq, store.0]);
    statement.list(keys.iter().map(|key| key.0));
    statement.push(" ORDER BY l.seq");
    for row in statement.rows(on).await? {
        let key: i64 = row.try_get_by_index(0)?;
        let body: String = row.try_get_by_index(1)?;
        let told: Told = serde_json::from_str(&body).map_err(damaged)?;
        if let Some((_, activity)) = stood.get_mut(&key) {
            activity.outcome = told.outcome;
            activity.error = told.error;
        }
    }
    stood
        .into_iter()
        .map(|(key, (id, activity))| {
            let id = ActivityId(uuid_of(&id)?);
            Ok((key, Facts::new(id, activity)))
        })
        .collect()
}

/// The ledger entries with content about some activities.
async fn entries_of(
    on: &impl ConnectionTrait,
    store: StoreId,
    keys: &[OrderKey],
) -> Result<Seqs, Error> {
    // Each kind apart: outcomes have an index by place, activities their row.
    let texts = [
        "SELECT a.order_key, a.seq FROM activity a JOIN payload p ON p.seq = a.seq WHERE a.store_id = ? AND a.order_key IN ",
        "SELECT l.order_key, l.seq FROM ledger l JOIN payload p ON p.seq = l.seq WHERE l.kind = 'outcome' AND l.store_id = ? AND l.order_key IN ",
    ];
    seqs_of(on, store, keys, texts).await
}

/// The ledger entries about some activities whose content went before their lines.
async fn entries_without_content(
    on: &impl ConnectionTrait,
    store: StoreId,
    keys: &[OrderKey],
) -> Result<Seqs, Error> {
    let texts = [
        "SELECT a.order_key, a.seq FROM activity a LEFT JOIN payload p ON p.seq = a.seq WHERE p.seq IS NULL AND a.store_id = ? \
         AND a.order_key IN ",
        "SELECT l.order_key, l.seq FROM ledger l LEFT JOIN payload p ON p.seq = l.seq WHERE p.seq IS NULL AND l.kind = 'outcome' \
         AND l.store_id = ? AND l.order_key IN ",
    ];
    seqs_of(on, store, keys, texts).await
}

/// That nothing became known of the entries since they were read.
async fn check_unchanged(
    transaction: &DatabaseTransaction,
    store: StoreId,
    doomed: &[Doomed],
) -> Result<(), Error> {
    let keys: Vec<OrderKey> = doomed.iter().map(|d| d.key).collect();
    let now = entries_of(transaction, store, &keys).await?;
    let before = doomed.iter().map(|d| (d.key, d.seqs.as_slice()));
    let message = "an entry changed while it was being erased; it is tried again";
    seqs::check_unchanged(before, &now, message)
}

/// Deletes entries with all that was made from them.
pub(super) async fn delete(
    transaction: &DatabaseTransaction,
    store: StoreId,
    erasure: ErasureId,
    doomed: &[Doomed],
) -> Result<(), Error> {
    check_unchanged(transaction, store, doomed).await?;
    let backend = transaction.get_database_backend();
    let keys: Vec<OrderKey> = doomed.iter().map(|d| d.key).collect();
    remove_texts(transaction, &keys).await?;
    let words = doomed
        .iter()
        .flat_map(|d| d.facts.terms.iter().map(|term| (d.key, term)))
        .collect();
    terms::remove(transaction, store, terms::ACTIVITIES, words).await?;
    let bare = entries_without_content(transaction, store, &keys).await?;
    let mut delete = sql(backend, "DELETE FROM activity WHERE order_key IN ", []);
    delete.list(keys.iter().map(|key| key.0));
    delete.execute(transaction).await?;
    let mut hours: BTreeMap<(i64, i64, i16), i64> = BTreeMap::new();
    let mut actions: BTreeMap<(i64, Outcome), i64> = BTreeMap::new();
    let mut actors: BTreeMap<i64, i64> = BTreeMap::new();
    for entry in doomed {
        let place = (entry.hour, entry.action_id, entry.outcome.number());
        *hours.entry(place).or_default() += 1;
        *actions.entry((entry.action_id, entry.outcome)).or_default() += 1;
        *actors.entry(entry.actor_id).or_default() += 1;
    }
    let hours = hours
        .into_iter()
        .flat_map(|((hour, action, outcome), n)| values![store.0, hour, action, outcome, -n])
        .collect();
    insert_many(
        transaction,
        "INSERT INTO hour_count (store_id, hour, action_id, outcome, n)",
        " ON CONFLICT (store_id, hour, action_id, outcome) DO UPDATE SET n = hour_count.n + excluded.n",
        5,
        hours,
    )
    .await?;
    for ((action, outcome), n) in actions {
        let text = format!(
            "UPDATE action SET {0} = {0} - ? WHERE id = ?",
            counter(outcome)
        );
        sql(backend, &text, values![n, action])
            .execute(transaction)
            .await?;
    }
    for (actor, n) in &actors {
        let text = "UPDATE actor SET uses = uses - ? WHERE id = ?";
        sql(backend, text, values![*n, *actor])
            .execute(transaction)
            .await?;
    }
    // Somebody of whom nothing is left is forgotten by name, too.
    for (head, tail) in [
        (
            "DELETE FROM actor_key WHERE actor_id IN (SELECT id FROM actor WHERE uses <= 0 AND id IN ",
            ")",
        ),
        ("DELETE FROM actor WHERE uses <= 0 AND id IN ", ""),
    ] {
        let mut forget = sql(backend, head, []);
        forget.list(actors.keys().copied()).push(tail);
        forget.execute(transaction).await?;
    }
    let seqs: Vec<i64> = doomed.iter().flat_map(|d| d.seqs.iter().copied()).collect();
    forget_payloads(transaction, erasure, &seqs, false).await?;
    let bare: Vec<i64> = bare.into_values().flatten().collect();
    forget_lines(transaction, &bare).await?;
    let gone: Vec<(OrderKey, BTreeSet<&str>)> = doomed
        .iter()
        .map(|d| (d.key, threads(&d.facts.activity)))
        .collect();
    note_gaps(transaction, store, Source::Activity, erasure, &gone).await
}

/// The orders in whose threads an entry stands ([`domain::Filter::of_thread`]).
fn threads(activity: &Activity) -> BTreeSet<&str> {
    let is_of_message = activity.action.name.starts_with("message.");
    let orders = activity.orders();
    orders.filter(|_| !is_of_message).collect()
}

/// Deletes what entries say and keeps their line: when, who, what was done to what.
pub(super) async fn reduce(
    transaction: &DatabaseTransaction,
    store: StoreId,
    erasure: ErasureId,
    doomed: &[Doomed],
) -> Result<(), Error> {
    check_unchanged(transaction, store, doomed).await?;
    let backend = transaction.get_database_backend();
    let keys: Vec<OrderKey> = doomed.iter().map(|d| d.key).collect();
    remove_texts(transaction, &keys).await?;
    let mut texts = Vec::new();
    let mut gone = Vec::new();
    for entry in doomed {
        let left = Facts::new(entry.facts.id, line(&entry.facts.activity));
        let words = entry.facts.terms.iter();
        let words = words.filter(|term| !left.terms.contains(term));
        gone.extend(words.map(|term| (entry.key, term)));
        texts.extend(values![entry.key.0, left.text.open, left.text.personal]);
        sql(
            backend,
            "UPDATE activity SET description = NULL, error = NULL, first_change = NULL, change_count = 0, device_id = NULL, \
             has = ? WHERE order_key = ?",
            values![left.has.bits(), entry.key.0],
        )
        .execute(transaction)
        .await?;
    }
    terms::remove(transaction, store, terms::ACTIVITIES, gone).await?;
    insert_text(transaction, texts).await?;
    let seqs: Vec<i64> = doomed.iter().flat_map(|d| d.seqs.iter().copied()).collect();
    forget_payloads(transaction, erasure, &seqs, true).await
}

/// What the line of an entry tells when its content is gone; [`row::line_of_key`] reads the same back.
fn line(activity: &Activity) -> Activity {
    Activity {
        description: None,
        changes: Vec::new(),
        origin: Origin {
            ip: activity.origin.ip,
            ..Origin::default()
        },
        related: Vec::new(),
        rule: None,
        error: None,
        details: None,
        ..activity.clone()
    }
}

async fn remove_texts(transaction: &DatabaseTransaction, keys: &[OrderKey]) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    if backend == DbBackend::Sqlite {
        // An index over an external table must be told what it is to forget.
        let mut forget = sql(
            backend,
            "INSERT INTO activity_fts (activity_fts, rowid, open, personal) \
             SELECT 'delete', order_key, open, personal FROM activity_text WHERE order_key IN ",
            [],
        );
        forget.list(keys.iter().map(|key| key.0));
        forget.execute(transaction).await?;
        purge::note_deleted(transaction, TextIndex::Activities).await?;
    }
    let mut delete = sql(backend, "DELETE FROM activity_text WHERE order_key IN ", []);
    delete.list(keys.iter().map(|key| key.0));
    delete.execute(transaction).await.map(drop)
}
