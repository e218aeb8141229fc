//! Writes checkpoints, hourly and at will, and sends them outside.

use super::NoteSigner;
use crate::config::Config;
use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use anyhow::Context as _;
use domain::ledger::Hash;
use reqwest::{Client, header};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use storage::{Error, Storage};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How often a checkpoint is written while the ledger grows.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// How often it is looked for those that are to be sent again.
const LOOK: Duration = Duration::from_secs(15);
/// How long the one who gets it may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes checkpoints. Cheap to clone.
#[derive(Clone)]
pub struct Checkpoints {
    inner: Arc<Inner>,
}

struct Inner {
    storage: Storage,
    signer: NoteSigner,
    client: Client,
    url: Option<String>,
    folder: Option<PathBuf>,
    /// The size of the last one: an unchanged ledger needs no other.
    last: tokio::sync::Mutex<Option<u64>>,
}

impl Checkpoints {
    /// One for the ledger of a database.
    pub fn new(storage: Storage, config: &Config, signer: NoteSigner, client: Client) -> Self {
        Self {
            inner: Arc::new(Inner {
                storage,
                signer,
                client,
                url: config.checkpoint_url.clone(),
                folder: config.checkpoint_folder.clone(),
                last: tokio::sync::Mutex::default(),
            }),
        }
    }

    /// The key that verifies them: `name+id+base64`.
    pub fn verifier_key(&self) -> String {
        self.inner.signer.verifier_key()
    }

    /// The signed note of a head that was just read.
    pub fn sign(&self, size: u64, root: Hash) -> String {
        self.inner.signer.sign(size, root)
    }

    /// Signs the ledger as it stands now, keeps the note and sends it outside. The size it covers; what could not be
    /// sent is noted beside it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write(&self) -> Result<u64, Error> {
        let inner = &*self.inner;
        // Two at once would be of the same head.
        let mut last = inner.last.lock().await;
        let (size, root) = inner.storage.ledger_head().await?;
        let note = inner.signer.sign(size, root);
        let is_to_send = self.has_outside();
        let recorded = inner
            .storage
            .record_checkpoint(size, root, &note, is_to_send);
        recorded.await?;
        if is_to_send {
            self.send_and_mark(size, &note, 0).await?;
        }
        *last = Some(size);
        Ok(size)
    }

    /// Sends again what could not be sent, as far as it is due. What still can't be sent waits longer the next time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send_due(&self) -> Result<(), Error> {
        if !self.has_outside() {
            return Ok(());
        }
        for unsent in self.inner.storage.unsent_checkpoints().await? {
            self.send_and_mark(unsent.size, &unsent.note, unsent.tries)
                .await?;
        }
        Ok(())
    }

    async fn send_and_mark(&self, size: u64, note: &str, tries: u32) -> Result<(), Error> {
        let sent = self.send(size, note).await;
        if let Err(words) = &sent {
            tracing::warn!(
                size,
                tries,
                words,
                "a checkpoint could not be sent outside; it is sent again later"
            );
        }
        let storage = &self.inner.storage;
        storage.mark_checkpoint_posted(size, tries, sent).await
    }

    /// Whether something is set to which they are sent.
    fn has_outside(&self) -> bool {
        self.inner.url.is_some() || self.inner.folder.is_some()
    }

    /// Writes one each hour in which the ledger grew, and sends again what could not be sent, until the server stops.
    pub fn start(&self, shutdown: Shutdown) -> JoinHandle<()> {
        let checkpoints = self.clone();
        supervise("checkpoints", shutdown, move |shutdown| {
            checkpoints.clone().run(shutdown)
        })
    }

    async fn run(self, shutdown: Shutdown) {
        let mut write_at = Instant::now();
        loop {
            if Instant::now() >= write_at {
                if let Err(error) = self.write_if_grown().await {
                    tracing::error!(%error, "a checkpoint could not be written");
                }
                write_at = Instant::now() + EVERY;
            }
            if let Err(error) = self.send_due().await {
                tracing::error!(%error, "checkpoints can't be sent again");
            }
            tokio::select! {
                () = shutdown.wait() => return,
                () = sleep(LOOK) => {}
            }
        }
    }

    async fn write_if_grown(&self) -> Result<(), Error> {
        let (size, _) = self.inner.storage.ledger_head().await?;
        let last = *self.inner.last.lock().await;
        if size > 0 && last != Some(size) {
            self.write().await?;
        }
        Ok(())
    }

    /// To the folder and to the address, as far as they are set.
    async fn send(&self, size: u64, note: &str) -> Result<(), String> {
        if let Some(folder) = &self.inner.folder {
            let path = folder.join(format!("checkpoint-{size}.txt"));
            keep(&path, note).map_err(|error| format!("{error:#}"))?;
        }
        if let Some(url) = &self.inner.url {
            self.post(url, note).await?;
        }
        Ok(())
    }

    async fn post(&self, url: &str, note: &str) -> Result<(), String> {
        let call = self
            .inner
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .timeout(PATIENCE)
            .body(note.to_owned());
        let answer = call.send().await.map_err(|error| {
            // The address may hold a password: it is not repeated.
            format!("no answer: {}", error.without_url())
        })?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("answered {}", answer.status()))
        }
    }
}

/// Keeps a note in a file of its own. What is there stays: a file that was changed outside is not written over, but it
/// is told. Of one that can't be written to its end nothing stays.
fn keep(path: &PathBuf, note: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("can't make the folder {}", folder.display()))?;
    }
    let opened = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path);
    let mut file = match opened {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let there =
                std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
            let name = path.display();
            anyhow::ensure!(
                there == note.as_bytes(),
                "{name} is there and says something else"
            );
            return Ok(());
        }
        opened => opened.with_context(|| format!("can't write {}", path.display()))?,
    };
    let written = file
        .write_all(note.as_bytes())
        .and_then(|()| file.sync_all());
    if written.is_err() {
        // When it can't be deleted either, the next try says that something else is there.
        let _ = std::fs::remove_file(path);
    }
    written.with_context(|| format!("can't write {}", path.display()))
}
