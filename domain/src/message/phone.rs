//! Numbers of telephones, as far as their shape goes; whether one can exist is asked in storage.

/// Whether a text is a number by E.164: `+`, then 8 to 15 digits, the first not 0.
pub fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// A number with its country's code, in any spacing, as E.164 writes it. None for one in local form, and for what is none.
pub fn e164(text: &str) -> Option<String> {
    let number: String = crate::fold(text)
        .chars()
        .filter(|c| !" -()./".contains(*c))
        .collect();
    is_e164(&number).then_some(number)
}

/// The digits of a number in any spelling, without `+`, `00` and the zero of a trunk prefix: what a search
/// compares. None when the text is no number: fewer than five digits, or letters in it.
pub fn phone_digits(text: &str) -> Option<String> {
    let folded = crate::fold(text);
    let is_part = |c: char| c.is_ascii_digit() || " +-().\u{a0}/".contains(c);
    if !folded.chars().all(is_part) {
        return None;
    }
    let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    (digits.len() >= 5).then(|| digits.to_owned())
}

/// How many words from the first on make one telephone number together, and the number. None for a single word.
pub fn number_of_words<'w>(words: impl IntoIterator<Item = &'w str>) -> Option<(usize, String)> {
    let is_part = |word: &str| {
        let folded = crate::fold(word);
        folded.chars().any(|c| c.is_ascii_digit())
            && folded
                .chars()
                .all(|c| c.is_ascii_digit() || "+-().".contains(c))
    };
    let parts: Vec<&str> = words
        .into_iter()
        .enumerate()
        // With a plus another number begins.
        .take_while(|(at, word)| is_part(word) && (*at == 0 || !word.starts_with('+')))
        .map(|(_, word)| word)
        .collect();
    let number = parts.join(" ");
    (parts.len() > 1 && phone_digits(&number).is_some()).then_some((parts.len(), number))
}

/// The last nine of a number's digits: what numbers are compared by where either may lack its country's code.
pub fn last_digits(digits: &str) -> &str {
    digits
        .get(digits.len().saturating_sub(9)..)
        .unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_spelling_of_a_number_has_the_same_digits() {
        for text in [
            "+966 55 123 4567",
            "00966551234567",
            "966-55-123-4567",
            "٩٦٦٥٥١٢٣٤٥٦٧",
        ] {
            assert_eq!(
                phone_digits(text).as_deref(),
                Some("966551234567"),
                "{text}"
            );
        }
        assert_eq!(phone_digits("055 123 4567").as_deref(), Some("551234567"));
        assert_eq!(phone_digits("order 12345"), None);
        assert_eq!(phone_digits("1042"), None);
    }

    #[test]
    fn words_that_make_one_number_are_taken_together() {
        let number = |text: &str| number_of_words(text.split(' '));
        for (text, count) in [
            ("+966 54 555 3236", 4),
            ("055 123 4567 noura", 3),
            ("(054) 555-3236", 2),
            ("+966 54 555 3236 +966 55 123 4567", 4),
        ] {
            assert_eq!(number(text).map(|(count, _)| count), Some(count), "{text}");
        }
        for text in [
            "+966545553236",
            "5184 +966545553236",
            "noura 055",
            "1 2",
            "",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(last_digits("966545553236"), "545553236");
        assert_eq!(last_digits("5553236"), "5553236");
    }

    #[test]
    fn only_a_number_with_its_countrys_code_is_one_of_e164() {
        for text in [
            "+966551234567",
            "+966 55 123-4567",
            "+966 (55) 1234567",
            "+٩٦٦٥٥١٢٣٤٥٦٧",
        ] {
            assert_eq!(e164(text).as_deref(), Some("+966551234567"), "{text}");
        }
        for text in ["0551234567", "00966551234567", "966551234567", "STORE", ""] {
            assert_eq!(e164(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_international_shape_is_e164() {
        assert!(is_e164("+966551234567"));
        for text in [
            "966551234567",
            "+0551234567",
            "+12",
            "+96655123456789012",
            "+9665512x4567",
        ] {
            assert!(!is_e164(text), "{text}");
        }
    }
}
