//! Reading at a million messages: lists, searches, counts, and a long thread.

use crate::fill::url;
use crate::percentile::Times;
use anyhow::{Context as _, Result};
use domain::message::{Channel, Mailbox, Message, MessageDirection, MessageInput, MessageType};
use domain::{Actor, Direction};
use sqlx::{Connection as _, SqliteConnection};
use std::path::{Path, PathBuf};
use std::time::Instant;
use storage::{Ambient, NewStore, Page, Scope, Storage, ThreadPage};

/// Messages that are written; the others are copies of them, an hour earlier each time.
const WRITTEN: usize = 200;
/// How many messages the long thread has.
const THREAD: usize = 2_000;
/// Its order.
const ORDER: &str = "77000";

/// What people look for.
const QUERIES: [&str; 18] = [
    "",
    "channel:sms",
    "status:failed",
    "status:pending type:campaign",
    "-channel:email read:unknown",
    "to:customer42*",
    "order:1042",
    "order:1042-77",
    "subject:parcel",
    "parcel",
    "\"parcel 17 is\"",
    "0551200017",
    "zzzzqqq",
    "thank you -parcel",
    "created:2026-10",
    "created:2026-10 channel:sms parcel",
    "x",
    "customer9",
];

/// Times lists, searches, counts and the long thread.
pub async fn measure(root: &Path, rows: u64, queries: usize) -> Result<()> {
    let path = filled(root, rows).await?;
    let storage = Storage::open(&url(&path), Ambient::system()).await?;
    let store = storage.list_stores().await?.into_iter().next();
    let scope = Scope::system("bench", store.context("a store")?);
    for q in QUERIES {
        let filter = storage
            .message_filter(&scope, q)
            .map_err(|_| anyhow::anyhow!("`{q}` is a filter"))?;
        let page = Page {
            after: None,
            direction: Direction::Newest,
            limit: 50,
        };
        let mut times = Times::default();
        let mut found = 0;
        for _ in 0..(queries / 10).max(10) {
            let begun = Instant::now();
            let list = storage.list_messages(&scope, &filter, page).await?;
            times.add(begun.elapsed());
            found = list.rows.len();
        }
        let begun = Instant::now();
        let count = storage.count_messages(&scope, &filter).await?;
        println!(
            "messages `{q}` ({found} rows): {}; count {} in {:.1} ms",
            times.summary(),
            count.count,
            begun.elapsed().as_secs_f64() * 1e3
        );
    }
    let mut times = Times::default();
    for _ in 0..(queries / 10).max(10) {
        let page = ThreadPage {
            limit: 100,
            ..ThreadPage::default()
        };
        let begun = Instant::now();
        let thread = storage.thread(&scope, ORDER, page).await?;
        times.add(begun.elapsed());
        anyhow::ensure!(thread.is_some(), "the long thread");
    }
    println!("end of a thread of {THREAD} messages: {}", times.summary());
    storage.close().await?;
    Ok(())
}

/// Fills the database, or takes the one that an earlier run filled with as many.
async fn filled(root: &Path, rows: u64) -> Result<PathBuf> {
    let path = root.join(format!("messages-{rows}.db"));
    let mark = root.join(format!("messages-{rows}.done"));
    if mark.exists() {
        return Ok(path);
    }
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let begun = Instant::now();
    write(&path).await?;
    copy(&path, rows / WRITTEN as u64).await?;
    println!("filled in {:.0} s", begun.elapsed().as_secs_f64());
    std::fs::write(mark, "")?;
    Ok(path)
}

fn input(now: chrono::DateTime<chrono::Utc>, n: usize, order: String) -> MessageInput {
    let channel = Channel::ALL[n % 3];
    let address = match channel {
        Channel::Email => format!("customer{n}@mail.example"),
        Channel::Sms | Channel::Whatsapp => format!("+9665512{:05}", n % 100_000),
    };
    let text = format!("Your parcel {n} is on its way, thank you");
    let message = Message {
        to: vec![Mailbox {
            name: None,
            address,
        }],
        subject: (channel == Channel::Email).then(|| format!("About {text}")),
        text: Some(text),
        order: Some(order),
        ..Message::new(
            channel,
            MessageDirection::Outbound,
            MessageType::ALL[n % MessageType::ALL.len()],
            now,
            Actor::system(),
        )
    };
    MessageInput::new(message)
}

/// The messages that are copied.
async fn write(path: &Path) -> Result<()> {
    let storage = Storage::open(&url(path), Ambient::system()).await?;
    let store = NewStore {
        name: "Bench".to_owned(),
        domain: String::new(),
        time_zone: "Asia/Riyadh".to_owned(),
        is_sample: false,
    };
    let scope = Scope::system("bench", storage.create_store(store).await?);
    let now = storage.ambient().clock.now();
    let copied = (0..WRITTEN).map(|n| input(now, n, format!("{}", 1_000 + n)));
    storage
        .send_messages(&scope, copied.collect(), None)
        .await?;
    storage.close().await?;
    Ok(())
}

/// The copies, and then the long thread.
async fn copy(path: &Path, copies: u64) -> Result<()> {
    let mut connection = SqliteConnection::connect(&url(path)).await?;
    let hour = 3_600_000_000_i64;
    let step = hour << 10;
    let k = format!(
        "WITH RECURSIVE k (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM k WHERE n < {copies})"
    );
    for text in [
        format!(
            "{k} INSERT INTO message SELECT m.order_key - k.n * {step}, m.store_id, m.seq, randomblob(16), \
             m.occurred_at - k.n * {hour}, m.facet, m.is_inbound, m.order_number || '-' || k.n, m.customer_id, \
             m.attempt_number, m.shown, m.facts, m.delivery FROM k CROSS JOIN message m"
        ),
        format!(
            "{k} INSERT INTO message_text SELECT t.order_key - k.n * {step}, t.open || k.n, t.personal \
             FROM k CROSS JOIN message_text t"
        ),
        format!(
            "{k} INSERT INTO message_posting SELECT p.term, p.order_key - k.n * {step} FROM k CROSS JOIN message_posting p"
        ),
        format!(
            "{k} INSERT INTO message_hour SELECT h.store_id, h.hour - k.n, h.facet, h.n FROM k CROSS JOIN message_hour h"
        ),
        format!("UPDATE message_total SET n = n * {}", copies + 1),
        "INSERT INTO message_fts (message_fts) VALUES ('rebuild')".to_owned(),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(text))
            .execute(&mut connection)
            .await?;
    }
    connection.close().await?;
    let storage = Storage::open(&url(path), Ambient::system()).await?;
    let store = storage.list_stores().await?.into_iter().next();
    let scope = Scope::system("bench", store.context("a store")?);
    let now = storage.ambient().clock.now();
    let thread: Vec<_> = (0..THREAD)
        .map(|n| input(now, n, ORDER.to_owned()))
        .collect();
    for part in thread.chunks(500) {
        storage.send_messages(&scope, part.to_vec(), None).await?;
    }
    storage.close().await?;
    Ok(())
}
