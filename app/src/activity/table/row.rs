//! A row: one entry.

use super::cells::cell;
use crate::activity::columns::Column;
use crate::activity::loaded::Line;
use crate::activity::state::use_log;
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
    let cells = columns
        .into_iter()
        .map(|column| cell(log, &line, column))
        .collect_view();
    view! {
        <tr
            role="row"
            data-row=""
            aria-rowindex=index
            class:open=is_open
            class:cursor=is_cursor
            class:fresh=is_fresh
        >
            {cells}
        </tr>
    }
}
