//! API keys: shown once, stored as a hash.

mod rotate;

use crate::account::{keep_role, own_activity};
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::role::power_told;
use crate::session::{hash, hex};
use crate::sql::{sql, values};
use crate::{Caller, Error, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::view::{KeyView, NewKey, StoreView};
use domain::{
    Activity, Actor, ActorType, Category, CategorySet, Change, Code, IpRange, KeyId, OwnRole,
    Permission, Problem, Reference, Role, StoreId,
};
use sea_orm::FromQueryResult;

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
    /// It was revoked, or ended by itself. Recorded as `key.refused`.
    Ended,
    /// It came from a network that it is not for. Recorded as `key.refused`.
    WrongNetwork,
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

impl Storage {
    /// Makes a key for the scope's store and returns its secret, `st_` and 48 hexadecimal characters: the only
    /// time it is known. Records `settings.updated` and `key.created`.
    ///
    /// # Errors
    /// Forbidden by role (nobody gives a key a role they may not give a person); invalid fields (`name`,
    /// `categories`, `networks`, `expires_at`).
    pub async fn create_key(&self, scope: &Scope, new: NewKey) -> Result<(KeyView, String), Error> {
        scope.require(Permission::ManageKeys)?;
        let role = self.role_of_id(scope, &new.role.id()).await?;
        if !may_give(scope, role) {
            return Err(forbidden(role));
        }
        let now = self.ambient().clock.now();
        let new = checked(new, now)?;
        let secret = self.new_secret();
        let key = KeyView {
            id: KeyId(self.ambient().uuid()),
            role_name: matches!(role, Role::Own(_)).then_some(self.role_word(scope, role).await?),
            name: new.name,
            role,
            prefix: prefix_of(&secret),
            created_at: now,
            last_used_at: None,
            revoked_at: None,
            categories: new.categories,
            networks: new.networks,
            expires_at: new.expires_at,
            last_used_ip: None,
            old_secret_until: None,
        };
        let effects = vec![
            keep_role(scope.store_id(), role),
            Effect::statement(
                "INSERT INTO api_key (id, store_id, name, role, secret_hash, prefix, created_at, categories, networks, expires_at) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values![
                    key.id.0.as_bytes().to_vec(),
                    scope.store_id().0,
                    key.name.clone(),
                    role.id(),
                    hash(&secret).to_vec(),
                    key.prefix.clone(),
                    now.timestamp_micros(),
                    key.categories.map(|set| i64::from(set.bits())),
                    serde_json::to_string(&key.networks).map_err(damaged)?,
                    key.expires_at.map(|at| at.timestamp_micros()),
                ],
            ),
        ];
        let word = key.role_name.clone().unwrap_or(role.id());
        let description = format!("API key made with the role {word}");
        let change = Change {
            field: "role".to_owned(),
            before: serde_json::Value::Null,
            after: word.into(),
        };
        self.write_key(
            scope,
            &key,
            SecurityEventName::KeyCreated,
            description,
            vec![change],
            effects,
        )
        .await?;
        Ok((key, secret))
    }

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
        if may_give(scope, key.role) {
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
        if !secret.starts_with(PREFIX) {
            return Ok(KeyAccess::Unknown);
        }
        let text = "SELECT k.id AS key_id, k.name AS key_name, k.role, r.access, r.name AS role_name, k.last_used_at, k.revoked_at, \
                    k.categories, k.networks, k.expires_at, k.old_secret_hash, k.old_secret_until, \
                    t.id, t.name, t.domain, t.time_zone, t.is_sample \
                    FROM api_key k JOIN store t ON t.id = k.store_id \
                    LEFT JOIN own_role r ON r.store_id = k.store_id AND r.id = k.role AND r.deleted_at IS NULL \
                    WHERE (k.secret_hash = ? OR k.old_secret_hash = ?) AND t.removed_at IS NULL";
        let secret_hash = hash(secret);
        let statement = sql(
            self.readers().get_database_backend(),
            text,
            values![secret_hash.to_vec(), secret_hash.to_vec()],
        );
        let Some(c) = statement.one::<GrantColumns>(self.readers()).await? else {
            return Ok(KeyAccess::Unknown);
        };
        let now = self.ambient().clock.now().timestamp_micros();
        let is_old = c.old_secret_hash.as_deref() == Some(secret_hash.as_slice());
        let is_over = c.revoked_at.is_some()
            || c.expires_at.is_some_and(|at| at <= now)
            || (is_old && c.old_secret_until.is_none_or(|until| until <= now));
        let networks: Vec<String> = serde_json::from_str(&c.networks).map_err(damaged)?;
        let is_foreign = !networks.is_empty()
            && !caller.ip.is_some_and(|ip| {
                networks
                    .iter()
                    .filter_map(|network| IpRange::parse(network))
                    .any(|range| range.contains(ip.to_canonical()))
            });
        let id = KeyId(crate::log::uuid_of(&c.key_id)?);
        if is_over || is_foreign {
            let reason = if is_over { "ended" } else { "wrong_network" };
            self.note_key(id, &c, caller, SecurityEventName::KeyRefused, reason)
                .await?;
            return Ok(if is_over {
                KeyAccess::Ended
            } else {
                KeyAccess::WrongNetwork
            });
        }
        let is_idle = c.last_used_at.is_none_or(|at| now - at > 60_000_000);
        let is_moved = match caller.network() {
            Some(network) => {
                let key = format!("{id} {network}");
                self.inner.touched.is_due(&hash(&key), now)
            }
            None => false,
        };
        if is_moved {
            self.note_key(
                id,
                &c,
                caller,
                SecurityEventName::KeyNewAddress,
                "first_use",
            )
            .await?;
        }
        if is_idle && self.inner.touched.is_due(&secret_hash, now) {
            let effect = Effect::statement(
                "UPDATE api_key SET last_used_at = ?, last_used_ip = ? WHERE id = ?",
                values![
                    now,
                    caller.ip.map(|ip| ip.to_canonical().to_string()),
                    c.key_id.clone()
                ],
            );
            self.recorder().apply(vec![effect]).await?;
        }
        let full = crate::role::role_of(&c.role, c.access.as_deref())?;
        let role = narrowed(full, c.categories);
        Ok(KeyAccess::Granted(KeyGrant {
            id,
            name: c.key_name,
            role,
            full_role: full,
            role_word: crate::scope::word_of(full, c.role_name.as_deref()),
            store: StoreView {
                id: StoreId(c.id),
                name: c.name,
                domain: c.domain,
                time_zone: c.time_zone,
                is_sample: c.is_sample,
            },
        }))
    }

    /// Records a refused use at most once a minute, or a use from a new address if it is one. The first address
    /// of a key is no news.
    async fn note_key(
        &self,
        id: KeyId,
        c: &GrantColumns,
        caller: &Caller,
        name: SecurityEventName,
        reason: &str,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now();
        let mut effects = Vec::new();
        let mut event = SecurityEvent::new(name, SecurityOutcome::Success, now);
        if name == SecurityEventName::KeyNewAddress {
            let Some(network) = caller.network() else {
                return Ok(());
            };
            let who = format!("key:{id}");
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
            let days = (now.timestamp_micros() - since) / 86_400_000_000;
            event.details = Some(serde_json::json!({ "days": days }));
            event.is_new_address = true;
        } else {
            event.outcome = SecurityOutcome::Denied;
            let key = format!("{id} {reason}");
            if !self
                .inner
                .touched
                .is_due(&hash(&key), now.timestamp_micros())
            {
                return Ok(());
            }
        }
        event.actor = Actor {
            kind: ActorType::ApiKey,
            id: Some(id.to_string()),
            name: Some(c.key_name.clone()),
            email: None,
            role: Some(c.role_name.clone().unwrap_or(c.role.clone())),
        };
        event.reason = Some(reason.to_owned());
        event.origin = caller.origin();
        event.request_id.clone_from(&caller.request_id);
        let records = vec![Record::Security(Box::new(event))];
        self.recorder()
            .write(StoreId(c.id), String::new(), records, effects, None)
            .await
            .map(drop)
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
        let mut event = self.event(scope, name, SecurityOutcome::Success);
        event.subject = Some(subject.clone());
        event.changes = changes;
        // Narrowed to categories it has no power, whatever the role.
        if name == SecurityEventName::KeyCreated && key.categories.is_none() {
            event.details = power_told(None, key.role);
        }
        let activity = Activity {
            description: Some(description),
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

/// Whether the scope's principal may make and end keys of a role: who manages keys and no users gives no more
/// than they have.
fn may_give(scope: &Scope, role: Role) -> bool {
    scope.role().may(Permission::ManageKeys)
        && (scope.role().may_assign(role)
            || (role != Role::SuperAdmin && role.access().is_within(scope.role().access())))
}

fn forbidden(role: Role) -> Error {
    let message = if role == Role::SuperAdmin {
        "only a super admin makes and revokes keys with the role super admin"
    } else {
        "nobody makes or changes a key that opens more than their own role"
    };
    Problem::new(Code::Forbidden, message).into()
}

/// The first characters of a secret, to recognise it by.
fn prefix_of(secret: &str) -> String {
    secret.chars().take(PREFIX.len() + 6).collect()
}

fn checked(mut new: NewKey, now: DateTime<Utc>) -> Result<NewKey, Error> {
    new.name = new.name.trim().to_owned();
    if new.name.is_empty() || new.name.chars().count() > 100 || new.name.contains('\0') {
        return Err(Problem::field(
            "name",
            "required",
            "a name of 1 to 100 characters, such as \"webshop\"",
        )
        .into());
    }
    if new.categories.is_some_and(CategorySet::is_empty) {
        return Err(
            Problem::field("categories", "required", "at least one category, or all").into(),
        );
    }
    for network in &mut new.networks {
        *network = network.trim().to_owned();
    }
    new.networks.retain(|network| !network.is_empty());
    if new.networks.len() > 50 {
        return Err(Problem::field("networks", "too_long", "at most 50 networks").into());
    }
    if let Some(wrong) = new
        .networks
        .iter()
        .find(|network| IpRange::parse(network).is_none())
    {
        let shown: String = wrong.chars().take(60).collect();
        return Err(Problem::field(
            "networks",
            "format",
            format!("`{shown}` is neither an address nor a network such as 10.0.0.0/8"),
        )
        .into());
    }
    if new.expires_at.is_some_and(|at| at <= now) {
        return Err(Problem::field("expires_at", "out_of_range", "a time in the future").into());
    }
    Ok(new)
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
