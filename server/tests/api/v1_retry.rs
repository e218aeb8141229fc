//! Failed items of an operation that are picked to be tried again.

use crate::v1_calls::{Api, get, post};
use serde_json::{Value, json};

#[tokio::test]
async fn some_of_what_failed_can_be_asked_for_alone() {
    let api = Api::start().await;
    let open = json!({"id": "sale", "name": "Sale", "controls": ["retry"]});
    api.admin(post("/operations").json(&open)).await.is(201);
    let failed = |id: &str| json!({"subject": {"type": "product", "id": id}, "field": "price", "before": 2, "error": "503"});
    let items = json!([failed("p_1"), failed("p_2"), failed("p_3")]);
    api.admin(post("/operations/sale/items").json(&items))
        .await
        .is(201);
    api.admin(post("/operations/sale/complete").json(&json!({})))
        .await
        .is(200);
    let ask = |body: Value| api.admin(post("/operations/sale/ask").json(&body));
    for (wrong, pointer) in [
        (json!({"control": "retry", "only": [4]}), "/only"),
        (json!({"control": "pause", "only": [1]}), "/only"),
        (json!({"control": "retry", "only": ["p_1"]}), "/only/0"),
    ] {
        let refused = ask(wrong).await.is(422).json();
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
    let asked = ask(json!({"control": "retry", "only": [2]})).await;
    assert_eq!(asked.is(200).json()["asked"], "retry");
    let asked = api.admin(get("/operations/sale/items?asked=true")).await;
    let asked = asked.is(200).json();
    assert_eq!(asked["items"].as_array().unwrap().len(), 1, "{asked}");
    assert_eq!(asked["items"][0]["subject"]["id"], "p_2");
    let found = api.admin(get("/operations/sale")).await.is(200).json();
    assert_eq!(found["trail"][0]["picked"], 1);
    api.admin(get("/operations/sale/items?asked=maybe"))
        .await
        .is(422);
}
