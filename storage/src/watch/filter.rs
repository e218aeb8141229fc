//! The query language for the two logs, and what of a filter the tables' columns decide.

use crate::log::zone;
use crate::sql::Sql;
use crate::{Scope, Storage};
use domain::OrderKey;
use domain::entry::{EntryFilter, EntryTest};
use domain::query::{Dialect, Query, QueryError, REQUESTS, SECURITY};
use domain::security::{SecurityKind, SecurityOutcome};

/// Which of the two logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    Security,
    Requests,
}

impl Log {
    /// The words of its query.
    pub(crate) const fn dialect(self) -> &'static Dialect {
        match self {
            Self::Security => &SECURITY,
            Self::Requests => &REQUESTS,
        }
    }
}

impl Storage {
    /// A query about the security log as a filter, with times resolved on the store's clock.
    ///
    /// # Errors
    /// What was not understood, with its place.
    pub fn security_filter(&self, scope: &Scope, q: &str) -> Result<EntryFilter, Vec<QueryError>> {
        self.entry_filter(scope, q, Log::Security.dialect())
    }

    /// A query about the operations log as a filter, with times resolved on the store's clock.
    ///
    /// # Errors
    /// What was not understood, with its place.
    pub fn requests_filter(&self, scope: &Scope, q: &str) -> Result<EntryFilter, Vec<QueryError>> {
        self.entry_filter(scope, q, Log::Requests.dialect())
    }

    fn entry_filter(
        &self,
        scope: &Scope,
        q: &str,
        dialect: &'static Dialect,
    ) -> Result<EntryFilter, Vec<QueryError>> {
        Query::parse_as(q, dialect).to_entry_filter(
            self.ambient().clock.now(),
            &zone::of(scope.store()),
            zone::week_start(scope.store()),
        )
    }
}

/// Appends what columns decide of a filter on table `e`: never less than the filter lets through, often more;
/// the filter itself decides.
pub(super) fn push_conditions(log: Log, filter: &EntryFilter, is_masked: bool, sql: &mut Sql) {
    let range = filter.time_range();
    if range.from > i64::MIN {
        let from = range.from.clamp(0, i64::MAX >> OrderKey::TIE_BITS);
        sql.push(" AND e.order_key >= ")
            .bind(OrderKey::first_at(from).0);
    }
    if range.to < i64::MAX {
        let to = range.to.clamp(0, i64::MAX >> OrderKey::TIE_BITS);
        // Where a microsecond was full, keys run on into the next ones.
        sql.push(" AND e.order_key < ")
            .bind(OrderKey::first_at(to.saturating_add(2)).0);
    }
    if log == Log::Security {
        push_members(sql, "kind", filter, SecurityKind::ALL.len());
        push_members(sql, "outcome", filter, SecurityOutcome::ALL.len());
    }
    for clause in filter.clauses.iter().filter(|clause| !clause.is_negated) {
        match &clause.test {
            EntryTest::Id(ids) => {
                sql.push(" AND e.id IN ")
                    .list(ids.iter().map(|id| id.as_bytes().to_vec()));
            }
            EntryTest::Term("request", patterns) if patterns.iter().all(|p| !p.is_prefix) => {
                sql.push(" AND e.request_id IN ")
                    .list(patterns.iter().map(|p| p.text.clone()));
            }
            EntryTest::Term("status", patterns) if log == Log::Requests => {
                let numbers = patterns.iter().map(|p| {
                    p.text
                        .parse::<i16>()
                        .ok()
                        .filter(|_| !p.is_prefix && p.text.len() == 3)
                });
                if let Some(numbers) = numbers.collect::<Option<Vec<i16>>>() {
                    sql.push(" AND e.status IN ").list(numbers);
                }
            }
            EntryTest::Ip(ranges) if log == Log::Security && !is_masked => {
                sql.push(" AND (");
                for (at, range) in ranges.iter().enumerate() {
                    sql.push(if at == 0 { "" } else { " OR " });
                    sql.push("(e.ip >= ").bind(range.first.to_vec());
                    sql.push(" AND e.ip <= ").bind(range.last.to_vec());
                    sql.push(")");
                }
                sql.push(")");
            }
            _ => {}
        }
    }
}

fn push_members(sql: &mut Sql, column: &'static str, filter: &EntryFilter, most: usize) {
    let bits = filter.members(column);
    let all = (1u32 << most) - 1;
    if bits & all != all {
        let asked = (0..most).filter(|number| bits >> number & 1 == 1);
        sql.push(" AND e.")
            .push(column)
            .push(" IN ")
            .list(asked.filter_map(|number| i16::try_from(number).ok()));
    }
}
