//! What the server hands to pages and server functions with each request.

use crate::account::{LinkSent, TotpSetup};
use domain::followup::FollowupAction;
use domain::operation::OperationId;
use domain::operation::revert::Part;
use domain::operation::target::TargetInput;
use domain::view::DryRun;
use domain::view::{Factors, PasskeyChallenge, SignInWays, WatchMeans};
use domain::{Problem, UserId};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use storage::{Caller, Scope, Session, Storage};

/// An answer that comes later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

/// What takes hashing, one-time codes or mail: done by the server for pages.
///
/// Where a call wants a fresh proof it answers `proof_required` unless [`Accounts::reauthenticate`] succeeded for the
/// session within ten minutes.
pub trait Accounts: Send + Sync {
    /// Proves anew who sits there: the password and, where there is a second factor, its code (empty otherwise).
    ///
    /// # Errors
    /// `invalid_fields` (`password` or `code`, `wrong`), `rate_limited`.
    fn reauthenticate<'a>(
        &'a self,
        session: &'a Session,
        password: String,
        code: String,
    ) -> Answer<'a, ()>;

    /// Changes the own password; ends the other sessions.
    ///
    /// # Errors
    /// `invalid_fields` (`current` is `wrong`, `password` can't be used), `rate_limited`.
    fn change_password<'a>(
        &'a self,
        session: &'a Session,
        current: String,
        password: String,
    ) -> Answer<'a, ()>;

    /// Begins a change of the own address: mails to both ends. Wants a fresh proof.
    ///
    /// # Errors
    /// `invalid_fields` (`email`); `unavailable` without a mail server, and for people of the sample store alone.
    fn ask_email_change<'a>(&'a self, session: &'a Session, email: String) -> Answer<'a, ()>;

    /// A new secret for an authenticator app; counts only once confirmed. Wants a fresh proof, except where the role
    /// asks for a second factor and there is none.
    ///
    /// # Errors
    /// `conflict` when there is one already.
    fn begin_totp<'a>(&'a self, session: &'a Session) -> Answer<'a, TotpSetup>;

    /// Confirms it by its first code; answers ten recovery codes, shown this once.
    ///
    /// # Errors
    /// `invalid_fields` (`code`, `wrong`).
    fn confirm_totp<'a>(&'a self, session: &'a Session, code: String) -> Answer<'a, Vec<String>>;

    /// Takes the own second factor away. Wants a fresh proof.
    ///
    /// # Errors
    /// `conflict` where the role asks for one.
    fn remove_totp<'a>(&'a self, session: &'a Session) -> Answer<'a, ()>;

    /// Asks the browser for a new passkey. Wants a fresh proof, except where the role asks for a second factor and there
    /// is none.
    ///
    /// # Errors
    /// `unavailable` where passkeys don't work at the server's address.
    fn begin_passkey<'a>(&'a self, session: &'a Session) -> Answer<'a, PasskeyChallenge>;

    /// Keeps the passkey that the browser made; answers ten recovery codes, shown this once, if it is the first second
    /// factor, else none.
    ///
    /// # Errors
    /// `invalid_fields` (`credential`, `wrong`), `conflict` when it is registered already or the question is too old.
    fn finish_passkey<'a>(
        &'a self,
        session: &'a Session,
        ceremony: String,
        credential: String,
    ) -> Answer<'a, Vec<String>>;

    /// Takes one of the own passkeys away. Wants a fresh proof.
    ///
    /// # Errors
    /// Not found; forbidden where the role asks for a second factor and this is the last.
    fn remove_passkey<'a>(&'a self, session: &'a Session, id: String) -> Answer<'a, ()>;

    /// Asks for one of the own passkeys, to prove anew who sits there.
    ///
    /// # Errors
    /// `conflict` when there is none.
    fn begin_proof<'a>(&'a self, session: &'a Session) -> Answer<'a, PasskeyChallenge>;

    /// Proves anew who sits there, by a passkey.
    ///
    /// # Errors
    /// `invalid_fields` (`credential`, `wrong`), `conflict` when the question is too old.
    fn finish_proof<'a>(
        &'a self,
        session: &'a Session,
        ceremony: String,
        credential: String,
    ) -> Answer<'a, ()>;

    /// The ways in besides the password, and whether anybody can have an account yet.
    fn sign_in_ways(&self) -> Answer<'_, SignInWays>;

    /// What the browser's half sign-in waits for; none when there is no half sign-in.
    fn step_factors(&self) -> Answer<'_, Option<Factors>>;

    /// Asks for any passkey of this server's (`is_step` false), or for one of whose password was right in this browser.
    ///
    /// # Errors
    /// `unavailable` where passkeys don't work at the server's address; `conflict` without a half sign-in.
    fn begin_passkey_sign_in(&self, is_step: bool) -> Answer<'_, PasskeyChallenge>;

    /// Ten new recovery codes in place of the old ones. Wants a fresh proof.
    ///
    /// # Errors
    /// `conflict` without a second factor.
    fn new_recovery_codes<'a>(&'a self, session: &'a Session) -> Answer<'a, Vec<String>>;

    /// Adds a person with a role (its id) and mails them a link to choose their password; in the sample store, of which
    /// nothing is mailed, the link is answered. Wants a fresh proof.
    ///
    /// # Errors
    /// `invalid_fields` (`name`, `email`), `conflict` when they have a role here, forbidden by role.
    fn invite<'a>(
        &'a self,
        session: &'a Session,
        name: String,
        email: String,
        role: String,
    ) -> Answer<'a, LinkSent>;

    /// Mails a person of the store a link to set a new password, or their invitation again; in the sample store it is
    /// answered. Wants a fresh proof.
    ///
    /// # Errors
    /// Forbidden by role, not found.
    fn send_link<'a>(&'a self, session: &'a Session, user: UserId) -> Answer<'a, LinkSent>;
}

/// What needs the store's shop itself: done by the server for pages.
pub trait Shops: Send + Sync {
    /// What taking a part of an operation back would do, on what its target says now where it can say it.
    ///
    /// # Errors
    /// Forbidden by role, `conflict` while it has not ended, not found.
    fn plan_revert<'a>(
        &'a self,
        scope: &'a Scope,
        id: &'a OperationId,
        part: &'a Part,
    ) -> Answer<'a, DryRun>;

    /// Saves a target; its secret is sealed.
    ///
    /// # Errors
    /// `invalid_fields`, forbidden by role.
    fn save_target<'a>(&'a self, scope: &'a Scope, input: TargetInput) -> Answer<'a, ()>;
}

/// Provided to every page and server function with `provide_context`.
#[derive(Clone)]
pub struct RequestContext {
    /// The open database.
    pub storage: Storage,
    /// Who is signed in.
    pub session: Option<Session>,
    /// Loads the sample store; answers once it is there.
    pub load_sample: LoadSample,
    /// Makes a connection of a shop.
    pub make_connection: MakeConnection,
    /// Refuses actions of a rule that call what may not be called.
    pub check_calls: CheckCalls,
    /// Refuses an address for alarms that would never be called.
    pub check_alarm_url: CheckAlarmUrl,
    /// What rules and the mails of alarms need of the operator's settings.
    pub watch_means: WatchMeans,
    /// Tells which calls are missing from the requests log.
    pub missing_calls: TellMissing,
    /// Signs a checkpoint of the ledger.
    pub sign_checkpoint: SignCheckpoint,
    /// The key that checkpoints are verified with, as a line of C2SP `signed-note`.
    pub public_key: Arc<str>,
    /// Through what bulk operations are taken back.
    pub shops: Arc<dyn Shops>,
    /// How the outside reaches this server, such as `http://127.0.0.1:3000`, without a trailing slash.
    pub public_url: Arc<str>,
    /// Passwords, second factors and links.
    pub accounts: Arc<dyn Accounts>,
    /// From where the request came.
    pub caller: Caller,
}

/// Loads the sample store in the background and answers with its store number.
pub type LoadSample = Arc<
    dyn Fn(Scope) -> Pin<Box<dyn Future<Output = Result<domain::StoreId, Problem>> + Send>>
        + Send
        + Sync,
>;

/// A connection to be made, or to be given another secret.
#[derive(Debug, Clone)]
pub struct WantedConnection {
    /// Who calls.
    pub platform: domain::hook::Platform,
    /// The last part of its address.
    pub name: String,
    /// The secret that the shop brings; one is made where it is none and the shop brings none.
    pub secret: Option<String>,
}

/// Makes a connection and tells its secret, if it was made here, this once.
pub type MakeConnection = Arc<
    dyn Fn(
            Scope,
            WantedConnection,
        )
            -> Pin<Box<dyn Future<Output = Result<domain::view::MadeConnection, Problem>> + Send>>
        + Send
        + Sync,
>;

/// Refuses actions of a rule that call what may not be called: which internal networks may be is the operator's setting.
pub type CheckCalls = Arc<dyn Fn(&[FollowupAction]) -> Result<(), Problem> + Send + Sync>;

/// Refuses an address for alarms that would never be called, since nothing could be signed or it may not be gone to: the
/// secret and the internal networks are the operator's settings.
pub type CheckAlarmUrl = Arc<dyn Fn(&str) -> Result<(), Problem> + Send + Sync>;

/// Tells which calls of a store are missing from this process' requests log; none when none is. The flag: whether it is the
/// house's store, which keeps nobody's calls.
pub type TellMissing =
    Arc<dyn Fn(domain::StoreId, bool) -> Option<domain::view::MissingCalls> + Send + Sync>;

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
        let session = self.session()?;
        Ok(Scope::of_session(session).at(self.caller.clone()))
    }

    /// The scope of who is signed in, for an act so dangerous that it wants a fresh proof of who sits there.
    ///
    /// # Errors
    /// `unauthenticated` when nobody is signed in, `proof_required` when the last proof is older than ten minutes.
    pub fn proved_scope(&self) -> Result<Scope, Problem> {
        let now = self.storage.ambient().clock.now();
        if self.session()?.has_fresh_proof(now) {
            self.scope()
        } else {
            Err(Problem::new(
                domain::Code::ProofRequired,
                "prove who you are by your password, then do it again; nothing was changed",
            ))
        }
    }
}
