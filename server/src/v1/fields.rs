//! Reads the fields of an object that was sent, and names each that is wrong by its JSON pointer.

use domain::{Code, FieldProblem, Problem, fold};
use serde_json::{Map, Value};
use storage::Error;

/// How many wrong fields are named at most.
const MAX_WRONG: usize = 50;

/// What is wrong so far.
#[derive(Default)]
pub struct Wrong(Vec<FieldProblem>);

impl Wrong {
    pub fn add(&mut self, pointer: String, code: &str, message: impl Into<String>) {
        if self.0.len() < MAX_WRONG {
            self.0.push(FieldProblem {
                pointer,
                code: code.to_owned(),
                message: message.into(),
            });
        }
    }

    /// Adds what was found behind this, but nothing of a field of which, or of a part of which, something is named.
    pub fn also(&mut self, found: Vec<FieldProblem>) {
        let before = self.0.len();
        for one in found {
            let is_named = self.0.iter().take(before).any(|known| {
                let rest = known.pointer.strip_prefix(&one.pointer);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            if !is_named {
                self.add(one.pointer, &one.code, one.message);
            }
        }
    }

    pub fn or<T>(self, read: Option<T>) -> Result<T, Problem> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            _ => Err(Problem::invalid_fields(self.0)),
        }
    }
}

/// What was found wrong behind this: forms know the `fields` of the body by their names, the API by their JSON pointers.
pub fn pointed(error: Error, fields: &[&str]) -> Error {
    match error {
        Error::Problem(problem) if problem.code == Code::InvalidFields => {
            let mut wrong = problem.fields;
            for one in &mut wrong {
                if fields.contains(&one.pointer.as_str()) {
                    one.pointer.insert(0, '/');
                }
            }
            Error::Problem(Problem::invalid_fields(wrong))
        }
        other => other,
    }
}

/// How many lines a text may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    One,
    Many,
}

/// One object of the body, with the pointer that leads to it.
pub struct Fields<'a, 'w> {
    /// What stands in it.
    map: &'a Map<String, Value>,
    at: String,
    /// Where what is wrong is noted.
    pub wrong: &'w mut Wrong,
}

impl<'a, 'w> Fields<'a, 'w> {
    pub fn open(value: &'a Value, at: &str, wrong: &'w mut Wrong) -> Option<Self> {
        let Value::Object(map) = value else {
            wrong.add(at.to_owned(), "type", "an object is expected");
            return None;
        };
        let at = at.to_owned();
        Some(Self { map, at, wrong })
    }

    pub fn add(&mut self, field: &str, code: &str, message: impl Into<String>) {
        self.wrong
            .add(format!("{}/{field}", self.at), code, message);
    }

    pub fn refuse_unknown(&mut self, known: &[&str]) {
        for name in self
            .map
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
        {
            let shown: String = name.chars().take(100).collect();
            let message = format!(
                "`{shown}` is not a field here; known are {}",
                known.join(", ")
            );
            let escaped = shown.replace('~', "~0").replace('/', "~1");
            self.add(&escaped, "unknown", message);
        }
    }

    pub fn value(&self, field: &str) -> Option<&'a Value> {
        self.map.get(field).filter(|value| !value.is_null())
    }

    /// A text; without a character that can be seen it counts as absent.
    pub fn text(&mut self, field: &str, max: usize, lines: Lines) -> Option<String> {
        let value = self.value(field)?;
        self.text_of(value, field, max, lines)
    }

    pub fn text_of(
        &mut self,
        value: &Value,
        field: &str,
        max: usize,
        lines: Lines,
    ) -> Option<String> {
        let Value::String(text) = value else {
            self.add(field, "type", "a text is expected");
            return None;
        };
        let is_bad = |c: char| c == '\0' || (lines == Lines::One && c.is_control());
        let text = if lines == Lines::One {
            text.trim()
        } else {
            text
        };
        if text.chars().count() > max {
            self.add(field, "too_long", format!("at most {max} characters"));
        } else if text.chars().any(is_bad) {
            self.add(field, "format", "control characters can't be kept here");
        } else if !text.trim().is_empty() {
            return Some(text.to_owned());
        }
        None
    }

    /// A text that must be there; empty, and noted, when it isn't.
    pub fn needed(&mut self, field: &str, max: usize, lines: Lines) -> String {
        let before = self.wrong.0.len();
        let text = self.text(field, max, lines);
        if text.is_none() && self.wrong.0.len() == before {
            self.add(
                field,
                "required",
                format!("1 to {max} characters are needed"),
            );
        }
        text.unwrap_or_default()
    }

    pub fn flag(&mut self, field: &str, absent: bool) -> bool {
        match self.value(field) {
            None => absent,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.add(field, "type", "true or false is expected");
                absent
            }
        }
    }

    pub fn list(&mut self, field: &str, least: usize, most: usize) -> &'a [Value] {
        let items: &[Value] = match self.value(field) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.add(field, "type", "an array is expected");
                return &[];
            }
        };
        if items.len() < least {
            self.add(field, "required", format!("at least {least} is needed"));
        } else if items.len() > most {
            self.add(field, "too_long", format!("at most {most}"));
            return &[];
        }
        items
    }

    pub fn words(&mut self, field: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (at, item) in self.list(field, 1, 100).iter().enumerate() {
            let field = format!("{field}/{at}");
            let before = self.wrong.0.len();
            let word = self.text_of(item, &field, 200, Lines::One);
            match word.filter(|word| !fold(word).is_empty()) {
                Some(word) => words.push(word),
                None if self.wrong.0.len() == before => {
                    self.add(&field, "required", "1 to 200 characters are needed");
                }
                None => {}
            }
        }
        words
    }
}
