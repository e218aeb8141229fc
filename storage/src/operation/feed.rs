//! What sources tell of their operations.

use super::target::is_there;
use super::{Columns, SELECT, items_words};
use crate::account::own_activity;
use crate::record::operation::{item_digest, item_key, known_items};
use crate::record::{Idempotency, OperationRecord, Record, Recorded};
use crate::sql::sql;
use crate::{Error, Scope, Storage};
use domain::operation::{
    Control, Operation, OperationEvent, OperationId, OperationItem, OperationKind, OperationState,
    OperationStep,
};
use domain::view::OperationRow;
use domain::{Activity, Category, Code, Outcome, Permission, Problem, Reference, StoreId};
use std::collections::{BTreeSet, HashMap};

/// How often items are tried again when another call wrote some of them at the same moment.
const TRIES: u32 = 5;

impl Storage {
    /// Opens an operation and records `operation.started`. Opened again as it is, it is answered as it stands, also when its
    /// target was deleted meanwhile.
    ///
    /// # Errors
    /// `conflict` when there is another one of this id, or when what failed in the one that it names can't be tried again;
    /// `invalid_fields` when there is no such target or no such operation to try again; `forbidden` without
    /// [`Permission::Record`]; or a fault.
    pub async fn open_operation(
        &self,
        scope: &Scope,
        operation: Operation,
        idempotency: Option<Idempotency>,
    ) -> Result<Recorded, Error> {
        scope.require(Permission::Record)?;
        scope.require_category(Category::BulkOperations)?;
        if idempotency.is_some() {
            return self.record_opening(scope, operation, idempotency).await;
        }
        if let Some(known) = self.opened_as(scope, &operation).await? {
            return Ok(known);
        }
        match self.record_opening(scope, operation.clone(), None).await {
            // The same call may have been a moment faster.
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                let known = self.opened_as(scope, &operation).await?;
                known.ok_or(Error::Problem(problem))
            }
            recorded => recorded,
        }
    }

    /// What opening an operation left, if it stands as it is told here.
    pub(crate) async fn opened_as(
        &self,
        scope: &Scope,
        operation: &Operation,
    ) -> Result<Option<Recorded>, Error> {
        let Some(columns) = self.operation_columns(scope, &operation.id).await? else {
            return Ok(None);
        };
        let known = columns.definition()?;
        let known = Operation {
            opened_at: operation.opened_at,
            // One of an older version was opened without its trace.
            trace_id: known
                .trace_id
                .clone()
                .or_else(|| operation.trace_id.clone()),
            ..known
        };
        if known != *operation {
            return Ok(None);
        }
        let id = crate::log::uuid_of(&columns.last_record)?;
        let seq = domain::Seq(columns.first_seq);
        Ok(Some(Recorded::New(vec![crate::record::Receipt {
            id,
            seq,
            status: None,
            reason: None,
        }])))
    }

    async fn record_opening(
        &self,
        scope: &Scope,
        operation: Operation,
        idempotency: Option<Idempotency>,
    ) -> Result<Recorded, Error> {
        let retried = match &operation.retries {
            Some(retried) => Some(self.retried(scope, retried, &operation).await?),
            None => None,
        };
        let target = operation.target.clone();
        let effects = target.map(|target| is_there(scope, target)).into_iter();
        let mut records = self.opening(operation);
        records.extend(retried);
        let (store, principal) = (scope.store_id(), scope.principal_key());
        self.recorder()
            .write(store, principal, records, effects.collect(), idempotency)
            .await
    }

    /// That what failed in an operation is tried again by another one.
    async fn retried(
        &self,
        scope: &Scope,
        id: &OperationId,
        by: &Operation,
    ) -> Result<Record, Error> {
        if self.operation_columns(scope, id).await?.is_none() {
            let message = format!("there is no operation {id} whose failed items these could be");
            return Err(Problem::field("/retries", "not_found", message).into());
        }
        let event = OperationEvent {
            step: OperationStep::Retried,
            at: by.opened_at,
            by: scope.actor(),
            reason: None,
            total: None,
            retried_by: Some(by.id.clone()),
            only: BTreeSet::new(),
        };
        Ok(Record::Operation(Box::new(OperationRecord::Event {
            operation: id.clone(),
            event: Box::new(event),
        })))
    }

    /// What is recorded of an operation that is opened.
    pub(crate) fn opening(&self, operation: Operation) -> Vec<Record> {
        let mut started = self.about(&operation, "operation.started");
        started.description.clone_from(&operation.description);
        started.occurred_at = operation.opened_at;
        started.details = operation
            .total
            .map(|total| serde_json::json!({ "items": total }));
        vec![
            Record::Operation(Box::new(OperationRecord::Opened(Box::new(operation)))),
            Record::Activity(started),
        ]
    }

    /// Records items of an operation: those that came before as they are now are passed over.
    ///
    /// # Errors
    /// `conflict` once the operation has ended, or when an item came before with other values (it is named);
    /// `not_found`; `forbidden` without [`Permission::Record`]; or a fault.
    pub async fn record_items(
        &self,
        scope: &Scope,
        id: &OperationId,
        items: Vec<OperationItem>,
        idempotency: Option<Idempotency>,
    ) -> Result<Recorded, Error> {
        scope.require(Permission::Record)?;
        scope.require_category(Category::BulkOperations)?;
        let mut tries = 0;
        loop {
            let new = self.new_items(scope, id, &items).await?;
            if new.is_empty() && idempotency.is_none() {
                return Ok(Recorded::New(Vec::new()));
            }
            let at = self.ambient().clock.now();
            let records = new
                .into_iter()
                .map(|item| {
                    let item = OperationRecord::item(id.clone(), item.clone(), at);
                    Record::Operation(Box::new(item))
                })
                .collect();
            let written = self
                .write_operation(scope, records, idempotency.clone())
                .await;
            tries += 1;
            match written {
                // Another call may have written some of the items meanwhile: then they are passed over next time.
                Err(Error::Problem(problem))
                    if problem.code == Code::Conflict
                        && tries < TRIES
                        && self.new_items(scope, id, &items).await?.len() < items.len() => {}
                other => return other,
            }
        }
    }

    /// The items that did not come before.
    async fn new_items<'i>(
        &self,
        scope: &Scope,
        id: &OperationId,
        items: &'i [OperationItem],
    ) -> Result<Vec<&'i OperationItem>, Error> {
        let columns = self.operation_columns(scope, id).await?;
        let columns = columns.ok_or_else(|| Problem::not_found("operation"))?;
        let asked: Vec<&OperationItem> = items.iter().collect();
        let known = known_items(self.readers(), columns.number, &asked).await?;
        let mut new: Vec<&OperationItem> = Vec::with_capacity(items.len());
        let mut here = HashMap::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let key = item_key(item);
            let told = known.get(&key).map(|digest| *digest == item_digest(item));
            let same = |there: &&OperationItem| item_digest(there) == item_digest(item);
            let is_same = told.or_else(|| here.get(&key).map(same));
            match is_same {
                Some(true) => {}
                Some(false) => {
                    let came = match told {
                        Some(_) => "came before in this operation",
                        None => "came twice in this batch",
                    };
                    let message = format!(
                        "the field {} of {} {} {came}, with other values; nothing of this call was stored",
                        item.field, item.subject.kind, item.subject.id
                    );
                    return Err(Problem::conflict_at(&format!("/{at}"), message).into());
                }
                None => {
                    here.insert(key, item);
                    new.push(item);
                }
            }
        }
        if let Err(why) = columns.state()?.after_item()
            && !new.is_empty()
        {
            return Err(Problem::new(Code::Conflict, why).into());
        }
        Ok(new)
    }

    /// Records a step that the operation's source tells; told again, or by several calls at once, it is answered as it
    /// stands.
    ///
    /// `total`: how many items there are, for [`OperationStep::Completed`].
    ///
    /// # Errors
    /// `conflict` when the step can't follow or the number of items doesn't fit, after the end too; `not_found`; `forbidden`
    /// without [`Permission::Record`]; or a fault.
    pub async fn record_step(
        &self,
        scope: &Scope,
        id: &OperationId,
        step: OperationStep,
        reason: Option<String>,
        total: Option<u64>,
    ) -> Result<OperationRow, Error> {
        scope.require(Permission::Record)?;
        scope.require_category(Category::BulkOperations)?;
        let columns = self.operation_columns(scope, id).await?;
        let columns = columns.ok_or_else(|| Problem::not_found("operation"))?;
        if is_told(&columns, step, total)? {
            return self.get_row(scope, id).await;
        }
        let definition = columns.definition()?;
        let event = OperationEvent {
            step,
            at: self.ambient().clock.now(),
            by: scope.actor(),
            reason: reason.or_else(|| other_than_planned(&definition, step, total)),
            total,
            retried_by: None,
            only: BTreeSet::new(),
        };
        let records = self.stepped(&definition, &columns.row()?, event);
        match self.write_operation(scope, records, None).await {
            Ok(_) => {}
            // The same call may have been a moment faster.
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                let columns = self.operation_columns(scope, id).await?;
                let told = columns.map(|columns| is_told(&columns, step, total));
                if told.transpose()? != Some(true) {
                    return Err(Error::Problem(problem));
                }
            }
            Err(error) => return Err(error),
        }
        self.get_row(scope, id).await
    }

    /// What is recorded of an operation that whoever opened it gives up, for a transaction that does more; nothing when it
    /// has ended or never was.
    pub(crate) async fn cancelling(
        &self,
        scope: &Scope,
        id: &OperationId,
        why: &str,
    ) -> Result<Vec<Record>, Error> {
        let Some(columns) = self.operation_columns(scope, id).await? else {
            return Ok(Vec::new());
        };
        if columns.state()?.is_ended() {
            return Ok(Vec::new());
        }
        let event = OperationEvent {
            step: OperationStep::Cancelled,
            at: self.ambient().clock.now(),
            by: scope.actor(),
            reason: Some(why.to_owned()),
            total: None,
            retried_by: None,
            only: BTreeSet::new(),
        };
        Ok(self.stepped(&columns.definition()?, &columns.row()?, event))
    }

    /// What is recorded of a step, and of the end that it may be.
    fn stepped(
        &self,
        definition: &Operation,
        row: &OperationRow,
        event: OperationEvent,
    ) -> Vec<Record> {
        let ended = self.ended(definition, row, &event).unwrap_or_default();
        let step = Record::Operation(Box::new(OperationRecord::Event {
            operation: definition.id.clone(),
            event: Box::new(event),
        }));
        let ended = ended.into_iter().map(Record::Activity);
        [step].into_iter().chain(ended).collect()
    }

    /// What the activity log says of an operation's end.
    pub(super) fn ended(
        &self,
        definition: &Operation,
        row: &OperationRow,
        event: &OperationEvent,
    ) -> Option<Vec<Activity>> {
        let action = match event.step {
            OperationStep::Completed => "operation.completed",
            OperationStep::Failed => "operation.failed",
            OperationStep::Cancelled => "operation.cancelled",
            _ => return None,
        };
        let mut ended = self.about(definition, action);
        ended.occurred_at = event.at;
        let words = match (row.failed, row.unchanged) {
            (0, 0) => format!("{} changed", row.changed),
            (failed, 0) => format!("{} changed, {failed} failed", row.changed),
            (failed, unchanged) => format!(
                "{} changed, {unchanged} unchanged, {failed} failed",
                row.changed
            ),
        };
        let mut details = serde_json::json!({
            "changed": row.changed, "unchanged": row.unchanged, "failed": row.failed,
        });
        let other = other_than_planned(definition, event.step, event.total);
        if other.is_some() {
            details["planned"] = serde_json::json!(definition.total);
        }
        ended.description = Some(match other {
            Some(other) => format!("{words}; {other}"),
            None => words,
        });
        ended.details = Some(details);
        if event.step == OperationStep::Failed {
            ended.outcome = Outcome::Failed;
            ended.error.clone_from(&event.reason);
        }
        let mut all = vec![ended];
        if let (OperationKind::Revert, Some(reverted), OperationStep::Completed) =
            (definition.kind, &definition.reverts, event.step)
        {
            let mut reverted_now = self.about(definition, "operation.reverted");
            reverted_now.occurred_at = event.at;
            reverted_now.operation_id = Some(reverted.0.clone());
            reverted_now.related = vec![Reference {
                kind: "operation".to_owned(),
                id: reverted.0.clone(),
                name: None,
            }];
            all.push(reverted_now);
        }
        Some(all)
    }

    fn about(&self, operation: &Operation, action: &str) -> Activity {
        let subject = reference_to(operation);
        let category = Category::BulkOperations;
        let mut activity =
            own_activity(self.ambient(), action, category, Some(subject), Vec::new());
        activity.actor = operation.actor.clone();
        activity.rule.clone_from(&operation.rule);
        activity.origin.trace_id.clone_from(&operation.trace_id);
        activity.operation_id = Some(operation.id.0.clone());
        activity
    }

    pub(super) async fn write_operation(
        &self,
        scope: &Scope,
        records: Vec<Record>,
        idempotency: Option<Idempotency>,
    ) -> Result<Recorded, Error> {
        let (store, principal) = (scope.store_id(), scope.principal_key());
        self.recorder()
            .write(store, principal, records, Vec::new(), idempotency)
            .await
    }

    pub(super) async fn operation_columns(
        &self,
        scope: &Scope,
        id: &OperationId,
    ) -> Result<Option<Columns>, Error> {
        self.columns_in(scope.store_id(), id).await
    }

    pub(super) async fn columns_in(
        &self,
        store: StoreId,
        id: &OperationId,
    ) -> Result<Option<Columns>, Error> {
        let mut statement = sql(self.readers().get_database_backend(), SELECT, []);
        statement.push(" WHERE o.store_id = ").bind(store.0);
        statement.push(" AND o.id = ").bind(id.0.clone());
        statement.one(self.readers()).await
    }

    pub(crate) async fn get_row(
        &self,
        scope: &Scope,
        id: &OperationId,
    ) -> Result<OperationRow, Error> {
        let columns = self.operation_columns(scope, id).await?;
        let columns = columns.ok_or_else(|| Problem::not_found("operation"))?;
        Ok(super::shown_to(scope, columns.row()?))
    }
}

/// An operation as activities name it.
pub(super) fn reference_to(operation: &Operation) -> Reference {
    Reference {
        kind: "operation".to_owned(),
        id: operation.id.0.clone(),
        name: Some(operation.name.clone()),
    }
}

/// Whether an operation stands already as a step would have it; refused when it ended with another total than is told.
fn is_told(columns: &Columns, step: OperationStep, total: Option<u64>) -> Result<bool, Error> {
    let state = columns.state()?;
    let is_so = match step {
        OperationStep::Completed => state == OperationState::Completed,
        OperationStep::Failed => state == OperationState::Failed,
        OperationStep::Cancelled => state == OperationState::Cancelled,
        OperationStep::Paused => state == OperationState::Paused,
        OperationStep::Started | OperationStep::Resumed => state == OperationState::Running,
        _ => false,
    };
    let row = columns.row()?;
    let done = row.done();
    if is_so
        && step == OperationStep::Completed
        && let Some(told) = total
        && told != done
    {
        let done = items_words(done);
        let message = format!("you say {told}, but this operation was completed with {done}");
        return Err(Problem::conflict_at("/total", message).into());
    }
    let answers = match step {
        OperationStep::Paused => Some(Control::Pause),
        OperationStep::Started | OperationStep::Resumed => Some(Control::Resume),
        _ => None,
    };
    Ok(is_so && (answers.is_none() || row.asked != answers))
}

/// That an operation is completed with another number of items than were planned, in words.
fn other_than_planned(
    definition: &Operation,
    step: OperationStep,
    total: Option<u64>,
) -> Option<String> {
    let planned = definition.total?;
    let came = total.filter(|came| step == OperationStep::Completed && *came != planned)?;
    let were = if planned == 1 { "was" } else { "were" };
    let came = items_words(came);
    Some(format!("{came} came, {planned} {were} planned"))
}
