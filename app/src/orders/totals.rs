//! Money and the words of the store for an order's status.

use domain::view::OrderRow;

/// `642.00 SAR`; none when it is not known.
pub fn total_words(order: &OrderRow) -> Option<String> {
    let total = order.total.clone()?;
    Some(match &order.currency {
        Some(currency) => format!("{total} {currency}"),
        None => total,
    })
}

/// A status as the store calls it, more readable: `ready_to_ship` as `Ready to ship`.
pub fn status_words(status: &str) -> String {
    let text = status.replace(['_', '-'], " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_reads_as_words() {
        assert_eq!(status_words("ready_to_ship"), "Ready to ship");
        assert_eq!(status_words("مشحون"), "مشحون");
        assert_eq!(status_words(""), "");
    }
}
