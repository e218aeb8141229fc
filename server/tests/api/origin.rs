//! What pages of another origin can make a browser do: nothing.

use crate::harness::{App, PASSWORD};
use domain::Role;
use serde_json::json;

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing() {
    let app = App::start().await;
    let person = app.person(Role::SuperAdmin).await;
    let foreign: [&[(&str, &str)]; 4] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "http://127.0.0.1:1"),
        ],
    ];
    for headers in foreign {
        for path in [
            "/sign-in",
            "/sign-out",
            "/setup",
            "/switch-store",
            "/fn/viewer",
        ] {
            let mut call = app.post(path).person(&person).form(&[("store", "1")]);
            for (name, value) in headers {
                call = call.header(name, value);
            }
            call.send().await.expect_problem(403, "forbidden");
        }
    }
    assert!(app.storage.session(&person.token).await.unwrap().is_some());
}

#[tokio::test]
async fn a_page_of_this_server_does() {
    let app = App::start().await;
    let own = format!("http://{}", app.address);
    let (_, email) = app.user(Role::Manager).await;
    let form = [("email", email.as_str()), ("password", PASSWORD)];
    for headers in [
        [("origin", own.as_str()), ("sec-fetch-site", "same-origin")],
        [("origin", own.as_str()), ("sec-fetch-site", "")],
    ] {
        let mut call = app.post("/sign-in").form(&form);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        assert_eq!(call.send().await.expect_see_other(), "/activity");
    }
}

#[tokio::test]
async fn the_address_that_the_operator_named_is_this_server() {
    let app = App::start_with(&[("STORETRAIL_PUBLIC_URL", "https://Trail.example/")]).await;
    let form = [("email", "nobody@linen.example"), ("password", PASSWORD)];
    app.post("/sign-in")
        .header("origin", "https://trail.example")
        .form(&form)
        .send()
        .await
        .expect_see_other();
}

#[tokio::test]
async fn a_key_is_judged_by_itself() {
    let app = App::start().await;
    let key = app.key(Role::Admin).await;
    app.post("/api/v1/activities")
        .key(&key)
        .header("origin", "https://shop.example")
        .header("sec-fetch-site", "cross-site")
        .json(&json!({"action": "order.created"}))
        .send()
        .await
        .expect(201);
}
