//! A rule tried on the past: over all of its days, in parts.

use crate::harness::{on_both, record_in};
use crate::rule_engine::{happened, query, rule, tag};
use chrono::Duration;
use domain::followup::FollowupRule;
use storage::Scope;

#[test]
fn a_trial_looks_at_all_of_its_days() {
    on_both(async |case| {
        let scope = case.scope();
        // Each told when it happened: what is told late sets nothing off.
        for (number, days) in [("ago-10", 7), ("ago-3", 3)] {
            case.record(vec![happened(&case, "order.refunded", number)])
                .await;
            case.pass(Duration::days(days));
        }
        // More than a part of the walk holds.
        for part in 0..2 {
            let events =
                (0..600).map(|n| happened(&case, "order.refunded", &format!("{part}-{n}")));
            case.record(events.collect()).await;
        }
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
fn a_trial_tells_what_did_not_happen_lately_from_what_nobody_knows() {
    on_both(async |case| {
        let mut old = happened(&case, "order.refunded", "1042");
        old.occurred_at -= Duration::days(10);
        case.record(vec![old]).await;
        for (query, days, count, is_unknown) in [
            ("action:order.refunded", 30, 1, false),
            ("action:order.refunded", 7, 0, false),
            ("action:order.refundd", 7, 0, true),
        ] {
            let wanted = rule(&case, query, tag());
            let trial = case.storage.try_rule(&case.scope(), &wanted, days).await;
            let trial = trial.expect("tried");
            let found = (trial.looked_at, trial.is_unknown);
            assert_eq!(found, (count, is_unknown), "{query} in {days} days");
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

#[test]
fn what_was_told_too_late_to_set_a_rule_off_is_no_firing_of_its_trial() {
    on_both(async |case| {
        let saved = case.save(rule(&case, "action:order.refunded", tag())).await;
        let mut late = happened(&case, "order.refunded", "1042");
        late.occurred_at -= Duration::days(2);
        let fresh = happened(&case, "order.refunded", "1043");
        case.record(vec![late.clone(), fresh]).await;
        case.look().await;
        assert_eq!(case.rule_row(&saved).await.fired, 1);
        let trial = case.storage.try_rule(&case.scope(), &saved, 7).await;
        let trial = trial.expect("tried");
        assert_eq!((trial.looked_at, trial.fired), (2, 1));
        assert!(!trial.examples[0].is_history);
        let [missed] = &trial.misses[..] else {
            panic!("{:?}", trial.misses);
        };
        assert!(missed.is_history && missed.evaluation.is_fired());
        assert_eq!(missed.subject, late.subject);
        // The rules of a sample look at its whole story, which is told at once.
        let sample = Scope::system("test", case.sample().await);
        record_in(&case.storage, &sample, vec![late]).await;
        let trial = case.storage.try_rule(&sample, &saved, 7).await;
        assert_eq!(trial.expect("tried").fired, 1);
    });
}
