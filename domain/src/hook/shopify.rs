//! Shopify's topics (Admin REST webhooks, payloads as of API version 2024-01 and later).

use super::told::{CustomerTold, OrderTold, Told, Verb, missing, order_item};
use super::value::{
    currency, field, full_name, list, money, money_field, plain, sorted, text, time, words,
};
use crate::{Actor, ActorType, OrderUpsert, Problem, Reference};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many variants of a product are looked at.
const MAX_VARIANTS: usize = 120;

pub(super) fn read(
    topic: &str,
    body: &Value,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Option<Told>, Problem> {
    let told = match topic {
        "orders/create" => order(body, Verb::Created("order.created"), now, sender)?,
        "orders/updated"
        | "orders/edited"
        | "orders/paid"
        | "orders/cancelled"
        | "orders/fulfilled"
        | "orders/partially_fulfilled" => order(body, Verb::OrderUpdated, now, sender)?,
        "orders/delete" => bare(body, "order", Verb::Deleted("order.deleted"), now, sender)?,
        "refunds/create" => refund(body, now, sender)?,
        "customers/create" => customer(body, Verb::Created("customer.created"), now, sender)?,
        "customers/update" => customer(body, Verb::Updated("customer.updated"), now, sender)?,
        "customers/enable" => customer(body, Verb::Updated("customer.unblocked"), now, sender)?,
        "customers/disable" => customer(body, Verb::Updated("customer.blocked"), now, sender)?,
        "customers/delete" => bare(
            body,
            "customer",
            Verb::Deleted("customer.deleted"),
            now,
            sender,
        )?,
        "products/create" => product(body, Verb::Created("product.created"), now, sender)?,
        "products/update" => product(body, Verb::Updated("product.updated"), now, sender)?,
        "products/delete" => bare(
            body,
            "product",
            Verb::Deleted("product.deleted"),
            now,
            sender,
        )?,
        "inventory_levels/update" | "inventory_levels/connect" => stock(body, now, sender)?,
        "app/uninstalled" => Told {
            name: text(body, "name", 300),
            ..bare(body, "shop", Verb::Happened("app.uninstalled"), now, sender)?
        },
        _ => return Ok(None),
    };
    Ok(Some(told))
}

/// A thing of which nothing is told but its id.
fn bare(
    body: &Value,
    kind: &'static str,
    verb: Verb,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Told, Problem> {
    let foreign_id = text(body, "id", 200).ok_or_else(|| missing("id", kind))?;
    Ok(Told {
        verb,
        kind,
        // An order is known by its number, which isn't told here.
        id: (kind != "order").then(|| foreign_id.clone()),
        foreign_id,
        name: None,
        fields: BTreeMap::new(),
        complete: &[],
        updated_at: None,
        occurred_at: now,
        actor: sender.clone(),
        related: Vec::new(),
        order: None,
        customer: None,
    })
}

/// When a thing's state is as told, and when it happened.
fn times(body: &Value, verb: Verb, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, DateTime<Utc>) {
    let updated_at = time(body, "updated_at");
    let created_at = time(body, "created_at");
    let occurred_at = match verb {
        Verb::Created(_) => created_at.or(updated_at),
        _ => updated_at,
    };
    (updated_at, occurred_at.unwrap_or(now))
}

fn order(body: &Value, verb: Verb, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let foreign_id = text(body, "id", 200).ok_or_else(|| missing("id", "order"))?;
    // `#1042`: people leave the mark out.
    let name = text(body, "name", 200);
    let number = name
        .as_deref()
        .map(|name| name.trim_start_matches('#').to_owned())
        .filter(|number| !number.is_empty())
        .or_else(|| text(body, "order_number", 200))
        .ok_or_else(|| missing("name", "order"))?;
    let (updated_at, occurred_at) = times(body, verb, now);
    let buyer = body
        .get("customer")
        .and_then(|customer| buyer(customer, true));
    let items: Vec<_> = list(body, "line_items", 200)
        .filter_map(|line| {
            let quantity = line.get("quantity").and_then(Value::as_u64);
            let name = text(line, "title", 200).or_else(|| text(line, "name", 200));
            order_item(
                name,
                text(line, "variant_title", 100),
                quantity,
                line_total(line),
            )
        })
        .collect();
    let status = status(body);
    let total = money(body, "current_total_price").or_else(|| money(body, "total_price"));
    let fields = BTreeMap::from([
        ("status".to_owned(), json!(status)),
        (
            "financial_status".to_owned(),
            field(body, "financial_status"),
        ),
        (
            "fulfillment_status".to_owned(),
            field(body, "fulfillment_status"),
        ),
        ("total".to_owned(), json!(total)),
        ("currency".to_owned(), json!(currency(body))),
        ("email".to_owned(), field(body, "email")),
        ("note".to_owned(), field(body, "note")),
        ("cancel_reason".to_owned(), field(body, "cancel_reason")),
        ("tags".to_owned(), json!(words(body, "tags"))),
        ("items".to_owned(), json!(items)),
    ]);
    let is_bought = matches!(verb, Verb::Created(_))
        && matches!(
            text(body, "source_name", 50).as_deref(),
            Some("web" | "pos" | "checkout")
        );
    let actor = match &buyer {
        Some(buyer) if is_bought => Actor {
            kind: ActorType::Customer,
            id: Some(buyer.id.clone()),
            name: buyer.name.clone(),
            email: buyer.email.clone(),
            role: None,
        },
        _ => sender.clone(),
    };
    Ok(Told {
        verb,
        kind: "order",
        foreign_id,
        id: Some(number.clone()),
        name,
        fields,
        complete: &[],
        updated_at,
        occurred_at,
        actor,
        related: buyer.iter().map(reference).collect(),
        order: Some(OrderTold {
            number,
            order: OrderUpsert {
                customer_id: buyer.as_ref().map(|buyer| buyer.id.clone()),
                status: Some(status),
                total,
                currency: currency(body),
                placed_at: time(body, "created_at"),
                assigned_to: None,
                items,
            },
        }),
        customer: buyer,
    })
}

/// One word for how an order stands.
fn status(body: &Value) -> String {
    if time(body, "cancelled_at").is_some() {
        return "cancelled".to_owned();
    }
    match text(body, "fulfillment_status", 50).as_deref() {
        Some("fulfilled") => "fulfilled".to_owned(),
        Some("partial") => "partially_fulfilled".to_owned(),
        _ => text(body, "financial_status", 100).unwrap_or_else(|| "open".to_owned()),
    }
}

/// What a line costs: its price times how many. Without arithmetic on fractions: only where one was bought.
fn line_total(line: &Value) -> Option<String> {
    let is_one = line.get("quantity").and_then(Value::as_u64) == Some(1);
    money(line, "price").filter(|_| is_one)
}

fn buyer(body: &Value, is_aside: bool) -> Option<CustomerTold> {
    Some(CustomerTold {
        id: text(body, "id", 200)?,
        name: full_name(body, "first_name", "last_name"),
        email: text(body, "email", 254),
        phone: text(body, "phone", 40),
        groups: body.get("tags").map(|_| {
            let mut groups = words(body, "tags");
            groups.truncate(50);
            groups
        }),
        is_aside,
    })
}

fn reference(customer: &CustomerTold) -> Reference {
    Reference {
        kind: "customer".to_owned(),
        id: customer.id.clone(),
        name: customer.name.clone(),
    }
}

fn customer(body: &Value, verb: Verb, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let known = buyer(body, false).ok_or_else(|| missing("id", "customer"))?;
    let (updated_at, occurred_at) = times(body, verb, now);
    let fields = BTreeMap::from([
        ("name".to_owned(), json!(known.name)),
        ("email".to_owned(), json!(known.email)),
        ("phone".to_owned(), json!(known.phone)),
        ("state".to_owned(), field(body, "state")),
        ("note".to_owned(), field(body, "note")),
        ("tags".to_owned(), json!(words(body, "tags"))),
    ]);
    Ok(Told {
        verb,
        kind: "customer",
        foreign_id: known.id.clone(),
        id: Some(known.id.clone()),
        name: known.name.clone(),
        fields,
        complete: &[],
        updated_at,
        occurred_at,
        actor: sender.clone(),
        related: Vec::new(),
        order: None,
        customer: Some(known),
    })
}

fn product(body: &Value, verb: Verb, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let foreign_id = text(body, "id", 200).ok_or_else(|| missing("id", "product"))?;
    let (updated_at, occurred_at) = times(body, verb, now);
    let mut fields = BTreeMap::from([
        ("title".to_owned(), field(body, "title")),
        ("description".to_owned(), field(body, "body_html")),
        ("vendor".to_owned(), field(body, "vendor")),
        ("product_type".to_owned(), field(body, "product_type")),
        ("handle".to_owned(), field(body, "handle")),
        ("status".to_owned(), field(body, "status")),
        ("tags".to_owned(), json!(tags(body))),
    ]);
    let variants: Vec<&Value> = list(body, "variants", MAX_VARIANTS).collect();
    for variant in &variants {
        let Some(id) = text(variant, "id", 50) else {
            continue;
        };
        // A product of one kind has one variant that nobody named.
        let start = match variants.len() {
            1 => String::new(),
            _ => format!("variants.{id}."),
        };
        fields.insert(format!("{start}price"), money_field(variant, "price"));
        fields.insert(
            format!("{start}compare_at_price"),
            money_field(variant, "compare_at_price"),
        );
        fields.insert(format!("{start}sku"), field(variant, "sku"));
    }
    Ok(Told {
        verb,
        kind: "product",
        id: Some(foreign_id.clone()),
        foreign_id,
        name: text(body, "title", 300),
        fields,
        complete: &["variants."],
        updated_at,
        occurred_at,
        actor: sender.clone(),
        related: Vec::new(),
        order: None,
        customer: None,
    })
}

/// The tags of a product: `a, b`, or a list in newer payloads.
fn tags(body: &Value) -> Vec<String> {
    match body.get("tags") {
        Some(Value::Array(tags)) => sorted(tags.iter().filter_map(|tag| plain(tag, 200))),
        _ => words(body, "tags"),
    }
}

fn stock(body: &Value, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let item =
        text(body, "inventory_item_id", 200).ok_or_else(|| missing("inventory_item_id", "item"))?;
    let place = text(body, "location_id", 50).ok_or_else(|| missing("location_id", "location"))?;
    let available = body.get("available").and_then(Value::as_i64);
    let updated_at = time(body, "updated_at");
    let fields = BTreeMap::from([(format!("available.{place}"), json!(available))]);
    Ok(Told {
        verb: Verb::Updated("stock.adjusted"),
        kind: "inventory_item",
        // What is newer at one location says nothing of another.
        foreign_id: format!("{item}/{place}"),
        id: Some(item),
        name: None,
        fields,
        complete: &[],
        updated_at,
        occurred_at: updated_at.unwrap_or(now),
        actor: sender.clone(),
        related: vec![Reference {
            kind: "location".to_owned(),
            id: place,
            name: None,
        }],
        order: None,
        customer: None,
    })
}

fn refund(body: &Value, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let id = text(body, "id", 50).ok_or_else(|| missing("id", "refund"))?;
    let foreign_id = text(body, "order_id", 200).ok_or_else(|| missing("order_id", "order"))?;
    let amounts: Vec<String> = list(body, "transactions", 50)
        .filter(|transaction| text(transaction, "kind", 20).as_deref() == Some("refund"))
        .filter_map(|transaction| money(transaction, "amount"))
        .collect();
    let mut fields = BTreeMap::from([
        (format!("refunds.{id}.at"), field(body, "created_at")),
        (format!("refunds.{id}.note"), field(body, "note")),
    ]);
    match amounts.as_slice() {
        [] => {}
        [one] => drop(fields.insert(format!("refunds.{id}.amount"), json!(one))),
        several => drop(fields.insert(format!("refunds.{id}.amount"), json!(several))),
    }
    let lines: Vec<Value> = list(body, "refund_line_items", 200)
        .filter_map(|line| {
            let item = line.get("line_item")?;
            let name = text(item, "title", 200).or_else(|| text(item, "name", 200))?;
            Some(json!({"name": name, "quantity": line.get("quantity").and_then(Value::as_u64)}))
        })
        .collect();
    if !lines.is_empty() {
        fields.insert(format!("refunds.{id}.items"), json!(lines));
    }
    let actor = match text(body, "user_id", 200) {
        Some(user) => Actor {
            kind: ActorType::User,
            id: Some(user),
            name: None,
            email: None,
            role: None,
        },
        None => sender.clone(),
    };
    let at = time(body, "created_at").unwrap_or(now);
    Ok(Told {
        verb: Verb::Updated("order.refunded"),
        kind: "order",
        foreign_id,
        id: None,
        name: None,
        fields,
        complete: &[],
        // A refund is no state of its order: it never comes late.
        updated_at: None,
        occurred_at: at,
        actor,
        related: vec![Reference {
            kind: "refund".to_owned(),
            id,
            name: None,
        }],
        order: None,
        customer: None,
    })
}
