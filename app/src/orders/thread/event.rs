//! What happened to the order, as a quiet line.

use super::state::use_thread;
use crate::activity::clock::{clock_short, local};
use crate::activity::drawer::parts::pieces;
use crate::activity::words::{action_glyph, history_line, moment_title};
use crate::icons::Icon;
use domain::view::ActivityRow;
use leptos::prelude::*;

/// The line.
#[component]
pub fn Event(row: ActivityRow) -> impl IntoView {
    let locale = use_thread().locale;
    let title = moment_title(locale, row.occurred_at, row.offset_minutes);
    let time = clock_short(local(row.occurred_at, row.offset_minutes));
    let words = pieces(history_line(locale, &row)).into_any();
    view! {
        <li class="event">
            <Icon glyph=action_glyph(&row.action, row.categories) />
            <span>
                {words} " "
                <time class="nowrap" title=title datetime=row.occurred_at.to_rfc3339()>{time}</time>
            </span>
        </li>
    }
    .into_any()
}
