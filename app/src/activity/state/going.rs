//! Moving through addresses: a filter that is chosen is a step back can undo, typing is not.

use super::Log;
use crate::activity::address::Address;
use crate::activity::browser;
use crate::activity::kind::ACTIVITY;
use domain::Direction;
use domain::query::Query;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::sync::Arc;

type Navigate = Arc<dyn Fn(&str, NavigateOptions) + Send + Sync>;

/// The router, kept for handlers that run outside of any component.
#[derive(Clone, Copy)]
pub struct Going(StoredValue<Navigate>);

impl Going {
    /// Of the page that is being made.
    pub fn new() -> Self {
        Self(StoredValue::new(Arc::new(use_navigate())))
    }

    /// Goes to an address, as a step that back undoes or in place.
    pub fn to(self, href: &str, is_step: bool) {
        let options = NavigateOptions {
            resolve: false,
            replace: !is_step,
            scroll: false,
            ..NavigateOptions::default()
        };
        // Without a page there is nowhere to go.
        let _ = self.0.try_with_value(|navigate| navigate(href, options));
    }
}

impl Default for Going {
    fn default() -> Self {
        Self::new()
    }
}

impl Log {
    /// Shows what a query finds. A step that back undoes.
    pub fn search(self, q: &str) {
        self.put(q, true);
    }

    pub(super) fn put(self, q: &str, is_step: bool) {
        let q = q.trim();
        let query = Query::parse(q);
        self.mistakes.set(query.errors().to_vec());
        if !query.is_valid() {
            return;
        }
        if is_step {
            crate::activity::recent::remember(ACTIVITY.recent, &self.reader(), q);
            if self.draft.with_untracked(|draft| draft.trim() != q) {
                self.draft.set(q.to_owned());
            }
        }
        let address = self.address.get_untracked();
        if address.q != q {
            // Where the drawer covers the list, what was found must be seen.
            let address = if browser::is_narrow() {
                address.list()
            } else {
                address
            };
            self.going.to(&address.with_query(q).href(), is_step);
        }
    }

    /// The id of who is signed in.
    pub fn reader(self) -> String {
        self.viewer.with_value(|viewer| viewer.id.to_string())
    }

    /// Changes the query by an edit of its text and shows what it finds.
    pub fn edit(self, edit: impl FnOnce(&str) -> String) {
        let text = self.address.with_untracked(|address| address.q.clone());
        self.search(&edit(&text));
    }

    /// Turns a value of a qualifier on or off; `is_out` leaves it out instead.
    pub fn toggle(self, qualifier: &str, value: &str, is_out: bool) {
        self.edit(|text| {
            if is_out {
                domain::query::exclude_value(text, qualifier, value)
            } else {
                domain::query::toggle_value(text, qualifier, value)
            }
        });
    }

    /// Shows the list the other way round.
    pub fn sort(self, direction: Direction) {
        let address = self.address.get_untracked();
        let address = Address {
            direction,
            ..address.list()
        };
        self.going.to(&address.href(), true);
    }
}
