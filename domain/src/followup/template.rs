//! Texts to be sent again and again, with places that are filled in.

use crate::RuleId;
use crate::message::Channel;
use serde::{Deserialize, Serialize};

/// A text to be sent again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Which one.
    pub id: RuleId,
    /// As people call it, 1 to 200 characters; unique in the store.
    pub name: String,
    /// For which channel; none for any.
    pub channel: Option<Channel>,
    /// The subject, for mail.
    pub subject: Option<String>,
    /// The text, with `{{customer}}`, `{{order}}`, `{{status}}`, `{{total}}` and `{{store}}`.
    pub body: String,
    /// From 1, one more each time it is saved.
    pub version: u32,
}

/// What the places of a template are filled with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filling {
    /// The customer's name.
    pub customer: String,
    /// The order's number.
    pub order: String,
    /// The order's state.
    pub status: String,
    /// The order's total with its currency.
    pub total: String,
    /// The store's name.
    pub store: String,
}

/// The names of the places that are filled.
pub const PLACES: [&str; 5] = ["customer", "order", "status", "total", "store"];

/// The first place of a text that nothing fills: a customer would read it as it stands.
pub fn unknown_place(text: &str) -> Option<&str> {
    let parts = text.split("{{").skip(1);
    let names = parts.filter_map(|part| Some(part.split_once("}}")?.0.trim()));
    names.into_iter().find(|name| !PLACES.contains(name))
}

/// Where a text begins the first place that it does not close before the next one, or at all: the number of the character,
/// from 1. A customer would read the braces.
pub fn unfinished_place(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find("{{") {
        let begin = from + at;
        let inside = begin + "{{".len();
        let rest = &text[inside..];
        let closed = rest.find("}}").filter(|end| !rest[..*end].contains("{{"));
        let Some(end) = closed else {
            return Some(text[..begin].chars().count() + 1);
        };
        from = inside + end + "}}".len();
    }
    None
}

/// The text with its places filled; a place of another name stays as it is.
pub fn fill(text: &str, filling: &Filling) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        match name.trim() {
            "customer" => out.push_str(&filling.customer),
            "order" => out.push_str(&filling.order),
            "status" => out.push_str(&filling.status),
            "total" => out.push_str(&filling.total),
            "store" => out.push_str(&filling.store),
            _ => {
                out.push_str("{{");
                out.push_str(name);
                out.push_str("}}");
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
