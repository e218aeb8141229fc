//! Bulk operations over the API, and their revert through a bridge that checks, fails and forgets.

use crate::harness::App;
use crate::v1_calls::{Api, Call, get, post};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post as answer_post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Role;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Calls that are given every answer that the document announces for operations.
pub fn every_answer(large: &str) -> Vec<(Role, Call)> {
    let path = |id: &str, part: &str| format!("/operations/{id}{part}");
    let item = price("p_1", 2, 1);
    let open = |id: &str| json!({"id": id, "name": id, "controls": ["pause"]});
    let mut calls = ["a", "b", "c"]
        .map(|id| post("/operations").json(&open(id)))
        .to_vec();
    calls.push(post("/operations").json(&json!({"id": "a", "name": "another"})));
    calls.push(post("/operations").json(&json!({"id": "d", "name": "d"})));
    calls.extend(["", "?after=x", "?x"].map(|query| get(&format!("/operations{query}"))));
    for part in ["", "/items"] {
        calls.extend(["a", "none"].map(|id| get(&path(id, part))));
        calls.extend(["?x", "?after=x"].map(|query| get(&path("a", &format!("{part}{query}")))));
    }
    let parts = [
        ("/items", item.clone(), price("p_1", 2, 3)),
        (
            "/ask",
            json!({"control": "pause"}),
            json!({"control": "cancel"}),
        ),
        ("/progress", json!({"state": "running"}), json!({})),
        ("/revert", json!({}), json!({})),
        ("/complete", json!({}), json!({})),
        ("/fail", json!({"error": "503"}), json!({})),
        (
            "/revert/conflicts",
            json!({"as_of": 1_i64 << 50}),
            json!({"as_of": 1_i64 << 50, "after": "x"}),
        ),
    ];
    for (part, body, other) in &parts {
        let of = |id: &str| post(&path(id, part));
        calls.push(of("none").json(body));
        calls.push(of("a").json(body));
        calls.push(of("a").json(other));
        calls.push(of("b").json(&json!({"x": 1})));
        calls.push(of("b").body("application/json", "{"));
        calls.push(of("b").body("text/plain", "{}"));
        calls.push(of("b").body("application/json", large.to_owned()));
    }
    let wrong = post("/operations");
    calls.push(wrong.clone().json(&json!({"x": 1})));
    calls.push(wrong.clone().body("application/json", "{"));
    calls.push(wrong.clone().body("text/plain", "{}"));
    calls.push(wrong.body("application/json", large.to_owned()));
    // `a` is completed by now, `c` fails: what can't follow is refused.
    for (id, part) in [("a", 5), ("c", 5), ("c", 4), ("a", 2), ("a", 3)] {
        let (part, body, _) = &parts[part];
        calls.push(post(&path(id, part)).json(body));
    }
    // It has not ended.
    calls.push(post(&path("b", "/revert/conflicts")).json(&parts[6].1));
    let unknown = json!({"dry_run": false, "as_of": 1_i64 << 50});
    calls.push(post("/operations/a/revert").json(&unknown));
    let mut calls: Vec<_> = calls.into_iter().map(|call| (Role::Admin, call)).collect();
    calls.push((Role::Auditor, post("/operations").json(&open("e"))));
    for (part, body, _) in &parts {
        calls.push((Role::Auditor, post(&path("b", part)).json(body)));
    }
    for place in ["/operations", "/operations/a", "/operations/a/items"] {
        calls.push((Role::StoreKeeper, get(place)));
    }
    calls
}

/// A shop behind a bridge.
#[derive(Default)]
pub struct Shop {
    /// What the fields of its products hold.
    pub values: BTreeMap<(String, String), Value>,
    /// Whether its bridge tells what a changed item holds.
    pub tells_now: bool,
    /// What it answers to its next calls instead of doing them.
    refusals: Vec<u16>,
    /// How many items of its next call it acknowledges; all when none.
    forgets_after: Option<usize>,
    batches: Vec<String>,
    writes: BTreeMap<(String, String), u32>,
}

/// The shop, as its bridge and a test reach it.
pub type Bridge = Arc<Mutex<Shop>>;

/// A bridge: its address, and the shop behind it.
pub async fn bridge() -> (String, Bridge) {
    let shop = Bridge::default();
    let router = Router::new()
        .route("/bridge", answer_post(apply))
        .with_state(shop.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/bridge", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, shop)
}

async fn apply(State(shop): State<Bridge>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let key = STANDARD
        .decode(SECRET.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(&body);
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(header("webhook-signature"), signature);
    let mut shop = shop.lock().unwrap();
    shop.batches.push(id.clone());
    if !shop.refusals.is_empty() {
        let status = shop.refusals.remove(0);
        let retry = [("retry-after", "1")];
        return (StatusCode::from_u16(status).unwrap(), retry).into_response();
    }
    let sent: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(sent["type"], "operation.revert");
    assert_eq!(sent["data"]["batch"], id);
    let items = sent["data"]["items"].as_array().unwrap();
    let most = shop.forgets_after.take().unwrap_or(items.len());
    let mut answers = Vec::new();
    for item in items.iter().take(most) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let key = (text(&item["subject"]["id"]), text(&item["field"]));
        let outcome = match shop.values.get(&key) {
            None => "missing",
            Some(now) if *now == item["value"] => "already",
            Some(now) if *now != item["expected"] => "changed",
            Some(_) => {
                shop.values.insert(key.clone(), item["value"].clone());
                *shop.writes.entry(key.clone()).or_default() += 1;
                "done"
            }
        };
        let mut answer = json!({"id": item["id"], "outcome": outcome});
        if outcome == "changed" && shop.tells_now {
            answer["now"] = shop.values[&key].clone();
        }
        answers.push(answer);
    }
    answers.push(json!({"id": 999_999, "outcome": "done"}));
    axum::Json(json!({ "items": answers })).into_response()
}

/// A server that takes operations back through the bridge at an address.
pub async fn start(url: &str) -> Api {
    let settings = [
        ("STORETRAIL_BRIDGE_URL", url),
        ("STORETRAIL_WEBHOOK_SECRET", SECRET),
        ("STORETRAIL_WEBHOOK_NETWORKS", "127.0.0.0/8"),
    ];
    Api::of(App::start_with(&settings).await).await
}

fn price(product: &str, before: u32, after: u32) -> Value {
    json!({"subject": {"type": "product", "id": product}, "field": "price", "before": before, "after": after})
}

/// An operation that lowered the prices of so many products.
pub async fn sale(api: &Api, shop: &Bridge, id: &str, count: u32) {
    let open = json!({"id": id, "name": "Sale", "total": count});
    api.admin(post("/operations").json(&open)).await.is(201);
    let mut items = Vec::new();
    for n in 0..count {
        let product = format!("p_{n}");
        items.push(price(&product, 100 + n, 80));
        let key = (product, "price".to_owned());
        shop.lock().unwrap().values.insert(key, json!(80));
    }
    let path = format!("/operations/{id}/items");
    api.admin(post(&path).json(&json!(items))).await.is(201);
    let path = format!("/operations/{id}/complete");
    api.admin(post(&path).json(&json!({}))).await.is(200);
}

/// The operation, once it has ended.
pub async fn ended(api: &Api, id: &str) -> Value {
    for _ in 0..600 {
        let found = api.admin(get(&format!("/operations/{id}"))).await;
        let found = found.is(200).json();
        if !found["ended_at"].is_null() {
            return found;
        }
        // The revert waits for what a refusal asked it to wait.
        api.app.clock.advance(chrono::TimeDelta::seconds(1));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{id} does not end");
}

/// Takes an operation back as its dry run says; gives the revert, which has just begun.
pub async fn revert(api: &Api, id: &str, conflicts: &str) -> Value {
    let path = format!("/operations/{id}/revert");
    let dry = json!({ "conflicts": conflicts });
    let run = api.admin(post(&path).json(&dry)).await.is(200).json();
    let real = json!({"dry_run": false, "conflicts": conflicts, "as_of": run["as_of"]});
    let started = api.admin(post(&path).json(&real)).await.is(201);
    let place = started.header("location").to_owned();
    let started = started.json();
    assert_eq!(
        place,
        format!("/api/v1/operations/{}", started["id"].as_str().unwrap())
    );
    started
}

#[tokio::test]
async fn an_operation_is_told_and_read() {
    let api = Api::start().await;
    let open = json!({"id": "sale", "name": "Winter sale", "total": 3, "controls": ["pause"]});
    let opened = api.admin(post("/operations").json(&open)).await.is(201);
    assert_eq!(opened.header("location"), "/api/v1/operations/sale");
    let again = api.admin(post("/operations").json(&open)).await.is(201);
    assert_eq!(again.json(), opened.json());
    let items = json!([
        price("p_1", 120, 96),
        {"subject": {"type": "product", "id": "p_1"}, "field": "tags", "before": [], "after": ["sale"]},
        {"subject": {"type": "product", "id": "p_2"}, "field": "price", "before": 9, "error": "price below cost 9.50"},
    ]);
    let path = "/operations/sale/items";
    let told = api.admin(post(path).json(&items)).await.is(201);
    assert_eq!(told.json(), json!({"recorded": 3}));
    let told = api.admin(post(path).json(&items)).await.is(201);
    assert_eq!(told.json(), json!({"recorded": 0}));
    let wish = json!({"control": "pause"});
    let asked = api.admin(post("/operations/sale/ask").json(&wish)).await;
    assert_eq!(asked.is(200).json()["asked"], "pause");
    let told = api.admin(post(path).json(&items)).await.is(201);
    assert_eq!(told.header("storetrail-asked"), "pause");
    let paused = json!({"state": "paused", "reason": "as asked"});
    let paused = api.admin(post("/operations/sale/progress").json(&paused));
    assert_eq!(paused.await.is(200).json()["state"], "paused");
    let done = api.admin(post("/operations/sale/complete").json(&json!({})));
    assert_eq!(done.await.is(200).json()["state"], "completed");

    let found = api.admin(get("/operations/sale")).await.is(200).json();
    assert_eq!(
        (&found["changed"], &found["failed"]),
        (&json!(2), &json!(1))
    );
    let cause = found["causes"][0]["id"].as_str().unwrap().to_owned();
    let failed = api.admin(get(&format!("{path}?cause={cause}"))).await;
    assert_eq!(failed.is(200).json()["items"][0]["subject"]["id"], "p_2");
    let page = api
        .admin(get(&format!("{path}?limit=2")))
        .await
        .is(200)
        .json();
    let next = page["next"].as_str().unwrap();
    let rest = api
        .admin(get(&format!("{path}?limit=2&after={next}")))
        .await;
    assert_eq!(rest.is(200).json()["items"].as_array().unwrap().len(), 1);
    let list = api.admin(get("/operations?tab=bulk_operations")).await;
    assert_eq!(list.is(200).json()["items"][0]["id"], "sale");
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let api = Api::start().await;
    let open = json!({"id": "a b", "kind": "revert", "total": -1, "colour": 1});
    let refused = api.admin(post("/operations").json(&open)).await.is(422);
    let pointers: BTreeSet<String> = refused.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["pointer"].as_str().unwrap().to_owned())
        .collect();
    let expected = ["/id", "/kind", "/total", "/colour", "/name"];
    assert_eq!(pointers, expected.map(str::to_owned).into());
    let open = json!({"id": "sale", "name": "Sale", "total": 2});
    api.admin(post("/operations").json(&open)).await.is(201);
    let items = "/operations/sale/items";
    let wrong = json!([{"subject": {"type": "product"}, "outcome": "perhaps"}, price("p_1", 1, 2)]);
    let refused = api.admin(post(items).json(&wrong)).await.is(422).json();
    assert_eq!(refused["errors"][0]["pointer"], "/0/subject/id");
    let many: Vec<Value> = (0..1_001).map(|n| price(&format!("p_{n}"), 2, 1)).collect();
    api.admin(post(items).json(&json!(many))).await.is(413);
    api.admin(post(items).json(&price("p_1", 1, 2)))
        .await
        .is(201);
    api.admin(post(items).json(&price("p_1", 1, 3)))
        .await
        .is(409);
    let complete = |body: Value| api.admin(post("/operations/sale/complete").json(&body));
    complete(json!({})).await.is(409);
    let done = complete(json!({"total": 1})).await.is(200).json();
    assert_eq!(
        (&done["planned"], &done["total"], &done["changed"]),
        (&json!(2), &json!(1), &json!(1))
    );
    let refused = json!({"subject": {"type": "product", "id": "p_3"}, "field": "price", "before": 2, "after": 1, "outcome": "unchanged"});
    let refused = api.admin(post(items).json(&refused)).await.is(422).json();
    assert_eq!(refused["errors"][0]["pointer"], "/outcome");
    api.admin(post(items).json(&price("p_2", 1, 2)))
        .await
        .is(409);
    api.admin(post("/operations/none/items").json(&price("p_2", 1, 2)))
        .await
        .is(404);
    let revert = json!({"dry_run": false, "as_of": 1});
    // Nowhere to write to.
    let refused = api
        .admin(post("/operations/sale/revert").json(&revert))
        .await;
    assert_eq!(refused.is(409).code(), "conflict");
}

#[tokio::test]
async fn a_source_is_told_only_where_calls_may_go() {
    let api = Api::start().await;
    let open = async |url: &str| {
        let open = json!({"id": "a", "name": "A", "controls": ["pause"], "control_url": url});
        api.admin(post("/operations").json(&open)).await
    };
    for url in ["http://10.1.1.1:4706/x", "http://localhost/x"] {
        let refused = open(url).await.is(422).json();
        assert_eq!(refused["errors"][0]["pointer"], "/control_url", "{url}");
    }
    open("https://shop.example/x").await.is(201);
}

#[tokio::test]
async fn what_failed_is_tried_again_where_it_ran_and_one_trace_holds_it() {
    let api = Api::start().await;
    let open = json!({"id": "sale", "name": "Sale", "controls": ["retry"], "trace_id": "t-1"});
    api.admin(post("/operations").json(&open)).await.is(201);
    let again = json!({"id": "again", "name": "Sale again", "retries": "sale", "trace_id": "t-1"});
    let open_again = || api.admin(post("/operations").json(&again));
    let ask = || api.admin(post("/operations/sale/ask").json(&json!({"control": "retry"})));
    let complete = |body: Value| api.admin(post("/operations/sale/complete").json(&body));
    let failed = json!({"subject": {"type": "product", "id": "p_1"}, "field": "price", "before": 2, "error": "503"});
    let send = || api.admin(post("/operations/sale/items").json(&failed));
    send().await.is(201);
    ask().await.is(409);
    let early = open_again().await.is(409).json();
    assert_eq!(early["errors"][0]["pointer"], "/retries", "{early}");
    let wrong = complete(json!({"total": 2})).await.is(409).json();
    assert_eq!(wrong["errors"][0]["pointer"], "/total", "{wrong}");
    let told = wrong["errors"][0]["detail"].as_str().unwrap();
    assert!(told.starts_with("you say 2, but 1 item came"), "{told}");
    for body in [json!({}), json!({}), json!({"total": 1})] {
        complete(body).await.is(200);
    }
    let late = complete(json!({"total": 2})).await.is(409).json();
    assert_eq!(late["errors"][0]["pointer"], "/total", "{late}");

    assert_eq!(ask().await.is(200).json()["asked"], "retry");
    assert_eq!(send().await.is(201).header("storetrail-asked"), "retry");
    let opened = open_again().await.is(201).json();
    assert_eq!(open_again().await.is(201).json(), opened);
    let found = api.admin(get("/operations/sale")).await.is(200).json();
    assert_eq!(
        (&found["asked"], &found["retried_by"], &found["trace_id"]),
        (&Value::Null, &json!("again"), &json!("t-1"))
    );
    assert_eq!(found["trail"][0]["step"], "retried");
    let found = api.admin(get("/operations/again")).await.is(200).json();
    assert_eq!(found["retries"], "sale");
    // Two starts and an end.
    let count = api.admin(get("/activities/count?q=trace:t-1")).await;
    assert_eq!(count.is(200).json()["count"], 3);
    let missing = json!({"id": "other", "name": "Sale again", "retries": "none"});
    let refused = api.admin(post("/operations").json(&missing)).await.is(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/retries");
}

#[tokio::test]
async fn a_key_opens_one_operation_however_often_it_is_sent() {
    let api = Api::start().await;
    let open = json!({"name": "Sale"});
    let call = || {
        post("/operations")
            .json(&open)
            .header("idempotency-key", "k-1")
    };
    let first = api.admin(call()).await.is(201);
    let second = api.admin(call()).await.is(201);
    assert_eq!(first.json(), second.json());
    assert_eq!(second.header("idempotency-replayed"), "true");
    let list = api.admin(get("/operations")).await.is(200).json();
    assert_eq!(list["running"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_revert_goes_through_the_bridge_whatever_the_bridge_does() {
    let (url, shop) = bridge().await;
    let api = start(&url).await;
    sale(&api, &shop, "sale", 150).await;
    {
        let mut shop = shop.lock().unwrap();
        shop.refusals = vec![503, 429];
        shop.forgets_after = Some(30);
        // Changed and deleted in the shop, and nobody has told.
        shop.values
            .insert(("p_7".to_owned(), "price".to_owned()), json!(77));
        shop.values.remove(&("p_8".to_owned(), "price".to_owned()));
    }
    let revert = revert(&api, "sale", "keep").await;
    let found = ended(&api, revert["id"].as_str().unwrap()).await;
    assert_eq!(found["state"], "completed", "{found:#}");
    assert_eq!(
        (&found["changed"], &found["failed"]),
        (&json!(148), &json!(2))
    );
    let shop = shop.lock().unwrap();
    for n in 0..150_u32 {
        let key = (format!("p_{n}"), "price".to_owned());
        match n {
            7 => assert_eq!(shop.values[&key], json!(77)),
            8 => assert!(!shop.values.contains_key(&key)),
            _ => assert_eq!(shop.values[&key], json!(100 + n)),
        }
    }
    assert!(shop.writes.values().all(|writes| *writes == 1));
    // What was refused or forgotten came again under its own id.
    assert!(shop.batches.len() >= 5, "{:?}", shop.batches);
    let ids: BTreeSet<&String> = shop.batches.iter().collect();
    assert_eq!(ids.len(), 2, "{:?}", shop.batches);
    let trail = found["trail"].as_array().unwrap();
    assert!(
        trail
            .iter()
            .any(|step| step["reason"].as_str().is_some_and(|r| r.contains("503")))
    );
}

#[tokio::test]
async fn a_revert_can_be_reverted() {
    let (url, shop) = bridge().await;
    let api = start(&url).await;
    sale(&api, &shop, "sale", 3).await;
    let first = revert(&api, "sale", "keep").await;
    ended(&api, first["id"].as_str().unwrap()).await;
    let second = revert(&api, first["id"].as_str().unwrap(), "keep").await;
    ended(&api, second["id"].as_str().unwrap()).await;
    let values: Vec<Value> = shop.lock().unwrap().values.values().cloned().collect();
    assert!(values.iter().all(|price| *price == json!(80)), "{values:?}");
    let found = api.admin(get("/operations/sale")).await.is(200).json();
    assert_eq!(found["reverted_by"], first["id"]);
    for role in [Role::StoreKeeper, Role::Staff, Role::Auditor] {
        let call = post("/operations/sale/revert").json(&json!({}));
        api.send(role, call).await.is(403);
    }
}

#[tokio::test]
async fn a_part_is_taken_back_and_what_failed_once_more() {
    let (url, shop) = bridge().await;
    let api = start(&url).await;
    sale(&api, &shop, "sale", 5).await;
    // Somebody edits in the shop, and nobody tells.
    let edited = ("p_1".to_owned(), "price".to_owned());
    shop.lock()
        .unwrap()
        .values
        .insert(edited.clone(), json!(77));
    let path = "/operations/sale/revert";
    let dry = |part: Value| api.admin(post(path).json(&part));
    let run = dry(json!({"only": [1, 2, 3]})).await.is(200).json();
    assert_eq!((&run["restored"], &run["next"]), (&json!(3), &Value::Null));
    let rest = dry(json!({"without": [1]})).await.is(200).json();
    assert_eq!(rest["restored"], 4);
    let real = json!({"dry_run": false, "as_of": run["as_of"], "only": [1, 2, 3]});
    let first = api.admin(post(path).json(&real)).await.is(201).json();
    let first = ended(&api, first["id"].as_str().unwrap()).await;
    assert_eq!(
        (&first["changed"], &first["failed"]),
        (&json!(2), &json!(1))
    );

    // It is as the operation left it by now.
    shop.lock()
        .unwrap()
        .values
        .insert(edited.clone(), json!(80));
    let failed = json!({"failed_of": first["id"]});
    let run = dry(failed).await.is(200).json();
    assert_eq!(run["restored"], 1, "{run:#}");
    let real = json!({"dry_run": false, "as_of": run["as_of"], "failed_of": first["id"]});
    let second = api.admin(post(path).json(&real)).await.is(201).json();
    let second = ended(&api, second["id"].as_str().unwrap()).await;
    assert_eq!(second["changed"], 1);
    {
        let shop = shop.lock().unwrap();
        assert_eq!(shop.values[&edited], json!(101));
        for (n, price) in [(3, 80), (4, 80)] {
            let key = (format!("p_{n}"), "price".to_owned());
            assert_eq!(shop.values[&key], json!(price), "nobody asked for {n}");
        }
    }
    let unknown = dry(json!({"failed_of": "sale"})).await.is(422).json();
    assert_eq!(unknown["errors"][0]["pointer"], "/failed_of");
}

#[tokio::test]
async fn conflicts_are_read_page_by_page() {
    let (url, shop) = bridge().await;
    let api = start(&url).await;
    sale(&api, &shop, "sale", 3).await;
    let later = json!({"id": "later", "name": "Later"});
    api.admin(post("/operations").json(&later)).await.is(201);
    let items: Vec<Value> = (0..3).map(|n| price(&format!("p_{n}"), 80, 70)).collect();
    let told = post("/operations/later/items").json(&json!(items));
    api.admin(told).await.is(201);
    let run = api.admin(post("/operations/sale/revert").json(&json!({})));
    let run = run.await.is(200).json();
    assert_eq!(run["changed_since"], 3, "{run:#}");
    let (mut places, mut after) = (Vec::new(), Value::Null);
    loop {
        let asked = json!({"as_of": run["as_of"], "limit": 2, "after": after});
        let page = api.admin(post("/operations/sale/revert/conflicts").json(&asked));
        let page = page.await.is(200).json();
        for conflict in page["items"].as_array().unwrap() {
            assert_eq!(conflict["item"]["since"]["now"], 70);
            places.push(conflict["item"]["place"].as_u64().unwrap());
        }
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(places, [1, 2, 3]);
}

#[tokio::test]
async fn what_a_dry_run_only_counts_is_read_with_why() {
    let api = Api::start().await;
    let open = json!({"id": "sale", "name": "Sale"});
    api.admin(post("/operations").json(&open)).await.is(201);
    let items = json!([
        price("p_1", 100, 80),
        {"subject": {"type": "product", "id": "p_2"}, "field": "price", "after": 80},
        price("p_3", 100, 80),
    ]);
    let told = post("/operations/sale/items").json(&items);
    api.admin(told).await.is(201);
    let done = post("/operations/sale/complete").json(&json!({}));
    api.admin(done).await.is(200);
    let deleted = json!({"action": "product.deleted", "subject": {"type": "product", "id": "p_3"}});
    api.admin(post("/activities").json(&deleted)).await.is(201);
    let run = api.admin(post("/operations/sale/revert").json(&json!({})));
    let run = run.await.is(200).json();
    assert_eq!(
        (&run["restored"], &run["impossible"], &run["missing"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(run["forgotten"], 0);
    for (kind, place, why) in [
        ("impossible", 2, "nobody said what it was before"),
        ("missing", 3, "it no longer exists"),
    ] {
        let asked = json!({"as_of": run["as_of"], "kind": kind});
        let page = api.admin(post("/operations/sale/revert/conflicts").json(&asked));
        let page = page.await.is(200).json();
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{kind}");
        let found = &page["items"][0];
        assert_eq!(found["item"]["place"], place, "{kind}");
        assert_eq!(found["why"], why, "{kind}");
        assert_eq!(found["restores"], Value::Null, "{kind}");
    }
    let asked = json!({"as_of": run["as_of"], "kind": "restored"});
    let refused = api.admin(post("/operations/sale/revert/conflicts").json(&asked));
    let refused = refused.await.is(422).json();
    assert_eq!(refused["errors"][0]["pointer"], "/kind");
}

/// Takes an operation back as its dry run says.
pub async fn take_back(api: &Api, id: &str) {
    let revert = post(&format!("/operations/{id}/revert"));
    let dry = api.admin(revert.clone().json(&json!({}))).await.is(200);
    let real = json!({"dry_run": false, "as_of": dry.json()["as_of"]});
    api.admin(revert.json(&real)).await.is(201);
}
