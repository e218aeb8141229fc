//! Receivers that never answer: they hold up nobody else.

use crate::followups::{queue, receiver};
use crate::harness::App;
use crate::v1_calls::{Api, get, put};
use serde_json::json;
use sqlx::Connection as _;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

/// Within less than a call may take.
const SOON: Duration = Duration::from_secs(12);

#[tokio::test]
async fn a_receiver_that_never_answers_holds_up_no_other() {
    let app = App::start_with(&[
        (
            "STORETRAIL_WEBHOOK_SECRET",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ),
        ("STORETRAIL_WEBHOOK_NETWORKS", "127.0.0.0/8"),
    ])
    .await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow = format!("http://{}/hook", silent.local_addr().unwrap());
    for number in 1..=20 {
        queue(&app, number, &slow).await;
    }
    let mut open = Vec::new();
    for _ in 0..4 {
        let called = timeout(SOON, silent.accept()).await;
        open.push(called.expect("it is called").unwrap());
    }
    // Behind all that wait for the other.
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let (prompt, heard) = receiver(vec![204]).await;
    queue(&app, 21, &prompt).await;
    timeout(SOON, async {
        while heard.lock().await.is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("it is called as well");
    let mut connection = sqlx::SqliteConnection::connect(&app.database_url)
        .await
        .unwrap();
    let text = "SELECT count(*), sum(tries) FROM webhook_job WHERE url = ? AND tries > 0";
    let taken: (i64, i64) = sqlx::query_as(text)
        .bind(&slow)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        taken,
        (4, 4),
        "the others are taken by nobody yet, none twice"
    );
}

#[tokio::test]
async fn an_alarm_that_nobody_takes_holds_up_its_own_firing_alone() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    let api = Api::of(App::start_with(&[("STORETRAIL_SMTP_URL", &url)]).await).await;
    let scope = api.app.scope().await;
    let mut policy = api.app.storage.policy(&scope).await.unwrap();
    policy.alarm_emails = vec!["first@linen.example".to_owned()];
    api.app.storage.set_policy(&scope, policy).await.unwrap();
    let tag = |tag: &str| json!({"action": "tag_order", "tag": tag});
    let alarm = json!({"action": "alarm", "text": "Look"});
    for (id, happened, actions) in [
        (
            "01a1fbf4-0499-7894-a395-b4063ed9a8d1",
            "order.refunded",
            json!([alarm, tag("behind")]),
        ),
        (
            "01a1fbf4-0499-7894-a395-b4063ed9a8d2",
            "order.cancelled",
            json!([tag("beside")]),
        ),
    ] {
        let query = format!("action:{happened}");
        let rule = json!({"name": happened, "trigger": {"when": "event", "query": query}, "actions": actions});
        api.admin(put(&format!("/rules/{id}")).json(&rule))
            .await
            .is(200);
    }
    let order = json!({"type": "order", "id": "1042"});
    api.record(&json!({"action": "order.refunded", "subject": order}))
        .await;
    let called = timeout(SOON, silent.accept()).await;
    let _open = called.expect("the mail server is called").unwrap();
    api.record(&json!({"action": "order.cancelled", "subject": order}))
        .await;
    let tags = timeout(SOON, async {
        loop {
            let list = api.admin(get("/activities?q=action:tag.applied")).await;
            let items = list.is(200).json()["items"].as_array().unwrap().clone();
            if !items.is_empty() {
                return items;
            }
            sleep(Duration::from_millis(25)).await;
        }
    })
    .await
    .expect("the other rule's action is done");
    assert_eq!(tags.len(), 1, "what comes behind the alarm waits for it");
    let path = format!("/activities/{}", tags[0]["id"].as_str().unwrap());
    let entry = api.admin(get(&path)).await.is(200).json();
    assert_eq!(entry["details"]["tag"], "beside");
}
