//! Bodies of shops whose fields are of another type than they should be, or are spelled in another way.

use crate::hook::{
    now, sender, shopify_customer, shopify_order, shopify_product, told, woo_coupon, woo_customer,
    woo_order, woo_product,
};
use domain::Code;
use domain::hook::{Platform, read};
use serde_json::{Value, json};

#[test]
fn a_field_of_a_type_that_it_can_t_be_is_named_and_nothing_of_the_body_is_believed() {
    let whole = [
        (Platform::Shopify, "orders/create", shopify_order()),
        (Platform::Shopify, "customers/update", shopify_customer()),
        (Platform::Shopify, "products/update", shopify_product()),
        (Platform::Woocommerce, "order.updated", woo_order()),
        (Platform::Woocommerce, "customer.updated", woo_customer()),
        (Platform::Woocommerce, "product.updated", woo_product()),
        (Platform::Woocommerce, "coupon.updated", woo_coupon()),
    ];
    for (at, pointer, value) in [
        (0, "/total_price", json!({"amount": 129})),
        (0, "/current_total_price", json!("a lot")),
        (0, "/line_items", json!("a shirt")),
        (0, "/line_items/0/quantity", json!("one")),
        (0, "/line_items/0/title", json!(["Linen shirt"])),
        (0, "/customer", json!(3)),
        (0, "/customer/email", json!(false)),
        (0, "/created_at", json!("yesterday")),
        (0, "/cancelled_at", json!(true)),
        (0, "/currency", json!("riyal")),
        (0, "/financial_status", json!(1)),
        (1, "/tags", json!({"a": 1})),
        (1, "/phone", json!([])),
        (2, "/variants/1", json!(12)),
        (2, "/variants/1/price", json!([])),
        (2, "/title", json!(7)),
        (3, "/billing", json!("Riyadh")),
        (3, "/refunds", json!({})),
        (3, "/date_modified_gmt", json!(1_763_629_200)),
        (4, "/username", json!({})),
        (5, "/stock_quantity", json!("seven")),
        (5, "/tags/0/name", json!(1)),
        (6, "/usage_limit", json!([1])),
    ] {
        let (platform, topic, body) = &whole[at];
        let mut body = body.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let problem = read(
            *platform,
            topic,
            body.to_string().as_bytes(),
            now(),
            &sender(),
        );
        let problem = problem.unwrap_err();
        let named: Vec<&str> = problem.fields.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(
            (problem.code, named),
            (Code::InvalidFields, vec![pointer]),
            "{topic}"
        );
    }
}

#[test]
fn what_shops_leave_out_or_send_in_another_spelling_is_understood() {
    let mut order = shopify_order();
    order["total_price"] = json!(129.5);
    order["current_total_price"] = Value::Null;
    order["tags"] = json!(["vip", "gift"]);
    order["customer"] = Value::Null;
    let told = told(Platform::Shopify, "orders/create", &order);
    assert_eq!(told.fields["total"], json!("129.5"));
    assert_eq!(told.fields["tags"], json!(["gift", "vip"]));
    let mut product = woo_product();
    product["regular_price"] = json!(".5");
    product["stock_quantity"] = json!(1.5);
    product["date_modified_gmt"] = json!("0000-00-00T00:00:00");
    let told = self::told(Platform::Woocommerce, "product.updated", &product);
    assert_eq!(told.fields["price"], json!("0.5"));
    assert_eq!(told.fields["stock_quantity"], json!(1.5));
    assert_eq!(told.updated_at, None);
}

#[test]
fn the_country_of_an_address_is_told_with_the_customer() {
    let country = |platform, topic, body: &Value| {
        let customer = told(platform, topic, body).customer.unwrap();
        (customer.phone, customer.country)
    };
    let known = Some("SA".to_owned());
    let mut order = woo_order();
    order["billing"]["country"] = json!("SA");
    let (phone, found) = country(Platform::Woocommerce, "order.updated", &order);
    // Whether the number is one of that country is for those who know numbers.
    assert_eq!((phone.as_deref(), &found), (Some("+966551234567"), &known));
    let mut customer = woo_customer();
    customer["billing"]["country"] = json!("SA");
    let (_, found) = country(Platform::Woocommerce, "customer.updated", &customer);
    assert_eq!(found, known);
    let mut customer = shopify_customer();
    customer["default_address"] = json!({"country_code": "SA"});
    let (_, found) = country(Platform::Shopify, "customers/update", &customer);
    assert_eq!(found, known);
    let mut order = shopify_order();
    assert_eq!(country(Platform::Shopify, "orders/create", &order).1, None);
    for address in ["shipping_address", "billing_address"] {
        order[address] = json!({"country_code": "SA"});
        let (_, found) = country(Platform::Shopify, "orders/create", &order);
        assert_eq!(found, known, "{address}");
    }
    order["customer"]["default_address"] = json!({"country_code": "BH"});
    let (_, found) = country(Platform::Shopify, "orders/create", &order);
    assert_eq!(found.as_deref(), Some("BH"));
}
