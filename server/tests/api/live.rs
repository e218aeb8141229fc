//! Live updates: what arrives and what doesn't.

use crate::harness::{App, Socket, new_key, on_both};
use domain::Role;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use storage::{Ambient, Scope, Storage};

/// Records entries with the key of an admin.
async fn record(app: &App, key: &str, entries: Value) {
    app.post("/api/v1/activities")
        .key(key)
        .json(&entries)
        .send()
        .await
        .expect(201);
}

fn entry(action: &str, number: usize) -> Value {
    json!({"action": action, "description": format!("number {number}")})
}

async fn numbers(socket: &mut Socket, count: usize) -> Vec<String> {
    let mut heard = Vec::new();
    for _ in 0..count {
        let event = socket.hear().await;
        heard.push(event["row"]["description"].as_str().unwrap().to_owned());
    }
    heard
}

fn expected(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("number {number}")).collect()
}

#[tokio::test]
async fn a_new_entry_arrives_within_a_second() {
    on_both(|app| async move {
        let key = app.key(Role::Admin).await;
        let person = app.person(Role::Manager).await;
        let mut socket = app.socket(&person).await;
        socket.follow("", None).await;
        let start = Instant::now();
        record(&app, &key, entry("order.created", 1)).await;
        let event = socket.hear().await;
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(event["type"], "added");
        assert_eq!(event["row"]["action"], "order.created");
        assert!(event["row"]["seq"].is_i64());
        assert!(event["mark"].is_string());
    })
    .await;
}

#[tokio::test]
async fn what_another_process_writes_arrives_within_a_second() {
    on_both(|app| async move {
        let person = app.person(Role::Manager).await;
        let mut socket = app.socket(&person).await;
        socket.follow("", None).await;
        let other = Storage::open(&app.database_url, Ambient::system())
            .await
            .unwrap();
        let scope = Scope::system("test", app.store().await);
        let start = Instant::now();
        other
            .create_key(&scope, new_key("from the command line", Role::Admin))
            .await
            .unwrap();
        let event = socket.hear().await;
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(event["row"]["action"], "settings.updated");
    })
    .await;
}

#[tokio::test]
async fn only_what_role_and_query_let_through_arrives() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let keeper = app.person(Role::StoreKeeper).await;
    let auditor = app.person(Role::Auditor).await;
    let mut of_keeper = app.socket(&keeper).await;
    let mut of_auditor = app.socket(&auditor).await;
    of_keeper.follow("", None).await;
    of_auditor.follow("action:coupon.*", None).await;
    let sara =
        json!({"type": "user", "id": "u_1", "name": "Sara Nasser", "email": "sara@linen.example"});
    let entries = json!([
        {"action": "coupon.created", "actor": sara, "ip": "203.0.113.7"},
        {"action": "product.updated", "actor": sara},
    ]);
    record(&app, &key, entries).await;

    let event = of_keeper.hear().await;
    assert_eq!(event["row"]["action"], "product.updated");
    assert_eq!(
        event["row"]["seq"],
        Value::Null,
        "what is hidden can't be counted"
    );
    of_keeper.hear_nothing().await;

    let event = of_auditor.hear().await;
    assert_eq!(event["row"]["action"], "coupon.created");
    assert!(!event.to_string().contains("sara@"), "{event}");
    assert!(!event.to_string().contains("203.0.113.7"), "{event}");
    of_auditor.hear_nothing().await;
}

#[tokio::test]
async fn another_store_is_not_followed() {
    let app = App::start().await;
    let person = app.person(Role::SuperAdmin).await;
    let wool = app.add_store("Wool").await;
    let mut socket = app.socket(&person).await;
    socket.follow("", None).await;
    let scope = Scope::system("test", wool);
    app.storage
        .create_key(&scope, new_key("of Wool", Role::Admin))
        .await
        .unwrap();
    socket.hear_nothing().await;
}

#[tokio::test]
async fn who_comes_back_misses_nothing_and_hears_nothing_twice() {
    on_both(|app| async move {
        let key = app.key(Role::Admin).await;
        let person = app.person(Role::Manager).await;
        let mut socket = app.socket(&person).await;
        socket.follow("action:order.*", None).await;
        record(
            &app,
            &key,
            json!([entry("order.created", 0), entry("order.created", 1)]),
        )
        .await;
        socket.hear().await;
        let mark = socket.hear().await["mark"].as_str().unwrap().to_owned();
        drop(socket);

        let meanwhile: Vec<_> = (2..50).map(|n| entry("order.created", n)).collect();
        record(&app, &key, json!(meanwhile)).await;
        let mut socket = app.socket(&person).await;
        // Written while it comes back: read from the ledger, handed on by the hub, or both.
        let writing = async {
            for number in 50..80 {
                record(&app, &key, entry("order.created", number)).await;
            }
        };
        let reading = async {
            assert_eq!(socket.follow("action:order.*", Some(&mark)).await, mark);
            numbers(&mut socket, 78).await
        };
        let ((), heard) = tokio::join!(writing, reading);
        assert_eq!(heard, expected(2..80));
        socket.hear_nothing().await;
    })
    .await;
}

#[tokio::test]
async fn who_missed_too_much_is_told_to_load_again_and_goes_on_from_there() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let person = app.person(Role::Manager).await;
    let mut socket = app.socket(&person).await;
    let mark = socket.follow("", None).await;
    drop(socket);
    let many: Vec<_> = (0..600).map(|n| entry("order.created", n)).collect();
    record(&app, &key, json!(many)).await;
    for mark in [mark.as_str(), "no mark at all"] {
        let mut socket = app.socket(&person).await;
        socket.follow("", Some(mark)).await;
        let event = socket.hear().await;
        assert_eq!(event["type"], "resync", "{mark}");
        record(&app, &key, entry("order.created", 600)).await;
        assert_eq!(numbers(&mut socket, 1).await, expected(600..601));
    }
}

#[tokio::test]
async fn who_reads_slowly_holds_up_nobody_and_still_hears_all() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let person = app.person(Role::Manager).await;
    let mut slow = app.socket(&person).await;
    let mut quick = app.socket(&person).await;
    slow.follow("", None).await;
    quick.follow("", None).await;
    let mut last = String::new();
    for batch in 0..20 {
        let entries: Vec<_> = (0..200)
            .map(|n| entry("order.created", batch * 200 + n))
            .collect();
        record(&app, &key, json!(entries)).await;
        for _ in 0..200 {
            let event = quick.hear().await;
            assert_eq!(event["type"], "added");
            last = event["row"]["description"].as_str().unwrap().to_owned();
        }
    }
    assert_eq!(last, "number 3999");
    // In order, each once; where it was left behind it is told to load again.
    let mut next = 0;
    while next < 4_000 {
        let event = slow.hear().await;
        if event["type"] == "resync" {
            break;
        }
        assert_eq!(event["row"]["description"], format!("number {next}"));
        next += 1;
    }
}

#[tokio::test]
async fn the_end_of_a_pending_entry_arrives_as_a_change() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let person = app.person(Role::Manager).await;
    let mut socket = app.socket(&person).await;
    socket.follow("", None).await;
    record(
        &app,
        &key,
        json!({"action": "export.requested", "outcome": "pending"}),
    )
    .await;
    let added = socket.hear().await;
    assert_eq!(added["row"]["outcome"], "pending");
    let id: domain::ActivityId = added["row"]["id"].as_str().unwrap().parse().unwrap();
    let ended = storage::record::Record::Outcome {
        activity: id,
        outcome: domain::Outcome::Failed,
        error: Some("disk full".to_owned()),
        occurred_at: app.clock.now(),
    };
    let scope = app.scope().await;
    app.storage
        .recorder()
        .record(&scope, vec![ended], None)
        .await
        .unwrap();
    let changed = socket.hear().await;
    assert_eq!(changed["type"], "changed");
    assert_eq!(changed["row"]["id"], added["row"]["id"]);
    assert_eq!(changed["row"]["outcome"], "failed");
}

#[tokio::test]
async fn the_end_of_an_entry_is_told_to_who_watches_what_is_pending_and_what_failed() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let person = app.person(Role::Manager).await;
    let auditor = app.person(Role::Auditor).await;
    let mut of_pending = app.socket(&auditor).await;
    let mut of_failed = app.socket(&person).await;
    let mut of_others = app.socket(&person).await;
    of_pending.follow("outcome:pending", None).await;
    of_failed.follow("outcome:failed", None).await;
    let others = "action:product.* outcome:pending";
    of_others.follow(others, None).await;
    let entry = json!({
        "action": "coupon.updated",
        "outcome": "pending",
        "actor": {"type": "user", "id": "u_1", "name": "Sara Nasser", "email": "sara@linen.example"},
    });
    record(&app, &key, entry).await;
    let added = of_pending.hear().await;
    assert_eq!(added["type"], "added", "{added}");
    let id = added["row"]["id"].as_str().unwrap();
    app.post(&format!("/api/v1/activities/{id}/outcome"))
        .key(&key)
        .json(&json!({"outcome": "failed", "error": "disk full"}))
        .send()
        .await
        .expect(201);
    for (socket, is_matching) in [(&mut of_pending, false), (&mut of_failed, true)] {
        let event = socket.hear().await;
        assert_eq!(event["type"], "changed", "{event}");
        assert_eq!(event["row"]["id"], id);
        assert_eq!(event["row"]["outcome"], "failed");
        assert_eq!(event["is_matching"], is_matching);
        // What no longer matches is told as masked as everything else.
        assert!(
            is_matching || !event.to_string().contains("sara@"),
            "{event}"
        );
    }
    of_others.hear_nothing().await;
}

#[tokio::test]
async fn another_query_takes_the_place_of_the_one_before() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let person = app.person(Role::Manager).await;
    let mut socket = app.socket(&person).await;
    socket.follow("action:order.*", None).await;
    socket.follow("action:coupon.*", None).await;
    let entries = json!([entry("order.created", 1), entry("coupon.created", 2)]);
    record(&app, &key, entries).await;
    assert_eq!(socket.hear().await["row"]["action"], "coupon.created");
    socket.hear_nothing().await;
}

#[tokio::test]
async fn what_is_not_understood_is_answered_and_the_socket_stays_open() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let person = app.person(Role::Manager).await;
    let mut socket = app.socket(&person).await;
    socket.follow("", None).await;
    for (text, code) in [
        ("not json", "malformed_json"),
        ("{\"type\":\"stop\"}", "malformed_json"),
        (
            "{\"type\":\"follow\",\"q\":\"colour:red\"}",
            "invalid_query",
        ),
    ] {
        socket.say_text(text).await;
        let event = socket.hear().await;
        assert_eq!(event["type"], "problem", "{event}");
        assert_eq!(event["problem"]["code"], code, "{event}");
    }
    record(&app, &key, entry("order.created", 1)).await;
    assert_eq!(numbers(&mut socket, 1).await, expected(1..2));
}
