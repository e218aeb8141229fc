//! Rules: what happens by itself when a message comes in, something happens, or the clock shows a time.
//!
//! What belongs here: the rule, its conditions with the values they saw, what is wrong with one ([`faults`]), the guard
//! against loops ([`guard`]), when a failed action is tried again ([`plan`]), why a rule did not fire ([`why`]), and the
//! filling of templates. Everything is evaluated purely. To add a condition: a variant of [`Condition`], its line in
//! [`Condition::check`] and in `check.rs`, a test. To add an action: a variant of [`FollowupAction`], its line in
//! `check.rs`, and who does it in `storage::followup::action`.

mod check;
mod concerned;
mod guard;
mod observe;
pub mod plan;
mod template;
mod trigger;
pub mod why;

pub use check::{
    CALLABLE, action_refusal, at_value, email_of, faults, is_callable, missing, refusal,
    wrong_parts,
};
pub use concerned::Concerned;
pub use guard::{LoopGuard, MOST_DEPTH, MOST_FIRINGS_AN_HOUR, MOST_REPLIES_AN_HOUR, message_guard};
pub use template::{Filling, PLACES, Template, fill, unfinished_place, unknown_place};
pub use trigger::{Often, Trigger};

use crate::message::{Channel, Message};
use crate::{Facts, Filter, RuleId, fold};
use serde::{Deserialize, Serialize};

/// A rule of the store's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowupRule {
    /// Which one.
    pub id: RuleId,
    /// As people call it, 1 to 200 characters.
    pub name: String,
    /// Whether it is evaluated.
    pub is_enabled: bool,
    /// Whether it is only evaluated: nothing is done.
    #[serde(default)]
    pub is_dry: bool,
    /// From 1, one more each time it is saved.
    #[serde(default = "first")]
    pub version: u32,
    /// What sets it off.
    #[serde(default)]
    pub trigger: Trigger,
    /// All must be met; none means always.
    pub conditions: Vec<Condition>,
    /// What it does then, in order.
    pub actions: Vec<FollowupAction>,
}

const fn first() -> u32 {
    1
}

/// What must be so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "condition", rename_all = "snake_case")]
pub enum Condition {
    /// It came by one of these channels.
    Channel {
        /// Which.
        any_of: Vec<Channel>,
    },
    /// The message's subject or text, or the event's description, subject or error, holds one of these, compared
    /// folded, as whole words.
    Words {
        /// Which.
        any_of: Vec<String>,
    },
    /// Its order is in one of these states, in the store's words, compared folded.
    OrderStatus {
        /// Which.
        any_of: Vec<String>,
    },
    /// The customer concerned is in one of these groups, compared folded.
    CustomerGroup {
        /// Which.
        any_of: Vec<String>,
    },
    /// Its order comes to an amount of this currency within bounds, of which one may be left out.
    OrderTotal {
        /// ISO 4217, three capitals.
        currency: String,
        /// This much or more: a decimal number in text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<String>,
        /// Less than this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        below: Option<String>,
    },
    /// It came or happened at this time of the store's day: minutes since midnight, from (inclusive) to (exclusive); over
    /// midnight when `to` is not after `from`.
    TimeOfDay {
        /// 0 to 1,439.
        from: u16,
        /// 0 to 1,440.
        to: u16,
    },
    /// The query of the activity log finds the event; on a schedule: finds anything since the time before.
    Query {
        /// The query, 1 to 1,000 characters.
        query: String,
    },
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum FollowupAction {
    /// Answers with a template, by the channel on which the message came; writes to the customer of the event's order.
    SendTemplate {
        /// The template's name.
        template: String,
    },
    /// Assigns the order to a colleague.
    Assign {
        /// Their email, of somebody who has a role in the store.
        to: String,
    },
    /// Notes a tag of the order, in Storetrail alone.
    TagOrder {
        /// The tag, 1 to 100 characters.
        tag: String,
    },
    /// Calls a webhook, signed.
    CallWebhook {
        /// Where: by `https`, or by `http` to an address in a listed network; checked again before the call.
        url: String,
    },
    /// Puts a tag on the event's subject in the shop, through the target of reverts, as an operation of one item.
    Tag {
        /// The tag, 1 to 100 characters.
        tag: String,
    },
    /// Stops the messages about the order that still wait to be sent.
    HoldMessages,
    /// Tells those who get the store's alarms.
    Alarm {
        /// What is said, 1 to 500 characters.
        text: String,
    },
    /// Opens a bulk operation, to be fed by whoever does the work.
    OpenOperation {
        /// Its name, 1 to 300 characters.
        name: String,
    },
}

impl FollowupAction {
    /// The name in JSON.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::SendTemplate { .. } => "send_template",
            Self::Assign { .. } => "assign",
            Self::TagOrder { .. } => "tag_order",
            Self::CallWebhook { .. } => "call_webhook",
            Self::Tag { .. } => "tag",
            Self::HoldMessages => "hold_messages",
            Self::Alarm { .. } => "alarm",
            Self::OpenOperation { .. } => "open_operation",
        }
    }

    /// What it names or says: the template, the colleague, the tag, the address, the text or the operation's name.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::SendTemplate { template: value }
            | Self::Assign { to: value }
            | Self::TagOrder { tag: value }
            | Self::CallWebhook { url: value }
            | Self::Tag { tag: value }
            | Self::Alarm { text: value }
            | Self::OpenOperation { name: value } => Some(value),
            Self::HoldMessages => None,
        }
    }

    /// The same action with another value.
    #[must_use]
    pub fn with_value(&self, value: String) -> Self {
        match self {
            Self::SendTemplate { .. } => Self::SendTemplate { template: value },
            Self::Assign { .. } => Self::Assign { to: value },
            Self::TagOrder { .. } => Self::TagOrder { tag: value },
            Self::CallWebhook { .. } => Self::CallWebhook { url: value },
            Self::Tag { .. } => Self::Tag { tag: value },
            Self::Alarm { .. } => Self::Alarm { text: value },
            Self::OpenOperation { .. } => Self::OpenOperation { name: value },
            Self::HoldMessages => Self::HoldMessages,
        }
    }
}

/// What a rule is evaluated on.
#[derive(Clone)]
pub struct Occasion<'m> {
    /// What came or happened.
    pub cause: Cause<'m>,
    /// What is known of its order and customer.
    pub concerned: Concerned,
    /// The time of the store's day, in minutes since midnight.
    pub minute_of_day: u16,
    /// Reads a query of the activity log on the store's clock, or says in words what is wrong with it.
    pub read: &'m dyn Fn(&str) -> Result<Filter, String>,
}

/// What sets an evaluation off.
#[derive(Clone, Copy)]
pub enum Cause<'m> {
    /// A message came in.
    Message {
        /// The message.
        message: &'m Message,
        /// How many automatic answers its thread or sender got in the last hour.
        recent_replies: u64,
        /// How often the rule fired for its order, or else its sender, in the last hour.
        recent_firings: u64,
    },
    /// Something happened.
    Event {
        /// The activity.
        facts: &'m Facts,
        /// Whether this rule caused it.
        is_own: bool,
        /// How many rules fired before it, one because of the other.
        depth: u32,
        /// How often the rule fired for the subject in the last hour.
        recent_firings: u64,
    },
    /// The clock showed a time.
    Tick {
        /// For each condition, in order: how many activities its query found since the time before.
        found: &'m [u64],
    },
}

/// What became of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The condition.
    #[serde(flatten)]
    pub condition: Condition,
    /// Whether it was met.
    pub is_met: bool,
    /// What it saw: the channel, the word found, the state, the time, the value of the term that was not met.
    pub seen: Option<String>,
    /// The term of a query that was not met, as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<String>,
    /// Why it could not be tested at all: such a condition is not met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
}

/// How many characters are told of what was not met.
const MAX_SHORT: usize = 200;

/// What became of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Which rule.
    pub rule: RuleId,
    /// Its name then.
    pub name: String,
    /// Which version of it.
    #[serde(default = "first")]
    pub version: u32,
    /// Whether it was only evaluated.
    #[serde(default)]
    pub is_dry: bool,
    /// Whether all conditions were met.
    pub is_matched: bool,
    /// Why it answers nobody, or does nothing at all, although it matched.
    pub guard: Option<LoopGuard>,
    /// Each condition, with what it saw.
    pub checked: Vec<Checked>,
}

impl Evaluation {
    /// Whether the rule acts because of it.
    pub fn is_fired(&self) -> bool {
        self.is_matched && !self.is_dry && !self.guard.as_ref().is_some_and(LoopGuard::stops_all)
    }

    /// What came of it, in a few words: `fired`, `on trial`, `held back`, or `skipped` and what was not met.
    pub fn in_short(&self) -> String {
        let missed = self.checked.iter().find(|checked| !checked.is_met);
        match missed {
            Some(missed) => format!("skipped: {}", missed.in_short()),
            None if !self.is_matched => "skipped".to_owned(),
            None if self.is_fired() => "fired".to_owned(),
            None if self.is_dry => "on trial".to_owned(),
            None => "held back".to_owned(),
        }
    }
}

impl Checked {
    /// What was asked for, in a few words that need no language.
    fn in_short(&self) -> String {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let asked = match (&self.missed, &self.condition) {
            (Some(term), _) => term.clone(),
            (None, Condition::Channel { any_of }) => {
                let names: Vec<&str> = any_of.iter().map(|channel| channel.as_str()).collect();
                names.join(", ")
            }
            (
                None,
                Condition::Words { any_of }
                | Condition::OrderStatus { any_of }
                | Condition::CustomerGroup { any_of },
            ) => any_of.join(", "),
            (
                None,
                Condition::OrderTotal {
                    currency,
                    at_least,
                    below,
                },
            ) => {
                let least = at_least.as_ref().map(|bound| format!("≥ {bound}"));
                let below = below.as_ref().map(|bound| format!("< {bound}"));
                let bounds: Vec<String> = least.into_iter().chain(below).collect();
                format!("{} {currency}", bounds.join(", "))
            }
            (None, Condition::TimeOfDay { from, to }) => {
                format!("{}–{}", clock(*from), clock(*to))
            }
            (None, Condition::Query { query }) => query.clone(),
        };
        asked.chars().take(MAX_SHORT).collect()
    }
}

impl FollowupRule {
    /// Whether a condition asks what is known of the order or the customer concerned.
    pub fn asks_of_concerned(&self) -> bool {
        self.conditions.iter().any(|condition| {
            matches!(
                condition,
                Condition::OrderStatus { .. }
                    | Condition::CustomerGroup { .. }
                    | Condition::OrderTotal { .. }
            )
        })
    }

    /// What becomes of the rule on an occasion.
    pub fn evaluate(&self, occasion: &Occasion<'_>) -> Evaluation {
        let conditions = self.conditions.iter().enumerate();
        let checked: Vec<Checked> = conditions
            .map(|(place, condition)| condition.check(place, occasion))
            .collect();
        let is_matched = checked.iter().all(|c| c.is_met);
        let answers = |a: &FollowupAction| matches!(a, FollowupAction::SendTemplate { .. });
        let guard = match occasion.cause {
            _ if !is_matched => None,
            Cause::Message {
                message,
                recent_replies,
                recent_firings,
            } => guard::of_event(false, 0, recent_firings).or_else(|| {
                self.actions
                    .iter()
                    .any(answers)
                    .then(|| message_guard(message, recent_replies))
                    .flatten()
            }),
            Cause::Event {
                is_own,
                depth,
                recent_firings,
                ..
            } => guard::of_event(is_own, depth, recent_firings),
            Cause::Tick { .. } => None,
        };
        Evaluation {
            rule: self.id,
            name: self.name.clone(),
            version: self.version,
            is_dry: self.is_dry,
            is_matched,
            guard,
            checked,
        }
    }
}

impl Condition {
    fn check(&self, place: usize, occasion: &Occasion<'_>) -> Checked {
        let (is_met, seen) = match self {
            Self::Channel { any_of } => match occasion.cause {
                Cause::Message { message, .. } => (
                    any_of.contains(&message.channel),
                    Some(message.channel.as_str().to_owned()),
                ),
                _ => (false, None),
            },
            Self::Words { any_of } => {
                let text = fold(&observe::text_of(&occasion.cause));
                let found = any_of.iter().find(|word| holds_word(&text, &fold(word)));
                (found.is_some(), found.cloned())
            }
            Self::OrderStatus { any_of } => occasion.concerned.is_order_in(any_of),
            Self::CustomerGroup { any_of } => occasion.concerned.is_customer_in(any_of),
            Self::OrderTotal {
                currency,
                at_least,
                below,
            } => {
                let concerned = &occasion.concerned;
                concerned.is_total_within(currency, at_least.as_deref(), below.as_deref())
            }
            Self::TimeOfDay { from, to } => {
                let now = occasion.minute_of_day;
                let is_met = if from < to {
                    (*from..*to).contains(&now)
                } else {
                    now >= *from || now < *to
                };
                (is_met, Some(format!("{:02}:{:02}", now / 60, now % 60)))
            }
            Self::Query { query } => return observe::check_query(self, place, query, occasion),
        };
        Checked {
            condition: self.clone(),
            is_met,
            seen,
            missed: None,
            broken: None,
        }
    }
}

/// Whether a folded text holds a folded word or phrase that is not part of a longer word.
fn holds_word(text: &str, word: &str) -> bool {
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            !text[..at].ends_with(char::is_alphanumeric)
                && !text[at + word.len()..].starts_with(char::is_alphanumeric)
        })
}
