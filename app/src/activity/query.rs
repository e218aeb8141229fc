//! The query field: a plain input over a painted copy of its text, with proposals and corrections.

mod editing;
mod list;
mod mistake;
mod paint;
mod proposals;

use crate::activity::browser;
use crate::activity::search::use_search;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use editing::Editing;
use leptos::ev::KeyboardEvent;
use leptos::html::{Div, Input};
use leptos::prelude::*;
use list::Proposals;
use mistake::Correction;
use paint::Painted;

/// The query field. Before the script is there it is a form that works.
#[component]
pub fn QueryField() -> impl IntoView {
    let log = use_search();
    let locale = log.locale;
    let field = NodeRef::<Input>::new();
    let painted = NodeRef::<Div>::new();
    let editing = Editing::new(log, field);
    // The copy lies exactly under the text, also when that is longer than the field.
    let follow = move || {
        if let (Some(field), Some(painted)) = (field.get_untracked(), painted.get_untracked()) {
            painted.set_scroll_left(field.scroll_left());
        }
    };
    Effect::new(move |_| {
        log.draft.track();
        request_animation_frame(follow);
    });
    let is_empty = move || log.draft.with(String::is_empty);
    let first = log.draft.get_untracked();
    let beside = move || {
        let fields = log.beside.get().into_iter();
        fields
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
            .collect_view()
    };
    view! {
        <form
            class="query"
            dir="ltr"
            action=log.kind.path
            method="get"
            on:submit=move |event| {
                event.prevent_default();
                editing.apply();
            }
            on:focusout=move |event| editing.left(&event)
        >
            <Icon glyph=icons::SEARCH />
            <div class="text">
                <div class="hl" aria-hidden="true" node_ref=painted><Painted editing /></div>
                <input
                    id="query"
                    name="q"
                    type="text"
                    role="combobox"
                    aria-label=(log.kind.label)(locale)
                    aria-autocomplete="list"
                    aria-controls="proposals"
                    aria-expanded=move || editing.is_open().to_string()
                    aria-activedescendant=move || editing.active_id()
                    aria-invalid=move || (!editing.visible_mistakes().is_empty()).to_string()
                    aria-describedby="correction"
                    placeholder=(log.kind.placeholder)(locale)
                    spellcheck="false"
                    autocomplete="off"
                    autocapitalize="off"
                    enterkeyhint="search"
                    value=first
                    prop:value=move || log.draft.get()
                    node_ref=field
                    on:input=move |_| editing.typed()
                    on:keydown=move |event: KeyboardEvent| editing.key(&event)
                    on:keyup=move |_| follow()
                    on:scroll=move |_| follow()
                    on:click=move |_| editing.moved()
                    on:focus=move |_| editing.entered()
                />
            </div>
            {beside}
            <Show when=move || !is_empty() fallback=|| view! { <kbd class="only-wide" aria-hidden="true">"/"</kbd> }>
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=tr!(locale, activity.query.clear)
                    on:click=move |_| {
                        log.search("");
                        browser::focus("#query");
                    }
                >
                    <Icon glyph=icons::X class="i-s" />
                </button>
            </Show>
            <Proposals editing />
            <Correction editing />
        </form>
    }
}
