//! The frame around every page of a signed-in person: rail, sheet, tab bar, menus.
//!
//! A page is a `<section class="stage">`, with an `<aside class="drawer">` beside it where it has one; the frame
//! gives it `main`. To add a place to go: `places.rs`.

mod avatar;
mod help;
mod keyboard;
mod menu;
mod places;
mod present;
mod rail;
mod tab_bar;

pub use avatar::Avatar;
pub use keyboard::{is_single_key, key_of};
pub use menu::{other_languages, role_called, role_name, role_words, roles_with};
pub use places::{all as all_places, first as first_place, settings_pages};
pub use present::PRESENT;

use crate::exports::jobs::{self, DoneNotice, Jobs};
use crate::find::calls::list_views;
use crate::find::{Command, CommandK, Views};
use crate::i18n::{tr, use_locale};
use crate::pages::Trouble;
use crate::unsaved::{Leaving, Unsaved};
use crate::viewer::provide_viewer;
use domain::{Code, Permission};
use help::Help;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::use_location;
use leptos_router::location::Url;
use menu::Menus;
use rail::Rail;
use tab_bar::TabBar;

/// Rail, sheet, tab bar.
#[component]
pub fn Frame() -> impl IntoView {
    let locale = use_locale();
    let viewer = provide_viewer();
    let jobs = Jobs::provide();
    Command::provide();
    let unsaved = Unsaved::provide();
    // Asked for by who is signed in only: a refusal would set the answer's status after the redirect did.
    let saved = crate::wire::told_first(
        || (),
        move |()| async move {
            if viewer.await.is_ok() {
                list_views().await.unwrap_or_default()
            } else {
                Vec::new()
            }
        },
    );
    let views = Views::provide(saved);
    let under_way = crate::wire::told_first(
        || (),
        move |()| async move {
            match viewer.await {
                Ok(viewer) if viewer.may(Permission::Export) && !viewer.must_enrol => {
                    jobs::under_way().await
                }
                _ => Vec::new(),
            }
        },
    );
    let location = use_location();
    let address = move || {
        let (path, search) = (
            location.pathname.get_untracked(),
            location.search.get_untracked(),
        );
        if search.is_empty() {
            path
        } else {
            format!("{path}?{search}")
        }
    };
    let main = NodeRef::<leptos::html::Main>::new();
    // The router takes over a link within the page and scrolls, but leaves the focus where it is.
    let skip = move |event: leptos::ev::MouseEvent| {
        if let Some(main) = main.get_untracked() {
            event.prevent_default();
            let _ = main.focus();
        }
    };
    view! {
        <a class="skip" href="#main" on:click=skip>
            {tr!(locale, common.skip)}
        </a>
        <div class="app" on:click:capture=move |event| unsaved.hold(&event)>
            <Transition>
                {move || Suspend::new(async move {
                    match viewer.await {
                        // Until the second factor that the role asks for is there, nothing else opens.
                        Ok(viewer) if viewer.must_enrol && location.pathname.get_untracked() != "/account" => {
                            view! { <Redirect path="/account" /> }.into_any()
                        }
                        Ok(viewer) => {
                            views.ready().await;
                            for row in under_way.await {
                                jobs.add(row);
                            }
                            let store = viewer.store.name.clone();
                            let title = move |page: String| format!("{page} · {store} · Storetrail");
                            view! {
                                <Title formatter=title />
                                <Rail viewer=viewer.clone() />
                                <CommandK viewer=viewer.clone() />
                                <Menus viewer />
                            }
                                .into_any()
                        }
                        Err(error) if error.code() == Code::Unauthenticated => {
                            let path = format!("/sign-in?next={}", Url::escape(&address()));
                            view! { <Redirect path=path /> }.into_any()
                        }
                        Err(_) => ().into_any(),
                    }
                })}
            </Transition>
            <main class="sheet" id="main" tabindex="-1" node_ref=main>
                <Outlet />
            </main>
            <Transition>
                {move || Suspend::new(async move {
                    let viewer = viewer.await.ok()?;
                    views.ready().await;
                    Some(view! { <TabBar viewer /> })
                })}
            </Transition>
            <Help />
            <DoneNotice />
            <Leaving unsaved address />
        </div>
    }
    .into_any()
}

/// A page's content once it is known who looks at it; what went wrong otherwise.
#[component]
pub fn WithViewer<F, V>(
    /// Renders the content.
    children: F,
) -> impl IntoView
where
    F: Fn(domain::view::Viewer) -> V + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let viewer = crate::use_viewer();
    view! {
        <Transition>
            {move || {
                let children = children.clone();
                Suspend::new(async move {
                    match viewer.await {
                        Ok(viewer) => children(viewer).into_any(),
                        Err(error) => view! { <Trouble error /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}
