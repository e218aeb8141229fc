//! `POST /messages/{id}/send-again`: the same once more, as a message of its own.

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::idempotency::IdempotencyKey;
use crate::v1::params::Params;
use crate::v1::path::MessageKey;
use crate::v1::receipt::{answer_again, recorded_message};
use crate::v1::wire::{SendAgainInput, SentAgain};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::Problem;
use domain::message::{Mailbox, e164};
use serde_json::Value;

/// Send a message again
///
/// Sends the same to the same recipient or to a corrected one (`to`), as a message of its own that links to the first.
#[utoipa::path(
    post, path = "/messages/{id}/send-again", tag = "Messages", operation_id = "send_message_again",
    params(
        ("id" = uuid::Uuid, Path, description = "The message's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending this call again harmless: under the same key one message goes out. Without a key each call sends one more."),
    ),
    request_body = SendAgainInput,
    responses(
        (status = 201, description = "Queued and durable.", body = SentAgain, headers(
            ("Location" = String, description = "Where the new message is."),
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not send."),
        (status = 404, description = "`not_found`: there is no such message, or it is not open to this role."),
        (status = 409, description = "`conflict`: an inbound message can't be sent again."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another body."),
    ),
)]
pub async fn send_message_again(
    Caller(scope): Caller,
    State(state): State<AppState>,
    MessageKey(id): MessageKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let to = read(&sent.json().await?)?;
    let key = key.of(&sent, answer_again);
    let done = state.storage.send_again_once(&scope, id, to, key);
    Ok(recorded_message(done.await?, answer_again))
}

fn read(body: &Value) -> Result<Option<Mailbox>, Problem> {
    let fields = body
        .as_object()
        .ok_or_else(|| Problem::field("", "type", "an object is expected, such as {}"))?;
    if let Some(unknown) = fields.keys().find(|name| *name != "to") {
        let pointer = format!("/{}", unknown.replace('~', "~0").replace('/', "~1"));
        return Err(Problem::field(
            &pointer,
            "unknown",
            "the only field here is to",
        ));
    }
    let text = match fields.get("to") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim(),
        Some(_) => {
            return Err(Problem::field(
                "/to",
                "type",
                "an address or number in text",
            ));
        }
    };
    // Whether the message's channel leads there is known where the message is.
    let number = || {
        e164(text).map(|address| Mailbox {
            name: None,
            address,
        })
    };
    let mailbox = Mailbox::parse(text).or_else(number);
    mailbox.map(Some).ok_or_else(|| {
        Problem::field(
            "/to",
            "format",
            "an address such as noura@mail.example, or a number such as +966551234567",
        )
    })
}
