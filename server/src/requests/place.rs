//! In which store's log a call stands that nobody was found to have made while it passed.

use super::Passed;
use domain::StoreId;
use std::collections::HashMap;
use storage::{Error, Scope, Storage};

/// Looks up the accounts and sessions of a batch, each once.
pub(super) struct Places<'s> {
    storage: &'s Storage,
    accounts: HashMap<String, Option<StoreId>>,
    sessions: HashMap<String, Option<Scope>>,
}

impl<'s> Places<'s> {
    pub(super) fn new(storage: &'s Storage) -> Self {
        Self {
            storage,
            accounts: HashMap::new(),
            sessions: HashMap::new(),
        }
    }

    /// Gives a call its store: of the account that it is about, else of whoever made it, else of its session, which a call
    /// that was refused at the door never came to. Without any of them it is nobody's.
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
}
