//! How people of a country write its numbers: for reading, never for sending.

/// Country's code, the first digits behind it (any of these), the lengths of the groups. Taken from Google's
/// libphonenumber, with which a test of the server compares every line; the order is that of looking.
const FORMS: [(&str, &str, &[usize]); 25] = [
    ("966", "15", &[2, 3, 4]),
    ("971", "5", &[2, 3, 4]),
    ("971", "234679", &[1, 3, 4]),
    ("973", "13", &[4, 4]),
    ("974", "34567", &[4, 4]),
    ("968", "79", &[4, 4]),
    ("965", "569", &[3, 5]),
    ("962", "7", &[1, 4, 4]),
    ("961", "7", &[2, 3, 3]),
    ("964", "7", &[3, 3, 4]),
    ("963", "9", &[3, 3, 3]),
    ("967", "7", &[3, 3, 3]),
    ("970", "5", &[3, 3, 3]),
    ("20", "1", &[3, 3, 4]),
    ("90", "5", &[3, 3, 2, 2]),
    ("91", "6789", &[5, 5]),
    ("92", "3", &[3, 7]),
    ("44", "7", &[4, 6]),
    ("33", "67", &[1, 2, 2, 2, 2]),
    ("34", "67", &[3, 3, 3]),
    ("39", "3", &[3, 3, 4]),
    ("31", "6", &[1, 4, 4]),
    ("62", "8", &[3, 4, 4]),
    ("63", "9", &[3, 3, 4]),
    ("212", "67", &[3, 6]),
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
            && rest.chars().next().is_some_and(|c| first.contains(c));
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
