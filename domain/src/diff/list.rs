//! Lists: what went and what came.

use super::{FieldDiff, nested};
use serde_json::Value;
use std::collections::BTreeMap;

/// The fields by which items of a list of objects are known, the first that all have.
const IDENTITIES: [&str; 6] = ["id", "key", "sku", "code", "number", "name"];

pub(super) fn diff(before: &[Value], after: &[Value]) -> FieldDiff {
    by_identity(before, after).unwrap_or_else(|| by_value(before, after))
}

/// Items compared as wholes, each as often as it occurs.
fn by_value(before: &[Value], after: &[Value]) -> FieldDiff {
    let old: Vec<String> = before.iter().map(written).collect();
    let new: Vec<String> = after.iter().map(written).collect();
    let stayed_of_old = stayed(&old, &new);
    let stayed_of_new = stayed(&new, &old);
    let of = |keys: &[String], stayed: &[bool]| -> Vec<String> {
        keys.iter()
            .zip(stayed)
            .filter(|(_, stayed)| **stayed)
            .map(|(key, _)| key.clone())
            .collect()
    };
    let gone = |items: &[Value], stayed: &[bool]| -> Vec<Value> {
        items
            .iter()
            .zip(stayed)
            .filter(|(_, stayed)| !**stayed)
            .map(|(item, _)| item.clone())
            .collect()
    };
    let kept = of(&old, &stayed_of_old);
    FieldDiff::List {
        removed: gone(before, &stayed_of_old),
        added: gone(after, &stayed_of_new),
        is_reordered: kept != of(&new, &stayed_of_new),
        kept: kept.len(),
    }
}

/// For each key, whether the other list has one for it; the first ones of a key are matched first.
fn stayed(keys: &[String], other: &[String]) -> Vec<bool> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for key in other {
        *left.entry(key).or_default() += 1;
    }
    keys.iter()
        .map(|key| match left.get_mut(key.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        })
        .collect()
}

/// One writing for values that are equal, whatever the order of their fields.
fn written(value: &Value) -> String {
    crate::ledger::canonical(value).unwrap_or_else(|_| value.to_string())
}

/// Items that are objects with an id each, compared field by field; none when they aren't, or when only
/// whole items went and came.
fn by_identity(before: &[Value], after: &[Value]) -> Option<FieldDiff> {
    let (old, new) = IDENTITIES
        .iter()
        .find_map(|field| Some((known_by(before, field)?, known_by(after, field)?)))?;
    if !old.keys().any(|id| new.contains_key(id)) {
        return None;
    }
    let mut changed = Vec::new();
    for item in before {
        let Some((id, _)) = old.iter().find(|(_, known)| std::ptr::eq(**known, item)) else {
            continue;
        };
        match (item, new.get(id)) {
            (Value::Object(fields), Some(Value::Object(now))) => {
                nested(fields, now, id, &mut changed);
            }
            _ => changed.push((id.clone(), FieldDiff::Removed(item.clone()))),
        }
    }
    for item in after {
        if let Some((id, _)) = new.iter().find(|(_, known)| std::ptr::eq(**known, item))
            && !old.contains_key(id)
        {
            changed.push((id.clone(), FieldDiff::Added(item.clone())));
        }
    }
    (!changed.is_empty()).then_some(FieldDiff::Nested(changed))
}

/// The items under their ids, when each is an object with one and no two share it.
fn known_by<'v>(items: &'v [Value], field: &str) -> Option<BTreeMap<String, &'v Value>> {
    let mut known = BTreeMap::new();
    for item in items {
        let id = match item.as_object()?.get(field)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        if known.insert(id, item).is_some() {
            return None;
        }
    }
    (!known.is_empty()).then_some(known)
}
