//! One entry with everything about it, and what happened around it.

use super::plan::Plan;
use super::{activity_of, row, zone};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::view::{ActivityDetail, ActivityRow, HistoryStep, Surroundings};
use domain::{
    Activity, ActivityId, Clause, Direction, Filter, IpRange, OrderKey, Outcome, Pattern,
    Permission, Seq, SubjectPattern, Test, fold, mask_activity, mask_actor,
};
use sea_orm::FromQueryResult;
use serde::Deserialize;

/// An entry of which nothing is known but itself: without history, proof and pages.
pub(super) fn of_activity(
    scope: &Scope,
    id: ActivityId,
    seq: Seq,
    activity: &Activity,
) -> ActivityDetail {
    let is_masked = scope.role().is_masked();
    let shown = if is_masked {
        mask_activity(activity)
    } else {
        activity.clone()
    };
    let device = activity.origin.device().filter(|_| !is_masked);
    ActivityDetail {
        row: row::of_activity(scope, id, seq, activity),
        changes: shown.changes,
        user_agent: shown.origin.user_agent,
        device: device.as_ref().map(|device| device.words.clone()),
        device_name: device.map(|device| device.name),
        trace_id: shown.origin.trace_id,
        related: shown.related,
        rule: shown.rule,
        details: shown.details,
        is_masked,
        history: Vec::new(),
        proof: None,
        ip_known_since: None,
        pages: Vec::new(),
    }
}

/// An entry found through the scope.
struct Located {
    order_key: OrderKey,
    seq: Seq,
    actor_id: i64,
    activity: Activity,
    history: Vec<HistoryStep>,
}

/// The payload of an outcome record.
#[derive(Deserialize)]
pub(super) struct OutcomePayload {
    pub(super) outcome: Outcome,
    pub(super) error: Option<String>,
    occurred_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Step {
    seq: i64,
    recorded_at: i64,
    body: String,
}

impl Storage {
    /// One entry with its history and proof. None when there is none or it is out of scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get_activity(
        &self,
        scope: &Scope,
        id: ActivityId,
    ) -> Result<Option<ActivityDetail>, Error> {
        let Some(located) = self.locate(scope, id).await? else {
            return Ok(None);
        };
        let is_masked = scope.role().is_masked();
        let proof = if scope.role().is_restricted() {
            None
        } else {
            self.proof(scope, located.seq).await?
        };
        // The first use may stand in an entry that is hidden from a restricted role.
        let ip_known_since = if is_masked || scope.role().is_restricted() {
            None
        } else {
            self.ip_known_since(scope, &located).await?
        };
        let detail = ActivityDetail {
            history: located.history,
            proof,
            ip_known_since,
            ..of_activity(scope, id, located.seq, &located.activity)
        };
        let pages = self.pages_of(scope, &detail).await?;
        Ok(Some(ActivityDetail { pages, ..detail }))
    }

    /// What happened around an entry. None when it is out of scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn surroundings(
        &self,
        scope: &Scope,
        id: ActivityId,
    ) -> Result<Option<Surroundings>, Error> {
        let Some(located) = self.locate(scope, id).await? else {
            return Ok(None);
        };
        let key = located.order_key;
        let is_masked = scope.role().is_masked();
        let by = |test: Test| Filter {
            clauses: vec![Clause {
                is_negated: false,
                test,
            }],
        };
        let mut around = Surroundings::default();
        if let Some(subject) = located
            .activity
            .subject
            .as_ref()
            .filter(|s| !(is_masked && s.is_person()))
        {
            let reference = format!("{}/{}", fold(&subject.kind), fold(&subject.id));
            let pattern = Pattern {
                text: reference,
                is_prefix: false,
            };
            let filter = by(Test::Subject(vec![SubjectPattern::TypeAndId(pattern)]));
            around.subject = self.near(scope, &filter, key, 4, 3).await?;
            around.subject_count = self.count_activities(scope, &filter).await?;
        }
        let actor = &located.activity.actor;
        let actor = if is_masked {
            mask_actor(actor)
        } else {
            actor.clone()
        };
        if let Some(actor_key) = actor.key() {
            let filter = by(Test::Actor(vec![Pattern::exact(actor_key)]));
            around.actor = self.near(scope, &filter, key, 3, 3).await?;
        }
        if let Some(trace) = &located.activity.origin.trace_id {
            let filter = by(Test::Trace(vec![Pattern::exact(trace)]));
            around.trace = self.near(scope, &filter, key, 10, 9).await?;
        }
        around.moment = self.near(scope, &Filter::default(), key, 3, 3).await?;
        if scope.role().may(Permission::ReadRequests) {
            around.call = self.request_behind(scope, id.0).await?;
        }
        Ok(Some(around))
    }

    /// The entry itself with some that came before and after it, newest first.
    async fn near(
        &self,
        scope: &Scope,
        filter: &Filter,
        key: OrderKey,
        before: usize,
        after: usize,
    ) -> Result<Vec<ActivityRow>, Error> {
        let plan = Plan::new(self, scope, filter).await?;
        let mut keys = plan.keys(Some(key), Direction::Oldest, after).await?.keys;
        keys.reverse();
        keys.push(key);
        keys.extend(plan.keys(Some(key), Direction::Newest, before).await?.keys);
        row::of_keys(self.readers(), scope, &keys).await
    }

    async fn locate(&self, scope: &Scope, id: ActivityId) -> Result<Option<Located>, Error> {
        let backend = self.readers().get_database_backend();
        let text = "SELECT a.order_key, a.seq, a.actor_id, l.recorded_at, p.body FROM ledger l \
                    JOIN activity a ON a.order_key = l.order_key AND a.seq = l.seq LEFT JOIN payload p ON p.seq = l.seq \
                    WHERE l.record_id = ? AND l.kind = 'activity' AND a.store_id = ? AND ";
        let mut statement = sql(
            backend,
            text,
            values![id.0.as_bytes().to_vec(), scope.store_id().0],
        );
        scope.push_condition(&mut statement);
        let Some(found) = statement.row(self.readers()).await? else {
            return Ok(None);
        };
        let order_key = OrderKey(found.try_get_by_index(0)?);
        let mut activity = match found.try_get_by_index::<Option<String>>(4)? {
            Some(body) => activity_of(&body)?,
            // Its content was erased, its line is still there.
            None => match row::line_of_key(self.readers(), order_key).await? {
                Some(activity) => activity,
                None => return Ok(None),
            },
        };
        if !scope.allows_action(&activity.action) {
            return Ok(None);
        }
        let zone = zone::of(scope.store());
        let is_restricted = scope.role().is_restricted();
        let step = |seq: i64, recorded_at: i64, occurred_at, outcome, error| HistoryStep {
            occurred_at,
            recorded_at: zone::time_of(recorded_at),
            offset_minutes: zone::offset_minutes(zone, occurred_at),
            outcome,
            error,
            seq: (!is_restricted).then_some(Seq(seq)),
        };
        let seq: i64 = found.try_get_by_index(1)?;
        let mut history = vec![step(
            seq,
            found.try_get_by_index(3)?,
            activity.occurred_at,
            activity.outcome,
            activity.error.clone(),
        )];
        let text = "SELECT l.seq, l.recorded_at, p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                    WHERE l.order_key = ? AND l.kind = 'outcome' ORDER BY l.seq";
        for later in sql(backend, text, values![order_key.0])
            .all::<Step>(self.readers())
            .await?
        {
            let payload: OutcomePayload =
                serde_json::from_str(&later.body).map_err(|error| Error::Damaged {
                    what: "outcome payload",
                    detail: error.to_string(),
                })?;
            row::end(&mut activity, payload.outcome, payload.error.clone());
            history.push(step(
                later.seq,
                later.recorded_at,
                payload.occurred_at,
                payload.outcome,
                payload.error,
            ));
        }
        if scope.role().is_masked() {
            // The error text of each step may name a person as the whole may.
            for step in &mut history {
                let mut alone = activity.clone();
                alone.error = step.error.take();
                step.error = mask_activity(&alone).error;
            }
        }
        Ok(Some(Located {
            order_key,
            seq: Seq(seq),
            actor_id: found.try_get_by_index(2)?,
            activity,
            history,
        }))
    }

    /// Since when the same actor has used the entry's address, when that was before it.
    async fn ip_known_since(
        &self,
        scope: &Scope,
        located: &Located,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let Some(ip) = located.activity.origin.ip else {
            return Ok(None);
        };
        let backend = self.readers().get_database_backend();
        // Bounded: an address with more entries than these in between is known for long enough.
        let text = "SELECT MIN(order_key) FROM (SELECT order_key, actor_id FROM activity WHERE store_id = ? AND ip = ? \
                    AND ip IS NOT NULL AND order_key < ? ORDER BY order_key DESC LIMIT 5000) AS earlier WHERE actor_id = ?";
        let values = values![
            scope.store_id().0,
            IpRange::bytes_of(ip).to_vec(),
            located.order_key.0,
            located.actor_id
        ];
        let found = sql(backend, text, values).row(self.readers()).await?;
        let first: Option<i64> = found
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        Ok(first.map(|key| zone::time_of(OrderKey(key).micros())))
    }
}
