//! Passkeys (WebAuthn level 3): what is kept of each, and that a challenge is answered once. What a browser sent is
//! verified by the server before it comes here.

use crate::log::{uuid_of, zone};
use crate::record::Effect;
use crate::session::hex;
use crate::sign_in::{Asked, Attempt, Gate, Next};
use crate::sql::{sql, values};
use crate::{Caller, Error, Session, Storage};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::PasskeyView;
use domain::{Code, Problem, UserId};
use sea_orm::FromQueryResult;

/// How many passkeys a person can have.
const MOST: usize = 20;
/// The longest name of a passkey, in characters.
const MAX_NAME_CHARS: usize = 60;
/// How long a spent challenge is remembered: longer than any is taken.
const SPENT_MICROS: i64 = 60 * 60 * 1_000_000;

/// A passkey as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// What its authenticator knows it by, at most 1023 bytes.
    pub credential_id: Vec<u8>,
    /// Whose it is.
    pub user_id: UserId,
    /// What they call it.
    pub name: String,
    /// Public key, signature counter and flags, as JSON that the server reads and writes.
    pub definition: String,
}

/// A passkey that answered rightly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyUse {
    /// It, as it was read before the answer was looked at.
    pub passkey: Passkey,
    /// Its definition from now on: the counter has moved.
    pub definition: String,
    /// The SHA-256 of the sealed question that it answered.
    pub challenge_hash: [u8; 32],
}

#[derive(FromQueryResult)]
struct Columns {
    credential_id: Vec<u8>,
    user_id: Vec<u8>,
    name: String,
    definition: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

const SELECT: &str =
    "SELECT credential_id, user_id, name, definition, created_at, last_used_at FROM passkey";

impl Columns {
    fn passkey(self) -> Result<Passkey, Error> {
        Ok(Passkey {
            user_id: UserId(uuid_of(&self.user_id)?),
            credential_id: self.credential_id,
            name: self.name,
            definition: self.definition,
        })
    }
}

impl Storage {
    /// A person's passkeys.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn passkeys_of(&self, user: UserId) -> Result<Vec<Passkey>, Error> {
        let rows = self.passkey_rows(user).await?;
        rows.into_iter().map(Columns::passkey).collect()
    }

    /// The passkey of a credential id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn passkey(&self, credential_id: &[u8]) -> Result<Option<Passkey>, Error> {
        let text = format!("{SELECT} WHERE credential_id = ?");
        let values = values![credential_id.to_vec()];
        sql(self.readers().get_database_backend(), &text, values)
            .one::<Columns>(self.readers())
            .await?
            .map(Columns::passkey)
            .transpose()
    }

    /// One's own passkeys, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_passkeys(&self, session: &Session) -> Result<Vec<PasskeyView>, Error> {
        let rows = self.passkey_rows(session.user_id).await?;
        Ok(rows
            .into_iter()
            .map(|row| PasskeyView {
                id: hex(&row.credential_id),
                name: row.name,
                created_at: zone::time_of(row.created_at),
                last_used_at: row.last_used_at.map(zone::time_of),
            })
            .collect())
    }

    async fn passkey_rows(&self, user: UserId) -> Result<Vec<Columns>, Error> {
        let text = format!("{SELECT} WHERE user_id = ? ORDER BY created_at, credential_id");
        let values = values![user.0.as_bytes().to_vec()];
        sql(self.readers().get_database_backend(), &text, values)
            .all::<Columns>(self.readers())
            .await
    }

    /// Keeps a passkey that the session's person registered. With their first second factor come ten recovery codes,
    /// the only time they are known, and their other sessions, which were started without it, end.
    ///
    /// # Errors
    /// Conflict when the credential is known, the challenge was answered already or there are twenty; invalid fields
    /// (`name`).
    pub async fn add_passkey(
        &self,
        session: &Session,
        passkey: Passkey,
        challenge_hash: [u8; 32],
        caller: &Caller,
    ) -> Result<Vec<String>, Error> {
        let name = checked_name(&passkey.name)?;
        if self.passkey_rows(session.user_id).await?.len() >= MOST {
            return Err(Problem::new(
                Code::Conflict,
                format!("you have {MOST} passkeys already; take one away first"),
            )
            .into());
        }
        let factors = self.factors_of(session.user_id).await?;
        let now = self.ambient().clock.now().timestamp_micros();
        let user = session.user_id.0.as_bytes().to_vec();
        let mut effects = self.spend(challenge_hash);
        effects.extend([
            Effect::one(
                "INSERT INTO passkey (credential_id, user_id, name, definition, created_at) VALUES (?, ?, ?, ?, ?) \
                 ON CONFLICT DO NOTHING",
                values![
                    passkey.credential_id,
                    user.clone(),
                    name,
                    passkey.definition,
                    now
                ],
                "this passkey is registered already",
            ),
            Effect::statement(
                "UPDATE session SET has_second_factor = ?, proved_at = ? WHERE token_hash = ?",
                values![true, now, session.token_hash.to_vec()],
            ),
        ]);
        let (mut codes, mut ended) = (Vec::new(), 0);
        if !factors.is_any() {
            let open = self.count_sessions(session.user_id, None).await?;
            ended = open.saturating_sub(1);
            effects.push(Effect::statement(
                "DELETE FROM session WHERE user_id = ? AND token_hash <> ?",
                values![user, session.token_hash.to_vec()],
            ));
            let (made, kept) = self.recovery_codes(session.user_id);
            codes = made;
            effects.extend(kept);
        }
        self.write_own(
            session,
            caller,
            SecurityEventName::FactorAdded,
            "passkey",
            effects,
            ended,
        )
        .await?;
        Ok(codes)
    }

    /// Gives one's own passkey another name.
    ///
    /// # Errors
    /// Not found; invalid fields (`name`).
    pub async fn rename_passkey(
        &self,
        session: &Session,
        id: &str,
        name: &str,
    ) -> Result<(), Error> {
        let name = checked_name(name)?;
        let passkey = self.own_passkey(session, id).await?;
        let rename = Effect::statement(
            "UPDATE passkey SET name = ? WHERE credential_id = ?",
            values![name, passkey.credential_id],
        );
        self.recorder().apply(vec![rename]).await
    }

    /// Takes one's own passkey away; with the last second factor the recovery codes go.
    ///
    /// # Errors
    /// Not found; forbidden while a role asks for a second factor and this is the last.
    pub async fn remove_passkey(
        &self,
        session: &Session,
        id: &str,
        caller: &Caller,
    ) -> Result<(), Error> {
        let passkey = self.own_passkey(session, id).await?;
        let factors = self.factors_of(session.user_id).await?;
        let is_last = !factors.totp && factors.passkeys <= 1;
        if is_last && self.needs_second_factor(session.user_id).await? {
            return Err(Problem::new(
                Code::Forbidden,
                "your role asks for a second factor; an admin can change that",
            )
            .into());
        }
        let mut effects = vec![crate::account::changing(
            "DELETE FROM passkey WHERE credential_id = ?",
            values![passkey.credential_id],
        )];
        if is_last {
            effects.push(Effect::statement(
                "DELETE FROM recovery_code WHERE user_id = ?",
                values![session.user_id.0.as_bytes().to_vec()],
            ));
        }
        self.write_own(
            session,
            caller,
            SecurityEventName::FactorRemoved,
            "passkey",
            effects,
            0,
        )
        .await
    }

    async fn own_passkey(&self, session: &Session, id: &str) -> Result<Passkey, Error> {
        let own = self.passkeys_of(session.user_id).await?;
        own.into_iter()
            .find(|passkey| hex(&passkey.credential_id) == id)
            .ok_or_else(|| Problem::not_found("passkey").into())
    }

    /// Signs in whom a passkey alone proved: it is something they have and, since it verified them, something they
    /// know or are.
    ///
    /// # Errors
    /// Forbidden when no store is open to them; conflict when the challenge was answered already.
    pub async fn sign_in_with_passkey(
        &self,
        attempt: &Attempt,
        used: PasskeyUse,
    ) -> Result<Next, Error> {
        let user = used.passkey.user_id;
        let effects = self.use_passkey(used);
        let (token, device) = self
            .finish_with(attempt, user, "passkey", true, Vec::new(), effects)
            .await?;
        Ok(Next::SignedIn { token, device })
    }

    /// Records that a passkey was shown that didn't open: unknown, or its answer was wrong. Counted by network, which is
    /// held back when there are too many: right ones are let in from it all the same, wrong ones are not told one by one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn passkey_refused(
        &self,
        attempt: &Attempt,
        reason: &'static str,
    ) -> Result<Gate, Error> {
        let (gate, counted) = self.count_asked(Asked::Passkey, attempt).await?;
        if gate != Gate::Open {
            self.asked_in_vain(Asked::Passkey, attempt).await?;
            return Ok(gate);
        }
        let store = self.store_of_attempt(attempt).await?;
        let mut events = vec![self.attempt_event(
            attempt,
            SecurityEventName::SignInFailed,
            SecurityOutcome::Failed,
            reason,
        )];
        events.extend(self.locked_event(attempt, counted.details));
        self.write_asked(Asked::Passkey, store, attempt, events, counted.effects)
            .await
    }

    /// Proves anew who sits there by a passkey of theirs.
    ///
    /// # Errors
    /// Conflict when the challenge was answered already.
    pub async fn prove_session_with_passkey(
        &self,
        session: &Session,
        used: PasskeyUse,
        caller: &Caller,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let mut effects = self.use_passkey(used);
        effects.push(Effect::statement(
            "UPDATE session SET proved_at = ? WHERE token_hash = ?",
            values![now, session.token_hash.to_vec()],
        ));
        self.write_own(
            session,
            caller,
            SecurityEventName::ProofPassed,
            "passkey",
            effects,
            0,
        )
        .await
    }

    /// Spends the challenge and moves the counter, unless somebody did either in between.
    pub(crate) fn use_passkey(&self, used: PasskeyUse) -> Vec<Effect> {
        let now = self.ambient().clock.now().timestamp_micros();
        let mut effects = self.spend(used.challenge_hash);
        effects.push(crate::account::changing(
            "UPDATE passkey SET definition = ?, last_used_at = ? WHERE credential_id = ? AND definition = ?",
            values![
                used.definition,
                now,
                used.passkey.credential_id,
                used.passkey.definition
            ],
        ));
        effects
    }

    /// What lets a challenge be answered once.
    pub(crate) fn spend(&self, challenge_hash: [u8; 32]) -> Vec<Effect> {
        let now = self.ambient().clock.now().timestamp_micros();
        vec![
            Effect::statement(
                "DELETE FROM spent_challenge WHERE spent_at < ?",
                values![now - SPENT_MICROS],
            ),
            Effect::one(
                "INSERT INTO spent_challenge (challenge_hash, spent_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                values![challenge_hash.to_vec(), now],
                "this was answered already; begin again",
            ),
        ]
    }
}

fn checked_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.contains('\0') {
        return Err(Problem::field(
            "name",
            "required",
            format!("a name of 1 to {MAX_NAME_CHARS} characters"),
        ));
    }
    Ok(name.to_owned())
}
