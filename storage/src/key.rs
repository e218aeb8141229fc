//! API keys: shown once, stored as a hash.

mod create;
mod rotate;

use crate::account::own_activity;
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::role::power_told;
use crate::session::{hash, hex};
use crate::sql::{sql, values};
use crate::{Caller, Error, Scope, Storage};
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::view::{KeyView, StoreView};
use domain::{
    Access, Activity, Actor, ActorType, Category, CategorySet, Change, IpRange, KeyId, OwnRole,
    Permission, Problem, Reference, Role, StoreId,
};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};

/// Every secret begins with this, so that it is recognised where it should not be.
const PREFIX: &str = "st_";

/// What a valid key opens.
#[derive(Debug, Clone)]
pub struct KeyGrant {
    /// Which key.
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// Its role, narrowed to its categories.
    pub role: Role,
    /// The role before it was narrowed.
    pub(crate) full_role: Role,
    /// What its role is called in records.
    pub(crate) role_word: String,
    /// Its store.
    pub store: StoreView,
}

/// What became of a secret.
#[derive(Debug, Clone)]
pub enum KeyAccess {
    /// It opens this.
    Granted(KeyGrant),
    /// There is no such key.
    Unknown,
    /// It was revoked, or ended by itself. Recorded as `key.refused`. The grant says whose call it is and opens nothing.
    Ended(KeyGrant),
    /// It came from a network that it is not for. Recorded as `key.refused`. The grant is as of one that ended.
    WrongNetwork(KeyGrant),
}

impl KeyAccess {
    /// Whose key it is, whatever became of it; none of a secret that is no key's.
    pub const fn grant(&self) -> Option<&KeyGrant> {
        match self {
            Self::Granted(grant) | Self::Ended(grant) | Self::WrongNetwork(grant) => Some(grant),
            Self::Unknown => None,
        }
    }
}

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    name: String,
    role: String,
    access: Option<String>,
    role_name: Option<String>,
    prefix: String,
    created_at: i64,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
    categories: Option<i64>,
    networks: String,
    expires_at: Option<i64>,
    last_used_ip: Option<String>,
    old_secret_until: Option<i64>,
}

#[derive(FromQueryResult)]
struct GrantColumns {
    key_id: Vec<u8>,
    key_name: String,
    role: String,
    access: Option<String>,
    role_name: Option<String>,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
    categories: Option<i64>,
    networks: String,
    expires_at: Option<i64>,
    old_secret_hash: Option<Vec<u8>>,
    old_secret_until: Option<i64>,
    id: i64,
    name: String,
    domain: String,
    time_zone: String,
    is_sample: bool,
}

impl GrantColumns {
    /// What the role is called in records, whether it is still there or not.
    fn role_word(&self) -> String {
        self.role_name.clone().unwrap_or_else(|| self.role.clone())
    }

    /// Whether the secret of that hash opens nothing any more.
    fn is_over(&self, secret_hash: &[u8], now: i64) -> bool {
        let is_old = self.old_secret_hash.as_deref() == Some(secret_hash);
        self.revoked_at.is_some()
            || self.expires_at.is_some_and(|at| at <= now)
            || (is_old && self.old_secret_until.is_none_or(|until| until <= now))
    }

    /// Whether it may not come from where the caller is.
    fn is_foreign(&self, caller: &Caller) -> Result<bool, Error> {
        let networks: Vec<String> = serde_json::from_str(&self.networks).map_err(damaged)?;
        let is_near = caller.ip.is_some_and(|ip| {
            networks
                .iter()
                .filter_map(|network| IpRange::parse(network))
                .any(|range| range.contains(ip.to_canonical()))
        });
        Ok(!networks.is_empty() && !is_near)
    }

    /// What becomes of the secret of that hash, which the caller uses now.
    fn judged(self, secret_hash: &[u8], caller: &Caller, now: i64) -> Result<KeyAccess, Error> {
        let (is_over, is_foreign) = (self.is_over(secret_hash, now), self.is_foreign(caller)?);
        if !is_over && !is_foreign {
            return self.granted().map(KeyAccess::Granted);
        }
        let id = KeyId(crate::log::uuid_of(&self.key_id)?);
        let nothing = Role::Own(OwnRole {
            number: 0,
            access: Access::NOTHING,
        });
        let role_word = self.role_word();
        let grant = self.into_grant(id, nothing, nothing, role_word);
        Ok(if is_over {
            KeyAccess::Ended(grant)
        } else {
            KeyAccess::WrongNetwork(grant)
        })
    }

    /// What it opens while nothing speaks against it.
    fn granted(self) -> Result<KeyGrant, Error> {
        let id = KeyId(crate::log::uuid_of(&self.key_id)?);
        let full = crate::role::role_of(&self.role, self.access.as_deref())?;
        let role = narrowed(full, self.categories);
        let role_word = crate::scope::word_of(full, self.role_name.as_deref());
        Ok(self.into_grant(id, role, full, role_word))
    }

    fn into_grant(self, id: KeyId, role: Role, full_role: Role, role_word: String) -> KeyGrant {
        KeyGrant {
            id,
            name: self.key_name,
            role,
            full_role,
            role_word,
            store: StoreView {
                id: StoreId(self.id),
                name: self.name,
                domain: self.domain,
                time_zone: self.time_zone,
                is_sample: self.is_sample,
            },
        }
    }
}

impl Storage {
    /// The keys of the scope's store, newest first.
    ///
    /// # Errors
    /// Forbidden by role.
    pub async fn list_keys(&self, scope: &Scope) -> Result<Vec<KeyView>, Error> {
        scope.require(Permission::ManageKeys)?;
        let text = "SELECT k.id, k.name, k.role, r.access, r.name AS role_name, k.prefix, k.created_at, k.last_used_at, \
                    k.revoked_at, k.categories, k.networks, k.expires_at, k.last_used_ip, k.old_secret_until \
                    FROM api_key k LEFT JOIN own_role r ON r.store_id = k.store_id AND r.id = k.role \
                    WHERE k.store_id = ? ORDER BY k.created_at DESC, k.id DESC";
        let statement = sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0],
        );
        statement
            .all::<Columns>(self.readers())
            .await?
            .into_iter()
            .map(Columns::into_view)
            .collect()
    }

    /// A key of the scope's store that the scope's principal may change.
    async fn own_key(&self, scope: &Scope, key: KeyId) -> Result<KeyView, Error> {
        let keys = self.list_keys(scope).await?;
        let key = keys
            .into_iter()
            .find(|k| k.id == key)
            .ok_or_else(|| Problem::not_found("key in this store"))?;
        if scope.role().may_give_key(key.role) {
            Ok(key)
        } else {
            Err(forbidden(key.role))
        }
    }

    /// Ends a key at once, both of its secrets. Records `settings.updated` and `key.revoked`.
    ///
    /// # Errors
    /// Forbidden by role; not found.
    pub async fn revoke_key(&self, scope: &Scope, key: KeyId) -> Result<(), Error> {
        let key = self.own_key(scope, key).await?;
        if key.revoked_at.is_some() {
            return Ok(());
        }
        let now = self.ambient().clock.now().timestamp_micros();
        let text = "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
        let effect = Effect::statement(text, values![now, key.id.0.as_bytes().to_vec()]);
        self.write_key(
            scope,
            &key,
            SecurityEventName::KeyRevoked,
            "API key revoked".to_owned(),
            Vec::new(),
            vec![effect],
        )
        .await
    }

    /// What a secret opens. Notes its last use once a minute, and records where it comes from for the first time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key_grant(&self, secret: &str, caller: &Caller) -> Result<KeyAccess, Error> {
        let Some(c) = self.key_columns(secret).await? else {
            return Ok(KeyAccess::Unknown);
        };
        let secret_hash = hash(secret);
        let now = self.ambient().clock.now().timestamp_micros();
        let last_used_at = c.last_used_at;
        let access = c.judged(&secret_hash, caller, now)?;
        let KeyAccess::Granted(grant) = &access else {
            self.note_key_refusal(&access, caller).await?;
            return Ok(access);
        };
        let is_idle = last_used_at.is_none_or(|at| now - at > 60_000_000);
        let is_moved = match caller.network() {
            Some(network) => {
                let key = format!("{} {network}", grant.id);
                self.inner.touched.is_due(&hash(&key), now)
            }
            None => false,
        };
        if is_moved {
            self.key_moved(grant, caller).await?;
        }
        if is_idle && self.inner.touched.is_due(&secret_hash, now) {
            let effect = Effect::statement(
                "UPDATE api_key SET last_used_at = ?, last_used_ip = ? WHERE id = ?",
                values![
                    now,
                    caller.ip.map(|ip| ip.to_canonical().to_string()),
                    grant.id.0.as_bytes().to_vec()
                ],
            );
            self.recorder().apply(vec![effect]).await?;
        }
        Ok(access)
    }

    /// What became of a secret, without noting a use or a refusal: for calls of which nobody asked whose they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key_unused(&self, secret: &str, caller: &Caller) -> Result<KeyAccess, Error> {
        let Some(c) = self.key_columns(secret).await? else {
            return Ok(KeyAccess::Unknown);
        };
        let now = self.ambient().clock.now().timestamp_micros();
        c.judged(&hash(secret), caller, now)
    }

    async fn key_columns(&self, secret: &str) -> Result<Option<GrantColumns>, Error> {
        if !secret.starts_with(PREFIX) {
            return Ok(None);
        }
        let text = "SELECT k.id AS key_id, k.name AS key_name, k.role, r.access, r.name AS role_name, k.last_used_at, k.revoked_at, \
                    k.categories, k.networks, k.expires_at, k.old_secret_hash, k.old_secret_until, \
                    t.id, t.name, t.domain, t.time_zone, t.is_sample \
                    FROM api_key k JOIN store t ON t.id = k.store_id \
                    LEFT JOIN own_role r ON r.store_id = k.store_id AND r.id = k.role AND r.deleted_at IS NULL \
                    WHERE (k.secret_hash = ? OR k.old_secret_hash = ?) AND t.removed_at IS NULL";
        let secret_hash = hash(secret).to_vec();
        let values = values![secret_hash.clone(), secret_hash];
        sql(self.readers().get_database_backend(), text, values)
            .one::<GrantColumns>(self.readers())
            .await
    }

    /// Notes the use of a key that was refused as `key.refused`; alike ones within a minute are one event, with how many
    /// they were. Of a key that opens something, and of none, there is nothing to note.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_key_refusal(&self, access: &KeyAccess, caller: &Caller) -> Result<(), Error> {
        let (grant, reason) = match access {
            KeyAccess::Ended(grant) => (grant, "ended"),
            KeyAccess::WrongNetwork(grant) => (grant, "wrong_network"),
            KeyAccess::Granted(_) | KeyAccess::Unknown => return Ok(()),
        };
        let (name, outcome) = (SecurityEventName::KeyRefused, SecurityOutcome::Denied);
        let event = self.key_event(grant, caller, (name, outcome), reason);
        self.note_event(grant.store.id, event).await
    }

    /// Records a use from a new address, if it is one. The first address of a key is no news.
    async fn key_moved(&self, grant: &KeyGrant, caller: &Caller) -> Result<(), Error> {
        let Some(network) = caller.network() else {
            return Ok(());
        };
        let who = format!("key:{}", grant.id);
        let mut effects = Vec::new();
        let is_new = self
            .learn(&who, &format!("ip:{network}"), &network, &mut effects)
            .await?;
        let text = "SELECT MIN(first_at) FROM known_origin WHERE who = ?";
        let since: Option<i64> = sql(self.readers().get_database_backend(), text, values![who])
            .row(self.readers())
            .await?
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        let Some(since) = since.filter(|_| is_new) else {
            return self.recorder().apply(effects).await;
        };
        let (name, outcome) = (SecurityEventName::KeyNewAddress, SecurityOutcome::Success);
        let mut event = self.key_event(grant, caller, (name, outcome), "first_use");
        let days = (event.occurred_at.timestamp_micros() - since) / 86_400_000_000;
        event.details = Some(json!({ "days": days }));
        event.is_new_address = true;
        let records = vec![Record::Security(Box::new(event))];
        self.recorder()
            .write(grant.store.id, String::new(), records, effects, None)
            .await
            .map(drop)
    }

    fn key_event(
        &self,
        grant: &KeyGrant,
        caller: &Caller,
        (name, outcome): (SecurityEventName, SecurityOutcome),
        reason: &str,
    ) -> SecurityEvent {
        SecurityEvent {
            actor: Actor {
                kind: ActorType::ApiKey,
                id: Some(grant.id.to_string()),
                name: Some(grant.name.clone()),
                email: None,
                role: Some(grant.role_word.clone()),
            },
            reason: Some(reason.to_owned()),
            origin: caller.origin(),
            request_id: caller.request_id.clone(),
            ..SecurityEvent::new(name, outcome, self.ambient().clock.now())
        }
    }

    fn new_secret(&self) -> String {
        format!("{PREFIX}{}", hex(&self.ambient().entropy.bytes::<24>()))
    }

    async fn write_key(
        &self,
        scope: &Scope,
        key: &KeyView,
        name: SecurityEventName,
        description: String,
        changes: Vec<Change>,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let subject = Reference {
            kind: "api_key".to_owned(),
            id: key.id.to_string(),
            name: Some(key.name.clone()),
        };
        let is_new = name == SecurityEventName::KeyCreated;
        let limits = if is_new { limits_of(key) } else { Vec::new() };
        let mut event = self.event(scope, name, SecurityOutcome::Success);
        event.subject = Some(subject.clone());
        event.changes = changes;
        event.changes.extend(limits.iter().cloned());
        // Narrowed to categories it has no power, whatever the role.
        if is_new && key.categories.is_none() {
            event.details = power_told(None, key.role);
        }
        let activity = Activity {
            description: Some(description),
            details: (!limits.is_empty()).then(|| {
                let limits = limits.into_iter();
                limits.map(|limit| (limit.field, limit.after)).collect()
            }),
            ..own_activity(
                self.ambient(),
                "settings.updated",
                Category::Settings,
                Some(subject),
                Vec::new(),
            )
        };
        let records = vec![
            Record::Activity(self.done_by(scope, activity)),
            Record::Security(Box::new(event)),
        ];
        self.write_records(scope, records, effects).await
    }
}

/// To what a key is narrowed and when it ends, each as a change from nothing.
fn limits_of(key: &KeyView) -> Vec<Change> {
    let networks = (!key.networks.is_empty()).then(|| json!(key.networks));
    [
        ("categories", key.categories.map(|set| json!(set))),
        ("networks", networks),
        ("expires_at", key.expires_at.map(|at| json!(at))),
    ]
    .into_iter()
    .filter_map(|(field, after)| Some(new_value(field, after?)))
    .collect()
}

/// A field that had no value before.
fn new_value(field: &str, after: Value) -> Change {
    Change {
        field: field.to_owned(),
        before: Value::Null,
        after,
    }
}

fn forbidden(role: Role) -> Error {
    let message = if role == Role::SuperAdmin {
        "only a super admin makes and revokes keys with the role super admin"
    } else {
        "nobody makes or changes a key that opens more than their own role"
    };
    Problem::beyond(message).into()
}

/// The first characters of a secret, to recognise it by.
fn prefix_of(secret: &str) -> String {
    secret.chars().take(PREFIX.len() + 6).collect()
}

impl Columns {
    fn into_view(self) -> Result<KeyView, Error> {
        let time = crate::log::zone::time_of;
        Ok(KeyView {
            id: KeyId(crate::log::uuid_of(&self.id)?),
            name: self.name,
            role: crate::role::role_of(&self.role, self.access.as_deref())?,
            role_name: self.role_name,
            categories: self
                .categories
                .map(|bits| CategorySet::of_bits(u32::try_from(bits).unwrap_or(0))),
            networks: serde_json::from_str(&self.networks).map_err(damaged)?,
            expires_at: self.expires_at.map(time),
            last_used_ip: self.last_used_ip,
            old_secret_until: self.old_secret_until.map(time),
            prefix: self.prefix,
            created_at: time(self.created_at),
            last_used_at: self.last_used_at.map(time),
            revoked_at: self.revoked_at.map(time),
        })
    }
}

/// The role of a key that may be narrowed to some categories.
pub(crate) fn narrowed(full: Role, categories: Option<i64>) -> Role {
    match categories {
        None => full,
        Some(bits) => Role::Own(OwnRole {
            number: 0,
            access: full
                .access()
                .narrowed(CategorySet::of_bits(u32::try_from(bits).unwrap_or(0))),
        }),
    }
}
