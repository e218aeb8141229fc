//! The store's clock: days and times as people in the store read them, from UTC and the minutes that the
//! server gives. The browser's own zone is never asked.

use crate::activity::browser;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use leptos::prelude::*;
use std::time::Duration;

/// How often what is said relative to now is said again.
const TICK: Duration = Duration::from_secs(20);

/// Now, on the server's clock when the page was made, going on with the browser's. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Moment {
    /// Now, to the minute or so: what relative times and the day rows go by.
    pub now: RwSignal<DateTime<Utc>>,
    /// What the store's clock adds to UTC now, in minutes.
    pub offset_minutes: i32,
    begun: StoredValue<(DateTime<Utc>, f64)>,
}

impl Moment {
    /// As the server has it.
    pub fn new(now: DateTime<Utc>, offset_minutes: i32) -> Self {
        Self {
            now: RwSignal::new(now),
            offset_minutes,
            begun: StoredValue::new((now, browser::milliseconds())),
        }
    }

    /// Goes on with the browser's clock. Browser only: on the server effects never run.
    pub fn go_on(self) {
        Effect::new(move |_| {
            let tick = move || {
                self.now.try_set(self.exactly());
            };
            if let Ok(handle) = set_interval_with_handle(tick, TICK) {
                on_cleanup(move || handle.clear());
            }
        });
    }

    /// Now, to the millisecond.
    pub fn exactly(self) -> DateTime<Utc> {
        let (now, begun) = self.begun.try_get_value().unwrap_or_default();
        now + TimeDelta::milliseconds((browser::milliseconds() - begun) as i64)
    }

    /// Today on the store's clock.
    pub fn today(self) -> NaiveDate {
        day_of(self.now.get(), self.offset_minutes)
    }

    /// Today as it was when this was asked: for what is rendered once and opened anew, such as a message.
    pub fn today_untracked(self) -> NaiveDate {
        day_of(self.now.get_untracked(), self.offset_minutes)
    }
}

/// A time on the store's clock.
pub fn local(at: DateTime<Utc>, offset_minutes: i32) -> NaiveDateTime {
    at.naive_utc()
        .checked_add_signed(TimeDelta::minutes(i64::from(offset_minutes)))
        .unwrap_or(at.naive_utc())
}

/// Its day on the store's clock.
pub fn day_of(at: DateTime<Utc>, offset_minutes: i32) -> NaiveDate {
    local(at, offset_minutes).date()
}

/// Microseconds since 1970 UTC as a time; the beginning of 1970 when there is no such time.
pub fn of_micros(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// `09:14:03`.
pub fn clock(at: NaiveDateTime) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// `09:14`.
pub fn clock_short(at: NaiveDateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `GMT+3`, `GMT+5:30`, `GMT`.
pub fn zone(offset_minutes: i32) -> String {
    let (hours, minutes) = (offset_minutes.abs() / 60, offset_minutes.abs() % 60);
    let sign = if offset_minutes < 0 { '−' } else { '+' };
    match (hours, minutes) {
        (0, 0) => "GMT".to_owned(),
        (hours, 0) => format!("GMT{sign}{hours}"),
        (hours, minutes) => format!("GMT{sign}{hours}:{minutes:02}"),
    }
}

/// How far an entry lies from another: `+0:41`, `−1:42`, `+2:03:09`.
pub fn apart(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let seconds = (to - from).num_seconds();
    let sign = if seconds < 0 { '−' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours >= 100 {
        format!("{sign}{}d", hours / 24)
    } else if hours > 0 {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{sign}{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn the_stores_clock_may_be_on_another_day() {
        let evening = at("2026-11-19T22:30:05Z");
        assert_eq!(day_of(evening, 180).to_string(), "2026-11-20");
        assert_eq!(clock(local(evening, 180)), "01:30:05");
        assert_eq!(clock_short(local(evening, -150)), "20:00");
    }

    #[test]
    fn a_zone_is_named_by_its_distance() {
        assert_eq!(zone(180), "GMT+3");
        assert_eq!(zone(-210), "GMT−3:30");
        assert_eq!(zone(0), "GMT");
    }

    #[test]
    fn a_distance_reads_as_minutes_and_seconds() {
        let here = at("2026-11-20T06:14:03Z");
        assert_eq!(apart(here, at("2026-11-20T06:14:44Z")), "+0:41");
        assert_eq!(apart(here, at("2026-11-20T06:12:21Z")), "−1:42");
        assert_eq!(apart(here, at("2026-11-20T08:17:12Z")), "+2:03:09");
    }
}
