//! The ways in which entries get here, to choose one.

use super::Listen;
use super::own_code::OwnCode;
use crate::account::proof::{Proof, ProofDialog};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Glyph, Icon};
use crate::webhooks::connect::{ConnectShop, Connections};
use crate::wire::Told;
use domain::hook::Platform;
use domain::view::ConnectionView;
use leptos::prelude::*;

/// A way: own code that calls the API, or a shop's webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    OwnCode,
    Shop(Platform),
}

const WAYS: [Way; 4] = [
    Way::OwnCode,
    Way::Shop(Platform::Shopify),
    Way::Shop(Platform::Woocommerce),
    Way::Shop(Platform::Standard),
];

impl Way {
    fn glyph(self) -> Glyph {
        match self {
            Self::OwnCode => icons::TERMINAL,
            Self::Shop(Platform::Standard) => icons::WEBHOOK,
            Self::Shop(_) => icons::STORE,
        }
    }

    /// Its name and what it means, in a line.
    fn words(self, locale: Locale) -> (&'static str, &'static str) {
        match self {
            Self::OwnCode => (
                tr!(locale, account.connect.own_code),
                tr!(locale, account.connect.own_code_text),
            ),
            Self::Shop(Platform::Shopify) => {
                (Platform::Shopify.label(), tr!(locale, webhooks.way.shopify))
            }
            Self::Shop(Platform::Woocommerce) => (
                Platform::Woocommerce.label(),
                tr!(locale, webhooks.way.woocommerce),
            ),
            Self::Shop(Platform::Standard) => (
                Platform::Standard.label(),
                tr!(locale, webhooks.way.standard),
            ),
        }
    }
}

/// The list of ways, and the one that is chosen.
#[component]
pub fn Ways(
    /// Whether an entry has arrived: set when the first one does.
    has_arrived: RwSignal<bool>,
    /// The connections there are.
    connections: Told<Result<Vec<ConnectionView>, crate::AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let chosen = RwSignal::new(Way::OwnCode);
    let proof = Proof::provide();
    let choice = move |way: Way| {
        let (name, text) = way.words(locale);
        view! {
            <button
                type="button"
                class:chosen=move || chosen.get() == way
                aria-pressed=move || (chosen.get() == way).to_string()
                on:click=move |_| chosen.set(way)
            >
                <Icon glyph=way.glyph() />
                <b>{name}</b>
                <span class="d">{text}</span>
            </button>
        }
    };
    let way = move || match chosen.get() {
        Way::OwnCode => view! {
            <OwnCode />
            <Listen has_arrived />
        }
        .into_any(),
        Way::Shop(platform) => {
            let on_made = Callback::new(move |()| connections.refetch());
            view! { <ConnectShop platform proof on_made /> }.into_any()
        }
    };
    view! {
        <div class="ways">
            <div class="ways-list">
                {WAYS.map(choice).collect_view()}
                <p class="ways-foot dim small">
                    {tr!(locale, account.connect.reference)} " "
                    <a class="link" href="/api/docs" rel="external">
                        {tr!(locale, common.help.api)}
                    </a>
                </p>
            </div>
            <div class="way">
                <h2>{move || chosen.get().words(locale).0}</h2>
                {way}
            </div>
        </div>
        <Connections connections proof />
        <ProofDialog proof />
    }
    .into_any()
}
