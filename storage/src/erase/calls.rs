//! Retention of the requests log: what a store's policy keeps no longer goes, whole ledger entries of calls at a time.
//!
//! An entry holds the digests of up to 500 calls and goes when the newest of them is old enough. No erasure is listed for
//! it, for these go every day: the ledger entry that names them says why they went.

use crate::record::watch::entry_of;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Error, Principal, Storage};
use chrono::TimeDelta;
use domain::entry::EntryFacts;
use domain::view::StoreView;
use domain::{Code, OrderKey, Problem, Role};
use sea_orm::ConnectionTrait as _;

/// Of so many calls the entries go in one transaction: no more than are recorded in one.
const TOGETHER: i64 = 500;

impl Storage {
    /// Takes the next step of erasing calls that are older than their store's policy keeps them: some ledger entries of one
    /// store, in one transaction with the entry that names them; the ledger keeps their leaves. Returns how many calls went:
    /// none when nothing is left to do, or when another node was at the same.
    ///
    /// # Errors
    /// When the database fails: try again later.
    pub async fn erase_old_requests(&self) -> Result<u64, Error> {
        for store in self.list_stores().await? {
            let days = self.policy_of(store.id).await?.request_days;
            let kept = TimeDelta::days(i64::from(days));
            let before = (self.ambient().clock.now() - kept).timestamp_micros();
            let seqs = self.old_calls(&store, before).await?;
            if seqs.is_empty() {
                continue;
            }
            match self.erase_old_calls(&store, seqs, days).await {
                Err(Error::Problem(problem)) if problem.code == Code::Conflict => {}
                done => return done,
            }
        }
        Ok(0)
    }

    /// The next ledger entries of a store all of whose calls are older than a time.
    async fn old_calls(&self, store: &StoreView, before: i64) -> Result<Vec<i64>, Error> {
        let text = "SELECT DISTINCT due.seq FROM (SELECT e.seq FROM request_entry e WHERE e.store_id = ? AND e.order_key < ? \
                    AND NOT EXISTS (SELECT 1 FROM request_entry n WHERE n.seq = e.seq AND n.order_key >= ?) \
                    ORDER BY e.order_key LIMIT ?) AS due";
        let before = OrderKey::first_at(before).0;
        let values = values![store.id.0, before, before, TOGETHER];
        let rows = sql(self.readers().get_database_backend(), text, values)
            .rows(self.readers())
            .await?;
        let mut seqs = Vec::with_capacity(rows.len());
        for row in rows {
            seqs.push(row.try_get_by_index(0)?);
        }
        Ok(seqs)
    }

    /// Erases ledger entries of calls, with the files of exports that hold any of them. Returns how many calls went.
    async fn erase_old_calls(
        &self,
        store: &StoreView,
        seqs: Vec<i64>,
        days: u32,
    ) -> Result<u64, Error> {
        let mut calls: Vec<(i64, EntryFacts)> = Vec::new();
        let text = "SELECT seq, body FROM request_entry WHERE seq IN ";
        let mut statement = sql(self.readers().get_database_backend(), text, []);
        statement.list(seqs.iter().copied());
        for row in statement.rows(self.readers()).await? {
            let entry = entry_of(&row.try_get_by_index::<String>(1)?)?;
            calls.push((row.try_get_by_index(0)?, entry.facts()));
        }
        if calls.is_empty() {
            return Ok(0);
        }
        let files = self.files_with_calls(store, &calls).await?;
        let count = calls.len() as u64;
        let erasure = Record::Erasure {
            erased: super::ranges_of(seqs.clone()),
            reason: format!("calls are kept for {days} days"),
            by: Principal::System("retention").actor(Role::SuperAdmin),
            details: serde_json::json!({ "cause": "retention", "log": "requests" }),
        };
        let mut effects = vec![Effect::new(move |transaction| {
            let seqs = seqs.clone();
            Box::pin(async move {
                let backend = transaction.get_database_backend();
                let mut calls = sql(backend, "DELETE FROM request_entry WHERE seq IN ", []);
                calls.list(seqs.iter().copied());
                // Another node, or somebody's erasure, was quicker: an entry is named by who erased it.
                if calls.execute(transaction).await? != count {
                    let message = "these calls are being erased by another process";
                    return Err(Problem::new(Code::Conflict, message).into());
                }
                let mut payloads = sql(backend, "DELETE FROM payload WHERE seq IN ", []);
                payloads.list(seqs.iter().copied());
                payloads.execute(transaction).await.map(drop)
            })
        })];
        effects.extend(files.effects());
        self.recorder()
            .write(store.id, String::new(), vec![erasure], effects, None)
            .await?;
        self.inner.folding.ask();
        self.drop_marked(&files).await?;
        Ok(count)
    }
}
