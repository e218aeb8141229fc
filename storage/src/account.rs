//! Users, their roles in stores, and the one-time link of the first start.

use crate::{Error, Scope, Storage};
use domain::view::UserView;
use domain::{Role, UserId};

/// A user to be added.
#[derive(Clone)]
pub struct NewUser {
    /// Their name, 1 to 200 characters.
    pub name: String,
    /// Their address, at most 254 characters, unique whatever its case.
    pub email: String,
    /// Their password as an argon2 PHC string; none for one who can't sign in by password yet.
    pub password_hash: Option<String>,
}

/// What sign-in compares with.
#[derive(Clone)]
pub struct Login {
    /// Who.
    pub user_id: UserId,
    /// The argon2 PHC string.
    pub password_hash: Option<String>,
    /// Whether they may not sign in.
    pub is_blocked: bool,
}

impl Storage {
    /// A new one-time token for the owner's account while there is no user yet; earlier tokens end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn new_owner_token(&self) -> Result<Option<String>, Error> {
        todo!()
    }

    /// Whether the token is the one that makes the owner now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_owner_token(&self, _token: &str) -> Result<bool, Error> {
        todo!()
    }

    /// Makes the owner, super admin of every store (the first store is created with `store_name` when there
    /// is none but the sample), and uses the token up. Records `user.invited`.
    ///
    /// # Errors
    /// Not found for a token that is used or unknown; invalid fields.
    pub async fn create_owner(
        &self,
        _token: &str,
        _store_name: &str,
        _user: NewUser,
    ) -> Result<UserId, Error> {
        todo!()
    }

    /// Adds a user with a role in the scope's store; one who exists gets the role in this store. Records `user.invited`.
    ///
    /// # Errors
    /// Forbidden by role; conflict when they have a role here already; invalid fields (`email`, `name`).
    pub async fn add_user(
        &self,
        _scope: &Scope,
        _user: NewUser,
        _role: Role,
    ) -> Result<UserId, Error> {
        todo!()
    }

    /// The users of the scope's store, by name.
    ///
    /// # Errors
    /// Forbidden by role.
    pub async fn list_users(&self, _scope: &Scope) -> Result<Vec<UserView>, Error> {
        todo!()
    }

    /// Gives a user another role in the scope's store. Records `user.role_changed` with before and after.
    ///
    /// # Errors
    /// Forbidden by role (only a super admin touches super admins); conflict when it would leave the
    /// store without a super admin; not found.
    pub async fn set_role(&self, _scope: &Scope, _user: UserId, _role: Role) -> Result<(), Error> {
        todo!()
    }

    /// Blocks or unblocks a user and, when blocking, ends their sessions. Records `user.blocked` or `user.unblocked`.
    ///
    /// # Errors
    /// As [`Storage::set_role`]; nobody blocks themselves.
    pub async fn set_blocked(
        &self,
        _scope: &Scope,
        _user: UserId,
        _is_blocked: bool,
    ) -> Result<(), Error> {
        todo!()
    }

    /// Sets a password and ends the user's other sessions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password_hash(&self, _user: UserId, _hash: String) -> Result<(), Error> {
        todo!()
    }

    /// What sign-in needs to know of an address, any case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login_of(&self, _email: &str) -> Result<Option<Login>, Error> {
        todo!()
    }
}
