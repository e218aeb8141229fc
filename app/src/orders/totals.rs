//! Money and the words of the store for an order's status.

use crate::activity::words::amount;
use crate::i18n::{Locale, tr};
use domain::view::OrderRow;

/// `1,417.00 SAR`; none when it is not known.
pub fn total_words(order: &OrderRow) -> Option<String> {
    let total = amount(order.total.as_deref()?);
    Some(match &order.currency {
        Some(currency) => format!("{total} {currency}"),
        None => total,
    })
}

/// A status in the page's language, as far as many shops call it so; else as the store does, more readable:
/// `waits_for_fabric` as `Waits for fabric`.
pub fn status_words(locale: Locale, status: &str) -> String {
    let plain = status.trim().to_lowercase().replace([' ', '-'], "_");
    let known = match plain.as_str() {
        "new" => tr!(locale, messages.order_status.fresh),
        "open" => tr!(locale, messages.order_status.open),
        "draft" => tr!(locale, messages.order_status.draft),
        "pending" => tr!(locale, messages.order_status.pending),
        "pending_payment" => tr!(locale, messages.order_status.pending_payment),
        "confirmed" => tr!(locale, messages.order_status.confirmed),
        "authorized" => tr!(locale, messages.order_status.authorized),
        "paid" => tr!(locale, messages.order_status.paid),
        "partially_paid" => tr!(locale, messages.order_status.partially_paid),
        "processing" => tr!(locale, messages.order_status.processing),
        "on_hold" => tr!(locale, messages.order_status.on_hold),
        "packed" => tr!(locale, messages.order_status.packed),
        "ready_to_ship" => tr!(locale, messages.order_status.ready_to_ship),
        "shipped" => tr!(locale, messages.order_status.shipped),
        "in_transit" => tr!(locale, messages.order_status.in_transit),
        "out_for_delivery" => tr!(locale, messages.order_status.out_for_delivery),
        "delivered" => tr!(locale, messages.order_status.delivered),
        "unfulfilled" => tr!(locale, messages.order_status.unfulfilled),
        "partially_fulfilled" => tr!(locale, messages.order_status.partially_fulfilled),
        "fulfilled" => tr!(locale, messages.order_status.fulfilled),
        "completed" => tr!(locale, messages.order_status.completed),
        "cancelled" | "canceled" => tr!(locale, messages.order_status.cancelled),
        "returned" => tr!(locale, messages.order_status.returned),
        "partially_refunded" => tr!(locale, messages.order_status.partially_refunded),
        "refunded" => tr!(locale, messages.order_status.refunded),
        "voided" => tr!(locale, messages.order_status.voided),
        "failed" => tr!(locale, messages.order_status.failed),
        "expired" => tr!(locale, messages.order_status.expired),
        _ => return readable(status),
    };
    known.to_owned()
}

fn readable(status: &str) -> String {
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
        assert_eq!(
            status_words(Locale::en, "waits_for_fabric"),
            "Waits for fabric"
        );
        assert_eq!(status_words(Locale::en, "مشحون"), "مشحون");
        assert_eq!(status_words(Locale::en, ""), "");
    }

    #[test]
    fn a_status_of_many_shops_is_said_in_the_pages_language() {
        for (status, english, arabic) in [
            ("processing", "Processing", "قيد التجهيز"),
            ("on-hold", "On hold", "معلّق"),
            ("Ready to ship", "Ready to ship", "جاهز للشحن"),
            ("canceled", "Cancelled", "ملغى"),
            ("waits_for_fabric", "Waits for fabric", "Waits for fabric"),
        ] {
            assert_eq!(status_words(Locale::en, status), english);
            assert_eq!(status_words(Locale::ar, status), arabic);
        }
    }
}
