//! The store's clock.

use chrono::{DateTime, Offset as _, TimeZone as _, Utc, Weekday};
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
