//! Erasing while entries come in: how much longer a write then takes.

use crate::bare::{copy_of, start};
use crate::fill::{Filled, url};
use crate::percentile::Times;
use anyhow::{Context as _, Result, ensure};
use chrono::TimeDelta;
use domain::export::{Selection, Source};
use domain::view::ErasureStatus;
use server::sample;
use server::shutdown::Shutdown;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use storage::record::Record;
use storage::{Ambient, Scope, Storage};

/// How many write at once, one entry at a time.
const WRITERS: u64 = 4;
/// Times writes alone, and then while what the query `erased` finds is erased.
pub async fn measure(filled: &Filled, copy: &Path, seconds: u64, erased: &str) -> Result<()> {
    copy_of(filled, copy)?;
    let storage = Storage::open(&url(copy), Ambient::system()).await?;
    let stores = storage.list_stores().await?;
    let scope = Scope::system("bench", stores.into_iter().next().context("a store")?);

    let pause = tokio::time::sleep(Duration::from_secs(seconds));
    let mut alone = while_writing(&storage, &scope, async {
        pause.await;
        Ok(())
    })
    .await?;
    println!("{WRITERS} writers alone: {}", alone.summary());

    let selection = Selection::Matching {
        source: Source::Activity,
        q: erased.to_owned(),
        up_to: None,
        except: Vec::new(),
    };
    let picked = storage.count_selection(&scope, &selection).await?;
    // What tells of earlier erasures is kept.
    let erased = picked.count.count - picked.held;
    let shutdown = Shutdown::on_signal()?;
    let worker = server::erase::start(storage.clone(), shutdown.clone());
    let begun = Instant::now();
    let erasing = async {
        storage
            .request_erasure(&scope, selection, "measured", erased)
            .await?;
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let newest = storage.list_erasures(&scope).await?;
            let newest = newest.first().context("the erasure")?;
            ensure!(newest.status != ErasureStatus::Failed, "{:?}", newest.error);
            if newest.status == ErasureStatus::Completed {
                println!("completed after {:.1} s", begun.elapsed().as_secs_f64());
                break;
            }
        }
        while storage.has_to_purge().await? {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    };
    let mut beside = while_writing(&storage, &scope, erasing).await?;
    println!(
        "{WRITERS} writers while {erased} entries are erased and leave the index of texts, in {:.1} s: {}",
        begun.elapsed().as_secs_f64(),
        beside.summary()
    );
    shutdown.begin();
    worker.await?;
    storage.close().await?;
    Ok(())
}

/// How long each write takes until something has been done.
async fn while_writing(
    storage: &Storage,
    scope: &Scope,
    done: impl Future<Output = Result<()>>,
) -> Result<Times> {
    let has_ended = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let (storage, scope, has_ended) = (storage.clone(), scope.clone(), has_ended.clone());
        let mut stream =
            sample::activity_stream(100 + writer, start()?, TimeDelta::milliseconds(3));
        writers.push(tokio::spawn(async move {
            let mut times = Times::default();
            while !has_ended.load(Ordering::Relaxed) {
                let activity = stream.next().context("an entry")?;
                let begun = Instant::now();
                let records = vec![Record::Activity(activity)];
                storage.recorder().record(&scope, records, None).await?;
                times.add(begun.elapsed());
            }
            anyhow::Ok(times)
        }));
    }
    let result = done.await;
    has_ended.store(true, Ordering::Relaxed);
    let mut times = Times::default();
    for writer in writers {
        times.extend(writer.await??);
    }
    result.map(|()| times)
}
