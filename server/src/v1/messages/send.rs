//! `POST /messages`: send a message, or record one that another system sent.

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::SentMessage;
use crate::v1::idempotency::IdempotencyKey;
use crate::v1::params::Params;
use crate::v1::receipt::{answer_message, recorded_message};
use crate::v1::wire::{MessageReceipt, NewMessage};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::message::MessageInput;

/// Send a message
///
/// Queues an email, SMS or WhatsApp message; `send_at` schedules it, `hold_seconds` keeps it for a moment in which it
/// can be stopped. With `record_only: true` it records a message that another system sent or received. Someone who
/// opted out gets nothing: the message is kept as `not_sent` with that reason. So is one for a channel that no provider is
/// set up for (`no_sender`): once one is, restart it or send it again. The answer says so.
#[utoipa::path(
    post, path = "/messages", tag = "Messages", operation_id = "send_message",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is recorded once, and answered with the stored answer."),
    ),
    request_body = NewMessage,
    responses(
        (status = 201, description = "Queued or recorded, and durable; or recorded before under this idempotency key.", body = MessageReceipt, headers(
            ("Location" = String, description = "Where the message is."),
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not send."),
        (status = 404, description = "`not_found`: the order is not one that this role may write about."),
        (status = 413, description = "`too_large`: more than 42 MiB, or files of more than 30 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another body."),
    ),
)]
pub async fn send_message(
    Caller(scope): Caller,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    SentMessage(sent): SentMessage,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let now = state.storage.ambient().clock.now();
    let input = MessageInput::read(&sent.json().await?, now, &scope.actor())?;
    let answer = answer_message(&scope);
    let idempotency = key.of(&sent, answer);
    let done = state
        .storage
        .send_messages(&scope, vec![input], idempotency);
    Ok(recorded_message(done.await?, answer))
}
