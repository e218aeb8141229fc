//! `POST /operations/{id}/complete`: all is done.

use super::OperationKey;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::idempotency::{IdempotencyKey, done};
use crate::v1::params::Params;
use crate::v1::recording::Recording;
use crate::v1::wire::{Completion, OperationHead};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::operation::{OperationStep, read_completion};

/// Complete an operation
///
/// When a total was planned, so many items must have come; `total` says another number of items, which must be right too.
/// Where that is another number than was planned, the trail says both. Completing it again, or by several calls at once, is
/// harmless, unless it brings another `total` than came.
#[utoipa::path(
    post, path = "/operations/{id}/complete", tag = "Bulk operations", operation_id = "complete_operation",
    params(
        ("id" = String, Path, description = "The operation's id.", example = "winter-sale-2026"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    request_body = Completion,
    responses(
        (status = 200, description = "Completed, and durable.", body = OperationHead, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not record."),
        (status = 404, description = "`not_found`: there is no such operation."),
        (status = 409, description = "`conflict`: it has failed or was cancelled, or another number of items has come; both numbers are named, and `/total` where it is the one told, also once it is completed. Or a call under this idempotency key has no stored answer yet: try again in a moment."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn complete_operation(
    Recording(scope): Recording,
    State(state): State<AppState>,
    OperationKey(id): OperationKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let total = read_completion(&sent.json().await?)?;
    let step = OperationStep::Completed;
    key.once(state, scope, Some(&sent), move |state, scope| async move {
        let row = state.storage.record_step(&scope, &id, step, None, total);
        done(&OperationHead::from(row.await?))
    })
    .await
}
