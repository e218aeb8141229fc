//! What belongs to the steps of "Why didn't it fire?".
//!
//! As the parts of rules, it is answered as `domain::followup::why` has it, and the types here document it.

use super::activity::{same_names, same_variants};
use super::{CheckedCondition, Moment};
use domain::followup::{self, why};
use domain::hook;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What belongs to a step: each kind of step has what it tells of, and leaves out the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyDetails {
    /// Of `received` and `nothing_fits`: what was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub received: Option<WhyReceived>,
    /// Of `delivered`: the shop's webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub delivery: Option<WhyDelivery>,
    /// Of `due`, `not_due` and `fired`: when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub at: Option<Moment>,
    /// Of `on`, `off`, `off_now` and `other_trigger`: which version of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub version: Option<u32>,
    /// Of `off` and `off_now`: since when, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub since: Option<Moment>,
    /// Of `met`, `not_met` and `broken`: the condition with what it saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub checked: Option<CheckedCondition>,
    /// Of `guarded`: what kept it from going round in circles.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub guard: Option<LoopGuard>,
    /// Of `action`: where the action stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub now: Option<WhyAction>,
    /// Of `failed`: why, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub why: Option<String>,
    /// Of `fault`: what is wrong with the rule today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fault: Option<WhyFault>,
}

/// Something that was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyReceived {
    /// Its entry's id.
    pub id: Uuid,
    /// What was done.
    #[schema(examples("product.updated"))]
    pub action: String,
    /// When.
    pub at: Moment,
}

/// A webhook of the shop that became no entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyDelivery {
    /// Its id.
    pub id: Uuid,
    /// What it is about, in the shop's words.
    #[schema(examples("products/update"))]
    pub topic: String,
    /// When it came.
    pub at: Moment,
    /// How it stands.
    pub state: WhyHookState,
    /// What came of it; left out until it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub result: Option<WhyHookResult>,
    /// Why its last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// When its next try is due; left out when none is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due_at: Option<Moment>,
}

/// How it stands with a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookState)]
pub enum WhyHookState {
    /// Kept; nothing was tried yet.
    Received,
    /// Somebody asked for another try; it is due.
    Queued,
    /// It is being processed.
    Processing,
    /// Processed.
    Done,
    /// The last try failed; the next one is planned.
    Failed,
    /// Out of tries: it waits for a person.
    Dead,
    /// A person decided that it is not processed.
    Discarded,
}

/// What came of a webhook that was processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookResult)]
pub enum WhyHookResult {
    /// Something was recorded.
    Recorded,
    /// It told nothing that was not known.
    Unchanged,
    /// Something newer about the same thing came before it.
    Late,
    /// Its topic means nothing here; it is kept.
    NotUnderstood,
}

/// Where an action stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyAction {
    /// Which.
    #[schema(examples("call_webhook"))]
    pub action: String,
    /// How often it was tried.
    pub tries: u32,
    /// How it stands.
    pub state: WhyActionState,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// When it is tried next, or when it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub at: Option<Moment>,
}

/// How an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RuleActionState)]
pub enum WhyActionState {
    /// It waits for its first or next try.
    Waiting,
    /// It was done.
    Done,
    /// It is out of tries, and waits for somebody to retry or discard it.
    Dead,
    /// Somebody gave it up.
    Discarded,
}

/// Why a rule whose conditions were met does not answer, or does nothing at all; `guard` says why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "guard", rename_all = "snake_case")]
pub enum LoopGuard {
    /// A machine wrote it.
    AutoSubmitted {
        /// The header and its value.
        header: String,
    },
    /// It went to many: a list, a bulk mail.
    Bulk {
        /// The header and its value.
        header: String,
    },
    /// Its sender is one that never reads.
    NoReader {
        /// The address.
        address: String,
    },
    /// The thread got enough automatic answers in the last hour.
    TooMany {
        /// How many.
        count: u64,
    },
    /// The rule itself caused what happened.
    Own,
    /// Rules set each other off, one after the other.
    TooDeep {
        /// How many fired before, one because of the other.
        depth: u32,
    },
    /// The rule fired often enough for this subject in the last hour.
    TooOften {
        /// How often.
        count: u64,
    },
}

/// What is wrong with a part of the rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyFault {
    /// Where, as a JSON pointer.
    #[schema(examples("/actions/0/template"))]
    pub pointer: String,
    /// What kind of mistake.
    #[schema(examples("not_found"))]
    pub code: String,
    /// What, in words.
    pub message: String,
}

same_names!(hook::HookState => WhyHookState {
    Received, Queued, Processing, Done, Failed, Dead, Discarded
});
same_names!(hook::HookResult => WhyHookResult { Recorded, Unchanged, Late, NotUnderstood });
same_names!(why::ActionState => WhyActionState { Waiting, Done, Dead, Discarded });
same_variants!(followup::LoopGuard => LoopGuard {
    AutoSubmitted, Bulk, NoReader, TooMany, Own, TooDeep, TooOften,
});
