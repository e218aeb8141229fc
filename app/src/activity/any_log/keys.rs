//! The keys of a log's page. Those of every page (`?`, `g`) are the frame's.

use super::{AnyLog, Parts};
use crate::activity::browser;
use crate::layout::is_single_key;
use crate::select::{self, is_all, use_picking};
use crate::use_preferences;
use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;

/// How long after `f` the name of a column counts, in milliseconds.
const PAIR_MS: f64 = 3_000.0;

/// What keys do on the page of one log alone.
pub struct OwnKeys<L: AnyLog> {
    /// Where the focus goes when a row is opened.
    pub drawer: &'static str,
    /// Does what a single key means. False when it means nothing.
    pub act: fn(L, &KeyboardEvent) -> bool,
    /// The keys that follow `f`, where there are some.
    pub columns: Option<ColumnKeys<L>>,
}

/// Filtering by a column of the row under the cursor, whose key follows `f`.
pub struct ColumnKeys<L: AnyLog> {
    /// Where it is said that a key is awaited.
    pub hint: RwSignal<Option<String>>,
    /// What is said.
    pub words: &'static str,
    /// Filters by the column whose key this is. False when it is none's.
    pub filter: fn(L, &L::Row, &KeyboardEvent) -> bool,
}

/// Listens while the page is shown.
pub fn listen<L: AnyLog>(log: L, own: OwnKeys<L>) {
    let preferences = use_preferences();
    let picking = use_picking();
    let asked_at = StoredValue::new(f64::NEG_INFINITY);
    let listener = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        let Parts { list, selected, .. } = log.parts();
        if event.key() == "Escape"
            && !event.default_prevented()
            && !browser::has_focus_within(":popover-open, dialog")
        {
            escape(log, &event);
            return;
        }
        if is_all(&event) {
            event.prevent_default();
            selected.pick_loaded(list);
            return;
        }
        if !preferences.single_keys.get_untracked() || !is_single_key(&event) {
            return;
        }
        let is_second = event.time_stamp() - asked_at.get_value() < PAIR_MS;
        asked_at.set_value(f64::NEG_INFINITY);
        let is_known = match &own.columns {
            Some(columns) if is_second => {
                columns.hint.set(None);
                list.cursor_row()
                    .is_some_and(|row| (columns.filter)(log, &row, &event))
            }
            Some(columns) if event.key() == "f" && list.cursor_place().is_some() => {
                asked_at.set_value(event.time_stamp());
                columns.hint.set(Some(columns.words.to_owned()));
                true
            }
            _ => {
                let step = |by| log.move_cursor(by);
                act(log, &event, &own) || select::key(&event, selected, list, picking, step)
            }
        };
        if is_known {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}

fn act<L: AnyLog>(log: L, event: &KeyboardEvent, own: &OwnKeys<L>) -> bool {
    let is_in_list = !browser::has_focus_within(".drawer, .menu, .hist, .facets, .filters, .rail");
    match event.key().as_str() {
        "/" => browser::focus("#query"),
        "j" => log.move_cursor(1),
        "k" => log.move_cursor(-1),
        "ArrowDown" if is_in_list => log.move_cursor(1),
        "ArrowUp" if is_in_list => log.move_cursor(-1),
        "o" => open(log, own.drawer),
        // On a link or button Enter is theirs.
        "Enter" if !browser::has_focus_within("a, button, summary, [role=slider]") => {
            open(log, own.drawer);
        }
        "." => log.copy(browser::address()),
        _ => return (own.act)(log, event),
    }
    true
}

fn open<L: AnyLog>(log: L, drawer: &'static str) {
    if let Some(id) = log.parts().list.cursor.get_untracked() {
        log.open_row(id);
        request_animation_frame(move || browser::focus(drawer));
    }
}

/// Closes the drawer, then clears the selection, then lets the cursor go.
fn escape<L: AnyLog>(log: L, event: &KeyboardEvent) {
    let Parts { list, selected, .. } = log.parts();
    if log.has_open() {
        event.prevent_default();
        log.close_row();
    } else if selected.clear() {
        event.prevent_default();
    } else {
        list.cursor.set(None);
    }
}
