//! Why a rule did or did not fire for a subject: what is known, put in order along the chain from what was received to
//! what was done. One function decides: [`why`].

mod words;

use super::{Checked, Evaluation, LoopGuard};
use crate::hook::{HookResult, HookState};
use crate::{ActivityId, FieldProblem, HookId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is known of a rule and a subject.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// What was received about the subject, the newest.
    pub received: Option<Received>,
    /// Whether the subject is known although nothing was received about it.
    pub is_told: bool,
    /// What of it the rule's trigger finds, the newest; for a rule about messages, the message's entry.
    pub fitting: Option<Received>,
    /// The newest time of the rule's schedule, if it passed while the rule was off or is yet to be evaluated; it counts
    /// more than what was received.
    pub passed: Option<DateTime<Utc>>,
    /// The next time of the rule's schedule, if none of its times came yet.
    pub next: Option<DateTime<Utc>>,
    /// A webhook of the shop about the subject that came after that and became no entry: the newest that waits or is out
    /// of tries, else the newest.
    pub delivery: Option<Delivery>,
    /// The rule as it was when that was recorded, or as it is now where nothing came that sets it off; none when it was not
    /// there yet. What was evaluated tells its version itself.
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
    /// When its next try is due, if one is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
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
    /// There is no trace of the subject.
    NothingKnown,
    /// The subject is known, and no entry about it was ever recorded.
    NothingReceived,
    /// Something was received, but nothing that the rule's trigger finds.
    NothingFits {
        /// The newest that was received.
        received: Received,
    },
    /// A webhook of the shop came and became no entry.
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
    /// The rule is off now, and nothing came before that sets it off.
    OffNow {
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
    let is_done = is_fired && steps.iter().all(Step::is_ok);
    // Whatever became of what came before it: what still waits may be what is asked for.
    let delivery = known.delivery.iter();
    let delivery = delivery.filter(|delivery| !is_fired || !delivery.state.is_over());
    let delivered = delivery.map(|delivery| Step::Delivered {
        delivery: delivery.clone(),
    });
    steps.splice(..0, delivered);
    if !is_fired {
        let faults = known.faults.iter();
        steps.extend(faults.map(|fault| Step::Fault {
            fault: fault.clone(),
        }));
    }
    Answer {
        is_done,
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
            steps.extend(known.version.and_then(idle_now));
            return false;
        }
        (None, None, None) => {
            steps.push(match known.next {
                Some(at) => Step::NotDue { at },
                None if known.is_told || known.delivery.is_some() => Step::NothingReceived,
                None => Step::NothingKnown,
            });
            steps.extend(known.version.and_then(idle_now));
            return false;
        }
    }
    let Some((at, evaluation)) = &known.evaluation else {
        let version = version_then(known.version);
        let is_on = version.is_ok();
        steps.push(version);
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
    // Whatever versions tell: the record counts more than what is derived.
    steps.push(Step::On {
        version: evaluation.version,
    });
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

fn version_then(version: Option<VersionThen>) -> Step {
    match version {
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
    }
}

/// What keeps a rule from being set off at all, as it is now.
fn idle_now(now: VersionThen) -> Option<Step> {
    if now.is_deleted {
        return Some(Step::Deleted);
    }
    (!now.is_enabled).then_some(Step::OffNow {
        version: now.version,
        since: now.off_since,
    })
}
