//! Rules with what became of them.

use super::{
    CheckedCondition, FollowupAction, FollowupCondition, FollowupTrigger, Reference, Time,
    WhyDetails,
};
use domain::followup::why::Step;
use domain::hook::FailureCause;
use domain::view;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A rule with how it does.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleItem {
    /// Its id.
    pub id: Uuid,
    /// As people call it; unique in the store.
    pub name: String,
    /// Whether it is evaluated.
    pub is_enabled: bool,
    /// Whether it is only evaluated: nothing is done.
    pub is_dry: bool,
    /// From 1, one more each time it is saved.
    #[schema(minimum = 1)]
    pub version: u32,
    /// What sets it off.
    #[schema(value_type = FollowupTrigger)]
    pub trigger: Value,
    /// All must be met; none means always.
    #[schema(value_type = Vec<FollowupCondition>)]
    pub conditions: Vec<Value>,
    /// What it does then, in order.
    #[schema(value_type = Vec<FollowupAction>)]
    pub actions: Vec<Value>,
    /// What is wrong with it today.
    pub faults: Vec<RuleFault>,
    /// How often it fired in the last seven days.
    pub fired: u64,
    /// How often it was evaluated in the last seven days and did not fire, apart from `would_have_fired`.
    pub skipped: u64,
    /// How often it would have fired in the last seven days, had it not been on trial (`is_dry`).
    pub would_have_fired: u64,
    /// When it fired last, within 90 days.
    #[schema(required)]
    pub fired_at: Option<Time>,
    /// When its schedule is due next.
    #[schema(required)]
    pub due_at: Option<Time>,
}

/// What is wrong with a part of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleFault {
    /// Where, as a JSON pointer.
    #[schema(examples("/actions/0/template"))]
    pub pointer: String,
    /// What.
    pub message: String,
}

impl From<view::RuleRow> for RuleItem {
    fn from(row: view::RuleRow) -> Self {
        let rule = super::FollowupRule::from(row.rule);
        let faults = row.faults.into_iter().map(|fault| RuleFault {
            pointer: fault.pointer,
            message: fault.message,
        });
        Self {
            id: rule.id,
            name: rule.name,
            is_enabled: rule.is_enabled,
            is_dry: rule.is_dry,
            version: rule.version,
            trigger: rule.trigger,
            conditions: rule.conditions,
            actions: rule.actions,
            faults: faults.collect(),
            fired: row.fired,
            skipped: row.skipped,
            would_have_fired: row.would_have_fired,
            fired_at: row.fired_at.map(Time),
            due_at: row.due_at.map(Time),
        }
    }
}

/// All rules.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FollowupRuleList {
    /// By name.
    pub items: Vec<RuleItem>,
}

/// A rule as it was saved once.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleVersion {
    /// From 1.
    #[schema(minimum = 1)]
    pub version: u32,
    /// When it was saved.
    pub saved_at: Time,
    /// By whom, as people call them.
    pub saved_by: String,
    /// The rule; null when it was deleted.
    #[schema(required)]
    pub rule: Option<super::FollowupRule>,
}

impl From<view::RuleVersion> for RuleVersion {
    fn from(version: view::RuleVersion) -> Self {
        Self {
            version: version.version,
            saved_at: Time(version.saved_at),
            saved_by: version.saved_by,
            rule: version.rule.map(Into::into),
        }
    }
}

/// A rule's versions.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleVersionList {
    /// The newest first.
    pub items: Vec<RuleVersion>,
}

/// An action of a rule that is not done.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleAction {
    /// Its id.
    pub id: Uuid,
    /// Of which rule.
    #[schema(required)]
    pub rule_id: Option<Uuid>,
    /// The rule's name then.
    pub rule: String,
    /// What is done.
    #[schema(examples("call_webhook"))]
    pub action: String,
    /// What it names or says: the template, the colleague, the tag, the address, the text or the operation's name; null
    /// for `hold_messages`. It can be edited, but not while the action is being tried.
    #[schema(required)]
    pub value: Option<String>,
    /// For what.
    #[schema(required)]
    pub subject: Option<Reference>,
    /// `waiting`, or `dead`: out of tries.
    #[schema(examples("waiting"))]
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it was asked for.
    pub created_at: Time,
    /// Whether it is being tried at this moment.
    pub is_under_way: bool,
    /// When it is tried next; null when it is out of tries.
    #[schema(required)]
    pub due_at: Option<Time>,
    /// The waits that are left after the next try, in seconds, each up to a tenth longer; after the last of them it is out of
    /// tries. Empty when it is.
    pub plan: Vec<i64>,
    /// Why the last try failed, in words.
    #[schema(required)]
    pub error: Option<String>,
    /// The cause that its words tell of: `rate_limit`, `invalid_data`, `configuration` or `network`
    /// (the other system's own failure, 5xx, too); null for another.
    #[schema(required, examples("network"))]
    pub cause: Option<String>,
    /// The tries that failed, oldest first, as far as the log still tells of them.
    pub attempts: Vec<RuleActionAttempt>,
}

/// A try of an action that failed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleActionAttempt {
    /// Its number, from 1; what was retried begins anew.
    #[schema(minimum = 1)]
    pub number: u32,
    /// When it ended.
    pub at: Time,
    /// Why it failed, in words.
    pub error: String,
    /// The cause that the words tell of, as `cause` of the action.
    #[schema(required, examples("network"))]
    pub cause: Option<String>,
}

/// The name of the cause that an error tells of.
fn cause_of(error: &str) -> Option<String> {
    FailureCause::of_words(error).map(|cause| cause.as_str().to_owned())
}

impl From<view::RuleActionRow> for RuleAction {
    fn from(row: view::RuleActionRow) -> Self {
        let attempts = row.attempts.into_iter().map(|attempt| RuleActionAttempt {
            number: attempt.number,
            at: Time(attempt.at),
            cause: cause_of(&attempt.error),
            error: attempt.error,
        });
        Self {
            id: row.id,
            rule_id: row.rule.map(|rule| rule.0),
            rule: row.rule_name,
            action: row.action,
            value: row.value,
            subject: row.subject.map(Into::into),
            state: word(&row.state),
            tries: row.tries,
            created_at: Time(row.created_at),
            is_under_way: row.is_under_way,
            due_at: row.due_at.map(Time),
            plan: row.plan,
            cause: row.error.as_deref().and_then(cause_of),
            error: row.error,
            attempts: attempts.collect(),
        }
    }
}

/// What rules have yet to do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleActionList {
    /// Those out of tries first, then the newest.
    pub items: Vec<RuleAction>,
}

/// What an action is to be made with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": "https://hooks.example/orders"}))]
pub struct RuleActionValue {
    /// The template, the colleague's email, the tag, the address, the text or the operation's name, as the action asks.
    value: String,
}

/// Which actions that are out of tries: those named, or all.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rule_id": "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"}))]
pub struct DeadActionsInput {
    /// Their ids, 1 to 1,000; all when left out.
    #[schema(required = false, min_items = 1, max_items = 1000)]
    ids: Option<Vec<Uuid>>,
    /// All of this rule, instead of ids.
    #[schema(required = false)]
    rule_id: Option<Uuid>,
}

/// How many actions that were out of tries this was done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SettledActions {
    /// How many.
    pub count: u64,
}

/// A rule of the shop's own.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReportedRule {
    /// Its id there.
    #[schema(required)]
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// How many activities named it.
    pub count: u64,
    /// When the first of them happened.
    pub first_at: Time,
    /// When the last of them happened.
    pub last_at: Time,
}

impl From<view::ReportedRule> for ReportedRule {
    fn from(rule: view::ReportedRule) -> Self {
        Self {
            id: rule.id,
            name: rule.name,
            count: rule.count,
            first_at: Time(rule.first_at),
            last_at: Time(rule.last_at),
        }
    }
}

/// The shop's own rules.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReportedRuleList {
    /// The last to be named first.
    pub items: Vec<ReportedRule>,
}

/// What a rule would have done with one thing of the past.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleTrialItem {
    /// When it happened.
    pub at: Time,
    /// Its entry in the activity log; null for a time of a schedule.
    #[schema(required)]
    pub activity: Option<Uuid>,
    /// What happened: an action, or `schedule`.
    #[schema(examples("product.updated"))]
    pub action: String,
    /// About what.
    #[schema(required)]
    pub subject: Option<Reference>,
    /// Each condition with what it saw.
    #[schema(value_type = Vec<CheckedCondition>)]
    pub checked: Vec<Value>,
    /// Whether it had happened more than a day before it was told: that sets nothing off, whatever its conditions saw.
    pub is_history: bool,
}

impl From<view::TrialRow> for RuleTrialItem {
    fn from(row: view::TrialRow) -> Self {
        let checked = row.evaluation.checked.iter();
        Self {
            at: Time(row.at),
            activity: row.entry.map(|entry| entry.0),
            action: row.action,
            subject: row.subject.map(Into::into),
            checked: checked
                .map(|checked| serde_json::to_value(checked).unwrap_or_default())
                .collect(),
            is_history: row.is_history,
        }
    }
}

/// What a rule would have done.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleTrial {
    /// In so many days.
    pub days: u32,
    /// How many things that set it off were looked at.
    pub looked_at: u64,
    /// Since when all of them were looked at: the beginning of those days, or later when there were more.
    pub since: Time,
    /// Whether there were more of them in those days.
    pub has_more: bool,
    /// How often it would have fired.
    pub fired: u64,
    /// The newest of those times, at most 20.
    pub examples: Vec<RuleTrialItem>,
    /// The newest of the others, at most 5.
    pub misses: Vec<RuleTrialItem>,
}

impl From<view::RuleTrial> for RuleTrial {
    fn from(trial: view::RuleTrial) -> Self {
        let items = |rows: Vec<view::TrialRow>| rows.into_iter().map(Into::into).collect();
        Self {
            days: trial.days,
            looked_at: trial.looked_at,
            since: Time(trial.since),
            has_more: trial.has_more,
            fired: trial.fired,
            examples: items(trial.examples),
            misses: items(trial.misses),
        }
    }
}

/// One step of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WhyStep {
    /// Which: `received`, `nothing_known`, `nothing_received`, `nothing_fits`, `on`, `off`, `met`, `not_met`, `fired`, `action`, ...
    #[schema(examples("not_met"))]
    pub step: String,
    /// Whether the chain goes on behind it.
    pub is_ok: bool,
    /// It in English.
    pub words: String,
    /// What belongs to it, by its kind.
    #[schema(value_type = WhyDetails)]
    pub details: Value,
}

impl From<&Step> for WhyStep {
    fn from(step: &Step) -> Self {
        let mut details = serde_json::to_value(step).unwrap_or_default();
        let name = details.as_object_mut().and_then(|all| all.remove("step"));
        Self {
            step: name
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            is_ok: step.is_ok(),
            words: step.in_words(),
            details,
        }
    }
}

/// Why a rule did or did not fire for a subject.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleWhy {
    /// The rule.
    pub rule_id: Uuid,
    /// Its name.
    pub rule: String,
    /// The subject that was asked about.
    pub subject: Reference,
    /// Whether the rule fired.
    pub is_fired: bool,
    /// Whether it fired and all that it does is done.
    pub is_done: bool,
    /// The chain, up to where it broke.
    pub steps: Vec<WhyStep>,
}

impl From<view::RuleWhy> for RuleWhy {
    fn from(why: view::RuleWhy) -> Self {
        Self {
            rule_id: why.rule.0,
            rule: why.name,
            subject: why.subject.into(),
            is_fired: why.answer.is_fired,
            is_done: why.answer.is_done,
            steps: why.answer.steps.iter().map(Into::into).collect(),
        }
    }
}

fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
