//! Values: behind a qualifier, or a phrase of free text.

use super::super::quote::{is_closing, is_comma, is_gap, is_opening, quote_text, quoted};
use super::super::{Mistake, TokenKind, Value};
use super::{Fault, Reader};
use std::ops::Range;

impl Reader<'_> {
    /// The values after a colon, up to the next gap. `name_from`: where the qualifier begins.
    pub(super) fn values(&mut self, name_from: usize, name: &str, is_known: bool) -> Vec<Value> {
        let mut values = Vec::new();
        loop {
            let from = self.at;
            match self.peek() {
                Some(c) if is_comma(c) => {
                    self.comma(c);
                    if self.peek().is_none_or(is_gap) {
                        // One mistake, not one on either side: this comma is one too many.
                        self.missing_at_end(from..from, name, is_known, !values.is_empty());
                        break;
                    }
                    if is_known {
                        let what = format!("a value before the comma after {name}:");
                        self.missing(from, self.at, what, Some(String::new()));
                    }
                }
                Some(c) if !is_gap(c) => {
                    let value = self.value(is_comma);
                    self.token(value.from, TokenKind::Value, Some(self.terms.len()));
                    values.push(value);
                    self.junk(is_comma, ',');
                    let from = self.at;
                    let Some(comma) = self.peek().filter(|c| is_comma(*c)) else {
                        break;
                    };
                    self.comma(comma);
                    if self.peek().is_none_or(is_gap) {
                        self.missing_at_end(from..self.at, name, is_known, true);
                        break;
                    }
                }
                _ => {
                    self.missing_at_end(name_from..from, name, is_known, false);
                    break;
                }
            }
        }
        values
    }

    fn comma(&mut self, comma: char) {
        let from = self.at;
        self.at += comma.len_utf8();
        self.token(from, TokenKind::Comma, Some(self.terms.len()));
    }

    /// The end of a term where a value should stand. When a plain word follows, it was probably meant:
    /// behind `joint`, the part of the separator that stays.
    fn missing_at_end(
        &mut self,
        joint: Range<usize>,
        name: &str,
        is_known: bool,
        has_values: bool,
    ) {
        if !is_known {
            return;
        }
        let rest = &self.text[self.at..self.end];
        let word = rest.trim_start_matches(is_gap);
        let is_plain = word.starts_with(|c: char| c.is_alphanumeric() || is_opening(c))
            && !word
                .split(is_gap)
                .next()
                .is_some_and(|first| !first.starts_with(is_opening) && first.contains(':'));
        let what = format!("a value after {name}:");
        let from = joint.start;
        if is_plain {
            let to = self.end - word.len();
            let joint = self.text[joint].to_owned();
            self.missing(from, to, what, Some(joint));
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
    pub(super) fn value(&mut self, ends: fn(char) -> bool) -> Value {
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
            let is_worth_closing = !crate::fold(&text).is_empty();
            self.fault(
                from,
                fault.proposing(is_worth_closing.then(|| quoted(&text))),
            );
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

    /// What stands right behind a closing quote; probably a separator is missing.
    pub(super) fn junk(&mut self, ends: fn(char) -> bool, separator: char) {
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
            "a space or comma after the closing quote; a quote inside a phrase is written \\\"",
        );
        let proposal = format!("{separator}{}", quote_text(junk));
        self.fault(from, fault.proposing(proposal));
    }
}
