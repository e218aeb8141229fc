//! The words of the API: what is sent and answered, as JSON.
//!
//! Answers are mapped from `domain::view`, which a scope has made: what is hidden is already gone. What is
//! sent is read by `domain` itself; the types for it here only document it, and a test compares their
//! names with the reader's.
//!
//! Optional values are always there, as `null`; only ledger numbers and proofs are left out for roles that may
//! not count. Messages, threads, proof files and the parts of rules are answered as `domain` writes them, which leaves
//! some of what isn't there out: the types for them only document it, and `tests/api/v1_shapes.rs` compares.

mod activity;
mod chart;
mod delivery;
mod detail;
mod export;
mod followup;
mod input;
mod message;
mod message_detail;
mod operation;
mod problem;
mod proof;
mod revert;
mod rule;
mod rule_part;
mod target;
mod thread;
mod watch;
mod webhook;
mod why;

pub use activity::{
    Action, ActivityItem, ActivityList, Actor, Category, Change, Direction, Kind, Outcome,
    Reference,
};
pub use chart::{
    Bucket, BucketWidth, Count, Histogram, MessageBucket, MessageHistogram, MessageVolume,
    MessageVolumes,
};
pub use delivery::{
    AttemptReference, Confidence, Delivery, DeliveryAttempt, DeliveryFact, DeliveryStatus,
    FactKind, FailureReason, MissedCopy, NotSentReason, ProviderAnswer, ProviderReport, ReadMark,
    ReadStatus, ReportStatus, Verdict, WaitReason,
};
pub use detail::{Activity, HistoryStep, InclusionProof, LedgerEntry, Proof, Rule, Surroundings};
pub use export::{Export, ExportFileInput, ExportInput, ExportList};
pub use followup::{
    Deleted, FollowupRule, FollowupRuleInput, Template, TemplateInput, TemplateList,
};
pub use input::{
    ActivityBatch, ActorInput, Categories, ChangeInput, CustomerInput, NewActivity, OrderInput,
    OutcomeInput, ReferenceInput, RuleInput, RuleObject, SettledOutcome, SeveralInput,
};
pub use message::{
    MessageEventInput, MessageList, NewMessage, NotDone, SendAgainInput, SentAgain, SeveralDone,
    UnmatchedList, UnmatchedReport,
};
pub use message_detail::{
    Attachment, CausingRule, Channel, FilledIn, Mailbox, Message, MessageActions, MessageDetail,
    MessageDirection, MessageItem, MessageStep, MessageType, StoredBlob,
};
pub use operation::{
    Completion, Failure, NewOperation, OpenedOperation, Operation, OperationHead,
    OperationItemBatch, OperationItemInput, OperationItemList, OperationList, Progress,
    RecordedItems, Wish,
};
pub use problem::{Code, FieldCode, Problem, WrongField};
pub use proof::{LedgerLeaf, MessageProof, ProofBundle, ProvenEntry};
pub use revert::{ConflictList, ConflictsInput, DryRun, RevertInput};
pub use rule::{
    DeadActionsInput, FollowupRuleList, ReportedRule, ReportedRuleList, RuleAction,
    RuleActionAttempt, RuleActionList, RuleActionValue, RuleFault, RuleItem, RuleTrial,
    RuleTrialItem, RuleVersion, RuleVersionList, RuleWhy, SettledActions, WhyStep,
};
pub use rule_part::{
    CheckedCondition, FollowupAction, FollowupCondition, FollowupSchedule, FollowupTrigger,
};
pub use target::{DeletedTarget, Target, TargetInput, TargetList};
pub use thread::{
    ErasedGap, FailedWay, OrderList, OrderRow, OrderedItem, Thread, ThreadActivity, ThreadItem,
};
pub use watch::{
    Request, RequestContent, RequestItem, RequestList, SecurityEvent, SecurityItem, SecurityKind,
    SecurityList, SecurityOutcome, Surface,
};

pub use webhook::{
    Connection, ConnectionInput, ConnectionList, ForgottenConnection, Webhook, WebhookAttempt,
    WebhookBody, WebhookHeader, WebhookItem, WebhookList,
};
pub use why::{
    LoopGuard, WhyAction, WhyActionState, WhyDelivery, WhyDetails, WhyFault, WhyHookResult,
    WhyHookState, WhyReceived,
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A time in UTC by RFC 3339, always with microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, examples("2026-11-20T09:14:03.000000Z"))]
pub struct Time(pub DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// A time in UTC by RFC 3339, with as many digits of its second as it has: none, or up to microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, format = DateTime, examples("2026-11-20T09:14:03.512806Z"))]
pub struct Moment(pub DateTime<Utc>);

/// Who did it, as they were named at that time. What is not known is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedActor {
    /// What kind of actor.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The store's own id for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("u_17"))]
    pub id: Option<String>,
    /// As people call them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("Sara Nasser"))]
    pub name: Option<String>,
    /// Their address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("sara@store.example"))]
    pub email: Option<String>,
    /// Their role in the store, in the store's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("manager"))]
    pub role: Option<String>,
}

/// A thing by type and id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedThing {
    /// What kind of thing.
    #[serde(rename = "type")]
    #[schema(examples("order"))]
    pub kind: String,
    /// The store's own id.
    #[schema(examples("1042"))]
    pub id: String,
    /// As people call it; left out when it has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
}

/// That something was recorded. It is durable when this is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipt {
    /// The entry's id.
    pub id: uuid::Uuid,
    /// Its number in the ledger; left out for roles that may not count what is hidden from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false, examples(48211))]
    pub seq: Option<i64>,
}

/// That a message was recorded, and whether it goes out. It is durable when this is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageReceipt {
    /// The message's id.
    pub id: uuid::Uuid,
    /// Its number in the ledger; left out for roles that may not count what is hidden from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false, examples(48211))]
    pub seq: Option<i64>,
    /// As it was recorded: `pending` for one that goes out, `not_sent` for one that does not; what another system told
    /// of its own (`record_only`). Left out for a message that came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status: Option<DeliveryStatus>,
    /// Why it is not sent; left out for all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<NotSentReason>,
}

/// One receipt an activity, in the order in which they were sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipts {
    /// The receipts.
    pub items: Vec<Receipt>,
}

/// A receipt for an object, receipts for an array or NDJSON.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Recorded {
    /// For an object.
    One(Receipt),
    /// For an array or NDJSON.
    Many(Receipts),
}

/// That something was recorded about what has an id already. It is durable when this is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct LedgerReceipt {
    /// Its number in the ledger; left out for roles that may not count what is hidden from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false, examples(48211))]
    pub seq: Option<i64>,
}

impl LedgerReceipt {
    /// What is answered of a receipt, with its ledger number for who counts.
    pub fn of(receipt: &storage::record::Receipt, counts: bool) -> Self {
        Self {
            seq: counts.then_some(receipt.seq.0),
        }
    }
}

impl MessageReceipt {
    /// What is answered of a receipt, with its ledger number for who counts.
    pub fn of(receipt: &storage::record::Receipt, counts: bool) -> Self {
        Self {
            id: receipt.id,
            seq: counts.then_some(receipt.seq.0),
            status: receipt.status.map(Into::into),
            reason: receipt.reason.map(Into::into),
        }
    }
}

impl Receipt {
    /// What is answered of a receipt, with its ledger number for who counts.
    pub fn of(receipt: &storage::record::Receipt, counts: bool) -> Self {
        Self {
            id: receipt.id,
            seq: counts.then_some(receipt.seq.0),
        }
    }
}
