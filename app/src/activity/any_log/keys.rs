//! The keys of a log's page. Those of every page (`?`, `g`) are the frame's.

use super::{AnyLog, Parts};
use crate::activity::browser;
use crate::activity::list::List;
use crate::activity::loaded::LogRow;
use crate::layout::{is_single_key, key_of};
use crate::select::{self, Selected, is_all, use_picking};
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
    let Parts { list, selected, .. } = log.parts();
    let asked_at = StoredValue::new(f64::NEG_INFINITY);
    let act = move |event: &KeyboardEvent| {
        let is_second = event.time_stamp() - asked_at.get_value() < PAIR_MS;
        asked_at.set_value(f64::NEG_INFINITY);
        match &own.columns {
            Some(columns) if is_second => {
                columns.hint.set(None);
                let row = list.cursor_row();
                Some(row.is_some_and(|row| (columns.filter)(log, &row, event)))
            }
            Some(columns) if key_of(event) == "f" && list.cursor_place().is_some() => {
                asked_at.set_value(event.time_stamp());
                columns.hint.set(Some(columns.words.to_owned()));
                Some(true)
            }
            _ => act(log, event, &own).then_some(true),
        }
    };
    let escape = move |event: &KeyboardEvent| escape(log, event);
    on_keys(
        (selected, list),
        true,
        move |by| log.move_cursor(by),
        escape,
        act,
    );
}

/// Listens on a page with rows that can be selected: Escape, all of them, single keys where they are on. Without
/// `may_pick` the keys that select do nothing. `step` moves the cursor; `act` does what a single key means beside the
/// selection and answers whether it meant something, or none when the selection is to be asked.
pub fn on_keys<R: LogRow>(
    (selected, list): (Selected<R>, List<R>),
    may_pick: bool,
    step: impl Fn(isize) + 'static,
    escape: impl Fn(&KeyboardEvent) + 'static,
    act: impl Fn(&KeyboardEvent) -> Option<bool> + 'static,
) {
    let preferences = use_preferences();
    let picking = use_picking();
    let listener = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        if event.key() == "Escape"
            && !event.default_prevented()
            && !browser::has_focus_within("dialog")
            // Wherever the focus is, the browser closes it with this key, and it closes nothing else.
            && !browser::has_popover()
        {
            escape(&event);
        } else if may_pick && is_all(&event) {
            event.prevent_default();
            selected.pick_loaded(list);
        } else if preferences.single_keys.get_untracked() && is_single_key(&event) {
            let pick = || may_pick && select::key(&event, selected, list, picking, &step);
            if act(&event).unwrap_or_else(pick) {
                event.prevent_default();
            }
        }
    });
    on_cleanup(move || listener.remove());
}

fn act<L: AnyLog>(log: L, event: &KeyboardEvent, own: &OwnKeys<L>) -> bool {
    let is_in_list = !browser::has_focus_within(".drawer, .menu, .hist, .facets, .filters, .rail");
    match key_of(event).as_str() {
        "/" => browser::focus_at_end("#query"),
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
