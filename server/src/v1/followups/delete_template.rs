//! `DELETE /templates/{id}`: delete a template.

use super::{Managing, RuleKey};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::Deleted;
use axum::Json;
use axum::extract::{RawQuery, State};

/// Delete a template
///
/// What it was is recorded.
#[utoipa::path(
    delete, path = "/templates/{id}", tag = "Automatic follow-up", operation_id = "delete_template", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "The template's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "It is gone.", body = Deleted),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage rules."),
        (status = 404, description = "`not_found`: there is no such template."),
        (status = 422, description = "`invalid_fields`: the id is no UUID, or there are query parameters."),
    ),
)]
pub async fn delete_template(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RuleKey(id): RuleKey,
    RawQuery(query): RawQuery,
) -> Result<Json<Deleted>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    state.storage.delete_template(&scope, id).await?;
    Ok(Json(Deleted { id: id.0 }))
}
