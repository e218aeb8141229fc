//! The keys of this page. Those of every page (`?`, `g`) are the frame's.

use crate::activity::browser;
use crate::activity::clock::day_of;
use crate::activity::state::Log;
use crate::i18n::tr;
use crate::layout::is_single_key;
use crate::select::{self, is_all, use_picking};
use crate::use_preferences;
use domain::query::{add_term, set_created};
use domain::view::ActivityRow;
use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use std::sync::Arc;

/// How long after `f` the name of a column counts, in milliseconds.
const PAIR_MS: f64 = 3_000.0;

/// Listens while the page is shown.
pub fn listen(log: Log) {
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
        let is_known = if is_second {
            log.hint.set(None);
            filter_by(log, &event)
        } else if event.key() == "f" && log.list.cursor_place().is_some() {
            asked_at.set_value(event.time_stamp());
            log.hint
                .set(Some(tr!(log.locale, activity.keys.columns).to_owned()));
            true
        } else {
            act(log, &event)
                || select::key(&event, log.selected, log.list, picking, |by| {
                    log.move_cursor(by)
                })
        };
        if is_known {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}

fn act(log: Log, event: &KeyboardEvent) -> bool {
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
        "." => log.copy(browser::address()),
        _ => return false,
    }
    true
}

fn open(log: Log) {
    if let Some(id) = log.list.cursor.get_untracked() {
        log.open_entry(id);
        request_animation_frame(|| browser::focus("#entry"));
    }
}

/// Closes the drawer, then clears the selection, then lets the cursor go.
fn escape(log: Log, event: &KeyboardEvent) {
    if log
        .address
        .with_untracked(|address| address.entry.is_some())
    {
        event.prevent_default();
        log.close_entry();
    } else if log.selected.clear() {
        event.prevent_default();
    } else {
        log.list.cursor.set(None);
    }
}

/// Filters by the value under the cursor in the column whose key this is; with shift leaves it out.
fn filter_by(log: Log, event: &KeyboardEvent) -> bool {
    let Some(row) = log.list.cursor_place().and_then(|at| {
        log.list
            .loaded
            .with_untracked(|loaded| loaded.at(at).map(|line| Arc::clone(&line.row)))
    }) else {
        return false;
    };
    let is_out = event.shift_key();
    let key = event.key().to_lowercase();
    if key == "t" {
        let day = day_of(row.occurred_at, row.offset_minutes).to_string();
        log.edit(|text| {
            if is_out {
                add_term(text, &format!("-created:{day}"))
            } else {
                set_created(text, Some(&day))
            }
        });
        return true;
    }
    let Some((qualifier, value)) = value_of(&row, &key) else {
        return false;
    };
    log.toggle(qualifier, &value, is_out);
    true
}

/// The value of a column, by the column's key.
fn value_of(row: &ActivityRow, key: &str) -> Option<(&'static str, String)> {
    let actor = &row.actor;
    let (qualifier, value) = match key {
        "a" => {
            let name = actor
                .id
                .clone()
                .or_else(|| actor.email.clone())
                .or_else(|| actor.name.clone());
            (
                "actor",
                name.unwrap_or_else(|| actor.kind.as_str().to_owned()),
            )
        }
        "d" => ("action", row.action.clone()),
        "s" => {
            let subject = row.subject.as_ref()?;
            ("subject", format!("{}/{}", subject.kind, subject.id))
        }
        "o" => ("outcome", row.outcome.as_str().to_owned()),
        "i" => ("ip", row.ip.clone()?),
        _ => return None,
    };
    (!value.contains(domain::MASK)).then_some((qualifier, value))
}
