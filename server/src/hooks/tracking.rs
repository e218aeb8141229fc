//! `GET /o/{token}.gif` and `GET /c/{token}`: what the recipients of followed mails do.

use crate::client_address::ClientAddress;
use crate::email::token::{Named, Purpose};
use crate::opens::{Judgement, Opening, PIXEL, judge, links};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::tracked::Tracked;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::message::FactKind;
use domain::{MessageId, Problem};
use std::net::SocketAddr;

/// Shows the picture, and records that it was fetched. Always the same picture: who guesses learns nothing.
pub(super) async fn open(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(token): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let token = token.strip_suffix(".gif").unwrap_or(&token);
    if let Some(named) = state.tokens.read(Purpose::Open, token) {
        let recorded = record(&state, named, peer, &method, &headers, None).await;
        if let Err(error) = recorded {
            tracing::error!(?error, "an opening could not be recorded");
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "image/gif"),
        (header::CACHE_CONTROL, "no-store, private"),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
    ];
    (headers, PIXEL).into_response()
}

/// Leads to where the link led in the mail, and nowhere else.
///
/// # Errors
/// `not_found` for a link that stands in no mail of ours.
pub(super) async fn click(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(token): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let missing = || Problem::not_found("link");
    let named = state
        .tokens
        .read(Purpose::Click, &token)
        .ok_or_else(missing)?;
    let tracked = Tracked::find(&state, MessageId(named.message)).await?;
    let tracked = tracked.ok_or_else(missing)?;
    let html = tracked.message().html.clone().ok_or_else(missing)?;
    let url = links(&html)
        .into_iter()
        .nth(usize::from(named.part))
        .ok_or_else(missing)?;
    let location = HeaderValue::from_str(&url)
        .or_else(|_| HeaderValue::from_str(&ascii(&url)))
        .map_err(|_| missing())?;
    let recorded = record(&state, named, peer, &method, &headers, Some(url)).await;
    if let Err(error) = recorded {
        tracing::error!(?error, "a click could not be recorded");
    }
    let headers = [
        (header::LOCATION, location),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store, private"),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}

async fn record(
    state: &AppState,
    named: Named,
    peer: SocketAddr,
    method: &Method,
    headers: &HeaderMap,
    url: Option<String>,
) -> Result<(), ApiError> {
    let message = MessageId(named.message);
    let Some(tracked) = Tracked::find(state, message).await? else {
        return Ok(());
    };
    let at = state.storage.ambient().clock.now();
    let Judgement {
        confidence,
        reason,
        device,
    } = judge(&Opening {
        is_head: method == Method::HEAD,
        user_agent: headers
            .get(header::USER_AGENT)
            .and_then(|agent| agent.to_str().ok()),
        ip: ClientAddress::of(Some(peer.ip()), headers, &state.config).ip,
        at,
        handed_over_at: tracked.handed_over_at(),
    });
    let reason = reason.to_owned();
    let fact = match url {
        Some(url) => FactKind::Clicked {
            url,
            confidence,
            reason,
            device,
        },
        None => FactKind::Opened {
            confidence,
            reason,
            device,
        },
    };
    tracked.record(state, fact, at).await?;
    Ok(())
}

/// An address in ASCII: what isn't is percent-encoded.
fn ascii(url: &str) -> String {
    percent_encoding::utf8_percent_encode(url, percent_encoding::CONTROLS).to_string()
}
