//! `POST /hooks/postmark/{name}`: Postmark's inbound mail and reports.

use super::{inbound, scope, secret, store, told};
use crate::email::postmark::{self, Call, Event};
use crate::opens::{Opening, judge};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::tracked::Tracked;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::message::{FactKind, Report};
use domain::view::StoreView;
use domain::{Code, MessageId, Problem};
use serde_json::{Value, json};
use storage::ReportOutcome;

/// Takes a call.
///
/// # Errors
/// `unauthenticated` without the secret, `malformed_json`, `invalid_fields` for none of Postmark's calls.
pub(super) async fn call(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    secret::check(&state, &headers)?;
    let store = store(&state, &name).await?;
    let value: Value = serde_json::from_slice(&body)
        .map_err(|_| Problem::new(Code::MalformedJson, "the body is not JSON"))?;
    match postmark::read(&value, state.senders.mail_domain())? {
        Call::Inbound(mail) => {
            let raw = value["RawEmail"]
                .as_str()
                .map(|raw| raw.as_bytes().to_vec());
            let raw = raw.unwrap_or_else(|| body.to_vec());
            Ok(Json(inbound::take(&state, store, *mail, Some(raw)).await?))
        }
        Call::Report(report) => Ok(Json(record(&state, store, report, &body).await?)),
    }
}

async fn record(
    state: &AppState,
    store: StoreView,
    report: postmark::Report,
    body: &[u8],
) -> Result<Value, ApiError> {
    let storage = &state.storage;
    let at = report
        .occurred_at
        .unwrap_or_else(|| storage.ambient().clock.now());
    let message: Option<MessageId> = report.message_id.as_deref().and_then(|id| id.parse().ok());
    let status = match report.event {
        Event::Opened => return opened(state, message, report, "opened", at, body).await,
        Event::Clicked => return opened(state, message, report, "clicked", at, body).await,
        Event::Delivered => "delivered",
        Event::Bounced => "bounced",
        Event::Delayed => "deferred",
        Event::Complained => "complained",
        Event::Unsubscribed { .. } => "unsubscribed",
    };
    if let Some(recipient) = &report.recipient
        && let Event::Complained | Event::Unsubscribed { .. } = report.event
    {
        // The stores may share the account: the mail says whose it was.
        let tracked = known(state, message, report.provider_id.as_deref()).await?;
        let scope = scope(tracked.map_or(store, |tracked| tracked.store));
        let is_out = report.event != Event::Unsubscribed { is_out: false };
        let is_newer = storage
            .report_opt_out(&scope, recipient, is_out, at)
            .await?;
        if !is_out {
            let outcome = if is_newer { "recorded" } else { "outdated" };
            return Ok(json!({"outcome": outcome}));
        }
    }
    let report = kept(report, status, body);
    let outcome = match find(state, message).await? {
        Some(tracked) => {
            let is_new = tracked.record(state, FactKind::Report(report), at).await?;
            settled(&tracked, is_new)
        }
        None => storage.record_report(report, None, at).await?,
    };
    Ok(told(&outcome))
}

/// The report as it is kept.
fn kept(report: postmark::Report, status: &str, body: &[u8]) -> Report {
    Report {
        provider: "postmark".to_owned(),
        provider_id: report.provider_id,
        recipient: report.recipient,
        status: status.to_owned(),
        code: None,
        words: report.words,
        raw: Some(String::from_utf8_lossy(body).replace('\0', "")),
    }
}

/// An opening of a message that our metadata names, else Postmark's own id of it.
async fn opened(
    state: &AppState,
    message: Option<MessageId>,
    report: postmark::Report,
    status: &str,
    at: chrono::DateTime<chrono::Utc>,
    body: &[u8],
) -> Result<Value, ApiError> {
    let tracked = known(state, message, report.provider_id.as_deref()).await?;
    let Some(tracked) = tracked else {
        let report = kept(report, status, body);
        state.storage.keep_unmatched(&report, at).await?;
        return Ok(told(&ReportOutcome::Unmatched));
    };
    let judged = judge(&Opening {
        is_head: false,
        user_agent: report.user_agent.as_deref(),
        ip: None,
        at,
        handed_over_at: tracked.handed_over_at(),
    });
    let fact = FactKind::Opened {
        confidence: judged.confidence,
        reason: judged.reason.to_owned(),
        device: judged.device,
    };
    let is_new = tracked.record(state, fact, at).await?;
    Ok(told(&settled(&tracked, is_new)))
}

/// The message that our metadata names, else Postmark's own id of it.
async fn known(
    state: &AppState,
    message: Option<MessageId>,
    provider_id: Option<&str>,
) -> Result<Option<Tracked>, ApiError> {
    if let Some(tracked) = find(state, message).await? {
        return Ok(Some(tracked));
    }
    let Some(id) = provider_id else {
        return Ok(None);
    };
    let located = state.storage.message_of_provider_id(id).await?;
    find(state, located.map(|located| located.id)).await
}

async fn find(state: &AppState, message: Option<MessageId>) -> Result<Option<Tracked>, ApiError> {
    match message {
        Some(id) => Tracked::find(state, id).await,
        None => Ok(None),
    }
}

fn settled(tracked: &Tracked, is_new: bool) -> ReportOutcome {
    let id = tracked.detail.row.id;
    if is_new {
        ReportOutcome::Matched(id)
    } else {
        ReportOutcome::Repeated(id)
    }
}
