//! The tab bar of a phone.

use super::{menu, places};
use crate::find::use_views;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use domain::view::Viewer;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// So many places fit; the others stand under More.
pub const SHOWN: usize = 4;

/// Where to go, within reach of the thumb.
#[component]
pub fn TabBar(
    /// Who is signed in.
    viewer: Viewer,
) -> impl IntoView {
    let locale = use_locale();
    let places = places::work(locale, &viewer);
    let views = use_views();
    let pathname = use_location().pathname;
    view! {
        <nav class="tabbar" aria-label=tr!(locale, common.main_navigation)>
            {places
                .into_iter()
                .take(SHOWN)
                .map(|place| {
                    // A tab is narrow.
                    let label = if place.path == "/operations" {
                        tr!(locale, common.place.operations_short)
                    } else {
                        place.label
                    };
                    let is_here = move || pathname.with(|path| place.holds(path));
                    view! {
                        <a
                            href=move || views.href_to(place.path)
                            aria-current=move || is_here().then_some("page")
                        >
                            <Icon glyph=place.glyph class="i-l" />
                            <span>{label}</span>
                        </a>
                    }
                })
                .collect_view()}
            <button type="button" popovertarget=menu::PERSON>
                <Icon glyph=icons::MENU class="i-l" />
                <span>{tr!(locale, common.more)}</span>
            </button>
        </nav>
    }
    .into_any()
}
