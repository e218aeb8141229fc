//! How an operation stands in figures: what is changed, what failed, what is left.

use super::words::{clock_words, length, rate_words};
use crate::activity::words::number;
use crate::i18n::{tr, use_locale};
use domain::view::OperationRow;
use leptos::prelude::*;

/// The large figures of an operation's page, with its bar.
#[component]
pub fn Figures(
    /// The operation as it is now.
    row: Signal<OperationRow>,
) -> impl IntoView {
    let locale = use_locale();
    let changed = move || {
        let total = |row: &OperationRow| {
            let total = row.total.filter(|_| !row.state.is_ended());
            total.filter(|total| row.done() <= *total)
        };
        row.with(|row| match total(row) {
            Some(total) => tr!(locale, operations.changed_of, total = number(total)),
            None => tr!(locale, operations.changed).to_owned(),
        })
    };
    let swatch = move || {
        if row.with(|row| row.state.is_ended()) {
            "swatch-plain"
        } else {
            "swatch-now"
        }
    };
    let unchanged = move || {
        let count = row.with(|row| row.unchanged);
        (count > 0).then(|| {
            view! { <div><dt><i class="swatch-gone"></i>{tr!(locale, operations.unchanged)}</dt><dd>{number(count)}</dd></div> }
        })
    };
    let time = move || {
        row.with(|row| {
            let started = row.started_at?;
            if let Some(ended) = row.ended_at {
                let from = clock_words(started, row.offset_minutes);
                let to = clock_words(ended, row.offset_minutes);
                let took = (ended - started).num_seconds().max(0).unsigned_abs();
                return Some((
                    tr!(locale, operations.took, from = from, to = to),
                    length(took),
                ));
            }
            let rate = rate_words(row.per_second()?);
            Some(match row.seconds_left() {
                Some(left) => (tr!(locale, operations.left, rate = rate), length(left)),
                None => {
                    let took = (row.last_at - started).num_seconds().max(0).unsigned_abs();
                    (
                        tr!(locale, operations.left_unknown, rate = rate),
                        length(took),
                    )
                }
            })
        })
    };
    let planned = move || {
        row.with(|row| {
            let planned = number(row.other_than_planned()?);
            let done = number(row.done());
            let words = tr!(
                locale,
                operations.of_planned,
                done = done,
                planned = planned
            );
            Some(view! { <p class="dim small">{words}</p> })
        })
    };
    view! {
        <dl class="figures">
            <div><dt><i class=swatch></i>{changed}</dt><dd>{move || number(row.with(|row| row.changed))}</dd></div>
            {unchanged}
            <div>
                <dt><i class="swatch-bad"></i>{tr!(locale, operations.failed)}</dt>
                <dd>{move || number(row.with(|row| row.failed))}</dd>
            </div>
            {move || time().map(|(words, time)| {
                view! { <div><dt>{words}</dt><dd><bdi dir="ltr">{time}</bdi></dd></div> }
            })}
        </dl>
        <Bar row />
        {planned}
    }
    .into_any()
}

/// The bar: a progress bar while it runs, a picture of the result afterwards.
#[component]
pub fn Bar(
    /// The operation as it is now.
    row: Signal<OperationRow>,
) -> impl IntoView {
    let locale = use_locale();
    // A part that is empty takes no place.
    let flex = |count: u64| {
        if count == 0 {
            "display:none".to_owned()
        } else {
            format!("flex:{count}")
        }
    };
    let words = move || {
        row.with(|row| {
            let (changed, unchanged, failed) = (
                number(row.changed),
                number(row.unchanged),
                number(row.failed),
            );
            tr!(
                locale,
                operations.summary,
                changed = changed,
                unchanged = unchanged,
                failed = failed
            )
        })
    };
    let label = move || {
        row.with(|row| {
            if row.state.is_ended() {
                words()
            } else {
                tr!(locale, operations.progress, name = row.name.as_str())
            }
        })
    };
    let runs = move || row.with(|row| !row.state.is_ended());
    let waiting = move || {
        row.with(|row| row.waiting().filter(|_| !row.state.is_ended()))
            .unwrap_or(0)
    };
    view! {
        <div
            class="stack"
            role=move || if runs() { "progressbar" } else { "img" }
            aria-label=label
            aria-valuemin=move || runs().then_some("0")
            aria-valuemax=move || row.with(|row| row.total.filter(|_| !row.state.is_ended()).map(|n| n.to_string()))
            aria-valuenow=move || runs().then(|| row.with(|row| row.progress().to_string()))
            aria-valuetext=move || runs().then(words)
        >
            <i class=move || if runs() { "now" } else { "plain" } style=move || flex(row.with(|row| row.changed))></i>
            <i class="gone" style=move || flex(row.with(|row| row.unchanged))></i>
            <i class="bad" style=move || flex(row.with(|row| row.failed))></i>
            <i style=move || flex(waiting())></i>
        </div>
    }
    .into_any()
}
