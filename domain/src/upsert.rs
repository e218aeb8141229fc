//! Orders and customers that threads and filters refer to, as other systems send them.

use crate::problem::{FieldProblem, Problem};
use crate::reader::{Reader, child};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is known of a sales order. Replaces what was known before; a body that says nothing of `assigned_to` leaves that
/// as it was ([`OrderUpsert::tells_assignment`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderUpsert {
    /// Whose order, by the store's customer id.
    pub customer_id: Option<String>,
    /// The order's status in the store's own words, at most 100 characters.
    pub status: Option<String>,
    /// The total as a decimal number in text, such as `129.00`.
    pub total: Option<String>,
    /// ISO 4217, three capitals.
    pub currency: Option<String>,
    /// When it was placed.
    pub placed_at: Option<DateTime<Utc>>,
    /// The email of the colleague it is assigned to.
    pub assigned_to: Option<String>,
    /// What was ordered, at most 200 lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<OrderItem>,
}

/// One line of what was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderItem {
    /// The product's name, 1 to 200 characters.
    pub name: String,
    /// Which of its kind: a size, a colour; at most 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// How many, 1 to 1,000,000.
    pub quantity: u32,
    /// What the line costs, as a decimal number in text, in the order's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
}

/// What is known of a customer. Replaces what was known before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerUpsert {
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Their number, as the store has it.
    pub phone: Option<String>,
    /// The groups they are in, at most 50.
    pub groups: Vec<String>,
}

impl OrderUpsert {
    /// The fields it takes.
    pub const FIELDS: [&'static str; 7] = [
        "customer_id",
        "status",
        "total",
        "currency",
        "placed_at",
        "assigned_to",
        "items",
    ];

    /// Reads a body.
    ///
    /// # Errors
    /// [`Problem`] that names each wrong field.
    pub fn read(value: &Value) -> Result<Self, Problem> {
        let mut problems: Vec<FieldProblem> = Vec::new();
        let order = Reader::object(value, "", &mut problems).map(|mut reader| {
            reader.refuse_unknown(&Self::FIELDS);
            let order = Self {
                customer_id: reader.text("customer_id", 200),
                status: reader.text("status", 100),
                total: reader.text("total", 40),
                currency: reader.text("currency", 3),
                placed_at: reader.time("placed_at"),
                assigned_to: reader.text("assigned_to", 254),
                items: items(&mut reader),
            };
            if order.total.as_deref().is_some_and(|t| !is_decimal(t)) {
                reader.add(
                    "total",
                    "format",
                    "a decimal number in text, such as \"129.00\"",
                );
            }
            if order.currency.as_deref().is_some_and(|c| !is_currency(c)) {
                reader.add(
                    "currency",
                    "format",
                    "three capitals of ISO 4217, such as \"SAR\"",
                );
            }
            order
        });
        finish(order, problems)
    }

    /// Whether a body tells to whom the order is assigned; null tells that it is nobody.
    pub fn tells_assignment(body: &Value) -> bool {
        body.get("assigned_to").is_some()
    }
}

/// The most lines of an order.
const MAX_ITEMS: usize = 200;
/// The most of one thing.
const MAX_QUANTITY: u32 = 1_000_000;

fn items(reader: &mut Reader<'_, '_>) -> Vec<OrderItem> {
    let mut items = Vec::new();
    for (at, value) in reader.array("items", MAX_ITEMS).iter().enumerate() {
        let pointer = child(&reader.at("items"), &at.to_string());
        let Some(mut reader) = Reader::object(value, &pointer, reader.problems()) else {
            continue;
        };
        items.extend(OrderItem::read(&mut reader));
    }
    items
}

impl OrderItem {
    /// The fields it takes.
    pub const FIELDS: [&'static str; 4] = ["name", "variant", "quantity", "total"];

    fn read(reader: &mut Reader<'_, '_>) -> Option<Self> {
        reader.refuse_unknown(&Self::FIELDS);
        let name = reader.text("name", 200);
        if reader.is_blank("name") {
            reader.add("name", "required", "what the product is called");
        }
        let quantity = match reader.value("quantity") {
            None => Some(1),
            Some(value) => value
                .as_u64()
                .and_then(|quantity| u32::try_from(quantity).ok())
                .filter(|quantity| (1..=MAX_QUANTITY).contains(quantity)),
        };
        if quantity.is_none() {
            let message = format!("a whole number from 1 to {MAX_QUANTITY}");
            reader.add("quantity", "out_of_range", message);
        }
        let total = reader.text("total", 40);
        if total.as_deref().is_some_and(|total| !is_decimal(total)) {
            reader.add(
                "total",
                "format",
                "a decimal number in text, such as \"129.00\"",
            );
        }
        Some(Self {
            name: name?,
            variant: reader.text("variant", 100),
            quantity: quantity?,
            total,
        })
    }
}

impl CustomerUpsert {
    /// The fields it takes.
    pub const FIELDS: [&'static str; 4] = ["name", "email", "phone", "groups"];

    /// Reads a body.
    ///
    /// # Errors
    /// [`Problem`] that names each wrong field.
    pub fn read(value: &Value) -> Result<Self, Problem> {
        let mut problems: Vec<FieldProblem> = Vec::new();
        let customer = Reader::object(value, "", &mut problems).map(|mut reader| {
            reader.refuse_unknown(&Self::FIELDS);
            Self {
                name: reader.text("name", 200),
                email: reader.text("email", 254),
                phone: reader.text("phone", 40),
                groups: reader.texts("groups", 50, 200),
            }
        });
        finish(customer, problems)
    }
}

fn finish<T>(value: Option<T>, problems: Vec<FieldProblem>) -> Result<T, Problem> {
    match value {
        Some(value) if problems.is_empty() => Ok(value),
        _ => Err(Problem::invalid_fields(problems)),
    }
}

/// Whether a text is a code of ISO 4217 by its form.
pub(crate) fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// Whether a text is a decimal number such as `129.00`.
pub(crate) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, part]
        .iter()
        .all(|half| !half.is_empty() && half.bytes().all(|b| b.is_ascii_digit()))
}
