//! How people of a country write its numbers: for reading, never for sending.

/// Country's code, what the digits behind it begin with (one of these), the lengths of the groups. Taken from Google's
/// libphonenumber, with which a test of storage compares every line; the order is that of looking.
const FORMS: [(&str, &[&str], &[usize]); 23] = [
    ("966", &["1", "5"], &[2, 3, 4]),
    ("971", &["5"], &[2, 3, 4]),
    ("971", &["2", "3", "4", "6", "7", "9"], &[1, 3, 4]),
    ("973", &["1", "3"], &[4, 4]),
    ("974", &["3", "4", "5", "6", "7"], &[4, 4]),
    ("968", &["7", "9"], &[4, 4]),
    ("965", &["50", "51", "55", "56", "57", "58", "59"], &[3, 5]),
    ("962", &["71", "72", "74", "77", "78", "79"], &[1, 4, 4]),
    ("961", &["7"], &[2, 3, 3]),
    ("964", &["7"], &[3, 3, 4]),
    ("963", &["9"], &[3, 3, 3]),
    ("967", &["7"], &[3, 3, 3]),
    ("970", &["5"], &[3, 3, 3]),
    ("20", &["1"], &[2, 8]),
    (
        "90",
        &["50", "52", "53", "54", "55", "56", "57", "58", "59"],
        &[3, 3, 2, 2],
    ),
    (
        "91",
        &["60", "69", "70", "72", "74", "84", "85", "9"],
        &[5, 5],
    ),
    ("92", &["3"], &[3, 7]),
    (
        "44",
        &["71", "72", "73", "74", "75", "77", "78", "79"],
        &[4, 6],
    ),
    ("33", &["6", "7"], &[1, 2, 2, 2, 2]),
    ("39", &["3"], &[3, 3, 4]),
    ("31", &["61", "62", "63", "64", "65", "68"], &[1, 8]),
    ("63", &["9"], &[3, 3, 4]),
    ("212", &["6", "7"], &[1, 2, 2, 2, 2]),
];

/// A number of E.164 in groups, `+966 55 123 4567`; any other text, a hidden one too, as it is.
pub fn shown_number(text: &str) -> String {
    let grouped = text.strip_prefix('+').and_then(grouped);
    grouped.unwrap_or_else(|| text.to_owned())
}

fn grouped(digits: &str) -> Option<String> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    FORMS.iter().find_map(|(code, first, groups)| {
        let rest = digits.strip_prefix(code)?;
        let fits = rest.len() == groups.iter().sum::<usize>()
            && first.iter().any(|begin| rest.starts_with(begin));
        if !fits {
            return None;
        }
        let mut shown = format!("+{code}");
        let mut rest = rest;
        for length in *groups {
            let (group, behind) = rest.split_at(*length);
            shown.push(' ');
            shown.push_str(group);
            rest = behind;
        }
        Some(shown)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_everything_else_is_left() {
        assert_eq!(shown_number("+966551234567"), "+966 55 123 4567");
        assert_eq!(shown_number("+447400123456"), "+44 7400 123456");
        for text in [
            "+96655",
            "+99912345678",
            "966551234567",
            "•••",
            "a@b.example",
            "STORE",
            "+",
            "+9٦٦551234567",
        ] {
            assert_eq!(shown_number(text), text);
        }
    }
}
