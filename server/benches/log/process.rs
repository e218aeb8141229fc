//! The program as a process: how long it takes to start, how much memory it holds when idle.

use crate::fill::{Filled, url};
use crate::memory::told;
use anyhow::{Context as _, Result, bail};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server; stopped when dropped.
pub struct Server {
    child: Child,
    /// Where it listens: `127.0.0.1:PORT`.
    pub address: String,
    /// From start to the first line that says where it listens.
    pub started_in: Duration,
}

impl Server {
    /// Starts the program on a database file.
    pub fn start(database: &Path) -> Result<Self> {
        Self::start_with(database, &[])
    }

    /// Starts the program on a database file, with settings besides.
    pub fn start_with(database: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let binary = std::env::var("STORETRAIL_BIN")
            .context("STORETRAIL_BIN names the release; `cargo xtask bench` sets it")?;
        let begun = Instant::now();
        let mut child = Command::new(binary)
            .env("STORETRAIL_DATABASE_URL", url(database))
            .env(
                "STORETRAIL_DATA_DIR",
                database.parent().context("a folder")?.join("data"),
            )
            .env("STORETRAIL_LISTEN", "127.0.0.1:0")
            .env("RUST_LOG", "warn")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        while let Some(line) = lines.next().transpose()? {
            if let Some((_, address)) = line.split_once("listening on http://") {
                let (address, started_in) = (address.trim().to_owned(), begun.elapsed());
                // What it prints later is read, so that it never waits for us.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self {
                    child,
                    address,
                    started_in,
                });
            }
        }
        bail!("the server ended before it listened")
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Start and idle memory with everything present.
pub async fn measure(filled: &Filled) -> Result<()> {
    let server = Server::start(&filled.path)?;
    println!(
        "start with {} activities: {:.2} s",
        filled.rows,
        server.started_in.as_secs_f64()
    );
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!("idle memory after 5 s: {}", told(server.pid())?);
    drop(server);
    Ok(())
}
