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
