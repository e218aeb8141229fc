//! Whether those who hold a socket may still hold it.

use crate::metrics::SOCKETS_OPEN;
use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use domain::{Code, Problem, Role, StoreId};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use storage::{Caller, KeyAccess, Scope, Storage};
use tokio::sync::watch;

/// How often each session or key is asked for: a revoked one is out within a second.
const PACE: Duration = Duration::from_millis(500);

/// How many sockets a person or key may have open.
const MAX_SOCKETS: usize = 64;

/// By what someone may follow.
#[derive(Clone)]
pub enum Credential {
    /// The token of a session.
    Session(SecretString),
    /// The secret of a key, and from where it is used.
    Key(SecretString, Caller),
}

type Digest = [u8; 32];

impl Credential {
    fn digest(&self) -> Digest {
        let (Self::Session(secret) | Self::Key(secret, _)) = self;
        Sha256::digest(secret.expose_secret()).into()
    }

    /// Role and store that it opens now; none when it opens nothing.
    async fn opens(&self, storage: &Storage) -> Result<Option<(Role, StoreId)>, storage::Error> {
        Ok(match self {
            Self::Session(_) => storage
                .session_of_hash(&self.digest())
                .await?
                .filter(|session| !session.must_enrol)
                .map(|session| (session.role, session.store.id)),
            Self::Key(secret, caller) => {
                match storage.key_grant(secret.expose_secret(), caller).await? {
                    KeyAccess::Granted(grant) => Some((grant.role, grant.store.id)),
                    _ => None,
                }
            }
        })
    }
}

/// One credential, however many sockets it holds.
struct Watched {
    credential: Credential,
    opened: (Role, StoreId),
    ended: watch::Sender<bool>,
}

#[derive(Default)]
struct Held {
    watched: HashMap<(Digest, Role, StoreId), Watched>,
    sockets: HashMap<String, usize>,
}

/// The credentials of all open sockets. Cheap to clone.
#[derive(Clone)]
pub(super) struct Guards(Arc<Mutex<Held>>);

/// A socket's leave to stay; given back when dropped.
pub(super) struct Guard {
    ended: watch::Receiver<bool>,
    principal: String,
    guards: Guards,
}

impl Guards {
    /// Starts asking, until the server stops.
    pub(super) fn start(storage: Storage, shutdown: Shutdown) -> Self {
        let guards = Self(Arc::default());
        let asking = guards.clone();
        supervise("the sockets' sessions", shutdown, move |shutdown| {
            let (asking, storage) = (asking.clone(), storage.clone());
            async move {
                tokio::select! {
                    () = asking.ask(&storage) => {}
                    () = shutdown.wait() => {}
                }
            }
        });
        guards
    }

    /// Lets one more socket in.
    ///
    /// # Errors
    /// `rate_limited` when the principal has too many open.
    pub(super) fn admit(
        &self,
        principal: String,
        scope: &Scope,
        credential: Credential,
    ) -> Result<Guard, Problem> {
        let mut held = self.held();
        let open = held.sockets.entry(principal.clone()).or_default();
        if *open >= MAX_SOCKETS {
            return Err(Problem::new(
                Code::RateLimited,
                format!("{MAX_SOCKETS} live views are open already; close some and try again"),
            ));
        }
        *open += 1;
        let opened = (scope.role(), scope.store_id());
        let ended = held
            .watched
            .entry((credential.digest(), opened.0, opened.1))
            .or_insert_with(|| Watched {
                credential,
                opened,
                ended: watch::Sender::new(false),
            })
            .ended
            .subscribe();
        metrics::gauge!(SOCKETS_OPEN).increment(1.0);
        Ok(Guard {
            ended,
            principal,
            guards: self.clone(),
        })
    }

    async fn ask(&self, storage: &Storage) {
        let mut pace = tokio::time::interval(PACE);
        pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            pace.tick().await;
            for (key, credential, opened) in self.watched() {
                match credential.opens(storage).await {
                    Ok(Some(now)) if now == opened => {}
                    Ok(_) => {
                        if let Some(watched) = self.held().watched.remove(&key) {
                            watched.ended.send_replace(true);
                        }
                    }
                    // What the database can't tell now it can tell in half a second.
                    Err(error) => {
                        tracing::warn!(%error, "a live view's session couldn't be asked for")
                    }
                }
            }
        }
    }

    /// What to ask for, without those whose last socket is gone.
    #[expect(
        clippy::type_complexity,
        reason = "read in one place, right below its making"
    )]
    fn watched(&self) -> Vec<((Digest, Role, StoreId), Credential, (Role, StoreId))> {
        let mut held = self.held();
        held.watched
            .retain(|_, watched| watched.ended.receiver_count() > 0);
        held.watched
            .iter()
            .map(|(key, watched)| (*key, watched.credential.clone(), watched.opened))
            .collect()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guard {
    /// Waits until the socket has to be closed: its session or key has ended, or its role or store changed.
    pub(super) async fn ended(&self) {
        // The sender goes only after it has said so, or after the last guard.
        let _ = self.ended.clone().wait_for(|has_ended| *has_ended).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut held = self.guards.held();
        if let Some(open) = held.sockets.get_mut(&self.principal) {
            *open -= 1;
            if *open == 0 {
                held.sockets.remove(&self.principal);
            }
        }
        metrics::gauge!(SOCKETS_OPEN).decrement(1.0);
    }
}
