//! JSON as strangers send it: read whole, with the place of the first mistake and every name given twice.
//!
//! `serde_json::Value` keeps the last of two fields of one name and rounds whole numbers beyond 2^64: an entry
//! would say something else than what was sent. Both are refused here, by JSON pointer.

use domain::{Code, FieldProblem, Problem};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// From here on a number has no digits after the point and may have lost some before it: 2^53.
const WHOLE_FROM: f64 = 9_007_199_254_740_992.0;

/// How many fields are named at most.
const MAX_NAMED: usize = 50;

/// Reads one JSON text (RFC 8259). `pointer` is what the problems' pointers begin with: empty, or `/3` for
/// the fourth line of many.
///
/// # Errors
/// `malformed_json` with line, column and byte for what is no JSON or no UTF-8; `invalid_fields` that
/// names each field given twice and each number that would lose digits.
pub fn read(bytes: &[u8], pointer: &str) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        malformed(
            bytes,
            at,
            pointer,
            "this is not UTF-8; JSON is sent as UTF-8",
        )
    })?;
    // A byte order mark says nothing that is not known (RFC 8259 8.1 allows to ignore it).
    let (text, skipped) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest, '\u{feff}'.len_utf8()),
        None => (text, 0),
    };
    let mut found = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Seed { found: &mut found }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| {
            let at = if error.is_eof() {
                bytes.len()
            } else {
                skipped + offset_of(text, error.line(), error.column())
            };
            malformed(bytes, at, pointer, &words(&error))
        })?;
    if found.is_empty() {
        return Ok(value);
    }
    found.truncate(MAX_NAMED);
    for field in &mut found {
        field.pointer.insert_str(0, pointer);
    }
    Err(Problem::invalid_fields(found))
}

fn malformed(bytes: &[u8], at: usize, pointer: &str, what: &str) -> Problem {
    let before = &bytes[..at.min(bytes.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1);
    let column = before.len() - start + 1;
    let place = if pointer.is_empty() {
        format!("line {line}, column {column} (byte {at})")
    } else {
        format!("column {column}")
    };
    Problem {
        fields: vec![FieldProblem {
            pointer: pointer.to_owned(),
            code: "format".to_owned(),
            message: format!("{what}, at {place}"),
        }],
        ..Problem::new(
            Code::MalformedJson,
            match pointer.strip_prefix('/') {
                Some(line) => format!(
                    "line {line} (counted from 0) is not JSON: {what}, at {place}; nothing was stored"
                ),
                None => format!("the body is not JSON: {what}, at {place}; nothing was stored"),
            },
        )
    }
}

/// What is wrong, in words for whoever wrote the JSON: serde_json's are for whoever wrote the parser.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let words = match text.rfind(" at line ") {
        Some(end) => &text[..end],
        None => &text,
    };
    let plain = match words {
        "recursion limit exceeded" => "nested more than 127 levels deep; flatten it",
        "EOF while parsing a value" => "it ends where a value is expected",
        "expected value" => "a value is expected here",
        "expected ident" => "`true`, `false` or `null` is expected here",
        "key must be a string" => "a field's name is expected here, in double quotes",
        "trailing characters" => "there is more behind its end",
        "trailing comma" => "a comma with nothing behind it",
        "number out of range" => "a number that no program can hold; send it as text",
        "unexpected end of hex escape" | "lone leading surrogate in hex escape" => {
            "a lone surrogate (\\uD800 to \\uDFFF stand in pairs)"
        }
        other => return other.replace("EOF while parsing", "it ends inside"),
    };
    plain.to_owned()
}

/// The byte at which serde_json stopped. Its columns count bytes from 1; column 0 is the end of the line before.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start = match line {
        0 | 1 => 0,
        line => text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .nth(line - 2)
            .map_or(0, |(at, _)| at + 1),
    };
    (start + column.saturating_sub(1)).min(text.len())
}

/// Builds a value and notes what is wrong with it. Pointers grow from the inside on the way out, so that a
/// body without a mistake pays nothing for them.
struct Seed<'a> {
    found: &'a mut Vec<FieldProblem>,
}

impl Seed<'_> {
    fn note(&mut self, code: &str, message: String) {
        if self.found.len() < MAX_NAMED {
            self.found.push(FieldProblem {
                pointer: String::new(),
                code: code.to_owned(),
                message,
            });
        }
    }
}

/// Puts a reference token (RFC 6901 3) in front of the pointers found since.
fn prefix(found: &mut [FieldProblem], since: usize, token: &str) {
    for field in &mut found[since..] {
        let token = token.replace('~', "~0").replace('/', "~1");
        field.pointer.insert_str(0, &format!("/{token}"));
    }
}

/// The beginning of a name, so that a long one doesn't fill the answer.
fn shown(name: &str) -> String {
    name.chars().take(100).collect()
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(mut self, value: f64) -> Result<Value, E> {
        if value.abs() >= WHOLE_FROM {
            self.note(
                "out_of_range",
                "a number beyond 2^53 loses digits on its way; send it as text".to_owned(),
            );
        }
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        loop {
            let since = self.found.len();
            let Some(item) = items.next_element_seed(Seed { found: self.found })? else {
                return Ok(Value::Array(array));
            };
            prefix(self.found, since, &array.len().to_string());
            array.push(item);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let since = self.found.len();
            let value = fields.next_value_seed(Seed { found: self.found })?;
            if object.contains_key(&name) {
                Seed { found: self.found }.note(
                    "contradiction",
                    format!("`{}` is given twice; send it once", shown(&name)),
                );
            }
            prefix(self.found, since, &shown(&name));
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Problem {
        read(text.as_bytes(), "").unwrap_err()
    }

    #[test]
    fn what_is_json_is_read_as_serde_json_reads_it() {
        let text = r#" {"a": [1, -2, 0.5, true, null, "é😀"], "b": {"c": {}}} "#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(read(text.as_bytes(), "").unwrap(), value);
        let with_mark = format!("\u{feff}{text}");
        assert_eq!(read(with_mark.as_bytes(), "").unwrap(), value);
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        for (text, place) in [
            ("{\"a\": 1,}", "line 1, column 9 (byte 8)"),
            ("{\"a\":\n[", "line 2, column 2 (byte 7)"),
            ("{\"a\": 1\n\"b\": 2}", "line 2, column 1 (byte 8)"),
            ("", "line 1, column 1 (byte 0)"),
            ("{} {}", "line 1, column 4 (byte 3)"),
            ("\u{feff}nope", "line 1, column 5 (byte 4)"),
        ] {
            let problem = refused(text);
            assert_eq!(problem.code, Code::MalformedJson, "{text}");
            assert!(
                problem.message.contains(place),
                "{text}: {}",
                problem.message
            );
        }
    }

    #[test]
    fn a_lone_surrogate_and_foreign_bytes_are_malformed() {
        let problem = refused(r#"{"a": "\ud800"}"#);
        assert!(problem.message.contains("surrogate"), "{}", problem.message);
        let problem = read(b"{\"a\": \"\xff\"}", "").unwrap_err();
        assert!(problem.message.contains("byte 7"), "{}", problem.message);
        assert!(problem.message.contains("UTF-8"));
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        for depth in [128, 100_000] {
            let text = "[".repeat(depth) + &"]".repeat(depth);
            let problem = refused(&text);
            assert!(
                problem.message.contains("levels deep"),
                "{}",
                problem.message
            );
        }
        let text = "[".repeat(127) + &"]".repeat(127);
        assert!(read(text.as_bytes(), "").is_ok());
    }

    #[test]
    fn a_name_given_twice_is_refused_wherever_it_stands() {
        let problem = refused(r#"{"a": 1, "b": [{}, {"x/y": 1, "x/y": 2}], "a": 3}"#);
        assert_eq!(problem.code, Code::InvalidFields);
        let pointers: Vec<&str> = problem.fields.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(pointers, ["/b/1/x~1y", "/a"]);
        let problem = read(br#"{"a": 1, "a": 1}"#, "/7").unwrap_err();
        assert_eq!(problem.fields[0].pointer, "/7/a");
    }

    #[test]
    fn a_number_that_would_lose_digits_is_refused() {
        let problem = refused(r#"{"details": {"id": 123456789012345678901234567890}}"#);
        assert_eq!(problem.fields[0].pointer, "/details/id");
        assert_eq!(problem.fields[0].code, "out_of_range");
        assert!(read(b"[0.1, 1e15, -2.5e-300]", "").is_ok());
    }

    #[test]
    fn many_mistakes_are_cut_at_fifty() {
        let text = format!("[{}]", vec![r#"{"a":1,"a":2}"#; 200].join(","));
        assert_eq!(refused(&text).fields.len(), 50);
    }
}
