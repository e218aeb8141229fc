//! The keys of this page. Those of every page (`?`, `g`) are the frame's.

use super::state::MessageLog;
use super::words::{address, counterpart_qualifier, is_hidden};
use crate::activity::browser;
use crate::i18n::tr;
use crate::layout::is_single_key;
use crate::select::{self, is_all, use_picking};
use crate::use_preferences;
use domain::view::MessageRow;
use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use std::sync::Arc;

/// How long after `f` the name of a part counts, in milliseconds.
const PAIR_MS: f64 = 3_000.0;

/// Listens while the page is shown.
pub fn listen(log: MessageLog) {
    let preferences = use_preferences();
    let picking = use_picking();
    let asked_at = StoredValue::new(f64::NEG_INFINITY);
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
        let is_second = event.time_stamp() - asked_at.get_value() < PAIR_MS;
        asked_at.set_value(f64::NEG_INFINITY);
        let step = |by| log.move_cursor(by);
        let is_known = if is_second {
            log.hint.set(None);
            filter_by(log, &event)
        } else if event.key() == "f" && log.list.cursor_place().is_some() {
            asked_at.set_value(event.time_stamp());
            log.hint
                .set(Some(tr!(log.locale, messages.keys.columns).to_owned()));
            true
        } else {
            act(log, &event) || select::key(&event, log.selected, log.list, picking, step)
        };
        if is_known {
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

/// Filters by a part of the message under the cursor, by the key of that part; with shift leaves it out.
fn filter_by(log: MessageLog, event: &KeyboardEvent) -> bool {
    let Some(row) = log.list.cursor_place().and_then(|at| {
        log.list
            .loaded
            .with_untracked(|loaded| loaded.at(at).map(|line| Arc::clone(&line.row)))
    }) else {
        return false;
    };
    let Some((qualifier, value)) = value_of(&row, &event.key().to_lowercase()) else {
        return false;
    };
    log.toggle(qualifier, &value, event.shift_key());
    true
}

/// The value of a part of a message, by the part's key; none where it has none or it is hidden.
fn value_of(row: &MessageRow, key: &str) -> Option<(&'static str, String)> {
    let (qualifier, value) = match key {
        "a" => (counterpart_qualifier(row), address(row)?.to_owned()),
        "c" => ("channel", row.channel.as_str().to_owned()),
        "k" => ("type", row.kind.as_str().to_owned()),
        "s" => ("status", row.status?.as_str().to_owned()),
        "o" => ("order", row.order.clone()?),
        "m" => ("template", row.template.clone()?),
        _ => return None,
    };
    (!is_hidden(&value)).then_some((qualifier, value))
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
