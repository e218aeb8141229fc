//! `POST /messages/{id}/restart`: send what was stopped, what failed or what had no provider.

use super::shown;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::idempotency::{IdempotencyKey, done};
use crate::v1::params::Params;
use crate::v1::path::MessageKey;
use crate::v1::wire::MessageDetail;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::Problem;

/// Restart a message
///
/// Begins a new attempt of a message that was stopped, that failed, or that was not sent because no provider was set up for
/// its channel. One that was stopped while it was held is held as long again.
#[utoipa::path(
    post, path = "/messages/{id}/restart", tag = "Messages", operation_id = "restart_message", security(("api_key" = [])),
    params(
        ("id" = uuid::Uuid, Path, description = "The message's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    responses(
        (status = 200, description = "The message as it is now.", body = MessageDetail, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not send."),
        (status = 404, description = "`not_found`: there is no such message, or it is not open to this role."),
        (status = 409, description = "`conflict`: it was neither stopped nor has it failed, or no provider is set up for its channel (`not_set_up`). Or a call under this idempotency key has no stored answer yet: try again in a moment."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn restart_message(
    Caller(scope): Caller,
    State(state): State<AppState>,
    MessageKey(id): MessageKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    key.once(state, scope, None, move |state, scope| async move {
        state.storage.restart_message(&scope, id).await?;
        let detail = state.storage.get_message(&scope, id).await?;
        let detail = detail.ok_or_else(|| Problem::not_found("message"))?;
        done(&shown(&detail)?)
    })
    .await
}
