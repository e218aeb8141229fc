//! A value that a list offers: the query has it on, leaves it out, or neither.

use super::search::Search;
use crate::icons::{self, Icon};
use domain::query::Named;
use leptos::prelude::*;

/// A value of a qualifier, as a list offers it.
#[derive(Clone, Copy)]
pub struct ListedValue {
    search: Search,
    qualifier: StoredValue<String>,
    /// The value, and what it is called where it has a name.
    named: StoredValue<(String, Option<String>)>,
}

impl ListedValue {
    /// `label`: the name that the list has for it.
    pub fn new(search: Search, qualifier: &str, value: String, label: Option<String>) -> Self {
        Self {
            search,
            qualifier: StoredValue::new(qualifier.to_owned()),
            named: StoredValue::new((value, label)),
        }
    }

    /// Whether the query asks for it. Followed.
    pub fn is_on(self) -> bool {
        self.has(false)
    }

    /// Whether the query leaves it out. Followed.
    pub fn is_out(self) -> bool {
        self.has(true)
    }

    fn has(self, is_out: bool) -> bool {
        self.with(|qualifier, named| self.search.has_value(qualifier, named, is_out))
    }

    /// Turns it on or off; `is_out` leaves it out instead, or no longer.
    pub fn toggle(self, is_out: bool) {
        let (qualifier, (value, label)) = (self.qualifier.get_value(), self.named.get_value());
        let named = Named {
            value: &value,
            label: label.as_deref(),
        };
        self.search.toggle_named(&qualifier, named, is_out);
    }

    /// What `read` makes of the qualifier and the value.
    pub fn with<T>(self, read: impl FnOnce(&str, Named<'_>) -> T) -> T {
        self.qualifier.with_value(|qualifier| {
            self.named.with_value(|(value, label)| {
                let label = label.as_deref();
                read(qualifier, Named { value, label })
            })
        })
    }
}

/// Leaves a value out, or no longer. `says`: what it does, with the value's name.
#[component]
pub fn ExcludeButton(value: ListedValue, says: String) -> impl IntoView {
    view! {
        <button
            class="icon-btn exclude"
            type="button"
            aria-label=says.clone()
            title=says
            aria-pressed=move || value.is_out().to_string()
            on:click=move |_| value.toggle(true)
        >
            <Icon glyph=icons::BAN class="i-s" />
        </button>
    }
}
