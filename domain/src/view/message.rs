//! What a reader is shown of messages, order threads and customers.

use super::{ActivityDetail, ActivityRow, Count};
use crate::followup::Evaluation;
use crate::message::{
    Attachment, AttemptView, Channel, Delivery, DeliveryFact, DeliveryStatus, FailureReason,
    Message, MessageDirection, MessageType, Missed, ReadMark, ReadStatus, Report, Verdict,
};
use crate::{Actor, MessageId, OrderItem, Seq, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One line of the message log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageRow {
    /// The message's id.
    pub id: MessageId,
    /// Its ledger number; none for roles that may not count.
    pub seq: Option<Seq>,
    /// When it was written, got, or sent elsewhere.
    pub occurred_at: DateTime<Utc>,
    /// What the store's clock adds to UTC at that time, in minutes.
    pub offset_minutes: i32,
    /// By which way.
    pub channel: Channel,
    /// Written or got.
    pub direction: MessageDirection,
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// As a person sees it; none for an inbound message.
    pub status: Option<DeliveryStatus>,
    /// Whether it was read.
    pub read: ReadStatus,
    /// The sentence that says what became of it.
    pub verdict: Verdict,
    /// The provider's own words on the last thing it told.
    pub provider_words: Option<String>,
    /// The sender's address or number, or the mask.
    pub from: Option<String>,
    /// The first recipient's address or number, or the mask.
    pub to: Option<String>,
    /// The name of the person on the other side, or the mask.
    pub counterpart_name: Option<String>,
    /// How many recipients there are.
    pub to_count: u32,
    /// The subject, or the mask.
    pub subject: Option<String>,
    /// The beginning of what it says, at most 200 characters, or the mask.
    pub preview: Option<String>,
    /// The order's number.
    pub order: Option<String>,
    /// The customer's id, or the mask.
    pub customer: Option<String>,
    /// Who caused it.
    pub caused_by: Actor,
    /// The template it was made from.
    pub template: Option<String>,
    /// How many files it has.
    pub attachment_count: u32,
    /// How many tries were made.
    pub attempt_count: u32,
    /// Whether its content is hidden from this reader because it is a secret.
    pub is_hidden: bool,
    /// When it is due, while it waits.
    pub due_at: Option<DateTime<Utc>>,
    /// Where it stands in a thread: when it was handed over, or is due while it waits; else, and never before, `occurred_at`.
    pub effective_at: DateTime<Utc>,
    /// What the store's clock adds to UTC at that time, in minutes.
    pub effective_offset_minutes: i32,
    /// Whether it may be stopped, released, restarted and sent again, as it stands and by this reader's role.
    pub may: MessageActions,
}

/// What may be done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MessageActions {
    /// It waits and can be stopped.
    pub stop: bool,
    /// It is held or scheduled and can be sent at once.
    pub release: bool,
    /// It was stopped, failed or had no provider, and can be restarted.
    pub restart: bool,
    /// It could be restarted if a provider were set up here for its channel.
    #[serde(default)]
    pub needs_provider: bool,
    /// It can be sent again as a new message.
    pub send_again: bool,
}

/// A page of the message log.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MessagePage {
    /// In the direction asked for.
    pub rows: Vec<MessageRow>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
    /// Set when the search stopped at this time; `next` goes on from there.
    pub searched_to: Option<DateTime<Utc>>,
    /// Where messages of this stretch were erased, when the query asks for nothing but time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<super::Gap>,
    /// Whether nothing is found and messages were erased in the time asked for, as [`super::ActivityPage::was_erased`].
    #[serde(default)]
    pub was_erased: bool,
}

/// What a provider told of a message that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmatchedReport {
    /// Its own id.
    pub id: Uuid,
    /// Of when it is.
    pub received_at: DateTime<Utc>,
    /// What it says, without everything that was sent; its words may be the mask.
    pub report: Report,
}

/// A page of such reports.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UnmatchedPage {
    /// Newest first.
    pub rows: Vec<UnmatchedReport>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
}

/// One thing that became known, as the detail shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageStep {
    /// What.
    pub fact: DeliveryFact,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What the store's clock adds to UTC when it happened, in minutes.
    pub offset_minutes: i32,
    /// Its ledger number; none for roles that may not count.
    pub seq: Option<Seq>,
}

/// A message with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageDetail {
    /// What the list shows of it.
    pub row: MessageRow,
    /// The message as this role may see it.
    pub message: Message,
    /// Status, read status, sentence and tries.
    pub delivery: Delivery,
    /// Everything that became known, in the order in which it was recorded.
    pub history: Vec<MessageStep>,
    /// Each opening and click.
    pub opens: Vec<ReadMark>,
    /// Whether personal data was hidden.
    pub is_masked: bool,
    /// The messages that send this one again.
    pub sent_again_as: Vec<MessageId>,
    /// Whose copies were not taken, or did not arrive: also where the message itself failed, whose verdict has them not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<Missed>,
    /// The proof of its own entry, where it was opened by itself; none for roles that may not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<super::Proof>,
    /// The call that caused it, where it was opened by itself; none for roles that may not read the operations log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Box<super::RequestRow>>,
    /// Whether this reader may have the raw mail: as it came, or as it was handed over.
    #[serde(default)]
    pub has_raw: bool,
}

impl MessageDetail {
    /// The tries, first one first.
    pub fn attempts(&self) -> &[AttemptView] {
        &self.delivery.attempts
    }

    /// The files.
    pub fn attachments(&self) -> &[Attachment] {
        &self.message.attachments
    }
}

/// One item of an order's thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum ThreadItem {
    /// A message.
    Message {
        /// Its line.
        row: Box<MessageRow>,
        /// What it says: its text, or the words of its HTML, at most 10,000 characters; or the mask.
        text: Option<String>,
        /// Whether it has HTML to be shown in a frame.
        has_html: bool,
        /// Its files.
        attachments: Vec<Attachment>,
    },
    /// Something that happened to the order.
    Activity {
        /// Its line.
        row: Box<ActivityRow>,
    },
}

/// One item of an order's thread with its content, without history and proof: what complete files hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum WholeThreadItem {
    /// A message.
    Message(Box<MessageDetail>),
    /// Something that happened to the order.
    Activity(Box<ActivityDetail>),
}

/// A way to a customer on which the last message failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedWay {
    /// The channel.
    pub channel: Channel,
    /// The address or number.
    pub address: String,
    /// Why it failed.
    pub reason: FailureReason,
}

/// A stretch of an order's thread, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    /// The order.
    pub order: OrderRow,
    /// Oldest first, by when messages left or are due.
    pub items: Vec<ThreadItem>,
    /// Where something was erased from this stretch, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<super::Gap>,
    /// What lies before: pass as `before`.
    pub before: Option<String>,
    /// What lies after: pass as `after`.
    pub after: Option<String>,
    /// By which ways the customer can be written to: channel and address or number (or the mask). Of each channel the
    /// one to answer to stands first, one to which only failing messages went last.
    pub reachable: Vec<(Channel, String)>,
    /// Those of them where the last message failed; none for a role that sees the mask.
    pub failed_ways: Vec<FailedWay>,
    /// The channels by which nothing goes out, since no provider is set up for them here.
    pub not_set_up: Vec<Channel>,
    /// The last message this reader has seen, for the line "new".
    pub seen_to: Option<DateTime<Utc>>,
    /// What was ordered.
    pub order_items: Vec<OrderItem>,
    /// The order above it in the list of orders, as the list stands now; with the end of a thread only.
    pub previous: Option<String>,
    /// The one below it.
    pub next: Option<String>,
}

/// What became of a rule on one inbound message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRow {
    /// When it was evaluated.
    pub at: DateTime<Utc>,
    /// What the store's clock adds to UTC at that time, in minutes.
    pub offset_minutes: i32,
    /// The message.
    pub message: Option<MessageId>,
    /// Its order.
    pub order: Option<String>,
    /// What it happened to, when it was an event.
    pub subject: Option<crate::Reference>,
    /// The entry of the event.
    pub event: Option<crate::ActivityId>,
    /// What each condition saw.
    pub evaluation: Evaluation,
    /// What could not be done, in words.
    pub error: Option<String>,
}

/// Somebody who has a thread open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Whether they are writing.
    pub is_typing: bool,
}

/// One line of the list of orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderRow {
    /// Its number.
    pub number: String,
    /// The customer's id, or the mask.
    pub customer: Option<String>,
    /// The customer's name, or the mask.
    pub customer_name: Option<String>,
    /// Its status in the store's words.
    pub status: Option<String>,
    /// The total as a decimal number in text.
    pub total: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// When it was placed.
    pub placed_at: Option<DateTime<Utc>>,
    /// To whom it is assigned.
    pub assigned_to: Option<String>,
    /// Its last message; none in files, and none for who reads no messages.
    pub last_message: Option<Box<MessageRow>>,
    /// How many messages it has; none for who reads no messages.
    pub message_count: Option<u64>,
    /// How many inbound messages this reader has not seen, of those they may see.
    pub unread_count: u64,
    /// Since when the customer waits for an answer: the first inbound message after our last.
    pub waiting_since: Option<DateTime<Utc>>,
}

/// A page of the list of orders.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OrderPage {
    /// Those that wait for an answer first, then by last message, newest first.
    pub rows: Vec<OrderRow>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
    /// Whether the search stopped at its bound: older orders were not looked at, and `next` goes on with them.
    #[serde(default)]
    pub is_partial: bool,
    /// How many wait for an answer.
    pub waiting_count: u64,
}

/// Some lines of the list of orders, as they stand now.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OrderLines {
    /// The lines, in no order.
    pub rows: Vec<OrderRow>,
    /// The numbers of those that what is searched for finds.
    pub found: Vec<String>,
    /// How many orders wait for an answer.
    pub waiting_count: u64,
}

/// Everything about one customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerPage {
    /// The store's id for them, or the mask.
    pub id: String,
    /// Their name, or the mask.
    pub name: Option<String>,
    /// Their address, or the mask.
    pub email: Option<String>,
    /// Their number, or the mask.
    pub phone: Option<String>,
    /// The groups they are in.
    pub groups: Vec<String>,
    /// Their orders, newest first, at most 200.
    pub orders: Vec<OrderRow>,
    /// Their messages, newest first, at most 100; more by `customer:` in the message log.
    pub messages: Vec<MessageRow>,
    /// What they did and what was done to them, newest first, at most 100.
    pub activities: Vec<ActivityRow>,
    /// Where they opted out.
    pub opt_outs: Vec<OptOut>,
}

/// That somebody wants no messages of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptOut {
    /// Which channel.
    pub channel: Channel,
    /// Whose address or number.
    pub address: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// The messages of one stretch of time by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MessageBucket {
    /// Its first microsecond since 1970 UTC.
    pub from: i64,
    /// The first microsecond after it.
    pub to: i64,
    /// What the store's clock adds to UTC at `from`, in minutes.
    pub offset_minutes: i32,
    /// The same at `to`.
    pub to_offset_minutes: i32,
    /// By status: not sent, pending, sent, stopped, failed.
    pub by_status: [u64; 5],
    /// Inbound.
    pub received: u64,
}

/// How many messages of a type went by a channel on a day of the store's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageVolume {
    /// `2026-11-20`.
    pub day: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// The channel.
    pub channel: Channel,
    /// The direction.
    pub direction: MessageDirection,
    /// How many.
    pub count: u64,
    /// How many of them were sent: the others wait, were stopped, failed, or are inbound.
    #[serde(default)]
    pub sent: u64,
}

/// Volumes for a filter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MessageVolumes {
    /// Oldest day first; days without a message are left out.
    pub volumes: Vec<MessageVolume>,
    /// False when only the newest messages were counted.
    pub is_exact: bool,
}

/// The messages over time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MessageHistogram {
    /// Oldest first, without gaps.
    pub buckets: Vec<MessageBucket>,
    /// False when only the newest messages were counted.
    pub is_exact: bool,
}

/// What stands above the table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MessageFacets {
    /// All that matches without the query's `channel:`.
    pub all: Count,
    /// Each channel, under the rest of the filter.
    pub channels: Vec<(Channel, Count)>,
    /// Each status, without the query's `status:`.
    pub statuses: Vec<(DeliveryStatus, Count)>,
    /// Each direction, without the query's `direction:`.
    pub directions: Vec<(MessageDirection, Count)>,
    /// All that matches.
    pub matching: Count,
}

/// What goes over the socket about messages, in the topics `messages` and `order:{number}`. In the topic `messages` an
/// item has its line alone, as the list shows it: neither text nor files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MessageEvent {
    /// A new message.
    MessageAdded {
        /// The message.
        item: Box<ThreadItem>,
        /// Resume from this mark.
        mark: String,
    },
    /// Something became known of a message that the filter lets through, or may have let through before: its status, a
    /// read mark.
    MessageChanged {
        /// The message as it is now.
        item: Box<ThreadItem>,
        /// Whether the filter lets it through as it is now.
        is_matching: bool,
        /// Resume from this mark.
        mark: String,
    },
    /// Something happened to the order whose thread is followed, or its outcome is another now. It has no mark, and may come
    /// again when somebody resumes: its id tells.
    OrderActivity {
        /// Its line.
        row: Box<ActivityRow>,
    },
    /// More was missed than can be sent: load again.
    Resync {
        /// Resume from this mark.
        mark: String,
    },
}
