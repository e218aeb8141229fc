//! What plain programs reach on the same machine: one SQLite connection, nothing else.

use crate::fill::{Filled, url};
use anyhow::{Context as _, Result};
use chrono::{TimeDelta, Utc};
use domain::ledger::canonical;
use domain::{Facts, OrderKey, StoreId};
use server::sample;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::path::Path;
use std::time::{Duration, Instant};

async fn connect(address: &str) -> Result<SqliteConnection> {
    Ok(address
        .parse::<SqliteConnectOptions>()?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-8000")
        .pragma("mmap_size", "268435456")
        .pragma("secure_delete", "ON")
        .statement_cache_capacity(512)
        .disable_statement_logging()
        .connect()
        .await?)
}

/// Inserts of one JSON text with one commit each, in one table: how many a second.
pub async fn single(root: &Path, seconds: u64) -> Result<f64> {
    let path = root.join("bare.db");
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let mut connection = connect(&url(&path)).await?;
    sqlx::query("CREATE TABLE event (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        .execute(&mut connection)
        .await?;
    let body = crate::ingest::body();
    let begun = Instant::now();
    let mut done = 0_u64;
    while begun.elapsed() < Duration::from_secs(seconds) {
        sqlx::query("INSERT INTO event (body) VALUES (?)")
            .bind(&body)
            .execute(&mut connection)
            .await?;
        done += 1;
    }
    let rate = done as f64 / begun.elapsed().as_secs_f64();
    println!("bare, one connection, FULL, one insert a commit: {rate:.0} a second of {done}");
    connection.close().await?;
    Ok(rate)
}

/// The same tables and indexes, a row at a time, a hundred activities a commit: activities a second.
pub async fn batches(filled: &Filled, copy: &Path, seconds: u64) -> Result<f64> {
    copy_of(filled, copy)?;
    let mut connection = connect(&url(copy)).await?;
    let activities: Vec<_> = sample::activity_stream(11, start()?, TimeDelta::milliseconds(3))
        .take(60_000)
        .collect();
    // Everything that is not the database's work is done before: this is the loop's best case.
    let rows = activities
        .into_iter()
        .map(|activity| {
            let payload = canonical(&serde_json::to_value(&activity)?)?;
            let change = activity
                .changes
                .first()
                .map(serde_json::to_string)
                .transpose()?;
            Ok((
                Facts::new(domain::ActivityId(uuid::Uuid::nil()), activity),
                payload,
                change,
            ))
        })
        .collect::<Result<Vec<_>>>()?;
    let mut seq = filled.rows.cast_signed() + 1_000;
    let mut done = 0_u64;
    let begun = Instant::now();
    for batch in rows.chunks(100) {
        if begun.elapsed() > Duration::from_secs(seconds) {
            break;
        }
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        for (facts, payload, change) in batch {
            seq += 1;
            insert(&mut transaction, seq, facts, payload, change.as_deref()).await?;
        }
        transaction.commit().await?;
        done += batch.len() as u64;
    }
    let rate = done as f64 / begun.elapsed().as_secs_f64();
    println!(
        "bare, the same tables and indexes, 100 a commit: {rate:.0} activities a second of {done}"
    );
    connection.close().await?;
    Ok(rate)
}

async fn insert(
    on: &mut SqliteConnection,
    seq: i64,
    facts: &Facts,
    payload: &str,
    change: Option<&str>,
) -> Result<()> {
    let activity = &facts.activity;
    let micros = activity.occurred_at.timestamp_micros();
    let key = OrderKey::first_at(micros).0;
    let id = seq.to_be_bytes().repeat(2);
    let store = StoreId(1);
    sqlx::query("INSERT INTO ledger (seq, store_id, kind, record_id, recorded_at, payload_digest, leaf, order_key) VALUES (?, ?, 'activity', ?, ?, ?, ?, ?)")
        .bind(seq).bind(store.0).bind(&id).bind(micros).bind(vec![1_u8; 32]).bind(vec![2_u8; 32]).bind(key)
        .execute(&mut *on).await?;
    sqlx::query("INSERT INTO payload (seq, salt, body) VALUES (?, ?, ?)")
        .bind(seq)
        .bind(vec![3_u8; 32])
        .bind(payload)
        .execute(&mut *on)
        .await?;
    sqlx::query(
        "INSERT INTO activity (order_key, store_id, seq, id, occurred_at, actor_id, action_id, outcome, has, ip, subject_type, \
         subject_id, subject_name, description, error, first_change, change_count, operation_id, device_id) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(key).bind(store.0).bind(seq).bind(&id).bind(micros).bind(seq % 40 + 1).bind(seq % 60 + 1)
    .bind(activity.outcome.number()).bind(facts.has.bits())
    .bind(activity.origin.ip.map(|ip| domain::IpRange::bytes_of(ip).to_vec()))
    .bind(activity.subject.as_ref().map(|s| s.kind.as_str())).bind(activity.subject.as_ref().map(|s| s.id.as_str()))
    .bind(activity.subject.as_ref().and_then(|s| s.name.as_deref())).bind(activity.description.as_deref())
    .bind(activity.error.as_deref()).bind(change).bind(activity.changes.len() as i64).bind(activity.operation_id.as_deref())
    .bind(facts.device.as_ref().map(|_| seq % 20 + 1))
    .execute(&mut *on).await?;
    sqlx::query("INSERT INTO activity_text (order_key, open, personal) VALUES (?, ?, ?)")
        .bind(key)
        .bind(&facts.text.open)
        .bind(&facts.text.personal)
        .execute(&mut *on)
        .await?;
    sqlx::query("INSERT INTO activity_fts (rowid, open, personal) VALUES (?, ?, ?)")
        .bind(key)
        .bind(&facts.text.open)
        .bind(&facts.text.personal)
        .execute(&mut *on)
        .await?;
    for term in &facts.terms {
        sqlx::query("INSERT INTO term (store_id, text, is_personal) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
            .bind(store.0).bind(&term.text).bind(term.is_personal).execute(&mut *on).await?;
        let hash = term.text.bytes().fold(0_i64, |h, b| {
            h.wrapping_mul(1_099_511_628_211).wrapping_add(b.into())
        });
        sqlx::query("INSERT INTO posting (term, order_key) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(hash)
            .bind(key)
            .execute(&mut *on)
            .await?;
    }
    sqlx::query("INSERT INTO hour_count (store_id, hour, action_id, outcome, n) VALUES (?, ?, ?, ?, 1) ON CONFLICT (store_id, hour, action_id, outcome) DO UPDATE SET n = n + 1")
        .bind(store.0).bind(micros / 3_600_000_000).bind(seq % 60 + 1).bind(activity.outcome.number())
        .execute(&mut *on).await?;
    Ok(())
}

/// The time from which new entries are added: after everything that is present.
pub fn start() -> Result<chrono::DateTime<Utc>> {
    use chrono::TimeZone as _;
    Utc.with_ymd_and_hms(2026, 11, 1, 0, 0, 0)
        .single()
        .context("a real date")
}

/// A fresh copy of the filled database.
pub fn copy_of(filled: &Filled, copy: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", copy.display()));
    }
    std::fs::copy(&filled.path, copy)?;
    // The copying itself must not be flushed to disk while the measurement runs.
    std::process::Command::new("sync").status()?;
    Ok(())
}
