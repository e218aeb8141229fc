//! How many guesses a password holds out: by lists of common passwords, names and words, by rows of keys, repeats,
//! sequences and dates (`zxcvbn`). No list leaves the program, and nobody is asked.

use domain::Problem;
use zxcvbn::feedback::Warning;
use zxcvbn::{Score, zxcvbn};

/// What is looked at: the time it takes grows with the square of the length.
const LOOKED_AT_CHARS: usize = 100;

/// The words of an address that are tried: shorter ones stand in half of all passwords, longer ones are no words.
const WORD_CHARS: std::ops::RangeInclusive<usize> = 4..=24;

/// What to do about it, whatever the cause.
const ADVICE: &str = "take several words that don't belong together";

/// That it holds out more than 10^8 guesses (NIST SP 800-63B-4 3.1.1.2: common, expected and compromised values; ASVS
/// 5.0 6.2.4, 6.2.11). Takes milliseconds: it is called in turn with hashing.
///
/// # Errors
/// `invalid_fields` (`password`), with the cause as code: `common`, `keyboard`, `repeated`, `sequence`, `date`, `word`,
/// `name` or `guessable`.
pub(super) fn check(password: &str, email: &str) -> Result<(), Problem> {
    let looked_at: String = password.chars().take(LOOKED_AT_CHARS).collect();
    let mut known = vec!["storetrail"];
    known.extend(
        email
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| WORD_CHARS.contains(&word.chars().count())),
    );
    let estimate = zxcvbn(&looked_at, &known);
    if estimate.score() >= Score::Three {
        return Ok(());
    }
    let warning = estimate.feedback().and_then(|feedback| feedback.warning());
    let (code, why) = cause(warning);
    Err(Problem::field("password", code, format!("{why}; {ADVICE}")))
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
        let problem = check(password, "sara.nasser@maisonnoor.example").err()?;
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
        ] {
            assert_eq!(code(guessed).as_deref(), Some(cause), "{guessed}");
        }
    }

    #[test]
    fn several_words_and_chance_are_taken() {
        for own in [
            "linen-and-wool",
            "correct horse battery",
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
