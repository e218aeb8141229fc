//! Numbers, in Latin digits in every language.

use crate::i18n::{Locale, tr};
use domain::view::Count;

/// `3482` as `3,482`.
pub fn number(value: u64) -> String {
    grouped(&value.to_string())
}

/// A count: `3,482`, or `10,000+` when counting stopped there.
pub fn count_words(count: Count) -> String {
    let number = number(count.count);
    // Left-to-right marks keep the plus behind the number in a right-to-left page.
    if count.is_exact {
        number
    } else {
        format!("\u{200E}{number}+\u{200E}")
    }
}

/// `3,482 entries`.
pub fn entries(locale: Locale, count: Count) -> String {
    tr!(
        locale,
        activity.entries,
        count = count.count,
        n = count_words(count)
    )
}

/// A number as it was sent, its thousands set apart unless the field's name says that it is no quantity.
pub fn number_of(field: &str, value: &serde_json::Number) -> String {
    let text = value.to_string();
    let last = field.rsplit(['.', '_']).next().unwrap_or(field);
    let is_quantity = !matches!(
        last,
        "id" | "number" | "year" | "code" | "sku" | "zip" | "phone"
    );
    if is_quantity && !text.contains(['e', 'E']) {
        grouped(&text)
    } else {
        text
    }
}

/// An amount as it was sent, its thousands set apart; what is no decimal number, as it is.
pub fn amount(text: &str) -> String {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_decimal = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.bytes().filter(|b| *b == b'.').count() <= 1;
    if is_decimal {
        grouped(text)
    } else {
        text.to_owned()
    }
}

fn grouped(text: &str) -> String {
    let (whole, rest) = text.find('.').map_or((text, ""), |at| text.split_at(at));
    let (sign, digits) = whole
        .strip_prefix('-')
        .map_or(("", whole), |digits| ("−", digits));
    let mut out = String::with_capacity(text.len() + digits.len() / 3);
    out.push_str(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_of_an_amount_are_set_apart() {
        assert_eq!(amount("1417.00"), "1,417.00");
        assert_eq!(amount("-1234567.5"), "−1,234,567.5");
        assert_eq!(amount("642.00"), "642.00");
        for text in ["", "•••", "1.2.3", "1e9", ".5", "1,417"] {
            assert_eq!(amount(text), text);
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(number(7), "7");
        assert_eq!(number(3_482), "3,482");
        assert_eq!(number(1_000_000), "1,000,000");
    }

    #[test]
    fn a_number_that_is_a_name_stays_as_it_is() {
        let written =
            |field: &str, json: &str| number_of(field, &serde_json::from_str(json).unwrap());
        assert_eq!(written("weight", "1450"), "1,450");
        assert_eq!(written("balance", "-12345.60"), "−12,345.6");
        assert_eq!(written("order_number", "1042"), "1042");
    }

    #[test]
    fn a_count_that_stopped_says_so() {
        assert_eq!(
            count_words(Count {
                count: 10_000,
                is_exact: false
            }),
            "\u{200E}10,000+\u{200E}"
        );
    }
}
