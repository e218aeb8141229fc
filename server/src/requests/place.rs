//! In which store's log a call stands that nobody was found to have made while it passed.

use super::Passed;
use domain::StoreId;
use std::collections::HashMap;
use std::net::IpAddr;
use storage::{Caller, Error, KeyAccess, Scope, Storage};

/// Looks up the accounts, sessions and keys of a batch, each once.
pub(super) struct Places<'s> {
    storage: &'s Storage,
    accounts: HashMap<String, Option<StoreId>>,
    sessions: HashMap<String, Option<Scope>>,
    /// By secret and address: a key may be for some networks only.
    keys: HashMap<(String, Option<IpAddr>), KeyAccess>,
}

impl<'s> Places<'s> {
    pub(super) fn new(storage: &'s Storage) -> Self {
        Self {
            storage,
            accounts: HashMap::new(),
            sessions: HashMap::new(),
            keys: HashMap::new(),
        }
    }

    /// Gives a call its store: of the account that it is about, else of whoever made it, else of its session or its key,
    /// to which a call that was refused at the door, or that nothing answers, never came. Without any of them it is
    /// nobody's.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn find(&mut self, passed: &mut Passed) -> Result<(), Error> {
        if let Some(email) = passed.account.take()
            && let Some(store) = self.store_of(email).await?
        {
            passed.belongs(store);
        }
        if passed.store_id().is_none()
            && let Some(token) = passed.session.take()
        {
            passed.scope = self.scope_of(token).await?;
        }
        if passed.store_id().is_none()
            && let Some(secret) = passed.key.take()
        {
            let access = self.access_of(secret, &passed.caller).await?;
            passed.scope = access.grant().map(Scope::of_api_key);
            passed.access = Some(access);
        }
        Ok(())
    }

    async fn store_of(&mut self, email: String) -> Result<Option<StoreId>, Error> {
        if let Some(known) = self.accounts.get(&email) {
            return Ok(*known);
        }
        let store = self.storage.store_of_account(&email).await?;
        self.accounts.insert(email, store);
        Ok(store)
    }

    async fn scope_of(&mut self, token: String) -> Result<Option<Scope>, Error> {
        if let Some(known) = self.sessions.get(&token) {
            return Ok(known.clone());
        }
        let session = self.storage.session_unused(&token).await?;
        let scope = session.as_ref().map(Scope::of_session);
        self.sessions.insert(token, scope.clone());
        Ok(scope)
    }

    async fn access_of(&mut self, secret: String, caller: &Caller) -> Result<KeyAccess, Error> {
        let key = (secret, caller.ip);
        if let Some(known) = self.keys.get(&key) {
            return Ok(known.clone());
        }
        let access = self.storage.key_unused(&key.0, caller).await?;
        self.keys.insert(key, access.clone());
        Ok(access)
    }
}
