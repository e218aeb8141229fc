//! `POST /exports`: make an export, or record one that the shop made.

use super::Exporting;
use super::read::{self, Wanted};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::idempotency::{IdempotencyKey, REPLAYED};
use crate::v1::params::Params;
use crate::v1::wire::{Export, ExportInput};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::Permission;

/// Make an export
///
/// Of a query or of picked entries; made in the background from what the logs hold at that moment. With
/// `record_only: true` it records an export that the shop made (`name` and `category` are needed), with its file if it is
/// sent, and failed ones too.
#[utoipa::path(
    post, path = "/exports", tag = "Exports", operation_id = "make_export", security(("api_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key makes one export, and is answered with it as it stands then."),
    ),
    request_body = ExportInput,
    responses(
        (status = 201, description = "It waits for its turn, or is recorded.", body = Export, headers(
            ("Location" = String, description = "Where the export is."),
            ("Idempotency-Replayed" = String, description = "`true` when an earlier call under this key made it."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named. `invalid_query`: `q` was not understood."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role exports nothing, or may not record."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named; `gone` where nothing of what was picked by `ids` is there any more. `idempotency_conflict`: the key was used with another body."),
    ),
)]
pub async fn make_export(
    Exporting(scope): Exporting,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let wanted = read::export(&sent.json().await?)?;
    // What is kept of the answer is storage's to say.
    let key = key.of(&sent, |_| Vec::new());
    let storage = &state.storage;
    let (row, is_replayed) = match wanted {
        Wanted::Made(selection, options) => {
            let asked = storage.request_export_once(&scope, selection, options, key);
            asked.await.map_err(read::as_sent)?
        }
        Wanted::Recorded(recorded, file) => {
            scope.require(Permission::Record)?;
            let recorded = storage.record_export_once(&scope, recorded, file, key);
            recorded.await?
        }
    };
    let place = format!("/api/v1/exports/{}", row.id);
    let replayed = is_replayed.then_some([(REPLAYED, "true")]);
    let mut response = (StatusCode::CREATED, replayed, Json(Export::from(row))).into_response();
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}
