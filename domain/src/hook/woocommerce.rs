//! WooCommerce's topics (payloads of its REST API, version 3).

use super::told::{CustomerTold, OrderTold, Told, Verb, missing, order_item};
use super::value::{
    currency, field, full_name, list, money, money_field, plain, sorted, text, time,
};
use crate::{Actor, ActorType, OrderUpsert, Problem, Reference};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn read(
    topic: &str,
    body: &Value,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Option<Told>, Problem> {
    let told = match topic {
        "order.created" => order(body, Verb::Created("order.created"), now, sender)?,
        "order.updated" | "order.restored" => order(body, Verb::OrderUpdated, now, sender)?,
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
        "product.updated" | "product.restored" => {
            product(body, Verb::Updated("product.updated"), now, sender)?
        }
        "product.deleted" => thing(
            body,
            "product",
            Verb::Deleted("product.deleted"),
            now,
            sender,
        )?,
        "coupon.created" => coupon(body, Verb::Created("coupon.created"), now, sender)?,
        "coupon.updated" | "coupon.restored" => {
            coupon(body, Verb::Updated("coupon.updated"), now, sender)?
        }
        "coupon.deleted" => thing(body, "coupon", Verb::Deleted("coupon.deleted"), now, sender)?,
        _ => return Ok(None),
    };
    Ok(Some(told))
}

/// A thing with its id and times; nothing else is known of it yet.
fn thing(
    body: &Value,
    kind: &'static str,
    verb: Verb,
    now: DateTime<Utc>,
    sender: &Actor,
) -> Result<Told, Problem> {
    let foreign_id = text(body, "id", 200).ok_or_else(|| missing("id", kind))?;
    let updated_at = time(body, "date_modified_gmt");
    let created_at = time(body, "date_created_gmt");
    let occurred_at = match verb {
        Verb::Created(_) => created_at.or(updated_at),
        _ => updated_at,
    };
    Ok(Told {
        verb,
        kind,
        // Orders may be numbered otherwise, coupons are known by their code.
        id: (!matches!(kind, "order" | "coupon")).then(|| foreign_id.clone()),
        foreign_id,
        name: None,
        fields: BTreeMap::new(),
        complete: &[],
        updated_at,
        occurred_at: occurred_at.unwrap_or(now),
        actor: sender.clone(),
        related: Vec::new(),
        order: None,
        customer: None,
    })
}

fn order(body: &Value, verb: Verb, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let bare = thing(body, "order", verb, now, sender)?;
    let number = text(body, "number", 200).unwrap_or_else(|| bare.foreign_id.clone());
    let buyer = buyer_of(body);
    let items: Vec<_> = list(body, "line_items", 200)
        .filter_map(|line| {
            let quantity = line.get("quantity").and_then(Value::as_u64);
            order_item(
                text(line, "name", 200),
                None,
                quantity,
                money(line, "total"),
            )
        })
        .collect();
    let status = text(body, "status", 100);
    let total = money(body, "total");
    let refunds: Vec<Value> = list(body, "refunds", 100)
        .map(|refund| json!({"id": field(refund, "id"), "total": field(refund, "total")}))
        .collect();
    let fields = BTreeMap::from([
        ("status".to_owned(), json!(status)),
        ("total".to_owned(), json!(total)),
        ("currency".to_owned(), json!(currency(body))),
        (
            "email".to_owned(),
            body.get("billing")
                .map_or(Value::Null, |b| field(b, "email")),
        ),
        ("payment_method".to_owned(), field(body, "payment_method")),
        ("note".to_owned(), field(body, "customer_note")),
        ("refunds".to_owned(), json!(refunds)),
        ("items".to_owned(), json!(items)),
    ]);
    let is_bought = matches!(verb, Verb::Created(_))
        && matches!(
            text(body, "created_via", 50).as_deref(),
            Some("checkout" | "store-api")
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
    let related = buyer.iter().map(|buyer| Reference {
        kind: "customer".to_owned(),
        id: buyer.id.clone(),
        name: buyer.name.clone(),
    });
    Ok(Told {
        id: Some(number.clone()),
        name: Some(format!("#{number}")),
        fields,
        actor,
        related: related.collect(),
        order: Some(OrderTold {
            number,
            order: OrderUpsert {
                customer_id: buyer.as_ref().map(|buyer| buyer.id.clone()),
                status,
                total,
                currency: currency(body),
                placed_at: time(body, "date_created_gmt"),
                assigned_to: None,
                items,
            },
        }),
        customer: buyer,
        ..bare
    })
}

/// Who bought, if they have an account: a guest has the id 0.
fn buyer_of(body: &Value) -> Option<CustomerTold> {
    let id = text(body, "customer_id", 200).filter(|id| id != "0")?;
    let billing = body.get("billing").unwrap_or(&Value::Null);
    Some(CustomerTold {
        id,
        name: full_name(billing, "first_name", "last_name"),
        email: text(billing, "email", 254),
        phone: text(billing, "phone", 40),
        groups: None,
        is_aside: true,
    })
}

fn customer(body: &Value, verb: Verb, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let bare = thing(body, "customer", verb, now, sender)?;
    let billing = body.get("billing").unwrap_or(&Value::Null);
    let name = full_name(body, "first_name", "last_name")
        .or_else(|| full_name(billing, "first_name", "last_name"))
        .or_else(|| text(body, "username", 200));
    let known = CustomerTold {
        id: bare.foreign_id.clone(),
        name: name.clone(),
        email: text(body, "email", 254),
        phone: text(billing, "phone", 40),
        groups: None,
        is_aside: false,
    };
    let fields = BTreeMap::from([
        ("name".to_owned(), json!(known.name)),
        ("email".to_owned(), json!(known.email)),
        ("phone".to_owned(), json!(known.phone)),
        ("username".to_owned(), field(body, "username")),
        ("role".to_owned(), field(body, "role")),
    ]);
    Ok(Told {
        name,
        fields,
        customer: Some(known),
        ..bare
    })
}

fn product(body: &Value, verb: Verb, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let bare = thing(body, "product", verb, now, sender)?;
    let names = |list_of: &str| {
        let found = list(body, list_of, 250).filter_map(|one| plain(one.get("name")?, 200));
        json!(sorted(found))
    };
    let fields = BTreeMap::from([
        ("title".to_owned(), field(body, "name")),
        ("description".to_owned(), field(body, "description")),
        ("status".to_owned(), field(body, "status")),
        ("visibility".to_owned(), field(body, "catalog_visibility")),
        ("sku".to_owned(), field(body, "sku")),
        ("price".to_owned(), money_field(body, "regular_price")),
        ("sale_price".to_owned(), money_field(body, "sale_price")),
        (
            "stock_quantity".to_owned(),
            json!(body.get("stock_quantity").and_then(Value::as_i64)),
        ),
        ("stock_status".to_owned(), field(body, "stock_status")),
        ("tags".to_owned(), names("tags")),
        ("categories".to_owned(), names("categories")),
    ]);
    Ok(Told {
        name: text(body, "name", 300),
        fields,
        ..bare
    })
}

fn coupon(body: &Value, verb: Verb, now: DateTime<Utc>, sender: &Actor) -> Result<Told, Problem> {
    let bare = thing(body, "coupon", verb, now, sender)?;
    let code = text(body, "code", 200).ok_or_else(|| missing("code", "coupon"))?;
    let fields = BTreeMap::from([
        ("code".to_owned(), json!(code)),
        ("amount".to_owned(), money_field(body, "amount")),
        ("discount_type".to_owned(), field(body, "discount_type")),
        ("status".to_owned(), field(body, "status")),
        ("description".to_owned(), field(body, "description")),
        ("expires_at".to_owned(), field(body, "date_expires_gmt")),
        (
            "usage_limit".to_owned(),
            json!(body.get("usage_limit").and_then(Value::as_i64)),
        ),
    ]);
    Ok(Told {
        id: Some(code.clone()),
        name: Some(code),
        fields,
        ..bare
    })
}
