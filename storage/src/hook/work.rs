//! Claiming deliveries that are due, settling each try, and forgetting old bodies.

use super::receive::reference;
use super::{damaged, platform_of};
use crate::account::own_activity;
use crate::log::{uuid_of, zone};
use crate::record::{Effect, Record};
use crate::sql::{claimed, sql, values};
use crate::{Error, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::hook::{FailureCause, HookResult, HookState, Platform};
use domain::{Actor, Category, ConnectionId, HookId, Outcome, Reference, StoreId};
use sea_orm::FromQueryResult;
use serde_json::json;

/// For how many days the body of a delivery is kept once nothing more happens with it.
const BODY_DAYS: i64 = 30;
/// How many bodies are forgotten at once.
const FORGOTTEN: i64 = 500;

/// A delivery to be processed.
#[derive(Debug, Clone)]
pub struct HookJob {
    /// Its id.
    pub id: HookId,
    /// Of which store.
    pub store_id: StoreId,
    /// What it is about, in the shop's words.
    pub topic: String,
    /// Which try this is, from 1.
    pub tries: u32,
    /// How many of the tries belong to plans that have ended.
    pub(super) tries_before: u32,
    pub(super) number: i64,
    pub(super) connection: ConnectionId,
    pub(super) connection_name: String,
    pub(super) platform: Platform,
    pub(super) body: Vec<u8>,
    pub(super) trace_id: String,
    pub(super) received_at: DateTime<Utc>,
    lease: Vec<u8>,
}

#[derive(FromQueryResult)]
struct Columns {
    number: i64,
    id: Vec<u8>,
    store_id: i64,
    connection_id: Vec<u8>,
    connection_name: String,
    platform: i16,
    topic: String,
    body: Option<Vec<u8>>,
    edited: Option<String>,
    trace_id: String,
    received_at: i64,
    tries: i64,
    tries_before: i64,
}

/// Why a try failed.
pub(super) struct Failure {
    pub(super) cause: FailureCause,
    pub(super) words: String,
}

impl HookJob {
    /// Who is named where the shop names nobody.
    pub(super) fn sender(&self) -> Actor {
        Actor {
            name: Some(format!(
                "{} · {}",
                self.platform.label(),
                self.connection_name
            )),
            ..Actor::system()
        }
    }

    /// Notes what it tells of, and which customer that concerns. While it waits none is noted: its body would go with
    /// that customer's erasure.
    pub(super) fn about(&self, subject: Reference, customer: Option<String>) -> Effect {
        Effect::statement(
            "UPDATE webhook_delivery SET subject_type = ?, subject_id = ?, subject_name = ?, customer_id = ? WHERE number = ?",
            values![
                subject.kind,
                subject.id,
                subject.name,
                customer,
                self.number
            ],
        )
    }

    /// That this worker still has it: nothing of a try is written otherwise.
    pub(super) fn settled(
        &self,
        state: HookState,
        due_at: Option<DateTime<Utc>>,
        result: Option<HookResult>,
        failure: Option<&Failure>,
        now: DateTime<Utc>,
    ) -> Vec<Effect> {
        let now = now.timestamp_micros();
        let ended_at = (state == HookState::Done).then_some(now);
        let result = result.map(HookResult::number);
        let cause = failure.map(|failure| failure.cause.number());
        let words = failure.map(|failure| failure.words.clone());
        vec![
            Effect::one(
                "UPDATE webhook_delivery SET state = ?, due_at = ?, result = ?, cause = ?, error = ?, ended_at = ?, \
                 lease_until = NULL, lease = NULL WHERE number = ? AND lease = ?",
                values![
                    state.number(),
                    due_at.map(|at| at.timestamp_micros()),
                    result,
                    cause,
                    words.clone(),
                    ended_at,
                    self.number,
                    self.lease.clone()
                ],
                "another worker has this delivery by now",
            ),
            Effect::statement(
                "INSERT INTO webhook_attempt (delivery, attempt, at, result, cause, error) VALUES (?, ?, ?, ?, ?, ?) \
                 ON CONFLICT DO NOTHING",
                values![
                    self.number,
                    i64::from(self.tries),
                    now,
                    result,
                    cause,
                    words
                ],
            ),
        ]
    }
}

impl Storage {
    /// Takes up to `limit` deliveries that are due, for `lease`, in the order in which they came. Of a connection that
    /// another worker has something of none is taken, so that a shop's deliveries keep their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_hooks(&self, limit: u32, lease: Duration) -> Result<Vec<HookJob>, Error> {
        let writer = &self.inner.connections.writer;
        let backend = writer.get_database_backend();
        let (one_of, end) = claimed(backend);
        let now = self.ambient().clock.now();
        let until = (now + lease).timestamp_micros();
        let now = now.timestamp_micros();
        let token = self.ambient().uuid().as_bytes().to_vec();
        let text = format!(
            "UPDATE webhook_delivery SET state = ?, lease_until = ?, lease = ?, tries = tries + 1 WHERE number {one_of}\
             SELECT w.number FROM webhook_delivery w WHERE w.due_at <= ? AND (w.lease_until IS NULL OR w.lease_until < ?) \
             AND NOT EXISTS (SELECT 1 FROM webhook_delivery o WHERE o.connection_id = w.connection_id AND o.due_at IS NOT NULL \
             AND o.lease_until >= ?) ORDER BY w.due_at, w.number LIMIT ?{end} \
             RETURNING number, id, store_id, connection_id, connection_name, platform, topic, body, edited, trace_id, received_at, tries, tries_before"
        );
        let values = values![
            HookState::Processing.number(),
            until,
            token.clone(),
            now,
            now,
            now,
            i64::from(limit)
        ];
        let found: Vec<Columns> = sql(backend, &text, values).all(writer).await?;
        let mut jobs = found
            .into_iter()
            .map(|columns| columns.job(&token))
            .collect::<Result<Vec<_>, Error>>()?;
        jobs.sort_by_key(|job| job.number);
        for job in &jobs {
            self.hook_changed(job.store_id, job.id);
        }
        Ok(jobs)
    }

    /// Records that a try failed: `webhook.failed`, and when the next one is, if any. What it is about is noted as far as
    /// its body, which may have been edited, tells that.
    pub(super) async fn fail_hook(
        &self,
        job: &HookJob,
        failure: Failure,
    ) -> Result<HookState, Error> {
        let now = self.ambient().clock.now();
        let jitter = self.ambient().entropy.bytes::<1>()[0];
        let wait = failure
            .cause
            .retry_after(job.tries.saturating_sub(job.tries_before), jitter);
        let due_at = wait.map(|wait| now + wait);
        let state = if due_at.is_some() {
            HookState::Failed
        } else {
            HookState::Dead
        };
        let mut activity = own_activity(
            self.ambient(),
            "webhook.failed",
            Category::System,
            Some(reference(job.id, &job.topic)),
            Vec::new(),
        );
        activity.actor = job.sender();
        activity.outcome = Outcome::Failed;
        activity.error = Some(failure.words.clone());
        activity.origin.trace_id = Some(job.trace_id.clone());
        activity.details = Some(json!({
            "connection": job.connection_name, "try": job.tries, "cause": failure.cause, "retry_at": due_at,
            "given_up": due_at.is_none(),
        }));
        let mut effects = job.settled(state, due_at, None, Some(&failure), now);
        let subject = self
            .thing_named(
                job.store_id,
                job.connection,
                job.platform,
                &job.topic,
                &job.body,
            )
            .await?;
        effects.extend(subject.map(|subject| job.about(subject, None)));
        self.recorder()
            .write(
                job.store_id,
                "webhooks".to_owned(),
                vec![Record::Activity(activity)],
                effects,
                None,
            )
            .await?;
        self.hook_changed(job.store_id, job.id);
        Ok(state)
    }

    /// Puts a delivery back because something else was told of its subject meanwhile: it is due at once, and this was no
    /// try.
    pub(super) async fn put_back_hook(&self, job: &HookJob) -> Result<HookState, Error> {
        let effect = Effect::one(
            "UPDATE webhook_delivery SET state = ?, tries = tries - 1, lease_until = NULL, lease = NULL \
             WHERE number = ? AND lease = ?",
            values![HookState::Queued.number(), job.number, job.lease.clone()],
            "another worker has this delivery by now",
        );
        self.recorder().apply(vec![effect]).await?;
        self.hook_changed(job.store_id, job.id);
        self.wake_hooks();
        Ok(HookState::Queued)
    }

    /// Forgets bodies of deliveries with which nothing happened for 30 days; what was told of them stays. Gives how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_hook_bodies(&self) -> Result<u64, Error> {
        let before = self.ambient().clock.now() - Duration::days(BODY_DAYS);
        let before = before.timestamp_micros();
        let text = "SELECT COUNT(*) FROM webhook_delivery WHERE body IS NOT NULL AND ended_at < ?";
        let mut forgotten = 0;
        loop {
            let row = sql(self.backend(), text, values![before])
                .row(&self.inner.connections.writer)
                .await?;
            let left: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
            if left == 0 {
                return Ok(forgotten);
            }
            let effect = Effect::statement(
                "UPDATE webhook_delivery SET body = NULL, edited = NULL WHERE number IN (SELECT number FROM webhook_delivery \
                 WHERE body IS NOT NULL AND ended_at < ? ORDER BY ended_at LIMIT ?)",
                values![before, FORGOTTEN],
            );
            self.recorder().apply(vec![effect]).await?;
            forgotten += left.min(FORGOTTEN).unsigned_abs();
        }
    }
}

impl Columns {
    fn job(self, lease: &[u8]) -> Result<HookJob, Error> {
        Ok(HookJob {
            id: HookId(uuid_of(&self.id)?),
            store_id: StoreId(self.store_id),
            topic: self.topic,
            tries: u32::try_from(self.tries).unwrap_or(1),
            tries_before: u32::try_from(self.tries_before).unwrap_or(0),
            number: self.number,
            connection: ConnectionId(uuid_of(&self.connection_id)?),
            connection_name: self.connection_name,
            platform: platform_of(self.platform).map_err(|_| damaged("platform", self.platform))?,
            body: self
                .edited
                .map(String::into_bytes)
                .or(self.body)
                .unwrap_or_default(),
            trace_id: self.trace_id,
            received_at: zone::time_of(self.received_at),
            lease: lease.to_vec(),
        })
    }
}
