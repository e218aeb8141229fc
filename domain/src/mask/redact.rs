//! Finding personal data inside free text.

use super::MASK;
use crate::fold::fold_with_places;
use crate::{Activity, fold};
use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;

/// What names the people of one activity, folded.
#[derive(Debug, Default)]
pub(crate) struct PersonalWords {
    /// Names and addresses: found anywhere, since Arabic writes "to" and "of" onto the name.
    anywhere: Vec<String>,
    /// Names of one or two letters: found as whole words.
    short: Vec<String>,
    /// The words of a name, and ids: found as whole words, and in sentences only.
    parts: Vec<String>,
}

impl PersonalWords {
    /// The names, ids and addresses of an activity that are personal.
    pub(crate) fn of(activity: &Activity) -> Self {
        let mut words = Self::default();
        let actor = &activity.actor;
        if actor.is_private_person() {
            words.add_name(actor.name.as_deref());
            words.add_id(actor.id.as_deref());
        }
        words.add_name(actor.email.as_deref());
        for person in activity
            .subject
            .iter()
            .chain(&activity.related)
            .filter(|r| r.is_person())
        {
            words.add_id(Some(&person.id));
            words.add_name(person.name.as_deref());
        }
        if let Some(ip) = activity.origin.ip {
            words.add_name(Some(&ip.to_string()));
        }
        words
    }

    /// Adds a name, with its words.
    fn add_name(&mut self, name: Option<&str>) {
        let name = fold(name.unwrap_or_default());
        let is_short = |word: &str| word.chars().nth(2).is_none();
        if name.contains(' ') {
            let parts = name.split(' ').filter(|part| !is_short(part));
            self.parts.extend(parts.map(str::to_owned));
        }
        match name.as_str() {
            "" => {}
            short if is_short(short) => self.short.push(name),
            _ => self.anywhere.push(name),
        }
    }

    /// Adds an id, unless it is a small number: it would blank out prices and quantities.
    fn add_id(&mut self, id: Option<&str>) {
        let id = fold(id.unwrap_or_default());
        let is_number = id.bytes().all(|b| b.is_ascii_digit());
        if id.chars().count() >= if is_number { 5 } else { 3 } {
            self.parts.push(id);
        }
    }

    /// Where a text, which folds to `folded`, holds one of them; `is_sentence`: parts count too.
    fn places(&self, text: &str, folded: &str, is_sentence: bool) -> Vec<Range<usize>> {
        let parts = if is_sentence {
            self.parts.as_slice()
        } else {
            &[]
        };
        let anywhere = self.anywhere.iter().map(|word| (word, false));
        let whole = self.short.iter().chain(parts).map(|word| (word, true));
        let mut words = anywhere
            .chain(whole)
            .filter(|(word, _)| folded.contains(word.as_str()))
            .peekable();
        let mut found = Vec::new();
        if words.peek().is_none() {
            return found;
        }
        let (folded, places) = fold_with_places(text);
        for (word, is_whole) in words {
            for (from, _) in folded.match_indices(word.as_str()) {
                let to = from + word.len();
                let is_inside = folded[..from].ends_with(char::is_alphanumeric)
                    || folded[to..].starts_with(char::is_alphanumeric);
                if !(is_whole && is_inside) {
                    found.push(places[from].start..places[to - 1].end);
                }
            }
        }
        found.sort_by_key(|place| place.start);
        found
    }
}

/// A text as a masked role may see it. Unchanged, it is the same text.
#[derive(Clone, Copy)]
pub(crate) struct Hiding<'w> {
    words: &'w PersonalWords,
    /// Whether the words of a name and ids are looked for, not only whole names.
    has_parts: bool,
    /// Whether anything like a phone number is hidden.
    has_phones: bool,
}

impl<'w> Hiding<'w> {
    /// In a sentence: the known names, their words, ids, anything like an address of mail or network, and phone numbers.
    pub(crate) const fn in_sentence(words: &'w PersonalWords) -> Self {
        Self {
            words,
            has_parts: true,
            has_phones: true,
        }
    }

    /// In a name or id of a thing: whole names and addresses. A barcode is no phone number.
    pub(crate) const fn in_label(words: &'w PersonalWords) -> Self {
        Self {
            words,
            has_parts: false,
            has_phones: false,
        }
    }

    /// In the name of a thing that may be called after somebody: names, their words, ids and addresses.
    const fn in_name(words: &'w PersonalWords) -> Self {
        Self {
            words,
            has_parts: true,
            has_phones: false,
        }
    }

    /// What is left of `text`, which folds to `folded`.
    pub(crate) fn of<'t>(self, text: &'t str, folded: &str) -> Cow<'t, str> {
        let places = self.words.places(text, folded, self.has_parts);
        let mut left = Cow::Borrowed(text);
        if !places.is_empty() {
            left = Cow::Owned(without(text, &places));
        }
        if let Some(other) = without_addresses(&left) {
            left = Cow::Owned(other);
        }
        if self.has_phones
            && let Some(other) = without_phones(&left)
        {
            left = Cow::Owned(other);
        }
        left
    }
}

/// Replaces in a sentence what [`Hiding::in_sentence`] hides.
pub(crate) fn redact(text: &str, words: &PersonalWords) -> String {
    Hiding::in_sentence(words)
        .of(text, &fold(text))
        .into_owned()
}

/// Replaces in a name or id of a thing what [`Hiding::in_label`] hides.
pub(crate) fn redact_label<'t>(text: &'t str, words: &PersonalWords) -> Cow<'t, str> {
    Hiding::in_label(words).of(text, &fold(text))
}

/// Replaces in the name of a thing that may be called after somebody what [`Hiding::in_name`] hides.
pub(crate) fn redact_name(text: &str, words: &PersonalWords) -> String {
    Hiding::in_name(words).of(text, &fold(text)).into_owned()
}

/// The text with the mask in these places, which may overlap.
fn without(text: &str, places: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for place in places {
        if place.start >= at {
            out.push_str(&text[at..place.start]);
            out.push_str(MASK);
        }
        at = at.max(place.end);
    }
    out.push_str(&text[at..]);
    out
}

/// Masks each word that holds an address; the sentence's punctuation after it stays. None where there is none.
fn without_addresses(text: &str) -> Option<String> {
    // Every address of mail has the one, every address of IPv4 the other, every one of IPv6 the third.
    if !text.bytes().any(|byte| matches!(byte, b'@' | b'.' | b':')) {
        return None;
    }
    let word = |piece: &'_ str| piece.trim_end_matches(char::is_whitespace).len();
    let pieces = || text.split_inclusive(char::is_whitespace);
    if !pieces().any(|piece| is_address_like(&piece[..word(piece)])) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for piece in pieces() {
        let word = &piece[..word(piece)];
        if is_address_like(word) {
            let end = word.trim_end_matches([',', '.', ';', ':', ')', '!', '?', '،', '؛', '؟']);
            out.push_str(MASK);
            out.push_str(&piece[end.len()..]);
        } else {
            out.push_str(piece);
        }
    }
    Some(out)
}

/// Whether a word holds `name@host` or an address of IPv4 or IPv6.
pub(crate) fn is_address_like(word: &str) -> bool {
    word.split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
        // An address of IPv4 has three of the one, one of IPv6 two or more of the other.
        || (has_at_least(word, b'.', 3) || has_at_least(word, b':', 2))
            && word
                .split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'))
                .any(is_ip_like)
}

fn has_at_least(text: &str, byte: u8, count: usize) -> bool {
    text.bytes().filter(|&b| b == byte).count() >= count
}

fn is_ip_like(run: &str) -> bool {
    let run = run.trim_matches(['.', ':']);
    // `::` alone and `12:30` are no addresses of anyone.
    let is_ip = |text: &str| text.len() >= 7 && text.parse::<IpAddr>().is_ok();
    // `203.0.113.7:8080`
    is_ip(run) || run.split_once(':').is_some_and(|(host, _)| is_ip(host))
}

/// Masks runs of digits with phone punctuation: `+` and at least 7 digits, or at least 9 after a 0.
/// Arabic digits count. None where there is none.
fn without_phones(text: &str) -> Option<String> {
    let starts = |c: char| matches!(c, '+' | '0' | '٠' | '۰');
    let digit = |c: char| c.is_ascii_digit() || matches!(c, '٠'..='٩' | '۰'..='۹');
    let is_short = if text.is_ascii() {
        text.bytes().filter(u8::is_ascii_digit).count() < 7
    } else {
        text.chars().filter(|&c| digit(c)).nth(6).is_none()
    };
    if is_short {
        return None;
    }
    let mut is_found = false;
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let fresh = at == 0 || !(chars[at - 1].is_alphanumeric() || chars[at - 1] == '.');
        if starts(chars[at]) && fresh {
            let mut end = at + 1;
            while end < chars.len()
                && (digit(chars[end]) || matches!(chars[end], ' ' | '-' | '(' | ')'))
            {
                end += 1;
            }
            while end > at + 1 && !digit(chars[end - 1]) {
                end -= 1;
            }
            let digits = chars[at..end].iter().filter(|c| digit(**c)).count();
            if digits >= if chars[at] == '+' { 7 } else { 9 } {
                out.push_str(MASK);
                at = end;
                is_found = true;
                continue;
            }
        }
        out.push(chars[at]);
        at += 1;
    }
    is_found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(name: &str, id: &str) -> PersonalWords {
        let mut words = PersonalWords::default();
        words.add_name(Some(name));
        words.add_id(Some(id));
        words
    }

    #[test]
    fn addresses_phones_and_known_names_are_replaced() {
        let words = words("Noura Al-Otaibi", "c_17");
        for (text, redacted) in [
            (
                "Called Noura Al-Otaibi at +966 55 123 4567.",
                "Called ••• at •••.",
            ),
            ("NOURA  AL-OTAIBI called", "••• called"),
            ("Order of Noura, 3 items", "Order of •••, 3 items"),
            ("Sent to a.b@shop.example, again", "Sent to •••, again"),
            ("mail\ta@b.example\nnext", "mail\t•••\nnext"),
            ("From 203.0.113.7", "From •••"),
            ("ip=203.0.113.7:8080.", "•••."),
            ("From 2001:db8::7!", "From •••!"),
            ("Customer c_17 of c_170", "Customer ••• of c_170"),
            ("Price 0.950 to 120, 6 sizes", "Price 0.950 to 120, 6 sizes"),
            ("At 12:30, version 1.2.3", "At 12:30, version 1.2.3"),
            ("اتصل ٠٥٥١٢٣٤٥٦٧", "اتصل •••"),
        ] {
            assert_eq!(redact(text, &words), redacted);
        }
    }

    #[test]
    fn an_arabic_name_is_found_with_and_without_its_vowel_signs() {
        let words = words("نورة العتيبي", "c_9");
        assert_eq!(redact("طلب لنُورَة العتيبي", &words), "طلب ل•••");
    }

    #[test]
    fn a_small_number_is_no_name() {
        assert_eq!(
            redact("From 17 to 20", &words("Sam", "17")),
            "From 17 to 20"
        );
        assert_eq!(
            redact("Li bought linen", &words("Li", "1")),
            "••• bought linen"
        );
    }

    #[test]
    fn a_label_loses_whole_names_only() {
        let words = words("Linen House", "c_9");
        assert_eq!(redact_label("Linen shirt", &words), "Linen shirt");
        assert_eq!(
            redact_label("Credit for Linen House", &words),
            "Credit for •••"
        );
        assert_eq!(redact_label("0123456789012", &words), "0123456789012");
        assert_eq!(redact("Credit for Linen", &words), "Credit for •••");
    }
}
