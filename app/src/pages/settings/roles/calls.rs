//! What the Roles page asks of the server.

use crate::AppError;
use domain::view::RoleView;
use leptos::server;

/// Every role of the store with what it opens, those that ship first.
///
/// # Errors
/// As [`storage::Storage::list_roles`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "roles")]
pub async fn list_roles() -> Result<Vec<RoleView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.list_roles(&context.scope()?).await?)
}

/// Makes an own role, or changes the one with the id. `input` is a [`domain::view::RoleInput`] as JSON text, `was` the one
/// that the form was loaded with.
///
/// # Errors
/// As [`storage::Storage::put_role_from`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "role-save")]
pub async fn save_role(
    id: Option<String>,
    was: Option<String>,
    input: String,
) -> Result<RoleView, AppError> {
    let context = crate::context::RequestContext::current();
    let input = super::super::parse::of(&input)?;
    let was = was.as_deref().map(super::super::parse::of).transpose()?;
    let scope = context.proved_scope()?;
    let saved = context.storage.put_role_from(&scope, id, was, input);
    Ok(saved.await?)
}

/// Deletes an own role. `was` is the role as it was shown, a [`domain::view::RoleInput`] as JSON text.
///
/// # Errors
/// As [`storage::Storage::delete_role_from`]: `conflict` while it is in use.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "role-delete")]
pub async fn delete_role(id: String, was: Option<String>) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let was = was.as_deref().map(super::super::parse::of).transpose()?;
    let scope = context.proved_scope()?;
    let deleted = context.storage.delete_role_from(&scope, &id, was);
    Ok(deleted.await?)
}

/// Says whether people of a role need a second factor.
///
/// # Errors
/// As [`storage::Storage::set_requires_second_factor`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "role-factor")]
pub async fn require_factor(id: String, is_required: bool) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let (storage, scope) = (&context.storage, context.proved_scope()?);
    Ok(storage
        .set_requires_second_factor(&scope, &id, is_required)
        .await?)
}
