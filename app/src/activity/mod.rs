//! The activity page: the log with its query, counts, bars, table, drawer, live.
//!
//! What belongs here: everything of `/activity`. The address holds what is shown ([`address`]); [`calls`]
//! asks the server; [`state`] is what the parts of the page share; [`loaded`] and [`clock`] are pure. What
//! only a browser can do stands in [`browser`], and does nothing on the server.

mod address;
mod browser;
mod calls;
mod categories;
pub(crate) mod clock;
mod columns;
mod drawer;
mod filters;
mod heading;
mod histogram;
mod keys;
mod live;
mod loaded;
mod page;
mod query;
mod recent;
mod snapshots;
mod state;
mod table;
pub(crate) mod words;

use crate::i18n::{tr, use_locale};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use page::{ActivityPage, Sources};

/// The activity page as a route: `data` starts loading, `view` is a part of its own that the browser loads beside it.
#[derive(Clone, Copy)]
pub struct ActivityRoute(Sources);

#[lazy_route]
impl LazyRoute for ActivityRoute {
    fn data() -> Self {
        Self(Sources::start())
    }

    fn view(this: Self) -> AnyView {
        let ActivityRoute(sources) = this;
        view! { <ActivityPage sources /> }.into_any()
    }
}

/// The keys that work on this page, for the dialog of shortcuts: each with what it does.
pub fn shortcuts() -> Vec<(&'static [&'static str], &'static str)> {
    let locale = use_locale();
    vec![
        (&["/"], tr!(locale, activity.keys.query)),
        (&["j", "k"], tr!(locale, activity.keys.next)),
        (&["Enter", "o"], tr!(locale, activity.keys.open)),
        (&["Esc"], tr!(locale, activity.keys.close)),
        (&["f"], tr!(locale, activity.keys.filter)),
        (&["."], tr!(locale, activity.keys.copy)),
    ]
}
