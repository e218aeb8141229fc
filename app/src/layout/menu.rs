//! The menus that hang on the rail: stores, and what concerns the person. Popovers, which open without a script.

use super::tab_bar::SHOWN;
use super::{Avatar, places};
use crate::activity::browser;
use crate::find::CommandButton;
use crate::i18n::{LANGUAGES, Locale, code, tr, use_locale};
use crate::icons::{self, Icon};
use crate::preferences::{Density, Theme, use_preferences};
use domain::view::{StoreView, Viewer};
use domain::{Need, Role};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The id of the menu about the person.
pub const PERSON: &str = "person-menu";
/// The id of the menu of stores.
pub const STORES: &str = "store-menu";

/// A role in words.
pub fn role_name(locale: Locale, role: Role) -> &'static str {
    match role {
        Role::SuperAdmin => tr!(locale, common.role.super_admin),
        Role::Admin => tr!(locale, common.role.admin),
        Role::Manager => tr!(locale, common.role.manager),
        Role::StoreKeeper => tr!(locale, common.role.store_keeper),
        Role::Staff => tr!(locale, common.role.staff),
        Role::Auditor => tr!(locale, common.role.auditor),
        Role::Own(_) => tr!(locale, access.roles.own),
    }
}

/// The roles that have what is needed, in words: those that ship, then `own` as the store calls them.
pub fn roles_with(locale: Locale, need: Need, own: Vec<String>) -> String {
    let names: Vec<_> = Role::ALL
        .into_iter()
        .filter(|role| role.has(need))
        .map(|role| role_name(locale, role).to_owned())
        .chain(own)
        .collect();
    names.join(tr!(locale, common.and))
}

/// A role in words; an own role by the name that the store gave it.
pub fn role_words(locale: Locale, role: Role, own_name: Option<&str>) -> String {
    own_name
        .filter(|name| !name.is_empty())
        .unwrap_or(role_name(locale, role))
        .to_owned()
}

/// A role in words from its id; an own one's name as it was recorded.
pub fn role_called(locale: Locale, id: &str) -> String {
    id.parse::<Role>().map_or_else(
        |()| id.to_owned(),
        |role| role_name(locale, role).to_owned(),
    )
}

/// Both menus.
#[component]
pub fn Menus(
    /// Who is signed in.
    viewer: Viewer,
) -> impl IntoView {
    let locale = use_locale();
    let has_several = viewer.stores.len() > 1;
    view! {
        {has_several
            .then(|| {
                view! {
                    <div
                        class="menu store-menu"
                        id=STORES
                        popover="auto"
                        role="dialog"
                        aria-label=tr!(locale, common.switch_store)
                    >
                        <Stores viewer=viewer.clone() />
                    </div>
                }
            })}
        <div
            class="menu person-menu"
            id=PERSON
            popover="auto"
            role="dialog"
            aria-label=tr!(locale, common.you_and_this_browser)
        >
            <div class="who">
                <Avatar name=viewer.name.clone() is_large=true />
                <p>
                    <bdi class="strong">{viewer.name.clone()}</bdi>
                    <small dir="ltr">{viewer.email.clone()}</small>
                    <small>{role_words(locale, viewer.role, viewer.role_name.as_deref())}</small>
                </p>
            </div>
            {has_several
                .then(|| {
                    view! {
                        <div class="only-narrow">
                            <hr />
                            <Stores viewer=viewer.clone() />
                        </div>
                    }
                })}
            <Rest viewer=viewer.clone() />
            <hr />
            <Choices />
            <hr />
            <Languages />
            // The rail has it where there is room for one.
            <div class="only-narrow">
                <button type="button" popovertarget="help">
                    <Icon glyph=icons::CIRCLE_QUESTION_MARK />
                    {tr!(locale, common.help.title)}
                </button>
            </div>
            <ul>
                <li>
                    <a href="/account" on:click=hide>
                        <Icon glyph=icons::USER />
                        {tr!(locale, access.account.title)}
                    </a>
                </li>
            </ul>
            <form method="post" action="/sign-out">
                <button>
                    <Icon glyph=icons::LOG_OUT class="flip" />
                    {tr!(locale, common.sign_out)}
                </button>
            </form>
        </div>
    }
    .into_any()
}

/// Closes the menu about the person. The router goes on without a new page, so nothing else does.
fn hide(_: MouseEvent) {
    browser::hide_popover(PERSON);
}

/// On a phone: where to go besides the tab bar, and the search of everything.
#[component]
fn Rest(
    /// Who is signed in.
    viewer: Viewer,
) -> impl IntoView {
    let locale = use_locale();
    let pathname = use_location().pathname;
    let links = places::work(locale, &viewer)
        .into_iter()
        .skip(SHOWN)
        .chain(places::oversight(locale, &viewer))
        .chain(places::settings(locale, &viewer))
        .map(|place| {
            let is_here = move || pathname.with(|path| place.holds(path));
            view! {
                <li>
                    <a
                        href=place.path
                        aria-current=move || is_here().then_some("page")
                        on:click=hide
                    >
                        <Icon glyph=place.glyph />
                        {place.label}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="only-narrow">
            <hr />
            <CommandButton />
            <ul>{links}</ul>
        </div>
    }
    .into_any()
}

/// The stores in which the person has a role.
#[component]
fn Stores(
    /// Who is signed in.
    viewer: Viewer,
) -> impl IntoView {
    let locale = use_locale();
    let current = viewer.store.id;
    view! {
        <form method="post" action="/switch-store">
            <p class="label">{tr!(locale, common.stores)}</p>
            <ul>
                {viewer
                    .stores
                    .into_iter()
                    .map(|store| {
                        let (name, id) = (store.name.clone(), store.id.0);
                        let is_current = store.id == current;
                        view! {
                            <li>
                                <button
                                    name="store"
                                    value=id.to_string()
                                    aria-current=is_current.then_some("true")
                                >
                                    <span class="grow">
                                        <bdi>{name}</bdi>
                                        <StoreNote store />
                                    </span>
                                    {is_current.then(|| view! { <Icon glyph=icons::CHECK /> })}
                                </button>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </form>
    }
    .into_any()
}

/// What tells a store from others of its name: that it is the sample, or its address.
#[component]
pub fn StoreNote(
    /// The store.
    store: StoreView,
) -> impl IntoView {
    let locale = use_locale();
    if store.is_sample {
        view! { <small>{tr!(locale, common.sample_store)}</small> }.into_any()
    } else if store.domain.is_empty() {
        ().into_any()
    } else {
        view! { <small class="trunc" dir="ltr">{store.domain}</small> }.into_any()
    }
}

/// Theme and density.
#[component]
fn Choices() -> impl IntoView {
    let locale = use_locale();
    let preferences = use_preferences();
    let theme_name = move |theme| match theme {
        Theme::System => tr!(locale, common.theme.system),
        Theme::Light => tr!(locale, common.theme.light),
        Theme::Dark => tr!(locale, common.theme.dark),
    };
    let density_name = move |density| match density {
        Density::Compact => tr!(locale, common.density.compact),
        Density::Regular => tr!(locale, common.density.regular),
        Density::Roomy => tr!(locale, common.density.roomy),
    };
    view! {
        <div class="choice" role="group" aria-labelledby="choose-theme">
            <span id="choose-theme">{tr!(locale, common.theme.title)}</span>
            <span class="seg">
                {Theme::ALL
                    .map(|theme| {
                        let is_chosen = move || (preferences.theme.get() == theme).to_string();
                        view! {
                            <button
                                type="button"
                                aria-pressed=is_chosen
                                on:click=move |_| preferences.set_theme(theme)
                            >
                                {theme_name(theme)}
                            </button>
                        }
                    })
                    .collect_view()}
            </span>
        </div>
        <div class="choice only-wide" role="group" aria-labelledby="choose-density">
            <span id="choose-density">{tr!(locale, common.density.title)}</span>
            <span class="seg">
                {Density::ALL
                    .map(|density| {
                        let is_chosen = move || (preferences.density.get() == density).to_string();
                        view! {
                            <button
                                type="button"
                                aria-pressed=is_chosen
                                on:click=move |_| preferences.set_density(density)
                            >
                                {density_name(density)}
                            </button>
                        }
                    })
                    .collect_view()}
            </span>
        </div>
    }
    .into_any()
}

/// Links that show this page in the other languages.
#[component]
fn Languages() -> impl IntoView {
    view! {
        <ul>
            {other_languages()
                .map(|(locale, name, href)| {
                    view! {
                        <li>
                            <a href=href rel="external" hreflang=code(locale) lang=code(locale)>
                                <Icon glyph=icons::LANGUAGES />
                                {name}
                            </a>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
    .into_any()
}

/// Each other language: its name in itself and the address that shows this page in it, without a script too.
pub fn other_languages() -> impl Iterator<Item = (Locale, &'static str, Signal<String>)> {
    let here = use_locale();
    let location = use_location();
    LANGUAGES
        .into_iter()
        .filter(move |(locale, _)| *locale != here)
        .map(move |(locale, name)| {
            let (path, search) = (location.pathname, location.search);
            let href = Signal::derive(move || {
                let search = search.get();
                let separator = if search.is_empty() { "" } else { "&" };
                format!("{}?{search}{separator}lang={}", path.get(), code(locale))
            });
            (locale, name, href)
        })
}
