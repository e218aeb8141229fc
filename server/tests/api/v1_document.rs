//! The document is true: it names every call, every field and every answer, and nothing else.

use crate::followups::{answer_of_the_dead, dead_action, tried_action};
use crate::harness::App;
use crate::shop_kit::{dead_webhook, done_webhook};
use crate::v1_calls::{
    ACTION, Api, Call, RULE, TEMPLATE, delete, get, post, put, rule, template, waiting_message,
};
use crate::v1_permission::{first, refused_elsewhere};
use crate::v1_record::{pending_refund, price_change};
use crate::v1_schema::{Document, operations};
use crate::v1_targets::TARGET;
use axum::http::Method;
use domain::message::MessageInput;
use domain::{ActivityInput, CustomerUpsert, OrderItem, OrderUpsert, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn the_document_describes_the_fields_that_are_read() {
    let schemas = &Document::get().json["components"]["schemas"];
    for (name, fields) in [
        ("NewActivity", ActivityInput::FIELDS.as_slice()),
        ("OrderInput", &OrderUpsert::FIELDS),
        ("CustomerInput", &CustomerUpsert::FIELDS),
        ("OutcomeInput", &server::v1::OUTCOME_FIELDS),
        ("NewMessage", &MessageInput::FIELDS),
        ("MessageEventInput", &server::v1::MESSAGE_EVENT_FIELDS),
        ("TemplateInput", &server::v1::TEMPLATE_FIELDS),
        ("FollowupRuleInput", &server::v1::RULE_FIELDS),
        ("SeveralInput", &server::v1::SEVERAL_FIELDS),
        ("RuleActionValue", &server::v1::ACTION_VALUE_FIELDS),
        ("DeadActionsInput", &server::v1::DEAD_ACTIONS_FIELDS),
        ("OrderItemInput", &OrderItem::FIELDS),
        ("ExportInput", &server::v1::EXPORT_FIELDS),
        ("NewOperation", &domain::operation::OPERATION_FIELDS),
        ("OperationItemInput", &domain::operation::ITEM_FIELDS),
        ("Completion", &domain::operation::COMPLETION_FIELDS),
        ("Failure", &domain::operation::FAILURE_FIELDS),
        ("Progress", &domain::operation::PROGRESS_FIELDS),
        ("Wish", &domain::operation::WISH_FIELDS),
        ("RevertInput", &domain::operation::REVERT_FIELDS),
        ("ConflictsInput", &domain::operation::CONFLICTS_FIELDS),
        ("ConnectionInput", &server::v1::CONNECTION_FIELDS),
        ("WebhookBody", &server::v1::WEBHOOK_BODY_FIELDS),
        ("TargetInput", &domain::operation::target::TARGET_FIELDS),
    ] {
        let described: BTreeSet<&str> = schemas[name]["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let read: BTreeSet<&str> = fields.iter().copied().collect();
        assert_eq!(described, read, "{name}");
        assert_eq!(
            schemas[name]["additionalProperties"], false,
            "{name} refuses other fields"
        );
    }
    assert_eq!(schemas["NewActivity"]["required"], json!(["action"]));
}

#[test]
fn the_calls_are_these() {
    let document = &Document::get().json;
    assert_eq!(document["openapi"], "3.1.0");
    let mut calls = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answers: Vec<&str> = operation["responses"]
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let id = operation["operationId"].as_str().unwrap();
            let method = method.to_uppercase();
            calls.push(format!("{method} {path} ({id}): {}", answers.join(" ")));
            assert!(
                operation["summary"].is_string() && operation["security"].is_array(),
                "{id}"
            );
        }
    }
    insta::assert_json_snapshot!(calls);
}

#[test]
fn the_examples_are_what_the_schemas_describe() {
    let document = Document::get();
    let mut checked = 0;
    for (name, schema) in document.json["components"]["schemas"].as_object().unwrap() {
        if let Some(example) = schema.get("example") {
            let validator = document.schema(name);
            let wrong: Vec<String> = validator
                .iter_errors(example)
                .map(|e| e.to_string())
                .collect();
            assert!(wrong.is_empty(), "{name}: {wrong:?}");
            checked += 1;
        }
    }
    assert!(checked >= 5);
}

#[tokio::test]
async fn the_examples_can_be_sent() {
    let api = Api::start().await;
    let id = api.record(&pending_refund()).await;
    let document = &Document::get().json;
    let example = |name: &str| document["components"]["schemas"][name]["example"].clone();
    api.admin(post("/activities").json(&example("NewActivity")))
        .await
        .is(201);
    let outcome = format!("/activities/{id}/outcome");
    api.admin(post(&outcome).json(&example("OutcomeInput")))
        .await
        .is(201);
    api.admin(put("/orders/1042").json(&example("OrderInput")))
        .await
        .is(200);
    api.admin(put("/customers/c_77").json(&example("CustomerInput")))
        .await
        .is(200);
    api.admin(post("/messages").json(&example("NewMessage")))
        .await
        .is(201);
    api.admin(put(TEMPLATE).json(&example("TemplateInput")))
        .await
        .is(200);
    api.admin(put(RULE).json(&example("FollowupRuleInput")))
        .await
        .is(200);
    api.admin(put(TARGET).json(&example("TargetInput")))
        .await
        .is(200);
    api.admin(post("/exports").json(&example("ExportInput")))
        .await
        .is(201);
    let message = api.message().await;
    for (call, name) in [
        ("events", "MessageEventInput"),
        ("send-again", "SendAgainInput"),
    ] {
        let path = format!("/messages/{message}/{call}");
        api.admin(post(&path).json(&example(name))).await.is(201);
    }
    api.admin(post("/operations").json(&example("NewOperation")))
        .await
        .is(201);
    let told = "/operations/winter-sale-2026";
    for (call, name, status) in [
        ("items", "OperationItemInput", 201),
        ("progress", "Progress", 200),
        ("ask", "Wish", 409),
        ("complete", "Completion", 409),
        ("fail", "Failure", 200),
        ("revert", "RevertInput", 200),
        ("revert/conflicts", "ConflictsInput", 200),
    ] {
        let path = format!("{told}/{call}");
        api.admin(post(&path).json(&example(name))).await.is(status);
    }
    for (id, operation) in operations(document) {
        // Its example is of items, and was sent above.
        if id == "record_items" {
            continue;
        }
        let list = match operation["tags"][0].as_str() {
            Some("Messages") => "/messages",
            Some("Exports") => "/exports",
            Some("Security") => "/security",
            Some("Requests") => "/requests",
            _ => "/activities",
        };
        let lines = &operation["requestBody"]["content"]["application/x-ndjson"]["example"];
        if let Some(lines) = lines.as_str() {
            api.admin(post("/activities").body("application/x-ndjson", lines))
                .await
                .is(201);
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if let ("q", Some(q)) = (
                parameter["name"].as_str().unwrap(),
                parameter["example"].as_str(),
            ) {
                let q = form_urlencoded::byte_serialize(q.as_bytes()).collect::<String>();
                api.admin(get(&format!("{list}?q={q}"))).await.is(200);
            }
        }
    }
}

#[tokio::test]
async fn the_document_is_served_and_names_this_server() {
    let api = Api::start().await;
    let served = api.send_as_is(get("/openapi.json")).await.is(200);
    let text = String::from_utf8(served.bytes).unwrap();
    assert!(!text.contains("{ORIGIN}"));
    let address = format!("http://{}", api.address);
    let ours = Document::get()
        .json
        .to_string()
        .replace("{ORIGIN}", &address);
    let served: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(served, serde_json::from_str::<Value>(&ours).unwrap());
}

#[tokio::test]
async fn a_path_answers_the_methods_that_the_document_names() {
    let api = Api::start().await;
    let id = api.record(&pending_refund()).await;
    for (template, item) in Document::get().json["paths"].as_object().unwrap() {
        let path = template.strip_prefix("/api/v1").unwrap();
        let path = path
            .replace("{id}", &id)
            .replace("{number}", "1042")
            .replace("{n}", "0")
            .replace("{platform}", "standard")
            .replace("{name}", "own");
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
            Method::OPTIONS,
        ] {
            let answer = api.admin(Call::new(method.clone(), &path)).await;
            if item.get(method.as_str().to_lowercase()).is_some() {
                assert_ne!(answer.status, 405, "{method} {path}");
            } else {
                assert_eq!(
                    answer.clone().is(405).code(),
                    "method_not_allowed",
                    "{method} {path}"
                );
                assert!(!answer.header("allow").is_empty(), "{method} {path}");
            }
        }
    }
    for path in [
        "",
        "/",
        "/activitie",
        "/activities/",
        "/activities/x/y",
        "/order",
    ] {
        assert_eq!(api.admin(get(path)).await.status, 404, "{path}");
    }
}

/// Calls that together give every answer that the document announces.
fn every_answer(
    id: &str,
    message: &str,
    waiting: &str,
    inbound: &str,
    (made, stuck): (&str, &str),
) -> Vec<(Role, Call)> {
    let large = too_large();
    let missing = "/activities/01a1fbf4-0499-7894-a395-b4063ed9a8c1";
    let mut calls = vec![
        get("/activities"),
        get("/activities?q=%22"),
        get("/activities?x"),
        get("/activities/count"),
        get("/activities/count?q=%22"),
        get("/activities/count?x"),
        get("/activities/histogram"),
        get("/activities/histogram?q=%22"),
        get("/activities/histogram?x"),
        get(&format!("/activities/{id}")),
        get(&format!("/activities/{id}?x")),
        get(missing),
        get(&format!("/activities/{id}/surroundings")),
        get(&format!("/activities/{id}/surroundings?x")),
        get(&format!("{missing}/surroundings")),
        get("/openapi.json"),
    ];
    for log in ["security", "requests"] {
        calls.push(get(&format!("/{log}")));
        calls.push(get(&format!("/{log}?q=%22")));
        calls.push(get(&format!("/{log}?x")));
        calls.push(get(&format!("/{log}/count")));
        calls.push(get(&format!("/{log}/count?q=%22")));
        calls.push(get(&format!("/{log}/count?x")));
        calls.push(get(&format!("/{log}/{id}")));
        calls.push(get(&format!("/{log}/{id}?x")));
        calls.push(get(&format!("/{log}/{id}/proof")));
    }
    let settled = json!({"outcome": "success"});
    let outcome = format!("/activities/{id}/outcome");
    for (call, body) in [
        (post("/activities"), price_change()),
        (post(&outcome), settled.clone()),
        (put("/orders/1042"), json!({})),
        (put("/customers/c_77"), json!({})),
        (put(TEMPLATE), template()),
        (put(RULE), rule()),
        (post(&format!("{RULE}/try")), rule()),
        (
            post("/exports"),
            json!({"source": "activity", "format": "csv"}),
        ),
    ] {
        calls.push(call.clone().json(&body));
        calls.push(call.clone().json(&json!({"x": 1})));
        calls.push(call.clone().body("application/json", "{"));
        calls.push(call.clone().body("text/plain", "{}"));
        calls.push(call.body("application/json", large.clone()));
    }
    let here = format!("/messages/{message}");
    let another = "01a1fbf4-0499-7894-a395-b4063ed9a8c9";
    for (list, one, body) in [
        ("/rules", RULE, rule()),
        // Last: the rule names it.
        ("/templates", TEMPLATE, template()),
    ] {
        calls.extend([get(list), get(&format!("{list}?x"))]);
        // Its name is taken.
        calls.push(put(&format!("{list}/{another}")).json(&body));
        // The second time it is gone.
        calls.extend([delete(one), delete(one), delete(&format!("{list}/x"))]);
    }
    let asked = "subject_type=order&subject_id=1042";
    for one in [
        RULE,
        "/rules/01a1fbf4-0499-7894-a395-b4063ed9a8c9",
        "/rules/x",
    ] {
        for query in ["", "?x"] {
            calls.push(get(&format!("{one}/versions{query}")));
        }
        calls.push(get(&format!("{one}/why?{asked}")));
        calls.push(post(&format!("{one}/try")).json(&rule()));
    }
    calls.push(get(&format!("{RULE}/why")));
    for verb in ["retry", "discard"] {
        calls.push(post(&format!("{ACTION}/{verb}")));
        calls.push(post(&format!("/rule-actions/x/{verb}")));
    }
    for list in ["/rule-actions", "/reported-rules"] {
        calls.extend([get(list), get(&format!("{list}?x"))]);
    }
    let nowhere = "/messages/01a1fbf4-0499-7894-a395-b4063ed9a8c1";
    for list in ["", "/count", "/histogram", "/volumes"] {
        calls.extend(["", "?q=%22", "?x"].map(|query| get(&format!("/messages{list}{query}"))));
    }
    for query in ["", "?after=x", "?x"] {
        calls.push(get(&format!("/orders{query}")));
        calls.push(get(&format!("/orders/1042/thread{query}")));
        calls.push(get(&format!("/messages/unmatched{query}")));
    }
    calls.push(get("/orders/9/thread"));
    calls.push(get(&format!("{here}?x")));
    for part in ["", "/attachments/0", "/eml", "/proof"] {
        calls.push(get(&format!("{here}{part}")));
        calls.push(get(&format!("{nowhere}{part}")));
    }
    let told = json!({"status": "delivered"});
    for (call, body) in [
        (post("/messages"), waiting_message()),
        (post(&format!("{here}/events")), told.clone()),
        (post(&format!("{here}/send-again")), json!({})),
        (post("/messages/stop"), json!({"ids": [waiting]})),
        (post("/messages/restart"), json!({"ids": [waiting]})),
    ] {
        calls.push(call.clone().json(&body));
        calls.push(call.clone().json(&json!({"x": 1})));
        calls.push(call.clone().body("application/json", "{"));
        calls.push(call.clone().body("text/plain", "{}"));
        calls.push(call.body("application/json", large.clone()));
    }
    let larger = " ".repeat(server::v1::MAX_MESSAGE_BODY_BYTES + 1);
    calls.push(post("/messages").body("application/json", larger));
    calls.push(post(&format!("{nowhere}/events")).json(&told));
    calls.push(post(&format!("{nowhere}/send-again")).json(&json!({})));
    calls.push(post(&format!("/messages/{inbound}/send-again")).json(&json!({})));
    let no_export = "/exports/01a1fbf4-0499-7894-a395-b4063ed9a8c1";
    let (made, stuck) = (format!("/exports/{made}"), format!("/exports/{stuck}"));
    let wrong_query = json!({"source": "activity", "format": "csv", "q": "outcome:maybe"});
    calls.push(post("/exports").json(&wrong_query));
    for query in ["", "?after=x", "?q=%22", "?x"] {
        calls.push(get(&format!("/exports{query}")));
    }
    for part in ["", "/file"] {
        calls.push(get(&format!("{made}{part}")));
        calls.push(get(&format!("{no_export}{part}")));
    }
    calls.push(get(&format!("{made}?x")));
    // The second time it is cancelled already.
    for place in [stuck.as_str(), &stuck, no_export] {
        calls.push(post(&format!("{place}/cancel")));
    }
    calls.push(post(&format!("{made}/cancel?x")));
    calls.push(get(&format!("{stuck}/file")));
    calls.extend([get("/ledger/checkpoint"), get(&format!("{missing}/proof"))]);
    for seq in ["1", "0", "x"] {
        calls.push(get(&format!("/ledger/{seq}/proof")));
    }
    calls.push(get(&format!("/activities/{id}/proof")));
    calls.push(post(&outcome).json(&settled));
    calls.push(post(&format!("{missing}/outcome")).json(&settled));
    let mut calls: Vec<_> = calls.into_iter().map(|call| (Role::Admin, call)).collect();
    for call in [
        post("/activities"),
        post(&outcome),
        put("/orders/1"),
        put("/customers/1"),
        get("/rules"),
        get("/templates"),
        put(TEMPLATE),
        put(RULE),
        delete(TEMPLATE),
        delete(RULE),
        get(&format!("{RULE}/versions")),
        get(&format!("{RULE}/why?subject_type=order&subject_id=1")),
        post(&format!("{RULE}/try")),
        get("/rule-actions"),
        get("/reported-rules"),
        get("/messages/unmatched"),
        post(&format!("{ACTION}/retry")),
        post(&format!("{ACTION}/discard")),
    ] {
        calls.push((Role::Auditor, call));
    }
    for call in [
        get("/exports"),
        post("/exports"),
        get(&made),
        get(&format!("{made}/file")),
        post(&format!("{made}/cancel")),
        get("/ledger/checkpoint"),
        get("/ledger/1/proof"),
        get(&format!("/activities/{id}/proof")),
    ] {
        calls.push((Role::Staff, call));
    }
    for path in [
        "/messages",
        "/messages/count",
        "/messages/histogram",
        "/messages/volumes",
        "/orders",
    ] {
        calls.push((Role::StoreKeeper, get(path)));
    }
    for part in ["", "/attachments/0", "/eml", "/proof"] {
        calls.push((Role::StoreKeeper, get(&format!("{here}{part}"))));
    }
    calls.push((Role::StoreKeeper, get("/orders/1042/thread")));
    calls.push((Role::Staff, post("/messages").json(&waiting_message())));
    calls.push((Role::Auditor, post("/messages").json(&waiting_message())));
    calls.push((Role::Auditor, post(&format!("{here}/events")).json(&told)));
    let again = post(&format!("{here}/send-again"));
    calls.push((Role::Auditor, again.json(&json!({}))));
    for verb in ["stop", "release", "restart"] {
        let path = format!("/messages/{waiting}/{verb}");
        // The second time it is so already.
        calls.extend([1, 2].map(|_| (Role::Admin, post(&path))));
        calls.push((Role::Admin, post(&format!("{path}?x"))));
        calls.push((Role::Admin, post(&format!("{nowhere}/{verb}"))));
        calls.push((Role::Auditor, post(&path)));
    }
    for verb in ["stop", "restart"] {
        let several = post(&format!("/messages/{verb}"));
        calls.push((Role::Auditor, several.json(&json!({"ids": [waiting]}))));
    }
    calls
}

/// The same of connections and what shops delivered: a delivery that is out of tries, and one that is done.
fn about_webhooks(dead: &str, done: &str) -> Vec<(Role, Call)> {
    let own = "/connections/standard/own";
    let nowhere = "/webhooks/01a1fbf4-0499-7894-a395-b4063ed9a8c1";
    let here = format!("/webhooks/{dead}");
    let body = put(&format!("{here}/body"));
    let mut calls = vec![get("/connections"), get("/connections?x")];
    for (call, sent) in [(put(own), json!({})), (body.clone(), json!({"body": "{}"}))] {
        calls.push(call.clone().json(&sent));
        calls.push(call.clone().json(&json!({"x": 1})));
        calls.push(call.clone().body("application/json", "{"));
        calls.push(call.clone().body("text/plain", "{}"));
        calls.push(call.body("application/json", too_large()));
    }
    // As many as a store may have; the last one is one too many.
    for number in 0..50 {
        let path = format!("/connections/woocommerce/shop-{number}");
        calls.push(put(&path).json(&json!({})));
    }
    // The second time it is gone.
    calls.extend([delete(own), delete(own), delete(&format!("{own}?x"))]);
    for query in ["", "?after=x", "?x"] {
        calls.push(get(&format!("/webhooks{query}")));
    }
    calls.extend([get(&here), get(&format!("{here}?x")), get(nowhere)]);
    calls.push(put(&format!("{nowhere}/body")).json(&json!({"body": "{}"})));
    calls.push(put(&format!("/webhooks/{done}/body")).json(&json!({"body": "{}"})));
    for verb in ["discard", "retry"] {
        for place in [here.as_str(), &format!("/webhooks/{done}"), nowhere] {
            calls.push(post(&format!("{place}/{verb}")));
        }
        calls.push(post(&format!("{here}/{verb}?x")));
    }
    let mut calls: Vec<_> = calls.into_iter().map(|call| (Role::Admin, call)).collect();
    for call in [
        get("/connections"),
        put(own).json(&json!({})),
        delete(own),
        get("/webhooks"),
        get(&here),
        body.json(&json!({"body": "{}"})),
        post(&format!("{here}/retry")),
        post(&format!("{here}/discard")),
    ] {
        calls.push((Role::Auditor, call));
    }
    calls
}

/// A body that no call reads.
fn too_large() -> String {
    " ".repeat(8 * 1024 * 1024 + 1)
}

#[tokio::test]
async fn every_announced_answer_is_given() {
    // A revert needs somewhere to write to; nothing listens there.
    let settings = [
        ("STORETRAIL_BRIDGE_URL", "http://127.0.0.1:9"),
        ("STORETRAIL_WEBHOOK_NETWORKS", "127.0.0.0/8"),
    ];
    let api = Api::of(App::start_with(&settings).await).await;
    let id = api.record(&pending_refund()).await;
    let (message, waiting) = (api.message().await, api.message().await);
    let inbound = json!({"channel": "sms", "record_only": true, "direction": "inbound",
        "from": "+966551234567", "to": "+14155550100", "text": "hi"});
    let inbound = api.admin(post("/messages").json(&inbound)).await;
    let inbound = inbound.is(201).json();
    let released = api.message().await;
    let release = post(&format!("/messages/{released}/release"));
    api.admin(release).await.is(200);
    let exports = (api.export(Role::Admin).await, api.stuck_export().await);
    let inbound = inbound["id"].as_str().unwrap();
    let exports = (exports.0.as_str(), exports.1.as_str());
    // Nobody gets this store's alarms, so this one waits for a person; once more after it was retried.
    let dead = dead_action(&api).await;
    api.send_as_is(post(&format!("{dead}/retry"))).await;
    api.admin(post(&format!("{dead}/retry"))).await.is(200);
    let dead = dead_action(&api).await;
    api.admin(post(&format!("{dead}/discard"))).await.is(200);
    let tried = tried_action(&api.app).await;
    api.admin(post(&format!("{tried}/discard"))).await.is(409);
    answer_of_the_dead(&api, &tried, &too_large()).await;
    for (role, call) in every_answer(&id, &message, &waiting, inbound, exports) {
        api.send(role, call.clone()).await;
        api.send_as_is(call).await;
    }
    for (role, call) in crate::v1_operations::every_answer(&too_large()) {
        api.send(role, call.clone()).await;
        api.send_as_is(call).await;
    }
    crate::v1_operations::take_back(&api, "a").await;
    for (role, call) in crate::v1_targets::every_answer(&too_large()) {
        api.send(role, call.clone()).await;
        api.send_as_is(call).await;
    }
    crate::v1_idempotency::unanswered(&api, &message, &waiting).await;
    let dead = dead_webhook(&api.storage, &api.scope).await;
    let done = done_webhook(&api.storage, &api.scope).await;
    for (role, call) in about_webhooks(&dead, &done) {
        api.send(role, call.clone()).await;
        api.send_as_is(call).await;
    }
    for log in ["security", "requests"] {
        let id = first(&api, log).await;
        for role in [Role::Admin, Role::Manager] {
            for part in [
                String::new(),
                "/count".to_owned(),
                format!("/{id}"),
                format!("/{id}/proof"),
            ] {
                api.send(role, get(&format!("/{log}{part}"))).await;
            }
        }
    }
    refused_elsewhere(&api, &id).await;
    let seen = api.seen();
    let never: Vec<_> = Document::get()
        .announced()
        .into_iter()
        .filter(|answer| !seen.contains(answer))
        .collect();
    assert!(never.is_empty(), "announced and never given: {never:?}");
}
