//! What keeps rules from running in circles: machines are not answered, nothing fires without end.

use crate::fold;
use crate::message::Message;
use serde::{Deserialize, Serialize};

/// How many automatic answers a thread gets in an hour.
pub const MOST_REPLIES_AN_HOUR: u64 = 3;
/// How many rules may set each other off, one because of the other.
pub const MOST_DEPTH: u32 = 5;
/// How often a rule fires for one subject within an hour.
pub const MOST_FIRINGS_AN_HOUR: u64 = 20;

/// Why a rule whose conditions were met does not answer, or does nothing at all.
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
    /// The rule itself caused what happened.
    Own,
    /// Rules set each other off, one after the other.
    TooDeep {
        /// How many fired before, one because of the other.
        depth: u32,
    },
    /// The rule fired often enough for this subject in the last hour.
    TooOften {
        /// How often.
        count: u64,
    },
}

impl LoopGuard {
    /// Whether the rule does nothing at all; else it only answers nobody.
    pub const fn stops_all(&self) -> bool {
        matches!(
            self,
            Self::Own | Self::TooDeep { .. } | Self::TooOften { .. }
        )
    }
}

/// Why nothing follows from an event although the conditions were met, if so.
pub(super) fn of_event(is_own: bool, depth: u32, recent_firings: u64) -> Option<LoopGuard> {
    if is_own {
        Some(LoopGuard::Own)
    } else if depth >= MOST_DEPTH {
        Some(LoopGuard::TooDeep { depth })
    } else if recent_firings >= MOST_FIRINGS_AN_HOUR {
        Some(LoopGuard::TooOften {
            count: recent_firings,
        })
    } else {
        None
    }
}

/// Why an inbound message must not be answered automatically, if so.
pub fn message_guard(message: &Message, recent_replies: u64) -> Option<LoopGuard> {
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
    (recent_replies >= MOST_REPLIES_AN_HOUR).then_some(LoopGuard::TooMany {
        count: recent_replies,
    })
}
