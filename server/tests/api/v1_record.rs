//! Recording: one, many, lines, what became of pending ones, orders and customers.

use crate::v1_calls::{Api, get, post, put};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

/// The activity that the papers show.
pub fn price_change() -> Value {
    json!({
        "action": "product.updated", "category": "products", "outcome": "success",
        "occurred_at": "2026-11-20T09:14:03Z",
        "actor": {"type": "user", "id": "u_17", "name": "Sara Nasser", "email": "sara@store.example", "role": "manager"},
        "subject": {"type": "product", "id": "p_981", "name": "Linen shirt"},
        "description": "Price changed", "changes": [{"field": "price", "before": 120, "after": 95}],
        "ip": "203.0.113.7", "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
        "related": [{"type": "order", "id": "1042"}],
        "operation_id": null, "rule": null, "error": null, "trace_id": "4bf92f3577b34da6",
        "details": {"any": "json"}
    })
}

/// A pending refund of an order.
pub fn pending_refund() -> Value {
    json!({
        "action": "order.refunded", "outcome": "pending", "occurred_at": "2026-11-20T10:00:00Z",
        "actor": {"type": "rule", "id": "r_1", "name": "Auto refund"},
        "subject": {"type": "order", "id": "1042"}, "rule": {"id": "r_1", "name": "Auto refund"},
    })
}

#[tokio::test]
async fn an_object_is_answered_with_its_id_number_and_place() {
    let api = Api::start().await;
    let answer = api
        .admin(post("/activities").json(&price_change()))
        .await
        .is(201);
    assert_json_snapshot!(answer.still());
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        answer.header("location"),
        format!("/api/v1/activities/{id}")
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("idempotency-replayed"), "");
    let entry = api.admin(get(&format!("/activities/{id}"))).await.is(200);
    assert_json_snapshot!("an_entry_with_everything", entry.still());
}

#[tokio::test]
async fn an_array_and_lines_are_answered_with_items_in_order() {
    let api = Api::start().await;
    let many = json!([price_change(), pending_refund()]);
    let answer = api.admin(post("/activities").json(&many)).await.is(201);
    assert_json_snapshot!(answer.still());
    assert_eq!(answer.header("location"), "");
    let lines = format!("\n{}\r\n\n{}\n", price_change(), pending_refund());
    let call = post("/activities").body("application/x-ndjson; charset=utf-8", lines);
    let answer = api.admin(call).await.is(201);
    assert_json_snapshot!(answer.still());
    let seqs: Vec<i64> = answer.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seqs[1], seqs[0] + 1);
    let one = api
        .admin(post("/activities").json(&json!([price_change()])))
        .await
        .is(201);
    assert_eq!(one.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_thousand_activities_go_in_one_call_and_no_more() {
    let api = Api::start().await;
    let activity = json!({"action": "stock.adjusted", "occurred_at": "2026-11-20T09:00:00Z"});
    let thousand = Value::from(vec![activity.clone(); 1000]);
    let answer = api.admin(post("/activities").json(&thousand)).await.is(201);
    assert_eq!(answer.json()["items"].as_array().unwrap().len(), 1000);
    let more = Value::from(vec![activity.clone(); 1001]);
    let answer = api.admin(post("/activities").json(&more)).await.is(413);
    assert_json_snapshot!(answer.still());
    let lines = format!("{activity}\n").repeat(1001);
    let call = post("/activities").body("application/x-ndjson", lines);
    assert_eq!(api.admin(call).await.is(413).code(), "too_many");
    let count = api
        .admin(get("/activities/count?q=action:stock.adjusted"))
        .await
        .is(200);
    assert_eq!(count.json(), json!({"count": 1000, "is_exact": true}));
}

#[tokio::test]
async fn only_the_action_is_required_and_the_key_is_who_did_it() {
    let api = Api::start().await;
    let before = api.storage.ambient().clock.now();
    let id = api.record(&json!({"action": "shelf.dusted"})).await;
    let entry = api
        .admin(get(&format!("/activities/{id}")))
        .await
        .is(200)
        .json();
    assert_eq!(entry["actor"]["type"], "api_key");
    assert_eq!(entry["actor"]["name"], "admin");
    assert_eq!(entry["actor"]["role"], "admin");
    assert_eq!(entry["categories"], json!(["other"]));
    assert_eq!(entry["outcome"], "success");
    let at: chrono::DateTime<chrono::Utc> = entry["occurred_at"].as_str().unwrap().parse().unwrap();
    assert!(before <= at && at <= api.storage.ambient().clock.now());
}

#[tokio::test]
async fn texts_come_back_as_they_were_sent() {
    let api = Api::start().await;
    let name = "قميص كتّان \u{1F9F5} \u{202E}abc\u{2028} \"<b>\\";
    let sent = json!({
        "action": "product.updated", "occurred_at": "2026-11-20T12:14:03.123456789+03:00",
        "subject": {"type": "product", "id": "p/1 ?&", "name": name},
        "changes": [{"field": "a.b", "before": {"x": [1, 2.5, null]}, "after": 9_007_199_254_740_992_i64}],
        "details": {"é": {"deep": ["\u{7f}", 1e-7]}},
    });
    let id = api.record(&sent).await;
    let entry = api
        .admin(get(&format!("/activities/{id}")))
        .await
        .is(200)
        .json();
    assert_eq!(entry["subject"], sent["subject"]);
    assert_eq!(entry["changes"], sent["changes"]);
    assert_eq!(entry["details"], sent["details"]);
    assert_eq!(entry["occurred_at"], "2026-11-20T09:14:03.123456Z");
}

#[tokio::test]
async fn a_pending_activity_is_settled_once_and_its_history_tells() {
    let api = Api::start().await;
    let id = api.record(&pending_refund()).await;
    let path = format!("/activities/{id}/outcome");
    let failed = json!({"outcome": "failed", "error": "Card expired", "occurred_at": "2026-11-20T10:00:05Z"});
    let answer = api.admin(post(&path).json(&failed)).await.is(201);
    assert!(answer.json()["seq"].is_i64());
    assert_eq!(
        answer.header("location"),
        format!("/api/v1/activities/{id}")
    );
    let entry = api.admin(get(&format!("/activities/{id}"))).await.is(200);
    assert_json_snapshot!("a_settled_entry", entry.still());
    let again = api
        .admin(post(&path).json(&json!({"outcome": "success"})))
        .await
        .is(409);
    assert_json_snapshot!(again.still());
}

#[tokio::test]
async fn orders_and_customers_are_replaced_by_what_is_put() {
    let api = Api::start().await;
    let order = json!({"customer_id": "c_77", "status": "shipped", "total": "129.00", "currency": "SAR",
        "placed_at": "2026-11-19T16:02:11Z", "assigned_to": "omar@store.example"});
    let answer = api.admin(put("/orders/1042").json(&order)).await.is(200);
    let first = answer.json()["seq"].as_i64().unwrap();
    let answer = api
        .admin(put("/orders/1042").json(&json!({})))
        .await
        .is(200);
    assert!(answer.json()["seq"].as_i64().unwrap() > first);
    let customer = json!({"name": "Noura", "email": "n@mail.example", "phone": "+966551234567", "groups": ["vip"]});
    api.admin(put("/customers/c%2F77%20%D8%A7").json(&customer))
        .await
        .is(200);
}

#[tokio::test]
async fn an_order_put_without_assigned_to_stays_assigned_and_null_takes_it_away() {
    let api = Api::start().await;
    for (body, assigned) in [
        (
            json!({"status": "new", "assigned_to": "omar@store.example"}),
            json!("omar@store.example"),
        ),
        (json!({"status": "shipped"}), json!("omar@store.example")),
        (
            json!({"status": "closed", "assigned_to": null}),
            json!(null),
        ),
    ] {
        api.admin(put("/orders/1042").json(&body)).await.is(200);
        let thread = api.admin(get("/orders/1042/thread")).await.is(200).json();
        assert_eq!(thread["order"]["status"], body["status"]);
        assert_eq!(thread["order"]["assigned_to"], assigned, "{body}");
    }
}
