//! The log over time: bars by the parts of its legend, and a brush that writes `created:`.

pub mod bars;
mod brush;
#[cfg(feature = "ssr")]
pub mod frame;
mod words;

use crate::activity::address::FORM;
use crate::activity::search::{Part, use_search};
use crate::activity::words::{count_words, number};
use crate::i18n::tr;
use bars::{Bucket, HEIGHT, Span, WIDTH, bars};
use brush::Brush;
use domain::view::Count;
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
    let paths = Memo::new(move |_| {
        log.plot.with(|plot| {
            plot.as_ref()
                .map(|plot| bars(&plot.histogram.buckets, plot.selection))
                .unwrap_or_default()
        })
    });
    let parts = log
        .kind
        .legend
        .iter()
        .enumerate()
        .map(|(at, part)| {
            let path = move || paths.with(|paths| paths.parts.get(at).cloned().unwrap_or_default());
            view! { <path class=part.class d=path></path> }
        })
        .collect_view();
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
                    <path class="calm" d=move || paths.with(|paths| paths.calm.clone())></path>
                    {parts}
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
    let count = move |part: Part| {
        log.matching.get()?;
        let none = Count {
            count: 0,
            is_exact: true,
        };
        Some(log.count_of(part.qualifier, part.value).unwrap_or(none))
    };
    let buttons = log
        .kind
        .legend
        .iter()
        .map(|part| {
            let part = *part;
            let Part {
                qualifier,
                value: name,
                class,
            } = part;
            let chosen = Memo::new(move |_| log.q.with(|q| log.dialect().values_of(q, qualifier)));
            let is_on = move || chosen.with(|chosen| chosen.iter().any(|there| there == name));
            let value = move || {
                log.q
                    .with(|q| log.dialect().toggle_value(q, qualifier, name))
            };
            // Where there is no room for it, what finds nothing is left out.
            let is_zero = move || count(part).is_some_and(|count| count.count == 0) && !is_on();
            view! {
                <button
                    form=FORM
                    name="q"
                    value=value
                    class=class
                    class:off=move || !chosen.with(Vec::is_empty) && !is_on()
                    class:zero=is_zero
                    aria-pressed=move || is_on().to_string()
                    on:click=move |event| {
                        event.prevent_default();
                        log.toggle(qualifier, name, event.alt_key());
                    }
                >
                    <i></i>
                    {log.value_label(qualifier, name).unwrap_or(name)}
                    " "
                    <span class="n">{move || count(part).map(count_words)}</span>
                </button>
            }
        })
        .collect_view();
    view! {
        <span class="legend push" role="group" aria-label=(log.kind.legend_label)(log.locale)>{buttons}</span>
    }
}
