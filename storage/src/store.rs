//! Stores and their settings.

use crate::{Error, Scope, Storage};
use domain::view::StoreView;

/// A store to be created.
#[derive(Debug, Clone)]
pub struct NewStore {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Its address on the web, may be empty.
    pub domain: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Whether it is the sample store.
    pub is_sample: bool,
}

/// What the settings page changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Its address on the web, may be empty.
    pub domain: String,
    /// IANA time zone.
    pub time_zone: String,
}

impl Storage {
    /// Every store of the instance: for the command line and start-up, before there is a scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_stores(&self) -> Result<Vec<StoreView>, Error> {
        todo!()
    }

    /// Creates a store. Super admins of the other stores become its super admins. Records `settings.updated` in it.
    ///
    /// # Errors
    /// Invalid `name` or `time_zone`.
    pub async fn create_store(&self, _store: NewStore) -> Result<StoreView, Error> {
        todo!()
    }

    /// Changes the scope's store. Records `settings.updated` with before and after.
    ///
    /// # Errors
    /// Forbidden by role; invalid `name` or `time_zone`.
    pub async fn update_store(
        &self,
        _scope: &Scope,
        _settings: StoreSettings,
    ) -> Result<StoreView, Error> {
        todo!()
    }

    /// Removes the sample store with its entries, users and keys; their ledger leaves stay. Records `log.erased`
    /// in the ledger.
    ///
    /// # Errors
    /// Forbidden by role; conflict when the store is not a sample.
    pub async fn remove_sample(&self, _scope: &Scope) -> Result<(), Error> {
        todo!()
    }

    /// The IANA zones that can be chosen, sorted.
    pub fn time_zones() -> Vec<&'static str> {
        todo!()
    }
}
