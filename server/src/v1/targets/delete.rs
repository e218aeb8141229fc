//! `DELETE /targets/{name}`: delete a target.

use super::{Managing, TargetKey};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::DeletedTarget;
use axum::Json;
use axum::extract::{RawQuery, State};

/// Delete a target
///
/// Its secret goes with it. What waits to be taken back through it waits on. When it was the default one, no other takes
/// its place: operations that name no target can be taken back, and rules tag, once another one is saved with `is_default`.
#[utoipa::path(
    delete, path = "/targets/{name}", tag = "Bulk operations", operation_id = "delete_target", security(("api_key" = [])),
    params(("name" = String, Path, description = "The target's name.", example = "my-shop")),
    responses(
        (status = 200, description = "It is gone.", body = DeletedTarget),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage settings."),
        (status = 404, description = "`not_found`: there is no such target."),
        (status = 422, description = "`invalid_fields`: the name is none, or there are query parameters."),
    ),
)]
pub async fn delete_target(
    Managing(scope): Managing,
    State(state): State<AppState>,
    TargetKey(name): TargetKey,
    RawQuery(query): RawQuery,
) -> Result<Json<DeletedTarget>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    state.storage.delete_target(&scope, &name).await?;
    Ok(Json(DeletedTarget { name: name.0 }))
}
