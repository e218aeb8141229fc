//! Server-side sessions: a random token in the cookie, its SHA-256 in the table.

use crate::account::OWN_NOUNS;
use crate::log::zone;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Caller, Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::{StoreView, Viewer};
use domain::{Code, Problem, Role, SessionId, StoreId, UserId};
use sea_orm::FromQueryResult;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

const MICROS_PER_DAY: i64 = 24 * 3_600 * 1_000_000;
const MICROS_PER_MINUTE: i64 = 60 * 1_000_000;
/// For how long a proof of who sits there is good for dangerous acts.
const PROOF_MINUTES: i64 = 10;
const TOUCH_MICROS: i64 = 60 * 1_000_000;

/// When sessions and keys were last noted as used: written at most once a minute each.
#[derive(Default)]
pub(crate) struct Touched(Mutex<HashMap<Vec<u8>, i64>>);

impl Touched {
    /// Whether the use at `now` is to be written down.
    pub(crate) fn is_due(&self, id: &[u8], now: i64) -> bool {
        let mut noted = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if noted.len() > 10_000 {
            noted.retain(|_, at| now - *at < TOUCH_MICROS);
        }
        match noted.get(id) {
            Some(at) if now - *at < TOUCH_MICROS => false,
            _ => {
                noted.insert(id.to_vec(), now);
                true
            }
        }
    }
}

/// A session that is valid now, with its person's role in the store looked at.
#[derive(Debug, Clone)]
pub struct Session {
    /// Identifies the session in memory (the hash of its token), never sent out.
    pub token_hash: [u8; 32],
    /// Names the session in lists.
    pub id: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their role in `store`.
    pub role: Role,
    /// What an own role is called.
    pub role_name: Option<String>,
    /// The store they look at.
    pub store: StoreView,
    /// When they last proved who they are: by signing in, or anew.
    pub proved_at: DateTime<Utc>,
    /// Their role asks for a second factor and they have none: only their account is open to them.
    pub must_enrol: bool,
}

impl Session {
    /// Whether the last proof is young enough for a dangerous act: 10 minutes.
    pub fn has_fresh_proof(&self, now: DateTime<Utc>) -> bool {
        now - self.proved_at < Duration::minutes(PROOF_MINUTES)
    }
}

#[derive(FromQueryResult)]
struct Columns {
    user_id: Vec<u8>,
    user_name: String,
    email: String,
    role: String,
    access: Option<String>,
    role_name: Option<String>,
    policy: Option<String>,
    has_factor: bool,
    session_id: Option<Vec<u8>>,
    session_created_at: i64,
    last_used_at: i64,
    proved_at: i64,
    store_id: i64,
    store_name: String,
    domain: String,
    time_zone: String,
    is_sample: bool,
}

impl Storage {
    /// Starts a session without asking for anything: for the owner's first sign-in and for tests. Everybody
    /// else comes through [`Storage::sign_in_with_password`] and its neighbours.
    ///
    /// # Errors
    /// Forbidden when the user has no role in any store or is blocked in all; or the database fails.
    pub async fn start_session(
        &self,
        user: UserId,
        ip: Option<IpAddr>,
        user_agent: Option<&str>,
    ) -> Result<String, Error> {
        let caller = Caller {
            ip,
            user_agent: user_agent.map(str::to_owned),
            ..Caller::default()
        };
        let (_, token, effects) = self.new_session(user, &caller, false).await?;
        self.recorder().apply(effects).await?;
        Ok(token)
    }

    /// A session to be, in the user's first store (one that is no sample if they have such): the store, the
    /// token for the cookie (64 hexadecimal characters) and what starts it.
    pub(crate) async fn new_session(
        &self,
        user: UserId,
        caller: &Caller,
        has_second_factor: bool,
    ) -> Result<(StoreView, String, Vec<Effect>), Error> {
        let stores = self.stores_of(user).await?;
        let Some(store) = stores.into_iter().next() else {
            return Err(Problem::new(
                Code::Forbidden,
                "you have no role in any store; an admin can give you one",
            )
            .into());
        };
        let token = hex(&self.ambient().entropy.bytes::<32>());
        let now = self.ambient().clock.now().timestamp_micros();
        let user = user.0.as_bytes().to_vec();
        let effects = vec![
            Effect::statement(
                "INSERT INTO session (token_hash, id, user_id, store_id, created_at, last_used_at, proved_at, \
                 has_second_factor, ip, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values![
                    hash(&token).to_vec(),
                    self.ambient().uuid().as_bytes().to_vec(),
                    user.clone(),
                    store.id.0,
                    now,
                    now,
                    now,
                    has_second_factor,
                    caller.ip.map(|ip| ip.to_canonical().to_string()),
                    caller.agent(),
                ],
            ),
            Effect::statement(
                "UPDATE user_account SET last_seen_at = ? WHERE id = ?",
                values![now, user],
            ),
        ];
        Ok((store, token, effects))
    }

    /// The session of a token: none when unknown, ended, expired (by its store's policy), its user
    /// blocked or without a role. Notes its last use once a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, Error> {
        let Some((session, last_used_at)) = self.read_session(&hash(token)).await? else {
            return Ok(None);
        };
        let now = self.ambient().clock.now().timestamp_micros();
        let is_due = now - last_used_at > TOUCH_MICROS;
        if is_due && self.inner.touched.is_due(&session.token_hash, now) {
            let effects = vec![
                Effect::statement(
                    "UPDATE session SET last_used_at = ? WHERE token_hash = ?",
                    values![now, session.token_hash.to_vec()],
                ),
                Effect::statement(
                    "UPDATE user_account SET last_seen_at = ? WHERE id = ?",
                    values![now, session.user_id.0.as_bytes().to_vec()],
                ),
            ];
            self.recorder().apply(effects).await?;
        }
        Ok(Some(session))
    }

    /// As [`Storage::session`], without noting a use: for what a page asks by itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_unused(&self, token: &str) -> Result<Option<Session>, Error> {
        self.session_of_hash(&hash(token)).await
    }

    /// As [`Storage::session`], by the hash of the token and without noting a use: for sockets that stay open. A page
    /// that is only left open doesn't keep its session from ending.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_of_hash(&self, token_hash: &[u8; 32]) -> Result<Option<Session>, Error> {
        let found = self.read_session(token_hash).await?;
        Ok(found.map(|(session, _)| session))
    }

    /// A session that is open, and when it was last used.
    async fn read_session(&self, token_hash: &[u8; 32]) -> Result<Option<(Session, i64)>, Error> {
        let text = "SELECT s.user_id, u.name AS user_name, u.email, m.role, r.access, r.name AS role_name, \
                    y.definition AS policy, (EXISTS (SELECT 1 FROM totp f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) \
                    OR EXISTS (SELECT 1 FROM passkey p WHERE p.user_id = u.id)) AS has_factor, s.id AS session_id, \
                    s.created_at AS session_created_at, s.last_used_at, s.proved_at, \
                    t.id AS store_id, t.name AS store_name, t.domain, t.time_zone, t.is_sample \
                    FROM session s JOIN user_account u ON u.id = s.user_id \
                    JOIN membership m ON m.user_id = s.user_id AND m.store_id = s.store_id \
                    JOIN store t ON t.id = s.store_id \
                    LEFT JOIN own_role r ON r.store_id = m.store_id AND r.id = m.role AND r.deleted_at IS NULL \
                    LEFT JOIN policy y ON y.store_id = s.store_id \
                    WHERE s.token_hash = ? AND m.is_blocked = ? AND t.removed_at IS NULL";
        let statement = sql(
            self.readers().get_database_backend(),
            text,
            values![token_hash.to_vec(), false],
        );
        let Some(c) = statement.one::<Columns>(self.readers()).await? else {
            return Ok(None);
        };
        let now = self.ambient().clock.now().timestamp_micros();
        let policy = crate::policy::policy_of(c.policy.as_deref())?;
        let is_over = now - c.last_used_at > i64::from(policy.idle_minutes) * MICROS_PER_MINUTE
            || now - c.session_created_at > i64::from(policy.lifetime_days) * MICROS_PER_DAY;
        let (Ok(role), Some(id)) = (
            crate::role::role_of(&c.role, c.access.as_deref()),
            c.session_id,
        ) else {
            return Ok(None);
        };
        if is_over {
            return Ok(None);
        }
        let session = Session {
            token_hash: *token_hash,
            id: SessionId(crate::log::uuid_of(&id)?),
            user_id: UserId(crate::log::uuid_of(&c.user_id)?),
            name: c.user_name,
            email: c.email,
            role,
            role_name: c.role_name,
            proved_at: zone::time_of(c.proved_at),
            must_enrol: !c.has_factor && policy.second_factor_for.contains(&role.id()),
            store: StoreView {
                id: StoreId(c.store_id),
                name: c.store_name,
                domain: c.domain,
                time_zone: c.time_zone,
                is_sample: c.is_sample,
            },
        };
        Ok(Some((session, c.last_used_at)))
    }

    /// Signs out: ends a session, if there is one. Records `sign_out.done`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, token: &str, caller: &Caller) -> Result<(), Error> {
        let token_hash = hash(token);
        let end = Effect::statement(
            "DELETE FROM session WHERE token_hash = ?",
            values![token_hash.to_vec()],
        );
        let Some(session) = self.session_of_hash(&token_hash).await? else {
            return self.recorder().apply(vec![end]).await;
        };
        let scope = Scope::of_session(&session).at(caller.clone());
        let event = self.event(
            &scope,
            SecurityEventName::SignedOut,
            SecurityOutcome::Success,
        );
        let records = vec![Record::Security(Box::new(event))];
        self.write_records(&scope, records, vec![end]).await
    }

    /// Makes the session look at another store in which its person has a role.
    ///
    /// # Errors
    /// Not found when they have none there.
    pub async fn switch_store(&self, session: &Session, to: StoreId) -> Result<(), Error> {
        if !self
            .stores_of(session.user_id)
            .await?
            .iter()
            .any(|store| store.id == to)
        {
            return Err(Problem::not_found("store").into());
        }
        let text = "UPDATE session SET store_id = ? WHERE token_hash = ?";
        self.recorder()
            .apply(vec![Effect::statement(
                text,
                values![to.0, session.token_hash.to_vec()],
            )])
            .await
    }

    /// What the interface shows of the person and their stores.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn viewer(&self, session: &Session) -> Result<Viewer, Error> {
        let now = self.ambient().clock.now();
        let zone = zone::of(&session.store);
        // What was done in Storetrail itself is no entry from the store.
        let text = "SELECT EXISTS (SELECT 1 FROM action WHERE store_id = ? AND successes + pendings + failures > 0";
        let mut statement = sql(
            self.readers().get_database_backend(),
            text,
            values![session.store.id.0],
        );
        for noun in OWN_NOUNS {
            statement
                .push(" AND name NOT LIKE ")
                .bind(format!("{noun}.%"));
        }
        statement.push(")");
        let row = statement.row(self.readers()).await?;
        let has_entries: bool = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(false);
        Ok(Viewer {
            id: session.user_id,
            name: session.name.clone(),
            email: session.email.clone(),
            role: session.role,
            store: session.store.clone(),
            stores: self.stores_of(session.user_id).await?,
            zone_label: zone::label(zone, now),
            now,
            offset_minutes: zone::offset_minutes(zone, now),
            has_entries: has_entries || session.role.is_restricted(),
            role_name: session.role_name.clone(),
            must_enrol: session.must_enrol,
        })
    }

    /// The stores in which a user has a role and is not blocked, samples last.
    pub(crate) async fn stores_of(&self, user: UserId) -> Result<Vec<StoreView>, Error> {
        let text = "SELECT t.id, t.name, t.domain, t.time_zone, t.is_sample FROM membership m JOIN store t ON t.id = m.store_id \
                    WHERE m.user_id = ? AND m.is_blocked = ? AND t.removed_at IS NULL ORDER BY t.is_sample, t.id";
        let values = values![user.0.as_bytes().to_vec(), false];
        let rows = sql(self.readers().get_database_backend(), text, values)
            .all::<crate::store::Columns>(self.readers())
            .await?;
        Ok(rows.into_iter().map(StoreView::from).collect())
    }
}

/// The SHA-256 of a token or secret: what is stored of it. They are random, so a slow hash adds nothing.
pub(crate) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
