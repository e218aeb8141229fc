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
    fn numbers_that_can_exist_are_written_as_people_do() {
        assert!(can_exist("+966551234567"));
        assert_eq!(local_form("+966551234567"), "+966 55 123 4567");
        for number in ["+9665512", "+99912345678", "966551234567", "STORE", ""] {
            assert!(!can_exist(number), "{number}");
            assert_eq!(local_form(number), number);
        }
    }
}
