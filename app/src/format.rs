//! Times as pages outside the log show them. The log's own words stand in `activity`.

use crate::i18n::{Locale, tr};
use chrono::{DateTime, Datelike, TimeDelta, Utc};

/// `28 minutes ago`. Times ahead count as now: clocks differ a little.
pub fn ago(locale: Locale, now: DateTime<Utc>, at: DateTime<Utc>) -> String {
    let minutes = (now - at).num_minutes().max(0).unsigned_abs();
    let (hours, days) = (minutes / 60, minutes / 1_440);
    match (days, hours, minutes) {
        (0, 0, 0) => tr!(locale, common.ago.now).to_owned(),
        (0, 0, n) => tr!(locale, common.ago.minutes, count = n),
        (0, n, _) => tr!(locale, common.ago.hours, count = n),
        (n, _, _) => tr!(locale, common.ago.days, count = n),
    }
}

/// `2026-11-20`, on the store's clock.
pub fn day(_locale: Locale, at: DateTime<Utc>, offset_minutes: i32) -> String {
    let local = at + TimeDelta::minutes(i64::from(offset_minutes));
    format!("{}-{:02}-{:02}", local.year(), local.month(), local.day())
}
