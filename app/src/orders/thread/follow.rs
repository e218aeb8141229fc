//! What the page does once it stands in a browser: notes what was seen, goes to the message of the address.

use super::state::ThreadLog;
use crate::activity::browser;
use leptos::prelude::*;
use std::time::Duration;

/// What has been on the screen for so long was seen.
const SEEN_AFTER: Duration = Duration::from_millis(1_200);
/// No more stretches than this are loaded to find the message of the address.
const MAX_LOADED: u32 = 20;

/// Begins.
pub fn begin(log: ThreadLog) {
    set_timeout(move || log.mark_seen(), SEEN_AFTER);
    browser::fit_keyboard();
    if let Some(id) = browser::fragment().filter(|id| id.starts_with("m-")) {
        go_to(log, id, MAX_LOADED);
    }
}

/// Scrolls to a message; loads what lies before until it is there.
fn go_to(log: ThreadLog, id: String, tries: u32) {
    let key = id.trim_start_matches("m-").to_owned();
    let is_there = log
        .items
        .with_untracked(|items| items.iter().any(|item| item.key() == key));
    if is_there {
        request_animation_frame(move || browser::show_target(&id));
    } else if tries > 0 {
        log.load_before(move |has_more| {
            if has_more {
                go_to(log, id, tries - 1);
            }
        });
    }
}
