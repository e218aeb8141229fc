//! `GET /exports/{id}/file`: the file of an export.

use super::{ExportKey, Exporting};
use crate::download;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use domain::Problem;

/// Download the file of an export
///
/// Whether the caller may see what it holds is asked again each time, and the download is recorded.
#[utoipa::path(
    get, path = "/exports/{id}/file", tag = "Exports", operation_id = "get_export_file",
    params(("id" = uuid::Uuid, Path, description = "The export's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The file; of another type when the shop sent it without telling its format.", content(
            ("text/csv"),
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("application/pdf"),
            ("application/jsonl"),
            ("application/octet-stream"),
        ), headers(
            ("Repr-Digest" = String, description = "`sha-256=:...:`, the file's SHA-256 in base64 (RFC 9530): the one that the log shows in hexadecimal."),
        )),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role exports nothing."),
        (status = 404, description = "`not_found`: there is no such export, its file has expired, or it is not open to this role."),
        (status = 409, description = "`conflict`: it is not completed, or its file is gone from the folder; make it again."),
    ),
)]
pub async fn get_export_file(
    Exporting(scope): Exporting,
    State(state): State<AppState>,
    ExportKey(id): ExportKey,
) -> Result<Response, ApiError> {
    let file = state.storage.download_export(&scope, id).await?;
    let file = file.ok_or_else(|| Problem::not_found("file of an export"))?;
    let sent = download::stream(&file.name, file.media_type, &file.path, &file.sha256);
    Ok(sent.await?)
}
