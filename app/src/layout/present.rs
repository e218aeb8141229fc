//! That somebody is at the page. What a page asks by itself, as entries arrive, must not keep its session from ending:
//! for the server a server function is a use of the session only while this browser says that somebody is there.

use crate::activity::browser;
use leptos::ev;
use leptos::prelude::*;

/// The cookie that says so, of all pages of the browser.
pub const PRESENT: &str = "storetrail_present";

/// For how long it says so after the last sign of somebody, in seconds.
const COUNTS_FOR: u32 = 60;
/// How long a sign is not repeated, in milliseconds.
const PAUSE_MS: f64 = 15_000.0;

/// Listens for pointers and input; gives what tells of another sign, such as a key.
pub fn listen() -> impl Fn() + Copy + 'static {
    let told_at = StoredValue::new(f64::NEG_INFINITY);
    let tell = move || {
        let now = browser::milliseconds();
        if now - told_at.get_value() > PAUSE_MS {
            told_at.set_value(now);
            browser::keep_cookie_for(PRESENT, "1", COUNTS_FOR);
        }
    };
    let listeners = [
        window_event_listener(ev::pointerdown, move |_| tell()),
        window_event_listener(ev::click, move |_| tell()),
        window_event_listener(ev::wheel, move |_| tell()),
        window_event_listener(ev::input, move |_| tell()),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    tell
}
