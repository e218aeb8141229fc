//! How something ended: success, pending or failed.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How something ended, or that it has not yet.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    #[default]
    Success,
    /// It was asked for; whether it was done is not known yet.
    Pending,
    /// It was not done.
    Failed,
}

impl Outcome {
    /// Every outcome, in the order in which people list them.
    pub const ALL: [Self; 3] = [Self::Success, Self::Pending, Self::Failed];

    /// The name in API and query language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Pending => "pending",
            Self::Failed => "failed",
        }
    }

    /// The number stored for it: 0, 1, 2.
    pub const fn number(self) -> i16 {
        self as i16
    }

    /// The outcome of a stored number.
    pub fn of_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.number() == number)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Outcome {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|o| o.as_str() == text).ok_or(())
    }
}

/// A set of outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutcomeSet(u8);

impl OutcomeSet {
    /// Whether `outcome` is in the set.
    pub const fn contains(self, outcome: Outcome) -> bool {
        self.0 & (1 << outcome as u8) != 0
    }

    /// The outcomes in the set.
    pub fn iter(self) -> impl Iterator<Item = Outcome> {
        Outcome::ALL.into_iter().filter(move |o| self.contains(*o))
    }
}

impl FromIterator<Outcome> for OutcomeSet {
    fn from_iter<I: IntoIterator<Item = Outcome>>(outcomes: I) -> Self {
        Self(outcomes.into_iter().fold(0, |set, o| set | 1 << o as u8))
    }
}
