//! What is said of a call.

use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::request::Surface;

/// Which side was called.
pub fn surface_label(locale: Locale, surface: Surface) -> &'static str {
    match surface {
        Surface::Panel => tr!(locale, oversight.surface.panel),
        Surface::Api => tr!(locale, oversight.surface.api),
        Surface::Hook => tr!(locale, oversight.surface.hook),
    }
}

/// How long it took: `0.4 ms`, `12 ms`, `1.3 s`.
pub fn took(micros: u64) -> String {
    match micros {
        0..10_000 => format!("{}.{} ms", micros / 1_000, micros / 100 % 10),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10),
    }
}

/// The class and icon of a status; nothing for what went well.
pub const fn status_mark(status: u16) -> Option<(&'static str, Glyph)> {
    match status {
        400..=499 => Some(("pending", icons::BAN)),
        500..=599 => Some(("failed", icons::CIRCLE_ALERT)),
        _ => None,
    }
}

/// A status in words: what programs call it, and what it means.
pub fn status_words(locale: Locale, status: u16) -> &'static str {
    match status {
        101 => tr!(locale, oversight.requests.connected),
        200..=299 => tr!(locale, oversight.requests.done),
        300..=399 => tr!(locale, oversight.requests.moved),
        400 | 413 | 415 | 422 => tr!(locale, oversight.requests.bad_input),
        401 => tr!(locale, oversight.requests.not_signed_in),
        403 => tr!(locale, oversight.requests.forbidden),
        404 => tr!(locale, oversight.requests.not_found),
        409 => tr!(locale, oversight.requests.conflict),
        429 => tr!(locale, oversight.requests.too_often),
        400..=499 => tr!(locale, oversight.requests.refused),
        500..=599 => tr!(locale, oversight.requests.failed),
        _ => tr!(locale, oversight.requests.other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_failed_here_is_called_so() {
        let failed = tr!(Locale::en, oversight.requests.failed);
        for status in 100..=1_000 {
            let is_ours = (500..=599).contains(&status);
            assert_eq!(
                status_words(Locale::en, status) == failed,
                is_ours,
                "{status}"
            );
        }
        assert_eq!(status_words(Locale::en, 101), "Connected");
        assert_eq!(status_words(Locale::ar, 101), "متصل");
    }

    #[test]
    fn a_time_has_two_digits_or_three() {
        assert_eq!(took(400), "0.4 ms");
        assert_eq!(took(9_950), "9.9 ms");
        assert_eq!(took(12_345), "12 ms");
        assert_eq!(took(1_340_000), "1.3 s");
    }
}
