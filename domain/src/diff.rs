//! Before and after, so that a person sees what changed.
//!
//! What belongs here: comparing two JSON values for display and putting one into a line. What doesn't:
//! how numbers, money and times are written (the caller knows language and zone), and planning a revert.
//!
//! The work is bounded: a text is compared word by word up to [`MAX_WORDS`] differing words a side, and
//! whole beyond.

mod brief;
mod list;
mod text;

pub use brief::{Brief, brief, summary_of};
pub use text::{MAX_WORDS, Segment, SegmentKind};

use serde_json::{Map, Value};

/// How a value changed.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldDiff {
    /// Numbers, booleans, short texts, and values of different kinds: one, then the other.
    Scalar {
        /// The value before.
        before: Value,
        /// The value after.
        after: Value,
    },
    /// A longer text: what stayed, went and came, in reading order.
    Text(Vec<Segment>),
    /// A list: what went and came, wherever it stood.
    List {
        /// Items that are gone, in their order before.
        removed: Vec<Value>,
        /// Items that are new, in their order after.
        added: Vec<Value>,
        /// How many stayed.
        kept: usize,
        /// Whether those that stayed stand in another order.
        is_reordered: bool,
    },
    /// An object, or a list of objects that are known by id: the paths that changed, dotted, and how.
    /// Empty when nothing changed. Never holds another `Nested`.
    Nested(Vec<(String, FieldDiff)>),
    /// There was nothing before.
    Added(Value),
    /// There is nothing after.
    Removed(Value),
}

/// Compares two values.
pub fn diff(before: &Value, after: &Value) -> FieldDiff {
    match (before, after) {
        (Value::Null, Value::Null) => scalar(before, after),
        (Value::Null, _) => FieldDiff::Added(after.clone()),
        (_, Value::Null) => FieldDiff::Removed(before.clone()),
        (Value::String(old), Value::String(new)) => {
            text::diff(old, new).map_or_else(|| scalar(before, after), FieldDiff::Text)
        }
        (Value::Object(old), Value::Object(new)) => {
            let mut changed = Vec::new();
            nested(old, new, "", &mut changed);
            FieldDiff::Nested(changed)
        }
        (Value::Array(old), Value::Array(new)) => list::diff(old, new),
        _ => scalar(before, after),
    }
}

fn scalar(before: &Value, after: &Value) -> FieldDiff {
    FieldDiff::Scalar {
        before: before.clone(),
        after: after.clone(),
    }
}

/// The fields that differ: those of before in their order, then new ones in theirs.
fn nested(
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    path: &str,
    changed: &mut Vec<(String, FieldDiff)>,
) {
    for (name, before) in old {
        match new.get(name) {
            Some(after) if before == after => {}
            Some(after) => push(joined(path, name), diff(before, after), changed),
            None => changed.push((joined(path, name), FieldDiff::Removed(before.clone()))),
        }
    }
    for (name, after) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        changed.push((joined(path, name), FieldDiff::Added(after.clone())));
    }
}

/// Adds a difference, a nested one as its parts.
fn push(path: String, difference: FieldDiff, changed: &mut Vec<(String, FieldDiff)>) {
    match difference {
        FieldDiff::Nested(parts) => {
            for (inner, part) in parts {
                changed.push((joined(&path, &inner), part));
            }
        }
        other => changed.push((path, other)),
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
