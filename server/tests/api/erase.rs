//! The worker that erases: what somebody asked for goes before what is only old.

use crate::harness::App;
use chrono::TimeDelta;
use domain::export::{Selection, Source};
use domain::view::{ErasureCause, ErasureRow, ErasureStatus, RetentionRule};
use domain::{Activity, ActivityInput, Actor, Role};
use serde_json::{Value, json};
use std::time::Duration;
use storage::record::Record;

async fn record(app: &App, told: Vec<Value>) {
    let scope = app.scope().await;
    let entries: Vec<Activity> =
        ActivityInput::read(&Value::Array(told), app.clock.now(), &Actor::system()).unwrap();
    let records = entries.into_iter().map(Record::Activity).collect();
    let recorded = app.storage.recorder().record(&scope, records, None).await;
    recorded.unwrap();
}

/// The newest erasure of a cause for which `is_so`, once there is one.
async fn erasure(
    app: &App,
    cause: ErasureCause,
    is_so: impl Fn(&ErasureRow) -> bool,
) -> ErasureRow {
    let scope = app.scope().await;
    let asking = async {
        loop {
            let rows = app
                .storage
                .list_erasures_of(&scope, Some(cause), None)
                .await;
            if let Some(found) = rows.unwrap().into_iter().find(|row| is_so(row)) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asking)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_somebody_asked_for_does_not_wait_for_retention() {
    let app = App::start().await;
    let scope = app.scope().await;
    let old = app.clock.now() - TimeDelta::days(60);
    for part in 0..3 {
        let told = (0..1_000).map(|n| {
            let at = old + TimeDelta::seconds(part * 1_000 + n);
            json!({"action": "product.updated", "occurred_at": at, "description": "Price changed"})
        });
        record(&app, told.collect()).await;
    }
    record(&app, vec![json!({"action": "coupon.created"})]).await;
    let rules = vec![RetentionRule {
        source: Source::Activity,
        category: Some(domain::Category::Products),
        content_days: None,
        metadata_days: Some(30),
    }];
    let due = app.storage.count_due(&scope, &rules).await.unwrap();
    assert_eq!(due, 3_000);
    app.storage
        .save_retention(&scope, rules, Some(due))
        .await
        .unwrap();
    let begun = erasure(&app, ErasureCause::Retention, |row| row.done > 0).await;

    let selection = Selection::Matching {
        source: Source::Activity,
        q: "action:coupon.created".to_owned(),
        up_to: None,
        except: Vec::new(),
    };
    let asked = app
        .storage
        .request_erasure(&scope, selection, "asked", 1)
        .await
        .unwrap();
    let is_over = |row: &ErasureRow| row.id == asked.id && row.status == ErasureStatus::Completed;
    erasure(&app, ErasureCause::Selection, is_over).await;
    let is_same = |row: &ErasureRow| row.id == begun.id;
    let retention = erasure(&app, ErasureCause::Retention, is_same).await;
    assert_eq!(retention.status, ErasureStatus::Running);
    let is_over = |row: &ErasureRow| row.status == ErasureStatus::Completed;
    let retention = erasure(&app, ErasureCause::Retention, is_over).await;
    assert_eq!(
        (retention.id, retention.report.activities),
        (begun.id, 3_000)
    );
}

#[tokio::test]
async fn who_follows_a_log_or_a_thread_is_told_to_load_again_once_something_was_erased() {
    let app = App::start().await;
    let scope = app.scope().await;
    record(&app, vec![json!({"action": "coupon.created"})]).await;
    let person = app.person(Role::Manager).await;
    let mut sockets = Vec::new();
    for (topic, q) in [
        ("activity", "action:coupon.created"),
        ("messages", ""),
        ("order:1042", ""),
    ] {
        let mut socket = app.socket(&person).await;
        let follow = json!({"type": "follow", "topic": topic, "q": q, "mark": null});
        socket.say(&follow).await;
        assert_eq!(socket.hear().await["type"], "hello", "{topic}");
        sockets.push(socket);
    }
    let selection = Selection::Matching {
        source: Source::Activity,
        q: "action:coupon.created".to_owned(),
        up_to: None,
        except: Vec::new(),
    };
    app.storage
        .request_erasure(&scope, selection, "asked", 1)
        .await
        .unwrap();
    for socket in &mut sockets {
        let event = socket.hear().await;
        assert_eq!(event["type"], "resync", "{event}");
        assert!(event["mark"].is_string(), "{event}");
    }
}
