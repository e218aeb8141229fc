//! `POST /exports/{id}/cancel`: stop an export.

use super::{ExportKey, Exporting};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::Export;
use axum::Json;
use axum::extract::{RawQuery, State};

/// Cancel an export
///
/// One that waits or runs. Its half-written file is deleted.
#[utoipa::path(
    post, path = "/exports/{id}/cancel", tag = "Exports", operation_id = "cancel_export", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "The export's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "It is cancelled.", body = Export),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role exports nothing."),
        (status = 404, description = "`not_found`: there is no such export, or it is not open to this role."),
        (status = 409, description = "`conflict`: it has ended already."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn cancel_export(
    Exporting(scope): Exporting,
    State(state): State<AppState>,
    ExportKey(id): ExportKey,
    RawQuery(query): RawQuery,
) -> Result<Json<Export>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let row = state.storage.cancel_export(&scope, id).await?;
    Ok(Json(row.into()))
}
