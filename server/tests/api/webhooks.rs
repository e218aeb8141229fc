//! What shops deliver: proved or refused, kept once, processed, worked off.

use crate::harness::{Answer, App};
use crate::shop_kit::settled;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use domain::Role;
use domain::hook::HookState;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "shpss_0123456789abcdef";

fn signed(key: &[u8], parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    STANDARD.encode(mac.finalize().into_bytes())
}

async fn connect(app: &App, key: &str, path: &str, body: &Value) -> Value {
    let call = app.put(&format!("/api/v1/connections/{path}")).key(key);
    call.json(body).send().await.expect(200).json()
}

async fn shopify(app: &App, topic: &str, event: &str, body: &[u8], secret: &str) -> Answer {
    app.post("/hooks/shopify/linen")
        .header("x-shopify-topic", topic)
        .header("x-shopify-event-id", event)
        .header("x-shopify-hmac-sha256", signed(secret.as_bytes(), &[body]))
        .body("application/json", body.to_vec())
        .send()
        .await
}

async fn read(app: &App, key: &str, path: &str) -> Value {
    app.get(path).key(key).send().await.expect(200).json()
}

async fn listed(app: &App, key: &str, query: &str) -> Vec<Value> {
    let found = read(app, key, &format!("/api/v1/webhooks{query}")).await;
    found["items"].as_array().unwrap().clone()
}

async fn ended(app: &App, answer: Answer) -> (String, HookState) {
    let told = answer.expect(200).json();
    let id = told["webhook"].as_str().unwrap().to_owned();
    let state = settled(&app.storage, &app.scope().await, &id).await;
    (id, state)
}

/// The one field or header that a refusal names, and what is wrong with it.
fn named(problem: &Value) -> (&str, &str) {
    let errors = problem["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{problem}");
    let part = |name: &str| errors[0][name].as_str().unwrap();
    (part("pointer"), part("code"))
}

fn product(price: &str, at: &str) -> Vec<u8> {
    json!({"id": 7, "title": "Linen shirt", "status": "active", "updated_at": at,
        "variants": [{"id": 1, "price": price, "sku": "LS"}]})
    .to_string()
    .into_bytes()
}

#[tokio::test]
async fn a_signed_delivery_is_kept_processed_and_its_repeat_and_lateness_are_said() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    connect(&app, &key, "shopify/linen", &json!({"secret": SECRET})).await;
    let body = product("129.00", "2026-11-20T08:00:00Z");
    let first = shopify(&app, "products/create", "e1", &body, SECRET).await;
    assert_eq!(first.json()["outcome"], "kept");
    let (id, state) = ended(&app, first).await;
    assert_eq!(state, HookState::Done);
    let again = shopify(&app, "products/create", "e1", &body, SECRET)
        .await
        .expect(200);
    assert_eq!(again.json(), json!({"outcome": "repeated", "webhook": id}));
    let newer = product("119.00", "2026-11-20T08:10:00Z");
    ended(
        &app,
        shopify(&app, "products/update", "e2", &newer, SECRET).await,
    )
    .await;
    let older = product("125.00", "2026-11-20T08:05:00Z");
    let (late, _) = ended(
        &app,
        shopify(&app, "products/update", "e3", &older, SECRET).await,
    )
    .await;
    let whole = read(&app, &key, &format!("/api/v1/webhooks/{id}")).await;
    assert_eq!(
        (&whole["repeats"], &whole["result"]),
        (&json!(1), &json!("recorded"))
    );
    assert_eq!(whole["body"], String::from_utf8(body).unwrap());
    assert_eq!(whole["subject"]["id"], "7");
    let late = read(&app, &key, &format!("/api/v1/webhooks/{late}")).await;
    assert_eq!(late["result"], "late");
    let trace = whole["trace_id"].as_str().unwrap();
    let caused = read(&app, &key, &format!("/api/v1/activities?q=trace:{trace}")).await;
    let actions: Vec<&str> = caused["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["action"].as_str().unwrap())
        .collect();
    assert!(
        actions.contains(&"webhook.received") && actions.contains(&"product.created"),
        "{actions:?}"
    );
    assert_eq!(
        listed(
            &app,
            &key,
            "?state=done&topic=products/update&connection=linen"
        )
        .await
        .len(),
        2
    );
}

#[tokio::test]
async fn a_forged_delivery_is_refused_kept_nowhere_and_told_to_the_security_log() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    connect(&app, &key, "shopify/linen", &json!({"secret": SECRET})).await;
    let forged = shopify(&app, "products/create", "e1", b"{}", "another").await;
    let hmac = "x-shopify-hmac-sha256";
    let forged = forged.expect_problem(401, "unauthenticated");
    assert_eq!(named(&forged), (hmac, "contradiction"));
    let unsigned = app
        .post("/hooks/shopify/linen")
        .body("application/json", "{}")
        .send()
        .await;
    let unsigned = unsigned.expect_problem(401, "unauthenticated");
    assert_eq!(named(&unsigned), (hmac, "required"));
    let nowhere = app
        .post("/hooks/shopify/wool")
        .body("application/json", "{}")
        .send()
        .await;
    nowhere.expect_problem(404, "not_found");
    let other = app
        .post("/hooks/standard/linen")
        .body("application/json", "{}")
        .send()
        .await;
    other.expect_problem(404, "not_found");
    assert!(listed(&app, &key, "").await.is_empty());
    for _ in 0..200 {
        let log = read(&app, &key, "/api/v1/security?q=event:webhook.forged").await;
        if let Some(event) = log["items"].as_array().unwrap().first() {
            assert_eq!(event["outcome"], "denied");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the security log tells nothing");
}

#[tokio::test]
async fn broken_unknown_and_huge_bodies_are_answered_plainly_and_never_tried_for_ever() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    connect(&app, &key, "shopify/linen", &json!({"secret": SECRET})).await;
    let (broken, state) = ended(
        &app,
        shopify(&app, "orders/create", "e1", b"{\"id\": ", SECRET).await,
    )
    .await;
    assert_eq!(state, HookState::Dead);
    let whole = read(&app, &key, &format!("/api/v1/webhooks/{broken}")).await;
    assert_eq!(
        (&whole["cause"], &whole["due_at"]),
        (&json!("invalid_data"), &Value::Null)
    );
    let words = whole["error"].as_str().unwrap();
    assert!(words.contains("not JSON"), "{words}");
    let (unknown, state) = ended(
        &app,
        shopify(&app, "themes/publish", "e2", b"{\"id\": 1}", SECRET).await,
    )
    .await;
    assert_eq!(state, HookState::Done);
    let whole = read(&app, &key, &format!("/api/v1/webhooks/{unknown}")).await;
    assert_eq!(whole["result"], "not_understood");
    let huge = vec![b' '; domain::hook::MAX_BODY_BYTES + 1];
    shopify(&app, "orders/create", "e3", &huge, SECRET)
        .await
        .expect(413);
    let topicless = app
        .post("/hooks/shopify/linen")
        .header("x-shopify-hmac-sha256", signed(SECRET.as_bytes(), &[b"{}"]));
    let topicless = topicless.body("application/json", "{}").send().await;
    topicless.expect_problem(422, "invalid_fields");
    assert_eq!(listed(&app, &key, "").await.len(), 2);
}

#[tokio::test]
async fn standard_webhooks_are_bound_to_their_time_and_join_the_senders_trace() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let made = connect(&app, &key, "standard/own", &json!({})).await;
    let secret = made["secret"].as_str().unwrap();
    let bytes = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let body = json!({"type": "product.updated", "timestamp": "2026-11-20T08:59:00Z", "data": {
        "subject": {"type": "product", "id": "p_1"}, "changes": [{"field": "price", "before": 1, "after": 2}],
        "trace_id": "shop-trace-1"}})
    .to_string();
    let call = |id: &'static str, at: i64| {
        let at = at.to_string();
        let signature = signed(
            &bytes,
            &[id.as_bytes(), b".", at.as_bytes(), b".", body.as_bytes()],
        );
        app.post("/hooks/standard/own")
            .header("webhook-id", id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", format!("v1,{signature}"))
            .body("application/json", body.clone())
            .send()
    };
    let now = app.clock.now().timestamp();
    let (_, state) = ended(&app, call("msg_1", now).await).await;
    assert_eq!(state, HookState::Done);
    let replayed = call("msg_1", now).await.expect(200);
    assert_eq!(replayed.json()["outcome"], "repeated");
    let old = call("msg_2", now - 301).await;
    let old = old.expect_problem(401, "unauthenticated");
    assert_eq!(named(&old), ("webhook-timestamp", "out_of_range"));
    app.clock.advance(TimeDelta::minutes(6));
    call("msg_1", now)
        .await
        .expect_problem(401, "unauthenticated");
    let caused = read(&app, &key, "/api/v1/activities?q=trace:shop-trace-1").await;
    assert_eq!(caused["items"].as_array().unwrap().len(), 2);
    // The secret is told once.
    let list = app
        .get("/api/v1/connections")
        .key(&key)
        .send()
        .await
        .expect(200);
    assert!(!list.text().contains(secret));
    assert_eq!(list.json()["items"][0]["secret"], Value::Null);
    let kept = connect(&app, &key, "standard/own", &json!({"is_enabled": true})).await;
    assert_eq!(kept["secret"], Value::Null);
    let anew = connect(&app, &key, "standard/own", &json!({"new_secret": true})).await;
    assert_ne!(anew["secret"], made["secret"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_put_several_times_at_once_is_made_once_and_keeps_its_secret() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let (none, brought) = (json!({}), json!({"secret": SECRET}));
    let put = || connect(&app, &key, "standard/own", &none);
    let (a, b, c, d, e) = tokio::join!(put(), put(), put(), put(), put());
    let answers = [a, b, c, d, e];
    let secrets: Vec<&str> = answers
        .iter()
        .filter_map(|a| a["secret"].as_str())
        .collect();
    assert_eq!(secrets.len(), 1, "the one that made it is told the secret");
    assert!(
        answers
            .iter()
            .all(|answer| answer["id"] == answers[0]["id"])
    );
    let bytes = STANDARD
        .decode(secrets[0].strip_prefix("whsec_").unwrap())
        .unwrap();
    let at = app.clock.now().timestamp().to_string();
    let body = r#"{"type": "product.updated", "data": {}}"#;
    let parts: [&[u8]; 4] = [b"m.", at.as_bytes(), b".", body.as_bytes()];
    let call = app
        .post("/hooks/standard/own")
        .header("webhook-id", "m")
        .header("webhook-timestamp", at.clone())
        .header(
            "webhook-signature",
            format!("v1,{}", signed(&bytes, &parts)),
        );
    call.body("application/json", body).send().await.expect(200);
    let put = || connect(&app, &key, "shopify/linen", &brought);
    tokio::join!(put(), put(), put(), put(), put());
    let sent = shopify(&app, "products/create", "e1", b"{\"id\": 1}", SECRET).await;
    sent.expect(200);
}

#[tokio::test]
async fn a_secret_is_brought_or_made_and_not_both() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let both = json!({"secret": SECRET, "new_secret": true});
    let call = app.put("/api/v1/connections/woocommerce/linen").key(&key);
    let refused = call.json(&both).send().await;
    let refused = refused.expect_problem(422, "invalid_fields");
    assert_eq!(named(&refused), ("/new_secret", "contradiction"));
    let one = json!({"secret": SECRET, "new_secret": false});
    let made = connect(&app, &key, "woocommerce/linen", &one).await;
    assert_eq!(made["secret"], Value::Null);
}

#[tokio::test]
async fn a_body_with_a_field_of_another_type_waits_for_a_person_and_names_it() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    connect(&app, &key, "shopify/linen", &json!({"secret": SECRET})).await;
    let body = json!({"id": 7, "title": "Linen shirt", "variants": "one"}).to_string();
    let sent = shopify(&app, "products/create", "e1", body.as_bytes(), SECRET).await;
    let (id, state) = ended(&app, sent).await;
    assert_eq!(state, HookState::Dead);
    let path = format!("/api/v1/webhooks/{id}");
    let whole = read(&app, &key, &path).await;
    assert_eq!(
        (&whole["cause"], &whole["body"]),
        (&json!("invalid_data"), &json!(body))
    );
    let words = whole["error"].as_str().unwrap();
    assert!(words.starts_with("/variants: "), "{words}");
    let mended = product("1.00", "2026-11-20T08:00:00Z");
    let mended = json!({"body": String::from_utf8(mended).unwrap()});
    let edited = app.put(&format!("{path}/body")).key(&key).json(&mended);
    edited.send().await.expect(200);
    let again = app.post(&format!("{path}/retry")).key(&key).send().await;
    again.expect(200);
    let state = settled(&app.storage, &app.scope().await, &id).await;
    assert_eq!(state, HookState::Done);
}

#[tokio::test]
async fn woocommerces_ping_is_answered_and_believed_nothing() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let made = connect(&app, &key, "woocommerce/linen", &json!({})).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    let ping = app
        .post("/hooks/woocommerce/linen")
        .form(&[("webhook_id", "17")])
        .send()
        .await;
    assert_eq!(ping.expect(200).json()["outcome"], "pinged");
    assert!(listed(&app, &key, "").await.is_empty());
    let body = json!({"id": 719, "code": "summer10", "amount": "10.00"}).to_string();
    let call = app
        .post("/hooks/woocommerce/linen")
        .header("x-wc-webhook-topic", "coupon.created")
        .header("x-wc-webhook-delivery-id", "d1")
        .header(
            "x-wc-webhook-signature",
            signed(secret.as_bytes(), &[body.as_bytes()]),
        );
    let (_, state) = ended(&app, call.body("application/json", body).send().await).await;
    assert_eq!(state, HookState::Done);
}

#[tokio::test]
async fn what_failed_is_edited_retried_and_discarded() {
    let app = App::start().await;
    let key = app.key(Role::Manager).await;
    let admin = app.key(Role::Admin).await;
    connect(&app, &admin, "shopify/linen", &json!({"secret": SECRET})).await;
    let (id, _) = ended(
        &app,
        shopify(&app, "products/create", "e1", b"{", SECRET).await,
    )
    .await;
    let path = format!("/api/v1/webhooks/{id}");
    let wrong = app
        .put(&format!("{path}/body"))
        .key(&key)
        .json(&json!({"body": "{"}))
        .send()
        .await;
    wrong.expect_problem(422, "invalid_fields");
    let body = String::from_utf8(product("1.00", "2026-11-20T08:00:00Z")).unwrap();
    let edited = app
        .put(&format!("{path}/body"))
        .key(&key)
        .json(&json!({"body": body}))
        .send()
        .await;
    assert_eq!(edited.expect(200).json()["state"], "dead");
    let again = app
        .post(&format!("{path}/retry"))
        .key(&key)
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(again["id"], *id);
    assert_eq!(
        settled(&app.storage, &app.scope().await, &id).await,
        HookState::Done
    );
    let whole = read(&app, &key, &path).await;
    assert_eq!(
        (&whole["body"], &whole["edited"]),
        (&json!("{"), &json!(body))
    );
    app.post(&format!("{path}/retry"))
        .key(&key)
        .send()
        .await
        .expect_problem(409, "conflict");
    app.post(&format!("{path}/discard"))
        .key(&key)
        .send()
        .await
        .expect_problem(409, "conflict");
    let (id, _) = ended(
        &app,
        shopify(&app, "products/create", "e2", b"{", SECRET).await,
    )
    .await;
    let path = format!("/api/v1/webhooks/{id}/discard");
    let discarded = app.post(&path).key(&key).send().await.expect(200).json();
    assert_eq!(discarded["state"], "discarded");
    assert_eq!(listed(&app, &key, "?state=dead").await, Vec::<Value>::new());
}

#[tokio::test]
async fn the_socket_tells_of_deliveries_to_those_who_may_see_them() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    connect(&app, &key, "shopify/linen", &json!({"secret": SECRET})).await;
    let manager = app.person(Role::Manager).await;
    let mut socket = app.socket(&manager).await;
    socket
        .say(&json!({"type": "follow", "topic": "webhooks", "q": ""}))
        .await;
    assert_eq!(socket.hear().await["type"], "hello");
    let body = product("1.00", "2026-11-20T08:00:00Z");
    let (id, _) = ended(
        &app,
        shopify(&app, "products/create", "e1", &body, SECRET).await,
    )
    .await;
    loop {
        let told = socket.hear().await;
        assert_eq!(
            (&told["type"], &told["row"]["id"]),
            (&json!("webhook"), &json!(id))
        );
        if told["row"]["state"] == "done" {
            break;
        }
    }
    let auditor = app.person(Role::Auditor).await;
    let mut socket = app.socket(&auditor).await;
    socket
        .say(&json!({"type": "follow", "topic": "webhooks", "q": ""}))
        .await;
    assert_eq!(socket.hear().await["problem"]["code"], "forbidden");
}
