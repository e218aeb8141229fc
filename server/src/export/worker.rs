//! The worker: takes exports from the queue one at a time, makes them, puts them in their place; runs what is due by
//! schedule and deletes what has expired.

use super::build::{NotMade, build, file_name};
use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use chrono::TimeDelta;
use domain::Code;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use storage::{Error, ExportJob, Storage};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How often the queue is asked when nothing wakes the worker.
const POLL: Duration = Duration::from_millis(500);
/// How often it is looked for schedules that are due and files that have expired.
const LOOK: Duration = Duration::from_secs(15);
/// How often the progress of an export is told.
const TELL: Duration = Duration::from_millis(700);
/// For how long an export is taken; each progress takes it anew. Should this process die, another begins it again
/// after that long.
const LEASE: TimeDelta = TimeDelta::seconds(20);
/// A part of a file that nobody has touched for so long belongs to a process that is gone.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Starts to make exports, until the server stops. What is under way then is begun again by the next process.
pub fn start(storage: Storage, public_url: Arc<str>, shutdown: Shutdown) -> JoinHandle<()> {
    supervise("exports", shutdown, move |shutdown| {
        let worker = Worker {
            storage: storage.clone(),
            public_url: Arc::clone(&public_url),
        };
        async move {
            tokio::select! {
                () = worker.run() => {}
                () = shutdown.wait() => {}
            }
        }
    })
}

struct Worker {
    storage: Storage,
    public_url: Arc<str>,
}

impl Worker {
    async fn run(&self) {
        let woken = self.storage.work_wakeup();
        let mut look_at = Instant::now();
        loop {
            if Instant::now() >= look_at {
                self.look().await;
                look_at = Instant::now() + LOOK;
            }
            match make_next(&self.storage).await {
                Ok(true) => {
                    self.tell().await;
                    continue;
                }
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "the queue of exports can't be read"),
            }
            tokio::select! {
                () = woken.notified() => {}
                () = sleep(POLL) => {}
            }
        }
    }

    /// Sends the links that are owed: of what was just made, and of what another process made and could not tell of.
    async fn tell(&self) {
        let page = format!("{}/exports?export=", self.public_url);
        if let Err(error) = self.storage.send_owed_links(&page).await {
            tracing::error!(%error, "links to exports can't be sent");
        }
    }

    async fn look(&self) {
        self.tell().await;
        if let Err(error) = self.storage.run_due_schedules().await {
            tracing::error!(%error, "schedules can't be run");
        }
        match self.storage.expire_exports().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "files of exports have expired"),
            Err(error) => tracing::error!(%error, "expired files can't be deleted"),
        }
        if let Ok(folder) = self.storage.export_folder() {
            sweep(&folder).await;
        }
    }
}

/// Makes the next export in the queue; the links to it that are owed are the server's business. False when there is none.
///
/// # Errors
/// When the database fails.
pub async fn make_next(storage: &Storage) -> Result<bool, Error> {
    let Some(job) = storage.claim_export(LEASE).await? else {
        return Ok(false);
    };
    let id = job.id;
    match make(storage, &job).await {
        Ok(()) | Err(NotMade::Given) => {}
        Err(NotMade::Failed(error)) => {
            tracing::warn!(export = %id, %error, "an export could not be written");
            let code = error.code();
            storage.fail_export(&job, code, error.to_string()).await?;
        }
        Err(NotMade::Storage(Error::Problem(problem))) => {
            let code = problem.code.as_str();
            storage.fail_export(&job, code, problem.message).await?;
        }
        Err(NotMade::Storage(error)) => {
            tracing::error!(export = %id, %error, "an export could not be read");
            let words = "the database could not be read; start the export again";
            storage
                .fail_export(&job, "internal", words.to_owned())
                .await?;
        }
    }
    Ok(true)
}

async fn make(storage: &Storage, job: &ExportJob) -> Result<(), NotMade> {
    let folder = storage.export_folder()?;
    let part = folder.join(format!("{}.part", job.id));
    let made = build(storage, job, &part, TELL).await?;
    let place = folder.join(job.id.to_string());
    if let Err(error) = tokio::fs::rename(&part, &place).await {
        let _ = tokio::fs::remove_file(&part).await;
        return Err(NotMade::Failed(error.into()));
    }
    let name = file_name(job);
    let finished = storage.finish_export(job, made.rows, made.bytes, made.sha256, &name);
    match finished.await {
        Ok(()) => Ok(()),
        Err(error) => {
            let _ = tokio::fs::remove_file(&place).await;
            match error {
                // Cancelled between the last row and here.
                Error::Problem(problem) if problem.code == Code::Conflict => Err(NotMade::Given),
                error => Err(error.into()),
            }
        }
    }
}

/// Deletes parts of files that were left behind when a process died and its export was cancelled.
async fn sweep(folder: &Path) {
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else {
        return;
    };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let is_part = entry.path().extension().is_some_and(|e| e == "part");
        let age = match entry.metadata().await.and_then(|m| m.modified()) {
            Ok(modified) => modified.elapsed().unwrap_or_default(),
            Err(_) => continue,
        };
        if is_part && age > ABANDONED {
            let _ = tokio::fs::remove_file(entry.path()).await;
        }
    }
}
