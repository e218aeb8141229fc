//! In which store's logs a call stands, where an instance has several.

use crate::harness::{Answer, App, PASSWORD, new_key};
use crate::watch::{detail, listed};
use domain::Role;
use domain::view::NewKey;
use serde_json::Value;
use storage::Scope;

/// Linen, the first store, and Maison Noor, with a key to the logs of each.
struct Stores {
    app: App,
    linen: String,
    noor: String,
    noor_scope: Scope,
}

impl Stores {
    async fn start() -> Self {
        let app = App::start().await;
        let noor_scope = Scope::system("test", app.add_store("Maison Noor").await);
        Self {
            linen: app.key(Role::SuperAdmin).await,
            noor: app.key_in(&noor_scope, Role::SuperAdmin).await,
            noor_scope,
            app,
        }
    }

    /// The call in the log of Maison Noor, and in no other.
    async fn kept_by_noor(&self, answer: &Answer) -> Value {
        let path = path_of(answer);
        let found = listed(&self.app, &self.noor, &path).await;
        // Calls that come together are written store by store, the first store's first.
        let elsewhere = self.app.get(&path).key(&self.linen).send().await;
        assert_eq!(elsewhere.expect(200).json()["items"], Value::Array(vec![]));
        detail(&self.app, &self.noor, &found[0]).await
    }
}

fn path_of(answer: &Answer) -> String {
    let id = answer.header("x-request-id");
    format!("/api/v1/requests?q=request:{id}")
}

#[tokio::test]
async fn a_sign_in_stands_in_the_store_of_the_account() {
    let stores = Stores::start().await;
    let app = &stores.app;
    let (_, email) = app.user_in(&stores.noor_scope, Role::Manager).await;
    let form = |password| [("email", email.as_str()), ("password", password)];

    let answer = app.post("/sign-in").form(&form(PASSWORD)).send().await;
    let entry = stores.kept_by_noor(&answer).await;
    assert_eq!(entry["actor"]["type"], "user");
    let body = entry["body"].as_str().unwrap();
    assert!(body.starts_with("email=manager"), "{body}");
    let path = "/api/v1/security?q=event:sign_in.succeeded";
    let event = listed(app, &stores.noor, path).await[0]["id"].clone();
    let event = serde_json::from_value(event).unwrap();
    let found = app.storage.get_security(&stores.noor_scope, event).await;
    let request = found.unwrap().unwrap().request;
    assert!(request.is_some(), "the event leads to its call");

    let answer = app.post("/sign-in").form(&form("another")).send().await;
    let entry = stores.kept_by_noor(&answer).await;
    assert_eq!(entry["actor"]["type"], "system");
    assert_eq!(entry["actor"]["name"], Value::Null, "nobody is known");
    let answer = app.post("/forgot").form(&form(PASSWORD)[..1]).send().await;
    assert_eq!(stores.kept_by_noor(&answer).await["route"], "/forgot");
}

#[tokio::test]
async fn who_is_blocked_is_still_told_of_in_the_own_store() {
    let stores = Stores::start().await;
    let app = &stores.app;
    let (id, email) = app.user_in(&stores.noor_scope, Role::Manager).await;
    let blocked = app.storage.set_blocked(&stores.noor_scope, id, true).await;
    blocked.unwrap();
    let form = [("email", email.as_str()), ("password", PASSWORD)];
    let answer = app.post("/sign-in").form(&form).send().await;
    stores.kept_by_noor(&answer).await;
    let path = "/api/v1/security?q=event:sign_in.failed";
    let failed = listed(app, &stores.noor, path).await;
    assert_eq!(failed[0]["reason"], "blocked");
}

#[tokio::test]
async fn what_belongs_to_no_store_is_kept_by_the_first_without_what_was_typed() {
    let stores = Stores::start().await;
    let app = &stores.app;
    let form = [
        ("email", "nobody@maison-noor.example"),
        ("password", PASSWORD),
    ];
    let answer = app
        .post("/sign-in?next=/customers?q=nobody@maison-noor.example")
        .form(&form)
        .send()
        .await;
    let found = listed(app, &stores.linen, &path_of(&answer)).await;
    let entry = detail(app, &stores.linen, &found[0]).await;
    assert_eq!(
        (&entry["body"], &entry["query"]),
        (&Value::Null, &Value::Null)
    );
    assert!(entry["body_bytes"].as_u64() > Some(0), "{entry}");
    assert!(!entry.to_string().contains("maison"), "{entry}");
}

#[tokio::test]
async fn what_another_origin_asks_with_a_session_stands_in_the_store_of_the_session() {
    let stores = Stores::start().await;
    let app = &stores.app;
    let person = app.person_in(&stores.noor_scope, Role::Manager).await;
    let call = app.post("/sign-out").person(&person);
    let answer = call.header("origin", "https://evil.example").send().await;
    assert_eq!(answer.status, 403);
    stores.kept_by_noor(&answer).await;
    let path = "/api/v1/security?q=event:origin.foreign";
    let told = listed(app, &stores.noor, path).await;
    assert_eq!(told[0]["account"], person.email);
    let elsewhere = app.get(path).key(&stores.linen).send().await.expect(200);
    assert_eq!(elsewhere.json()["items"], Value::Array(vec![]));
}

#[tokio::test]
async fn a_refused_key_is_told_of_in_its_own_store_where_nothing_answers_too() {
    let stores = Stores::start().await;
    let app = &stores.app;
    let new = NewKey {
        networks: vec!["10.0.0.0/8".to_owned()],
        ..new_key("warehouse", Role::Admin)
    };
    let made = app.storage.create_key(&stores.noor_scope, new).await;
    let (warehouse, secret) = made.unwrap();
    for reason in ["wrong_network", "ended"] {
        for (call, status) in [
            (app.get("/zzz"), 404),
            (app.get("/api/v1/zzz"), 404),
            // It is read alone, and not posted to.
            (app.post("/api/v1/security"), 405),
        ] {
            let answer = call.key(&secret).send().await.expect(status);
            let entry = stores.kept_by_noor(&answer).await;
            assert_eq!(entry["actor"]["type"], "api_key");
            assert_eq!(entry["actor"]["name"], "warehouse");
        }
        // Alike ones within a minute are one.
        let path = format!("/api/v1/security?q=event:key.refused+reason:{reason}");
        let told = listed(app, &stores.noor, &path).await;
        assert_eq!(told.len(), 1, "{told:?}");
        let revoked = app.storage.revoke_key(&stores.noor_scope, warehouse.id);
        revoked.await.unwrap();
    }
    let keys = app.storage.list_keys(&stores.noor_scope).await.unwrap();
    let warehouse = keys.iter().find(|key| key.id == warehouse.id).unwrap();
    assert_eq!(warehouse.last_used_at, None, "it was no use");
}
