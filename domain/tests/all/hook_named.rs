//! Which thing a delivery names, whatever else of its body is wrong.

use crate::hook::{
    now, sender, shopify_customer, shopify_order, shopify_product, woo_coupon, woo_customer,
    woo_order, woo_product,
};
use domain::hook::{Platform, named, read};
use serde_json::{Value, json};

/// The thing that a body names, as kind, id and whether that is the shop's own.
fn thing(platform: Platform, topic: &str, body: &Value) -> Option<(String, String, bool)> {
    let named = named(platform, topic, body.to_string().as_bytes())?;
    Some((named.thing.kind, named.thing.id, named.is_foreign))
}

#[test]
fn a_body_with_a_wrong_field_names_its_thing_all_the_same() {
    let standard =
        json!({"type": "product.updated", "data": {"subject": {"type": "product", "id": "hk77"}}});
    for (platform, topic, body, wrong, kind, id) in [
        (
            Platform::Shopify,
            "orders/create",
            shopify_order(),
            "/line_items",
            "order",
            "1042",
        ),
        (
            Platform::Shopify,
            "customers/update",
            shopify_customer(),
            "/tags",
            "customer",
            "706405506",
        ),
        (
            Platform::Shopify,
            "products/update",
            shopify_product(),
            "/variants",
            "product",
            "788032119",
        ),
        (
            Platform::Woocommerce,
            "order.updated",
            woo_order(),
            "/line_items",
            "order",
            "1042",
        ),
        (
            Platform::Woocommerce,
            "customer.updated",
            woo_customer(),
            "/username",
            "customer",
            "26",
        ),
        (
            Platform::Woocommerce,
            "product.updated",
            woo_product(),
            "/stock_quantity",
            "product",
            "799",
        ),
        (
            Platform::Woocommerce,
            "coupon.updated",
            woo_coupon(),
            "/usage_limit",
            "coupon",
            "summer10",
        ),
        (
            Platform::Standard,
            "product.updated",
            standard,
            "/data/changes",
            "product",
            "hk77",
        ),
    ] {
        let known = Some((kind.to_owned(), id.to_owned(), false));
        assert_eq!(thing(platform, topic, &body), known, "{topic}");
        let mut body = body;
        let (parent, field) = wrong.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[field] = json!(true);
        let bytes = body.to_string();
        assert!(read(platform, topic, bytes.as_bytes(), now(), &sender()).is_err());
        assert_eq!(thing(platform, topic, &body), known, "{topic}");
    }
}

#[test]
fn of_what_only_the_shops_own_id_is_told_it_is_the_id() {
    let gone = json!({"id": 727});
    let refund = json!({"id": 890, "order_id": 727});
    for (platform, topic, body, kind) in [
        (Platform::Shopify, "orders/delete", &gone, "order"),
        (Platform::Shopify, "refunds/create", &refund, "order"),
        (Platform::Woocommerce, "order.deleted", &gone, "order"),
        (Platform::Woocommerce, "coupon.deleted", &gone, "coupon"),
    ] {
        let foreign = Some((kind.to_owned(), "727".to_owned(), true));
        assert_eq!(thing(platform, topic, body), foreign, "{topic}");
    }
    // Its number is what it is known by.
    let mut order = shopify_order();
    order["id"] = Value::Null;
    let known = Some(("order".to_owned(), "1042".to_owned(), false));
    assert_eq!(thing(Platform::Shopify, "orders/updated", &order), known);
}

#[test]
fn what_names_nothing_is_about_nothing() {
    for (platform, topic, body) in [
        (Platform::Shopify, "products/update", "{broken"),
        (Platform::Shopify, "products/update", "[7]"),
        (Platform::Shopify, "products/update", r#"{"id": {"a": 1}}"#),
        (Platform::Shopify, "themes/publish", r#"{"id": 1}"#),
        (Platform::Shopify, "products", r#"{"id": 1}"#),
        (Platform::Woocommerce, "action.x", r#"{"id": 1}"#),
        (Platform::Woocommerce, "product.updated", r#"{"id": " "}"#),
        (Platform::Standard, "x", r#"{"type": "x", "data": []}"#),
        (
            Platform::Standard,
            "x",
            r#"{"data": {"subject": {"type": "product"}}}"#,
        ),
        (
            Platform::Standard,
            "x",
            r#"{"data": {"subject": {"type": "product", "id": "a\u0000b"}}}"#,
        ),
    ] {
        assert_eq!(named(platform, topic, body.as_bytes()), None, "{body}");
    }
}
