//! How many calls are answered at the same time: the rest is told to come back, so that those who are in are served.

use crate::problem;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use domain::{Code, Problem};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many at the same time. Sockets count only until they are open.
const AT_ONCE: usize = 1_024;

/// What tells whether the process is well is answered whatever else is going on.
const ALWAYS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The places that are taken.
#[derive(Clone)]
pub struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Places {
    /// The layer.
    pub async fn bound(self, request: Request, next: Next) -> Response {
        if ALWAYS.contains(&request.uri().path()) {
            return next.run(request).await;
        }
        let Ok(_place) = self.0.try_acquire() else {
            return problem::answer(&Problem::new(
                Code::Unavailable,
                "too many calls at this moment; try again in a minute",
            ));
        };
        next.run(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn when_all_places_are_taken_one_is_told_so_and_health_is_still_answered() {
        let places = Places::default();
        let taken = places.clone();
        let all = u32::try_from(AT_ONCE).unwrap();
        let _taken = taken.0.acquire_many(all).await.unwrap();
        let router = Router::new()
            .route("/healthz", get(|| async { "ok" }))
            .route("/x", get(|| async { "ok" }))
            .layer(from_fn(move |request, next| {
                places.clone().bound(request, next)
            }));
        for (path, status) in [
            ("/x", StatusCode::SERVICE_UNAVAILABLE),
            ("/healthz", StatusCode::OK),
        ] {
            let request = axum::http::Request::get(path).body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{path}");
        }
    }
}
