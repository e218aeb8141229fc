//! A month as the grid of a calendar. Pure.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

/// The first day of the month that a day lies in.
pub fn first_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The weeks of a month, each from the first day of the week; days of the neighbours fill them up.
pub fn weeks(month: NaiveDate, week_start: Weekday) -> Vec<[NaiveDate; 7]> {
    let first = first_of(month);
    let before = first.weekday().days_since(week_start);
    let mut day = first - Days::new(u64::from(before));
    let mut weeks = Vec::with_capacity(6);
    while day < first || day.month() == first.month() {
        let week = std::array::from_fn(|at| day + Days::new(at as u64));
        weeks.push(week);
        day = day + Days::new(7);
    }
    weeks
}

/// The same day so many months on, or the last one of that month.
pub fn months_on(day: NaiveDate, months: i32) -> NaiveDate {
    let by = Months::new(months.unsigned_abs());
    let moved = if months < 0 {
        day.checked_sub_months(by)
    } else {
        day.checked_add_months(by)
    };
    moved.unwrap_or(day)
}

/// Where a key moves the focus; none when it moves nothing.
pub fn moved(
    day: NaiveDate,
    key: &str,
    has_shift: bool,
    is_rtl: bool,
    week_start: Weekday,
) -> Option<NaiveDate> {
    let days = |by: i64| {
        if by < 0 {
            day.checked_sub_days(Days::new(by.unsigned_abs()))
        } else {
            day.checked_add_days(Days::new(by.unsigned_abs()))
        }
    };
    let forward = if is_rtl { -1 } else { 1 };
    let in_week = i64::from(day.weekday().days_since(week_start));
    match key {
        "ArrowRight" => days(forward),
        "ArrowLeft" => days(-forward),
        "ArrowDown" => days(7),
        "ArrowUp" => days(-7),
        "Home" => days(-in_week),
        "End" => days(6 - in_week),
        "PageDown" => Some(months_on(day, if has_shift { 12 } else { 1 })),
        "PageUp" => Some(months_on(day, if has_shift { -12 } else { -1 })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn weeks_begin_where_the_stores_week_does() {
        let sunday = weeks(day("2026-11-20"), Weekday::Sun);
        assert_eq!(sunday[0][0], day("2026-11-01"));
        assert_eq!(sunday.len(), 5);
        let monday = weeks(day("2026-11-20"), Weekday::Mon);
        assert_eq!(monday[0][0], day("2026-10-26"));
        assert_eq!(monday.last().unwrap()[0], day("2026-11-30"));
    }

    #[test]
    fn keys_move_by_days_weeks_and_months() {
        let from = day("2026-03-31");
        let to = |key, has_shift, is_rtl| moved(from, key, has_shift, is_rtl, Weekday::Mon);
        assert_eq!(to("ArrowRight", false, false), Some(day("2026-04-01")));
        assert_eq!(to("ArrowRight", false, true), Some(day("2026-03-30")));
        assert_eq!(to("PageUp", false, false), Some(day("2026-02-28")));
        assert_eq!(to("PageDown", true, false), Some(day("2027-03-31")));
        assert_eq!(to("Home", false, false), Some(day("2026-03-30")));
        assert_eq!(to("x", false, false), None);
    }
}
