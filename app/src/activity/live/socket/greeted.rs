//! The connection is there again: what is said, and how much came while it was lost.

use crate::activity::browser;
use crate::activity::live::{Connection, Live};
use domain::view::Count;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;

/// What arrives so soon after the connection is back came while it was lost.
const CATCHING_UP_MS: u32 = 1_500;
/// How long that is said.
const SAID_MS: u32 = 8_000;
/// What has arrived at first.
const NOTHING: Count = Count {
    count: 0,
    is_exact: true,
};

thread_local! {
    /// How many have arrived since the connection came back, while that is counted.
    static MEANWHILE: Cell<Option<Count>> = const { Cell::new(None) };
}

/// Notes that something arrived.
pub fn count_meanwhile() {
    if let Some(count) = MEANWHILE.get() {
        MEANWHILE.set(Some(Count {
            count: count.count + 1,
            ..count
        }));
    }
}

/// Notes that more may have arrived than is told one by one.
pub fn lose_count() {
    if let Some(count) = MEANWHILE.get() {
        MEANWHILE.set(Some(Count {
            is_exact: false,
            ..count
        }));
    }
}

/// The connection is there again.
pub fn greeted(live: Live) {
    // A socket that has not been closed yet still greets.
    if crate::status::is_signed_out_untracked() {
        return;
    }
    // A part of the page that was refused, as by a server of another version, does not come any more. Only after a lost
    // connection: a part that never comes would have the page loaded again for ever.
    let was_lost = live.lost_at.try_get_untracked().flatten().is_some();
    if was_lost && crate::asides::is_broken() {
        browser::reload();
        return;
    }
    let was_lost_long = live.is_lost_long.try_get_untracked() == Some(true);
    live.connection.try_set(Connection::Open);
    live.next_try.try_set(None);
    live.is_lost_long.try_set(false);
    live.lost_at.try_set(None);
    if !was_lost_long {
        return;
    }
    MEANWHILE.set(Some(NOTHING));
    spawn_local(async move {
        TimeoutFuture::new(CATCHING_UP_MS).await;
        let count = MEANWHILE.replace(None).unwrap_or(NOTHING);
        live.came_meanwhile.try_set(Some(count));
        TimeoutFuture::new(SAID_MS).await;
        live.came_meanwhile.try_set(None);
    });
}

/// The connection is there again, where marks are kept. Without one it is followed from `mark`; with one, what happened
/// since is on its way, and each brings its own.
pub fn greeted_at(live: Live, mark: String) {
    if live.mark().is_none() {
        live.set_mark(mark);
    }
    greeted(live);
}
