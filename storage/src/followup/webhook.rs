//! Webhooks that rules call: queued with the evaluation, claimed by a worker, tried again for days.

use crate::log::{uuid_of, zone};
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::followup::FollowupRule;
use domain::message::Message;
use domain::{MessageId, StoreId};
use sea_orm::{DbBackend, FromQueryResult};
use uuid::Uuid;

/// A call to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookJob {
    /// Its id: `webhook-id` of Standard Webhooks, the same at each try.
    pub id: Uuid,
    /// For which store.
    pub store_id: StoreId,
    /// Where.
    pub url: String,
    /// What is sent: JSON.
    pub body: String,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// How many tries were made.
    pub tries: u32,
}

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    store_id: i64,
    url: String,
    body: String,
    created_at: i64,
    tries: i64,
}

impl Storage {
    /// The queueing of a call, for the transaction of the evaluation.
    pub(super) fn webhook(
        &self,
        scope: &Scope,
        id: MessageId,
        message: &Message,
        rule: &FollowupRule,
        url: &str,
    ) -> Effect {
        let now = self.ambient().clock.now();
        let body = serde_json::json!({
            "type": "message.received",
            "timestamp": now,
            "data": {
                "rule": rule.name, "message": id, "channel": message.channel, "order": message.order,
                "customer": message.customer, "from": message.from, "subject": message.subject, "text": message.text,
            },
        });
        Effect::statement(
            "INSERT INTO webhook_job (id, store_id, url, body, created_at, due_at, tries) VALUES (?, ?, ?, ?, ?, ?, 0) \
             ON CONFLICT DO NOTHING",
            values![
                self.ambient().uuid().as_bytes().to_vec(),
                scope.store_id().0,
                url,
                body.to_string(),
                now.timestamp_micros(),
                now.timestamp_micros(),
            ],
        )
    }

    /// Takes up to `limit` calls that are due, for `lease`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_webhooks(
        &self,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<WebhookJob>, Error> {
        let writer = &self.inner.connections.writer;
        let backend = writer.get_database_backend();
        let lock = if backend == DbBackend::Postgres {
            " FOR UPDATE SKIP LOCKED"
        } else {
            ""
        };
        let now = self.ambient().clock.now();
        let text = format!(
            "UPDATE webhook_job SET lease_until = ?, tries = tries + 1 WHERE id IN (SELECT id FROM webhook_job WHERE due_at <= ? \
             AND (lease_until IS NULL OR lease_until < ?) ORDER BY due_at LIMIT ?{lock}) \
             RETURNING id, store_id, url, body, created_at, tries"
        );
        let until = (now + lease).timestamp_micros();
        let now = now.timestamp_micros();
        let found: Vec<Columns> = sql(backend, &text, values![until, now, now, i64::from(limit)])
            .all(writer)
            .await?;
        found
            .into_iter()
            .map(|c| {
                Ok(WebhookJob {
                    id: uuid_of(&c.id)?,
                    store_id: StoreId(c.store_id),
                    url: c.url,
                    body: c.body,
                    created_at: zone::time_of(c.created_at),
                    tries: u32::try_from(c.tries).unwrap_or(1),
                })
            })
            .collect()
    }

    /// Takes a call out, done or given up (`None`), or puts it back until a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_webhook(
        &self,
        job: &WebhookJob,
        retry_at: Option<DateTime<Utc>>,
    ) -> Result<(), Error> {
        let id = job.id.as_bytes().to_vec();
        let effect = match retry_at {
            None => Effect::statement("DELETE FROM webhook_job WHERE id = ?", values![id]),
            Some(at) => Effect::statement(
                "UPDATE webhook_job SET lease_until = NULL, due_at = ? WHERE id = ?",
                values![at.timestamp_micros(), id],
            ),
        };
        self.recorder().apply(vec![effect]).await
    }
}
