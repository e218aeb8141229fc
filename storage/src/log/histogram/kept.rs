//! Buckets from the counts kept per hour, and from the entries of the hours that a bucket's end cuts.

use super::{MICROS_PER_HOUR, add};
use crate::log::outcome_of;
use crate::log::plan::Plan;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::view::{Bucket, Histogram};
use domain::{OrderKey, Outcome};

/// How many entries of cut hours are counted one by one. Only where clocks differ from UTC by parts of an
/// hour are there more than those of two hours.
const CUT: i64 = 100_000;
/// How many cut pieces one statement counts.
const PIECES: usize = 64;

impl Storage {
    /// Fills the buckets, all that the plan finds in them; false when too many hours would have to be counted.
    pub(super) async fn fill_from_hours(
        &self,
        scope: &Scope,
        plan: &Plan<'_>,
        histogram: &mut Histogram,
    ) -> Result<bool, Error> {
        let (Some(first), Some(last)) = (histogram.buckets.first(), histogram.buckets.last())
        else {
            return Ok(true);
        };
        let hours = (
            first.from.div_euclid(MICROS_PER_HOUR),
            last.to.div_euclid(MICROS_PER_HOUR) + 1,
        );
        let range = plan.micros_range();
        let parts: Vec<Part> = histogram
            .buckets
            .iter()
            .filter_map(|bucket| Part::of(bucket, range))
            .collect();
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT hour, outcome, CAST(SUM(n) AS BIGINT) FROM hour_count WHERE store_id = ? AND hour >= ? AND hour < ?",
            values![scope.store_id().0, hours.0, hours.1],
        );
        push_actions(&mut statement, plan, "action_id");
        statement.push(" GROUP BY hour, outcome");
        let mut kept: Vec<(i64, Outcome, i64)> = Vec::new();
        let mut cut = 0;
        for row in statement.rows(self.readers()).await? {
            let (hour, n): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(2)?);
            let outcome = outcome_of(row.try_get_by_index(1)?)?;
            let place = parts.partition_point(|part| part.whole.1 <= hour);
            let is_whole = parts.get(place).is_some_and(|part| part.whole.0 <= hour);
            if is_whole {
                kept.push((hour, outcome, n));
            } else {
                cut += n;
            }
        }
        let pieces: Vec<(i64, i64)> = parts.iter().flat_map(Part::cut).collect();
        if cut > CUT {
            return Ok(false);
        }
        for (hour, outcome, n) in kept {
            if plan.allows_outcome(outcome) {
                let n = n.max(0).unsigned_abs();
                add(&mut histogram.buckets, hour * MICROS_PER_HOUR, outcome, n);
            }
        }
        for chunk in pieces.chunks(PIECES) {
            self.fill_pieces(scope, plan, chunk, &mut histogram.buckets)
                .await?;
        }
        Ok(true)
    }

    /// Counts stretches of time that each lie in one bucket.
    async fn fill_pieces(
        &self,
        scope: &Scope,
        plan: &Plan<'_>,
        pieces: &[(i64, i64)],
        buckets: &mut [Bucket],
    ) -> Result<(), Error> {
        let mut statement = sql(
            self.readers().get_database_backend(),
            "WITH piece (begins, first_key, end_key) AS (VALUES ",
            [],
        );
        for (at, (from, to)) in pieces.iter().enumerate() {
            statement.push(if at == 0 { "" } else { ", " }).list([
                *from,
                OrderKey::first_at(*from).0,
                OrderKey::first_at(*to).0,
            ]);
        }
        // The pieces lead, each a short walk along the index of time.
        let join = if statement.is_sqlite() {
            "CROSS JOIN activity a INDEXED BY activity_by_time"
        } else {
            "CROSS JOIN activity a"
        };
        statement
            .push(") SELECT p.begins, a.outcome, COUNT(*) FROM piece p ")
            .push(join)
            .push(" WHERE a.store_id = ")
            .bind(scope.store_id().0)
            .push(" AND a.order_key >= p.first_key AND a.order_key < p.end_key");
        push_actions(&mut statement, plan, "a.action_id");
        statement.push(" GROUP BY p.begins, a.outcome");
        for row in statement.rows(self.readers()).await? {
            let outcome = outcome_of(row.try_get_by_index(1)?)?;
            if plan.allows_outcome(outcome) {
                let n: i64 = row.try_get_by_index(2)?;
                let n = n.max(0).unsigned_abs();
                add(buckets, row.try_get_by_index(0)?, outcome, n);
            }
        }
        Ok(())
    }
}

fn push_actions(statement: &mut crate::sql::Sql, plan: &Plan<'_>, column: &str) {
    if plan.allowed_actions().len() < plan.all_actions.len() {
        statement
            .push(" AND ")
            .push(column)
            .push(" IN ")
            .list(plan.allowed_actions().iter().map(|row| row.id));
    }
}

/// What is asked for of a bucket.
struct Part {
    from: i64,
    to: i64,
    /// The hours that lie wholly inside, from (inclusive) to (exclusive); never reversed.
    whole: (i64, i64),
}

impl Part {
    fn of(bucket: &Bucket, (from, to): (i64, i64)) -> Option<Self> {
        let (from, to) = (bucket.from.max(from), bucket.to.min(to));
        if from >= to {
            return None;
        }
        let first = from.div_euclid(MICROS_PER_HOUR) + i64::from(from % MICROS_PER_HOUR != 0);
        let end = to.div_euclid(MICROS_PER_HOUR).max(first);
        Some(Self {
            from,
            to,
            whole: (first, end),
        })
    }

    /// What is left of it beside the whole hours.
    fn cut(&self) -> impl Iterator<Item = (i64, i64)> {
        let (first, end) = (
            self.whole.0 * MICROS_PER_HOUR,
            self.whole.1 * MICROS_PER_HOUR,
        );
        let pieces = if first < end {
            [(self.from, first), (end, self.to)]
        } else {
            [(self.from, self.to), (0, 0)]
        };
        pieces.into_iter().filter(|(from, to)| from < to)
    }
}
