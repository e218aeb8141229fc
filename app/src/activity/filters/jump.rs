//! Jump to a time: the list begins there.

use crate::activity::browser;
use crate::activity::search::use_search;
use crate::i18n::tr;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// A time on the store's clock. What is on its far side is left out, so that the list begins there.
#[component]
pub fn Jump() -> impl IntoView {
    let log = use_search();
    let locale = log.locale;
    let typed = RwSignal::new(String::new());
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        // The field's own form: `2026-11-20T09:14`.
        let at = typed.get_untracked();
        if at.is_empty() {
            return;
        }
        let is_oldest = log
            .beside
            .with_untracked(|beside| beside.contains(&("sort", "oldest")));
        let value = if is_oldest {
            format!("{at}..")
        } else {
            format!("..{at}")
        };
        browser::hide_popover("date");
        log.edit(|text| log.dialect().set_created(text, Some(&value)));
    };
    view! {
        <form class="jump" on:submit=go>
            <label for="jump-to">{tr!(locale, find.jump)}</label>
            <div class="row-flex">
                <input
                    class="input"
                    id="jump-to"
                    type="datetime-local"
                    dir="ltr"
                    on:input=move |event| typed.set(event_target_value(&event))
                />
                <button class="btn small">{tr!(locale, find.jump_go)}</button>
            </div>
        </form>
    }
    .into_any()
}
