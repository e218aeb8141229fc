//! What a browser is told to refuse on our behalf.

use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// For what is no page: it may do nothing, even when someone opens it as one.
const BARE_POLICY: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The policy of a page (CSP 3): scripts of this server and those that carry the answer's nonce; WebAssembly;
/// style attributes, but no other inline style.
pub fn page_policy(nonce: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("a nonce is base64")
}

/// The layer: adds to every answer what it doesn't say itself.
pub async fn add(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut or_else = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    or_else(header::CONTENT_SECURITY_POLICY, BARE_POLICY);
    or_else(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Addresses of pages hold queries, and queries hold names.
    or_else(header::REFERRER_POLICY, "same-origin");
    or_else(header::X_FRAME_OPTIONS, "DENY");
    or_else(OPENER_POLICY, "same-origin");
    or_else(RESOURCE_POLICY, "same-origin");
    or_else(
        PERMISSIONS_POLICY,
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    if state.public_url.starts_with("https://") {
        or_else(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}
