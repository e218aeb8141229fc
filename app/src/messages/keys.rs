//! The keys of this page. Those of every page (`?`, `g`) are the frame's.

use super::state::MessageLog;
use crate::activity::browser;
use crate::layout::is_single_key;
use crate::select::{self, is_all, use_picking};
use crate::use_preferences;
use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;

/// Listens while the page is shown.
pub fn listen(log: MessageLog) {
    let preferences = use_preferences();
    let picking = use_picking();
    let listener = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        if event.key() == "Escape"
            && !event.default_prevented()
            && !browser::has_focus_within(":popover-open, dialog")
        {
            escape(log, &event);
            return;
        }
        if is_all(&event) {
            event.prevent_default();
            log.selected.pick_loaded(log.list);
            return;
        }
        if !preferences.single_keys.get_untracked() || !is_single_key(&event) {
            return;
        }
        let step = |by| log.move_cursor(by);
        if act(log, &event) || select::key(&event, log.selected, log.list, picking, step) {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}

fn act(log: MessageLog, event: &KeyboardEvent) -> bool {
    let is_in_list = !browser::has_focus_within(".drawer, .menu, .hist, .facets, .filters, .rail");
    match event.key().as_str() {
        "/" => browser::focus("#query"),
        "j" => log.move_cursor(1),
        "k" => log.move_cursor(-1),
        "ArrowDown" if is_in_list => log.move_cursor(1),
        "ArrowUp" if is_in_list => log.move_cursor(-1),
        "o" => open(log),
        // On a link or button Enter is theirs.
        "Enter" if !browser::has_focus_within("a, button, summary, [role=slider]") => open(log),
        "r" => return log.restart_or_reply(),
        "." => log.copy(browser::address()),
        _ => return false,
    }
    true
}

fn open(log: MessageLog) {
    if let Some(id) = log.list.cursor.get_untracked() {
        log.open_message(id);
        request_animation_frame(|| browser::focus("#message"));
    }
}

/// Closes the drawer, then clears the selection, then lets the cursor go.
fn escape(log: MessageLog, event: &KeyboardEvent) {
    if log
        .address
        .with_untracked(|address| address.message.is_some())
    {
        event.prevent_default();
        log.close_message();
    } else if log.selected.clear() {
        event.prevent_default();
    } else {
        log.list.cursor.set(None);
    }
}
