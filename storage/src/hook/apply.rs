//! Processing a delivery: what it tells is compared with what was last seen and recorded, all in one transaction.

use super::work::{Failure, HookJob};
use crate::phone::meant;
use crate::record::{Effect, GONE, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::hook::{
    Applied, FailureCause, HookResult, HookState, Named, Platform, Reading, Told, named, read,
};
use domain::view::ConnectionView;
use domain::{Activity, Code, ConnectionId, CustomerUpsert, Problem, Reference, Said, StoreId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many characters of an error are kept.
const MAX_WORDS: usize = 2_000;

/// Something told of the subject between reading and writing.
const OVERTAKEN: &str = "something else was told of this subject meanwhile";

/// Who an order is assigned to, of a store and number.
const ASSIGNED_TO: &str = "SELECT assigned_to FROM sales_order WHERE store_id = ? AND number = ?";
/// A customer's groups, of a store and id.
const GROUPS: &str = "SELECT \"groups\" FROM customer WHERE store_id = ? AND id = ?";

#[derive(FromQueryResult)]
struct Field {
    field: String,
    value: String,
    changed_at: i64,
    seq: i64,
}

#[derive(FromQueryResult)]
struct Seen {
    subject_id: String,
    seen_at: Option<i64>,
}

/// What is to be written.
struct Plan {
    result: HookResult,
    /// The connection under which it is kept from now on, when that is another one.
    moves_to: Option<ConnectionId>,
    records: Vec<Record>,
    effects: Vec<Effect>,
    subject: Option<Reference>,
    customer: Option<String>,
}

impl Plan {
    fn bare(result: HookResult) -> Self {
        Self {
            result,
            moves_to: None,
            records: Vec::new(),
            effects: Vec::new(),
            subject: None,
            customer: None,
        }
    }
}

impl Storage {
    /// Processes a delivery that was claimed, and settles the try: done with a result, failed with a cause.
    ///
    /// # Errors
    /// When not even the failure can be written: the lease runs out then.
    pub async fn process_hook(&self, job: &HookJob) -> Result<HookState, Error> {
        let written = match self.plan(job).await {
            Ok(plan) => self.write_plan(job, plan).await,
            Err(error) => Err(error),
        };
        match written {
            Ok(()) => {
                self.hook_changed(job.store_id, job.id);
                Ok(HookState::Done)
            }
            Err(Error::Problem(problem)) if problem.message == OVERTAKEN => {
                self.put_back_hook(job).await
            }
            Err(Error::WriterStopped) => Err(Error::WriterStopped),
            Err(error) => self.fail_hook(job, failure_of(&error)).await,
        }
    }

    async fn plan(&self, job: &HookJob) -> Result<Plan, Error> {
        let Some(connection) = self.connection_serving(job).await? else {
            return Err(in_the_way(Said::ConnectionGone));
        };
        if !connection.is_enabled {
            return Err(in_the_way(Said::ConnectionOff));
        }
        let moves_to = Some(connection.id).filter(|id| *id != job.connection);
        if let Some(anew) = moves_to
            && self.came_by(anew, job).await?
        {
            // The shop sent it once more, and that one is processed.
            return Ok(Plan::bare(HookResult::Unchanged));
        }
        let stores = self.list_stores().await?;
        let Some(store) = stores.into_iter().find(|store| store.id == job.store_id) else {
            return Err(in_the_way(Said::StoreGone));
        };
        let scope = Scope::system("webhook", store);
        let reading = read(
            job.platform,
            &job.topic,
            &job.body,
            job.received_at,
            &job.sender(),
        )?;
        let plan = match reading {
            Reading::NotUnderstood => Plan::bare(HookResult::NotUnderstood),
            Reading::Activity(activity) => carried(job, *activity),
            Reading::Told(told) => self.plan_told(job, &scope, connection.id, *told).await?,
        };
        Ok(Plan { moves_to, ..plan })
    }

    /// The connection of a delivery: the one that it came by or, once that was deleted, the one that the store made anew
    /// under its name.
    async fn connection_serving(&self, job: &HookJob) -> Result<Option<ConnectionView>, Error> {
        if let Some(own) = self.connection_of(job.connection).await? {
            return Ok(Some(own.view));
        }
        let anew = self.connection_called(job.platform, &job.connection_name);
        let anew = anew.await?.filter(|anew| anew.store_id == job.store_id);
        Ok(anew.map(|anew| anew.view))
    }

    /// Whether the same delivery came by another connection.
    async fn came_by(&self, connection: ConnectionId, job: &HookJob) -> Result<bool, Error> {
        let text = "SELECT 1 FROM webhook_delivery d JOIN webhook_delivery o ON o.delivery_key = d.delivery_key \
                    WHERE d.number = ? AND o.connection_id = ?";
        let values = values![job.number, connection.0.as_bytes().to_vec()];
        let row = sql(self.backend(), text, values)
            .row(self.readers())
            .await?;
        Ok(row.is_some())
    }

    async fn plan_told(
        &self,
        job: &HookJob,
        scope: &Scope,
        connection: ConnectionId,
        told: Told,
    ) -> Result<Plan, Error> {
        let (store, foreign_id) = (scope.store_id(), told.foreign_id.as_str());
        let mut seen = self.seen(store, connection, told.kind, foreign_id).await?;
        if seen.is_none() && connection != job.connection {
            let before = job.connection;
            seen = self.seen(store, before, told.kind, foreign_id).await?;
        }
        let id = match (&told.id, &seen) {
            (Some(id), _) => id.clone(),
            (None, Some(seen)) => seen.subject_id.clone(),
            (None, None) => told.foreign_id.clone(),
        };
        let (fields, was_made, seq) = self.fields(scope, told.kind, &id).await?;
        let seen_at = seen
            .and_then(|seen| seen.seen_at)
            .map(crate::log::zone::time_of);
        let subject = Reference {
            kind: told.kind.to_owned(),
            id: id.clone(),
            name: told.name.clone(),
        };
        let customer = told.customer.as_ref().map(|customer| customer.id.clone());
        let mut plan = Plan {
            subject: Some(subject),
            customer: customer.or_else(|| (told.kind == "customer").then(|| id.clone())),
            ..Plan::bare(HookResult::Unchanged)
        };
        let applied = told.against(&id, &fields, was_made, seen_at, self.ambient().clock.now())?;
        let activities = match applied {
            Applied::Unchanged => {
                plan.effects.push(note_seen(job, connection, &told, &id));
                return Ok(plan);
            }
            Applied::Late => {
                plan.result = HookResult::Late;
                return Ok(plan);
            }
            Applied::Recorded(activity) => told.parted(*activity, &fields),
        };
        plan.result = HookResult::Recorded;
        // An order that was overtaken by its own update is told of; what is known of it stays.
        let is_late = matches!((told.updated_at, seen_at), (Some(own), Some(seen)) if own < seen);
        if !is_late {
            (plan.records, plan.effects) = self.upserts(scope, &told).await?;
        }
        let activities = activities.into_iter();
        let told_of = activities.map(|activity| Record::Activity(traced(job, activity)));
        plan.records.splice(..0, told_of);
        plan.effects
            .push(unless_overtaken(job.store_id, told.kind, &id, seq));
        plan.effects.push(note_seen(job, connection, &told, &id));
        Ok(plan)
    }

    /// The thing that a body names, by the id by which it is known; none where that can't be read.
    pub(super) async fn thing_named(
        &self,
        store: StoreId,
        connection: ConnectionId,
        platform: Platform,
        topic: &str,
        body: &[u8],
    ) -> Result<Option<Reference>, Error> {
        let Some(Named {
            mut thing,
            is_foreign,
        }) = named(platform, topic, body)
        else {
            return Ok(None);
        };
        if is_foreign {
            let seen = self.seen(store, connection, &thing.kind, &thing.id).await?;
            if let Some(seen) = seen {
                thing.id = seen.subject_id;
            }
        }
        Ok(Some(thing))
    }

    async fn seen(
        &self,
        store: StoreId,
        connection: ConnectionId,
        kind: &str,
        foreign_id: &str,
    ) -> Result<Option<Seen>, Error> {
        let text = "SELECT subject_id, seen_at FROM shop_subject WHERE connection_id = ? AND kind = ? AND foreign_id = ? \
                    AND store_id = ?";
        let connection = connection.0.as_bytes().to_vec();
        // What is told of an order's refund names the order by the same id as the order itself.
        let values = values![connection, kind, foreign_id, store.0];
        sql(self.backend(), text, values).one(self.readers()).await
    }

    /// The fields as last seen, whether the thing's making or end was seen, and the newest ledger number among them.
    async fn fields(
        &self,
        scope: &Scope,
        kind: &str,
        id: &str,
    ) -> Result<(BTreeMap<String, Value>, Option<bool>, i64), Error> {
        let text = "SELECT field, value, changed_at, seq FROM field_value WHERE store_id = ? AND subject_type = ? AND subject_id = ?";
        let found: Vec<Field> = sql(self.backend(), text, values![scope.store_id().0, kind, id])
            .all(self.readers())
            .await?;
        let newest = found.iter().map(|field| field.seq).max().unwrap_or(0);
        // Of what was said to be gone and was heard of later the end is yet to be seen.
        let was_made = found.iter().find(|field| field.field == GONE).map(|end| {
            let is_later =
                |field: &Field| field.seq > end.seq && field.changed_at >= end.changed_at;
            end.value != "true" || found.iter().any(is_later)
        });
        let mut fields = BTreeMap::new();
        for field in found {
            if field.field == GONE {
                continue;
            }
            let value =
                serde_json::from_str(&field.value).map_err(crate::record::message::damaged)?;
            fields.insert(field.field, value);
        }
        Ok((fields, was_made, newest))
    }

    /// What is kept of orders and customers, and that it was not changed since it was read. What shops don't tell stays:
    /// who an order is assigned to, groups.
    async fn upserts(
        &self,
        scope: &Scope,
        told: &Told,
    ) -> Result<(Vec<Record>, Vec<Effect>), Error> {
        let (mut records, mut effects) = (Vec::new(), Vec::new());
        if let Some(told) = &told.order {
            let number = told.number.clone();
            let values = values![scope.store_id().0, number.clone()];
            let mut order = told.order.clone();
            order.assigned_to = kept(self.readers(), ASSIGNED_TO, values.clone()).await?;
            effects.push(unless_changed(ASSIGNED_TO, values, &order.assigned_to));
            records.push(Record::Order { number, order });
        }
        if let Some(told) = &told.customer {
            let values = values![scope.store_id().0, told.id.clone()];
            let known = kept(self.readers(), GROUPS, values.clone()).await?;
            if told.is_aside && known.is_some() {
                return Ok((records, effects));
            }
            effects.push(unless_changed(GROUPS, values, &known));
            let groups = known.and_then(|text| serde_json::from_str(&text).ok());
            let mut customer: CustomerUpsert = told.upsert(groups.unwrap_or_default());
            // People type their number as they dial it. What can't be known stays as it was typed.
            customer.phone = customer
                .phone
                .map(|phone| meant(&phone, told.country.as_deref()).unwrap_or(phone));
            let id = told.id.clone();
            records.push(Record::Customer { id, customer });
        }
        Ok((records, effects))
    }

    async fn write_plan(&self, job: &HookJob, plan: Plan) -> Result<(), Error> {
        let now = self.ambient().clock.now();
        let mut effects = job.settled(HookState::Done, None, Some(plan.result), None, now);
        effects.extend(plan.effects);
        if let Some(connection) = plan.moves_to {
            effects.push(Effect::statement(
                "UPDATE webhook_delivery SET connection_id = ? WHERE number = ?",
                values![connection.0.as_bytes().to_vec(), job.number],
            ));
        }
        if let Some(subject) = plan.subject {
            effects.push(job.about(subject, plan.customer));
        }
        self.recorder()
            .write(
                job.store_id,
                "webhooks".to_owned(),
                plan.records,
                effects,
                None,
            )
            .await
            .map(drop)
    }
}

/// The plan of an activity that is carried as it is.
fn carried(job: &HookJob, activity: Activity) -> Plan {
    let subject = activity.subject.clone();
    let related = activity.related.iter().chain(&subject);
    let customer = related
        .filter(|reference| reference.kind == "customer")
        .map(|reference| reference.id.clone())
        .next();
    Plan {
        records: vec![Record::Activity(traced(job, activity))],
        subject,
        customer,
        ..Plan::bare(HookResult::Recorded)
    }
}

fn traced(job: &HookJob, mut activity: Activity) -> Activity {
    activity.origin.trace_id = Some(job.trace_id.clone());
    activity
}

/// Notes by which id the shop names the thing, and how new this is.
fn note_seen(job: &HookJob, connection: ConnectionId, told: &Told, id: &str) -> Effect {
    Effect::statement(
        "INSERT INTO shop_subject (connection_id, kind, foreign_id, store_id, subject_id, seen_at) VALUES (?, ?, ?, ?, ?, ?) \
         ON CONFLICT (connection_id, kind, foreign_id) DO UPDATE SET subject_id = excluded.subject_id, \
         seen_at = CASE WHEN excluded.seen_at IS NULL OR shop_subject.seen_at > excluded.seen_at \
         THEN shop_subject.seen_at ELSE excluded.seen_at END",
        values![
            connection.0.as_bytes().to_vec(),
            told.kind,
            told.foreign_id.clone(),
            job.store_id.0,
            id,
            told.updated_at
                .map(|at: DateTime<Utc>| at.timestamp_micros())
        ],
    )
}

/// That nothing was told of the subject since its fields were read.
fn unless_overtaken(store: StoreId, kind: &'static str, id: &str, seq: i64) -> Effect {
    let id = id.to_owned();
    Effect::new(move |transaction: &DatabaseTransaction| {
        let values = values![store.0, kind, id.clone(), seq];
        Box::pin(async move {
            let text = "SELECT 1 FROM field_value WHERE store_id = ? AND subject_type = ? AND subject_id = ? AND seq > ? LIMIT 1";
            let backend = transaction.get_database_backend();
            match sql(backend, text, values).row(transaction).await? {
                Some(_) => Err(Problem::new(Code::Conflict, OVERTAKEN).into()),
                None => Ok(()),
            }
        })
    })
}

/// A text that is kept of a thing.
async fn kept(
    on: &impl sea_orm::ConnectionTrait,
    text: &str,
    values: Vec<sea_orm::Value>,
) -> Result<Option<String>, Error> {
    let row = sql(on.get_database_backend(), text, values).row(on).await?;
    let kept: Option<Option<String>> = row.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(kept.flatten())
}

/// That what is kept of a thing is still what was read.
fn unless_changed(
    text: &'static str,
    values: Vec<sea_orm::Value>,
    read: &Option<String>,
) -> Effect {
    let read = read.clone();
    Effect::new(move |transaction: &DatabaseTransaction| {
        let (values, read) = (values.clone(), read.clone());
        Box::pin(async move {
            if kept(transaction, text, values).await? == read {
                Ok(())
            } else {
                Err(Problem::new(Code::Conflict, OVERTAKEN).into())
            }
        })
    })
}

/// A setting is in the way.
fn in_the_way(said: Said) -> Error {
    Problem::new(Code::Forbidden, said).into()
}

/// An error by its cause, in words for whoever works it off; faults of ours are not told in detail.
fn failure_of(error: &Error) -> Failure {
    let (cause, words) = match error {
        Error::Problem(problem) => {
            let cause = match problem.code {
                Code::RateLimited | Code::TooMany => FailureCause::RateLimit,
                Code::Forbidden => FailureCause::Configuration,
                Code::Unavailable | Code::Conflict => FailureCause::Network,
                _ => FailureCause::InvalidData,
            };
            (cause, words_of(problem))
        }
        _ => {
            tracing::error!(%error, "a webhook can't be processed");
            (FailureCause::Network, Said::DatabaseAway.into())
        }
    };
    Failure {
        cause,
        words: words.chars().take(MAX_WORDS).collect(),
    }
}

pub(super) fn words_of(problem: &Problem) -> String {
    if problem.fields.is_empty() {
        return problem.message.clone();
    }
    let fields: Vec<String> = problem
        .fields
        .iter()
        .map(|field| format!("{}: {}", field.pointer, field.message))
        .collect();
    fields.join("; ")
}
