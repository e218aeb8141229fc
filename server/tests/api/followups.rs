//! What an inbound message sets off: a rule answers, a machine is not answered, a webhook is called.

use crate::harness::App;
use crate::harness::mailbox::Mailbox;
use crate::v1_calls::{ACTION, Api, RULE, TEMPLATE, delete, get, post, put, rule, template};
use domain::Role;
use serde_json::{Value, json};
use sqlx::Connection as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

const HOOK_SECRET: &str = "the-hook-secret";

async fn start() -> Api {
    let api = Api::of(App::start_with(&[("STORETRAIL_MAIL_HOOK_SECRET", HOOK_SECRET)]).await).await;
    api.admin(put(TEMPLATE).json(&template())).await.is(200);
    api.admin(put(RULE).json(&rule())).await.is(200);
    api
}

/// Brings a mail in; answers what its sender is told.
async fn mail(api: &Api, headers: &str) -> Value {
    let raw = format!(
        "From: Noura <noura@mail.example>\nTo: shop@linen.example\nSubject: My order\n{headers}\n\nWhere is it?\n"
    );
    let call = api.app.post("/hooks/mail/main");
    let call = call.header("authorization", format!("Bearer {HOOK_SECRET}"));
    let answer = call.body("message/rfc822", raw.replace('\n', "\r\n"));
    let told = answer.send().await.expect(200).json();
    assert!(told["message"].is_string(), "{told}");
    told
}

async fn sent(api: &Api) -> Vec<Value> {
    let answer = api.admin(get("/messages?q=direction:outbound")).await;
    answer.is(200).json()["items"].as_array().unwrap().clone()
}

/// What was recorded of evaluations, the newest first.
async fn evaluations(api: &Api) -> Vec<Value> {
    let list = api.admin(get("/activities?q=action:rule.evaluated")).await;
    let mut found = Vec::new();
    for item in list.is(200).json()["items"].as_array().unwrap() {
        let path = format!("/activities/{}", item["id"].as_str().unwrap());
        let entry = api.admin(get(&path)).await.is(200).json();
        found.push(entry["details"].clone());
    }
    found
}

#[tokio::test]
async fn a_mail_that_comes_in_is_answered_by_a_rule_once() {
    let api = start().await;
    for outcome in ["received", "repeated"] {
        let told = mail(&api, "Message-ID: <a@mail.example>").await;
        assert_eq!(told["outcome"], outcome);
    }
    let answers = sent(&api).await;
    assert_eq!(answers.len(), 1, "{answers:#?}");
    let id = answers[0]["id"].as_str().unwrap();
    let eml = api.admin(get(&format!("/messages/{id}/eml"))).await.is(200);
    let eml = String::from_utf8(eml.bytes).unwrap();
    for line in [
        "Auto-Submitted: auto-replied\r\n",
        "In-Reply-To: <a@mail.example>\r\n",
        "It is on its way, Noura.",
    ] {
        assert_eq!(eml.matches(line).count(), 1, "{line} in {eml}");
    }
    assert_eq!(eml.matches("Auto-Submitted").count(), 1, "{eml}");
    let recorded = evaluations(&api).await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0]["is_matched"], true, "{recorded:#?}");
}

#[tokio::test]
async fn what_a_machine_sent_is_kept_and_not_answered() {
    let api = start().await;
    let many = "X-Filler: x\n".repeat(300);
    let machines = [
        "Auto-Submitted: auto-replied".to_owned(),
        "Precedence: bulk".to_owned(),
        "List-Id: <news.mail.example>".to_owned(),
        "Return-Path: <>".to_owned(),
        "X-AutoResponse: yes".to_owned(),
        format!("{many}Auto-Submitted: auto-generated"),
    ];
    for (at, headers) in machines.iter().enumerate() {
        let told = mail(
            &api,
            &format!("Message-ID: <m{at}@mail.example>\n{headers}"),
        )
        .await;
        assert_eq!(told["outcome"], "received", "{headers}");
        assert_eq!(sent(&api).await, Vec::<Value>::new(), "{headers}");
    }
    let recorded = evaluations(&api).await;
    assert_eq!(recorded.len(), machines.len());
    for evaluation in recorded {
        assert_eq!(evaluation["is_matched"], true);
        assert!(evaluation["guard"]["guard"].is_string(), "{evaluation}");
    }
    mail(&api, "Message-ID: <p@mail.example>\nAuto-Submitted: no").await;
    assert_eq!(sent(&api).await.len(), 1, "a person is answered");
}

#[tokio::test]
async fn rules_and_templates_are_saved_listed_and_deleted() {
    let api = start().await;
    let saved = api.admin(put(TEMPLATE).json(&template())).await.is(200);
    assert_eq!(saved.json()["version"], 2);
    for list in ["/templates", "/rules"] {
        let items = api.admin(get(list)).await.is(200).json()["items"].clone();
        assert_eq!(items.as_array().unwrap().len(), 1);
    }
    let wrong =
        json!({"name": "x", "actions": [{"action": "call_webhook", "url": "http://10.0.0.1/"}]});
    let refused = api.admin(put(RULE).json(&wrong)).await.is(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/actions/0/url");
    for one in [TEMPLATE, RULE] {
        api.admin(delete(one)).await.is(200);
        api.admin(delete(one)).await.is(404);
    }
}

#[tokio::test]
async fn a_rule_names_templates_and_colleagues_that_are_there() {
    let api = start().await;
    let wanted = json!({"name": "x", "actions": [
        {"action": "send_template", "template": "Lost"}, {"action": "assign", "to": "nobody@linen.example"},
        {"action": "send_template", "template": template()["name"]},
    ]});
    let another = "/rules/01a1fbf4-0499-7894-a395-b4063ed9a804";
    let refused = api.admin(put(another).json(&wanted)).await.is(422).json();
    let errors = refused["errors"].as_array().unwrap();
    let places: Vec<_> = errors.iter().map(|error| &error["pointer"]).collect();
    assert_eq!(places, ["/actions/0/template", "/actions/1/to"]);
    for error in errors {
        let told = error["detail"].as_str().unwrap();
        assert!(told.contains("name another"), "{told}");
    }
    // A rule whose template was deleted can be sent again as it is.
    api.admin(delete(TEMPLATE)).await.is(200);
    api.admin(put(RULE).json(&rule())).await.is(200);
    api.admin(delete(RULE)).await.is(200);
    api.admin(put(RULE).json(&rule())).await.is(422);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_rule_is_named_at_once() {
    let api = start().await;
    let wanted = json!({"name": "x", "colour": 1, "trigger": {"when": "event", "query": "colour:red"}, "conditions": [
        7, {"condition": "order_total", "currency": "SAR", "below": "1,5"},
    ], "actions": [
        {"action": "moon"}, {"action": "call_webhook", "url": "https://10.0.0.1/"},
        {"action": "send_template", "template": "Lost"},
    ]});
    let refused = api.admin(put(RULE).json(&wanted)).await.is(422).json();
    let errors = refused["errors"].as_array().unwrap();
    let places: Vec<_> = errors.iter().map(|error| &error["pointer"]).collect();
    assert_eq!(
        places,
        [
            "/colour",
            "/conditions/0",
            "/actions/0/action",
            "/trigger/query",
            "/conditions/1/below",
            "/actions/1/url",
            "/actions/2/template",
        ]
    );
}

#[tokio::test]
async fn a_rule_calls_by_https_and_by_http_where_the_operator_lists_it() {
    let listed = [("STORETRAIL_WEBHOOK_NETWORKS", "127.0.0.0/8")];
    let api = Api::of(App::start_with(&listed).await).await;
    for (url, status) in [
        ("https://hooks.example/a", 200),
        ("http://127.0.0.1:9/a", 200),
        ("https://127.0.0.1:9/a", 200),
        ("http://10.0.0.1/a", 422),
        ("https://10.0.0.1/a", 422),
        ("http://hooks.example/a", 422),
        ("http://localhost/a", 422),
        ("http://8.8.8.8/a", 422),
    ] {
        let calls = json!({"name": "Call", "actions": [{"action": "call_webhook", "url": url}]});
        let answer = api.admin(put(RULE).json(&calls)).await;
        assert_eq!(answer.status, status, "{url}");
        if status == 422 {
            assert_eq!(answer.json()["errors"][0]["pointer"], "/actions/0/url");
        }
    }
}

#[tokio::test]
async fn each_role_has_its_access_to_rules_and_templates() {
    let api = start().await;
    for role in Role::ALL {
        let manages = matches!(role, Role::SuperAdmin | Role::Admin | Role::Manager);
        let writes = manages || role == Role::Staff;
        let expected = |may: bool| if may { 200 } else { 403 };
        for (call, may) in [
            (get("/templates"), writes),
            (get("/rules"), manages),
            (put(TEMPLATE).json(&template()), manages),
            (put(RULE).json(&rule()), manages),
        ] {
            let answer = api.send(role, call.clone()).await;
            assert_eq!(answer.status, expected(may), "{role} {call:?}");
        }
    }
}

/// Takes each call and answers it with the next of these statuses.
pub async fn receiver(statuses: Vec<u16>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = heard.clone();
    tokio::spawn(async move {
        for status in statuses {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = String::new();
            let mut part = [0; 4096];
            while !text.ends_with("{\"a\":1}") {
                let count = stream.read(&mut part).await.unwrap();
                text.push_str(std::str::from_utf8(&part[..count]).unwrap());
            }
            kept.lock().await.push(text);
            let answer = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\nlocation: /x\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, heard)
}

/// Queues a call, past the check that it goes by https.
pub async fn queue(app: &App, number: u8, url: &str) {
    let mut connection = sqlx::SqliteConnection::connect(&app.database_url)
        .await
        .unwrap();
    let now = app.clock.now().timestamp_micros();
    let insert = "INSERT INTO webhook_job (id, store_id, url, body, created_at, due_at, tries) VALUES (?, ?, ?, ?, ?, ?, 0)";
    sqlx::query(insert)
        .bind(vec![number; 16])
        .bind(app.store().await.id.0)
        .bind(url)
        .bind("{\"a\":1}")
        .bind(now)
        .bind(now)
        .execute(&mut connection)
        .await
        .unwrap();
}

/// How many calls wait, once that is so many.
async fn waiting(app: &App, wanted: i64) {
    let mut connection = sqlx::SqliteConnection::connect(&app.database_url)
        .await
        .unwrap();
    for _ in 0..200 {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM webhook_job WHERE due_at > ? OR lease_until IS NULL",
        )
        .bind(app.clock.now().timestamp_micros())
        .fetch_one(&mut connection)
        .await
        .unwrap();
        let all: i64 = sqlx::query_scalar("SELECT count(*) FROM webhook_job")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        if (count, all) == (wanted, wanted) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never {wanted} webhooks that wait");
}

#[tokio::test]
async fn a_webhook_is_called_signed_and_again_after_a_failure() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let app = App::start_with(&[
        ("STORETRAIL_WEBHOOK_SECRET", secret),
        ("STORETRAIL_WEBHOOK_NETWORKS", "127.0.0.0/8"),
    ])
    .await;
    let (url, heard) = receiver(vec![302, 500, 204, 410]).await;
    queue(&app, 7, &url).await;
    for tries in 1..=2 {
        tokio::time::timeout(Duration::from_secs(10), async {
            while heard.lock().await.len() < tries {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
        .unwrap();
        waiting(&app, 1).await;
        app.clock.advance(chrono::TimeDelta::minutes(6));
    }
    waiting(&app, 0).await;
    // 410 ends it at once.
    queue(&app, 8, &url).await;
    waiting(&app, 0).await;
    let heard = heard.lock().await;
    assert_eq!(heard.len(), 4);
    let signing = server::deliver::SigningSecret::parse(secret).unwrap();
    for text in heard.iter() {
        let header = |name: &str| {
            let found = text
                .lines()
                .find_map(|line| line.strip_prefix(&format!("{name}: ")));
            found
                .unwrap_or_else(|| panic!("{name} in {text}"))
                .to_owned()
        };
        let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
        let signature = signing.sign(&id, at.parse().unwrap(), "{\"a\":1}");
        assert_eq!(header("webhook-signature"), signature);
    }
    let ids = heard
        .iter()
        .map(|text| text.contains("webhook-id: 07070707-0707-0707-0707-070707070707"));
    assert_eq!(ids.collect::<Vec<_>>(), [true, true, true, false]);
}

#[tokio::test]
async fn a_webhook_goes_to_no_internal_address_and_not_unsigned() {
    let secret = [(
        "STORETRAIL_WEBHOOK_SECRET",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )];
    for settings in [
        &secret[..],
        &[("STORETRAIL_WEBHOOK_NETWORKS", "127.0.0.0/8")],
    ] {
        let app = App::start_with(settings).await;
        let (url, heard) = receiver(vec![204]).await;
        queue(&app, 1, &url).await;
        waiting(&app, 0).await;
        assert!(heard.lock().await.is_empty());
    }
}

/// An action of a rule that is out of tries.
pub async fn dead_action(api: &Api) -> String {
    let alarm = json!({"name": "Tell", "trigger": {"when": "event", "query": "action:order.refunded"},
        "actions": [{"action": "alarm", "text": "Look"}]});
    let path = "/rules/01a1fbf4-0499-7894-a395-b4063ed9a8ca";
    api.admin(put(path).json(&alarm)).await.is(200);
    api.record(&json!({"action": "order.refunded", "subject": {"type": "order", "id": "1042"}}))
        .await;
    for _ in 0..400 {
        let list = api.admin(get("/rule-actions")).await.is(200).json();
        let items = list["items"].as_array().unwrap();
        if let Some(dead) = items.iter().find(|item| item["state"] == "dead") {
            return format!("/rule-actions/{}", dead["id"].as_str().unwrap());
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("no action is out of tries");
}

/// An action of a rule that a worker has at this moment.
pub async fn tried_action(app: &App) -> String {
    let id = uuid::Uuid::from_u128(0x01a1_fbf4_0499_7894_a395_b406_3ed9_a8cb);
    let rule = uuid::Uuid::from_u128(0x01a1_fbf4_0499_7894_a395_b406_3ed9_a8ca);
    let task = json!({"rule": rule, "name": "Tell", "version": 1, "place": 0,
        "action": {"action": "alarm", "text": "Look"}, "about": {"happened": "schedule"}});
    let later = (app.clock.now() + chrono::TimeDelta::days(1)).timestamp_micros();
    let mut connection = sqlx::SqliteConnection::connect(&app.database_url)
        .await
        .unwrap();
    let insert = "INSERT INTO rule_action (id, store_id, rule_id, definition, state, created_at, due_at, lease_until, tries) \
                  VALUES (?, ?, ?, ?, 0, ?, ?, ?, 1)";
    sqlx::query(insert)
        .bind(id.as_bytes().to_vec())
        .bind(app.store().await.id.0)
        .bind(rule.as_bytes().to_vec())
        .bind(task.to_string())
        .bind(app.clock.now().timestamp_micros())
        .bind(later)
        .bind(later)
        .execute(&mut connection)
        .await
        .unwrap();
    format!("/rule-actions/{id}")
}

/// Has every answer given that the document announces of editing what is out of tries and of settling several; `tried` is
/// being tried at this moment.
pub async fn answer_of_the_dead(api: &Api, tried: &str, large: &str) {
    let other = json!({"value": "Look again"});
    let dead = dead_action(api).await;
    for (path, status) in [(dead.as_str(), 200), (tried, 409), (ACTION, 404)] {
        let edit = put(&format!("{path}/value")).json(&other);
        api.admin(edit).await.is(status);
    }
    for (call, body) in [
        (put(&format!("{ACTION}/value")), other),
        (post("/rule-actions/retry"), json!({})),
        (post("/rule-actions/discard"), json!({})),
    ] {
        api.send(Role::Auditor, call.clone()).await.is(403);
        api.send_as_is(call.clone()).await.is(401);
        api.admin(call.clone().json(&body)).await;
        api.admin(call.clone().json(&json!({"x": 1}))).await.is(422);
        for (kind, body, status) in [
            ("application/json", "{", 400),
            ("text/plain", "{}", 415),
            ("application/json", large, 413),
        ] {
            let answer = api.admin(call.clone().body(kind, body.to_owned())).await;
            answer.is(status);
        }
    }
}

#[tokio::test]
async fn what_is_out_of_tries_is_edited_and_several_are_settled() {
    let api = Api::start().await;
    let dead = dead_action(&api).await;
    let list = api.admin(get("/rule-actions")).await.is(200).json();
    assert_eq!(list["items"][0]["value"], "Look");
    let attempts = list["items"][0]["attempts"].as_array().unwrap();
    assert_eq!((attempts.len(), &attempts[0]["number"]), (1, &json!(1)));
    assert_eq!(attempts[0]["error"], list["items"][0]["error"]);
    assert_eq!(list["items"][0]["plan"], json!([]));
    let edit = |value: &str| put(&format!("{dead}/value")).json(&json!({ "value": value }));
    let long = "x".repeat(501);
    let refused = api.admin(edit(&long)).await.is(422).json();
    assert_eq!(refused["errors"][0]["pointer"], "/value");
    api.admin(edit("Look again")).await.is(200);
    // It fails as before, and says what it says now.
    let dead = dead_action(&api).await;
    let list = api.admin(get("/rule-actions")).await.is(200).json();
    let items = list["items"].as_array().unwrap();
    assert!(items.iter().any(|item| item["value"] == "Look again"));
    let id = dead.rsplit('/').next().unwrap();
    let these = json!({"ids": [id, id]});
    let discard = post("/rule-actions/discard").json(&these);
    assert_eq!(api.admin(discard.clone()).await.is(200).json()["count"], 1);
    assert_eq!(api.admin(discard).await.is(200).json()["count"], 0);
}

#[tokio::test]
async fn what_waits_is_edited_unless_it_is_being_tried() {
    let api = Api::start().await;
    let waiting = tried_action(&api.app).await;
    let edit = put(&format!("{waiting}/value")).json(&json!({"value": "Look again"}));
    let refused = api.admin(edit.clone()).await.is(409).json();
    let why = refused["detail"].as_str().unwrap();
    assert!(why.contains("being tried"), "{why}");
    let list = api.admin(get("/rule-actions")).await.is(200).json();
    let item = &list["items"][0];
    assert_eq!(
        (&item["value"], &item["is_under_way"]),
        (&json!("Look"), &json!(true))
    );
    // Its first try is under way: all waits of the plan are left.
    assert_eq!(item["plan"].as_array().unwrap().len(), 8);
    let mut connection = sqlx::SqliteConnection::connect(&api.app.database_url)
        .await
        .unwrap();
    sqlx::query("UPDATE rule_action SET lease_until = NULL")
        .execute(&mut connection)
        .await
        .unwrap();
    api.admin(edit).await.is(200);
    let list = api.admin(get("/rule-actions")).await.is(200).json();
    assert_eq!(list["items"][0]["value"], "Look again");
}

#[tokio::test]
async fn an_alarm_that_one_did_not_get_is_told_to_that_one_alone() {
    let mailbox = Mailbox::open().await;
    let (kept, refused) = ("first@linen.example", "second@linen.example");
    mailbox.refuse(Some(refused));
    let api = Api::of(App::start_with(&[("STORETRAIL_SMTP_URL", &mailbox.url)]).await).await;
    let scope = api.app.scope().await;
    let mut policy = api.app.storage.policy(&scope).await.unwrap();
    policy.alarm_emails = vec![kept.to_owned(), refused.to_owned()];
    api.app.storage.set_policy(&scope, policy).await.unwrap();
    let alarm = json!({"name": "Tell", "trigger": {"when": "event", "query": "action:order.refunded"},
        "actions": [{"action": "alarm", "text": "Look"}]});
    let path = "/rules/01a1fbf4-0499-7894-a395-b4063ed9a8cc";
    api.admin(put(path).json(&alarm)).await.is(200);
    api.record(&json!({"action": "order.refunded", "subject": {"type": "order", "id": "1042"}}))
        .await;
    let mut failed = None;
    for _ in 0..400 {
        let list = api.admin(get("/rule-actions")).await.is(200).json();
        let items = list["items"].as_array().unwrap();
        failed = items.iter().find(|item| item["error"].is_string()).cloned();
        if failed.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let failed = failed.expect("a try that failed");
    let why = failed["error"].as_str().unwrap();
    assert!(why.contains(refused) && !why.contains(kept), "{why}");
    assert_eq!(failed["state"], "waiting");
    assert!(mailbox.first(1).await[0].contains(kept));
    mailbox.refuse(None);
    let retry = format!("/rule-actions/{}/retry", failed["id"].as_str().unwrap());
    api.admin(post(&retry)).await.is(200);
    let mails = mailbox.first(2).await;
    assert!(mails[1].contains(refused), "{}", mails[1]);
    for _ in 0..400 {
        let list = api.admin(get("/activities?q=action:rule.acted")).await;
        let list = list.is(200).json();
        if let Some(acted) = list["items"].as_array().unwrap().first() {
            let path = format!("/activities/{}", acted["id"].as_str().unwrap());
            let entry = api.admin(get(&path)).await.is(200).json();
            assert_eq!(entry["details"]["emails"], 2, "{entry}");
            assert_eq!(mailbox.count(), 2);
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never counted as done");
}
