//! Signing in: what a password is compared with, how guessing is slowed, and the step between a right password
//! and a right code.
//!
//! Failures are counted by account and address together, by account, and by address. The account alone is only
//! held back for addresses and devices from which it never signed in: a guesser can't lock its owner out. An
//! address that has no account is counted exactly alike, so that nothing tells the two apart. Links that are asked for
//! and passkeys that are refused are counted by address alone.

mod gate;
mod step;

pub(crate) use gate::Asked;
pub use gate::Gate;
pub use step::{CodeOutcome, Next, PendingSignIn};

use crate::record::{Effect, Record};
use crate::session::{hash, hex};
use crate::sql::{sql, values};
use crate::{Caller, Error, Scope, Session, Storage};
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::view::StoreView;
use domain::{Actor, ActorType, Code, StoreId, UserId};
use serde_json::Value;

/// What sign-in compares with.
#[derive(Clone)]
pub struct Login {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their address, lower case.
    pub email: String,
    /// The argon2 PHC string.
    pub password_hash: Option<String>,
    /// Whether they may not sign in: blocked in each of their stores.
    pub is_blocked: bool,
}

/// Somebody tries to sign in.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The address as typed, of any length.
    pub email: String,
    /// From where.
    pub caller: Caller,
    /// The value of the browser's device cookie, if it sent one.
    pub device: Option<String>,
}

/// Why an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignInFailure {
    /// There is no such account.
    UnknownAccount,
    /// The password is another.
    WrongPassword,
    /// The password is right, the code of the second factor is not.
    WrongCode,
    /// The account has no password yet.
    NoPassword,
    /// The password is right, but the person is blocked.
    Blocked,
    /// The password is right, but no store is open to them.
    NoStore,
}

impl SignInFailure {
    const fn reason(self) -> &'static str {
        match self {
            Self::UnknownAccount => "unknown_account",
            Self::WrongPassword => "wrong_password",
            Self::WrongCode => "wrong_code",
            Self::NoPassword => "no_password",
            Self::Blocked => "blocked",
            Self::NoStore => "no_store",
        }
    }

    /// Whether it is a guess; a right password is none.
    const fn is_guess(self) -> bool {
        !matches!(self, Self::Blocked | Self::NoStore)
    }
}

impl Attempt {
    /// The address as accounts have it, cut to what an address can have.
    fn account(&self) -> String {
        self.email
            .trim()
            .to_lowercase()
            .chars()
            .filter(|c| *c != '\0')
            .take(254)
            .collect()
    }

    /// What stands for the device in the table of known ones.
    fn device_key(&self) -> Option<String> {
        let device = self.device.as_ref()?;
        Some(format!("device:{}", hex(&hash(device))))
    }

    fn network_key(&self) -> Option<String> {
        Some(format!("ip:{}", self.caller.network()?))
    }
}

impl Storage {
    /// What sign-in needs to know of an address, any case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login_of(&self, email: &str) -> Result<Option<Login>, Error> {
        let text = "SELECT u.id, u.name, u.email, u.password_hash, EXISTS (SELECT 1 FROM membership m JOIN store t ON t.id = m.store_id \
                    WHERE m.user_id = u.id AND m.is_blocked = ? AND t.removed_at IS NULL) FROM user_account u WHERE u.email = ?";
        // No address is longer, and none has a NUL, which PostgreSQL refuses.
        let email: String = email
            .trim()
            .to_lowercase()
            .replace('\0', " ")
            .chars()
            .take(255)
            .collect();
        let Some(row) = sql(
            self.readers().get_database_backend(),
            text,
            values![false, email],
        )
        .row(self.readers())
        .await?
        else {
            return Ok(None);
        };
        let is_open: bool = row.try_get_by_index(4)?;
        Ok(Some(Login {
            user_id: UserId(crate::log::uuid_of(&row.try_get_by_index::<Vec<u8>>(0)?)?),
            name: row.try_get_by_index(1)?,
            email: row.try_get_by_index(2)?,
            password_hash: row.try_get_by_index(3)?,
            is_blocked: !is_open,
        }))
    }

    /// The user of an address, any case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_id_of(&self, email: &str) -> Result<Option<UserId>, Error> {
        Ok(self.login_of(email).await?.map(|login| login.user_id))
    }

    /// The store in whose logs stands what belongs to no store: the first that is no sample, else the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn house_store(&self) -> Result<Option<StoreView>, Error> {
        let stores = self.list_stores().await?;
        let house = stores.iter().find(|store| !store.is_sample);
        Ok(house.or(stores.first()).cloned())
    }

    /// The store in whose logs stands what is done with an account, by any case of its address: none when the address
    /// is nobody's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn store_of_account(&self, email: &str) -> Result<Option<StoreId>, Error> {
        match self.login_of(email).await? {
            Some(login) => self.home_of(login.user_id).await,
            None => Ok(None),
        }
    }

    /// The store that a person would look at; for one who is blocked everywhere, the first of those that know them.
    async fn home_of(&self, user: UserId) -> Result<Option<StoreId>, Error> {
        let text = "SELECT t.id FROM membership m JOIN store t ON t.id = m.store_id \
                    WHERE m.user_id = ? AND t.removed_at IS NULL ORDER BY m.is_blocked, t.is_sample, t.id LIMIT 1";
        let values = values![user.0.as_bytes().to_vec()];
        let found = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let id = found.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(id.map(StoreId))
    }

    /// Where events about a person stand: in the store that they would look at.
    pub(crate) async fn store_of_person(&self, user: UserId) -> Result<Option<StoreId>, Error> {
        match self.home_of(user).await? {
            Some(store) => Ok(Some(store)),
            None => Ok(self.house_store().await?.map(|store| store.id)),
        }
    }

    /// Records a failed attempt, counts it, and holds back who fails too often (`account.locked`).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_failed(&self, attempt: &Attempt, why: SignInFailure) -> Result<(), Error> {
        let store = self.store_of_attempt(attempt).await?;
        let mut records = vec![self.attempt_event(
            attempt,
            SecurityEventName::SignInFailed,
            SecurityOutcome::Failed,
            why.reason(),
        )];
        let mut effects = Vec::new();
        if why.is_guess() {
            let locked = self.count_failure(attempt).await?;
            effects = locked.effects;
            records.extend(self.locked_event(attempt, locked.details));
        }
        self.write_events(store, attempt, records, effects).await
    }

    /// Records a wrong password or code of who is signed in already as `proof.failed` and nothing else, but counts it as a
    /// failed attempt: who holds a session guesses no faster than who holds none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proof_guessed(
        &self,
        session: &Session,
        attempt: &Attempt,
        why: SignInFailure,
    ) -> Result<(), Error> {
        let scope = Scope::of_session(session).at(attempt.caller.clone());
        let mut event = self.event(
            &scope,
            SecurityEventName::ProofFailed,
            SecurityOutcome::Failed,
        );
        event.reason = Some(why.reason().to_owned());
        let counted = self.count_failure(attempt).await?;
        let mut events = vec![event];
        events.extend(self.locked_event(attempt, counted.details));
        let store = Some(scope.store_id());
        self.write_events(store, attempt, events, counted.effects)
            .await
    }

    /// Notes that an attempt was refused unlooked-at while it is held back: `sign_in.refused`, at most once a
    /// minute for each account and address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_refused(&self, attempt: &Attempt) -> Result<(), Error> {
        let key = format!(
            "refused {} {:?}",
            attempt.account(),
            attempt.caller.network()
        );
        self.note_held_back(&key, SecurityEventName::SignInRefused, attempt)
            .await
    }

    /// Notes that nothing was looked at, since the network is held back: at most once a minute for each network and
    /// what was asked.
    pub(crate) async fn asked_in_vain(&self, asked: Asked, attempt: &Attempt) -> Result<(), Error> {
        let key = format!("in vain {asked:?} {:?}", attempt.caller.network());
        let name = match asked {
            Asked::Link => SecurityEventName::ResetAsked,
            Asked::Passkey => SecurityEventName::SignInRefused,
        };
        self.note_held_back(&key, name, attempt).await
    }

    /// Writes what came of something that was asked, unless the network was held back a moment before.
    pub(crate) async fn write_asked(
        &self,
        asked: Asked,
        store: Option<StoreId>,
        attempt: &Attempt,
        events: Vec<SecurityEvent>,
        effects: Vec<Effect>,
    ) -> Result<Gate, Error> {
        match self.write_events(store, attempt, events, effects).await {
            Ok(()) => Ok(Gate::Open),
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                self.asked_in_vain(asked, attempt).await?;
                Ok(Gate::Locked {
                    until: self.ambient().clock.now(),
                })
            }
            Err(error) => Err(error),
        }
    }

    async fn note_held_back(
        &self,
        key: &str,
        name: SecurityEventName,
        attempt: &Attempt,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        if !self.inner.touched.is_due(&hash(key), now) {
            return Ok(());
        }
        let store = self.store_of_attempt(attempt).await?;
        let event = self.attempt_event(attempt, name, SecurityOutcome::Denied, "held_back");
        self.write_events(store, attempt, vec![event], Vec::new())
            .await
    }

    /// In which store's log an attempt stands: of the person, if the address is one's.
    pub(crate) async fn store_of_attempt(
        &self,
        attempt: &Attempt,
    ) -> Result<Option<StoreId>, Error> {
        match self.login_of(&attempt.email).await? {
            Some(login) => self.store_of_person(login.user_id).await,
            None => Ok(self.house_store().await?.map(|store| store.id)),
        }
    }

    /// The event of a lock, if there is one to be told.
    pub(crate) fn locked_event(
        &self,
        attempt: &Attempt,
        details: Option<Value>,
    ) -> Option<SecurityEvent> {
        let details = details?;
        let mut event = self.attempt_event(
            attempt,
            SecurityEventName::AccountLocked,
            SecurityOutcome::Denied,
            "too_many_failures",
        );
        event.details = Some(details);
        Some(event)
    }

    /// An event of somebody who is not signed in.
    pub(crate) fn attempt_event(
        &self,
        attempt: &Attempt,
        name: SecurityEventName,
        outcome: SecurityOutcome,
        reason: &str,
    ) -> SecurityEvent {
        let mut event = SecurityEvent::new(name, outcome, self.ambient().clock.now());
        event.account = Some(attempt.account()).filter(|account| !account.is_empty());
        event.origin = attempt.caller.origin();
        event.request_id.clone_from(&attempt.caller.request_id);
        event.reason = Some(reason.to_owned());
        event
    }

    pub(crate) async fn write_events(
        &self,
        store: Option<StoreId>,
        attempt: &Attempt,
        events: Vec<SecurityEvent>,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let Some(store) = store else {
            return self.recorder().apply(effects).await;
        };
        let by = crate::record::By {
            principal: String::new(),
            request_id: attempt.caller.request_id.clone(),
            held_to: None,
        };
        let records = events
            .into_iter()
            .map(|event| Record::Security(Box::new(event)))
            .collect();
        self.recorder()
            .write(store, by, records, effects, None)
            .await
            .map(drop)
    }
}

/// A person as the actor of what they do before they are signed in.
pub(crate) fn person(user: UserId, name: &str, email: &str) -> Actor {
    Actor {
        kind: ActorType::User,
        id: Some(user.to_string()),
        name: Some(name.to_owned()),
        email: Some(email.to_owned()),
        role: None,
    }
}
