//! API keys: shown once, stored as a hash.

use crate::{Error, Scope, Storage};
use domain::view::{KeyView, StoreView};
use domain::{KeyId, Role};

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

impl Storage {
    /// Makes a key for the scope's store and returns its secret `st_...` (46 characters): the only time it
    /// is known. Records `settings.updated`.
    ///
    /// # Errors
    /// Forbidden by role; invalid `name` (1 to 100 characters).
    pub async fn create_key(
        &self,
        _scope: &Scope,
        _name: &str,
        _role: Role,
    ) -> Result<(KeyView, String), Error> {
        todo!()
    }

    /// The keys of the scope's store, newest first.
    ///
    /// # Errors
    /// Forbidden by role.
    pub async fn list_keys(&self, _scope: &Scope) -> Result<Vec<KeyView>, Error> {
        todo!()
    }

    /// Ends a key at once. Records `settings.updated`.
    ///
    /// # Errors
    /// Forbidden by role; not found.
    pub async fn revoke_key(&self, _scope: &Scope, _key: KeyId) -> Result<(), Error> {
        todo!()
    }

    /// What a secret opens: none when unknown or revoked. Notes its last use once a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key_grant(&self, _secret: &str) -> Result<Option<KeyGrant>, Error> {
        todo!()
    }
}
