//! `GET /exports/{id}`: how far an export is.

use super::{ExportKey, Exporting};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::Export;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;

/// Get an export
///
/// Ask again while it is `queued` or `running`. Of one that is completed it is looked whether its file is still there: one
/// that is gone from the folder is `expired` from then on, with the `error_code` `gone`.
#[utoipa::path(
    get, path = "/exports/{id}", tag = "Exports", operation_id = "get_export",
    params(("id" = uuid::Uuid, Path, description = "The export's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "As it stands now.", body = Export),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role exports nothing."),
        (status = 404, description = "`not_found`: there is no such export, or it is not open to this role."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn get_export(
    Exporting(scope): Exporting,
    State(state): State<AppState>,
    ExportKey(id): ExportKey,
    RawQuery(query): RawQuery,
) -> Result<Json<Export>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let detail = state.storage.get_export(&scope, id).await?;
    let detail = detail.ok_or_else(|| Problem::not_found("export"))?;
    Ok(Json(detail.row.into()))
}
