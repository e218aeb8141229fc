//! Taking bulk operations back, and watching over those that run.
//!
//! A worker claims a batch of a revert, hands it to the target, and records what became of each item. A batch keeps its
//! id, so a target that sees it again recognises it; what a killed process had claimed is claimed again once its lease has
//! run out. Beside that, operations that are silent for too long are marked as stalled.
//!
//! To add a way of writing to a shop: a file here with its `apply` and its `read`, a variant of [`targets::Way`] and of
//! `domain::operation::target::TargetKind`.

mod answer;
mod bridge;
mod look;
mod shopify;
mod targets;
mod value;
mod woocommerce;

pub use targets::Targets;

use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Said;
use domain::followup::plan::spread;
use domain::operation::revert::UNSEEN;
use serde_json::Value;
use std::collections::HashSet;
use std::time::Duration;
use storage::{Error, RevertBatch, Settled, Storage};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// How many items a batch has at most.
const BATCH: u32 = 100;
/// How often it is looked for work.
const POLL: Duration = Duration::from_secs(1);
/// How often operations that are silent are looked for.
const WATCH: Duration = Duration::from_secs(5);
/// For how long a batch is taken: should this process die, it is done again then.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// How long the sample store's shop, which is not there, takes for a batch.
const SAMPLE_TAKES: Duration = Duration::from_millis(700);
/// The waits between tries of a batch, in seconds; the last one again and again.
const WAITS: [i64; 7] = [5, 30, 120, 300, 600, 1_200, 1_800];
/// How often a batch is tried: for about a day.
const TRIES: u32 = 50;

/// Why a batch was not done.
pub(crate) enum Undone {
    /// It is tried again, after so long or as planned.
    Later(String, Option<TimeDelta>),
    /// The target takes nothing at the moment: it can't be reached, or refuses. It is tried again, after so long or as planned.
    Down(String, Option<TimeDelta>),
    /// It is not tried again.
    Never(String),
}

/// Does what reverts have to do.
#[derive(Clone)]
pub struct Reverts {
    storage: Storage,
    targets: Targets,
}

impl Reverts {
    /// Through these targets.
    pub const fn new(storage: Storage, targets: Targets) -> Self {
        Self { storage, targets }
    }

    /// Starts to work, until the server stops. The handle ends once the last batch is settled.
    pub fn start(self, shutdown: Shutdown) -> JoinHandle<()> {
        supervise("reverts", shutdown, move |shutdown| {
            self.clone().run(shutdown)
        })
    }

    async fn run(self, shutdown: Shutdown) {
        let mut watched: Option<Instant> = None;
        loop {
            if watched.is_none_or(|at| at.elapsed() >= WATCH) {
                watched = Some(Instant::now());
                self.watch().await;
            }
            let is_busy = match self.storage.claim_revert(BATCH, LEASE).await {
                Ok(Some(batch)) => {
                    if let Err(error) = self.work_on(&batch).await {
                        tracing::error!(%error, batch = %batch.id, "a revert's batch can't be settled; its lease will run out");
                    }
                    true
                }
                Ok(None) => false,
                Err(error) => {
                    tracing::error!(%error, "the reverts that wait can't be read; trying again");
                    false
                }
            };
            tokio::select! {
                biased;
                () = shutdown.wait() => return,
                () = sleep(if is_busy { Duration::ZERO } else { POLL }) => {}
            }
        }
    }

    async fn watch(&self) {
        match self.storage.stall_operations().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "operations have stalled"),
            Err(error) => tracing::error!(%error, "silent operations can't be looked for"),
        }
        if let Err(error) = self.storage.finish_reverts().await {
            tracing::error!(%error, "reverts can't be ended");
        }
    }

    async fn work_on(&self, batch: &RevertBatch) -> Result<(), Error> {
        let stores = self.storage.list_stores().await?;
        let is_sample = stores.iter().any(|s| s.id == batch.store_id && s.is_sample);
        let applied = if is_sample {
            // There is no shop behind the sample store: what would be written counts as written.
            sleep(SAMPLE_TAKES).await;
            Ok(batch
                .items
                .iter()
                .map(|i| (i.place, Settled::Done))
                .collect())
        } else {
            self.targets.write(batch).await?
        };
        match applied {
            Ok(settled) if settled.is_empty() => {
                self.postpone(batch, Said::NoneAcknowledged.into(), None)
                    .await
            }
            Ok(settled) => self.storage.settle_revert(batch, &settled).await,
            Err(Undone::Later(why, wait)) if batch.tries < TRIES => {
                self.postpone(batch, why, wait).await
            }
            Err(Undone::Down(why, wait)) if batch.tries < TRIES => {
                // The others of this operation would wait for the same target one by one, and all other stores behind them.
                let retry_at = self.retry_at(batch, wait);
                tracing::warn!(batch = %batch.id, tries = batch.tries, why, %retry_at, "a revert's target takes nothing; all of it waits");
                self.storage.hold_revert(batch, retry_at).await?;
                self.storage.postpone_revert(batch, retry_at, &why).await
            }
            Err(Undone::Later(why, _) | Undone::Down(why, _) | Undone::Never(why)) => {
                tracing::error!(batch = %batch.id, why, "a revert's batch is given up");
                let failed = |place| (place, Settled::Failed(why.clone()));
                let settled: Vec<_> = batch.items.iter().map(|i| failed(i.place)).collect();
                self.storage.settle_revert(batch, &settled).await
            }
        }
    }

    async fn postpone(
        &self,
        batch: &RevertBatch,
        why: String,
        wait: Option<TimeDelta>,
    ) -> Result<(), Error> {
        let retry_at = self.retry_at(batch, wait);
        tracing::warn!(batch = %batch.id, tries = batch.tries, why, %retry_at, "a revert's batch was not done; it is tried again");
        self.storage.postpone_revert(batch, retry_at, &why).await
    }

    /// When a batch is tried again: after so long, or as planned.
    fn retry_at(&self, batch: &RevertBatch, wait: Option<TimeDelta>) -> DateTime<Utc> {
        let wait = wait.unwrap_or_else(|| wait_after(batch.id, batch.tries));
        self.storage.ambient().clock.now() + wait
    }
}

/// How long after its `tries`-th try (from 1) a batch is tried again.
fn wait_after(batch: Uuid, tries: u32) -> TimeDelta {
    let planned = WAITS[usize::try_from(tries.max(1) - 1)
        .unwrap_or(WAITS.len())
        .min(WAITS.len() - 1)];
    spread(planned, batch.as_bytes()[15])
}

/// That an item was not written, since it holds this instead.
fn otherwise(holds: Value) -> Settled {
    Settled::Otherwise {
        holds,
        why: UNSEEN.to_owned(),
    }
}

/// The first answer for each item of a batch; answers about others are dropped.
pub(crate) fn of_batch(
    batch: &RevertBatch,
    answers: impl IntoIterator<Item = (u64, Settled)>,
) -> Vec<(u64, Settled)> {
    let mut open: HashSet<u64> = batch.items.iter().map(|item| item.place).collect();
    answers
        .into_iter()
        .filter(|(place, _)| open.remove(place))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_that_failed_together_do_not_come_back_together() {
        for tries in 1..=TRIES {
            let planned = WAITS[(tries as usize - 1).min(WAITS.len() - 1)];
            let waits: HashSet<TimeDelta> = (0..=255_u128)
                .map(|batch| wait_after(Uuid::from_u128(batch), tries))
                .collect();
            let least = TimeDelta::seconds(planned);
            assert!(waits.len() > 5, "{tries}");
            assert!(
                waits
                    .iter()
                    .all(|w| (least..=least + least / 10).contains(w)),
                "{tries}"
            );
        }
    }
}
