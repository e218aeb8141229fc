//! Messages over the API: sent, recorded, stopped, reported on, followed.

use crate::harness::App;
use crate::v1_calls::{Api, get, post, put, waiting_message};
use domain::Role;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

async fn detail(api: &Api, id: &str) -> Value {
    let answer = api.admin(get(&format!("/messages/{id}"))).await;
    answer.is(200).json()
}

#[tokio::test]
async fn a_message_is_answered_with_its_id_and_place() {
    let api = Api::start().await;
    let answer = api.admin(post("/messages").json(&waiting_message())).await;
    let answer = answer.is(201);
    let receipt = answer.json();
    let id = receipt["id"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("location"), format!("/api/v1/messages/{id}"));
    assert_eq!(receipt["status"], "pending", "{receipt}");
    assert!(receipt.get("reason").is_none(), "{receipt}");
    let shown = detail(&api, &id).await;
    assert_eq!(shown["delivery"]["status"], "pending");
    assert_eq!(shown["message"]["to"][0]["address"], "noura@mail.example");
    let list = api
        .admin(get("/messages?q=order:1042"))
        .await
        .is(200)
        .json();
    assert_eq!(list["items"][0]["id"], id.as_str());
    let file = api
        .admin(get(&format!("/messages/{id}/attachments/0")))
        .await;
    let file = file.is(200);
    assert_eq!(file.bytes, b"hi");
    assert!(
        file.header("content-disposition")
            .starts_with("attachment;")
    );
    let eml = api.admin(get(&format!("/messages/{id}/eml"))).await.is(200);
    let eml = String::from_utf8(eml.bytes).unwrap();
    assert!(eml.contains("Subject: Order 1042\r\n"), "{eml}");
    assert!(eml.contains("Reply-To: reply+"), "{eml}");
}

#[tokio::test]
async fn a_message_that_says_no_sender_is_shown_and_found_with_the_one_it_goes_out_with() {
    let settings = [
        ("STORETRAIL_MAIL_FROM", "Linen <orders@linen.example>"),
        ("STORETRAIL_TWILIO_SMS_FROM", "+14155550100"),
        ("STORETRAIL_TWILIO_WHATSAPP_FROM", "+14155550101"),
    ];
    let api = Api::of(App::start_with(&settings).await).await;
    let id = api.message().await;
    let message = detail(&api, &id).await["message"].clone();
    let sender = json!({"name": "Linen", "address": "orders@linen.example"});
    assert_eq!(message["from"], sender);
    assert_eq!(message["filled_in"], json!(["from", "reply_to"]));
    let eml = api.admin(get(&format!("/messages/{id}/eml"))).await.is(200);
    let eml = String::from_utf8(eml.bytes).unwrap();
    let reply_to = message["reply_to"]["address"].as_str().unwrap();
    let message_id = message["message_id"].as_str().unwrap();
    for header in [
        "From: Linen <orders@linen.example>".to_owned(),
        format!("Reply-To: {reply_to}"),
        format!("Message-ID: <{message_id}>"),
    ] {
        assert!(eml.contains(&format!("{header}\r\n")), "{header}\n{eml}");
    }
    let sms = json!({"channel": "sms", "type": "other", "to": "+966551234567", "text": "hello",
        "send_at": "2026-11-21T09:00:00Z"});
    let sms = api.admin(post("/messages").json(&sms)).await.is(201).json();
    for (q, found) in [
        ("from:orders@linen.example", id.as_str()),
        ("from:14155550100", sms["id"].as_str().unwrap()),
    ] {
        let list = api.admin(get(&format!("/messages?q={q}"))).await;
        let items = list.is(200).json()["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), 1, "{q}");
        assert_eq!(items[0]["id"], found, "{q}");
    }
}

#[tokio::test]
async fn the_same_call_sends_once() {
    let api = Api::start().await;
    let call = post("/messages").json(&waiting_message()).once("one");
    let first = api.admin(call.clone()).await.is(201);
    let second = api.admin(call).await.is(201);
    assert_eq!(first.bytes, second.bytes);
    assert_eq!(second.header("idempotency-replayed"), "true");
    let count = api.admin(get("/messages/count")).await.is(200).json();
    assert_eq!(count["count"], 1);
}

#[tokio::test]
async fn bad_messages_are_refused_with_each_field_named() {
    let api = Api::start().await;
    let mut told = Vec::new();
    for body in [
        json!({}),
        json!([]),
        json!({"channel": "pigeon", "to": "a@b.example", "text": "x"}),
        json!({"channel": "email", "to": "nobody", "subject": "x\r\nBcc: thief@mail.example", "text": "x"}),
        json!({"channel": "sms", "to": "+99912345678", "text": "hello"}),
        json!({"channel": "sms", "to": "0551234567", "text": "hello", "subject": "x"}),
        json!({"channel": "email", "to": "a@b.example", "subject": "x", "text": "x", "headers": {"Bcc": "c@d.example"}}),
        json!({"channel": "email", "to": "a@b.example", "subject": "x", "text": "x", "surprise": 1}),
        json!({"channel": "email", "to": "a@b.example", "subject": "x", "text": "x", "attachments": [{"name": "a", "content": "%"}]}),
    ] {
        let answer = api.admin(post("/messages").json(&body)).await.is(422);
        told.push(json!({"sent": body, "answer": answer.told()}));
    }
    assert_json_snapshot!(told);
    let count = api.admin(get("/messages/count")).await.is(200).json();
    assert_eq!(count["count"], 0);
}

#[tokio::test]
async fn what_waits_is_stopped_and_restarted_and_no_more_than_once() {
    let api = Api::start().await;
    let id = api.message().await;
    let path = |verb: &str| format!("/messages/{id}/{verb}");
    let stopped = api.admin(post(&path("stop"))).await.is(200).json();
    assert_eq!(stopped["delivery"]["status"], "stopped");
    let again = api.admin(post(&path("stop"))).await.is(409);
    assert_eq!(again.code(), "conflict");
    assert_eq!(again.json()["errors"][0]["code"], "stopped");
    let restarted = api.admin(post(&path("restart"))).await.is(200).json();
    assert_eq!(restarted["delivery"]["status"], "pending");
    assert_eq!(
        api.admin(post(&path("restart"))).await.is(409).code(),
        "conflict"
    );
}

#[tokio::test]
async fn what_is_scheduled_is_released_once_and_what_was_stopped_is_not() {
    let api = Api::start().await;
    let (id, stopped) = (api.message().await, api.message().await);
    let release = post(&format!("/messages/{id}/release"));
    let released = api.admin(release.clone()).await.is(200).json();
    let history = released["history"].as_array().unwrap();
    let fact = history
        .iter()
        .map(|step| &step["fact"])
        .find(|fact| fact["fact"] == "released");
    assert!(fact.unwrap()["by"].is_object(), "{released}");
    assert_eq!(released["row"]["may"]["release"], false);
    // Whether a worker has it by now or not: it waits for nothing any more.
    let again = api.admin(release).await.is(409);
    assert_eq!(again.code(), "conflict");
    let stop = post(&format!("/messages/{stopped}/stop"));
    api.admin(stop).await.is(200);
    let release = post(&format!("/messages/{stopped}/release"));
    let refused = api.admin(release).await.is(409);
    assert_eq!(refused.json()["errors"][0]["code"], "stopped");
}

#[tokio::test]
async fn reports_in_any_order_end_in_the_same_status() {
    let api = Api::start().await;
    for order in [
        ["sent", "delivered", "failed"],
        ["failed", "delivered", "sent"],
    ] {
        let sent = json!({"channel": "sms", "record_only": true, "to": "+966551234567", "text": "hi", "provider": "gateway"});
        let answer = api.admin(post("/messages").json(&sent)).await.is(201);
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        for status in order {
            let report = json!({"status": status, "occurred_at": "2026-11-20T08:59:00Z", "provider": "gateway"});
            let path = format!("/messages/{id}/events");
            api.admin(post(&path).json(&report)).await.is(201);
        }
        let shown = detail(&api, &id).await;
        assert_eq!(shown["delivery"]["status"], "sent", "{order:?}");
        assert_eq!(shown["delivery"]["read"], "not_available");
    }
}

#[tokio::test]
async fn staff_write_about_their_own_orders_alone() {
    let api = Api::start().await;
    let refused = api.send(Role::Staff, post("/messages").json(&waiting_message()));
    assert_eq!(refused.await.is(404).code(), "not_found");
    let keeper = api.send(Role::StoreKeeper, get("/messages")).await;
    assert_eq!(keeper.is(403).code(), "forbidden");
    let id = api.message().await;
    let masked = api
        .send(Role::Auditor, get(&format!("/messages/{id}")))
        .await;
    let masked = String::from_utf8(masked.is(200).bytes).unwrap();
    assert!(
        !masked.contains("noura@") && !masked.contains("tomorrow"),
        "{masked}"
    );
    let eml = api
        .send(Role::Auditor, get(&format!("/messages/{id}/eml")))
        .await;
    assert_eq!(eml.status, 404);
}

#[tokio::test]
async fn a_thread_shows_its_messages_and_is_followed_live() {
    let api = Api::start().await;
    let order = json!({"customer_id": "c_77", "status": "shipped"});
    api.admin(put("/orders/1042").json(&order)).await.is(200);
    let person = api.app.person(Role::Manager).await;
    let mut socket = api.app.socket(&person).await;
    socket
        .say(&json!({"type": "follow", "topic": "order:1042", "q": "", "mark": null}))
        .await;
    assert_eq!(socket.hear().await["type"], "hello");
    let id = api.message().await;
    let added = socket.hear().await;
    assert_eq!(added["type"], "message_added", "{added}");
    assert_eq!(added["item"]["row"]["id"], id.as_str());
    api.admin(post(&format!("/messages/{id}/stop")))
        .await
        .is(200);
    let changed = socket.hear().await;
    assert_eq!(changed["type"], "message_changed", "{changed}");
    assert_eq!(changed["item"]["row"]["status"], "stopped");
    let thread = api.admin(get("/orders/1042/thread")).await.is(200).json();
    assert_eq!(thread["items"][0]["item"], "message");
    let orders = api.admin(get("/orders")).await.is(200).json();
    assert_eq!(orders["items"][0]["number"], "1042");
    // What happens to the order comes too, through what the role reads of the log.
    let shipped = json!([
        {"action": "order.status_changed", "subject": {"type": "order", "id": "1043"}},
        {"action": "order.status_changed", "subject": {"type": "order", "id": "1042"}},
    ]);
    api.admin(post("/activities").json(&shipped)).await.is(201);
    let happened = socket.hear().await;
    assert_eq!(happened["type"], "order_activity", "{happened}");
    assert_eq!(happened["row"]["action"], "order.status_changed");
    assert_eq!(happened["row"]["subject"]["id"], "1042");
    assert_eq!(happened["mark"], Value::Null);
    socket
        .say(&json!({"type": "follow", "topic": "pigeons", "q": ""}))
        .await;
    assert_eq!(socket.hear().await["type"], "problem");
}

#[tokio::test]
async fn what_is_sent_again_goes_only_where_its_channel_leads() {
    let api = Api::start().await;
    let text = json!({"channel": "sms", "to": "+966551234567", "text": "hello", "send_at": "2026-11-21T09:00:00Z"});
    let text = api.admin(post("/messages").json(&text)).await.is(201);
    let text = text.json()["id"].as_str().unwrap().to_owned();
    let mail = api.message().await;
    for (id, to) in [
        (&text, "noura@mail.example"),
        (&text, "0551234567"),
        (&text, "+99912345678"),
        (&mail, "+966551234567"),
    ] {
        let again = post(&format!("/messages/{id}/send-again")).json(&json!({"to": to}));
        let refused = api.admin(again).await.is(422).json();
        assert_eq!(refused["errors"][0]["pointer"], "/to", "{to}: {refused}");
    }
    let count = api.admin(get("/messages/count")).await.is(200).json();
    assert_eq!(count["count"], 2);
    for (id, to) in [
        (&text, "+966 50 123 4567"),
        (&mail, "Noura <noura@mail.example>"),
    ] {
        let again = post(&format!("/messages/{id}/send-again")).json(&json!({"to": to}));
        api.admin(again).await.is(201);
    }
}
