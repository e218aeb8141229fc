//! Quick filters: buttons that write the query. On a phone they stand behind one button that counts them.

mod calendar;
mod date;
mod month;
mod values;

pub use date::DateFilter;

use crate::activity::address::Address;
use crate::activity::state::use_log;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use domain::Direction;
use domain::query::{excluded_values_of, values_of};
use leptos::prelude::*;
use values::ValueFilter;

/// The qualifiers that have a button.
const QUALIFIERS: [&str; 4] = ["actor", "category", "action", "outcome"];

/// The row of filters.
#[component]
pub fn Filters() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let filters = QUALIFIERS
        .map(|qualifier| view! { <ValueFilter qualifier /> })
        .collect_view();
    view! {
        <div class="filters" id="filters" popover="auto" role="group" aria-label=tr!(locale, activity.filter.title)>
            <h2 class="only-narrow">{tr!(locale, activity.filter.title)}</h2>
            {filters}
            <Sort />
        </div>
    }
}

/// Opens the filters on a phone and counts those that are set.
#[component]
pub fn FiltersButton() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let count = Memo::new(move |_| {
        log.address.with(|address| {
            let is_set = |qualifier: &&str| {
                !values_of(&address.q, qualifier).is_empty()
                    || !excluded_values_of(&address.q, qualifier).is_empty()
            };
            QUALIFIERS
                .iter()
                .filter(|qualifier| is_set(qualifier))
                .count()
        })
    });
    let label = move || match count.get() {
        0 => tr!(locale, activity.filter.title).to_owned(),
        set => tr!(locale, activity.filter.set, n = set),
    };
    view! {
        <button class="btn only-narrow filters-button" type="button" popovertarget="filters" aria-label=label>
            <Icon glyph=icons::SLIDERS_HORIZONTAL />
            {move || (count.get() > 0).then(|| view! { <span class="badge">{count.get()}</span> })}
        </button>
    }
}

/// Newest or oldest first. A link, so that it works before the script is there.
#[component]
fn Sort() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let direction = Memo::new(move |_| log.address.with(|address| address.direction));
    let other = move || match direction.get() {
        Direction::Newest => Direction::Oldest,
        Direction::Oldest => Direction::Newest,
    };
    let href = move || {
        let address = log.address.with(Address::list);
        Address {
            direction: other(),
            ..address
        }
        .href()
    };
    let label = move || match direction.get() {
        Direction::Newest => tr!(locale, activity.sort.newest),
        Direction::Oldest => tr!(locale, activity.sort.oldest),
    };
    let glyph = move || match direction.get() {
        Direction::Newest => view! { <Icon glyph=icons::ARROW_DOWN class="i-s" /> },
        Direction::Oldest => view! { <Icon glyph=icons::ARROW_UP class="i-s" /> },
    };
    view! {
        <a
            class="sort push"
            href=href
            title=tr!(locale, activity.sort.turn)
            on:click=move |event| {
                event.prevent_default();
                log.sort(untrack(other));
            }
        >
            {glyph}
            {label}
        </a>
    }
}
