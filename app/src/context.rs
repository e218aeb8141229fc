//! What the server hands to pages and server functions with each request.

use domain::Problem;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use storage::{Scope, Session, Storage};

/// Turns a password into an argon2id PHC string on the server's bounded pool, or says what is wrong with it.
pub type HashPassword = Arc<
    dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<String, Problem>> + Send>> + Send + Sync,
>;

/// Provided to every page and server function with `provide_context`.
#[derive(Clone)]
pub struct RequestContext {
    /// The open database.
    pub storage: Storage,
    /// Who is signed in.
    pub session: Option<Session>,
    /// Hashes passwords.
    pub hash_password: HashPassword,
    /// Loads the sample store; answers once it is there.
    pub load_sample: LoadSample,
    /// Signs a checkpoint of the ledger.
    pub sign_checkpoint: SignCheckpoint,
    /// The key that checkpoints are verified with, as a line of C2SP `signed-note`.
    pub public_key: Arc<str>,
    /// Whether there is a target through which bulk operations can be taken back.
    pub has_target: bool,
    /// How the outside reaches this server, such as `http://127.0.0.1:3000`, without a trailing slash.
    pub public_url: Arc<str>,
}

/// Loads the sample store in the background and answers with its store number.
pub type LoadSample = Arc<
    dyn Fn(Scope) -> Pin<Box<dyn Future<Output = Result<domain::StoreId, Problem>> + Send>>
        + Send
        + Sync,
>;

/// Signs a checkpoint of the ledger, records it and posts it where it is to be posted; answers the size that it covers.
pub type SignCheckpoint = Arc<
    dyn Fn() -> Pin<Box<dyn Future<Output = Result<u64, storage::Error>> + Send>> + Send + Sync,
>;

impl RequestContext {
    /// What the server handed to the request that is being answered.
    pub fn current() -> Self {
        leptos::prelude::expect_context()
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// `unauthenticated` when nobody is.
    pub fn session(&self) -> Result<&Session, Problem> {
        self.session.as_ref().ok_or_else(|| {
            Problem::new(
                domain::Code::Unauthenticated,
                "your session has ended; sign in again, nothing you typed is lost",
            )
        })
    }

    /// The scope of who is signed in.
    ///
    /// # Errors
    /// `unauthenticated` when nobody is.
    pub fn scope(&self) -> Result<Scope, Problem> {
        self.session().map(Scope::of_session)
    }
}
