//! Webhooks that rules call: queued with the evaluation, claimed by a worker, tried again for days.

use super::reference;
use crate::account::own_activity;
use crate::log::{uuid_of, zone};
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::followup::FollowupRule;
use domain::message::Message;
use domain::{Activity, Actor, ActorType, Category, MessageId, Outcome, RuleReference, StoreId};
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::json;
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
                "rule": rule.name, "rule_id": rule.id, "message": id, "channel": message.channel, "order": message.order,
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
        let (one_of, end) = crate::sql::claimed(backend);
        let now = self.ambient().clock.now();
        let text = format!(
            "UPDATE webhook_job SET lease_until = ?, tries = tries + 1 WHERE id {one_of}SELECT id FROM webhook_job WHERE due_at <= ? \
             AND (lease_until IS NULL OR lease_until < ?) ORDER BY due_at LIMIT ?{end} \
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

    /// Records what became of a call, and takes it out or puts it back: `webhook.delivered`, or `webhook.failed` at each
    /// try that failed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_webhook(
        &self,
        job: &WebhookJob,
        result: WebhookResult,
    ) -> Result<(), Error> {
        let id = job.id.as_bytes().to_vec();
        let effect = match &result {
            WebhookResult::Delivered { .. } | WebhookResult::GivenUp { .. } => {
                Effect::statement("DELETE FROM webhook_job WHERE id = ?", values![id])
            }
            WebhookResult::Failed { retry_at, .. } => Effect::statement(
                "UPDATE webhook_job SET lease_until = NULL, due_at = ? WHERE id = ?",
                values![retry_at.timestamp_micros(), id],
            ),
        };
        let record = Record::Activity(self.told(job, &result));
        let key = "webhooks".to_owned();
        self.recorder()
            .write(job.store_id, key, vec![record], vec![effect], None)
            .await
            .map(drop)
    }

    /// The entry that says what became of a call. It names the host and not the whole address, which may hold a secret.
    fn told(&self, job: &WebhookJob, result: &WebhookResult) -> Activity {
        let (action, outcome, error) = match result {
            WebhookResult::Delivered { .. } => ("webhook.delivered", Outcome::Success, None),
            WebhookResult::Failed { why, .. } => ("webhook.failed", Outcome::Failed, Some(why)),
            WebhookResult::GivenUp { why } => ("webhook.failed", Outcome::Failed, Some(why)),
        };
        let category = Category::System;
        let mut activity = own_activity(self.ambient(), action, category, None, Vec::new());
        let called: Called = serde_json::from_str(&job.body).unwrap_or_default();
        let data = called.data;
        activity.outcome = outcome;
        activity.error = error.cloned();
        activity.subject = data.message.map(|id| reference("message", &id));
        activity.related = data.order.iter().map(|n| reference("order", n)).collect();
        if let Some(name) = data.rule {
            activity.actor = Actor {
                kind: ActorType::Rule,
                id: data.rule_id.clone(),
                name: Some(name.clone()),
                ..Actor::system()
            };
            activity.rule = Some(RuleReference {
                id: data.rule_id,
                name,
            });
        }
        let host = job.url.split("://").nth(1).unwrap_or_default();
        let host = host.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next();
        activity.details = Some(match result {
            WebhookResult::Delivered { status } => {
                json!({ "webhook": job.id, "host": host, "tries": job.tries, "status": status })
            }
            WebhookResult::Failed { retry_at, .. } => {
                json!({ "webhook": job.id, "host": host, "tries": job.tries, "retry_at": retry_at })
            }
            WebhookResult::GivenUp { .. } => {
                json!({ "webhook": job.id, "host": host, "tries": job.tries, "given_up": true })
            }
        });
        activity
    }
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookResult {
    /// It was taken.
    Delivered {
        /// The HTTP status of the answer.
        status: u16,
    },
    /// It failed and is made again.
    Failed {
        /// Why, without the address.
        why: String,
        /// When.
        retry_at: DateTime<Utc>,
    },
    /// It is never made again.
    GivenUp {
        /// Why, without the address.
        why: String,
    },
}

/// What a call's body says of where it comes from.
#[derive(Default, Deserialize)]
struct Called {
    #[serde(default)]
    data: CalledOf,
}

#[derive(Default, Deserialize)]
struct CalledOf {
    rule: Option<String>,
    rule_id: Option<String>,
    message: Option<String>,
    order: Option<String>,
}
