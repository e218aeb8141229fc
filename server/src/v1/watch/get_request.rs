//! `GET /requests/{id}`: an entry of the requests log.

use super::reading::{ReadingRequests, WatchId};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::Request;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;

/// Get a request
///
/// One call with what was sent, scrubbed, and what it caused.
#[utoipa::path(
    get, path = "/requests/{id}", tag = "Requests", operation_id = "get_request",
    params(("id" = uuid::Uuid, Path, description = "The entry's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The entry.", body = Request),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role doesn't read the requests log."),
        (status = 404, description = "`not_found`: there is no such entry."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn get_request(
    ReadingRequests(scope): ReadingRequests,
    State(state): State<AppState>,
    WatchId(id): WatchId,
    RawQuery(query): RawQuery,
) -> Result<Json<Request>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let detail = state.storage.get_request(&scope, id).await?;
    let detail = detail.ok_or_else(|| Problem::not_found("request"))?;
    Ok(Json(detail.into()))
}
