//! The session works again, since somebody signed in in another tab: the page goes on where it stopped.

use super::{Follower, follow};
use crate::activity::browser;
use crate::activity::live::{Connection, Live};
use crate::status;
use crate::viewer::{ViewerResource, load_viewer};
use domain::view::Viewer;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Asks whether the session works again each time the reader is back at a page whose session has ended.
pub fn look_when_back(log: impl Follower) {
    let first = use_context::<ViewerResource>();
    let is_asking = StoredValue::new(false);
    // A tab that comes to the front is told of it twice.
    let ask_once = move || {
        if is_asking.try_get_value() == Some(false) {
            is_asking.set_value(true);
            spawn_local(async move {
                ask(log, first).await;
                is_asking.try_set_value(false);
            });
        }
    };
    let look = move || {
        if has_ended(log.live()) && browser::is_visible() {
            ask_once();
        }
    };
    let listeners = [
        window_event_listener(ev::focus, move |_| look()),
        window_event_listener_untyped("visibilitychange", move |_| look()),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    // What was noted on another page, which follows nothing, may be over by now.
    if status::is_signed_out_untracked() {
        ask_once();
    }
}

/// Asks who is signed in. The reader: the page goes on. Somebody else, or the reader with another role or in another
/// store: the page is theirs to load, for nothing on it may be.
async fn ask(log: impl Follower, first: Option<ViewerResource>) {
    let Ok(now) = load_viewer().await else {
        return;
    };
    let before = match first {
        Some(first) => first.await.ok(),
        None => None,
    };
    // Another answer may have come first, or the page was left.
    if !has_ended(log.live()) {
        return;
    }
    if before.is_some_and(|before| is_same(&before, &now)) {
        status::signed_in_again();
        // What could not be read is read again once this is open.
        log.live().connection.try_set(Connection::Opening);
        follow(log);
    } else {
        browser::reload();
    }
}

fn has_ended(live: Live) -> bool {
    live.connection.try_get_untracked() == Some(Connection::Ended)
}

fn is_same(before: &Viewer, now: &Viewer) -> bool {
    before.id == now.id && before.store.id == now.store.id && before.role == now.role
}
