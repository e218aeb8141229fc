//! What stands around the forms before one is signed in.

use crate::i18n::{code, direction, tr, use_locale};
use crate::icons::{self, Icon, Logo};
use crate::layout::other_languages;
use crate::preferences::{Theme, use_preferences};
use leptos::prelude::*;

/// The form on one side, what Storetrail is for on the other.
#[component]
pub fn Gate(
    /// The form.
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <main class="gate" id="main">
            <section class="gate-form" aria-labelledby="h">
                <div class="row-flex gate-mark">
                    <Logo />
                    <b>"Storetrail"</b>
                </div>
                {children()}
                <Foot />
            </section>
            // Says what the product is for; nothing in it is needed to sign in.
            <aside class="gate-side" aria-hidden="true">
                <div class="proofs">
                    <ol class="trail">
                        <li>
                            <div>
                                <h2>{tr!(locale, account.side.who)}</h2>
                                <p>{tr!(locale, account.side.who_text)}</p>
                            </div>
                        </li>
                        <li>
                            <div>
                                <h2>{tr!(locale, account.side.sent)}</h2>
                                <p>{tr!(locale, account.side.sent_text)}</p>
                            </div>
                        </li>
                        <li>
                            <div>
                                <h2>{tr!(locale, account.side.back)}</h2>
                                <p>{tr!(locale, account.side.back_text)}</p>
                            </div>
                        </li>
                        <li class="here">
                            <div>
                                <h2>{tr!(locale, account.side.proof)}</h2>
                                <p>{tr!(locale, account.side.proof_text)}</p>
                            </div>
                        </li>
                    </ol>
                </div>
            </aside>
        </main>
    }
    .into_any()
}

/// Language and theme.
#[component]
fn Foot() -> impl IntoView {
    let locale = use_locale();
    let preferences = use_preferences();
    let is_dark = move || preferences.theme.get() == Theme::Dark;
    let label = move || {
        if is_dark() {
            tr!(locale, common.theme.to_light)
        } else {
            tr!(locale, common.theme.to_dark)
        }
    };
    let toggle = move |_| {
        preferences.set_theme(if is_dark() { Theme::Light } else { Theme::Dark });
    };
    view! {
        <footer class="gate-foot">
            <span class="row-flex">
                <Icon glyph=icons::SHIELD class="i-s" />
                {tr!(locale, access.every_try)}
            </span>
            <span class="push"></span>
            {other_languages()
                .map(|(locale, name, href)| {
                    view! {
                        <a
                            class="link"
                            href=href
                            rel="external"
                            hreflang=code(locale)
                            lang=code(locale)
                            dir=direction(locale)
                        >
                            {name}
                        </a>
                    }
                })
                .collect_view()}
            <button class="icon-btn" type="button" aria-label=label on:click=toggle>
                {move || view! { <Icon glyph=if is_dark() { icons::SUN } else { icons::MOON } /> }}
            </button>
        </footer>
    }
    .into_any()
}
