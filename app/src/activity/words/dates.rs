//! Days and times in words. Whatever is given stands on the store's clock already.

use crate::activity::clock::{clock, clock_short, local, zone};
use crate::i18n::{Locale, tr};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};

fn month(locale: Locale, month: u32) -> &'static str {
    match month {
        1 => tr!(locale, activity.month.m1),
        2 => tr!(locale, activity.month.m2),
        3 => tr!(locale, activity.month.m3),
        4 => tr!(locale, activity.month.m4),
        5 => tr!(locale, activity.month.m5),
        6 => tr!(locale, activity.month.m6),
        7 => tr!(locale, activity.month.m7),
        8 => tr!(locale, activity.month.m8),
        9 => tr!(locale, activity.month.m9),
        10 => tr!(locale, activity.month.m10),
        11 => tr!(locale, activity.month.m11),
        _ => tr!(locale, activity.month.m12),
    }
}

/// English cuts months to three letters; Arabic never does.
fn month_short(locale: Locale, number: u32) -> &'static str {
    let whole = month(locale, number);
    match locale {
        Locale::en => whole.get(..3).unwrap_or(whole),
        Locale::ar => whole,
    }
}

fn weekday(locale: Locale, days_from_monday: u32) -> &'static str {
    match days_from_monday {
        0 => tr!(locale, activity.weekday.w1),
        1 => tr!(locale, activity.weekday.w2),
        2 => tr!(locale, activity.weekday.w3),
        3 => tr!(locale, activity.weekday.w4),
        4 => tr!(locale, activity.weekday.w5),
        5 => tr!(locale, activity.weekday.w6),
        _ => tr!(locale, activity.weekday.w7),
    }
}

/// The name of a weekday and its short form, for the head of a calendar. From Monday, 0 to 6.
pub fn weekday_short(locale: Locale, days_from_monday: u32) -> (&'static str, &'static str) {
    let whole = weekday(locale, days_from_monday);
    let short = match locale {
        Locale::en => whole.get(..2).unwrap_or(whole),
        // Without the article, as calendars in Arabic print them.
        Locale::ar => whole.strip_prefix("ال").unwrap_or(whole),
    };
    (whole, short)
}

/// `20 Nov`, with the year when it is another one than `today`'s.
pub fn day_short(locale: Locale, day: NaiveDate, today: NaiveDate) -> String {
    let text = format!("{} {}", day.day(), month_short(locale, day.month()));
    if day.year() == today.year() {
        text
    } else {
        format!("{text} {}", day.year())
    }
}

/// `20 November 2026`.
pub fn day_words(locale: Locale, day: NaiveDate) -> String {
    format!(
        "{} {} {}",
        day.day(),
        month(locale, day.month()),
        day.year()
    )
}

/// `November 2026`.
pub fn month_and_year(locale: Locale, day: NaiveDate) -> String {
    format!("{} {}", month(locale, day.month()), day.year())
}

/// The name of a day row and what stands beside it: `Today` and `Friday 20 November`.
pub fn day_row(locale: Locale, day: NaiveDate, today: NaiveDate) -> (String, Option<String>) {
    let comma = match locale {
        Locale::en => " ",
        Locale::ar => "، ",
    };
    let mut date = format!(
        "{}{comma}{} {}",
        weekday(locale, day.weekday().num_days_from_monday()),
        day.day(),
        month(locale, day.month())
    );
    if day.year() != today.year() {
        date.push_str(&format!(" {}", day.year()));
    }
    match (today - day).num_days() {
        0 => (tr!(locale, activity.today).to_owned(), Some(date)),
        1 => (tr!(locale, activity.yesterday).to_owned(), Some(date)),
        _ => (date, None),
    }
}

/// A stretch of the store's clock, `to` exclusive: `16–20 Nov`, `20 Nov 09:00–12:00`.
pub fn range_words(
    locale: Locale,
    from: NaiveDateTime,
    to: NaiveDateTime,
    today: NaiveDate,
) -> String {
    let last = to - TimeDelta::microseconds(1);
    let is_whole_days =
        from.time() == chrono::NaiveTime::MIN && to.time() == chrono::NaiveTime::MIN;
    let (first_day, last_day) = (from.date(), last.date());
    match (is_whole_days, first_day == last_day) {
        (true, true) => day_short(locale, first_day, today),
        (true, false)
            if (first_day.year(), first_day.month()) == (last_day.year(), last_day.month()) =>
        {
            format!("{}–{}", first_day.day(), day_short(locale, last_day, today))
        }
        (true, false) => format!(
            "{} – {}",
            day_short(locale, first_day, today),
            day_short(locale, last_day, today)
        ),
        (false, true) => format!(
            "{} {}–{}",
            day_short(locale, first_day, today),
            clock_short(from),
            clock_short(to)
        ),
        (false, false) => format!(
            "{} {} – {} {}",
            day_short(locale, first_day, today),
            clock_short(from),
            // Midnight belongs to the day that it begins.
            day_short(locale, to.date(), today),
            clock_short(to)
        ),
    }
}

/// Everything about a time, for who points at it: date, zone, UTC.
pub fn moment_title(locale: Locale, at: DateTime<Utc>, offset_minutes: i32) -> String {
    let here = local(at, offset_minutes);
    format!(
        "{} {} {} · {} UTC",
        day_words(locale, here.date()),
        clock(here),
        zone(offset_minutes),
        clock(at.naive_utc())
    )
}

/// `28 minutes ago`. Times ahead count as now: clocks differ a little.
pub fn ago(locale: Locale, now: DateTime<Utc>, at: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds().max(0).unsigned_abs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => tr!(locale, activity.ago.now).to_owned(),
        (0, 0, n) => tr!(locale, activity.ago.minutes, count = n),
        (0, n, _) => tr!(locale, activity.ago.hours, count = n),
        (n, _, _) if n < 60 => tr!(locale, activity.ago.days, count = n),
        (n, _, _) if n < 730 => tr!(locale, activity.ago.months, count = n / 30),
        (n, _, _) => tr!(locale, activity.ago.years, count = n / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_row_says_today_and_names_the_day() {
        let today = day("2026-11-20");
        assert_eq!(
            day_row(Locale::en, today, today),
            ("Today".to_owned(), Some("Friday 20 November".to_owned()))
        );
        assert_eq!(
            day_row(Locale::en, day("2025-11-18"), today),
            ("Tuesday 18 November 2025".to_owned(), None)
        );
        assert_eq!(
            day_row(Locale::ar, day("2026-11-19"), today).1.unwrap(),
            "الخميس، 19 نوفمبر"
        );
    }

    #[test]
    fn a_range_is_as_short_as_it_can_be() {
        let today = day("2026-11-20");
        let at = |text: &str| text.parse::<NaiveDateTime>().unwrap();
        let words = |from, to| range_words(Locale::en, at(from), at(to), today);
        assert_eq!(
            words("2026-11-16T00:00:00", "2026-11-21T00:00:00"),
            "16–20 Nov"
        );
        assert_eq!(
            words("2026-10-30T00:00:00", "2026-11-03T00:00:00"),
            "30 Oct – 2 Nov"
        );
        assert_eq!(
            words("2026-11-20T09:00:00", "2026-11-20T12:00:00"),
            "20 Nov 09:00–12:00"
        );
        assert_eq!(
            words("2026-11-20T00:00:00", "2026-11-21T00:00:00"),
            "20 Nov"
        );
        assert_eq!(
            words("2026-11-20T01:00:00", "2026-11-23T00:00:00"),
            "20 Nov 01:00 – 23 Nov 00:00"
        );
        assert_eq!(
            words("2026-11-20T01:00:00", "2026-11-22T23:00:00"),
            "20 Nov 01:00 – 22 Nov 23:00"
        );
    }

    #[test]
    fn how_long_ago_is_said_in_the_largest_unit() {
        let now = DateTime::parse_from_rfc3339("2026-11-20T09:00:00Z")
            .unwrap()
            .to_utc();
        let said = |seconds| ago(Locale::en, now, now - TimeDelta::seconds(seconds));
        assert_eq!(said(20), "just now");
        assert_eq!(said(60), "1 minute ago");
        assert_eq!(said(28 * 60), "28 minutes ago");
        assert_eq!(said(-5), "just now");
        assert_eq!(said(3 * 86_400), "3 days ago");
    }
}
