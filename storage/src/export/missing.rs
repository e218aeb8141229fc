//! What was picked for an export and is not there any more.

use crate::log::zone;
use crate::record::Idempotency;
use crate::select::{Picked, uuids};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::Problem;
use domain::export::{Selection, Source};
use std::collections::HashSet;

/// Of how many ids it is looked up when they were erased, where none of them is left.
const LOOKED_UP: usize = 50;

impl Storage {
    /// How many of the ids that were picked are nothing that the scope sees any more; 0 for a query, which may find nothing.
    ///
    /// # Errors
    /// [`Problem::picked_gone`] when none is left.
    pub(super) async fn missing_picks(
        &self,
        scope: &Scope,
        selection: &Selection,
        picked: &Picked,
    ) -> Result<u64, Error> {
        let Selection::Ids { source, ids } = selection else {
            return Ok(0);
        };
        let snapshot = self.snapshot().await?;
        let kinds = self.count_picked(&snapshot, scope, picked).await?;
        drop(snapshot);
        let left: u64 = kinds.values().sum();
        if left == 0 {
            let at = self.erased_at(scope, *source, ids).await?;
            let day = at.map(|at| {
                let local = at.with_timezone(&zone::of(scope.store()));
                local.format("%Y-%m-%d").to_string()
            });
            return Err(Problem::picked_gone(day.as_deref()).into());
        }
        let asked = if source.has_uuids() {
            let ids = uuids(ids, "/selection/ids")?;
            ids.into_iter().collect::<HashSet<_>>().len()
        } else {
            ids.iter().collect::<HashSet<_>>().len()
        };
        Ok((asked as u64).saturating_sub(left))
    }

    /// When the last of some entries was erased, as far as it is known and the role may count.
    async fn erased_at(
        &self,
        scope: &Scope,
        source: Source,
        ids: &[String],
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let mut last: Option<DateTime<Utc>> = None;
        if source.is_erasable() {
            for id in uuids(ids, "/selection/ids")?.into_iter().take(LOOKED_UP) {
                let gap = self.erased_entry(scope, id).await?;
                last = last.max(gap.map(|gap| gap.at));
            }
        }
        Ok(last)
    }

    /// Whether a call was made before under its idempotency key: then it asks for nothing new.
    pub(super) async fn is_repeated(
        &self,
        scope: &Scope,
        idempotency: Option<&Idempotency>,
    ) -> Result<bool, Error> {
        let Some(idempotency) = idempotency else {
            return Ok(false);
        };
        let text = "SELECT 1 FROM idempotency WHERE principal = ? AND key = ?";
        let values = values![scope.principal_key().principal, idempotency.key.clone()];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        Ok(row.is_some())
    }
}
