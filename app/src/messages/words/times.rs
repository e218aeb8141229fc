//! Times of messages: as short as the reader needs, on the store's clock.

use crate::activity::clock::{clock, clock_short, local};
use crate::activity::words::day_short;
use crate::i18n::{Locale, tr};
use chrono::{DateTime, NaiveDate, Utc};
use domain::message::Verdict;
use domain::view::MessageRow;

/// What leaves within so many milliseconds of its queue time left at once.
const AT_ONCE_MS: i64 = 60_000;

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

/// Whether a message left, or is due, at another time than it was queued.
fn is_late(row: &MessageRow) -> bool {
    (row.effective_at - row.occurred_at).num_milliseconds() > AT_ONCE_MS
}

/// `Left 09:14` of a message that left late, or was tried late; none while it waits. With the day when that is another one
/// than that on which it was queued.
pub fn left_words(locale: Locale, row: &MessageRow) -> Option<String> {
    if !is_late(row) {
        return None;
    }
    let queued_on = local(row.occurred_at, row.offset_minutes).date();
    let offset = row.effective_offset_minutes;
    let time = clock_of(locale, row.effective_at, offset, queued_on);
    match &row.verdict {
        Verdict::Waiting { .. } => None,
        Verdict::HandedOver { .. } => Some(tr!(locale, messages.times.left, time = time)),
        _ => Some(tr!(locale, messages.times.tried, time = time)),
    }
}

/// `Queued 18:02, left 09:14` of a message that left late, `Queued 18:02` while it waits for a later time. Each with its day
/// when that is another one than `day`.
pub fn late_words(locale: Locale, row: &MessageRow, day: NaiveDate) -> Option<String> {
    if !is_late(row) {
        return None;
    }
    let queued = clock_of(locale, row.occurred_at, row.offset_minutes, day);
    let time = clock_of(locale, row.effective_at, row.effective_offset_minutes, day);
    Some(match &row.verdict {
        // When it goes out is said as its status.
        Verdict::Waiting { .. } => tr!(locale, messages.times.queued, queued = queued),
        Verdict::HandedOver { .. } => {
            tr!(
                locale,
                messages.times.queued_left,
                queued = queued,
                time = time
            )
        }
        _ => tr!(
            locale,
            messages.times.queued_tried,
            queued = queued,
            time = time
        ),
    })
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
