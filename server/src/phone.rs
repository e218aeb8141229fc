//! Numbers of telephones: whether one can exist, and how people of its country write it (by Google's libphonenumber).

use phonenumber::Mode;

/// Whether a number of E.164 can exist.
pub fn can_exist(number: &str) -> bool {
    phonenumber::parse(None, number).is_ok_and(|number| phonenumber::is_valid(&number))
}

/// A number of E.164 as people of its country write it, with the country's code. Itself when it isn't one.
pub fn local_form(number: &str) -> String {
    match phonenumber::parse(None, number) {
        Ok(parsed) if phonenumber::is_valid(&parsed) => {
            parsed.format().mode(Mode::International).to_string()
        }
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
