//! The cells of an order and of a customer.

use crate::export::sheet::Cell;
use domain::view::{CustomerRow, OrderRow};

/// The value of one column of an order.
pub fn cell<'a>(row: &'a OrderRow, id: &str) -> Cell<'a> {
    match id {
        "number" => Cell::words(row.number.as_str()),
        "status" => Cell::text(row.status.as_deref()),
        "customer" => Cell::text(row.customer.as_deref()),
        "customer_name" => Cell::text(row.customer_name.as_deref()),
        "total" => row
            .total
            .as_deref()
            .map_or(Cell::Empty, |total| Cell::Decimal(total.into())),
        "currency" => Cell::text(row.currency.as_deref()),
        "placed_at" => Cell::time(row.placed_at),
        "assigned_to" => Cell::text(row.assigned_to.as_deref()),
        "message_count" => row.message_count.map_or(Cell::Empty, |count| {
            Cell::Integer(i64::try_from(count).unwrap_or(i64::MAX))
        }),
        "waiting_since" => Cell::time(row.waiting_since),
        _ => Cell::Empty,
    }
}

/// The value of one column of a customer.
pub fn customer_cell<'a>(row: &'a CustomerRow, id: &str) -> Cell<'a> {
    match id {
        "id" => Cell::words(row.id.as_str()),
        "name" => Cell::text(row.name.as_deref()),
        "email" => Cell::text(row.email.as_deref()),
        "phone" => Cell::text(row.phone.as_deref()),
        "groups" => match row.groups.is_empty() {
            true => Cell::Empty,
            false => Cell::words(row.groups.join(", ")),
        },
        _ => Cell::Empty,
    }
}
