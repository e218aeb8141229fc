//! One request as operators see it: its id, its measure, its fault, and refusals in one shape.

use crate::problem::{self, ApiError, Fault, PROBLEM_JSON};
use crate::state::AppState;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::{Code, Problem};
use std::any::Any;
use storage::Ambient;
use tower_http::request_id::{MakeRequestId, RequestId};
use tracing::Instrument as _;

/// The header that carries a request's id, in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Makes request ids of the clock and randomness that the server was started with.
#[derive(Clone)]
pub struct RequestIds(pub Ambient);

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        let id = self.0.uuid().to_string();
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}

/// The layer outside [`RequestIds`]: drops an id from outside that is no plain word, before it reaches a log.
pub async fn check_request_id(mut request: Request, next: Next) -> Response {
    let is_plain = |value: &HeaderValue| {
        let bytes = value.as_bytes();
        (1..=64).contains(&bytes.len())
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    if request
        .headers()
        .get(REQUEST_ID)
        .is_some_and(|value| !is_plain(value))
    {
        request.headers_mut().remove(REQUEST_ID);
    }
    next.run(request).await
}

/// The layer that measures, gives refusals that a library made their shape, and logs faults: the only place
/// that does, so each stands in the log once.
///
/// What is logged of a request is its id, method and route, never its address, query or body.
pub async fn observe(request: Request, next: Next) -> Response {
    let start = tokio::time::Instant::now();
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or("unknown")
        .to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let span = tracing::debug_span!("request", %id, %method, route);
    let response = next.run(request).instrument(span).await;
    let response = in_shape(response, &id, &route);
    let elapsed = start.elapsed();
    let status = response.status().as_u16();
    tracing::debug!(id, %method, route, status, elapsed_ms = elapsed.as_millis(), "answered");
    metrics::histogram!(
        "storetrail_http_request_duration_seconds",
        "method" => known(&method),
        "route" => route,
        "status" => status.to_string(),
    )
    .record(elapsed);
    response
}

/// A method as a label: whatever a client makes up counts as one, so that the labels stay few.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];
    KNOWN
        .into_iter()
        .find(|known| method == *known)
        .unwrap_or("other")
}

/// What [`tower_http::catch_panic`] answers with.
pub fn panic_answer(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    ApiError::Fault(Fault::Defect(format!("panic: {text}").into())).into_response()
}

fn in_shape(mut response: Response, id: &str, route: &str) -> Response {
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        tracing::error!(id, route, %fault, "a request failed");
        return problem::answer(&fault.to_problem(id));
    }
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    if !is_refusal || route.starts_with("/fn/") || is_shaped(&response) {
        return response;
    }
    let Some(problem) = problem_of(status, id, route) else {
        return response;
    };
    let mut shaped = problem::answer(&problem);
    // 405 names the methods that are answered (RFC 9110 15.5.6).
    if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
        shaped.headers_mut().insert(header::ALLOW, allow);
    }
    shaped
}

/// Whether a refusal was written by one of us: as a problem, as a page or for a server function.
fn is_shaped(response: &Response) -> bool {
    let Some(kind) = response.headers().get(header::CONTENT_TYPE) else {
        return false;
    };
    let kind = kind.as_bytes();
    [PROBLEM_JSON, "application/json", "text/html"]
        .iter()
        .any(|shaped| kind.starts_with(shaped.as_bytes()))
}

/// The refusals that axum and tower-http make, in our words.
fn problem_of(status: StatusCode, id: &str, route: &str) -> Option<Problem> {
    Some(match status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Problem::new(
            Code::InvalidFields,
            "the request has not the form that this call reads; the API's description names each field",
        ),
        StatusCode::NOT_FOUND => Problem::not_found("page or call"),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            Code::MethodNotAllowed,
            "this path answers other methods; the allow header names them",
        ),
        StatusCode::PAYLOAD_TOO_LARGE if route == "/api/v1/messages" => Problem::new(
            Code::TooLarge,
            "a message with its files is a body of at most 42 MiB, which 30 MiB of files fit into as base64; leave files \
             out or send a link; nothing was sent",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            Code::TooLarge,
            "a body holds at most 8 MiB; send less at a time",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(
            Code::UnsupportedMediaType,
            "the content type is not one that this call reads",
        ),
        StatusCode::SERVICE_UNAVAILABLE => {
            tracing::warn!(id, "a request took too long");
            Problem::new(
                Code::Unavailable,
                "this took too long and was stopped; try again in a minute",
            )
        }
        _ => return None,
    })
}

/// The request ids of this server.
pub fn request_ids(state: &AppState) -> RequestIds {
    RequestIds(state.storage.ambient().clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::{ServiceBuilder, ServiceExt as _};
    use tower_http::catch_panic::CatchPanicLayer;
    use tower_http::request_id::SetRequestIdLayer;

    async fn ask(handler: axum::routing::MethodRouter) -> (StatusCode, String) {
        let layers = ServiceBuilder::new()
            .layer(SetRequestIdLayer::new(
                REQUEST_ID,
                RequestIds(Ambient::system()),
            ))
            .layer(from_fn(observe))
            .layer(CatchPanicLayer::custom(panic_answer));
        let request = axum::http::Request::get("/")
            .header(REQUEST_ID, "r-1")
            .body(Body::empty())
            .unwrap();
        let router = Router::new().route("/", handler).layer(layers);
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 10_000)
            .await
            .unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_answered_with_its_reference_and_nothing_else() {
        async fn broken() -> &'static str {
            panic!("secret detail")
        }
        let (status, body) = ask(get(broken)).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains("\"reference\":\"r-1\""), "{body}");
        assert!(!body.contains("secret"), "{body}");
    }

    #[tokio::test]
    async fn a_fault_is_answered_with_its_reference_and_nothing_else() {
        async fn broken() -> ApiError {
            storage::Error::Damaged {
                what: "payload",
                detail: "secret detail".to_owned(),
            }
            .into()
        }
        let (status, body) = ask(get(broken)).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains("\"reference\":\"r-1\""), "{body}");
        assert!(!body.contains("secret"), "{body}");
    }
}
