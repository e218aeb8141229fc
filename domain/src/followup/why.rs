//! Why a rule did or did not fire for a subject: what is known, put in order along the chain from what was received to
//! what was done. One function decides: [`why`].

use super::{Checked, Condition, Evaluation, LoopGuard};
use crate::hook::{FailureCause, HookResult, HookState};
use crate::{ActivityId, FieldProblem, HookId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is known of a rule and a subject.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// What was received about the subject, the newest.
    pub received: Option<Received>,
    /// What of it the rule's trigger finds, the newest; for a rule about messages, the message's entry.
    pub fitting: Option<Received>,
    /// The newest time of the rule's schedule, if it passed while the rule was off or is yet to be evaluated; it counts
    /// more than what was received.
    pub passed: Option<DateTime<Utc>>,
    /// The next time of the rule's schedule, if none of its times came yet.
    pub next: Option<DateTime<Utc>>,
    /// The newest webhook of the shop about the subject, if it came after that and became no entry.
    pub delivery: Option<Delivery>,
    /// The rule as it was when that was recorded; none when it was not there yet.
    pub version: Option<VersionThen>,
    /// Whether what is received is looked at until after it.
    pub is_read: bool,
    /// Whether it had happened long before it was told.
    pub is_history: bool,
    /// What became of it.
    pub evaluation: Option<(DateTime<Utc>, Evaluation)>,
    /// What could not be done at once, in words.
    pub error: Option<String>,
    /// Where its actions stand, in their order.
    pub actions: Vec<ActionNow>,
    /// What is wrong with the rule today.
    pub faults: Vec<FieldProblem>,
}

/// Something that was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// Its entry.
    pub id: ActivityId,
    /// What was done.
    pub action: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A webhook of the shop that became no entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id.
    pub id: HookId,
    /// What it is about, in the shop's words.
    pub topic: String,
    /// When it came.
    pub at: DateTime<Utc>,
    /// How it stands.
    pub state: HookState,
    /// With what result it was processed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<HookResult>,
    /// Why its last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A rule as it was at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionThen {
    /// Which version.
    pub version: u32,
    /// Whether it was on.
    pub is_enabled: bool,
    /// Whether it had been deleted.
    pub is_deleted: bool,
    /// Whether it was set off in the same way as now.
    pub is_same_trigger: bool,
    /// Since when it had been off, if it was and that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_since: Option<DateTime<Utc>>,
}

/// Where an action stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionNow {
    /// Its name in JSON.
    pub action: String,
    /// How often it was tried.
    pub tries: u32,
    /// How it stands.
    pub state: ActionState,
    /// Why the last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it is tried next, or when it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// How an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionState {
    /// It waits for its first or next try.
    Waiting,
    /// It was done.
    Done,
    /// It is out of tries, and waits for somebody to retry or discard it.
    Dead,
    /// Somebody gave it up.
    Discarded,
}

/// One step of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Nothing about the subject was ever received.
    NothingReceived,
    /// Something was received, but nothing that the rule's trigger finds.
    NothingFits {
        /// The newest that was received.
        received: Received,
    },
    /// A webhook of the shop came later and became no entry.
    Delivered {
        /// Which one.
        delivery: Delivery,
    },
    /// What the trigger finds was received.
    Received {
        /// The newest.
        received: Received,
    },
    /// No time of the rule's schedule came yet.
    NotDue {
        /// When the first one comes.
        at: DateTime<Utc>,
    },
    /// A time of the rule's schedule came.
    Due {
        /// Which.
        at: DateTime<Utc>,
    },
    /// The rule was not there yet.
    NoRuleYet,
    /// The rule had been deleted.
    Deleted,
    /// The rule was off.
    Off {
        /// Which version of it.
        version: u32,
        /// Since when, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<DateTime<Utc>>,
    },
    /// The rule was set off by something else then.
    OtherTrigger {
        /// Which version of it.
        version: u32,
    },
    /// The rule was on.
    On {
        /// Which version of it.
        version: u32,
    },
    /// It had happened more than a day before it was told: that is history.
    History,
    /// It is yet to be looked at.
    NotYet,
    /// There is no record of an evaluation any more.
    NoRecord,
    /// A condition that was met.
    Met {
        /// The condition with what it saw.
        checked: Checked,
    },
    /// A condition that was not met.
    NotMet {
        /// The condition with what it saw.
        checked: Checked,
    },
    /// A condition that could not be tested.
    Broken {
        /// The condition with what is wrong.
        checked: Checked,
    },
    /// Something kept it from going round in circles.
    Guarded {
        /// What.
        guard: LoopGuard,
    },
    /// It was only evaluated.
    Dry,
    /// It fired.
    Fired {
        /// When.
        at: DateTime<Utc>,
    },
    /// Where one of its actions stands.
    Action {
        /// Which and how.
        now: ActionNow,
    },
    /// Something could not be done.
    Failed {
        /// Why, in words.
        why: String,
    },
    /// Something is wrong with the rule today.
    Fault {
        /// Where and what.
        fault: FieldProblem,
    },
}

impl Step {
    /// Whether the chain goes on behind it.
    pub const fn is_ok(&self) -> bool {
        match self {
            Self::Received { .. }
            | Self::Due { .. }
            | Self::On { .. }
            | Self::Met { .. }
            | Self::Fired { .. } => true,
            Self::Action { now } => matches!(now.state, ActionState::Done),
            _ => false,
        }
    }

    /// The step in English.
    pub fn in_words(&self) -> String {
        match self {
            Self::NothingReceived => "nothing about it was ever received".to_owned(),
            Self::NothingFits { received } => format!(
                "nothing was received that sets the rule off; the newest about it is {} at {}",
                received.action,
                time(received.at)
            ),
            Self::Delivered { delivery } => delivered(delivery),
            Self::Received { received } => {
                format!("{} was received at {}", received.action, time(received.at))
            }
            Self::NotDue { at } => {
                format!("its time has not come yet: it comes at {}", time(*at))
            }
            Self::Due { at } => format!("its time came at {}", time(*at)),
            Self::NoRuleYet => "the rule was made only later".to_owned(),
            Self::Deleted => "the rule had been deleted".to_owned(),
            Self::Off {
                version,
                since: Some(since),
            } => format!(
                "the rule was off then, since {} (version {version})",
                time(*since)
            ),
            Self::Off {
                version,
                since: None,
            } => format!("the rule was off then (version {version})"),
            Self::OtherTrigger { version } => {
                format!("the rule was set off by something else then (version {version})")
            }
            Self::On { version } => format!("the rule was on (version {version})"),
            Self::History => {
                "it had happened more than a day before it was told: that sets nothing off"
                    .to_owned()
            }
            Self::NotYet => "it is yet to be evaluated".to_owned(),
            Self::NoRecord => "no evaluation is on record: it was erased, or never made".to_owned(),
            Self::Met { checked } => {
                format!("{} was met{}", named(&checked.condition), seen(checked))
            }
            Self::NotMet { checked } => {
                let missed = checked.missed.as_deref();
                let missed = missed.map(|term| format!(" ({term})")).unwrap_or_default();
                format!(
                    "{}{missed} was not met{}",
                    named(&checked.condition),
                    seen(checked)
                )
            }
            Self::Broken { checked } => format!(
                "{} can't be tested: {}",
                named(&checked.condition),
                checked.broken.as_deref().unwrap_or("it is broken")
            ),
            Self::Guarded { guard } => guarded(guard),
            Self::Dry => "it is on trial: it was evaluated and did nothing".to_owned(),
            Self::Fired { at } => format!("it fired at {}", time(*at)),
            Self::Action { now } => acted(now),
            Self::Failed { why } => format!("something could not be done: {why}"),
            Self::Fault { fault } => format!("{}: {}", fault.pointer, fault.message),
        }
    }
}

/// The answer to "why didn't it fire?".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether the rule fired and all that it does is done.
    pub is_done: bool,
    /// Whether the rule fired.
    pub is_fired: bool,
    /// The chain, up to where it broke.
    pub steps: Vec<Step>,
}

impl Answer {
    /// The step that stands for the whole: where the chain broke first, else its end. What follows a failed action may
    /// be well.
    pub fn decisive(&self) -> Option<&Step> {
        let broken = self.steps.iter().find(|step| !step.is_ok());
        broken.or(self.steps.last())
    }
}

/// Puts what is known in order, from what was received up to where the chain broke.
pub fn why(known: &Known) -> Answer {
    let mut steps = Vec::new();
    let is_fired = walk(known, &mut steps);
    if !is_fired {
        let delivery = known.delivery.iter().cloned();
        let delivered = delivery.map(|delivery| Step::Delivered { delivery });
        steps.splice(..0, delivered);
        let faults = known.faults.iter();
        steps.extend(faults.map(|fault| Step::Fault {
            fault: fault.clone(),
        }));
    }
    Answer {
        is_done: is_fired && steps.iter().all(Step::is_ok),
        is_fired,
        steps,
    }
}

fn walk(known: &Known, steps: &mut Vec<Step>) -> bool {
    match (known.passed, &known.fitting, &known.received) {
        (Some(at), _, _) => steps.push(Step::Due { at }),
        (None, Some(received), _) => steps.push(Step::Received {
            received: received.clone(),
        }),
        (None, None, Some(received)) => {
            steps.push(Step::NothingFits {
                received: received.clone(),
            });
            return false;
        }
        (None, None, None) => {
            steps.push(match known.next {
                Some(at) => Step::NotDue { at },
                None => Step::NothingReceived,
            });
            return false;
        }
    }
    let version = match known.version {
        None => Step::NoRuleYet,
        Some(then) if then.is_deleted => Step::Deleted,
        Some(then) if !then.is_enabled => Step::Off {
            version: then.version,
            since: then.off_since,
        },
        Some(then) if !then.is_same_trigger => Step::OtherTrigger {
            version: then.version,
        },
        Some(then) => Step::On {
            version: then.version,
        },
    };
    let is_on = version.is_ok();
    steps.push(version);
    // What was evaluated all the same is told: the record counts more than what is derived.
    let Some((at, evaluation)) = &known.evaluation else {
        if is_on {
            steps.push(if known.is_history {
                Step::History
            } else if known.is_read {
                Step::NoRecord
            } else {
                Step::NotYet
            });
        }
        return false;
    };
    for checked in &evaluation.checked {
        let checked = checked.clone();
        steps.push(match (checked.is_met, &checked.broken) {
            (_, Some(_)) => Step::Broken { checked },
            (true, None) => Step::Met { checked },
            (false, None) => Step::NotMet { checked },
        });
    }
    if !evaluation.is_matched {
        return false;
    }
    if let Some(guard) = &evaluation.guard {
        steps.push(Step::Guarded {
            guard: guard.clone(),
        });
        if guard.stops_all() {
            return false;
        }
    }
    if evaluation.is_dry {
        steps.push(Step::Dry);
        return false;
    }
    steps.push(Step::Fired { at: *at });
    let actions = known.actions.iter();
    steps.extend(actions.map(|now| Step::Action { now: now.clone() }));
    steps.extend(
        known
            .error
            .iter()
            .map(|why| Step::Failed { why: why.clone() }),
    );
    true
}

fn delivered(delivery: &Delivery) -> String {
    let Delivery { topic, at, .. } = delivery;
    let error = delivery.error.as_deref().unwrap_or("no reason is known");
    let became = match (delivery.state, delivery.result) {
        (HookState::Received | HookState::Queued | HookState::Processing, _) => {
            "is yet to be processed".to_owned()
        }
        (HookState::Failed, _) => format!("failed ({error}) and is tried again"),
        (HookState::Dead, _) => format!("is out of tries ({error}); retry or discard it"),
        (HookState::Discarded, _) => "was discarded".to_owned(),
        (HookState::Done, Some(HookResult::Late)) => {
            "came after something newer and changed nothing".to_owned()
        }
        (HookState::Done, Some(HookResult::NotUnderstood)) => {
            "has a topic that means nothing here".to_owned()
        }
        (HookState::Done, _) => "told nothing that was not known".to_owned(),
    };
    format!("the webhook {topic} came at {} and {became}", time(*at))
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn named(condition: &Condition) -> String {
    match condition {
        Condition::Channel { .. } => "the condition on the channel".to_owned(),
        Condition::Words { any_of } => format!("the condition on words ({})", any_of.join(", ")),
        Condition::OrderStatus { any_of } => {
            format!("the condition on the order's state ({})", any_of.join(", "))
        }
        Condition::CustomerGroup { any_of } => {
            format!(
                "the condition on the customer's groups ({})",
                any_of.join(", ")
            )
        }
        Condition::OrderTotal {
            currency,
            at_least,
            below,
        } => {
            let least = at_least.as_ref().map(|bound| format!("at least {bound}"));
            let below = below.as_ref().map(|bound| format!("below {bound}"));
            let bounds: Vec<String> = least.into_iter().chain(below).collect();
            let bounds = bounds.join(", ");
            format!("the condition on the order's total ({bounds} {currency})")
        }
        Condition::TimeOfDay { .. } => "the condition on the time of day".to_owned(),
        Condition::Query { query } => format!("the condition {query}"),
    }
}

fn seen(checked: &Checked) -> String {
    match checked.seen.as_deref() {
        Some("") => "; it saw nothing".to_owned(),
        Some(seen) => format!("; it saw {seen}"),
        None => String::new(),
    }
}

fn guarded(guard: &LoopGuard) -> String {
    match guard {
        LoopGuard::AutoSubmitted { header } | LoopGuard::Bulk { header } => {
            format!("nobody is answered: a program wrote it ({header})")
        }
        LoopGuard::NoReader { address } => format!("nobody is answered: nobody reads {address}"),
        LoopGuard::TooMany { count } => {
            format!("nobody is answered: {count} automatic answers within the hour already")
        }
        LoopGuard::Own => "the rule itself had caused it".to_owned(),
        LoopGuard::TooDeep { depth } => {
            format!("{depth} rules had set each other off already")
        }
        LoopGuard::TooOften { count } => {
            format!("it had fired {count} times within the hour for this subject already")
        }
    }
}

/// How often something failed.
fn often(tries: u32) -> String {
    match tries {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        tries => format!("{tries} times"),
    }
}

fn acted(now: &ActionNow) -> String {
    let error = now.error.as_deref().unwrap_or("no reason is known");
    let error = match FailureCause::of_words(error) {
        Some(cause) => format!("{}: {error}", cause.in_words()),
        None => error.to_owned(),
    };
    match (now.state, now.at) {
        (ActionState::Done, Some(at)) => format!("{} was done at {}", now.action, time(at)),
        (ActionState::Done, None) => format!("{} was done", now.action),
        (ActionState::Waiting, _) if now.tries == 0 => format!("{} waits for its turn", now.action),
        (ActionState::Waiting, Some(at)) => format!(
            "{} failed {} ({error}) and is tried again at {}",
            now.action,
            often(now.tries),
            time(at)
        ),
        (ActionState::Waiting, None) => {
            format!("{} failed {} ({error})", now.action, often(now.tries))
        }
        (ActionState::Discarded, _) if now.tries == 0 => {
            format!("{} was given up before its first try", now.action)
        }
        (ActionState::Discarded, _) => format!("{} failed ({error}) and was given up", now.action),
        (ActionState::Dead, _) => format!(
            "{} is out of tries: it failed {} ({error}); retry or discard it",
            now.action,
            often(now.tries)
        ),
    }
}
