//! The worker that erases: what people asked for, what retention lets go, and what is only kept for a while. In small
//! steps, with a pause after each, so that nobody who writes waits for it. A stop comes between two steps where it can: files
//! are deleted after the transaction that let go of them, and would have to be looked for by who goes on.

use crate::shutdown::Shutdown;
use crate::supervise::supervise;
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
/// How often keys and sessions are looked for whose time is over.
const TIDY: Duration = Duration::from_secs(60 * 60);
/// How many pages SQLite gives back at once: 1 MiB.
const PAGES: u32 = 256;
/// How long a step may still take once the server stops. Others are waited for after it, and all of them for ten seconds.
const LAST: Duration = Duration::from_secs(5);

/// Starts to erase, until the server stops. What is left then is gone on with by the next process.
pub fn start(storage: Storage, shutdown: Shutdown) -> JoinHandle<()> {
    supervise("erasure", shutdown, move |shutdown| {
        let storage = storage.clone();
        async move {
            tokio::select! {
                () = run(&storage, &shutdown) => {}
                () = async { shutdown.wait().await; sleep(LAST).await } => {}
            }
        }
    })
}

async fn run(storage: &Storage, shutdown: &Shutdown) {
    let woken = storage.work_wakeup();
    let mut retention_at = Instant::now();
    let mut tidy_at = Instant::now();
    while !shutdown.has_begun() {
        // Heard from here on: who changes the rules while this works is not missed.
        let changed = woken.notified();
        erase_all(storage, shutdown).await;
        if let Err(error) = purge(storage, shutdown).await {
            tracing::error!(%error, "what was deleted can't be taken out of the text index; trying again");
        }
        if let Err(error) = storage.fold_log().await {
            tracing::error!(%error, "the write-ahead log can't be folded; trying again");
        }
        if Instant::now() >= retention_at {
            if let Err(error) = let_go(storage, shutdown).await {
                tracing::error!(%error, "retention can't go on; trying again");
            }
            retention_at = Instant::now() + RETENTION;
        }
        if Instant::now() >= tidy_at {
            if let Err(error) = tidy(storage, shutdown).await {
                tracing::error!(%error, "what is over can't be removed; trying again");
            }
            tidy_at = Instant::now() + TIDY;
        }
        tokio::select! {
            // Retention may have been changed.
            () = changed => retention_at = Instant::now(),
            () = sleep(POLL) => {}
            () = shutdown.wait() => {}
        }
    }
}

/// Does what waits in the queue.
async fn erase_all(storage: &Storage, shutdown: &Shutdown) {
    while !shutdown.has_begun() {
        match erase_next(storage, shutdown).await {
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
async fn erase_next(storage: &Storage, shutdown: &Shutdown) -> Result<bool, Error> {
    let Some(job) = storage.claim_erasure(LEASE).await? else {
        return Ok(false);
    };
    while !shutdown.has_begun() {
        let step = storage.erase_step(&job).await?;
        // One that waits for readers can be taken again in a moment; others go on meanwhile.
        if step.is_finished || step.is_waiting {
            break;
        }
        sleep(PAUSE).await;
    }
    give_back(storage, shutdown).await?;
    Ok(true)
}

/// A round of retention: of activities and messages, then of calls. What somebody asked to be erased doesn't wait for its
/// end.
async fn let_go(storage: &Storage, shutdown: &Shutdown) -> Result<(), Error> {
    let mut has_erased = false;
    while !shutdown.has_begun() && storage.retention_step().await? {
        has_erased = true;
        sleep(PAUSE).await;
        erase_all(storage, shutdown).await;
    }
    while !shutdown.has_begun() && storage.erase_old_requests().await? > 0 {
        has_erased = true;
        sleep(PAUSE).await;
        erase_all(storage, shutdown).await;
    }
    if has_erased {
        give_back(storage, shutdown).await?;
    }
    Ok(())
}

/// Takes what was deleted out of the text index.
async fn purge(storage: &Storage, shutdown: &Shutdown) -> Result<(), Error> {
    let mut has_purged = false;
    while !shutdown.has_begun() && !storage.purge_step().await? {
        has_purged = true;
        sleep(PAUSE).await;
        erase_all(storage, shutdown).await;
    }
    if has_purged {
        give_back(storage, shutdown).await?;
    }
    Ok(())
}

/// Removes keys of calls and sessions whose time is over.
async fn tidy(storage: &Storage, shutdown: &Shutdown) -> Result<(), Error> {
    while !shutdown.has_begun() && storage.tidy().await? {
        sleep(PAUSE).await;
    }
    Ok(())
}

/// Gives the space back to the disk, a little at a time.
async fn give_back(storage: &Storage, shutdown: &Shutdown) -> Result<(), Error> {
    while !shutdown.has_begun() && storage.incremental_vacuum(PAGES).await? {
        sleep(PAUSE).await;
    }
    Ok(())
}
