//! Recovery codes, shown for the only time.

use crate::copy::CopyText;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use leptos::prelude::*;

/// The codes, to be kept elsewhere.
#[component]
pub fn RecoveryCodes(
    /// Each code.
    codes: Vec<String>,
    /// Called when they were put away.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="own-codes" role="group" aria-labelledby="own-codes">
            <h3 id="own-codes">{tr!(locale, access.codes.title)}</h3>
            <div class="note pending">
                <Icon glyph=icons::KEY_ROUND />
                <p>{tr!(locale, access.codes.once)}</p>
            </div>
            <CopyText text=codes.join("\n") label=tr!(locale, access.codes.title) />
            <button class="btn primary" type="button" on:click=move |_| on_done.run(())>
                {tr!(locale, access.codes.kept)}
            </button>
        </div>
    }
    .into_any()
}
