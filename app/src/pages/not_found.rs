//! What doesn't exist, with status 404.

use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::status;
use leptos::prelude::*;
use leptos_meta::Title;

/// A page that doesn't exist.
#[component]
pub fn NotFound() -> impl IntoView {
    let locale = use_locale();
    status::set(404);
    let title = tr!(locale, common.not_found.title);
    view! {
        <Title text=format!("{title} · Storetrail") />
        <main class="lost" id="main">
            <div class="blank">
                <Icon glyph=icons::MAP_PIN />
                <h1>{title}</h1>
                <p>{tr!(locale, common.not_found.text)}</p>
                <a class="btn" href="/">
                    {tr!(locale, common.not_found.back)}
                </a>
            </div>
        </main>
    }
    .into_any()
}
