//! WooCommerce's topics (payloads of its REST API, version 3).

use super::parted::{Apart, REFUNDS};
use super::told::{CustomerTold, Named, OrderTold, Told, Verb, missing, order_item, times};
use super::value::{Part, sorted};
use crate::{Actor, OrderUpsert, Problem};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The fields of when a thing was changed and made.
const TIMES: [&str; 2] = ["date_modified_gmt", "date_created_gmt"];
/// How many refunds of an order are looked at.
const MAX_REFUNDS: usize = 100;

pub(super) fn read(
    topic: &str,
    body: &Part<'_>,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Option<Told>, Problem> {
    let told = match topic {
        "order.created" => order(body, Verb::Created("order.created"), now, sender)?,
        "order.updated" => order(body, Verb::OrderUpdated, now, sender)?,
        "order.restored" => order(body, Verb::Restored("order.restored"), now, sender)?,
        "order.deleted" => thing(body, "order", Verb::Deleted("order.deleted"), now, sender)?,
        "customer.created" => customer(body, Verb::Created("customer.created"), now, sender)?,
        "customer.updated" => customer(body, Verb::Updated("customer.updated"), now, sender)?,
        "customer.deleted" => thing(
            body,
            "customer",
            Verb::Deleted("customer.deleted"),
            now,
            sender,
        )?,
        "product.created" => product(body, Verb::Created("product.created"), now, sender)?,
        "product.updated" => product(body, Verb::Updated("product.updated"), now, sender)?,
        "product.restored" => product(body, Verb::Restored("product.restored"), now, sender)?,
        "product.deleted" => thing(
            body,
            "product",
            Verb::Deleted("product.deleted"),
            now,
            sender,
        )?,
        "coupon.created" => coupon(body, Verb::Created("coupon.created"), now, sender)?,
        "coupon.updated" => coupon(body, Verb::Updated("coupon.updated"), now, sender)?,
        "coupon.restored" => coupon(body, Verb::Restored("coupon.restored"), now, sender)?,
        "coupon.deleted" => thing(body, "coupon", Verb::Deleted("coupon.deleted"), now, sender)?,
        _ => return Ok(None),
    };
    Ok(Some(told))
}

/// The thing that a body names.
pub(super) fn named(topic: &str, body: &Part<'_>) -> Option<Named> {
    let (noun, _) = topic.split_once('.')?;
    let id = |field: &str| body.id(field, 200);
    Some(match noun {
        "order" => match id("number") {
            Some(number) => Named::known("order", number.clone(), Some(format!("#{number}"))),
            None => Named::foreign("order", id("id")?),
        },
        "customer" => Named::known("customer", id("id")?, None),
        "product" => Named::known("product", id("id")?, body.text("name", 300)),
        "coupon" => match body.text("code", 200) {
            Some(code) => Named::known("coupon", code.clone(), Some(code)),
            None => Named::foreign("coupon", id("id")?),
        },
        _ => return None,
    })
}

/// A thing with its id and times; nothing else is known of it yet.
fn thing(
    body: &Part<'_>,
    kind: &'static str,
    verb: Verb,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Told, Problem> {
    let foreign_id = body.id("id", 200).ok_or_else(|| missing("id", kind))?;
    let times = times(body, TIMES, verb, now);
    Ok(Told::bare(verb, kind, foreign_id, times, sender))
}

fn order(body: &Part<'_>, verb: Verb, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let bare = thing(body, "order", verb, now, sender)?;
    let number = body
        .id("number", 200)
        .unwrap_or_else(|| bare.foreign_id.clone());
    let buyer = buyer_of(body);
    let items: Vec<_> = body
        .list("line_items", 200)
        .iter()
        .filter_map(|line| {
            let quantity = line.count("quantity");
            order_item(line.text("name", 200), None, quantity, line.money("total"))
        })
        .collect();
    let status = body.text("status", 100);
    let total = body.money("total");
    let mut fields = BTreeMap::from([
        ("status".to_owned(), json!(status)),
        ("total".to_owned(), json!(total)),
        ("currency".to_owned(), json!(body.currency())),
        (
            "email".to_owned(),
            body.part("billing")
                .map_or(Value::Null, |billing| billing.field("email")),
        ),
        ("payment_method".to_owned(), body.field("payment_method")),
        ("note".to_owned(), body.field("customer_note")),
        ("items".to_owned(), json!(items)),
    ]);
    for refund in body.list("refunds", MAX_REFUNDS) {
        let amount = refund.money("total");
        let Some(id) = refund.id("id", 50) else {
            continue;
        };
        // WooCommerce tells what is paid back as an amount below zero.
        let amount = amount.map(|total| total.trim_start_matches('-').to_owned());
        fields.insert(format!("{REFUNDS}{id}.amount"), json!(amount));
        fields.insert(format!("{REFUNDS}{id}.note"), refund.field("reason"));
    }
    let is_bought = matches!(verb, Verb::Created(_))
        && matches!(
            body.text("created_via", 50).as_deref(),
            Some("checkout" | "store-api")
        );
    let actor = match &buyer {
        Some(buyer) if is_bought => buyer.actor(),
        _ => sender.clone(),
    };
    Ok(Told {
        id: Some(number.clone()),
        name: Some(format!("#{number}")),
        fields,
        complete: if body.has("refunds") { &[REFUNDS] } else { &[] },
        apart: Apart::Refunds,
        actor,
        related: buyer.iter().map(CustomerTold::reference).collect(),
        order: Some(OrderTold {
            number,
            order: OrderUpsert {
                customer_id: buyer.as_ref().map(|buyer| buyer.id.clone()),
                status,
                total,
                currency: body.currency(),
                placed_at: body.time("date_created_gmt"),
                assigned_to: None,
                items,
            },
        }),
        customer: buyer,
        ..bare
    })
}

/// Who bought, if they have an account: a guest has the id 0.
fn buyer_of(body: &Part<'_>) -> Option<CustomerTold> {
    let id = body.id("customer_id", 200).filter(|id| id != "0")?;
    let billing = body.part("billing");
    let text = |name: &str, most| billing.as_ref()?.text(name, most);
    Some(CustomerTold {
        id,
        name: full_name(billing.as_ref()),
        email: text("email", 254),
        phone: text("phone", 40),
        country: text("country", 60),
        groups: None,
        is_aside: true,
    })
}

fn full_name(of: Option<&Part<'_>>) -> Option<String> {
    of?.full_name("first_name", "last_name")
}

fn customer(
    body: &Part<'_>,
    verb: Verb,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Told, Problem> {
    let bare = thing(body, "customer", verb, now, sender)?;
    let billing = body.part("billing");
    let name = body
        .full_name("first_name", "last_name")
        .or_else(|| full_name(billing.as_ref()))
        .or_else(|| body.text("username", 200));
    let known = CustomerTold {
        id: bare.foreign_id.clone(),
        name: name.clone(),
        email: body.text("email", 254),
        phone: billing.as_ref().and_then(|b| b.text("phone", 40)),
        country: billing.as_ref().and_then(|b| b.text("country", 60)),
        groups: None,
        is_aside: false,
    };
    let fields = BTreeMap::from([
        ("name".to_owned(), json!(known.name)),
        ("email".to_owned(), json!(known.email)),
        ("phone".to_owned(), json!(known.phone)),
        ("username".to_owned(), body.field("username")),
        ("role".to_owned(), body.field("role")),
    ]);
    Ok(Told {
        name,
        fields,
        customer: Some(known),
        ..bare
    })
}

fn product(
    body: &Part<'_>,
    verb: Verb,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Told, Problem> {
    let bare = thing(body, "product", verb, now, sender)?;
    let names = |list_of: &str| {
        let found = body.list(list_of, 250);
        json!(sorted(found.iter().filter_map(|one| one.text("name", 200))))
    };
    let fields = BTreeMap::from([
        ("title".to_owned(), body.field("name")),
        ("description".to_owned(), body.field("description")),
        ("status".to_owned(), body.field("status")),
        ("visibility".to_owned(), body.field("catalog_visibility")),
        ("sku".to_owned(), body.field("sku")),
        ("price".to_owned(), body.money_field("regular_price")),
        ("sale_price".to_owned(), body.money_field("sale_price")),
        ("stock_quantity".to_owned(), body.number("stock_quantity")),
        ("stock_status".to_owned(), body.field("stock_status")),
        ("tags".to_owned(), names("tags")),
        ("categories".to_owned(), names("categories")),
    ]);
    Ok(Told {
        name: body.text("name", 300),
        fields,
        apart: Apart::Stock,
        ..bare
    })
}

fn coupon(
    body: &Part<'_>,
    verb: Verb,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Told, Problem> {
    let bare = thing(body, "coupon", verb, now, sender)?;
    let code = body
        .text("code", 200)
        .ok_or_else(|| missing("code", "coupon"))?;
    let fields = BTreeMap::from([
        ("code".to_owned(), json!(code)),
        ("amount".to_owned(), body.money_field("amount")),
        ("discount_type".to_owned(), body.field("discount_type")),
        ("status".to_owned(), body.field("status")),
        ("description".to_owned(), body.field("description")),
        ("expires_at".to_owned(), body.field("date_expires_gmt")),
        ("usage_limit".to_owned(), body.number("usage_limit")),
    ]);
    Ok(Told {
        id: Some(code.clone()),
        name: Some(code),
        fields,
        ..bare
    })
}
