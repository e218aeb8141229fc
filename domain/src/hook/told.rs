//! What a delivery tells, and what of it is new against what was last seen.

use super::parted::Apart;
use super::value::{Part, as_read};
use crate::same::is_same;
use crate::{
    Action, Activity, Actor, ActorType, Category, CategorySet, Change, CustomerUpsert, OrderItem,
    OrderUpsert, Origin, Outcome, Problem, Reference,
};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many changes an activity has at most.
const MAX_CHANGES: usize = 500;

/// What a delivery comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// It tells of a thing.
    Told(Box<Told>),
    /// It carries an activity as it is.
    Activity(Box<Activity>),
    /// Its topic means nothing here.
    NotUnderstood,
}

/// The thing that a delivery names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// It, by the id that is told.
    pub thing: Reference,
    /// Whether that is the shop's own id, and it may be known by another.
    pub is_foreign: bool,
}

/// Under which action it is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// The thing was made.
    Created(&'static str),
    /// The thing changed: recorded if something did.
    Updated(&'static str),
    /// As an update of an order, whose action follows from its status.
    OrderUpdated,
    /// The thing that was gone is there again; of what was never gone an update.
    Restored(&'static str),
    /// The thing is gone.
    Deleted(&'static str),
    /// Something happened that is no state: always recorded.
    Happened(&'static str),
}

/// What is known of an order besides its fields; who it is assigned to is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderTold {
    /// Its number as people call it.
    pub number: String,
    /// What is known, without who it is assigned to.
    pub order: OrderUpsert,
}

/// What is known of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerTold {
    /// The store's id for them.
    pub id: String,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Their number, as the shop has it.
    pub phone: Option<String>,
    /// The country of their address, as ISO 3166-1 writes it in two letters: where a number in local form is at home.
    pub country: Option<String>,
    /// Their groups; none where the shop doesn't tell: those known are kept.
    pub groups: Option<Vec<String>>,
    /// Told beside something else: kept only if nothing is known of them yet.
    pub is_aside: bool,
}

/// What a delivery tells of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What happened.
    pub verb: Verb,
    /// What kind of thing.
    pub kind: &'static str,
    /// The shop's own id, by which later deliveries name it.
    pub foreign_id: String,
    /// The id by which Storetrail knows it; none when only the shop's own id is told: then it is looked up.
    pub id: Option<String>,
    /// As people call it.
    pub name: Option<String>,
    /// Its fields as they are now.
    pub fields: BTreeMap<String, Value>,
    /// Beginnings of names of fields that are told completely: one that was seen and is not told is gone.
    pub complete: &'static [&'static str],
    /// What of its changes is told as activities of their own ([`Told::parted`]).
    pub apart: Apart,
    /// When the thing was last changed, by the shop's clock.
    pub updated_at: Option<DateTime<Utc>>,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Who did it.
    pub actor: Actor,
    /// What else it concerns.
    pub related: Vec<Reference>,
    /// The order to be kept.
    pub order: Option<OrderTold>,
    /// The customer to be kept.
    pub customer: Option<CustomerTold>,
}

/// When a thing was last changed by the shop's clock, and when what is told happened.
type Times = (Option<DateTime<Utc>>, DateTime<Utc>);

/// What comes of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Applied {
    /// It is recorded.
    Recorded(Box<Activity>),
    /// Nothing in it is new.
    Unchanged,
    /// Something newer was seen before.
    Late,
}

impl Named {
    /// A thing by the id by which it is known.
    pub(super) fn known(kind: &str, id: String, name: Option<String>) -> Self {
        let kind = kind.to_owned();
        Self {
            thing: Reference { kind, id, name },
            is_foreign: false,
        }
    }

    /// A thing of which only the shop's own id is told.
    pub(super) fn foreign(kind: &str, id: String) -> Self {
        Self {
            is_foreign: true,
            ..Self::known(kind, id, None)
        }
    }
}

impl Told {
    /// A thing with its times, of which nothing else is told yet.
    pub(super) fn bare(
        verb: Verb,
        kind: &'static str,
        foreign_id: String,
        (updated_at, occurred_at): Times,
        sender: &Actor,
    ) -> Self {
        Self {
            verb,
            kind,
            // Orders may be numbered otherwise, coupons are known by their code.
            id: (!matches!(kind, "order" | "coupon")).then(|| foreign_id.clone()),
            foreign_id,
            name: None,
            fields: BTreeMap::new(),
            complete: &[],
            apart: Apart::Nothing,
            updated_at,
            occurred_at,
            actor: sender.clone(),
            related: Vec::new(),
            order: None,
            customer: None,
        }
    }

    /// What is new: `seen` are the fields as last seen, `was_made` whether its making or end was seen (true: it is
    /// there, false: it is gone), `seen_at` how new what was seen is by the shop's clock.
    ///
    /// # Errors
    /// `invalid_fields` for a time that can't be.
    pub fn against(
        &self,
        id: &str,
        seen: &BTreeMap<String, Value>,
        was_made: Option<bool>,
        seen_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Applied, Problem> {
        if self.occurred_at.timestamp() < 0 || self.occurred_at > now + Duration::days(1) {
            let message =
                "the time lies before 1970 or more than a day ahead; check the shop's clock";
            return Err(Problem::field("/updated_at", "out_of_range", message));
        }
        let is_late = matches!((self.updated_at, seen_at), (Some(own), Some(seen)) if own < seen);
        let changes = if is_late {
            Vec::new()
        } else {
            self.changes(seen)
        };
        let action = match self.verb {
            // Its making is told once, in whatever order deliveries come.
            Verb::Created(action) if was_made.is_none() => action,
            Verb::Deleted(action) if was_made != Some(false) => action,
            Verb::Happened(action) => action,
            _ if is_late => return Ok(Applied::Late),
            Verb::Restored(action) if was_made == Some(false) => action,
            _ if changes.is_empty() => return Ok(Applied::Unchanged),
            Verb::OrderUpdated => order_action(&changes),
            Verb::Updated(action) => action,
            Verb::Restored("order.restored") => order_action(&changes),
            Verb::Created(action) | Verb::Restored(action) => updated(action),
            Verb::Deleted(_) => return Ok(Applied::Unchanged),
        };
        let is_first = seen.is_empty() && was_made.is_none();
        let is_update = matches!(
            self.verb,
            Verb::Updated(_) | Verb::OrderUpdated | Verb::Restored(_)
        );
        Ok(Applied::Recorded(Box::new(Activity {
            action: action_of(action),
            outcome: Outcome::Success,
            occurred_at: self.occurred_at,
            actor: self.actor.clone(),
            subject: Some(Reference {
                kind: self.kind.to_owned(),
                id: id.to_owned(),
                name: self.name.clone(),
            }),
            description: None,
            changes,
            origin: Origin::default(),
            related: self.related.clone(),
            operation_id: None,
            rule: None,
            error: None,
            // What it held before is not known: "before" says nothing.
            details: (is_first && is_update).then(|| json!({"first_seen": true})),
        })))
    }

    fn changes(&self, seen: &BTreeMap<String, Value>) -> Vec<Change> {
        let is_gone = |field: &String| {
            !self.fields.contains_key(field)
                && self.complete.iter().any(|start| field.starts_with(start))
        };
        let told = self.fields.iter().filter_map(|(field, after)| {
            let Some(before) = seen.get(field) else {
                return (!after.is_null()).then(|| change(field, &Value::Null, after));
            };
            // A text that was told whole elsewhere is compared as far as it is read here.
            let is_known = is_same(field, before, after) || is_same(field, &as_read(before), after);
            (!is_known).then(|| change(field, before, after))
        });
        let gone = seen
            .iter()
            .filter(|(field, before)| is_gone(field) && !before.is_null())
            .map(|(field, before)| change(field, before, &Value::Null));
        told.chain(gone).take(MAX_CHANGES).collect()
    }
}

fn change(field: &str, before: &Value, after: &Value) -> Change {
    Change {
        field: field.to_owned(),
        before: before.clone(),
        after: after.clone(),
    }
}

/// The action of an order's change, by what its status became.
fn order_action(changes: &[Change]) -> &'static str {
    let status = changes.iter().find(|change| change.field == "status");
    match status.and_then(|change| change.after.as_str()) {
        Some("cancelled") => "order.cancelled",
        Some("completed" | "fulfilled") => "order.completed",
        Some(_) => "order.status_changed",
        None => "order.updated",
    }
}

/// What a thing's making or coming back is called when it is told of a thing that was known.
fn updated(action: &'static str) -> &'static str {
    match action {
        "order.created" => "order.updated",
        "customer.created" => "customer.updated",
        "coupon.created" | "coupon.restored" => "coupon.updated",
        _ => "product.updated",
    }
}

/// An action with the categories that ship for it, or those of its noun.
pub(super) fn action_of(name: &str) -> Action {
    // What comes back is of the same categories as what changes.
    let shipped = Action::shipped(name).or_else(|| {
        let noun = name.strip_suffix(".restored")?;
        Action::shipped(&format!("{noun}.updated"))
    });
    let categories = shipped.map_or_else(
        || match name.split_once('.') {
            Some(("order", _)) => CategorySet::of(&[Category::Orders]),
            Some(("product", _)) => CategorySet::of(&[Category::Products]),
            Some(("customer", _)) => CategorySet::of(&[Category::Customers]),
            _ => CategorySet::of(&[Category::System]),
        },
        |shipped| shipped.categories,
    );
    Action {
        name: name.to_owned(),
        categories,
    }
}

impl CustomerTold {
    /// Them as who did something.
    pub(super) fn actor(&self) -> Actor {
        Actor {
            kind: ActorType::Customer,
            id: Some(self.id.clone()),
            name: self.name.clone(),
            email: self.email.clone(),
            role: None,
        }
    }

    /// Them as whom something concerns.
    pub(super) fn reference(&self) -> Reference {
        Reference {
            kind: "customer".to_owned(),
            id: self.id.clone(),
            name: self.name.clone(),
        }
    }

    /// What is to be kept, with the groups known so far where none are told.
    pub fn upsert(&self, known_groups: Vec<String>) -> CustomerUpsert {
        CustomerUpsert {
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
            groups: self.groups.clone().unwrap_or(known_groups),
        }
    }
}

/// When a thing's state is as told, and when it happened, by the fields of when it was changed and made.
pub(super) fn times(
    body: &Part<'_>,
    [changed, made]: [&str; 2],
    verb: Verb,
    now: DateTime<Utc>,
) -> Times {
    let updated_at = body.time(changed);
    let created_at = body.time(made);
    let occurred_at = match verb {
        Verb::Created(_) => created_at.or(updated_at),
        _ => updated_at,
    };
    (updated_at, occurred_at.unwrap_or(now))
}

/// A line of an order, if it can be one.
pub(super) fn order_item(
    name: Option<String>,
    variant: Option<String>,
    quantity: Option<u64>,
    total: Option<String>,
) -> Option<OrderItem> {
    let quantity = u32::try_from(quantity?).ok()?;
    (1..=1_000_000).contains(&quantity).then_some(OrderItem {
        name: name?,
        variant,
        quantity,
        total,
    })
}

/// The problem of a body without the field that names its thing.
pub(super) fn missing(field: &str, what: &str) -> Problem {
    let message = format!("the body names no {what}: it is missing here, or blank");
    Problem::field(&format!("/{field}"), "required", message)
}
