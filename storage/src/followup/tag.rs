//! The action that puts a tag on a thing in the shop: an operation of one item, open from its first try until it is
//! written, or given up. What is tried with another tag, or again once it had ended, is the next operation.

use super::action::{RuleJob, Undone, derived};
use crate::record::Record;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::followup::FollowupAction;
use domain::operation::{
    ItemOutcome, OperationId, OperationItem, OperationKind, OperationState, OperationStep,
};
use domain::{Code, Reference, Said};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A tag to be put on a thing in the shop.
#[derive(Debug, Clone, PartialEq)]
pub struct TagItem {
    /// The operation that is open for it.
    pub operation: OperationId,
    /// What the shop tells a repeat by: the same at each try of this operation.
    pub batch: Uuid,
    /// The thing.
    pub subject: Reference,
    /// The tags it was last seen to have.
    pub now: Value,
    /// The tags it is to have.
    pub to: Value,
}

impl Storage {
    /// Opens the operation of one item by which a tag is put on a thing in the shop, unless it is open; or says why that
    /// can't be. `None`: it has the tag.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prepare_rule_tag(
        &self,
        job: &RuleJob,
        tag: &str,
    ) -> Result<Result<Option<TagItem>, Undone>, Error> {
        let scope = Scope::system("rules", job.store.clone());
        let Some(subject) = job.task.about.subject.clone() else {
            return Ok(Err(Undone::never(Said::NothingToTag)));
        };
        let text = "SELECT value FROM field_value WHERE store_id = ? AND subject_type = ? AND subject_id = ? AND field = ?";
        let values = values![
            scope.store_id().0,
            subject.kind.clone(),
            subject.id.clone(),
            "tags"
        ];
        let row = sql(self.backend(), text, values)
            .row(self.readers())
            .await?;
        let known: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        let now: Option<Value> = known.and_then(|text| serde_json::from_str(&text).ok());
        // Tags that were never seen would be lost by writing a list that holds none of them.
        let Some(to) = now.as_ref().and_then(|now| with_tag(now, tag)) else {
            let (kind, id) = (subject.kind, subject.id);
            return Ok(Err(Undone::never(Said::TagsUntold { kind, id })));
        };
        // No tags are a list of none: so others' tags stay when this one is taken back.
        let now = match now {
            None | Some(Value::Null) => json!([]),
            Some(now) => now,
        };
        if to == now {
            return Ok(Ok(None));
        }
        let (operation, batch) = self.open_tag(&scope, job, tag).await?;
        Ok(Ok(Some(TagItem {
            operation,
            batch,
            subject,
            now,
            to,
        })))
    }

    /// Opens the operation of a tag, or finds it open as it is; answers what the shop tells its repeats by, too. One that
    /// was given up, or is another tag's, is passed over.
    async fn open_tag(
        &self,
        scope: &Scope,
        job: &RuleJob,
        tag: &str,
    ) -> Result<(OperationId, Uuid), Error> {
        let name = format!("{}: tag {tag}", job.task.name);
        let mut operation = self.operation_for(job, &name, OperationKind::BulkTagUpdate);
        operation.total = Some(1);
        let mut round = 1;
        loop {
            operation.id = operation_of(job.id, round);
            match self.get_row(scope, &operation.id).await {
                Ok(row)
                    if matches!(
                        row.state,
                        OperationState::Failed | OperationState::Cancelled
                    ) => {}
                Ok(row) => {
                    if self.opened_as(scope, &operation).await?.is_some() {
                        break;
                    }
                    if !row.state.is_ended() {
                        let (step, why) =
                            (OperationStep::Cancelled, Some(Said::ActionEdited.into()));
                        self.record_step(scope, &operation.id, step, why, None)
                            .await?;
                    }
                }
                Err(Error::Problem(problem)) if problem.code == Code::NotFound => break,
                Err(error) => return Err(error),
            }
            round += 1;
        }
        let id = operation.id.clone();
        self.open_operation(scope, operation, None).await?;
        let batch = match round {
            1 => job.id,
            _ => derived(Sha256::new().chain_update(id.0.as_bytes())),
        };
        Ok((id, batch))
    }

    /// Ends the operation of a tag with its one item: it is written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_rule_tag(&self, job: &RuleJob, item: &TagItem) -> Result<(), Error> {
        let scope = Scope::system("rules", job.store.clone());
        let row = self.get_row(&scope, &item.operation).await?;
        let one = OperationItem {
            subject: item.subject.clone(),
            field: "tags".to_owned(),
            before: Some(item.now.clone()),
            after: Some(item.to.clone()),
            outcome: ItemOutcome::Changed,
            error: None,
        };
        // Who died in between did this already.
        if row.changed == 0 {
            self.record_items(&scope, &item.operation, vec![one], None)
                .await?;
        }
        let step = OperationStep::Completed;
        self.record_step(&scope, &item.operation, step, None, None)
            .await
            .map(drop)
    }

    /// Ends the operation of a tag that is out of tries, if one is open.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fail_rule_tag(&self, job: &RuleJob, why: &str) -> Result<(), Error> {
        let scope = Scope::system("rules", job.store.clone());
        let Some(id) = self.tag_under_way(&scope, job.id).await? else {
            return Ok(());
        };
        let why = Some(why.to_owned());
        self.record_step(&scope, &id, OperationStep::Failed, why, None)
            .await
            .map(drop)
    }

    /// What is recorded where an action is edited, discarded or needs nothing any more: the operation that an earlier try
    /// of it left open is cancelled. Nothing for what is no tag.
    pub(super) async fn tag_given_up(
        &self,
        scope: &Scope,
        id: Uuid,
        action: &FollowupAction,
        why: Said,
    ) -> Result<Vec<Record>, Error> {
        if !matches!(action, FollowupAction::Tag { .. }) {
            return Ok(Vec::new());
        }
        match self.tag_under_way(scope, id).await? {
            Some(operation) => self.cancelling(scope, &operation, &why.to_string()).await,
            None => Ok(Vec::new()),
        }
    }

    /// The operation of a tag that is open, if one is.
    async fn tag_under_way(&self, scope: &Scope, id: Uuid) -> Result<Option<OperationId>, Error> {
        let mut round = 1;
        loop {
            let operation = operation_of(id, round);
            match self.get_row(scope, &operation).await {
                Ok(row) if row.state.is_ended() => round += 1,
                Ok(_) => return Ok(Some(operation)),
                Err(Error::Problem(problem)) if problem.code == Code::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}

/// The operation of an action by its number, from 1.
fn operation_of(id: Uuid, round: u32) -> OperationId {
    OperationId(format!("rule-{id}-{round}"))
}

/// Tags with one more, in the form in which they were: a list, or a text with commas.
fn with_tag(now: &Value, tag: &str) -> Option<Value> {
    match now {
        Value::Array(tags) => {
            let mut tags = tags.clone();
            if !tags.iter().any(|known| known == tag) {
                tags.push(tag.into());
            }
            Some(tags.into())
        }
        Value::Null => Some(json!([tag])),
        Value::String(text) => {
            let mut tags: Vec<&str> = text.split(',').map(str::trim).collect();
            tags.retain(|known| !known.is_empty());
            if tags.contains(&tag) {
                return Some(now.clone());
            }
            tags.push(tag);
            Some(tags.join(", ").into())
        }
        _ => None,
    }
}
