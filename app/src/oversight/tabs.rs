//! The groups above the list: toggles, several may be on.

use super::state::Watch;
use super::watched::{Tabs, Watched};
use crate::activity::address::FORM;
use crate::activity::search::use_search;
use crate::activity::words::count_words;
use crate::i18n::tr;
use domain::view::Count;
use leptos::prelude::*;

/// All, and one tab for each group that has an entry or is chosen.
pub fn tabs<R: Watched>(log: Watch<R>) -> AnyView {
    let Tabs {
        qualifier,
        label,
        values,
    } = R::tabs(log.locale);
    let all = move || {
        log.facets.with(|facets| {
            let facets = facets.as_ref()?;
            let count = facets
                .values
                .iter()
                .filter(|facet| facet.qualifier == qualifier)
                .map(|facet| facet.count)
                .sum();
            Some(Count {
                count,
                is_exact: facets.matching.is_exact,
            })
        })
    };
    let count_of = move |value: &'static str| {
        log.facets.with(|facets| {
            let facets = facets.as_ref()?;
            let found = facets
                .values
                .iter()
                .find(|facet| facet.qualifier == qualifier && facet.value == value);
            Some(Count {
                count: found.map_or(0, |facet| facet.count),
                is_exact: true,
            })
        })
    };
    let first = tab::<R>(qualifier, None, tr!(log.locale, oversight.all), all);
    let others = values
        .into_iter()
        .map(|(value, name)| tab::<R>(qualifier, Some(value), name, move || count_of(value)))
        .collect_view();
    view! {
        <div class="facets" role="group" aria-label=label>
            {first} {others}
        </div>
    }
    .into_any()
}

fn tab<R: Watched>(
    qualifier: &'static str,
    value: Option<&'static str>,
    name: &'static str,
    count: impl Fn() -> Option<Count> + Copy + Send + Sync + 'static,
) -> AnyView {
    let search = use_search();
    let dialect = R::kind().dialect;
    let chosen = Memo::new(move |_| search.q.with(|q| dialect.values_of(q, qualifier)));
    let is_on = move || {
        chosen.with(|chosen| match value {
            Some(value) => chosen.iter().any(|there| there == value),
            None => chosen.is_empty(),
        })
    };
    let changed = move |text: &str| match value {
        Some(value) => dialect.toggle_value(text, qualifier, value),
        None => dialect.set_values(text, qualifier, &[] as &[&str]),
    };
    // What nothing is in takes no room, unless it was asked for.
    let is_idle =
        move || value.is_some() && !is_on() && count().is_some_and(|count| count.count == 0);
    let number = move || match count() {
        Some(count) => view! { <span class="n">{count_words(count)}</span> }.into_any(),
        // Nothing is counted of what was not understood.
        None => search
            .has_list()
            .then(|| view! { <span class="skel" style="inline-size:1.75rem"></span> })
            .into_any(),
    };
    view! {
        <button
            form=FORM
            name="q"
            value=move || search.q.with(|q| changed(q))
            aria-pressed=move || is_on().to_string()
            hidden=is_idle
            on:click=move |event| {
                event.prevent_default();
                match value {
                    Some(value) => search.toggle(qualifier, value, event.alt_key()),
                    None => search.edit(changed),
                }
            }
        >
            {name}
            {number}
        </button>
    }
    .into_any()
}
