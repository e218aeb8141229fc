//! The worker that erases: what people asked for, and what retention lets go. In small steps, with a pause after each,
//! so that nobody who writes waits for it.

use crate::shutdown::Shutdown;
use chrono::TimeDelta;
use std::time::Duration;
use storage::{Error, Storage};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How often the queue is asked when nothing wakes the worker.
const POLL: Duration = Duration::from_secs(1);
/// For how long an erasure is taken; another process goes on with it after that long.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How long others write undisturbed between two steps.
const PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked for what retention lets go.
const RETENTION: Duration = Duration::from_secs(10 * 60);
/// How many pages SQLite gives back at once: 1 MiB.
const PAGES: u32 = 256;

/// Starts to erase, until the server stops. What is under way then is gone on with by the next process.
pub fn start(storage: Storage, shutdown: Shutdown) -> JoinHandle<()> {
    tokio::spawn(async move {
        tokio::select! {
            () = run(&storage) => {}
            () = shutdown.wait() => {}
        }
    })
}

async fn run(storage: &Storage) {
    let woken = storage.work_wakeup();
    let mut retention_at = Instant::now();
    loop {
        // Heard from here on: who changes the rules while this works is not missed.
        let changed = woken.notified();
        erase_all(storage).await;
        if let Err(error) = storage.fold_log().await {
            tracing::error!(%error, "the write-ahead log can't be folded; trying again");
        }
        if Instant::now() >= retention_at {
            if let Err(error) = let_go(storage).await {
                tracing::error!(%error, "retention can't go on; trying again");
            }
            retention_at = Instant::now() + RETENTION;
        }
        tokio::select! {
            // Retention may have been changed.
            () = changed => retention_at = Instant::now(),
            () = sleep(POLL) => {}
        }
    }
}

/// Does what waits in the queue.
async fn erase_all(storage: &Storage) {
    loop {
        match erase_next(storage).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::error!(%error, "an erasure can't go on; trying again");
                return;
            }
        }
    }
}

/// Does the next erasure in the queue. False when there is none.
///
/// # Errors
/// When the database fails; what is erased is erased.
async fn erase_next(storage: &Storage) -> Result<bool, Error> {
    let Some(job) = storage.claim_erasure(LEASE).await? else {
        return Ok(false);
    };
    loop {
        let step = storage.erase_step(&job).await?;
        // One that waits for readers can be taken again in a moment; others go on meanwhile.
        if step.is_finished || step.is_waiting {
            break;
        }
        sleep(PAUSE).await;
    }
    give_back(storage).await?;
    Ok(true)
}

/// A round of retention. What somebody asked to be erased doesn't wait for its end.
async fn let_go(storage: &Storage) -> Result<(), Error> {
    let mut has_erased = false;
    while storage.retention_step().await? {
        has_erased = true;
        sleep(PAUSE).await;
        erase_all(storage).await;
    }
    if has_erased {
        give_back(storage).await?;
    }
    Ok(())
}

/// Gives the space back to the disk, a little at a time.
async fn give_back(storage: &Storage) -> Result<(), Error> {
    while storage.incremental_vacuum(PAGES).await? {
        sleep(PAUSE).await;
    }
    Ok(())
}
