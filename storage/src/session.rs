//! Server-side sessions: a random token in the cookie, its SHA-256 in the table.

use crate::{Error, Storage};
use domain::view::{StoreView, Viewer};
use domain::{Role, StoreId, UserId};
use std::net::IpAddr;

/// A session that is valid now, with its person's role in the store looked at.
#[derive(Debug, Clone)]
pub struct Session {
    /// Identifies the session in memory (the hash of its token), never sent out.
    pub token_hash: [u8; 32],
    /// Who is signed in.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their role in `store`.
    pub role: Role,
    /// The store they look at.
    pub store: StoreView,
}

impl Storage {
    /// Starts a session, records `user signed in`, returns the token for the cookie (43 characters).
    ///
    /// # Errors
    /// When the user has no role in any store, is blocked, or the database fails.
    pub async fn start_session(
        &self,
        _user: UserId,
        _ip: Option<IpAddr>,
        _user_agent: Option<&str>,
    ) -> Result<String, Error> {
        todo!()
    }

    /// The session of a token: none when unknown, ended, expired (30 days idle, 90 in all), its user
    /// blocked or without a role. Touches its last use once a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, _token: &str) -> Result<Option<Session>, Error> {
        todo!()
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, _token: &str) -> Result<(), Error> {
        todo!()
    }

    /// Makes the session look at another store in which its person has a role.
    ///
    /// # Errors
    /// Not found when they have none there.
    pub async fn switch_store(&self, _session: &Session, _to: StoreId) -> Result<(), Error> {
        todo!()
    }

    /// What the interface shows of the person and their stores.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn viewer(&self, _session: &Session) -> Result<Viewer, Error> {
        todo!()
    }
}
