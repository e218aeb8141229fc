//! Who asked for work that is done later, and what they may read by then.

use crate::key::narrowed;
use crate::log::uuid_of;
use crate::role::role_of;
use crate::scope::word_of;
use crate::sql::{sql, values};
use crate::store::store_of;
use crate::{Error, Principal, Scope, Storage};
use domain::{KeyId, StoreId, UserId};
use uuid::Uuid;

/// A principal as it is kept.
pub(crate) fn requester_of(principal: &Principal) -> String {
    match principal {
        Principal::User { id, .. } => format!("user {id}"),
        Principal::Key { id, .. } => format!("key {id}"),
        Principal::System(_) => "system".to_owned(),
    }
}

/// A principal's name as people know it.
pub(crate) fn name_of(principal: &Principal) -> String {
    match principal {
        Principal::User { name, .. } | Principal::Key { name, .. } => name.clone(),
        Principal::System(_) => "Storetrail".to_owned(),
    }
}

impl Storage {
    /// The scope that a kept principal has now; none when they were removed or blocked, their key was revoked,
    /// or the store is gone.
    pub(crate) async fn scope_of_requester(
        &self,
        requester: &str,
        store: StoreId,
    ) -> Result<Option<Scope>, Error> {
        let Some(view) = store_of(self.readers(), store).await? else {
            return Ok(None);
        };
        let backend = self.readers().get_database_backend();
        if requester == "system" {
            return Ok(Some(Scope::system("work asked for by Storetrail", view)));
        }
        let Some((kind, id)) = requester.split_once(' ') else {
            return Ok(None);
        };
        let Ok(id) = Uuid::parse_str(id) else {
            return Ok(None);
        };
        let bytes = id.as_bytes().to_vec();
        let (principal, role, word) = if kind == "key" {
            let text = "SELECT k.name, k.role, r.access, r.name, k.categories FROM api_key k \
                        LEFT JOIN own_role r ON r.store_id = k.store_id AND r.id = k.role AND r.deleted_at IS NULL \
                        WHERE k.id = ? AND k.store_id = ? AND k.revoked_at IS NULL \
                        AND (k.expires_at IS NULL OR k.expires_at > ?)";
            let now = self.ambient().clock.now().timestamp_micros();
            let found = sql(backend, text, values![bytes, store.0, now]);
            let Some(row) = found.row(self.readers()).await? else {
                return Ok(None);
            };
            let principal = Principal::Key {
                id: KeyId(id),
                name: row.try_get_by_index(0)?,
            };
            let full = role_of(
                &row.try_get_by_index::<String>(1)?,
                row.try_get_by_index::<Option<String>>(2)?.as_deref(),
            )?;
            let word = word_of(full, row.try_get_by_index::<Option<String>>(3)?.as_deref());
            let categories: Option<i64> = row.try_get_by_index(4)?;
            (principal, narrowed(full, categories), word)
        } else {
            let text = "SELECT u.id, u.name, u.email, m.role, r.access, r.name FROM membership m \
                        JOIN user_account u ON u.id = m.user_id \
                        LEFT JOIN own_role r ON r.store_id = m.store_id AND r.id = m.role AND r.deleted_at IS NULL \
                        WHERE m.user_id = ? AND m.store_id = ? AND m.is_blocked = ?";
            let found = sql(backend, text, values![bytes, store.0, false]);
            let Some(row) = found.row(self.readers()).await? else {
                return Ok(None);
            };
            let principal = Principal::User {
                id: UserId(uuid_of(&row.try_get_by_index::<Vec<u8>>(0)?)?),
                name: row.try_get_by_index(1)?,
                email: row.try_get_by_index(2)?,
            };
            let role = role_of(
                &row.try_get_by_index::<String>(3)?,
                row.try_get_by_index::<Option<String>>(4)?.as_deref(),
            )?;
            let word = word_of(role, row.try_get_by_index::<Option<String>>(5)?.as_deref());
            (principal, role, word)
        };
        Ok(Some(Scope::of_requester(view, principal, role, word)))
    }
}
