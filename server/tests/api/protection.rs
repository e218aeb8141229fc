//! What narrows keys and who hears of alarms: refused where it would not hold.

use crate::accounts::{function, prove};
use crate::harness::{Answer, App, Person};
use domain::Role;

const SECRET: (&str, &str) = (
    "STORETRAIL_WEBHOOK_SECRET",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
);

/// An admin who has just proved who they are.
async fn admin(app: &App) -> Person {
    let admin = app.person(Role::SuperAdmin).await;
    prove(app, &admin, "").await.expect(200);
    admin
}

/// Has alarms posted to an address.
async fn post_to(app: &App, admin: &Person, url: &str) -> Answer {
    let mut policy = app.storage.policy(&app.scope().await).await.unwrap();
    policy.alarm_url = Some(url.to_owned());
    let policy = serde_json::to_string(&policy).unwrap();
    function(app, admin, "policy-save", &[("policy", &policy)]).await
}

/// The field that was refused and its code.
fn fault(answer: Answer) -> (String, String) {
    let field = answer.expect(422).json()["fields"][0].clone();
    let word = |name: &str| field[name].as_str().unwrap().to_owned();
    (word("pointer"), word("code"))
}

#[tokio::test]
async fn a_key_with_a_category_that_there_is_not_is_not_made() {
    let app = App::start().await;
    let admin = admin(&app).await;
    let count = app
        .storage
        .list_keys(&app.scope().await)
        .await
        .unwrap()
        .len();
    for (name, value, code) in [
        ("categories", "nonsense", "unknown"),
        ("categories", "products,nonsense", "unknown"),
        ("days", "99999", "out_of_range"),
    ] {
        let fields = [("name", "Till"), ("role", "manager"), (name, value)];
        let refused = function(&app, &admin, "key-create", &fields).await;
        assert_eq!(fault(refused), (name.to_owned(), code.to_owned()));
    }
    let keys = app.storage.list_keys(&app.scope().await).await.unwrap();
    assert_eq!(keys.len(), count);
}

#[tokio::test]
async fn an_alarm_address_without_a_secret_to_sign_with_is_refused() {
    let app = App::start().await;
    let admin = admin(&app).await;
    let refused = post_to(&app, &admin, "https://alarms.example/x").await;
    assert!(refused.text().contains("STORETRAIL_WEBHOOK_SECRET"));
    let unsigned = ("alarm_url".to_owned(), "unsigned".to_owned());
    assert_eq!(fault(refused), unsigned);
    let policy = app.storage.policy(&app.scope().await).await.unwrap();
    assert_eq!(policy.alarm_url, None);
}

#[tokio::test]
async fn an_alarm_address_that_is_never_called_is_refused() {
    let app = App::start_with(&[SECRET, ("STORETRAIL_WEBHOOK_NETWORKS", "10.1.0.0/16")]).await;
    let admin = admin(&app).await;
    for inner in [
        "https://127.0.0.1/a",
        "https://169.254.169.254/",
        "https://localhost/a",
        " https://[::1]/a ",
        "https://10.2.0.1/a",
    ] {
        let refused = post_to(&app, &admin, inner).await;
        let internal = ("alarm_url".to_owned(), "internal".to_owned());
        assert_eq!(fault(refused), internal, "{inner}");
    }
    for called in ["https://alarms.example/x", "https://10.1.0.7/a"] {
        post_to(&app, &admin, called).await.expect(200);
    }
}
