//! A message as other systems send it: read from JSON, checked, completed.

mod parts;

use super::{Channel, DeliveryStatus, Mailbox, MessageDirection, MessageType, unfit};
use crate::input::{read_actor, read_occurred_at, read_rule};
use crate::problem::{FieldProblem, Problem};
use crate::reader::Reader;
use crate::{Actor, MessageId, RuleReference};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How large text, HTML and attachments of one message may be together: 30 MiB. Many mail servers take less.
pub const MAX_MESSAGE_BYTES: usize = 30 * 1024 * 1024;
/// How long an SMS or WhatsApp text may be (Twilio's bound), in characters.
const MAX_TEXT_MESSAGE: usize = 1_600;
/// The header that says where a file of a message is that could not be fetched.
pub const MISSING_FILE: &str = "X-Twilio-Media";
/// How far ahead a message may be scheduled.
const MAX_AHEAD_DAYS: i64 = 400;
/// How long a message may be held, in seconds: a day.
const MAX_HOLD_SECONDS: u64 = 24 * 60 * 60;

/// Bytes kept in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlobRef {
    /// SHA-256 of the bytes, hexadecimal: their name in the store.
    pub sha256: String,
    /// How many bytes.
    pub size_bytes: u64,
}

/// A file that belongs to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name, 1 to 255 characters.
    pub name: String,
    /// Its media type, such as `application/pdf`.
    pub content_type: String,
    /// The id under which HTML shows it (`cid:`), without brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_id: Option<String>,
    /// Its bytes.
    #[serde(flatten)]
    pub blob: BlobRef,
}

/// A file as sent, not yet stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// The id under which HTML shows it.
    pub content_id: Option<String>,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// What of a message the store's usual sender fills in where nobody gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilledIn {
    /// Whom it comes from.
    From,
    /// Where answers go.
    ReplyTo,
}

/// A message: checked, complete. Its JSON form is what the ledger's payload holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// By which way.
    pub channel: Channel,
    /// Written or got.
    pub direction: MessageDirection,
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// When it was written, got, or (recorded) sent elsewhere. Microseconds, UTC.
    pub occurred_at: DateTime<Utc>,
    /// The sender; none where it was not known when the message was accepted.
    pub from: Option<Mailbox>,
    /// To whom; one number for SMS and WhatsApp.
    pub to: Vec<Mailbox>,
    /// Copies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Mailbox>,
    /// Copies that the others don't see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<Mailbox>,
    /// Where answers go; none for the thread's own address in what was accepted before that was filled in.
    pub reply_to: Option<Mailbox>,
    /// One line, at most 998 characters; in what goes out at most 998 bytes.
    pub subject: Option<String>,
    /// The text, as written.
    pub text: Option<String>,
    /// The HTML, as written.
    pub html: Option<String>,
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Further headers, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Its Message-ID (RFC 5322 3.6.4) without brackets: stable over all tries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Message-IDs of what it answers: In-Reply-To and References, without brackets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// The order's number.
    pub order: Option<String>,
    /// The customer's id in the store.
    pub customer: Option<String>,
    /// The customer's name at that time.
    pub customer_name: Option<String>,
    /// Who caused it.
    pub caused_by: Actor,
    /// The rule that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleReference>,
    /// The trace it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The template it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Whether its content is a secret (a code): shown to super admins only, never found by search.
    #[serde(default)]
    pub is_secret: bool,
    /// Whether an opening would be told: the mail carries a pixel.
    #[serde(default)]
    pub is_tracked: bool,
    /// Whether another system sent it and it was only recorded here.
    #[serde(default)]
    pub is_recorded: bool,
    /// The raw mail as it came or went (.eml).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<BlobRef>,
    /// The message that this one sends again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resend_of: Option<MessageId>,
    /// What nobody gave: it is that of the store's usual sender, as it was when the message was accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filled_in: Vec<FilledIn>,
}

/// One try that another system made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAttempt {
    /// When.
    pub at: DateTime<Utc>,
    /// Who carried it.
    pub provider: String,
    /// The provider's id of it.
    pub provider_id: Option<String>,
    /// The provider's word for how far it came.
    pub status: String,
    /// The provider's code.
    pub code: Option<String>,
    /// The provider's words.
    pub words: Option<String>,
}

/// A message as sent to `POST /api/v1/messages`.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageInput {
    /// The message, still without the digests of its files.
    pub message: Message,
    /// Its files.
    pub attachments: Vec<NewAttachment>,
    /// Not to be sent before this time.
    pub send_at: Option<DateTime<Utc>>,
    /// To be held for so long, in seconds.
    pub hold_seconds: Option<u64>,
    /// For a recorded message: what became of it, in our five words. None when tries say it.
    pub status: Option<DeliveryStatus>,
    /// For a recorded message: the tries that were made.
    pub attempts: Vec<RecordedAttempt>,
}

impl MessageInput {
    /// The top-level fields; any other is refused by name.
    pub const FIELDS: [&'static str; 29] = [
        "channel",
        "type",
        "from",
        "to",
        "cc",
        "bcc",
        "reply_to",
        "subject",
        "text",
        "html",
        "attachments",
        "headers",
        "order",
        "customer",
        "caused_by",
        "rule",
        "trace_id",
        "template",
        "secret",
        "track",
        "send_at",
        "hold_seconds",
        "record_only",
        "direction",
        "status",
        "provider",
        "provider_id",
        "occurred_at",
        "attempts",
    ];

    /// A message without files, to be sent now: what Storetrail itself begins with.
    pub fn new(message: Message) -> Self {
        Self {
            message,
            attachments: Vec::new(),
            send_at: None,
            hold_seconds: None,
            status: None,
            attempts: Vec::new(),
        }
    }

    /// Reads a body. `now` is the time to take when none is sent; `default_actor` is who sent it.
    ///
    /// # Errors
    /// [`Problem`] that names each wrong field by its JSON pointer.
    pub fn read(body: &Value, now: DateTime<Utc>, default_actor: &Actor) -> Result<Self, Problem> {
        let mut problems: Vec<FieldProblem> = Vec::new();
        let read = Reader::object(body, "", &mut problems)
            .and_then(|mut reader| Self::read_fields(&mut reader, now, default_actor));
        match read {
            Some(read) if problems.is_empty() => Ok(read),
            _ => Err(Problem::invalid_fields(problems)),
        }
    }

    fn read_fields(
        reader: &mut Reader<'_, '_>,
        now: DateTime<Utc>,
        default_actor: &Actor,
    ) -> Option<Self> {
        reader.refuse_unknown(&Self::FIELDS);
        let is_recorded = reader.flag("record_only");
        let channel = parts::choice::<Channel>(reader, "channel", Channel::NAMES, true);
        let kind = parts::choice::<MessageType>(reader, "type", MessageType::NAMES, false);
        let direction =
            parts::choice::<MessageDirection>(reader, "direction", MessageDirection::NAMES, false)
                .unwrap_or(MessageDirection::Outbound);
        if !is_recorded {
            parts::refuse_unless_recorded(reader);
        }
        let occurred_at = read_occurred_at(reader, now);
        let channel = channel?;
        let is_strict = !is_recorded;
        let from = parts::mailboxes(reader, "from", channel, 1).pop();
        let to = parts::mailboxes(reader, "to", channel, 100);
        if to.is_empty()
            && parts::names_nobody(reader, "to")
            && (is_strict || direction == MessageDirection::Outbound)
        {
            reader.add("to", "required", "say to whom it goes");
        }
        let cc = parts::mailboxes(reader, "cc", channel, 100);
        let bcc = parts::mailboxes(reader, "bcc", channel, 100);
        let reply_to = parts::mailboxes(reader, "reply_to", channel, 1).pop();
        let subject = reader.line("subject", 998);
        let text = reader.body("text", 1_000_000);
        let html = reader.body("html", 5_000_000);
        parts::refuse_mail_parts(reader, channel);
        if is_strict {
            parts::check_content(reader, channel, text.as_deref(), html.as_deref());
        }
        if channel != Channel::Email && to.len() > 1 {
            reader.add("to", "too_long", "one number a message");
        }
        let attachments = parts::attachments(reader);
        let headers = parts::headers(reader, is_recorded);
        let (customer, customer_name) = parts::customer(reader);
        let caused_by = parts::actor(reader).unwrap_or_else(|| default_actor.clone());
        let (send_at, hold_seconds) = parts::timing(reader, now, is_recorded);
        let status =
            parts::choice::<DeliveryStatus>(reader, "status", DeliveryStatus::NAMES, false)
                .filter(|_| is_recorded);
        let attempts = parts::attempts(reader, occurred_at);
        let size = text.as_ref().map_or(0, String::len)
            + html.as_ref().map_or(0, String::len)
            + attachments.iter().map(|a| a.content.len()).sum::<usize>();
        if size > MAX_MESSAGE_BYTES {
            reader.add(
                "attachments",
                "too_large",
                format!(
                    "text and files of a message hold at most {MAX_MESSAGE_BYTES} bytes (30 MiB), these are {size}"
                ),
            );
        }
        let message = Message {
            channel,
            direction,
            kind: kind.unwrap_or(MessageType::Other),
            occurred_at,
            from,
            to,
            cc,
            bcc,
            reply_to,
            subject,
            text,
            html,
            attachments: Vec::new(),
            headers,
            message_id: None,
            references: Vec::new(),
            order: reader.line("order", 200),
            customer,
            customer_name,
            caused_by,
            rule: read_rule(reader),
            trace_id: reader.line("trace_id", 200),
            template: reader.line("template", 200),
            is_secret: reader.flag("secret") || kind == Some(MessageType::VerificationCode),
            is_tracked: reader.flag("track"),
            is_recorded,
            raw: None,
            resend_of: None,
            filled_in: Vec::new(),
        };
        if is_strict {
            for (field, code, words) in unfit(&message) {
                reader.add(field, code, words);
            }
        }
        Some(Self {
            message,
            attachments,
            send_at,
            hold_seconds,
            status,
            attempts,
        })
    }
}

impl Message {
    /// A message without content, to be filled: what composers, connectors and tests begin with.
    pub fn new(
        channel: Channel,
        direction: MessageDirection,
        kind: MessageType,
        occurred_at: DateTime<Utc>,
        caused_by: Actor,
    ) -> Self {
        Self {
            channel,
            direction,
            kind,
            occurred_at,
            from: None,
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: None,
            subject: None,
            text: None,
            html: None,
            attachments: Vec::new(),
            headers: Vec::new(),
            message_id: None,
            references: Vec::new(),
            order: None,
            customer: None,
            customer_name: None,
            caused_by,
            rule: None,
            trace_id: None,
            template: None,
            is_secret: false,
            is_tracked: false,
            is_recorded: false,
            raw: None,
            resend_of: None,
            filled_in: Vec::new(),
        }
    }

    /// Who is on the store's other side: the recipients, or the sender of what was received.
    pub fn counterpart(&self) -> Option<&Mailbox> {
        match self.direction {
            MessageDirection::Outbound => self.to.first(),
            MessageDirection::Inbound => self.from.as_ref(),
        }
    }

    /// Whether nobody gave this part.
    pub fn is_filled_in(&self, part: FilledIn) -> bool {
        self.filled_in.contains(&part)
    }

    /// Takes out what was filled in: another message that begins with this one gets its own.
    pub fn take_out_filled_in(&mut self) {
        for part in std::mem::take(&mut self.filled_in) {
            match part {
                FilledIn::From => self.from = None,
                FilledIn::ReplyTo => self.reply_to = None,
            }
        }
    }

    /// How many of its files could not be fetched from the provider.
    pub fn missing_files(&self) -> usize {
        let names = self.headers.iter().map(|(name, _)| name);
        names.filter(|name| *name == MISSING_FILE).count()
    }

    /// The header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

fn latest(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::days(MAX_AHEAD_DAYS)
}
