//! What the Users page asks of the server.

use crate::AppError;
use domain::view::UserView;
use domain::{Role, UserId};
use leptos::server;

/// The users of the store.
///
/// # Errors
/// As [`storage::Storage::list_users`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "users")]
pub async fn list_users() -> Result<Vec<UserView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.list_users(&context.scope()?).await?)
}

/// Adds a user with a role and a first password.
///
/// # Errors
/// As [`storage::Storage::add_user`]; a password that can't be used.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "user-add")]
pub async fn add_user(
    name: String,
    email: String,
    role: Role,
    password: String,
) -> Result<UserId, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    let user = storage::NewUser {
        name,
        email,
        password_hash: Some((context.hash_password)(password).await?),
    };
    Ok(context.storage.add_user(&scope, user, role).await?)
}

/// Gives a user another role.
///
/// # Errors
/// As [`storage::Storage::set_role`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "user-role")]
pub async fn set_role(user: UserId, role: Role) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(context.storage.set_role(&scope, user, role).await?)
}

/// Blocks a user or lets them in again.
///
/// # Errors
/// As [`storage::Storage::set_blocked`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "user-block")]
pub async fn set_blocked(user: UserId, is_blocked: bool) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(context
        .storage
        .set_blocked(&scope, user, is_blocked)
        .await?)
}
