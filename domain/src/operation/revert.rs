//! Taking an operation back: what becomes of each item, decided purely.
//!
//! A field that nobody touched since goes back to what it was. A list (tags) is merged three ways: only what the
//! operation added is taken away, only what it removed is put back, and what others did to the list since stays. Any
//! other field that was changed since is a conflict, which a person keeps or overwrites. Where what was heard of a field
//! since is not kept any more, it is written only if it still holds what the operation wrote, and that is said.

use super::{OperationId, PlannedKind};
use crate::same::is_same;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// What is said of an item that was not written, since the shop holds neither what was last heard of it nor what it was to
/// hold.
pub const UNSEEN: &str = "the shop has another value than Storetrail last saw";

/// What is known of a field now.
#[derive(Debug, Clone, PartialEq)]
pub enum Now {
    /// It holds this.
    Holds(Value),
    /// The thing is gone.
    Gone,
    /// Nothing was heard of it since the operation: it holds what the operation wrote.
    Untouched,
    /// What was heard of it since is not kept any more: nobody knows whether it holds what the operation wrote.
    Forgotten,
}

/// What a revert does to an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "plan", rename_all = "snake_case")]
pub enum Planned {
    /// The field is written.
    Restore {
        /// What it holds now.
        now: Value,
        /// What it will hold.
        to: Value,
    },
    /// It was changed since; a person says whether it is kept or overwritten.
    Conflict {
        /// What it holds now.
        now: Value,
        /// What it would hold if it is overwritten.
        to: Value,
    },
    /// The field is written if it still holds `now`; whether it does is not known.
    Forgotten {
        /// What the operation wrote.
        now: Value,
        /// What it will hold.
        to: Value,
    },
    /// It holds already what it would be given.
    Already,
    /// The thing no longer exists.
    Missing,
    /// It can't be restored, because.
    Impossible {
        /// Why.
        why: Why,
    },
}

impl Planned {
    /// Among which items of a dry run it is listed; none for what is simply restored, or is as it was.
    pub const fn kind(&self) -> Option<PlannedKind> {
        match self {
            Self::Restore { .. } | Self::Already => None,
            Self::Conflict { .. } => Some(PlannedKind::ChangedSince),
            Self::Forgotten { .. } => Some(PlannedKind::Forgotten),
            Self::Missing => Some(PlannedKind::Missing),
            Self::Impossible { .. } => Some(PlannedKind::Impossible),
        }
    }

    /// What the field would hold if it is written; none for what is not.
    pub const fn written(&self) -> Option<&Value> {
        match self {
            Self::Restore { to, .. } | Self::Conflict { to, .. } | Self::Forgotten { to, .. } => {
                Some(to)
            }
            Self::Already | Self::Missing | Self::Impossible { .. } => None,
        }
    }

    /// Why it is not restored, or not for sure, in words; none for what is, and for what a person decides.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Restore { .. } | Self::Conflict { .. } | Self::Already => None,
            Self::Forgotten { .. } => Some(
                "what was heard of it since is not kept any more: it is restored only if it still holds what the operation wrote",
            ),
            Self::Missing => Some("it no longer exists"),
            Self::Impossible { why: Why::NoBefore } => Some("nobody said what it was before"),
            Self::Impossible {
                why: Why::NotWritable(words),
            } => Some(words),
        }
    }
}

/// Why an item can't be restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Nobody said what it was before.
    NoBefore,
    /// The target can't write it: why, in words.
    NotWritable(String),
}

/// Plans one changed item: its field, what that was, what the operation made of it, what it is now. What says the same is
/// the same, however it is spelled; beside a list nothing is an empty one.
pub fn plan(field: &str, before: Option<&Value>, after: Option<&Value>, now: &Now) -> Planned {
    let (Some(before), Some(after)) = (before, after) else {
        return Planned::Impossible { why: Why::NoBefore };
    };
    let now = match now {
        Now::Gone => return Planned::Missing,
        Now::Forgotten => {
            return match plan(field, Some(before), Some(after), &Now::Untouched) {
                Planned::Restore { now, to } => Planned::Forgotten { now, to },
                other => other,
            };
        }
        Now::Untouched => after,
        Now::Holds(value) => value,
    };
    let has_list = [before, after, now].iter().any(|value| value.is_array());
    if has_list && let (Some(was), Some(made), Some(is)) = (items(before), items(after), items(now))
    {
        let to = merge(was, made, is);
        return if to == is {
            Planned::Already
        } else {
            Planned::Restore {
                now: now.clone(),
                to: if to.is_empty() && before.is_null() {
                    Value::Null
                } else {
                    Value::Array(to)
                },
            }
        };
    }
    if is_same(field, now, before) {
        Planned::Already
    } else if is_same(field, now, after) {
        Planned::Restore {
            now: now.clone(),
            to: before.clone(),
        }
    } else {
        Planned::Conflict {
            now: now.clone(),
            to: before.clone(),
        }
    }
}

/// The items of a list; none of nothing.
fn items(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Null => Some(&[]),
        Value::Array(items) => Some(items),
        _ => None,
    }
}

/// The list as it is now, without what the operation added and with what it removed, which goes to its old place as far
/// as its old neighbours are still there.
fn merge(before: &[Value], after: &[Value], now: &[Value]) -> Vec<Value> {
    let mut merged: Vec<Value> = now
        .iter()
        .filter(|item| before.contains(item) || !after.contains(item))
        .cloned()
        .collect();
    for (at, item) in before.iter().enumerate() {
        if after.contains(item) || merged.contains(item) {
            continue;
        }
        let place = before[..at]
            .iter()
            .rev()
            .find_map(|left| merged.iter().position(|m| m == left))
            .map_or(0, |left| left + 1);
        merged.insert(place, item.clone());
    }
    merged
}

/// Which items of an operation are taken back, by their places.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All of them.
    #[default]
    Whole,
    /// These.
    These(BTreeSet<u64>),
    /// All but these.
    AllBut(BTreeSet<u64>),
    /// Those that this revert of it could not write.
    FailedOf(OperationId),
}

/// What is done about conflicts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Choice {
    /// Whether conflicts are overwritten, unless named below.
    pub overwrite: bool,
    /// The places of the items for which it is the other way round: at most 10,000.
    pub except: Vec<u64>,
}

impl Choice {
    /// Whether the conflict of an item is overwritten.
    pub fn overwrites(&self, place: u64) -> bool {
        self.overwrite != self.except.contains(&place)
    }
}

/// How a dry run counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Will be restored.
    pub restored: u64,
    /// Of these, of how many it is not known whether they were changed since.
    pub forgotten: u64,
    /// Were changed since.
    pub changed_since: u64,
    /// Of these, how many are overwritten as chosen.
    pub overwritten: u64,
    /// Hold already what they would be given.
    pub already: u64,
    /// No longer exist.
    pub missing: u64,
    /// Can't be restored.
    pub impossible: u64,
}

impl Tally {
    /// Counts an item.
    pub fn count(&mut self, planned: &Planned, is_overwritten: bool) {
        match planned {
            Planned::Restore { .. } => self.restored += 1,
            Planned::Forgotten { .. } => {
                self.restored += 1;
                self.forgotten += 1;
            }
            Planned::Conflict { .. } => {
                self.changed_since += 1;
                self.overwritten += u64::from(is_overwritten);
            }
            Planned::Already => self.already += 1,
            Planned::Missing => self.missing += 1,
            Planned::Impossible { .. } => self.impossible += 1,
        }
    }

    /// How many fields will be written.
    pub const fn writes(&self) -> u64 {
        self.restored + self.overwritten
    }
}
