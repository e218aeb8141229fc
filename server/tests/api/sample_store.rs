//! The sample store from outside: nothing of it is mailed, and what a page does with it.

use crate::accounts::{function, prove};
use crate::harness::App;
use crate::harness::mailbox::Mailbox;
use crate::watch::listed;
use domain::Role;
use server::sample;
use std::time::Duration;
use storage::NewUser;

#[tokio::test]
async fn nothing_of_the_sample_store_is_mailed() {
    let mailbox = Mailbox::open().await;
    let app = App::start_empty(&[("STORETRAIL_SMTP_URL", &mailbox.url)]).await;
    let made = app.storage.create_store(sample::new_store()).await;
    assert!(made.unwrap().is_sample);
    // As long as there is no other store, people and keys are the sample's.
    let guest = app.person(Role::SuperAdmin).await;
    let (colleague, _) = app.user(Role::Manager).await;
    let key = app.key(Role::SuperAdmin).await;
    prove(&app, &guest, "").await.expect(200);

    let invited = [
        ("name", "Stranger"),
        ("email", "stranger@elsewhere.example"),
        ("role", "manager"),
    ];
    let colleague = colleague.to_string();
    let linked = [("user", colleague.as_str())];
    for (name, fields) in [("user-invite", &invited[..]), ("user-link", &linked[..])] {
        let sent = function(&app, &guest, name, fields).await.expect(200);
        let sent = sent.json();
        let url = sent["by_hand"]["url"].as_str();
        assert!(
            url.is_some_and(|url| url.contains("/link?token=")),
            "{name}: {sent}"
        );
    }
    let changed = [("email", "new@elsewhere.example")];
    let refused = function(&app, &guest, "account/email", &changed).await;
    assert_eq!(refused.json()["code"], "unavailable");
    app.post("/forgot")
        .form(&[("email", &guest.email)])
        .send()
        .await
        .expect(303);
    let asked = "/api/v1/security?q=event:password.reset_asked+reason:sample_store";
    assert_eq!(listed(&app, &key, asked).await.len(), 1);

    // The server can mail: for a store of one's own it does.
    let token = app.storage.new_owner_token().await.unwrap().unwrap();
    let owner = NewUser {
        name: "Hala".to_owned(),
        email: "hala@linen.example".to_owned(),
        password_hash: None,
    };
    let made = app
        .storage
        .create_owner(&token, "Linen", "UTC", owner)
        .await;
    made.unwrap();
    let (_, email) = app.user(Role::Manager).await;
    app.post("/forgot")
        .form(&[("email", &email)])
        .send()
        .await
        .expect(303);
    mailbox.first(1).await;
    assert_eq!(mailbox.recipients(), [[email]]);
}

/// Until the last of the sample's people has come; the store goes on being filled.
async fn arrived(app: &App) {
    let (.., last) = sample::SIGN_INS[sample::SIGN_INS.len() - 1];
    let coming = async {
        while app.storage.login_of(last).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), coming)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_sample_that_a_page_loads_has_no_public_sign_in() {
    let app = App::start().await;
    let owner = app.person(Role::SuperAdmin).await;
    tokio::select! {
        loaded = function(&app, &owner, "sample-load", &[]) => { loaded.expect(200); }
        () = arrived(&app) => {}
    }
    for (.., email) in sample::SIGN_INS {
        let login = app.storage.login_of(email).await.unwrap().unwrap();
        assert_eq!(login.password_hash, None, "{email}");
    }
    let (.., email) = sample::SIGN_INS[0];
    let form = [("email", email), ("password", sample::PASSWORD)];
    let place = app.post("/sign-in").form(&form).send().await;
    let place = place.expect_see_other();
    assert!(place.starts_with("/sign-in?problem=wrong"), "{place}");
}

#[tokio::test]
async fn the_sample_is_removed_from_the_page_of_ones_own_store() {
    let app = App::start().await;
    let owner = app.person(Role::SuperAdmin).await;
    let made = app.storage.create_store(sample::new_store()).await;
    made.unwrap();
    let page = app.get("/connect").header("accept", "text/html");
    let page = page.person(&owner).send().await.expect(200).text();
    for words in ["Open the sample store", "Remove the sample store"] {
        assert!(page.contains(words), "{words}");
    }
    function(&app, &owner, "sample-remove", &[])
        .await
        .expect(200);
    let stores = app.storage.list_stores().await.unwrap();
    assert_eq!((stores.len(), stores[0].is_sample), (1, false));
    let session = app.storage.session(&owner.token).await.unwrap().unwrap();
    assert_eq!(session.store, stores[0]);
}

#[tokio::test]
async fn a_super_admin_adds_a_store_and_looks_at_it() {
    let app = App::start().await;
    let owner = app.person(Role::SuperAdmin).await;
    let admin = app.person(Role::Admin).await;
    let fields = [("store_name", "Wool"), ("store_zone", "Europe/Berlin")];
    let refused = function(&app, &admin, "store-add", &fields).await;
    assert_eq!(refused.expect(403).json()["code"], "forbidden");
    function(&app, &owner, "store-add", &fields)
        .await
        .expect(200);
    let session = app.storage.session(&owner.token).await.unwrap().unwrap();
    assert_eq!(
        (session.role, session.store.name.as_str()),
        (Role::SuperAdmin, "Wool")
    );
    assert_eq!(session.store.time_zone, "Europe/Berlin");
}
