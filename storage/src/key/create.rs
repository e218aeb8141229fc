//! Making a key.

use super::{forbidden, new_value, prefix_of};
use crate::account::keep_role;
use crate::record::Effect;
use crate::record::message::damaged;
use crate::session::hash;
use crate::sql::values;
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::security::SecurityEventName;
use domain::view::{KeyView, NewKey};
use domain::{CategorySet, IpRange, KeyId, Permission, Problem, Role};
use std::collections::HashSet;

impl Storage {
    /// Makes a key for the scope's store and returns its secret, `st_` and 48 hexadecimal characters: the only
    /// time it is known. Records `settings.updated` and `key.created`.
    ///
    /// # Errors
    /// Forbidden by role ([`Role::may_give_key`]); invalid fields (`name`,
    /// `categories`, `networks`, `expires_at`).
    pub async fn create_key(&self, scope: &Scope, new: NewKey) -> Result<(KeyView, String), Error> {
        scope.require(Permission::ManageKeys)?;
        let role = self.role_of_id(scope, &new.role.id()).await?;
        if !scope.role().may_give_key(role) {
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
        self.write_key(
            scope,
            &key,
            SecurityEventName::KeyCreated,
            description,
            vec![new_value("role", word.into())],
            effects,
        )
        .await?;
        Ok((key, secret))
    }
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
    let mut told = HashSet::new();
    new.networks
        .retain(|network| told.insert(IpRange::parse(network)));
    Ok(new)
}
