//! Pages of the log, by keyset.

use super::plan::Plan;
use super::tie::{Rows, at_stop};
use super::{Page, row, walk, zone};
use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::view::ActivityPage;
use domain::{Cursor, Direction, Filter, Test};

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
        self.activities_within(scope, filter, page, walk::BOUND_OF_PAGE)
            .await
    }

    /// The newest that a filter finds, for who never asks for a next page: looked for twenty times as far as a page is.
    ///
    /// # Errors
    /// As [`Self::list_activities`].
    pub(crate) async fn newest_activities(
        &self,
        scope: &Scope,
        filter: &Filter,
        most: u32,
    ) -> Result<ActivityPage, Error> {
        let page = Page {
            after: None,
            direction: Direction::Newest,
            limit: most,
        };
        self.activities_within(scope, filter, page, walk::BOUND)
            .await
    }

    /// A page for which so many rows are looked through.
    pub(crate) async fn activities_within(
        &self,
        scope: &Scope,
        filter: &Filter,
        page: Page,
        bound: usize,
    ) -> Result<ActivityPage, Error> {
        let direction = page.after.map_or(page.direction, |cursor| cursor.direction);
        let limit = page.limit.clamp(1, 1_000) as usize;
        let plan = Plan::new(self, scope, filter).await?;
        let after = self.key_of(scope, Rows::Activities, page.after).await?;
        let mut found = plan.keys_within(after, direction, limit + 1, bound).await?;
        let has_more = found.keys.len() > limit;
        found.keys.truncate(limit);
        let stopped_at = found.stopped_at.filter(|_| !has_more);
        let last = if has_more {
            found.keys.last().copied()
        } else {
            stopped_at
        };
        let gaps = if is_time_only(filter) {
            let part = (after, direction, last);
            self.gaps_of_page(scope, Source::Activity, filter.time_range(), part)
                .await?
        } else {
            Vec::new()
        };
        let is_nothing = found.keys.is_empty() && last.is_none() && after.is_none();
        let was_erased = is_nothing
            && self
                .has_gaps(scope, Source::Activity, filter.time_range())
                .await?;
        let next = match last.map(|after| Cursor { after, direction }) {
            Some(cursor) if has_more => {
                Some(self.cursor_after(scope, Rows::Activities, cursor).await?)
            }
            stopped => stopped.map(|cursor| at_stop(scope, &mut found.keys, cursor)),
        };
        Ok(ActivityPage {
            rows: row::of_keys(self.readers(), scope, &found.keys).await?,
            next: next.map(|cursor| cursor.to_string()),
            searched_to: stopped_at.map(|key| zone::time_of(key.micros())),
            gaps,
            was_erased,
        })
    }
}

/// Whether nothing but one stretch of time is asked for.
fn is_time_only(filter: &Filter) -> bool {
    filter.clauses.iter().all(|clause| {
        !clause.is_negated && matches!(&clause.test, Test::Created(ranges) if ranges.len() == 1)
    })
}
