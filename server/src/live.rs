//! `GET /ws`: what happens, as it happens.
//!
//! A client says [`domain::view::LiveRequest`] and is told [`domain::view::LiveEvent`], both as JSON text. Each
//! `follow` is answered with `hello`, then with what happened since its mark, then with what happens. A further
//! `follow` takes the place of the one before; its `topic` is `activity` (when it names none), `messages` or
//! `order:{number}`, whose events are [`domain::view::MessageEvent`] (of an order, what happened to it too, as far as the
//! role reads it and `q` is empty). Of `messages` no more is told than lines, as the list shows them; an order's messages
//! are told whole, as its thread shows them, and that a person was shown them is on record before they are sent. Once
//! something was erased, whoever follows activity, messages or an order is told `resync`: what they show may be gone. The
//! other topics are `operations` with [`domain::view::OperationLive`],
//! `exports` with [`domain::view::ExportEvent`], `webhooks` with [`domain::view::HookEvent`] ([`states`]), or `security` or
//! `requests` with [`domain::view::WatchEvent`]; the last four can't be resumed. People who follow the thread of an order
//! are told `{"type":"presence","people":[...]}` when others come, leave, or say `typing` ([`presence`]). A message that
//! is not understood, or a topic that the role doesn't open (`access.denied` in the security log), is answered with
//! `{"type":"problem","problem":{...}}` and the socket stays open; clients ignore types they don't know.
//!
//! One task ([`hub`]) takes each committed record, asks each distinct pair of scope and filter whether it lets
//! the record through, and serialises it once for all who share the pair. A socket ([`socket`]) never holds up
//! another: its queue is bounded, and who falls behind reads on from the ledger. Whether the session behind a
//! socket still holds is asked twice a second ([`guard`]); if not, the socket is closed with code 4401.

mod guard;
mod hub;
mod presence;
mod socket;
mod states;
mod topic;

pub use guard::Credential;
pub use hub::Hub;

use crate::authority::{bearer, key_scope};
use crate::problem::ApiError;
use crate::requests::{CallFrom, Who};
use crate::router::foreign_origin;
use crate::session::CurrentSession;
use crate::state::AppState;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use domain::{Code, Problem};
use secrecy::SecretString;
use storage::{Caller, Scope, Session};

/// The largest message a client may send: a query of 1,000 characters and its mark fit many times.
const MAX_MESSAGE_BYTES: usize = 16 * 1024;

/// `GET /ws`.
///
/// # Errors
/// `forbidden` from a page of another origin, `unauthenticated` without session or key, `rate_limited` with
/// too many sockets open, `invalid_fields` when it isn't a WebSocket handshake (RFC 6455 4.1).
pub async fn follow(
    State(state): State<AppState>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    session: Option<Extension<CurrentSession>>,
    CallFrom(caller): CallFrom,
    who: Who,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if !is_own_origin(
        &headers,
        &state.public_url,
        state.config.public_url.is_some(),
    ) {
        return Ok(foreign_origin());
    }
    let session = session.map(|Extension(CurrentSession(session))| session);
    let (scope, credential) = authority(&state, session, &headers, &caller, &who).await?;
    let upgrade = upgrade.map_err(|_| {
        Problem::new(
            Code::InvalidFields,
            "this is a WebSocket: connect with ws:// or wss:// and a WebSocket client",
        )
    })?;
    let guard = state.hub.admit(&scope, credential)?;
    Ok(upgrade
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |connection| socket::serve(connection, state, scope, guard)))
}

/// Whether the handshake comes from a page of this server, or from no page at all. A browser always says
/// (RFC 6455 10.2), and adds the cookie whoever asks. Where the operator named the address, a page of another one is
/// believed from this machine alone, whatever the `Host` header says.
fn is_own_origin(headers: &HeaderMap, public_url: &str, is_named: bool) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    if origins.next().is_some() {
        return false;
    }
    if origin == public_url {
        return true;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let origin = origin.parse::<Uri>().ok();
    let is_web = origin
        .as_ref()
        .and_then(Uri::scheme_str)
        .is_some_and(|scheme| matches!(scheme, "http" | "https"));
    let authority = origin.as_ref().and_then(Uri::authority);
    let is_here = authority
        .is_some_and(|authority| matches!(authority.host(), "localhost" | "127.0.0.1" | "[::1]"));
    (is_here || !is_named)
        && is_web
        && host.is_some()
        && authority.map(|authority| authority.as_str()) == host
}

/// Who follows, and by what.
async fn authority(
    state: &AppState,
    session: Option<Session>,
    headers: &HeaderMap,
    caller: &Caller,
    who: &Who,
) -> Result<(Scope, Credential), ApiError> {
    if let Some(secret) = bearer(headers) {
        let secret = SecretString::from(secret.to_owned());
        let scope = key_scope(headers, state, caller, who).await?;
        return Ok((scope, Credential::Key(secret, caller.clone())));
    }
    match (session, state.cookies.token(headers)) {
        (Some(session), Some(token)) => Ok((
            Scope::of_session(&session).at(caller.clone()),
            Credential::Session(SecretString::from(token)),
        )),
        _ => Err(Problem::new(
            Code::Unauthenticated,
            "following takes a session or a key; sign in again",
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_own(origin: Option<&str>, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        is_own_origin(&headers, "https://trail.example", true)
    }

    #[test]
    fn a_host_header_is_believed_only_where_no_address_is_named() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "rebound.example".parse().unwrap());
        headers.insert(header::ORIGIN, "http://rebound.example".parse().unwrap());
        assert!(!is_own_origin(&headers, "https://trail.example", true));
        assert!(is_own_origin(&headers, "http://127.0.0.1:3000", false));
    }

    #[test]
    fn a_page_of_this_server_may_follow() {
        assert!(is_own(Some("http://127.0.0.1:3000"), "127.0.0.1:3000"));
        assert!(is_own(Some("https://trail.example"), "127.0.0.1:3000"));
        assert!(is_own(None, "127.0.0.1:3000"));
    }

    #[test]
    fn a_page_of_another_origin_may_not() {
        for origin in [
            "https://evil.example",
            "http://127.0.0.1:3001",
            "https://trail.example.evil.example",
            "null",
            "file://127.0.0.1:3000",
            "",
        ] {
            assert!(!is_own(Some(origin), "127.0.0.1:3000"), "{origin}");
        }
    }
}
