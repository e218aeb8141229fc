//! Shopify's topics (Admin REST webhooks, payloads as of API version 2024-01 and later).

use super::told::{CustomerTold, Named, OrderTold, Told, Verb, missing, order_item, times};
use super::value::Part;
use crate::{Actor, ActorType, OrderUpsert, Problem, Reference};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The fields of when a thing was changed and made.
const TIMES: [&str; 2] = ["updated_at", "created_at"];
/// How many variants of a product are looked at.
const MAX_VARIANTS: usize = 120;

pub(super) fn read(
    topic: &str,
    body: &Part<'_>,
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
            name: body.text("name", 300),
            ..bare(body, "shop", Verb::Happened("app.uninstalled"), now, sender)?
        },
        _ => return Ok(None),
    };
    Ok(Some(told))
}

/// The thing that a body names.
pub(super) fn named(topic: &str, body: &Part<'_>) -> Option<Named> {
    let (noun, _) = topic.split_once('/')?;
    let id = |field: &str| body.id(field, 200);
    Some(match noun {
        "orders" => match number(body) {
            Some(number) => Named::known("order", number, body.text("name", 200)),
            None => Named::foreign("order", id("id")?),
        },
        "refunds" => Named::foreign("order", id("order_id")?),
        "customers" => Named::known("customer", id("id")?, None),
        "products" => Named::known("product", id("id")?, body.text("title", 300)),
        "inventory_levels" => Named::known("inventory_item", id("inventory_item_id")?, None),
        _ => return None,
    })
}

/// The number of an order: `#1042` without the mark, which people leave out.
fn number(body: &Part<'_>) -> Option<String> {
    body.text("name", 200)
        .map(|name| name.trim_start_matches('#').to_owned())
        .filter(|number| !number.is_empty())
        .or_else(|| body.id("order_number", 200))
}

/// A thing of which nothing is told but its id.
fn bare(
    body: &Part<'_>,
    kind: &'static str,
    verb: Verb,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Told, Problem> {
    let foreign_id = body.id("id", 200).ok_or_else(|| missing("id", kind))?;
    Ok(Told::bare(verb, kind, foreign_id, (None, now), sender))
}

fn order(body: &Part<'_>, verb: Verb, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let foreign_id = body.id("id", 200).ok_or_else(|| missing("id", "order"))?;
    let number = number(body).ok_or_else(|| missing("name", "order"))?;
    let times = times(body, TIMES, verb, now);
    let mut buyer = body
        .part("customer")
        .and_then(|customer| buyer(&customer, true));
    if let Some(buyer) = &mut buyer
        && buyer.country.is_none()
    {
        buyer.country =
            country(body, "billing_address").or_else(|| country(body, "shipping_address"));
    }
    let items: Vec<_> = body
        .list("line_items", 200)
        .iter()
        .filter_map(|line| {
            let quantity = line.count("quantity");
            let name = line.text("title", 200).or_else(|| line.text("name", 200));
            order_item(
                name,
                line.text("variant_title", 100),
                quantity,
                line_total(line),
            )
        })
        .collect();
    let status = status(body);
    let total = body.money("total_price");
    let total = body.money("current_total_price").or(total);
    let fields = BTreeMap::from([
        ("status".to_owned(), json!(status)),
        (
            "financial_status".to_owned(),
            body.field("financial_status"),
        ),
        (
            "fulfillment_status".to_owned(),
            body.field("fulfillment_status"),
        ),
        ("total".to_owned(), json!(total)),
        ("currency".to_owned(), json!(body.currency())),
        ("email".to_owned(), body.field("email")),
        ("note".to_owned(), body.field("note")),
        ("cancel_reason".to_owned(), body.field("cancel_reason")),
        ("tags".to_owned(), json!(body.words("tags"))),
        ("items".to_owned(), json!(items)),
    ]);
    let is_bought = matches!(verb, Verb::Created(_))
        && matches!(
            body.text("source_name", 50).as_deref(),
            Some("web" | "pos" | "checkout")
        );
    let actor = match &buyer {
        Some(buyer) if is_bought => buyer.actor(),
        _ => sender.clone(),
    };
    Ok(Told {
        id: Some(number.clone()),
        name: body.text("name", 200),
        fields,
        actor,
        related: buyer.iter().map(CustomerTold::reference).collect(),
        order: Some(OrderTold {
            number,
            order: OrderUpsert {
                customer_id: buyer.as_ref().map(|buyer| buyer.id.clone()),
                status: Some(status),
                total,
                currency: body.currency(),
                placed_at: body.time("created_at"),
                assigned_to: None,
                items,
            },
        }),
        customer: buyer,
        ..Told::bare(verb, "order", foreign_id, times, sender)
    })
}

/// One word for how an order stands.
fn status(body: &Part<'_>) -> String {
    if body.time("cancelled_at").is_some() {
        return "cancelled".to_owned();
    }
    match body.text("fulfillment_status", 50).as_deref() {
        Some("fulfilled") => "fulfilled".to_owned(),
        Some("partial") => "partially_fulfilled".to_owned(),
        _ => body
            .text("financial_status", 100)
            .unwrap_or_else(|| "open".to_owned()),
    }
}

/// What a line costs: its price times how many. Without arithmetic on fractions: only where one was bought.
fn line_total(line: &Part<'_>) -> Option<String> {
    let is_one = line.count("quantity") == Some(1);
    line.money("price").filter(|_| is_one)
}

fn buyer(body: &Part<'_>, is_aside: bool) -> Option<CustomerTold> {
    Some(CustomerTold {
        id: body.id("id", 200)?,
        name: body.full_name("first_name", "last_name"),
        email: body.text("email", 254),
        phone: body.text("phone", 40),
        country: country(body, "default_address"),
        groups: body.has("tags").then(|| {
            let mut groups = body.words("tags");
            groups.truncate(50);
            groups
        }),
        is_aside,
    })
}

/// The country of an address.
fn country(body: &Part<'_>, address: &str) -> Option<String> {
    body.part(address)?.text("country_code", 60)
}

fn customer(
    body: &Part<'_>,
    verb: Verb,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Told, Problem> {
    let known = buyer(body, false).ok_or_else(|| missing("id", "customer"))?;
    let times = times(body, TIMES, verb, now);
    let fields = BTreeMap::from([
        ("name".to_owned(), json!(known.name)),
        ("email".to_owned(), json!(known.email)),
        ("phone".to_owned(), json!(known.phone)),
        ("state".to_owned(), body.field("state")),
        ("note".to_owned(), body.field("note")),
        ("tags".to_owned(), json!(body.words("tags"))),
    ]);
    let foreign_id = known.id.clone();
    Ok(Told {
        name: known.name.clone(),
        fields,
        customer: Some(known),
        ..Told::bare(verb, "customer", foreign_id, times, sender)
    })
}

fn product(
    body: &Part<'_>,
    verb: Verb,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Told, Problem> {
    let foreign_id = body.id("id", 200).ok_or_else(|| missing("id", "product"))?;
    let times = times(body, TIMES, verb, now);
    let mut fields = BTreeMap::from([
        ("title".to_owned(), body.field("title")),
        ("description".to_owned(), body.field("body_html")),
        ("vendor".to_owned(), body.field("vendor")),
        ("product_type".to_owned(), body.field("product_type")),
        ("handle".to_owned(), body.field("handle")),
        ("status".to_owned(), body.field("status")),
        ("tags".to_owned(), json!(body.words("tags"))),
    ]);
    let variants = body.list("variants", MAX_VARIANTS);
    for variant in &variants {
        let Some(id) = variant.id("id", 50) else {
            continue;
        };
        // A product of one kind has one variant that nobody named.
        let start = match variants.len() {
            1 => String::new(),
            _ => format!("variants.{id}."),
        };
        fields.insert(format!("{start}price"), variant.money_field("price"));
        fields.insert(
            format!("{start}compare_at_price"),
            variant.money_field("compare_at_price"),
        );
        fields.insert(format!("{start}sku"), variant.field("sku"));
    }
    Ok(Told {
        name: body.text("title", 300),
        fields,
        complete: &["variants."],
        ..Told::bare(verb, "product", foreign_id, times, sender)
    })
}

fn stock(body: &Part<'_>, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let item = body
        .id("inventory_item_id", 200)
        .ok_or_else(|| missing("inventory_item_id", "item"))?;
    let place = body
        .id("location_id", 50)
        .ok_or_else(|| missing("location_id", "location"))?;
    let updated_at = body.time("updated_at");
    let fields = BTreeMap::from([(format!("available.{place}"), body.number("available"))]);
    let times = (updated_at, updated_at.unwrap_or(now));
    // What is newer at one location says nothing of another.
    let foreign_id = format!("{item}/{place}");
    let verb = Verb::Updated("stock.adjusted");
    Ok(Told {
        id: Some(item),
        fields,
        related: vec![Reference {
            kind: "location".to_owned(),
            id: place,
            name: None,
        }],
        ..Told::bare(verb, "inventory_item", foreign_id, times, sender)
    })
}

fn refund(body: &Part<'_>, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let id = body.id("id", 50).ok_or_else(|| missing("id", "refund"))?;
    let foreign_id = body
        .id("order_id", 200)
        .ok_or_else(|| missing("order_id", "order"))?;
    let amounts: Vec<String> = body
        .list("transactions", 50)
        .iter()
        .filter(|transaction| transaction.text("kind", 20).as_deref() == Some("refund"))
        .filter_map(|transaction| transaction.money("amount"))
        .collect();
    let mut fields = BTreeMap::from([
        (format!("refunds.{id}.at"), body.field("created_at")),
        (format!("refunds.{id}.note"), body.field("note")),
    ]);
    match amounts.as_slice() {
        [] => {}
        [one] => drop(fields.insert(format!("refunds.{id}.amount"), json!(one))),
        several => drop(fields.insert(format!("refunds.{id}.amount"), json!(several))),
    }
    let lines: Vec<Value> = body
        .list("refund_line_items", 200)
        .iter()
        .filter_map(|line| {
            let item = line.part("line_item")?;
            let name = item.text("title", 200).or_else(|| item.text("name", 200))?;
            Some(json!({"name": name, "quantity": line.count("quantity")}))
        })
        .collect();
    if !lines.is_empty() {
        fields.insert(format!("refunds.{id}.items"), json!(lines));
    }
    let actor = match body.id("user_id", 200) {
        Some(user) => Actor {
            kind: ActorType::User,
            id: Some(user),
            name: None,
            email: None,
            role: None,
        },
        None => sender.clone(),
    };
    let at = body.time("created_at").unwrap_or(now);
    let verb = Verb::Updated("order.refunded");
    Ok(Told {
        fields,
        actor,
        related: vec![Reference {
            kind: "refund".to_owned(),
            id,
            name: None,
        }],
        // A refund is no state of its order: it never comes late.
        ..Told::bare(verb, "order", foreign_id, (None, at), sender)
    })
}
