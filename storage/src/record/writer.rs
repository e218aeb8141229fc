//! The one writer: takes what is waiting and commits it as one transaction.

use super::ledger::Appender;
use super::prepare::Content;
use super::project::{Ended, Projector};
use super::{
    Committed, Job, Prepared, Receipt, Recorded, key_conflict, message, operation, upsert, watch,
};
use crate::sql::{sql, values};
use crate::{Ambient, Error};
use domain::message::Verdict;
use domain::{Code, Problem, Seq, StoreId};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};
use std::collections::{BTreeSet, HashMap};
use tokio::sync::mpsc;

/// How many records one transaction takes at most: enough to share an fsync, few enough that the first
/// caller does not wait long.
const GROUP_RECORDS: usize = 2_000;
/// How many calls may wait before further ones wait to be let in.
const QUEUE: usize = 1_024;

/// Starts the writer's task and returns the way to it.
pub(crate) fn start(
    database: DatabaseConnection,
    ambient: Ambient,
    committed: mpsc::UnboundedSender<Committed>,
) -> mpsc::Sender<Job> {
    let (queue, waiting) = mpsc::channel(QUEUE);
    let writer = Writer {
        database,
        ambient,
        committed,
        projector: Projector::default(),
    };
    tokio::spawn(writer.run(waiting));
    queue
}

struct Writer {
    database: DatabaseConnection,
    ambient: Ambient,
    committed: mpsc::UnboundedSender<Committed>,
    projector: Projector,
}

/// What a job of a group came to, before the commit.
type Outcomes = Vec<Result<Recorded, Error>>;

/// What a group answered by principal and key: the request's digest and the answer.
type Answered<'g> = HashMap<(&'g str, &'g str), ([u8; 32], Vec<u8>)>;

impl Writer {
    async fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        while let Some(first) = waiting.recv().await {
            let mut records = first.records.len();
            let mut group = vec![first];
            while records < GROUP_RECORDS {
                let Ok(job) = waiting.try_recv() else { break };
                records += job.records.len();
                group.push(job);
            }
            self.commit(group).await;
        }
    }

    /// Commits a group. When it fails as a whole, each call is tried alone, so that one can't spoil another.
    async fn commit(&mut self, group: Vec<Job>) {
        let mut tried = self.try_commit(&group).await;
        if self.projector.was_stale() {
            tried = self.try_commit(&group).await;
        }
        match tried {
            Ok(outcomes) => answer(group, outcomes),
            Err(error) if group.len() == 1 => answer(group, vec![Err(error)]),
            Err(_) => {
                for job in group {
                    let alone = [job];
                    let outcome = match self.try_commit(&alone).await {
                        Ok(mut outcomes) => outcomes.pop().unwrap_or(Err(Error::WriterStopped)),
                        Err(error) => Err(error),
                    };
                    answer(alone.into(), vec![outcome]);
                }
            }
        }
    }

    async fn try_commit(&mut self, group: &[Job]) -> Result<Outcomes, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let transaction = self.database.begin_with_options(options).await?;
        match self.write_group(&transaction, group).await {
            Ok((outcomes, committed)) => {
                if let Err(error) = transaction.commit().await {
                    self.projector.forget();
                    return Err(error.into());
                }
                self.projector.settle();
                if let Some(committed) = committed {
                    // Nobody listening is fine: live views read the ledger when they come.
                    let _ = self.committed.send(committed);
                }
                Ok(outcomes)
            }
            Err(error) => {
                self.projector.forget();
                transaction.rollback().await?;
                Err(error)
            }
        }
    }

    async fn write_group(
        &mut self,
        transaction: &DatabaseTransaction,
        group: &[Job],
    ) -> Result<(Outcomes, Option<Committed>), Error> {
        let mut appender = Appender::begin(transaction).await?;
        let first = appender.next_seq();
        let records = group.iter().flat_map(|job| &job.records);
        let times = records.filter_map(|record| match &record.content {
            Content::Activity(activity) => Some(activity.occurred_at),
            _ => None,
        });
        self.projector.places().look_up(transaction, times).await?;
        let removed = removed_stores(transaction, group).await?;
        let mut answered = Answered::new();
        let mut outcomes = Vec::with_capacity(group.len());
        for job in group {
            let is_erasure = |record: &Prepared| matches!(record.content, Content::Erasure);
            if removed.contains(&job.store_id) && !job.records.iter().all(is_erasure) {
                outcomes.push(Err(Problem::not_found("store").into()));
                continue;
            }
            let known = self.stored_answer(transaction, job, &answered).await?;
            if let Some(outcome) = known {
                outcomes.push(outcome);
                continue;
            }
            match self.write_job(transaction, &mut appender, job).await {
                Ok(receipts) => {
                    if let Some(idempotency) = &job.idempotency {
                        let answer = (idempotency.answer)(&receipts);
                        self.store_answer(transaction, job, &answer).await?;
                        answered.insert(
                            (&job.principal, &idempotency.key),
                            (idempotency.request_digest, answer),
                        );
                    }
                    outcomes.push(Ok(Recorded::New(receipts)));
                }
                // A refusal before anything of the job was written concerns this job alone.
                Err(Refusal::Untouched(problem)) => outcomes.push(Err(problem.into())),
                Err(Refusal::Fault(error)) => return Err(error),
            }
        }
        let last = Seq(appender.next_seq().0 - 1);
        let published = self.projector.write(transaction).await?;
        let messages = self.projector.messages();
        let operations = self.projector.operations();
        let entries = self.projector.entries();
        if last < first {
            return Ok((outcomes, None));
        }
        appender.finish(transaction).await?;
        Ok((
            outcomes,
            Some(Committed {
                first,
                last,
                published,
                messages,
                operations,
                entries,
            }),
        ))
    }

    async fn write_job(
        &mut self,
        transaction: &DatabaseTransaction,
        appender: &mut Appender,
        job: &Job,
    ) -> Result<Vec<Receipt>, Refusal> {
        // Everything that can be refused is looked at before anything is written.
        let mut ended = HashMap::new();
        for record in &job.records {
            if let Content::Outcome {
                activity, outcome, ..
            } = &record.content
            {
                let target = self
                    .projector
                    .pending(transaction, job, *activity, *outcome)
                    .await?;
                let target: Ended = target.map_err(Refusal::Untouched)?;
                if ended.insert(activity.0, target).is_some() {
                    return Err(Refusal::Untouched(Problem::new(
                        Code::Conflict,
                        "one call ends an activity once",
                    )));
                }
            }
        }
        let mut messages = HashMap::new();
        for record in &job.records {
            match &record.content {
                Content::MessageFact(new) => {
                    let target = message::target(transaction, job.store_id, new).await?;
                    let target = target.map_err(Refusal::Untouched)?;
                    if messages.insert(new.message.0, target).is_some() {
                        return Err(Refusal::Untouched(Problem::new(
                            Code::Conflict,
                            "one call records one thing about a message",
                        )));
                    }
                }
                Content::Message(new) => {
                    let unique = message::check_new(transaction, job.store_id, new).await?;
                    unique.map_err(Refusal::Untouched)?;
                }
                _ => {}
            }
        }
        let about_operations = job.records.iter().filter_map(|r| match &r.content {
            Content::Operation(record) => Some(record.as_ref()),
            _ => None,
        });
        let operations = operation::check(transaction, job.store_id, about_operations).await?;
        let operations = operations.map_err(Refusal::Untouched)?;
        let mut of_operations = Vec::new();
        for effect in &job.effects {
            effect.apply(transaction).await.map_err(Refusal::Fault)?;
        }
        let mut receipts = Vec::with_capacity(job.records.len());
        for record in &job.records {
            let order_key = match &record.content {
                Content::Activity(activity) => Some(
                    self.projector
                        .places()
                        .next(transaction, activity.occurred_at)
                        .await?,
                ),
                Content::Outcome { activity, .. } => {
                    ended.get(&activity.0).map(|target| target.order_key)
                }
                Content::Message(new) => Some(message::place(transaction, new).await?),
                Content::MessageFact(new) => {
                    messages.get(&new.message.0).map(|target| target.order_key)
                }
                Content::Security(event) => Some(watch::place(transaction, event).await?),
                Content::Order { .. }
                | Content::Customer { .. }
                | Content::Operation(_)
                | Content::Requests(_)
                | Content::Erasure => None,
            };
            let seq = appender.append(job.store_id, record, order_key);
            let mut receipt = Receipt {
                id: record.id,
                seq,
                status: None,
                reason: None,
            };
            match (&record.content, order_key) {
                (Content::Activity(activity), Some(order_key)) => {
                    self.projector
                        .add(
                            transaction,
                            job.store_id,
                            record.id,
                            seq,
                            order_key,
                            activity,
                        )
                        .await?;
                }
                (
                    Content::Outcome {
                        activity,
                        outcome,
                        error,
                    },
                    _,
                ) => {
                    if let Some(target) = ended.remove(&activity.0) {
                        self.projector
                            .end(
                                transaction,
                                job.store_id,
                                record.id,
                                seq,
                                target,
                                *outcome,
                                error.clone(),
                            )
                            .await?;
                    }
                }
                (Content::Message(new), Some(order_key)) => {
                    let published =
                        message::insert(transaction, job.store_id, seq, order_key, new).await?;
                    let delivery = &published.facts.delivery;
                    receipt.status = delivery.status;
                    if let Verdict::NotSent { reason } = delivery.verdict {
                        receipt.reason = Some(reason);
                    }
                    self.projector.publish_message(published);
                }
                (Content::MessageFact(new), _) => {
                    if let Some(target) = messages.remove(&new.message.0) {
                        let published =
                            message::apply(transaction, job.store_id, record.id, seq, target, new)
                                .await?;
                        self.projector.publish_message(published);
                    }
                }
                (
                    Content::Order {
                        number,
                        order,
                        assignment,
                    },
                    _,
                ) => {
                    upsert::order(transaction, job.store_id, seq, number, order, *assignment)
                        .await?;
                }
                (Content::Customer { id, customer }, _) => {
                    upsert::customer(transaction, job.store_id, seq, id, customer).await?;
                }
                (Content::Operation(about), _) => {
                    of_operations.push((seq, record.id, about.as_ref()));
                }
                (Content::Security(event), Some(order_key)) => {
                    let published = watch::insert_event(
                        transaction,
                        job.store_id,
                        record.id,
                        seq,
                        order_key,
                        event,
                    )
                    .await?;
                    self.projector.publish_entry(published);
                }
                (Content::Requests(entries), _) => {
                    for published in
                        watch::insert_requests(transaction, job.store_id, seq, entries).await?
                    {
                        self.projector.publish_entry(published);
                    }
                }
                (Content::Activity(_) | Content::Message(_) | Content::Security(_), None)
                | (Content::Erasure, _) => {}
            }
            receipts.push(receipt);
        }
        if !of_operations.is_empty() {
            let fields = self.projector.fields();
            let published =
                operation::apply(transaction, job.store_id, operations, of_operations, fields)
                    .await?;
            self.projector.publish_operations(published);
        }
        if let (Some(request_id), Some(first), Some(last)) =
            (&job.request_id, receipts.first(), receipts.last())
        {
            watch::note_cause(transaction, job.store_id, request_id, first.seq, last.seq).await?;
        }
        Ok(receipts)
    }

    /// The answer given to the same call before, in this group or stored.
    async fn stored_answer(
        &self,
        transaction: &DatabaseTransaction,
        job: &Job,
        answered: &Answered<'_>,
    ) -> Result<Option<Result<Recorded, Error>>, Error> {
        let Some(idempotency) = &job.idempotency else {
            return Ok(None);
        };
        let stored = match answered.get(&(job.principal.as_str(), idempotency.key.as_str())) {
            Some((digest, answer)) => Some((digest.to_vec(), answer.clone())),
            None => sql(
                transaction.get_database_backend(),
                "SELECT request_digest, answer FROM idempotency WHERE principal = ? AND key = ?",
                values![job.principal.clone(), idempotency.key.clone()],
            )
            .row(transaction)
            .await?
            .map(|row| Ok::<_, Error>((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
            .transpose()?,
        };
        Ok(stored.map(|(digest, answer)| {
            if digest == idempotency.request_digest {
                Ok(Recorded::Replayed(answer))
            } else {
                Err(key_conflict().into())
            }
        }))
    }

    async fn store_answer(
        &self,
        transaction: &DatabaseTransaction,
        job: &Job,
        answer: &[u8],
    ) -> Result<(), Error> {
        let Some(idempotency) = &job.idempotency else {
            return Ok(());
        };
        sql(
            transaction.get_database_backend(),
            "INSERT INTO idempotency (principal, key, request_digest, answer, created_at) VALUES (?, ?, ?, ?, ?)",
            values![
                job.principal.clone(),
                idempotency.key.clone(),
                idempotency.request_digest.to_vec(),
                answer.to_vec(),
                self.ambient.clock.now().timestamp_micros(),
            ],
        )
        .execute(transaction)
        .await
        .map(drop)
    }
}

/// Which of a group's stores were removed: whoever still holds a key of one records nothing there any more.
async fn removed_stores(
    transaction: &DatabaseTransaction,
    group: &[Job],
) -> Result<BTreeSet<StoreId>, Error> {
    let stores: BTreeSet<i64> = group
        .iter()
        .filter(|job| !job.records.is_empty())
        .map(|job| job.store_id.0)
        .collect();
    let mut removed = BTreeSet::new();
    for store in stores {
        let text = "SELECT 1 FROM store WHERE id = ? AND removed_at IS NOT NULL";
        let found = sql(transaction.get_database_backend(), text, values![store]);
        if found.row(transaction).await?.is_some() {
            removed.insert(StoreId(store));
        }
    }
    Ok(removed)
}

/// Why a job was not written.
enum Refusal {
    /// Nothing of it was written yet: the rest of the group goes on.
    Untouched(Problem),
    /// The transaction is spoilt.
    Fault(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

fn answer(group: Vec<Job>, outcomes: Outcomes) {
    for (job, outcome) in group.into_iter().zip(outcomes) {
        // A caller that went away does not need its answer; what it asked for is recorded all the same.
        let _ = job.answer.send(outcome);
    }
}
