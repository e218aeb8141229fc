//! What each field was last seen to hold: from activities, bulk operations and shop webhooks, whichever told last.

use crate::Error;
use crate::sql::{insert_many, values};
use domain::{Activity, Actor, Outcome, Reference, Seq, StoreId};
use sea_orm::DatabaseTransaction;
use serde_json::Value;
use std::collections::BTreeMap;

/// The name of the field that says whether the thing is gone.
pub(crate) const GONE: &str = "";

type Key = (i64, String, String, String);

struct Seen {
    value: String,
    at: i64,
    seq: i64,
    by: String,
}

/// The values that one transaction has heard of.
#[derive(Default)]
pub(crate) struct Values(BTreeMap<Key, Seen>);

impl Values {
    /// Notes what a field holds. What is older than what was noted is passed over.
    #[expect(
        clippy::too_many_arguments,
        reason = "the columns of one row; a struct would only be taken apart here"
    )]
    pub(crate) fn note(
        &mut self,
        store_id: StoreId,
        subject: &Reference,
        field: &str,
        value: &Value,
        at: i64,
        seq: Seq,
        by: &Actor,
    ) {
        let key = (
            store_id.0,
            subject.kind.clone(),
            subject.id.clone(),
            field.to_owned(),
        );
        if self.0.get(&key).is_some_and(|seen| seen.at > at) {
            return;
        }
        let by = serde_json::to_string(by).unwrap_or_else(|_| "{\"type\":\"system\"}".to_owned());
        let seen = Seen {
            value: value.to_string(),
            at,
            seq: seq.0,
            by,
        };
        self.0.insert(key, seen);
    }

    /// Notes what an activity that succeeded did to its subject.
    pub(crate) fn note_activity(&mut self, store_id: StoreId, seq: Seq, activity: &Activity) {
        let Some(subject) = &activity.subject else {
            return;
        };
        if activity.outcome != Outcome::Success {
            return;
        }
        let at = activity.occurred_at.timestamp_micros();
        let by = &activity.actor;
        for change in &activity.changes {
            self.note(store_id, subject, &change.field, &change.after, at, seq, by);
            if let Some((variant, field)) = variant_of(subject, &change.field) {
                self.note(store_id, &variant, field, &change.after, at, seq, by);
            }
        }
        // Of an order's cancelled coupon nothing is said here: only of the thing that the action is named after.
        let is_gone = match activity.action.name.split_once('.') {
            Some((noun, "deleted")) if noun == subject.kind => true,
            Some((noun, "created" | "restored")) if noun == subject.kind => false,
            _ => return,
        };
        self.note(store_id, subject, GONE, &Value::Bool(is_gone), at, seq, by);
    }

    /// Writes them, unless something later is known.
    pub(super) async fn write(&mut self, transaction: &DatabaseTransaction) -> Result<(), Error> {
        let rows =
            std::mem::take(&mut self.0)
                .into_iter()
                .flat_map(|((store, kind, id, field), seen)| {
                    values![
                        store, kind, id, field, seen.value, seen.at, seen.seq, seen.by
                    ]
                });
        let head = "INSERT INTO field_value (store_id, subject_type, subject_id, field, value, changed_at, seq, by_whom)";
        let tail = " ON CONFLICT (store_id, subject_type, subject_id, field) DO UPDATE SET value = excluded.value, \
                    changed_at = excluded.changed_at, seq = excluded.seq, by_whom = excluded.by_whom \
                    WHERE excluded.changed_at >= field_value.changed_at";
        insert_many(transaction, head, tail, 8, rows.collect()).await
    }
}

/// The variant and its field, of a field that a shop tells of a product: `variants.12.price`. Operations name the variant.
fn variant_of<'f>(subject: &Reference, field: &'f str) -> Option<(Reference, &'f str)> {
    let (id, field) = field.strip_prefix("variants.")?.split_once('.')?;
    let variant = Reference {
        kind: "variant".to_owned(),
        id: id.to_owned(),
        name: None,
    };
    (subject.kind == "product" && !id.is_empty()).then_some((variant, field))
}
