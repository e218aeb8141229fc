//! Messages as they are answered: a line of the log, and a message with everything about it.
//!
//! These answers are `domain::view` as it stands: the types here only document it, and a test compares them with it.

use super::activity::same_names;
use super::{
    Delivery, DeliveryFact, DeliveryStatus, MessageProof, MissedCopy, Moment, NamedActor, ReadMark,
    ReadStatus, Verdict,
};
use domain::message;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// By which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Mail by SMTP.
    Email,
    /// A text message.
    Sms,
    /// A WhatsApp message.
    Whatsapp,
}

/// Whether the store wrote a message or got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageDirection {
    /// From the store.
    Outbound,
    /// To the store.
    Inbound,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageType {
    /// What happens to an order.
    OrderNotification,
    /// A code that proves who somebody is.
    VerificationCode,
    /// That something is to be paid.
    PaymentReminder,
    /// Marketing, which people can opt out of.
    Campaign,
    /// A part of a conversation.
    Reply,
    /// Anything else.
    Other,
}

same_names!(message::Channel => Channel { Email, Sms, Whatsapp });
same_names!(message::MessageDirection => MessageDirection { Outbound, Inbound });
same_names!(message::MessageType => MessageType {
    OrderNotification, VerificationCode, PaymentReminder, Campaign, Reply, Other
});
same_names!(message::FilledIn => FilledIn { From, ReplyTo });

/// One line of the message log. What is hidden from the key's role reads `•••`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageItem {
    /// The message's id.
    pub id: Uuid,
    /// Its number in the ledger; left out for roles that may not count what is hidden from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false, examples(48211))]
    pub seq: Option<i64>,
    /// When it was written, got, or sent elsewhere.
    pub occurred_at: Moment,
    /// What the store's clock adds to UTC at that time, in minutes.
    #[schema(examples(180))]
    pub offset_minutes: i32,
    /// By which way.
    pub channel: Channel,
    /// Written or got.
    pub direction: MessageDirection,
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// Whether it went out; null for an inbound message.
    #[schema(required)]
    pub status: Option<DeliveryStatus>,
    /// Whether it was read.
    pub read: ReadStatus,
    /// What became of it.
    pub verdict: Verdict,
    /// The provider's own words on the last thing it told.
    #[schema(required)]
    pub provider_words: Option<String>,
    /// The sender's address or number.
    #[schema(required)]
    pub from: Option<String>,
    /// The first recipient's address or number.
    #[schema(required, examples("noura@mail.example"))]
    pub to: Option<String>,
    /// The name of the person on the other side.
    #[schema(required, examples("Noura"))]
    pub counterpart_name: Option<String>,
    /// How many recipients there are.
    #[schema(examples(1))]
    pub to_count: u32,
    /// The subject.
    #[schema(required, examples("Order 1042 is on its way"))]
    pub subject: Option<String>,
    /// The beginning of what it says, at most 200 characters.
    #[schema(required)]
    pub preview: Option<String>,
    /// The order's number.
    #[schema(required, examples("1042"))]
    pub order: Option<String>,
    /// The customer's id in the store.
    #[schema(required)]
    pub customer: Option<String>,
    /// Who caused it.
    pub caused_by: NamedActor,
    /// The template it was made from.
    #[schema(required)]
    pub template: Option<String>,
    /// How many files it has.
    #[schema(examples(0))]
    pub attachment_count: u32,
    /// How many tries were made.
    #[schema(examples(1))]
    pub attempt_count: u32,
    /// Whether its content is hidden from this role because it is a secret.
    #[schema(examples(false))]
    pub is_hidden: bool,
    /// When it is due, while it waits.
    #[schema(required)]
    pub due_at: Option<Moment>,
    /// Where it stands in a thread: when it was handed over, or is due while it waits; else, and never before, `occurred_at`.
    pub effective_at: Moment,
    /// What the store's clock adds to UTC at that time, in minutes.
    #[schema(examples(180))]
    pub effective_offset_minutes: i32,
    /// What may be done with it, as it stands and by this role.
    pub may: MessageActions,
}

/// What may be done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageActions {
    /// It waits and can be stopped.
    #[schema(examples(false))]
    pub stop: bool,
    /// It is held or scheduled and can be sent at once.
    #[schema(examples(false))]
    pub release: bool,
    /// It was stopped, failed or had no provider, and can be restarted.
    #[schema(examples(false))]
    pub restart: bool,
    /// It could be restarted if a provider were set up here for its channel.
    #[schema(examples(false))]
    pub needs_provider: bool,
    /// It can be sent again as a new message.
    pub send_again: bool,
}

/// A message with everything about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageDetail {
    /// What the list shows of it.
    pub row: MessageItem,
    /// The message as this role may see it.
    pub message: Message,
    /// What became of it, with each try.
    pub delivery: Delivery,
    /// Everything that became known, in the order in which it was recorded.
    pub history: Vec<MessageStep>,
    /// Each opening and click.
    pub opens: Vec<ReadMark>,
    /// Whether personal data was hidden: such values read `•••`.
    #[schema(examples(false))]
    pub is_masked: bool,
    /// The ids of the messages that send this one again.
    pub sent_again_as: Vec<Uuid>,
    /// Whose copies were not taken, or did not arrive, also where the message itself failed; left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<MissedCopy>,
    /// That it stands in the ledger, where it was opened by itself; left out for roles that may not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub proof: Option<MessageProof>,
    /// Whether this role may have the raw mail: as it came, or as it was handed over.
    pub has_raw: bool,
}

/// One thing that became known of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageStep {
    /// What.
    pub fact: DeliveryFact,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// What the store's clock adds to UTC when it happened, in minutes.
    #[schema(examples(180))]
    pub offset_minutes: i32,
    /// Its number in the ledger; left out for roles that may not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false, examples(48211))]
    pub seq: Option<i64>,
}

/// A message as its ledger entry has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Message {
    /// By which way.
    pub channel: Channel,
    /// Written or got.
    pub direction: MessageDirection,
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// When it was written, got, or (recorded) sent elsewhere.
    pub occurred_at: Moment,
    /// The sender: where none was given the store's usual one, as it was when the message was accepted. Null where only
    /// the provider knows the number, and in what was accepted before senders were filled in.
    #[schema(required)]
    pub from: Option<Mailbox>,
    /// To whom; one number for SMS and WhatsApp.
    pub to: Vec<Mailbox>,
    /// Copies; left out when there are none, as is every list below.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Mailbox>,
    /// Copies that the others don't see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<Mailbox>,
    /// Where answers go: of an email that is sent, the thread's own address where none was given.
    #[schema(required)]
    pub reply_to: Option<Mailbox>,
    /// One line.
    #[schema(required, examples("Order 1042 is on its way"))]
    pub subject: Option<String>,
    /// The text, as written.
    #[schema(required, examples("It arrives tomorrow."))]
    pub text: Option<String>,
    /// The HTML, as written.
    #[schema(required)]
    pub html: Option<String>,
    /// Files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Further headers, in order: name and value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Its Message-ID without brackets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message_id: Option<String>,
    /// Message-IDs of what it answers, without brackets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// The order's number.
    #[schema(required, examples("1042"))]
    pub order: Option<String>,
    /// The customer's id in the store.
    #[schema(required)]
    pub customer: Option<String>,
    /// The customer's name at that time.
    #[schema(required)]
    pub customer_name: Option<String>,
    /// Who caused it.
    pub caused_by: NamedActor,
    /// The rule that caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rule: Option<CausingRule>,
    /// The trace it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub trace_id: Option<String>,
    /// The template it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub template: Option<String>,
    /// Whether its content is a secret, such as a code.
    #[schema(examples(false))]
    pub is_secret: bool,
    /// Whether an opening would be told: the mail carries a pixel.
    #[schema(examples(false))]
    pub is_tracked: bool,
    /// Whether another system sent it and it was only recorded here.
    #[schema(examples(false))]
    pub is_recorded: bool,
    /// The raw mail as it came or went.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub raw: Option<StoredBlob>,
    /// The id of the message that this one sends again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resend_of: Option<Uuid>,
    /// Which of `from` and `reply_to` nobody gave.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filled_in: Vec<FilledIn>,
}

/// What of a message the store's usual sender filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilledIn {
    /// Whom it comes from.
    From,
    /// Where answers go.
    ReplyTo,
}

/// A person or desk with an address of mail, or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mailbox {
    /// As people call them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("Noura"))]
    pub name: Option<String>,
    /// The address, or a number by E.164.
    #[schema(examples("noura@mail.example"))]
    pub address: String,
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Attachment {
    /// Its name.
    #[schema(examples("invoice.pdf"))]
    pub name: String,
    /// Its media type.
    #[schema(examples("application/pdf"))]
    pub content_type: String,
    /// The id under which the HTML shows it (`cid:`), without brackets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub content_id: Option<String>,
    /// SHA-256 of its bytes, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// How many bytes.
    pub size_bytes: u64,
}

/// Bytes that are kept beside the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StoredBlob {
    /// SHA-256 of the bytes, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// How many bytes.
    pub size_bytes: u64,
}

/// The rule that caused a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CausingRule {
    /// Its id; left out when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
    /// Its name.
    #[schema(examples("VIP tag"))]
    pub name: String,
}
