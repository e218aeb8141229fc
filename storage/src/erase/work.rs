//! Doing what was asked to be erased: some entries at a time.

use super::hold::HoldMark;
use super::pace::Held;
use super::row::{COLUMNS, Columns, Target, damaged};
use super::told::told;
use super::watched::Person;
use super::{activities, messages, purge, ranges_of, sweep};
use crate::account::own_activity;
use crate::log::zone;
use crate::record::{Effect, Record};
use crate::select::Picked;
use crate::sql::{sql, values};
use crate::{Error, Principal, Scope, Storage};
use chrono::TimeDelta;
use domain::export::{Selection, Source};
use domain::message::BlobRef;
use domain::view::{ErasureReport, StoreView};
use domain::{
    Activity, Actor, Category, Code, Direction, ErasureId, OrderKey, Origin, Permission, Problem,
    Role, StoreId,
};
use serde_json::json;
use std::sync::Arc;

/// How many entries are looked at together where none is deleted.
pub(super) const CHUNK: usize = 100;
/// How often a chunk that changed under our hands is tried again.
const TRIES: u32 = 20;
/// After how long an erasure that waits for readers can be taken again.
const WAIT: TimeDelta = TimeDelta::seconds(1);

/// An erasure that a worker has taken.
#[derive(Debug, Clone)]
pub struct ErasureJob {
    /// Which one.
    pub id: ErasureId,
    pub(super) lease: TimeDelta,
}

/// How far an erasure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepOutcome {
    /// How many entries were looked at.
    pub done: u64,
    /// How many there are.
    pub total: u64,
    /// Whether nothing is left to do.
    pub is_finished: bool,
    /// Whether all is deleted and somebody still reads an older state of an SQLite file: it can be taken again in a moment.
    pub is_waiting: bool,
}

/// Entries that go in one transaction.
pub(super) enum Doomed {
    Activities(Vec<activities::Doomed>),
    Messages(Vec<messages::Doomed>),
}

/// Who erases, why, and in which erasure.
#[derive(Clone)]
pub(super) struct Cause {
    pub(super) id: ErasureId,
    pub(super) store: StoreView,
    pub(super) by: Actor,
    /// Where the call came from that asked for it.
    pub(super) origin: Origin,
    pub(super) reason: String,
    pub(super) details: serde_json::Value,
    pub(super) keeps_lines: bool,
    /// For how long each step takes it.
    pub(super) lease: TimeDelta,
}

impl Storage {
    /// Takes the erasure that waits longest, or whose worker died. Retention isn't asked for: it has its own steps.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_erasure(&self, lease: TimeDelta) -> Result<Option<ErasureJob>, Error> {
        let now = self.ambient().clock.now();
        let text = format!(
            "{COLUMNS} WHERE cause <> 'retention' AND (status = 'queued' OR (status = 'running' AND lease_until < ?)) \
             ORDER BY requested_at, id LIMIT 1"
        );
        let found: Option<Columns> = sql(
            self.readers().get_database_backend(),
            &text,
            values![now.timestamp_micros()],
        )
        .one(self.readers())
        .await?;
        let Some(columns) = found else {
            return Ok(None);
        };
        let take = Effect::one(
            "UPDATE erasure SET status = 'running', lease_until = ? WHERE id = ? AND (status = 'queued' OR \
             (status = 'running' AND lease_until < ?))",
            values![
                (now + lease).timestamp_micros(),
                columns.id.clone(),
                now.timestamp_micros()
            ],
            "another worker took this erasure",
        );
        match self.recorder().apply(vec![take]).await {
            Ok(()) => {
                let id = columns.id()?;
                let job = ErasureJob { id, lease };
                self.sweep_taken_over(&job, &columns).await?;
                Ok(Some(job))
            }
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Erases the next entries, as many as others can wait for ([`super::Pace`]), in one transaction with the ledger entry that names them. Call it
    /// until it is finished or waits, with pauses where others write.
    ///
    /// # Errors
    /// When the database fails: try again later.
    pub async fn erase_step(&self, job: &ErasureJob) -> Result<StepOutcome, Error> {
        let columns = self.erasure_columns(job.id).await?;
        let columns = columns.ok_or_else(|| Problem::not_found("erasure"))?;
        if columns.status != "running" {
            return Ok(outcome(&columns, true));
        }
        let store = StoreId(columns.store_id);
        let scope = self.scope_of_requester(&columns.requester, store).await?;
        let Some(scope) = scope.filter(|scope| scope.role().may(Permission::Erase)) else {
            let words = format!("{} may not erase any more", columns.requester_name);
            self.drop_noted(job.id, job.lease).await?;
            self.fail_erasure(&columns, words).await?;
            return Ok(outcome(&columns, true));
        };
        let cause = self.cause_of(&columns, &scope, job.lease)?;
        match columns.target()? {
            Target::Selection(selection) => {
                self.selection_step(columns, &scope, cause, &selection)
                    .await
            }
            // Who they were is erased last.
            Target::Person { id, .. } if id.is_empty() => self.end_person(&cause).await,
            Target::Person { id, needles, name } => {
                let person = Person::new(&id, &needles, name.as_deref());
                self.person_step(columns, &scope, cause, &person).await
            }
            Target::Retention { .. } => Ok(outcome(&columns, true)),
        }
    }

    fn cause_of(&self, columns: &Columns, scope: &Scope, lease: TimeDelta) -> Result<Cause, Error> {
        let mut details = json!({
            "erasure": columns.id()?.to_string(), "cause": columns.cause, "log": columns.source,
        });
        let spec = columns.spec()?;
        if let Target::Selection(selection) = spec.target {
            if let Some(q) = selection.q() {
                details["q"] = json!(q);
            }
            match &selection {
                Selection::Ids { ids, .. } => details["picked"] = json!(ids.len()),
                Selection::Matching { except, .. } if !except.is_empty() => {
                    details["excepted"] = json!(except.len());
                }
                Selection::Matching { .. } => {}
            }
        }
        Ok(Cause {
            id: columns.id()?,
            store: scope.store().clone(),
            by: scope.actor(),
            origin: spec.origin.unwrap_or_default(),
            reason: columns.reason.clone(),
            details,
            keeps_lines: false,
            lease,
        })
    }

    async fn selection_step(
        &self,
        columns: Columns,
        scope: &Scope,
        cause: Cause,
        selection: &Selection,
    ) -> Result<StepOutcome, Error> {
        let asked_at = zone::time_of(columns.requested_at);
        let picked = self
            .pick(scope, selection, Some(columns.up_to), asked_at)
            .await?;
        let after = columns.cursor_key.map(OrderKey);
        for _ in 0..TRIES {
            let (keys, next) = self.next_keys(scope, &picked, after).await?;
            let chunk = self.doomed_of(&cause.store, &picked, &keys).await?;
            let is_finished = next.is_none();
            let mut report = columns.report()?;
            report.add(&chunk.doomed);
            report.changed += chunk.changed;
            let note = Effect::statement(
                "UPDATE erasure SET done = done + ?, held = held + ?, cursor_key = ?, report = ?, lease_until = ? WHERE id = ?",
                values![
                    chunk.mine,
                    chunk.held,
                    next.map(|key| key.0),
                    serde_json::to_string(&report).map_err(damaged)?,
                    self.lease_until(cause.lease),
                    columns.id.clone()
                ],
            );
            let effects = vec![chunk.holds.check(), note];
            match self.erase_chunk(&cause, chunk.doomed, effects).await {
                Err(Error::Problem(problem)) if problem.code == Code::Conflict => continue,
                Err(error) => return Err(error),
                Ok(gone) => {
                    self.note_gone(cause.id, gone).await?;
                    if is_finished {
                        self.note_missing(scope, &picked, cause.id).await?;
                        self.finish_erasure(&cause).await?;
                    }
                    let columns = self.erasure_columns(cause.id).await?.unwrap_or(columns);
                    return Ok(outcome(&columns, is_finished));
                }
            }
        }
        Err(Error::Damaged {
            what: "erasure",
            detail: "its entries changed again and again while it was at work".to_owned(),
        })
    }

    /// The next keys of a selection and where to go on.
    async fn next_keys(
        &self,
        scope: &Scope,
        picked: &Picked,
        after: Option<OrderKey>,
    ) -> Result<(Vec<OrderKey>, Option<OrderKey>), Error> {
        let nothing = crate::select::Skips::none();
        let on = self.readers().into();
        let part = picked
            .part(
                on,
                scope,
                &nothing,
                after,
                Direction::Newest,
                self.inner.pace.amount(),
            )
            .await?;
        Ok((part.keys, part.next))
    }

    /// Erases a chunk and notes it; returns which files went with it.
    pub(super) async fn erase_chunk(
        &self,
        cause: &Cause,
        doomed: Doomed,
        mut effects: Vec<Effect>,
    ) -> Result<Gone, Error> {
        if doomed.is_empty() {
            self.recorder().apply(effects).await?;
            return Ok(Gone::default());
        }
        let erased = ranges_of(doomed.seqs());
        let files = self.files_with(&cause.store, &doomed).await?;
        let (store, id, keeps_lines) = (cause.store.id, cause.id, cause.keeps_lines);
        effects.push(sweep::noted(id, self.written_when(&doomed.blobs()).await?));
        let doomed = Arc::new(doomed);
        let entries = doomed.len();
        let held = Held::default();
        let begun = held.clone();
        effects.push(Effect::new(move |transaction| {
            let doomed = doomed.clone();
            begun.begin();
            Box::pin(async move {
                match (&*doomed, keeps_lines) {
                    (Doomed::Activities(entries), false) => {
                        activities::delete(transaction, store, id, entries).await
                    }
                    (Doomed::Activities(entries), true) => {
                        activities::reduce(transaction, store, id, entries).await
                    }
                    (Doomed::Messages(entries), false) => {
                        messages::delete(transaction, store, id, entries).await
                    }
                    (Doomed::Messages(entries), true) => {
                        messages::reduce(transaction, store, id, entries).await
                    }
                }
            })
        }));
        effects.extend(files.effects());
        let record = Record::Erasure {
            erased,
            reason: cause.reason.clone(),
            by: cause.by.clone(),
            details: cause.details.clone(),
        };
        self.recorder()
            .write(store, String::new(), vec![record], effects, None)
            .await?;
        self.inner.pace.took(entries, held.elapsed());
        self.drop_marked(&files).await?;
        Ok(Gone {
            exports: files.count,
            ..Gone::default()
        })
    }

    /// Adds to an erasure's report which files went.
    pub(super) async fn note_gone(&self, id: ErasureId, gone: Gone) -> Result<(), Error> {
        if gone == Gone::default() {
            return Ok(());
        }
        let Some(columns) = self.erasure_columns(id).await? else {
            return Ok(());
        };
        let mut report = columns.report()?;
        report.attachments += gone.attachments;
        report.exports += gone.exports;
        self.note_report(id, &report).await
    }

    pub(super) async fn note_report(
        &self,
        id: ErasureId,
        report: &ErasureReport,
    ) -> Result<(), Error> {
        let effect = Effect::statement(
            "UPDATE erasure SET report = ? WHERE id = ?",
            values![
                serde_json::to_string(report).map_err(damaged)?,
                id.0.as_bytes().to_vec()
            ],
        );
        self.recorder().apply(vec![effect]).await
    }

    /// When a lease runs out that is taken now.
    pub(super) fn lease_until(&self, lease: TimeDelta) -> i64 {
        (self.ambient().clock.now() + lease).timestamp_micros()
    }

    /// That a worker goes on having an erasure.
    pub(super) fn renewed_lease(&self, cause: &Cause) -> Effect {
        Effect::statement(
            "UPDATE erasure SET lease_until = ? WHERE id = ? AND status = 'running'",
            values![
                self.lease_until(cause.lease),
                cause.id.0.as_bytes().to_vec()
            ],
        )
    }

    /// Goes on having an erasure: no other worker takes it meanwhile.
    pub(super) async fn renew_lease(&self, cause: &Cause) -> Result<(), Error> {
        self.recorder().apply(vec![self.renewed_lease(cause)]).await
    }

    /// Ends a person's erasure once no byte of what was deleted is left in an SQLite file: not in its indexes, for which it
    /// does a step, and not in its log, for which it waits.
    pub(super) async fn end_person(&self, cause: &Cause) -> Result<StepOutcome, Error> {
        if !self.is_purged(cause).await? {
            let columns = self.erasure_columns(cause.id).await?;
            let columns = columns.ok_or_else(|| Problem::not_found("erasure"))?;
            return Ok(outcome(&columns, false));
        }
        self.inner.folding.ask();
        let is_folded = self.fold_log().await?;
        if is_folded {
            self.finish_erasure(cause).await?;
        } else {
            let waiting = Cause {
                lease: WAIT,
                ..cause.clone()
            };
            self.renew_lease(&waiting).await?;
        }
        let columns = self.erasure_columns(cause.id).await?;
        let columns = columns.ok_or_else(|| Problem::not_found("erasure"))?;
        Ok(StepOutcome {
            is_waiting: !is_folded,
            ..outcome(&columns, is_folded)
        })
    }

    /// Ends an erasure: records `log.erased` with what went and where it was asked for, but not of whom, and lets the freed pages forget.
    pub(super) async fn finish_erasure(&self, cause: &Cause) -> Result<(), Error> {
        self.sweep_after(cause).await?;
        let Some(columns) = self.erasure_columns(cause.id).await? else {
            return Ok(());
        };
        self.forget_answers().await?;
        let report = columns.report()?;
        let now = self.ambient().clock.now().timestamp_micros();
        let effect = Effect::one(
            "UPDATE erasure SET status = 'completed', finished_at = ?, lease_until = NULL, spec = ?, \
             total = CASE WHEN cause = 'selection' THEN total ELSE done END \
             WHERE id = ? AND status = 'running'",
            values![now, columns.spec_over()?, columns.id.clone()],
            "this erasure is over",
        );
        let wanted = (columns.cause != "retention").then(purge::wanted);
        let effects = [effect].into_iter().chain(wanted).collect();
        let (words, details) = told(cause, columns.held, &report);
        let activity = Activity {
            actor: cause.by.clone(),
            origin: cause.origin.clone(),
            description: Some(words),
            details: Some(details),
            ..own_activity(
                self.ambient(),
                "log.erased",
                Category::System,
                None,
                Vec::new(),
            )
        };
        let records = vec![Record::Activity(activity)];
        self.recorder()
            .write(cause.store.id, String::new(), records, effects, None)
            .await?;
        // Should somebody read an older state now, the worker tries again.
        self.inner.folding.ask();
        self.fold_log().await.map(drop)
    }

    async fn fail_erasure(&self, columns: &Columns, words: String) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let effect = Effect::statement(
            "UPDATE erasure SET status = 'failed', finished_at = ?, error = ?, lease_until = NULL, spec = ? WHERE id = ?",
            values![now, words.clone(), columns.spec_over()?, columns.id.clone()],
        );
        let mut activity = Activity {
            actor: Principal::System("erasure worker").actor(Role::SuperAdmin),
            error: Some(words),
            ..own_activity(
                self.ambient(),
                "log.erased",
                Category::System,
                None,
                Vec::new(),
            )
        };
        activity.outcome = domain::Outcome::Failed;
        let store = StoreId(columns.store_id);
        let records = vec![Record::Activity(activity)];
        self.recorder()
            .write(store, String::new(), records, vec![effect], None)
            .await
            .map(drop)
    }

    /// What of some keys may go: recorded early enough, not excepted, not held. Of what was selected by how it stood, and
    /// of which something was told since, nobody knows whether it was counted: it stays.
    pub(super) async fn doomed_of(
        &self,
        store: &StoreView,
        picked: &Picked,
        keys: &[OrderKey],
    ) -> Result<Chunk, Error> {
        let mut chunk = Chunk {
            holds: self.hold_mark(store.id, picked.source).await?,
            doomed: Doomed::Activities(Vec::new()),
            mine: 0,
            held: 0,
            changed: 0,
        };
        let holds = self.holds_on(self.readers(), store, picked.source).await?;
        let turns = picked.what.turns_later();
        let is_changed = |seqs: &[i64]| turns && seqs.iter().any(|seq| *seq > picked.up_to);
        if picked.source == Source::Messages {
            let mut left = Vec::new();
            for entry in messages::doomed(self.readers(), store.id, keys).await? {
                let name = entry.facts.id.to_string();
                if entry.seq > picked.up_to || crate::select::is_excepted(picked, &name) {
                    continue;
                }
                if is_changed(&entry.seqs) {
                    chunk.changed += 1;
                    continue;
                }
                chunk.mine += 1;
                if holds.iter().any(|hold| hold.keeps_message(&entry.facts)) {
                    chunk.held += 1;
                } else {
                    left.push(entry);
                }
            }
            chunk.doomed = Doomed::Messages(left);
        } else {
            let mut left = Vec::new();
            for entry in activities::doomed(self.readers(), store.id, keys).await? {
                let name = entry.facts.id.to_string();
                if entry.seq > picked.up_to || crate::select::is_excepted(picked, &name) {
                    continue;
                }
                if is_changed(&entry.seqs) {
                    chunk.changed += 1;
                    continue;
                }
                chunk.mine += 1;
                if holds.iter().any(|hold| hold.keeps(&entry.facts)) {
                    chunk.held += 1;
                } else {
                    left.push(entry);
                }
            }
            chunk.doomed = Doomed::Activities(left);
        }
        Ok(chunk)
    }
}

/// Files that went with entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Gone {
    pub(super) attachments: u64,
    pub(super) exports: u64,
}

/// What a step looked at.
pub(super) struct Chunk {
    holds: HoldMark,
    pub(super) doomed: Doomed,
    /// How many belong to the selection.
    mine: i64,
    held: i64,
    /// How many may belong to it or not: something was told of them since it was made.
    changed: u64,
}

impl Doomed {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Activities(entries) => entries.len(),
            Self::Messages(entries) => entries.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn seqs(&self) -> Vec<i64> {
        match self {
            Self::Activities(entries) => entries.iter().flat_map(|d| d.seqs.clone()).collect(),
            Self::Messages(entries) => entries.iter().flat_map(|d| d.seqs.clone()).collect(),
        }
    }

    fn blobs(&self) -> Vec<BlobRef> {
        match self {
            Self::Activities(_) => Vec::new(),
            Self::Messages(entries) => entries.iter().flat_map(|d| d.blobs.clone()).collect(),
        }
    }
}

/// Counts what goes.
pub(super) trait Add {
    fn add(&mut self, doomed: &Doomed);
}

impl Add for ErasureReport {
    fn add(&mut self, doomed: &Doomed) {
        // By what the dialog counted them: the first category, or the channel.
        let kinds: Vec<&str> = match doomed {
            Doomed::Activities(entries) => {
                self.activities += entries.len() as u64;
                let kinds = entries.iter().map(|entry| {
                    let first = entry.facts.activity.action.categories.iter().next();
                    first.map_or("", |category| category.as_str())
                });
                kinds.collect()
            }
            Doomed::Messages(entries) => {
                self.messages += entries.len() as u64;
                let kinds = entries
                    .iter()
                    .map(|entry| entry.facts.message.channel.as_str());
                kinds.collect()
            }
        };
        for kind in kinds {
            *self.kinds.entry(kind.to_owned()).or_default() += 1;
        }
    }
}

fn outcome(columns: &Columns, is_finished: bool) -> StepOutcome {
    StepOutcome {
        done: columns.done.max(0).unsigned_abs(),
        total: columns.total.max(0).unsigned_abs(),
        is_finished,
        is_waiting: false,
    }
}
