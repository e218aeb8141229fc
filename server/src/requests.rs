//! The requests log: each call to the panel and the API, noted after it was answered.
//!
//! The layer ([`note`]) takes down what a call was while it passes, and hands it to the [`Ledger`] once the answer is
//! there; scrubbing and writing happen beside the calls, in batches ([`batch`]). If more calls come than can be
//! written, or the database fails, what is missing is counted ([`missing`]), told on the log's page and in
//! `storetrail_requests_unnoted_total`, and never holds up an answer.
//!
//! What is no call: files of the site, `/healthz`, `/readyz`, `/metrics`, pictures and links in mails.

mod alert;
mod batch;
mod body;
mod kind;
mod missing;
mod needs;
mod place;

pub use batch::{Batches, Ledger};

use crate::authority::bearer;
use crate::client_address::ClientAddress;
use crate::observe::REQUEST_ID;
use crate::scrub::Scrubber;
use crate::state::AppState;
use app::Refusal;
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;
use body::{Captured, capture};
use chrono::{DateTime, Utc};
use domain::{Code, StoreId};
use kind::Keeping;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use storage::{Caller, KeyAccess, Scope};

const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// How long a user agent may be that is kept, in characters.
const AGENT_CHARS: usize = 1_000;

/// How long a key may be that is looked up, in bytes.
const KEY_BYTES: usize = 200;

/// Scrubs user agents, which sessions and the security log keep too: by the names that ship, whatever the store.
static AGENTS: LazyLock<Scrubber> = LazyLock::new(|| Scrubber::new(&[]));

/// One call as it passed; of what it sent, only the user agent is scrubbed.
pub(crate) struct Passed {
    at: DateTime<Utc>,
    method: String,
    route: String,
    path: String,
    query: Option<String>,
    keeping: Keeping,
    content_type: Option<String>,
    body: Option<Captured>,
    status: u16,
    took: Duration,
    caller: Caller,
    scope: Option<Scope>,
    /// The account that it is about, where that decides.
    account: Option<String>,
    /// The store that it belongs to, where its scope doesn't say it.
    store: Option<StoreId>,
    /// The token of its session.
    session: Option<String>,
    /// Its key, where nobody asked what that opens.
    key: Option<String>,
    /// What became of that key, once it was looked up.
    access: Option<KeyAccess>,
    has_key: bool,
    is_foreign: bool,
    /// Why it was refused, where the answer says so.
    code: Option<Code>,
    /// Whether the security log has heard of it already.
    is_noted: bool,
}

impl Passed {
    /// The store in whose log it stands; none when it is nobody's.
    fn store_id(&self) -> Option<StoreId> {
        self.store
            .or_else(|| self.scope.as_ref().map(Scope::store_id))
    }

    /// Puts it into a store's log. Whose session it has is not told to another store.
    fn belongs(&mut self, store: StoreId) {
        self.store = Some(store);
        self.scope = self.scope.take().filter(|scope| scope.store_id() == store);
    }
}

/// Whose call it turned out to be: filled in by whoever finds it out.
#[derive(Clone, Default)]
pub struct Who(Arc<Mutex<Whose>>);

#[derive(Default)]
struct Whose {
    scope: Option<Scope>,
    account: Option<String>,
    store: Option<StoreId>,
    is_noted: bool,
}

impl Who {
    /// Among a request's extensions; what is noted of a request that didn't pass [`note`] is lost.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Notes among a request's extensions whose call it is.
    pub fn is(extensions: &Extensions, scope: &Scope) {
        if let Some(who) = extensions.get::<Self>() {
            who.found(scope);
        }
    }

    /// Notes whose call it is, whatever was known before.
    pub fn found(&self, scope: &Scope) {
        *self.lock() = Whose {
            scope: Some(scope.clone()),
            ..Whose::default()
        };
    }

    /// Notes whose key it has that was refused, of which the security log has heard.
    pub fn refused(&self, scope: &Scope) {
        *self.lock() = Whose {
            scope: Some(scope.clone()),
            is_noted: true,
            ..Whose::default()
        };
    }

    /// Notes in which store's log it stands, while nobody is known to have made it.
    pub fn within(&self, store: StoreId) {
        self.lock().store = Some(store);
    }

    /// Notes which account it is about, which somebody says to be theirs: the call stands in the log of that account's
    /// store. The store is looked up after the answer, whose time then tells nothing.
    pub fn about(&self, email: &str) {
        self.lock().account = Some(email.to_owned());
    }

    fn take(&self) -> Whose {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Whose> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

/// Among an answer's extensions when a page of another origin asked.
#[derive(Clone, Copy)]
pub struct ForeignOrigin;

/// From where a call came, as records and the security log keep it.
#[derive(Debug, Clone, Default)]
pub struct CallFrom(pub Caller);

impl CallFrom {
    /// Among a request's extensions; nothing is known of a request that didn't pass [`note`].
    pub fn of(extensions: &Extensions) -> Caller {
        extensions
            .get::<Self>()
            .map(|from| from.0.clone())
            .unwrap_or_default()
    }
}

impl<S: Sync> FromRequestParts<S> for CallFrom {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Self::of(&parts.extensions)))
    }
}

/// The layer: outside of everything that can refuse a call, inside of what gives it its id.
pub async fn note(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = caller(&parts, &state);
    parts.extensions.insert(CallFrom(caller.clone()));
    let route = parts
        .extensions
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let keeping = kind::keeping(route.as_deref());
    let Some(keeping) = keeping else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let who = Who::default();
    parts.extensions.insert(who.clone());
    let refusal = Refusal::default();
    parts.extensions.insert(refusal.clone());
    let at = state.storage.ambient().clock.now();
    let start = tokio::time::Instant::now();
    let (body, captured) = capture(body, keeping.body_bytes());
    let has_key = parts.headers.contains_key(header::AUTHORIZATION);
    let key = bearer(&parts.headers)
        .filter(|key| key.len() <= KEY_BYTES)
        .map(str::to_owned);
    let session = state.cookies.token(&parts.headers);
    let passed = Passed {
        at,
        method: parts.method.as_str().chars().take(20).collect(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        keeping,
        content_type: text(&parts.headers, &header::CONTENT_TYPE),
        body: None,
        status: 0,
        took: Duration::ZERO,
        caller,
        scope: None,
        account: None,
        store: None,
        session: session.filter(|_| !has_key),
        key: None,
        access: None,
        has_key,
        is_foreign: false,
        code: None,
        is_noted: false,
        route: route.unwrap_or_default(),
    };
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status().as_u16();
    if passed.route.is_empty() && status < 400 {
        // A file of the site.
        return response;
    }
    let Whose {
        scope,
        account,
        store,
        is_noted,
    } = who.take();
    let told = response.extensions().get::<Code>().copied();
    let mut passed = Passed {
        status,
        took: start.elapsed(),
        body: captured.take(),
        // What was asked and opens nothing was answered so.
        key: key.filter(|_| status != 401),
        scope,
        account,
        is_foreign: response.extensions().get::<ForeignOrigin>().is_some(),
        code: told.or_else(|| refusal.code()),
        is_noted,
        ..passed
    };
    if let Some(store) = store {
        passed.belongs(store);
    }
    state.requests.note(passed);
    response
}

fn caller(parts: &Parts, state: &AppState) -> Caller {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip());
    Caller {
        ip: ClientAddress::of(peer, &parts.headers, &state.config).ip,
        user_agent: agent(&parts.headers),
        request_id: text(&parts.headers, &REQUEST_ID),
        trace_id: text(&parts.headers, &TRACE_PARENT).and_then(|parent| trace_id(&parent)),
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    whole(headers, name).map(cut)
}

/// What the program calls itself. Scrubbed before it is cut: half a secret is not known for one.
fn agent(headers: &HeaderMap) -> Option<String> {
    let agent = whole(headers, &header::USER_AGENT)?;
    Some(cut(&AGENTS.line(agent)))
}

fn whole<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then_some(value)
}

fn cut(text: &str) -> String {
    text.chars().take(AGENT_CHARS).collect()
}

/// The trace's id in `version-trace-parent-flags` (W3C Trace Context 3.2).
fn trace_id(parent: &str) -> Option<String> {
    let id = parent.split('-').nth(1)?;
    let is_id = id.len() == 32
        && id.bytes().all(|byte| byte.is_ascii_hexdigit())
        && id.bytes().any(|byte| byte != b'0');
    is_id.then(|| id.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_secret_at_the_cut_is_none_that_is_kept() {
        let key = "st_0123456789abcdef0123456789abcdef";
        let agent_of = |text: &str| {
            let value = text.parse::<axum::http::HeaderValue>().unwrap();
            agent(&HeaderMap::from_iter([(header::USER_AGENT, value)])).unwrap()
        };
        assert_eq!(
            agent_of(&format!("bot Bearer {key}")),
            "bot Bearer [scrubbed]"
        );
        let kept = agent_of(&format!("{} {key}", "x".repeat(AGENT_CHARS - 11)));
        assert_eq!(kept.chars().count(), AGENT_CHARS);
        assert!(kept.ends_with("x [scrubbed]"), "{kept}");
    }

    #[test]
    fn a_trace_is_read_as_w3c_says() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(
            trace_id(&format!("00-{id}-b7ad6b7169203331-01")).as_deref(),
            Some(id)
        );
        for wrong in [
            "",
            "00",
            "00-0af7-b7-01",
            &format!("00-{}-b7-01", "0".repeat(32)),
        ] {
            assert_eq!(trace_id(wrong), None, "{wrong}");
        }
    }
}
