//! How the page follows the log: the connection, what arrives, what is said about it.

pub mod bar;
pub mod dot;
pub mod sign_in;

// A socket is a browser's; the server renders and follows nothing.
#[cfg(not(feature = "ssr"))]
mod socket;
#[cfg(feature = "ssr")]
#[path = "live/silence.rs"]
mod socket;

use chrono::{DateTime, Utc};
use domain::view::Count;
use leptos::ev;
use leptos::prelude::*;
use std::sync::Arc;
#[cfg(not(feature = "ssr"))]
use std::time::Duration;

#[cfg(not(feature = "ssr"))]
pub use socket::{count_meanwhile, greeted, greeted_at, lose_count};
pub use socket::{flush, forget_waiting, start, take_in};

/// Counts are read again this long after something arrived.
#[cfg(not(feature = "ssr"))]
const COUNTS_AFTER: Duration = Duration::from_millis(1_500);

/// How it stands with the connection. On the server it is being made.
#[cfg_attr(
    feature = "ssr",
    expect(dead_code, reason = "only a browser gets further than opening")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Connection {
    /// The first one is being made.
    #[default]
    Opening,
    /// What happens arrives.
    Open,
    /// It was lost; it is being made again.
    Lost,
    /// The session has ended: only signing in helps.
    Ended,
}

/// What the page tells the task that holds the socket.
#[cfg_attr(
    feature = "ssr",
    expect(dead_code, reason = "only a browser leaves, and has a network to lose")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Another list is shown.
    Follow,
    /// Don't wait any longer.
    TryNow,
    /// The system says that it has no network.
    Offline,
    /// The reader is writing, or has stopped.
    Typing(bool),
    /// The page is left.
    Stop,
}

/// What is followed and from where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Following {
    /// The query.
    pub q: String,
    /// The last mark seen.
    pub mark: Option<String>,
}

/// A page that follows something over the socket. A handle: cheap to copy.
#[cfg(not(feature = "ssr"))]
pub trait Follower: Copy + Send + Sync + 'static {
    /// How it stands with the connection.
    fn live(self) -> Live;
    /// Now, to the millisecond.
    fn now(self) -> DateTime<Utc>;
    /// The topic of what is shown; query and mark are those of [`Live::following`].
    fn topic(self) -> String;
    /// Takes in what comes. True when it was the greeting.
    fn take(self, text: &str, is_greeted: &mut bool) -> bool;
}

type Tell = Arc<dyn Fn(Command) + Send + Sync>;

/// How it stands with following.
#[derive(Clone, Copy)]
pub struct Live {
    /// The connection.
    pub connection: RwSignal<Connection>,
    /// Since when it has been lost.
    pub lost_at: RwSignal<Option<DateTime<Utc>>>,
    /// Whether that has lasted long enough to be said across the page.
    pub is_lost_long: RwSignal<bool>,
    /// Seconds until it is tried again; none while it is being tried.
    pub next_try: RwSignal<Option<u32>>,
    /// How many arrived when it was back, not exact when more may have; none once that has been said long enough.
    pub came_meanwhile: RwSignal<Option<Count>>,
    /// Whether counts are to be read again already.
    #[cfg_attr(
        feature = "ssr",
        expect(dead_code, reason = "nothing arrives on the server")
    )]
    pub is_counting_soon: StoredValue<bool>,
    following: StoredValue<Following>,
    tell: StoredValue<Option<Tell>>,
    is_pointed_at: StoredValue<bool>,
}

impl Live {
    /// Nothing is followed yet.
    pub fn new() -> Self {
        Self {
            connection: RwSignal::new(Connection::Opening),
            lost_at: RwSignal::new(None),
            is_lost_long: RwSignal::new(false),
            next_try: RwSignal::new(None),
            came_meanwhile: RwSignal::new(None),
            is_counting_soon: StoredValue::new(false),
            following: StoredValue::new(Following::default()),
            tell: StoredValue::new(None),
            is_pointed_at: StoredValue::new(false),
        }
    }

    /// Follows another list from a mark on.
    pub fn follow(self, q: &str, mark: Option<String>) {
        self.following.set_value(Following {
            q: q.to_owned(),
            mark,
        });
        self.command(Command::Follow);
    }

    /// What is followed.
    pub fn following(self) -> Following {
        self.following.try_get_value().unwrap_or_default()
    }

    /// The last mark seen.
    pub fn mark(self) -> Option<String> {
        self.following().mark
    }

    /// Tells the task that holds the socket.
    pub fn command(self, command: Command) {
        if let Some(Some(tell)) = self.tell.try_get_value() {
            tell(command);
        }
    }

    /// Whether a pointer is over the list.
    pub fn is_pointed_at(self) -> bool {
        self.is_pointed_at.try_get_value().unwrap_or(false)
    }

    /// Notes whether a pointer is over the list.
    pub fn point(self, is_over: bool) {
        self.is_pointed_at.set_value(is_over);
    }

    /// Counts again in a moment; what arrives until then asks for nothing more.
    #[cfg(not(feature = "ssr"))]
    pub fn count_soon(self, count: impl FnOnce() + 'static) {
        let is_counting_soon = self.is_counting_soon;
        if is_counting_soon.try_get_value() != Some(false) {
            return;
        }
        is_counting_soon.set_value(true);
        set_timeout(
            move || {
                if is_counting_soon.try_set_value(false).is_none() {
                    count();
                }
            },
            COUNTS_AFTER,
        );
    }
}

/// Reads again what could not be read, each time the connection is back. Called by what says that it could not.
pub fn when_back(live: Live, again: impl Fn() + 'static) {
    Effect::new(move |was_open: Option<bool>| {
        let is_open = matches!(live.connection.get(), Connection::Open);
        if is_open && was_open == Some(false) {
            untrack(&again);
        }
        is_open
    });
}

/// The same where nothing is followed: when the system says that it has a network again, and when the reader is back.
pub fn when_online(again: impl Fn() + Copy + 'static) {
    Effect::new(move |_| {
        let listeners = [
            window_event_listener(ev::online, move |_| again()),
            window_event_listener(ev::focus, move |_| again()),
        ];
        on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    });
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}
