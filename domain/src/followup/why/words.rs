//! The steps of "why didn't it fire?" in words.

use super::{ActionNow, ActionState, Delivery, Step};
use crate::followup::{Checked, Condition, LoopGuard};
use crate::hook::{FailureCause, HookResult, HookState};
use chrono::{DateTime, Utc};

impl Step {
    /// The step in English.
    pub fn in_words(&self) -> String {
        match self {
            Self::NothingKnown => "nothing is known under this id".to_owned(),
            Self::NothingReceived => "no entry about it was ever recorded".to_owned(),
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
            Self::OffNow {
                version,
                since: Some(since),
            } => format!(
                "the rule is off, since {} (version {version})",
                time(*since)
            ),
            Self::OffNow {
                version,
                since: None,
            } => format!("the rule is off (version {version})"),
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

fn delivered(delivery: &Delivery) -> String {
    let Delivery { topic, at, .. } = delivery;
    let error = delivery.error.as_deref().unwrap_or("no reason is known");
    let became = match (delivery.state, delivery.result) {
        (HookState::Received | HookState::Queued | HookState::Processing, _) => {
            "is yet to be processed".to_owned()
        }
        (HookState::Failed, _) => {
            let due = delivery.due_at.map(|due| format!(" at {}", time(due)));
            let due = due.unwrap_or_default();
            format!("failed ({error}) and is tried again{due}")
        }
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
    match (checked.seen.as_deref(), &checked.condition) {
        (Some(""), _) => "; it saw nothing".to_owned(),
        (Some(seen), _) => format!("; it saw {seen}"),
        (None, Condition::Words { .. }) => "; none of the words stood in it".to_owned(),
        (
            None,
            Condition::OrderStatus { .. }
            | Condition::CustomerGroup { .. }
            | Condition::OrderTotal { .. },
        ) => "; nothing of the kind was known".to_owned(),
        (None, _) => String::new(),
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
