//! `GET /activities/{id}/surroundings`: what happened around an entry.

use super::params::Params;
use super::path::EntryId;
use super::wire::Surroundings;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;

/// List what happened around an activity
///
/// Entries of the same subject, actor and trace, and what else happened at that moment.
#[utoipa::path(
    get, path = "/activities/{id}/surroundings", tag = "Activities", operation_id = "list_surroundings",
    params(("id" = uuid::Uuid, Path, description = "The entry's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The entries around it.", body = Surroundings),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 404, description = "`not_found`: there is no such activity, or it is not open to this role."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn surroundings(
    Caller(scope): Caller,
    State(state): State<AppState>,
    EntryId(id): EntryId,
    RawQuery(query): RawQuery,
) -> Result<Json<Surroundings>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let around = state.storage.surroundings(&scope, id).await?;
    let around = around.ok_or_else(|| Problem::not_found("activity"))?;
    Ok(Json(around.into()))
}
