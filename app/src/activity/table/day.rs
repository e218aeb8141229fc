//! The row that names a day and counts it.

use crate::activity::columns::Columns;
use crate::activity::state::use_log;
use crate::activity::words::{day_row, entries};
use chrono::NaiveDate;
use leptos::prelude::*;

/// The row that names a day and counts it.
#[component]
pub fn DayHead(
    /// The day, on the store's clock.
    day: NaiveDate,
    /// The columns it spans, beside the one of boxes.
    columns: Columns,
) -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let words = Memo::new(move |_| day_row(locale, day, log.today()));
    let count = move || {
        let count = log.days.with(|days| days.get(&day).copied())?;
        Some(entries(locale, count))
    };
    let beside = move || {
        let date = words.with(|(_, date)| date.clone());
        match (date, count()) {
            (Some(date), Some(count)) => format!("{date} · {count}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => String::new(),
        }
    };
    view! {
        <tr class="day" role="row">
            <th role="rowheader" scope="rowgroup" colspan=move || columns.count() + 1>
                <div>
                    <b>{move || words.with(|(name, _)| name.clone())}</b>
                    <span class="dim">{beside}</span>
                </div>
            </th>
        </tr>
    }
}
