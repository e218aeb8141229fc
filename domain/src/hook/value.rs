//! Reading fields of other systems' JSON: what is missing is none, text is cut to what fits, and what is of a type that
//! it can't be is noted by its place.

use crate::problem::FieldProblem;
use crate::reader::{child, kind_of, push};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Number, Value};
use std::cell::RefCell;

/// The largest whole number that canonical JSON keeps (RFC 8785 3.2.2.3).
const MAX_INTEGER: u64 = 1 << 53;

/// How many characters of a field's text are kept; what is beyond is cut off.
const MAX_FIELD: usize = 5_000;

/// What is wrong with a body, each place once.
pub(super) type Wrong = RefCell<Vec<FieldProblem>>;

/// A part of a body, with the pointer that leads to it. What can't be what it should is noted and read as none.
pub(super) struct Part<'v> {
    value: &'v Value,
    pointer: String,
    wrong: &'v Wrong,
}

impl<'v> Part<'v> {
    /// A body as a whole.
    pub(super) fn whole(value: &'v Value, wrong: &'v Wrong) -> Self {
        Self {
            value,
            pointer: String::new(),
            wrong,
        }
    }

    /// Whether a field is there, null too.
    pub(super) fn has(&self, name: &str) -> bool {
        self.value.get(name).is_some()
    }

    /// The value of a field that is there and not null.
    fn given(&self, name: &str) -> Option<&'v Value> {
        self.value.get(name).filter(|value| !value.is_null())
    }

    fn note(&self, pointer: String, code: &str, message: String) {
        let mut wrong = self.wrong.borrow_mut();
        if !wrong.iter().any(|known| known.pointer == pointer) {
            push(&mut wrong, pointer, code, message);
        }
    }

    fn note_type(&self, pointer: String, expected: &str, value: &Value) {
        let message = format!("{expected} is expected, this is {}", kind_of(value));
        self.note(pointer, "type", message);
    }

    fn note_format(&self, name: &str, message: &str) {
        self.note(child(&self.pointer, name), "format", message.to_owned());
    }

    /// A text of at most `most` characters; none when blank.
    pub(super) fn text(&self, name: &str, most: usize) -> Option<String> {
        let value = self.given(name)?;
        if value.is_string() {
            return plain(value, most);
        }
        self.note_type(child(&self.pointer, name), "a text", value);
        None
    }

    /// The same, as a value: null when there is none.
    pub(super) fn field(&self, name: &str) -> Value {
        self.text(name, MAX_FIELD)
            .map_or(Value::Null, Value::String)
    }

    /// An id: a text, or a number as text.
    pub(super) fn id(&self, name: &str, most: usize) -> Option<String> {
        let value = self.given(name)?;
        if value.is_string() || value.is_number() {
            return plain(value, most);
        }
        self.note_type(child(&self.pointer, name), "a text or a number", value);
        None
    }

    /// A decimal number in text, such as `129.00`.
    pub(super) fn money(&self, name: &str) -> Option<String> {
        let mut text = self.id(name, 40)?;
        if text.starts_with('.') {
            text.insert(0, '0');
        }
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_decimal = [whole, part]
            .iter()
            .all(|half| !half.is_empty() && half.bytes().all(|b| b.is_ascii_digit()));
        if is_decimal {
            return Some(text);
        }
        self.note_format(name, "a decimal number is expected, such as 129.00");
        None
    }

    /// The same, as a value: null when there is none.
    pub(super) fn money_field(&self, name: &str) -> Value {
        self.money(name).map_or(Value::Null, Value::String)
    }

    /// Three capitals of ISO 4217.
    pub(super) fn currency(&self) -> Option<String> {
        let text = self.text("currency", 10)?.to_ascii_uppercase();
        if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) {
            return Some(text);
        }
        self.note_format(
            "currency",
            "three letters of ISO 4217 are expected, such as SAR",
        );
        None
    }

    /// A number as it is; null when there is none.
    pub(super) fn number(&self, name: &str) -> Value {
        match self.given(name) {
            None => Value::Null,
            Some(Value::Number(number)) if is_kept(number) => Value::Number(number.clone()),
            Some(Value::Number(_)) => {
                let pointer = child(&self.pointer, name);
                let message = "a whole number beyond 2^53 loses digits".to_owned();
                self.note(pointer, "out_of_range", message);
                Value::Null
            }
            Some(other) => {
                self.note_type(child(&self.pointer, name), "a number", other);
                Value::Null
            }
        }
    }

    /// How many: none for a part of one too.
    pub(super) fn count(&self, name: &str) -> Option<u64> {
        match self.given(name)? {
            Value::Number(number) => number.as_u64(),
            other => {
                self.note_type(child(&self.pointer, name), "a number", other);
                None
            }
        }
    }

    /// A time of RFC 3339, or one without zone, which is UTC.
    pub(super) fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        // WordPress's word for "never" is the year 0.
        let text = self
            .text(name, 100)
            .filter(|text| !text.starts_with("0000-00-00"))?;
        if let Ok(time) = DateTime::parse_from_rfc3339(&text) {
            return Some(time.to_utc());
        }
        let naive = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f");
        if naive.is_err() {
            let message = "a time by RFC 3339 is expected, such as \"2026-11-20T09:14:03Z\"";
            self.note_format(name, message);
        }
        naive.ok().map(|naive| naive.and_utc())
    }

    /// An object within.
    pub(super) fn part(&self, name: &str) -> Option<Part<'v>> {
        let value = self.given(name)?;
        self.object(value, child(&self.pointer, name))
    }

    /// The objects of a list, at most `most`.
    pub(super) fn list(&self, name: &str, most: usize) -> Vec<Part<'v>> {
        let pointer = child(&self.pointer, name);
        self.items(name)
            .iter()
            .take(most)
            .enumerate()
            .filter_map(|(at, item)| self.object(item, child(&pointer, &at.to_string())))
            .collect()
    }

    fn items(&self, name: &str) -> &'v [Value] {
        match self.given(name) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(other) => {
                self.note_type(child(&self.pointer, name), "an array", other);
                &[]
            }
        }
    }

    fn object(&self, value: &'v Value, pointer: String) -> Option<Part<'v>> {
        if !value.is_object() {
            self.note_type(pointer, "an object", value);
            return None;
        }
        Some(Part {
            value,
            pointer,
            wrong: self.wrong,
        })
    }

    /// Names joined by a space, without those that are missing.
    pub(super) fn full_name(&self, first: &str, last: &str) -> Option<String> {
        let parts: Vec<String> = [first, last]
            .iter()
            .filter_map(|part| self.text(part, 100))
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// Words that are given as `a, b`, or as a list: sorted, each once.
    pub(super) fn words(&self, name: &str) -> Vec<String> {
        if !matches!(self.given(name), Some(Value::Array(_))) {
            let text = self.text(name, 20_000).unwrap_or_default();
            return sorted(text.split(',').map(|word| word.trim().to_owned()));
        }
        let pointer = child(&self.pointer, name);
        let words = self
            .items(name)
            .iter()
            .enumerate()
            .filter_map(|(at, word)| {
                if !word.is_string() {
                    self.note_type(child(&pointer, &at.to_string()), "a text", word);
                    return None;
                }
                plain(word, 200)
            });
        sorted(words)
    }
}

/// A text, or a number as text, of at most `most` characters; none when blank or another type.
pub(super) fn text(value: &Value, field: &str, most: usize) -> Option<String> {
    plain(value.get(field)?, most)
}

fn plain(value: &Value, most: usize) -> Option<String> {
    let text = match value {
        Value::String(text) => text.replace('\0', ""),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let text: String = text.trim().chars().take(most).collect();
    (!text.is_empty()).then_some(text)
}

/// A value in the form in which a field's text is read: blanks around it gone, cut. Any other value as it is.
pub(super) fn as_read(value: &Value) -> Value {
    match value {
        Value::String(_) => plain(value, MAX_FIELD).map_or(Value::Null, Value::String),
        other => other.clone(),
    }
}

fn is_kept(number: &Number) -> bool {
    let whole = number
        .as_i64()
        .map(i64::unsigned_abs)
        .or_else(|| number.as_u64());
    whole.is_none_or(|whole| whole <= MAX_INTEGER)
}

pub(super) fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(200).collect())
        .collect();
    words.sort();
    words.dedup();
    words.truncate(250);
    words
}
