//! Orders with their messages: the list, and an order's conversation.
//!
//! As for messages, the answers are `domain::view` as it stands, and the types here document it.

use super::activity::same_variants;
use super::{
    Action, Attachment, Category, Change, Channel, FailureReason, MessageItem, Moment, NamedActor,
    NamedThing, Outcome,
};
use domain::view;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of the list of orders.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OrderList {
    /// Those that wait for an answer first, then by last message, newest first.
    #[schema(value_type = Vec<OrderRow>)]
    pub items: Vec<view::OrderRow>,
    /// Send it as `after` for the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
}

impl From<view::OrderPage> for OrderList {
    fn from(page: view::OrderPage) -> Self {
        Self {
            items: page.rows,
            next: page.next,
        }
    }
}

/// One line of the list of orders. What is hidden from the key's role reads `•••`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderRow {
    /// Its number.
    #[schema(examples("1042"))]
    pub number: String,
    /// The customer's id in the store.
    #[schema(required)]
    pub customer: Option<String>,
    /// The customer's name.
    #[schema(required, examples("Noura"))]
    pub customer_name: Option<String>,
    /// Its status in the store's words.
    #[schema(required, examples("shipped"))]
    pub status: Option<String>,
    /// The total as a decimal number in text.
    #[schema(required, examples("120.00"))]
    pub total: Option<String>,
    /// ISO 4217.
    #[schema(required, examples("SAR"))]
    pub currency: Option<String>,
    /// When it was placed.
    #[schema(required)]
    pub placed_at: Option<Moment>,
    /// To whom it is assigned.
    #[schema(required)]
    pub assigned_to: Option<String>,
    /// Its last message.
    #[schema(required)]
    pub last_message: Option<Box<MessageItem>>,
    /// How many messages it has.
    #[schema(required)]
    pub message_count: Option<u64>,
    /// How many inbound messages the reader has not seen, of those they may see.
    pub unread_count: u64,
    /// Since when the customer waits for an answer: the first inbound message after the store's last.
    #[schema(required)]
    pub waiting_since: Option<Moment>,
}

/// A stretch of an order's conversation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Thread {
    /// The order.
    pub order: OrderRow,
    /// Oldest first; messages by their `effective_at`.
    pub items: Vec<ThreadItem>,
    /// Where something was erased from this stretch, oldest first; left out when nothing was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<ErasedGap>,
    /// Send it as `before` for what lies before; null when nothing does.
    #[schema(required)]
    pub before: Option<String>,
    /// Send it as `after` for what lies after; null when nothing does.
    #[schema(required)]
    pub after: Option<String>,
    /// By which ways the customer can be written to: channel, and address or number. Of each channel the one to answer to
    /// stands first, one to which only failing messages went last.
    pub reachable: Vec<(Channel, String)>,
    /// Those of them on which the last message failed; empty for a role that sees `•••`.
    pub failed_ways: Vec<FailedWay>,
    /// The channels by which nothing goes out, since no provider is set up for them here: a message is kept as `not_sent`.
    pub not_set_up: Vec<Channel>,
    /// The time of the last message that the reader has seen.
    #[schema(required)]
    pub seen_to: Option<Moment>,
    /// What was ordered.
    pub order_items: Vec<OrderedItem>,
    /// The number of the order above it in the list of orders; with the end of a thread only.
    #[schema(required)]
    pub previous: Option<String>,
    /// The number of the one below it.
    #[schema(required)]
    pub next: Option<String>,
}

/// One item of an order's thread; `item` says which kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum ThreadItem {
    /// A message.
    Message {
        /// Its line.
        row: Box<MessageItem>,
        /// What it says: its text, or the words of its HTML, at most 10,000 characters.
        #[schema(required)]
        text: Option<String>,
        /// Whether it has HTML.
        has_html: bool,
        /// Its files.
        attachments: Vec<Attachment>,
    },
    /// Something that happened to the order.
    Activity {
        /// Its line.
        row: Box<ThreadActivity>,
    },
}

same_variants!(view::ThreadItem => ThreadItem { Message, Activity });

/// An entry of the activity log in an order's thread.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ThreadActivity {
    /// The entry's id.
    pub id: Uuid,
    /// Its number in the ledger; left out for roles that may not count what is hidden from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false, examples(48211))]
    pub seq: Option<i64>,
    /// When it happened.
    pub occurred_at: Moment,
    /// What the store's clock adds to UTC at that time, in minutes.
    #[schema(examples(180))]
    pub offset_minutes: i32,
    /// What was done.
    pub action: Action,
    /// The groups that the action belongs to.
    pub categories: Vec<Category>,
    /// How it ended, as known now.
    pub outcome: Outcome,
    /// Who did it.
    pub actor: NamedActor,
    /// What it was done to.
    #[schema(required)]
    pub subject: Option<NamedThing>,
    /// In words.
    #[schema(required)]
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

/// Where entries were erased from a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErasedGap {
    /// When the first of them happened.
    pub from: Moment,
    /// When the last of them happened: where the gap stands in the list.
    pub to: Moment,
    /// What the store's clock adds to UTC then, in minutes.
    #[schema(examples(180))]
    pub offset_minutes: i32,
    /// How many.
    pub count: u64,
    /// When they were erased.
    pub at: Moment,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// In which erasure, by its id.
    pub erasure: Uuid,
}

/// A way to a customer on which the last message failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailedWay {
    /// The channel.
    pub channel: Channel,
    /// The address or number.
    pub address: String,
    /// Why it failed.
    pub reason: FailureReason,
}

/// One line of what was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderedItem {
    /// The product's name.
    #[schema(examples("Linen shirt"))]
    pub name: String,
    /// Which of its kind: a size, a colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("M, white"))]
    pub variant: Option<String>,
    /// How many.
    #[schema(minimum = 1)]
    pub quantity: u32,
    /// What the line costs, as a decimal number in text, in the order's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("120.00"))]
    pub total: Option<String>,
}
