//! What of a thing's changes is told as an activity of its own, so that searches and rules find it by its action.

use super::told::{Told, Verb, action_of};
use crate::{Activity, Change, Reference};
use serde_json::Value;
use std::collections::BTreeMap;

/// The field of a refund's amount is `refunds.{id}.amount`.
pub(super) const REFUNDS: &str = "refunds.";
const AMOUNT: &str = ".amount";
const STOCK: [&str; 2] = ["stock_quantity", "stock_status"];

/// What is told apart of a thing of which a shop tells all in one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// Nothing.
    Nothing,
    /// Each new refund of an order, as `order.refunded`.
    Refunds,
    /// The stock of a product that was seen before, as `stock.adjusted`.
    Stock,
}

/// Changes that are told apart.
struct Part {
    action: &'static str,
    refund: Option<String>,
    changes: Vec<Change>,
}

impl Told {
    /// An activity that came of this, with what of it is told apart behind it; without itself where nothing else is left
    /// of it. What belongs to a thing's making or coming back stays with it. `seen` are the fields as last seen.
    pub fn parted(&self, mut activity: Activity, seen: &BTreeMap<String, Value>) -> Vec<Activity> {
        let is_made = matches!(self.verb, Verb::Created(own) | Verb::Restored(own)
            if own == activity.action.name);
        let parts = match self.apart {
            _ if is_made => Vec::new(),
            Apart::Nothing => Vec::new(),
            Apart::Refunds => refunds(&mut activity.changes, seen),
            Apart::Stock => stock(&mut activity.changes, seen),
        };
        let apart: Vec<Activity> = parts
            .into_iter()
            .map(|part| {
                let mut own = activity.clone();
                own.action = action_of(part.action);
                own.changes = part.changes;
                own.related.extend(part.refund.map(|id| Reference {
                    kind: "refund".to_owned(),
                    id,
                    name: None,
                }));
                own
            })
            .collect();
        let is_left = apart.is_empty() || !activity.changes.is_empty();
        is_left
            .then_some(activity)
            .into_iter()
            .chain(apart)
            .collect()
    }
}

/// Each refund whose amount was not known.
fn refunds(changes: &mut Vec<Change>, seen: &BTreeMap<String, Value>) -> Vec<Part> {
    let new: Vec<String> = changes
        .iter()
        .filter(|change| change.before.is_null() && !change.after.is_null())
        .filter_map(|change| change.field.strip_prefix(REFUNDS)?.strip_suffix(AMOUNT))
        .filter(|id| !was_listed(seen, id))
        .map(str::to_owned)
        .collect();
    new.into_iter()
        .map(|id| {
            let start = format!("{REFUNDS}{id}.");
            Part {
                action: "order.refunded",
                refund: Some(id),
                changes: taken(changes, |field| field.starts_with(&start)),
            }
        })
        .collect()
}

/// Whether a refund was kept in the list that orders had as one field before each refund had fields of its own.
fn was_listed(seen: &BTreeMap<String, Value>, id: &str) -> bool {
    let listed = seen.get("refunds").and_then(Value::as_array);
    listed.is_some_and(|refunds| refunds.iter().any(|refund| refund["id"] == id))
}

/// How many there are, and with that whether there are any.
fn stock(changes: &mut Vec<Change>, seen: &BTreeMap<String, Value>) -> Vec<Part> {
    let is_counted = changes.iter().any(|change| change.field == STOCK[0]);
    if seen.is_empty() || !is_counted {
        return Vec::new();
    }
    vec![Part {
        action: "stock.adjusted",
        refund: None,
        changes: taken(changes, |field| STOCK.contains(&field)),
    }]
}

/// The changes of some fields, taken out.
fn taken(changes: &mut Vec<Change>, is_apart: impl Fn(&str) -> bool) -> Vec<Change> {
    let (apart, rest) = std::mem::take(changes)
        .into_iter()
        .partition(|change| is_apart(&change.field));
    *changes = rest;
    apart
}
