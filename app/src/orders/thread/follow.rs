//! What the page does once it stands in a browser: notes what was seen, goes to the message of the address.

use super::state::ThreadLog;
use crate::activity::browser;
use crate::layout::{is_single_key, key_of};
use crate::messages::address::{WRITE, order_href};
use crate::use_preferences;
use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::time::Duration;

/// What has been on the screen for so long was seen.
const SEEN_AFTER: Duration = Duration::from_millis(1_200);
/// No more stretches than this are loaded to find the message of the address.
const MAX_LOADED: u32 = 20;
/// How long to wait before looking again whether a stretch has come that somebody else asked for.
const BREATH: Duration = Duration::from_millis(50);

/// Begins.
pub fn begin(log: ThreadLog) {
    set_timeout(move || log.mark_seen(), SEEN_AFTER);
    // What came while the page lay behind another is seen once it is in front again.
    let seen = window_event_listener(ev::focus, move |_| log.mark_seen());
    let keys = keys(log);
    on_cleanup(move || {
        seen.remove();
        keys.remove();
    });
    browser::fit_keyboard();
    match browser::fragment() {
        Some(id) if id.starts_with("m-") => go_to(log, id, MAX_LOADED),
        Some(id) if id == WRITE => request_animation_frame(|| browser::focus("#write")),
        _ => {}
    }
}

/// The keys of this page: on to the next order and back, to where one writes, its address.
fn keys(log: ThreadLog) -> WindowListenerHandle {
    let preferences = use_preferences();
    let navigate = use_navigate();
    window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        if !preferences.single_keys.get_untracked() || !is_single_key(&event) {
            return;
        }
        let (previous, next) = log.beside.get_value();
        let to = match key_of(&event).as_str() {
            "k" => previous,
            "j" => next,
            "r" if log.may_send() => {
                // Or the letter would stand in what is written.
                event.prevent_default();
                browser::focus("#write");
                None
            }
            "." => {
                event.prevent_default();
                log.copy_address();
                None
            }
            _ => None,
        };
        if let Some(number) = to {
            event.prevent_default();
            navigate(&order_href(&number), NavigateOptions::default());
        }
    })
}

/// Scrolls to a message; loads what lies before until it is there.
fn go_to(log: ThreadLog, id: String, tries: u32) {
    let key = id.trim_start_matches("m-").to_owned();
    let is_there = log
        .items
        .with_untracked(|items| items.iter().any(|item| item.key() == key));
    if is_there {
        request_animation_frame(move || browser::show_target(&id));
    } else if log.is_loading.get_untracked() {
        // Who scrolls back asks for the same; the page may be left meanwhile.
        set_timeout(
            move || {
                if log.is_loading.try_get_untracked().is_some() {
                    go_to(log, id, tries);
                }
            },
            BREATH,
        );
    } else if tries > 0 {
        log.load_before(move |has_more| {
            if has_more {
                go_to(log, id, tries - 1);
            }
        });
    }
}
