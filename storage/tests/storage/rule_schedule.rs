//! Rules that the clock sets off.

use crate::harness::{Case, on_both};
use crate::rule_engine::{happened, order, query, rule};
use chrono::Duration;
use domain::followup::{FollowupAction, FollowupRule, Often, Trigger};
use storage::Storage;

/// Looks at the full hour whether a query finds something.
async fn hourly(case: &Case, q: &str) -> FollowupRule {
    let alarm = FollowupAction::Alarm {
        text: "Look".to_owned(),
    };
    let wanted = FollowupRule {
        trigger: Trigger::Schedule {
            schedule: Often::Hour { minute: 0 },
        },
        conditions: vec![query(q)],
        ..rule(case, "", vec![alarm])
    };
    case.save(wanted).await
}

#[test]
fn a_time_of_a_schedule_counts_once_with_what_happened_since() {
    on_both(async |case| {
        let saved = hourly(&case, "action:order.refunded").await;
        let tick = async |storage: &Storage| {
            storage
                .evaluate_schedules(&case.store)
                .await
                .expect("evaluated")
        };
        assert_eq!(tick(&case.storage).await, 0);
        case.pass(Duration::hours(1));
        let other = case.reopened().await;
        let both = tokio::join!(tick(&case.storage), tick(&other));
        assert_eq!(both.0 + both.1, 1);
        let row = case.rule_row(&saved).await;
        assert_eq!((row.fired, row.skipped), (0, 1));
        assert!(row.due_at.is_some_and(|at| at > case.ambient.clock.now()));
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        case.pass(Duration::hours(5));
        assert_eq!(tick(&case.storage).await, 1);
        assert_eq!(tick(&case.storage).await, 0);
        assert_eq!(case.rule_row(&saved).await.fired, 1);
        let why = case.why(&saved, &order("any")).await.answer;
        assert!(why.is_fired, "{why:?}");
        let actions = case
            .storage
            .list_rule_actions(&case.scope(), None)
            .await
            .expect("listed");
        assert_eq!(actions[0].action, "alarm");
    });
}

#[test]
fn a_schedule_finds_what_lies_behind_more_than_one_search_looks_through() {
    on_both(async |case| {
        let saved = hourly(&case, "ip:10.0.0.0/8").await;
        let tick = async || case.storage.evaluate_schedules(&case.store).await;
        assert_eq!(tick().await.expect("evaluated"), 0);
        let mut sought = happened(&case, "order.refunded", "1");
        sought.origin.ip = Some("10.1.2.3".parse().expect("an address"));
        case.record(vec![sought]).await;
        for part in 0..5 {
            let batch = (0..500).map(|n| happened(&case, "order.updated", &format!("{part}-{n}")));
            case.record(batch.collect()).await;
        }
        case.pass(Duration::hours(1));
        assert_eq!(tick().await.expect("evaluated"), 1);
        let row = case.rule_row(&saved).await;
        assert_eq!((row.fired, row.skipped), (1, 0));
    });
}
