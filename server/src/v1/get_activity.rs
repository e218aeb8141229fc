//! `GET /activities/{id}`: an entry with its changes, history and proof.

use super::params::Params;
use super::path::EntryId;
use super::wire::Activity;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;

/// Get an activity
///
/// One entry with its changes, the history of its outcome and the proof that it stands in the ledger.
#[utoipa::path(
    get, path = "/activities/{id}", tag = "Activities", operation_id = "get_activity",
    params(("id" = uuid::Uuid, Path, description = "The entry's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The entry.", body = Activity),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 404, description = "`not_found`: there is no such activity, or it is not open to this role."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn get_activity(
    Caller(scope): Caller,
    State(state): State<AppState>,
    EntryId(id): EntryId,
    RawQuery(query): RawQuery,
) -> Result<Json<Activity>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let detail = state.storage.get_activity(&scope, id).await?;
    let detail = detail.ok_or_else(|| Problem::not_found("activity"))?;
    Ok(Json(detail.into()))
}
