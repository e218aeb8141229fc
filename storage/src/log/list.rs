//! Pages of the log, by keyset.

use super::plan::Plan;
use super::{Page, row, zone};
use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::view::ActivityPage;
use domain::{Cursor, Filter, Test};

impl Storage {
    /// A page of the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_activities(
        &self,
        scope: &Scope,
        filter: &Filter,
        page: Page,
    ) -> Result<ActivityPage, Error> {
        let direction = page.after.map_or(page.direction, |cursor| cursor.direction);
        let limit = page.limit.clamp(1, 1_000) as usize;
        let plan = Plan::new(self, scope, filter).await?;
        let mut found = plan
            .keys(page.after.map(|cursor| cursor.after), direction, limit + 1)
            .await?;
        let has_more = found.keys.len() > limit;
        found.keys.truncate(limit);
        let last = if has_more {
            found.keys.last().copied()
        } else {
            found.stopped_at
        };
        let gaps = if is_time_only(filter) {
            let part = (page.after.map(|cursor| cursor.after), direction, last);
            self.gaps_of_page(scope, Source::Activity, filter.time_range(), part)
                .await?
        } else {
            Vec::new()
        };
        Ok(ActivityPage {
            rows: row::of_keys(self.readers(), scope, &found.keys).await?,
            next: last.map(|after| Cursor { after, direction }.to_string()),
            searched_to: found
                .stopped_at
                .filter(|_| !has_more)
                .map(|key| zone::time_of(key.micros())),
            gaps,
        })
    }
}

/// Whether nothing but one stretch of time is asked for.
fn is_time_only(filter: &Filter) -> bool {
    filter.clauses.iter().all(|clause| {
        !clause.is_negated && matches!(&clause.test, Test::Created(ranges) if ranges.len() == 1)
    })
}
