//! Rules with what became of them.

use crate::followup::why::{ActionState, Answer};
use crate::followup::{Evaluation, FollowupRule};
use crate::{ActivityId, FieldProblem, Reference, RuleId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A rule with how it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleRow {
    /// The rule.
    pub rule: FollowupRule,
    /// What is wrong with it today.
    pub faults: Vec<FieldProblem>,
    /// How often it fired in the last seven days.
    pub fired: u64,
    /// How often it was evaluated in the last seven days and did not fire, apart from what it did on trial.
    pub skipped: u64,
    /// How often it would have fired in the last seven days, had it not been on trial.
    pub would_have_fired: u64,
    /// When it fired last, within 90 days.
    pub fired_at: Option<DateTime<Utc>>,
    /// When its schedule is due next.
    pub due_at: Option<DateTime<Utc>>,
}

/// A rule of the shop's own, as its activities name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedRule {
    /// Its id there, if it has one.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// How many activities named it.
    pub count: u64,
    /// When the first of them happened.
    pub first_at: DateTime<Utc>,
    /// When the last of them happened.
    pub last_at: DateTime<Utc>,
}

/// A rule as it was saved once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleVersion {
    /// From 1.
    pub version: u32,
    /// When it was saved.
    pub saved_at: DateTime<Utc>,
    /// By whom, as people call them.
    pub saved_by: String,
    /// The rule; none when it was deleted.
    pub rule: Option<FollowupRule>,
}

/// An action of a rule that is not done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleActionRow {
    /// Its id: `webhook-id` for webhooks.
    pub id: Uuid,
    /// Of which rule.
    pub rule: Option<RuleId>,
    /// The rule's name then.
    pub rule_name: String,
    /// What is done, by its name in JSON.
    pub action: String,
    /// What it names or says, which can be edited; none for an action that has no such thing.
    pub value: Option<String>,
    /// For what.
    pub subject: Option<Reference>,
    /// Waiting, or dead: out of tries.
    pub state: ActionState,
    /// How often it was tried.
    pub tries: u32,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Whether it is being tried at this moment.
    pub is_under_way: bool,
    /// When it is tried next; none for a dead one.
    pub due_at: Option<DateTime<Utc>>,
    /// The waits of the plan that are left behind the next try, in seconds; behind the last it is out of tries. None for a
    /// dead one.
    pub plan: Vec<i64>,
    /// Why the last try failed.
    pub error: Option<String>,
    /// The tries that failed, the oldest first, as far as the log still tells of them.
    pub attempts: Vec<ActionAttempt>,
}

/// A try of an action that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionAttempt {
    /// Its number, from 1; what was retried by a person begins anew.
    pub number: u32,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// Why it failed.
    pub error: String,
}

/// What a rule would have done with one thing of the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialRow {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What the store's clock adds to UTC at that time, in minutes.
    pub offset_minutes: i32,
    /// Its entry in the activity log; none for a time of a schedule.
    pub entry: Option<ActivityId>,
    /// What happened: an action, or `schedule`.
    pub action: String,
    /// About what.
    pub subject: Option<Reference>,
    /// The orders and customers that it is about, be it as its subject or as what is related to it.
    pub about: Vec<Reference>,
    /// What each condition saw.
    pub evaluation: Evaluation,
    /// Whether it had happened so long before it was told that it sets nothing off.
    pub is_history: bool,
}

/// What a rule would have done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleTrial {
    /// In so many days.
    pub days: u32,
    /// How many things that set it off were looked at.
    pub looked_at: u64,
    /// Whether none is in the log at all that an event's query finds: its spelling may be wrong.
    pub is_unknown: bool,
    /// Since when everything was looked at: the beginning of those days, or later when there was more.
    pub since: DateTime<Utc>,
    /// What the store's clock adds to UTC at that time, in minutes.
    pub offset_minutes: i32,
    /// Whether there were more of them in those days.
    pub has_more: bool,
    /// How often it would have fired.
    pub fired: u64,
    /// The newest of those times, at most 20.
    pub examples: Vec<TrialRow>,
    /// The newest of the others, at most 5.
    pub misses: Vec<TrialRow>,
}

/// Why a rule did or did not fire for a subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleWhy {
    /// The rule.
    pub rule: RuleId,
    /// Its name.
    pub name: String,
    /// The subject that was asked about.
    pub subject: Reference,
    /// What the store's clock adds to UTC now, in minutes.
    pub offset_minutes: i32,
    /// The answer.
    pub answer: Answer,
}
