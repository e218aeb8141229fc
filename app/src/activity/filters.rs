//! Quick filters: buttons that write the query. On a phone they stand behind one button that counts them.

mod calendar;
mod date;
mod jump;
mod month;
mod values;

pub use calendar::calendar;
pub use date::DateFilter;
pub use values::{Values, list_of_values};

use crate::activity::search::use_search;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use leptos::prelude::*;
use values::ValueFilter;

/// The row of filters.
#[component]
pub fn Filters(
    /// What stands at the end of the row.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let log = use_search();
    let locale = log.locale;
    let filters = log
        .kind
        .filters
        .iter()
        .map(|qualifier| view! { <ValueFilter qualifier=qualifier /> })
        .collect_view();
    view! {
        <div class="filters" id="filters" popover="auto" role="group" aria-label=tr!(locale, activity.filter.title)>
            <h2 class="only-narrow">{tr!(locale, activity.filter.title)}</h2>
            {filters}
            {children.map(|children| children())}
        </div>
    }
}

/// Opens the filters on a phone and counts those that are set.
#[component]
pub fn FiltersButton() -> impl IntoView {
    let log = use_search();
    let locale = log.locale;
    let count = Memo::new(move |_| {
        log.q.with(|q| {
            let is_set = |qualifier: &&&str| {
                !log.dialect().values_of(q, qualifier).is_empty()
                    || !log.dialect().excluded_values_of(q, qualifier).is_empty()
            };
            log.kind.filters.iter().filter(is_set).count()
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
