//! Times of messages: as short as the reader needs, on the store's clock.

use crate::activity::clock::{clock, clock_short, local};
use crate::activity::words::day_short;
use crate::i18n::Locale;
use chrono::{DateTime, NaiveDate, Utc};

/// `09:31`, with the day when that is another one than `today`.
pub fn clock_of(
    locale: Locale,
    at: DateTime<Utc>,
    offset_minutes: i32,
    today: NaiveDate,
) -> String {
    let here = local(at, offset_minutes);
    if here.date() == today {
        clock_short(here)
    } else {
        format!(
            "{} {}",
            day_short(locale, here.date(), today),
            clock_short(here)
        )
    }
}

/// `09:14:22`, with the day when that is another one than `today`.
pub fn moment_words(
    locale: Locale,
    at: DateTime<Utc>,
    offset_minutes: i32,
    today: NaiveDate,
) -> String {
    let here = local(at, offset_minutes);
    if here.date() == today {
        clock(here)
    } else {
        format!("{} {}", day_short(locale, here.date(), today), clock(here))
    }
}

/// How many whole seconds are left until a time; none are left when it is past.
pub fn seconds_left(now: DateTime<Utc>, until: DateTime<Utc>) -> u64 {
    let left = (until - now).num_milliseconds();
    u64::try_from(left).unwrap_or(0).div_ceil(1_000)
}

/// Seconds as `0:24` or `1:02:03`.
pub fn countdown(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_countdown_ends_at_nothing() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(
            countdown(seconds_left(now, now + TimeDelta::milliseconds(23_200))),
            "0:24"
        );
        assert_eq!(
            countdown(seconds_left(now, now - TimeDelta::seconds(3))),
            "0:00"
        );
        assert_eq!(countdown(3_723), "1:02:03");
    }

    #[test]
    fn another_day_is_named() {
        let at = DateTime::UNIX_EPOCH + TimeDelta::hours(22);
        let today: NaiveDate = "1970-01-02".parse().unwrap();
        assert_eq!(clock_of(Locale::en, at, 180, today), "01:00");
        assert_eq!(clock_of(Locale::en, at, 0, today), "1 Jan 22:00");
    }
}
