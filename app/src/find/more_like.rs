//! More like this: filters by a value that is shown; with alt leaves it out.

use crate::activity::search::use_search;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use domain::MASK;
use leptos::prelude::*;

/// A button beside a value. None beside one that is hidden.
#[component]
pub fn MoreLike(
    /// The qualifier.
    qualifier: &'static str,
    /// Its value, not yet quoted.
    #[prop(into)]
    value: String,
    /// Whether it can be reached with Tab; in rows the key `f` does the same.
    #[prop(default = true)]
    is_in_tab_order: bool,
) -> impl IntoView {
    let search = use_search();
    if value.is_empty() || value.contains(MASK) {
        return ().into_any();
    }
    let shown = search
        .value_label(qualifier, &value)
        .map_or_else(|| value.clone(), str::to_owned);
    let label = tr!(search.locale, find.more_like, value = shown);
    view! {
        <button
            class="icon-btn more-like"
            type="button"
            tabindex=(!is_in_tab_order).then_some("-1")
            aria-label=label.clone()
            title=label
            on:click=move |event| search.toggle(qualifier, &value, event.alt_key())
        >
            <Icon glyph=icons::LIST_FILTER class="i-s" />
        </button>
    }
    .into_any()
}
