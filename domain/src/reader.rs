//! Reads untrusted JSON field by field and names everything that is wrong, not only the first.

use crate::problem::FieldProblem;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// How many wrong fields are named at most.
const MAX_PROBLEMS: usize = 50;

/// Largest integer that survives canonical JSON (RFC 8785 3.2.2.3): 2^53.
const MAX_INTEGER: u64 = 1 << 53;

/// One object of the body with the pointer that leads to it.
pub(crate) struct Reader<'a, 'p> {
    fields: &'a Map<String, Value>,
    pointer: String,
    problems: &'p mut Vec<FieldProblem>,
}

/// Appends a reference token to a JSON pointer (RFC 6901 3).
pub(crate) fn child(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

pub(crate) fn push(problems: &mut Vec<FieldProblem>, pointer: String, code: &str, message: String) {
    if problems.len() < MAX_PROBLEMS {
        problems.push(FieldProblem {
            pointer,
            code: code.to_owned(),
            message,
        });
    }
}

pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl<'a, 'p> Reader<'a, 'p> {
    /// Starts reading `value`, which must be an object.
    pub(crate) fn object(
        value: &'a Value,
        pointer: &str,
        problems: &'p mut Vec<FieldProblem>,
    ) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self {
                fields,
                pointer: pointer.to_owned(),
                problems,
            }),
            other => {
                push(
                    problems,
                    pointer.to_owned(),
                    "type",
                    format!("an object is expected, this is {}", kind_of(other)),
                );
                None
            }
        }
    }

    pub(crate) fn refuse_unknown(&mut self, known: &[&str]) {
        for name in self
            .fields
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
        {
            let shown: String = name.chars().take(100).collect();
            push(
                self.problems,
                child(&self.pointer, &shown),
                "unknown",
                format!(
                    "`{shown}` is not a field here; known are {}",
                    known.join(", ")
                ),
            );
        }
    }

    pub(crate) fn add(&mut self, field: &str, code: &str, message: impl Into<String>) {
        push(
            self.problems,
            child(&self.pointer, field),
            code,
            message.into(),
        );
    }

    /// The value of a field that is there and not null.
    pub(crate) fn value(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field).filter(|v| !v.is_null())
    }

    /// The value of a field that is there, null too.
    pub(crate) fn given(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field)
    }

    /// Whether a field is absent, null or a text without a character.
    pub(crate) fn is_blank(&self, field: &str) -> bool {
        self.value(field)
            .is_none_or(|v| v.as_str().is_some_and(|text| text.trim().is_empty()))
    }

    pub(crate) fn at(&self, field: &str) -> String {
        child(&self.pointer, field)
    }

    pub(crate) fn problems(&mut self) -> &mut Vec<FieldProblem> {
        self.problems
    }

    /// A text of 1 to `max` characters without NUL; empty counts as absent.
    pub(crate) fn text(&mut self, field: &str, max: usize) -> Option<String> {
        let value = self.value(field)?;
        let pointer = self.at(field);
        text_of(value, pointer, max, self.problems)
    }

    /// A text of at most `max` characters without NUL, kept as it is: spaces at its ends too.
    pub(crate) fn body(&mut self, field: &str, max: usize) -> Option<String> {
        let text = self.value(field)?.as_str().map(str::to_owned);
        let checked = self.text(field, max);
        text.filter(|_| checked.is_some())
    }

    /// A text of one line: no control characters, which could begin another header.
    pub(crate) fn line(&mut self, field: &str, max: usize) -> Option<String> {
        let text = self.text(field, max)?;
        if text.chars().any(char::is_control) {
            self.add(
                field,
                "format",
                "one line without control characters; a line break could begin another header",
            );
            return None;
        }
        Some(text)
    }

    /// True or false; absent is false.
    pub(crate) fn flag(&mut self, field: &str) -> bool {
        match self.value(field) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                self.add(
                    field,
                    "type",
                    format!("true or false is expected, this is {}", kind_of(other)),
                );
                false
            }
        }
    }

    /// An array of texts.
    pub(crate) fn texts(&mut self, field: &str, most: usize, max: usize) -> Vec<String> {
        let texts = self.texts_at(field, most, max);
        texts.into_iter().map(|(_, text)| text).collect()
    }

    /// An array of texts, each with its pointer.
    pub(crate) fn texts_at(
        &mut self,
        field: &str,
        most: usize,
        max: usize,
    ) -> Vec<(String, String)> {
        self.array(field, most)
            .iter()
            .enumerate()
            .filter_map(|(at, value)| {
                let pointer = child(&self.at(field), &at.to_string());
                let text = text_of(value, pointer.clone(), max, self.problems)?;
                Some((pointer, text))
            })
            .collect()
    }

    pub(crate) fn array(&mut self, field: &str, most: usize) -> &'a [Value] {
        match self.value(field) {
            None => &[],
            Some(Value::Array(items)) if items.len() <= most => items,
            Some(Value::Array(items)) => {
                self.add(
                    field,
                    "too_long",
                    format!("at most {most} items, these are {}", items.len()),
                );
                &[]
            }
            Some(other) => {
                self.add(
                    field,
                    "type",
                    format!("an array is expected, this is {}", kind_of(other)),
                );
                &[]
            }
        }
    }

    /// A time by RFC 3339.
    pub(crate) fn time(&mut self, field: &str) -> Option<DateTime<Utc>> {
        let text = self.text(field, 64)?;
        match DateTime::parse_from_rfc3339(&text) {
            Ok(time) => Some(time.with_timezone(&Utc)),
            Err(_) => {
                self.add(
                    field,
                    "format",
                    "a time by RFC 3339 with its zone, such as \"2026-11-20T09:14:03Z\"",
                );
                None
            }
        }
    }

    /// Checks that any JSON below a field can be kept: no NUL, no number that loses digits, not too deep.
    pub(crate) fn storable(&mut self, field: &str, value: &Value, max_depth: usize) -> bool {
        let pointer = self.at(field);
        is_storable(value, &pointer, max_depth, self.problems)
    }
}

fn text_of(
    value: &Value,
    pointer: String,
    max: usize,
    problems: &mut Vec<FieldProblem>,
) -> Option<String> {
    match value {
        Value::String(text) if text.contains('\0') => {
            push(
                problems,
                pointer,
                "format",
                "holds a NUL character (U+0000), which can't be kept".to_owned(),
            );
            None
        }
        Value::String(text) => {
            let length = text.chars().count();
            if length > max {
                push(
                    problems,
                    pointer,
                    "too_long",
                    format!("at most {max} characters, these are {length}"),
                );
                None
            } else {
                Some(text.trim())
                    .filter(|t| !t.is_empty())
                    .map(str::to_owned)
            }
        }
        other => {
            push(
                problems,
                pointer,
                "type",
                format!("a text is expected, this is {}", kind_of(other)),
            );
            None
        }
    }
}

pub(crate) fn is_storable(
    value: &Value,
    pointer: &str,
    depth_left: usize,
    problems: &mut Vec<FieldProblem>,
) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => {
            // A whole number beyond u64 arrives as a float; floats of that size are whole numbers.
            let is_too_large = match number.as_i64().map(i64::unsigned_abs).or(number.as_u64()) {
                Some(whole) => whole > MAX_INTEGER,
                None => number
                    .as_f64()
                    .is_none_or(|f| f.is_nan() || f.abs() > MAX_INTEGER as f64),
            };
            if is_too_large {
                push(
                    problems,
                    pointer.to_owned(),
                    "out_of_range",
                    "a whole number beyond 2^53 loses digits on its way; send it as text"
                        .to_owned(),
                );
                return false;
            }
            true
        }
        Value::String(text) => {
            if text.contains('\0') {
                push(
                    problems,
                    pointer.to_owned(),
                    "format",
                    "holds a NUL character (U+0000), which can't be kept".to_owned(),
                );
                return false;
            }
            true
        }
        Value::Array(_) | Value::Object(_) if depth_left == 0 => {
            push(
                problems,
                pointer.to_owned(),
                "too_deep",
                "nested more deeply than is kept; flatten it or send it as text".to_owned(),
            );
            false
        }
        Value::Array(items) => items.iter().enumerate().all(|(at, item)| {
            is_storable(
                item,
                &child(pointer, &at.to_string()),
                depth_left - 1,
                problems,
            )
        }),
        Value::Object(fields) => fields.iter().all(|(name, item)| {
            if name.contains('\0') {
                push(
                    problems,
                    pointer.to_owned(),
                    "format",
                    "a field's name holds a NUL character (U+0000)".to_owned(),
                );
                return false;
            }
            is_storable(item, &child(pointer, name), depth_left - 1, problems)
        }),
    }
}
