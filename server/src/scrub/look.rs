//! What secrets look like, wherever they stand.

use super::GONE;
use std::borrow::Cow;
use std::ops::Range;

/// Begins of tokens that say what they are, with the fewest letters that follow.
const PREFIXES: [(&str, usize); 15] = [
    ("st_", 16),
    ("whsec_", 16),
    ("sk_live_", 8),
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("pk_live_", 8),
    ("ghp_", 20),
    ("github_pat_", 20),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("SG.", 20),
    ("AKIA", 16),
    ("shpat_", 16),
    ("shpss_", 16),
    ("shpca_", 16),
];

/// A card number has so many digits (ISO/IEC 7812).
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// The text without what looks like a secret.
pub(super) fn scrubbed(text: &str) -> Cow<'_, str> {
    scrubbed_besides(text, Vec::new())
}

/// As [`scrubbed`]; these places are secret, whatever they look like.
pub(super) fn scrubbed_besides(text: &str, mut found: Vec<Range<usize>>) -> Cow<'_, str> {
    found.extend(prefixed(text));
    found.extend(after_schemes(text));
    found.extend(web_tokens(text));
    found.extend(own_tokens(text));
    found.extend(cards(text));
    found.extend(passwords_of_addresses(text));
    found.extend(private_keys(text));
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_by_key(|range| range.start);
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for range in found {
        if range.start >= at {
            kept.push_str(&text[at..range.start]);
            kept.push_str(GONE);
        }
        at = at.max(range.end);
    }
    kept.push_str(&text[at..]);
    Cow::Owned(kept)
}

/// The name that a text ends with, before `:` or `=`: one word, or two as in `API key`. Empty for none.
pub(super) fn name_at_end(text: &str) -> &str {
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let text = text.trim_end_matches([' ', '"', '\'', ']', '*', '`', '\\']);
    let rest = text.trim_end_matches(is_of_name);
    let word = &text[rest.len()..];
    match rest.strip_suffix(' ') {
        // A number before the divider is rather a time of day.
        Some(rest) if word.starts_with(char::is_alphabetic) => {
            &text[rest.trim_end_matches(is_of_name).len()..]
        }
        _ => word,
    }
}

/// The value behind the divider, `:` or `=`, at `at`: what stands in quotes, else one word, with the scheme before it
/// as in `Bearer ...`. None when nothing stands there, or it is gone already.
pub(super) fn value_after(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at + 1..];
    if rest.starts_with("//") {
        return None;
    }
    let is_form = text[at..].starts_with('=');
    let value = rest.trim_start_matches([' ', '\t', '=', ':', '>', '*', '`', '\\']);
    let start = text.len() - value.len();
    let (start, end) = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let quoted = &value[1..];
            let length = quoted.find([quote, '\n']).unwrap_or(quoted.len());
            (start + 1, start + 1 + length)
        }
        _ => {
            let is_end = |c: char| c.is_whitespace() || c == '"' || is_form && c == '&';
            let length = value.find(is_end).unwrap_or(value.len());
            (start, start + length)
        }
    };
    let found = &text[start..end];
    if found.is_empty() || found.starts_with(GONE) {
        return None;
    }
    let is_scheme = ["bearer", "basic", "token", "digest"]
        .iter()
        .any(|scheme| found.eq_ignore_ascii_case(scheme));
    let after = text[end..].trim_start_matches(' ');
    if is_scheme {
        return Some(start..token_end(text, text.len() - after.len()));
    }
    Some(start..end)
}

const fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b'~')
}

/// From `at` as far as a token goes.
fn token_end(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    at + rest.iter().take_while(|byte| is_of_token(**byte)).count()
}

/// Whether no word ends right before `at`: `best_effort` holds no `st_`.
fn is_word_start(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn prefixed(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (prefix, least) in PREFIXES {
        for (at, _) in text.match_indices(prefix) {
            let end = token_end(text, at);
            if end - at - prefix.len() >= least && is_word_start(text, at) {
                found.push(at..end);
            }
        }
    }
    found
}

/// `Bearer ...` and `Basic ...`, as they stand in an authorization header, in any case.
fn after_schemes(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for scheme in ["bearer ", "basic "] {
        for (at, _) in lower.match_indices(scheme) {
            let start = at + scheme.len();
            let start = start + text[start..].len() - text[start..].trim_start_matches(' ').len();
            let end = token_end(text, start);
            // `basic cotton shirt` is none.
            if end - start >= 12 && is_word_start(text, at) {
                found.push(start..end);
            }
        }
    }
    found
}

/// JSON web tokens (RFC 7519): three parts of base64url of which the first begins with `{"`.
fn web_tokens(text: &str) -> Vec<Range<usize>> {
    let starts = text.match_indices("eyJ").map(|(at, _)| at);
    let tokens = starts
        .filter(|at| is_word_start(text, *at))
        .filter_map(|at| {
            let end = token_end(text, at);
            let token = &text[at..end];
            let is_token =
                token.len() >= 30 && token.bytes().filter(|byte| *byte == b'.').count() >= 2;
            is_token.then_some(at..end)
        });
    tokens.collect()
}

/// Tokens of sessions and one-time links: 64 or 48 hexadecimal digits in lower case.
fn own_tokens(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
        let is_hex = || {
            word.bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        if matches!(word.len(), 48 | 64) && is_hex() {
            found.push(at..at + word.len());
        }
        at += word.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
    found
}

/// Numbers of 13 to 19 digits, in groups or not, whose check digit is right (ISO/IEC 7812-1, Luhn). Other numbers may
/// stand beside them: of groups in a row, each stretch that could be a card is one.
fn cards(text: &str) -> Vec<Range<usize>> {
    let groups = digit_groups(text);
    let mut found = Vec::new();
    for row in groups.chunk_by(|one, next| matches!(&text[one.end..next.start], " " | "-")) {
        for (first, from) in row.iter().enumerate() {
            let before = &text[..from.start];
            if first == 0 && before.ends_with(|c: char| c.is_alphanumeric() || c == '.') {
                continue;
            }
            let mut digits = Vec::new();
            for (at, group) in row.iter().enumerate().skip(first) {
                // As many groups as a card has digits at most: a long row costs no more than its length.
                if digits.len() + group.len() > *CARD_DIGITS.end() {
                    break;
                }
                digits.extend(text[group.clone()].bytes().map(|digit| digit - b'0'));
                let is_alone =
                    at + 1 < row.len() || !text[group.end..].starts_with(char::is_alphanumeric);
                if is_alone && CARD_DIGITS.contains(&digits.len()) && is_card(&digits) {
                    found.push(from.start..group.end);
                }
            }
        }
    }
    found
}

/// Where digits stand side by side.
fn digit_groups(text: &str) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        if !byte.is_ascii_digit() {
            continue;
        }
        match groups.last_mut() {
            Some(group) if group.end == at => group.end += 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

/// The check digit is right, and the first digit is one of a payment network.
fn is_card(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10) && matches!(digits[0], 2..=6)
}

/// `scheme://name:password@host`: the password.
fn passwords_of_addresses(text: &str) -> Vec<Range<usize>> {
    let places = text.match_indices("://").filter_map(|(at, divider)| {
        let start = at + divider.len();
        let rest = &text[start..];
        let end = rest
            .find(|c: char| matches!(c, '/' | '?' | '#' | '"') || c.is_whitespace())
            .unwrap_or(rest.len());
        let (user, _) = rest[..end].rsplit_once('@')?;
        let colon = user.find(':')?;
        (colon + 1 < user.len()).then(|| start + colon + 1..start + user.len())
    });
    places.collect()
}

/// `-----BEGIN ... PRIVATE KEY-----` and what follows up to its end (RFC 7468).
fn private_keys(text: &str) -> Vec<Range<usize>> {
    const END: &str = "PRIVATE KEY-----";
    let begins = text.match_indices("-----BEGIN ").filter_map(|(at, _)| {
        let head = text[at..].find(END).filter(|length| *length < 60)?;
        let body = at + head + END.len();
        let end = text[body..]
            .find(END)
            .map_or(text.len(), |length| body + length + END.len());
        Some(at..end)
    });
    begins.collect()
}
