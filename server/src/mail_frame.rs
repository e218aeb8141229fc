//! `GET /messages/{id}/html`: an HTML mail as its recipient saw it, for a frame; and the pictures in it.

use crate::authority::Caller;
use crate::download;
use crate::email::display::{self, Images, RemoteImages};
use crate::email::token::Purpose;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::tracked::Tracked;
use crate::v1::path::MessageKey;
use crate::v1::{get_attachment, get_eml};
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use chrono::TimeDelta;
use domain::{MessageId, Problem};

/// For how long a page may show a mail's own pictures.
const SHOWN: TimeDelta = TimeDelta::hours(12);

/// Says how many pictures of other servers are not shown.
const BLOCKED: HeaderName = HeaderName::from_static("storetrail-blocked-images");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The frame and what can be downloaded, for whoever may read the message; to be put behind the session.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/messages/{id}/html", get(show))
        .route("/messages/{id}/attachments/{n}", get(get_attachment))
        .route("/messages/{id}/raw", get(get_eml))
}

/// The pictures: the frame has no origin and so no session; the token in their address opens them.
pub fn pictures() -> Router<AppState> {
    Router::new().route("/messages/inline/{token}", get(picture))
}

/// The mail's HTML, made safe. `?images=1` shows pictures of other servers.
///
/// # Errors
/// `not_found` when there is no such message, it has no HTML, or its content is hidden from the reader.
async fn show(
    Caller(scope): Caller,
    State(state): State<AppState>,
    MessageKey(id): MessageKey,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let missing = || Problem::not_found("message with HTML");
    let detail = state
        .storage
        .open_message(&scope, id)
        .await?
        .ok_or_else(missing)?;
    let html = detail.message.html.ok_or_else(missing)?;
    let remote = if query.as_deref() == Some("images=1") {
        RemoteImages::Shown
    } else {
        RemoteImages::Off
    };
    let until = state.storage.ambient().clock.now() + SHOWN;
    let images: Images = detail
        .message
        .attachments
        .iter()
        .enumerate()
        .filter_map(|(at, file)| {
            let id_in_mail = file.content_id.clone()?;
            Some((id_in_mail, state.senders.file_url(id, at, until)))
        })
        .collect();
    let made = tokio::task::spawn_blocking(move || display::display(&html, remote, images));
    let displayed = made.await.map_err(|error| {
        ApiError::Fault(crate::problem::Fault::Defect(
            format!("showing a mail: {error}").into(),
        ))
    })?;
    let mut headers = display::headers(&state.public_url, remote);
    headers.insert(BLOCKED, HeaderValue::from(displayed.blocked_images));
    Ok((headers, displayed.document).into_response())
}

/// A picture of a mail.
///
/// # Errors
/// `not_found` for a token that isn't ours, or whose time is over.
async fn picture(
    State(state): State<AppState>,
    Path(token): Path<String>,
) -> Result<Response, ApiError> {
    let missing = || Problem::not_found("picture");
    let named = state
        .tokens
        .read(Purpose::Inline, &token)
        .ok_or_else(missing)?;
    let now = state.storage.ambient().clock.now().timestamp() / 3600;
    if i64::from(named.until_hour) <= now {
        return Err(missing().into());
    }
    let tracked = Tracked::find(&state, MessageId(named.message)).await?;
    let message = tracked.ok_or_else(missing)?.detail.message;
    let file = message
        .attachments
        .get(usize::from(named.part))
        .ok_or_else(missing)?;
    let bytes = state
        .storage
        .get_object(&file.blob)
        .await?
        .ok_or_else(missing)?;
    let mut response = download::answer(&file.name, &file.content_type, bytes);
    let headers = response.headers_mut();
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=3600"),
    );
    Ok(response)
}
