//! `POST /messages/{id}/events`: what a system without a connector tells of a message.

use super::shown;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::idempotency::{IdempotencyKey, made};
use crate::v1::params::Params;
use crate::v1::path::MessageKey;
use crate::v1::recording::Recording;
use crate::v1::wire::{MessageDetail, MessageEventInput};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::message::{DeliveryFact, FactKind, Report, ReportStatus};
use domain::{FieldProblem, Problem};
use serde_json::{Map, Value};

/// The fields it takes.
pub const FIELDS: [&str; 7] = [
    "status",
    "occurred_at",
    "provider",
    "provider_id",
    "recipient",
    "code",
    "words",
];

/// Report on a message
///
/// A delivery or read report from a system without a connector. Reports may come late, twice and out of order: each
/// is kept, and the shown status is the right one.
#[utoipa::path(
    post, path = "/messages/{id}/events", tag = "Messages", operation_id = "report_on_message",
    params(
        ("id" = uuid::Uuid, Path, description = "The message's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    request_body = MessageEventInput,
    responses(
        (status = 201, description = "Recorded and durable: the message as it is now.", body = MessageDetail, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not record."),
        (status = 404, description = "`not_found`: there is no such message, or it is not open to this role."),
        (status = 409, description = "`conflict`: a call under this idempotency key has no stored answer yet; try again in a moment."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn report_on_message(
    Recording(scope): Recording,
    State(state): State<AppState>,
    MessageKey(id): MessageKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let now = state.storage.ambient().clock.now();
    let (report, at) = read(&sent.json().await?, now)?;
    let fact = DeliveryFact {
        at,
        attempt: None,
        kind: FactKind::Report(report),
    };
    key.once(state, scope, Some(&sent), move |state, scope| async move {
        state.storage.message_event(&scope, id, fact).await?;
        let detail = state.storage.get_message(&scope, id).await?;
        let detail = detail.ok_or_else(|| Problem::not_found("message"))?;
        made(None, &shown(&detail)?)
    })
    .await
}

fn read(body: &Value, now: DateTime<Utc>) -> Result<(Report, DateTime<Utc>), Problem> {
    let fields = body
        .as_object()
        .ok_or_else(|| Problem::field("", "type", "an object is expected"))?;
    let mut wrong = Vec::new();
    for name in fields
        .keys()
        .filter(|name| !FIELDS.contains(&name.as_str()))
    {
        let shown: String = name.chars().take(100).collect();
        let message = format!(
            "`{shown}` is not a field here; known are {}",
            FIELDS.join(", ")
        );
        wrong.push(problem(&shown, "unknown", &message));
    }
    let status = text(fields, "status", 100, &mut wrong).unwrap_or_default();
    if ReportStatus::of(&status) == ReportStatus::Unknown {
        let message = "what became of it: sent, delivered, read, failed, bounced, or another word that the API's document lists";
        wrong.push(problem("status", "format", message));
    }
    let at = match text(fields, "occurred_at", 40, &mut wrong) {
        None => now,
        Some(time) => match DateTime::parse_from_rfc3339(&time) {
            Ok(time) if time.to_utc() <= now + chrono::TimeDelta::minutes(5) => time.to_utc(),
            Ok(_) => {
                wrong.push(problem(
                    "occurred_at",
                    "out_of_range",
                    "this time has not come yet",
                ));
                now
            }
            Err(_) => {
                let message = "a time with its zone by RFC 3339, such as 2026-11-20T09:14:03Z";
                wrong.push(problem("occurred_at", "format", message));
                now
            }
        },
    };
    let report = Report {
        provider: text(fields, "provider", 100, &mut wrong).unwrap_or_else(|| "api".to_owned()),
        provider_id: text(fields, "provider_id", 200, &mut wrong),
        recipient: text(fields, "recipient", 254, &mut wrong),
        status,
        code: text(fields, "code", 100, &mut wrong),
        words: text(fields, "words", 2_000, &mut wrong),
        raw: None,
    };
    if wrong.is_empty() {
        Ok((report, at))
    } else {
        wrong.truncate(50);
        Err(Problem::invalid_fields(wrong))
    }
}

fn text(
    fields: &Map<String, Value>,
    name: &str,
    most: usize,
    wrong: &mut Vec<FieldProblem>,
) -> Option<String> {
    match fields.get(name)? {
        Value::Null => None,
        Value::String(text) if text.contains('\0') => {
            wrong.push(problem(
                name,
                "format",
                "holds a NUL character (U+0000), which nothing can contain",
            ));
            None
        }
        Value::String(text) if text.chars().count() > most => {
            wrong.push(problem(
                name,
                "too_long",
                &format!("at most {most} characters"),
            ));
            None
        }
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => {
            wrong.push(problem(name, "type", "a text is expected"));
            None
        }
    }
}

fn problem(name: &str, code: &str, message: &str) -> FieldProblem {
    FieldProblem {
        pointer: format!("/{}", name.replace('~', "~0").replace('/', "~1")),
        code: code.to_owned(),
        message: message.to_owned(),
    }
}
