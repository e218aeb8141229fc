//! Ready-made texts, in the language of the page.

use super::Draft;
use crate::activity::browser;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::orders::thread::use_thread;
use leptos::prelude::*;

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

/// The button and the list that it opens. A text is added to what is written already.
#[component]
pub fn Templates() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let number = log.number.get_value();
    let choices = texts(locale, &number)
        .map(|(name, text)| {
            let take = move |_| {
                browser::hide_popover("templates");
                draft.text.update(|written| {
                    if !written.is_empty() && !written.ends_with('\n') {
                        written.push('\n');
                    }
                    written.push_str(&text);
                });
                if draft.subject.with_untracked(String::is_empty) {
                    let subject = tr!(
                        locale,
                        messages.thread.title,
                        number = log.number.get_value()
                    );
                    draft.subject.set(format!("{subject}: {name}"));
                }
                browser::focus("#write");
            };
            view! { <li><button type="button" on:click=take>{name}</button></li> }
        })
        .collect_view();
    view! {
        <button
            class="btn small bare"
            type="button"
            popovertarget="templates"
            aria-label=tr!(locale, messages.composer.templates)
            style="anchor-name:--templates"
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
            <ul class="choices">{choices}</ul>
        </div>
    }
    .into_any()
}
