//! What shops' webhooks tell: each topic with a payload as the platform sends it, and what is new in it.

use chrono::{DateTime, TimeZone as _, Utc};
use domain::hook::{Applied, Platform, Reading, Told, read, topic_of, trace_of};
use domain::{Activity, Actor, ActorType, Code};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap()
}

pub fn sender() -> Actor {
    Actor {
        name: Some("Shopify · linen".to_owned()),
        ..Actor::system()
    }
}

fn reading(platform: Platform, topic: &str, body: &Value) -> Reading {
    read(
        platform,
        topic,
        body.to_string().as_bytes(),
        now(),
        &sender(),
    )
    .unwrap()
}

pub fn told(platform: Platform, topic: &str, body: &Value) -> Told {
    match reading(platform, topic, body) {
        Reading::Told(told) => *told,
        other => panic!("{topic}: {other:?}"),
    }
}

/// What is recorded of a thing that was never seen.
fn first(told: &Told) -> Activity {
    let id = told.id.clone().unwrap_or_else(|| told.foreign_id.clone());
    match told
        .against(&id, &BTreeMap::new(), None, None, now())
        .unwrap()
    {
        Applied::Recorded(activity) => *activity,
        other => panic!("{other:?}"),
    }
}

pub fn shopify_order() -> Value {
    json!({
        "id": 820_982_911_946_154_508_u64, "name": "#1042", "order_number": 1042, "email": "noura@mail.example",
        "created_at": "2026-11-20T11:30:00+03:00", "updated_at": "2026-11-20T11:31:00+03:00", "cancelled_at": null,
        "currency": "SAR", "total_price": "129.00", "current_total_price": "129.00", "financial_status": "paid",
        "fulfillment_status": null, "tags": "vip, gift", "note": null, "source_name": "web",
        "customer": {"id": 115_310_627, "first_name": "Noura", "last_name": "Al-Otaibi", "email": "noura@mail.example", "tags": "vip"},
        "line_items": [{"id": 1, "title": "Linen shirt", "variant_title": "M", "quantity": 1, "price": "129.00"}],
    })
}

pub fn shopify_customer() -> Value {
    json!({"id": 706_405_506, "email": "bob@mail.example", "first_name": "Bob", "last_name": "Norman", "phone": "+96655",
        "state": "enabled", "note": null, "tags": "b2b, new", "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:10:00Z"})
}

pub fn shopify_product() -> Value {
    json!({"id": 788_032_119, "title": "Linen shirt", "body_html": "<p>Soft</p>", "vendor": "Linen", "product_type": "Shirts",
    "handle": "linen-shirt", "status": "active", "tags": "summer, linen", "created_at": "2026-11-19T08:00:00Z",
    "updated_at": "2026-11-20T08:00:00Z",
    "variants": [
        {"id": 11, "title": "M", "price": "129.00", "compare_at_price": null, "sku": "LS-M"},
        {"id": 12, "title": "L", "price": "139.00", "compare_at_price": "159.00", "sku": "LS-L"},
    ]})
}

#[test]
fn each_topic_of_shopify_becomes_its_action() {
    let gone = json!({"id": 788_032_119});
    let stock = json!({"inventory_item_id": 271, "location_id": 24, "available": 6, "updated_at": "2026-11-20T08:00:00Z"});
    let refund = json!({"id": 890, "order_id": 820_982_911_946_154_508_u64, "created_at": "2026-11-20T08:00:00Z", "note": "torn",
        "user_id": 548, "transactions": [{"kind": "refund", "amount": "41.94"}],
        "refund_line_items": [{"quantity": 1, "line_item": {"title": "Linen shirt"}}]});
    let shop =
        json!({"id": 690_933_842, "name": "Linen", "myshopify_domain": "linen.myshopify.com"});
    let cancelled = {
        let mut order = shopify_order();
        order["cancelled_at"] = json!("2026-11-20T11:31:00+03:00");
        order
    };
    let fulfilled = {
        let mut order = shopify_order();
        order["fulfillment_status"] = json!("fulfilled");
        order
    };
    for (topic, body, action, kind, id) in [
        (
            "orders/create",
            shopify_order(),
            "order.created",
            "order",
            "1042",
        ),
        (
            "orders/updated",
            shopify_order(),
            "order.status_changed",
            "order",
            "1042",
        ),
        (
            "orders/edited",
            shopify_order(),
            "order.status_changed",
            "order",
            "1042",
        ),
        (
            "orders/paid",
            shopify_order(),
            "order.status_changed",
            "order",
            "1042",
        ),
        (
            "orders/cancelled",
            cancelled,
            "order.cancelled",
            "order",
            "1042",
        ),
        (
            "orders/fulfilled",
            fulfilled.clone(),
            "order.completed",
            "order",
            "1042",
        ),
        (
            "orders/partially_fulfilled",
            fulfilled,
            "order.completed",
            "order",
            "1042",
        ),
        (
            "orders/delete",
            gone.clone(),
            "order.deleted",
            "order",
            "788032119",
        ),
        (
            "refunds/create",
            refund,
            "order.refunded",
            "order",
            "820982911946154508",
        ),
        (
            "customers/create",
            shopify_customer(),
            "customer.created",
            "customer",
            "706405506",
        ),
        (
            "customers/update",
            shopify_customer(),
            "customer.updated",
            "customer",
            "706405506",
        ),
        (
            "customers/enable",
            shopify_customer(),
            "customer.unblocked",
            "customer",
            "706405506",
        ),
        (
            "customers/disable",
            shopify_customer(),
            "customer.blocked",
            "customer",
            "706405506",
        ),
        (
            "customers/delete",
            gone.clone(),
            "customer.deleted",
            "customer",
            "788032119",
        ),
        (
            "products/create",
            shopify_product(),
            "product.created",
            "product",
            "788032119",
        ),
        (
            "products/update",
            shopify_product(),
            "product.updated",
            "product",
            "788032119",
        ),
        (
            "products/delete",
            gone,
            "product.deleted",
            "product",
            "788032119",
        ),
        (
            "inventory_levels/update",
            stock.clone(),
            "stock.adjusted",
            "inventory_item",
            "271",
        ),
        (
            "inventory_levels/connect",
            stock,
            "stock.adjusted",
            "inventory_item",
            "271",
        ),
        (
            "app/uninstalled",
            shop,
            "app.uninstalled",
            "shop",
            "690933842",
        ),
    ] {
        let activity = first(&told(Platform::Shopify, topic, &body));
        let subject = activity.subject.as_ref().unwrap();
        assert_eq!(activity.action.name, action, "{topic}");
        assert_eq!(
            (subject.kind.as_str(), subject.id.as_str()),
            (kind, id),
            "{topic}"
        );
        assert!(!activity.action.categories.is_empty(), "{topic}");
    }
    assert_eq!(
        reading(Platform::Shopify, "themes/publish", &json!({"id": 1})),
        Reading::NotUnderstood
    );
}

pub fn woo_order() -> Value {
    json!({"id": 727, "number": "1042", "status": "processing", "currency": "SAR", "total": "129.00", "customer_id": 26,
        "date_created_gmt": "2026-11-20T08:28:02", "date_modified_gmt": "2026-11-20T08:28:08", "created_via": "checkout",
        "billing": {"first_name": "Noura", "last_name": "Al-Otaibi", "email": "noura@mail.example", "phone": "+966551234567"},
        "payment_method": "cod", "customer_note": "", "refunds": [],
        "line_items": [{"id": 315, "name": "Linen shirt", "quantity": 2, "total": "129.00"}]})
}

pub fn woo_customer() -> Value {
    json!({"id": 26, "email": "noura@mail.example", "first_name": "Noura", "last_name": "Al-Otaibi", "role": "customer",
        "username": "noura", "billing": {"phone": "+966551234567"}, "date_created_gmt": "2026-11-20T08:00:00",
        "date_modified_gmt": "2026-11-20T08:10:00"})
}

pub fn woo_product() -> Value {
    json!({"id": 799, "name": "Linen shirt", "status": "publish", "catalog_visibility": "visible", "description": "Soft", "sku": "LS",
        "regular_price": "129.00", "sale_price": "", "stock_quantity": 7, "stock_status": "instock",
        "tags": [{"id": 1, "name": "summer"}], "categories": [{"id": 9, "name": "Shirts"}],
        "date_created_gmt": "2026-11-19T08:00:00", "date_modified_gmt": "2026-11-20T08:10:00"})
}

pub fn woo_coupon() -> Value {
    json!({"id": 719, "code": "summer10", "amount": "10.00", "discount_type": "percent", "status": "publish", "description": "",
        "date_expires_gmt": null, "usage_limit": 100, "date_created_gmt": "2026-11-19T08:00:00",
        "date_modified_gmt": "2026-11-20T08:10:00"})
}

#[test]
fn each_topic_of_woocommerce_becomes_its_action() {
    let gone = json!({"id": 727});
    for (topic, body, action, id) in [
        ("order.created", woo_order(), "order.created", "1042"),
        ("order.updated", woo_order(), "order.status_changed", "1042"),
        (
            "order.restored",
            woo_order(),
            "order.status_changed",
            "1042",
        ),
        ("order.deleted", gone.clone(), "order.deleted", "727"),
        ("customer.created", woo_customer(), "customer.created", "26"),
        ("customer.updated", woo_customer(), "customer.updated", "26"),
        ("customer.deleted", gone.clone(), "customer.deleted", "727"),
        ("product.created", woo_product(), "product.created", "799"),
        ("product.updated", woo_product(), "product.updated", "799"),
        ("product.restored", woo_product(), "product.updated", "799"),
        ("product.deleted", gone.clone(), "product.deleted", "727"),
        ("coupon.created", woo_coupon(), "coupon.created", "summer10"),
        ("coupon.updated", woo_coupon(), "coupon.updated", "summer10"),
        (
            "coupon.restored",
            woo_coupon(),
            "coupon.updated",
            "summer10",
        ),
        ("coupon.deleted", gone, "coupon.deleted", "727"),
    ] {
        let activity = first(&told(Platform::Woocommerce, topic, &body));
        let subject = activity.subject.as_ref().unwrap();
        assert_eq!(
            (activity.action.name.as_str(), subject.id.as_str()),
            (action, id),
            "{topic}"
        );
    }
    assert_eq!(
        reading(
            Platform::Woocommerce,
            "action.woocommerce_add_to_cart",
            &json!({"arg": 1})
        ),
        Reading::NotUnderstood
    );
}

#[test]
fn an_order_and_its_buyer_are_kept_as_the_shop_has_them() {
    let told = told(Platform::Shopify, "orders/create", &shopify_order());
    let order = told.order.as_ref().unwrap();
    assert_eq!(order.number, "1042");
    assert_eq!(order.order.total.as_deref(), Some("129.00"));
    assert_eq!(order.order.currency.as_deref(), Some("SAR"));
    assert_eq!(order.order.status.as_deref(), Some("paid"));
    assert_eq!(order.order.customer_id.as_deref(), Some("115310627"));
    assert_eq!(order.order.items[0].name, "Linen shirt");
    let buyer = told.customer.as_ref().unwrap();
    assert!(buyer.is_aside && buyer.name.as_deref() == Some("Noura Al-Otaibi"));
    let activity = first(&told);
    assert_eq!(activity.actor.kind, ActorType::Customer);
    assert_eq!(activity.related[0].id, "115310627");
    // By the shop's clock, in UTC.
    assert_eq!(
        activity.occurred_at,
        Utc.with_ymd_and_hms(2026, 11, 20, 8, 30, 0).unwrap()
    );
    let guest = {
        let mut order = woo_order();
        order["customer_id"] = json!(0);
        order
    };
    let told = self::told(Platform::Woocommerce, "order.created", &guest);
    assert_eq!(told.customer, None);
    assert_eq!(first(&told).actor.kind, ActorType::System);
}

#[test]
fn only_what_is_new_is_told_with_what_it_was_before() {
    let seen = told(Platform::Shopify, "products/create", &shopify_product()).fields;
    let mut body = shopify_product();
    body["updated_at"] = json!("2026-11-20T08:30:00Z");
    body["variants"][1]["price"] = json!("119.00");
    body["variants"].as_array_mut().unwrap().remove(0);
    body["variants"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": 13, "price": "99.00", "sku": "LS-S"}));
    body["tags"] = json!("linen, sale");
    let update = told(Platform::Shopify, "products/update", &body);
    let id = update.id.clone().unwrap();
    let Applied::Recorded(activity) = update.against(&id, &seen, Some(true), None, now()).unwrap()
    else {
        panic!("nothing new");
    };
    let of = |field: &str| {
        let change = activity.changes.iter().find(|change| change.field == field);
        change.map(|change| (change.before.clone(), change.after.clone()))
    };
    assert_eq!(
        of("variants.12.price"),
        Some((json!("139.00"), json!("119.00")))
    );
    assert_eq!(
        of("variants.11.price"),
        Some((json!("129.00"), Value::Null))
    );
    assert_eq!(of("variants.13.price"), Some((Value::Null, json!("99.00"))));
    assert_eq!(
        of("tags"),
        Some((json!(["linen", "summer"]), json!(["linen", "sale"])))
    );
    assert_eq!(of("title"), None);
    assert_eq!(activity.details, None);
    // The same again is nothing new; what is older is late.
    let mut now_seen = update.fields.clone();
    now_seen.extend(
        seen.iter()
            .filter(|(field, _)| field.starts_with("variants.11."))
            .map(|(field, _)| (field.clone(), Value::Null)),
    );
    assert_eq!(
        update
            .against(&id, &now_seen, Some(true), update.updated_at, now())
            .unwrap(),
        Applied::Unchanged
    );
    let late = told(Platform::Shopify, "products/update", &shopify_product());
    assert_eq!(
        late.against(&id, &now_seen, Some(true), update.updated_at, now())
            .unwrap(),
        Applied::Late
    );
}

#[test]
fn the_making_of_a_thing_is_told_once_in_whatever_order_it_comes() {
    let created = told(Platform::Shopify, "orders/create", &shopify_order());
    let seen = created.fields.clone();
    // Its update came first: the fields are known, its making is not.
    let activity = created
        .against("1042", &seen, None, created.updated_at, now())
        .unwrap();
    let Applied::Recorded(activity) = activity else {
        panic!("{activity:?}")
    };
    assert_eq!(
        (activity.action.name.as_str(), activity.changes.len()),
        ("order.created", 0)
    );
    assert_eq!(
        created
            .against("1042", &seen, Some(true), created.updated_at, now())
            .unwrap(),
        Applied::Unchanged
    );
    let gone = told(Platform::Shopify, "orders/delete", &json!({"id": 1}));
    assert_eq!(
        gone.against("1042", &seen, Some(false), None, now())
            .unwrap(),
        Applied::Unchanged
    );
}

#[test]
fn what_was_never_seen_before_says_so() {
    let update = told(Platform::Woocommerce, "product.updated", &woo_product());
    assert_eq!(first(&update).details, Some(json!({"first_seen": true})));
    let made = told(Platform::Woocommerce, "product.created", &woo_product());
    assert_eq!(first(&made).details, None);
}

#[test]
fn standard_webhooks_carry_an_activity() {
    let body = json!({"type": "product.updated", "timestamp": "2026-11-20T08:00:00Z", "data": {
        "subject": {"type": "product", "id": "p_1"}, "changes": [{"field": "price", "before": 1, "after": 2}], "trace_id": "t-1"}});
    let Reading::Activity(activity) = reading(Platform::Standard, "product.updated", &body) else {
        panic!("no activity");
    };
    assert_eq!(activity.action.name, "product.updated");
    assert_eq!(
        activity.occurred_at,
        Utc.with_ymd_and_hms(2026, 11, 20, 8, 0, 0).unwrap()
    );
    assert_eq!(activity.actor, sender());
    let bytes = body.to_string();
    assert_eq!(
        topic_of(bytes.as_bytes()).as_deref(),
        Some("product.updated")
    );
    assert_eq!(trace_of(bytes.as_bytes()).as_deref(), Some("t-1"));
    let foreign = json!({"type": "Ping!", "data": {}});
    assert_eq!(
        reading(Platform::Standard, "Ping!", &foreign),
        Reading::NotUnderstood
    );
}

#[test]
fn what_is_wrong_is_named_by_its_place() {
    let wrong = |platform, topic, body: &str| {
        let problem = read(platform, topic, body.as_bytes(), now(), &sender()).unwrap_err();
        (
            problem.code,
            problem.fields.first().map(|field| field.pointer.clone()),
        )
    };
    let field = |pointer: &str| (Code::InvalidFields, Some(pointer.to_owned()));
    assert_eq!(
        wrong(Platform::Shopify, "orders/create", "{"),
        (Code::MalformedJson, None)
    );
    assert_eq!(
        wrong(Platform::Shopify, "orders/create", "[]"),
        field("/id")
    );
    assert_eq!(
        wrong(Platform::Shopify, "orders/create", r#"{"id": 1}"#),
        field("/name")
    );
    assert_eq!(
        wrong(Platform::Shopify, "refunds/create", r#"{"id": 1}"#),
        field("/order_id")
    );
    assert_eq!(
        wrong(Platform::Woocommerce, "coupon.created", r#"{"id": 1}"#),
        field("/code")
    );
    assert_eq!(wrong(Platform::Standard, "x", "{}"), field("/type"));
    assert_eq!(
        wrong(
            Platform::Standard,
            "x",
            r#"{"type": "a.b", "data": {"x": 1}}"#
        ),
        field("/data/x")
    );
    // What the envelope says is named where it was sent.
    let envelope = r#"{"type": "a.b", "timestamp": "yesterday", "data": {}}"#;
    assert_eq!(
        wrong(Platform::Standard, "x", envelope),
        field("/timestamp")
    );
    let own = r#"{"type": "a.b", "timestamp": "2026-11-20T08:00:00Z", "data": {"occurred_at": 7}}"#;
    assert_eq!(
        wrong(Platform::Standard, "x", own),
        field("/data/occurred_at")
    );
    // A shop's clock that is wrong.
    let mut order = shopify_order();
    order["updated_at"] = json!("2027-01-01T00:00:00Z");
    let told = told(Platform::Shopify, "orders/updated", &order);
    let problem = told
        .against("1042", &BTreeMap::new(), None, None, now())
        .unwrap_err();
    assert_eq!(problem.fields[0].code, "out_of_range");
}

#[test]
fn bodies_of_any_kind_are_answered_and_never_fatal() {
    let shapes = [
        json!(null),
        json!(7),
        json!("x"),
        json!([]),
        json!({}),
        json!({"id": {}}),
        json!({"id": [], "name": 1}),
        json!({"id": 1, "name": "\u{0}", "line_items": {}, "customer": 3, "tags": 9, "variants": [1, null, {"id": {}}]}),
        json!({"id": 1, "name": "#", "number": "", "code": "", "billing": [], "refunds": [1], "stock_quantity": "x"}),
    ];
    for (platform, topics) in [
        (
            Platform::Shopify,
            [
                "orders/create",
                "refunds/create",
                "customers/update",
                "products/update",
                "inventory_levels/update",
            ],
        ),
        (
            Platform::Woocommerce,
            [
                "order.created",
                "customer.updated",
                "product.updated",
                "coupon.updated",
                "order.deleted",
            ],
        ),
        (Platform::Standard, ["a", "b", "c", "d", "e"]),
    ] {
        for topic in topics {
            for body in &shapes {
                // Whatever comes of it: no panic.
                if let Ok(Reading::Told(told)) = read(
                    platform,
                    topic,
                    body.to_string().as_bytes(),
                    now(),
                    &sender(),
                ) {
                    let _ = told.against("x", &BTreeMap::new(), None, None, now());
                }
            }
        }
    }
}
