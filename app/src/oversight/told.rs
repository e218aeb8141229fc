//! What the pages say, for files that the server makes: screen and file say the same.

use super::parts::is_nobody;
use super::security::words::{event_label, in_words};
use crate::i18n::Locale;
use domain::Actor;
use domain::security::SecurityEventName;
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

/// Whether somebody known did it.
pub fn is_somebody(actor: &Actor) -> bool {
    !is_nobody(actor)
}
