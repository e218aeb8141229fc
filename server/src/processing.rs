//! Processing what shops delivered: one worker, in the order in which things came.
//!
//! Deliveries are claimed with a lease, so that those of a process that dies are taken up by another; polling is the
//! truth, the wake-up only makes it sooner.

use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use chrono::TimeDelta;
use std::time::Duration;
use storage::{Error, Storage};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How many deliveries are claimed at once.
const AT_ONCE: u32 = 32;
/// How often it is looked for deliveries when nothing wakes the worker.
const POLL: Duration = Duration::from_millis(500);
/// For how long deliveries are taken.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// How often old bodies are forgotten.
const FORGET: Duration = Duration::from_secs(60 * 60);

/// Starts to process, until the server stops. A delivery that is under way then is ended first.
pub fn start(storage: Storage, shutdown: Shutdown) -> JoinHandle<()> {
    supervise("shops' webhooks", shutdown, move |shutdown| {
        run(storage.clone(), shutdown)
    })
}

async fn run(storage: Storage, shutdown: Shutdown) {
    let woken = storage.hook_wakeup();
    let mut forget_at = Instant::now();
    loop {
        if Instant::now() >= forget_at {
            forget(&storage).await;
            forget_at = Instant::now() + FORGET;
        }
        match process_due(&storage, &shutdown).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => {
                tracing::error!(%error, "the webhooks that wait can't be read; trying again");
            }
        }
        tokio::select! {
            () = shutdown.wait() => return,
            () = woken.notified() => {}
            () = sleep(POLL) => {}
        }
    }
}

/// Processes what is due; gives how many that were. What is left when the server stops is due once its lease ran out.
async fn process_due(storage: &Storage, shutdown: &Shutdown) -> Result<usize, Error> {
    let jobs = storage.claim_hooks(AT_ONCE, LEASE).await?;
    let count = jobs.len();
    for job in jobs {
        if shutdown.has_begun() {
            return Ok(0);
        }
        match storage.process_hook(&job).await {
            Ok(state) => {
                tracing::debug!(webhook = %job.id, topic = job.topic, state = state.as_str(), "a webhook was processed");
            }
            Err(error) => {
                tracing::error!(%error, webhook = %job.id, "a webhook can't be settled; its lease will run out");
            }
        }
    }
    Ok(count)
}

async fn forget(storage: &Storage) {
    match storage.forget_hook_bodies().await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "bodies of old webhooks were forgotten"),
        Err(error) => tracing::error!(%error, "bodies of old webhooks can't be forgotten"),
    }
}
