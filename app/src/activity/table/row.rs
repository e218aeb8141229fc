//! A row: one entry.

use super::cells::cell;
use crate::activity::clock::{clock, local};
use crate::activity::columns::Column;
use crate::activity::loaded::Line;
use crate::activity::state::{Log, use_log};
use crate::activity::words::{action_label, subject_words};
use crate::i18n::tr;
use crate::select::{PickCell, RowPress};
use domain::view::ActivityRow;
use leptos::prelude::*;

/// An entry as a row.
#[component]
pub fn Row(
    /// The entry.
    line: Line,
    /// Its columns, in order.
    columns: Vec<Column>,
) -> impl IntoView {
    let log = use_log();
    let id = line.row.id;
    let is_fresh = line.is_fresh;
    let is_open = move || log.opened.get() == Some(id);
    let is_cursor = move || log.list.cursor.get() == Some(id) && !is_open();
    // The head is the first row.
    let index = move || {
        log.list
            .loaded
            .with(|loaded| loaded.place_of(id).map(|place| place + 2))
    };
    let is_selected = move || log.selected.has(id).then_some("true");
    // Where there is no room for the box.
    let press = RowPress::new(log.selected, log.list, id);
    let label = label_of(log, &line.row);
    let cells = columns
        .into_iter()
        .map(|column| cell(log, &line, column))
        .collect_view();
    view! {
        <tr
            role="row"
            data-row=""
            aria-rowindex=index
            aria-selected=is_selected
            on:pointerdown=move |event| press.down(&event)
            on:pointermove=move |event| press.moved(&event)
            on:pointerup=move |_| press.ended()
            on:pointercancel=move |_| press.ended()
            on:contextmenu=move |event| press.menu(&event)
            on:click:capture=move |event| press.click(&event)
            class:open=is_open
            class:cursor=is_cursor
            class:fresh=is_fresh
        >
            <PickCell selected=log.selected list=log.list id label />
            {cells}
        </tr>
    }
}

/// What the box of an entry is called: when, and what.
fn label_of(log: Log, row: &ActivityRow) -> String {
    let time = clock(local(row.occurred_at, row.offset_minutes));
    let what = match &row.subject {
        Some(subject) => subject_words(log.locale, subject),
        None => {
            action_label(log.locale, &row.action).map_or_else(|| row.action.clone(), str::to_owned)
        }
    };
    tr!(log.locale, find.select.row, time = time, what = what)
}
