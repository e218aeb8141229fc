//! What makes a mail an answer to another.

/// The subject of an answer: `Re:` before what it answers, once (RFC 5322 3.6.5), in one line.
pub fn answer_subject(subject: &str) -> String {
    let line: String = subject
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = line.trim();
    let is_answer = line
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    if is_answer {
        line.to_owned()
    } else {
        format!("Re: {line}")
    }
}

/// Whether a text can stand as a Message-ID in a header (RFC 5322 3.6.4), without its brackets.
pub fn is_message_id(id: &str) -> bool {
    id.len() <= 900
        && id.contains('@')
        && id
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_so_once() {
        for (subject, answer) in [
            ("Where is it?", "Re: Where is it?"),
            ("Re: Where is it?", "Re: Where is it?"),
            ("RE: Where is it?", "RE: Where is it?"),
            (" two\r\nlines ", "Re: two  lines"),
            ("Résumé", "Re: Résumé"),
            ("طلبي", "Re: طلبي"),
        ] {
            assert_eq!(answer_subject(subject), answer);
        }
    }

    #[test]
    fn a_message_id_fits_into_a_header() {
        for id in ["a@b", "CAF=x+1@mail.example"] {
            assert!(is_message_id(id), "{id}");
        }
        for id in ["", "a", "a @b", "a@b>", "a@b\r\nBcc: x", "é@b"] {
            assert!(!is_message_id(id), "{id}");
        }
        assert!(!is_message_id(&format!("{}@b", "x".repeat(900))));
    }
}
