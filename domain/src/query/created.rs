//! `created:` on a clock in a zone.

use super::point::{Period, Point, TimeSpec, Unit, read_time};
use crate::TimeRange;
use chrono::{
    DateTime, Datelike, Days, MappedLocalTime, Months, NaiveDate, NaiveDateTime, NaiveTime,
    TimeDelta, TimeZone, Timelike, Utc, Weekday,
};

/// What a time word is measured by.
pub(super) struct Clock<'z, Z: TimeZone> {
    pub(super) now: DateTime<Utc>,
    pub(super) zone: &'z Z,
    pub(super) week_starts_on: Weekday,
}

impl<Z: TimeZone> Clock<'_, Z> {
    /// The range of a value; none when it ends before it begins.
    pub(super) fn resolve(&self, spec: TimeSpec) -> Option<TimeRange> {
        let (from, to) = match spec {
            // What comes in from now on is among the last seven days too: the end stays open.
            TimeSpec::One(point @ Point::Ago(..)) => {
                let from = self.range(point).from;
                return Some(TimeRange { from, to: i64::MAX });
            }
            TimeSpec::One(point) => return Some(self.range(point)),
            TimeSpec::Range(from, to) => (
                from.map(|point| self.range(point)),
                to.map(|point| self.range(point)),
            ),
        };
        if let (Some(first), Some(last)) = (from, to) {
            // A range inside the hour that the clocks skip is empty, not reversed.
            let is_reversed =
                first.from > last.to || (first.from == last.to && first.from > last.from);
            if is_reversed {
                return None;
            }
        }
        Some(TimeRange {
            from: from.map_or(i64::MIN, |range| range.from),
            to: to.map_or(i64::MAX, |range| range.to),
        })
    }

    fn range(&self, point: Point) -> TimeRange {
        match point {
            Point::Period(period, ago) => {
                let (first, after) = self.period(period, ago);
                self.days(first, after)
            }
            Point::Ago(amount, unit) => {
                let at = self.ago(amount, unit);
                TimeRange { from: at, to: at }
            }
            Point::Days(first, after) => self.days(first, after),
            Point::Local(from, unit) => TimeRange {
                from: self.instant(from, Side::Earliest),
                // The last of the unit's moments on this clock, then the unit's length.
                to: self.end_of(from, unit),
            },
            Point::Utc(from, unit) => TimeRange {
                from: from.and_utc().timestamp_micros(),
                to: (from + unit).and_utc().timestamp_micros(),
            },
        }
    }

    fn days(&self, first: NaiveDate, after: NaiveDate) -> TimeRange {
        TimeRange {
            from: self.instant(first.and_time(NaiveTime::MIN), Side::Earliest),
            to: self.instant(after.and_time(NaiveTime::MIN), Side::Earliest),
        }
    }

    fn end_of(&self, from: NaiveDateTime, unit: TimeDelta) -> i64 {
        match self.zone.from_local_datetime(&from) {
            // The clocks skip this time: it has no moment.
            MappedLocalTime::None => self.instant(from, Side::Latest),
            _ => self
                .instant(from, Side::Latest)
                .saturating_add(unit.num_microseconds().unwrap_or(0)),
        }
    }

    fn today(&self) -> NaiveDate {
        self.local_now().date()
    }

    fn local_now(&self) -> NaiveDateTime {
        self.now.with_timezone(self.zone).naive_local()
    }

    fn period(&self, period: Period, ago: u32) -> (NaiveDate, NaiveDate) {
        let today = self.today();
        let back = |days: u32| {
            today
                .checked_sub_days(Days::new(days.into()))
                .unwrap_or(today)
        };
        let on =
            |first: NaiveDate, days: u64| first.checked_add_days(Days::new(days)).unwrap_or(first);
        match period {
            Period::Day => {
                let day = back(ago);
                (day, on(day, 1))
            }
            Period::Week => {
                let first = back(today.weekday().days_since(self.week_starts_on) + 7 * ago);
                (first, on(first, 7))
            }
            Period::Month => {
                let this = today.with_day(1).unwrap_or(today);
                let first = this.checked_sub_months(Months::new(ago)).unwrap_or(this);
                (
                    first,
                    first.checked_add_months(Months::new(1)).unwrap_or(first),
                )
            }
        }
    }

    /// Hours and minutes back are counted; days and weeks back have the same time of day.
    fn ago(&self, amount: u32, unit: Unit) -> i64 {
        let days = match unit {
            Unit::Minutes => {
                return (self.now - TimeDelta::minutes(amount.into())).timestamp_micros();
            }
            Unit::Hours => return (self.now - TimeDelta::hours(amount.into())).timestamp_micros(),
            Unit::Days => u64::from(amount),
            Unit::Weeks => u64::from(amount) * 7,
        };
        match self.local_now().checked_sub_days(Days::new(days)) {
            Some(then) => self.instant(then, Side::Earliest),
            None => i64::MIN,
        }
    }

    /// The moment at which the clock shows `local`; when it shows it twice, the one asked for; when it
    /// skips it, the moment of the skip.
    fn instant(&self, local: NaiveDateTime, side: Side) -> i64 {
        let found = match self.zone.from_local_datetime(&local) {
            MappedLocalTime::Single(at) => Some(at),
            MappedLocalTime::Ambiguous(first, second) => Some(match side {
                Side::Earliest => first.min(second),
                Side::Latest => first.max(second),
            }),
            MappedLocalTime::None => self.after_skip(local),
        };
        found.map_or_else(
            || local.and_utc().timestamp_micros(),
            |at| at.timestamp_micros(),
        )
    }

    /// The first moment after the skip that `local` lies in. No zone ever skipped more than a day.
    fn after_skip(&self, local: NaiveDateTime) -> Option<DateTime<Z>> {
        let is_skipped = |seconds: i64| {
            let at = local.with_nanosecond(0).unwrap_or(local) + TimeDelta::seconds(seconds);
            self.zone.from_local_datetime(&at)
        };
        let (mut skipped, mut shown) = (0, 25 * 60 * 60);
        while shown - skipped > 1 {
            let middle = skipped + (shown - skipped) / 2;
            match is_skipped(middle) {
                MappedLocalTime::None => skipped = middle,
                _ => shown = middle,
            }
        }
        is_skipped(shown).earliest()
    }
}

#[derive(Clone, Copy)]
enum Side {
    Earliest,
    Latest,
}

/// The value of `created:` for a stretch of the store's clock, `to` exclusive: what the histogram's brush
/// and the calendar write. Whole days as days, else minutes, else seconds.
pub fn created_between(from: NaiveDateTime, to: NaiveDateTime) -> String {
    let is_midnight = |at: NaiveDateTime| at.time() == NaiveTime::MIN;
    let (length, unit) = if is_midnight(from) && is_midnight(to) {
        ("2026-11-01".len(), TimeDelta::days(1))
    } else if from.second() == 0 && to.second() == 0 {
        ("2026-11-01T09:00".len(), TimeDelta::minutes(1))
    } else {
        ("2026-11-01T09:00:30".len(), TimeDelta::seconds(1))
    };
    let last = (to - unit).max(from);
    let written = |at: NaiveDateTime| {
        let (date, time) = (at.date(), at.time());
        let mut text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            date.year(),
            date.month(),
            date.day(),
            time.hour(),
            time.minute(),
            time.second()
        );
        text.truncate(length);
        text
    };
    let (first, last) = (written(from), written(last));
    if first == last {
        first
    } else {
        format!("{first}..{last}")
    }
}

/// The first and last day that a value of `created:` touches on the store's clock, none for an open end:
/// what the calendar marks. `local_now` is now on that clock. `None` when the value is no time.
pub fn created_days(
    value: &str,
    local_now: NaiveDateTime,
    week_starts_on: Weekday,
) -> Option<(Option<NaiveDate>, Option<NaiveDate>)> {
    let clock = Clock {
        now: local_now.and_utc(),
        zone: &Utc,
        week_starts_on,
    };
    let range = clock.resolve(read_time(value).ok()?)?;
    let day = |micros: i64| DateTime::from_timestamp_micros(micros).map(|at| at.date_naive());
    let from = (range.from > i64::MIN).then(|| day(range.from)).flatten();
    let to = (range.to < i64::MAX).then(|| day(range.to - 1)).flatten();
    Some((
        from,
        to.map(|last| from.map_or(last, |first| last.max(first))),
    ))
}
