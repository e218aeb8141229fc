//! Times in words, as every page says them.

use crate::activity::clock::day_of;
use crate::activity::words::day_words;
use crate::i18n::Locale;
use chrono::{DateTime, Utc};

pub use crate::activity::words::ago;

/// `20 November 2026`, on the store's clock.
pub fn day(locale: Locale, at: DateTime<Utc>, offset_minutes: i32) -> String {
    day_words(locale, day_of(at, offset_minutes))
}
