//! An entry as lists show it.

use super::Time;
use domain::view;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ActivityList {
    /// The entries, in the direction asked for.
    pub items: Vec<ActivityItem>,
    /// Send it as `after` for the next page; null at the end. It stays valid.
    #[schema(required, examples("n40000t9bpwh3m0"))]
    pub next: Option<String>,
    /// Set when a text search that no index serves stopped at this time: there may be more, and `next` goes on from there.
    #[schema(required)]
    pub searched_to: Option<Time>,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ActivityItem {
    /// Its id, a UUIDv7 given when it was recorded.
    pub id: Uuid,
    /// Its number in the ledger; left out for roles that may not count what is hidden from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false, examples(48211))]
    pub seq: Option<i64>,
    /// When it happened.
    pub occurred_at: Time,
    /// What was done.
    pub action: Action,
    /// The groups that the action belongs to.
    pub categories: Vec<Category>,
    /// How it ended, as known now.
    pub outcome: Outcome,
    /// Who did it.
    pub actor: Actor,
    /// What it was done to.
    #[schema(required)]
    pub subject: Option<Reference>,
    /// In words.
    #[schema(required, examples("Price changed"))]
    pub description: Option<String>,
    /// Why it failed.
    #[schema(required)]
    pub error: Option<String>,
    /// The first of its changes.
    #[schema(required)]
    pub first_change: Option<Change>,
    /// How many changes it has.
    #[schema(examples(1))]
    pub change_count: u32,
    /// The address it came from.
    #[schema(required, examples("203.0.113.7"))]
    pub ip: Option<String>,
    /// The bulk operation it is part of.
    #[schema(required)]
    pub operation_id: Option<String>,
}

/// Dotted words, noun first, verb in the past tense: `product.updated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, min_length = 3, max_length = 100, pattern = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$", examples("product.updated"))]
pub struct Action(pub String);

/// A group that an action belongs to. Shipped actions fix theirs; an unknown action that names none is in `other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// What the store sells.
    Products,
    /// Codes that lower a price.
    Coupons,
    /// Sales orders.
    Orders,
    /// People who buy, and their groups.
    Customers,
    /// Stock.
    Inventory,
    /// Labels on products, customers and orders.
    Tags,
    /// What was sent and received.
    Messages,
    /// Offers that need no code.
    SpecialOffers,
    /// Expenses and cost of goods.
    Finance,
    /// Many changes under one name.
    BulkOperations,
    /// Fields that the store defines itself.
    Metafields,
    /// Putting data in order.
    DataCleaning,
    /// People outside the customer list.
    Contacts,
    /// People who work in the store.
    Users,
    /// How the store is set up.
    Settings,
    /// Files taken out of the store.
    Exports,
    /// Webhooks, jobs and rules.
    System,
    /// Actions that nobody has placed.
    Other,
}

/// How something ended, or that it has not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was asked for; whether it was done is not known yet.
    Pending,
    /// It was not done.
    Failed,
}

/// In which direction time runs down a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
}

/// What kind of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ActorType)]
pub enum Kind {
    /// A person who works in the store.
    User,
    /// A person who buys.
    Customer,
    /// A program with a key.
    ApiKey,
    /// An automation.
    Rule,
    /// The store or Storetrail itself.
    System,
}

/// Who did it, as they were named at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Actor {
    /// What kind of actor.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The store's own id for them.
    #[schema(required, examples("u_17"))]
    pub id: Option<String>,
    /// As people call them.
    #[schema(required, examples("Sara Nasser"))]
    pub name: Option<String>,
    /// Their address.
    #[schema(required, examples("sara@store.example"))]
    pub email: Option<String>,
    /// Their role in the store, in the store's own words.
    #[schema(required, examples("manager"))]
    pub role: Option<String>,
}

/// A thing by type and id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reference {
    /// What kind of thing.
    #[serde(rename = "type")]
    #[schema(examples("product"))]
    pub kind: String,
    /// The store's own id.
    #[schema(examples("p_981"))]
    pub id: String,
    /// As people call it.
    #[schema(required, examples("Linen shirt"))]
    pub name: Option<String>,
}

/// One field with its value before and after.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"field": "price", "before": 120, "after": 95}))]
pub struct Change {
    /// The field's name in the store.
    pub field: String,
    /// The value before, any JSON; null when there was none.
    pub before: Value,
    /// The value after, any JSON; null when there is none.
    pub after: Value,
}

impl From<view::ActivityPage> for ActivityList {
    fn from(page: view::ActivityPage) -> Self {
        Self {
            items: page.rows.into_iter().map(Into::into).collect(),
            next: page.next,
            searched_to: page.searched_to.map(Time),
        }
    }
}

impl From<view::ActivityRow> for ActivityItem {
    fn from(row: view::ActivityRow) -> Self {
        Self {
            id: row.id.0,
            seq: row.seq.map(|seq| seq.0),
            occurred_at: Time(row.occurred_at),
            action: Action(row.action),
            categories: row.categories.iter().map(Into::into).collect(),
            outcome: row.outcome.into(),
            actor: row.actor.into(),
            subject: row.subject.map(Into::into),
            description: row.description,
            error: row.error,
            first_change: row.first_change.map(Into::into),
            change_count: row.change_count,
            ip: row.ip,
            operation_id: row.operation_id,
        }
    }
}

impl From<domain::Actor> for Actor {
    fn from(actor: domain::Actor) -> Self {
        Self {
            kind: actor.kind.into(),
            id: actor.id,
            name: actor.name,
            email: actor.email,
            role: actor.role,
        }
    }
}

impl From<domain::Reference> for Reference {
    fn from(reference: domain::Reference) -> Self {
        Self {
            kind: reference.kind,
            id: reference.id,
            name: reference.name,
        }
    }
}

impl From<domain::Change> for Change {
    fn from(change: domain::Change) -> Self {
        Self {
            field: change.field,
            before: change.before,
            after: change.after,
        }
    }
}

/// Maps an enum of the domain name by name, so that a new one there doesn't compile until it is documented here.
macro_rules! same_names {
    ($from:path => $to:ident { $($name:ident),+ $(,)? }) => {
        impl From<$from> for $to {
            fn from(value: $from) -> Self {
                match value { $(<$from>::$name => Self::$name),+ }
            }
        }
    };
}
pub(super) use same_names;

/// Keeps the document of an enum with fields in step with the domain's: a variant that only one of them has doesn't
/// compile.
macro_rules! same_variants {
    ($from:path => $to:ident { $($name:ident),+ $(,)? }) => {
        const _: () = {
            type Theirs = $from;
            let _: fn(&Theirs) = |one| match one { $(Theirs::$name { .. } => ()),+ };
            let _: fn(&$to) = |one| match one { $($to::$name { .. } => ()),+ };
        };
    };
}
pub(super) use same_variants;

same_names!(domain::Outcome => Outcome { Success, Pending, Failed });
same_names!(domain::ActorType => Kind { User, Customer, ApiKey, Rule, System });
same_names!(domain::Category => Category {
    Products, Coupons, Orders, Customers, Inventory, Tags, Messages, SpecialOffers, Finance,
    BulkOperations, Metafields, DataCleaning, Contacts, Users, Settings, Exports, System, Other,
});
