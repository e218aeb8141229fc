//! Who may do what: every role, and one that a store made, at every call, and what each sees.

use crate::harness::new_key;
use crate::role_pages::own_role;
use crate::shop_kit::{dead_webhook, settled};
use crate::v1_calls::{
    ACTION, Api, Call, RULE, TEMPLATE, delete, get, post, put, rule, template, waiting_message,
};
use crate::v1_record::{pending_refund, price_change};
use crate::v1_schema::{Document, operations};
use crate::v1_targets::{TARGET, target};
use domain::{KeyId, Role};
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A coupon, which a store keeper must not see.
fn coupon() -> Value {
    json!({"action": "coupon.created", "occurred_at": "2026-11-20T11:00:00Z",
        "subject": {"type": "coupon", "id": "SUMMER", "name": "Summer"}})
}

/// An entry full of personal data.
fn customer_change() -> Value {
    json!({
        "action": "customer.updated", "occurred_at": "2026-11-20T12:00:00Z",
        "actor": {"type": "customer", "id": "c_77", "name": "Noura Al-Otaibi", "email": "noura@mail.example"},
        "subject": {"type": "customer", "id": "c_77", "name": "Noura Al-Otaibi"},
        "description": "Noura Al-Otaibi changed noura@mail.example to n@mail.example",
        "changes": [{"field": "email", "before": "noura@mail.example", "after": "n@mail.example"}],
        "ip": "203.0.113.7", "user_agent": "Mozilla/5.0", "details": {"phone": "+966551234567"},
    })
}

/// Every operation with a call of it that an admin may make.
fn every_call(
    id: &str,
    message: &str,
    export: &str,
    event: &str,
    call: &str,
    webhook: &str,
) -> BTreeMap<&'static str, Call> {
    BTreeMap::from([
        (
            "record_activities",
            post("/activities").json(&price_change()),
        ),
        ("list_activities", get("/activities")),
        ("count_activities", get("/activities/count")),
        ("chart_activities", get("/activities/histogram")),
        ("get_activity", get(&format!("/activities/{id}"))),
        (
            "record_outcome",
            post(&format!("/activities/{id}/outcome")).json(&json!({"outcome": "success"})),
        ),
        (
            "list_surroundings",
            get(&format!("/activities/{id}/surroundings")),
        ),
        ("put_order", put("/orders/1042").json(&json!({}))),
        ("put_customer", put("/customers/c_77").json(&json!({}))),
        ("get_document", get("/openapi.json")),
        ("list_messages", get("/messages")),
        ("count_messages", get("/messages/count")),
        ("chart_messages", get("/messages/histogram")),
        ("add_up_messages", get("/messages/volumes")),
        ("list_unmatched", get("/messages/unmatched")),
        ("get_message", get(&format!("/messages/{message}"))),
        (
            "get_attachment",
            get(&format!("/messages/{message}/attachments/0")),
        ),
        ("get_eml", get(&format!("/messages/{message}/eml"))),
        ("send_message", post("/messages").json(&waiting_message())),
        ("stop_message", post(&format!("/messages/{message}/stop"))),
        (
            "release_message",
            post(&format!("/messages/{message}/release")),
        ),
        (
            "stop_messages",
            post("/messages/stop").json(&json!({"ids": [message]})),
        ),
        (
            "restart_messages",
            post("/messages/restart").json(&json!({"ids": [message]})),
        ),
        (
            "restart_message",
            post(&format!("/messages/{message}/restart")),
        ),
        (
            "send_message_again",
            post(&format!("/messages/{message}/send-again")).json(&json!({})),
        ),
        (
            "report_on_message",
            post(&format!("/messages/{message}/events")).json(&json!({"status": "delivered"})),
        ),
        ("list_exports", get("/exports")),
        (
            "make_export",
            post("/exports").json(&json!({"source": "activity", "format": "csv"})),
        ),
        ("get_export", get(&format!("/exports/{export}"))),
        ("get_export_file", get(&format!("/exports/{export}/file"))),
        ("cancel_export", post(&format!("/exports/{export}/cancel"))),
        ("get_checkpoint", get("/ledger/checkpoint")),
        ("get_entry_proof", get("/ledger/1/proof")),
        ("get_proof", get(&format!("/activities/{id}/proof"))),
        (
            "get_message_proof",
            get(&format!("/messages/{message}/proof")),
        ),
        (
            "get_security_proof",
            get(&format!("/security/{event}/proof")),
        ),
        (
            "get_request_proof",
            get(&format!("/requests/{call}/proof")),
        ),
        ("list_orders", get("/orders")),
        ("get_thread", get("/orders/1042/thread")),
        ("list_templates", get("/templates")),
        ("put_template", put(TEMPLATE).json(&template())),
        ("delete_template", delete(TEMPLATE)),
        ("list_rules", get("/rules")),
        ("list_targets", get("/targets")),
        ("put_target", put(TARGET).json(&target())),
        ("delete_target", delete(TARGET)),
        // The template may be deleted by now: this one names none.
        (
            "put_rule",
            put(RULE).json(&json!({"name": "Tag", "actions": [{"action": "tag_order", "tag": "x"}]})),
        ),
        ("list_rule_versions", get(&format!("{RULE}/versions"))),
        (
            "why_rule",
            get(&format!("{RULE}/why?subject_type=order&subject_id=1042")),
        ),
        ("try_rule", post(&format!("{RULE}/try")).json(&rule())),
        ("list_rule_actions", get("/rule-actions")),
        // There is none: who may is told so.
        ("retry_rule_action", post(&format!("{ACTION}/retry"))),
        ("discard_rule_action", post(&format!("{ACTION}/discard"))),
        (
            "edit_rule_action",
            put(&format!("{ACTION}/value")).json(&json!({"value": "x"})),
        ),
        (
            "retry_rule_actions",
            post("/rule-actions/retry").json(&json!({})),
        ),
        (
            "discard_rule_actions",
            post("/rule-actions/discard").json(&json!({})),
        ),
        ("list_reported_rules", get("/reported-rules")),
        ("list_operations", get("/operations")),
        ("get_operation", get("/operations/op_1")),
        ("list_items", get("/operations/op_1/items")),
        (
            "open_operation",
            post("/operations").json(&json!({"name": "Sale"})),
        ),
        (
            "record_items",
            post("/operations/op_1/items").json(&json!({
                "subject": {"type": "product", "id": "p_1"}, "field": "price", "before": 2, "after": 1,
            })),
        ),
        (
            "report_on_operation",
            post("/operations/op_1/progress").json(&json!({"state": "running"})),
        ),
        (
            "ask_operation",
            post("/operations/op_1/ask").json(&json!({"control": "pause"})),
        ),
        (
            "complete_operation",
            post("/operations/op_2/complete").json(&json!({})),
        ),
        (
            "fail_operation",
            post("/operations/op_3/fail").json(&json!({"error": "503"})),
        ),
        (
            "revert_conflicts",
            post("/operations/op_2/revert/conflicts").json(&json!({"as_of": 1_i64 << 50})),
        ),
        (
            "revert_operation",
            post("/operations/op_2/revert").json(&json!({})),
        ),
        ("delete_rule", delete(RULE)),
        ("list_connections", get("/connections")),
        (
            "put_connection",
            put("/connections/standard/own").json(&json!({})),
        ),
        ("delete_connection", delete("/connections/standard/doomed")),
        ("list_webhooks", get("/webhooks")),
        ("get_webhook", get(&format!("/webhooks/{webhook}"))),
        (
            "edit_webhook",
            put(&format!("/webhooks/{webhook}/body")).json(&json!({"body": "{}"})),
        ),
        (
            "discard_webhook",
            post(&format!("/webhooks/{webhook}/discard")),
        ),
        ("retry_webhook", post(&format!("/webhooks/{webhook}/retry"))),
        ("list_security", get("/security")),
        ("count_security", get("/security/count")),
        ("get_security_event", get(&format!("/security/{event}"))),
        ("list_requests", get("/requests")),
        ("count_requests", get("/requests/count")),
        ("get_request", get(&format!("/requests/{call}"))),
    ])
}

/// Reads the activities, which every role may, with a key that is not for this network.
pub async fn refused_elsewhere(api: &Api, id: &str) {
    let mut new = new_key("elsewhere", Role::Admin);
    new.networks = vec!["10.0.0.0/8".to_owned()];
    let made = api.storage.create_key(&api.scope, new).await;
    let (_, secret) = made.unwrap();
    for path in [
        "/activities",
        "/activities/count",
        "/activities/histogram",
        &format!("/activities/{id}"),
        &format!("/activities/{id}/surroundings"),
    ] {
        let call = get(path).header("authorization", &format!("Bearer {secret}"));
        let refused = api.send_as_is(call).await.is(403);
        assert_eq!(refused.code(), "forbidden", "{path}");
    }
}

/// The newest entry of a log that watches, once there is one: calls are written a moment after their answer.
pub async fn first(api: &Api, log: &str) -> String {
    for _ in 0..200 {
        let list = api
            .admin(get(&format!("/{log}?limit=1")))
            .await
            .is(200)
            .json();
        if let Some(id) = list["items"][0]["id"].as_str() {
            return id.to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("nothing in {log}");
}

#[tokio::test]
async fn each_role_gets_at_each_call_what_the_table_says() {
    let mut api = Api::start().await;
    let own = own_role(&api.app).await;
    api.add_key(own).await;
    // Super admins before the others: an outcome is settled once.
    let mut table = BTreeMap::new();
    for role in Role::ALL.into_iter().chain([own]) {
        let id = api.record(&pending_refund()).await;
        let message = api.message().await;
        // A worker may take a released one at any moment: who may is told that this was stopped.
        let stopped = api.message().await;
        let stop = post(&format!("/messages/{stopped}/stop"));
        api.admin(stop).await.is(200);
        let export = api.export(Role::Admin).await;
        api.admin(put(TEMPLATE).json(&template())).await.is(200);
        api.admin(put(RULE).json(&rule())).await.is(200);
        api.admin(put(TARGET).json(&target())).await.is(200);
        for id in ["op_1", "op_2", "op_3"] {
            let open = json!({"id": id, "name": "Sale", "controls": ["pause"]});
            api.admin(post("/operations").json(&open)).await.is(201);
        }
        let webhook = dead_webhook(&api.storage, &api.scope).await;
        let event = first(&api, "security").await;
        let noted = first(&api, "requests").await;
        let mut row = BTreeMap::new();
        for (name, call) in every_call(&id, &message, &export, &event, &noted, &webhook) {
            let call = match name {
                "release_message" => post(&format!("/messages/{stopped}/release")),
                _ => call,
            };
            let before = api.entries().await;
            let answer = api.send(role, call).await;
            row.insert(name, answer.status);
            if name == "make_export" && answer.status == 201 {
                // What its worker records is not to be taken for something that a refused call did.
                let id = answer.json()["id"].as_str().unwrap().to_owned();
                api.ended_export(role, &id).await;
            }
            if name == "retry_webhook" && answer.status == 200 {
                settled(&api.storage, &api.scope, &webhook).await;
            }
            if answer.status == 403 {
                assert_eq!(answer.code(), "forbidden");
                assert_eq!(api.entries().await, before, "{role} {name}");
            }
        }
        table.insert(role.as_str(), row);
    }
    let known: BTreeSet<String> = operations(&Document::get().json)
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    let tried: BTreeSet<String> = every_call("x", "x", "x", "x", "x", "x")
        .into_keys()
        .map(str::to_owned)
        .collect();
    assert_eq!(known, tried, "every call of the document is in the table");
    assert_json_snapshot!(table);
}

#[tokio::test]
async fn without_a_valid_key_nothing_is_told() {
    let api = Api::start().await;
    let id = api.record(&pending_refund()).await;
    let message = api.message().await;
    let export = api.export(Role::Admin).await;
    let webhook = dead_webhook(&api.storage, &api.scope).await;
    let before = api.entries().await;
    for (name, call) in every_call(&id, &message, &export, "x", "x", &webhook) {
        if name == "get_document" {
            api.send_as_is(call).await.is(200);
            continue;
        }
        for authorization in [
            None,
            Some("Bearer st_0000000000000000000000000000000000000000000"),
            Some("Bearer"),
            Some("Bearer nonsense"),
            Some("Basic c3RfYTpi"),
            Some("st_0000"),
        ] {
            let call = match authorization {
                Some(value) => call.clone().header("authorization", value),
                None => call.clone(),
            };
            let answer = api.send_as_is(call).await.is(401);
            assert_eq!(answer.code(), "unauthenticated", "{name} {authorization:?}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    }
    assert_eq!(api.entries().await, before);
}

#[tokio::test]
async fn a_revoked_key_opens_nothing() {
    let api = Api::start().await;
    let (key, secret) = api
        .storage
        .create_key(&api.scope, new_key("short-lived", Role::Admin))
        .await
        .unwrap();
    let call = get("/activities").header("authorization", &format!("Bearer {secret}"));
    api.send_as_is(call.clone()).await.is(200);
    let id: KeyId = key.id;
    api.storage.revoke_key(&api.scope, id).await.unwrap();
    api.send_as_is(call).await.is(401);
}

#[tokio::test]
async fn a_store_keeper_sees_products_and_no_number_and_no_coupon() {
    let api = Api::start().await;
    let product = api.record(&price_change()).await;
    let coupon = api.record(&coupon()).await;
    let page = api
        .send(Role::StoreKeeper, get("/activities"))
        .await
        .is(200);
    assert_json_snapshot!("a_store_keepers_page", page.still());
    let count = api
        .send(Role::StoreKeeper, get("/activities/count"))
        .await
        .is(200)
        .json();
    assert_eq!(
        count["count"],
        page.json()["items"].as_array().unwrap().len()
    );
    let entry = api
        .send(Role::StoreKeeper, get(&format!("/activities/{product}")))
        .await
        .is(200)
        .json();
    assert_eq!(entry.get("seq"), None);
    assert_eq!(entry.get("proof"), None);
    assert!(entry["history"][0].get("seq").is_none());
    for path in [
        format!("/activities/{coupon}"),
        format!("/activities/{coupon}/surroundings"),
    ] {
        let hidden = api.send(Role::StoreKeeper, get(&path)).await.is(404);
        let missing = get("/activities/01a1fbf4-0499-7894-a395-b4063ed9a8c1");
        let missing = api.send(Role::StoreKeeper, missing).await.is(404);
        assert_eq!(
            hidden.bytes, missing.bytes,
            "hidden and missing are not told apart"
        );
    }
    let found = api
        .send(Role::StoreKeeper, get("/activities?q=action:coupon.*"))
        .await
        .is(200);
    assert_eq!(found.json()["items"], json!([]));
}

#[tokio::test]
async fn a_key_of_staff_sees_nothing() {
    let api = Api::start().await;
    let id = api.record(&price_change()).await;
    let page = api.send(Role::Staff, get("/activities")).await.is(200);
    assert_eq!(page.json()["items"], json!([]));
    api.send(Role::Staff, get(&format!("/activities/{id}")))
        .await
        .is(404);
}

#[tokio::test]
async fn an_auditor_reads_all_with_personal_data_hidden() {
    let api = Api::start().await;
    let id = api.record(&customer_change()).await;
    let path = format!("/activities/{id}");
    let entry = api.send(Role::Auditor, get(&path)).await.is(200);
    assert_json_snapshot!("an_auditors_entry", entry.still());
    let text = String::from_utf8(entry.bytes).unwrap();
    for hidden in [
        "Noura",
        "noura@",
        "c_77",
        "203.0.113.7",
        "551234567",
        "Mozilla",
    ] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    for q in [
        "actor:noura",
        "ip:203.0.113.7",
        "about:customer/c_77",
        "noura",
    ] {
        let path = format!("/activities/count?q={q}");
        let count = api.send(Role::Auditor, get(&path)).await.is(200);
        assert_eq!(count.json()["count"], 0, "an auditor can't find by {q}");
        let count = api.send(Role::Manager, get(&path)).await.is(200);
        assert_eq!(count.json()["count"], 1, "a manager finds by {q}");
    }
}

#[tokio::test]
async fn a_session_reads_and_does_not_record() {
    let api = Api::start().await;
    let id = api.record(&pending_refund()).await;
    let message = api.message().await;
    let export = api.export(Role::Manager).await;
    let open = json!({"id": "op_1", "name": "Sale"});
    api.admin(post("/operations").json(&open)).await.is(201);
    api.admin(put(TEMPLATE).json(&template())).await.is(200);
    api.admin(put(RULE).json(&rule())).await.is(200);
    let webhook = dead_webhook(&api.storage, &api.scope).await;
    let cookie = api.app.person(Role::Manager).await.cookie();
    for (name, call) in every_call(&id, &message, &export, "x", "x", &webhook) {
        let answer = api.send_as_is(call.header("cookie", &cookie)).await;
        let is_recording = [
            "put", "delete", "record", "send", "stop", "release", "restart", "report", "make",
            "cancel", "open", "ask", "complete", "fail", "revert", "retry", "edit", "discard",
            "try",
        ]
        .iter()
        .any(|verb| name.starts_with(verb));
        let is_watching = ["security", "request", "targets"]
            .iter()
            .any(|part| name.contains(part));
        let expected = match (is_recording, is_watching) {
            (true, _) => 401,
            (false, true) => 403,
            (false, false) => 200,
        };
        assert_eq!(answer.status, expected, "{name}");
    }
    // A key decides, whatever cookie stands beside it.
    let call = get("/activities")
        .header("cookie", &cookie)
        .header("authorization", "Bearer st_x");
    api.send_as_is(call).await.is(401);
}
