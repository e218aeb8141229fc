//! The log over time: bars by outcome, and a brush that writes `created:`.

pub mod bars;
mod brush;
#[cfg(feature = "ssr")]
pub mod frame;
mod words;

use crate::activity::address::FORM;
use crate::activity::state::use_log;
use crate::activity::words::{count_words, entries, number, outcome_label};
use crate::i18n::tr;
use bars::{HEIGHT, Span, WIDTH, bars};
use brush::Brush;
use domain::Outcome;
use domain::query::{toggle_value, values_of};
use domain::view::{Bucket, Count};
use leptos::prelude::*;
use words::{axis, described, stretch, width_words};

/// The bars with their caption, legend and axis.
#[component]
pub fn Plot() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let pointed = RwSignal::new(None::<usize>);
    let dragged = RwSignal::new(None::<Span>);
    let matching = move || {
        let counted = log
            .facets
            .with(|facets| facets.as_ref().map(|f| f.matching));
        counted.map(|count| entries(locale, count))
    };
    // The bar under the pointer speaks in place of the caption: nothing moves.
    let beside = move || {
        log.plot.with(|plot| {
            let plot = plot.as_ref()?;
            let buckets = &plot.histogram.buckets;
            if let Some(span) = dragged.get() {
                return Some(stretch(locale, buckets, span, log.today()));
            }
            if let Some(bucket) = pointed.get().and_then(|at| buckets.get(at)) {
                return Some(described(locale, bucket, log.today()));
            }
            let total: u64 = buckets.iter().map(Bucket::total).sum();
            if total == 0 {
                return Some(tr!(locale, activity.plot.nothing).to_owned());
            }
            let mut text = width_words(locale, plot.histogram.width).to_owned();
            let whole = Span {
                first: 0,
                end: buckets.len(),
            };
            text.push_str(&stretch(locale, buckets, whole, log.today()));
            if !plot.histogram.is_exact {
                let newest = Count {
                    count: total,
                    is_exact: true,
                };
                text.push_str(&tr!(
                    locale,
                    activity.plot.newest_counted,
                    count = newest.count,
                    n = number(total)
                ));
            }
            Some(text)
        })
    };
    let paths = move || {
        log.plot.with(|plot| {
            plot.as_ref()
                .map(|plot| bars(&plot.histogram.buckets, plot.selection))
                .unwrap_or_default()
        })
    };
    let equivalent = move || {
        log.plot.with(|plot| {
            let plot = plot.as_ref()?;
            Some(words::equivalent(locale, plot, log.today()))
        })
    };
    let labels = move || {
        let labels = log.plot.with(|plot| {
            plot.as_ref()
                .map(|plot| axis(locale, &plot.histogram.buckets, log.today()))
                .unwrap_or_default()
        });
        labels
            .into_iter()
            .map(|label| view! { <span>{label}</span> })
            .collect_view()
    };
    view! {
        <figure class="hist" aria-busy=move || log.plot.with(Option::is_none).to_string()>
            <figcaption>
                <span class="trunc">
                    <b class="strong">{matching}</b>
                    " "
                    <span class="only-wide">{beside}</span>
                </span>
                <Legend />
            </figcaption>
            <div class="plot">
                <svg
                    viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                    preserveAspectRatio="none"
                    shape-rendering="crispEdges"
                    role="img"
                    aria-label=equivalent
                >
                    <path class="ok" d=move || paths().calm></path>
                    <path class="ok in" d=move || paths().chosen></path>
                    <path class="wait" d=move || paths().pending></path>
                    <path class="bad" d=move || paths().failed></path>
                </svg>
                <Brush pointed dragged />
            </div>
            <div class="axis" aria-hidden="true">{labels}</div>
        </figure>
    }
}

/// The outcomes with their counts; each turns `outcome:` on or off.
#[component]
fn Legend() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let count = move |outcome| {
        log.facets.with(|facets| {
            let outcomes = &facets.as_ref()?.outcomes;
            let found = outcomes.iter().find(|(there, _)| *there == outcome);
            Some(count_words(found.map_or(
                Count {
                    count: 0,
                    is_exact: true,
                },
                |(_, count)| *count,
            )))
        })
    };
    let chosen = Memo::new(move |_| log.address.with(|address| values_of(&address.q, "outcome")));
    let buttons = Outcome::ALL
        .map(|outcome| {
            let name = outcome.as_str();
            let is_on = move || chosen.with(|chosen| chosen.iter().any(|there| there == name));
            let value = move || {
                log.address
                    .with(|address| toggle_value(&address.q, "outcome", name))
            };
            view! {
                <button
                    form=FORM
                    name="q"
                    value=value
                    class=format!("of-{name}")
                    class:off=move || !chosen.with(Vec::is_empty) && !is_on()
                    aria-pressed=move || is_on().to_string()
                    on:click=move |event| {
                        event.prevent_default();
                        log.toggle("outcome", name, event.alt_key());
                    }
                >
                    <i></i>
                    {outcome_label(locale, outcome)}
                    " "
                    <span class="n">{move || count(outcome)}</span>
                </button>
            }
        })
        .collect_view();
    view! {
        <span class="legend push" role="group" aria-label=tr!(locale, activity.column.outcome)>{buttons}</span>
    }
}
