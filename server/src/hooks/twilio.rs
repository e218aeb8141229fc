//! `POST /hooks/twilio/{name}`: Twilio's status callbacks and inbound SMS and WhatsApp messages.

use super::inbound::{customer, follow_up, told_received};
use super::{scope, store, told};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::twilio::TwilioChannel;
use crate::twilio::callback::{self, Callback, InboundText, Opt, StatusReport};
use crate::twilio::signature::{self, Signed};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use domain::message::{
    Channel, MISSING_FILE, Mailbox, Message, MessageDirection, MessageType, NewAttachment, Report,
};
use domain::view::StoreView;
use domain::{AttemptId, Code, Problem};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::timeout;

/// How long fetching files may hold up the answer: Twilio waits for 15 seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// Nothing is to be answered (TwiML).
const SILENCE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";

/// Takes a call.
///
/// # Errors
/// `not_found` without a Twilio account, `forbidden` for a call that Twilio didn't sign, `invalid_fields` for one that
/// names no message.
pub(super) async fn call(
    State(state): State<AppState>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let store = store(&state, &name).await?;
    let params = check(&state, &uri, &headers, &body)?;
    let Some(callback) = callback::read(&params) else {
        let message = "no message is named; a status callback or an inbound message is expected";
        return Err(Problem::field("MessageSid", "required", message).into());
    };
    match callback {
        Callback::Report(report) => record(&state, &uri, report, &params).await,
        Callback::Inbound(text) => receive(&state, store, text, &params).await,
    }
}

/// That Twilio signed the call; gives its parameters.
fn check(
    state: &AppState,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Vec<(String, String)>, ApiError> {
    let Some(twilio) = state.senders.twilio() else {
        let message = "no Twilio account is set; set STORETRAIL_TWILIO_ACCOUNT_SID and _AUTH_TOKEN";
        return Err(Problem::new(Code::NotFound, message).into());
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{}{path}", state.public_url);
    let given = headers
        .get(signature::HEADER)
        .and_then(|value| value.to_str().ok());
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let is_json =
        kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
    let params: Vec<(String, String)> = if is_json {
        parameters_of(body)
    } else {
        form_urlencoded::parse(body).into_owned().collect()
    };
    let signed = if is_json {
        Signed::Body(body)
    } else {
        Signed::Form(&params)
    };
    let token = twilio.auth_token().expose_secret();
    if given.is_some_and(|given| signature::is_valid(token, &url, signed, given)) {
        return Ok(params);
    }
    let message = "the signature is missing or doesn't fit; nothing was recorded. If this is Twilio, the account's \
                   auth token or STORETRAIL_PUBLIC_URL is another one there";
    Err(Problem::new(Code::Forbidden, message).into())
}

/// The texts and numbers of a JSON object.
fn parameters_of(body: &[u8]) -> Vec<(String, String)> {
    let fields: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    fields
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .collect()
}

async fn record(
    state: &AppState,
    uri: &Uri,
    report: StatusReport,
    params: &[(String, String)],
) -> Result<Response, ApiError> {
    let query = uri.query().unwrap_or_default();
    let attempt: Option<AttemptId> = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "attempt")
        .and_then(|(_, id)| id.parse().ok());
    let now = state.storage.ambient().clock.now();
    let report = Report {
        provider: "twilio".to_owned(),
        provider_id: Some(report.sid),
        recipient: None,
        status: report.status,
        code: report.error_code,
        words: report.error,
        raw: Some(form_of(params)),
    };
    let outcome = state.storage.record_report(report, attempt, now).await?;
    Ok(axum::Json(told(&outcome)).into_response())
}

/// A call's parameters as they came.
fn form_of(params: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish()
}

/// Who a text is for.
struct Addressed {
    store: StoreView,
    /// The other stores that send from the same number: one account is there for all.
    others: Vec<StoreView>,
    /// Whether it came before.
    is_known: bool,
}

/// Finds out who a text is for: the store that has it already, or the one that last wrote to its sender, or the hook's.
async fn addressed(
    state: &AppState,
    hook: StoreView,
    channel: Channel,
    text: &InboundText,
) -> Result<Addressed, ApiError> {
    let storage = &state.storage;
    let known = storage.message_of_message_id(&text.sid).await?;
    let mut others = storage.list_stores().await?;
    others.retain(|store| !store.is_sample);
    let answered = match &text.replied_to {
        Some(id) if known.is_none() => storage.message_of_provider_id(id).await?,
        _ => None,
    };
    let meant = match known.as_ref().or(answered.as_ref()) {
        Some(named) => Some(named.store_id),
        None if others.len() > 1 => storage.last_writer_to(channel, &text.from).await?,
        None => None,
    };
    let id = meant.unwrap_or(hook.id);
    let place = others.iter().position(|store| store.id == id);
    Ok(Addressed {
        store: place.map_or(hook, |place| others.remove(place)),
        others,
        is_known: known.is_some(),
    })
}

async fn receive(
    state: &AppState,
    hook: StoreView,
    text: InboundText,
    params: &[(String, String)],
) -> Result<Response, ApiError> {
    let channel = match text.channel {
        TwilioChannel::Sms => Channel::Sms,
        TwilioChannel::Whatsapp => Channel::Whatsapp,
    };
    let storage = &state.storage;
    let addressed = addressed(state, hook, channel, &text).await?;
    // Whoever says STOP means the number; said again it changes nothing.
    if let Some(opt) = text.opt.filter(|_| !addressed.is_known) {
        for other in addressed.others {
            let is_out = opt == Opt::Out;
            storage
                .set_opt_out(&scope(other), channel, &text.from, is_out)
                .await?;
        }
    }
    let raw = form_of(params).into_bytes();
    let (files, missing) = files(state, &text).await;
    let now = storage.ambient().clock.now();
    let sender = customer(text.profile_name.clone(), &text.from);
    let mailbox = |name: Option<String>, address: &str| Mailbox {
        name,
        address: address.to_owned(),
    };
    let message = Message {
        from: Some(mailbox(text.profile_name.clone(), &text.from)),
        to: vec![mailbox(None, &text.to)],
        text: Some(text.words().replace('\0', "")),
        // What couldn't be fetched now is at Twilio still.
        headers: missing
            .into_iter()
            .map(|url| (MISSING_FILE.to_owned(), url))
            .collect(),
        references: text.replied_to.into_iter().collect(),
        message_id: Some(text.sid),
        ..Message::new(
            channel,
            MessageDirection::Inbound,
            MessageType::Reply,
            now,
            sender,
        )
    };
    let scope = scope(addressed.store);
    let received = match text.opt {
        Some(opt) => {
            let is_out = opt == Opt::Out;
            storage
                .receive_wish(&scope, message, files, Some(&raw), is_out)
                .await?
        }
        None => {
            storage
                .receive_message(&scope, message, files, Some(&raw))
                .await?
        }
    };
    follow_up(state, &scope, &received).await;
    tracing::debug!(outcome = %told_received(&received, &[])["outcome"], "a text came in");
    let kind = [(header::CONTENT_TYPE, "text/xml; charset=utf-8")];
    Ok((StatusCode::OK, kind, SILENCE).into_response())
}

/// The message's files, and the addresses of those that couldn't be fetched.
async fn files(state: &AppState, text: &InboundText) -> (Vec<NewAttachment>, Vec<String>) {
    let mut files = Vec::new();
    let mut missing = Vec::new();
    let Some(twilio) = state.senders.twilio() else {
        return (files, missing);
    };
    let until = tokio::time::Instant::now() + PATIENCE;
    for (at, (url, kind)) in text.media.iter().enumerate() {
        let left = until.saturating_duration_since(tokio::time::Instant::now());
        match timeout(left, twilio.fetch_media(url)).await {
            Ok(Some(content)) => files.push(NewAttachment {
                name: format!("file-{}", at + 1),
                content_type: kind.clone(),
                content_id: None,
                content,
            }),
            _ => missing.push(url.clone()),
        }
    }
    (files, missing)
}
