//! The dry run of a revert: what would become of each item.

use super::list::{ItemColumns, after_of, cursor_to, value_of};
use super::{Columns, ItemFilter};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::operation::revert::{Choice, Now, Part, Planned, Tally, Why, plan};
use domain::operation::target::TargetKind;
use domain::operation::{ConflictsInput, ItemOutcome, OperationId};
use domain::view::{DryRun, PlannedPage, PlannedRow};
use domain::{Code, Direction, Permission, Problem, Reference};
use sea_orm::QueryResult;
use std::collections::BTreeSet;

/// How many items are looked at together.
const CHUNK: i64 = 2_000;
/// How many conflicts a dry run shows at first.
const CONFLICTS: usize = 1_000;
/// How many items are looked at for a page of those of one kind.
const LOOKED_AT: i64 = 100_000;
/// How many missing things it names.
const MISSING: usize = 100;

/// A part of an operation as places: those named, or all others.
pub(super) struct Places {
    named: BTreeSet<u64>,
    are_left_out: bool,
}

impl Places {
    pub(super) fn has(&self, place: u64) -> bool {
        self.named.contains(&place) != self.are_left_out
    }

    /// How many these are, of so many.
    pub(super) fn count(&self, all: u64) -> u64 {
        let named = self.named.len() as u64;
        if self.are_left_out {
            all.saturating_sub(named)
        } else {
            all.min(named)
        }
    }

    fn of<'i>(&self, items: &'i [ItemColumns]) -> impl Iterator<Item = (u64, &'i ItemColumns)> {
        items
            .iter()
            .map(|item| (item.place.max(0).unsigned_abs(), item))
            .filter(move |(place, _)| self.has(*place))
    }
}

impl ItemColumns {
    /// What a revert through a target of this kind would do to it.
    fn plan(&self, kind: Option<TargetKind>) -> Result<Planned, Error> {
        let now = if self.is_gone() {
            Now::Gone
        } else if self.is_forgotten() {
            Now::Forgotten
        } else {
            self.changed_to()?.map_or(Now::Untouched, Now::Holds)
        };
        let read = |text: &Option<String>| text.as_deref().map(value_of).transpose();
        let (before, after) = (read(&self.value_before)?, read(&self.value_after)?);
        let planned = plan(&self.field, before.as_ref(), after.as_ref(), &now);
        let is_write = matches!(
            planned,
            Planned::Restore { .. } | Planned::Conflict { .. } | Planned::Forgotten { .. }
        );
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
    /// What taking a part of an operation back would do to each changed item. Nothing is changed. The conflicts of
    /// `choice` are counted as overwritten.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Revert`], `conflict` while it has not ended, `not_found`, `invalid_fields` when
    /// the part is that of another operation's revert, or a fault.
    pub async fn plan_revert(
        &self,
        scope: &Scope,
        id: &OperationId,
        choice: &Choice,
        part: &Part,
        has_target: bool,
    ) -> Result<DryRun, Error> {
        let columns = self.revertible(scope, id).await?;
        let places = self.places_of(scope, &columns, part).await?;
        let mut run = DryRun {
            at: self.ambient().clock.now(),
            tally: Tally::default(),
            conflicts: Vec::new(),
            next: None,
            missing: Vec::new(),
            as_of: self.ledger_end().await?,
            has_target,
            read: None,
        };
        let kind = self.target_kind(scope, &columns).await?;
        let mut after = 0;
        loop {
            let found = self.changed_items(scope, &columns, after).await?;
            let Some(last) = found.last() else { break };
            after = last.place;
            for (place, item) in places.of(&found) {
                let planned = item.plan(kind)?;
                run.tally.count(&planned, choice.overwrites(place));
                match planned {
                    Planned::Conflict { .. } if run.conflicts.len() < CONFLICTS => {
                        let item = item.row(scope)?;
                        run.conflicts.push(PlannedRow { item, planned });
                    }
                    Planned::Missing if run.missing.len() < MISSING => {
                        run.missing.push(item.reference());
                    }
                    _ => {}
                }
            }
        }
        run.next = run
            .conflicts
            .last()
            .filter(|_| run.tally.changed_since > run.conflicts.len() as u64)
            .map(|last| cursor_to(last.item.place.cast_signed(), Direction::Oldest));
        Ok(run)
    }

    /// The items of one kind in a dry run, page by page: more of its conflicts, or what it only counts. A page may hold
    /// fewer than were asked for, or none, and go on all the same: no call looks at more than 100,000 items.
    ///
    /// # Errors
    /// As [`Storage::plan_revert`]; `conflict` too when something was changed after the dry run, and `invalid_cursor`.
    pub async fn list_planned(
        &self,
        scope: &Scope,
        id: &OperationId,
        asked: &ConflictsInput,
    ) -> Result<PlannedPage, Error> {
        let columns = self.revertible(scope, id).await?;
        let mut after = after_of(asked.after.as_deref(), Direction::Oldest)?.unwrap_or(0);
        let places = self.places_of(scope, &columns, &asked.part).await?;
        let kind = self.target_kind(scope, &columns).await?;
        let mut page = PlannedPage::default();
        for _ in 0..LOOKED_AT / CHUNK {
            let found = self.changed_items(scope, &columns, after).await?;
            let Some(last) = found.last() else {
                return Ok(page);
            };
            after = last.place;
            for (place, item) in places.of(&found) {
                still(item, asked.as_of)?;
                let planned = item.plan(kind)?;
                if planned.kind() != Some(asked.kind) {
                    continue;
                }
                let item = item.row(scope)?;
                page.rows.push(PlannedRow { item, planned });
                if page.rows.len() == asked.limit as usize {
                    page.next = Some(cursor_to(place.cast_signed(), Direction::Oldest));
                    return Ok(page);
                }
            }
        }
        page.next = Some(cursor_to(after, Direction::Oldest));
        Ok(page)
    }

    /// The places of a part of an operation. What a revert of it could not write is known again by thing and field.
    ///
    /// # Errors
    /// `invalid_fields` when the operation has no item at a place, or the revert is none of it; or a fault.
    pub(super) async fn places_of(
        &self,
        scope: &Scope,
        columns: &Columns,
        part: &Part,
    ) -> Result<Places, Error> {
        let done = columns.row()?.done();
        let known = |places: &BTreeSet<u64>, pointer: &str| match places
            .iter()
            .find(|place| !(1..=done).contains(*place))
        {
            Some(place) => {
                let message = format!("this operation has no item at place {place}");
                Err(Problem::field(pointer, "not_found", message))
            }
            None => Ok(places.clone()),
        };
        let (named, are_left_out) = match part {
            Part::Whole => (BTreeSet::new(), true),
            Part::These(places) => (known(places, "/only")?, false),
            Part::AllBut(places) => (known(places, "/without")?, true),
            Part::FailedOf(revert) => {
                let reverted = Some(columns.definition()?.id);
                let message = "this is no revert of this operation";
                let unknown = || Problem::field("/failed_of", "not_found", message);
                let found = self.operation_columns(scope, revert).await?;
                let found = found.ok_or_else(unknown)?;
                if found.definition()?.reverts != reverted {
                    return Err(unknown().into());
                }
                (self.failed_in(columns, &found).await?, false)
            }
        };
        Ok(Places {
            named,
            are_left_out,
        })
    }

    /// The places in an operation of what failed in a revert of it.
    async fn failed_in(&self, columns: &Columns, revert: &Columns) -> Result<BTreeSet<u64>, Error> {
        let text = "SELECT i.place FROM operation_item f JOIN operation_item i ON i.operation = ? AND i.subject_type = f.subject_type \
                    AND i.subject_id = f.subject_id AND i.field = f.field WHERE f.operation = ? AND f.outcome <> 0 AND f.outcome = ?";
        let failed = ItemOutcome::Failed.number();
        let rows = sql(
            self.readers().get_database_backend(),
            text,
            values![columns.number, revert.number, failed],
        )
        .rows(self.readers())
        .await?;
        let place = |row: &QueryResult| -> Result<u64, Error> {
            let place: i64 = row.try_get_by_index(0)?;
            Ok(place.max(0).unsigned_abs())
        };
        rows.iter().map(place).collect()
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
        if let Some(revert) = self.revert_of(scope, &columns).await?
            && !revert.state()?.is_ended()
        {
            let message = "it is being taken back at this moment";
            return Err(Problem::new(Code::Conflict, message).into());
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
            ..ItemFilter::default()
        };
        self.item_columns(scope, columns.number, changed, None, after, CHUNK)
            .await
    }

    /// The items of [`Storage::changed_items`] with their plans, those of a part; `conflict` when something was heard of
    /// one after the dry run.
    pub(super) fn planned(
        found: &[ItemColumns],
        places: &Places,
        as_of: i64,
        kind: Option<TargetKind>,
    ) -> Result<Vec<(u64, Reference, String, Planned)>, Error> {
        let mut plans = Vec::with_capacity(found.len());
        for (place, item) in places.of(found) {
            still(item, as_of)?;
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

/// Refuses an item of which something was heard after the dry run.
fn still(item: &ItemColumns, as_of: i64) -> Result<(), Problem> {
    if item.heard_after(as_of) {
        let message = format!(
            "{} was changed after the dry run; look at it again, nothing was changed",
            item.reference().label()
        );
        return Err(Problem::new(Code::Conflict, message));
    }
    Ok(())
}
