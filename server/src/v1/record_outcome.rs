//! `POST /activities/{id}/outcome`: how a pending activity ended.

use super::body::Sent;
use super::idempotency::IdempotencyKey;
use super::params::Params;
use super::path::EntryId;
use super::receipt::{answer_outcome, recorded};
use super::recording::Recording;
use super::wire::{LedgerReceipt, OutcomeInput};
use crate::problem::ApiError;
use crate::state::AppState;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::{ActivityId, ActivityInput, Actor, FieldProblem, Outcome, Problem};
use serde_json::{Value, json};
use storage::record::Record;

/// The fields it takes.
pub const FIELDS: [&str; 3] = ["outcome", "error", "occurred_at"];

/// Settle a pending activity
///
/// Records how a pending activity ended: a record of its own, which the entry's history shows with its time.
/// An outcome is settled once.
#[utoipa::path(
    post, path = "/activities/{id}/outcome", tag = "Activities", operation_id = "record_outcome",
    params(
        ("id" = uuid::Uuid, Path, description = "The entry's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is recorded once, and answered with the stored answer."),
    ),
    request_body = OutcomeInput,
    responses(
        (status = 201, description = "Recorded and durable; or recorded before under this idempotency key.", body = LedgerReceipt, headers(
            ("Location" = String, description = "Where the entry is."),
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not record."),
        (status = 404, description = "`not_found`: there is no such activity."),
        (status = 409, description = "`conflict`: the activity is not pending."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another body."),
    ),
)]
pub async fn record_outcome(
    Recording(scope): Recording,
    State(state): State<AppState>,
    EntryId(id): EntryId,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let now = state.storage.ambient().clock.now();
    let record = read(&sent.json().await?, id, now)?;
    let answer = answer_outcome(&scope);
    let idempotency = key.of(&sent, answer);
    let done = state
        .storage
        .recorder()
        .record(&scope, vec![record], idempotency);
    Ok(recorded(done.await?, answer, Some(id)))
}

/// Reads a body. Its fields are those of an activity, so the activity's reader checks them: one set of rules.
fn read(body: &Value, id: ActivityId, now: DateTime<Utc>) -> Result<Record, Problem> {
    let mut wrong = Vec::new();
    let mut stand_in = json!({ "action": "outcome.recorded" });
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                if FIELDS.contains(&name.as_str()) {
                    stand_in[name] = value.clone();
                } else {
                    wrong.push(unknown(name));
                }
            }
        }
        _ => return Err(Problem::field("", "type", "an object is expected")),
    }
    let read = ActivityInput::read(&stand_in, now, &Actor::system());
    let activity = match read {
        Ok(activities) => activities.into_iter().next(),
        Err(problem) => {
            wrong.extend(problem.fields);
            None
        }
    };
    let is_open = match stand_in.get("outcome").and_then(Value::as_str) {
        Some(text) => text.trim() == Outcome::Pending.as_str() || text.trim().is_empty(),
        None => stand_in.get("outcome").is_none_or(Value::is_null),
    };
    if is_open {
        wrong.push(FieldProblem {
            pointer: "/outcome".to_owned(),
            code: "required".to_owned(),
            message: "say how it ended: success or failed".to_owned(),
        });
    }
    match activity {
        Some(activity) if wrong.is_empty() => Ok(Record::Outcome {
            activity: id,
            outcome: activity.outcome,
            error: activity.error,
            occurred_at: activity.occurred_at,
        }),
        _ => Err(Problem::invalid_fields(wrong)),
    }
}

fn unknown(name: &str) -> FieldProblem {
    let shown: String = name.chars().take(100).collect();
    let token = shown.replace('~', "~0").replace('/', "~1");
    FieldProblem {
        pointer: format!("/{token}"),
        code: "unknown".to_owned(),
        message: format!(
            "`{shown}` is not a field here; known are {}",
            FIELDS.join(", ")
        ),
    }
}
