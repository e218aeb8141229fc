//! The targets of a store: through what its operations are taken back. Their secrets are sealed by the server; here they
//! are bytes.

use super::damaged;
use crate::account::own_activity;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::operation::target::{Target, TargetName};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::{Activity, Category, Change, Permission, Problem, Reference, StoreId};
use sea_orm::ConnectionTrait as _;
use serde_json::Value;

/// How many targets a store has at most.
const MOST: i64 = 20;
/// What whoever saves one more is told.
const TOO_MANY: &str = "a store has at most 20 targets; delete one first";

/// A target with its sealed secret.
#[derive(Clone)]
pub struct StoredTarget {
    /// What can be shown of it.
    pub target: Target,
    /// Its secret, as the server sealed it.
    pub sealed: Vec<u8>,
}

impl Storage {
    /// The store's targets, by name.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageSettings`], or a fault.
    pub async fn list_targets(&self, scope: &Scope) -> Result<Vec<Target>, Error> {
        scope.require(Permission::ManageSettings)?;
        let found = self.targets_of(scope.store_id()).await?;
        Ok(found.into_iter().map(|stored| stored.target).collect())
    }

    /// Saves a target: a new one when its name is new. `sealed` is its secret; none keeps the one it has, as long as
    /// the secret goes where it went before. The store's first target is its default one.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageSettings`]; `invalid_fields` when the secret is missing; `conflict` when
    /// there are too many; or a fault.
    pub async fn save_target(
        &self,
        scope: &Scope,
        mut target: Target,
        sealed: Option<Vec<u8>>,
    ) -> Result<Target, Error> {
        scope.require(Permission::ManageSettings)?;
        let known = self.targets_of(scope.store_id()).await?;
        target.is_default |= known.iter().all(|one| one.target.name == target.name);
        let before = known.iter().find(|one| one.target.name == target.name);
        let is_new_secret = sealed.is_some();
        let sealed = match (sealed, before) {
            (Some(sealed), _) => sealed,
            (None, Some(before)) if target.keeps_secret_of(&before.target) => before.sealed.clone(),
            (None, Some(_)) => {
                let message =
                    "say the secret again: what was told for one address is not sent to another";
                return Err(Problem::field("/secret", "required", message).into());
            }
            (None, None) => {
                let message = "what this program proves itself with";
                return Err(Problem::field("/secret", "required", message).into());
            }
        };
        let mut changes = changes(before.map(|one| &one.target), Some(&target))?;
        if is_new_secret {
            changes.push(Change {
                field: "secret".to_owned(),
                before: before.map_or(Value::Null, |_| "kept before".into()),
                after: "told anew".into(),
            });
        }
        if changes.is_empty() {
            return Ok(target);
        }
        let store = scope.store_id().0;
        let mut effects = Vec::new();
        if target.is_default {
            effects.push(Effect::statement(
                "UPDATE revert_target SET is_default = ? WHERE store_id = ?",
                values![false, store],
            ));
        }
        effects.push(Effect::one(
            "INSERT INTO revert_target (store_id, name, definition, is_default, sealed) SELECT ?, ?, ?, ?, ? \
             WHERE EXISTS (SELECT 1 FROM revert_target t WHERE t.store_id = ? AND t.name = ?) \
             OR (SELECT COUNT(*) FROM revert_target t WHERE t.store_id = ?) < ? \
             ON CONFLICT (store_id, name) DO UPDATE SET definition = excluded.definition, is_default = excluded.is_default, \
             sealed = excluded.sealed",
            values![
                store,
                target.name.0.clone(),
                serde_json::to_string(&target).map_err(damaged)?,
                target.is_default,
                sealed,
                store,
                target.name.0.clone(),
                store,
                MOST
            ],
            TOO_MANY,
        ));
        // What waits for a target to be mended is tried at once; what is only prepared has a lease.
        let now = self.ambient().clock.now().timestamp_micros();
        effects.push(Effect::statement(
            "UPDATE revert_item SET due_at = ? WHERE store_id = ? AND lease_until IS NULL AND due_at > ?",
            values![now, store, now],
        ));
        let verb = before.map_or("created", |_| "updated");
        self.write_target(scope, &target.name, verb, changes, effects)
            .await?;
        Ok(target)
    }

    /// Deletes a target and its secret. What waits to be taken back through it waits on, and says why. When it was the
    /// default one, no other takes its place: what named none would be written to another shop.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageSettings`], `not_found`, or a fault.
    pub async fn delete_target(&self, scope: &Scope, name: &TargetName) -> Result<(), Error> {
        scope.require(Permission::ManageSettings)?;
        let known = self.targets_of(scope.store_id()).await?;
        let known = known.into_iter().find(|one| one.target.name == *name);
        let known = known.ok_or_else(|| Problem::not_found("target"))?;
        let effect = Effect::statement(
            "DELETE FROM revert_target WHERE store_id = ? AND name = ?",
            values![scope.store_id().0, name.0.clone()],
        );
        let changes = changes(Some(&known.target), None)?;
        self.write_target(scope, name, "deleted", changes, vec![effect])
            .await
    }

    /// The target of that name, or the store's default one when none is named. For those who write to it: callers have
    /// asked for [`Permission::Revert`] before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn target_of(
        &self,
        store: StoreId,
        name: Option<&TargetName>,
    ) -> Result<Option<StoredTarget>, Error> {
        let known = self.targets_of(store).await?;
        Ok(known.into_iter().find(|one| match name {
            Some(name) => one.target.name == *name,
            None => one.target.is_default,
        }))
    }

    /// Whether a store has any target. For those who write to it, as [`Storage::target_of`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_targets(&self, store: StoreId) -> Result<bool, Error> {
        Ok(!self.targets_of(store).await?.is_empty())
    }

    async fn targets_of(&self, store: StoreId) -> Result<Vec<StoredTarget>, Error> {
        let text = "SELECT definition, is_default, sealed FROM revert_target WHERE store_id = ? ORDER BY name";
        let backend = self.readers().get_database_backend();
        let rows = sql(backend, text, values![store.0])
            .rows(self.readers())
            .await?;
        let read = |row: &sea_orm::QueryResult| -> Result<StoredTarget, Error> {
            let definition: String = row.try_get_by_index(0)?;
            Ok(StoredTarget {
                target: Target {
                    is_default: row.try_get_by_index(1)?,
                    ..serde_json::from_str(&definition).map_err(damaged)?
                },
                sealed: row.try_get_by_index(2)?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn write_target(
        &self,
        scope: &Scope,
        name: &TargetName,
        verb: &str,
        changes: Vec<Change>,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let subject = Reference {
            kind: "target".to_owned(),
            id: name.0.clone(),
            name: None,
        };
        let mut event = self.event(
            scope,
            SecurityEventName::SettingsChanged,
            SecurityOutcome::Success,
        );
        event.subject = Some(subject.clone());
        event.changes.clone_from(&changes);
        let activity: Activity = own_activity(
            self.ambient(),
            &format!("target.{verb}"),
            Category::Settings,
            Some(subject),
            changes,
        );
        let records = vec![
            Record::Activity(self.done_by(scope, activity)),
            Record::Security(Box::new(event)),
        ];
        self.write_records(scope, records, effects).await
    }
}

/// Refuses the whole transaction when the target that an operation names is not there.
pub(super) fn is_there(scope: &Scope, name: TargetName) -> Effect {
    let store = scope.store_id().0;
    Effect::new(move |transaction| {
        let name = name.clone();
        Box::pin(async move {
            let text = "SELECT 1 FROM revert_target WHERE store_id = ? AND name = ?";
            let backend = transaction.get_database_backend();
            let values = values![store, name.0.clone()];
            if sql(backend, text, values).row(transaction).await?.is_some() {
                return Ok(());
            }
            let message = format!(
                "there is no target {name}; save it first, name another, or leave it out for the default one"
            );
            Err(Problem::field("/target", "not_found", message).into())
        })
    })
}

/// What differs between two targets, field by field.
fn changes(before: Option<&Target>, after: Option<&Target>) -> Result<Vec<Change>, Error> {
    let read = |target: Option<&Target>| target.map(serde_json::to_value).transpose();
    let before = read(before).map_err(damaged)?.unwrap_or_default();
    let after = read(after).map_err(damaged)?.unwrap_or_default();
    let fields = ["kind", "address", "version", "key", "is_default"];
    Ok(fields
        .into_iter()
        .map(|field| Change {
            field: field.to_owned(),
            before: before.get(field).cloned().unwrap_or_default(),
            after: after.get(field).cloned().unwrap_or_default(),
        })
        .filter(|change| change.before != change.after)
        .collect())
}
