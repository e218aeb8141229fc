//! Signing in by the form.

use crate::harness::{App, PASSWORD, on_both};
use chrono::TimeDelta;
use domain::Role;
use futures_util::future::{join, join_all};
use serde_json::json;
use sqlx::Connection as _;
use tokio::sync::watch;

#[tokio::test]
async fn the_right_password_opens_the_page_that_was_wanted() {
    on_both(|app| async move {
        for role in Role::ALL {
            let (_, email) = app.user(role).await;
            let answer = app
                .post("/sign-in")
                .form(&[
                    ("email", email.to_uppercase().as_str()),
                    ("password", PASSWORD),
                    ("next", "/activity?q=outcome%3Afailed"),
                ])
                .send()
                .await;
            let cookie = answer.header("set-cookie").to_owned();
            assert_eq!(answer.expect_see_other(), "/activity?q=outcome%3Afailed");
            let (pair, attributes) = cookie.split_once("; ").unwrap();
            assert_eq!(
                attributes,
                "HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"
            );
            let token = pair.strip_prefix("storetrail_session=").unwrap();
            let session = app.storage.session(token).await.unwrap().unwrap();
            assert_eq!(session.role, role);
            app.get("/activity")
                .header("cookie", pair)
                .send()
                .await
                .expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_password_never_grows_too_old() {
    let app = App::start().await;
    let (_, email) = app.user(Role::Manager).await;
    app.clock.advance(TimeDelta::days(3_650));
    let form = [
        ("email", email.as_str()),
        ("password", PASSWORD),
        ("next", "/activity"),
    ];
    let answer = app.post("/sign-in").form(&form).send().await;
    assert_eq!(answer.expect_see_other(), "/activity");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let app = App::start().await;
    let (_, known) = app.user(Role::Manager).await;
    for email in [known.as_str(), "nobody@linen.example"] {
        let answer = app
            .post("/sign-in")
            .form(&[
                ("email", email),
                ("password", "not the password"),
                ("next", "/settings"),
            ])
            .send()
            .await;
        assert_eq!(answer.header("set-cookie"), "");
        let email = email.replace('@', "%40");
        assert_eq!(
            answer.expect_see_other(),
            format!("/sign-in?problem=wrong&email={email}&next=%2Fsettings")
        );
    }
}

#[tokio::test]
async fn a_password_of_any_length_is_wrong_and_no_more() {
    let app = App::start().await;
    let (_, email) = app.user(Role::Manager).await;
    for password in ["", "x", &"x".repeat(100_000), "pässwörd\u{0}"] {
        let form = [("email", email.as_str()), ("password", password)];
        let place = app
            .post("/sign-in")
            .form(&form)
            .send()
            .await
            .expect_see_other();
        assert!(place.starts_with("/sign-in?problem=wrong&"), "{place}");
    }
}

#[tokio::test]
async fn who_is_blocked_is_told_so_only_with_the_right_password() {
    let app = App::start().await;
    let (id, email) = app.user(Role::Manager).await;
    let scope = app.scope().await;
    app.storage.set_blocked(&scope, id, true).await.unwrap();
    for (password, problem) in [("not the password", "wrong"), (PASSWORD, "blocked")] {
        let form = [("email", email.as_str()), ("password", password)];
        let answer = app.post("/sign-in").form(&form).send().await;
        assert_eq!(answer.header("set-cookie"), "");
        let place = answer.expect_see_other();
        assert!(
            place.starts_with(&format!("/sign-in?problem={problem}&")),
            "{place}"
        );
    }
}

#[tokio::test]
async fn afterwards_no_other_host_is_reached() {
    let app = App::start().await;
    let (_, email) = app.user(Role::Manager).await;
    for next in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:0",
        "",
    ] {
        let form = [
            ("email", email.as_str()),
            ("password", PASSWORD),
            ("next", next),
        ];
        let place = app
            .post("/sign-in")
            .form(&form)
            .send()
            .await
            .expect_see_other();
        assert_eq!(place, "/activity", "{next}");
    }
}

#[tokio::test]
async fn behind_https_the_cookie_belongs_to_this_host_alone() {
    let app = App::start_with(&[("STORETRAIL_PUBLIC_URL", "https://trail.example")]).await;
    let (_, email) = app.user(Role::Manager).await;
    let form = [("email", email.as_str()), ("password", PASSWORD)];
    let answer = app.post("/sign-in").form(&form).send().await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-storetrail="), "{cookie}");
    assert!(cookie.contains("; Secure; Path=/;"), "{cookie}");
    assert_eq!(
        answer.header("strict-transport-security"),
        "max-age=31536000"
    );
}

#[tokio::test]
async fn signing_in_again_leaves_no_session_behind() {
    let app = App::start().await;
    let earlier = app.person(Role::Manager).await;
    let form = [("email", earlier.email.as_str()), ("password", PASSWORD)];
    app.post("/sign-in")
        .person(&earlier)
        .form(&form)
        .send()
        .await
        .expect_see_other();
    assert!(app.storage.session(&earlier.token).await.unwrap().is_none());
}

#[tokio::test]
async fn the_clients_address_is_taken_from_a_named_proxy_only() {
    for (trusted, expected) in [("", "127.0.0.1"), ("127.0.0.1", "198.51.100.1")] {
        let app = App::start_with(&[("STORETRAIL_TRUSTED_PROXY", trusted)]).await;
        let (_, email) = app.user(Role::Manager).await;
        let form = [("email", email.as_str()), ("password", PASSWORD)];
        app.post("/sign-in")
            .header("x-forwarded-for", "203.0.113.7, 198.51.100.1")
            .form(&form)
            .send()
            .await
            .expect_see_other();
        let mut database = sqlx::SqliteConnection::connect(&app.database_url)
            .await
            .unwrap();
        let (ip,): (String,) = sqlx::query_as("SELECT ip FROM session")
            .fetch_one(&mut database)
            .await
            .unwrap();
        assert_eq!(ip, expected, "trusted: {trusted}");
    }
}

#[tokio::test]
async fn a_form_that_is_none_is_a_problem() {
    let app = App::start().await;
    app.post("/sign-in")
        .form(&[("email", "a@b.example")])
        .send()
        .await
        .expect_problem(422, "invalid_fields");
    app.post("/sign-in")
        .json(&1)
        .send()
        .await
        .expect_problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_flood_of_sign_ins_holds_up_nobody_else() {
    let app = App::start_with(&[("STORETRAIL_TRUSTED_PROXY", "127.0.0.1")]).await;
    let key = app.key(Role::Admin).await;
    let judged = watch::Sender::new(0_usize);
    let flood = join_all((0..200).map(async |n| {
        let (ip, email) = (
            format!("198.51.100.{n}"),
            format!("nobody-{n}@linen.example"),
        );
        let form = [("email", email.as_str()), ("password", "not the password")];
        let call = app.post("/sign-in").header("x-forwarded-for", &ip);
        let answer = call.form(&form).send().await;
        if answer
            .header("location")
            .starts_with("/sign-in?problem=wrong")
        {
            judged.send_modify(|judged| *judged += 1);
        }
    }));
    let posts = async {
        // The flood is under way.
        judged
            .subscribe()
            .wait_for(|judged| *judged > 0)
            .await
            .unwrap();
        for n in 0..20 {
            app.post("/api/v1/activities")
                .key(&key)
                .json(&json!({"action": "order.created", "description": format!("order {n}")}))
                .send()
                .await
                .expect(201);
        }
        *judged.borrow()
    };
    let (_, meanwhile) = join(flood, posts).await;
    let all = *judged.borrow();
    assert!(
        meanwhile < all,
        "{meanwhile} of {all} sign-ins came before the posts"
    );
}
