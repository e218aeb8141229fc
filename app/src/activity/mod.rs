//! The activity page.

use crate::i18n::{tr, use_locale};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{LazyRoute, lazy_route};

/// The activity page as a route: `data` starts loading, `view` is a part of its own that the browser loads beside it.
#[derive(Debug)]
pub struct ActivityRoute;

#[lazy_route]
impl LazyRoute for ActivityRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ActivityRoute = this;
        view! { <ActivityPage /> }.into_any()
    }
}

/// The activity page.
#[component]
pub fn ActivityPage() -> impl IntoView {
    let locale = use_locale();
    view! {
        <Title text=tr!(locale, activity.title) />
        <section class="stage" aria-labelledby="h">
            <header class="bar">
                <h1 id="h">{tr!(locale, activity.title)}</h1>
            </header>
        </section>
    }
}

/// The keys that work on this page, for the dialog of shortcuts: each with what it does.
pub fn shortcuts() -> Vec<(&'static [&'static str], &'static str)> {
    Vec::new()
}
