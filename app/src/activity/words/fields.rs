//! The names of fields, and values in a line.

use super::number_of;
use crate::i18n::{Locale, tr};
use domain::diff::{Brief, brief};
use serde_json::Value;

macro_rules! fields {
    ($($($name:literal)|+ => $key:ident,)+) => {
        fn known_field(locale: Locale, field: &str) -> Option<&'static str> {
            Some(match field {
                $($($name)|+ => tr!(locale, activity.field.$key),)+
                _ => return None,
            })
        }
    };
}

fields! {
    "price" | "regular_price" => price,
    "sale_price" => sale_price,
    "cost" | "cogs" | "cost_price" => cost,
    "name" => name,
    "title" => title,
    "description" => description,
    "status" => status,
    "stock" | "stock_quantity" | "num_in_stock" => stock,
    "quantity" | "qty" => quantity,
    "weight" => weight,
    "sku" => sku,
    "discount" => discount,
    "minimum" | "minimum_order" | "min_order" => minimum_order,
    "starts" | "starts_at" | "start" => starts,
    "ends" | "ends_at" | "expires_at" | "end" => ends,
    "terms" => terms,
    "email" => email,
    "phone" => phone,
    "address" => address,
    "role" => role,
    "tags" => tags,
    "color" | "colour" => color,
    "size" => size,
    "sizes" => sizes,
    "visible" | "is_visible" | "is_public" | "visibility" => visible,
    "total" => total,
    "amount" => amount,
    "currency" => currency,
    "category" => category,
    "categories" => categories,
    "image" | "photo" => image,
    "images" | "photos" => images,
    "note" | "notes" => note,
    "reason" => reason,
    "group" => group,
    "groups" => groups,
    "limit" | "usage_limit" => limit,
    "supplier" => supplier,
    "material" => material,
    "brand" => brand,
    "language" => language,
    "time_zone" | "timezone" => time_zone,
    "logo" => logo,
    "tracking_number" | "tracking" => tracking,
    "payment_status" => payment_status,
    "shipping_status" => shipping_status,
    "count" => count,
    "error" => error,
    "active" | "is_active" | "enabled" => active,
}

/// What a field is called: known ones in the reader's language, others as they were sent, more readable.
pub fn field_label(locale: Locale, field: &str) -> String {
    if let Some(label) = known_field(locale, field) {
        return label.to_owned();
    }
    let parts: Vec<String> = field
        .split('.')
        .map(|part| {
            known_field(locale, part)
                .map_or_else(|| capital(&part.replace('_', " ")), str::to_owned)
        })
        .collect();
    parts.join(" › ")
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A value in a few words, for a line of the list.
pub fn brief_words(locale: Locale, field: &str, value: &Value) -> String {
    match brief(value) {
        Brief::Nothing => tr!(locale, activity.value.nothing).to_owned(),
        Brief::Truth(true) => tr!(locale, activity.value.yes).to_owned(),
        Brief::Truth(false) => tr!(locale, activity.value.no).to_owned(),
        Brief::Number(number) => number_of(field, &number),
        Brief::Text(text) => text,
        Brief::Items(count) => tr!(locale, activity.value.items, count = count as u64),
        Brief::Fields(count) => tr!(locale, activity.value.fields, count = count as u64),
    }
}

/// A value whole: texts and numbers as they are, lists and objects as JSON.
pub fn value_words(locale: Locale, field: &str, value: &Value) -> String {
    match value {
        Value::String(text) if text.trim().is_empty() => {
            tr!(locale, activity.value.empty).to_owned()
        }
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
        other => brief_words(locale, field, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_as_people_read_it() {
        assert_eq!(field_label(Locale::en, "price"), "Price");
        assert_eq!(field_label(Locale::en, "wrapping_paper"), "Wrapping paper");
        assert_eq!(
            field_label(Locale::en, "shipping.weight"),
            "Shipping › Weight"
        );
        assert_eq!(field_label(Locale::ar, "price"), "السعر");
    }

    #[test]
    fn a_value_fits_a_line() {
        let said = |json: &str| brief_words(Locale::en, "x", &serde_json::from_str(json).unwrap());
        assert_eq!(said("null"), "nothing");
        assert_eq!(said("true"), "yes");
        assert_eq!(said("1450"), "1,450");
        assert_eq!(said("[1,2,3,4]"), "4 items");
    }
}
