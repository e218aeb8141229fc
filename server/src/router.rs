//! Which path is answered by what, and the layers around it all.

use crate::limits::Places;
use crate::observe::{self, REQUEST_ID, check_request_id, observe, panic_answer};
use crate::problem;
use crate::requests::ForeignOrigin;
use crate::state::AppState;
use crate::{
    api_docs, files, health, hooks, linger, links, live, mail_frame, metrics, owner, pages,
    requests, security_headers, session, sign_in, v1,
};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Extensions, HeaderMap, Method, StatusCode, Uri, Version, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use domain::{Code, Problem};
use http_body_util::Limited;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;

/// The largest body that is read.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// The largest body that may hold a mail: one of 25 MiB grows by a third on its way.
const MAX_MAIL_BYTES: usize = 36 * 1024 * 1024;

/// The largest body of the composer's: what the API takes, as a form, in which some signs of base64 become three.
const MAX_FORM_BYTES: usize = 48 * 1024 * 1024;

/// The largest body that a path reads.
fn most_of(path: &str) -> usize {
    match path {
        "/api/v1/messages" => v1::MAX_MESSAGE_BODY_BYTES,
        "/fn/messages/send" => MAX_FORM_BYTES,
        _ if is_shop_hook(path) => domain::hook::MAX_BODY_BYTES,
        _ if path.starts_with("/hooks/") => MAX_MAIL_BYTES,
        _ => MAX_BODY_BYTES,
    }
}

/// Whether a path is called by shops.
fn is_shop_hook(path: &str) -> bool {
    domain::hook::Platform::ALL.iter().any(|platform| {
        let rest = path.strip_prefix("/hooks/");
        rest.and_then(|rest| rest.strip_prefix(platform.as_str()))
            .is_some_and(|rest| rest.starts_with('/'))
    })
}

/// How long a call may take until its answer begins: enough for a batch under load, and for the sample store.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Brotli's quality for what is made on the spot: a page takes about as long as it takes to send it.
const COMPRESSION: i32 = 4;

/// Everything the server answers.
///
/// # Errors
/// When the public address can't be a browser's origin.
pub fn router(state: AppState) -> anyhow::Result<Router> {
    let with_session = Router::new()
        .merge(pages::router(&state))
        .route("/sign-in", post(sign_in::sign_in))
        .route("/sign-in/code", post(sign_in::show_code))
        .route("/sign-in/passkey", post(sign_in::show_passkey))
        .route("/sign-in/openid/{provider}", get(sign_in::openid_begin))
        .route("/sign-in/openid/{provider}/back", get(sign_in::openid_back))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/setup", post(owner::setup))
        .route("/forgot", post(links::forgot))
        .route("/link/password", post(links::set_password))
        .route("/link/confirm", post(links::confirm))
        .route("/switch-store", post(sign_in::switch_store))
        .route("/ws", get(live::follow))
        .merge(mail_frame::router())
        .merge(files::router())
        .nest("/api/v1", v1::router())
        .with_state(state.clone())
        .layer(from_fn_with_state(state.clone(), session::load));
    let csrf = CsrfLayer::new()
        .add_trusted_origin(state.public_url.as_ref())?
        .with_insecure_bypass(is_guarded_by_key)
        .with_rejection_response(refuse_foreign);
    let places = Places::default();
    let outer = ServiceBuilder::new()
        .layer(
            CompressionLayer::new()
                .br(true)
                .gzip(true)
                .quality(CompressionLevel::Precise(COMPRESSION))
                .compress_when(DefaultPredicate::new().and(is_worth_compressing)),
        )
        .layer(from_fn_with_state(state.clone(), security_headers::add))
        .layer(from_fn(check_request_id))
        .layer(SetRequestIdLayer::new(
            REQUEST_ID,
            observe::request_ids(&state),
        ))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(from_fn_with_state(state.clone(), requests::note))
        .layer(from_fn(observe))
        .layer(from_fn(move |request, next| {
            places.clone().bound(request, next)
        }))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            PATIENCE,
        ))
        .layer(CatchPanicLayer::custom(panic_answer));
    Ok(Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .merge(api_docs::router())
        .merge(mail_frame::pictures())
        .fallback(pages::elsewhere)
        .with_state(state.clone())
        .merge(with_session)
        .merge(hooks::router().with_state(state))
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(from_fn(limit_body))
        .layer(csrf)
        .layer(from_fn(linger::linger))
        .layer(outer))
}

/// The layer: refuses bodies that are too large, before they come where their length is told, else while they come.
async fn limit_body(request: Request, next: Next) -> Response {
    let limit = most_of(request.uri().path());
    let told = request.headers().get(header::CONTENT_LENGTH);
    let length: Option<u64> = told.and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|length| length > limit as u64) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, limit))))
        .await
}

/// A release has the browser's program compressed already, for those who take Brotli, and does it here for those
/// who don't. While developing it is large, and compressing it with code that isn't optimised takes seconds.
fn is_worth_compressing(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let is_program = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/wasm");
    // A file with its digest is sent as it is.
    let is_file = headers.contains_key("repr-digest");
    !(is_file || cfg!(debug_assertions) && is_program)
}

/// The API changes nothing for a session ([`crate::authority::Caller`]), and webhooks are signed: what browsers
/// add to a request of their own accord opens neither.
fn is_guarded_by_key(_: &Method, uri: &Uri) -> bool {
    let path = uri.path();
    // Mail programs unsubscribe from wherever they run; the link itself is the authority (RFC 8058 3.2).
    let is_open = ["/api/v1/", "/hooks/", "/unsubscribe/"];
    is_open.iter().any(|place| path.starts_with(place))
}

fn refuse_foreign(_: ProtectionError) -> Response<Body> {
    foreign_origin()
}

/// The refusal of what a page of another origin asked a browser for.
pub fn foreign_origin() -> Response {
    let mut response = problem::answer(&Problem::new(
        Code::Forbidden,
        "a page of another origin asked for this; nothing was changed. If this is Storetrail's own address, \
         set STORETRAIL_PUBLIC_URL to it",
    ));
    response.extensions_mut().insert(ForeignOrigin);
    response
}
