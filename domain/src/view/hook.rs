//! What a reader is shown of connections and of the deliveries of shops' webhooks.

use crate::hook::{FailureCause, HookResult, HookState, Platform};
use crate::{ConnectionId, HookId, Reference};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A shop's connection. Its secret is never shown again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionView {
    /// Its id.
    pub id: ConnectionId,
    /// Who calls.
    pub platform: Platform,
    /// The last part of its address: 1 to 60 of `a-z`, `0-9` and `-`.
    pub name: String,
    /// Whether its deliveries are processed. They are kept all the same.
    pub is_enabled: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its first delivery came.
    pub first_at: Option<DateTime<Utc>>,
    /// When its last delivery came.
    pub last_at: Option<DateTime<Utc>>,
}

impl ConnectionView {
    /// The path that the shop calls.
    pub fn path(&self) -> String {
        format!("/hooks/{}/{}", self.platform.as_str(), self.name)
    }
}

/// A connection that was made just now, or given another secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeConnection {
    /// The connection.
    pub connection: ConnectionView,
    /// The address that the shop calls.
    pub url: String,
    /// The secret that was made on the spot: the only time it is told. None where the shop brought its own.
    pub secret: Option<String>,
}

/// One delivery in a list, and the head of its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookRow {
    /// Its id.
    pub id: HookId,
    /// The connection's name.
    pub connection: String,
    /// Who called.
    pub platform: Platform,
    /// What it is about, in the shop's words: `orders/create`.
    pub topic: String,
    /// How it stands.
    pub state: HookState,
    /// With what result it was processed.
    pub result: Option<HookResult>,
    /// The thing that it tells of, as far as that is known.
    pub subject: Option<Reference>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// What the store's clock adds to UTC then, in minutes.
    pub offset_minutes: i32,
    /// How many times the same came again.
    pub repeats: u32,
    /// How many tries were made.
    pub tries: u32,
    /// When the next try is due.
    pub due_at: Option<DateTime<Utc>>,
    /// Why the last try failed.
    pub cause: Option<FailureCause>,
    /// The same in words.
    pub error: Option<String>,
    /// What joins it with everything that it caused.
    pub trace_id: String,
}

/// One try at processing a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookAttempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// With what result; none when it failed.
    pub result: Option<HookResult>,
    /// Why it failed.
    pub cause: Option<FailureCause>,
    /// The same in words.
    pub error: Option<String>,
}

/// A delivery as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookDetail {
    /// The head.
    pub row: HookRow,
    /// The headers that matter, by name.
    pub headers: Vec<(String, String)>,
    /// The body as it came; bytes that are no text are shown as �. None once it was deleted.
    pub body: Option<String>,
    /// How many bytes it had.
    pub bytes: u64,
    /// Their SHA-256, in hex.
    pub sha256: String,
    /// The body as a person edited it: this one is processed.
    pub edited: Option<String>,
    /// The tries, oldest first.
    pub attempts: Vec<HookAttempt>,
    /// The waits of the plan that are left after the next try, in seconds.
    pub plan: Vec<i64>,
}

/// A page of deliveries, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookPage {
    /// The deliveries.
    pub rows: Vec<HookRow>,
    /// What comes after them: the cursor.
    pub next: Option<String>,
}

/// What is told over the socket of deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HookEvent {
    /// A delivery as it stands now.
    Webhook {
        /// It.
        row: Box<HookRow>,
    },
    /// Something was missed: load the list again.
    Resync {
        /// A mark, so that a client can say that it comes again.
        mark: String,
    },
}
