//! The cells of what stands in an order's thread.

use super::{activity, message};
use crate::export::sheet::{Cell, Language};
use crate::export::words::word;
use domain::view::ThreadItem;

/// The value of one column.
pub fn cell<'a>(order: &'a str, item: &'a ThreadItem, id: &str, language: Language) -> Cell<'a> {
    match (id, item) {
        ("order", _) => Cell::words(order.to_owned()),
        ("kind", ThreadItem::Message { .. }) => {
            Cell::words(word(language, "item.message").to_owned())
        }
        ("kind", ThreadItem::Activity { .. }) => {
            Cell::words(word(language, "item.activity").to_owned())
        }
        ("text", ThreadItem::Message { text, row, .. }) => {
            Cell::text(text.as_deref().or(row.preview.as_deref()))
        }
        (id, ThreadItem::Message { row, .. }) => message::cell(row, None, id, language),
        ("subject", ThreadItem::Activity { row }) => activity::cell(row, None, "action", language),
        ("text", ThreadItem::Activity { row }) => {
            match activity::cell(row, None, "description", language) {
                Cell::Empty => activity::cell(row, None, "change", language),
                described => described,
            }
        }
        ("status", ThreadItem::Activity { row }) => activity::cell(row, None, "outcome", language),
        ("from", ThreadItem::Activity { row }) => activity::cell(row, None, "actor", language),
        ("time" | "id", ThreadItem::Activity { row }) => activity::cell(row, None, id, language),
        (_, ThreadItem::Activity { .. }) => Cell::Empty,
    }
}
