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

/// Makes an own role, or changes the one with the id. `input` is a [`domain::view::RoleInput`] as JSON text.
///
/// # Errors
/// As [`storage::Storage::put_role`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "role-save")]
pub async fn save_role(id: Option<String>, input: String) -> Result<RoleView, AppError> {
    let context = crate::context::RequestContext::current();
    let input = serde_json::from_str(&input)
        .map_err(|error| domain::Problem::new(domain::Code::InvalidFields, error.to_string()))?;
    let scope = context.proved_scope()?;
    Ok(context.storage.put_role(&scope, id, input).await?)
}

/// Deletes an own role.
///
/// # Errors
/// As [`storage::Storage::delete_role`]: `conflict` while it is in use.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "role-delete")]
pub async fn delete_role(id: String) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.proved_scope()?;
    Ok(context.storage.delete_role(&scope, &id).await?)
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
