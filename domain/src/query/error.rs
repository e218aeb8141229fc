//! What was not understood, where, and what was expected there.

use super::quote::{is_comma, is_gap, is_opening};
use crate::problem::{Code, FieldProblem, Problem};
use serde::{Deserialize, Serialize};

/// A mistake in a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryError {
    /// What kind of mistake: for an interface in another language.
    pub mistake: Mistake,
    /// The word or value that the mistake is about, as typed; may be empty.
    pub subject: String,
    /// Where it begins, in bytes.
    pub from: usize,
    /// Where it ends, in bytes.
    pub to: usize,
    /// What is wrong, in English.
    pub message: String,
    /// What was expected there, in English.
    pub expected: String,
    /// What could stand there instead: replaces the text from `from` to `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<String>,
    /// Every value that is taken there, where they are few enough to be listed: of [`Mistake::UnknownValue`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// Kinds of mistakes; stable names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mistake {
    /// More than [`MAX_QUERY_CHARS`](super::MAX_QUERY_CHARS) characters.
    QueryTooLong,
    /// More than [`MAX_TERMS`](super::MAX_TERMS) terms.
    TooManyTerms,
    /// More than [`MAX_VALUES`](super::MAX_VALUES) values in a term.
    TooManyValues,
    /// No qualifier has this name.
    UnknownQualifier,
    /// Nothing after a qualifier or comma.
    MissingValue,
    /// A minus with nothing behind it.
    MissingTerm,
    /// A phrase without its closing quote.
    UnclosedQuote,
    /// Something right behind a closing quote.
    TextAfterQuote,
    /// A word of which nothing is left to search for.
    EmptyText,
    /// Not one of the values that the qualifier takes.
    UnknownValue,
    /// A `*` where only whole values are taken.
    NoPrefix,
    /// Not an address or network.
    InvalidIp,
    /// Not an id.
    InvalidId,
    /// Not `type/id`.
    InvalidReference,
    /// Not a time.
    InvalidTime,
    /// A day that the calendar doesn't have, or a time that the clock doesn't have.
    ImpossibleTime,
    /// A time before 1970 or so far away that it is a slip.
    TimeOutOfRange,
    /// A range that ends before it begins.
    ReversedRange,
}

impl Mistake {
    /// The code of [`FieldProblem`] that comes nearest.
    const fn field_code(self) -> &'static str {
        match self {
            Self::QueryTooLong | Self::TooManyTerms | Self::TooManyValues => "too_long",
            Self::UnknownQualifier | Self::UnknownValue => "unknown",
            Self::MissingValue | Self::MissingTerm | Self::EmptyText => "required",
            Self::TimeOutOfRange | Self::ImpossibleTime => "out_of_range",
            Self::ReversedRange => "contradiction",
            _ => "format",
        }
    }
}

/// What is wrong with a value, before its place is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) mistake: Mistake,
    pub(super) message: String,
    pub(super) expected: String,
    pub(super) proposal: Option<String>,
    pub(super) values: Vec<String>,
}

impl Fault {
    pub(super) fn new(mistake: Mistake, message: String, expected: impl Into<String>) -> Self {
        Self {
            mistake,
            message,
            expected: expected.into(),
            proposal: None,
            values: Vec::new(),
        }
    }

    pub(super) fn proposing(mut self, proposal: impl Into<Option<String>>) -> Self {
        self.proposal = proposal.into();
        self
    }

    /// With every value that is taken.
    pub(super) fn of(mut self, values: &[&str]) -> Self {
        self.values = values.iter().map(|&value| value.to_owned()).collect();
        self
    }

    /// The fault of a part, its proposal completed to the whole value.
    pub(super) fn embedded(mut self, before: &str, after: &str) -> Self {
        self.proposal = self
            .proposal
            .map(|proposal| format!("{before}{proposal}{after}"));
        self
    }

    pub(super) fn at(self, text: &str, from: usize, to: usize) -> QueryError {
        QueryError {
            mistake: self.mistake,
            subject: text.get(from..to).unwrap_or_default().to_owned(),
            from,
            to,
            message: self.message,
            expected: self.expected,
            proposal: self
                .proposal
                .map(|proposal| apart(proposal, text, from, to)),
            values: self.values,
        }
    }
}

/// The refusal of a query, as REST answers it: each mistake with its place (characters, from 1), what was
/// expected and, when there is one, the proposal.
pub fn query_problem(text: &str, errors: &[QueryError]) -> Problem {
    let fields: Vec<FieldProblem> = errors
        .iter()
        .map(|error| {
            let before = text.get(..error.from).unwrap_or(text);
            let mut message = format!(
                "at {}: {}; expected {}",
                before.chars().count() + 1,
                error.message,
                error.expected
            );
            if let Some(proposal) = error.proposal.as_deref().filter(|p| !p.is_empty()) {
                message.push_str(&format!("; did you mean `{proposal}`?"));
            }
            FieldProblem {
                pointer: "/q".to_owned(),
                code: error.mistake.field_code().to_owned(),
                message,
            }
        })
        .collect();
    let message = match fields.as_slice() {
        [] => "the query was not understood".to_owned(),
        [one] => one.message.clone(),
        [first, ..] => format!("{}; {} mistakes in all", first.message, fields.len()),
    };
    Problem {
        code: Code::InvalidQuery,
        message,
        fields,
        reference: None,
    }
}

/// A proposal that would run into what follows it ends with a space.
///
/// Only a phrase can have text right behind it (`has:"chnges"sara`); what was quoted is proposed bare.
fn apart(mut proposal: String, text: &str, from: usize, to: usize) -> String {
    let is_quoted = |text: &str| text.ends_with(is_opening);
    let follows = text.get(to..).and_then(|rest| rest.chars().next());
    let runs_into = follows.is_some_and(|c| !is_gap(c) && !is_comma(c))
        && text.get(from..to).is_some_and(is_quoted)
        && !proposal.is_empty()
        && !is_quoted(&proposal);
    if runs_into {
        proposal.push(' ');
    }
    proposal
}
