//! Text that is copied.

use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::HtmlDocument;
use std::time::Duration;

/// A text as it is, with a button that copies it.
#[component]
pub fn CopyText(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, for those who don't see it.
    label: &'static str,
    /// Whether it is one line.
    #[prop(default = false)]
    is_line: bool,
) -> impl IntoView {
    let locale = use_locale();
    let content = NodeRef::<html::Pre>::new();
    let is_copied = RwSignal::new(false);
    let copy = move |_| {
        let Some(content) = content.get_untracked() else {
            return;
        };
        is_copied.set(copy_content(content.unchecked_ref()));
        set_timeout(
            move || {
                let _ = is_copied.try_set(false);
            },
            Duration::from_secs(3),
        );
    };
    view! {
        <div class="code" class:one=is_line>
            <pre tabindex="0" aria-label=label role="region" node_ref=content>
                {text}
            </pre>
            <button class="btn small copy" type="button" on:click=copy>
                {move || {
                    let (glyph, word) = if is_copied.get() {
                        (icons::CHECK, tr!(locale, common.copied))
                    } else {
                        (icons::COPY, tr!(locale, common.copy))
                    };
                    view! {
                        <Icon glyph />
                        {word}
                    }
                }}
            </button>
            <span class="vh" role="status">
                {move || is_copied.get().then(|| tr!(locale, common.copied))}
            </span>
        </div>
    }
    .into_any()
}

/// Selects the element's text and copies it: leaves it selected, so that it can be copied by hand where the browser
/// doesn't allow it. Works without https, unlike the clipboard's newer interface.
fn copy_content(element: &leptos::web_sys::Element) -> bool {
    let Some(selection) = window().get_selection().ok().flatten() else {
        return false;
    };
    if selection.select_all_children(element).is_err() {
        return false;
    }
    document()
        .dyn_into::<HtmlDocument>()
        .is_ok_and(|document| document.exec_command("copy").unwrap_or(false))
}
