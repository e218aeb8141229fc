//! A row: one entry.

use super::cells::cell;
use crate::activity::any_log::frame;
use crate::activity::clock::{clock, local};
use crate::activity::columns::Column;
use crate::activity::loaded::Line;
use crate::activity::state::{Log, use_log};
use crate::activity::words::{action_label, subject_words};
use crate::i18n::tr;
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
    let label = label_of(log, &line.row);
    let cells = columns
        .into_iter()
        .map(|column| cell(log, &line, column))
        .collect_view();
    frame::row(log, id, line.is_fresh, label, cells.into_any())
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
