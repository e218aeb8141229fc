//! What a target says its fields hold, before a dry run or when one is to be written: noted as activities, so that dry run
//! and revert see the same.

use super::damaged;
use super::list::value_of;
use super::revert::{RevertBatch, RevertItem};
use crate::account::own_activity;
use crate::record::{Effect, Record};
use crate::sql::{insert_many, values};
use crate::{Ambient, Error, Scope, Storage};
use domain::operation::OperationId;
use domain::operation::revert::Part;
use domain::operation::target::{BRIDGE, TargetName};
use domain::same::is_same;
use domain::{Activity, Actor, Category, Change, Permission, Reference};
use serde_json::Value;
use std::collections::BTreeSet;

/// How many activities are recorded together.
const TOGETHER: usize = 200;
/// What is said of news that came before a revert.
const BEFORE: &str = "Read from the shop before a revert";
/// What is said of news that came when a revert was to write.
const AT_WRITE: &str = "Told by the shop when a revert was to write";

/// A field of an operation, as Storetrail believes that it is.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownField {
    /// The item's place in the operation.
    pub place: u64,
    /// The thing.
    pub subject: Reference,
    /// The field.
    pub field: String,
    /// What it was last heard to hold.
    pub value: Value,
    /// Whether the thing is believed to be gone.
    pub is_gone: bool,
    /// Whether what was heard of the field since is not kept any more: the value is then what the operation wrote, and
    /// nobody knows whether it still holds that.
    pub is_forgotten: bool,
}

/// What a target says of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum SeenField {
    /// It holds this.
    Holds(Value),
    /// The thing is gone.
    Gone,
}

/// What is to be read from a target before a dry run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToRead {
    /// The target that the operation named.
    pub target: Option<TargetName>,
    /// How many fields the dry run looks at.
    pub total: u64,
    /// The first of them. Things that are believed to be gone are among them: they may have come back.
    pub fields: Vec<KnownField>,
}

impl Storage {
    /// What a dry run of a part of the operation looks at: its changed items, of which the first `limit` are to be read
    /// from the target.
    ///
    /// # Errors
    /// As [`Storage::plan_revert`].
    pub async fn fields_to_read(
        &self,
        scope: &Scope,
        id: &OperationId,
        part: &Part,
        limit: usize,
    ) -> Result<ToRead, Error> {
        let columns = self.revertible(scope, id).await?;
        let places = self.places_of(scope, &columns, part).await?;
        let mut found = ToRead {
            target: columns.definition()?.target,
            total: places.count(columns.row()?.changed),
            fields: Vec::new(),
        };
        let mut after = 0;
        if limit == 0 {
            return Ok(found);
        }
        loop {
            let items = self.changed_items(scope, &columns, after).await?;
            let Some(last) = items.last() else {
                return Ok(found);
            };
            after = last.place;
            for item in &items {
                if found.fields.len() == limit {
                    return Ok(found);
                }
                let place = item.place.max(0).unsigned_abs();
                let Some(written) = &item.value_after else {
                    continue;
                };
                if !places.has(place) {
                    continue;
                }
                found.fields.push(KnownField {
                    place,
                    subject: item.reference(),
                    field: item.field.clone(),
                    value: match item.changed_to()? {
                        Some(value) => value,
                        None => value_of(written)?,
                    },
                    is_gone: item.is_gone(),
                    is_forgotten: item.is_forgotten(),
                });
            }
        }
    }

    /// Notes what a target told of fields that hold something else than was believed, or whose things are there against
    /// belief, each as an activity of `source`. What nothing was known of any more and is as the operation left it is no
    /// news of the log: it is known again.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Revert`], or a fault.
    pub async fn note_seen(
        &self,
        scope: &Scope,
        source: &str,
        seen: &[(KnownField, SeenField)],
    ) -> Result<(), Error> {
        scope.require(Permission::Revert)?;
        let (mut gone, mut back) = (BTreeSet::new(), BTreeSet::new());
        let (mut records, mut again) = (Vec::new(), Vec::new());
        let by = serde_json::to_string(&actor_of(source)).map_err(damaged)?;
        let now = self.ambient().clock.now().timestamp_micros();
        let end = self.ledger_end().await?;
        for (known, seen) in seen {
            let (verb, changes) = match seen {
                SeenField::Holds(value) => {
                    let is_back =
                        known.is_gone && back.insert((&known.subject.kind, &known.subject.id));
                    let is_other = !is_same(&known.field, value, &known.value);
                    if known.is_forgotten && !is_other {
                        again.extend(values![
                            scope.store_id().0,
                            known.subject.kind.clone(),
                            known.subject.id.clone(),
                            known.field.clone(),
                            value.to_string(),
                            now,
                            end,
                            by.clone(),
                        ]);
                    }
                    if !is_back && !is_other {
                        continue;
                    }
                    let change = is_other.then(|| Change {
                        field: known.field.clone(),
                        before: known.value.clone(),
                        after: value.clone(),
                    });
                    let verb = if is_back { "restored" } else { "updated" };
                    (verb, change.into_iter().collect())
                }
                // A thing goes once, however many of its fields were asked for.
                SeenField::Gone
                    if known.is_gone || !gone.insert((&known.subject.kind, &known.subject.id)) =>
                {
                    continue;
                }
                SeenField::Gone => ("deleted", Vec::new()),
            };
            let subject = &known.subject;
            records.push(news(self.ambient(), source, verb, subject, changes, BEFORE));
        }
        for some in records.chunks(TOGETHER) {
            self.write_records(scope, some.to_vec(), Vec::new()).await?;
        }
        if again.is_empty() {
            return Ok(());
        }
        let effect = Effect::new(move |transaction| {
            let rows = again.clone();
            Box::pin(async move {
                let head = "INSERT INTO field_value (store_id, subject_type, subject_id, field, value, changed_at, seq, by_whom)";
                // What was told meanwhile is newer.
                insert_many(transaction, head, " ON CONFLICT DO NOTHING", 8, rows).await
            })
        });
        self.recorder().apply(vec![effect]).await
    }

    /// What is to be recorded of fields of a batch that hold something else than was believed, as its target told when
    /// they were to be written.
    pub(super) async fn seen_at_write(
        &self,
        batch: &RevertBatch,
        seen: &[(&RevertItem, &Value)],
    ) -> Result<Vec<Record>, Error> {
        if seen.is_empty() {
            return Ok(Vec::new());
        }
        let target = self
            .target_of(batch.store_id, batch.target.as_ref())
            .await?;
        let source = target.map_or_else(|| BRIDGE.to_owned(), |stored| stored.target.name.0);
        let mut records = Vec::with_capacity(seen.len());
        for (item, holds) in seen {
            if is_same(&item.field, holds, &item.now) {
                continue;
            }
            let change = Change {
                field: item.field.clone(),
                before: item.now.clone(),
                after: Value::clone(holds),
            };
            records.push(news(
                self.ambient(),
                &source,
                "updated",
                &item.subject,
                vec![change],
                AT_WRITE,
            ));
        }
        Ok(records)
    }
}

/// A target as the one who told.
fn actor_of(source: &str) -> Actor {
    Actor {
        name: Some(source.to_owned()),
        ..Actor::system()
    }
}

/// The entry of what a target told of a thing.
fn news(
    ambient: &Ambient,
    source: &str,
    verb: &str,
    subject: &Reference,
    changes: Vec<Change>,
    description: &str,
) -> Record {
    let activity = own_activity(
        ambient,
        &format!("{}.{verb}", subject.kind),
        category_of(&subject.kind),
        Some(subject.clone()),
        changes,
    );
    Record::Activity(Activity {
        actor: actor_of(source),
        description: Some(description.to_owned()),
        ..activity
    })
}

/// Where the log puts news about a thing.
fn category_of(kind: &str) -> Category {
    match kind {
        "customer" => Category::Customers,
        "order" => Category::Orders,
        "inventory_item" => Category::Inventory,
        _ => Category::Products,
    }
}
