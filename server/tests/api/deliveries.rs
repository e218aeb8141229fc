//! What becomes of a message on its way out: a copy that is put off gets the same mail later, who opted out in time gets
//! none, and what no provider takes says so.

use crate::harness::App;
use crate::harness::mailbox::Mailbox;
use crate::v1_calls::{Api, get, post};
use chrono::TimeDelta;
use domain::message::Channel;
use serde_json::{Value, json};
use std::time::Duration;

/// Asks for a message until it is so.
async fn until(api: &Api, id: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/messages/{id}");
    for _ in 0..400 {
        let detail = api.admin(get(&path)).await.is(200).json();
        if is_so(&detail) {
            return detail;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

async fn sent(api: &Api, mail: Value) -> String {
    let answer = api.admin(post("/messages").json(&mail)).await.is(201);
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_copy_that_is_put_off_gets_the_same_mail_later_and_nobody_else_gets_it_twice() {
    let mailbox = Mailbox::open_but(Some("busy@mail.example")).await;
    let app = App::start_with(&[("STORETRAIL_SMTP_URL", &mailbox.url)]).await;
    let api = Api::of(app).await;
    let mail = json!({"channel": "email", "type": "other", "to": "noura@mail.example", "cc": ["busy@mail.example"],
        "bcc": ["quiet@mail.example"], "subject": "x", "text": "hello"});
    let id = sent(&api, mail).await;
    let missed = |detail: &Value| detail["delivery"]["verdict"]["missed"][0].clone();
    let detail = until(&api, &id, "sent", |d| d["delivery"]["status"] == "sent").await;
    let put_off = missed(&detail);
    assert_eq!(put_off["address"], "busy@mail.example", "{detail}");
    assert_eq!(put_off["code"], "451");
    assert!(put_off["retry_at"].is_string(), "{put_off}");
    api.app.clock.advance(TimeDelta::minutes(31));
    until(&api, &id, "taken", |detail| missed(detail).is_null()).await;
    let mails = mailbox.first(2).await;
    assert_eq!(mails[0], mails[1], "the very same mail");
    assert_eq!(
        mailbox.recipients(),
        [
            vec!["noura@mail.example", "quiet@mail.example"],
            vec!["busy@mail.example"]
        ]
    );
}

#[tokio::test]
async fn a_mail_that_waited_is_dated_when_it_left_first() {
    let mailbox = Mailbox::open_but(Some("busy@mail.example")).await;
    let app = App::start_with(&[("STORETRAIL_SMTP_URL", &mailbox.url)]).await;
    let api = Api::of(app).await;
    let mail = json!({"channel": "email", "type": "other", "to": "busy@mail.example", "subject": "x", "text": "hello",
        "send_at": "2026-11-20T10:00:00Z"});
    let id = sent(&api, mail).await;
    let eml = async || {
        let eml = api.admin(get(&format!("/messages/{id}/eml"))).await;
        String::from_utf8(eml.is(200).bytes).unwrap()
    };
    let waiting = eml().await;
    let due = "Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n";
    assert!(waiting.contains(due), "{waiting}");
    api.app.clock.advance(TimeDelta::minutes(61));
    until(&api, &id, "put off", |detail| {
        detail["delivery"]["attempts"][0]["retry_at"].is_string()
    })
    .await;
    let tried = eml().await;
    // Queued at 9:00, due at 10:00.
    let left = "Date: Fri, 20 Nov 2026 10:01:00 +0000\r\n";
    assert!(tried.contains(left), "{tried}");
    api.app.clock.advance(TimeDelta::minutes(31));
    until(&api, &id, "sent", |d| d["delivery"]["status"] == "sent").await;
    let mails = mailbox.first(1).await;
    assert!(mails[0].contains(left), "{}", mails[0]);
    assert_eq!(eml().await, tried);
}

#[tokio::test]
async fn who_opts_out_while_a_campaign_waits_gets_none_and_the_log_says_why() {
    let mailbox = Mailbox::open().await;
    let app = App::start_with(&[("STORETRAIL_SMTP_URL", &mailbox.url)]).await;
    let api = Api::of(app).await;
    let campaign = json!({"channel": "email", "type": "campaign", "to": "noura@mail.example", "subject": "x",
        "text": "hello", "send_at": "2026-11-20T10:00:00Z"});
    let id = sent(&api, campaign).await;
    let out = api
        .storage
        .set_opt_out(&api.scope, Channel::Email, "noura@mail.example", true)
        .await;
    out.unwrap();
    api.app.clock.advance(TimeDelta::minutes(61));
    let detail = until(&api, &id, "settled", |d| {
        d["delivery"]["status"] != "pending"
    })
    .await;
    assert_eq!(detail["delivery"]["status"], "not_sent", "{detail}");
    assert_eq!(detail["delivery"]["verdict"]["reason"], "opted_out");
    assert_eq!(detail["row"]["may"]["restart"], false);
    assert_eq!(mailbox.count(), 0);
    // Who sends one now is told at once.
    let another = json!({"channel": "email", "type": "campaign", "to": "noura@mail.example", "subject": "x",
        "text": "hello"});
    let told = api.admin(post("/messages").json(&another)).await;
    let told = told.is(201).json();
    assert_eq!(told["status"], "not_sent", "{told}");
    assert_eq!(told["reason"], "opted_out", "{told}");
}

#[tokio::test]
async fn what_has_no_provider_is_not_sent_at_once_and_says_why() {
    let api = Api::start().await;
    let text = json!({"channel": "sms", "type": "other", "to": "+966551234567", "text": "hello",
        "send_at": "2026-11-21T09:00:00Z"});
    let call = post("/messages").json(&text).once("a-text");
    let receipt = api.admin(call.clone()).await.is(201);
    let told = receipt.json();
    assert_eq!(told["status"], "not_sent", "{told}");
    assert_eq!(told["reason"], "no_sender", "{told}");
    let replayed = api.admin(call).await.is(201);
    assert_eq!(replayed.header("idempotency-replayed"), "true");
    assert_eq!(replayed.bytes, receipt.bytes);
    let id = told["id"].as_str().unwrap();
    let path = format!("/messages/{id}");
    let detail = api.admin(get(&path)).await.is(200).json();
    let delivery = &detail["delivery"];
    assert_eq!(delivery["status"], "not_sent", "{detail}");
    let verdict = json!({"verdict": "not_sent", "reason": "no_sender"});
    assert_eq!(delivery["verdict"], verdict);
    assert_eq!(delivery["attempts"], json!([]), "nothing was tried");
    assert_eq!(detail["row"]["may"]["restart"], false);
    assert_eq!(detail["row"]["may"]["needs_provider"], true);
    let restart = post(&format!("{path}/restart"));
    let refused = api.admin(restart).await.is(409).json();
    assert_eq!(refused["errors"][0]["code"], "not_set_up", "{refused}");
    // What takes it from there until nothing is left ends.
    for which in [json!({"q": "status:not_sent"}), json!({"ids": [id]})] {
        let restart = post("/messages/restart").json(&which);
        let told = api.admin(restart).await.is(200).json();
        assert_eq!(told["done"], json!([]), "{told}");
        assert_eq!(told["has_more"], false, "{told}");
        let left = told["not_done"].as_array().unwrap();
        assert_eq!(left.len(), 1, "{told}");
        assert_eq!(left[0]["id"], id);
        assert_eq!(left[0]["code"], "not_set_up");
    }
    let again = post(&format!("{path}/send-again")).json(&json!({}));
    api.admin(again).await.is(201);
    let found = api.admin(get("/messages?q=status:not_sent")).await.is(200);
    assert_eq!(found.json()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_lost_its_provider_while_it_waited_is_refused_by_nobody() {
    // It was accepted by a server that had one.
    let app = App::start_with(&[
        ("STORETRAIL_TWILIO_ACCOUNT_SID", "AC1"),
        ("STORETRAIL_TWILIO_AUTH_TOKEN", "the-auth-token"),
        ("STORETRAIL_TWILIO_BASE_URL", "http://127.0.0.1:1"),
        ("STORETRAIL_TWILIO_SMS_FROM", "+14155550100"),
    ])
    .await;
    let mut api = Api::of(app).await;
    let text = json!({"channel": "sms", "type": "other", "to": "+966551234567", "text": "hello",
        "send_at": "2026-11-20T10:00:00Z"});
    let id = sent(&api, text).await;
    // The next one has none.
    api.restart().await;
    api.app.clock.advance(TimeDelta::minutes(61));
    let detail = until(&api, &id, "settled", |d| {
        d["delivery"]["status"] != "pending"
    })
    .await;
    assert_eq!(detail["delivery"]["status"], "not_sent", "{detail}");
    assert_eq!(detail["delivery"]["verdict"]["reason"], "no_sender");
    let history = detail["history"].as_array().unwrap();
    let has_begun = |step: &Value| step["fact"]["fact"] == "begun";
    assert!(!history.iter().any(has_begun), "{detail}");
}
