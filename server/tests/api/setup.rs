//! The one-time link of the first start.

use crate::harness::{App, PASSWORD};
use crate::watch::listed;
use domain::Role;

fn form<'a>(token: &'a str, email: &'a str, password: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("token", token),
        ("store_name", "Linen"),
        ("time_zone", "Asia/Riyadh"),
        ("name", "Noor"),
        ("email", email),
        ("password", password),
    ]
}

async fn token(app: &App) -> String {
    app.storage.new_owner_token().await.unwrap().unwrap()
}

#[tokio::test]
async fn the_link_makes_the_owner_and_signs_them_in() {
    let app = App::start_empty(&[]).await;
    let token = token(&app).await;
    app.get(&format!("/setup?token={token}"))
        .send()
        .await
        .expect(200);
    let answer = app
        .post("/setup")
        .form(&form(&token, "noor@linen.example", PASSWORD))
        .send()
        .await;
    let cookie = answer
        .header("set-cookie")
        .split_once(';')
        .unwrap()
        .0
        .to_owned();
    assert_eq!(answer.expect_see_other(), "/connect");
    let session = cookie.strip_prefix("storetrail_session=").unwrap();
    let session = app.storage.session(session).await.unwrap().unwrap();
    assert_eq!(
        (session.role, session.store.name.as_str()),
        (Role::SuperAdmin, "Linen")
    );
    assert_eq!(session.store.time_zone, "Asia/Riyadh");
}

#[tokio::test]
async fn what_is_typed_names_the_store_that_a_key_made_before() {
    let app = App::start_empty(&[]).await;
    app.add_store("My store").await;
    app.key(Role::Admin).await;
    let token = token(&app).await;
    app.post("/setup")
        .form(&form(&token, "noor@linen.example", PASSWORD))
        .send()
        .await
        .expect_see_other();
    let stores = app.storage.list_stores().await.unwrap();
    assert_eq!((stores.len(), stores[0].name.as_str()), (1, "Linen"));
}

#[tokio::test]
async fn the_link_works_once() {
    let app = App::start_empty(&[]).await;
    let token = token(&app).await;
    app.post("/setup")
        .form(&form(&token, "noor@linen.example", PASSWORD))
        .send()
        .await;
    let answer = app
        .post("/setup")
        .form(&form(&token, "eve@linen.example", PASSWORD))
        .send()
        .await;
    assert_eq!(answer.header("set-cookie"), "");
    let place = answer.expect_see_other();
    assert!(place.contains("problem=not_found"), "{place}");
    assert!(
        app.storage
            .login_of("eve@linen.example")
            .await
            .unwrap()
            .is_none()
    );
    assert!(app.storage.new_owner_token().await.unwrap().is_none());
    let key = app.key(Role::SuperAdmin).await;
    let refused = listed(&app, &key, "/api/v1/security?q=event:link.refused").await;
    assert_eq!(refused[0]["reason"], "unknown_link");
}

#[tokio::test]
async fn nobody_becomes_owner_without_the_link() {
    let app = App::start_empty(&[]).await;
    token(&app).await;
    for wrong in ["", "guess"] {
        let place = app
            .post("/setup")
            .form(&form(wrong, "eve@linen.example", PASSWORD))
            .send()
            .await
            .expect_see_other();
        assert!(place.contains("problem=not_found"), "{place}");
    }
    assert!(
        app.storage
            .login_of("eve@linen.example")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn what_is_wrong_leads_back_with_what_was_typed() {
    let app = App::start_empty(&[]).await;
    let token = token(&app).await;
    for (email, password, field, fault) in [
        ("noor@linen.example", "short", "password", "too_short"),
        (
            "noor@linen.example",
            "Noor@linen.example",
            "password",
            "contradiction",
        ),
        ("noor@linen.example", "Liverpool1992", "password", "common"),
        ("noor@linen.example", "linen-noor-1990", "password", "name"),
        ("noor", PASSWORD, "email", "format"),
    ] {
        let place = app
            .post("/setup")
            .form(&form(&token, email, password))
            .send()
            .await
            .expect_see_other();
        assert!(place.starts_with("/setup?token="), "{place}");
        let expected = format!("&problem=invalid_fields&field={field}&fault={fault}");
        assert!(place.ends_with(&expected), "{place}");
        assert!(
            place.contains("&store_name=Linen&time_zone=Asia%2FRiyadh&name=Noor&email=noor"),
            "{place}"
        );
        assert!(
            !place.contains("short&") && !place.contains("linen-and-wool"),
            "{place}"
        );
    }
    for zone in ["", "Mars/Base"] {
        let mut form = form(&token, "noor@linen.example", PASSWORD);
        form[2].1 = zone;
        let place = app.post("/setup").form(&form).send().await;
        let place = place.expect_see_other();
        assert!(
            place.ends_with("&problem=invalid_fields&field=time_zone&fault=format"),
            "{place}"
        );
    }
    // None of it used the link up.
    app.post("/setup")
        .form(&form(&token, "noor@linen.example", PASSWORD))
        .send()
        .await
        .expect_see_other();
    assert!(
        app.storage
            .login_of("noor@linen.example")
            .await
            .unwrap()
            .is_some()
    );
}
