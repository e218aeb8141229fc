//! What people at a thread and rules behind it count on: presence, several at once, the mail as it was sent, nothing
//! missed when the process dies.

use crate::harness::{App, Socket};
use crate::v1_calls::{Api, RULE, TEMPLATE, get, post, put, rule, template, waiting_message};
use domain::Role;
use domain::message::{Channel, Mailbox, Message, MessageDirection, MessageType};
use serde_json::{Value, json};
use std::time::Duration;

/// Asks until it is so.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

async fn open(app: &App, role: Role) -> Socket {
    follow(app, role, "order:1042").await
}

async fn follow(app: &App, role: Role, topic: &str) -> Socket {
    let person = app.person(role).await;
    let mut socket = app.socket(&person).await;
    socket
        .say(&json!({"type": "follow", "topic": topic, "q": "", "mark": null}))
        .await;
    assert_eq!(socket.hear().await["type"], "hello");
    socket
}

fn people(event: &Value) -> Vec<bool> {
    assert_eq!(event["type"], "presence", "{event}");
    let people = event["people"].as_array().unwrap().iter();
    people.map(|p| p["is_typing"] == true).collect()
}

#[tokio::test]
async fn who_has_a_thread_open_is_seen_by_the_others_and_so_is_writing() {
    let api = Api::start().await;
    api.admin(put("/orders/1042").json(&json!({})))
        .await
        .is(200);
    let mut one = open(&api.app, Role::Manager).await;
    let mut two = open(&api.app, Role::Auditor).await;
    assert_eq!(people(&two.hear().await), [false]);
    assert_eq!(people(&one.hear().await), [false]);
    two.say(&json!({"type": "typing", "is_typing": true})).await;
    assert_eq!(people(&one.hear().await), [true]);
    // Said again it is no news.
    two.say(&json!({"type": "typing", "is_typing": true})).await;
    two.say(&json!({"type": "typing", "is_typing": false}))
        .await;
    assert_eq!(people(&one.hear().await), [false]);
    two.say(&json!({"type": "typing", "is_typing": true})).await;
    assert_eq!(people(&one.hear().await), [true]);
    // Who says nothing more is taken to have stopped.
    assert_eq!(people(&one.hear().await), [false]);
    drop(two);
    assert_eq!(people(&one.hear().await), [] as [bool; 0]);
}

#[tokio::test]
async fn nobody_is_seen_in_a_thread_that_is_not_open_to_them() {
    let api = Api::start().await;
    let order = json!({"assigned_to": "somebody@else.example"});
    api.admin(put("/orders/1042").json(&order)).await.is(200);
    let mut manager = open(&api.app, Role::Manager).await;
    let mut staff = open(&api.app, Role::Staff).await;
    staff
        .say(&json!({"type": "typing", "is_typing": true}))
        .await;
    staff.hear_nothing().await;
    manager.hear_nothing().await;
}

#[tokio::test]
async fn who_is_sent_a_message_whole_has_looked_at_it() {
    let api = Api::start().await;
    api.admin(put("/orders/1042").json(&json!({})))
        .await
        .is(200);
    let mut mail = waiting_message();
    let text = format!("{}the end", "On its way. ".repeat(40));
    mail["text"] = json!(text);
    let send = async || {
        api.admin(post("/messages").json(&mail)).await.is(201);
    };
    let looks = async || {
        let found = api.admin(get("/security?q=event:log.viewed")).await;
        found.is(200).json()["items"].as_array().unwrap().clone()
    };
    // The list shows a line, and no more is sent.
    let mut list = follow(&api.app, Role::Manager, "messages").await;
    send().await;
    let added = list.hear().await;
    assert_eq!(added["type"], "message_added", "{added}");
    assert!(added["item"]["row"]["preview"].as_str().unwrap().len() <= 200);
    assert_eq!(added["item"]["text"], Value::Null);
    assert_eq!(added["item"]["attachments"], json!([]));
    assert!(!added.to_string().contains("the end"), "{added}");
    assert_eq!(looks().await, [] as [Value; 0]);
    // A masked role is shown nothing of it, in the thread neither.
    let mut masked = open(&api.app, Role::Auditor).await;
    send().await;
    let added = masked.hear().await;
    assert_eq!(added["type"], "message_added", "{added}");
    assert_eq!(looks().await, [] as [Value; 0]);
    drop(masked);
    // A thread shows it whole: that is on record once it is here.
    let mut thread = open(&api.app, Role::Manager).await;
    send().await;
    let added = loop {
        let heard = thread.hear().await;
        if heard["type"] != "presence" {
            break heard;
        }
    };
    assert_eq!(added["item"]["text"], text, "{added}");
    let looked = looks().await;
    assert_eq!(looked.len(), 1, "{looked:?}");
    assert_eq!(looked[0]["reason"], "thread_opened");
    assert_eq!(looked[0]["subject"]["id"], "1042");
    assert_eq!(looked[0]["ip"], "127.0.0.1");
}

#[tokio::test]
async fn several_are_stopped_by_query_and_restarted_by_id() {
    let api = Api::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(api.message().await);
    }
    let unknown = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f";
    let stopped = api
        .admin(post("/messages/stop").json(&json!({"q": "order:1042"})))
        .await;
    let stopped = stopped.is(200).json();
    assert_eq!(stopped["done"].as_array().unwrap().len(), 3, "{stopped}");
    assert_eq!(stopped["has_more"], false);
    let again = api
        .admin(post("/messages/stop").json(&json!({"q": "order:1042"})))
        .await;
    assert_eq!(again.is(200).json()["done"], json!([]), "nothing waits");
    let restarted = api
        .admin(post("/messages/restart").json(&json!({"ids": [ids[0], unknown]})))
        .await;
    let restarted = restarted.is(200).json();
    assert_eq!(restarted["done"], json!([ids[0]]));
    assert_eq!(restarted["not_done"][0]["id"], unknown);
    assert_eq!(restarted["not_done"][0]["code"], "not_found");
    let mistaken = json!({"q": "status:lost"});
    let mistaken = api.admin(post("/messages/stop").json(&mistaken)).await;
    assert_eq!(mistaken.is(400).json()["errors"][0]["pointer"], "/q");
}

#[tokio::test]
async fn a_mail_is_downloaded_as_it_was_sent_whatever_is_changed_later() {
    // Nobody listens there: the try fails, and what it would have sent is kept all the same.
    let app = App::start_with(&[("STORETRAIL_SMTP_URL", "smtp://127.0.0.1:9")]).await;
    let mut api = Api::of(app).await;
    let mail = json!({"channel": "email", "type": "other", "to": "noura@mail.example", "subject": "x", "text": "hello"});
    let id = api
        .admin(post("/messages").json(&mail))
        .await
        .is(201)
        .json()["id"]
        .clone();
    let id = id.as_str().unwrap().to_owned();
    let path = format!("/messages/{id}");
    until("a try", async || {
        let detail = api.admin(get(&path)).await.is(200).json();
        let history = detail["history"].as_array().unwrap().clone();
        history
            .iter()
            .any(|step| step["fact"]["raw"]["sha256"].is_string())
            .then_some(())
    })
    .await;
    let eml = format!("/messages/{id}/eml");
    let sent = api.admin(get(&eml)).await.is(200).bytes;
    // Another address of the server would make another mail.
    api.restart().await;
    assert_eq!(api.admin(get(&eml)).await.is(200).bytes, sent);
    assert!(String::from_utf8(sent).unwrap().contains("Subject: x\r\n"));
    assert_eq!(api.send(Role::Auditor, get(&eml)).await.status, 404);
}

#[tokio::test]
async fn a_mail_server_that_hangs_holds_up_no_text() {
    // It takes connections and never says a word.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let smtp = format!("smtp://{}", silent.local_addr().unwrap());
    let app = App::start_with(&[
        ("STORETRAIL_SMTP_URL", smtp.as_str()),
        ("STORETRAIL_TWILIO_ACCOUNT_SID", "AC1"),
        ("STORETRAIL_TWILIO_AUTH_TOKEN", "the-auth-token"),
        ("STORETRAIL_TWILIO_BASE_URL", "http://127.0.0.1:1"),
        ("STORETRAIL_TWILIO_SMS_FROM", "+14155550100"),
    ])
    .await;
    let api = Api::of(app).await;
    let mail = json!({"channel": "email", "type": "other", "to": "noura@mail.example", "subject": "x", "text": "hello"});
    for _ in 0..40 {
        api.admin(post("/messages").json(&mail)).await.is(201);
    }
    let text = json!({"channel": "sms", "type": "other", "to": "+966551234567", "text": "hello"});
    let sent = api.admin(post("/messages").json(&text)).await.is(201);
    let path = format!("/messages/{}", sent.json()["id"].as_str().unwrap());
    until("a try", async || {
        let detail = api.admin(get(&path)).await.is(200).json();
        let mut history = detail["history"].as_array().unwrap().iter();
        let is_begun = history.any(|step| step["fact"]["fact"] == "begun");
        is_begun.then_some(())
    })
    .await;
}

#[tokio::test]
async fn files_of_thirty_mebibytes_are_taken_and_more_is_refused_in_words() {
    let api = Api::start().await;
    let mail = |bytes: usize| {
        let content = "AAAA".repeat(bytes / 3);
        json!({"channel": "email", "type": "other", "to": "noura@mail.example", "subject": "x", "text": "x",
            "send_at": "2026-11-21T09:00:00Z", "attachments": [{"name": "a.bin", "content": content}]})
    };
    const MEBI: usize = 1024 * 1024;
    api.admin(post("/messages").json(&mail(29 * MEBI)))
        .await
        .is(201);
    let refused = api.admin(post("/messages").json(&mail(31 * MEBI))).await;
    let refused = refused.is(422).json();
    assert_eq!(
        refused["errors"][0]["pointer"], "/attachments/0/content",
        "{refused}"
    );
    let detail = refused["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("30 MiB"), "{detail}");
    let refused = api.admin(post("/messages").json(&mail(36 * MEBI))).await;
    let refused = refused.is(413);
    assert_eq!(refused.code(), "too_large");
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("30 MiB"), "{detail}");
    let count = api.admin(get("/messages/count")).await.is(200).json();
    assert_eq!(count["count"], 1);
}

#[tokio::test]
async fn what_came_before_the_process_died_is_answered_after_it() {
    let mut api = Api::start().await;
    api.admin(put(TEMPLATE).json(&template())).await.is(200);
    api.admin(put(RULE).json(&rule())).await.is(200);
    // Received and durable; then the process ends, before any rule has seen it.
    let now = api.app.clock.now();
    let message = Message {
        from: Some(Mailbox {
            name: None,
            address: "+966551234567".to_owned(),
        }),
        text: Some("Where is it?".to_owned()),
        message_id: Some("SM1".to_owned()),
        ..Message::new(
            Channel::Sms,
            MessageDirection::Inbound,
            MessageType::Other,
            now,
            domain::Actor::system(),
        )
    };
    api.app.stop();
    let received = api
        .storage
        .receive_message(&api.scope, message, Vec::new(), None);
    received.await.unwrap();
    api.app.clock.advance(chrono::TimeDelta::minutes(5));
    api.restart().await;
    let answers = until("an answer", async || {
        let found = api.admin(get("/messages?q=direction:outbound")).await;
        let items = found.is(200).json()["items"].as_array().unwrap().clone();
        (!items.is_empty()).then_some(items)
    })
    .await;
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["caused_by"]["type"], "rule", "{answers:#?}");
}

#[tokio::test]
async fn what_another_system_tells_today_sets_off_rules_too() {
    let api = Api::start().await;
    api.admin(put(TEMPLATE).json(&template())).await.is(200);
    api.admin(put(RULE).json(&rule())).await.is(200);
    let told = json!({"channel": "whatsapp", "direction": "inbound", "type": "reply", "from": "+966551234567",
        "to": "+966110000000", "text": "Where is it?", "record_only": true});
    api.admin(post("/messages").json(&told)).await.is(201);
    api.app.clock.advance(chrono::TimeDelta::seconds(10));
    until("an evaluation", async || {
        let found = api.admin(get("/activities?q=action:rule.evaluated")).await;
        let items = found.is(200).json()["items"].as_array().unwrap().clone();
        (!items.is_empty()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_a_page_sends_goes_out_once_a_key_and_is_refused_in_words() {
    let api = Api::start().await;
    let person = api.app.person(Role::Manager).await;
    let call = async |name: &str, fields: &[(&str, &str)]| {
        let call = api.app.post(&format!("/fn/messages/{name}"));
        call.person(&person).form(fields).send().await
    };
    let sent = async || {
        let found = api.admin(get("/messages?q=direction:outbound")).await;
        found.is(200).json()["items"].as_array().unwrap().clone()
    };
    let (one, two) = (
        "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f",
        "8e03978e-40d5-43e8-bc93-6894a57f9324",
    );
    let body =
        |to: &str| json!({"channel": "sms", "type": "reply", "to": to, "text": "Soon"}).to_string();
    let right = body("+966551234567");
    let other = body("+966551234568");
    let local = body("0551234567");
    for _ in 0..2 {
        let fields = [("key", one), ("body", right.as_str())];
        call("send", &fields).await.expect(200);
    }
    let id = sent().await[0]["id"].as_str().unwrap().to_owned();
    let again = [("id", id.as_str()), ("key", two)];
    for _ in 0..2 {
        call("again", &again).await.expect(200);
    }
    assert_eq!(sent().await.len(), 2);
    for key in [one, two] {
        let refused = call("send", &[("key", key), ("body", other.as_str())]).await;
        let refused = refused.expect(422).json();
        assert_eq!(refused["code"], "idempotency_conflict", "{refused}");
    }
    let refused = call("send", &[("key", one), ("body", local.as_str())]).await;
    let refused = refused.expect(422).json();
    assert_eq!(refused["fields"][0]["pointer"], "/to", "{refused}");
    assert_eq!(sent().await.len(), 2);
}
