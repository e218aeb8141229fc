//! The two logs that watch: what was done to Storetrail itself, and each call.

use super::{ActivityRow, MessageRow, Proof};
use crate::request::{RequestEntry, Surface};
use crate::security::unusual::Finding;
use crate::security::{SecurityEvent, SecurityEventName, SecurityKind, SecurityOutcome};
use crate::{Actor, Change, Reference, Seq};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// One line of the security log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecurityRow {
    /// The event's id.
    pub id: Uuid,
    /// Its ledger number; none for roles that may not count.
    pub seq: Option<Seq>,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// What the store's clock adds to UTC at that time, in minutes.
    pub offset_minutes: i32,
    /// What happened.
    pub event: SecurityEventName,
    /// The group it belongs to.
    pub kind: SecurityKind,
    /// How it ended.
    pub outcome: SecurityOutcome,
    /// Who did it; of type `system` without a name when nobody knows.
    pub actor: Actor,
    /// The account concerned, as known or typed, or the mask.
    pub account: Option<String>,
    /// To whom or what.
    pub subject: Option<Reference>,
    /// From which address, or the mask.
    pub ip: Option<String>,
    /// Browser and system in words, when they could be told.
    pub device: Option<String>,
    /// Why, as a stable word.
    pub reason: Option<String>,
    /// The first value before and after.
    pub first_change: Option<Change>,
    /// How many alike it stands for.
    pub count: u32,
    /// The first time that this account or key came from the address.
    pub is_new_address: bool,
    /// The first time that this account came with the device.
    pub is_new_device: bool,
    /// The numbers and words that its sentence needs, as an object.
    pub details: Option<Value>,
    /// The call that caused it.
    pub request_id: Option<String>,
}

/// A page of the security log.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SecurityPage {
    /// In the direction asked for.
    pub rows: Vec<SecurityRow>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
    /// Set when the search stopped at this time; `next` goes on from there.
    pub searched_to: Option<DateTime<Utc>>,
}

/// An event with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecurityDetail {
    /// What the list shows of it.
    pub row: SecurityRow,
    /// All of it, as this role may see it.
    pub event: SecurityEvent,
    /// What else the account did around it, newest first, at most 10.
    pub same_account: Vec<SecurityRow>,
    /// What else came from the address, newest first, at most 10.
    pub same_address: Vec<SecurityRow>,
    /// The call that caused it, where the role reads the operations log.
    pub request: Option<RequestRow>,
    /// The proof; none for roles that may not count.
    pub proof: Option<Proof>,
}

/// Where, with what and when an account signs in, learned from its own history.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AccountHabits {
    /// Its addresses, last used first, at most 50.
    pub addresses: Vec<Habit>,
    /// Its devices in words, last used first, at most 50.
    pub devices: Vec<Habit>,
    /// How often it signed in at each hour of the store's day.
    pub hours: Vec<u32>,
    /// How often it signed in, within what was looked through.
    pub sign_ins: u32,
    /// How many tries failed.
    pub failures: u32,
}

/// Something that an account uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habit {
    /// The address or device.
    pub what: String,
    /// First seen.
    pub first_at: DateTime<Utc>,
    /// Last seen.
    pub last_at: DateTime<Utc>,
    /// How often.
    pub times: u32,
}

/// One line of the operations log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestRow {
    /// The entry's id.
    pub id: Uuid,
    /// When it came.
    pub occurred_at: DateTime<Utc>,
    /// What the store's clock adds to UTC at that time, in minutes.
    pub offset_minutes: i32,
    /// Which side was called.
    pub surface: Surface,
    /// Who called; of type `system` without a name when nobody was known.
    pub actor: Actor,
    /// The method.
    pub method: String,
    /// The route's pattern.
    pub route: String,
    /// The path, scrubbed, or the mask.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// From which address, or the mask.
    pub ip: Option<String>,
    /// Browser and system in words, when they could be told.
    pub device: Option<String>,
    /// The id under which the answer was given.
    pub request_id: String,
    /// The trace it belongs to.
    pub trace_id: Option<String>,
    /// How many activities and messages it caused.
    pub effects: u32,
}

/// A page of the operations log.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RequestPage {
    /// In the direction asked for.
    pub rows: Vec<RequestRow>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
    /// Set when the search stopped at this time; `next` goes on from there.
    pub searched_to: Option<DateTime<Utc>>,
}

/// Calls of a store that are missing from the operations log of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingCalls {
    /// When the first of them came.
    pub since: DateTime<Utc>,
    /// How many, because more came than could be written.
    pub crowded: u64,
    /// How many, because the log could not be written.
    pub unwritten: u64,
}

/// A call with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestDetail {
    /// What the list shows of it.
    pub row: RequestRow,
    /// All of it, as this role may see it.
    pub entry: RequestEntry,
    /// The activities that it caused and this role sees, oldest first, at most 100.
    pub activities: Vec<ActivityRow>,
    /// The messages that it caused and this role sees, oldest first, at most 100.
    pub messages: Vec<MessageRow>,
    /// The security events that it caused, where the role reads them, at most 20.
    pub security: Vec<SecurityRow>,
    /// The proof of the ledger entry that holds this entry's digest; none for roles that may not count.
    pub proof: Option<Proof>,
}

/// The numbers beside a log's filters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogFacets {
    /// How many match.
    pub matching: super::Count,
    /// How many match for each value, without what the query asks of that same qualifier.
    pub values: Vec<LogFacet>,
}

/// One value of a closed list with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFacet {
    /// The qualifier, such as `kind`.
    pub qualifier: String,
    /// The value, such as `sign_in`.
    pub value: String,
    /// How many.
    pub count: u64,
}

/// What a rule would have raised on past events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// How many alarms.
    pub alarms: u64,
    /// In how many days.
    pub days: u32,
    /// The newest of them, at most 5.
    pub examples: Vec<Finding>,
    /// Set when there were more events than were looked through: from this time on.
    pub looked_from: Option<DateTime<Utc>>,
}

/// What of the operator's settings rules and the mails of alarms need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchMeans {
    /// Whether a file says in which places addresses are.
    pub has_places: bool,
    /// Whether a mail server is set.
    pub has_mail: bool,
}

/// What goes over the socket about these two logs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WatchEvent {
    /// A new event of the security log that scope and filter let through.
    SecurityAdded {
        /// The event.
        row: Box<SecurityRow>,
    },
    /// A new entry of the operations log that scope and filter let through.
    RequestAdded {
        /// The entry.
        row: Box<RequestRow>,
    },
    /// More was missed than can be sent: load the list again.
    Reload,
}
