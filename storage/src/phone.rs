//! Numbers of telephones: whether one can exist, and which one is meant (by Google's libphonenumber).

use domain::message::{is_e164, last_digits, phone_digits};
use phonenumber::country::Id;
use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, PhoneNumber};

/// Whether a number of E.164 can exist.
pub(crate) fn can_exist(number: &str) -> bool {
    phonenumber::parse(None, number).is_ok_and(|number| phonenumber::is_valid(&number))
}

/// The number that a text means, by E.164: one with its country's code in any spelling, or one as people of a country
/// (two letters of ISO 3166-1) write it among themselves. None when it can't be known, or can't exist.
pub(crate) fn meant(text: &str, country: Option<&str>) -> Option<String> {
    phone_digits(text)?;
    let folded = domain::fold(text);
    if folded.starts_with('+') {
        return in_e164(None, &folded);
    }
    let country = country.and_then(known);
    let local = country.and_then(|country| in_e164(Some(country), &folded));
    local.or_else(|| in_e164(None, &format!("+{}", folded.strip_prefix("00")?)))
}

/// Whether two texts mean one number.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    let digits = |text: &str| phone_digits(meant(text, None).as_deref().unwrap_or(text));
    digits(one).is_some_and(|one| digits(other) == Some(one))
}

/// Whether a text may be a number as people of its country write it among themselves, without the country's code. Fewer
/// than nine digits don't tell whose it is.
pub(crate) fn is_local_form(text: &str, number: &str) -> bool {
    let folded = domain::fold(text);
    if folded.starts_with('+') || folded.starts_with("00") {
        return false;
    }
    let (Some(local), Some(whole)) = (phone_digits(text), phone_digits(number)) else {
        return false;
    };
    local.len() >= 9 && whole.ends_with(&local) && local.ends_with(last_digits(&whole))
}

/// A country whose numbers are known: the library counts on it.
fn known(country: &str) -> Option<Id> {
    let code = country.trim().to_ascii_uppercase();
    DATABASE.by_id(code.as_str())?;
    code.parse().ok()
}

fn in_e164(country: Option<Id>, text: &str) -> Option<String> {
    let parsed: PhoneNumber = phonenumber::parse(country, text).ok()?;
    if !phonenumber::is_valid(&parsed) {
        return None;
    }
    Some(parsed.format().mode(Mode::E164).to_string()).filter(|number| is_e164(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of E.164 as people of its country write it, with the country's code. Itself when it isn't one.
    fn local_form(number: &str) -> String {
        match phonenumber::parse(None, number) {
            Ok(parsed) if phonenumber::is_valid(&parsed) => {
                parsed.format().mode(Mode::International).to_string()
            }
            _ => number.to_owned(),
        }
    }

    #[test]
    fn a_number_in_local_form_is_that_of_its_country() {
        for (text, country, number) in [
            ("0551234567", Some("SA"), Some("+966551234567")),
            ("055 123-4567", Some("sa"), Some("+966551234567")),
            ("٠٥٥١٢٣٤٥٦٧", Some("SA"), Some("+966551234567")),
            ("966551234567", Some("SA"), Some("+966551234567")),
            ("00966551234567", Some("SA"), Some("+966551234567")),
            ("07400 123456", Some("GB"), Some("+447400123456")),
            ("(415) 867-5309", Some("US"), Some("+14158675309")),
            // What has its country's code needs no other.
            ("+966 55 123 4567", Some("GB"), Some("+966551234567")),
            ("00966551234567", None, Some("+966551234567")),
            ("+966 55 123 4567", None, Some("+966551234567")),
            // What can't be known, or can't be.
            ("0551234567", None, None),
            ("0551234567", Some("Saudi Arabia"), None),
            ("0551234567", Some("AQ"), None),
            ("0551234567", Some("ZZ"), None),
            ("12", Some("SA"), None),
            ("+99912345678", None, None),
            ("ask at the door", Some("SA"), None),
            ("", Some("SA"), None),
        ] {
            assert_eq!(
                meant(text, country).as_deref(),
                number,
                "{text} {country:?}"
            );
        }
    }

    #[test]
    fn a_number_without_its_countrys_code_may_be_that_of_any_country() {
        for (kept, from, same, local) in [
            ("+966 55 123-4567", "+966551234567", true, false),
            ("00966551234567", "+966551234567", true, false),
            ("966551234567", "+966551234567", true, false),
            ("0551234567", "+966551234567", false, true),
            ("055 123 4567", "+971551234567", false, true),
            ("(415) 867-5309", "+14158675309", false, true),
            // Nine digits in common, and another country's.
            ("+971551234567", "+966551234567", false, false),
            ("00971551234567", "+966551234567", false, false),
            ("971551234567", "+966551234567", false, false),
            // Too few to tell.
            ("+966551212345", "12345", false, false),
            ("0551212345", "12345", false, false),
            ("12345", "12345", true, false),
            ("12345", "+966551212345", false, false),
        ] {
            assert_eq!(is_same(kept, from), same, "{kept} {from}");
            let is_local = !same && is_local_form(kept, from);
            assert_eq!(is_local, local, "{kept} {from}");
        }
    }

    #[test]
    fn pages_group_numbers_as_the_library_does() {
        for number in [
            "+966551234567",
            "+966112345678",
            "+971501234567",
            "+97142345678",
            "+97336001234",
            "+97433123456",
            "+96892123456",
            "+96550012345",
            "+962790123456",
            "+96171123456",
            "+9647912345678",
            "+963944567890",
            "+967712345678",
            "+970599123456",
            "+201001234567",
            "+905012345678",
            "+919123456789",
            "+923012345678",
            "+447400123456",
            "+33612345678",
            "+393123456789",
            "+31612345678",
            "+639051234567",
            "+212650123456",
        ] {
            assert!(can_exist(number), "{number}");
            assert_eq!(domain::message::shown_number(number), local_form(number));
        }
    }

    #[test]
    fn numbers_that_can_exist_are_written_as_people_do() {
        assert!(can_exist("+966551234567"));
        assert_eq!(local_form("+966551234567"), "+966 55 123 4567");
        for number in ["+9665512", "+99912345678", "966551234567", "STORE", ""] {
            assert!(!can_exist(number), "{number}");
            assert_eq!(local_form(number), number);
        }
    }
}
