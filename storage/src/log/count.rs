//! How many: from kept counts where nothing but actions, outcomes and time is asked for, else by looking
//! at a bounded number of the newest entries, and said to be so.

use super::plan::Plan;
use super::zone;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{NaiveDate, TimeZone as _};
use domain::view::{Count, DayCount, Facets};
use domain::{Category, Clause, Direction, Filter, OrderKey, Outcome, Test, TimeRange};
use sea_orm::ConnectionTrait as _;
use std::collections::HashMap;

/// How many entries are counted one by one.
pub(super) const COUNTED: usize = 10_000;
pub(super) const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// Entries counted by action and outcome.
pub(crate) struct Tally {
    pub(crate) counts: HashMap<(i64, Outcome), i64>,
    pub(crate) is_exact: bool,
}

impl Tally {
    fn count(&self, mut is_wanted: impl FnMut(i64, Outcome) -> bool) -> Count {
        let wanted = self
            .counts
            .iter()
            .filter(|((action, outcome), _)| is_wanted(*action, *outcome));
        let count: i64 = wanted.map(|(_, n)| n).sum();
        Count {
            count: count.max(0).unsigned_abs(),
            is_exact: self.is_exact,
        }
    }
}

impl Storage {
    /// How many match: exact where counts are kept, else up to 10,000 and said to be so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_activities(&self, scope: &Scope, filter: &Filter) -> Result<Count, Error> {
        let plan = Plan::new(self, scope, filter).await?;
        Ok(self.tally(scope, &plan).await?.count(|_, _| true))
    }

    /// Counts per category and outcome under the filter.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn facets(&self, scope: &Scope, filter: &Filter) -> Result<Facets, Error> {
        let without = |is_left_out: fn(&Clause) -> bool| Filter {
            clauses: filter
                .clauses
                .iter()
                .filter(|c| !is_left_out(c))
                .cloned()
                .collect(),
        };
        let is_category = |c: &Clause| !c.is_negated && matches!(c.test, Test::Category(_));
        let is_outcome = |c: &Clause| !c.is_negated && matches!(c.test, Test::Outcome(_));

        let open = Plan::new(self, scope, &without(is_category)).await?;
        let by_category = self.tally(scope, &open).await?;
        let of_action: HashMap<i64, _> = open
            .all_actions
            .iter()
            .map(|row| (row.id, row.action.categories))
            .collect();
        let categories = Category::ALL
            .into_iter()
            .map(|category| {
                let holds = |action| {
                    of_action
                        .get(&action)
                        .is_some_and(|set| set.contains(category))
                };
                (category, by_category.count(|action, _| holds(action)))
            })
            .filter(|(_, count)| count.count > 0)
            .collect();

        let plan = Plan::new(self, scope, &without(is_outcome)).await?;
        let by_outcome = self.tally(scope, &plan).await?;
        let outcomes: Vec<_> = Outcome::ALL
            .into_iter()
            .map(|outcome| (outcome, by_outcome.count(|_, o| o == outcome)))
            .collect();
        let matching = if filter.clauses.iter().any(is_outcome) {
            self.count_activities(scope, filter).await?
        } else {
            by_outcome.count(|_, _| true)
        };
        Ok(Facets {
            all: by_category.count(|_, _| true),
            categories,
            outcomes,
            matching,
        })
    }

    /// Counts of the days named (`2026-11-20`, at most 60), on the store's clock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn day_counts(
        &self,
        scope: &Scope,
        filter: &Filter,
        days: &[String],
    ) -> Result<Vec<DayCount>, Error> {
        let zone = zone::of(scope.store());
        let midnight = |day: NaiveDate| {
            let local = day.and_hms_opt(0, 0, 0)?;
            let found = zone.from_local_datetime(&local);
            // Where clocks jump over midnight the day begins at the first time that exists.
            found.earliest().or_else(|| {
                zone.from_local_datetime(&(local + chrono::Duration::hours(1)))
                    .earliest()
            })
        };
        let mut counts = Vec::new();
        for day in days.iter().take(60) {
            let Ok(date) = day.parse::<NaiveDate>() else {
                continue;
            };
            let bounds = midnight(date).zip(date.succ_opt().and_then(midnight));
            let Some((from, to)) = bounds else { continue };
            let range = TimeRange {
                from: from.timestamp_micros(),
                to: to.timestamp_micros(),
            };
            let mut filter = filter.clone();
            filter.clauses.push(Clause {
                is_negated: false,
                test: Test::Created(vec![range]),
            });
            counts.push(DayCount {
                day: day.clone(),
                count: self.count_activities(scope, &filter).await?,
            });
        }
        Ok(counts)
    }

    /// Counts by action and outcome of what the plan finds.
    pub(crate) async fn tally(&self, scope: &Scope, plan: &Plan<'_>) -> Result<Tally, Error> {
        if plan.is_impossible {
            return Ok(Tally {
                counts: HashMap::new(),
                is_exact: true,
            });
        }
        if plan.is_kept() {
            return self.kept_tally(scope, plan).await;
        }
        let (rows, stopped_at) = self.newest(plan, COUNTED + 1).await?;
        let is_exact = rows.len() <= COUNTED && stopped_at.is_none();
        let mut counts = HashMap::new();
        for row in rows.iter().take(COUNTED) {
            *counts.entry((row.action_id, row.outcome)).or_default() += 1;
        }
        Ok(Tally { counts, is_exact })
    }

    /// From the counts kept per action, per hour, and the entries of the hours cut by the range's ends.
    async fn kept_tally(&self, scope: &Scope, plan: &Plan<'_>) -> Result<Tally, Error> {
        let mut counts: HashMap<(i64, Outcome), i64> = HashMap::new();
        let (from, to) = plan.micros_range();
        if (from, to) == (i64::MIN, i64::MAX) {
            for row in &plan.all_actions {
                for outcome in Outcome::ALL {
                    counts.insert((row.id, outcome), row.count(outcome));
                }
            }
        } else {
            let first_hour = from.max(0).div_euclid(MICROS_PER_HOUR)
                + i64::from(from.max(0) % MICROS_PER_HOUR != 0);
            let last_hour = to.div_euclid(MICROS_PER_HOUR);
            let mut read = async |statement| -> Result<(), Error> {
                let statement: crate::sql::Sql = statement;
                for row in statement.rows(&plan.database).await? {
                    let outcome = super::outcome_of(row.try_get_by_index(1)?)?;
                    *counts
                        .entry((row.try_get_by_index(0)?, outcome))
                        .or_default() += row.try_get_by_index::<i64>(2)?;
                }
                Ok(())
            };
            let backend = plan.database.get_database_backend();
            let store = scope.store_id().0;
            if first_hour < last_hour {
                let text = "SELECT action_id, outcome, CAST(SUM(n) AS BIGINT) FROM hour_count \
                            WHERE store_id = ? AND hour >= ? AND hour < ? GROUP BY action_id, outcome";
                read(sql(backend, text, values![store, first_hour, last_hour])).await?;
            }
            let edges = if first_hour <= last_hour {
                vec![
                    (from, first_hour.saturating_mul(MICROS_PER_HOUR)),
                    (last_hour.saturating_mul(MICROS_PER_HOUR), to),
                ]
            } else {
                vec![(from, to)]
            };
            for (from, to) in edges
                .into_iter()
                .filter(|(from, to)| from < to && *from > i64::MIN && *to < i64::MAX)
            {
                let text = "SELECT action_id, outcome, COUNT(*) FROM activity \
                            WHERE store_id = ? AND order_key >= ? AND order_key < ? GROUP BY action_id, outcome";
                let (first, end) = (OrderKey::first_at(from).0, OrderKey::first_at(to).0);
                read(sql(backend, text, values![store, first, end])).await?;
            }
        }
        let allowed: Vec<i64> = plan.allowed_actions().iter().map(|row| row.id).collect();
        counts.retain(|(action, outcome), _| {
            allowed.contains(action) && plan.allows_outcome(*outcome)
        });
        Ok(Tally {
            counts,
            is_exact: true,
        })
    }

    /// The newest entries that a plan finds, with what counts need of them.
    pub(super) async fn newest(
        &self,
        plan: &Plan<'_>,
        limit: usize,
    ) -> Result<(Vec<Counted>, Option<OrderKey>), Error> {
        let found = plan.keys(None, Direction::Newest, limit).await?;
        let mut rows = Vec::with_capacity(found.keys.len());
        for chunk in found.keys.chunks(1_000) {
            let backend = plan.database.get_database_backend();
            let mut statement = sql(
                backend,
                "SELECT order_key, action_id, outcome FROM activity WHERE order_key IN ",
                [],
            );
            statement.list(chunk.iter().map(|key| key.0));
            for row in statement.rows(&plan.database).await? {
                rows.push(Counted {
                    order_key: OrderKey(row.try_get_by_index(0)?),
                    action_id: row.try_get_by_index(1)?,
                    outcome: super::outcome_of(row.try_get_by_index(2)?)?,
                });
            }
        }
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.order_key));
        Ok((rows, found.stopped_at))
    }
}

/// What counts need of one entry.
pub(super) struct Counted {
    pub(super) order_key: OrderKey,
    pub(super) action_id: i64,
    pub(super) outcome: Outcome,
}
