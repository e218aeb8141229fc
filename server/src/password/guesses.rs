//! How many guesses a password holds out: by lists of common passwords, names and words, by rows of keys, repeats,
//! sequences and dates (`zxcvbn`). No list leaves the program, and nobody is asked.

use super::Known;
use domain::Problem;
use zxcvbn::feedback::Warning;
use zxcvbn::{Score, zxcvbn};

/// What is looked at: the time it takes grows with the square of the length.
const LOOKED_AT_CHARS: usize = 100;

/// The words of addresses and names that are tried: shorter ones stand in half of all passwords, longer ones are no
/// words.
const WORD_CHARS: std::ops::RangeInclusive<usize> = 4..=24;

/// What to do about it, whatever the cause.
const ADVICE: &str = "take several words that don't belong together";

/// The words that are tried first against one person: the program's, and those of what is known. In lower case, the
/// longest first.
pub(super) fn words(known: Known<'_>) -> Vec<String> {
    let mut words: Vec<String> = ["storetrail", known.email, known.name, known.store]
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .map(str::to_lowercase)
        .filter(|word| WORD_CHARS.contains(&word.chars().count()))
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// That it holds out more than 10^8 guesses, with the known [`words`] and without them (NIST SP 800-63B-4 3.1.1.2:
/// common, expected and compromised values; ASVS 5.0 6.2.4, 6.2.11). Takes milliseconds: it is called in turn with
/// hashing.
///
/// # Errors
/// `invalid_fields` (`password`), with the cause as code: `common`, `keyboard`, `repeated`, `sequence`, `date`, `word`,
/// `name` or `guessable`.
pub(super) fn check(password: &str, words: &[String]) -> Result<(), Problem> {
    let looked_at: String = password.chars().take(LOOKED_AT_CHARS).collect();
    let known: Vec<&str> = words.iter().map(String::as_str).collect();
    let estimate = zxcvbn(&looked_at, &known);
    if estimate.score() < Score::Three {
        let warning = estimate.feedback().and_then(|feedback| feedback.warning());
        return Err(refused(cause(warning)));
    }
    // The estimate takes each word and each sign between two for one more choice: of `kwame-mensah-1` it expects more
    // than 10^10 guesses, even when it is told both names. So what is left without them has to hold out too.
    let whole = looked_at.to_lowercase();
    let left = known
        .iter()
        .fold(whole.clone(), |left, word| left.replace(*word, ""));
    if left != whole && zxcvbn(&left, &[]).score() < Score::Three {
        return Err(refused(cause(Some(
            Warning::NamesAndSurnamesByThemselvesAreEasyToGuess,
        ))));
    }
    Ok(())
}

fn refused((code, why): (&'static str, &'static str)) -> Problem {
    Problem::field("password", code, format!("{why}; {ADVICE}"))
}

/// The code of what makes it weak, and the words for it.
fn cause(warning: Option<Warning>) -> (&'static str, &'static str) {
    match warning {
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword,
        ) => ("common", "many use this password or one like it"),
        Some(
            Warning::StraightRowsOfKeysAreEasyToGuess
            | Warning::ShortKeyboardPatternsAreEasyToGuess,
        ) => ("keyboard", "keys that lie side by side are soon guessed"),
        Some(
            Warning::RepeatsLikeAaaAreEasyToGuess
            | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess,
        ) => ("repeated", "what repeats is as soon guessed as once"),
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => (
            "sequence",
            "sequences such as abcd or 6543 are soon guessed",
        ),
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
            ("date", "dates and years are soon guessed")
        }
        Some(Warning::AWordByItselfIsEasyToGuess) => ("word", "one word is soon guessed"),
        Some(
            Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
            | Warning::CommonNamesAndSurnamesAreEasyToGuess,
        ) => ("name", "names are soon guessed"),
        None => ("guessable", "this is soon guessed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str) -> Option<String> {
        let known = Known {
            email: "sara.nasser@maisonnoor.example",
            name: "Kwame Mensah",
            store: "Linen House",
        };
        let problem = check(password, &words(known)).err()?;
        assert_eq!(problem.fields[0].pointer, "password");
        assert!(problem.message.contains(ADVICE), "{}", problem.message);
        Some(problem.fields[0].code.clone())
    }

    #[test]
    fn what_is_soon_guessed_is_refused_with_its_cause() {
        for (guessed, cause) in [
            ("qweasdzxc123", "common"),
            ("Liverpool1992", "common"),
            ("P4ssword2024", "common"),
            ("dfghjkl;'", "keyboard"),
            ("liverpoolliverpool", "repeated"),
            ("abcdefgh12345", "sequence"),
            ("14-02-1990", "date"),
            ("constantinople", "word"),
            ("fitzgerald", "name"),
            ("maisonnoor12", "guessable"),
            ("kwame-mensah-1", "name"),
            ("Mensah.Kwame.1990", "name"),
            ("linen-house-2026", "name"),
            ("sara nasser kwame mensah", "name"),
        ] {
            assert_eq!(code(guessed).as_deref(), Some(cause), "{guessed}");
        }
    }

    #[test]
    fn several_words_and_chance_are_taken() {
        for own in [
            "linen-and-wool",
            "correct horse battery",
            "kwame likes warm linen",
            "كلمة سر طويلة",
            "k7m2x9qbr4tz",
            crate::sample::PASSWORD,
        ] {
            assert_eq!(code(own), None, "{own}");
        }
    }

    #[test]
    fn what_stands_behind_the_first_hundred_characters_counts_for_nothing() {
        let long = "ab".repeat(50) + "k7m2x9qbr4tz";
        assert_eq!(code(&long).as_deref(), Some("repeated"));
    }
}
