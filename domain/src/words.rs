//! A search by words among orders and customers.

use crate::fold;
use crate::message::{last_digits, number_of_words, phone_digits};
use std::collections::BTreeSet;

/// How many characters of a word are kept to find a customer by.
const KEPT_CHARS: usize = 100;
/// What many Arabic names begin with, and people leave out.
const ARTICLE: &str = "ال";

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

    /// What a customer's words ([`customer_words`]) begin with where they are found by a beginning: of each reading, for
    /// each of its words, any of some. Whether one is found indeed, [`Self::find`] says.
    pub fn beginnings(&self) -> Vec<Vec<Vec<String>>> {
        self.readings
            .iter()
            .map(|words| words.iter().map(Word::beginnings).collect())
            .collect()
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

    fn beginnings(&self) -> Vec<String> {
        let mut beginnings = vec![kept(&self.text)];
        if let Some(digits) = &self.digits {
            beginnings.extend([from_first(digits), from_last(digits)]);
        }
        beginnings.dedup();
        beginnings
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

/// What an index finds a customer by, folded, each by its beginning: the words of name, id, address and number, parts of
/// these between marks, and the number's digits from the first on and from the last.
pub fn customer_words(
    id: &str,
    name: Option<&str>,
    email: Option<&str>,
    phone: Option<&str>,
) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut add = |word: &str| {
        if !word.is_empty() {
            words.insert(kept(word));
        }
    };
    let [id, name, email, number] =
        [Some(id), name, email, phone].map(|text| fold(text.unwrap_or_default()));
    for text in [&id, &name, &email, &number] {
        text.split(' ').for_each(&mut add);
    }
    for part in parts(&name) {
        add(part);
        add(part.strip_prefix(ARTICLE).unwrap_or_default());
    }
    // What stands before it is the same for all: `c_77`, `gid://shop/Customer/77`.
    add(parts(&id).next_back().unwrap_or_default());
    if let Some((local, domain)) = email.rsplit_once('@') {
        parts(local).for_each(&mut add);
        add(domain);
    }
    if let Some(digits) = phone_digits(&number) {
        add(&from_first(&digits));
        add(&from_last(&digits));
    }
    words
}

fn parts(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
}

fn kept(word: &str) -> String {
    word.chars().take(KEPT_CHARS).collect()
}

/// A number's digits, which one with its country's code begins with.
fn from_first(digits: &str) -> String {
    format!("+{digits}")
}

/// The last of a number's digits backwards: so numbers begin alike that end alike.
fn from_last(digits: &str) -> String {
    let backwards = last_digits(digits).chars().rev();
    std::iter::once('#').chain(backwards).collect()
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

    #[test]
    fn a_customer_is_found_along_an_index_by_what_their_words_begin_with() {
        let is_along = |q: &str, phone: &str| {
            let index = customer_words(
                "C_77",
                Some("Noura Al-Otaibi نورة العتيبي"),
                Some("N.Otaibi+shop@Mail.example"),
                Some(phone),
            );
            let folded = fold(q);
            let words: Vec<&str> = folded.split(' ').collect();
            Words::of(&words).beginnings().iter().any(|reading| {
                reading.iter().all(|beginnings| {
                    let is_begun = |word: &String| beginnings.iter().any(|b| word.starts_with(b));
                    index.iter().any(is_begun)
                })
            })
        };
        for q in [
            "c_77",
            "C_7",
            "77",
            "nou",
            "al-ot",
            "otaibi",
            "نوره",
            "العت",
            "عتيبي",
            "n.otaibi+shop@mail.ex",
            "shop",
            "mail.example",
            "NOURA mail.example",
        ] {
            assert!(is_along(q, ""), "{q}");
        }
        for phone in ["+966 54 555-3236", "00966545553236", "٠٥٤٥٥٥٣٢٣٦"] {
            for q in [
                "5553236",
                "0545553236",
                "966545553236",
                "00966545553236",
                "+966545553236",
                "+966 54 555 3236",
                "054 555 3236",
                "٠٥٤٥٥٥٣٢٣٦",
                "noura 0545553236",
            ] {
                assert!(is_along(q, phone), "{q} of {phone}");
            }
        }
        assert!(is_along("+966 54 55", "+966545553236"));
        for q in ["taibi", "noura sara", "555323", "0545553237"] {
            assert!(!is_along(q, "+966545553236"), "{q}");
        }
    }
}
