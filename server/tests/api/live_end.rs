//! Live updates: who may follow, and when it ends.

use crate::harness::{App, Person, new_key, on_both};
use domain::Role;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_socket_closes_within_a_second_when_its_session_ends_or_changes() {
    on_both(|app| async move {
        let scope = app.scope().await;
        let mut people: Vec<Person> = Vec::new();
        let mut sockets = Vec::new();
        for _ in 0..3 {
            let person = app.person(Role::Manager).await;
            let mut socket = app.socket(&person).await;
            socket.follow("", None).await;
            sockets.push(socket);
            people.push(person);
        }
        let start = Instant::now();
        app.post("/sign-out")
            .person(&people[0])
            .send()
            .await
            .expect_see_other();
        app.storage
            .set_role(&scope, people[1].id, Role::Staff)
            .await
            .unwrap();
        app.storage
            .set_blocked(&scope, people[2].id, true)
            .await
            .unwrap();
        for mut socket in sockets {
            loop {
                // What the role let through until then may still arrive.
                match socket.hear_or_close().await {
                    Ok(_) => {}
                    Err(code) => break assert_eq!(code, 4401),
                }
            }
        }
        assert!(
            start.elapsed() < Duration::from_millis(1_200),
            "{:?}",
            start.elapsed()
        );
    })
    .await;
}

#[tokio::test]
async fn a_key_follows_until_it_is_revoked() {
    let app = App::start().await;
    let scope = app.scope().await;
    let (key, secret) = app
        .storage
        .create_key(&scope, new_key("tail", Role::Auditor))
        .await
        .unwrap();
    let bearer = format!("Bearer {secret}");
    let mut socket = app
        .try_socket(&[("authorization", &bearer)])
        .await
        .ok()
        .unwrap();
    socket.follow("action:order.*", None).await;
    app.storage.revoke_key(&scope, key.id).await.unwrap();
    assert_eq!(socket.closed().await, 4401);
    let (status, _) = app
        .try_socket(&[("authorization", &bearer)])
        .await
        .err()
        .unwrap();
    assert_eq!(status, 401);
}

#[tokio::test]
async fn who_may_not_follow_is_refused_before_the_socket_opens() {
    let app = App::start().await;
    let person = app.person(Role::SuperAdmin).await;
    let own = format!("http://{}", app.address);
    let cookie = person.cookie();
    for (headers, status, code) in [
        (vec![], 401, "unauthenticated"),
        (
            vec![("cookie", "storetrail_session=unknown")],
            401,
            "unauthenticated",
        ),
        (
            vec![("authorization", "Bearer st_unknown"), ("cookie", &cookie)],
            401,
            "unauthenticated",
        ),
        (
            vec![("cookie", &cookie), ("origin", "https://evil.example")],
            403,
            "forbidden",
        ),
        (
            vec![("cookie", &cookie), ("origin", "null")],
            403,
            "forbidden",
        ),
    ] {
        let (refused, body) = app.try_socket(&headers).await.err().unwrap();
        assert_eq!(
            (refused, body["code"].as_str().unwrap()),
            (status, code),
            "{headers:?}"
        );
    }
    assert!(
        app.try_socket(&[("cookie", &cookie), ("origin", &own)])
            .await
            .is_ok()
    );
    app.get("/ws")
        .person(&person)
        .send()
        .await
        .expect_problem(422, "invalid_fields");
}

#[tokio::test]
async fn a_person_has_a_bounded_number_of_sockets() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let mut sockets = Vec::new();
    for _ in 0..64 {
        sockets.push(app.socket(&person).await);
    }
    let cookie = person.cookie();
    let (status, body) = app.try_socket(&[("cookie", &cookie)]).await.err().unwrap();
    assert_eq!(
        (status, body["code"].as_str().unwrap()),
        (429, "rate_limited")
    );
    let other = app.person(Role::Manager).await;
    app.socket(&other).await;
    drop(sockets);
    tokio::time::sleep(Duration::from_millis(300)).await;
    app.socket(&person).await;
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_socket() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let mut socket = app.socket(&person).await;
    socket.say_text(&"x".repeat(17 * 1024)).await;
    assert!(socket.is_gone().await);
}

#[tokio::test]
async fn a_server_that_stops_says_goodbye() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let mut socket = app.socket(&person).await;
    socket.follow("", None).await;
    app.stop();
    assert_eq!(socket.closed().await, 1001);
}
