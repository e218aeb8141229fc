//! `POST /activities`: what happened, one or many.

use super::body::{Content, Sent};
use super::idempotency::IdempotencyKey;
use super::params::Params;
use super::receipt::{answer_many, answer_one, recorded};
use super::recording::Recording;
use super::wire::{ActivityBatch, Recorded};
use crate::problem::ApiError;
use crate::state::AppState;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::{ActivityInput, Problem};
use serde_json::Value;
use storage::record::Record;

/// Record activities
///
/// One object, an array of up to 1,000 or NDJSON (`application/x-ndjson`, an object a line). All or nothing:
/// when one is wrong, none is stored, and each wrong field is named by its JSON pointer. The answer comes
/// once everything is durable on disk.
///
/// An object is answered with its `id` and `seq` and a `Location`; an array and NDJSON with `items` in the
/// same order. A key that may not count what is hidden from it gets no `seq`.
#[utoipa::path(
    post, path = "/activities", tag = "Activities", operation_id = "record_activities",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is recorded once, and answered with the stored answer."),
    ),
    request_body(content(
        (ActivityBatch = "application/json"),
        (String = "application/x-ndjson", example = "{\"action\":\"product.updated\"}\n{\"action\":\"coupon.created\",\"outcome\":\"pending\"}\n"),
    )),
    responses(
        (status = 201, description = "Recorded and durable; or recorded before under this idempotency key.", content(
            (Recorded = "application/json")
        ), headers(
            ("Location" = String, description = "Where the entry is, when one object was sent."),
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not record."),
        (status = 413, description = "`too_large`: more than 8 MiB. `too_many`: more than 1,000 activities."),
        (status = 415, description = "`unsupported_media_type`: neither JSON nor NDJSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another body."),
    ),
)]
pub async fn record_activities(
    Recording(scope): Recording,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let now = state.storage.ambient().clock.now();
    let (activities, answer) = match sent.content().await? {
        Content::One(body) => {
            let answer = if body.is_array() {
                answer_many(&scope)
            } else {
                answer_one(&scope)
            };
            (ActivityInput::read(&body, now, &scope.actor())?, answer)
        }
        Content::Lines(lines) => {
            let lines = Value::Array(lines);
            (
                ActivityInput::read(&lines, now, &scope.actor())?,
                answer_many(&scope),
            )
        }
    };
    if activities.is_empty() {
        return Err(Problem::field("", "required", "send at least one activity").into());
    }
    let records = activities.into_iter().map(Record::Activity).collect();
    let idempotency = key.of(&sent, answer);
    let done = state
        .storage
        .recorder()
        .record(&scope, records, idempotency);
    Ok(recorded(done.await?, answer, None))
}
