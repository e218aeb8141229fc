//! What the query field, the filters and the bars of a log share, whatever it is a log of.
//!
//! The activity log and the message log each make a [`Search`] from what they know and provide it; to use the parts
//! for another log, write its [`Kind`].

use crate::activity::calls::Plot;
use crate::activity::clock::{Moment, local};
use crate::i18n::Locale;
use crate::icons::Glyph;
use chrono::{NaiveDate, NaiveDateTime};
use domain::query::{Dialect, Named, Query, QueryError};
use domain::view::Count;
use leptos::prelude::*;

/// What a log is of: its vocabulary and its words.
pub struct Kind {
    /// The qualifiers of its query.
    pub dialect: &'static Dialect,
    /// Where it lives.
    pub path: &'static str,
    /// What the query field is called.
    pub label: fn(Locale) -> &'static str,
    /// What stands in it while it is empty.
    pub placeholder: fn(Locale) -> &'static str,
    /// `3,482 entries`.
    pub entries: fn(Locale, Count) -> String,
    /// What a qualifier asks, in a few words.
    pub description: fn(Locale, &str) -> &'static str,
    /// What a value of a qualifier is called, when it has a name.
    pub value_label: fn(Locale, &str, &str) -> Option<&'static str>,
    /// The icon of a qualifier and a value, or of the qualifier alone.
    pub glyph: fn(&str, Option<&str>) -> Glyph,
    /// The qualifiers that have a filter of their own.
    pub filters: &'static [&'static str],
    /// The name of such a filter.
    pub filter_name: fn(Locale, &str) -> &'static str,
    /// The qualifiers whose values are a closed list, counted with the log.
    pub closed: &'static [&'static str],
    /// The qualifiers whose values the server is asked for while text is typed; none when it knows no values.
    pub guessed: &'static [&'static str],
    /// The parts of the bars and of their legend, from the bottom up: what is normal first.
    pub legend: &'static [Part],
    /// What the legend is called.
    pub legend_label: fn(Locale) -> &'static str,
    /// The qualifier whose values are so few that they are proposed with its name.
    pub few: &'static str,
    /// Under which name the last queries are kept.
    pub recent: &'static str,
}

/// A part of the bars: what a value of a qualifier finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The qualifier.
    pub qualifier: &'static str,
    /// The value.
    pub value: &'static str,
    /// The class that gives it its colour.
    pub class: &'static str,
}

impl Part {
    /// What a value of a qualifier finds, in the colour of a class.
    pub const fn of(qualifier: &'static str, value: &'static str, class: &'static str) -> Self {
        Self {
            qualifier,
            value,
            class,
        }
    }
}

/// What is asked of a log, and how to ask it something else. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Search {
    /// The language.
    pub locale: Locale,
    /// What it is a log of.
    pub kind: &'static Kind,
    /// The query of the address.
    pub q: Memo<String>,
    /// What else the address holds of the list: names and values that a form sends along.
    pub beside: Memo<Vec<(&'static str, &'static str)>>,
    /// The query whose list is shown: at first that of the address, understood or not.
    pub shown: Signal<String>,
    /// The text in the query field.
    pub draft: RwSignal<String>,
    /// The places of the query that were not understood.
    pub mistakes: RwSignal<Vec<QueryError>>,
    /// The bars.
    pub plot: RwSignal<Option<Plot>>,
    /// How many match; none while they are being counted.
    pub matching: Signal<Option<Count>>,
    /// The store's clock.
    pub moment: Moment,
    /// The id of who is signed in.
    pub reader: StoredValue<String>,
    /// Shows what a query finds; the flag says whether it is a step that back undoes.
    pub go: Callback<(String, bool)>,
    /// How many a value of a qualifier finds, when that is known.
    pub count: Callback<(String, String), Option<Count>>,
}

impl Search {
    /// The qualifiers of the query.
    pub const fn dialect(self) -> &'static Dialect {
        self.kind.dialect
    }

    /// Whether a list is shown that a query found: none is where the page was opened with one that isn't understood.
    /// Followed.
    pub fn has_list(self) -> bool {
        self.shown
            .with(|q| Query::parse_as(q, self.dialect()).is_valid())
    }

    /// Shows what a query finds. A step that back undoes.
    pub fn search(self, q: &str) {
        self.go.run((q.to_owned(), true));
    }

    /// Shows what a query finds while it is being typed. The address changes in place.
    pub fn search_while_typing(self, q: &str) {
        self.go.run((q.to_owned(), false));
    }

    /// Changes the query by an edit of its text and shows what it finds.
    pub fn edit(self, edit: impl FnOnce(&str) -> String) {
        let text = self.q.get_untracked();
        self.search(&edit(&text));
    }

    /// Turns a value of a qualifier on or off; `is_out` leaves it out instead.
    pub fn toggle(self, qualifier: &str, value: &str, is_out: bool) {
        let dialect = self.dialect();
        self.edit(|text| {
            if is_out {
                dialect.exclude_value(text, qualifier, value)
            } else {
                dialect.toggle_value(text, qualifier, value)
            }
        });
    }

    /// Whether the query has a value of a list on, or with `is_out` leaves it out: by whatever finds it. Followed.
    pub fn has_value(self, qualifier: &str, named: Named<'_>, is_out: bool) -> bool {
        self.q
            .with(|q| self.dialect().has_value(q, qualifier, named, is_out))
    }

    /// Turns a value of a list on or off; `is_out` leaves it out instead, or no longer.
    pub fn toggle_named(self, qualifier: &str, named: Named<'_>, is_out: bool) {
        let dialect = self.dialect();
        self.edit(|text| dialect.toggle_named(text, qualifier, named, is_out));
    }

    /// How many a value of a qualifier finds, when that is known. Follows the counts.
    pub fn count_of(self, qualifier: &str, value: &str) -> Option<Count> {
        self.count.run((qualifier.to_owned(), value.to_owned()))
    }

    /// `3,482 entries`.
    pub fn entries(self, count: Count) -> String {
        (self.kind.entries)(self.locale, count)
    }

    /// What a value of a qualifier is called, when it has a name.
    pub fn value_label(self, qualifier: &str, value: &str) -> Option<&'static str> {
        (self.kind.value_label)(self.locale, qualifier, value)
    }

    /// Whether the server knows values of qualifiers.
    pub const fn has_suggestions(self) -> bool {
        !self.kind.guessed.is_empty()
    }

    /// Today on the store's clock.
    pub fn today(self) -> NaiveDate {
        self.moment.today()
    }

    /// Now on the store's clock, not followed.
    pub fn local_now(self) -> NaiveDateTime {
        local(self.moment.now.get_untracked(), self.offset_minutes())
    }

    /// What the store's clock adds to UTC now, in minutes.
    pub fn offset_minutes(self) -> i32 {
        self.moment.offset_minutes
    }
}

/// What is asked of the log that is shown.
pub fn use_search() -> Search {
    expect_context()
}
