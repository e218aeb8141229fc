//! What others call with: proven or refused, told twice and counted once, kept when nothing fits.

use crate::harness::{Answer, App, new_key};
use domain::Role;
use domain::message::Channel;
use serde_json::{Value, json};
use server::twilio::signature;
use storage::Scope;

const TOKEN: &str = "the-auth-token";
const SECRET: &str = "the-hook-secret";

async fn start() -> App {
    App::start_with(&[
        ("STORETRAIL_TWILIO_ACCOUNT_SID", "AC1"),
        ("STORETRAIL_TWILIO_AUTH_TOKEN", TOKEN),
        ("STORETRAIL_TWILIO_BASE_URL", "http://127.0.0.1:1"),
        ("STORETRAIL_TWILIO_SMS_FROM", "+14155550100"),
        ("STORETRAIL_MAIL_HOOK_SECRET", SECRET),
        ("STORETRAIL_MAIL_DOMAIN", "mail.linen.example"),
    ])
    .await
}

async fn twilio(app: &App, fields: &[(&str, &str)], token: &str) -> Answer {
    let path = "/hooks/twilio/main";
    let params: Vec<_> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let signed = signature::sign(token, &format!("http://{}{path}", app.address), &params);
    let call = app.post(path).header(signature::HEADER, signed);
    call.form(fields).send().await
}

async fn messages(app: &App, key: &str) -> Vec<Value> {
    let answer = app
        .get("/api/v1/messages")
        .key(key)
        .send()
        .await
        .expect(200);
    answer.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_text_that_comes_in_is_kept_once_and_stop_is_heeded() {
    let app = start().await;
    let key = app.key(Role::Admin).await;
    let fields = [
        ("MessageSid", "SM1"),
        ("SmsStatus", "received"),
        ("From", "+966551234567"),
        ("To", "+14155550100"),
        ("Body", "Stop"),
    ];
    for _ in 0..2 {
        let answer = twilio(&app, &fields, TOKEN).await.expect(200);
        assert!(answer.text().contains("<Response/>"));
    }
    let kept = messages(&app, &key).await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["direction"], "inbound");
    let sent =
        json!({"channel": "sms", "to": "+966551234567", "text": "hello", "type": "campaign"});
    let answer = app.post("/api/v1/messages").key(&key).json(&sent);
    let id = answer.send().await.expect(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = app
        .get(&format!("/api/v1/messages/{id}"))
        .key(&key)
        .send()
        .await;
    assert_eq!(shown.expect(200).json()["delivery"]["status"], "not_sent");
}

#[tokio::test]
async fn a_start_that_is_told_again_does_not_undo_a_later_stop() {
    let app = start().await;
    let scope = app.scope().await;
    let from = "+966551234567";
    let told = async |sid: &str, body: &str| {
        let fields = [
            ("MessageSid", sid),
            ("SmsStatus", "received"),
            ("From", from),
            ("To", "+14155550100"),
            ("Body", body),
        ];
        twilio(&app, &fields, TOKEN).await.expect(200);
        app.storage
            .is_opted_out(&scope, Channel::Sms, from)
            .await
            .unwrap()
    };
    assert!(told("SM1", "Stop").await);
    assert!(!told("SM2", "START").await);
    assert!(told("SM3", "STOP").await);
    assert!(told("SM2", "START").await, "told before");
}

#[tokio::test]
async fn a_forged_callback_is_refused_and_an_unknown_one_is_kept() {
    let app = start().await;
    let report = [
        ("MessageSid", "SM9"),
        ("MessageStatus", "delivered"),
        ("To", "+966551234567"),
    ];
    twilio(&app, &report, "another-token")
        .await
        .expect_problem(403, "forbidden");
    let unsigned = app.post("/hooks/twilio/main").form(&report).send().await;
    unsigned.expect_problem(403, "forbidden");
    for _ in 0..2 {
        let answer = twilio(&app, &report, TOKEN).await.expect(200);
        assert_eq!(answer.json()["outcome"], "unmatched");
    }
    twilio(&app, &[("CallSid", "CA1")], TOKEN)
        .await
        .expect_problem(422, "invalid_fields");
    let scope = app.scope().await;
    let kept = app.storage.list_unmatched(&scope, None, 10).await.unwrap();
    assert_eq!(kept.rows.len(), 1);
    let elsewhere = app.post("/hooks/twilio/other").form(&report).send().await;
    elsewhere.expect_problem(404, "not_found");
}

#[tokio::test]
async fn an_opening_of_a_mail_that_nobody_knows_is_kept_and_one_by_its_id_is_found() {
    let app = start().await;
    let key = app.key(Role::Admin).await;
    let told = async |event: Value| {
        let call = app
            .post("/hooks/postmark/main")
            .header("authorization", format!("Bearer {SECRET}"));
        call.json(&event).send().await.expect(200).json()
    };
    let opened = json!({"RecordType": "Open", "MessageID": "pm-1", "Recipient": "noura@mail.example",
        "ReceivedAt": "2026-11-20T08:59:00Z", "UserAgent": "Mozilla/5.0"});
    let mut clicked = opened.clone();
    clicked["RecordType"] = "Click".into();
    for event in [&opened, &opened, &clicked] {
        assert_eq!(told(event.clone()).await["outcome"], "unmatched");
    }
    let list = app.get("/api/v1/messages/unmatched").key(&key).send().await;
    let list = list.expect(200).json();
    let mut kept: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["status"].clone(), item["provider_id"].clone()))
        .collect();
    kept.sort_by_key(|(status, _)| status.to_string());
    let known = |status: &str| (json!(status), json!("pm-1"));
    assert_eq!(kept, [known("clicked"), known("opened")]);
    assert_eq!(list["next"], Value::Null);
    let sent = json!({"channel": "email", "record_only": true, "to": "noura@mail.example", "subject": "x",
        "text": "x", "provider": "postmark", "provider_id": "pm-1"});
    let sent = app.post("/api/v1/messages").key(&key).json(&sent);
    sent.send().await.expect(201);
    assert_eq!(told(opened).await["outcome"], "recorded");
}

#[tokio::test]
async fn a_change_of_subscription_that_is_told_again_undoes_no_newer_one() {
    let app = start().await;
    let scope = app.scope().await;
    let told = async |minute: u32, is_out: bool| {
        let event = json!({"RecordType": "SubscriptionChange", "MessageID": "pm-1", "Recipient": "noura@mail.example",
            "ChangedAt": format!("2026-11-20T08:{minute:02}:00Z"), "SuppressSending": is_out});
        let call = app
            .post("/hooks/postmark/main")
            .header("authorization", format!("Bearer {SECRET}"));
        let answer = call.json(&event).send().await.expect(200).json();
        let now = app
            .storage
            .is_opted_out(&scope, Channel::Email, "noura@mail.example");
        (answer["outcome"].clone(), now.await.unwrap())
    };
    assert!(told(10, true).await.1);
    assert_eq!(told(20, false).await, (json!("recorded"), false));
    assert!(!told(10, true).await.1, "an old one was sent again");
    assert!(told(30, true).await.1);
    assert_eq!(told(20, false).await, (json!("outdated"), true));
}

#[tokio::test]
async fn a_mail_that_is_brought_without_itself_is_downloaded_as_the_call_that_brought_it() {
    let app = start().await;
    let key = app.key(Role::Admin).await;
    let mut call = json!({"From": "noura@mail.example", "FromFull": {"Email": "noura@mail.example"}, "Subject": "x",
        "TextBody": "hello", "Headers": [{"Name": "Message-ID", "Value": "<a@mail.example>"}]});
    let bring = async |call: &Value| {
        let post = app
            .post("/hooks/postmark/main")
            .header("authorization", format!("Bearer {SECRET}"));
        let told = post.json(call).send().await.expect(200).json();
        let id = told["message"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/messages/{id}/eml");
        app.get(&path).key(&key).send().await.expect(200)
    };
    let brought = bring(&call).await;
    assert_eq!(brought.header("content-type"), "application/json");
    assert!(brought.header("content-disposition").contains(".json"));
    call["RawEmail"] =
        json!("From: noura@mail.example\r\nMessage-ID: <b@mail.example>\r\n\r\nhello");
    let brought = bring(&call).await;
    assert_eq!(brought.header("content-type"), "message/rfc822");
    assert!(brought.text().starts_with("From: "));
}

/// Sends by the API of a store.
async fn send(app: &App, key: &str, message: Value) -> String {
    let call = app.post("/api/v1/messages").key(key).json(&message);
    let answer = call.send().await.expect(201);
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// A second store, everything in it, and a key for it.
async fn second(app: &App) -> (Scope, String) {
    let scope = Scope::system("test", app.add_store("Wool").await);
    let made = app.storage.create_key(&scope, new_key("test", Role::Admin));
    let (_, secret) = made.await.unwrap();
    (scope, secret)
}

#[tokio::test]
async fn what_comes_in_reaches_the_store_that_it_answers() {
    let app = start().await;
    let first = app.scope().await;
    let (wool, key) = second(&app).await;
    // A mail to the thread's own address, by the first store's hook.
    let sent = json!({"channel": "email", "to": "noura@mail.example", "subject": "Order 7", "text": "x",
        "order": "7", "send_at": "2026-11-21T09:00:00Z"});
    let id = send(&app, &key, sent).await;
    let eml = app.get(&format!("/api/v1/messages/{id}/eml")).key(&key);
    let eml = eml.send().await.expect(200).text();
    let (_, rest) = eml.split_once("Reply-To: ").unwrap();
    let (address, _) = rest.split_once("\r\n").unwrap();
    let raw =
        format!("From: noura@mail.example\nTo: {address}\nSubject: Re: Order 7\n\nWhere is it?");
    let told = mail(&app, &raw).await;
    assert_eq!(told["order"], "7");
    let inbound = async |key: &str| {
        let all = messages(&app, key).await.into_iter();
        let inbound = all.filter(|message| message["direction"] == "inbound");
        inbound.count()
    };
    assert_eq!(inbound(&key).await, 1);
    // It has no Message-ID; brought again it counts once.
    let again = mail(&app, &raw).await;
    assert_eq!(
        (&again["outcome"], &again["message"]),
        (&json!("repeated"), &told["message"])
    );
    // A text, by the first store's hook, to whom wrote last; who says STOP means the number.
    let from = "+966551234567";
    let text =
        json!({"channel": "sms", "to": from, "text": "x", "send_at": "2026-11-21T09:00:00Z"});
    let first_key = app.key(Role::Admin).await;
    send(&app, &first_key, text.clone()).await;
    app.clock.advance(chrono::TimeDelta::minutes(1));
    send(&app, &key, text).await;
    let told = async |sid: &str, body: &str| {
        let fields = [
            ("MessageSid", sid),
            ("SmsStatus", "received"),
            ("From", from),
            ("To", "+14155550100"),
            ("Body", body),
        ];
        twilio(&app, &fields, TOKEN).await.expect(200);
        let mut are_out = Vec::new();
        for scope in [&first, &wool] {
            let is_out = app.storage.is_opted_out(scope, Channel::Sms, from).await;
            are_out.push(is_out.unwrap());
        }
        are_out
    };
    assert_eq!(told("SM1", "Stop").await, [true, true]);
    assert_eq!(told("SM2", "Start").await, [false, false]);
    assert_eq!(told("SM3", "Stop").await, [true, true]);
    assert_eq!(told("SM2", "Start").await, [true, true], "told before");
    assert_eq!(inbound(&key).await, 4);
    assert_eq!(inbound(&first_key).await, 0);
    // A complaint about a mail, by the first store's hook.
    let to = "huda@mail.example";
    let sent = json!({"channel": "email", "record_only": true, "to": to, "subject": "x", "text": "x",
        "provider": "postmark", "provider_id": "pm-2"});
    send(&app, &key, sent).await;
    let event = json!({"RecordType": "SpamComplaint", "MessageID": "pm-2", "Email": to});
    let call = app
        .post("/hooks/postmark/main")
        .header("authorization", format!("Bearer {SECRET}"));
    call.json(&event).send().await.expect(200);
    let mut are_out = Vec::new();
    for scope in [&first, &wool] {
        let is_out = app.storage.is_opted_out(scope, Channel::Email, to).await;
        are_out.push(is_out.unwrap());
    }
    assert_eq!(are_out, [false, true]);
}

#[tokio::test]
async fn a_place_on_whatsapp_is_kept_in_words() {
    let app = start().await;
    let key = app.key(Role::Admin).await;
    let fields = [
        ("MessageSid", "SM1"),
        ("SmsStatus", "received"),
        ("From", "whatsapp:+966551234567"),
        ("To", "whatsapp:+14155550100"),
        ("Latitude", "24.71"),
        ("Longitude", "46.67"),
        ("Label", "Home"),
    ];
    twilio(&app, &fields, TOKEN).await.expect(200);
    let id = messages(&app, &key).await[0]["id"].clone();
    let path = format!("/api/v1/messages/{}", id.as_str().unwrap());
    let shown = app.get(&path).key(&key).send().await.expect(200).json();
    assert_eq!(shown["message"]["text"], "Home, geo:24.71,46.67");
    // All that Twilio said is kept, and is no mail.
    let id = id.as_str().unwrap().parse().unwrap();
    let raw = app.storage.raw_message(&app.scope().await, id).await;
    let raw = String::from_utf8(raw.unwrap().unwrap()).unwrap();
    assert!(raw.contains("Label=Home"), "{raw}");
    let eml = app.get(&format!("{path}/eml")).key(&key).send().await;
    eml.expect(404);
}

async fn mail(app: &App, raw: &str) -> Value {
    let call = app
        .post("/hooks/mail/main")
        .header("authorization", format!("Bearer {SECRET}"));
    let answer = call
        .body("message/rfc822", raw.replace('\n', "\r\n"))
        .send()
        .await;
    answer.expect(200).json()
}

#[tokio::test]
async fn an_answer_finds_its_order_by_the_address_it_goes_to() {
    let app = start().await;
    let key = app.key(Role::Admin).await;
    let sent = json!({"channel": "email", "to": "noura@mail.example", "subject": "Order 1042", "text": "x",
        "order": "1042", "send_at": "2026-11-21T09:00:00Z"});
    let answer = app
        .post("/api/v1/messages")
        .key(&key)
        .json(&sent)
        .send()
        .await;
    let id = answer.expect(201).json()["id"].as_str().unwrap().to_owned();
    let eml = app
        .get(&format!("/api/v1/messages/{id}/eml"))
        .key(&key)
        .send()
        .await;
    let eml = eml.expect(200).text();
    let (_, rest) = eml.split_once("Reply-To: ").unwrap();
    let (address, _) = rest.split_once("\r\n").unwrap();
    let raw = format!(
        "From: Noura <noura@mail.example>\nTo: {address}\nMessage-ID: <a@mail.example>\nSubject: Re: Order 1042\n\
         Content-Type: text/html\n\n<p>Where is <b>it</b>?</p><script>alert(1)</script>"
    );
    let told = mail(&app, &raw).await;
    assert_eq!(
        (&told["outcome"], &told["order"]),
        (&json!("received"), &json!("1042"))
    );
    assert_eq!(mail(&app, &raw).await["outcome"], "repeated");
    let id = told["message"].as_str().unwrap();
    let person = app.person(Role::Manager).await;
    let frame = app
        .get(&format!("/messages/{id}/html"))
        .person(&person)
        .send()
        .await;
    let frame = frame.expect(200);
    assert!(frame.text().contains("<b>it</b>") && !frame.text().contains("script"));
    let policy = frame.header("content-security-policy");
    assert!(
        policy.contains("sandbox allow-popups") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    assert_eq!(frame.header("x-frame-options"), "SAMEORIGIN");
    app.get(&format!("/messages/{id}/html"))
        .send()
        .await
        .expect(401);
    let keeper = app.person(Role::StoreKeeper).await;
    let refused = app
        .get(&format!("/messages/{id}/html"))
        .person(&keeper)
        .send()
        .await;
    assert!(matches!(refused.status.as_u16(), 403 | 404));
}

#[tokio::test]
async fn a_bounce_of_a_copy_is_not_one_of_the_message() {
    let app = start().await;
    let key = app.key(Role::Admin).await;
    let sent = json!({"channel": "email", "record_only": true, "to": "layla@mail.example",
        "cc": ["warehouse@mail.example"], "subject": "x", "text": "x"});
    let sent = app.post("/api/v1/messages").key(&key).json(&sent);
    let sent = sent.send().await.expect(201).json();
    let id = sent["id"].as_str().unwrap();
    let told = async |groups: &str| {
        let answer = mail(
            &app,
            &format!(
                "From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n\
                 --x\n\nSorry\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{groups}\n\
                 --x\nContent-Type: message/rfc822\n\nMessage-ID: <{id}@mail.linen.example>\nSubject: x\n\nhello\n--x--\n"
            ),
        )
        .await;
        let shown = app.get(&format!("/api/v1/messages/{id}")).key(&key);
        let shown = shown.send().await.expect(200).json();
        (answer["outcome"].clone(), shown["delivery"].clone())
    };
    let group = |who: &str, action: &str, status: &str| {
        format!("Final-Recipient: rfc822; {who}@mail.example\nAction: {action}\nStatus: {status}\n")
    };
    let copy = group("warehouse", "failed", "5.1.1");
    for outcome in ["recorded", "repeated"] {
        let (told, delivery) = told(&copy).await;
        assert_eq!(told, outcome);
        assert_eq!(delivery["status"], "sent");
        let missed = &delivery["verdict"]["missed"];
        assert_eq!(missed[0]["address"], "warehouse@mail.example");
        assert_eq!(missed[1], Value::Null);
    }
    let both = format!("{copy}\n{}", group("layla", "failed", "5.1.1"));
    let (outcome, delivery) = told(&both).await;
    assert_eq!(outcome, "recorded");
    assert_eq!(delivery["status"], "failed");
}

#[tokio::test]
async fn without_the_secret_nobody_brings_mail() {
    let app = start().await;
    for path in ["/hooks/mail/main", "/hooks/postmark/main"] {
        let bare = app
            .post(path)
            .body("message/rfc822", "From: a@b.example\r\n\r\nhi");
        bare.send().await.expect_problem(401, "unauthenticated");
        let wrong = app
            .post(path)
            .header("authorization", "Bearer wrong")
            .body("text/plain", "x");
        wrong.send().await.expect_problem(401, "unauthenticated");
    }
    let app = App::start().await;
    let off = app
        .post("/hooks/mail/main")
        .header("authorization", "Bearer x")
        .body("text/plain", "x");
    off.send().await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn links_that_are_not_ours_lead_nowhere() {
    let app = start().await;
    app.get("/c/00")
        .send()
        .await
        .expect_problem(404, "not_found");
    app.get("/unsubscribe/00")
        .send()
        .await
        .expect_problem(404, "not_found");
    app.get("/messages/inline/00")
        .send()
        .await
        .expect_problem(404, "not_found");
    let pixel = app.get("/o/00.gif").send().await.expect(200);
    assert_eq!(pixel.header("content-type"), "image/gif");
}
