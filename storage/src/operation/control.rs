//! What people ask of operations, and what becomes of those that are silent.

use super::feed::reference_to;
use super::{Columns, ItemFilter};
use crate::record::{Effect, OperationRecord, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::operation::{
    Control, ItemOutcome, MAX_RETRIED, Operation, OperationEvent, OperationId, OperationKind,
    OperationState, OperationStep, SOURCE_GONE, Wish,
};
use domain::view::OperationRow;
use domain::{Actor, Category, Code, Permission, Problem, Reference, StoreId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many silent operations are dealt with at once.
const AT_ONCE: i64 = 100;
/// What whoever would end an operation is told whose source is heard of.
const NOT_SILENT: &str =
    "only what is stalled is ended here: its source is not silent, or it has ended";

impl Storage {
    /// Asks an operation to wait, go on or end, or, once it has ended, to try again what failed, all of it or the items that
    /// were picked, and tells its source where it wants to be told. A revert, whose source is this program, does it at once.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Revert`]; `conflict` when its source can't do that, or it has ended, or there is
    /// nothing to try again yet; `invalid_fields` when a picked item did not fail; `not_found`; or a fault.
    pub async fn ask_operation(
        &self,
        scope: &Scope,
        id: &OperationId,
        wish: impl Into<Wish>,
    ) -> Result<OperationRow, Error> {
        let Wish { control, only } = wish.into();
        scope.require(Permission::Revert)?;
        let columns = self.operation_columns(scope, id).await?;
        let columns = columns.ok_or_else(|| Problem::not_found("operation"))?;
        let definition = columns.definition()?;
        let row = columns.row()?;
        let can_be_asked = match control {
            Control::Retry => row.state.again(row.failed),
            _ if row.state.is_ended() => Err("this operation has ended"),
            _ => Ok(()),
        };
        if let Err(why) = can_be_asked {
            return Err(Problem::new(Code::Conflict, why).into());
        }
        if !definition.controls.contains(&control) {
            let message = "its source did not say that it can do this; stop it where it runs";
            return Err(Problem::new(Code::Conflict, message).into());
        }
        let picked = self.picked(scope, &columns, &only).await?;
        let is_revert = definition.kind == OperationKind::Revert;
        let step = match control {
            Control::Pause if is_revert => OperationStep::Paused,
            Control::Resume if is_revert => OperationStep::Resumed,
            _ => OperationStep::asking(control),
        };
        let at = self.ambient().clock.now();
        let event = OperationEvent {
            step,
            at,
            by: scope.actor(),
            reason: None,
            total: None,
            retried_by: None,
            only,
        };
        let records = vec![Record::Operation(Box::new(OperationRecord::Event {
            operation: id.clone(),
            event: Box::new(event),
        }))];
        let mut effects: Vec<Effect> = Vec::new();
        if is_revert && control == Control::Cancel {
            // What is under way is still settled; nothing else begins, and what waits for another try is given up.
            effects.push(Effect::statement(
                "DELETE FROM revert_item WHERE store_id = ? AND operation = ? AND (batch IS NULL OR lease_until IS NULL)",
                values![scope.store_id().0, id.0.clone()],
            ));
        }
        if is_revert && control == Control::Resume {
            // Whoever lets it go on mended what it waited for.
            effects.push(Effect::statement(
                "UPDATE revert_item SET due_at = ? WHERE store_id = ? AND operation = ? AND lease_until IS NULL AND due_at > ?",
                values![
                    at.timestamp_micros(),
                    scope.store_id().0,
                    id.0.clone(),
                    at.timestamp_micros()
                ],
            ));
        }
        effects.extend(self.telling(scope, &definition, control, picked));
        let (store, principal) = (scope.store_id(), scope.principal_key());
        self.recorder()
            .write(store, principal, records, effects, None)
            .await?;
        if is_revert {
            self.finish_reverts().await?;
        }
        self.get_row(scope, id).await
    }

    /// Ends a stalled operation whose source is gone, without asking it: what came stays and can be taken back, and nothing
    /// more comes.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Revert`]; `conflict` when it is not stalled, or a revert, which goes on by itself;
    /// `not_found`; or a fault.
    pub async fn end_stalled(
        &self,
        scope: &Scope,
        id: &OperationId,
    ) -> Result<OperationRow, Error> {
        scope.require(Permission::Revert)?;
        let columns = self.operation_columns(scope, id).await?;
        let columns = columns.ok_or_else(|| Problem::not_found("operation"))?;
        if columns.definition()?.kind == OperationKind::Revert {
            let message = "a revert waits for its target and goes on by itself; stop it instead";
            return Err(Problem::new(Code::Conflict, message).into());
        }
        if columns.state()? != OperationState::Stalled {
            return Err(Problem::new(Code::Conflict, NOT_SILENT).into());
        }
        let records = self.cancelling(scope, id, SOURCE_GONE).await?;
        // Its source may be heard of at this very moment.
        let is_silent = Effect::one(
            "UPDATE operation SET state = state WHERE store_id = ? AND id = ? AND state = ?",
            values![
                scope.store_id().0,
                id.0.clone(),
                OperationState::Stalled.number()
            ],
            NOT_SILENT,
        );
        let (store, principal) = (scope.store_id(), scope.principal_key());
        self.recorder()
            .write(store, principal, records, vec![is_silent], None)
            .await?;
        self.get_row(scope, id).await
    }

    /// What a person asked of an operation and its source has not done yet.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Record`], or a fault.
    pub async fn asked_of(
        &self,
        scope: &Scope,
        id: &OperationId,
    ) -> Result<Option<Control>, Error> {
        scope.require(Permission::Record)?;
        scope.require_category(Category::BulkOperations)?;
        let columns = self.operation_columns(scope, id).await?;
        Ok(columns.and_then(|columns| columns.row().ok()?.asked))
    }

    /// The failed items of these places, as the source is told which they are.
    async fn picked(
        &self,
        scope: &Scope,
        columns: &Columns,
        places: &BTreeSet<u64>,
    ) -> Result<Vec<Value>, Error> {
        let Some(first) = places.first() else {
            return Ok(Vec::new());
        };
        if places.len() > MAX_RETRIED {
            let message = format!("at most {MAX_RETRIED} items, these are {}", places.len());
            return Err(Problem::field("/only", "too_long", message).into());
        }
        let failed = ItemFilter {
            outcome: Some(ItemOutcome::Failed),
            ..ItemFilter::default()
        };
        let (before, most) = (first.cast_signed().saturating_sub(1), places.len() as i64);
        let found = self
            .item_columns(scope, columns.number, failed, Some(places), before, most)
            .await?;
        let known: BTreeSet<i64> = found.iter().map(|item| item.place).collect();
        if let Some(other) = places.iter().find(|p| !known.contains(&p.cast_signed())) {
            let message = format!("no item failed at place {other}");
            return Err(Problem::field("/only", "not_found", message).into());
        }
        let told = found.iter().map(|item| {
            json!({
                "place": item.place,
                "subject": { "type": item.subject_type, "id": item.subject_id },
                "field": item.field,
            })
        });
        Ok(told.collect())
    }

    /// The queueing of the webhook that tells the source, also which failed items were picked, if some were.
    fn telling(
        &self,
        scope: &Scope,
        operation: &Operation,
        control: Control,
        picked: Vec<Value>,
    ) -> Option<Effect> {
        let url = operation.control_url.as_ref()?;
        let now = self.ambient().clock.now();
        let mut data = json!({ "operation": operation.id, "asked": control });
        if control == Control::Retry {
            let mut failed = format!("/api/v1/operations/{}/items?outcome=failed", operation.id);
            if !picked.is_empty() {
                failed.push_str("&asked=true");
                data["only"] = picked.into();
            }
            data["items"] = failed.into();
        }
        let body = json!({ "type": "operation.asked", "timestamp": now, "data": data });
        let id = self.ambient().uuid();
        let store = scope.store_id();
        Some(crate::followup::queued_call(
            id,
            store,
            url,
            body.to_string(),
            now,
        ))
    }

    /// An operation as activities name it; none when there is no such one.
    pub(crate) async fn named_operation(
        &self,
        store: StoreId,
        id: &OperationId,
    ) -> Result<Option<Reference>, Error> {
        let columns = self.columns_in(store, id).await?;
        let definition = columns.map(|columns| columns.definition()).transpose()?;
        Ok(definition.as_ref().map(reference_to))
    }

    /// What is recorded where the source of an operation could not be told what is asked of it.
    pub(crate) fn untold(&self, operation: OperationId, why: &str) -> Record {
        let event = self.noticed(OperationStep::Untold, Some(why.to_owned()));
        Record::Operation(Box::new(OperationRecord::Event {
            operation,
            event: Box::new(event),
        }))
    }

    /// A step that this program takes itself.
    pub(super) fn noticed(&self, step: OperationStep, reason: Option<String>) -> OperationEvent {
        OperationEvent {
            step,
            at: self.ambient().clock.now(),
            by: Actor {
                name: Some("Storetrail".to_owned()),
                ..Actor::system()
            },
            reason,
            total: None,
            retried_by: None,
            only: BTreeSet::new(),
        }
    }

    /// Marks as stalled what was not heard of for longer than it said, in every store; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stall_operations(&self) -> Result<u32, Error> {
        let now = self.ambient().clock.now();
        let text = "SELECT store_id, id FROM operation WHERE stalls_at IS NOT NULL AND stalls_at < ? ORDER BY stalls_at LIMIT ?";
        let backend = self.readers().get_database_backend();
        let found = sql(backend, text, values![now.timestamp_micros(), AT_ONCE])
            .rows(self.readers())
            .await?;
        if found.is_empty() {
            return Ok(0);
        }
        let mut count = 0;
        for row in found {
            let store = StoreId(row.try_get_by_index(0)?);
            let event = self.noticed(OperationStep::Stalled, None);
            let record = Record::Operation(Box::new(OperationRecord::Event {
                operation: OperationId(row.try_get_by_index(1)?),
                event: Box::new(event),
            }));
            let stalled = self
                .recorder()
                .write(store, "stalled".to_owned(), vec![record], Vec::new(), None)
                .await;
            match stalled {
                Ok(_) => count += 1,
                // It was heard of at this very moment, or its store is gone.
                Err(Error::Problem(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }
}
