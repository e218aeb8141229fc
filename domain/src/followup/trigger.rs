//! What sets a rule off: a message that comes in, something that happens, the store's clock.

use crate::export::Every;
use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Timelike as _, Utc};
use serde::{Deserialize, Serialize};

/// What sets a rule off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum Trigger {
    /// A message comes in.
    #[default]
    Message,
    /// An activity is recorded that this query of the activity log finds.
    Event {
        /// The query, 1 to 1,000 characters, without `created:` and `id:`.
        query: String,
    },
    /// The store's clock shows a time.
    Schedule {
        /// Which times.
        schedule: Often,
    },
}

impl Trigger {
    /// The name in JSON.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Event { .. } => "event",
            Self::Schedule { .. } => "schedule",
        }
    }

    /// Whether times alone set it off, so that it is about no thing.
    pub const fn is_schedule(&self) -> bool {
        matches!(self, Self::Schedule { .. })
    }
}

/// The times of a schedule, on the store's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "every", rename_all = "snake_case")]
pub enum Often {
    /// Each hour.
    Hour {
        /// At this minute, 0 to 59.
        minute: u8,
    },
    /// Each day.
    Day {
        /// Minutes since midnight, 0 to 1,439.
        at: u16,
    },
    /// Each week.
    Week {
        /// 0 for Monday to 6 for Sunday (ISO 8601 minus one).
        weekday: u8,
        /// Minutes since midnight, 0 to 1,439.
        at: u16,
    },
    /// Each month.
    Month {
        /// 1 to 31; in a shorter month its last day.
        day: u8,
        /// Minutes since midnight, 0 to 1,439.
        at: u16,
    },
}

impl Often {
    /// Whether all its numbers are in their bounds.
    pub const fn is_sound(self) -> bool {
        match self {
            Self::Hour { minute } => minute < 60,
            Self::Day { at } => at < 1_440,
            Self::Week { weekday, at } => weekday < 7 && at < 1_440,
            Self::Month { day, at } => 1 <= day && day <= 31 && at < 1_440,
        }
    }

    /// The first time after a moment. A time of day that the clocks skip is the first moment after the skip; one that
    /// they show twice counts once, the first time. Hours are real hours: when the clock shows one twice, both count.
    pub fn next_after(self, after: DateTime<Utc>, zone: &impl TimeZone) -> DateTime<Utc> {
        let (every, at) = match self {
            Self::Hour { minute } => return next_hour(after, minute, zone),
            Self::Day { at } => (Every::Day, at),
            Self::Week { weekday, at } => (Every::Week { weekday }, at),
            Self::Month { day, at } => (Every::Month { day }, at),
        };
        let at = NaiveTime::from_num_seconds_from_midnight_opt(u32::from(at) * 60, 0)
            .unwrap_or(NaiveTime::MIN);
        every.next_after(after, at, zone)
    }
}

fn next_hour(after: DateTime<Utc>, minute: u8, zone: &impl TimeZone) -> DateTime<Utc> {
    let whole = after
        .with_second(0)
        .and_then(|at| at.with_nanosecond(0))
        .unwrap_or(after);
    // No clock was ever changed by more than an hour at a time without showing each minute within three hours.
    (1..=180)
        .map(|step| whole + TimeDelta::minutes(step))
        .find(|at| at.with_timezone(zone).minute() == u32::from(minute))
        .unwrap_or(whole + TimeDelta::hours(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;
    use proptest::prelude::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn a_day_has_one_run_even_when_the_clocks_change() {
        let zone: Tz = "Europe/Berlin".parse().expect("a zone");
        let at_half_past_two = Often::Day { at: 150 };
        // On 2026-03-29 the clock goes from 02:00 to 03:00, on 2026-10-25 it shows 02:30 twice.
        let skipped = at_half_past_two.next_after(utc("2026-03-28T12:00:00Z"), &zone);
        assert_eq!(skipped, utc("2026-03-29T01:00:00Z"));
        let twice = at_half_past_two.next_after(utc("2026-10-24T12:00:00Z"), &zone);
        assert_eq!(twice, utc("2026-10-25T00:30:00Z"));
        assert_eq!(
            at_half_past_two.next_after(twice, &zone),
            utc("2026-10-26T01:30:00Z")
        );
    }

    #[test]
    fn an_hour_is_shown_in_zones_with_odd_minutes() {
        let zone: Tz = "Asia/Kolkata".parse().expect("a zone");
        let next = Often::Hour { minute: 0 }.next_after(utc("2026-11-20T09:10:00Z"), &zone);
        assert_eq!(next, utc("2026-11-20T09:30:00Z"));
    }

    proptest! {
        #[test]
        fn the_next_time_is_later_and_near(
            at in 0_i64..4_000_000_000, kind in 0_u8..4, a in 0_u8..28, minute in 0_u16..1_440,
            zone in proptest::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Riyadh"]),
        ) {
            let zone: Tz = zone.parse().expect("a zone");
            let after = DateTime::from_timestamp(at, 0).expect("a time");
            let (often, days) = match kind {
                0 => (Often::Hour { minute: u8::try_from(minute % 60).expect("small") }, 1),
                1 => (Often::Day { at: minute }, 3),
                2 => (Often::Week { weekday: a % 7, at: minute }, 9),
                _ => (Often::Month { day: a + 1, at: minute }, 33),
            };
            let next = often.next_after(after, &zone);
            prop_assert!(next > after);
            prop_assert!(next - after <= TimeDelta::days(days));
            // Nothing lies between: just before it, it is still the next.
            prop_assert_eq!(often.next_after(next - TimeDelta::seconds(1), &zone), next);
        }
    }
}
