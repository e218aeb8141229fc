//! The parts of rules: what sets one off, its conditions, what it does.
//!
//! They are answered as `domain::followup` has them: the types here only document it, and a test compares them with it.

use super::Channel;
use super::activity::same_variants;
use domain::followup;
use serde::Serialize;
use utoipa::ToSchema;

/// What sets a rule off; `when` says what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum FollowupTrigger {
    /// A message comes in.
    Message,
    /// An activity is recorded that the query finds.
    Event {
        /// A query of the activity log.
        #[schema(examples("action:product.updated"))]
        query: String,
    },
    /// The store's clock shows a time.
    Schedule {
        /// Which times.
        schedule: FollowupSchedule,
    },
}

/// The times of a schedule, on the store's clock; `every` says how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "every", rename_all = "snake_case")]
pub enum FollowupSchedule {
    /// Each hour.
    Hour {
        /// At this minute.
        #[schema(minimum = 0, maximum = 59)]
        minute: u8,
    },
    /// Each day.
    Day {
        /// Minutes since midnight.
        #[schema(minimum = 0, maximum = 1439)]
        at: u16,
    },
    /// Each week.
    Week {
        /// 0 for Monday to 6 for Sunday.
        #[schema(minimum = 0, maximum = 6)]
        weekday: u8,
        /// Minutes since midnight.
        #[schema(minimum = 0, maximum = 1439)]
        at: u16,
    },
    /// Each month.
    Month {
        /// In a shorter month its last day.
        #[schema(minimum = 1, maximum = 31)]
        day: u8,
        /// Minutes since midnight.
        #[schema(minimum = 0, maximum = 1439)]
        at: u16,
    },
}

/// What must be so; `condition` says what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "condition", rename_all = "snake_case")]
pub enum FollowupCondition {
    /// It came by one of these channels.
    Channel {
        /// Which.
        any_of: Vec<Channel>,
    },
    /// The message's subject or text, or the event's description, subject or error, holds one of these words.
    Words {
        /// Which.
        any_of: Vec<String>,
    },
    /// Its order is in one of these states, in the store's words.
    OrderStatus {
        /// Which.
        any_of: Vec<String>,
    },
    /// The customer concerned is in one of these groups.
    CustomerGroup {
        /// Which.
        any_of: Vec<String>,
    },
    /// Its order comes to an amount of this currency within bounds.
    OrderTotal {
        /// ISO 4217, three capitals.
        #[schema(examples("SAR"))]
        currency: String,
        /// This much or more, as a decimal number in text.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false, examples("500"))]
        at_least: Option<String>,
        /// Less than this.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        below: Option<String>,
    },
    /// It came or happened at this time of the store's day; over midnight when `to` is not after `from`.
    TimeOfDay {
        /// Minutes since midnight, inclusive.
        #[schema(minimum = 0, maximum = 1439)]
        from: u16,
        /// Minutes since midnight, exclusive.
        #[schema(minimum = 0, maximum = 1440)]
        to: u16,
    },
    /// The query finds the event; on a schedule: finds anything since the time before.
    Query {
        /// A query of the activity log.
        query: String,
    },
}

/// What a rule does; `action` says what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum FollowupAction {
    /// Answers with a template, or writes with it to the customer of the event's order.
    SendTemplate {
        /// The template's name.
        template: String,
    },
    /// Assigns the order to a colleague.
    Assign {
        /// Their email.
        to: String,
    },
    /// Notes a tag of the order, in Storetrail alone.
    TagOrder {
        /// The tag.
        tag: String,
    },
    /// Calls a webhook, signed.
    CallWebhook {
        /// Where.
        url: String,
    },
    /// Puts a tag on the event's subject in the shop, through the default target.
    Tag {
        /// The tag.
        tag: String,
    },
    /// Stops the messages about the order that still wait to be sent.
    HoldMessages,
    /// Tells those who get the store's alarms.
    Alarm {
        /// What is said.
        text: String,
    },
    /// Opens a bulk operation.
    OpenOperation {
        /// Its name.
        name: String,
    },
}

same_variants!(followup::Trigger => FollowupTrigger { Message, Event, Schedule });
same_variants!(followup::Often => FollowupSchedule { Hour, Day, Week, Month });
same_variants!(followup::Condition => FollowupCondition {
    Channel, Words, OrderStatus, CustomerGroup, OrderTotal, TimeOfDay, Query,
});
same_variants!(followup::FollowupAction => FollowupAction {
    SendTemplate, Assign, TagOrder, CallWebhook, Tag, HoldMessages, Alarm, OpenOperation,
});

/// A condition with what it saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CheckedCondition {
    /// The condition.
    #[serde(flatten)]
    pub condition: FollowupCondition,
    /// Whether it was met.
    pub is_met: bool,
    /// What it saw: the channel, the word found, the state, the time, the value of the term that was not met.
    #[schema(required)]
    pub seen: Option<String>,
    /// The term of a query that was not met, as typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub missed: Option<String>,
    /// Why it could not be tested at all: such a condition is not met.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub broken: Option<String>,
}
