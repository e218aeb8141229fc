//! When a value needs quotes, and how they are written.

/// Whether a character separates terms: white space, controls, and the direction marks that come along
/// when text is pasted from a right-to-left page.
pub(super) fn is_gap(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Whether a character opens a phrase. Phones put curly quotes where straight ones were typed.
pub(super) const fn is_opening(c: char) -> bool {
    matches!(c, '"' | '\u{201C}' | '\u{201D}' | '\u{201E}')
}

/// Whether a character closes a phrase that `opening` opened.
pub(super) const fn is_closing(opening: char, c: char) -> bool {
    c == '"' || (opening != '"' && matches!(c, '\u{201C}' | '\u{201D}'))
}

/// Whether a character separates values: the comma or the Arabic one.
pub(super) const fn is_comma(c: char) -> bool {
    matches!(c, ',' | '\u{060C}')
}

/// `text` in quotes, with escapes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// A value as it stands after a qualifier, in quotes when it needs them. A trailing `*` is taken as part
/// of the value, so it is quoted.
pub fn quote_value(text: &str) -> String {
    let is_bare = !text.is_empty()
        && !text.ends_with('*')
        && !text
            .chars()
            .any(|c| is_gap(c) || is_comma(c) || is_opening(c));
    if is_bare {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A piece of free text as a term, in quotes when it could be read as something else.
pub fn quote_text(text: &str) -> String {
    let is_bare = !text.starts_with('-') && !text.contains(':');
    if is_bare {
        quote_value(text)
    } else {
        quoted(text)
    }
}
