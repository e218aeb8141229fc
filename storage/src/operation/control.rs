//! What people ask of operations, and what becomes of those that are silent.

use crate::record::{Effect, OperationRecord, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::operation::{
    Control, Operation, OperationEvent, OperationId, OperationKind, OperationStep,
};
use domain::view::OperationRow;
use domain::{Actor, Code, Permission, Problem};

/// How many silent operations are dealt with at once.
const AT_ONCE: i64 = 100;

impl Storage {
    /// Asks an operation to wait, go on or end, or, once it has ended, to try again what failed, and tells its source where
    /// it wants to be told. A revert, whose source is this program, does it at once.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Revert`]; `conflict` when its source can't do that, or it has ended, or there is
    /// nothing to try again yet; `not_found`; or a fault.
    pub async fn ask_operation(
        &self,
        scope: &Scope,
        id: &OperationId,
        control: Control,
    ) -> Result<OperationRow, Error> {
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
        effects.extend(self.telling(scope, &definition, control));
        let (store, principal) = (scope.store_id(), scope.principal_key());
        self.recorder()
            .write(store, principal, records, effects, None)
            .await?;
        if is_revert {
            self.finish_reverts().await?;
        }
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
        let columns = self.operation_columns(scope, id).await?;
        Ok(columns.and_then(|columns| columns.row().ok()?.asked))
    }

    /// The queueing of the webhook that tells the source.
    fn telling(&self, scope: &Scope, operation: &Operation, control: Control) -> Option<Effect> {
        let url = operation.control_url.as_ref()?;
        let now = self.ambient().clock.now();
        let mut data = serde_json::json!({ "operation": operation.id, "asked": control });
        if control == Control::Retry {
            let failed = format!("/api/v1/operations/{}/items?outcome=failed", operation.id);
            data["items"] = failed.into();
        }
        let body = serde_json::json!({ "type": "operation.asked", "timestamp": now, "data": data });
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
            let store = domain::StoreId(row.try_get_by_index(0)?);
            let event = OperationEvent {
                step: OperationStep::Stalled,
                at: now,
                by: Actor {
                    name: Some("Storetrail".to_owned()),
                    ..Actor::system()
                },
                reason: None,
                total: None,
                retried_by: None,
            };
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
