//! Giving actions of rules up: those that wait, and not while they are being tried.

use crate::harness::{code, on_both};
use crate::rule_engine::{happened, rule};
use chrono::Duration;
use domain::Code;
use domain::followup::{FollowupAction, FollowupRule};
use storage::{Undone, WebhookResult};

#[test]
fn what_waits_is_given_up_unless_it_is_being_tried() {
    on_both(async |case| {
        let scope = case.scope();
        let actions = vec![
            FollowupAction::Alarm {
                text: "Look".to_owned(),
            },
            FollowupAction::CallWebhook {
                url: "https://hooks.example/refunds".to_owned(),
            },
        ];
        case.save(rule(&case, "action:order.refunded", actions))
            .await;
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        case.look().await;
        let listed = async || {
            let found = case.storage.list_rule_actions(&case.scope(), None).await;
            found.expect("listed")
        };
        let waiting = listed().await;
        assert_eq!(waiting.len(), 2);
        let lease = Duration::minutes(1);
        let jobs = case.storage.claim_rule_actions(5, lease).await;
        let calls = case.storage.claim_webhooks(5, lease).await;
        let (jobs, calls) = (jobs.expect("claimed"), calls.expect("claimed"));
        assert_eq!((jobs.len(), calls.len()), (1, 1));
        for row in &waiting {
            let refused = case.storage.discard_rule_action(&scope, row.id).await;
            assert_eq!(code(refused), Code::Conflict, "{}", row.action);
        }
        // Both fail and wait for their next try.
        let undone = Undone::later("503");
        let next = case.storage.postpone_rule_action(&jobs[0], &undone).await;
        next.expect("put back").expect("it is tried again");
        let failed = WebhookResult::Failed {
            why: "503".to_owned(),
            retry_at: case.ambient.clock.now() + Duration::hours(1),
        };
        let settled = case.storage.settle_webhook(&calls[0], failed).await;
        settled.expect("put back");
        for row in &waiting {
            let discarded = case.storage.discard_rule_action(&scope, row.id).await;
            discarded.expect("given up");
            let again = case.storage.discard_rule_action(&scope, row.id).await;
            assert_eq!(code(again), Code::NotFound, "{}", row.action);
        }
        assert!(listed().await.is_empty());
        case.pass(Duration::days(2));
        let jobs = case.storage.claim_rule_actions(5, lease).await;
        let calls = case.storage.claim_webhooks(5, lease).await;
        assert!(jobs.expect("claimed").is_empty() && calls.expect("claimed").is_empty());
        let discarded = "action:rule.action_discarded";
        assert_eq!(case.count(&scope, discarded).await, 2);
    });
}

#[test]
fn the_actions_of_a_rule_are_found_behind_many_of_another() {
    on_both(async |case| {
        let alarm = || {
            vec![FollowupAction::Alarm {
                text: "Look".to_owned(),
            }]
        };
        let rare = case
            .save(rule(&case, "action:order.refunded", alarm()))
            .await;
        let often = FollowupRule {
            name: "Often".to_owned(),
            ..rule(&case, "action:order.cancelled", alarm())
        };
        case.save(often).await;
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        case.look().await;
        case.pass(Duration::minutes(1));
        let many = (0..210).map(|n| happened(&case, "order.cancelled", &n.to_string()));
        case.record(many.collect()).await;
        case.look().await;
        let scope = case.scope();
        let found = case.storage.list_rule_actions(&scope, Some(rare.id)).await;
        assert_eq!(found.expect("listed").len(), 1);
    });
}
