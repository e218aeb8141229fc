//! Where records are kept and read: the one write path, the one read scope, and every query.
//!
//! What belongs here: entities (private), [`Scope`], the [`record::Recorder`], one file per family of
//! queries. What doesn't: HTTP, HTML, rendering. To add a query: a file named after what it does, a method
//! on [`Storage`] that takes `&Scope`, a test in `tests/` that runs on SQLite and on PostgreSQL.

mod account;
mod ambient;
mod error;
mod key;
mod live;
mod log;
pub mod record;
mod scope;
mod session;
mod store;

pub use account::{Login, NewUser};
pub use ambient::{Ambient, Clock, Entropy};
pub use error::Error;
pub use key::KeyGrant;
pub use live::Published;
pub use log::{Page, VerifyReport};
pub use scope::{Principal, Scope};
pub use session::Session;
pub use store::{NewStore, StoreSettings};

/// An open database with its writer. Cheap to clone.
#[derive(Clone)]
pub struct Storage {
    inner: std::sync::Arc<Inner>,
}

struct Inner {}

impl Storage {
    /// Opens `sqlite://path`, `sqlite::memory:` is refused, or `postgres://...`; migrates; starts the writer.
    ///
    /// # Errors
    /// When the database can't be opened or migrated; the text names the address without its password.
    pub async fn open(_url: &str, _ambient: Ambient) -> Result<Self, Error> {
        todo!()
    }

    /// The one write path.
    pub fn recorder(&self) -> &record::Recorder {
        todo!()
    }

    /// The clock and randomness it was opened with.
    pub fn ambient(&self) -> &Ambient {
        todo!()
    }

    /// Whether the database answers a read and the writer is alive.
    ///
    /// # Errors
    /// What is not ready.
    pub async fn check_ready(&self) -> Result<(), Error> {
        todo!()
    }
}
