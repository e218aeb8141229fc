//! Values as a shop spells them, beside values as they were told.
//!
//! A shop says `"96.00"` where it was told `96`, and lists its tags in an order of its own. What says the same counts as
//! the same; what a shop says is kept in the form in which it was told.

use serde_json::{Number, Value};

/// Whether two values say the same: amounts by what they are worth, lists whatever their order, nothing as nothing.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    if one == other || (is_nothing(one) && is_nothing(other)) {
        return true;
    }
    if let (Some(one), Some(other)) = (one.as_array(), other.as_array()) {
        return one.len() == other.len() && one.iter().all(|value| other.contains(value));
    }
    match (amount(one), amount(other)) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// What an amount is worth, in one spelling: `96`, `96.0` and `"96.00"` are the same. None for what is no decimal.
fn amount(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.as_str()),
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

/// What a shop says, in the form of a value that it was told: a number where that was one, a list where its text is one.
pub(super) fn in_form_of(told: &Value, said: Value) -> Value {
    let said = match said
        .as_str()
        .filter(|_| told.is_array() || told.is_object())
    {
        Some(text) => serde_json::from_str(text).unwrap_or(said),
        None => said,
    };
    if is_same(told, &said) {
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
pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The items of `list` that `other` lacks.
pub(super) fn without(list: &[Value], other: &[Value]) -> Vec<Value> {
    let left = list.iter().filter(|item| !other.contains(item));
    left.cloned().collect()
}

/// A list that is changed by what comes and goes, whatever else is in it.
pub(super) struct Edit {
    /// What comes.
    pub add: Vec<Value>,
    /// What goes.
    pub remove: Vec<Value>,
}

impl Edit {
    /// What leads from one list to another; none when one of the two is no list.
    pub(super) fn between(now: &Value, to: &Value) -> Option<Self> {
        let (now, to) = (now.as_array()?, to.as_array()?);
        Some(Self {
            add: without(to, now),
            remove: without(now, to),
        })
    }

    /// What is left to do on a list.
    pub(super) fn left_on(&self, list: &[Value]) -> Self {
        let there = |item: &&Value| list.contains(item);
        Self {
            add: without(&self.add, list),
            remove: self.remove.iter().filter(there).cloned().collect(),
        }
    }

    /// Whether there is nothing to do.
    pub(super) fn is_done(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    /// The list once it is done.
    pub(super) fn done_on(&self, list: &[Value]) -> Vec<Value> {
        let mut done = without(list, &self.remove);
        done.extend(without(&self.add, &done));
        done
    }

    /// The list had it not been done.
    pub(super) fn undone_on(&self, list: &[Value]) -> Vec<Value> {
        let other = Self {
            add: self.remove.clone(),
            remove: self.add.clone(),
        };
        other.done_on(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_are_compared_by_what_they_are_worth() {
        for (one, other) in [
            (json!(96), json!("96.00")),
            (json!("096.5"), json!(96.5)),
            (json!("-0.0"), json!(0)),
            (json!(null), json!("")),
            (json!(["a", "b"]), json!(["b", "a"])),
        ] {
            assert!(is_same(&one, &other), "{one} {other}");
        }
        for (one, other) in [
            (json!(96), json!("96.01")),
            (json!("1e2"), json!(100)),
            (json!("red"), json!("Red")),
            (json!(null), json!(0)),
            (json!(["a"]), json!(["a", "b"])),
        ] {
            assert!(!is_same(&one, &other), "{one} {other}");
        }
    }

    #[test]
    fn what_a_shop_says_is_kept_in_the_form_it_was_told_in() {
        assert_eq!(in_form_of(&json!(96), json!("96.00")), json!(96));
        assert_eq!(in_form_of(&json!(96), json!("77.50")), json!(77.5));
        assert_eq!(in_form_of(&json!("96"), json!("77.50")), json!("77.50"));
        assert_eq!(in_form_of(&json!(96), json!("none")), json!("none"));
    }

    #[test]
    fn an_edit_leaves_what_others_did() {
        let edit = Edit::between(&json!(["a", "sale"]), &json!(["a", "old"])).unwrap();
        let list = [json!("sale"), json!("a"), json!("new")];
        assert_eq!(
            edit.done_on(&list),
            [json!("a"), json!("new"), json!("old")]
        );
        let done = edit.done_on(&list);
        assert!(edit.left_on(&done).is_done());
        assert_eq!(
            edit.undone_on(&done),
            [json!("a"), json!("new"), json!("sale")]
        );
    }
}
