//! Connections of shops and what they delivered.

use super::{Reference, Time};
use domain::view;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A connection: an address that a shop calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Connection {
    /// Its id.
    pub id: Uuid,
    /// `shopify`, `woocommerce` or `standard`.
    pub platform: String,
    /// The last part of its address.
    pub name: String,
    /// The address that the shop calls.
    pub url: String,
    /// Whether what it delivers is processed. It is kept all the same.
    pub is_enabled: bool,
    /// When it was made.
    pub created_at: Time,
    /// When its first delivery came.
    #[schema(required)]
    pub first_at: Option<Time>,
    /// When its last delivery came.
    #[schema(required)]
    pub last_at: Option<Time>,
    /// Its secret, if it was made by this call: the only time it is told.
    #[schema(required)]
    pub secret: Option<String>,
}

impl Connection {
    /// Of what a scope has shown.
    pub fn new(view: view::ConnectionView, public_url: &str, secret: Option<String>) -> Self {
        Self {
            id: view.id.0,
            platform: view.platform.as_str().to_owned(),
            url: format!("{public_url}{}", view.path()),
            name: view.name,
            is_enabled: view.is_enabled,
            created_at: Time(view.created_at),
            first_at: view.first_at.map(Time),
            last_at: view.last_at.map(Time),
            secret,
        }
    }
}

/// All connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConnectionList {
    /// By platform and name.
    pub items: Vec<Connection>,
}

/// A connection to be made or changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"is_enabled": true}))]
pub struct ConnectionInput {
    /// The secret that the shop signs with: 8 to 200 characters; for Standard Webhooks `whsec_` and 24 to 64 bytes in
    /// base64. Needed for a new connection of Shopify; made here where it is left out.
    secret: Option<String>,
    /// Makes another secret in place of the one that a connection has.
    new_secret: Option<bool>,
    /// Whether what it delivers is processed.
    is_enabled: Option<bool>,
}

/// That a connection is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForgottenConnection {
    /// Its name.
    pub name: String,
}

/// A delivery in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookItem {
    /// Its id.
    pub id: Uuid,
    /// The connection's name.
    pub connection: String,
    /// `shopify`, `woocommerce` or `standard`.
    pub platform: String,
    /// What it is about, in the shop's words.
    pub topic: String,
    /// `received`, `queued`, `processing`, `done`, `failed`, `dead` (out of tries) or `discarded`.
    pub state: String,
    /// What came of it: `recorded`, `unchanged`, `late` or `not_understood`; null until it is done.
    #[schema(required)]
    pub result: Option<String>,
    /// The thing that it tells of; null as long as that isn't known.
    #[schema(required)]
    pub subject: Option<Reference>,
    /// When it came.
    pub received_at: Time,
    /// How many times the same came again.
    pub repeats: u32,
    /// How many tries were made.
    pub tries: u32,
    /// When the next try is due.
    #[schema(required)]
    pub due_at: Option<Time>,
    /// Why the last try failed: `rate_limit`, `invalid_data`, `configuration` or `network`.
    #[schema(required)]
    pub cause: Option<String>,
    /// The same in words.
    #[schema(required)]
    pub error: Option<String>,
    /// What joins it with every activity that it caused: `trace:` finds them.
    pub trace_id: String,
}

impl From<view::HookRow> for WebhookItem {
    fn from(row: view::HookRow) -> Self {
        Self {
            id: row.id.0,
            connection: row.connection,
            platform: row.platform.as_str().to_owned(),
            topic: row.topic,
            state: row.state.as_str().to_owned(),
            result: row.result.map(|result| result.as_str().to_owned()),
            subject: row.subject.map(Into::into),
            received_at: Time(row.received_at),
            repeats: row.repeats,
            tries: row.tries,
            due_at: row.due_at.map(Time),
            cause: row.cause.map(|cause| cause.as_str().to_owned()),
            error: row.error,
            trace_id: row.trace_id,
        }
    }
}

/// A page of deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookList {
    /// Newest first.
    pub items: Vec<WebhookItem>,
    /// What comes after them, to be sent as `after`; null at the end.
    #[schema(required)]
    pub next: Option<String>,
}

impl From<view::HookPage> for WebhookList {
    fn from(page: view::HookPage) -> Self {
        Self {
            items: page.rows.into_iter().map(Into::into).collect(),
            next: page.next,
        }
    }
}

/// A header as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookHeader {
    /// Its name, in lower case.
    pub name: String,
    /// Its value, at most 500 characters.
    pub value: String,
}

/// One try at processing a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookAttempt {
    /// Its number, from 1.
    #[schema(minimum = 1)]
    pub number: u32,
    /// When it ended.
    pub at: Time,
    /// With what result; null when it failed.
    #[schema(required)]
    pub result: Option<String>,
    /// Why it failed.
    #[schema(required)]
    pub cause: Option<String>,
    /// The same in words.
    #[schema(required)]
    pub error: Option<String>,
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Webhook {
    /// How it stands.
    #[serde(flatten)]
    pub item: WebhookItem,
    /// The headers that matter.
    pub headers: Vec<WebhookHeader>,
    /// The body as it came; null once it was deleted, 30 days after nothing more happened with it.
    #[schema(required)]
    pub body: Option<String>,
    /// How many bytes it had.
    pub bytes: u64,
    /// Their SHA-256, in hex.
    pub sha256: String,
    /// The body as somebody edited it: this one is processed.
    #[schema(required)]
    pub edited: Option<String>,
    /// The tries, oldest first.
    pub attempts: Vec<WebhookAttempt>,
    /// The waits that are left after the next try, in seconds.
    pub plan: Vec<i64>,
}

impl From<view::HookDetail> for Webhook {
    fn from(detail: view::HookDetail) -> Self {
        let headers = detail.headers.into_iter();
        let attempts = detail.attempts.into_iter().map(|attempt| WebhookAttempt {
            number: attempt.number,
            at: Time(attempt.at),
            result: attempt.result.map(|result| result.as_str().to_owned()),
            cause: attempt.cause.map(|cause| cause.as_str().to_owned()),
            error: attempt.error,
        });
        Self {
            item: detail.row.into(),
            headers: headers
                .map(|(name, value)| WebhookHeader { name, value })
                .collect(),
            body: detail.body,
            bytes: detail.bytes,
            sha256: detail.sha256,
            edited: detail.edited,
            attempts: attempts.collect(),
            plan: detail.plan,
        }
    }
}

/// A body that is to be processed in place of the one that came.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"body": "{\"type\": \"product.updated\", \"data\": {}}"}))]
pub struct WebhookBody {
    /// JSON as text, at most 8 MiB.
    body: String,
}
