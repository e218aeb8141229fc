//! What a mail that goes out can't have: told when it is asked for, not when it is made.

use super::{Channel, Message, MessageType};

/// How many bytes a subject, a name or a header's value may have: a line holds 998 (RFC 5322 2.1.1).
pub const MAX_HEADER_BYTES: usize = 998;

/// Headers that say what fields say: one given beside would contradict them.
const FIELD_HEADERS: [&str; 16] = [
    "from",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "in-reply-to",
    "references",
    "sender",
    "return-path",
    "received",
];
/// Headers that Storetrail writes of its own accord; what others wrote there is kept with what they sent.
const OWN_HEADERS: [&str; 3] = [
    "auto-submitted",
    "list-unsubscribe",
    "list-unsubscribe-post",
];

/// Whether a header says what a field says.
pub fn is_field_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    FIELD_HEADERS.contains(&name.as_str())
}

/// Whether Storetrail writes a header itself: nobody sets it in what goes out.
pub fn is_own_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    is_field_header(&name) || OWN_HEADERS.contains(&name.as_str()) || name.starts_with("content-")
}

/// So much of a text as a header holds.
pub fn header_text(text: &str) -> &str {
    let held = text
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take_while(|end| *end <= MAX_HEADER_BYTES);
    &text[..held.last().unwrap_or(0)]
}

/// What keeps a message from going out as a mail: field, code and words.
pub fn unfit(message: &Message) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut found = Vec::new();
    if message.channel != Channel::Email {
        return found;
    }
    let subject = message.subject.as_ref();
    if subject.is_some_and(|subject| subject.len() > MAX_HEADER_BYTES) {
        found.push(("subject", "too_long", "at most 998 bytes in UTF-8"));
    }
    let count = message.to.len() + message.cc.len() + message.bcc.len();
    if message.kind == MessageType::Campaign && count > 1 {
        let words = "one recipient a campaign mail: its link signs off whoever it went to";
        found.push(("to", "too_long", words));
    }
    found
}
