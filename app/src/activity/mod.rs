//! The activity page: the log with its query, counts, bars, table, drawer, live.
//!
//! What belongs here: everything of `/activity`. The address holds what is shown ([`address`]); [`calls`]
//! asks the server; [`state`] is what the parts of the page share; [`loaded`] and [`clock`] are pure. [`any_log`]
//! and [`list`] serve the pages of other logs too. What only a browser can do stands in [`browser`], and does nothing on the server.

pub(crate) mod address;
pub(crate) mod any_log;
pub(crate) mod browser;
pub(crate) mod calls;
mod categories;
pub(crate) mod clock;
mod columns;
pub(crate) mod drawer;
pub(crate) mod filters;
mod heading;
pub(crate) mod histogram;
mod keys;
pub(crate) mod kind;
pub(crate) mod list;
pub(crate) mod listed_value;
pub(crate) mod live;
pub(crate) mod loaded;
mod page;
pub(crate) mod query;
pub(crate) mod recent;
pub(crate) mod search;
mod snapshots;
mod sort;
pub(crate) mod state;
pub(crate) mod table;
pub(crate) mod words;

#[cfg(feature = "hydrate")]
pub(crate) use drawer::preload as preload_drawer;

use crate::i18n::{tr, use_locale};
use crate::parts::{Page, Place};
use leptos::prelude::*;
use page::{ActivityPage, Sources};

/// The activity page as a route.
#[derive(Clone, Copy)]
pub struct ActivityRoute(Sources);

impl Page for ActivityRoute {
    const PLACE: Place = Place::Activity;

    fn start() -> Self {
        Self(Sources::start())
    }

    fn shown(self) -> AnyView {
        let Self(sources) = self;
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
        (&["x"], tr!(locale, find.keys.pick)),
        (&["Shift", "j"], tr!(locale, find.keys.extend)),
        (&["⌘ A"], tr!(locale, find.keys.all)),
        (&["e"], tr!(locale, find.keys.export)),
        (&["f"], tr!(locale, activity.keys.filter)),
        (&["."], tr!(locale, activity.keys.copy)),
    ]
}
