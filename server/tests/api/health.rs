//! Whether it lives, what it measures, and what it says where there is nothing.

use crate::harness::App;
use domain::Role;
use serde_json::json;

#[tokio::test]
async fn the_server_says_that_it_lives_and_is_ready() {
    let app = App::start().await;
    app.get("/healthz").send().await.expect(200);
    app.get("/readyz").send().await.expect(200);
}

#[tokio::test]
async fn an_unknown_call_is_a_problem() {
    let app = App::start().await;
    for path in [
        "/api",
        "/api/v2/activities",
        "/hooks/none",
        "/fn/none",
        "/pkg/none.js",
    ] {
        app.get(path).send().await.expect_problem(404, "not_found");
    }
    app.post("/nowhere")
        .send()
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_method_that_is_not_answered_is_told_which_are() {
    let app = App::start().await;
    let answer = app.post("/healthz").send().await;
    assert_eq!(answer.header("allow"), "GET,HEAD");
    answer.expect_problem(405, "method_not_allowed");
    let answer = app.get("/sign-out").send().await;
    assert_eq!(answer.header("allow"), "POST");
    answer.expect_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn a_program_on_this_machine_reads_the_measures() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    let entry = json!({"action": "order.created"});
    app.post("/api/v1/activities")
        .key(&key)
        .json(&entry)
        .send()
        .await
        .expect(201);
    let measures = app.get("/metrics").send().await.expect(200).text();
    for expected in [
        "storetrail_http_request_duration_seconds_bucket{method=\"POST\",route=\"/api/v1/activities\",status=\"201\"",
        "storetrail_database_bytes{file=\"main\"}",
        "storetrail_connections_open ",
        "storetrail_requests_unnoted_total ",
    ] {
        assert!(
            measures.contains(expected),
            "{expected} is missing in\n{measures}"
        );
    }
}

#[tokio::test]
async fn from_elsewhere_the_measures_take_an_admins_key() {
    let app = App::start().await;
    let through_proxy = || app.get("/metrics").header("x-forwarded-for", "203.0.113.7");
    through_proxy()
        .send()
        .await
        .expect_problem(401, "unauthenticated");
    for role in [Role::Manager, Role::StoreKeeper, Role::Staff, Role::Auditor] {
        let key = app.key(role).await;
        through_proxy()
            .key(&key)
            .send()
            .await
            .expect_problem(403, "forbidden");
    }
    let key = app.key(Role::Admin).await;
    through_proxy().key(&key).send().await.expect(200);
    let person = app.person(Role::SuperAdmin).await;
    through_proxy()
        .person(&person)
        .send()
        .await
        .expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn each_answer_carries_an_id() {
    let app = App::start().await;
    let id = |answer: crate::harness::Answer| answer.header("x-request-id").to_owned();
    let own = id(app.get("/healthz").send().await);
    assert_eq!(own.len(), 36, "{own}");
    let given = id(app
        .get("/healthz")
        .header("x-request-id", "shop-42.a")
        .send()
        .await);
    assert_eq!(given, "shop-42.a");
    let odd = app
        .get("/healthz")
        .header("x-request-id", "a b\"; level=ERROR");
    assert_eq!(id(odd.send().await).len(), 36);
}

#[tokio::test]
async fn nothing_that_is_answered_may_be_framed_sniffed_or_run() {
    let app = App::start().await;
    for path in ["/healthz", "/api/none", "/sign-in", "/nowhere"] {
        let answer = app.get(path).send().await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(
            answer.header("permissions-policy").contains("camera=()"),
            "{path}"
        );
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
    }
}
