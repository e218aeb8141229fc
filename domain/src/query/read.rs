//! Reading a query: from left to right, total, with the place of everything.

mod values;

use super::error::Fault;
use super::nearest::nearest;
use super::quote::{is_gap, quoted};
use super::token::mark;
use super::value::meaning;
use super::{
    Body, Dialect, MAX_QUERY_CHARS, MAX_TERMS, MAX_VALUES, Mistake, Qualifier, Query, QueryError,
    Term, Token, TokenKind, Value,
};

/// How many mistakes are named.
const MAX_ERRORS: usize = 20;

struct Reader<'t> {
    text: &'t str,
    dialect: &'static Dialect,
    at: usize,
    end: usize,
    terms: Vec<Term>,
    tokens: Vec<Token>,
    errors: Vec<QueryError>,
}

pub(super) fn read(text: &str, dialect: &'static Dialect) -> Query {
    let end = text
        .char_indices()
        .nth(MAX_QUERY_CHARS)
        .map_or(text.len(), |(at, _)| at);
    let mut reader = Reader {
        text,
        dialect,
        at: 0,
        end,
        terms: Vec::new(),
        tokens: Vec::new(),
        errors: Vec::new(),
    };
    reader.query();
    let Reader {
        terms,
        mut tokens,
        mut errors,
        ..
    } = reader;
    errors.sort_by_key(|error| (error.from, error.to));
    errors.truncate(MAX_ERRORS);
    mark(&mut tokens, &errors);
    Query {
        text: text.to_owned(),
        dialect,
        terms,
        tokens,
        errors,
    }
}

impl Reader<'_> {
    fn query(&mut self) {
        while let Some(c) = self.peek() {
            let from = self.at;
            if is_gap(c) {
                self.skip(is_gap);
                self.token(from, TokenKind::Space, None);
            } else {
                self.term();
            }
        }
        if self.end < self.text.len() {
            let count = self.text.chars().count();
            self.at = self.text.len();
            self.token(self.end, TokenKind::Error, None);
            self.fault(
                self.end,
                Fault::new(
                    Mistake::QueryTooLong,
                    format!("the query has {count} characters"),
                    format!("at most {MAX_QUERY_CHARS} characters"),
                ),
            );
        }
        if let Some(extra) = self.terms.get(MAX_TERMS) {
            let fault = Fault::new(
                Mistake::TooManyTerms,
                format!("the query has {} terms", self.terms.len()),
                format!("at most {MAX_TERMS} terms"),
            );
            let error = fault.at(self.text, extra.from, self.end);
            self.errors.push(error);
        }
    }

    fn term(&mut self) {
        let from = self.at;
        let is_negated = self.peek() == Some('-');
        if is_negated {
            self.at += 1;
            if self.peek().is_none_or(is_gap) {
                self.token(from, TokenKind::Error, Some(self.terms.len()));
                let fault = Fault::new(
                    Mistake::MissingTerm,
                    "a minus stands alone".to_owned(),
                    "what to leave out right after the minus",
                );
                self.fault(from, fault.proposing("\"-\"".to_owned()));
                self.push(from, is_negated, Body::Unreadable(Vec::new()));
                return;
            }
            self.token(from, TokenKind::Minus, Some(self.terms.len()));
        }
        let body = match self.name() {
            Some((name_to, Some(qualifier))) => self.qualified(name_to, qualifier),
            Some((name_to, None)) => self.unknown(name_to),
            None => self.free_text(),
        };
        self.push(from, is_negated, body);
    }

    /// Where the name before a colon ends and what it names, when the term has the look of a qualifier.
    ///
    /// `http://x` and `12:30` don't: a name has letters and `_` only, and no `//` behind its colon.
    fn name(&self) -> Option<(usize, Option<&'static Qualifier>)> {
        let rest = &self.text[self.at..self.end];
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
        let name = &rest[..length];
        let after = rest[length..].strip_prefix(':')?;
        let known = self.dialect.find(name);
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
            && !after.starts_with("//");
        (known.is_some() || is_name).then_some((self.at + length, known))
    }

    fn free_text(&mut self) -> Body {
        let value = self.value(|_| false);
        let kind = if value.is_quoted {
            TokenKind::Phrase
        } else {
            TokenKind::Word
        };
        self.token(value.from, kind, Some(self.terms.len()));
        if value.is_closed && is_blank(&value) {
            self.fault(value.from, nothing_to_search_for());
        }
        self.junk(|_| false, ' ');
        Body::Text(value)
    }

    fn qualified(&mut self, name_to: usize, qualifier: &'static Qualifier) -> Body {
        let from = self.at;
        self.at = name_to + 1;
        self.token(from, TokenKind::Qualifier, Some(self.terms.len()));
        let values_from = self.at;
        let values = self.values(from, qualifier.name, true);
        for value in values.iter().filter(|value| value.is_closed) {
            if is_blank(value) && !value.is_prefix {
                let error = nothing_to_search_for().at(self.text, value.from, value.to);
                self.errors.push(error);
            } else if let Err(fault) = meaning(qualifier, value) {
                self.errors.push(fault.at(self.text, value.from, value.to));
            }
        }
        if let (Some(extra), Some(last)) = (values.get(MAX_VALUES), values.last()) {
            let fault = Fault::new(
                Mistake::TooManyValues,
                format!("`{}` has {} values", qualifier.name, values.len()),
                format!("at most {MAX_VALUES} values"),
            );
            self.errors.push(fault.at(self.text, extra.from, last.to));
        }
        Body::Qualified {
            qualifier,
            values_from,
            values,
        }
    }

    fn unknown(&mut self, name_to: usize) -> Body {
        let from = self.at;
        self.at = name_to + 1;
        self.token(from, TokenKind::Error, Some(self.terms.len()));
        let name = &self.text[from..name_to];
        let values = self.values(from, name, false);
        let fault = Fault::new(
            Mistake::UnknownQualifier,
            format!("there is no qualifier `{name}`"),
            format!("one of {}; or quotes around text", self.dialect.names()),
        );
        let near = nearest(name, self.dialect.words());
        let error = match near {
            Some(near) => fault
                .proposing(near.to_owned())
                .at(self.text, from, name_to),
            None => QueryError {
                subject: name.to_owned(),
                ..fault
                    .proposing(quoted(&self.text[from..self.at]))
                    .at(self.text, from, self.at)
            },
        };
        self.errors.push(error);
        Body::Unreadable(values)
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..self.end].chars().next()
    }

    fn skip(&mut self, takes: impl Fn(char) -> bool) {
        let rest = &self.text[self.at..self.end];
        self.at += rest.find(|c| !takes(c)).unwrap_or(rest.len());
    }

    fn token(&mut self, from: usize, kind: TokenKind, term: Option<usize>) {
        self.tokens.push(Token {
            from,
            to: self.at,
            kind,
            term,
            is_mistaken: false,
        });
    }

    fn fault(&mut self, from: usize, fault: Fault) {
        self.errors.push(fault.at(self.text, from, self.at));
    }

    fn push(&mut self, from: usize, is_negated: bool, body: Body) {
        self.terms.push(Term {
            from,
            to: self.at,
            is_negated,
            body,
        });
    }
}

fn is_blank(value: &Value) -> bool {
    crate::fold(&value.text).is_empty()
}

fn nothing_to_search_for() -> Fault {
    Fault::new(
        Mistake::EmptyText,
        "there is nothing to search for in it".to_owned(),
        "at least one letter, digit or sign",
    )
}
