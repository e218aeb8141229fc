//! Entries of the security log and the requests log.

use super::activity::same_names;
use super::{Actor, Change, Proof, Reference, Time};
use domain::view;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of the security log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SecurityList {
    /// The entries, in the direction asked for.
    pub items: Vec<SecurityItem>,
    /// Send it as `after` for the next page; null at the end. It stays valid.
    #[schema(required)]
    pub next: Option<String>,
    /// Set when the search stopped at this time: there may be more, and `next` goes on from there.
    #[schema(required)]
    pub searched_to: Option<Time>,
}

/// One entry of the security log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SecurityItem {
    /// Its id.
    pub id: Uuid,
    /// Its number in the ledger; left out for roles that may not count what is hidden from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false, examples(48211))]
    pub seq: Option<i64>,
    /// When it happened.
    pub occurred_at: Time,
    /// What happened.
    #[schema(examples("sign_in.failed"))]
    pub event: String,
    /// The group it belongs to.
    pub kind: SecurityKind,
    /// How it ended.
    pub outcome: SecurityOutcome,
    /// Who did it; of type `system` without a name when nobody knows.
    pub actor: Actor,
    /// The account concerned, as known or as typed.
    #[schema(required, examples("sara@store.example"))]
    pub account: Option<String>,
    /// To whom or what.
    #[schema(required)]
    pub subject: Option<Reference>,
    /// The address it came from.
    #[schema(required, examples("203.0.113.7"))]
    pub ip: Option<String>,
    /// Browser and system, when they could be told.
    #[schema(required, examples("Chrome on macOS"))]
    pub device: Option<String>,
    /// Why.
    #[schema(required, examples("wrong_password"))]
    pub reason: Option<String>,
    /// How many alike it stands for.
    #[schema(minimum = 1, examples(1))]
    pub count: u32,
    /// Whether the account or key came from this address for the first time.
    pub is_new_address: bool,
    /// Whether the account came with this device for the first time.
    pub is_new_device: bool,
    /// The call that caused it, as `request_id` of the requests log.
    #[schema(required)]
    pub request_id: Option<String>,
}

/// An entry of the security log with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SecurityEvent {
    /// What the list shows.
    #[serde(flatten)]
    pub item: SecurityItem,
    /// Values before and after; never a secret.
    pub changes: Vec<Change>,
    /// What the browser or program called itself.
    #[schema(required)]
    pub user_agent: Option<String>,
    /// The proof that it stands in the ledger; left out for roles that may not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub proof: Option<Proof>,
}

/// The groups of security events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecurityKind {
    /// Signing in, failed or not.
    SignIn,
    /// Codes, recovery codes, passkeys.
    SecondFactor,
    /// What a role or key may not see or do.
    Denied,
    /// Held back after too many tries or calls.
    RateLimit,
    /// Ended, by whom.
    Sessions,
    /// Invited, joined, blocked, passwords, addresses.
    People,
    /// Who may do what.
    Roles,
    /// API keys.
    Keys,
    /// Settings of the store and its safety.
    Settings,
    /// Forged webhooks, foreign origins, calls to inner addresses.
    Attack,
    /// Alarms that were raised.
    Alarm,
}

/// How a security event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecurityOutcome {
    /// It was done.
    Success,
    /// It was tried and wrong.
    Failed,
    /// It was not allowed, whatever was given.
    Denied,
}

/// A page of the requests log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RequestList {
    /// The entries, in the direction asked for.
    pub items: Vec<RequestItem>,
    /// Send it as `after` for the next page; null at the end. It stays valid.
    #[schema(required)]
    pub next: Option<String>,
    /// Set when the search stopped at this time: there may be more, and `next` goes on from there.
    #[schema(required)]
    pub searched_to: Option<Time>,
}

/// One call to the panel or the API.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RequestItem {
    /// Its id.
    pub id: Uuid,
    /// When it came.
    pub occurred_at: Time,
    /// Which side was called.
    pub surface: Surface,
    /// Who called; of type `system` without a name when nobody was known.
    pub actor: Actor,
    /// The method.
    #[schema(examples("POST"))]
    pub method: String,
    /// The route; empty when nothing answers at the path.
    #[schema(examples("/api/v1/activities/{id}"))]
    pub route: String,
    /// The path, scrubbed.
    pub path: String,
    /// The status of the answer.
    #[schema(examples(201))]
    pub status: u16,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// The address it came from.
    #[schema(required, examples("203.0.113.7"))]
    pub ip: Option<String>,
    /// The id that the answer's `x-request-id` header told.
    pub request_id: String,
    /// The trace it belongs to (W3C Trace Context).
    #[schema(required)]
    pub trace_id: Option<String>,
    /// How many activities and messages it caused.
    pub effects: u32,
}

/// Which side of Storetrail was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// A page or a call of the admin panel.
    Panel,
    /// A call of the API.
    Api,
    /// A webhook of a provider.
    Hook,
}

/// A call with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Request {
    /// What the list shows.
    #[serde(flatten)]
    pub item: RequestItem,
    /// The query string, scrubbed; null when the call belongs to no store.
    #[schema(required)]
    pub query: Option<String>,
    /// The body, scrubbed; null when it is a file, is longer than 16 KiB, is recorded elsewhere, or the call
    /// belongs to no store.
    #[schema(required)]
    pub body: Option<String>,
    /// How many bytes of a body were read.
    pub body_bytes: u64,
    /// The SHA-256 of the body as it was sent, when it was read to its end.
    #[schema(required, pattern = "^[0-9a-f]{64}$")]
    pub body_sha256: Option<String>,
    /// What the browser or program called itself.
    #[schema(required)]
    pub user_agent: Option<String>,
    /// What it showed of a person.
    pub viewed: Vec<Reference>,
    /// The ids of the activities that it caused, oldest first, at most 100.
    pub activities: Vec<Uuid>,
    /// The ids of the messages that it caused, oldest first, at most 100.
    pub messages: Vec<Uuid>,
}

/// A call as files hold it: with its content, and how much it caused instead of what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RequestContent {
    #[serde(flatten)]
    item: RequestItem,
    query: Option<String>,
    body: Option<String>,
    body_bytes: u64,
    body_sha256: Option<String>,
    user_agent: Option<String>,
    viewed: Vec<Reference>,
}

impl RequestContent {
    /// A call's line and all of it, as a role may see them.
    pub fn new(row: view::RequestRow, entry: domain::request::RequestEntry) -> Self {
        Self {
            item: row.into(),
            query: entry.query,
            body: entry.body,
            body_bytes: entry.body_bytes,
            body_sha256: entry.body_sha256,
            user_agent: entry.user_agent,
            viewed: entry.viewed.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<view::SecurityPage> for SecurityList {
    fn from(page: view::SecurityPage) -> Self {
        Self {
            items: page.rows.into_iter().map(Into::into).collect(),
            next: page.next,
            searched_to: page.searched_to.map(Time),
        }
    }
}

impl From<view::SecurityRow> for SecurityItem {
    fn from(row: view::SecurityRow) -> Self {
        Self {
            id: row.id,
            seq: row.seq.map(|seq| seq.0),
            occurred_at: Time(row.occurred_at),
            event: row.event.as_str().to_owned(),
            kind: row.kind.into(),
            outcome: row.outcome.into(),
            actor: row.actor.into(),
            account: row.account,
            subject: row.subject.map(Into::into),
            ip: row.ip,
            device: row.device,
            reason: row.reason,
            count: row.count,
            is_new_address: row.is_new_address,
            is_new_device: row.is_new_device,
            request_id: row.request_id,
        }
    }
}

impl From<view::SecurityDetail> for SecurityEvent {
    fn from(detail: view::SecurityDetail) -> Self {
        Self {
            item: detail.row.into(),
            changes: detail.event.changes.into_iter().map(Into::into).collect(),
            user_agent: detail.event.origin.user_agent,
            proof: detail.proof.map(Into::into),
        }
    }
}

impl From<view::RequestPage> for RequestList {
    fn from(page: view::RequestPage) -> Self {
        Self {
            items: page.rows.into_iter().map(Into::into).collect(),
            next: page.next,
            searched_to: page.searched_to.map(Time),
        }
    }
}

impl From<view::RequestRow> for RequestItem {
    fn from(row: view::RequestRow) -> Self {
        Self {
            id: row.id,
            occurred_at: Time(row.occurred_at),
            surface: row.surface.into(),
            actor: row.actor.into(),
            method: row.method,
            route: row.route,
            path: row.path,
            status: row.status,
            duration_us: row.duration_us,
            ip: row.ip,
            request_id: row.request_id,
            trace_id: row.trace_id,
            effects: row.effects,
        }
    }
}

impl From<view::RequestDetail> for Request {
    fn from(detail: view::RequestDetail) -> Self {
        Self {
            item: detail.row.into(),
            query: detail.entry.query,
            body: detail.entry.body,
            body_bytes: detail.entry.body_bytes,
            body_sha256: detail.entry.body_sha256,
            user_agent: detail.entry.user_agent,
            viewed: detail.entry.viewed.into_iter().map(Into::into).collect(),
            activities: detail.activities.iter().map(|row| row.id.0).collect(),
            messages: detail.messages.iter().map(|row| row.id.0).collect(),
        }
    }
}

same_names!(domain::security::SecurityKind => SecurityKind {
    SignIn, SecondFactor, Denied, RateLimit, Sessions, People, Roles, Keys, Settings, Attack, Alarm,
});
same_names!(domain::security::SecurityOutcome => SecurityOutcome { Success, Failed, Denied });
same_names!(domain::request::Surface => Surface { Panel, Api, Hook });
