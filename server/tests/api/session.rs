//! What a session opens, and what ends it.

use crate::harness::{App, on_both};
use chrono::TimeDelta;
use domain::Role;
use serde_json::json;
use storage::{NewUser, Scope};

#[tokio::test]
async fn without_a_session_pages_lead_to_the_sign_in_and_back() {
    let app = App::start().await;
    for (path, place) in [
        ("/", "/sign-in"),
        ("/activity", "/sign-in?next=%2Factivity"),
        (
            "/activity?q=a&entry=b",
            "/sign-in?next=%2Factivity%3Fq%3Da%26entry%3Db",
        ),
        ("/settings/users", "/sign-in?next=%2Fsettings%2Fusers"),
    ] {
        assert_eq!(app.get(path).send().await.expect_see_other(), place);
    }
    for path in ["/sign-in", "/setup", "/api/docs"] {
        app.get(path).send().await.expect(200);
    }
}

#[tokio::test]
async fn without_a_session_every_server_function_refuses() {
    let app = App::start().await;
    let paths: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
    assert!(paths.len() >= 10, "{paths:?}");
    // What an emailed link is for, and how one signs in, is asked by who isn't signed in.
    let open = [
        "/fn/link",
        "/fn/sign-in/ways",
        "/fn/sign-in/step",
        "/fn/sign-in/passkey",
        "/fn/sign-in/step-passkey",
    ];
    for (path, method) in paths.into_iter().filter(|(path, _)| !open.contains(path)) {
        assert!(path.starts_with("/fn/"), "{path}");
        assert_eq!(method, "POST", "{path}");
        let answer = app.post(path).form(&[]).send().await;
        let body = answer.expect(401).json();
        // As RFC 9457 has it, and as the app reads it.
        assert_eq!(body["status"], 401);
        assert_eq!(body["code"], "unauthenticated");
        assert!(body["message"].is_string());
    }
}

#[tokio::test]
async fn a_session_opens_pages_and_server_functions() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    app.get("/activity")
        .person(&person)
        .send()
        .await
        .expect(200);
    let viewer = app
        .post("/fn/viewer")
        .person(&person)
        .form(&[])
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(viewer["email"], person.email.as_str());
}

#[tokio::test]
async fn an_expired_session_opens_nothing_and_is_told_so() {
    on_both(|app| async move {
        let person = app.person(Role::Manager).await;
        app.clock.advance(TimeDelta::days(29));
        app.get("/activity")
            .person(&person)
            .send()
            .await
            .expect(200);
        app.clock.advance(TimeDelta::days(31));
        let place = app
            .get("/activity")
            .person(&person)
            .send()
            .await
            .expect_see_other();
        assert_eq!(place, "/sign-in?next=%2Factivity&problem=expired");
        app.post("/fn/viewer")
            .person(&person)
            .form(&[])
            .send()
            .await
            .expect(401);
    })
    .await;
}

#[tokio::test]
async fn what_a_page_asks_by_itself_keeps_no_session_from_ending() {
    let app = App::start().await;
    let scope = app.scope().await;
    let mut policy = app.storage.policy(&scope).await.unwrap();
    policy.idle_minutes = 30;
    app.storage.set_policy(&scope, policy).await.unwrap();
    let left = app.person(Role::Manager).await;
    let used = app.person(Role::Manager).await;
    let count = async |cookie: &str| {
        let call = app.post("/fn/messages/facets").header("cookie", cookie);
        call.form(&[("q", "")]).send().await.status.as_u16()
    };
    let (alone, touched) = (
        left.cookie(),
        format!("{}; storetrail_present=1", used.cookie()),
    );
    for _ in 0..3 {
        app.clock.advance(TimeDelta::minutes(10));
        assert_eq!((count(&alone).await, count(&touched).await), (200, 200));
        // A connection that was lost and comes again.
        app.socket(&left).await;
    }
    app.clock.advance(TimeDelta::minutes(10));
    assert_eq!((count(&alone).await, count(&touched).await), (401, 200));
    // Whoever opens a page is there.
    app.clock.advance(TimeDelta::minutes(20));
    app.get("/activity").person(&used).send().await.expect(200);
    app.clock.advance(TimeDelta::minutes(20));
    assert_eq!(count(&used.cookie()).await, 200);
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let answer = app.post("/sign-out").person(&person).send().await;
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("storetrail_session=; "), "{cookie}");
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    assert_eq!(answer.expect_see_other(), "/sign-in");
    app.get("/activity")
        .person(&person)
        .send()
        .await
        .expect_see_other();
    // Twice does no harm.
    app.post("/sign-out")
        .person(&person)
        .send()
        .await
        .expect_see_other();
}

#[tokio::test]
async fn who_is_blocked_is_signed_out() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let scope = app.scope().await;
    app.storage
        .set_blocked(&scope, person.id, true)
        .await
        .unwrap();
    app.get("/activity")
        .person(&person)
        .send()
        .await
        .expect_see_other();
}

#[tokio::test]
async fn the_api_changes_nothing_for_a_session() {
    let app = App::start().await;
    let person = app.person(Role::SuperAdmin).await;
    app.get("/api/v1/activities")
        .person(&person)
        .send()
        .await
        .expect(200);
    app.post("/api/v1/activities")
        .person(&person)
        .json(&json!({"action": "order.created"}))
        .send()
        .await
        .expect_problem(401, "unauthenticated");
    // With a key in the header the cookie counts for nothing.
    app.get("/api/v1/activities")
        .person(&person)
        .key("st_unknown")
        .send()
        .await
        .expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_key_opens_no_page() {
    let app = App::start().await;
    let key = app.key(Role::SuperAdmin).await;
    app.get("/activity")
        .key(&key)
        .send()
        .await
        .expect_see_other();
    app.post("/fn/viewer")
        .key(&key)
        .form(&[])
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn a_person_of_two_stores_looks_at_one_at_a_time() {
    on_both(|app| async move {
        let person = app.person(Role::Manager).await;
        let wool = app.add_store("Wool").await;
        let silk = app.add_store("Silk").await;
        let user = NewUser {
            name: "the same".to_owned(),
            email: person.email.clone(),
            password_hash: None,
        };
        let scope = Scope::system("test", wool.clone());
        app.storage
            .add_user(&scope, user, Role::Auditor)
            .await
            .unwrap();

        let switch = |store: i64| {
            app.post("/switch-store")
                .person(&person)
                .form(&[("store", store.to_string().as_str()), ("next", "/settings")])
                .send()
        };
        assert_eq!(switch(wool.id.0).await.expect_see_other(), "/settings");
        let session = app.storage.session(&person.token).await.unwrap().unwrap();
        assert_eq!((session.store.id, session.role), (wool.id, Role::Auditor));
        // The role there may open another page first.
        let home = app.post("/switch-store").person(&person);
        let home = home.form(&[("store", wool.id.0.to_string().as_str())]);
        assert_eq!(home.send().await.expect_see_other(), "/");
        // Where one has no role is told no other than what doesn't exist.
        let refused = [switch(silk.id.0).await, switch(9_999).await];
        for answer in refused {
            answer.expect_problem(404, "not_found");
        }
        let session = app.storage.session(&person.token).await.unwrap().unwrap();
        assert_eq!(session.store.id, wool.id);
    })
    .await;
}

#[tokio::test]
async fn nobody_switches_stores_without_a_session() {
    let app = App::start().await;
    app.post("/switch-store")
        .form(&[("store", "1")])
        .send()
        .await
        .expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn what_a_server_function_can_not_read_is_the_callers_fault() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let call = |name: &str| app.post(&format!("/fn/{name}")).person(&person);
    for (what, call) in [
        ("a missing field", call("messages/list").form(&[])),
        (
            "a wrong field",
            call("webhooks/discard").form(&[("id", "x")]),
        ),
        (
            "a body of another kind",
            call("webhooks/list").json(&json!("x")),
        ),
        (
            "a body that is no JSON",
            call("webhooks/list").body("application/json", "{"),
        ),
    ] {
        let answer = call.send().await;
        assert_eq!(answer.status.as_u16(), 422, "{what}: {}", answer.text());
        assert_eq!(answer.json()["code"], "invalid_fields", "{what}");
    }
}
