//! The database that everything is measured on.

use anyhow::{Context as _, Result};
use chrono::{TimeDelta, TimeZone as _, Utc};
use domain::Role;
use domain::view::NewKey;
use server::sample;
use std::path::{Path, PathBuf};
use std::time::Instant;
use storage::record::Record;
use storage::{Ambient, NewStore, Scope, Storage};

/// A filled database at rest.
pub struct Filled {
    /// The database file.
    pub path: PathBuf,
    /// How many activities it has.
    pub rows: u64,
    /// How large the file is.
    pub bytes: u64,
    /// A key that may record.
    pub key: String,
}

/// Fills the database, or takes the one that an earlier run filled with as many.
pub async fn filled(root: &Path, rows: u64) -> Result<Filled> {
    let path = root.join(format!("log-{rows}.db"));
    let key_path = root.join(format!("log-{rows}.key"));
    if !key_path.exists() {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
        fill(&path, &key_path, rows).await?;
    }
    let key = std::fs::read_to_string(&key_path)?;
    Ok(Filled {
        rows,
        bytes: std::fs::metadata(&path)?.len(),
        path,
        key,
    })
}

async fn fill(path: &Path, key_path: &Path, rows: u64) -> Result<()> {
    let storage = Storage::open(&url(path), Ambient::system()).await?;
    let store = storage
        .create_store(NewStore {
            name: "Bench".to_owned(),
            domain: String::new(),
            time_zone: "Asia/Riyadh".to_owned(),
            is_sample: false,
        })
        .await?;
    let scope = Scope::system("bench", store);
    let start = Utc
        .with_ymd_and_hms(2026, 7, 1, 0, 0, 0)
        .single()
        .context("a real date")?;
    // So many over 120 days, whatever their number.
    let step = TimeDelta::microseconds(120 * 24 * 3_600 * 1_000_000 / rows.max(1).cast_signed());
    let mut stream = sample::activity_stream(7, start, step);
    let begun = Instant::now();
    let mut done = 0;
    while done < rows {
        let records: Vec<Record> = stream.by_ref().take(1_000).map(Record::Activity).collect();
        done += records.len() as u64;
        storage.recorder().record(&scope, records, None).await?;
        if done % 100_000 == 0 {
            println!(
                "filled {done} of {rows} in {:.0} s",
                begun.elapsed().as_secs_f64()
            );
        }
    }
    let (_, key) = storage
        .create_key(
            &scope,
            NewKey {
                name: "bench".to_owned(),
                role: Role::Admin,
                categories: None,
                networks: Vec::new(),
                expires_at: None,
            },
        )
        .await?;
    storage.close().await?;
    std::fs::write(key_path, key)?;
    Ok(())
}

/// The address of a database file.
pub fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}
