//! The webhooks that the shop of the sample store sent: told with what came of each, as if they had been kept and processed.
//! Their connection has a secret that nobody knows, so nothing calls it.

use super::apply::words_of;
use super::receive::{hex, reference};
use crate::account::own_activity;
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::sample::require_sample;
use crate::sql::values;
use crate::{Error, Scope, Storage};
use chrono::{DateTime, TimeDelta, Utc};
use domain::hook::{FailureCause, HookResult, HookState, Platform, read};
use domain::{
    Activity, Actor, Category, Change, ConnectionId, HookId, Outcome, Permission, Reference, Said,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// How many deliveries go in one transaction.
const PART: usize = 100;
/// How long after it came a delivery was first tried.
const TRIED_AFTER: TimeDelta = TimeDelta::milliseconds(200);

/// The connection by which the shop of a sample store called.
#[derive(Debug, Clone)]
pub struct SampleConnection {
    /// Its id.
    pub id: ConnectionId,
    /// The last part of its address.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub by: Actor,
}

/// A delivery that came to a sample store.
#[derive(Debug, Clone)]
pub struct SampleHook {
    /// What it is about, in the shop's words.
    pub topic: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// What it told: JSON.
    pub body: Value,
    /// The trace of what it caused.
    pub trace_id: String,
    /// The thing that it tells of.
    pub subject: Option<Reference>,
    /// The customer concerned.
    pub customer: Option<String>,
    /// What came of it.
    pub course: SampleCourse,
}

/// What came of a delivery to a sample store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleCourse {
    /// It was processed at once, with this result.
    Done(HookResult),
    /// The database was away for a moment: it was processed at the second try.
    SecondTry,
    /// Every try failed for this cause up to now; the next one, if any is left, is planned.
    Failing(FailureCause),
}

/// A try: when, and why it failed.
type Try = (DateTime<Utc>, Option<(FailureCause, String)>);

impl Storage {
    /// Tells the connection of a sample store with the deliveries that came by it, in their order. The same `key` tells it
    /// once.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageKeys`], `conflict` when the store is not a sample, or a fault.
    pub async fn tell_sample_hooks(
        &self,
        scope: &Scope,
        connection: &SampleConnection,
        hooks: &[SampleHook],
        key: &str,
    ) -> Result<(), Error> {
        scope.require(Permission::ManageKeys)?;
        require_sample(scope, "only the sample store's webhooks are told")?;
        let (record, effect) = self.sample_connection(scope, connection, hooks);
        self.tell_past(scope, vec![record], vec![effect], format!("{key}-0"))
            .await?;
        for (part, hooks) in (1..).zip(hooks.chunks(PART)) {
            let (mut records, mut effects) = (Vec::new(), Vec::new());
            for hook in hooks {
                self.tell_hook(scope, connection, hook, &mut records, &mut effects)?;
            }
            self.tell_past(scope, records, effects, format!("{key}-{part}"))
                .await?;
        }
        Ok(())
    }

    fn sample_connection(
        &self,
        scope: &Scope,
        connection: &SampleConnection,
        hooks: &[SampleHook],
    ) -> (Record, Effect) {
        let platform = Platform::Shopify;
        let at = |hook: Option<&SampleHook>| hook.map(|h| h.received_at.timestamp_micros());
        let effect = Effect::statement(
            "INSERT INTO shop_connection (id, store_id, platform, name, sealed_secret, is_enabled, created_at, first_at, last_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            values![
                connection.id.0.as_bytes().to_vec(),
                scope.store_id().0,
                platform.number(),
                connection.name.clone(),
                self.ambient().entropy.bytes::<48>().to_vec(),
                // What failed would be processed otherwise, and change what the story tells.
                false,
                connection.created_at.timestamp_micros(),
                at(hooks.first()),
                at(hooks.last()),
            ],
        );
        let subject = Reference {
            kind: "connection".to_owned(),
            id: connection.id.to_string(),
            name: Some(format!("{} · {}", platform.label(), connection.name)),
        };
        let path = format!("/hooks/{}/{}", platform.as_str(), connection.name);
        let change = Change {
            field: "address".to_owned(),
            before: Value::Null,
            after: Value::from(path),
        };
        let mut activity = own_activity(
            self.ambient(),
            "connection.created",
            Category::Settings,
            Some(subject),
            vec![change],
        );
        activity.actor = connection.by.clone();
        activity.occurred_at = connection.created_at;
        (Record::Activity(activity), effect)
    }

    fn tell_hook(
        &self,
        scope: &Scope,
        connection: &SampleConnection,
        hook: &SampleHook,
        records: &mut Vec<Record>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Error> {
        let id = HookId(self.ambient().uuid());
        let platform = Platform::Shopify;
        let body = serde_json::to_vec(&hook.body).map_err(damaged)?;
        let digest = Sha256::digest(&body).to_vec();
        let sender = Actor {
            name: Some(format!("{} · {}", platform.label(), connection.name)),
            ..Actor::system()
        };
        let (tries, due_at) = self.tries_of(hook, &body, &sender);
        let result = match hook.course {
            SampleCourse::Done(result) => Some(result),
            SampleCourse::SecondTry => Some(HookResult::Recorded),
            SampleCourse::Failing(_) => None,
        };
        let state = match (result, due_at) {
            (Some(_), _) => HookState::Done,
            (None, Some(_)) => HookState::Failed,
            (None, None) => HookState::Dead,
        };
        let about = |action: &str, at: DateTime<Utc>| {
            let subject = Some(reference(id, &hook.topic));
            let mut activity = own_activity(
                self.ambient(),
                action,
                Category::System,
                subject,
                Vec::new(),
            );
            activity.actor = sender.clone();
            activity.origin.trace_id = Some(hook.trace_id.clone());
            activity.occurred_at = at;
            activity
        };
        let received = Activity {
            details: Some(json!({
                "connection": connection.name, "platform": platform, "bytes": body.len(), "sha256": hex(&digest),
            })),
            ..about("webhook.received", hook.received_at)
        };
        records.push(Record::Activity(received));
        let last = tries.last().cloned();
        let failure = last.as_ref().and_then(|(_, failure)| failure.clone());
        let ended_at = last.filter(|_| result.is_some()).map(|(at, _)| at);
        let headers = json!([
            ["x-shopify-topic", hook.topic],
            ["x-shopify-shop-domain", "maisonnoor.example"],
            ["x-shopify-webhook-id", id.to_string()],
        ]);
        let subject = hook.subject.clone();
        let (kind, subject_id) = subject
            .as_ref()
            .map(|s| (s.kind.clone(), s.id.clone()))
            .unzip();
        effects.push(Effect::statement(
            "INSERT INTO webhook_delivery (id, store_id, connection_id, connection_name, platform, topic, state, result, \
             delivery_key, headers, body, bytes, sha256, subject_type, subject_id, subject_name, customer_id, trace_id, \
             received_at, repeats, tries, tries_before, due_at, ended_at, cause, error) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?, ?, ?, ?)",
            values![
                id.0.as_bytes().to_vec(),
                scope.store_id().0,
                connection.id.0.as_bytes().to_vec(),
                connection.name.clone(),
                platform.number(),
                hook.topic.clone(),
                state.number(),
                result.map(HookResult::number),
                id.to_string(),
                headers.to_string(),
                body.clone(),
                i64::try_from(body.len()).unwrap_or(i64::MAX),
                digest,
                kind,
                subject_id,
                subject.and_then(|s| s.name),
                hook.customer.clone(),
                hook.trace_id.clone(),
                hook.received_at.timestamp_micros(),
                i64::try_from(tries.len()).unwrap_or(1),
                due_at.map(|at| at.timestamp_micros()),
                ended_at.map(|at| at.timestamp_micros()),
                failure.as_ref().map(|(cause, _)| cause.number()),
                failure.map(|(_, words)| words),
            ],
        ));
        for (number, (at, failure)) in (1_i64..).zip(tries) {
            effects.push(Effect::statement(
                "INSERT INTO webhook_attempt (delivery, attempt, at, result, cause, error) \
                 SELECT number, ?, ?, ?, ?, ? FROM webhook_delivery WHERE id = ? ON CONFLICT DO NOTHING",
                values![
                    number,
                    at.timestamp_micros(),
                    result.filter(|_| failure.is_none()).map(HookResult::number),
                    failure.as_ref().map(|(cause, _)| cause.number()),
                    failure.as_ref().map(|(_, words)| words.clone()),
                    id.0.as_bytes().to_vec(),
                ],
            ));
            if let Some((cause, words)) = failure {
                let failed = Activity {
                    outcome: Outcome::Failed,
                    error: Some(words),
                    details: Some(json!({
                        "connection": connection.name, "try": number, "cause": cause, "given_up": state == HookState::Dead,
                    })),
                    ..about("webhook.failed", at)
                };
                records.push(Record::Activity(failed));
            }
        }
        Ok(())
    }

    /// The tries of a delivery by the plan of retries, and when the next one is due.
    fn tries_of(
        &self,
        hook: &SampleHook,
        body: &[u8],
        sender: &Actor,
    ) -> (Vec<Try>, Option<DateTime<Utc>>) {
        let now = self.ambient().clock.now();
        let mut at = hook.received_at + TRIED_AFTER;
        let cause = match hook.course {
            SampleCourse::Done(_) => return (vec![(at, None)], None),
            SampleCourse::SecondTry => FailureCause::Network,
            SampleCourse::Failing(cause) => cause,
        };
        let words = match cause {
            FailureCause::InvalidData => {
                let wrong = read(Platform::Shopify, &hook.topic, body, at, sender).err();
                wrong.map(|problem| words_of(&problem)).unwrap_or_default()
            }
            FailureCause::Configuration => Said::ConnectionOff.into(),
            FailureCause::RateLimit | FailureCause::Network => Said::DatabaseAway.into(),
        };
        let mut tries: Vec<Try> = Vec::new();
        loop {
            tries.push((at, Some((cause, words.clone()))));
            let made = u32::try_from(tries.len()).unwrap_or(u32::MAX);
            let next = cause.retry_after(made, 0).map(|wait| at + wait);
            match (hook.course, next) {
                (SampleCourse::SecondTry, Some(next)) => {
                    tries.push((next, None));
                    return (tries, None);
                }
                (_, Some(next)) if next <= now => at = next,
                (_, next) => return (tries, next),
            }
        }
    }
}
