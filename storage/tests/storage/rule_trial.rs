//! A rule tried on the past: over all of its days, in parts.

use crate::harness::on_both;
use crate::rule_engine::{happened, query, rule, tag};
use chrono::Duration;
use domain::followup::FollowupRule;

#[test]
fn a_trial_looks_at_all_of_its_days() {
    on_both(async |case| {
        let scope = case.scope();
        // More than a part of the walk holds.
        for part in 0..2 {
            let events =
                (0..600).map(|n| happened(&case, "order.refunded", &format!("{part}-{n}")));
            case.record(events.collect()).await;
        }
        let days_ago = |days: i64| {
            let mut old = happened(&case, "order.refunded", &format!("ago-{days}"));
            old.occurred_at -= Duration::days(days);
            old
        };
        case.record(vec![days_ago(3), days_ago(10)]).await;
        let wanted = rule(&case, "action:order.refunded", tag());
        for (days, count) in [(1, 1_200), (7, 1_201), (30, 1_202)] {
            let trial = case.storage.try_rule(&scope, &wanted, days).await;
            let trial = trial.expect("tried");
            assert_eq!(
                (trial.days, trial.looked_at, trial.fired),
                (days, count, count)
            );
            assert_eq!((trial.examples.len(), trial.has_more), (20, false));
            let from = case.ambient.clock.now() - Duration::days(i64::from(days));
            assert!(trial.since <= from && from - trial.since < Duration::minutes(1));
        }
    });
}

#[test]
fn what_a_rule_on_trial_would_have_done_is_counted_apart() {
    on_both(async |case| {
        let wanted = FollowupRule {
            is_dry: true,
            conditions: vec![query("subject:order/1042")],
            ..rule(&case, "action:order.refunded", tag())
        };
        let saved = case.save(wanted).await;
        for number in ["1042", "1042", "1043"] {
            case.record(vec![happened(&case, "order.refunded", number)])
                .await;
        }
        case.look().await;
        let row = case.rule_row(&saved).await;
        assert_eq!((row.fired, row.would_have_fired, row.skipped), (0, 2, 1));
        assert_eq!(case.do_rule_actions().await, 0);
    });
}
