//! The names of fields.

use super::values::without_unit;
use crate::i18n::{Locale, tr};

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
    "blocked" | "is_blocked" => blocked,
    "shown" | "is_shown" => shown,
    "refunded" => refunded,
    "points" => points,
    "parcel" => parcel,
    "paid" => paid,
    "consent" => consent,
    "channel" => channel,
    "banner" => banner,
    "zones" => zones,
    "pictures" => images,
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
    "networks" => networks,
    "overlap_hours" => overlap_hours,
}

/// What a field is called: known ones in the reader's language, others as they were sent, more readable.
pub fn field_label(locale: Locale, field: &str) -> String {
    if let Some(label) = known_field(locale, without_unit(field)) {
        return label.to_owned();
    }
    let parts: Vec<String> = field
        .split('.')
        .map(|part| {
            let part = without_unit(part);
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
        assert_eq!(field_label(Locale::en, "weight_g"), "Weight");
        assert_eq!(field_label(Locale::ar, "discount_percent"), "الخصم");
    }
}
