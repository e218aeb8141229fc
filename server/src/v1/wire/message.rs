//! Messages as they are sent, and lists of them.

use super::Time;
use domain::view;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of the message log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MessageList {
    /// The messages, in the direction asked for.
    #[schema(value_type = Vec<super::MessageItem>)]
    pub items: Vec<view::MessageRow>,
    /// Send it as `after` for the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
    /// Set when a text search stopped at this time: there may be more, and `next` goes on from there.
    #[schema(required)]
    pub searched_to: Option<Time>,
}

impl From<view::MessagePage> for MessageList {
    fn from(page: view::MessagePage) -> Self {
        Self {
            items: page.rows,
            next: page.next,
            searched_to: page.searched_to.map(Time),
        }
    }
}

/// What a provider told of a message that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnmatchedReport {
    /// The report's own id.
    pub id: Uuid,
    /// Of when it is.
    pub received_at: Time,
    /// Who told: `twilio`, `postmark`, ...
    #[schema(examples("twilio"))]
    pub provider: String,
    /// The provider's id of the message.
    #[schema(required)]
    pub provider_id: Option<String>,
    /// What became of the message, in the provider's own word.
    #[schema(examples("delivered"))]
    pub status: String,
    /// The provider's error code.
    #[schema(required)]
    pub code: Option<String>,
    /// The provider's words.
    #[schema(required)]
    pub words: Option<String>,
}

impl From<view::UnmatchedReport> for UnmatchedReport {
    fn from(row: view::UnmatchedReport) -> Self {
        let report = row.report;
        Self {
            id: row.id,
            received_at: Time(row.received_at),
            provider: report.provider,
            provider_id: report.provider_id,
            status: report.status,
            code: report.code,
            words: report.words,
        }
    }
}

/// A page of reports about messages that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnmatchedList {
    /// The reports, newest first.
    pub items: Vec<UnmatchedReport>,
    /// Send it as `after` for the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
}

impl From<view::UnmatchedPage> for UnmatchedList {
    fn from(page: view::UnmatchedPage) -> Self {
        Self {
            items: page.rows.into_iter().map(Into::into).collect(),
            next: page.next,
        }
    }
}

/// A message to be sent, or, with `record_only`, one that another system sent or received.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "channel": "email", "type": "order_notification", "to": "Noura <noura@mail.example>",
    "subject": "Order 1042 is on its way", "text": "It arrives tomorrow.", "order": "1042", "hold_seconds": 30
}))]
pub struct NewMessage {
    /// `email`, `sms` or `whatsapp`.
    channel: String,
    /// `order_notification`, `verification_code`, `payment_reminder`, `campaign`, `reply` or `other`.
    r#type: Option<String>,
    /// The sender; the store's usual one when left out.
    from: Option<String>,
    /// Addresses, `Name <address>`, or one number by E.164.
    #[schema(required = false)]
    to: Option<Value>,
    /// Who gets a copy.
    #[schema(required = false)]
    cc: Option<Value>,
    /// Who gets a copy that the others don't see.
    #[schema(required = false)]
    bcc: Option<Value>,
    /// Where answers go; the thread's own address when left out.
    reply_to: Option<String>,
    /// One line.
    subject: Option<String>,
    /// The text.
    text: Option<String>,
    /// The HTML of an email.
    html: Option<String>,
    /// Files: `name`, `content_type`, `content` in base64, and `content_id` for those that the HTML shows.
    #[schema(value_type = Option<Vec<Object>>)]
    attachments: Option<Value>,
    /// Further headers of an email.
    #[schema(required = false)]
    headers: Option<Value>,
    /// The order's number.
    order: Option<String>,
    /// The customer's id in the store, or an object with `id` and `name`.
    #[schema(required = false)]
    customer: Option<Value>,
    /// Who caused it; the key when left out.
    #[schema(required = false)]
    caused_by: Option<Value>,
    /// The rule that caused it.
    #[schema(required = false)]
    rule: Option<Value>,
    /// The trace that it belongs to.
    trace_id: Option<String>,
    /// The template it was made from.
    template: Option<String>,
    /// Whether its content is a secret, such as a code.
    secret: Option<bool>,
    /// Whether openings and clicks of an email are followed.
    track: Option<bool>,
    /// Not before this time.
    send_at: Option<String>,
    /// For how many seconds it is held so that it can be stopped.
    hold_seconds: Option<u32>,
    /// Whether it is only recorded.
    record_only: Option<bool>,
    /// Recorded: `outbound` or `inbound`.
    direction: Option<String>,
    /// Recorded: `not_sent`, `pending`, `sent`, `stopped` or `failed`.
    status: Option<String>,
    /// Recorded: who carried it.
    provider: Option<String>,
    /// Recorded: the provider's id of it.
    provider_id: Option<String>,
    /// Recorded: when it was sent or received.
    occurred_at: Option<String>,
    /// Recorded: the attempts that were made.
    #[schema(value_type = Option<Vec<Object>>)]
    attempts: Option<Value>,
}

/// What a system without a connector tells of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "delivered", "occurred_at": "2026-11-19T09:14:25Z", "provider": "my_gateway"}))]
pub struct MessageEventInput {
    /// What became of it, in a provider's word. On its way: `accepted`, `scheduled`, `queued`, `sending`, `pending`,
    /// `processed`, `deferred`, `request`. Gone out: `sent`, `partially_delivered`. Arrived: `delivered`, `delivery`,
    /// `complained`, `spam_complaint`, `unsubscribed`. Read: `read`, `opened`, `open`, `clicked`, `click`. Failed:
    /// `failed`, `undelivered`, `bounced`, `bounce`, `dropped`, `rejected`, `blocked`. Stopped: `canceled`, `cancelled`,
    /// `stopped`. Another word is refused.
    status: String,
    /// When; now when left out.
    occurred_at: Option<String>,
    /// Who tells; `api` when left out.
    provider: Option<String>,
    /// The provider's id of the message.
    provider_id: Option<String>,
    /// Whose copy it is about, by address; the message as such when left out.
    recipient: Option<String>,
    /// The provider's code.
    code: Option<String>,
    /// The provider's words.
    words: Option<String>,
}

/// To whom a message goes this time.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "noura@mail.example"}))]
pub struct SendAgainInput {
    /// The corrected address or number; the same when left out.
    to: Option<String>,
}

/// The message that sends another one again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SentAgain {
    /// Its id.
    pub id: Uuid,
}

/// What was done with several messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeveralDone {
    /// The ids of those with which it was done.
    pub done: Vec<uuid::Uuid>,
    /// The others; of a restart by `q` also those that lack a provider, once nothing is left that can be restarted.
    pub not_done: Vec<NotDone>,
    /// Whether more messages may match `q`: call again.
    pub has_more: bool,
}

/// A message that was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NotDone {
    /// Its id.
    pub id: uuid::Uuid,
    /// `not_found`, or why it is in no state for it: `not_set_up` (no provider is set up for its channel), `stopped`,
    /// `handed_over`, `copies_wait`, `not_waiting`, `sent_elsewhere`, else `conflict`.
    #[schema(examples("not_set_up"))]
    pub code: String,
    /// Why, in words.
    pub message: String,
}
