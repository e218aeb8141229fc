//! The store's clock.

use chrono::{DateTime, NaiveDate, NaiveTime, Offset as _, TimeDelta, TimeZone as _, Utc, Weekday};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};
use domain::view::StoreView;

/// The store's zone; one that this version doesn't know counts as UTC.
pub(crate) fn of(store: &StoreView) -> Tz {
    store.time_zone.parse().unwrap_or(Tz::UTC)
}

/// What the zone adds to UTC at a time, in minutes.
pub(crate) fn offset_minutes(zone: Tz, at: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc())
        .fix()
        .local_minus_utc()
        / 60
}

/// The time of stored microseconds.
pub(crate) fn time_of(micros: i64) -> DateTime<Utc> {
    Utc.timestamp_micros(micros)
        .single()
        .unwrap_or(DateTime::UNIX_EPOCH)
}

/// When a day begins on the zone's clock.
pub(crate) fn start_of(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    // Where the clocks skip midnight, the day begins with the first hour that they show.
    (0..24)
        .find_map(|hours| {
            let shown = midnight + TimeDelta::hours(hours);
            zone.from_local_datetime(&shown).earliest()
        })
        .map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc))
}

/// How people name the zone at a time: its abbreviation if it has letters, else `GMT+3`.
pub(crate) fn label(zone: Tz, at: DateTime<Utc>) -> String {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    match offset.abbreviation() {
        Some(name) if name.starts_with(|c: char| c.is_ascii_alphabetic()) => name.to_owned(),
        _ => {
            let minutes = (offset.base_utc_offset() + offset.dst_offset()).num_minutes();
            let (sign, minutes) = if minutes < 0 {
                ('-', -minutes)
            } else {
                ('+', minutes)
            };
            match minutes % 60 {
                0 => format!("GMT{sign}{}", minutes / 60),
                rest => format!("GMT{sign}{}:{rest:02}", minutes / 60),
            }
        }
    }
}

/// The first day of the week where the zone lies (CLDR `weekData`, reduced to zones): Sunday in the
/// Americas and most of the Gulf, Saturday in Egypt, Iran and neighbours, Monday elsewhere.
pub(crate) fn week_start(store: &StoreView) -> Weekday {
    match store.time_zone.as_str() {
        "Africa/Cairo" | "Asia/Amman" | "Asia/Baghdad" | "Asia/Bahrain" | "Asia/Damascus"
        | "Asia/Kuwait" | "Asia/Qatar" | "Asia/Tehran" | "Africa/Algiers" | "Africa/Tripoli"
        | "Africa/Khartoum" | "Asia/Muscat" | "Asia/Kabul" => Weekday::Sat,
        "Asia/Riyadh" | "Asia/Aden" | "Asia/Jerusalem" | "Asia/Tokyo" | "Asia/Seoul"
        | "Asia/Hong_Kong" | "Asia/Kolkata" | "Asia/Karachi" | "Asia/Dhaka" | "Asia/Manila"
        | "Asia/Jakarta" | "Asia/Bangkok" | "Asia/Singapore" => Weekday::Sun,
        zone if zone.starts_with("America/")
            || zone.starts_with("US/")
            || zone.starts_with("Canada/") =>
        {
            Weekday::Sun
        }
        _ => Weekday::Mon,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_or_where_the_clocks_skip_it_at_one() {
        for (zone, day, begins) in [
            ("Asia/Riyadh", (2026, 11, 20), "2026-11-19T21:00:00Z"),
            ("UTC", (2026, 11, 20), "2026-11-20T00:00:00Z"),
            // In Beirut the clocks go from 00:00 to 01:00.
            ("Asia/Beirut", (2026, 3, 29), "2026-03-28T22:00:00Z"),
            ("Asia/Beirut", (2026, 3, 30), "2026-03-29T21:00:00Z"),
        ] {
            let zone_of_name: Tz = zone.parse().expect("a zone");
            let date = NaiveDate::from_ymd_opt(day.0, day.1, day.2).expect("a real date");
            let found = start_of(zone_of_name, date);
            let wanted: DateTime<Utc> = begins.parse().expect("a time");
            assert_eq!(found, wanted, "{zone} {day:?}");
        }
    }
}
