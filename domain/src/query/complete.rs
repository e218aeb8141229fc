//! What could be typed at the caret.

use super::point::PROPOSED;
use super::{ACTIVITY, Body, Dialect, Qualifier, Query, Term, Value, ValueKind};
use crate::security::SecurityEventName;
use crate::{ActorType, Category, Has, Outcome, SHIPPED_ACTIONS};
use std::borrow::Cow;

/// What is being typed, and what an accepted proposal replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Where the replaced part begins; a minus before it stays.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// Whether a minus stands before the term.
    pub is_negated: bool,
    /// What is being typed.
    pub kind: CompletionKind,
}

/// What is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompletionKind {
    /// The beginning of a qualifier, or nothing yet.
    Qualifier {
        /// What stands before the caret.
        prefix: String,
    },
    /// A value.
    Value {
        /// Of which qualifier.
        qualifier: &'static Qualifier,
        /// What stands before the caret, without its quote.
        prefix: String,
        /// The term's other values: no need to propose them again.
        others: Vec<String>,
    },
    /// Free text.
    Text {
        /// What stands before the caret, without its quote.
        prefix: String,
    },
}

/// What is being typed at `caret` (a byte; past the end it is the end, inside a character its beginning).
pub fn complete(text: &str, caret: usize) -> Completion {
    ACTIVITY.complete(text, caret)
}

impl Dialect {
    /// What is being typed at `caret`; see [`complete`].
    pub fn complete(&'static self, text: &str, caret: usize) -> Completion {
        let query = Query::parse_as(text, self);
        completed(&query, text, caret)
    }

    /// The qualifiers of which the name or a synonym begins with `prefix`, in any case.
    pub fn qualifiers_of(&'static self, prefix: &str) -> impl Iterator<Item = &'static Qualifier> {
        let prefix = prefix.to_owned();
        self.qualifiers
            .iter()
            .filter(move |q| self.word_of(q, &prefix).is_some())
    }

    /// The values of a qualifier that are known without looking into the log; see [`static_values`].
    pub fn static_values(&'static self, qualifier: &str) -> Vec<Cow<'static, str>> {
        self.find(qualifier).map_or_else(Vec::new, static_values_of)
    }
}

fn completed(query: &Query, text: &str, caret: usize) -> Completion {
    let mut caret = caret.min(text.len());
    while !text.is_char_boundary(caret) {
        caret -= 1;
    }
    // At the seam of a term the caret belongs to what stands before it.
    let term = query
        .terms()
        .iter()
        .find(|term| term.from < caret && caret <= term.to);
    match term {
        Some(term) => within(query, term, caret),
        None => nothing_yet(caret, false),
    }
}

fn nothing_yet(at: usize, is_negated: bool) -> Completion {
    Completion {
        from: at,
        to: at,
        is_negated,
        kind: CompletionKind::Qualifier {
            prefix: String::new(),
        },
    }
}

fn within(query: &Query, term: &Term, caret: usize) -> Completion {
    let text = query.text();
    let is_negated = term.is_negated;
    let from = term.from + usize::from(is_negated);
    if caret <= from {
        return nothing_yet(caret, is_negated);
    }
    let name = |to: usize| Completion {
        from,
        to,
        is_negated,
        kind: CompletionKind::Qualifier {
            prefix: text[from..caret].to_owned(),
        },
    };
    match &term.body {
        Body::Text(value) => {
            let prefix = before_caret(text, value, caret);
            let lower = prefix.to_ascii_lowercase();
            let is_name = !value.is_quoted
                && caret <= value.to
                && query.dialect().words().any(|word| word.starts_with(&lower));
            if is_name {
                return name(value.to);
            }
            Completion {
                from,
                to: value.to.max(caret),
                is_negated,
                kind: CompletionKind::Text { prefix },
            }
        }
        Body::Qualified { values_from, .. } if caret < *values_from => name(*values_from),
        Body::Qualified {
            qualifier, values, ..
        } => {
            let typed = values.iter().find(|v| v.from <= caret && caret <= v.to);
            let others = values
                .iter()
                .filter(|value| Some(*value) != typed)
                .map(|value| value.text.clone())
                .collect();
            let (from, to, prefix) = match typed {
                Some(value) => (value.from, value.to, before_caret(text, value, caret)),
                None => (caret, caret, String::new()),
            };
            Completion {
                from,
                to,
                is_negated,
                kind: CompletionKind::Value {
                    qualifier,
                    prefix,
                    others,
                },
            }
        }
        Body::Unreadable(_) => {
            let colon = text[from..term.to]
                .find(':')
                .map_or(term.to, |at| from + at + 1);
            if caret <= colon {
                return Completion {
                    kind: CompletionKind::Qualifier {
                        prefix: text[from..caret].trim_end_matches(':').to_owned(),
                    },
                    ..name(colon)
                };
            }
            Completion {
                from,
                to: term.to,
                is_negated,
                kind: CompletionKind::Text {
                    prefix: text[from..caret].to_owned(),
                },
            }
        }
    }
}

/// What was typed of a value up to the caret, without the opening quote and escapes.
fn before_caret(text: &str, value: &Value, caret: usize) -> String {
    if caret >= value.to {
        return value.text.clone();
    }
    let typed = &text[value.from..caret.max(value.from)];
    if !value.is_quoted {
        return typed.trim_end_matches('*').to_owned();
    }
    let mut plain = String::with_capacity(typed.len());
    let mut is_escaped = false;
    for c in typed.chars().skip(1) {
        if c == '\\' && !is_escaped {
            is_escaped = true;
            continue;
        }
        if is_escaped && !matches!(c, '\\' | '"') {
            plain.push('\\');
        }
        is_escaped = false;
        plain.push(c);
    }
    // The caret may stand between the closing quote and the `*`.
    if plain.starts_with(&value.text) {
        plain.truncate(value.text.len());
    }
    plain
}

impl Completion {
    /// The text with a proposal in place, and where the caret then stands.
    ///
    /// `insert` is a whole term such as `outcome:failed` (while a value is typed, only its value is put
    /// in), a qualifier with its colon, or text; quoted where it needs to be.
    pub fn accept(&self, text: &str, insert: &str) -> (String, usize) {
        let insert = match &self.kind {
            CompletionKind::Value { qualifier, .. } => insert
                .strip_prefix(qualifier.name)
                .and_then(|rest| rest.strip_prefix(':'))
                .unwrap_or(insert),
            _ if self.is_negated => insert.strip_prefix('-').unwrap_or(insert),
            _ => insert,
        };
        let (before, after) = (&text[..self.from], &text[self.to..]);
        let mut out = format!("{before}{insert}");
        if insert.ends_with(':') {
            let caret = out.len();
            out.push_str(after);
            return (out, caret);
        }
        let next = after.chars().next();
        if !next.is_some_and(|c| super::quote::is_gap(c) || super::quote::is_comma(c)) {
            out.push(' ');
        }
        let caret = match next {
            Some(c) if super::quote::is_gap(c) => out.len() + c.len_utf8(),
            _ => out.len(),
        };
        out.push_str(after);
        (out, caret)
    }
}

/// The qualifiers of the activity log of which the name or a synonym begins with `prefix`, in any case.
pub fn qualifiers(prefix: &str) -> impl Iterator<Item = &'static Qualifier> {
    ACTIVITY.qualifiers_of(prefix)
}

/// The values of a qualifier that are known without looking into the log; those of the others come from
/// the server. Actions begin with the prefix forms, such as `product.*`.
pub fn static_values(qualifier: &str) -> Vec<Cow<'static, str>> {
    ACTIVITY.static_values(qualifier)
}

fn static_values_of(known: &'static Qualifier) -> Vec<Cow<'static, str>> {
    match known.values {
        ValueKind::OneOf(names) => names.iter().map(|name| Cow::from(*name)).collect(),
        ValueKind::Outcome => Outcome::ALL.map(|o| o.as_str().into()).into(),
        ValueKind::Category => Category::ALL.map(|c| c.as_str().into()).into(),
        ValueKind::Has => Has::NAMES.map(|(name, _)| name.into()).into(),
        ValueKind::Time => PROPOSED.map(Cow::from).into(),
        ValueKind::Action => {
            let names: Vec<&'static str> = match known.name {
                "event" => SecurityEventName::ALL.iter().map(|e| e.as_str()).collect(),
                _ => SHIPPED_ACTIONS.iter().map(|a| a.name).collect(),
            };
            let mut nouns: Vec<Cow<'static, str>> = Vec::new();
            for name in &names {
                let noun = name.split('.').next().unwrap_or_default();
                if !nouns.iter().any(|known| known[..known.len() - 2] == *noun) {
                    nouns.push(format!("{noun}.*").into());
                }
            }
            nouns.extend(names.into_iter().map(Cow::from));
            nouns
        }
        _ if known.name == "method" => ["GET", "POST", "PUT", "PATCH", "DELETE"]
            .map(Cow::from)
            .into(),
        _ if known.name == "status" => ["2*", "3*", "4*", "5*"].map(Cow::from).into(),
        _ if known.name == "actor" => ActorType::ALL.map(|t| t.as_str().into()).into(),
        _ => Vec::new(),
    }
}
