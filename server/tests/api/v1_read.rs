//! Reading: pages, counts, the chart, one entry and what happened around it.

use crate::v1_calls::{Api, get};
use crate::v1_record::{pending_refund, price_change};
use axum::http::Method;
use domain::ledger::InclusionProof;
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

async fn with_minutes(count: usize) -> Api {
    let api = Api::start().await;
    let many: Vec<Value> = (0..count)
        .map(|at| {
            json!({
                "action": "stock.adjusted", "occurred_at": format!("2026-11-20T{:02}:{:02}:00Z", at / 60, at % 60),
                "subject": {"type": "product", "id": format!("p_{at}")}, "actor": {"type": "system"},
                "outcome": if at % 10 == 0 { "failed" } else { "success" },
            })
        })
        .collect();
    let call = crate::v1_calls::post("/activities").json(&many.into());
    api.admin(call).await.is(201);
    api
}

fn subjects(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["subject"]["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_page_shows_each_entry_and_the_way_on() {
    let api = Api::start().await;
    api.record(&price_change()).await;
    api.record(&pending_refund()).await;
    let page = api
        .admin(get("/activities?q=category:products,orders"))
        .await
        .is(200);
    assert_json_snapshot!(page.still());
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_and_without_repeating() {
    let api = with_minutes(23).await;
    for (direction, first) in [("newest", 22), ("oldest", 0)] {
        let mut seen = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!(
                "/activities?q=action:stock.*&limit=10&direction={direction}&after={after}"
            );
            let page = api.admin(get(&path)).await.is(200).json();
            seen.extend(subjects(&page));
            match page["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => break,
            }
        }
        let mut expected: Vec<String> = (0..23).map(|at| format!("p_{at}")).collect();
        if first == 22 {
            expected.reverse();
        }
        assert_eq!(seen, expected, "{direction}");
    }
}

#[tokio::test]
async fn fifty_are_shown_when_nothing_is_said() {
    let api = with_minutes(60).await;
    let page = api
        .admin(get("/activities?q=&limit=&after="))
        .await
        .is(200)
        .json();
    assert_eq!(page["items"].as_array().unwrap().len(), 50);
    let page = api.admin(get("/activities?limit=1")).await.is(200).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_counted_is_what_is_listed() {
    let api = with_minutes(60).await;
    let count = api
        .admin(get("/activities/count?q=action:stock.*+outcome:failed"))
        .await
        .is(200);
    assert_json_snapshot!(count.still());
    let path = "/activities/histogram?q=action:stock.*+created:2026-11-20&buckets=2";
    let chart = api.admin(get(path)).await.is(200);
    assert_json_snapshot!(chart.still());
    let total: u64 = chart.json()["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["success"].as_u64().unwrap() + b["failed"].as_u64().unwrap())
        .sum();
    assert_eq!(total, 60);
}

#[tokio::test]
async fn what_happened_around_an_entry_is_listed() {
    let api = with_minutes(5).await;
    let first = api.record(&price_change()).await;
    api.record(&price_change()).await;
    let around = api
        .admin(get(&format!("/activities/{first}/surroundings")))
        .await
        .is(200);
    let around = around.json();
    assert_eq!(
        around["subject_count"],
        json!({"count": 2, "is_exact": true})
    );
    assert_eq!(around["subject"].as_array().unwrap().len(), 2);
    assert_eq!(around["trace"].as_array().unwrap().len(), 2);
    let ids: Vec<&Value> = around["moment"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| &i["id"])
        .collect();
    assert!(ids.contains(&&json!(first)));
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body() {
    let api = Api::start().await;
    let url = format!("http://{}/api/v1/activities", api.address);
    let bearer = format!("Bearer {}", api.key(domain::Role::Auditor));
    let request = axum::http::Request::builder().method(Method::HEAD).uri(url);
    let request = request
        .header("authorization", bearer)
        .body(axum::body::Body::empty());
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new());
    let response = client.build_http().request(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn what_a_call_does_not_know_is_refused_by_name() {
    let api = Api::start().await;
    let id = api.record(&price_change()).await;
    let mut answers = Vec::new();
    for (path, status) in [
        ("/activities?query=x&limit=0".to_owned(), 422),
        ("/activities?limit=0".to_owned(), 422),
        ("/activities?limit=1001".to_owned(), 422),
        ("/activities?limit=ten&direction=up".to_owned(), 422),
        ("/activities?direction=up".to_owned(), 422),
        ("/activities?q=a&q=b".to_owned(), 422),
        ("/activities?q=a%00b".to_owned(), 422),
        ("/activities?after=n1abc".to_owned(), 400),
        (
            "/activities?q=actor:sara+oucome:failed+created:2026-13-40".to_owned(),
            400,
        ),
        (format!("/activities?q={}", "x".repeat(1001)), 400),
        ("/activities/count?limit=1".to_owned(), 422),
        ("/activities/count?q=%22open".to_owned(), 400),
        ("/activities/histogram?buckets=401".to_owned(), 422),
        ("/activities/histogram?q=ip:300.1.1.1".to_owned(), 400),
        (format!("/activities/{id}?fields=all"), 422),
        (format!("/activities/{id}/surroundings?limit=5"), 422),
    ] {
        let shown = path.replace(&id, "ID").chars().take(80).collect::<String>();
        answers.push((shown, api.admin(get(&path)).await.is(status).told()));
    }
    assert_json_snapshot!(answers);
}

#[tokio::test]
async fn a_query_that_is_no_utf8_is_refused_by_name() {
    let api = Api::start().await;
    for path in [
        "/activities?q=%ff",
        "/activities/count?q=%ff",
        "/activities/histogram?q=a%C3",
        "/messages?q=%ff",
        "/exports?q=%ff",
        "/requests?q=%ff",
        "/security?q=%ff",
    ] {
        let refused = api.admin(get(path)).await.is(400);
        assert_eq!(refused.code(), "invalid_query", "{path}");
        assert_eq!(refused.json()["errors"][0]["pointer"], "q", "{path}");
    }
}

#[tokio::test]
async fn what_is_no_entry_is_not_found() {
    let api = Api::start().await;
    for path in [
        "/activities/01a1fbf4-0499-7894-a395-b4063ed9a8c1",
        "/activities/01a1fbf4-0499-7894-a395-b4063ed9a8c1/surroundings",
        "/activities/nonsense",
        "/activities/%FF",
        "/activities/%00",
    ] {
        assert_eq!(
            api.admin(get(path)).await.is(404).code(),
            "not_found",
            "{path}"
        );
    }
}

#[tokio::test]
async fn anyone_can_recompute_the_proof_from_the_answer() {
    let api = Api::start().await;
    let id = api.record(&price_change()).await;
    for _ in 0..5 {
        api.record(&pending_refund()).await;
    }
    let entry = api
        .admin(get(&format!("/activities/{id}")))
        .await
        .is(200)
        .json();
    let proof = &entry["proof"];
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    // As the document says it: the version and five values, a line each.
    let mut leaf = "storetrail/entry/v1\n".to_owned();
    for name in [
        "seq",
        "kind",
        "record_id",
        "recorded_at_us",
        "payload_digest",
    ] {
        leaf.push_str(&text(&proof["entry"][name]));
        leaf.push('\n');
    }
    let hash = Sha256::new()
        .chain_update([0])
        .chain_update(&leaf)
        .finalize();
    let hash = domain::ledger::Hash::of_bytes(&hash).unwrap();
    assert_eq!(proof["leaf"], hash.to_hex());
    let inclusion: InclusionProof = serde_json::from_value(proof["inclusion"].clone()).unwrap();
    assert!(inclusion.proves(hash));
    assert_eq!(proof["is_verified"], true);
}
