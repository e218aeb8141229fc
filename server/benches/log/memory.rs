//! Memory of a process, as the kernel tells it.

use anyhow::{Context as _, Result, anyhow};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A process's own memory, and beside it what is resident with the pages of mapped files, as a line says it.
pub fn told(pid: u32) -> Result<String> {
    let own = anonymous_mib(pid)?;
    let resident = of(pid, "VmRSS:")?;
    Ok(format!(
        "{own:.0} MiB ({resident:.0} MiB with the pages of mapped files)"
    ))
}

/// What is resident without the pages of mapped files, in MiB: the database is mapped, and those are the kernel's to take back.
pub fn anonymous_mib(pid: u32) -> Result<f64> {
    of(pid, "RssAnon:")
}

fn of(pid: u32, what: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let kib = line.context("its memory")?.trim().trim_end_matches(" kB");
    Ok(kib.parse::<f64>()? / 1024.0)
}

/// How much more memory this process took at its peak, looked at every five milliseconds.
pub struct Growth {
    before: f64,
    has_ended: Arc<AtomicBool>,
    watcher: JoinHandle<Result<f64>>,
}

impl Growth {
    /// Begins to look.
    pub fn begin() -> Result<Self> {
        let before = anonymous_mib(std::process::id())?;
        let has_ended = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&has_ended);
        let watcher = std::thread::spawn(move || {
            let mut most = before;
            while !ended.load(Ordering::Relaxed) {
                most = most.max(anonymous_mib(std::process::id())?);
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(most)
        });
        Ok(Self {
            before,
            has_ended,
            watcher,
        })
    }

    /// The growth since then, in MiB.
    pub fn end(self) -> Result<f64> {
        self.has_ended.store(true, Ordering::Relaxed);
        let most = self.watcher.join().map_err(|_| anyhow!("the watcher"))??;
        Ok(most - self.before)
    }
}
