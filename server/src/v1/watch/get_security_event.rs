//! `GET /security/{id}`: an entry of the security log.

use super::reading::{ReadingSecurity, WatchId};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::SecurityEvent;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;

/// Get a security event
///
/// One event with its changes and the proof that it stands in the ledger.
#[utoipa::path(
    get, path = "/security/{id}", tag = "Security", operation_id = "get_security_event",
    params(("id" = uuid::Uuid, Path, description = "The entry's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The entry.", body = SecurityEvent),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role doesn't read the security log."),
        (status = 404, description = "`not_found`: there is no such entry."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn get_security_event(
    ReadingSecurity(scope): ReadingSecurity,
    State(state): State<AppState>,
    WatchId(id): WatchId,
    RawQuery(query): RawQuery,
) -> Result<Json<SecurityEvent>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let detail = state.storage.get_security(&scope, id).await?;
    let detail = detail.ok_or_else(|| Problem::not_found("security event"))?;
    Ok(Json(detail.into()))
}
