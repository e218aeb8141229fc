//! `DELETE /connections/{platform}/{name}`: delete a connection.

use super::{ConnectionKey, known};
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::ForgottenConnection;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;

/// Delete a connection
///
/// Its address answers 404 from then on. What it delivered stays.
#[utoipa::path(
    delete, path = "/connections/{platform}/{name}", tag = "Shop webhooks", operation_id = "delete_connection", security(("api_key" = [])),
    params(
        ("platform" = String, Path, description = "`shopify`, `woocommerce` or `standard`.", example = "standard"),
        ("name" = String, Path, description = "Its name.", example = "linen-shop"),
    ),
    responses(
        (status = 200, description = "It is gone.", body = ForgottenConnection),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage keys."),
        (status = 404, description = "`not_found`: there is no such connection."),
        (status = 422, description = "`invalid_fields`: the platform is none, or there are query parameters."),
    ),
)]
pub async fn delete_connection(
    Caller(scope): Caller,
    State(state): State<AppState>,
    key: ConnectionKey,
    RawQuery(query): RawQuery,
) -> Result<Json<ForgottenConnection>, ApiError> {
    scope.require(domain::Permission::ManageKeys)?;
    Params::read(query.as_deref(), &[])?;
    let view = known(&state, &scope, &key).await?;
    let view = view.ok_or_else(|| Problem::not_found("connection"))?;
    state.storage.delete_connection(&scope, view.id).await?;
    Ok(Json(ForgottenConnection { name: view.name }))
}
