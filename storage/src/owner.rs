//! The one-time link of the first start, which makes the owner's account.

use crate::account::{insert_user, invited, join};
use crate::record::{Effect, Record};
use crate::session::{hash, hex};
use crate::sql::{sql, values};
use crate::{Error, NewUser, Principal, Scope, Storage, StoreSettings};
use domain::{Activity, Problem, Role, UserId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};

const OWNER_LINK_MICROS: i64 = 24 * 3_600 * 1_000_000;

impl Storage {
    /// A new one-time token for the owner's account while no store but a sample has a super admin; earlier tokens
    /// end. It works for a day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn new_owner_token(&self) -> Result<Option<String>, Error> {
        if self.has_owner().await? {
            return Ok(None);
        }
        let token = hex(&self.ambient().entropy.bytes::<24>());
        let now = self.ambient().clock.now().timestamp_micros();
        let effects = vec![
            Effect::statement("DELETE FROM owner_token", Vec::new()),
            Effect::statement(
                "INSERT INTO owner_token (token_hash, created_at) VALUES (?, ?)",
                values![hash(&token).to_vec(), now],
            ),
        ];
        self.recorder().apply(effects).await?;
        Ok(Some(token))
    }

    /// Whether a store that is no sample has a super admin.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_owner(&self) -> Result<bool, Error> {
        let text = "SELECT EXISTS (SELECT 1 FROM membership m JOIN store t ON t.id = m.store_id \
                    WHERE m.role = ? AND t.is_sample = ? AND t.removed_at IS NULL)";
        let values = values![Role::SuperAdmin.as_str(), false];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        Ok(row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(false))
    }

    /// Whether the token is the one that makes the owner now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_owner_token(&self, token: &str) -> Result<bool, Error> {
        let oldest = self.ambient().clock.now().timestamp_micros() - OWNER_LINK_MICROS;
        let text = "SELECT 1 FROM owner_token WHERE token_hash = ? AND created_at > ?";
        let statement = sql(
            self.readers().get_database_backend(),
            text,
            values![hash(token).to_vec(), oldest],
        );
        Ok(statement.row(self.readers()).await?.is_some() && !self.has_owner().await?)
    }

    /// Makes the owner, super admin of every store, and uses the token up. The first store that is no sample is called
    /// `store_name` and lies in `time_zone` from then on; it is created when there is none. Records `user.invited`, and
    /// `settings.updated` with before and after where a key or a user was there first and with them the store.
    ///
    /// # Errors
    /// Not found for a token that is used or unknown; invalid fields.
    pub async fn create_owner(
        &self,
        token: &str,
        store_name: &str,
        time_zone: &str,
        user: NewUser,
    ) -> Result<UserId, Error> {
        if !self.is_owner_token(token).await? {
            return Err(Problem::not_found(
                "link; it works once and for a day, and a new start of the server prints another",
            )
            .into());
        }
        let user = user.checked()?;
        let id = UserId(self.ambient().uuid());
        let now = self.ambient().clock.now().timestamp_micros();
        let stores = self.list_stores().await?;
        let mut effects = vec![
            use_up(hash(token).to_vec()),
            insert_user(id, user.clone(), now),
        ];
        let mut records = Vec::new();
        let store_id = match stores.iter().find(|store| !store.is_sample) {
            Some(store) => {
                let settings = StoreSettings {
                    name: store_name.to_owned(),
                    domain: store.domain.clone(),
                    time_zone: time_zone.to_owned(),
                };
                let scope = Scope::system("first start", store.clone());
                let (_, told, change) = self.store_change(&scope, settings, true)?;
                records.extend(told);
                effects.extend(change);
                store.id
            }
            None => {
                let (store_id, effect) = self
                    .new_store_effect(store_name, "", time_zone, false)
                    .await?;
                effects.insert(1, effect);
                effects.push(join(id, store_id, Role::SuperAdmin, now));
                store_id
            }
        };
        effects.extend(
            stores
                .iter()
                .map(|store| join(id, store.id, Role::SuperAdmin, now)),
        );
        let activity = Activity {
            actor: Principal::System("first start").actor(Role::SuperAdmin),
            description: Some("Owner's account created by the link of the first start".to_owned()),
            ..invited(self.ambient(), id, &user.name, Role::SuperAdmin.as_str())
        };
        records.push(Record::Activity(activity));
        self.recorder()
            .write(store_id, String::new(), records, effects, None)
            .await?;
        Ok(id)
    }
}

/// Uses the owner's token up; fails when somebody was faster.
fn use_up(token_hash: Vec<u8>) -> Effect {
    Effect::new(move |transaction: &DatabaseTransaction| {
        let values = values![token_hash.clone()];
        Box::pin(async move {
            let text = "DELETE FROM owner_token WHERE token_hash = ?";
            let used = sql(transaction.get_database_backend(), text, values)
                .execute(transaction)
                .await?;
            if used == 1 {
                Ok(())
            } else {
                Err(Problem::not_found("link; it was used a moment ago").into())
            }
        })
    })
}
