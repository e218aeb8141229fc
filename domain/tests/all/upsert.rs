use domain::{CustomerUpsert, OrderUpsert};
use serde_json::json;

#[test]
fn an_order_and_a_customer_are_read() {
    let order = OrderUpsert::read(&json!({
        "customer_id": "c_9", "status": "shipped", "total": "129.00", "currency": "SAR",
        "placed_at": "2026-11-20T09:14:03+03:00", "assigned_to": "omar@store.example"
    }))
    .unwrap();
    assert_eq!(order.total.as_deref(), Some("129.00"));
    assert_eq!(
        order.placed_at.unwrap().to_rfc3339(),
        "2026-11-20T06:14:03+00:00"
    );
    let customer = CustomerUpsert::read(&json!({"name": "نورة", "groups": ["vip"]})).unwrap();
    assert_eq!(customer.groups, ["vip"]);
    assert!(OrderUpsert::read(&json!({})).is_ok());
}

#[test]
fn only_a_body_that_names_it_tells_to_whom_an_order_is_assigned() {
    for (body, tells) in [
        (json!({"status": "shipped"}), false),
        (json!({"assigned_to": null}), true),
        (json!({"assigned_to": "omar@store.example"}), true),
    ] {
        assert_eq!(OrderUpsert::tells_assignment(&body), tells, "{body}");
    }
}

#[test]
fn each_wrong_field_of_an_order_is_named() {
    let wrong = json!({"total": "12,5", "currency": "sar", "placed_at": "yesterday", "status": 5, "colour": 1});
    let problem = OrderUpsert::read(&wrong).unwrap_err();
    let pointers: Vec<&str> = problem.fields.iter().map(|f| f.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        ["/colour", "/status", "/placed_at", "/total", "/currency"]
    );
    for body in [json!([]), json!("x"), json!(null)] {
        let problem = OrderUpsert::read(&body).unwrap_err();
        assert_eq!(problem.fields[0].pointer, "");
        assert_eq!(problem.fields[0].code, "type");
    }
}

#[test]
fn a_group_that_is_no_text_is_named_by_its_place() {
    let problem = CustomerUpsert::read(&json!({"groups": ["vip", 7]})).unwrap_err();
    assert_eq!(problem.fields[0].pointer, "/groups/1");
}

#[test]
fn what_was_ordered_is_read_line_by_line() {
    let order = OrderUpsert::read(&json!({"items": [
        {"name": "Linen shirt", "variant": "M", "quantity": 2, "total": "570.00"}, {"name": "Belt"},
    ]}))
    .unwrap();
    assert_eq!(order.items.len(), 2);
    assert_eq!((order.items[0].quantity, order.items[1].quantity), (2, 1));
    let wrong = json!({"items": [
        {"name": " ", "quantity": 0}, {"name": "x", "quantity": 1.5, "total": "1,5", "sku": 1}, 7,
    ]});
    let problem = OrderUpsert::read(&wrong).unwrap_err();
    let named: Vec<_> = problem.fields.iter().map(|f| f.pointer.as_str()).collect();
    assert_eq!(
        named,
        [
            "/items/0/name",
            "/items/0/quantity",
            "/items/1/sku",
            "/items/1/quantity",
            "/items/1/total",
            "/items/2",
        ]
    );
}
