//! `/api/docs`: the API's document as a page to read, on a desk and on a phone, without network or scripts.
//!
//! Made from the OpenAPI document alone, so it says what the document says. A ready-made viewer (Swagger UI
//! and its like) brings two megabytes of script that wants inline styles, and shows one call at a time.
//!
//! What belongs here: HTML of the document. Words belong into the document: into the doc comments of `v1` and
//! its `introduction.md`.

mod call;
mod example;
mod object;
mod page;
mod words;

use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::LazyLock;

/// Stands in document and page for the address by which the outside reaches this server.
pub const ORIGIN: &str = "{ORIGIN}";

/// Everything comes from this server, and nothing runs.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

/// The page and its style sheet, to be merged at the root.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/api/docs", get(show))
        .route("/api/docs/docs.css", get(style))
}

async fn show(State(state): State<AppState>) -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(|| {
        let document = crate::v1::document();
        page::page(&serde_json::to_value(document).expect("the document is always JSON"))
    });
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    let page = PAGE.replace(ORIGIN, &words::escape(&state.public_url));
    (headers, page).into_response()
}

async fn style() -> Response {
    const SHEET: &str = concat!(
        include_str!("../../style/tokens.css"),
        include_str!("../../style/fonts.css"),
        include_str!("api_docs/docs.css"),
    );
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, SHEET).into_response()
}
