//! The brush: drag over the bars to select a time; its ends are sliders.

use super::bars::{Bucket, Span, bucket_at};
use super::words::{begin, end};
use crate::activity::browser;
use crate::activity::search::{Search, use_search};
use crate::activity::words::range_words;
use crate::i18n::tr;
use domain::query::created_between;
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::Div;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use std::time::Duration;

/// After the last key the selection is shown.
const APPLY_AFTER: Duration = Duration::from_millis(400);
/// A pointer that moved less than this, in pixels, has clicked.
const CLICK: f64 = 4.0;

/// What is being dragged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A new selection, from this bar on.
    New { from: usize },
    /// The start of the selection; the end stays.
    First { end: usize },
    /// Its end; the start stays.
    End { first: usize },
}

/// A pointer that is down.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Drag {
    part: Part,
    /// Where it went down.
    x: f64,
}

impl Drag {
    fn begun(part: Part, event: &PointerEvent) -> Self {
        Self {
            part,
            x: f64::from(event.client_x()),
        }
    }

    /// Whether the pointer is elsewhere than where it went down.
    fn has_moved(self, event: &PointerEvent) -> bool {
        (f64::from(event.client_x()) - self.x).abs() >= CLICK
    }

    /// What is selected with the pointer over a bar.
    fn span(self, here: usize) -> Span {
        match self.part {
            Part::New { from } => Span::between(from, here),
            Part::First { end } => Span {
                first: here.min(end - 1),
                end,
            },
            Part::End { first } => Span {
                first,
                end: (here + 1).max(first + 1),
            },
        }
    }
}

/// Which end of the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    First,
    End,
}

/// Lies over the bars.
#[component]
pub fn Brush(
    /// The bar under the pointer.
    pointed: RwSignal<Option<usize>>,
    /// What is selected while it is being dragged.
    dragged: RwSignal<Option<Span>>,
) -> impl IntoView {
    let log = use_search();
    let area = NodeRef::<Div>::new();
    let drag = StoredValue::new(None::<Drag>);
    // While it runs, what the keys selected is still to be written.
    let applying = StoredValue::new(None::<TimeoutHandle>);
    let selected = Memo::new(move |_| {
        log.plot.with(|plot| {
            let plot = plot.as_ref()?;
            Span::of(&plot.histogram.buckets, plot.selection?)
        })
    });
    let shown = Memo::new(move |_| dragged.get().or(selected.get()));
    let at = move |event: &PointerEvent| {
        let area = area.get_untracked()?;
        let part = browser::part_of_width(&area, f64::from(event.client_x()));
        with_buckets(log, |buckets| {
            (!buckets.is_empty()).then(|| bucket_at(buckets, part))
        })
    };
    let down = move |event: PointerEvent| {
        let Some(from) = at(&event).filter(|_| event.button() == 0) else {
            return;
        };
        drag.set_value(Some(Drag::begun(Part::New { from }, &event)));
        if let Some(area) = area.get_untracked() {
            browser::capture(&area, event.pointer_id());
        }
    };
    let moved = move |event: PointerEvent| {
        let Some(here) = at(&event) else { return };
        pointed.set(Some(here));
        if let Some(drag) = drag.get_value().filter(|drag| drag.has_moved(&event)) {
            dragged.set(Some(drag.span(here)));
        }
    };
    let up = move |event: PointerEvent| {
        let Some(drag) = drag.try_update_value(Option::take).flatten() else {
            return;
        };
        let has_moved = drag.has_moved(&event);
        let span = at(&event).and_then(|here| match drag.part {
            _ if has_moved => Some(drag.span(here)),
            // A click selects the bar.
            Part::New { .. } => Some(Span::between(here, here)),
            _ => None,
        });
        dragged.set(span.filter(|_| has_moved));
        if let Some(span) = span {
            select(log, span);
        }
    };
    let grip = move |event: &PointerEvent, side: Side| {
        event.stop_propagation();
        let Some(span) = shown.get_untracked() else {
            return;
        };
        let part = match side {
            Side::First => Part::First { end: span.end },
            Side::End => Part::End { first: span.first },
        };
        drag.set_value(Some(Drag::begun(part, event)));
        if let Some(area) = area.get_untracked() {
            browser::capture(&area, event.pointer_id());
        }
    };
    // The selection that was dragged stays until the one that it wrote has been read: what arrives meanwhile redraws
    // the bars under the pointer and takes nothing away.
    Effect::watch(
        move || log.plot.track(),
        move |(), _, _| {
            if drag.get_value().is_none() && applying.get_value().is_none() {
                dragged.set(None);
            }
        },
        false,
    );
    let left = move || place(log, shown.get().map(|span| span.first));
    let right = move || {
        // There may be fewer bars than when the drag began.
        let count = with_buckets(log, |buckets| Some(buckets.len())).unwrap_or(0);
        place(log, shown.get().map(|span| count.saturating_sub(span.end)))
    };
    view! {
        <div
            class="brush-area"
            node_ref=area
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=up
            on:pointercancel=move |_| {
                drag.set_value(None);
                dragged.set(None);
            }
            on:pointerleave=move |_| pointed.set(None)
            on:dblclick=move |_| log.edit(|text| log.dialect().set_created(text, None))
        >
            <Show when=move || shown.with(Option::is_some)>
                <div class="brush" style:inset-inline-start=left style:inset-inline-end=right>
                    <Grip side=Side::First shown dragged applying on:pointerdown=move |event| grip(&event, Side::First) />
                    <Grip side=Side::End shown dragged applying on:pointerdown=move |event| grip(&event, Side::End) />
                </div>
            </Show>
        </div>
    }
}

/// An end of the selection, moved by keys as well.
#[component]
fn Grip(
    side: Side,
    shown: Memo<Option<Span>>,
    dragged: RwSignal<Option<Span>>,
    /// What the keys did is written when it has run off.
    applying: StoredValue<Option<TimeoutHandle>>,
) -> impl IntoView {
    let log = use_search();
    let locale = log.locale;
    let value = move || {
        shown.get().map_or(0, |span| match side {
            Side::First => span.first,
            Side::End => span.end,
        })
    };
    let count = move || {
        log.plot
            .with(|plot| plot.as_ref().map_or(0, |p| p.histogram.buckets.len()))
    };
    let text = move || {
        with_buckets_tracked(log, |buckets| {
            let span = shown.get()?;
            let bucket = match side {
                Side::First => buckets.get(span.first),
                Side::End => buckets.get(span.end.checked_sub(1)?),
            }?;
            Some(range_words(locale, begin(bucket), end(bucket), log.today()))
        })
    };
    let key = move |event: KeyboardEvent| {
        let forward = if browser::is_rtl() {
            "ArrowLeft"
        } else {
            "ArrowRight"
        };
        let by: isize = match event.key().as_str() {
            "ArrowLeft" | "ArrowRight" => {
                if event.key() == forward {
                    1
                } else {
                    -1
                }
            }
            "ArrowUp" => 1,
            "ArrowDown" => -1,
            "PageUp" => 8,
            "PageDown" => -8,
            "Home" => isize::MIN / 2,
            "End" => isize::MAX / 2,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        let Some(span) = shown.get_untracked() else {
            return;
        };
        let all = untrack(count).max(span.first + 1);
        let moved = |from: usize, low: usize, high: usize| {
            from.cast_signed()
                .saturating_add(by)
                .clamp(low.cast_signed(), high.cast_signed())
                .cast_unsigned()
        };
        let span = match side {
            Side::First => Span {
                first: moved(span.first, 0, span.end - 1),
                ..span
            },
            Side::End => Span {
                end: moved(span.end, span.first + 1, all),
                ..span
            },
        };
        dragged.set(Some(span));
        if let Some(handle) = applying.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        let apply = move || {
            applying.set_value(None);
            select(log, span);
        };
        applying.set_value(set_timeout_with_handle(apply, APPLY_AFTER).ok());
    };
    let label = match side {
        Side::First => tr!(locale, activity.plot.from),
        Side::End => tr!(locale, activity.plot.to),
    };
    view! {
        <span
            role="slider"
            tabindex="0"
            aria-label=label
            aria-orientation="horizontal"
            aria-valuemin="0"
            aria-valuemax=count
            aria-valuenow=value
            aria-valuetext=text
            on:keydown=key
        ></span>
    }
}

/// Writes the time of some bars into the query.
fn select(log: Search, span: Span) {
    let value = with_buckets(log, |buckets| {
        let first = buckets.get(span.first)?;
        let last = buckets.get(span.end.checked_sub(1)?)?;
        Some(created_between(begin(first), end(last)))
    });
    if let Some(value) = value {
        log.edit(|text| log.dialect().set_created(text, Some(&value)));
    }
}

fn with_buckets<T>(log: Search, read: impl FnOnce(&[Bucket]) -> Option<T>) -> Option<T> {
    log.plot
        .with_untracked(|plot| plot.as_ref().and_then(|plot| read(&plot.histogram.buckets)))
}

fn with_buckets_tracked<T>(log: Search, read: impl FnOnce(&[Bucket]) -> Option<T>) -> Option<T> {
    log.plot
        .with(|plot| plot.as_ref().and_then(|plot| read(&plot.histogram.buckets)))
}

/// So many bars as a part of the width.
fn place(log: Search, bars: Option<usize>) -> String {
    let all = log
        .plot
        .with(|plot| plot.as_ref().map_or(1, |p| p.histogram.buckets.len()));
    let part = bars.unwrap_or(0) as f64 / all.max(1) as f64 * 100.0;
    format!("{part:.3}%")
}
