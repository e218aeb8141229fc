//! The query language: from what a person typed to a [`Filter`](crate::Filter), and back into the text.
//!
//! What belongs here: reading a query with the place of every part ([`Query::parse`], total: a mistake
//! becomes a [`QueryError`] and the rest is still read), what each qualifier takes ([`Dialect`]), the
//! conversion with a clock and a zone ([`Query::to_filter`]), the paint ([`Query::tokens`]), edits that
//! leave the other terms as typed ([`toggle_value`] and its neighbours) and completion ([`complete`]).
//!
//! Words beside each other mean AND, a comma OR within a qualifier, a leading minus NOT, a trailing `*`
//! a prefix. Double quotes hold what has spaces; inside them `\"` and `\\` are escapes.
//!
//! A qualifier may have synonyms ([`Dialect::synonyms`]): read as the qualifier, left in the text as typed.
//!
//! To add a qualifier: a line in `dialect.rs`, its conversion in `convert.rs`, its row in the docs page
//! that the help opens. To add the bar of another kind of record: a [`Dialect`] of its own.
//!
//! All positions are bytes into the text, always on character boundaries; a browser's text field counts
//! UTF-16 units: see [`utf16_of_byte`] and [`byte_of_utf16`].

mod activity;
mod complete;
mod convert;
mod created;
mod dialect;
mod edit;
mod error;
mod found;
mod nearest;
mod point;
mod quote;
mod read;
mod token;
mod value;

pub use activity::{
    add_term, exclude_value, excluded_values_of, set_created, set_values, toggle_value, values_of,
    without_term,
};
pub use complete::{Completion, CompletionKind, complete, qualifiers, static_values};
pub use created::{created_between, created_days};
pub use dialect::{ACTIVITY, Dialect, EXPORT, MESSAGE, Qualifier, REQUESTS, SECURITY, ValueKind};
pub use error::{Mistake, QueryError, query_problem};
pub use found::Named;
pub use quote::{quote_text, quote_value};
pub use token::{Token, TokenKind, byte_of_utf16, utf16_of_byte};

/// How many characters a query may have.
pub const MAX_QUERY_CHARS: usize = 1_000;
/// How many terms a query may have.
pub const MAX_TERMS: usize = 50;
/// How many values a term may have.
pub const MAX_VALUES: usize = 100;

/// A query as typed, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    text: String,
    dialect: &'static Dialect,
    terms: Vec<Term>,
    tokens: Vec<Token>,
    errors: Vec<QueryError>,
}

/// One term: a word, a phrase, or a qualifier with its values; possibly turned round by a minus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Where it begins, the minus included.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// Whether it must not hold.
    pub is_negated: bool,
    /// What it asks.
    pub body: Body,
}

/// What a term asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A word or phrase that the text must hold.
    Text(Value),
    /// A qualifier and its values; any of them suffices.
    Qualified {
        /// Which one.
        qualifier: &'static Qualifier,
        /// Where the first value begins: right after the colon.
        values_from: usize,
        /// The values that are there; none while the person has typed only the qualifier.
        values: Vec<Value>,
    },
    /// A lone minus, or an unknown qualifier with its values; the errors say which.
    Unreadable(Vec<Value>),
}

/// A value, word or phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Where it begins, the quote included.
    pub from: usize,
    /// Where it ends, closing quote and `*` included.
    pub to: usize,
    /// What it means: without quotes, escapes and the trailing `*`.
    pub text: String,
    /// Whether it stands in quotes.
    pub is_quoted: bool,
    /// Whether a `*` follows.
    pub is_prefix: bool,
    /// False for a phrase whose closing quote is missing.
    pub is_closed: bool,
}

impl Query {
    /// Reads a query about the activity log. Never fails: mistakes are among [`Query::errors`].
    pub fn parse(text: &str) -> Self {
        Self::parse_as(text, &ACTIVITY)
    }

    /// Reads a query in the qualifiers of another kind of record.
    pub fn parse_as(text: &str, dialect: &'static Dialect) -> Self {
        read::read(text, dialect)
    }

    /// The text as typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The qualifiers it was read with.
    pub const fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    /// The terms in order, those with mistakes too.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// What was typed for a term: what the empty page offers to drop.
    pub fn text_of(&self, term: &Term) -> &str {
        self.text.get(term.from..term.to).unwrap_or_default()
    }

    /// What was not understood, in order of place, at most 20.
    pub fn errors(&self) -> &[QueryError] {
        &self.errors
    }

    /// The parts to paint: they cover the text from its beginning to its end without a gap.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Whether nothing is asked: the text is empty or blank.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it can be converted, apart from what only a clock can tell.
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// Whether it asks by words and phrases only.
    pub fn is_text_only(&self) -> bool {
        self.terms
            .iter()
            .all(|term| matches!(term.body, Body::Text(_)))
    }

    /// Whether any term searches in the text.
    pub fn has_text(&self) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term.body, Body::Text(_)))
    }

    /// The term at a place, its ends included: what the caret stands in.
    pub fn term_at(&self, at: usize) -> Option<usize> {
        self.terms
            .iter()
            .position(|term| term.from <= at && at <= term.to)
    }
}

impl Term {
    /// The qualifier's name; none for text and what can't be read.
    pub fn qualifier(&self) -> Option<&'static str> {
        match &self.body {
            Body::Qualified { qualifier, .. } => Some(qualifier.name),
            _ => None,
        }
    }

    /// Its values; a word or phrase is one value.
    pub fn values(&self) -> &[Value] {
        match &self.body {
            Body::Text(value) => std::slice::from_ref(value),
            Body::Qualified { values, .. } | Body::Unreadable(values) => values,
        }
    }
}
