//! What a delivery spells otherwise than it was told, cuts off, or brings back.

use crate::hook::{now, told, woo_coupon, woo_order, woo_product};
use domain::hook::{Applied, Platform};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
