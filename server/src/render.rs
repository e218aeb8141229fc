//! How the app is run for a request: a page to its end, and each apart from all others.

use crate::problem::{ApiError, Fault};
use crate::router::PATIENCE;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use leptos::prelude::Owner;
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::pin;
use tracing::Instrument as _;

/// The layer around pages and server functions.
pub async fn run(request: Request, next: Next) -> Response {
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD);
    let answer = next.run(request);
    if is_page {
        page(answer).await
    } else {
        apart(answer).await
    }
}

/// Makes a page to its end, whether or not somebody still waits for it, for at most [`PATIENCE`].
///
/// A browser that goes on before a page has come breaks the connection. What a page has then begun to read would
/// be left without what it stands on, and break off in many places.
///
/// # Panics
/// Where the page does, for the layer that answers for that.
pub async fn page(answer: impl Future<Output = Response> + Send + 'static) -> Response {
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
    match tokio::spawn(bounded.in_current_span()).await {
        Ok(response) => response,
        Err(broken) => resume_unwind(broken.into_panic()),
    }
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
    use tokio::sync::oneshot;
    use tokio::task::yield_now;

    #[tokio::test]
    async fn a_page_is_made_though_nobody_waits_for_it() {
        let (begin, begun) = oneshot::channel::<()>();
        let (end, ended) = oneshot::channel();
        let mut answer = Box::pin(page(async {
            begun.await.unwrap();
            end.send(()).unwrap();
            Response::default()
        }));
        assert!(poll!(&mut answer).is_pending());
        drop(answer);
        begin.send(()).unwrap();
        ended.await.unwrap();
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
