//! How people name orders.

use crate::fold;

/// How many words of a search are looked up as numbers.
const MOST_WORDS: usize = 8;

/// What people write before a number, folded.
const NOUNS: [&str; 3] = ["order", "طلب", "الطلب"];

/// The words of a folded search, each to be found in an order, without the mark and the noun that people write before a
/// number.
pub fn words_of(folded: &str) -> Vec<&str> {
    let words = folded.split(' ').map(bare);
    let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    if words.len() > 1 && words.first().is_some_and(|word| NOUNS.contains(word)) {
        words.remove(0);
    }
    words
}

/// The numbers that a search may name: what was typed, and each word of it, with and without the mark before a number,
/// as typed, in capitals and folded. Orders of these very numbers stand above all others, the earlier ones first.
pub fn numbers_in(words: &str) -> Vec<String> {
    let whole = words.trim();
    let mut numbers: Vec<String> = Vec::new();
    for text in std::iter::once(whole).chain(whole.split_whitespace().take(MOST_WORDS)) {
        for text in [text, bare(text)] {
            for number in [text.to_owned(), text.to_uppercase(), fold(text)] {
                if !number.is_empty() && !numbers.contains(&number) {
                    numbers.push(number);
                }
            }
        }
    }
    numbers
}

/// A number without the mark that people write before it.
pub fn bare(word: &str) -> &str {
    word.trim_start_matches('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_meant_with_and_without_its_mark() {
        assert_eq!(words_of("#1042  noura #"), ["1042", "noura"]);
        assert_eq!(words_of("order #1042"), ["1042"]);
        assert_eq!(words_of(&fold("طلب ١٠٤٢")), ["1042"]);
        assert_eq!(words_of("noura order"), ["noura", "order"]);
        assert_eq!(words_of("order"), ["order"]);
        assert_eq!(numbers_in(" #a-1 "), ["#a-1", "#A-1", "a-1", "A-1"]);
        assert_eq!(numbers_in("7 8"), ["7 8", "7", "8"]);
        assert!(numbers_in("  ").is_empty());
        assert_eq!(
            [bare("#1042"), bare("1042"), bare("a#1")],
            ["1042", "1042", "a#1"]
        );
    }
}
