//! Reading a query: from left to right, total, with the place of everything.

use super::error::Fault;
use super::nearest::nearest;
use super::quote::{is_closing, is_comma, is_gap, is_opening, quoted};
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
                self.push(from, is_negated, Body::Unreadable);
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
        if crate::fold(&value.text).is_empty() {
            self.fault(value.from, nothing_to_search_for());
        }
        self.junk(|_| false);
        Body::Text(value)
    }

    fn qualified(&mut self, name_to: usize, qualifier: &'static Qualifier) -> Body {
        let from = self.at;
        self.at = name_to + 1;
        self.token(from, TokenKind::Qualifier, Some(self.terms.len()));
        let values_from = self.at;
        let values = self.values(from, qualifier.name, true);
        for value in &values {
            if crate::fold(&value.text).is_empty() && !value.is_prefix {
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
        self.values(from, name, false);
        let fault = Fault::new(
            Mistake::UnknownQualifier,
            format!("there is no qualifier `{name}`"),
            format!("one of {}; or quotes around text", self.dialect.names()),
        );
        let near = nearest(name, self.dialect.qualifiers.iter().map(|q| q.name));
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
        Body::Unreadable
    }

    /// The values after a colon, up to the next gap. `name_from`: where the qualifier begins.
    fn values(&mut self, name_from: usize, name: &str, is_known: bool) -> Vec<Value> {
        let mut values = Vec::new();
        // The separator that a value must follow: the colon, then the last comma.
        let mut separator_from = name_from;
        loop {
            match self.peek() {
                Some(c) if is_comma(c) => {
                    let comma = self.at;
                    self.at += c.len_utf8();
                    self.token(comma, TokenKind::Comma, Some(self.terms.len()));
                    if is_known {
                        let what = format!("a value before the comma after {name}:");
                        self.missing(comma, self.at, what, Some(String::new()));
                    }
                    separator_from = comma;
                }
                Some(c) if !is_gap(c) => {
                    let value = self.value(is_comma);
                    self.token(value.from, TokenKind::Value, Some(self.terms.len()));
                    values.push(value);
                    self.junk(is_comma);
                    let Some(comma) = self.peek().filter(|c| is_comma(*c)) else {
                        break;
                    };
                    separator_from = self.at;
                    self.at += comma.len_utf8();
                    self.token(separator_from, TokenKind::Comma, Some(self.terms.len()));
                    if self.peek().is_none_or(is_gap) {
                        self.missing_at_end(separator_from, name, is_known, !values.is_empty());
                        break;
                    }
                }
                _ => {
                    self.missing_at_end(separator_from, name, is_known, !values.is_empty());
                    break;
                }
            }
        }
        values
    }

    /// The end of a term where a value should stand. When a plain word follows, it was probably meant.
    fn missing_at_end(&mut self, from: usize, name: &str, is_known: bool, has_values: bool) {
        if !is_known {
            return;
        }
        let separator = &self.text[from..self.at];
        let rest = &self.text[self.at..self.end];
        let word = rest.trim_start_matches(is_gap);
        let is_plain = word.starts_with(|c: char| c.is_alphanumeric() || is_opening(c))
            && !word
                .split(is_gap)
                .next()
                .is_some_and(|first| !first.starts_with(is_opening) && first.contains(':'));
        let what = format!("a value after {name}:");
        if is_plain {
            let to = self.end - word.len();
            self.missing(from, to, what, Some(separator.to_owned()));
        } else {
            let proposal = has_values.then(String::new);
            self.missing(from, self.at, what, proposal);
        }
    }

    fn missing(&mut self, from: usize, to: usize, expected: String, proposal: Option<String>) {
        let fault = Fault::new(
            Mistake::MissingValue,
            "a value is missing".to_owned(),
            expected,
        );
        self.errors
            .push(fault.proposing(proposal).at(self.text, from, to));
    }

    /// One phrase, or a run of characters up to a gap or what `ends` it.
    fn value(&mut self, ends: fn(char) -> bool) -> Value {
        match self.peek() {
            Some(opening) if is_opening(opening) => self.phrase(opening, ends),
            _ => {
                let from = self.at;
                self.skip(|c| !is_gap(c) && !ends(c));
                let source = &self.text[from..self.at];
                let text = source.trim_end_matches('*');
                Value {
                    from,
                    to: self.at,
                    text: text.to_owned(),
                    is_quoted: false,
                    is_prefix: text.len() < source.len(),
                    is_closed: true,
                }
            }
        }
    }

    fn phrase(&mut self, opening: char, ends: fn(char) -> bool) -> Value {
        let from = self.at;
        self.at += opening.len_utf8();
        let mut text = String::new();
        let mut is_closed = false;
        let mut is_escaped = false;
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            if is_escaped {
                if c != '\\' && !is_closing(opening, c) {
                    text.push('\\');
                }
                text.push(c);
                is_escaped = false;
            } else if c == '\\' {
                is_escaped = true;
            } else if is_closing(opening, c) {
                is_closed = true;
                break;
            } else {
                text.push(c);
            }
        }
        if is_escaped {
            text.push('\\');
        }
        let mut is_prefix = false;
        if !is_closed {
            let fault = Fault::new(
                Mistake::UnclosedQuote,
                "a quote is not closed".to_owned(),
                "a closing \"",
            );
            self.fault(from, fault.proposing(quoted(&text)));
        } else if let Some(rest) = self.text[self.at..self.end].strip_prefix('*')
            && rest.chars().next().is_none_or(|c| is_gap(c) || ends(c))
        {
            is_prefix = true;
            self.at += 1;
        }
        Value {
            from,
            to: self.at,
            text,
            is_quoted: true,
            is_prefix,
            is_closed,
        }
    }

    /// What stands right behind a closing quote.
    fn junk(&mut self, ends: fn(char) -> bool) {
        let from = self.at;
        self.skip(|c| !is_gap(c) && !ends(c));
        if from == self.at {
            return;
        }
        self.token(from, TokenKind::Error, Some(self.terms.len()));
        let junk = &self.text[from..self.at];
        let fault = Fault::new(
            Mistake::TextAfterQuote,
            format!("`{junk}` follows a closing quote"),
            "a space after the closing quote; a quote inside a phrase is written \\\"",
        );
        self.fault(
            from,
            fault.proposing(format!(" {}", super::quote_text(junk))),
        );
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

fn nothing_to_search_for() -> Fault {
    Fault::new(
        Mistake::EmptyText,
        "there is nothing to search for in it".to_owned(),
        "at least one letter, digit or sign",
    )
}
