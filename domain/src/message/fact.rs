//! What became known of a message, one thing at a time. Facts arrive late, twice and in any order.

use super::{BlobRef, Confidence, ReadMark};
use crate::{Actor, AttemptId, MessageId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Which try a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Attempt {
    /// From 1, one more for each try; given out in the transaction that begins it.
    pub number: u32,
    /// What the provider's callback names.
    pub id: AttemptId,
}

/// One thing that became known of a message: the payload of its ledger entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryFact {
    /// When it happened, as far as known; a report's own time, not that of its arrival.
    pub at: DateTime<Utc>,
    /// The try it is about; none when it is about the message as such, or when nobody can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<Attempt>,
    /// What it is.
    #[serde(flatten)]
    pub kind: FactKind,
}

impl DeliveryFact {
    /// That it was opened; none when it tells of something else.
    pub fn read_mark(&self) -> Option<ReadMark> {
        match &self.kind {
            FactKind::Opened {
                confidence,
                reason,
                device,
            }
            | FactKind::Clicked {
                confidence,
                reason,
                device,
                ..
            } => Some(ReadMark {
                at: self.at,
                confidence: *confidence,
                reason: reason.clone(),
                device: device.clone(),
            }),
            _ => None,
        }
    }
}

/// What became known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum FactKind {
    /// It waits to be sent; `due_at` when it is scheduled or held.
    Queued {
        /// Not before this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_at: Option<DateTime<Utc>>,
        /// Whether it is held for a moment so that its writer can catch it, rather than scheduled.
        #[serde(default)]
        is_held: bool,
    },
    /// It is not to be sent.
    NotSent {
        /// Why.
        reason: NotSentReason,
    },
    /// It came from outside.
    Received,
    /// A try began: from here on it may have gone out.
    Begun {
        /// To whom it is handed: `smtp`, `twilio`.
        provider: String,
        /// The very bytes that are handed over, when it is a mail (RFC 5322).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        raw: Option<BlobRef>,
        /// To whom alone it is handed over: those whose copies an earlier try put off. Empty when it goes to all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        only: Vec<String>,
    },
    /// What the provider said at once.
    Answered(Answer),
    /// The connection broke, or the process ended, between hand-over and answer: nobody knows.
    AnswerUnknown {
        /// What went wrong, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    },
    /// No further try is made.
    GaveUp {
        /// In the last answer's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    },
    /// What the provider told later.
    Report(Report),
    /// Somebody stopped it in time.
    Stopped {
        /// Who.
        by: Actor,
    },
    /// Somebody sent it before the time for which it was held or scheduled.
    Released {
        /// Who.
        by: Actor,
    },
    /// Somebody restarted it: `attempt` is the new one.
    Restarted {
        /// Who.
        by: Actor,
        /// Not before this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_at: Option<DateTime<Utc>>,
        /// As of [`FactKind::Queued`].
        #[serde(default)]
        is_held: bool,
    },
    /// It was sent again as another message.
    Resent {
        /// That message.
        as_message: MessageId,
        /// Who.
        by: Actor,
    },
    /// Its pixel was loaded.
    Opened {
        /// By what.
        confidence: Confidence,
        /// Why it is taken for that, as a key for the interface: `apple_proxy`, `gmail_proxy`, `too_fast`, ...
        reason: String,
        /// The device in words; only a person's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<String>,
    },
    /// A link was followed.
    Clicked {
        /// Where to.
        url: String,
        /// By what.
        confidence: Confidence,
        /// As of [`FactKind::Opened`].
        reason: String,
        /// The device in words; only a person's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<String>,
    },
}

/// What a provider answered to a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It took it. With SMTP that is "sent"; a provider with a queue of its own says how far it came.
    Accepted {
        /// The provider's id of it (a SID; an SMTP queue id).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider_id: Option<String>,
        /// The status it answered, such as `queued`; none for SMTP.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// Its words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
        /// Whose copies it did not take.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        missed: Vec<Missed>,
    },
    /// Not now; tried again at a time (SMTP 4xx, HTTP 429 and 5xx, no connection).
    Deferred {
        /// Its code, such as `451` or `4.7.1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Its words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
        /// When the next try is due.
        retry_at: DateTime<Utc>,
    },
    /// Never (SMTP 5xx, HTTP 4xx).
    Refused {
        /// Its code, such as `550` or `21211`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Its words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    },
}

/// Somebody whose copy was not taken, or did not arrive, while the others' was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Missed {
    /// Their address.
    pub address: String,
    /// The server's code, such as `451`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// When it is tried again for them alone; none when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<DateTime<Utc>>,
}

/// What a provider told later, kept as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Who told: `twilio`, `postmark`, or what the API's caller called itself.
    pub provider: String,
    /// The provider's id of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// Whose copy it is about; none when it is about the message as such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// The status in the provider's own word.
    pub status: String,
    /// Its error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Everything it sent, so that nothing is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

/// How far a report says that a message came; the order decides between reports of one try.
///
/// A delivery outweighs a failure: what arrived did arrive, in whichever order one hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportStatus {
    /// A word that is not known here.
    Unknown,
    /// The provider has it: accepted, scheduled, queued, sending.
    Underway,
    /// It left the provider.
    Sent,
    /// It was called back in time, or somebody stopped it.
    Canceled,
    /// It did not arrive.
    Failed,
    /// It arrived.
    Delivered,
    /// It was read.
    Read,
}

impl ReportStatus {
    /// What a provider's word means: Twilio's message statuses and the words that other providers use.
    pub fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().replace('-', "_").as_str() {
            "accepted" | "scheduled" | "queued" | "sending" | "pending" | "processed"
            | "deferred" | "request" => Self::Underway,
            "sent" | "partially_delivered" => Self::Sent,
            "canceled" | "cancelled" | "stopped" => Self::Canceled,
            "failed" | "undelivered" | "bounced" | "bounce" | "dropped" | "rejected"
            | "blocked" => Self::Failed,
            "delivered" | "delivery" | "complained" | "spam_complaint" | "unsubscribed" => {
                Self::Delivered
            }
            "read" | "opened" | "open" | "clicked" | "click" => Self::Read,
            _ => Self::Unknown,
        }
    }
}

/// Why a message is not to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotSentReason {
    /// The recipient opted out on this channel.
    OptedOut,
    /// An autoresponder or a loop: an answer would be answered for ever.
    Loop,
    /// No provider is set up here for the channel.
    NoSender,
    /// Another system did not send it, for reasons of its own.
    Elsewhere,
}
