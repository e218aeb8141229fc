//! An answer that is given before the body has arrived must reach its caller all the same.
//!
//! A server that answers 413 or 401 and closes the connection while the client is still sending makes the
//! client's system throw the answer away (RFC 9112 9.6). So what is left of a body is read and dropped beside
//! the answer, within bounds.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// How much of an unwanted body is read at most, in bytes.
const MOST_BYTES: u64 = 128 * 1024 * 1024;
/// How long an unwanted body is read at most.
const LONGEST: Duration = Duration::from_secs(15);

/// Middleware: reads on what the handler leaves unread.
pub async fn linger(mut request: Request, next: Next) -> Response {
    // Such a client waits for leave before it sends; an answer without that leave is all it needs (RFC 9110 10.1.1).
    let waits_for_leave = request.headers().contains_key(header::EXPECT);
    if !waits_for_leave && !request.body().is_end_stream() {
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(Lingering(Some(body)));
    }
    next.run(request).await
}

/// A body that is read on when it is dropped early. Empty once it has ended.
struct Lingering(Option<Body>);

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.0 = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let Some(body) = self.0.take().filter(|body| !body.is_end_stream()) else {
            return;
        };
        // Outside a runtime nobody sends.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout(LONGEST, discard(body)));
        }
    }
}

async fn discard(mut body: Body) {
    let mut left = MOST_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
        match left.checked_sub(bytes) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
