//! What was counted when an erasure was asked for and was not as selected any more when its turn came: what turned
//! meanwhile, because something was told of it, and what was gone.

use super::work::CHUNK;
use super::{activities, messages};
use crate::select::{Picked, What, is_excepted};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::{ErasureId, OrderKey};

/// How many of what was counted something was told of later.
#[derive(Default)]
struct Told {
    /// What is as selected all the same.
    matching: u64,
    /// What is not.
    turned: u64,
}

impl Storage {
    /// Notes how many of those that were counted for an erasure turned away from it or were gone.
    pub(super) async fn note_missing(
        &self,
        scope: &Scope,
        picked: &Picked,
        id: ErasureId,
    ) -> Result<(), Error> {
        let Some(columns) = self.erasure_columns(id).await? else {
            return Ok(());
        };
        let mut report = columns.report()?;
        let missing = columns.total.saturating_sub(columns.done).max(0);
        let missing = missing.unsigned_abs();
        // Of an erasure that an earlier build was asked for nobody knows it.
        let Some(counted_at) = report.counted_at.filter(|_| missing > 0) else {
            return Ok(());
        };
        let told = self.told_since(scope, picked, counted_at).await?;
        report.turned = told.turned.min(missing);
        report.gone = missing.saturating_sub(told.turned + told.matching);
        self.note_report(id, &report).await
    }

    /// Looks at everything of which something was told since the selection was made, as it stood when it was counted.
    async fn told_since(
        &self,
        scope: &Scope,
        picked: &Picked,
        counted_at: i64,
    ) -> Result<Told, Error> {
        let mut told = Told::default();
        let kind = match picked.what {
            What::Activity(_) => "outcome",
            What::Messages(_) => "message_fact",
            What::Watch(..) | What::Words(_) | What::Names(_) => return Ok(told),
        };
        if !picked.what.turns_later() {
            return Ok(told);
        }
        let on = self.readers();
        let text = "SELECT DISTINCT order_key FROM ledger WHERE seq > ? AND kind = ? AND store_id = ? AND order_key IS NOT NULL";
        let values = values![picked.up_to, kind, scope.store_id().0];
        let rows = sql(on.get_database_backend(), text, values)
            .rows(on)
            .await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            keys.push(OrderKey(row.try_get_by_index(0)?));
        }
        let (store, is_masked) = (scope.store_id(), scope.role().is_masked());
        let is_meant = |seq: i64, name: &str| seq <= picked.up_to && !is_excepted(picked, name);
        for keys in keys.chunks(CHUNK) {
            match &picked.what {
                What::Activity(filter) => {
                    let stood = activities::as_of(on, store, keys, counted_at).await?;
                    for now in activities::doomed(on, store, keys).await? {
                        let then = stood.get(&now.key.0);
                        if is_meant(now.seq, &now.facts.id.to_string())
                            && then.is_some_and(|then| filter.matches(then, is_masked))
                        {
                            told.add(filter.matches(&now.facts, is_masked));
                        }
                    }
                }
                What::Messages(filter) => {
                    let stood = messages::as_of(on, store, keys, counted_at).await?;
                    for now in messages::doomed(on, store, keys).await? {
                        let then = stood.get(&now.key.0);
                        if is_meant(now.seq, &now.facts.id.to_string())
                            && then.is_some_and(|then| filter.matches(then, is_masked))
                        {
                            told.add(filter.matches(&now.facts, is_masked));
                        }
                    }
                }
                What::Watch(..) | What::Words(_) | What::Names(_) => {}
            }
        }
        Ok(told)
    }
}

impl Told {
    fn add(&mut self, is_matching: bool) {
        if is_matching {
            self.matching += 1;
        } else {
            self.turned += 1;
        }
    }
}
