//! What became of a message: the sentence, the tries, and each thing that became known.

use super::activity::{same_names, same_variants};
use super::{Moment, NamedActor, StoredBlob};
use domain::message;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether a message went out, as a person sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It never was to be sent.
    NotSent,
    /// It waits, or its end is not known yet.
    Pending,
    /// It went out.
    Sent,
    /// Somebody stopped it before it went out.
    Stopped,
    /// It did not arrive.
    Failed,
}

/// Whether the recipient read it. `not_available` where the channel doesn't tell: SMS, and what was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadStatus {
    /// The channel doesn't tell.
    NotAvailable,
    /// Nobody can tell, or only a machine opened it.
    Unknown,
    /// It would be told, and was not yet.
    Unread,
    /// A person read it.
    Read,
}

/// Who opened it, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Somebody with a device of their own.
    Person,
    /// A proxy that loads everything, read or not.
    PrivacyProxy,
    /// A machine that looks for malware.
    Scanner,
}

/// How far a provider's report says that a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportStatus {
    /// A word that is not known here.
    Unknown,
    /// The provider has it.
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

/// Why a message is not to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotSentReason {
    /// The recipient opted out on this channel.
    OptedOut,
    /// An autoresponder or a loop: an answer would be answered for ever.
    Loop,
    /// No provider is set up here for the channel. Once one is, the message can be restarted.
    NoSender,
    /// Another system did not send it, for reasons of its own.
    Elsewhere,
}

/// For what a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// For its turn.
    Queue,
    /// For the time it was scheduled for.
    Schedule,
    /// For a moment in which its writer can still catch it.
    Hold,
    /// For the next try, after an answer that said "later".
    Retry,
}

/// Why a message did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// The handset is off or out of reach.
    Unreachable,
    /// The recipient or network blocks it.
    Blocked,
    /// There is no such number.
    UnknownNumber,
    /// A landline or a network that takes no SMS.
    Landline,
    /// The network took it for spam.
    Filtered,
    /// The network did not say.
    Unspecified,
    /// The recipient answered STOP.
    OptedOut,
    /// Not a number.
    InvalidNumber,
    /// The store may not send to this country or number.
    NotPermitted,
    /// WhatsApp: more than 24 hours since the customer wrote.
    OutsideWindow,
    /// WhatsApp: the recipient has none.
    NoWhatsapp,
    /// The account at the provider is blocked or out of funds.
    AccountProblem,
    /// The provider's queue was full or took too long.
    TooMany,
    /// There is no such mailbox.
    NoMailbox,
    /// The address can't be right.
    InvalidAddress,
    /// The mailbox is full.
    MailboxFull,
    /// The mail server refuses for policy or spam.
    RefusedAsSpam,
    /// The mail is too large.
    TooLarge,
    /// The mail server wants a sign-in.
    SignIn,
    /// The other side kept saying "later" until no further try was made.
    GaveUp,
    /// Refused for another reason.
    Refused,
}

same_names!(message::DeliveryStatus => DeliveryStatus { NotSent, Pending, Sent, Stopped, Failed });
same_names!(message::ReadStatus => ReadStatus { NotAvailable, Unknown, Unread, Read });
same_names!(message::Confidence => Confidence { Person, PrivacyProxy, Scanner });
same_names!(message::ReportStatus => ReportStatus {
    Unknown, Underway, Sent, Canceled, Failed, Delivered, Read
});
same_names!(message::NotSentReason => NotSentReason { OptedOut, Loop, NoSender, Elsewhere });
same_names!(message::WaitReason => WaitReason { Queue, Schedule, Hold, Retry });
same_names!(message::FailureReason => FailureReason {
    Unreachable, Blocked, UnknownNumber, Landline, Filtered, Unspecified, OptedOut, InvalidNumber,
    NotPermitted, OutsideWindow, NoWhatsapp, AccountProblem, TooMany, NoMailbox, InvalidAddress,
    MailboxFull, RefusedAsSpam, TooLarge, SignIn, GaveUp, Refused,
});

/// What is known of a message's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Delivery {
    /// As a person sees it; null for an inbound message.
    #[schema(required)]
    pub status: Option<DeliveryStatus>,
    /// Whether it was read.
    pub read: ReadStatus,
    /// When a person read it first.
    #[schema(required)]
    pub read_at: Option<Moment>,
    /// In one sentence.
    pub verdict: Verdict,
    /// The provider's own words on the last thing it told: status, code and text.
    #[schema(required)]
    pub provider_words: Option<String>,
    /// Each try, first one first.
    pub attempts: Vec<DeliveryAttempt>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeliveryAttempt {
    /// From 1.
    #[schema(minimum = 1)]
    pub number: u32,
    /// What the provider's callback names.
    pub id: Uuid,
    /// To whom it was handed.
    #[schema(required, examples("smtp"))]
    pub provider: Option<String>,
    /// To whom alone it went: those whose copies were put off before. Left out when it went to all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// When it was handed over; null while it waits.
    #[schema(required)]
    pub begun_at: Option<Moment>,
    /// When it was answered.
    #[schema(required)]
    pub answered_at: Option<Moment>,
    /// Whether the process ended before the answer.
    pub is_answer_unknown: bool,
    /// The provider's id of it.
    #[schema(required)]
    pub provider_id: Option<String>,
    /// How far it came.
    pub status: ReportStatus,
    /// When that was told.
    #[schema(required)]
    pub status_at: Option<Moment>,
    /// The provider's code.
    #[schema(required)]
    pub code: Option<String>,
    /// The provider's words.
    #[schema(required)]
    pub words: Option<String>,
    /// When the next try follows, after an answer that said "later".
    #[schema(required)]
    pub retry_at: Option<Moment>,
}

/// The answer to "did it arrive?", to be put into one sentence; `verdict` says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It came in.
    Received {
        /// When.
        at: Moment,
    },
    /// It is not to be sent.
    NotSent {
        /// Why.
        reason: NotSentReason,
    },
    /// It waits.
    Waiting {
        /// For what.
        reason: WaitReason,
        /// Until when, if that is known.
        #[schema(required)]
        until: Option<Moment>,
        /// How many tries were made.
        attempts: u32,
        /// What the last try was answered.
        #[schema(required)]
        words: Option<String>,
    },
    /// A try is under way.
    HandingOver {
        /// Since when.
        at: Moment,
    },
    /// It was handed over, and nobody knows what was answered.
    AnswerUnknown {
        /// When it was handed over.
        at: Moment,
        /// What went wrong then; left out when that is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        words: Option<String>,
    },
    /// It went out.
    HandedOver {
        /// When it was handed over; null when another system did not say.
        #[schema(required)]
        at: Option<Moment>,
        /// When it arrived, if that was told.
        #[schema(required)]
        delivered_at: Option<Moment>,
        /// By whom it was first opened, if that was told; a person before a machine.
        #[schema(required)]
        opened: Option<ReadMark>,
        /// Whether the provider still has it.
        is_underway: bool,
        /// Whose copies were not taken, or did not arrive; left out when there are none.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        missed: Vec<MissedCopy>,
    },
    /// Somebody stopped it.
    Stopped {
        /// When.
        at: Moment,
        /// Who; null when the provider called it back.
        #[schema(required)]
        by: Option<NamedActor>,
    },
    /// It did not arrive.
    NotDelivered {
        /// When that was told.
        at: Moment,
        /// Why.
        reason: FailureReason,
        /// The provider's code.
        #[schema(required)]
        code: Option<String>,
        /// The provider's words.
        #[schema(required)]
        words: Option<String>,
        /// How many tries were made.
        attempts: u32,
    },
}

same_variants!(message::Verdict => Verdict {
    Received, NotSent, Waiting, HandingOver, AnswerUnknown, HandedOver, Stopped, NotDelivered,
});

/// That it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReadMark {
    /// When.
    pub at: Moment,
    /// By what.
    pub confidence: Confidence,
    /// Why it is taken for that.
    #[schema(examples("apple_proxy"))]
    pub reason: String,
    /// The device in words; only a person's.
    #[schema(required)]
    pub device: Option<String>,
}

/// Somebody whose copy was not taken, or did not arrive, while the others' was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissedCopy {
    /// Their address.
    pub address: String,
    /// The server's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("451"))]
    pub code: Option<String>,
    /// Its words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub words: Option<String>,
    /// When it is tried again for them alone; left out when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_at: Option<Moment>,
}

/// Which try something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct AttemptReference {
    /// From 1.
    #[schema(minimum = 1)]
    pub number: u32,
    /// What the provider's callback names.
    pub id: Uuid,
}

/// One thing that became known of a message, as its ledger entry has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeliveryFact {
    /// When it happened, as far as known; a report's own time, not that of its arrival.
    pub at: Moment,
    /// The try it is about; left out when it is about the message as such, or when nobody can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attempt: Option<AttemptReference>,
    /// What it is.
    #[serde(flatten)]
    pub kind: FactKind,
}

/// What became known; `fact` says what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum FactKind {
    /// It waits to be sent.
    Queued {
        /// Not before this time, when it is scheduled or held.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        due_at: Option<Moment>,
        /// Whether it is held so that its writer can catch it, rather than scheduled.
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
        /// To whom it is handed.
        #[schema(examples("smtp"))]
        provider: String,
        /// The very bytes that are handed over, when it is a mail.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        raw: Option<StoredBlob>,
        /// To whom alone it is handed over; left out when it goes to all.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        only: Vec<String>,
    },
    /// What the provider said at once.
    Answered(ProviderAnswer),
    /// The connection broke, or the process ended, between hand-over and answer: nobody knows.
    AnswerUnknown {
        /// What went wrong, if that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        words: Option<String>,
    },
    /// No further try is made.
    GaveUp {
        /// In the last answer's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        words: Option<String>,
    },
    /// What the provider told later.
    Report(ProviderReport),
    /// Somebody stopped it in time.
    Stopped {
        /// Who.
        by: NamedActor,
    },
    /// Somebody sent it before the time for which it was held or scheduled.
    Released {
        /// Who.
        by: NamedActor,
    },
    /// Somebody restarted it: `attempt` is the new one.
    Restarted {
        /// Who.
        by: NamedActor,
        /// Not before this time.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        due_at: Option<Moment>,
        /// Whether it is held so that its writer can catch it.
        is_held: bool,
    },
    /// It was sent again as another message.
    Resent {
        /// That message's id.
        as_message: Uuid,
        /// Who.
        by: NamedActor,
    },
    /// Its pixel was loaded.
    Opened {
        /// By what.
        confidence: Confidence,
        /// Why it is taken for that.
        #[schema(examples("apple_proxy"))]
        reason: String,
        /// The device in words; only a person's.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        device: Option<String>,
    },
    /// A link was followed.
    Clicked {
        /// Where to.
        url: String,
        /// By what.
        confidence: Confidence,
        /// Why it is taken for that.
        #[schema(examples("too_fast"))]
        reason: String,
        /// The device in words; only a person's.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        device: Option<String>,
    },
}

same_variants!(message::FactKind => FactKind {
    Queued, NotSent, Received, Begun, Answered, AnswerUnknown, GaveUp, Report, Stopped, Released,
    Restarted, Resent, Opened, Clicked,
});

/// What a provider answered to a hand-over; `answer` says what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum ProviderAnswer {
    /// It took it.
    Accepted {
        /// The provider's id of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        provider_id: Option<String>,
        /// The status it answered; left out with SMTP, which knows none.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false, examples("queued"))]
        status: Option<String>,
        /// Its words.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        words: Option<String>,
        /// Whose copies it did not take; left out when it took all.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        missed: Vec<MissedCopy>,
    },
    /// Not now; tried again at a time.
    Deferred {
        /// Its code.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false, examples("451"))]
        code: Option<String>,
        /// Its words.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        words: Option<String>,
        /// When the next try is due.
        retry_at: Moment,
    },
    /// Never.
    Refused {
        /// Its code.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false, examples("550"))]
        code: Option<String>,
        /// Its words.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        words: Option<String>,
    },
}

same_variants!(message::Answer => ProviderAnswer { Accepted, Deferred, Refused });

/// What a provider told later, as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProviderReport {
    /// Who told: `twilio`, `postmark`, or what the API's caller called itself.
    #[schema(examples("twilio"))]
    pub provider: String,
    /// The provider's id of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider_id: Option<String>,
    /// Whose copy it is about; left out when it is about the message as such.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub recipient: Option<String>,
    /// The status in the provider's own word.
    #[schema(examples("delivered"))]
    pub status: String,
    /// Its error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// Its words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub words: Option<String>,
    /// Everything it sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub raw: Option<String>,
}
