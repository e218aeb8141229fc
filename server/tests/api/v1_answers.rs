//! What answers promise beside their fields: the types of files, and by which name and word a mistake is told.

use crate::shop_kit::dead_webhook;
use crate::v1_calls::{Api, delete, get, post, put};
use crate::v1_record::price_change;
use crate::v1_schema::Document;
use domain::Role;
use domain::export::ExportFormat;
use domain::message::ReportStatus;
use serde_json::json;

/// An operation called `sale`.
async fn sale(api: &Api) {
    let operation = json!({"id": "sale", "name": "Winter sale"});
    api.admin(post("/operations").json(&operation))
        .await
        .is(201);
}

#[tokio::test]
async fn the_file_of_an_export_is_of_the_type_of_its_format() {
    let api = Api::start().await;
    api.record(&price_change()).await;
    for format in ExportFormat::ALL {
        let wanted = json!({"source": "activity", "format": format.as_str()});
        let asked = api.admin(post("/exports").json(&wanted)).await.is(201);
        let id = asked.json()["id"].as_str().unwrap().to_owned();
        api.ended_export(Role::Admin, &id).await;
        let file = api.admin(get(&format!("/exports/{id}/file"))).await;
        let file = file.is(200);
        assert_eq!(file.header("content-type"), format.media_type());
    }
}

#[tokio::test]
async fn a_file_of_a_message_is_of_its_own_type_unless_a_browser_could_run_it() {
    let api = Api::start().await;
    let file =
        |name: &str, kind: &str| json!({"name": name, "content_type": kind, "content": "aGk="});
    let sent = json!({
        "channel": "email", "to": "noura@mail.example", "subject": "x", "text": "x", "send_at": "2026-11-21T09:00:00Z",
        "attachments": [file("a.png", "image/png"), file("a.html", "TEXT/HTML"), file("a.svg", "image/svg+xml")],
    });
    let sent = api.admin(post("/messages").json(&sent)).await.is(201);
    let id = sent.json()["id"].as_str().unwrap().to_owned();
    let octets = "application/octet-stream";
    for (n, kind) in ["image/png", octets, octets].into_iter().enumerate() {
        let path = format!("/messages/{id}/attachments/{n}");
        let file = api.admin(get(&path)).await.is(200);
        assert_eq!(file.header("content-type"), kind);
    }
}

#[tokio::test]
async fn a_field_of_the_body_is_named_by_its_pointer_and_a_part_of_the_path_by_its_name() {
    let api = Api::start().await;
    sale(&api).await;
    let dead = dead_webhook(&api.storage, &api.scope).await;
    let none = json!({});
    for (call, pointer, code) in [
        (
            put("/connections/shopify/linen").json(&none),
            "/secret",
            "required",
        ),
        (
            put("/connections/standard/own").json(&json!({"secret": "short"})),
            "/secret",
            "format",
        ),
        (
            put("/connections/standard/Linen").json(&none),
            "name",
            "format",
        ),
        (
            put(&format!("/webhooks/{dead}/body")).json(&json!({"body": "{"})),
            "/body",
            "format",
        ),
        (
            post("/operations/sale/revert").json(&json!({"only": []})),
            "/only",
            "required",
        ),
        (
            post("/operations/sale/revert").json(&json!({"only": [1, 1_u64 << 63]})),
            "/only/1",
            "format",
        ),
    ] {
        let refused = api.admin(call).await.is(422).json();
        let errors = refused["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{refused}");
        assert_eq!(errors[0]["pointer"], pointer, "{refused}");
        assert_eq!(errors[0]["code"], code, "{refused}");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains(pointer), "{detail}");
    }
}

#[tokio::test]
async fn a_cursor_that_no_list_handed_out_is_named_by_its_parameter() {
    let api = Api::start().await;
    sale(&api).await;
    api.message().await;
    for (list, parameter) in [
        ("/activities", "after"),
        ("/exports", "after"),
        ("/messages", "after"),
        ("/operations", "after"),
        ("/operations/sale/items", "after"),
        ("/orders", "after"),
        ("/orders/1042/thread", "after"),
        ("/orders/1042/thread", "before"),
        ("/requests", "after"),
        ("/security", "after"),
        ("/webhooks", "after"),
    ] {
        let refused = api.admin(get(&format!("{list}?{parameter}=x"))).await;
        let refused = refused.is(400);
        assert_eq!(refused.code(), "invalid_cursor", "{list}");
        let problem = refused.json();
        assert_eq!(problem["errors"][0]["pointer"], parameter, "{list}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with(&format!("`{parameter}` ")), "{detail}");
    }
}

#[tokio::test]
async fn a_word_that_the_document_does_not_list_is_refused() {
    let api = Api::start().await;
    sale(&api).await;
    for (call, pointer) in [
        (get("/operations?tab=x"), "tab"),
        (get("/operations/sale/items?outcome=x"), "outcome"),
        (get("/webhooks?state=x"), "state"),
        (put("/connections/x/own").json(&json!({})), "platform"),
        (delete("/connections/x/own"), "platform"),
        (
            post("/operations").json(&json!({"name": "x", "kind": "revert"})),
            "/kind",
        ),
        (
            post("/operations/sale/progress").json(&json!({"state": "completed"})),
            "/state",
        ),
        (
            post("/operations/sale/ask").json(&json!({"control": "stop"})),
            "/control",
        ),
    ] {
        let refused = api.admin(call).await.is(422).json();
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
}

#[test]
fn the_words_that_the_document_lists_for_reports_mean_something() {
    let schema = &Document::get().json["components"]["schemas"]["MessageEventInput"];
    let words = schema["properties"]["status"]["description"].as_str();
    let words: Vec<&str> = words.unwrap().split('`').skip(1).step_by(2).collect();
    assert!(words.len() > 20, "{words:?}");
    for word in words {
        assert_ne!(ReportStatus::of(word), ReportStatus::Unknown, "{word}");
    }
}

#[tokio::test]
async fn what_may_be_left_out_may_be_empty() {
    let api = Api::start().await;
    let order =
        json!({"total": "", "currency": " ", "items": [{"name": "Linen shirt", "total": ""}]});
    api.admin(put("/orders/1042").json(&order)).await.is(200);
    let list = "/activities?q=&limit=&after=&direction=";
    api.admin(get(list)).await.is(200);
}
