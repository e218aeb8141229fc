//! Passkeys and providers from outside, as far as no browser is needed: what is refused, and how it is said. With a
//! browser: `end2end/tests/passkeys.spec.ts` and `openid.spec.ts`.

use crate::harness::{App, PASSWORD, Person};
use chrono::TimeDelta;
use domain::Role;
use serde_json::Value;
use storage::{Caller, Passkey};

async fn function(app: &App, person: &Person, name: &str, fields: &[(&str, &str)]) -> Value {
    let call = app.post(&format!("/fn/{name}")).person(person);
    let answer = call.form(fields).send().await;
    serde_json::from_str(&answer.text()).unwrap_or(Value::Null)
}

async fn named() -> App {
    App::start_with(&[("STORETRAIL_PUBLIC_URL", "http://localhost:3000")]).await
}

#[tokio::test]
async fn a_new_passkey_wants_a_session_a_fresh_proof_and_a_host_name() {
    let app = named().await;
    app.post("/fn/account/passkey-begin")
        .send()
        .await
        .expect(401);
    let person = app.person(Role::Manager).await;
    let asked = function(&app, &person, "account/passkey-begin", &[]).await;
    let options: Value = serde_json::from_str(asked["options"].as_str().unwrap()).unwrap();
    assert_eq!(options["rp"]["id"], "localhost");
    assert_eq!(options["user"]["name"], person.email.as_str());
    app.clock.advance(TimeDelta::minutes(11));
    let refused = function(&app, &person, "account/passkey-begin", &[]).await;
    assert_eq!(refused["code"], "proof_required");

    let by_number = App::start().await;
    let person = by_number.person(Role::Manager).await;
    let refused = function(&by_number, &person, "account/passkey-begin", &[]).await;
    assert_eq!(refused["code"], "unavailable");
}

#[tokio::test]
async fn who_has_a_passkey_and_no_app_is_told_so_and_gets_new_recovery_codes() {
    let app = named().await;
    let person = app.person(Role::Manager).await;
    let page = async || {
        let answer = app.get("/account").person(&person).send().await;
        answer.expect(200).text()
    };
    let renew = async || function(&app, &person, "account/recovery-codes", &[]).await;
    assert!(!page().await.contains("Make new recovery codes"));
    assert_eq!(renew().await["code"], "conflict");

    let session = app.storage.session(&person.token).await.unwrap().unwrap();
    let passkey = Passkey {
        credential_id: vec![1; 16],
        user_id: person.id,
        name: "Work laptop".to_owned(),
        definition: "{}".to_owned(),
    };
    let caller = Caller::default();
    let added = app
        .storage
        .add_passkey(&session, passkey, [1; 32], &caller)
        .await;
    let first = added.unwrap();
    let html = page().await;
    for words in [
        "By passkey, without an authenticator app",
        "10 recovery codes are left.",
        "Make new recovery codes",
        "Set up an authenticator app",
    ] {
        assert!(html.contains(words), "{words} is missing");
    }
    let made: Vec<String> = serde_json::from_value(renew().await).unwrap();
    assert_eq!(made.len(), 10);
    assert!(made.iter().all(|code| !first.contains(code)));
    app.clock.advance(TimeDelta::minutes(11));
    assert_eq!(renew().await["code"], "proof_required");
    let nobody = app.post("/fn/account/recovery-codes").send().await;
    nobody.expect(401);
}

#[tokio::test]
async fn an_answer_that_is_none_opens_nothing_and_is_told_in_words() {
    let app = named().await;
    let person = app.person(Role::Manager).await;
    let asked = function(&app, &person, "sign-in/passkey", &[]).await;
    let ceremony = asked["ceremony"].as_str().unwrap().to_owned();
    let registration = function(&app, &person, "account/passkey-begin", &[]).await;
    let registration = registration["ceremony"].as_str().unwrap().to_owned();
    let huge = "x".repeat(1_000_000);
    for (ceremony, credential, problem) in [
        ("", "", "expired"),
        ("nonsense", "{}", "expired"),
        // A question for something else is no question for this.
        (registration.as_str(), "{}", "expired"),
        (ceremony.as_str(), "", "no_passkey"),
        (ceremony.as_str(), "{}", "no_passkey"),
        (ceremony.as_str(), huge.as_str(), "no_passkey"),
        (huge.as_str(), "{}", "expired"),
    ] {
        let form = [("ceremony", ceremony), ("credential", credential)];
        let answer = app.post("/sign-in/passkey").form(&form).send().await;
        assert!(answer.headers.get("set-cookie").is_none());
        let to = answer.expect_see_other();
        assert!(to.contains(&format!("problem={problem}")), "{to}");
    }
    let form = [("ceremony", "x"), ("credential", "{}"), ("is_step", "true")];
    let answer = app.post("/sign-in/passkey").form(&form).send().await;
    let to = answer.expect_see_other();
    assert!(to.contains("problem=expired"), "{to}");
}

#[tokio::test]
async fn a_page_of_another_origin_shows_no_passkey_here() {
    let app = named().await;
    let form = [("ceremony", "x"), ("credential", "{}")];
    let call = app.post("/sign-in/passkey").form(&form);
    let foreign = call
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://evil.example");
    foreign.send().await.expect(403);
}

#[tokio::test]
async fn a_provider_that_is_not_set_up_is_not_found_and_one_that_is_away_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openid.toml");
    // Nobody listens on port 9 of this machine.
    let text = "[[provider]]\nid = \"away\"\nname = \"Away\"\nissuer = \"http://127.0.0.1:9\"\nclient_id = \"x\"\n";
    std::fs::write(&file, text).unwrap();
    let app = App::start_with(&[("STORETRAIL_OPENID_FILE", file.to_str().unwrap())]).await;
    app.get("/sign-in/openid/nobody").send().await.expect(404);
    app.get("/sign-in/openid/nobody/back")
        .send()
        .await
        .expect(404);
    let answer = app.get("/sign-in/openid/away?next=/orders").send().await;
    assert_eq!(
        answer.expect_see_other(),
        "/sign-in?problem=openid_failed&next=%2Forders"
    );
    let answer = app
        .get("/sign-in/openid/away/back?code=c&state=s")
        .send()
        .await;
    let to = answer.expect_see_other();
    assert!(to.starts_with("/sign-in?problem=expired"), "{to}");
    let page = app.get("/sign-in").send().await.expect(200).text();
    assert!(page.contains("Sign in with Away"));
    // The password still opens.
    let person = app.person(Role::Manager).await;
    let form = [("email", person.email.as_str()), ("password", PASSWORD)];
    let answer = app.post("/sign-in").form(&form).send().await;
    assert_eq!(answer.expect_see_other(), "/activity");
}
