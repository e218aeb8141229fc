//! The date: stretches by name, or any range of the calendar.

use super::jump::Jump;
use crate::activity::address::FORM;
use crate::activity::browser;
use crate::activity::clock::{local, of_micros};
use crate::activity::search::{Search, use_search};
use crate::activity::words::range_words;
use crate::asides::{Aside, aside};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use leptos::prelude::*;

/// The stretches that have a name.
const NAMED: [&str; 6] = ["today", "yesterday", "7d", "30d", "this_week", "this_month"];

/// The button and what it opens.
#[component]
pub fn DateFilter() -> impl IntoView {
    let log = use_search();
    let locale = log.locale;
    // The calendar comes when somebody looks.
    let is_wanted = RwSignal::new(false);
    let value = Memo::new(move |_| {
        let dialect = log.dialect();
        log.q
            .with(|q| dialect.values_of(q, "created").into_iter().next())
    });
    let words = move || said(log, value.get().as_deref());
    let label = move || match value.get() {
        Some(_) => tr!(locale, activity.date.label, range = words()),
        None => tr!(locale, activity.date.any_label).to_owned(),
    };
    let named = NAMED
        .into_iter()
        .map(|name| view! { <li><Stretch name=Some(name) value /></li> })
        .collect_view();
    view! {
        <button
            class="btn range"
            class:set=move || value.with(Option::is_some)
            type="button"
            popovertarget="date"
            aria-label=label
            style="anchor-name:--date"
        >
            <Icon glyph=icons::CALENDAR />
            <span class="only-wide">{words}</span>
        </button>
        <div
            class="menu pop date"
            id="date"
            popover="auto"
            role="dialog"
            aria-label=tr!(locale, activity.date.title)
            style="position-anchor:--date"
            on:toggle=move |_| is_wanted.set(true)
        >
            <ul>
                {named}
                <li><Stretch name=None value /></li>
            </ul>
            <div>
                <Show when=move || is_wanted.get() fallback=Room>
                    <Suspense fallback=Room>{move || Suspend::new(aside(Aside::Calendar(value)))}</Suspense>
                </Show>
                <Jump />
            </div>
        </div>
    }
}

/// The place of the calendar until it is there.
#[component]
fn Room() -> impl IntoView {
    view! { <div class="calendar room" aria-hidden="true"></div> }
}

/// A stretch that has a name; none for all time.
#[component]
fn Stretch(name: Option<&'static str>, value: Memo<Option<String>>) -> impl IntoView {
    let log = use_search();
    let label = name.map_or(tr!(log.locale, activity.date.any), |name| {
        named(log.locale, name)
    });
    let is_on = move || value.get().as_deref() == name;
    let query = move || log.q.with(|q| log.dialect().set_created(q, name));
    view! {
        <button
            form=FORM
            name="q"
            value=query
            aria-pressed=move || is_on().to_string()
            on:click=move |event| {
                event.prevent_default();
                browser::hide_popover("date");
                log.edit(|text| log.dialect().set_created(text, name));
            }
        >
            {label}
            {move || is_on().then(|| view! { <Icon glyph=icons::CHECK class="i-s" /> })}
        </button>
    }
}

fn named(locale: Locale, name: &str) -> &'static str {
    match name {
        "today" => tr!(locale, activity.date.today),
        "yesterday" => tr!(locale, activity.date.yesterday),
        "24h" => tr!(locale, activity.date.day),
        "7d" => tr!(locale, activity.date.seven_days),
        "30d" => tr!(locale, activity.date.thirty_days),
        "this_week" => tr!(locale, activity.date.this_week),
        "last_week" => tr!(locale, activity.date.last_week),
        "this_month" => tr!(locale, activity.date.this_month),
        "last_month" => tr!(locale, activity.date.last_month),
        _ => "",
    }
}

/// What the button says: the name of the stretch, else the days, else what was typed.
fn said(log: Search, value: Option<&str>) -> String {
    let Some(value) = value else {
        return tr!(log.locale, activity.date.any).to_owned();
    };
    let name = named(log.locale, value);
    if !name.is_empty() {
        return name.to_owned();
    }
    let selection = log.plot.with(|plot| {
        let plot = plot.as_ref()?;
        Some((plot.selection?, plot.selection_offsets))
    });
    let closed = selection.filter(|(range, _)| range.from > i64::MIN && range.to < i64::MAX);
    closed.map_or_else(
        || value.to_owned(),
        |(range, offsets)| {
            let [from, to] = offsets;
            let from = local(of_micros(range.from), from);
            let to = local(of_micros(range.to), to);
            range_words(log.locale, from, to, log.today())
        },
    )
}
