//! The answer to "did it arrive?", as data that an interface puts into one sentence.

use super::{Confidence, FailureReason, Missed, NotSentReason};
use crate::Actor;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a person is told in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// We received it.
    Received {
        /// When.
        at: DateTime<Utc>,
    },
    /// It is not to be sent.
    NotSent {
        /// Why.
        reason: NotSentReason,
    },
    /// It waits.
    Waiting {
        /// For what.
        reason: WaitReason,
        /// Until when, if that is known.
        until: Option<DateTime<Utc>>,
        /// How many tries were made.
        attempts: u32,
        /// What the last try was answered.
        words: Option<String>,
    },
    /// A try is under way.
    HandingOver {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// It was handed over, and nobody knows what was answered: a report or a person will tell.
    AnswerUnknown {
        /// When it was handed over.
        at: DateTime<Utc>,
        /// What went wrong then, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    },
    /// It went out.
    HandedOver {
        /// When it was handed over; none when another system did not say.
        at: Option<DateTime<Utc>>,
        /// When it arrived, if that was told.
        delivered_at: Option<DateTime<Utc>>,
        /// By whom it was first opened, if that was told; a person before a machine.
        opened: Option<ReadMark>,
        /// Whether the provider still has it.
        is_underway: bool,
        /// Whose copies were not taken, or did not arrive.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        missed: Vec<Missed>,
    },
    /// Somebody stopped it.
    Stopped {
        /// When.
        at: DateTime<Utc>,
        /// Who; none when the provider called it back.
        by: Option<Actor>,
    },
    /// It did not arrive.
    NotDelivered {
        /// When that was told.
        at: DateTime<Utc>,
        /// Why.
        reason: FailureReason,
        /// The provider's code.
        code: Option<String>,
        /// The provider's words.
        words: Option<String>,
        /// How many tries were made.
        attempts: u32,
    },
}

/// For what a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// For its turn.
    Queue,
    /// For the time it was scheduled for.
    Schedule,
    /// For a moment in which its writer can still catch it.
    Hold,
    /// For the next try, after an answer that said "later".
    Retry,
}

/// That it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMark {
    /// When.
    pub at: DateTime<Utc>,
    /// By what.
    pub confidence: Confidence,
    /// Why it is taken for that, as a key.
    pub reason: String,
    /// The device in words; only a person's.
    pub device: Option<String>,
}
