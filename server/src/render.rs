//! How the app is run for a request: a page to its end, on one thread, and each apart from all others.

use crate::problem::{ApiError, Fault};
use crate::router::PATIENCE;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use leptos::prelude::Owner;
use std::future::{pending, poll_fn};
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;
use tracing::Instrument as _;

/// How long a page may take before it is begun once more: the slowest takes a second or two.
const STUCK: Duration = Duration::from_secs(30);

/// The threads that pages are made on, as many as there are cores. Each runs what it is given by itself, and what that
/// spawns: Leptos lets the parts of a page go on in tasks of their own, which on several threads meet in the middle of
/// something.
static THREADS: LazyLock<Vec<Handle>> = LazyLock::new(|| {
    let count = thread::available_parallelism().map_or(1, usize::from);
    (0..count).filter_map(|_| begin_thread()).collect()
});

fn begin_thread() -> Option<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    let handle = runtime.handle().clone();
    let run = move || runtime.block_on(pending::<()>());
    thread::Builder::new()
        .name("pages".into())
        .spawn(run)
        .ok()?;
    Some(handle)
}

/// The thread whose turn it is; where none could be begun, all that the server has.
fn next_thread() -> Handle {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    let own = turn
        .checked_rem(THREADS.len())
        .and_then(|at| THREADS.get(at));
    own.cloned().unwrap_or_else(Handle::current)
}

/// The layer around pages and server functions.
pub async fn run(request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return apart(next.run(request)).await;
    }
    // A page is asked for without a body.
    let (parts, _) = request.into_parts();
    page(move || {
        let request = Request::from_parts(parts.clone(), Body::empty());
        next.clone().run(request)
    })
    .await
}

/// Makes a page to its end, whether or not somebody still waits for it, for at most [`PATIENCE`].
///
/// A browser that goes on before a page has come breaks the connection. What a page has then begun to read would
/// be left without what it stands on, and break off in many places.
///
/// A page that broke off or got stuck is made once more: about one in a thousand found its signals gone while its parts
/// were rendered on several threads. Making a page changes nothing but who looked at what, and alike within a minute
/// counts as one.
///
/// # Panics
/// Where the page does a second time, for the layer that answers for that.
pub async fn page<A>(make: impl Fn() -> A) -> Response
where
    A: Future<Output = Response> + Send + 'static,
{
    made(make, STUCK).await
}

/// As [`page`]; it is stuck after so long.
async fn made<A>(make: impl Fn() -> A, stuck: Duration) -> Response
where
    A: Future<Output = Response> + Send + 'static,
{
    match tokio::time::timeout(stuck, begin(make())).await {
        Ok(Ok(response)) => return response,
        Ok(Err(broken)) => tracing::warn!(%broken, "a page broke off; making it once more"),
        Err(_) => tracing::warn!("a page got stuck; making it once more"),
    }
    match begin(make()).await {
        Ok(response) => response,
        Err(broken) => resume_unwind(broken.into_panic()),
    }
}

/// Begins to make a page, in a task of its own that stays on one thread.
fn begin(answer: impl Future<Output = Response> + Send + 'static) -> JoinHandle<Response> {
    let whole = apart(async {
        let (parts, body) = answer.await.into_parts();
        // What the app makes lies in memory in any case.
        match to_bytes(body, usize::MAX).await {
            Ok(bytes) => Response::from_parts(parts, Body::from(bytes)),
            Err(error) => ApiError::Fault(Fault::Defect(error.to_string().into())).into_response(),
        }
    });
    let bounded = async {
        let made = tokio::time::timeout(PATIENCE, whole).await;
        made.unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
    };
    next_thread().spawn(bounded.in_current_span())
}

/// Runs it with a reactive owner of its own.
///
/// Leptos keeps the owner of what is being rendered with the thread, and sets it when a page begins. After a wait the
/// thread may be another one, or have begun another page: contexts would be looked for among that page's, and what
/// is to live as long as this page would end with that one.
async fn apart<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut own: Option<Owner> = None;
    poll_fn(move |context| {
        let _outside = Outside(Owner::current());
        put(own.as_ref());
        let answer = work.as_mut().poll(context);
        own = Owner::current();
        answer
    })
    .await
}

/// The thread's owner before: its owner again when this is dropped, also by a panic.
struct Outside(Option<Owner>);

impl Drop for Outside {
    fn drop(&mut self) {
        put(self.0.as_ref());
    }
}

/// Makes it the thread's owner.
fn put(owner: Option<&Owner>) {
    match (owner, Owner::current()) {
        (Some(owner), _) => owner.set(),
        (None, Some(current)) => current.unset(),
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::poll;
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;
    use tokio::sync::watch;
    use tokio::task::yield_now;

    #[tokio::test]
    async fn a_page_is_made_though_nobody_waits_for_it() {
        let (begin, begun) = watch::channel(false);
        let (end, mut ended) = watch::channel(false);
        let mut answer = Box::pin(page(move || {
            let (mut begun, end) = (begun.clone(), end.clone());
            async move {
                begun.wait_for(|begun| *begun).await.unwrap();
                end.send(true).unwrap();
                Response::default()
            }
        }));
        assert!(poll!(&mut answer).is_pending());
        drop(answer);
        begin.send(true).unwrap();
        ended.wait_for(|ended| *ended).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_page_and_what_it_spawns_stay_on_one_thread() {
        let make = || async {
            let here = thread::current().id();
            for _ in 0..20 {
                let there = tokio::spawn(async {
                    yield_now().await;
                    thread::current().id()
                });
                assert_eq!(there.await.unwrap(), here);
            }
            StatusCode::ACCEPTED.into_response()
        };
        assert_eq!(page(make).await.status(), StatusCode::ACCEPTED);
    }

    #[tokio::test]
    async fn a_page_that_broke_off_is_made_once_more() {
        let tries = Arc::new(AtomicU32::new(0));
        let broken_at_first = || {
            let tries = tries.clone();
            async move {
                assert!(tries.fetch_add(1, Ordering::Relaxed) > 0, "broken off");
                StatusCode::ACCEPTED.into_response()
            }
        };
        assert_eq!(page(broken_at_first).await.status(), StatusCode::ACCEPTED);
        assert_eq!(tries.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_page_that_got_stuck_is_made_once_more() {
        let tries = Arc::new(AtomicU32::new(0));
        let stuck_at_first = || {
            // Counted here and not where it runs: a machine under load may begin with the second.
            let is_first = tries.fetch_add(1, Ordering::Relaxed) == 0;
            async move {
                if is_first {
                    std::future::pending::<()>().await;
                }
                StatusCode::ACCEPTED.into_response()
            }
        };
        let answer = made(stuck_at_first, Duration::from_millis(1)).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        assert_eq!(tries.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn pages_on_one_thread_keep_their_owners() {
        let work = || {
            apart(async {
                let own = Owner::new_root(None);
                yield_now().await;
                assert!(Owner::current() == Some(own));
            })
        };
        tokio::join!(work(), work());
        assert!(Owner::current().is_none());
    }

    #[tokio::test]
    async fn what_breaks_off_leaves_no_owner() {
        let broken = tokio::spawn(apart(async {
            let _own = Owner::new_root(None);
            panic!("broken off");
        }));
        assert!(broken.await.is_err_and(|error| error.is_panic()));
        assert!(Owner::current().is_none());
    }
}
