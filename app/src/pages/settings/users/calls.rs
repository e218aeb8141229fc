//! What the Users page asks of the server.

use crate::AppError;
use crate::account::LinkSent;
use domain::UserId;
use domain::view::UserView;
use leptos::server;
use serde::{Deserialize, Serialize};

/// Something that an admin does with a user, as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserChange {
    /// They may not sign in, and their sessions end.
    Block,
    /// They may sign in again.
    Unblock,
    /// Their sessions end.
    EndSessions,
    /// Their second factor and recovery codes end.
    ResetFactor,
    /// They have no role in this store any more.
    Remove,
}

/// The users of the store.
///
/// # Errors
/// As [`storage::Storage::list_users`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "users")]
pub async fn list_users() -> Result<Vec<UserView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.list_users(&context.scope()?).await?)
}

/// Adds a person with a role and sends them a link to choose a password.
///
/// # Errors
/// As [`crate::context::Accounts::invite`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "user-invite")]
pub async fn invite_user(name: String, email: String, role: String) -> Result<LinkSent, AppError> {
    let context = crate::context::RequestContext::current();
    let session = context.session()?;
    Ok(context.accounts.invite(session, name, email, role).await?)
}

/// Sends a user a link to choose a password.
///
/// # Errors
/// As [`crate::context::Accounts::send_link`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "user-link")]
pub async fn send_link(user: UserId) -> Result<LinkSent, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.accounts.send_link(context.session()?, user).await?)
}

/// Gives a user another role, by its id; `was` is the id of the one that they were shown with.
///
/// # Errors
/// As [`storage::Storage::set_role_from`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "user-role")]
pub async fn set_role(user: UserId, was: Option<String>, role: String) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.proved_scope()?;
    let role = context.storage.role_of_id(&scope, &role).await?;
    let given = context
        .storage
        .set_role_from(&scope, user, was.as_deref(), role);
    Ok(given.await?)
}

/// Changes how it stands with a user.
///
/// # Errors
/// Forbidden by role, `conflict` for the last super admin, `proof_required`, not found.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "user-change")]
pub async fn change_user(user: UserId, change: UserChange) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let (storage, scope) = (&context.storage, context.proved_scope()?);
    match change {
        UserChange::Block => storage.set_blocked(&scope, user, true).await?,
        UserChange::Unblock => storage.set_blocked(&scope, user, false).await?,
        UserChange::EndSessions => {
            storage.end_sessions_of(&scope, user).await?;
        }
        UserChange::ResetFactor => storage.reset_second_factor(&scope, user).await?,
        UserChange::Remove => storage.remove_user(&scope, user).await?,
    }
    Ok(())
}
