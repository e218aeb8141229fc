//! Ready-made texts: those of the store, filled with the order, and those that come with Storetrail.

use super::built_in::built_in;
use super::{BuiltIn, Draft};
use crate::activity::browser;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::orders::calls;
use crate::orders::thread::use_thread;
use domain::followup::Template;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Adds a text to what is written already.
fn take(draft: Draft, text: &str, subject: impl FnOnce() -> Option<String>) {
    browser::hide_popover("templates");
    draft.text.update(|written| {
        if !written.is_empty() && !written.ends_with('\n') {
            written.push('\n');
        }
        written.push_str(text);
    });
    if draft.subject.with_untracked(String::is_empty)
        && let Some(subject) = subject()
    {
        draft.subject.set(subject);
    }
    browser::focus("#write");
}

/// The button and the list that it opens.
#[component]
pub fn Templates() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let own = RwSignal::new(Vec::<Template>::new());
    let fitting = Memo::new(move |_| {
        let channel = draft.channel.get();
        own.with(|own| {
            let fits = |t: &&Template| t.channel.is_none_or(|of| of == channel);
            own.iter().filter(fits).cloned().collect::<Vec<_>>()
        })
    });
    // Read when somebody looks for them, each time: colleagues may have changed them.
    let load = move |_| {
        let number = log.number.get_value();
        spawn_local(async move {
            if let Ok(templates) = calls::templates(number).await {
                own.try_set(templates);
            }
        });
    };
    view! {
        <button
            class="btn small bare"
            type="button"
            popovertarget="templates"
            aria-label=tr!(locale, messages.composer.templates)
            style="anchor-name:--templates"
            on:click=load
        >
            <Icon glyph=icons::WAND_SPARKLES />
            <span class="only-wide">{tr!(locale, messages.composer.templates)}</span>
        </button>
        <div
            class="menu pop above"
            id="templates"
            popover="auto"
            role="group"
            aria-label=tr!(locale, messages.composer.templates)
            style="position-anchor:--templates"
        >
            <Own fitting />
            <Fixed fitting />
        </div>
    }
    .into_any()
}

/// Those of the store that go by the channel.
#[component]
fn Own(fitting: Memo<Vec<Template>>) -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let choices = move || {
        fitting
            .get()
            .into_iter()
            .map(|template| {
                let Template {
                    name,
                    subject,
                    body,
                    ..
                } = template;
                let choose = move |_| take(draft, &body, || subject.clone());
                view! { <li><button type="button" on:click=choose><bdi>{name}</bdi></button></li> }
            })
            .collect_view()
    };
    view! {
        <Show when=move || !fitting.with(Vec::is_empty)>
            <p class="menu-head small dim" id="own-templates">{tr!(locale, messages.composer.own_templates)}</p>
            <ul class="choices" aria-labelledby="own-templates">{choices}</ul>
            <hr />
        </Show>
    }
    .into_any()
}

/// Those that come with Storetrail and that no template of the store replaces.
#[component]
fn Fixed(fitting: Memo<Vec<Template>>) -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let left = move || {
        let texts = built_in(locale, &log.number.get_value());
        fitting.with(|own| {
            let texts = texts.into_iter().filter(|text| !text.is_replaced(own));
            texts.collect::<Vec<_>>()
        })
    };
    let choices = move || {
        left()
            .into_iter()
            .map(|built_in| {
                let BuiltIn {
                    name,
                    subject,
                    text,
                } = built_in;
                let choose = move |_| take(draft, &text, || Some(subject.clone()));
                view! { <li><button type="button" on:click=choose>{name}</button></li> }
            })
            .collect_view()
    };
    view! {
        <Show when=move || !left().is_empty()>
            <p class="menu-head small dim" id="built-in-texts">{tr!(locale, messages.composer.built_in)}</p>
            <ul class="choices" aria-labelledby="built-in-texts">{choices}</ul>
        </Show>
    }
    .into_any()
}
