//! The categories: tabs that are toggles, several may be on.

use crate::activity::address::FORM;
use crate::activity::search::use_search;
use crate::activity::state::{Log, use_log};
use crate::activity::words::{category_label, count_words};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use domain::Category;
use domain::query::{set_values, toggle_value, values_of};
use domain::view::Count;
use leptos::prelude::*;

/// So many tabs stand in the narrowest row; the others where there is room, and under More.
const NARROW: usize = 6;
/// So many in a wide one, with an open rail at 1440 px.
const WIDE: usize = 8;
/// So many in a wider one.
const WIDER: usize = 10;

/// A tab: its category (none for all), its count, whether it is on.
type Tab = (Option<Category>, Option<Count>, bool);

/// The tabs.
#[component]
pub fn Categories() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let chosen = Memo::new(move |_| {
        let values = log
            .address
            .with(|address| values_of(&address.q, "category"));
        values
            .iter()
            .filter_map(|value| value.parse().ok())
            .collect::<Vec<Category>>()
    });
    let tabs = Memo::new(move |_| tabs(log, &chosen.get()));
    let row = move || {
        tabs.get()
            .into_iter()
            .enumerate()
            .map(|(at, tab)| view! { <TabButton tab place=at /> })
            .collect_view()
    };
    let list = move || {
        tabs.get()
            .into_iter()
            .map(|tab| view! { <li><TabButton tab place=0 /></li> })
            .collect_view()
    };
    view! {
        <div class="facets" role="group" aria-label=tr!(locale, activity.categories)>
            {row}
            <Show when=move || tabs.with(|tabs| tabs.len() > NARROW)>
                <button
                    class="more"
                    type="button"
                    popovertarget="all-categories"
                    style="anchor-name:--all-categories"
                >
                    {tr!(locale, activity.more)}
                    <Icon glyph=icons::CHEVRON_DOWN class="i-s" />
                </button>
            </Show>
            <div
                class="menu pop"
                id="all-categories"
                popover="auto"
                role="group"
                aria-label=tr!(locale, activity.categories)
                style="position-anchor:--all-categories"
            >
                <ul class="choices">{list}</ul>
            </div>
        </div>
    }
}

/// All, those that are found, and those that are chosen although nothing of them is found.
fn tabs(log: Log, chosen: &[Category]) -> Vec<Tab> {
    let facets = log.facets.get();
    let counted = facets
        .as_ref()
        .map(|f| f.categories.as_slice())
        .unwrap_or_default();
    let mut tabs: Vec<Tab> = vec![(None, facets.as_ref().map(|f| f.all), chosen.is_empty())];
    for category in Category::ALL {
        let count = counted
            .iter()
            .find(|(there, _)| *there == category)
            .map(|(_, count)| *count);
        let is_on = chosen.contains(&category);
        // Before the counts are there, the tabs are there: bars stand for the numbers.
        if count.is_some_and(|count| count.count > 0) || is_on || facets.is_none() {
            tabs.push((Some(category), count, is_on));
        }
    }
    tabs
}

#[component]
fn TabButton(tab: Tab, place: usize) -> impl IntoView {
    let log = use_log();
    let search = use_search();
    let (category, count, is_on) = tab;
    let label = category.map_or(tr!(log.locale, activity.all), |c| {
        category_label(log.locale, c)
    });
    let is_known = log.facets.with_untracked(Option::is_some);
    let number = match (count, is_known) {
        (Some(count), _) => view! { <span class="n">{count_words(count)}</span> }.into_any(),
        (None, true) => view! { <span class="n">"0"</span> }.into_any(),
        // Nothing is counted of what was not understood.
        (None, false) => (move || {
            search
                .has_list()
                .then(|| view! { <span class="skel" style="inline-size:1.75rem"></span> })
        })
        .into_any(),
    };
    let changed = move |text: &str| match category {
        Some(category) => toggle_value(text, "category", category.as_str()),
        None => set_values(text, "category", &[] as &[&str]),
    };
    let value = log.address.with_untracked(|address| changed(&address.q));
    let class = match (place, is_on) {
        (_, true) | (0..NARROW, _) => "",
        (NARROW..WIDE, _) => "extra wide",
        (WIDE..WIDER, _) => "extra wider",
        _ => "extra widest",
    };
    view! {
        <button
            form=FORM
            name="q"
            value=value
            class=class
            aria-pressed=is_on.to_string()
            on:click=move |event| {
                event.prevent_default();
                match category {
                    Some(category) if event.alt_key() => log.toggle("category", category.as_str(), true),
                    _ => log.edit(changed),
                }
            }
        >
            {label}
            {number}
        </button>
    }
}
