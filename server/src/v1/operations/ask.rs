//! `POST /operations/{id}/ask`: ask an operation to wait, go on or end, or to try again what failed.

use super::OperationKey;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::idempotency::{IdempotencyKey, done};
use crate::v1::params::Params;
use crate::v1::wire::{OperationHead, Wish};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::operation::read_wish;

/// Ask something of an operation
///
/// Its source is told, by its `control_url` and in the answers to its items; the operation's state changes once the source
/// says that it did as asked. A revert, which this program runs itself, does it at once. `retry` is asked of one that has
/// ended with failed items: its source tries these again in an operation that names it in `retries`, and with that it is
/// asked no longer. With `only` it is asked for some of them: the items with `asked=true`.
#[utoipa::path(
    post, path = "/operations/{id}/ask", tag = "Bulk operations", operation_id = "ask_operation", security(("api_key" = [])),
    params(
        ("id" = String, Path, description = "The operation's id.", example = "winter-sale-2026"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    request_body = Wish,
    responses(
        (status = 200, description = "Asked: `asked` says so until it is done.", body = OperationHead, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage operations."),
        (status = 404, description = "`not_found`: there is no such operation."),
        (status = 409, description = "`conflict`: it has ended, or for `retry` has not or nothing failed in it; or its source can't do that. Or a call under this idempotency key has no stored answer yet: try again in a moment."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn ask_operation(
    Caller(scope): Caller,
    State(state): State<AppState>,
    OperationKey(id): OperationKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    scope.require(domain::Permission::Revert)?;
    let wish = read_wish(&sent.json().await?)?;
    key.once(state, scope, Some(&sent), move |state, scope| async move {
        let row = state.storage.ask_operation(&scope, &id, wish).await?;
        done(&OperationHead::from(row))
    })
    .await
}
