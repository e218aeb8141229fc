//! Where records are kept and read: the one write path, the one read scope, and every query.
//!
//! What belongs here: the schema's tables as this crate alone knows them, [`Scope`], the
//! [`record::Recorder`], one file per family of queries. What doesn't: HTTP, HTML, rendering. To add a
//! query: a file named after what it does, a method on [`Storage`] that takes `&Scope`, a test in `tests/`
//! that runs on SQLite and on PostgreSQL.

mod account;
mod ambient;
mod backup;
mod caller;
mod customer;
mod database;
mod device;
mod erase;
mod error;
mod export;
mod find;
mod followup;
mod hook;
mod key;
mod ledger;
mod link;
mod live;
mod log;
mod message;
mod older;
mod once;
mod openid;
mod operation;
mod owner;
mod passkey;
mod phone;
mod policy;
pub mod record;
mod role;
mod sample;
mod scope;
mod second_factor;
mod select;
mod session;
mod session_list;
mod sign_in;
mod sql;
mod stale;
mod store;
mod view;
mod watch;

pub use account::NewUser;
pub use ambient::{Ambient, Clock, Entropy};
pub use caller::Caller;
pub use erase::{ErasureJob, StepOutcome};
pub use error::Error;
pub use export::{ExportFile, ExportItem, ExportJob, ExportPart, ExportRows};
pub use followup::{
    About, DeadActions, RuleJob, RuleTask, SamplePast, SampleVersion, TagItem, Undone, WebhookJob,
    WebhookResult,
};
pub use hook::{
    HookFilter, HookJob, KeptHook, NewHook, SampleConnection, SampleCourse, SampleHook,
    SealedConnection, Sealing,
};
pub use key::{KeyAccess, KeyGrant};
pub use link::{EmailChange, EmailChangeLinks, ResetLink};
pub use live::{Published, PublishedEntry, PublishedMessage, PublishedOperation, Watched};
pub use log::{Page, VerifyReport};
pub use message::{
    Claimed, Lane, Located, MAX_SEVERAL, Received, ReportOutcome, ThreadPage, UsualSender,
};
pub use once::{CallAnswer, Reserved};
pub use openid::{OpenIdOutcome, OpenIdPerson, OpenIdRole};
pub use operation::{
    ItemFilter, KnownField, RevertBatch, RevertItem, SeenField, Settled, StoredTarget, ToRead,
};
pub use passkey::{Passkey, PasskeyUse};
pub use sample::SampleArrival;
pub use scope::{Principal, Scope, word_of};
pub use second_factor::Totp;
pub use session::Session;
pub use sign_in::{Attempt, CodeOutcome, Gate, Login, Next, PendingSignIn, SignInFailure};
pub use store::{NewStore, StoreSettings};
pub use watch::{AlarmLetter, AlarmNotice, AlarmWords, SecurityNote};

/// Where an address is, as far as it is known.
pub type Locate = Arc<dyn Fn(std::net::IpAddr) -> Option<domain::Place> + Send + Sync>;

use database::Connections;
use record::Recorder;
use sea_orm::DatabaseConnection;
use std::sync::{Arc, OnceLock};
use tokio::sync::{Notify, broadcast, mpsc};

/// An open database with its writer. Cheap to clone.
#[derive(Clone)]
pub struct Storage {
    inner: Arc<Inner>,
}

struct Inner {
    connections: Connections,
    recorder: Recorder,
    listeners: live::Listeners,
    objects: message::Objects,
    outbox: Arc<Notify>,
    ambient: Ambient,
    touched: session::Touched,
    noted: watch::Noted,
    marks: live::Marks,
    bells: export::Bells,
    hook_bells: hook::Bells,
    round: erase::Round,
    tracked: OnceLock<Vec<domain::message::MessageType>>,
    usual_sender: OnceLock<UsualSender>,
    set_up: OnceLock<Vec<domain::message::Channel>>,
    folding: erase::Folding,
    pace: erase::Pace,
    purging: erase::Purging,
}

impl Storage {
    /// Opens `sqlite://path` or `postgres://...`, migrates, starts the writer. `sqlite::memory:` is refused:
    /// it would not be durable.
    ///
    /// # Errors
    /// When the database can't be opened or migrated.
    pub async fn open(url: &str, ambient: Ambient) -> Result<Self, Error> {
        Self::open_with(url, ambient, message::Objects::beside(url)).await
    }

    /// As [`Storage::open`], with attachments and raw mails in `data_dir/objects`.
    ///
    /// # Errors
    /// When the database can't be opened or migrated, or the folder can't be made.
    pub async fn open_in(
        url: &str,
        ambient: Ambient,
        data_dir: &std::path::Path,
    ) -> Result<Self, Error> {
        Self::open_with(url, ambient, message::Objects::in_folder(data_dir)).await
    }

    async fn open_with(
        url: &str,
        ambient: Ambient,
        objects: message::Objects,
    ) -> Result<Self, Error> {
        let connections = Connections::open(url).await?;
        let (committed, commits) = mpsc::unbounded_channel();
        let queue = record::start(connections.writer.clone(), ambient.clone(), committed);
        let listeners = live::Follower::start(connections.readers.clone(), commits).await?;
        let recorder = Recorder::new(queue, ambient.clone());
        let touched = session::Touched::default();
        let marks = live::Marks::new(ambient.clone());
        let storage = Self {
            inner: Arc::new(Inner {
                connections,
                recorder,
                listeners,
                objects,
                outbox: Arc::new(Notify::new()),
                ambient,
                touched,
                noted: watch::Noted::default(),
                marks,
                bells: export::Bells::default(),
                hook_bells: hook::Bells::default(),
                round: erase::Round::default(),
                tracked: OnceLock::new(),
                usual_sender: OnceLock::new(),
                set_up: OnceLock::new(),
                folding: erase::Folding::default(),
                pace: erase::Pace::default(),
                purging: erase::Purging::default(),
            }),
        };
        storage.finish_removals().await?;
        Ok(storage)
    }

    /// The one write path.
    pub fn recorder(&self) -> &Recorder {
        &self.inner.recorder
    }

    /// From now on events and sessions say where their addresses are, as far as `locate` knows.
    pub fn locate_by(&self, locate: Locate) {
        self.recorder().locate_by(locate);
    }

    /// From now on openings and clicks of mails of these types are followed, whoever sends them.
    pub fn track(&self, kinds: Vec<domain::message::MessageType>) {
        // The types given first stay: they are read once, at the start.
        let _ = self.inner.tracked.set(kinds);
    }

    /// From now on what is accepted to be sent says whom it comes from, where nobody said it.
    pub fn send_from(&self, usual: UsualSender) {
        // As with the types that are followed: read once, at the start.
        let _ = self.inner.usual_sender.set(usual);
    }

    /// From now on what is accepted for any other channel than these is recorded as not sent: no provider is set up for it.
    pub fn send_by(&self, channels: Vec<domain::message::Channel>) {
        // As with the usual sender: read once, at the start.
        let _ = self.inner.set_up.set(channels);
    }

    /// The clock and randomness it was opened with.
    pub fn ambient(&self) -> &Ambient {
        &self.inner.ambient
    }

    /// Whether the database answers a read and the writer is alive.
    ///
    /// # Errors
    /// What is not ready.
    pub async fn check_ready(&self) -> Result<(), Error> {
        if !self.inner.recorder.is_alive() {
            return Err(Error::WriterStopped);
        }
        sql::Sql::new(
            sea_orm::ConnectionTrait::get_database_backend(self.readers()),
            "SELECT 1",
        )
        .row(self.readers())
        .await
        .map(drop)
    }

    /// Closes the connections: on SQLite the write-ahead log is folded into the database file.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close(&self) -> Result<(), Error> {
        self.inner.connections.readers.close_by_ref().await?;
        if let Some(folder) = &self.inner.connections.folder {
            folder.close_by_ref().await?;
        }
        Ok(self.inner.connections.writer.close_by_ref().await?)
    }

    fn readers(&self) -> &DatabaseConnection {
        &self.inner.connections.readers
    }

    fn listeners(&self) -> &broadcast::Sender<Arc<Published>> {
        &self.inner.listeners.activities
    }
}
