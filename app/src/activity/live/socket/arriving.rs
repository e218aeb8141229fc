//! What comes over the socket, taken in a handful at a time.

use super::{count_meanwhile, greeted_at, lose_count};
use crate::activity::any_log::AnyLog as _;
use crate::activity::live::{Follower, Live};
use crate::activity::loaded::{Arrival, Loaded};
use crate::activity::state::Log;
use crate::activity::words::entries;
use chrono::{DateTime, Utc};
use domain::view::{ActivityRow, Count, LiveEvent};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::{Cell, RefCell};

/// Arrivals are taken in together for so long: a burst is one change of the list.
const TOGETHER_MS: u32 = 120;
/// More than this at once, and the list is read again instead.
const TOO_MANY: usize = 400;
/// Arrivals are announced at most each so often.
const ANNOUNCED_MS: u32 = 10_000;

thread_local! {
    static ARRIVED: RefCell<Vec<ActivityRow>> = const { RefCell::new(Vec::new()) };
    static UNSAID: Cell<usize> = const { Cell::new(0) };
    static IS_SAYING: Cell<bool> = const { Cell::new(false) };
}

impl Follower for Log {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn topic(self) -> String {
        "activity".to_owned()
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        take(self, text, is_greeted)
    }
}

/// Takes a message in. True when it was the greeting. Types that are not known mean nothing here.
fn take(log: Log, text: &str, is_greeted: &mut bool) -> bool {
    let Ok(event) = crate::wire::read::<LiveEvent>(text) else {
        return false;
    };
    match event {
        LiveEvent::Hello { mark } => {
            *is_greeted = true;
            greeted_at(log.live, mark);
            return true;
        }
        _ if !*is_greeted => {}
        LiveEvent::Added { row, mark } => {
            log.live.set_mark(mark);
            arrived(log, *row);
        }
        LiveEvent::Changed {
            row,
            is_matching,
            mark,
        } => {
            log.live.set_mark(mark);
            // What it changes may be on its way into the list.
            flush(log);
            if log.change(*row, is_matching) != Arrival::Nothing {
                count_meanwhile();
                announce(log);
            }
        }
        LiveEvent::Resync { mark } => {
            log.live.set_mark(mark);
            lose_count();
            ARRIVED.with_borrow_mut(Vec::clear);
            log.read_again();
        }
    }
    false
}

fn arrived(log: Log, row: ActivityRow) {
    let is_first = ARRIVED.with_borrow_mut(|arrived| {
        arrived.push(row);
        arrived.len() == 1
    });
    count_meanwhile();
    announce(log);
    if is_first {
        spawn_local(async move {
            TimeoutFuture::new(TOGETHER_MS).await;
            flush(log);
        });
    }
}

/// Puts what waits into the list that is shown.
pub fn flush(log: Log) {
    let rows = ARRIVED.take();
    if rows.is_empty() || log.shown.try_get_untracked().is_none() {
        return;
    }
    if rows.len() > TOO_MANY {
        log.read_again();
    } else {
        log.arrive(rows);
    }
}

/// Puts what waits into a list that is kept for later.
pub fn take_in(log: Log, loaded: &mut Loaded) {
    let (is_ready, now) = (log.is_ready(), log.moment.exactly());
    for row in ARRIVED.take() {
        loaded.arrive(row, is_ready, now);
    }
}

/// What waits is for a list that is left.
pub fn forget_waiting() {
    ARRIVED.take();
}

/// Says how many arrived, at most every ten seconds.
fn announce(log: Log) {
    UNSAID.set(UNSAID.get() + 1);
    if IS_SAYING.replace(true) {
        return;
    }
    spawn_local(async move {
        TimeoutFuture::new(1_000).await;
        let count = Count {
            count: UNSAID.replace(0) as u64,
            is_exact: true,
        };
        log.said.try_set(entries(log.locale, count));
        TimeoutFuture::new(ANNOUNCED_MS).await;
        IS_SAYING.set(false);
        if UNSAID.get() > 0 {
            UNSAID.set(UNSAID.get() - 1);
            announce(log);
        }
    });
}
