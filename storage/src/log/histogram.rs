//! The log over time.

mod kept;

use super::count::{COUNTED, MICROS_PER_HOUR};
use super::plan::Plan;
use super::zone;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{
    DateTime, Datelike as _, Duration, NaiveDateTime, NaiveTime, TimeZone as _, Timelike as _, Utc,
};
use chrono_tz::Tz;
use domain::view::{Bucket, BucketWidth, Histogram};
use domain::{Direction, Filter, Outcome, TimeRange};

/// How wide buckets can be. Of those that make no more buckets than asked for, the narrowest is taken.
const WIDTHS: [(BucketWidth, i64); 7] = [
    (BucketWidth::Minute, 60),
    (BucketWidth::QuarterHour, 900),
    (BucketWidth::Hour, 3_600),
    (BucketWidth::SixHours, 21_600),
    (BucketWidth::Day, 86_400),
    (BucketWidth::Week, 604_800),
    (BucketWidth::Month, 2_678_400),
];

impl Storage {
    /// The log over time, in `buckets` (1 to 400) or fewer stretches of an even width. Covers the filter's
    /// time, or from the first entry to now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn histogram(
        &self,
        scope: &Scope,
        filter: &Filter,
        buckets: u32,
    ) -> Result<Histogram, Error> {
        let plan = Plan::new(self, scope, filter).await?;
        let first = match filter.time_range().from {
            i64::MIN => self.first_seen(scope).await?,
            _ => None,
        };
        let mut histogram = self.empty_histogram(scope, filter.time_range(), first, buckets);
        if plan.is_impossible {
            return Ok(histogram);
        }
        let is_filled = plan.is_kept()
            && histogram.width >= BucketWidth::Hour
            && self.fill_from_hours(scope, &plan, &mut histogram).await?;
        if !is_filled {
            let (rows, stopped_at) = self.newest(&plan, COUNTED + 1).await?;
            for row in rows.iter().take(COUNTED) {
                add(
                    &mut histogram.buckets,
                    row.order_key.micros(),
                    row.outcome,
                    1,
                );
            }
            if rows.len() > COUNTED || stopped_at.is_some() {
                histogram.is_exact = false;
                let last = stopped_at.or_else(|| rows.get(COUNTED).map(|row| row.order_key));
                histogram.counted_from = last.map(|key| zone::time_of(key.micros()));
            }
        }
        Ok(histogram)
    }

    /// Stretches of an even width without anything in them: over `range`, from `first` where it is open, to now.
    pub(crate) fn empty_histogram(
        &self,
        scope: &Scope,
        range: TimeRange,
        first: Option<DateTime<Utc>>,
        buckets: u32,
    ) -> Histogram {
        let now = self.ambient().clock.now();
        let to = if range.to == i64::MAX {
            now + Duration::minutes(1)
        } else {
            zone::time_of(range.to)
        };
        let from = if range.from > i64::MIN {
            zone::time_of(range.from)
        } else {
            first.unwrap_or(to - Duration::days(30))
        };
        let (from, to) = if from < to {
            (from, to)
        } else {
            (to - Duration::hours(1), to)
        };
        let zone = zone::of(scope.store());
        let most = i64::from(buckets.clamp(1, 400));
        let seconds = (to - from).num_seconds().max(1);
        let edges = |width| self.edges(scope, zone, width, from, to, most);
        // Edges stand on the clock, so a range can reach into one bucket more than its length says. Months always fit:
        // they are joined.
        let (width, edges) = WIDTHS
            .into_iter()
            .filter(|(_, width)| seconds / width < most)
            .map(|(width, _)| (width, edges(width)))
            .find(|(_, edges)| i64::try_from(edges.len()).is_ok_and(|n| n <= most + 1))
            .unwrap_or_else(|| (BucketWidth::Month, edges(BucketWidth::Month)));
        Histogram {
            buckets: edges
                .windows(2)
                .map(|pair| Bucket {
                    from: pair[0].timestamp_micros(),
                    to: pair[1].timestamp_micros(),
                    offset_minutes: zone::offset_minutes(zone, pair[0]),
                    to_offset_minutes: zone::offset_minutes(zone, pair[1]),
                    ..Bucket::default()
                })
                .collect(),
            width,
            is_exact: true,
            counted_from: None,
        }
    }

    /// About when the first entry was that the scope sees: what is hidden from a restricted role must not show
    /// in where its histogram begins.
    async fn first_seen(&self, scope: &Scope) -> Result<Option<DateTime<Utc>>, Error> {
        if scope.role().is_restricted() {
            let plan = Plan::new(self, scope, &Filter::default()).await?;
            let found = plan.keys(None, Direction::Oldest, 1).await?;
            return Ok(found.keys.first().map(|key| zone::time_of(key.micros())));
        }
        let statement = "SELECT MIN(hour) FROM hour_count WHERE store_id = ?";
        let row = sql(
            self.readers().get_database_backend(),
            statement,
            values![scope.store_id().0],
        )
        .row(self.readers())
        .await?;
        let hour: Option<i64> = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        Ok(hour.map(|hour| zone::time_of(hour * MICROS_PER_HOUR)))
    }

    /// Where buckets begin, and where the last one ends, on the store's clock. Months are joined when there
    /// would be more than `most`.
    fn edges(
        &self,
        scope: &Scope,
        zone: Tz,
        width: BucketWidth,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        most: i64,
    ) -> Vec<DateTime<Utc>> {
        let local = from.with_timezone(&zone).naive_local();
        let last = to - Duration::microseconds(1);
        let last = last.with_timezone(&zone).naive_local();
        let months = month_number(last) - month_number(local) + 1;
        let step = match width {
            BucketWidth::Month => u32::try_from((months + most - 1) / most).unwrap_or(1),
            _ => 1,
        };
        let mut at = floor(local, width, zone::week_start(scope.store()));
        let mut edges: Vec<DateTime<Utc>> = Vec::new();
        loop {
            let utc = earliest(zone, at);
            // Where a clock is set back, an hour comes twice: edges only go forward.
            if edges.last().is_none_or(|last| *last < utc) {
                edges.push(utc);
            }
            if utc >= to || edges.len() > 1_000 {
                return edges;
            }
            at = next(at, width, step);
        }
    }
}

/// Counts one entry.
pub(crate) fn add_one(buckets: &mut [Bucket], micros: i64, outcome: Outcome) {
    add(buckets, micros, outcome, 1);
}

fn add(buckets: &mut [Bucket], micros: i64, outcome: Outcome, n: u64) {
    let place = buckets.partition_point(|bucket| bucket.from <= micros);
    let Some(bucket) = place.checked_sub(1).and_then(|at| buckets.get_mut(at)) else {
        return;
    };
    if micros < bucket.to {
        match outcome {
            Outcome::Success => bucket.success += n,
            Outcome::Pending => bucket.pending += n,
            Outcome::Failed => bucket.failed += n,
        }
    }
}

fn month_number(local: NaiveDateTime) -> i64 {
    i64::from(local.year()) * 12 + i64::from(local.month())
}

fn floor(local: NaiveDateTime, width: BucketWidth, week_start: chrono::Weekday) -> NaiveDateTime {
    let hour = |hour: u32| local.date().and_hms_opt(hour, 0, 0).unwrap_or(local);
    let midnight = local.date().and_time(NaiveTime::MIN);
    match width {
        BucketWidth::Minute => local
            .with_second(0)
            .and_then(|t| t.with_nanosecond(0))
            .unwrap_or(local),
        BucketWidth::QuarterHour => {
            hour(local.hour()) + Duration::minutes(i64::from(local.minute() / 15 * 15))
        }
        BucketWidth::Hour => hour(local.hour()),
        BucketWidth::SixHours => hour(local.hour() / 6 * 6),
        BucketWidth::Day => midnight,
        BucketWidth::Week => {
            midnight - Duration::days(i64::from(local.weekday().days_since(week_start)))
        }
        BucketWidth::Month => midnight.with_day(1).unwrap_or(midnight),
    }
}

fn next(at: NaiveDateTime, width: BucketWidth, months: u32) -> NaiveDateTime {
    match width {
        BucketWidth::Minute => at + Duration::minutes(1),
        BucketWidth::QuarterHour => at + Duration::minutes(15),
        BucketWidth::Hour => at + Duration::hours(1),
        BucketWidth::SixHours => at + Duration::hours(6),
        BucketWidth::Day => at + Duration::days(1),
        BucketWidth::Week => at + Duration::days(7),
        BucketWidth::Month => at
            .checked_add_months(chrono::Months::new(months))
            .unwrap_or(at + Duration::days(31)),
    }
}

fn earliest(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    let found = zone.from_local_datetime(&local);
    let found = found.earliest().or_else(|| {
        zone.from_local_datetime(&(local + Duration::hours(1)))
            .earliest()
    });
    found.map_or_else(|| local.and_utc(), |time| time.with_timezone(&Utc))
}
