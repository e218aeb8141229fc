//! The ledger as people and programs see it: its head, its signed checkpoints, proofs to take away.

mod bundle;

use crate::log::{hash_of, zone};
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::TimeDelta;
use domain::Permission;
use domain::ledger::Hash;
use domain::view::{CheckpointView, LedgerSummary};
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct CheckpointColumns {
    size: i64,
    root: Vec<u8>,
    created_at: i64,
    note: String,
    posted_at: Option<i64>,
    post_error: Option<String>,
    post_tries: i64,
    post_next_at: Option<i64>,
}

/// A checkpoint that is still to be sent outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsentCheckpoint {
    /// How many entries it covers.
    pub size: u64,
    /// The signed note.
    pub note: String,
    /// How many times it was tried in vain.
    pub tries: u32,
}

/// How long is waited after so many tries in vain: a minute, then twice as long each time, at most six hours. It is
/// never given up: an outage of a week ends too.
fn patience(tries: u32) -> TimeDelta {
    let minutes = 1_i64 << tries.saturating_sub(1).min(9);
    TimeDelta::minutes(minutes.min(360))
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

    /// Keeps a signed checkpoint. One of the same size is kept as it was first signed. `is_to_send`: it goes outside,
    /// now or when it can.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_checkpoint(
        &self,
        size: u64,
        root: Hash,
        note: &str,
        is_to_send: bool,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let effect = Effect::statement(
            "INSERT INTO checkpoint (size, root, created_at, note, post_next_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            values![
                size.cast_signed(),
                root.0.to_vec(),
                now,
                note,
                is_to_send.then_some(now)
            ],
        );
        self.recorder().apply(vec![effect]).await
    }

    /// The checkpoints whose time it is to be sent outside, oldest first, at most 100.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unsent_checkpoints(&self) -> Result<Vec<UnsentCheckpoint>, Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let text = "SELECT size, note, post_tries FROM checkpoint WHERE post_next_at <= ? ORDER BY size LIMIT 100";
        let rows = sql(self.readers().get_database_backend(), text, values![now])
            .rows(self.readers())
            .await?;
        rows.into_iter()
            .map(|row| {
                let size: i64 = row.try_get_by_index(0)?;
                let tries: i64 = row.try_get_by_index(2)?;
                Ok(UnsentCheckpoint {
                    size: size.max(0).unsigned_abs(),
                    note: row.try_get_by_index(1)?,
                    tries: u32::try_from(tries).unwrap_or(u32::MAX),
                })
            })
            .collect()
    }

    /// Notes that a checkpoint was sent outside, or why not: then it is tried again after a while. `tries`: how many
    /// tries there were before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_checkpoint_posted(
        &self,
        size: u64,
        tries: u32,
        outcome: Result<(), String>,
    ) -> Result<(), Error> {
        let at = self.ambient().clock.now();
        let now = at.timestamp_micros();
        let effect = match outcome {
            Ok(()) => Effect::statement(
                "UPDATE checkpoint SET posted_at = ?, post_error = NULL, post_next_at = NULL WHERE size = ?",
                values![now, size.cast_signed()],
            ),
            Err(words) => {
                let tries = tries.saturating_add(1);
                Effect::statement(
                    "UPDATE checkpoint SET post_error = ?, post_tries = ?, post_next_at = ? WHERE size = ? AND posted_at IS NULL",
                    values![
                        words,
                        i64::from(tries),
                        (at + patience(tries)).timestamp_micros(),
                        size.cast_signed()
                    ],
                )
            }
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
        let text = "SELECT size, root, created_at, note, posted_at, post_error, post_tries, post_next_at FROM checkpoint ORDER BY size DESC LIMIT ?";
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
                    post_tries: u32::try_from(c.post_tries).unwrap_or(u32::MAX),
                    next_try_at: c.post_next_at.map(zone::time_of),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::patience;

    #[test]
    fn what_can_not_be_sent_is_tried_less_and_less_often_but_for_ever() {
        let minutes: Vec<i64> = [1, 2, 3, 9, 10, u32::MAX]
            .into_iter()
            .map(|tries| patience(tries).num_minutes())
            .collect();
        assert_eq!(minutes, [1, 2, 4, 256, 360, 360]);
    }
}
