//! Writes checkpoints, hourly and at will, and sends them outside.

use super::NoteSigner;
use crate::config::Config;
use crate::shutdown::Shutdown;
use anyhow::Context as _;
use domain::ledger::Hash;
use reqwest::{Client, header};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use storage::{Error, Storage};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How often a checkpoint is written while the ledger grows.
const EVERY: Duration = Duration::from_secs(60 * 60);
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
        inner.storage.record_checkpoint(size, root, &note).await?;
        if let Some(sent) = self.send(size, &note).await {
            if let Err(words) = &sent {
                tracing::warn!(size, words, "a checkpoint could not be sent outside");
            }
            inner.storage.mark_checkpoint_posted(size, sent).await?;
        }
        *last = Some(size);
        Ok(size)
    }

    /// Writes one each hour in which the ledger grew, until the server stops.
    pub fn start(&self, shutdown: Shutdown) -> JoinHandle<()> {
        let checkpoints = self.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = checkpoints.write_if_grown().await {
                    tracing::error!(%error, "a checkpoint could not be written");
                }
                tokio::select! {
                    () = shutdown.wait() => return,
                    () = sleep(EVERY) => {}
                }
            }
        })
    }

    async fn write_if_grown(&self) -> Result<(), Error> {
        let (size, _) = self.inner.storage.ledger_head().await?;
        let last = *self.inner.last.lock().await;
        if size > 0 && last != Some(size) {
            self.write().await?;
        }
        Ok(())
    }

    /// None when nothing is set to which it could be sent.
    async fn send(&self, size: u64, note: &str) -> Option<Result<(), String>> {
        let mut is_sent = false;
        if let Some(folder) = &self.inner.folder {
            let path = folder.join(format!("checkpoint-{size}.txt"));
            match keep(&path, note) {
                Ok(()) => is_sent = true,
                Err(error) => return Some(Err(format!("{error:#}"))),
            }
        }
        if let Some(url) = &self.inner.url {
            match self.post(url, note).await {
                Ok(()) => is_sent = true,
                Err(words) => return Some(Err(words)),
            }
        }
        is_sent.then_some(Ok(()))
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

/// Keeps a note in a file of its own. What is there stays: a file that was changed outside is not written over.
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
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        opened => opened.with_context(|| format!("can't write {}", path.display()))?,
    };
    file.write_all(note.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("can't write {}", path.display()))
}
