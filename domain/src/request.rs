//! One call to the admin panel or API, as the operations log keeps it: scrubbed before it gets here.

use crate::entry::EntryFacts;
use crate::security::closed_list;
use crate::{Actor, Reference};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use uuid::Uuid;

/// How many bytes of a scrubbed body are kept.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

closed_list! {
    /// Which side of Storetrail was called.
    Surface {
        Panel "panel" "A page or a call of the admin panel.",
        Api "api" "The REST API.",
        Hook "hook" "A webhook of a provider.",
    }
}

closed_list! {
    /// A part that a request entry can have.
    RequestHas {
        Query "query" "A query string.",
        Body "body" "A body.",
        Views "views" "It showed something sensitive.",
    }
}

/// How long calls took, for `took:`: at least so long.
pub const TOOK: &[(&str, u64)] = &[
    ("100ms", 100_000),
    ("500ms", 500_000),
    ("1s", 1_000_000),
    ("10s", 10_000_000),
];
/// The names of [`TOOK`].
pub const TOOK_NAMES: &[&str] = &["100ms", "500ms", "1s", "10s"];

/// One call. Its JSON form is what the ledger's digest is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestEntry {
    /// Its id: UUIDv7.
    pub id: Uuid,
    /// When it came, to the microsecond, UTC.
    pub occurred_at: DateTime<Utc>,
    /// Which side was called.
    pub surface: Surface,
    /// The method.
    pub method: String,
    /// The route's pattern, such as `/api/v1/activities/{id}`.
    pub route: String,
    /// The path, with secrets taken out, at most 2,000 characters.
    pub path: String,
    /// The query string, scrubbed, at most 2,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The body, scrubbed, at most [`MAX_BODY_BYTES`]; none for what is recorded by size and digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// How large the body was.
    #[serde(default)]
    pub body_bytes: u64,
    /// The SHA-256 of a body that was not kept, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_sha256: Option<String>,
    /// The status of the answer, 100 to 599.
    pub status: u16,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// Who called; of type `system` when nobody was known.
    pub actor: Actor,
    /// From where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    /// What the caller's program called itself, at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The id under which the answer was given and logged.
    pub request_id: String,
    /// The trace it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// What sensitive thing it showed: who looked at what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub viewed: Vec<Reference>,
}

impl RequestEntry {
    /// What a filter looks at.
    pub fn facts(&self) -> EntryFacts {
        let mut has = 0;
        for (is_there, part) in [
            (self.query.is_some(), RequestHas::Query),
            (self.body.is_some() || self.body_bytes > 0, RequestHas::Body),
            (!self.viewed.is_empty(), RequestHas::Views),
        ] {
            if is_there {
                has |= 1u32 << part.number();
            }
        }
        let took = TOOK
            .iter()
            .zip(0u32..)
            .filter(|((_, least), _)| self.duration_us >= *least)
            .fold(0, |bits, (_, place)| bits | 1 << place);
        let mut facts = EntryFacts {
            id: self.id,
            at_micros: self.occurred_at.timestamp_micros(),
            members: vec![
                ("surface", 1 << self.surface.number()),
                ("has", has),
                ("took", took),
            ],
            terms: Vec::new(),
            ip: self.ip,
            open: String::new(),
            personal: String::new(),
        };
        facts.actor("who", &self.actor);
        facts.term("method", &self.method, false);
        facts.term("route", &self.route, false);
        // A path may hold an address: `/api/v1/customers/noura@mail.example`.
        facts.term("path", &self.path, true);
        facts.term("status", &self.status.to_string(), false);
        facts.term("request", &self.request_id, false);
        if let Some(trace) = &self.trace_id {
            facts.term("trace", trace, false);
        }
        for viewed in &self.viewed {
            facts.reference("viewed", viewed);
        }
        facts.say(&self.route, false);
        facts.say(&self.path, true);
        for text in [&self.query, &self.body].into_iter().flatten() {
            facts.say(text, true);
        }
        if let Some(ip) = self.ip {
            facts.say(&ip.to_string(), true);
        }
        if let Some(agent) = &self.user_agent {
            facts.say(agent, true);
        }
        facts
    }
}
