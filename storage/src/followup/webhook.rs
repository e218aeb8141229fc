//! Webhooks that rules call: queued with the evaluation, claimed by a worker, tried again for days.

use super::action::{About, Row, RuleTask, task_id};
use super::{list, reference};
use crate::account::own_activity;
use crate::log::{uuid_of, zone};
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::followup::{FollowupAction, FollowupRule};
use domain::message::Message;
use domain::operation::OperationId;
use domain::{
    Activity, ActivityId, Actor, ActorType, Category, MessageId, Outcome, Reference, RuleReference,
    StoreId,
};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::fmt::Write as _;
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

impl WebhookJob {
    /// Whom it calls: the address up to its path, as it is written.
    pub fn receiver(&self) -> &str {
        let from = self.url.find("://").map_or(0, |at| at + 3);
        let end = self.url[from..].find(['/', '?', '#']);
        end.map_or(self.url.as_str(), |end| &self.url[..from + end])
    }
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
    /// The queueing of a call about an event, for the transaction of the evaluation.
    pub(super) fn webhook_of(
        &self,
        scope: &Scope,
        task: &RuleTask,
        entry: ActivityId,
        url: &str,
    ) -> Effect {
        let about = &task.about;
        let body = json!({
            "type": "rule.fired",
            "timestamp": self.ambient().clock.now(),
            "data": {
                "rule": task.name, "rule_id": task.rule, "version": task.version, "place": task.place, "event": about.event,
                "action": about.happened, "subject": about.subject, "order": about.order, "message": about.message,
                "trace_id": about.trace,
            },
        });
        self.call(scope, task_id(entry, task.place as usize), url, &body)
    }

    /// The queueing of a call about a message, for the transaction of the evaluation.
    pub(super) fn webhook(
        &self,
        scope: &Scope,
        (id, message): (MessageId, &Message),
        rule: &FollowupRule,
        (entry, place): (ActivityId, usize),
        url: &str,
    ) -> Effect {
        let body = json!({
            "type": "message.received",
            "timestamp": self.ambient().clock.now(),
            "data": {
                "rule": rule.name, "rule_id": rule.id, "version": rule.version, "place": place, "message": id, "channel": message.channel, "order": message.order,
                "customer": message.customer, "from": message.from, "subject": message.subject, "text": message.text,
                "trace_id": super::trace_of(id, message),
            },
        });
        self.call(scope, task_id(entry, place), url, &body)
    }

    fn call(&self, scope: &Scope, id: Uuid, url: &str, body: &Value) -> Effect {
        let now = self.ambient().clock.now();
        queued_call(id, scope.store_id(), url, body.to_string(), now)
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
        self.claim_calls("NOT LIKE", &[], limit, lease).await
    }

    /// As [`Storage::claim_webhooks`], of all [receivers](WebhookJob::receiver) but these.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_webhooks_of_others(
        &self,
        receivers: &[String],
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<WebhookJob>, Error> {
        self.claim_calls("NOT LIKE", receivers, limit, lease).await
    }

    /// Takes calls whose address is `LIKE` one that is written to, or `NOT LIKE` it, and that go to none of these receivers.
    pub(crate) async fn claim_calls(
        &self,
        like: &str,
        but: &[String],
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<WebhookJob>, Error> {
        let writer = &self.inner.connections.writer;
        let backend = writer.get_database_backend();
        let (one_of, end) = crate::sql::claimed(backend);
        let now = self.ambient().clock.now();
        let until = (now + lease).timestamp_micros();
        let now = now.timestamp_micros();
        let mut values = values![until, now, now];
        let mut others = String::new();
        for receiver in but {
            // With what follows it: another's name may begin alike.
            let length = receiver.chars().count() + 1;
            let _ = write!(
                others,
                " AND substr(url || '/', 1, {length}) NOT IN (?, ?, ?)"
            );
            let followed = ['/', '?', '#'].map(|end| format!("{receiver}{end}"));
            values.extend(followed.map(sea_orm::Value::from));
        }
        values.push(i64::from(limit).into());
        let text = format!(
            "UPDATE webhook_job SET lease_until = ?, tries = tries + 1 WHERE id {one_of}SELECT id FROM webhook_job WHERE due_at <= ? \
             AND url {like} 'mailto:%' AND (lease_until IS NULL OR lease_until < ?){others} ORDER BY due_at LIMIT ?{end} \
             RETURNING id, store_id, url, body, created_at, tries"
        );
        let found: Vec<Columns> = sql(backend, &text, values).all(writer).await?;
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
    /// try that failed. An operation whose source was to be told something says itself that it could not be.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_webhook(
        &self,
        job: &WebhookJob,
        result: WebhookResult,
    ) -> Result<(), Error> {
        let id = job.id.as_bytes().to_vec();
        let effects = match &result {
            WebhookResult::Failed { retry_at, why } => vec![Effect::statement(
                "UPDATE webhook_job SET lease_until = NULL, due_at = ?, error = ? WHERE id = ?",
                values![retry_at.timestamp_micros(), why.clone(), id],
            )],
            WebhookResult::Delivered { .. } => self.call_ended(job, list::DONE, None),
            WebhookResult::GivenUp { why } => self.call_ended(job, list::DEAD, Some(why)),
        };
        let mut activity = self.told(job, &result);
        let mut records = Vec::new();
        if let Some(id) = operation_of_body(&job.body)
            && let Some(operation) = self.named_operation(job.store_id, &id).await?
        {
            activity.operation_id = Some(operation.id.clone());
            activity.related.push(operation);
            if let WebhookResult::GivenUp { why } = &result {
                records.push(self.untold(id, why));
            }
        }
        records.push(Record::Activity(activity));
        let key = "webhooks".to_owned();
        self.recorder()
            .write(job.store_id, key, records, effects, None)
            .await
            .map(drop)
    }

    /// A call leaves the queue. One of a rule is kept among the rule's actions: done, or for a person to decide.
    fn call_ended(&self, job: &WebhookJob, state: i16, error: Option<&String>) -> Vec<Effect> {
        let id = job.id.as_bytes().to_vec();
        let gone = Effect::statement("DELETE FROM webhook_job WHERE id = ?", values![id.clone()]);
        let mut effects = vec![gone];
        let Some(mut task) = task_of_body(&job.body, &job.url) else {
            return effects;
        };
        task.body = Some(job.body.clone()).filter(|_| state == list::DEAD);
        let row = Row {
            id: job.id,
            store_id: job.store_id,
            entry: None,
            task: &task,
            state,
            created_at: job.created_at.timestamp_micros(),
            due_at: self.ambient().clock.now().timestamp_micros(),
            tries: job.tries,
            error: error.cloned(),
        };
        effects.extend(row.inserted());
        effects
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
        let message = data.message.map(|id| reference("message", &id));
        activity.subject = message.or(data.subject);
        activity.origin.trace_id = data.trace_id;
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
        let host = host_of(&job.url);
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

/// The host of an address; the rest may hold a secret.
pub(super) fn host_of(url: &str) -> &str {
    let host = url.split("://").nth(1).unwrap_or_default();
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit('@').next().unwrap_or_default()
}

/// The queueing of a call, unless it is queued.
pub(crate) fn queued_call(
    id: Uuid,
    store: StoreId,
    url: &str,
    body: String,
    now: DateTime<Utc>,
) -> Effect {
    Effect::statement(
        "INSERT INTO webhook_job (id, store_id, url, body, created_at, due_at, tries) VALUES (?, ?, ?, ?, ?, ?, 0) \
         ON CONFLICT DO NOTHING",
        values![
            id.as_bytes().to_vec(),
            store.0,
            url,
            body,
            now.timestamp_micros(),
            now.timestamp_micros(),
        ],
    )
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
    #[serde(default, deserialize_with = "thing")]
    subject: Option<Reference>,
    trace_id: Option<String>,
    event: Option<ActivityId>,
    action: Option<String>,
    version: Option<u32>,
    place: Option<u32>,
    operation: Option<OperationId>,
}

/// The thing that an event is about; the subject of a message is a text, and none.
fn thing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Reference>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// The operation of which a call tells its source what is asked; none for other calls.
fn operation_of_body(body: &str) -> Option<OperationId> {
    serde_json::from_str::<Called>(body).ok()?.data.operation
}

/// The action of a rule that a call is; none for a call that no rule makes.
pub(super) fn task_of_body(body: &str, url: &str) -> Option<RuleTask> {
    let data = serde_json::from_str::<Called>(body).ok()?.data;
    let happened = data.action.unwrap_or_else(|| "message.received".to_owned());
    Some(RuleTask {
        rule: data.rule_id?.parse().ok()?,
        name: data.rule?,
        version: data.version.unwrap_or(1),
        place: data.place.unwrap_or(0),
        action: FollowupAction::CallWebhook {
            url: url.to_owned(),
        },
        about: About {
            event: data.event,
            happened,
            message: data.message.as_ref().and_then(|id| id.parse().ok()),
            subject: data
                .subject
                .or_else(|| data.message.map(|id| reference("message", &id))),
            order: data.order,
            trace: data.trace_id,
        },
        body: None,
        told: Vec::new(),
    })
}
