//! Bulk operations on their way into the database: what the story tells of one, item by item, becomes its records, and
//! the activity log keeps its start and its end.

use domain::operation::{
    ItemOutcome, Operation, OperationEvent, OperationId, OperationItem, OperationKind,
    OperationStep, STALLS_AFTER_S,
};
use domain::{Activity, Outcome};
use std::collections::{BTreeSet, HashSet};
use storage::record::{OperationRecord, Record};

/// Whether an activity is an item of an operation and stands in its records alone. One that waits for its outcome stays
/// an activity: an item has none.
pub(super) fn is_item(activity: &Activity) -> bool {
    activity.operation_id.is_some()
        && activity.subject.is_some()
        && !activity.changes.is_empty()
        && activity.outcome != Outcome::Pending
        && !activity.action.name.starts_with("operation.")
}

/// The operations told of so far.
#[derive(Default)]
pub(super) struct Operations {
    open: HashSet<String>,
}

impl Operations {
    /// The records of operations that an activity makes; empty for one that has nothing to do with any.
    pub fn tell(&mut self, activity: &Activity) -> Vec<Record> {
        let Some(id) = activity.operation_id.clone() else {
            return Vec::new();
        };
        let name = activity.action.name.as_str();
        let records = match name {
            "operation.started" => {
                self.open.insert(id.clone());
                vec![OperationRecord::Opened(Box::new(opened(id, activity)))]
            }
            _ if !self.open.contains(&id) => Vec::new(),
            "operation.completed" | "operation.failed" => {
                self.open.remove(&id);
                let step = if name == "operation.failed" {
                    OperationStep::Failed
                } else {
                    OperationStep::Completed
                };
                vec![ended(id, activity, step)]
            }
            // One that waits for its outcome counts as done: what becomes of it stands in its activity.
            _ => items(&id, activity),
        };
        let records = records.into_iter();
        records.map(|r| Record::Operation(Box::new(r))).collect()
    }
}

fn opened(id: String, activity: &Activity) -> Operation {
    let detail = |name: &str| activity.details.as_ref().and_then(|d| d.get(name));
    let kind = detail("kind").and_then(|kind| kind.as_str()?.parse().ok());
    let reverts = activity
        .related
        .iter()
        .find(|r| r.kind == "operation")
        .map(|r| OperationId(r.id.clone()));
    let subject = activity.subject.as_ref();
    Operation {
        name: subject.map_or_else(|| id.clone(), |s| s.label().to_owned()),
        id: OperationId(id),
        kind: kind.unwrap_or(OperationKind::BulkOperation),
        description: activity.description.clone(),
        query: detail("query").and_then(|query| query.as_str().map(str::to_owned)),
        total: None,
        actor: activity.actor.clone(),
        rule: activity.rule.clone(),
        stalls_after_s: STALLS_AFTER_S,
        controls: Vec::new(),
        control_url: None,
        target: None,
        reverts,
        retries: None,
        trace_id: activity.origin.trace_id.clone(),
        opened_at: activity.occurred_at,
    }
}

fn ended(id: String, activity: &Activity, step: OperationStep) -> OperationRecord {
    let event = OperationEvent {
        step,
        at: activity.occurred_at,
        by: activity.actor.clone(),
        reason: activity.error.clone(),
        total: None,
        retried_by: None,
        only: BTreeSet::new(),
    };
    OperationRecord::Event {
        operation: OperationId(id),
        event: Box::new(event),
    }
}

/// One item a field.
fn items(id: &str, activity: &Activity) -> Vec<OperationRecord> {
    let Some(subject) = &activity.subject else {
        return Vec::new();
    };
    let items = activity.changes.iter().map(|change| {
        let (outcome, after) = match (&activity.error, change.before == change.after) {
            (Some(_), _) => (ItemOutcome::Failed, None),
            (None, true) => (ItemOutcome::Unchanged, Some(change.after.clone())),
            (None, false) => (ItemOutcome::Changed, Some(change.after.clone())),
        };
        let item = OperationItem {
            subject: subject.clone(),
            field: change.field.clone(),
            before: Some(change.before.clone()),
            after,
            outcome,
            error: activity.error.clone(),
        };
        OperationRecord::item(OperationId(id.to_owned()), item, activity.occurred_at)
    });
    items.collect()
}
