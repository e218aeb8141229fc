//! Ready-made texts: those of the store, filled with the order, and some in the language of the page.

use super::Draft;
use crate::activity::browser;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::orders::calls;
use crate::orders::thread::use_thread;
use domain::followup::Template;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The name of each text and the text.
fn texts(locale: Locale, number: &str) -> [(&'static str, String); 4] {
    [
        (
            tr!(locale, messages.template.shipped),
            tr!(locale, messages.template.shipped_text, number = number),
        ),
        (
            tr!(locale, messages.template.ready),
            tr!(locale, messages.template.ready_text, number = number),
        ),
        (
            tr!(locale, messages.template.delay),
            tr!(locale, messages.template.delay_text, number = number),
        ),
        (
            tr!(locale, messages.template.thanks),
            tr!(locale, messages.template.thanks_text, number = number),
        ),
    ]
}

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
    let own = RwSignal::new(Vec::<Template>::new());
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
            <Own own />
            <Fixed />
        </div>
    }
    .into_any()
}

/// Those of the store that go by the channel.
#[component]
fn Own(own: RwSignal<Vec<Template>>) -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let fitting = Memo::new(move |_| {
        let channel = draft.channel.get();
        own.with(|own| {
            let fits = |t: &&Template| t.channel.is_none_or(|of| of == channel);
            own.iter().filter(fits).cloned().collect::<Vec<_>>()
        })
    });
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

/// Those that come with the page.
#[component]
fn Fixed() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let number = log.number.get_value();
    let choices = texts(locale, &number)
        .map(|(name, text)| {
            let choose = move |_| {
                take(draft, &text, || {
                    let number = log.number.get_value();
                    let order = tr!(locale, messages.thread.title, number = number);
                    Some(format!("{order}: {name}"))
                });
            };
            view! { <li><button type="button" on:click=choose>{name}</button></li> }
        })
        .collect_view();
    view! { <ul class="choices">{choices}</ul> }.into_any()
}
