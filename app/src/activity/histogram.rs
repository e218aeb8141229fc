//! The log over time: bars by outcome, and a brush that writes `created:`.

pub mod bars;
mod brush;
#[cfg(feature = "ssr")]
pub mod frame;
mod words;

use crate::activity::address::FORM;
use crate::activity::search::use_search;
use crate::activity::words::{count_words, number};
use crate::i18n::tr;
use bars::{HEIGHT, Span, WIDTH, bars};
use brush::Brush;
use domain::view::{Bucket, Count};
use leptos::prelude::*;
use words::{axis, described, stretch, width_words};

/// The bars with their caption, legend and axis.
#[component]
pub fn Plot() -> impl IntoView {
    let log = use_search();
    let locale = log.locale;
    let pointed = RwSignal::new(None::<usize>);
    let dragged = RwSignal::new(None::<Span>);
    let matching = move || log.matching.get().map(|count| log.entries(count));
    // The bar under the pointer speaks in place of the caption: nothing moves.
    let beside = move || {
        log.plot.with(|plot| {
            let plot = plot.as_ref()?;
            let buckets = &plot.histogram.buckets;
            if let Some(span) = dragged.get() {
                return Some(stretch(locale, buckets, span, log.today()));
            }
            if let Some(bucket) = pointed.get().and_then(|at| buckets.get(at)) {
                return Some(described(log, bucket));
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
            Some(words::equivalent(log, plot))
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
            .map(|(part, label)| {
                view! { <span style=format!("--at:{:.3}%", part * 100.0)>{label}</span> }
            })
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

/// The values of the legend with their counts; each turns its value on or off.
#[component]
fn Legend() -> impl IntoView {
    let log = use_search();
    let (qualifier, values) = log.kind.legend;
    let count = move |value| {
        log.matching.get()?;
        let none = Count {
            count: 0,
            is_exact: true,
        };
        Some(count_words(log.count_of(qualifier, value).unwrap_or(none)))
    };
    let chosen = Memo::new(move |_| log.q.with(|q| log.dialect().values_of(q, qualifier)));
    let buttons = values
        .iter()
        .map(|(name, class)| {
            let is_on = move || chosen.with(|chosen| chosen.iter().any(|there| there == name));
            let value = move || {
                log.q
                    .with(|q| log.dialect().toggle_value(q, qualifier, name))
            };
            view! {
                <button
                    form=FORM
                    name="q"
                    value=value
                    class=*class
                    class:off=move || !chosen.with(Vec::is_empty) && !is_on()
                    aria-pressed=move || is_on().to_string()
                    on:click=move |event| {
                        event.prevent_default();
                        log.toggle(qualifier, name, event.alt_key());
                    }
                >
                    <i></i>
                    {log.value_label(qualifier, name).unwrap_or(*name)}
                    " "
                    <span class="n">{move || count(name)}</span>
                </button>
            }
        })
        .collect_view();
    view! {
        <span class="legend push" role="group" aria-label=(log.kind.legend_label)(log.locale)>{buttons}</span>
    }
}
