//! What a delivery spells otherwise than it was told, cuts off, or brings back.

use crate::hook::{now, told, woo_coupon, woo_order, woo_product};
use domain::hook::{Applied, Platform};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::slice;

#[test]
fn what_is_spelled_otherwise_is_nothing_new() {
    let update = told(Platform::Woocommerce, "product.updated", &woo_product());
    let mut seen = update.fields.clone();
    seen.insert("price".to_owned(), json!(129));
    seen.insert("sale_price".to_owned(), json!(""));
    let mut tags = update.fields["tags"].as_array().unwrap().clone();
    tags.reverse();
    seen.insert("tags".to_owned(), json!(tags));
    let id = update.id.clone().unwrap();
    let against =
        |seen: &BTreeMap<String, Value>| update.against(&id, seen, Some(true), None, now());
    assert_eq!(against(&seen).unwrap(), Applied::Unchanged);
    seen.insert("price".to_owned(), json!(129.5));
    let Applied::Recorded(activity) = against(&seen).unwrap() else {
        panic!("a price changed");
    };
    assert_eq!(activity.changes.len(), 1);
    assert_eq!(activity.changes[0].before, json!(129.5));
}

#[test]
fn a_text_that_is_cut_here_is_compared_as_far_as_it_goes() {
    let whole = "long ".repeat(2_000);
    let mut body = woo_product();
    body["description"] = json!(whole);
    let update = told(Platform::Woocommerce, "product.updated", &body);
    let mut seen = update.fields.clone();
    assert_ne!(seen["description"], json!(whole));
    seen.insert("description".to_owned(), json!(whole));
    let id = update.id.clone().unwrap();
    let against =
        |seen: &BTreeMap<String, Value>| update.against(&id, seen, Some(true), None, now());
    assert_eq!(against(&seen).unwrap(), Applied::Unchanged);
    seen.insert("description".to_owned(), json!(format!("so {whole}")));
    assert!(matches!(against(&seen).unwrap(), Applied::Recorded(_)));
}

#[test]
fn what_was_gone_and_comes_back_is_told() {
    for (topic, body, back, update) in [
        (
            "product.restored",
            woo_product(),
            "product.restored",
            "product.updated",
        ),
        (
            "order.restored",
            woo_order(),
            "order.restored",
            "order.status_changed",
        ),
        (
            "coupon.restored",
            woo_coupon(),
            "coupon.restored",
            "coupon.updated",
        ),
    ] {
        let told = told(Platform::Woocommerce, topic, &body);
        let id = told.id.clone().unwrap();
        let against = |seen: &BTreeMap<String, Value>, was_made| {
            told.against(&id, seen, was_made, None, now()).unwrap()
        };
        let Applied::Recorded(activity) = against(&told.fields, Some(false)) else {
            panic!("{topic} of what was gone tells nothing");
        };
        assert_eq!(activity.action.name, back);
        assert_eq!(against(&told.fields, Some(true)), Applied::Unchanged);
        let mut other = told.fields.clone();
        other.insert("status".to_owned(), json!("otherwise"));
        let Applied::Recorded(activity) = against(&other, Some(true)) else {
            panic!("{topic} of what was there tells no change");
        };
        assert_eq!(activity.action.name, update);
    }
}

/// What is recorded of a delivery of WooCommerce against what was seen, each with its changed fields.
fn parted(topic: &str, body: &Value, seen: &BTreeMap<String, Value>) -> Vec<(String, Vec<String>)> {
    let told = told(Platform::Woocommerce, topic, body);
    let id = told.id.clone().unwrap();
    let made = (!seen.is_empty()).then_some(true);
    match told.against(&id, seen, made, None, now()).unwrap() {
        Applied::Recorded(activity) => told
            .parted(*activity, seen)
            .into_iter()
            .map(|activity| {
                let fields = activity.changes.into_iter().map(|change| change.field);
                (activity.action.name, fields.collect())
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn of(action: &str, fields: &[&str]) -> (String, Vec<String>) {
    let fields = fields.iter().map(|field| (*field).to_owned());
    (action.to_owned(), fields.collect())
}

#[test]
fn each_new_refund_of_an_order_is_an_activity_of_its_own() {
    let mut seen = told(Platform::Woocommerce, "order.updated", &woo_order()).fields;
    let mut body = woo_order();
    body["refunds"] = json!([{"id": 9, "reason": "torn", "total": "-10.00"}]);
    let first = of("order.refunded", &["refunds.9.amount", "refunds.9.note"]);
    assert_eq!(
        parted("order.updated", &body, &seen),
        slice::from_ref(&first)
    );
    let told_first = told(Platform::Woocommerce, "order.updated", &body);
    assert_eq!(told_first.fields["refunds.9.amount"], json!("10.00"));
    assert_eq!(told_first.fields["refunds.9.note"], json!("torn"));
    body["status"] = json!("refunded");
    assert_eq!(
        parted("order.updated", &body, &seen),
        [of("order.status_changed", &["status"]), first]
    );
    // It is told once, also where it was kept in a list of refunds.
    seen.extend(told(Platform::Woocommerce, "order.updated", &body).fields);
    assert!(parted("order.updated", &body, &seen).is_empty());
    body["refunds"] = json!([
        {"id": 9, "reason": "torn", "total": "-10.00"}, {"id": 10, "reason": "", "total": "-5.00"},
        {"id": 11, "reason": "", "total": "-6.00"},
    ]);
    seen.insert(
        "refunds".to_owned(),
        json!([{"id": "11", "total": "-6.00"}]),
    );
    assert_eq!(
        parted("order.updated", &body, &seen),
        [
            of("order.updated", &["refunds.11.amount"]),
            of("order.refunded", &["refunds.10.amount"])
        ]
    );
    // One that was deleted is no refund.
    body["refunds"] = json!([]);
    assert_eq!(
        parted("order.updated", &body, &seen),
        [of("order.updated", &["refunds.9.amount", "refunds.9.note"])]
    );
}

#[test]
fn a_changed_stock_is_an_activity_of_its_own() {
    let seen = told(Platform::Woocommerce, "product.updated", &woo_product()).fields;
    let mut body = woo_product();
    body["stock_quantity"] = json!(0);
    body["stock_status"] = json!("outofstock");
    let stock = of("stock.adjusted", &["stock_quantity", "stock_status"]);
    assert_eq!(
        parted("product.updated", &body, &seen),
        slice::from_ref(&stock)
    );
    body["regular_price"] = json!("99.00");
    assert_eq!(
        parted("product.updated", &body, &seen),
        [of("product.updated", &["price"]), stock]
    );
    for topic in ["product.created", "product.updated"] {
        let first = parted(topic, &body, &BTreeMap::new());
        assert_eq!(
            first.len(),
            1,
            "what was never seen was not adjusted: {first:?}"
        );
    }
}
