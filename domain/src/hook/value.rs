//! Reading fields of other systems' JSON: what is missing or of another type is none, text is cut to what fits.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;

/// A text, or a number as text, of at most `most` characters; none when blank.
pub(super) fn text(value: &Value, field: &str, most: usize) -> Option<String> {
    plain(value.get(field)?, most)
}

pub(super) fn plain(value: &Value, most: usize) -> Option<String> {
    let text = match value {
        Value::String(text) => text.replace('\0', ""),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let text: String = text.trim().chars().take(most).collect();
    (!text.is_empty()).then_some(text)
}

/// The same, as a value: null when there is none.
pub(super) fn field(value: &Value, name: &str) -> Value {
    text(value, name, 5_000).map_or(Value::Null, Value::String)
}

/// A decimal number in text, such as `129.00`.
pub(super) fn money(value: &Value, field: &str) -> Option<String> {
    let text = text(value, field, 40)?;
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_decimal = [whole, part]
        .iter()
        .all(|half| !half.is_empty() && half.bytes().all(|b| b.is_ascii_digit()));
    is_decimal.then_some(text)
}

pub(super) fn money_field(value: &Value, name: &str) -> Value {
    money(value, name).map_or(Value::Null, Value::String)
}

/// Three capitals of ISO 4217.
pub(super) fn currency(value: &Value) -> Option<String> {
    let text = text(value, "currency", 3)?.to_ascii_uppercase();
    (text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())).then_some(text)
}

/// A time of RFC 3339, or one without zone, which is UTC.
pub(super) fn time(value: &Value, field: &str) -> Option<DateTime<Utc>> {
    let text = value.get(field)?.as_str()?;
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    Some(naive.and_utc())
}

/// The items of a list, at most `most`.
pub(super) fn list<'v>(
    value: &'v Value,
    field: &str,
    most: usize,
) -> impl Iterator<Item = &'v Value> {
    let items = value.get(field).and_then(Value::as_array);
    items.into_iter().flatten().take(most)
}

/// Names joined by a space, without those that are missing.
pub(super) fn full_name(value: &Value, first: &str, last: &str) -> Option<String> {
    let parts: Vec<String> = [first, last]
        .iter()
        .filter_map(|part| text(value, part, 100))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A list of words that is given as `a, b`: sorted, each once.
pub(super) fn words(value: &Value, field: &str) -> Vec<String> {
    let text = text(value, field, 20_000).unwrap_or_default();
    sorted(text.split(',').map(|word| word.trim().to_owned()))
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
