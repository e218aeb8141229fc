//! Lists: what went and what came.

use super::{FieldDiff, nested};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

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

/// Items that are objects with an id each, compared field by field; none when they aren't, when they share
/// none, or when nothing but their order differs.
fn by_identity(before: &[Value], after: &[Value]) -> Option<FieldDiff> {
    let (old, new) = IDENTITIES
        .iter()
        .find_map(|field| Some((identified(before, field)?, identified(after, field)?)))?;
    let old_ids: BTreeSet<&str> = old.iter().map(|(id, _)| id.as_str()).collect();
    let of_new: BTreeMap<&str, &Map<String, Value>> =
        new.iter().map(|(id, item)| (id.as_str(), *item)).collect();
    if !old_ids.iter().any(|id| of_new.contains_key(id)) {
        return None;
    }
    let whole = |item: &Map<String, Value>| Value::Object(item.clone());
    let mut changed = Vec::new();
    for (id, item) in &old {
        match of_new.get(id.as_str()) {
            Some(now) => nested(item, now, id, &mut changed),
            None => changed.push((id.clone(), FieldDiff::Removed(whole(item)))),
        }
    }
    for (id, item) in new.iter().filter(|(id, _)| !old_ids.contains(id.as_str())) {
        changed.push((id.clone(), FieldDiff::Added(whole(item))));
    }
    (!changed.is_empty()).then_some(FieldDiff::Nested(changed))
}

/// The items with their ids, when each is an object with one and no two share it.
fn identified<'v>(
    items: &'v [Value],
    field: &str,
) -> Option<Vec<(String, &'v Map<String, Value>)>> {
    let mut ids = BTreeSet::new();
    items
        .iter()
        .map(|item| {
            let fields = item.as_object()?;
            let id = match fields.get(field)? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            ids.insert(id.clone()).then_some((id, fields))
        })
        .collect()
}
