//! Templates and the rules of automatic follow-up.

use super::{FollowupAction, FollowupCondition, FollowupTrigger};
use domain::followup;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A text to be sent again and again.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Template {
    /// Its id.
    pub id: Uuid,
    /// As people call it; unique in the store.
    pub name: String,
    /// `email`, `sms` or `whatsapp`; null for any.
    #[schema(required)]
    pub channel: Option<String>,
    /// The subject, for mail.
    #[schema(required)]
    pub subject: Option<String>,
    /// The text with its places.
    pub body: String,
    /// From 1, one more each time it is saved.
    #[schema(minimum = 1)]
    pub version: u32,
}

impl From<followup::Template> for Template {
    fn from(template: followup::Template) -> Self {
        Self {
            id: template.id.0,
            name: template.name,
            channel: template.channel.map(|channel| channel.as_str().to_owned()),
            subject: template.subject,
            body: template.body,
            version: template.version,
        }
    }
}

/// All templates.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TemplateList {
    /// By name.
    pub items: Vec<Template>,
}

/// A template to be saved.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Where is my order", "channel": "email", "subject": "Order {{order}}",
    "body": "Dear {{customer}}, order {{order}} is {{status}}."
}))]
pub struct TemplateInput {
    /// As people call it, one line of 1 to 200 characters; unique in the store.
    name: String,
    /// `email`, `sms` or `whatsapp`; for any when left out.
    channel: Option<String>,
    /// The subject, for mail; that of what is answered when left out.
    subject: Option<String>,
    /// The text, with `{{customer}}`, `{{order}}`, `{{status}}`, `{{total}}` and `{{store}}`; at most 100,000 characters.
    body: String,
}

/// A rule of the store's own.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FollowupRule {
    /// Its id.
    pub id: Uuid,
    /// As people call it; unique in the store.
    pub name: String,
    /// Whether it is evaluated.
    pub is_enabled: bool,
    /// Whether it is only evaluated: nothing is done.
    pub is_dry: bool,
    /// From 1, one more each time it is saved.
    #[schema(minimum = 1)]
    pub version: u32,
    /// What sets it off.
    #[schema(value_type = FollowupTrigger)]
    pub trigger: Value,
    /// All must be met; none means always.
    #[schema(value_type = Vec<FollowupCondition>)]
    pub conditions: Vec<Value>,
    /// What it does then, in order.
    #[schema(value_type = Vec<FollowupAction>)]
    pub actions: Vec<Value>,
}

impl From<followup::FollowupRule> for FollowupRule {
    fn from(rule: followup::FollowupRule) -> Self {
        Self {
            id: rule.id.0,
            name: rule.name,
            is_enabled: rule.is_enabled,
            is_dry: rule.is_dry,
            version: rule.version,
            trigger: shown(&rule.trigger),
            conditions: rule.conditions.iter().map(shown).collect(),
            actions: rule.actions.iter().map(shown).collect(),
        }
    }
}

fn shown(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}

/// A rule to be saved.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Where is it, at night",
    "conditions": [
        {"condition": "channel", "any_of": ["email", "whatsapp"]},
        {"condition": "words", "any_of": ["where is"]},
        {"condition": "time_of_day", "from": 1320, "to": 360}
    ],
    "actions": [
        {"action": "send_template", "template": "Where is my order"},
        {"action": "tag_order", "tag": "asked"}
    ]
}))]
pub struct FollowupRuleInput {
    /// As people call it, one line of 1 to 200 characters; unique in the store.
    name: String,
    /// Whether it is evaluated; true when left out.
    is_enabled: Option<bool>,
    /// Whether it is only evaluated and recorded; false when left out.
    is_dry: Option<bool>,
    /// What sets it off: `{"when": "message"}` (when left out), `{"when": "event", "query": "action:product.updated"}` by a
    /// query of the activity log, or `{"when": "schedule", "schedule": {"every": "day", "at": 540}}`, with `every` hour and
    /// `minute` (0 to 59), day and `at`, week with `weekday` (0 for Monday to 6) and `at`, month with `day` (1 to 31) and
    /// `at`, in minutes since midnight (0 to 1,439); no kind takes another's field.
    #[schema(value_type = Option<Object>)]
    trigger: Option<Value>,
    /// At most 20, all of which must be met: `channel` (messages), `words`, `order_status` and `customer_group` (messages
    /// and events) with `any_of`, 1 to 100 texts of at most 200 characters; `order_total` (messages and events) with
    /// `currency` and at least one of `at_least` and `below`, decimal numbers in text; `query` (events and schedules) with `query`; `time_of_day` with `from` (inclusive) and
    /// `to` (exclusive), minutes since the store's midnight.
    #[schema(value_type = Option<Vec<Object>>)]
    conditions: Option<Value>,
    /// 1 to 20: `send_template` with `template`, the name of one that is there; `assign` with `to`, the email of somebody
    /// with a role in the store; `tag_order` with `tag` (at most 100 characters), in Storetrail alone; `tag` with `tag`, in
    /// the shop through the default target; `call_webhook` with `url`, signed by Standard Webhooks, by https, or by http to
    /// an address in numbers in a network that the operator lists; `hold_messages`; `alarm` with `text` (at most 500);
    /// `open_operation` with `name` (at most 300). A schedule only calls, alarms and opens.
    #[schema(value_type = Vec<Object>)]
    actions: Value,
}

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Deleted {
    /// Its id.
    pub id: Uuid,
}
