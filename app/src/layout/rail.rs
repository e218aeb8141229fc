//! The rail: the store, where to go, who is signed in.

use super::places::{self, Place};
use super::{Avatar, menu};
use crate::exports::jobs::RailJobs;
use crate::find::{CommandButton, RailViews, log_at, use_views};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon, Logo};
use domain::view::Viewer;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The rail.
#[component]
pub fn Rail(
    /// Who is signed in.
    viewer: Viewer,
) -> impl IntoView {
    let locale = use_locale();
    let work = places::work(locale, &viewer);
    let oversight = places::oversight(locale, &viewer);
    let settings = places::settings(locale, &viewer);
    view! {
        <nav class="rail" aria-label=tr!(locale, common.main_navigation)>
            <Store viewer=viewer.clone() />
            <CommandButton />
            <ul>{work.into_iter().map(|place| view! { <Entry place /> }).collect_view()}</ul>
            {(!oversight.is_empty())
                .then(|| {
                    view! {
                        <p class="label" id="rail-watch">
                            {tr!(locale, oversight.place)}
                        </p>
                        <ul aria-labelledby="rail-watch">
                            {oversight.into_iter().map(|place| view! { <Entry place /> }).collect_view()}
                        </ul>
                    }
                })}
            <div class="foot">
                <RailJobs />
                <ul>
                    {settings.map(|place| view! { <Entry place /> })}
                    <li>
                        <button class="rail-btn" type="button" popovertarget="help" title=tr!(locale, common.help.title)>
                            <Icon glyph=icons::CIRCLE_QUESTION_MARK />
                            <span>{tr!(locale, common.help.title)}</span>
                            <kbd class="push" aria-hidden="true">"?"</kbd>
                        </button>
                    </li>
                </ul>
                <button
                    class="rail-btn me"
                    type="button"
                    popovertarget=menu::PERSON
                    title=viewer.name.clone()
                >
                    <Avatar name=viewer.name.clone() />
                    <span>
                        <bdi>{viewer.name.clone()}</bdi>
                        <small>{menu::role_words(locale, viewer.role, viewer.role_name.as_deref())}</small>
                    </span>
                </button>
            </div>
        </nav>
    }
    .into_any()
}

/// The store looked at; a switcher when there are several.
#[component]
fn Store(
    /// Who is signed in.
    viewer: Viewer,
) -> impl IntoView {
    let locale = use_locale();
    let names = view! {
        <Logo />
        <span>
            <bdi class="trunc">{viewer.store.name.clone()}</bdi>
            <menu::StoreNote store=viewer.store.clone() />
        </span>
    };
    if viewer.stores.len() > 1 {
        let label = tr!(
            locale,
            common.switch_store_from,
            store = viewer.store.name.clone()
        );
        view! {
            <button
                class="rail-btn store"
                type="button"
                popovertarget=menu::STORES
                aria-label=label
                title=viewer.store.name.clone()
            >
                {names}
                <Icon glyph=icons::CHEVRONS_UP_DOWN />
            </button>
        }
        .into_any()
    } else {
        view! { <div class="rail-btn store" title=viewer.store.name.clone()>{names}</div> }
            .into_any()
    }
}

/// A place to go.
#[component]
fn Entry(
    /// Where to.
    place: Place,
) -> impl IntoView {
    let log = log_at(place.path);
    let views = use_views();
    let href = move || views.href_to(place.path);
    let pathname = use_location().pathname;
    let is_here = move || pathname.with(|path| place.holds(path));
    view! {
        <li>
            <a href=href title=place.label aria-current=move || is_here().then_some("page")>
                <Icon glyph=place.glyph />
                <span>{place.label}</span>
            </a>
            {log.map(|log| view! { <RailViews log /> })}
        </li>
    }
    .into_any()
}
