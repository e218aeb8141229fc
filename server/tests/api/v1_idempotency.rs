//! Idempotency: what is sent again is answered again and recorded once.

use crate::harness::on_both;
use crate::v1_calls::{ACTION, Answer, Api, Call, RULE, TEMPLATE, get, post, put, rule, template};
use crate::v1_record::{pending_refund, price_change};
use crate::v1_schema::Document;
use domain::Role;
use insta::assert_json_snapshot;
use serde_json::json;
use std::collections::BTreeSet;

async fn five_at_once(api: &Api, call: &Call) -> Vec<Answer> {
    let send = || api.admin(call.clone());
    let (a, b, c, d, e) = tokio::join!(send(), send(), send(), send(), send());
    vec![a, b, c, d, e]
}

#[tokio::test(flavor = "multi_thread")]
async fn five_at_once_are_one_entry_and_one_answer() {
    on_both(|app| async move { race(&Api::of(app).await).await }).await;
}

async fn race(api: &Api) {
    let single = post("/activities").json(&price_change()).once("one");
    let many = post("/activities")
        .json(&json!([price_change(), pending_refund()]))
        .once("many");
    let lines = format!("{}\n{}", price_change(), pending_refund());
    let lines = post("/activities")
        .body("application/x-ndjson", lines)
        .once("lines");
    for (call, stored) in [(single, 1), (many, 2), (lines, 2)] {
        let before = api.entries().await;
        let answers = five_at_once(api, &call).await;
        assert!(answers.iter().all(|answer| answer.status == 201));
        let bodies: BTreeSet<&[u8]> = answers
            .iter()
            .map(|answer| answer.bytes.as_slice())
            .collect();
        assert_eq!(bodies.len(), 1, "five identical answers");
        let places: BTreeSet<&str> = answers
            .iter()
            .map(|answer| answer.header("location"))
            .collect();
        assert_eq!(places.len(), 1);
        let replayed = answers
            .iter()
            .filter(|a| a.header("idempotency-replayed") == "true");
        assert_eq!(replayed.count(), 4);
        assert_eq!(api.entries().await, before + stored);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_outlives_the_server() {
    on_both(|app| async move { outlive(Api::of(app).await).await }).await;
}

async fn outlive(mut api: Api) {
    let call = post("/activities")
        .json(&price_change())
        .once("8e03978e-40d5-43e8-bc93-6894a57f9324");
    let first = api.admin(call.clone()).await.is(201);
    let before = api.entries().await;
    api.restart().await;
    for answer in five_at_once(&api, &call).await {
        assert_eq!(answer.is(201).bytes, first.bytes);
    }
    assert_eq!(api.entries().await, before);
    let changed = post("/activities")
        .json(&pending_refund())
        .once("8e03978e-40d5-43e8-bc93-6894a57f9324");
    assert_eq!(
        api.admin(changed).await.is(422).code(),
        "idempotency_conflict"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_asked_for_again_is_made_once() {
    on_both(|app| async move { export_once(&Api::of(app).await).await }).await;
}

async fn export_once(api: &Api) {
    let file = json!({"name": "a.csv", "content": "YSxi"});
    let told = json!({"record_only": true, "name": "Sales", "category": "sales", "file": file});
    let made = json!({"source": "activity", "format": "csv"});
    for (key, body) in [("made", made), ("told", told)] {
        let call = post("/exports").json(&body).once(key);
        let answers = five_at_once(api, &call).await;
        let ids: BTreeSet<String> = answers
            .iter()
            .map(|answer| answer.clone().is(201).json()["id"].to_string())
            .collect();
        assert_eq!(ids.len(), 1, "{key}: one export");
        let replayed = answers
            .iter()
            .filter(|a| a.header("idempotency-replayed") == "true");
        assert_eq!(replayed.count(), 4, "{key}");
        let places: BTreeSet<&str> = answers.iter().map(|a| a.header("location")).collect();
        assert_eq!(places.len(), 1, "{key}");
        let changed = json!({"source": "messages", "format": "csv"});
        let changed = post("/exports").json(&changed).once(key);
        let refused = api.admin(changed).await.is(422);
        assert_eq!(refused.code(), "idempotency_conflict", "{key}");
        // Another principal's key of the same name is another key.
        let other = api.send(Role::Manager, call).await;
        assert!(other.header("idempotency-replayed").is_empty(), "{key}");
    }
    let files = std::fs::read_dir(api.app.folder().join("exports")).unwrap();
    let names: Vec<String> = files
        .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.ends_with(".part"))
        .collect();
    // Of five that brought the same file one is kept; the others are of exports that were made.
    let told = names.iter().filter(|name| {
        let path = api.app.folder().join("exports").join(name);
        std::fs::read(path).is_ok_and(|bytes| bytes == b"a,b")
    });
    assert!(told.count() <= 2, "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_sent_again_under_a_key_goes_out_once_more() {
    on_both(|app| async move { again_once(&Api::of(app).await).await }).await;
}

async fn again_once(api: &Api) {
    let message = api.message().await;
    let path = format!("/messages/{message}/send-again");
    let call = post(&path).json(&json!({})).once("again");
    let answers = five_at_once(api, &call).await;
    let ids: BTreeSet<String> = answers
        .iter()
        .map(|answer| answer.clone().is(201).json()["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1);
    let replayed = answers
        .iter()
        .filter(|a| a.header("idempotency-replayed") == "true");
    assert_eq!(replayed.count(), 4);
    let id = answers[0].json()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        answers[0].header("location"),
        format!("/api/v1/messages/{id}")
    );
    let list = api.admin(get("/messages")).await.is(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let other = json!({"to": "sara@mail.example"});
    let other = api.admin(post(&path).json(&other).once("again")).await;
    assert_eq!(other.is(422).code(), "idempotency_conflict");
}

#[tokio::test]
async fn every_post_of_the_document_takes_a_key() {
    let api = Api::start().await;
    let mut posts = 0;
    for (template, item) in Document::get().json["paths"].as_object().unwrap() {
        let Some(operation) = item.get("post") else {
            continue;
        };
        posts += 1;
        let mut parameters = operation["parameters"].as_array().into_iter().flatten();
        assert!(
            parameters.any(|one| one["name"] == "Idempotency-Key" && one["in"] == "header"),
            "{template} declares the header"
        );
        // What is no key is refused by name: the call looks at it.
        let path = template.strip_prefix("/api/v1").unwrap();
        let path = path.replace("{id}", "01a1fbf4-0499-7894-a395-b4063ed9a8c1");
        let call = post(&path).json(&json!({})).once("two words");
        let refused = api.send(Role::SuperAdmin, call).await.is(422).json();
        let named = &refused["errors"][0]["pointer"];
        assert_eq!(named, "Idempotency-Key", "{template}");
    }
    assert!(posts >= 22, "{posts}");
}

/// Calls that refuse nothing else as `conflict`: each was begun under its key and has not ended.
pub async fn unanswered(api: &Api, message: &str, waiting: &str) {
    let several = json!({"ids": [waiting]});
    let told = json!({"status": "delivered"});
    for (key, call) in [
        ("stop", post("/messages/stop").json(&several)),
        ("restart", post("/messages/restart").json(&several)),
        (
            "events",
            post(&format!("/messages/{message}/events")).json(&told),
        ),
        ("try", post(&format!("{RULE}/try")).json(&rule())),
        ("retry", post(&format!("{ACTION}/retry"))),
        ("retry-all", post("/rule-actions/retry").json(&json!({}))),
        (
            "discard-all",
            post("/rule-actions/discard").json(&json!({})),
        ),
    ] {
        api.begin(Role::Admin, &call, key).await;
        let answer = api.admin(call.once(key)).await.is(409);
        assert_eq!(answer.code(), "conflict");
        assert_eq!(answer.header("retry-after"), "1");
    }
}

/// How a message stands.
async fn status(api: &Api, id: &str) -> String {
    let answer = api.admin(get(&format!("/messages/{id}"))).await.is(200);
    let shown = answer.json();
    shown["delivery"]["status"].as_str().unwrap().to_owned()
}

/// A message that was stopped.
async fn stopped(api: &Api) -> String {
    let id = api.message().await;
    let stop = post(&format!("/messages/{id}/stop"));
    api.admin(stop).await.is(200);
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_restarted_by_a_query_under_a_key_is_restarted_once() {
    on_both(|app| async move { restart_once(Api::of(app).await).await }).await;
}

async fn restart_once(mut api: Api) {
    let ids = [stopped(&api).await, stopped(&api).await];
    let wanted = json!({"q": "order:1042"});
    let call = post("/messages/restart").json(&wanted).once("r");
    let answers = five_at_once(&api, &call).await;
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.clone().is(409).code(), "conflict");
        assert_eq!(answer.header("retry-after"), "1");
    }
    let first = api.admin(call.clone()).await.is(200);
    assert_eq!(first.header("idempotency-replayed"), "true");
    let told = first.json();
    let mut done: Vec<&str> = told["done"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    done.sort_unstable();
    let mut known = ids.each_ref().map(String::as_str);
    known.sort_unstable();
    assert_eq!(done, known);
    let given = answers.iter().filter(|answer| answer.status == 200);
    let given: BTreeSet<&[u8]> = given.map(|answer| answer.bytes.as_slice()).collect();
    assert_eq!(given, BTreeSet::from([first.bytes.as_slice()]));
    // What the same query would find by now is left alone, after a restart of the server too.
    let later = stopped(&api).await;
    for is_restarted in [false, true] {
        if is_restarted {
            api.restart().await;
        }
        let again = api.admin(call.clone()).await.is(200);
        assert_eq!(again.bytes, first.bytes);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(status(&api, &later).await, "stopped");
    }
    let changed = json!({"q": ""});
    let changed = post("/messages/restart").json(&changed).once("r");
    let refused = api.admin(changed).await.is(422);
    assert_eq!(refused.code(), "idempotency_conflict");
    assert_eq!(status(&api, &later).await, "stopped");
    let fresh = post("/messages/restart").json(&wanted).once("another");
    let fresh = api.admin(fresh).await.is(200);
    assert_eq!(fresh.header("idempotency-replayed"), "");
    let restarted = fresh.json();
    let restarted = restarted["done"].as_array().unwrap();
    assert!(restarted.iter().any(|id| id == later.as_str()));
}

#[tokio::test]
async fn what_was_done_under_a_key_is_answered_as_it_was_and_what_was_refused_can_be_done() {
    let api = Api::start().await;
    let id = api.message().await;
    let stop = post(&format!("/messages/{id}/stop"));
    let first = api.admin(stop.clone().once("s")).await.is(200);
    let again = api.admin(stop.clone().once("s")).await.is(200);
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(again.header("idempotency-replayed"), "true");
    // Refused, so the key is free for the same call once it can be done.
    assert_eq!(
        api.admin(stop.clone().once("t")).await.is(409).code(),
        "conflict"
    );
    let waiting = api.message().await;
    let elsewhere = post(&format!("/messages/{waiting}/stop"));
    let done = api.admin(elsewhere.once("t")).await.is(200);
    assert_eq!(done.header("idempotency-replayed"), "");
    let other = post(&format!("/messages/{waiting}/restart"));
    let refused = api.admin(other.once("s")).await.is(422);
    assert_eq!(refused.code(), "idempotency_conflict");
    assert_eq!(status(&api, &waiting).await, "stopped");
}

#[tokio::test]
async fn a_call_that_was_begun_and_never_ended_is_not_done_again() {
    let api = Api::start().await;
    let id = stopped(&api).await;
    let call = post("/messages/restart").json(&json!({"ids": [&id]}));
    api.begin(Role::Admin, &call, "b").await;
    let refused = api.admin(call.clone().once("b")).await.is(409);
    assert_eq!(refused.code(), "conflict");
    assert_eq!(status(&api, &id).await, "stopped");
    // Another principal's key of the same name is another key.
    api.send(Role::SuperAdmin, call.once("b")).await.is(200);
}

#[tokio::test]
async fn a_trial_over_other_days_is_another_call() {
    let api = Api::start().await;
    api.admin(put(TEMPLATE).json(&template())).await.is(200);
    let path = format!("{RULE}/try");
    let call = |days: u32| {
        let call = post(&format!("{path}?days={days}"));
        call.json(&rule()).once("d")
    };
    let first = api.admin(call(3)).await.is(200);
    assert_eq!(api.admin(call(3)).await.is(200).bytes, first.bytes);
    let refused = api.admin(call(4)).await.is(422);
    assert_eq!(refused.code(), "idempotency_conflict");
}

#[tokio::test]
async fn a_used_key_with_anything_else_is_refused() {
    let api = Api::start().await;
    let id = api.record(&pending_refund()).await;
    let body = price_change().to_string();
    let call = post("/activities")
        .body("application/json", body.clone())
        .once("k");
    let first = api.admin(call).await.is(201);
    // The type's spelling is not what is sent.
    let call = post("/activities")
        .body("Application/JSON; charset=utf-8", body.clone())
        .once("k");
    let again = api.admin(call).await.is(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    let before = api.entries().await;
    let mut answers = BTreeSet::new();
    for call in [
        post("/activities").body("application/json", body.clone() + " "),
        post("/activities").body("application/x-ndjson", body.clone()),
        post("/activities").json(&json!([price_change()])),
        post(&format!("/activities/{id}/outcome")).json(&json!({"outcome": "success"})),
    ] {
        answers.insert(api.admin(call.once("k")).await.is(422).told().to_string());
    }
    assert_json_snapshot!(answers);
    assert_eq!(api.entries().await, before);
    let entry = api.admin(get(&format!("/activities/{id}"))).await.is(200);
    assert_eq!(entry.json()["outcome"], "pending");
}

#[tokio::test]
async fn a_settled_outcome_is_replayed_and_not_refused() {
    let api = Api::start().await;
    let id = api.record(&pending_refund()).await;
    let call = post(&format!("/activities/{id}/outcome")).json(&json!({"outcome": "success"}));
    let first = api.admin(call.clone().once("s")).await.is(201);
    let again = api.admin(call.clone().once("s")).await.is(201);
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(api.admin(call).await.is(409).code(), "conflict");
}

#[tokio::test]
async fn keys_are_kept_apart_by_who_sends_them() {
    let api = Api::start().await;
    let call = post("/activities").json(&price_change()).once("shared");
    let admin = api.send(Role::Admin, call.clone()).await.is(201);
    let owner = api.send(Role::SuperAdmin, call).await.is(201);
    assert_ne!(admin.bytes, owner.bytes);
    assert_eq!(owner.header("idempotency-replayed"), "");
}

#[tokio::test]
async fn a_refused_call_does_not_use_its_key_up() {
    let api = Api::start().await;
    let wrong = post("/activities")
        .json(&json!({"action": "Not so"}))
        .once("again");
    api.admin(wrong).await.is(422);
    let right = post("/activities").json(&price_change()).once("again");
    let answer = api.admin(right).await.is(201);
    assert_eq!(answer.header("idempotency-replayed"), "");
}

#[tokio::test]
async fn what_is_no_key_is_refused_by_name() {
    let api = Api::start().await;
    let before = api.entries().await;
    let call = post("/activities").json(&price_change());
    let long = "k".repeat(256);
    let mut answers = BTreeSet::new();
    for key in ["", "two words", long.as_str()] {
        answers.insert(
            api.admin(call.clone().once(key))
                .await
                .is(422)
                .told()
                .to_string(),
        );
    }
    let twice = api.admin(call.clone().once("a").once("b")).await.is(422);
    answers.insert(twice.told().to_string());
    assert_json_snapshot!(answers);
    assert_eq!(api.entries().await, before);
    let longest = "k".repeat(255);
    api.admin(call.once(&longest)).await.is(201);
}
