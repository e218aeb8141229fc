//! Automatic follow-up: rules that an inbound message can set off, evaluated purely.
//!
//! What belongs here: the rule, its conditions with the values they saw, the guard against loops, and the
//! filling of templates. To add a condition: a variant of [`Condition`], its line in [`Condition::check`],
//! a test.

use crate::message::{Channel, Message};
use crate::{RuleId, fold};
use serde::{Deserialize, Serialize};

/// How many automatic answers a thread gets in an hour.
pub const MOST_REPLIES_AN_HOUR: u64 = 3;

/// A rule that an inbound message can set off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowupRule {
    /// Which one.
    pub id: RuleId,
    /// As people call it, 1 to 200 characters.
    pub name: String,
    /// Whether it is evaluated.
    pub is_enabled: bool,
    /// All must be met; none means always.
    pub conditions: Vec<Condition>,
    /// What it does then, in order.
    pub actions: Vec<FollowupAction>,
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
    /// Its subject or text holds one of these, compared folded, as whole words.
    Words {
        /// Which.
        any_of: Vec<String>,
    },
    /// Its order is in one of these states, in the store's words, compared folded.
    OrderStatus {
        /// Which.
        any_of: Vec<String>,
    },
    /// It came at this time of the store's day: minutes since midnight, from (inclusive) to (exclusive); over
    /// midnight when `to` is not after `from`.
    TimeOfDay {
        /// 0 to 1,439.
        from: u16,
        /// 0 to 1,440.
        to: u16,
    },
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum FollowupAction {
    /// Answers with a template, by the channel on which the message came.
    SendTemplate {
        /// The template's name.
        template: String,
    },
    /// Assigns the order to a colleague.
    Assign {
        /// Their email.
        to: String,
    },
    /// Tags the order.
    TagOrder {
        /// The tag, 1 to 100 characters.
        tag: String,
    },
    /// Calls a webhook, signed.
    CallWebhook {
        /// Where; `https` only, checked again before the call.
        url: String,
    },
}

/// What a rule is evaluated on.
#[derive(Debug, Clone)]
pub struct Occasion<'m> {
    /// What came.
    pub message: &'m Message,
    /// The state of its order, if it has one.
    pub order_status: Option<&'m str>,
    /// The time of the store's day, in minutes since midnight.
    pub minute_of_day: u16,
    /// How many automatic answers its thread or sender got in the last hour.
    pub recent_replies: u64,
}

/// What became of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The condition.
    #[serde(flatten)]
    pub condition: Condition,
    /// Whether it was met.
    pub is_met: bool,
    /// What it saw: the channel, the word found, the state, the time.
    pub seen: Option<String>,
}

/// What became of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Which rule.
    pub rule: RuleId,
    /// Its name then.
    pub name: String,
    /// Whether all conditions were met.
    pub is_matched: bool,
    /// Why nothing is answered although it matched.
    pub guard: Option<LoopGuard>,
    /// Each condition, with what it saw.
    pub checked: Vec<Checked>,
}

/// Why a message is not answered automatically.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "guard", rename_all = "snake_case")]
pub enum LoopGuard {
    /// A machine wrote it (RFC 3834 5).
    AutoSubmitted {
        /// The header and its value.
        header: String,
    },
    /// It went to many: a list, a bulk mail.
    Bulk {
        /// The header and its value.
        header: String,
    },
    /// Its sender is one that never reads: a daemon, `no-reply`.
    NoReader {
        /// The address.
        address: String,
    },
    /// The thread got enough automatic answers in the last hour.
    TooMany {
        /// How many.
        count: u64,
    },
}

impl FollowupRule {
    /// What becomes of the rule on an occasion.
    pub fn evaluate(&self, occasion: &Occasion<'_>) -> Evaluation {
        let checked: Vec<Checked> = self
            .conditions
            .iter()
            .map(|condition| condition.check(occasion))
            .collect();
        let is_matched = checked.iter().all(|c| c.is_met);
        let answers = |a: &FollowupAction| matches!(a, FollowupAction::SendTemplate { .. });
        Evaluation {
            rule: self.id,
            name: self.name.clone(),
            is_matched,
            guard: (is_matched && self.actions.iter().any(answers))
                .then(|| loop_guard(occasion))
                .flatten(),
            checked,
        }
    }
}

impl Condition {
    fn check(&self, occasion: &Occasion<'_>) -> Checked {
        let message = occasion.message;
        let (is_met, seen) = match self {
            Self::Channel { any_of } => (
                any_of.contains(&message.channel),
                Some(message.channel.as_str().to_owned()),
            ),
            Self::Words { any_of } => {
                let text = [message.subject.as_deref(), message.text.as_deref()];
                let text = fold(&text.into_iter().flatten().collect::<Vec<_>>().join("\n"));
                let found = any_of.iter().find(|word| holds_word(&text, &fold(word)));
                (found.is_some(), found.cloned())
            }
            Self::OrderStatus { any_of } => {
                let status = occasion.order_status.map(fold);
                let is_met = status.is_some_and(|s| any_of.iter().any(|wanted| fold(wanted) == s));
                (is_met, occasion.order_status.map(str::to_owned))
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
        };
        Checked {
            condition: self.clone(),
            is_met,
            seen,
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

/// Why an inbound message must not be answered automatically, if so.
pub fn loop_guard(occasion: &Occasion<'_>) -> Option<LoopGuard> {
    let message = occasion.message;
    let header = |name: &str| {
        message
            .header(name)
            .map(|value| (format!("{name}: {value}"), fold(value)))
    };
    if let Some((header, _)) = header("Auto-Submitted").filter(|(_, value)| value != "no") {
        return Some(LoopGuard::AutoSubmitted { header });
    }
    for name in ["X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond"] {
        if let Some((header, _)) = header(name) {
            return Some(LoopGuard::AutoSubmitted { header });
        }
    }
    let is_bulk = |value: &str| matches!(value, "bulk" | "junk" | "list" | "auto_reply");
    if let Some((header, _)) = header("Precedence").filter(|(_, value)| is_bulk(value)) {
        return Some(LoopGuard::Bulk { header });
    }
    for name in ["List-Id", "List-Unsubscribe"] {
        if let Some((header, _)) = header(name) {
            return Some(LoopGuard::Bulk { header });
        }
    }
    if let Some(from) = &message.from {
        let address = fold(&from.address);
        let local = address.split('@').next().unwrap_or_default();
        let plain: String = local.chars().filter(|c| c.is_alphanumeric()).collect();
        let is_daemon = [
            "mailerdaemon",
            "postmaster",
            "noreply",
            "donotreply",
            "bounce",
            "bounces",
        ]
        .iter()
        .any(|name| plain == *name || plain.starts_with("noreply"));
        if is_daemon {
            return Some(LoopGuard::NoReader {
                address: from.address.clone(),
            });
        }
    }
    (occasion.recent_replies >= MOST_REPLIES_AN_HOUR).then_some(LoopGuard::TooMany {
        count: occasion.recent_replies,
    })
}

/// A text to be sent again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Which one.
    pub id: RuleId,
    /// As people call it, 1 to 200 characters; unique in the store.
    pub name: String,
    /// For which channel; none for any.
    pub channel: Option<Channel>,
    /// The subject, for mail.
    pub subject: Option<String>,
    /// The text, with `{{customer}}`, `{{order}}`, `{{status}}`, `{{total}}` and `{{store}}`.
    pub body: String,
    /// From 1, one more each time it is saved.
    pub version: u32,
}

/// What the places of a template are filled with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filling {
    /// The customer's name.
    pub customer: String,
    /// The order's number.
    pub order: String,
    /// The order's state.
    pub status: String,
    /// The order's total with its currency.
    pub total: String,
    /// The store's name.
    pub store: String,
}

/// The text with its places filled; a place of another name stays as it is.
pub fn fill(text: &str, filling: &Filling) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        match name.trim() {
            "customer" => out.push_str(&filling.customer),
            "order" => out.push_str(&filling.order),
            "status" => out.push_str(&filling.status),
            "total" => out.push_str(&filling.total),
            "store" => out.push_str(&filling.store),
            _ => {
                out.push_str("{{");
                out.push_str(name);
                out.push_str("}}");
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
