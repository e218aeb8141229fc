//! `GET /connections`: the store's connections.

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::{Connection, ConnectionList};
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Permission;

/// List connections
///
/// The addresses that shops call with their webhooks. Secrets are never told again.
#[utoipa::path(
    get, path = "/connections", tag = "Shop webhooks", operation_id = "list_connections",
    responses(
        (status = 200, description = "All of them, by platform and name.", body = ConnectionList),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role sees no webhooks and manages no keys."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn list_connections(
    Caller(scope): Caller,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<ConnectionList>, ApiError> {
    if !scope.role().may(Permission::ManageKeys) {
        scope.require(Permission::ManageWebhooks)?;
    }
    Params::read(query.as_deref(), &[])?;
    let found = state.storage.list_connections(&scope).await?;
    let items = found
        .into_iter()
        .map(|view| Connection::new(view, &state.public_url, None))
        .collect();
    Ok(Json(ConnectionList { items }))
}
