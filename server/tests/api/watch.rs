//! The two logs that watch: each call scrubbed, each denial told.

use crate::accounts::function;
use crate::harness::{App, PASSWORD, new_key};
use chrono::TimeDelta;
use domain::view::NewKey;
use domain::{Category, CategorySet, Direction, Role};
use serde_json::{Value, json};
use sqlx::Connection as _;
use std::time::Duration;
use storage::{Caller, Page};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The entries of a list, once there are some: calls are written a moment after they were answered.
pub async fn listed(app: &App, key: &str, path: &str) -> Vec<Value> {
    for _ in 0..200 {
        let answer = app.get(path).key(key).send().await.expect(200);
        let items = answer.json()["items"].as_array().unwrap().clone();
        if !items.is_empty() {
            return items;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nothing at {path}");
}

/// One call of a list, whole.
pub async fn detail(app: &App, key: &str, item: &Value) -> Value {
    let path = format!("/api/v1/requests/{}", item["id"].as_str().unwrap());
    app.get(&path).key(key).send().await.expect(200).json()
}

#[tokio::test]
async fn a_call_stands_in_the_log_without_its_secrets() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    let (_, email) = app.user(Role::Manager).await;
    let form = [
        ("email", email.as_str()),
        ("password", PASSWORD),
        ("next", "/x"),
    ];
    let answer = app
        .post("/sign-in?from=st_0123456789abcdef0123")
        .header("user-agent", "a browser")
        .header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        .form(&form)
        .send()
        .await;
    let id = answer.header("x-request-id").to_owned();
    let path = format!("/api/v1/requests?q=request:{id}");
    let found = listed(&app, &key, &path).await;
    assert_eq!(found.len(), 1);
    let entry = detail(&app, &key, &found[0]).await;
    assert_eq!(entry["method"], "POST");
    assert_eq!(entry["route"], "/sign-in");
    assert_eq!(entry["status"], 303);
    assert_eq!(entry["surface"], "panel");
    assert_eq!(entry["ip"], "127.0.0.1");
    assert_eq!(entry["user_agent"], "a browser");
    assert_eq!(entry["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(entry["query"], "from=%5Bscrubbed%5D");
    let body = entry["body"].as_str().unwrap();
    assert!(body.contains("password=%5Bscrubbed%5D&next=%2Fx"), "{body}");
    let whole = entry.to_string();
    assert!(!whole.contains(PASSWORD), "{whole}");
}

#[tokio::test]
async fn a_program_that_calls_itself_by_a_key_is_kept_without_it() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    let (_, email) = app.user(Role::Manager).await;
    let form = [("email", email.as_str()), ("password", "not the password")];
    let answer = app
        .post("/sign-in")
        .header("user-agent", format!("agent Bearer {key}"))
        .form(&form)
        .send()
        .await;
    let id = answer.header("x-request-id").to_owned();
    for log in ["requests", "security"] {
        let path = format!("/api/v1/{log}?q=request:{id}");
        let found = listed(&app, &key, &path).await;
        let path = format!("/api/v1/{log}/{}", found[0]["id"].as_str().unwrap());
        let entry = app.get(&path).key(&key).send().await.expect(200).json();
        assert_eq!(entry["user_agent"], "agent Bearer [scrubbed]", "{log}");
    }
}

#[tokio::test]
async fn what_is_recorded_elsewhere_is_told_by_its_digest_and_linked() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    let call = app.post("/api/v1/activities").key(&key);
    let answer = call
        .json(&json!({"action": "order.created"}))
        .send()
        .await
        .expect(201);
    let activity = answer.json()["id"].clone();
    let path = format!(
        "/api/v1/requests?q=request:{}",
        answer.header("x-request-id")
    );
    let found = listed(&app, &key, &path).await;
    let entry = detail(&app, &key, &found[0]).await;
    assert_eq!(entry["body"], Value::Null);
    assert_eq!(entry["body_bytes"], 26);
    assert_eq!(entry["body_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(entry["actor"]["type"], "api_key");
    assert_eq!(entry["activities"], json!([activity]));
}

#[tokio::test]
async fn the_names_that_a_store_lists_are_scrubbed_too() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    let scope = app.scope().await;
    let mut policy = app.storage.policy(&scope).await.unwrap();
    policy.scrubbed_names = vec!["loyalty".to_owned()];
    app.storage.set_policy(&scope, policy).await.unwrap();
    let answer = app
        .get("/api/v1/activities?loyalty=77-secret-77")
        .key(&key)
        .send()
        .await;
    let path = format!(
        "/api/v1/requests?q=request:{}",
        answer.header("x-request-id")
    );
    let entry = detail(&app, &key, &listed(&app, &key, &path).await[0]).await;
    assert_eq!(entry["query"], "loyalty=%5Bscrubbed%5D");
}

#[tokio::test]
async fn denials_forgeries_and_foreign_pages_stand_in_the_security_log() {
    let app = App::start_with(&[("STORETRAIL_MAIL_HOOK_SECRET", "the-hook-secret")]).await;
    let key = app.key(Role::SuperAdmin).await;
    let keeper = app.key(Role::StoreKeeper).await;
    app.get("/api/v1/messages")
        .key(&keeper)
        .send()
        .await
        .expect(403);
    app.get("/api/v1/activities")
        .key("st_unknown")
        .send()
        .await
        .expect(401);
    app.post("/hooks/mail/main")
        .header("authorization", "Bearer wrong")
        .body("message/rfc822", "x")
        .send()
        .await;
    app.post("/sign-in")
        .header("origin", "https://evil.example")
        .form(&[("email", "a@b.example"), ("password", "x")])
        .send()
        .await
        .expect(403);
    for (query, reason) in [
        ("event:access.denied+reason:role", "role"),
        ("event:access.denied+reason:unknown_key", "unknown_key"),
        ("event:webhook.forged", "wrong_signature"),
        ("event:origin.foreign", "foreign_origin"),
    ] {
        let found = listed(&app, &key, &format!("/api/v1/security?q={query}")).await;
        assert_eq!(found[0]["reason"], reason, "{query}");
        assert_eq!(found[0]["outcome"], "denied");
        assert_eq!(found[0]["ip"], "127.0.0.1");
    }
    let path = "/api/v1/security?q=event:access.denied+reason:role";
    let id = listed(&app, &key, path).await[0]["id"].clone();
    let id = serde_json::from_value(id).unwrap();
    let scope = app.scope().await;
    let denied = app.storage.get_security(&scope, id).await.unwrap().unwrap();
    assert_eq!(denied.row.details, Some(json!({"needs": "read_messages"})));
}

#[tokio::test]
async fn what_only_wants_a_proof_is_no_denial_and_a_wrong_proof_is_one_entry() {
    let app = App::start().await;
    let owner = app.person(Role::SuperAdmin).await;
    app.clock.advance(TimeDelta::minutes(11));
    let fields = [
        ("name", "Sara"),
        ("email", "sara@linen.example"),
        ("role", "manager"),
    ];
    let unproved = function(&app, &owner, "user-invite", &fields).await;
    assert_eq!(unproved.expect(403).json()["code"], "proof_required");
    let wrong = [("password", "not mine at all"), ("code", "")];
    function(&app, &owner, "account/prove", &wrong)
        .await
        .expect(422);
    // Calls are looked at in their order: once this one is told, those before it were looked at.
    let keeper = app.key(Role::StoreKeeper).await;
    app.get("/api/v1/messages")
        .key(&keeper)
        .send()
        .await
        .expect(403);
    let key = app.key(Role::SuperAdmin).await;
    let denied = listed(&app, &key, "/api/v1/security?q=event:access.denied").await;
    let calls: Vec<_> = denied.iter().map(|item| &item["subject"]["id"]).collect();
    assert_eq!(calls, ["GET /api/v1/messages"]);
    let path = format!("/api/v1/security?q=who:{}", owner.email);
    let told = listed(&app, &key, &path).await;
    let told: Vec<_> = told
        .iter()
        .map(|item| (&item["event"], &item["reason"]))
        .collect();
    let proof = (&json!("proof.failed"), &json!("wrong_password"));
    assert!(told.contains(&proof), "{told:?}");
    let is_failure = |event: &Value| event.as_str().unwrap().ends_with(".failed");
    let failures = told.iter().filter(|(event, _)| is_failure(event));
    assert_eq!(failures.count(), 1, "{told:?}");
}

#[tokio::test]
async fn a_key_that_is_refused_is_known_and_told_of_once() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    let scope = app.scope().await;
    let new = NewKey {
        networks: vec!["10.0.0.0/8".to_owned()],
        ..new_key("warehouse", Role::Admin)
    };
    let (warehouse, secret) = app.storage.create_key(&scope, new).await.unwrap();
    for (status, reason) in [(403, "wrong_network"), (401, "ended")] {
        let call = app.get("/api/v1/activities").key(&secret);
        let answer = call.send().await.expect(status);
        let id = answer.header("x-request-id");
        let calls = listed(&app, &key, &format!("/api/v1/requests?q=request:{id}")).await;
        assert_eq!(calls[0]["actor"]["type"], "api_key");
        assert_eq!(calls[0]["actor"]["name"], "warehouse");
        // A call is written after what the security log hears of it.
        let told = listed(&app, &key, &format!("/api/v1/security?q=request:{id}")).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["event"], "key.refused");
        assert_eq!(told[0]["reason"], reason);
        app.storage.revoke_key(&scope, warehouse.id).await.unwrap();
    }
}

#[tokio::test]
async fn what_the_categories_of_a_key_close_is_not_laid_to_its_role() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    let scope = app.scope().await;
    let new = NewKey {
        categories: Some(CategorySet::of(&[Category::Coupons])),
        ..new_key("coupons", Role::Manager)
    };
    let (_, narrow) = app.storage.create_key(&scope, new).await.unwrap();
    for (path, reason) in [
        ("/api/v1/messages", "categories"),
        ("/api/v1/security", "role"),
    ] {
        let answer = app.get(path).key(&narrow).send().await.expect(403);
        let id = answer.header("x-request-id");
        let told = listed(&app, &key, &format!("/api/v1/security?q=request:{id}")).await;
        assert_eq!(told[0]["event"], "access.denied");
        assert_eq!(told[0]["reason"], reason, "{path}");
    }
}

#[tokio::test]
async fn a_link_that_is_used_again_is_on_record() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    let person = app.person(Role::Manager).await;
    let asked = app
        .storage
        .ask_password_reset(&person.email, &Caller::default())
        .await;
    let token = asked.unwrap().unwrap().token;
    let use_link = async || {
        let form = [("token", token.as_str()), ("password", "wool-and-linen")];
        let answer = app.post("/link/password").form(&form).send().await;
        answer.expect_see_other()
    };
    assert_eq!(use_link().await, "/activity");
    let place = use_link().await;
    assert_eq!(place, "/link?problem=not_found");
    // The page that says so tries nothing.
    app.get(&place).send().await.expect(200);
    let path = "/api/v1/security?q=event:link.refused";
    let refused = listed(&app, &key, path).await;
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0]["reason"], "used_link");
    assert_eq!(refused[0]["account"], person.email);
    assert_eq!(refused[0]["outcome"], "denied");

    app.get("/link?token=00").send().await.expect(200);
    let refused = listed(&app, &key, path).await;
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert_eq!(refused[0]["reason"], "unknown_link");
    assert_eq!(refused[0]["account"], Value::Null);
}

#[tokio::test]
async fn a_topic_that_the_role_does_not_open_is_refused_on_record_and_not_once_for_each_try() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    let person = app.person(Role::StoreKeeper).await;
    for topic in ["security", "security", "order:1042", "order:1043", "none"] {
        let mut socket = app.socket(&person).await;
        let follow = json!({"type": "follow", "topic": topic, "q": "", "mark": null});
        socket.say(&follow).await;
        assert_eq!(socket.hear().await["type"], "problem", "{topic}");
    }
    let path = "/api/v1/security?q=event:access.denied+reason:role";
    let found = listed(&app, &key, path).await;
    let calls: Vec<_> = found.iter().map(|item| &item["subject"]["id"]).collect();
    assert_eq!(calls, ["GET /ws order", "GET /ws security"]);
    assert_eq!(found[1]["account"], person.email);
    let id = serde_json::from_value(found[1]["id"].clone()).unwrap();
    let scope = app.scope().await;
    let denied = app.storage.get_security(&scope, id).await.unwrap().unwrap();
    assert_eq!(denied.row.details, Some(json!({"needs": "read_security"})));
}

#[tokio::test]
async fn what_a_manager_may_not_know_of_is_refused_and_that_is_on_record() {
    let app = App::start().await;
    let key = app.key(Role::Manager).await;
    for path in [
        "/api/v1/security",
        "/api/v1/requests",
        "/api/v1/security/count",
    ] {
        app.get(path)
            .key(&key)
            .send()
            .await
            .expect_problem(403, "forbidden");
    }
}

#[tokio::test]
async fn who_opens_a_mail_is_seen_doing_it() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    let message = json!({"channel": "email", "to": "noura@mail.example", "subject": "Hello", "text": "x",
        "record_only": true});
    let sent = app
        .post("/api/v1/messages")
        .key(&key)
        .json(&message)
        .send()
        .await
        .expect(201);
    let id = sent.json()["id"].as_str().unwrap().to_owned();
    let answer = app
        .get(&format!("/api/v1/messages/{id}"))
        .key(&key)
        .send()
        .await
        .expect(200);
    let path = format!(
        "/api/v1/requests?q=request:{}",
        answer.header("x-request-id")
    );
    let entry = detail(&app, &key, &listed(&app, &key, &path).await[0]).await;
    assert_eq!(
        entry["viewed"],
        json!([{"type": "message", "id": id, "name": null}])
    );
}

#[tokio::test]
async fn who_asks_for_a_page_that_is_not_there_is_known() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    let person = app.person(Role::Manager).await;
    let answer = app.get("/nowhere").person(&person).send().await.expect(404);
    let path = format!(
        "/api/v1/requests?q=request:{}",
        answer.header("x-request-id")
    );
    let entry = detail(&app, &key, &listed(&app, &key, &path).await[0]).await;
    assert_eq!(entry["status"], 404);
    assert_eq!(entry["actor"]["type"], "user");
}

#[tokio::test]
async fn whose_key_calls_what_is_not_there_is_known_and_no_other_is_told_of() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    let scope = app.scope().await;
    let made = app
        .storage
        .create_key(&scope, new_key("webshop", Role::Admin));
    let (webshop, secret) = made.await.unwrap();
    let caller_of = async |path: &str, secret: &str| {
        // It is read alone, and not posted to.
        let (call, status) = match path {
            "/api/v1/security" => (app.post(path), 405),
            _ => (app.get(path), 404),
        };
        let answer = call.key(secret).send().await.expect(status);
        let id = answer.header("x-request-id");
        let calls = listed(&app, &key, &format!("/api/v1/requests?q=request:{id}")).await;
        // A call is written after what the security log hears of it.
        let path = format!("/api/v1/security?q=request:{id}");
        let told = app.get(&path).key(&key).send().await.expect(200);
        assert_eq!(told.json()["items"], json!([]));
        calls[0]["actor"].clone()
    };
    for path in [
        "/api/v1/nowhere",
        "/api/nowhere",
        "/nowhere",
        "/api/v1/security",
    ] {
        let caller = caller_of(path, &secret).await;
        assert_eq!(caller["name"], "webshop", "{path}");
        assert_eq!(caller["type"], "api_key", "{path}");
    }
    for wrong in ["st_unknown", "hunter2"] {
        let caller = caller_of("/api/v1/nowhere", wrong).await;
        assert_eq!(caller["type"], "system", "{wrong}");
    }
    let keys = app.storage.list_keys(&scope).await.unwrap();
    let webshop = keys.iter().find(|key| key.id == webshop.id).unwrap();
    assert_eq!(webshop.last_used_at, None, "it was no use");
}

#[tokio::test]
async fn a_key_that_calls_too_fast_is_told_to_come_back_and_nothing_is_half_done() {
    let app = App::start_with(&[("STORETRAIL_CALLS_PER_SECOND", "1")]).await;
    let (fast, other) = (app.key(Role::Admin).await, app.key(Role::Admin).await);
    let record = async |key: &str| {
        let entry = json!({"action": "stock.adjusted"});
        let call = app.post("/api/v1/activities").key(key).json(&entry);
        call.send().await
    };
    let mut recorded = 0;
    let refused = loop {
        let answer = record(&fast).await;
        if answer.status == 429 {
            break answer;
        }
        answer.expect(201);
        recorded += 1;
        assert!(recorded < 200, "never refused");
    };
    assert!(recorded >= 5, "what was saved up may be used at once");
    assert_eq!(refused.header("retry-after"), "1");
    refused.expect_problem(429, "rate_limited");
    record(&other).await.expect(201);
    recorded += 1;

    // People read without such a limit.
    let person = app.person(Role::SuperAdmin).await;
    let read = async |path: &str| app.get(path).person(&person).send().await.expect(200);
    let found = read("/api/v1/activities?q=action:stock.adjusted").await;
    assert_eq!(found.json()["items"].as_array().unwrap().len(), recorded);
    let told = read("/metrics").await.text();
    assert!(told.contains("storetrail_calls_refused_total"), "{told}");
    let mut events = Vec::new();
    for _ in 0..200 {
        let answer = read("/api/v1/security?q=event:rate.limited").await;
        events = answer.json()["items"].as_array().unwrap().clone();
        if !events.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(events[0]["reason"], "too_many_calls");
    assert_eq!(events[0]["subject"]["id"], "POST /api/v1/activities");
}

/// Changes the schema past all rules.
async fn alter(app: &App, text: &'static str) {
    let mut connection = sqlx::SqliteConnection::connect(&app.database_url)
        .await
        .unwrap();
    sqlx::query(text).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn that_calls_are_missing_is_told_on_the_page_and_to_nobody_else() {
    let app = App::start().await;
    let owner = app.person(Role::SuperAdmin).await;
    let missing = async || {
        let call = app.post("/fn/requests/missing").person(&owner).form(&[]);
        call.send().await.expect(200).json()
    };
    assert_eq!(missing().await, Value::Null);
    let page = app.get("/requests").person(&owner).send().await.expect(200);
    assert!(!page.text().contains("not kept since"));

    alter(&app, "ALTER TABLE request_entry RENAME TO kept_apart").await;
    let mut told = Value::Null;
    for _ in 0..200 {
        told = missing().await;
        if !told.is_null() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(told["unwritten"].as_u64() > Some(0), "{told}");
    assert_eq!(told["crowded"], 0);
    alter(&app, "ALTER TABLE kept_apart RENAME TO request_entry").await;
    let page = app.get("/requests").person(&owner).send().await.expect(200);
    let text = page.text();
    assert!(text.contains("not kept since 20 Nov"), "{text}");
    assert!(
        text.contains("because the log could not be written"),
        "{text}"
    );
    let manager = app.person(Role::Manager).await;
    let refused = app.post("/fn/requests/missing").person(&manager).form(&[]);
    assert_eq!(refused.send().await.status, 403);
}

#[tokio::test]
async fn a_burst_of_forgeries_is_counted_to_the_last_when_the_server_stops() {
    let app = App::start_with(&[("STORETRAIL_MAIL_HOOK_SECRET", "the-hook-secret")]).await;
    for _ in 0..30 {
        app.post("/hooks/mail/main")
            .header("authorization", "Bearer wrong")
            .body("message/rfc822", "x")
            .send()
            .await;
    }
    app.stop();
    let scope = app.scope().await;
    let filter = app.storage.security_filter(&scope, "event:webhook.forged");
    let filter = filter.unwrap();
    let mut counts = Vec::new();
    for _ in 0..1_000 {
        let page = Page {
            after: None,
            direction: Direction::Newest,
            limit: 100,
        };
        let found = app.storage.list_security(&scope, &filter, page).await;
        counts = found.unwrap().rows.iter().map(|row| row.count).collect();
        if counts.iter().sum::<u32>() == 30 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("not all are counted: {counts:?}");
}

#[tokio::test]
async fn a_call_that_is_open_when_the_server_is_told_to_stop_stands_in_the_log() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let body = r#"{"action":"product.created"}"#;
    let head = format!(
        "POST /api/v1/activities HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         expect: 100-continue\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = TcpStream::connect(app.address).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    // Its body is asked for: the call is open.
    let mut go_on = [0; 25];
    connection.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    app.stop();
    connection.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let scope = app.scope().await;
    let filter = app
        .storage
        .requests_filter(&scope, "route:/api/v1/activities");
    let filter = filter.unwrap();
    for _ in 0..1_000 {
        let page = Page {
            after: None,
            direction: Direction::Newest,
            limit: 10,
        };
        let found = app.storage.list_requests(&scope, &filter, page).await;
        if let [entry] = found.unwrap().rows.as_slice() {
            assert_eq!(entry.status, 201);
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the call is missing");
}
