//! The words of the API: what is sent and answered, as JSON.
//!
//! Answers are mapped from `domain::view`, which a scope has made: what is hidden is already gone. What is
//! sent is read by `domain` itself; the types for it here only document it, and a test compares their
//! names with the reader's.
//!
//! Optional values are always there, as `null`; only ledger numbers and proofs are left out for roles that may
//! not count.

mod activity;
mod chart;
mod detail;
mod export;
mod followup;
mod input;
mod message;
mod operation;
mod problem;
mod revert;
mod rule;
mod target;
mod watch;
mod webhook;

pub use activity::{
    Action, ActivityItem, ActivityList, Actor, Category, Change, Direction, Kind, Outcome,
    Reference,
};
pub use chart::{Bucket, BucketWidth, Count, Histogram};
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
    ItemList, MessageEventInput, MessageList, NewMessage, NotDone, SendAgainInput, SentAgain,
    SeveralDone, UnmatchedList, UnmatchedReport,
};
pub use operation::{
    Completion, Failure, NewOperation, OpenedOperation, Operation, OperationHead,
    OperationItemBatch, OperationItemInput, OperationItemList, OperationList, Progress,
    RecordedItems, Wish,
};
pub use problem::{Code, FieldCode, Problem, WrongField};
pub use revert::{ConflictList, ConflictsInput, DryRun, RevertInput};
pub use rule::{
    DeadActionsInput, FollowupRuleList, ReportedRule, ReportedRuleList, RuleAction,
    RuleActionAttempt, RuleActionList, RuleActionValue, RuleFault, RuleItem, RuleTrial,
    RuleTrialItem, RuleVersion, RuleVersionList, RuleWhy, SettledActions, WhyStep,
};
pub use target::{DeletedTarget, Target, TargetInput, TargetList};
pub use watch::{
    Request, RequestContent, RequestItem, RequestList, SecurityEvent, SecurityItem, SecurityKind,
    SecurityList, SecurityOutcome, Surface,
};

pub use webhook::{
    Connection, ConnectionInput, ConnectionList, ForgottenConnection, Webhook, WebhookAttempt,
    WebhookBody, WebhookHeader, WebhookItem, WebhookList,
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

/// That something was recorded. It is durable when this is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipt {
    /// The entry's id.
    pub id: uuid::Uuid,
    /// Its number in the ledger.
    #[schema(minimum = 1, examples(48211))]
    pub seq: i64,
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
    /// Its number in the ledger.
    #[schema(minimum = 1, examples(48211))]
    pub seq: i64,
}

impl From<&storage::record::Receipt> for LedgerReceipt {
    fn from(receipt: &storage::record::Receipt) -> Self {
        Self { seq: receipt.seq.0 }
    }
}

impl From<&storage::record::Receipt> for Receipt {
    fn from(receipt: &storage::record::Receipt) -> Self {
        Self {
            id: receipt.id,
            seq: receipt.seq.0,
        }
    }
}
