//! Reading the activity log: through a scope, by a filter.

use crate::{Error, Scope, Storage};
use domain::query::{Query, QueryError};
use domain::view::{
    ActivityDetail, ActivityPage, Count, DayCount, Facets, Histogram, Suggestion, Surroundings,
};
use domain::{ActivityId, Cursor, Direction, Filter};

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// After this row; none for the first page.
    pub after: Option<Cursor>,
    /// Newest or oldest first; a cursor's own direction wins.
    pub direction: Direction,
    /// How many rows, 1 to 1,000.
    pub limit: u32,
}

/// What `storetrail verify` found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// How many ledger entries there are.
    pub entries: u64,
    /// The root over all leaves, hexadecimal.
    pub root: String,
    /// What does not agree, in words, at most 100.
    pub faults: Vec<String>,
}

impl Storage {
    /// The query as a filter, with times resolved on the store's clock.
    ///
    /// # Errors
    /// Each mistake with its position.
    pub fn filter(&self, _scope: &Scope, _q: &str) -> Result<Filter, Vec<QueryError>> {
        todo!()
    }

    /// A page of the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_activities(
        &self,
        _scope: &Scope,
        _filter: &Filter,
        _page: Page,
    ) -> Result<ActivityPage, Error> {
        todo!()
    }

    /// One entry with its history and proof. None when there is none or it is out of scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get_activity(
        &self,
        _scope: &Scope,
        _id: ActivityId,
    ) -> Result<Option<ActivityDetail>, Error> {
        todo!()
    }

    /// What happened around an entry. None when it is out of scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn surroundings(
        &self,
        _scope: &Scope,
        _id: ActivityId,
    ) -> Result<Option<Surroundings>, Error> {
        todo!()
    }

    /// How many match: exact where counts are kept, else up to 10,000 and said to be so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_activities(&self, _scope: &Scope, _filter: &Filter) -> Result<Count, Error> {
        todo!()
    }

    /// The log over time, in `buckets` (1 to 400) or fewer stretches of an even width. Covers the filter's
    /// time, or from the first entry to now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn histogram(
        &self,
        _scope: &Scope,
        _filter: &Filter,
        _buckets: u32,
    ) -> Result<Histogram, Error> {
        todo!()
    }

    /// Counts per category and outcome under the filter.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn facets(&self, _scope: &Scope, _filter: &Filter) -> Result<Facets, Error> {
        todo!()
    }

    /// Counts of the days named (`2026-11-20`, at most 60), on the store's clock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn day_counts(
        &self,
        _scope: &Scope,
        _filter: &Filter,
        _days: &[String],
    ) -> Result<Vec<DayCount>, Error> {
        todo!()
    }

    /// Values for a qualifier that begin with (or contain) what is typed, most used first, at most 10, from
    /// what the scope may see. `query` is the rest of the query, for the counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suggest(
        &self,
        _scope: &Scope,
        _query: &Query,
        _qualifier: &str,
        _prefix: &str,
    ) -> Result<Vec<Suggestion>, Error> {
        todo!()
    }

    /// Checks every leaf, payload, projection and the root.
    ///
    /// # Errors
    /// When the database fails; faults found are in the report.
    pub async fn verify(&self) -> Result<VerifyReport, Error> {
        todo!()
    }
}
