//! The rows that lists, counts and searches read, written in the transaction of their records.

use super::field::Values;
use super::place::Places;
use super::text;
use super::{Job, PreparedActivity};
use crate::live::{Published, PublishedEntry, PublishedMessage, PublishedOperation};
use crate::sql::{insert_many, sql, values};
use crate::{Error, device, log};
use domain::{
    ActivityId, Actor, CategorySet, Code, Facts, OrderKey, Outcome, Problem, Seq, StoreId,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

const MICROS_PER_HOUR: i64 = 3_600_000_000;
/// How many actors and actions are remembered: customers are actors too, and there may be millions.
const REMEMBERED: usize = 20_000;

/// Writes projections: single look-ups at once, rows in bulk at the end of the group.
#[derive(Default)]
pub(super) struct Projector {
    /// Numbers of actors, actions and devices that are committed. An erasure may remove an actor: then nothing is
    /// remembered any more, and what was being written is written anew.
    actors: HashMap<(i64, String), i64>,
    actions: HashMap<(i64, String, u32), i64>,
    devices: HashMap<String, i16>,
    /// Whether what is remembered turned out to be wrong.
    is_stale: bool,
    group: Group,
}

/// What one transaction has gathered.
#[derive(Default)]
struct Group {
    new_actors: Vec<(i64, String)>,
    new_actions: Vec<(i64, String, u32)>,
    new_devices: Vec<String>,
    places: Places,
    activities: Vec<Value>,
    texts: Vec<Value>,
    terms: Vec<Value>,
    postings: Vec<Value>,
    hours: BTreeMap<(i64, i64, i64, i16), i64>,
    actor_uses: BTreeMap<i64, i64>,
    action_uses: BTreeMap<(i64, Outcome), i64>,
    published: Vec<Arc<Published>>,
    messages: Vec<Arc<PublishedMessage>>,
    operations: Vec<Arc<PublishedOperation>>,
    fields: Values,
    entries: Vec<Arc<PublishedEntry>>,
}

/// A pending activity that a record ends.
pub(super) struct Ended {
    pub(super) order_key: OrderKey,
    action_id: i64,
    occurred_at: i64,
    activity_seq: i64,
    before: Outcome,
}

impl Projector {
    /// The transaction was committed.
    pub(super) fn settle(&mut self) {
        self.group = Group::default();
        if self.actors.len() > REMEMBERED {
            self.actors.clear();
        }
        if self.actions.len() > REMEMBERED {
            self.actions.clear();
        }
    }

    /// Whether what was remembered was wrong; it is forgotten now.
    pub(super) fn was_stale(&mut self) -> bool {
        std::mem::take(&mut self.is_stale)
    }

    /// The transaction was undone.
    pub(super) fn forget(&mut self) {
        let group = std::mem::take(&mut self.group);
        if self.is_stale {
            self.actors.clear();
            self.actions.clear();
        }
        for key in group.new_actors {
            self.actors.remove(&key);
        }
        for key in group.new_actions {
            self.actions.remove(&key);
        }
        for name in group.new_devices {
            self.devices.remove(&name);
        }
    }

    /// Hands on what live views may show of a message.
    pub(super) fn publish_message(&mut self, published: PublishedMessage) {
        self.group.messages.push(Arc::new(published));
    }

    /// What live views may show of messages.
    pub(super) fn messages(&mut self) -> Vec<Arc<PublishedMessage>> {
        std::mem::take(&mut self.group.messages)
    }

    /// Hands on what live views may show of operations; of each only how it stands at last.
    pub(super) fn publish_operations(&mut self, published: Vec<PublishedOperation>) {
        for one in published {
            let is_same = |other: &Arc<PublishedOperation>| {
                other.store_id == one.store_id && other.row.id == one.row.id
            };
            self.group.operations.retain(|other| !is_same(other));
            self.group.operations.push(Arc::new(one));
        }
    }

    /// What live views may show of operations.
    pub(super) fn operations(&mut self) -> Vec<Arc<PublishedOperation>> {
        std::mem::take(&mut self.group.operations)
    }

    /// Hands on what live views may show of the two logs that watch.
    pub(super) fn publish_entry(&mut self, published: PublishedEntry) {
        self.group.entries.push(Arc::new(published));
    }

    /// What live views may show of the two logs that watch.
    pub(super) fn entries(&mut self) -> Vec<Arc<PublishedEntry>> {
        std::mem::take(&mut self.group.entries)
    }

    /// What the group's records say that fields hold.
    pub(super) const fn fields(&mut self) -> &mut Values {
        &mut self.group.fields
    }

    /// The keys of the group's activities.
    pub(super) const fn places(&mut self) -> &mut Places {
        &mut self.group.places
    }

    /// Gathers the rows of an activity.
    pub(super) async fn add(
        &mut self,
        transaction: &DatabaseTransaction,
        store_id: StoreId,
        id: Uuid,
        seq: Seq,
        order_key: OrderKey,
        prepared: &PreparedActivity,
    ) -> Result<(), Error> {
        let facts = &prepared.facts;
        let activity = &facts.activity;
        let actor_id = self
            .actor_id(transaction, store_id, &prepared.actor_identity, facts)
            .await?;
        let action_id = self
            .action_id(transaction, store_id, &activity.action)
            .await?;
        let device_id = match &facts.device {
            Some(name) => Some(self.device_id(transaction, name).await?),
            None => None,
        };
        let first_change = activity
            .changes
            .first()
            .map(serde_json::to_string)
            .transpose()
            .map_err(|error| Error::Damaged {
                what: "change",
                detail: error.to_string(),
            })?;
        let assigned_to = log::assignee(transaction, store_id, activity).await?;
        let group = &mut self.group;
        group.fields.note_activity(store_id, seq, activity);
        group.activities.extend(values![
            order_key.0,
            store_id.0,
            seq.0,
            id.as_bytes().to_vec(),
            prepared.occurred_at,
            actor_id,
            action_id,
            activity.outcome.number(),
            facts.has.bits(),
            activity
                .origin
                .ip
                .map(|ip| domain::IpRange::bytes_of(ip).to_vec()),
            activity.subject.as_ref().map(|s| s.kind.clone()),
            activity.subject.as_ref().map(|s| s.id.clone()),
            activity.subject.as_ref().and_then(|s| s.name.clone()),
            activity.description.clone(),
            activity.error.clone(),
            first_change,
            activity.changes.len() as i64,
            activity.operation_id.clone(),
            device_id,
        ]);
        group.texts.extend(values![
            order_key.0,
            facts.text.open.clone(),
            facts.text.personal.clone()
        ]);
        for term in &facts.terms {
            group
                .terms
                .extend(values![store_id.0, term.text.clone(), term.is_personal]);
            group.postings.extend(values![
                posting_hash(store_id, &term.text, term.is_personal),
                order_key.0
            ]);
        }
        let hour = prepared.occurred_at.div_euclid(MICROS_PER_HOUR);
        *group
            .hours
            .entry((store_id.0, hour, action_id, activity.outcome.number()))
            .or_default() += 1;
        *group.actor_uses.entry(actor_id).or_default() += 1;
        *group
            .action_uses
            .entry((action_id, activity.outcome))
            .or_default() += 1;
        group.published.push(Arc::new(Published {
            seq,
            activity_seq: seq,
            store_id,
            is_new: true,
            mark: id.to_string(),
            assigned_to,
            facts: facts.clone(),
        }));
        Ok(())
    }

    async fn actor_id(
        &mut self,
        transaction: &DatabaseTransaction,
        store_id: StoreId,
        identity: &str,
        facts: &Facts,
    ) -> Result<i64, Error> {
        let key = (store_id.0, identity.to_owned());
        if let Some(id) = self.actors.get(&key) {
            return Ok(*id);
        }
        let backend = transaction.get_database_backend();
        let found = sql(
            backend,
            "SELECT id FROM actor WHERE store_id = ? AND identity = ?",
            values![store_id.0, identity],
        )
        .row(transaction)
        .await?;
        let id = match found {
            Some(row) => row.try_get_by_index(0)?,
            None => {
                let insert = "INSERT INTO actor (store_id, identity) VALUES (?, ?) RETURNING id";
                let id: i64 = returned_id(
                    sql(backend, insert, values![store_id.0, identity])
                        .row(transaction)
                        .await?,
                )?;
                let keys = facts
                    .actor_keys
                    .iter()
                    .flat_map(|key| values![store_id.0, key.text.clone(), id, key.is_personal])
                    .collect();
                let head = "INSERT INTO actor_key (store_id, text, actor_id, is_personal)";
                insert_many(transaction, head, "", 4, keys).await?;
                id
            }
        };
        self.actors.insert(key.clone(), id);
        self.group.new_actors.push(key);
        Ok(id)
    }

    async fn action_id(
        &mut self,
        transaction: &DatabaseTransaction,
        store_id: StoreId,
        action: &domain::Action,
    ) -> Result<i64, Error> {
        let bits = action.categories.bits();
        let key = (store_id.0, action.name.clone(), bits);
        if let Some(id) = self.actions.get(&key) {
            return Ok(*id);
        }
        let backend = transaction.get_database_backend();
        let values = values![store_id.0, action.name.clone(), i64::from(bits)];
        let select = "SELECT id FROM action WHERE store_id = ? AND name = ? AND categories = ?";
        let id = match sql(backend, select, values.clone())
            .row(transaction)
            .await?
        {
            Some(row) => row.try_get_by_index(0)?,
            None => {
                let insert =
                    "INSERT INTO action (store_id, name, categories) VALUES (?, ?, ?) RETURNING id";
                returned_id(sql(backend, insert, values).row(transaction).await?)?
            }
        };
        self.actions.insert(key.clone(), id);
        self.group.new_actions.push(key);
        Ok(id)
    }

    async fn device_id(
        &mut self,
        transaction: &DatabaseTransaction,
        name: &str,
    ) -> Result<i16, Error> {
        if let Some(id) = self.devices.get(name) {
            return Ok(*id);
        }
        let id = device::number(transaction, name).await?;
        self.devices.insert(name.to_owned(), id);
        self.group.new_devices.push(name.to_owned());
        Ok(id)
    }

    /// Writes what was gathered and hands over what live views may show.
    pub(super) async fn write(
        &mut self,
        transaction: &DatabaseTransaction,
    ) -> Result<Vec<Arc<Published>>, Error> {
        let backend = transaction.get_database_backend();
        let group = &mut self.group;
        let head = "INSERT INTO activity (order_key, store_id, seq, id, occurred_at, actor_id, action_id, outcome, has, ip, \
                    subject_type, subject_id, subject_name, description, error, first_change, change_count, operation_id, \
                    device_id)";
        insert_many(
            transaction,
            head,
            "",
            19,
            std::mem::take(&mut group.activities),
        )
        .await?;
        text::insert(transaction, std::mem::take(&mut group.texts)).await?;
        group.fields.write(transaction).await?;
        let terms = std::mem::take(&mut group.terms);
        let postings = std::mem::take(&mut group.postings);
        insert_terms(transaction, terms, postings).await?;
        let hours = std::mem::take(&mut group.hours);
        let hours = hours
            .into_iter()
            .flat_map(|((store, hour, action, outcome), n)| {
                values![store, hour, action, outcome, n]
            });
        insert_many(
            transaction,
            "INSERT INTO hour_count (store_id, hour, action_id, outcome, n)",
            " ON CONFLICT (store_id, hour, action_id, outcome) DO UPDATE SET n = hour_count.n + excluded.n",
            5,
            hours.collect(),
        )
        .await?;
        for (actor, uses) in std::mem::take(&mut group.actor_uses) {
            let updated = sql(
                backend,
                "UPDATE actor SET uses = uses + ? WHERE id = ?",
                values![uses, actor],
            )
            .execute(transaction)
            .await?;
            if updated == 0 {
                // An erasure, here or in another process, removed somebody whom this one remembers.
                self.is_stale = true;
                return Err(Error::Damaged {
                    what: "actor",
                    detail: format!("{actor} was removed"),
                });
            }
        }
        for ((action, outcome), uses) in std::mem::take(&mut group.action_uses) {
            let statement = format!(
                "UPDATE action SET {0} = {0} + ? WHERE id = ?",
                counter(outcome)
            );
            sql(backend, &statement, values![uses, action])
                .execute(transaction)
                .await?;
        }
        Ok(std::mem::take(&mut group.published))
    }

    /// The pending activity that a record of a job wants to end, or why it can't.
    pub(super) async fn pending(
        &self,
        transaction: &DatabaseTransaction,
        job: &Job,
        activity: ActivityId,
        outcome: Outcome,
    ) -> Result<Result<Ended, Problem>, Error> {
        if outcome == Outcome::Pending {
            return Ok(Err(Problem::field(
                "outcome",
                "contradiction",
                "an activity ends as success or failed",
            )));
        }
        let row = sql(
            transaction.get_database_backend(),
            "SELECT a.order_key, a.action_id, a.occurred_at, a.seq, a.outcome, c.categories FROM ledger l \
             JOIN activity a ON a.order_key = l.order_key AND a.store_id = l.store_id \
             JOIN action c ON c.id = a.action_id \
             WHERE l.record_id = ? AND l.kind = 'activity' AND l.store_id = ?",
            values![activity.0.as_bytes().to_vec(), job.store_id.0],
        )
        .row(transaction)
        .await?;
        let Some(row) = row else {
            return Ok(Err(Problem::not_found("activity")));
        };
        let categories = u32::try_from(row.try_get_by_index::<i64>(5)?).unwrap_or(0);
        let categories = CategorySet::of_bits(categories);
        // As reading it answers: not even how it ended is told.
        if job.held_to.is_some_and(|held| !categories.is_within(held)) {
            return Ok(Err(Problem::not_found("activity")));
        }
        let before = Outcome::of_number(row.try_get_by_index(4)?).unwrap_or_default();
        if before != Outcome::Pending {
            let message = format!(
                "this activity ended before as {before}; only a pending one can end as {outcome}"
            );
            return Ok(Err(Problem::new(Code::Conflict, message)));
        }
        Ok(Ok(Ended {
            order_key: OrderKey(row.try_get_by_index(0)?),
            action_id: row.try_get_by_index(1)?,
            occurred_at: row.try_get_by_index(2)?,
            activity_seq: row.try_get_by_index(3)?,
            before,
        }))
    }

    /// Ends a pending activity: its row, its counts, its text.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one record; a struct would only be taken apart here"
    )]
    pub(super) async fn end(
        &mut self,
        transaction: &DatabaseTransaction,
        store_id: StoreId,
        record: Uuid,
        seq: Seq,
        target: Ended,
        outcome: Outcome,
        error: Option<String>,
    ) -> Result<(), Error> {
        let backend = transaction.get_database_backend();
        let hour = target.occurred_at.div_euclid(MICROS_PER_HOUR);
        for (outcome, n) in [(target.before, -1), (outcome, 1)] {
            *self
                .group
                .hours
                .entry((store_id.0, hour, target.action_id, outcome.number()))
                .or_default() += n;
            *self
                .group
                .action_uses
                .entry((target.action_id, outcome))
                .or_default() += n;
        }
        let Some((id, mut activity)) =
            log::recorded_activity(transaction, target.activity_seq).await?
        else {
            return Ok(());
        };
        activity.outcome = outcome;
        if error.is_some() {
            activity.error = error;
        }
        self.group.fields.note_activity(store_id, seq, &activity);
        let assigned_to = log::assignee(transaction, store_id, &activity).await?;
        let facts = Facts::new(id, activity);
        sql(
            backend,
            "UPDATE activity SET outcome = ?, error = ?, has = ? WHERE order_key = ?",
            values![
                outcome.number(),
                facts.activity.error.clone(),
                facts.has.bits(),
                target.order_key.0
            ],
        )
        .execute(transaction)
        .await?;
        text::remove(transaction, target.order_key).await?;
        let values = values![
            target.order_key.0,
            facts.text.open.clone(),
            facts.text.personal.clone()
        ];
        text::insert(transaction, values).await?;
        self.group.published.push(Arc::new(Published {
            seq,
            activity_seq: Seq(target.activity_seq),
            store_id,
            is_new: false,
            mark: record.to_string(),
            assigned_to,
            facts: Arc::new(facts),
        }));
        Ok(())
    }
}

/// The stored actor of an identity: the canonical JSON it was written as.
pub(crate) fn actor_of(identity: &str) -> Result<Actor, Error> {
    serde_json::from_str(identity).map_err(|error| Error::Damaged {
        what: "actor",
        detail: error.to_string(),
    })
}

/// The number under which a term's postings stand: the first eight bytes of a SHA-256. Two of a billion
/// terms meet with a chance of one in forty.
pub(crate) fn posting_hash(store_id: StoreId, term: &str, is_personal: bool) -> i64 {
    let digest = Sha256::new()
        .chain_update(store_id.0.to_be_bytes())
        .chain_update([u8::from(is_personal)])
        .chain_update(term.as_bytes())
        .finalize();
    let mut head = [0; 8];
    head.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(head)
}

/// Writes exact words (store, text, whether personal) and which entries stand under them (hash, key); what is there
/// already stays.
pub(crate) async fn insert_terms(
    on: &impl ConnectionTrait,
    terms: Vec<Value>,
    postings: Vec<Value>,
) -> Result<(), Error> {
    let tail = " ON CONFLICT DO NOTHING";
    let head = "INSERT INTO term (store_id, text, is_personal)";
    insert_many(on, head, tail, 3, terms).await?;
    let head = "INSERT INTO posting (term, order_key)";
    insert_many(on, head, tail, 2, postings).await
}

pub(crate) const fn counter(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "successes",
        Outcome::Pending => "pendings",
        Outcome::Failed => "failures",
    }
}

fn returned_id(row: Option<sea_orm::QueryResult>) -> Result<i64, Error> {
    let row = row.ok_or(Error::Damaged {
        what: "insert",
        detail: "no id came back".to_owned(),
    })?;
    Ok(row.try_get_by_index(0)?)
}
