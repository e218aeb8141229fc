//! `GET /targets`: through what bulk operations are taken back.

use super::Managing;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::TargetList;
use axum::Json;
use axum::extract::{RawQuery, State};

/// List targets
///
/// Through what bulk operations are taken back. Secrets are not shown.
#[utoipa::path(
    get, path = "/targets", tag = "Bulk operations", operation_id = "list_targets",
    responses(
        (status = 200, description = "All of them, by name.", body = TargetList),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role may not manage settings."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn list_targets(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<TargetList>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let found = state.storage.list_targets(&scope).await?;
    let items = found.into_iter().map(Into::into).collect();
    Ok(Json(TargetList { items }))
}
