//! How many calls are answered at the same time, and how many a key may make in a second: the rest is told to come back,
//! so that those who are in are served.

use crate::metrics::CALLS_REFUSED;
use crate::problem;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use domain::{Code, KeyId, Problem};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

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

/// How long a key may have been silent to call at once as often as it could have in that time.
const SAVED_UP: Duration = Duration::from_secs(5);

/// How fast each key may call: so many calls a second, and what it has saved up at once. Each process counts by itself.
/// Cheap to clone.
#[derive(Clone)]
pub struct KeyPaces {
    step: Duration,
    // Until when the calls of a key have used its pace up (the generic cell rate algorithm, ITU-T I.371).
    used_until: Arc<Mutex<HashMap<KeyId, Instant>>>,
}

impl KeyPaces {
    /// What a refused key waits at most until its next call is let in, in seconds.
    pub const WAIT_SECONDS: u32 = 1;

    /// A pace of so many calls a second, at least 1.
    pub fn new(per_second: u32) -> Self {
        Self {
            step: Duration::from_secs(1) / per_second.max(1),
            used_until: Arc::default(),
        }
    }

    /// Whether the key may make one more call now; a call that it may make is counted.
    pub fn admits(&self, key: KeyId) -> bool {
        let is_admitted = self.admits_at(key, Instant::now());
        if !is_admitted {
            metrics::counter!(CALLS_REFUSED).increment(1);
        }
        is_admitted
    }

    fn admits_at(&self, key: KeyId, now: Instant) -> bool {
        let mut kept = self
            .used_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let used_until = kept.entry(key).or_insert(now);
        let next = (*used_until).max(now) + self.step;
        let is_admitted = next - now <= SAVED_UP;
        if is_admitted {
            *used_until = next;
        }
        is_admitted
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

    #[test]
    fn a_key_calls_at_its_pace_and_what_it_saved_up_at_once() {
        let paces = KeyPaces::new(10);
        let (one, other) = (
            KeyId(uuid::Uuid::from_u128(1)),
            KeyId(uuid::Uuid::from_u128(2)),
        );
        let begun = Instant::now();
        let admitted =
            |key, at, calls: u32| (0..calls).filter(|_| paces.admits_at(key, at)).count();
        assert_eq!(admitted(one, begun, 60), 50);
        assert_eq!(admitted(other, begun, 60), 50, "each key has its own");
        let later = begun + Duration::from_millis(300);
        assert_eq!(admitted(one, later, 60), 3);
        let refilled = begun + Duration::from_secs(60);
        assert_eq!(admitted(one, refilled, 60), 50, "no more is saved up");
    }

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
