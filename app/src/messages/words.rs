//! What is said of messages in words: channels, types, statuses, reasons, the verdict.

mod names;
mod state;
mod times;
mod verdict;

pub use names::{
    channel_glyph, channel_label, failure_words, kind_label, not_sent_words, read_label,
    status_label,
};
pub use state::{State, state_of};
pub use times::{clock_of, countdown, late_words, left_words, moment_words, seconds_left};
pub use verdict::verdict_words;

use crate::activity::words::count_words;
use crate::i18n::{Locale, tr};
use domain::MASK;
use domain::message::shown_number;
use domain::view::{Count, MessageRow};

/// `3,482 messages`.
pub fn messages(locale: Locale, count: Count) -> String {
    tr!(
        locale,
        messages.messages,
        count = count.count,
        n = count_words(count)
    )
}

/// The person on the other side: their name, else their address or number.
pub fn counterpart(locale: Locale, row: &MessageRow) -> String {
    row.counterpart_name
        .clone()
        .or_else(|| address(row).map(shown_number))
        .unwrap_or_else(|| tr!(locale, messages.table.nobody).to_owned())
}

/// The address or number of the other side.
pub fn address(row: &MessageRow) -> Option<&str> {
    match row.direction {
        domain::message::MessageDirection::Outbound => row.to.as_deref(),
        domain::message::MessageDirection::Inbound => row.from.as_deref(),
    }
}

/// The qualifier that asks for the address or number of the other side.
pub const fn counterpart_qualifier(row: &MessageRow) -> &'static str {
    match row.direction {
        domain::message::MessageDirection::Outbound => "to",
        domain::message::MessageDirection::Inbound => "from",
    }
}

/// Whether a text is hidden from this reader.
pub fn is_hidden(text: &str) -> bool {
    text.contains(MASK)
}

/// A size in bytes: `84 kB`.
pub fn size_words(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}
