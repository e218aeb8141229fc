//! The dry run of a revert: what would become of each item.

use super::list::{ItemColumns, value_of};
use super::{Columns, ItemFilter};
use crate::sql::sql;
use crate::{Error, Scope, Storage};
use domain::operation::revert::{Choice, Now, Planned, Tally, Why, plan};
use domain::operation::target::TargetKind;
use domain::operation::{ItemOutcome, OperationId};
use domain::view::{DryRun, PlannedRow};
use domain::{Code, Permission, Problem, Reference};
use std::collections::BTreeSet;

/// How many items are looked at together.
const CHUNK: i64 = 2_000;
/// How many conflicts a dry run shows.
const CONFLICTS: usize = 1_000;
/// How many missing things it names.
const MISSING: usize = 100;

impl ItemColumns {
    /// What a revert through a target of this kind would do to it.
    fn plan(&self, kind: Option<TargetKind>) -> Result<Planned, Error> {
        let now = if self.is_gone() {
            Now::Gone
        } else {
            self.changed_to()?.map_or(Now::Untouched, Now::Holds)
        };
        let read = |text: &Option<String>| text.as_deref().map(value_of).transpose();
        let (before, after) = (read(&self.value_before)?, read(&self.value_after)?);
        let planned = plan(&self.field, before.as_ref(), after.as_ref(), &now);
        let is_write = matches!(planned, Planned::Restore { .. } | Planned::Conflict { .. });
        let refused = kind
            .filter(|_| is_write)
            .and_then(|kind| kind.can_write(&self.reference(), &self.field).err());
        Ok(match refused {
            Some(words) => Planned::Impossible {
                why: Why::NotWritable(words),
            },
            None => planned,
        })
    }

    pub(super) fn reference(&self) -> Reference {
        Reference {
            kind: self.subject_type.clone(),
            id: self.subject_id.clone(),
            name: self.subject_name.clone(),
        }
    }
}

impl Storage {
    /// What taking an operation back would do to each changed item, or to those at the places in `only`. Nothing is
    /// changed. The conflicts of `choice` are counted as overwritten.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Revert`], `conflict` while it has not ended, `not_found`, or a fault.
    pub async fn plan_revert(
        &self,
        scope: &Scope,
        id: &OperationId,
        choice: &Choice,
        only: &BTreeSet<u64>,
        has_target: bool,
    ) -> Result<DryRun, Error> {
        let columns = self.revertible(scope, id).await?;
        let mut run = DryRun {
            at: self.ambient().clock.now(),
            tally: Tally::default(),
            conflicts: Vec::new(),
            missing: Vec::new(),
            as_of: self.ledger_end().await?,
            has_target,
            read: None,
            unwritable: None,
        };
        let kind = self.target_kind(scope, &columns).await?;
        let mut after = 0;
        loop {
            let found = self.changed_items(scope, &columns, after).await?;
            let Some(last) = found.last() else { break };
            after = last.place;
            for item in found.iter().filter(|item| chosen(item, only)) {
                let planned = item.plan(kind)?;
                let place = item.place.max(0).unsigned_abs();
                run.tally.count(&planned, choice.overwrites(place));
                match planned {
                    Planned::Conflict { .. } if run.conflicts.len() < CONFLICTS => {
                        let item = item.row(scope)?;
                        run.conflicts.push(PlannedRow { item, planned });
                    }
                    Planned::Missing if run.missing.len() < MISSING => {
                        run.missing.push(item.reference());
                    }
                    Planned::Impossible {
                        why: Why::NotWritable(words),
                    } if run.unwritable.is_none() => run.unwritable = Some(words),
                    _ => {}
                }
            }
        }
        Ok(run)
    }

    /// What kind of target the operation is taken back through, where one is set up; the sample store's shop takes all.
    pub(super) async fn target_kind(
        &self,
        scope: &Scope,
        columns: &Columns,
    ) -> Result<Option<TargetKind>, Error> {
        if scope.store().is_sample {
            return Ok(None);
        }
        let name = columns.definition()?.target;
        let found = self.target_of(scope.store_id(), name.as_ref()).await?;
        Ok(found.map(|found| found.target.kind))
    }

    /// The operation, if it can be taken back by who asks.
    pub(super) async fn revertible(
        &self,
        scope: &Scope,
        id: &OperationId,
    ) -> Result<Columns, Error> {
        scope.require(Permission::Revert)?;
        let columns = self.operation_columns(scope, id).await?;
        let columns = columns.ok_or_else(|| Problem::not_found("operation"))?;
        if !columns.state()?.is_ended() {
            let message = "it can be taken back once it is done or stopped";
            return Err(Problem::new(Code::Conflict, message).into());
        }
        if let Some(revert) = &columns.reverted_by {
            let revert = OperationId(revert.clone());
            let revert = self.operation_columns(scope, &revert).await?;
            if let Some(revert) = revert
                && !revert.state()?.is_ended()
            {
                let message = "it is being taken back at this moment";
                return Err(Problem::new(Code::Conflict, message).into());
            }
        }
        Ok(columns)
    }

    /// The next items that were changed, after a place.
    pub(super) async fn changed_items(
        &self,
        scope: &Scope,
        columns: &Columns,
        after: i64,
    ) -> Result<Vec<ItemColumns>, Error> {
        let changed = ItemFilter {
            outcome: Some(ItemOutcome::Changed),
            cause: None,
        };
        self.item_columns(scope, columns.number, changed, after, CHUNK)
            .await
    }

    /// The items of [`Storage::changed_items`] with their plans, those of `only`; `conflict` when something was heard of
    /// one after the dry run.
    pub(super) fn planned(
        found: &[ItemColumns],
        only: &BTreeSet<u64>,
        as_of: i64,
        kind: Option<TargetKind>,
    ) -> Result<Vec<(u64, Reference, String, Planned)>, Error> {
        let mut plans = Vec::with_capacity(found.len());
        for item in found.iter().filter(|item| chosen(item, only)) {
            if item.heard_after(as_of) {
                let message = format!(
                    "{} was changed after the dry run; look at it again, nothing was changed",
                    item.reference().label()
                );
                return Err(Problem::new(Code::Conflict, message).into());
            }
            let place = item.place.max(0).unsigned_abs();
            plans.push((
                place,
                item.reference(),
                item.field.clone(),
                item.plan(kind)?,
            ));
        }
        Ok(plans)
    }

    pub(super) async fn ledger_end(&self) -> Result<i64, Error> {
        let text = "SELECT size FROM ledger_head WHERE id = 1";
        let row = sql(self.readers().get_database_backend(), text, [])
            .row(self.readers())
            .await?;
        Ok(row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(0))
    }
}

fn chosen(item: &ItemColumns, only: &BTreeSet<u64>) -> bool {
    only.is_empty() || only.contains(&item.place.max(0).unsigned_abs())
}
