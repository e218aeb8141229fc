//! Settings: the store, its users, roles, keys, rules and templates, how it is protected, how long things are kept.

mod keys;
#[cfg(feature = "ssr")]
mod parse;
mod protection;
mod retention;
mod role_choice;
mod roles;
mod rules;
mod store;
mod targets;
mod templates;
mod users;

pub(super) use keys::CreateKey;
pub use keys::KeysPage;
pub use protection::ProtectionPage;
pub use retention::RetentionPage;
pub use roles::{RolesPage, permission_words};
pub use rules::{RulePage, RulesPage, WhyPage, action_of_rule, why_href};
pub use store::StorePage;
pub use targets::TargetsPage;
pub use templates::TemplatesPage;
pub use users::UsersPage;

use super::NoPermission;
use crate::account::proof::{Proof, ProofDialog};
use crate::i18n::{tr, use_locale};
use crate::layout::{WithViewer, settings_pages};
use domain::view::Viewer;
use domain::{Need, Permission};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::{A, Redirect};

/// `/settings`: leads to the first page that the role opens.
#[component]
pub fn Settings() -> impl IntoView {
    let locale = use_locale();
    view! {
        <WithViewer let:viewer>
            {match settings_pages(locale, &viewer).first() {
                Some(place) => view! { <Redirect path=place.path /> }.into_any(),
                None => {
                    view! {
                        <NoPermission
                            section=tr!(locale, common.place.settings)
                            viewer
                            needs=Need::OpenSettings
                        />
                    }
                        .into_any()
                }
            }}
        </WithViewer>
    }
    .into_any()
}

/// One of the settings' pages: its head, the way to the others, its content.
#[component]
fn SettingsPage(
    /// Who is signed in.
    viewer: Viewer,
    /// Its name.
    title: &'static str,
    /// What it asks for.
    needs: Permission,
    /// What can be done on it, at the end of its head.
    #[prop(optional, into)]
    actions: ViewFn,
    /// Its content; rendered for those who may see it.
    children: ChildrenFn,
) -> impl IntoView {
    let locale = use_locale();
    if !viewer.may(needs) {
        return view! { <NoPermission section=title viewer needs /> }.into_any();
    }
    let places = settings_pages(locale, &viewer);
    let proof = Proof::provide();
    view! {
        <Title text=title />
        <section class="stage" aria-labelledby="h">
            <header class="bar">
                <h1 id="h">{title}</h1>
                <span class="push"></span>
                {actions.run()}
            </header>
            <nav class="tabs" aria-label=tr!(locale, common.place.settings)>
                {places
                    .into_iter()
                    .map(|place| view! { <A href=place.path>{place.label}</A> })
                    .collect_view()}
            </nav>
            <div class="scroll">
                <div class="settings">{children()}</div>
            </div>
            <ProofDialog proof />
        </section>
    }
    .into_any()
}
