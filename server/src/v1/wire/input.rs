//! What is sent. These types are never read into: `domain` reads bodies itself, to name everything that is
//! wrong. They document it, and a test holds their names against the reader's.

use super::{Action, Category, Kind, Outcome};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Something that happened. Only `action` is required; any other field than these is refused by name.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "action": "product.updated", "category": "products", "outcome": "success",
    "occurred_at": "2026-11-20T09:14:03Z",
    "actor": {"type": "user", "id": "u_17", "name": "Sara Nasser", "email": "sara@store.example", "role": "manager"},
    "subject": {"type": "product", "id": "p_981", "name": "Linen shirt"},
    "description": "Price changed", "changes": [{"field": "price", "before": 120, "after": 95}],
    "ip": "203.0.113.7", "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)",
    "related": [{"type": "order", "id": "1042"}],
    "operation_id": null, "rule": null, "error": null, "trace_id": "4bf92f3577b34da6",
    "details": {"any": "json"}
}))]
#[serde(deny_unknown_fields)]
pub struct NewActivity {
    /// What was done.
    #[schema(required = true)]
    action: Action,
    /// The group or groups of an action that does not ship. A shipped one has its own; a contradicting one is refused.
    #[schema(required = false)]
    category: Option<Categories>,
    /// How it ended; `success` when left out. A pending one is settled later by `POST /activities/{id}/outcome`.
    #[schema(required = false, default = "success")]
    outcome: Option<Outcome>,
    /// When it happened, RFC 3339 with its zone, from 1970 to a day ahead; now when left out.
    #[schema(required = false)]
    occurred_at: Option<DateTime<Utc>>,
    /// Who did it; the key itself when left out.
    #[schema(required = false)]
    actor: Option<ActorInput>,
    /// What it was done to.
    #[schema(required = false)]
    subject: Option<ReferenceInput>,
    /// In words.
    #[schema(required = false, max_length = 5000)]
    description: Option<String>,
    /// Fields with their values before and after.
    #[schema(required = false, max_items = 500)]
    changes: Option<Vec<ChangeInput>>,
    /// The address it came from, IPv4 or IPv6.
    #[schema(required = false, max_length = 64)]
    ip: Option<String>,
    /// What their browser or program called itself.
    #[schema(required = false, max_length = 1000)]
    user_agent: Option<String>,
    /// Other things concerned.
    #[schema(required = false, max_items = 100)]
    related: Option<Vec<ReferenceInput>>,
    /// The bulk operation it is part of.
    #[schema(required = false, max_length = 200)]
    operation_id: Option<String>,
    /// The automation that caused it: its name, or name and id.
    #[schema(required = false)]
    rule: Option<RuleInput>,
    /// Why it failed.
    #[schema(required = false, max_length = 5000)]
    error: Option<String>,
    /// The trace it belongs to, to find all entries of one request.
    #[schema(required = false, max_length = 200)]
    trace_id: Option<String>,
    /// What else there is: any JSON object up to 64 KiB, 32 levels deep, whole numbers up to 2^53.
    #[schema(required = false, value_type = Option<Object>)]
    details: Option<Value>,
}

/// One category or several.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Categories {
    /// One.
    One(Category),
    /// Several.
    Several(Vec<Category>),
}

/// Who did it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActorInput {
    /// What kind of actor.
    #[serde(rename = "type")]
    kind: Kind,
    /// The store's own id for them.
    #[schema(required = false, max_length = 200)]
    id: Option<String>,
    /// As people call them.
    #[schema(required = false, max_length = 200)]
    name: Option<String>,
    /// Their address.
    #[schema(required = false, max_length = 254)]
    email: Option<String>,
    /// Their role in the store, in the store's own words.
    #[schema(required = false, max_length = 100)]
    role: Option<String>,
}

/// A thing by type and id.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceInput {
    /// What kind of thing: `product`, `order`, `customer`, `coupon`, ...
    #[serde(rename = "type")]
    #[schema(min_length = 1, max_length = 50, pattern = "^[a-z0-9_]+$")]
    kind: String,
    /// The store's own id.
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    /// As people call it.
    #[schema(required = false, max_length = 300)]
    name: Option<String>,
}

/// One field with its value before and after, together up to 64 KiB of JSON.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeInput {
    /// The field's name in the store, dotted for nested ones.
    #[schema(min_length = 1, max_length = 200)]
    field: String,
    /// The value before, any JSON; null or left out when there was none.
    #[schema(required = false)]
    before: Value,
    /// The value after, any JSON; null or left out when there is none.
    #[schema(required = false)]
    after: Value,
}

/// An automation: its name, or name and id.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum RuleInput {
    /// Its name.
    Name(RuleName),
    /// Name and id.
    Object(RuleObject),
}

/// An automation's name.
#[derive(Serialize, ToSchema)]
#[schema(value_type = String, max_length = 300)]
pub struct RuleName(String);

/// An automation by name and id.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleObject {
    /// Its name.
    #[schema(min_length = 1, max_length = 300)]
    name: String,
    /// Its id.
    #[schema(required = false, max_length = 200)]
    id: Option<String>,
}

/// One activity, or an array of up to 1,000 which are recorded all or none.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum ActivityBatch {
    /// One.
    One(Box<NewActivity>),
    /// Many.
    Many(NewActivities),
}

/// Up to 1,000 activities.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Vec<NewActivity>, min_items = 1, max_items = 1000)]
pub struct NewActivities(Vec<NewActivity>);

/// How a pending activity ended.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"outcome": "failed", "error": "The carrier refused the parcel", "occurred_at": "2026-11-20T09:20:00Z"}))]
#[serde(deny_unknown_fields)]
pub struct OutcomeInput {
    /// How it ended.
    outcome: SettledOutcome,
    /// Why it failed.
    #[schema(required = false, max_length = 5000)]
    error: Option<String>,
    /// When it ended, RFC 3339 with its zone; now when left out.
    #[schema(required = false)]
    occurred_at: Option<DateTime<Utc>>,
}

/// An end.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettledOutcome {
    /// It was done.
    Success,
    /// It was not done.
    Failed,
}

/// Which messages: exactly one of the two.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"q": "status:failed created:today"}))]
#[serde(deny_unknown_fields)]
pub struct SeveralInput {
    /// Their ids, 1 to 1,000.
    #[schema(required = false, min_items = 1, max_items = 1000)]
    ids: Option<Vec<uuid::Uuid>>,
    /// What they match, in the query language of messages; an empty text matches all that can be acted on.
    #[schema(required = false)]
    q: Option<String>,
}

/// One line of what was ordered.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderItemInput {
    /// The product's name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Which of its kind: a size, a colour.
    #[schema(required = false, max_length = 100)]
    variant: Option<String>,
    /// How many; 1 when left out.
    #[schema(required = false, minimum = 1, maximum = 1_000_000)]
    quantity: Option<u32>,
    /// What the line costs, as a decimal number in text, in the order's currency.
    #[schema(required = false, max_length = 40, pattern = r"^-?[0-9]+(\.[0-9]+)?$")]
    total: Option<String>,
}

/// What is known of a sales order. It replaces what was known before, `assigned_to` only when it is there.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"customer_id": "c_77", "status": "shipped", "total": "129.00", "currency": "SAR",
    "placed_at": "2026-11-19T16:02:11Z", "assigned_to": "omar@store.example",
    "items": [{"name": "Linen shirt", "variant": "M", "quantity": 1, "total": "129.00"}]}))]
#[serde(deny_unknown_fields)]
pub struct OrderInput {
    /// Whose order, by the store's customer id.
    #[schema(required = false, max_length = 200)]
    customer_id: Option<String>,
    /// The order's status in the store's own words.
    #[schema(required = false, max_length = 100)]
    status: Option<String>,
    /// The total as a decimal number in text.
    #[schema(required = false, max_length = 40, pattern = r"^-?[0-9]+(\.[0-9]+)?$")]
    total: Option<String>,
    /// ISO 4217.
    #[schema(required = false, pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    /// When it was placed, RFC 3339 with its zone.
    #[schema(required = false)]
    placed_at: Option<DateTime<Utc>>,
    /// The email of the colleague it is assigned to: staff see the status changes of their own orders. Left out, it stays
    /// as it was; null assigns it to nobody.
    #[schema(required = false, max_length = 254)]
    assigned_to: Option<String>,
    /// What was ordered.
    #[schema(required = false, max_items = 200)]
    items: Option<Vec<OrderItemInput>>,
}

/// What is known of a customer. It replaces what was known before.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"name": "Noura Al-Otaibi", "email": "noura@mail.example", "phone": "+966551234567", "groups": ["vip"]}))]
#[serde(deny_unknown_fields)]
pub struct CustomerInput {
    /// Their name.
    #[schema(required = false, max_length = 200)]
    name: Option<String>,
    /// Their address.
    #[schema(required = false, max_length = 254)]
    email: Option<String>,
    /// Their number, as the store has it.
    #[schema(required = false, max_length = 40)]
    phone: Option<String>,
    /// The groups they are in.
    #[schema(required = false, max_items = 50)]
    groups: Option<Vec<String>>,
}
