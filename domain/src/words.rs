//! A search by words among orders and customers.

use crate::fold;
use crate::message::{last_digits, number_of_words, phone_digits};

/// The words of a search, each to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// One by one; and, where some beside each other make a telephone number, with that as one.
    readings: Vec<Vec<Word>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    /// Its digits, when it is a telephone number.
    digits: Option<String>,
}

/// What is known of an order or a customer, as far as words are looked for in it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// What everybody may find by.
    pub open: &'k [Option<&'k str>],
    /// What a masked role may not find by: names, ids and addresses of persons.
    pub personal: &'k [Option<&'k str>],
    /// A person's telephone number, found in any spelling. Personal, too.
    pub phone: Option<&'k str>,
}

impl Words {
    /// Reads folded words.
    pub fn of(words: &[&str]) -> Self {
        let single: Vec<Word> = words.iter().map(|text| Word::of(text)).collect();
        let mut joined = Vec::new();
        let mut rest = words;
        while let Some(first) = rest.first() {
            let (count, text) =
                number_of_words(rest.iter().copied()).unwrap_or_else(|| (1, (*first).to_owned()));
            joined.push(Word::of(&text));
            rest = rest.get(count..).unwrap_or_default();
        }
        let mut readings = vec![single];
        if joined.len() < words.len() {
            readings.push(joined);
        }
        Self { readings }
    }

    /// Whether each word is found in what is known. `is_masked`: for a role from whom personal data is hidden, which
    /// therefore can't find by it either.
    pub fn find(&self, known: &Known<'_>, is_masked: bool) -> bool {
        let personal: &[Option<&str>] = if is_masked { &[] } else { known.personal };
        let texts = known.open.iter().chain(personal).flatten();
        let texts: Vec<String> = texts.map(|text| fold(text)).collect();
        let phone = known.phone.filter(|_| !is_masked).and_then(phone_digits);
        self.readings.iter().any(|words| {
            words
                .iter()
                .all(|word| word.is_in(&texts, phone.as_deref()))
        })
    }
}

impl Word {
    fn of(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            digits: phone_digits(text),
        }
    }

    fn is_in(&self, texts: &[String], phone: Option<&str>) -> bool {
        let is_number = |known: &str, digits: &str| {
            let is_begun = self.text.starts_with('+') && known.starts_with(digits);
            is_begun || known.ends_with(last_digits(digits))
        };
        texts.iter().any(|known| known.contains(&self.text))
            || phone
                .zip(self.digits.as_deref())
                .is_some_and(|(known, digits)| is_number(known, digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(q: &str, phone: &str, is_masked: bool) -> bool {
        let folded = fold(q);
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        let known = Known {
            open: &[Some("5184"), None, Some("350.00")],
            personal: &[Some("Noura Al-Otaibi"), Some("noura@mail.example")],
            phone: Some(phone),
        };
        Words::of(&words).find(&known, is_masked)
    }

    #[test]
    fn a_telephone_number_is_found_in_any_spelling() {
        for q in [
            "5553236",
            "0545553236",
            "545553236",
            "966545553236",
            "00966545553236",
            "+966545553236",
            "+966 54 555 3236",
            "054 555 3236",
            "+966 54 55",
            "٠٥٤٥٥٥٣٢٣٦",
            "noura +966 54 555 3236",
            "5184 +966 54 555 3236",
        ] {
            assert!(finds(q, "+966545553236", false), "{q}");
            assert!(!finds(q, "+966545553236", true), "{q}");
        }
        for q in ["5553237", "3236", "96654", "+96655", "054 555 3237"] {
            assert!(!finds(q, "+966545553236", false), "{q}");
        }
        // One that is kept as people of its country write it.
        assert!(finds("+966545553236", "054 555 3236", false));
    }

    #[test]
    fn each_word_must_be_found_and_numbers_beside_each_other_may_be_two() {
        for (q, open, all) in [
            ("", true, true),
            ("5184", true, true),
            ("5184 350.00", true, true),
            ("5184 otaibi", false, true),
            ("noura@", false, true),
            ("5184 sara", false, false),
        ] {
            assert_eq!(finds(q, "none", true), open, "{q}");
            assert_eq!(finds(q, "none", false), all, "{q}");
        }
    }
}
