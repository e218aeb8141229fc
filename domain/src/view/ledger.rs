//! What a reader is shown of the ledger.

use crate::ledger::Hash;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The ledger at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerSummary {
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// When the first was recorded.
    pub first_at: Option<DateTime<Utc>>,
    /// When the last was recorded.
    pub last_at: Option<DateTime<Utc>>,
    /// What the store's clock adds to UTC now, in minutes.
    pub offset_minutes: i32,
}

/// A signed head of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointView {
    /// How many entries it covers.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// When it was signed.
    pub at: DateTime<Utc>,
    /// What the store's clock adds to UTC then, in minutes.
    pub offset_minutes: i32,
    /// The signed note (C2SP `signed-note`), byte for byte.
    pub text: String,
    /// When it was sent outside.
    pub posted_at: Option<DateTime<Utc>>,
    /// Why it could not be sent outside, the last time it was tried.
    pub post_error: Option<String>,
    /// How many times it was tried in vain.
    pub post_tries: u32,
    /// When it is tried again; none once it was sent, and where nothing is set to which it could be sent.
    pub next_try_at: Option<DateTime<Utc>>,
}
