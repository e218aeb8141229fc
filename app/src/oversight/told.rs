//! What the pages say, for files and mails that the server makes: all of them say the same.

use super::finding_words;
use super::parts::is_nobody;
use super::security::words::{event_label, in_words};
use crate::i18n::{Locale, tr};
use domain::Actor;
use domain::security::SecurityEventName;
use domain::security::unusual::Finding;
use domain::view::SecurityRow;

/// The pages' language of a tag; English for what they don't speak.
fn locale(tag: &str) -> Locale {
    if tag == "ar" { Locale::ar } else { Locale::en }
}

/// What happened, in a word or two.
pub fn event(language: &str, event: SecurityEventName) -> &'static str {
    event_label(locale(language), event)
}

/// What the row says about it; empty when there is nothing to say.
pub fn words(language: &str, row: &SecurityRow) -> String {
    in_words(locale(language), row)
}

/// What stands out and the numbers that explain it; `when` is the last event's time in words.
pub fn finding(language: &str, finding: &Finding, when: &str) -> (String, String) {
    finding_words(locale(language), finding, when)
}

/// How much stands out.
pub fn unusual(language: &str, count: usize) -> String {
    let locale = locale(language);
    tr!(locale, oversight.finding.title, count = count as u64)
}

/// Whether somebody known did it.
pub fn is_somebody(actor: &Actor) -> bool {
    !is_nobody(actor)
}
