//! What people do about deliveries that failed: try again, edit, discard. Each act is recorded with who did it.

use super::receive::reference;
use crate::account::own_activity;
use crate::record::{Effect, Record};
use crate::sql::values;
use crate::{Error, Scope, Storage};
use domain::hook::{HookState, MAX_BODY_BYTES};
use domain::view::HookRow;
use domain::{Category, Change, Code, HookId, Permission, Problem};
use serde_json::Value;

const MOVED: &str = "it stands otherwise by now; look at it again";

impl Storage {
    /// Has a delivery tried again now, with the whole plan before it again. Records `webhook.retried`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageWebhooks`], `not_found`, `conflict` when it is under way, done or its body
    /// was deleted; or a fault.
    pub async fn retry_hook(&self, scope: &Scope, id: HookId) -> Result<HookRow, Error> {
        let row = self.hook_to_change(scope, id).await?;
        if !row.state.can_retry() {
            return Err(conflict("it did not fail; there is nothing to try again"));
        }
        let now = self.ambient().clock.now().timestamp_micros();
        let effect = Effect::one(
            "UPDATE webhook_delivery SET state = ?, due_at = ?, tries_before = tries, ended_at = NULL WHERE id = ? AND state = ? \
             AND body IS NOT NULL",
            values![
                HookState::Queued.number(),
                now,
                id.0.as_bytes().to_vec(),
                row.state.number()
            ],
            MOVED,
        );
        self.record_act(scope, &row, "webhook.retried", Vec::new(), vec![effect])
            .await
    }

    /// Replaces the body as it is processed; the one that came is kept. Records `webhook.edited`.
    ///
    /// # Errors
    /// As [`Self::retry_hook`]; `invalid_fields` (`body`) for one that is empty, too large or no JSON.
    pub async fn edit_hook(
        &self,
        scope: &Scope,
        id: HookId,
        body: String,
    ) -> Result<HookRow, Error> {
        let row = self.hook_to_change(scope, id).await?;
        if !row.state.can_retry() {
            return Err(conflict("only what failed can be edited"));
        }
        if body.len() > MAX_BODY_BYTES {
            let message = format!("at most {MAX_BODY_BYTES} bytes");
            return Err(Problem::field("body", "too_large", message).into());
        }
        if let Err(error) = serde_json::from_str::<Value>(&body) {
            let message = format!("no JSON (line {}, column {})", error.line(), error.column());
            return Err(Problem::field("body", "format", message).into());
        }
        if body.contains('\0') {
            return Err(Problem::field("body", "format", "it holds a NUL").into());
        }
        let effect = Effect::one(
            "UPDATE webhook_delivery SET edited = ? WHERE id = ? AND state = ? AND body IS NOT NULL",
            values![body, id.0.as_bytes().to_vec(), row.state.number()],
            MOVED,
        );
        let change = Change {
            field: "body".to_owned(),
            before: Value::Null,
            after: Value::from("edited"),
        };
        self.record_act(scope, &row, "webhook.edited", vec![change], vec![effect])
            .await
    }

    /// Decides that a delivery is not processed. Records `webhook.discarded`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageWebhooks`], `not_found`, `conflict` when it did not fail; or a fault.
    pub async fn discard_hook(&self, scope: &Scope, id: HookId) -> Result<HookRow, Error> {
        let row = self.hook_to_change(scope, id).await?;
        if !row.state.can_discard() {
            return Err(conflict("only what failed can be discarded"));
        }
        let now = self.ambient().clock.now().timestamp_micros();
        let effect = Effect::one(
            "UPDATE webhook_delivery SET state = ?, due_at = NULL, ended_at = ? WHERE id = ? AND state = ?",
            values![
                HookState::Discarded.number(),
                now,
                id.0.as_bytes().to_vec(),
                row.state.number()
            ],
            MOVED,
        );
        self.record_act(scope, &row, "webhook.discarded", Vec::new(), vec![effect])
            .await
    }

    async fn hook_to_change(&self, scope: &Scope, id: HookId) -> Result<HookRow, Error> {
        scope.require(Permission::ManageWebhooks)?;
        let found = self.hook_row(scope, id).await?;
        Ok(found.ok_or_else(|| Problem::not_found("webhook"))?)
    }

    async fn record_act(
        &self,
        scope: &Scope,
        row: &HookRow,
        action: &str,
        changes: Vec<Change>,
        effects: Vec<Effect>,
    ) -> Result<HookRow, Error> {
        let subject = reference(row.id, &row.topic);
        let mut activity = own_activity(
            self.ambient(),
            action,
            Category::System,
            Some(subject),
            changes,
        );
        activity.actor = scope.actor();
        activity.origin = scope.caller().origin();
        activity.origin.trace_id = Some(row.trace_id.clone());
        self.write_records(scope, vec![Record::Activity(activity)], effects)
            .await?;
        self.hook_changed(scope.store_id(), row.id);
        self.wake_hooks();
        let found = self.hook_row(scope, row.id).await?;
        Ok(found.ok_or_else(|| Problem::not_found("webhook"))?)
    }
}

fn conflict(words: &str) -> Error {
    Problem::new(Code::Conflict, words).into()
}
