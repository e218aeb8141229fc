//! API keys: shown once, stored as a hash.

use crate::account::own_activity;
use crate::record::Effect;
use crate::session::{hash, hex};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::view::{KeyView, StoreView};
use domain::{Activity, Category, Code, KeyId, Permission, Problem, Reference, Role, StoreId};
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
    /// Its role.
    pub role: Role,
    /// Its store.
    pub store: StoreView,
}

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    name: String,
    role: String,
    prefix: String,
    created_at: i64,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

#[derive(FromQueryResult)]
struct GrantColumns {
    key_id: Vec<u8>,
    key_name: String,
    role: String,
    last_used_at: Option<i64>,
    id: i64,
    name: String,
    domain: String,
    time_zone: String,
    is_sample: bool,
}

impl Storage {
    /// Makes a key for the scope's store and returns its secret, `st_` and 48 hexadecimal characters: the only
    /// time it is known. Records `settings.updated`.
    ///
    /// # Errors
    /// Forbidden by role (nobody gives a key a role they may not give a person); invalid `name` (1 to 100
    /// characters).
    pub async fn create_key(
        &self,
        scope: &Scope,
        name: &str,
        role: Role,
    ) -> Result<(KeyView, String), Error> {
        scope.require(Permission::ManageKeys)?;
        if !scope.role().may_assign(role) {
            return Err(Problem::new(
                Code::Forbidden,
                "only a super admin makes keys with the role super admin",
            )
            .into());
        }
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 100 || name.contains('\0') {
            return Err(Problem::field(
                "name",
                "required",
                "a name of 1 to 100 characters, such as \"webshop\"",
            )
            .into());
        }
        let secret = format!("{PREFIX}{}", hex(&self.ambient().entropy.bytes::<24>()));
        let now = self.ambient().clock.now();
        let key = KeyView {
            id: KeyId(self.ambient().uuid()),
            name: name.to_owned(),
            role,
            prefix: secret.chars().take(PREFIX.len() + 6).collect(),
            created_at: now,
            last_used_at: None,
            revoked_at: None,
        };
        let effect = Effect::statement(
            "INSERT INTO api_key (id, store_id, name, role, secret_hash, prefix, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            values![
                key.id.0.as_bytes().to_vec(),
                scope.store_id().0,
                name,
                role.as_str(),
                hash(&secret).to_vec(),
                key.prefix.clone(),
                now.timestamp_micros(),
            ],
        );
        let description = format!("API key made with the role {role}");
        self.write_for(
            scope,
            self.about_key(scope, &key, description),
            vec![effect],
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
        let text = "SELECT id, name, role, prefix, created_at, last_used_at, revoked_at FROM api_key \
                    WHERE store_id = ? ORDER BY created_at DESC";
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

    /// Ends a key at once. Records `settings.updated`.
    ///
    /// # Errors
    /// Forbidden by role; not found.
    pub async fn revoke_key(&self, scope: &Scope, key: KeyId) -> Result<(), Error> {
        let keys = self.list_keys(scope).await?;
        let key = keys
            .into_iter()
            .find(|k| k.id == key)
            .ok_or_else(|| Problem::not_found("key in this store"))?;
        if !scope.role().may_assign(key.role) {
            return Err(Problem::new(
                Code::Forbidden,
                "only a super admin revokes keys with the role super admin",
            )
            .into());
        }
        if key.revoked_at.is_some() {
            return Ok(());
        }
        let now = self.ambient().clock.now().timestamp_micros();
        let text = "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
        let effect = Effect::statement(text, values![now, key.id.0.as_bytes().to_vec()]);
        let activity = self.about_key(scope, &key, "API key revoked".to_owned());
        self.write_for(scope, activity, vec![effect]).await
    }

    /// What a secret opens: none when unknown or revoked. Notes its last use once a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key_grant(&self, secret: &str) -> Result<Option<KeyGrant>, Error> {
        if !secret.starts_with(PREFIX) {
            return Ok(None);
        }
        let text = "SELECT k.id AS key_id, k.name AS key_name, k.role, k.last_used_at, t.id, t.name, t.domain, t.time_zone, t.is_sample \
                    FROM api_key k JOIN store t ON t.id = k.store_id \
                    WHERE k.secret_hash = ? AND k.revoked_at IS NULL AND t.removed_at IS NULL";
        let secret_hash = hash(secret);
        let statement = sql(
            self.readers().get_database_backend(),
            text,
            values![secret_hash.to_vec()],
        );
        let Some(c) = statement.one::<GrantColumns>(self.readers()).await? else {
            return Ok(None);
        };
        let now = self.ambient().clock.now().timestamp_micros();
        let is_old = c.last_used_at.is_none_or(|at| now - at > 60_000_000);
        if is_old && self.inner.touched.is_due(&secret_hash, now) {
            let effect = Effect::statement(
                "UPDATE api_key SET last_used_at = ? WHERE id = ?",
                values![now, c.key_id.clone()],
            );
            self.recorder().apply(vec![effect]).await?;
        }
        Ok(Some(KeyGrant {
            id: KeyId(crate::log::uuid_of(&c.key_id)?),
            name: c.key_name,
            role: crate::store::role_of(&c.role)?,
            store: StoreView {
                id: StoreId(c.id),
                name: c.name,
                domain: c.domain,
                time_zone: c.time_zone,
                is_sample: c.is_sample,
            },
        }))
    }

    fn about_key(&self, scope: &Scope, key: &KeyView, description: String) -> Activity {
        let subject = Reference {
            kind: "api_key".to_owned(),
            id: key.id.to_string(),
            name: Some(key.name.clone()),
        };
        Activity {
            actor: scope.actor(),
            description: Some(description),
            ..own_activity(
                self.ambient(),
                "settings.updated",
                Category::Settings,
                Some(subject),
                Vec::new(),
            )
        }
    }
}

impl Columns {
    fn into_view(self) -> Result<KeyView, Error> {
        let time = crate::log::zone::time_of;
        Ok(KeyView {
            id: KeyId(crate::log::uuid_of(&self.id)?),
            name: self.name,
            role: crate::store::role_of(&self.role)?,
            prefix: self.prefix,
            created_at: time(self.created_at),
            last_used_at: self.last_used_at.map(time),
            revoked_at: self.revoked_at.map(time),
        })
    }
}
