//! Values as a shop spells them, beside values as they were told.
//!
//! A shop says `"96.00"` where it was told `96`, and lists its tags in an order of its own. What says the same counts as
//! the same; what a shop says is kept in the form in which it was told.

use serde_json::{Number, Value};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Fields whose texts are words even where they look like amounts: the SKU `0012` is not `12`.
const TEXTS: [&str; 25] = [
    "title",
    "name",
    "sku",
    "barcode",
    "handle",
    "slug",
    "vendor",
    "product_type",
    "type",
    "description",
    "description_html",
    "body_html",
    "short_description",
    "status",
    "visibility",
    "code",
    "note",
    "phone",
    "email",
    "username",
    "role",
    "state",
    "zip",
    "postcode",
    "payment_method",
];

/// Whether two values of a field say the same: amounts by what they are worth, lists whatever their order, nothing as
/// nothing. Tags are a list in whichever form they are told.
pub fn is_same(field: &str, one: &Value, other: &Value) -> bool {
    if one == other || (is_nothing(one) && is_nothing(other)) {
        return true;
    }
    if let (Some(one), Some(other)) = (list_of(field, one), list_of(field, other)) {
        let mut more: HashMap<&Value, i64> = HashMap::new();
        for item in one.iter() {
            *more.entry(item).or_default() += 1;
        }
        for item in other.iter() {
            *more.entry(item).or_default() -= 1;
        }
        return more.values().all(|more| *more == 0);
    }
    let spelled: fn(&Value) -> Option<String> = if is_text(field) { text } else { amount };
    match (spelled(one), spelled(other)) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn is_text(field: &str) -> bool {
    let name = field.rsplit(['.', ':']).next().unwrap_or(field);
    TEXTS.contains(&name)
}

/// The items of a list; of tags also where they are told as `a, b`, or as nothing.
fn list_of<'v>(field: &str, value: &'v Value) -> Option<Cow<'v, [Value]>> {
    match value {
        Value::Array(items) => Some(Cow::Borrowed(items.as_slice())),
        Value::String(text) if field == "tags" => {
            let tags = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
            Some(Cow::Owned(tags.map(Value::from).collect()))
        }
        Value::Null if field == "tags" => Some(Cow::Owned(Vec::new())),
        _ => None,
    }
}

/// A text, or a number as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// What an amount is worth, in one spelling: `96`, `96.0` and `"96.00"` are the same. None for what is no decimal.
fn amount(value: &Value) -> Option<String> {
    worth(&text(value)?)
}

/// As [`amount`], of a text.
fn worth(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_decimal = !whole.is_empty()
        && [whole, part]
            .iter()
            .all(|p| p.bytes().all(|b| b.is_ascii_digit()));
    if !is_decimal {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let part = part.trim_end_matches('0');
    let is_zero = whole.is_empty() && part.is_empty();
    Some(format!("{}{whole}.{part}", if is_zero { "" } else { sign }))
}

/// How two amounts in text compare, exactly and whatever their length or spelling; none where one is no decimal.
pub fn compare_amounts(one: &str, other: &str) -> Option<Ordering> {
    // Without zeros in front, of two whole parts the longer one is the larger.
    fn size(worth: &str) -> (usize, &str, &str) {
        let digits = worth.trim_start_matches('-');
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        (whole.len(), whole, part)
    }
    let (one, other) = (worth(one)?, worth(other)?);
    Some(match (one.starts_with('-'), other.starts_with('-')) {
        (false, false) => size(&one).cmp(&size(&other)),
        (true, true) => size(&other).cmp(&size(&one)),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

/// What a shop says of a field, in the form of a value that it was told: a number where that was one, a list where its
/// text is one.
pub fn in_form_of(field: &str, told: &Value, said: Value) -> Value {
    let said = match said
        .as_str()
        .filter(|_| told.is_array() || told.is_object())
    {
        Some(text) => serde_json::from_str(text).unwrap_or(said),
        None => said,
    };
    if is_same(field, told, &said) {
        return told.clone();
    }
    let number = told
        .is_number()
        .then(|| amount(&said))
        .flatten()
        .and_then(|_| serde_json::from_str::<Number>(said.as_str()?).ok());
    number.map_or(said, Value::Number)
}

/// A value as text, for interfaces whose amounts and texts are strings.
pub fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
