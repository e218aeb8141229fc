//! `POST /exports/{id}/cancel`: stop an export.

use super::{ExportKey, Exporting};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::idempotency::{IdempotencyKey, done};
use crate::v1::params::Params;
use crate::v1::wire::Export;
use axum::extract::{RawQuery, State};
use axum::response::Response;

/// Cancel an export
///
/// One that waits or runs. Its half-written file is deleted.
#[utoipa::path(
    post, path = "/exports/{id}/cancel", tag = "Exports", operation_id = "cancel_export", security(("api_key" = [])),
    params(
        ("id" = uuid::Uuid, Path, description = "The export's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    responses(
        (status = 200, description = "It is cancelled.", body = Export, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role exports nothing."),
        (status = 404, description = "`not_found`: there is no such export, or it is not open to this role."),
        (status = 409, description = "`conflict`: it has ended already. Or a call under this idempotency key has no stored answer yet: try again in a moment."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn cancel_export(
    Exporting(scope): Exporting,
    State(state): State<AppState>,
    ExportKey(id): ExportKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    key.once(state, scope, None, move |state, scope| async move {
        let row = state.storage.cancel_export(&scope, id).await?;
        done(&Export::from(row))
    })
    .await
}
