//! What opens beside a log's query, as one part of the program that the browser loads with the first of them.
//!
//! One part and not one each: each part of its own divides what they share into smaller files.

use crate::activity::filters::{Values, calendar, list_of_values};
#[cfg(feature = "hydrate")]
use crate::find::Panel;
use crate::find::{FacetList, ViewPanel};
use domain::export::Source;
use domain::view::SavedView;
use leptos::lazy;
use leptos::prelude::*;
#[cfg(not(feature = "ssr"))]
use std::sync::atomic::{AtomicBool, Ordering};

/// What is opened, with what it needs.
#[derive(Clone)]
pub enum Aside {
    /// A calendar for the value of `created:`.
    Calendar(Memo<Option<String>>),
    /// The values of a qualifier.
    Values(Values),
    /// Keeping the query as a view.
    View {
        /// The view that is shown; none for a new one.
        view: Option<SavedView>,
        /// The log.
        log: Source,
    },
    /// All qualifiers with their values.
    Facets(FacetList),
}

/// Whether a part of the program was refused, as by a server of another version: what was to be shown by it stays empty
/// until the page is loaded again. While the server is away the loader asks for it again by itself.
#[cfg(not(feature = "ssr"))]
static IS_BROKEN: AtomicBool = AtomicBool::new(false);

/// Notes what a panic says: a part that could not be loaded panics where it was asked for, and there is no other word of it.
#[cfg(not(feature = "ssr"))]
pub fn note_panic(words: &str) {
    if words.contains("SplitLoaderError") {
        IS_BROKEN.store(true, Ordering::Relaxed);
    }
}

/// Whether the page has to be loaded again to be whole.
#[cfg(not(feature = "ssr"))]
pub fn is_broken() -> bool {
    IS_BROKEN.load(Ordering::Relaxed)
}

/// Shows it once its code is there.
pub async fn aside(aside: Aside) -> AnyView {
    aside_part(aside).await
}

/// Loads what the address or a choice of the person opens with the page: the server has rendered it, and taking it over
/// needs its code at hand.
#[cfg(feature = "hydrate")]
pub async fn preload_open() {
    let search = location().search().unwrap_or_default();
    let names = |name: &str| {
        let mut parts = search.trim_start_matches('?').split('&');
        parts.any(|part| part.strip_prefix(name).is_some_and(|value| value.len() > 1))
    };
    if names("entry") {
        crate::activity::preload_drawer().await;
    }
    if names("q") || Panel::is_left_open() {
        __preload_aside_part().await;
    }
}

#[lazy]
fn aside_part(aside: Aside) -> AnyView {
    match aside {
        Aside::Calendar(value) => calendar(value),
        Aside::Values(values) => list_of_values(values),
        Aside::View { view, log } => view! { <ViewPanel view log /> }.into_any(),
        Aside::Facets(list) => list.shown(),
    }
}
