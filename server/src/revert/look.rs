//! The dry run of a revert: first the target is asked what its fields hold, then it is planned.

use super::Undone;
use super::targets::Targets;
use domain::operation::OperationId;
use domain::operation::revert::{Choice, Part};
use domain::same::is_same;
use domain::view::{DryRun, ShopRead};
use std::time::Duration;
use storage::{Error, KnownField, Scope, SeenField, Storage};
use tokio::time::timeout;

/// How many fields are read from a target before a dry run. What lies beyond is as Storetrail last heard of it, and
/// compared before it is written.
const MOST: usize = 2_000;
/// How many are read together.
const TOGETHER: usize = 250;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(20);

impl Targets {
    /// Plans taking a part of an operation back, on what its target says now where it can say it.
    ///
    /// # Errors
    /// As [`Storage::plan_revert`].
    pub async fn plan(
        &self,
        storage: &Storage,
        scope: &Scope,
        id: &OperationId,
        choice: &Choice,
        part: &Part,
    ) -> Result<DryRun, Error> {
        let store = scope.store_id();
        if scope.store().is_sample {
            return storage.plan_revert(scope, id, choice, part, true).await;
        }
        let wanted = storage.fields_to_read(scope, id, part, MOST).await?;
        let (mut read, mut has_target) = (None, false);
        match self.way(store, wanted.target.as_ref()).await? {
            Ok((target, way)) => {
                has_target = true;
                let mut progress = ShopRead {
                    target: target.clone(),
                    fields: 0,
                    of: wanted.total,
                    error: None,
                };
                let reading = async {
                    for some in wanted.fields.chunks(TOGETHER) {
                        let said = match way.read(some).await {
                            Ok(Some(said)) => said,
                            Ok(None) => return Ok(false),
                            Err(
                                Undone::Later(why, _) | Undone::Down(why, _) | Undone::Never(why),
                            ) => {
                                progress.error = Some(why);
                                return Ok(true);
                            }
                        };
                        let is_read = |said: &&Result<SeenField, String>| said.is_ok();
                        progress.fields += said.iter().filter(is_read).count() as u64;
                        if let Some(Err(why)) = said.iter().find(|said| said.is_err()) {
                            progress.error.get_or_insert_with(|| why.clone());
                        }
                        let news = news(some, said);
                        storage.note_seen(scope, &target, &news).await?;
                    }
                    Ok::<bool, Error>(true)
                };
                let can_read = match timeout(PATIENCE, reading).await {
                    Ok(can_read) => can_read?,
                    Err(_) => {
                        progress.error =
                            Some(format!("it took longer than {} s", PATIENCE.as_secs()));
                        true
                    }
                };
                read = can_read.then_some(progress);
            }
            Err(why) => tracing::debug!(%id, why, "nothing is read before the dry run"),
        }
        let mut run = storage
            .plan_revert(scope, id, choice, part, has_target)
            .await?;
        run.read = read;
        Ok(run)
    }
}

/// What is otherwise than was believed, or what nothing was known of any more.
fn news(
    known: &[KnownField],
    said: Vec<Result<SeenField, String>>,
) -> Vec<(KnownField, SeenField)> {
    let both = known.iter().zip(said);
    both.filter_map(|(known, said)| match said {
        Ok(SeenField::Holds(value))
            if !known.is_gone
                && !known.is_forgotten
                && is_same(&known.field, &value, &known.value) =>
        {
            None
        }
        Ok(SeenField::Gone) if known.is_gone => None,
        Ok(seen) => Some((known.clone(), seen)),
        Err(_) => None,
    })
    .collect()
}
