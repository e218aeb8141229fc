//! The ledger as people and programs see it: its head, its signed checkpoints, proofs to take away.

use crate::log::{hash_of, zone};
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::ledger::{Hash, ProofBundle, ProvenEntry};
use domain::view::{CheckpointView, LedgerSummary};
use domain::{ActivityId, Permission, Seq};
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct CheckpointColumns {
    size: i64,
    root: Vec<u8>,
    created_at: i64,
    note: String,
    posted_at: Option<i64>,
    post_error: Option<String>,
}

impl Storage {
    /// Size and root at this moment: for whoever signs them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_head(&self) -> Result<(u64, Hash), Error> {
        let text = "SELECT size, root FROM ledger_head WHERE id = 1";
        let row = sql(self.readers().get_database_backend(), text, [])
            .row(self.readers())
            .await?
            .ok_or(Error::Damaged {
                what: "ledger head",
                detail: "its row is missing".to_owned(),
            })?;
        let size: i64 = row.try_get_by_index(0)?;
        let root = hash_of(&row.try_get_by_index::<Vec<u8>>(1)?)?;
        Ok((size.max(0).unsigned_abs(), root))
    }

    /// The ledger as its page shows it.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ReadLedger`], or a fault.
    pub async fn ledger_summary(&self, scope: &Scope) -> Result<LedgerSummary, Error> {
        scope.require(Permission::ReadLedger)?;
        let (size, root) = self.ledger_head().await?;
        let backend = self.readers().get_database_backend();
        let at = async |seq: i64| -> Result<Option<i64>, Error> {
            let text = "SELECT recorded_at FROM ledger WHERE seq = ?";
            let row = sql(backend, text, values![seq]).row(self.readers()).await?;
            Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
        };
        let now = self.ambient().clock.now();
        Ok(LedgerSummary {
            size,
            root,
            first_at: at(1).await?.map(zone::time_of),
            last_at: at(size.cast_signed()).await?.map(zone::time_of),
            offset_minutes: zone::offset_minutes(zone::of(scope.store()), now),
        })
    }

    /// Keeps a signed checkpoint. One of the same size is kept as it was first signed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_checkpoint(&self, size: u64, root: Hash, note: &str) -> Result<(), Error> {
        let effect = Effect::statement(
            "INSERT INTO checkpoint (size, root, created_at, note) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            values![
                size.cast_signed(),
                root.0.to_vec(),
                self.ambient().clock.now().timestamp_micros(),
                note
            ],
        );
        self.recorder().apply(vec![effect]).await
    }

    /// Notes that a checkpoint was sent outside, or why not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_checkpoint_posted(
        &self,
        size: u64,
        outcome: Result<(), String>,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let effect = match outcome {
            Ok(()) => Effect::statement(
                "UPDATE checkpoint SET posted_at = ?, post_error = NULL WHERE size = ?",
                values![now, size.cast_signed()],
            ),
            Err(words) => Effect::statement(
                "UPDATE checkpoint SET post_error = ? WHERE size = ? AND posted_at IS NULL",
                values![words, size.cast_signed()],
            ),
        };
        self.recorder().apply(vec![effect]).await
    }

    /// The newest checkpoints, newest first, at most 1,000.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ReadLedger`], or a fault.
    pub async fn list_checkpoints(
        &self,
        scope: &Scope,
        limit: u32,
    ) -> Result<Vec<CheckpointView>, Error> {
        scope.require(Permission::ReadLedger)?;
        let text = "SELECT size, root, created_at, note, posted_at, post_error FROM checkpoint ORDER BY size DESC LIMIT ?";
        let found: Vec<CheckpointColumns> = sql(
            self.readers().get_database_backend(),
            text,
            values![i64::from(limit.clamp(1, 1_000))],
        )
        .all(self.readers())
        .await?;
        let zone = zone::of(scope.store());
        found
            .into_iter()
            .map(|c| {
                let at = zone::time_of(c.created_at);
                Ok(CheckpointView {
                    size: c.size.max(0).unsigned_abs(),
                    root: hash_of(&c.root)?,
                    at,
                    offset_minutes: zone::offset_minutes(zone, at),
                    text: c.note,
                    posted_at: c.posted_at.map(zone::time_of),
                    post_error: c.post_error,
                })
            })
            .collect()
    }

    /// An activity's ledger entries with their proofs, against the newest checkpoint that covers them, or else
    /// against the present head. None when there is no such activity, it is out of scope, or the role reads no
    /// ledger. A masked role gets no content.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proof_bundle(
        &self,
        scope: &Scope,
        id: ActivityId,
    ) -> Result<Option<ProofBundle>, Error> {
        if !scope.role().may(Permission::ReadLedger) {
            return Ok(None);
        }
        let Some(detail) = self.get_activity(scope, id).await? else {
            return Ok(None);
        };
        let seqs: Vec<i64> = detail
            .history
            .iter()
            .filter_map(|step| step.seq.map(|seq| seq.0))
            .collect();
        let last = seqs.iter().copied().max().unwrap_or(0);
        let checkpoint = self
            .list_checkpoints(scope, 1)
            .await?
            .into_iter()
            .find(|c| c.size.cast_signed() >= last);
        let (size, root) = match &checkpoint {
            Some(checkpoint) => (checkpoint.size, checkpoint.root),
            None => self.ledger_head().await?,
        };
        let mut entries = Vec::with_capacity(seqs.len());
        for seq in seqs {
            entries.extend(self.proven(scope, Seq(seq), size, root).await?);
        }
        Ok(Some(ProofBundle {
            version: ProofBundle::VERSION.to_owned(),
            checkpoint: checkpoint.map(|checkpoint| checkpoint.text),
            entries,
        }))
    }

    async fn proven(
        &self,
        scope: &Scope,
        seq: Seq,
        size: u64,
        root: Hash,
    ) -> Result<Option<ProvenEntry>, Error> {
        let Some(proof) = self.proof_in(seq, size, root).await? else {
            return Ok(None);
        };
        let text = "SELECT salt, body FROM payload WHERE seq = ?";
        let payload = sql(self.readers().get_database_backend(), text, values![seq.0])
            .row(self.readers())
            .await?;
        let (salt, payload) = match payload {
            Some(row) if !scope.role().is_masked() => (
                Some(crate::session::hex(&row.try_get_by_index::<Vec<u8>>(0)?)),
                Some(row.try_get_by_index::<String>(1)?),
            ),
            _ => (None, None),
        };
        Ok(Some(ProvenEntry {
            entry: proof.entry,
            salt,
            payload,
            proof: proof.inclusion,
        }))
    }
}
