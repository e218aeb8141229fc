//! Erasing a person from bulk operations: the items about them, and those that hold their addresses or numbers.
//!
//! An item's row goes with its content; the operation's counts and the places of the others stay. What a revert had
//! still to write of it is not written any more.

use super::hold::HoldMark;
use super::work::Cause;
use super::{forget_payloads, ranges_of};
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::{Activity, ActivityId, Actor, Change, Code, Facts, Reference, fold};
use sea_orm::{ConnectionTrait as _, FromQueryResult};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many items are looked through together.
const CHUNK: i64 = 2_000;
/// How many items go in one transaction.
const TOGETHER: usize = 100;

#[derive(FromQueryResult)]
struct Columns {
    operation: i64,
    place: i64,
    seq: i64,
    subject_type: String,
    subject_id: String,
    subject_name: Option<String>,
    field: String,
    value_before: Option<String>,
    value_after: Option<String>,
    error: Option<String>,
}

impl Columns {
    /// Whether it is about somebody, or holds an address or number of theirs.
    fn names(&self, customer: &str, needles: &[String]) -> bool {
        if self.subject_type == "customer" && self.subject_id == customer {
            return true;
        }
        let parts = [
            Some(&self.subject_id),
            self.subject_name.as_ref(),
            self.value_before.as_ref(),
            self.value_after.as_ref(),
            self.error.as_ref(),
        ];
        parts.into_iter().flatten().any(|text| holds(text, needles))
    }

    /// The item as an entry of the log, for the conditions of legal holds.
    fn facts(&self) -> Facts {
        let read = |text: &Option<String>| -> Value {
            let value = text
                .as_deref()
                .and_then(|text| serde_json::from_str(text).ok());
            value.unwrap_or_default()
        };
        let activity = Activity {
            action: domain::Action {
                name: "operation.item".to_owned(),
                categories: domain::CategorySet::EMPTY,
            },
            outcome: domain::Outcome::Success,
            occurred_at: chrono::DateTime::UNIX_EPOCH,
            actor: Actor::system(),
            subject: Some(Reference {
                kind: self.subject_type.clone(),
                id: self.subject_id.clone(),
                name: self.subject_name.clone(),
            }),
            description: None,
            changes: vec![Change {
                field: self.field.clone(),
                before: read(&self.value_before),
                after: read(&self.value_after),
            }],
            origin: domain::Origin::default(),
            related: Vec::new(),
            operation_id: None,
            rule: None,
            error: self.error.clone(),
            details: None,
        };
        Facts::new(ActivityId(uuid::Uuid::nil()), activity)
    }
}

/// Whether a text holds an address or number.
fn holds(text: &str, needles: &[String]) -> bool {
    let text = fold(text);
    needles.iter().any(|needle| text.contains(&fold(needle)))
}

impl Storage {
    /// Whether an operation changed something of a customer.
    pub(super) async fn is_in_items(&self, scope: &Scope, customer: &str) -> Result<bool, Error> {
        let text = "SELECT 1 FROM operation_item i JOIN operation o ON o.number = i.operation WHERE o.store_id = ? \
                    AND i.subject_type = 'customer' AND i.subject_id = ? LIMIT 1";
        let values = values![scope.store_id().0, customer];
        let found = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        Ok(found.is_some())
    }

    /// Erases the items that name somebody, unless a legal hold keeps them. Returns how many; if one is kept, the orders that
    /// kept ones are of.
    pub(super) async fn erase_items(
        &self,
        cause: &Cause,
        scope: &Scope,
        customer: &str,
        needles: &[String],
    ) -> Result<(u64, Option<BTreeSet<String>>), Error> {
        let backend = self.readers().get_database_backend();
        let text = "SELECT i.operation, i.place, i.seq, i.subject_type, i.subject_id, i.subject_name, i.field, i.value_before, \
                    i.value_after, i.error FROM operation_item i JOIN operation o ON o.number = i.operation \
                    WHERE o.store_id = ? AND (i.operation, i.place) > (?, ?) ORDER BY i.operation, i.place LIMIT ?";
        let (mut after, mut erased) = ((0, 0), 0);
        let mut kept: Option<BTreeSet<String>> = None;
        'parts: loop {
            self.renew_lease(cause).await?;
            let mark = self.hold_mark(scope.store_id(), Source::Activity).await?;
            let holds = self
                .holds_on(self.readers(), scope.store(), Source::Activity)
                .await?;
            let values = values![scope.store_id().0, after.0, after.1, CHUNK];
            let found: Vec<Columns> = sql(backend, text, values).all(self.readers()).await?;
            let Some(last) = found.last() else { break };
            let (held, doomed): (Vec<&Columns>, Vec<&Columns>) = found
                .iter()
                .filter(|item| item.names(customer, needles))
                .partition(|item| holds.iter().any(|hold| hold.keeps(&item.facts())));
            for item in held {
                let orders = kept.get_or_insert_default();
                if item.subject_type == "order" {
                    orders.insert(item.subject_id.clone());
                }
            }
            for some in doomed.chunks(TOGETHER) {
                match self.erase_some_items(cause, mark, some).await {
                    // A hold was set: what is left of this part is looked at once more.
                    Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                        continue 'parts;
                    }
                    done => done?,
                }
                erased += some.len() as u64;
            }
            after = (last.operation, last.place);
        }
        self.forget_words(scope, customer, needles).await?;
        Ok((erased, kept))
    }

    async fn erase_some_items(
        &self,
        cause: &Cause,
        mark: HoldMark,
        items: &[&Columns],
    ) -> Result<(), Error> {
        let mut places: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for item in items {
            places.entry(item.operation).or_default().push(item.place);
        }
        let seqs: Vec<i64> = items.iter().map(|item| item.seq).collect();
        let erased = ranges_of(seqs.clone());
        let id = cause.id;
        let effect = Effect::new(move |transaction| {
            let (places, seqs) = (places.clone(), seqs.clone());
            Box::pin(async move {
                for (operation, places) in places {
                    let mut delete = sql(
                        transaction.get_database_backend(),
                        "DELETE FROM operation_item WHERE operation = ? AND place IN ",
                        values![operation],
                    );
                    delete.list(places);
                    delete.execute(transaction).await?;
                }
                forget_payloads(transaction, id, &seqs, false).await
            })
        });
        let record = Record::Erasure {
            erased,
            reason: cause.reason.clone(),
            by: cause.by.clone(),
            details: cause.details.clone(),
        };
        self.recorder()
            .write(
                cause.store.id,
                String::new(),
                vec![record],
                vec![mark.check(), effect],
                None,
            )
            .await
            .map(drop)
    }

    /// Takes somebody out of what failures said, of what fields hold, and of what reverts have still to do.
    async fn forget_words(
        &self,
        scope: &Scope,
        customer: &str,
        needles: &[String],
    ) -> Result<(), Error> {
        let backend = self.readers().get_database_backend();
        let store = scope.store_id().0;
        let mut effects = vec![Effect::statement(
            "DELETE FROM field_value WHERE store_id = ? AND subject_type = 'customer' AND subject_id = ?",
            values![store, customer],
        )];
        let text = "SELECT c.operation, c.cause, c.words FROM operation_cause c JOIN operation o ON o.number = c.operation \
                    WHERE o.store_id = ?";
        for row in sql(backend, text, values![store])
            .rows(self.readers())
            .await?
        {
            let words: String = row.try_get_by_index(2)?;
            if holds(&words, needles) {
                let (operation, cause): (i64, i64) =
                    (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                effects.push(Effect::statement(
                    "UPDATE operation_cause SET words = 'erased' WHERE operation = ? AND cause = ?",
                    values![operation, cause],
                ));
            }
        }
        let text = "SELECT operation, place, subject, value_now, value_to FROM revert_item WHERE store_id = ?";
        for row in sql(backend, text, values![store])
            .rows(self.readers())
            .await?
        {
            let subject: String = row.try_get_by_index(2)?;
            let (now, to): (String, String) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
            let reference: Option<Reference> = serde_json::from_str(&subject).ok();
            let is_about = reference.is_some_and(|r| r.kind == "customer" && r.id == customer);
            if is_about || [subject, now, to].iter().any(|text| holds(text, needles)) {
                let (operation, place): (String, i64) =
                    (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                effects.push(Effect::statement(
                    "DELETE FROM revert_item WHERE store_id = ? AND operation = ? AND place = ?",
                    values![store, operation, place],
                ));
            }
        }
        self.recorder().apply(effects).await
    }
}
