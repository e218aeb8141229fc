//! Why items failed, without what differs from item to item.

/// How long a cause is at most, in characters.
const LONGEST: usize = 200;
/// Words that say themselves that a code follows.
const SAY_CODE: [&str; 6] = [
    "errno",
    "errorcode",
    "http",
    "sqlstate",
    "status",
    "statuscode",
];
/// Words whose code is a code; others have some too: postal ones, discounts.
const HAVE_CODE: [&str; 6] = ["error", "status", "response", "result", "exit", "http"];
/// What ends in the status of an error.
const END_IN_STATUS: [&str; 5] = [
    "answered",
    "answered with",
    "error",
    "responded with",
    "returned",
];
/// What statuses are called beside their numbers.
const PHRASES: [&str; 17] = [
    "bad gateway",
    "bad request",
    "conflict",
    "forbidden",
    "gateway timeout",
    "gone",
    "internal server error",
    "locked",
    "method not allowed",
    "not acceptable",
    "not found",
    "payment required",
    "request timeout",
    "service unavailable",
    "too many requests",
    "unauthorized",
    "unprocessable",
];

/// An error's words with its numbers as `#`: ids, amounts and counts. Statuses and codes stay, they tell causes apart.
pub(super) fn of(error: &str) -> String {
    let mut cause = String::new();
    let mut rest = error;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (words, from) = rest.split_at(start);
        cause.push_str(words);
        // The point or comma at its end may be the sentence's; nothing hangs on it.
        let is_other = |c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',');
        let (number, after) = from.split_at(from.find(is_other).unwrap_or(from.len()));
        let before = &error[..error.len() - from.len()];
        if is_code(before, number.trim_end_matches(['.', ',']), after) {
            cause.push_str(number);
        } else {
            cause.push('#');
        }
        rest = after;
    }
    cause.push_str(rest);
    cause.chars().take(LONGEST).collect()
}

/// Whether a number is a code, by the words around it.
fn is_code(before: &str, number: &str, after: &str) -> bool {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let is_joint =
        |c: char| c.is_whitespace() || matches!(c, ':' | '=' | '#' | '"' | '\'' | '(' | '[' | '-');
    let head = before.trim_end_matches(is_joint).to_ascii_lowercase();
    let (word, earlier) = last_word(&head);
    if SAY_CODE.contains(&word) {
        return true;
    }
    if word == "code" {
        let (owner, _) = last_word(earlier.trim_end_matches([' ', '_', '-']));
        return owner.is_empty() || HAVE_CODE.contains(&owner);
    }
    let is_status = matches!(number.parse::<u16>(), Ok(400..=599));
    // `HTTP/1.1 404`
    let is_of_protocol = || {
        let last = head.rsplit(char::is_whitespace).next();
        last.is_some_and(|last| last.starts_with("http/"))
    };
    let after = after.to_ascii_lowercase();
    let tail = after.trim_start_matches([' ', ':', '-', '(', ')']);
    is_status
        && (is_of_protocol()
            || END_IN_STATUS.iter().any(|words| head.ends_with(words))
            || PHRASES
                .iter()
                .any(|phrase| head.ends_with(phrase) || tail.starts_with(phrase)))
}

/// The word at the end of a text, and what stands before it.
fn last_word(text: &str) -> (&str, &str) {
    let earlier = text.trim_end_matches(char::is_alphabetic);
    (&text[earlier.len()..], earlier)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn statuses_and_codes_stay() {
        for error in [
            "HTTP 404",
            "HTTP 429: slow down",
            "Request failed with status code 500",
            "the shop answered 503",
            "404 Not Found",
            "Too Many Requests (429)",
            "{\"code\":1062,\"status\":409}",
            "error code -32603",
            "SQLSTATE 23505",
            "no number",
        ] {
            assert_eq!(of(error), error);
        }
    }

    #[test]
    fn ids_amounts_and_counts_are_one() {
        for (error, cause) in [
            ("product 404 is gone", "product # is gone"),
            ("p_981 has no price", "p_# has no price"),
            ("price 450.00 is below 500 EUR", "price # is below # EUR"),
            ("HTTP/1.1 404 for product 12", "HTTP/# 404 for product #"),
            ("postal code 75001 is unknown", "postal code # is unknown"),
            (
                "the shop answered 503 for 10 minutes",
                "the shop answered 503 for # minutes",
            ),
            ("http://10.0.0.1:8080 is away", "http://#:# is away"),
            ("سعر ١٢: 12", "سعر ١٢: #"),
        ] {
            assert_eq!(of(error), cause);
        }
        assert_eq!(of(&"x".repeat(300)).len(), 200);
    }
}
