//! The dot that says whether the list follows what happens.

use super::{Connection, Live};
use crate::activity::state::use_log;
use crate::activity::words::number;
use crate::i18n::{tr, use_locale};
use domain::{Direction, Seq};
use leptos::prelude::*;

/// Live, reconnecting, or waiting for the reader.
#[component]
pub fn Dot(
    /// The connection.
    live: Live,
    /// Whether something waits to be shown.
    #[prop(into)]
    is_waiting: Signal<bool>,
    /// What stands beside it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let locale = use_locale();
    let state = move || match (live.connection.get(), is_waiting.get()) {
        (Connection::Open, true) => ("live paused", tr!(locale, activity.live.paused)),
        (Connection::Open | Connection::Opening, _) => ("live", tr!(locale, activity.live.on)),
        (Connection::Lost, _) => ("live off", tr!(locale, activity.live.reconnecting)),
        (Connection::Ended, _) => ("live off", tr!(locale, activity.live.ended)),
    };
    view! {
        <span class=move || state().0>
            <i></i>
            <span role="status">{move || state().1}</span>
            {children.map(|children| children())}
        </span>
    }
}

/// The dot of the activity log, with the newest number.
#[component]
pub fn LiveDot() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let is_waiting = Memo::new(move |_| log.list.loaded.with(|loaded| loaded.waiting() > 0));
    // The newest number is that of the log only while nothing is filtered out.
    let newest = move || {
        let is_whole = log
            .shown
            .with(|shown| shown.q.is_empty() && shown.direction == Direction::Newest);
        // What was recorded last need not have happened last.
        let seq = log.list.loaded.with(|loaded| {
            let newest = loaded.lines().iter().take(100);
            newest.filter_map(|line| line.row.seq).max()
        });
        seq.filter(|_| is_whole)
    };
    view! {
        <Dot live=log.live is_waiting>
            {move || {
                newest()
                    .map(|Seq(seq)| {
                        let seq = number(seq.unsigned_abs());
                        view! {
                            <span class="dim only-wide">{tr!(locale, activity.live.entry)} " " <bdi>{seq}</bdi></span>
                        }
                    })
            }}
        </Dot>
    }
}
