//! Conditions on an order's total and state and on a customer's groups.

use crate::harness::{Case, on_both};
use crate::message_kit::inbound;
use crate::rule_engine::{happened, order, rule, tag};
use chrono::Duration;
use domain::followup::why::Step;
use domain::followup::{Condition, FollowupRule, Trigger};
use domain::message::Channel;
use domain::{Change, CustomerUpsert};
use serde_json::json;
use storage::record::Record;

fn large_of_vip() -> Vec<Condition> {
    vec![
        Condition::CustomerGroup {
            any_of: vec!["vip".to_owned()],
        },
        Condition::OrderTotal {
            currency: "SAR".to_owned(),
            at_least: Some("129".to_owned()),
            below: Some("129.01".to_owned()),
        },
    ]
}

/// An order of somebody in these groups.
async fn ordered(case: &Case, number: &str, email: &str, groups: &[&str]) {
    let customer = CustomerUpsert {
        name: Some("Noura".to_owned()),
        email: Some(email.to_owned()),
        phone: None,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    };
    let id = format!("c_{number}");
    case.order(number, &id, None).await;
    case.upsert(Record::Customer { id, customer }).await;
}

#[test]
fn an_event_is_judged_by_its_orders_total_and_its_customers_groups() {
    on_both(async |case| {
        ordered(&case, "1042", "noura@mail.example", &["Newsletter", "VIP"]).await;
        ordered(&case, "1043", "sami@mail.example", &["Newsletter"]).await;
        let mut wanted = rule(&case, "action:order.refunded", tag());
        wanted.conditions = large_of_vip();
        let saved = case.save(wanted).await;
        let events = ["1042", "1043"].map(|number| happened(&case, "order.refunded", number));
        case.record(events.into()).await;
        case.look().await;
        let fired = case.why(&saved, &order("1042")).await.answer;
        assert!(fired.is_fired, "{fired:?}");
        let skipped = case.why(&saved, &order("1043")).await.answer;
        let mut steps = skipped.steps.iter();
        let missed = steps.find_map(|step| match step {
            Step::NotMet { checked } => checked.seen.as_deref(),
            _ => None,
        });
        assert_eq!(missed, Some("Newsletter"), "{skipped:?}");
    });
}

#[test]
fn a_message_is_judged_by_its_orders_total_and_its_customers_groups() {
    on_both(async |case| {
        ordered(&case, "1042", "noura@mail.example", &["VIP"]).await;
        let by_message = FollowupRule {
            trigger: Trigger::Message,
            conditions: large_of_vip(),
            ..rule(&case, "", tag())
        };
        case.save(by_message).await;
        let scope = case.scope();
        for (email, is_matched) in [("noura@mail.example", true), ("sami@mail.example", false)] {
            let came = inbound(&case, Channel::Email, email, "Thanks", email);
            let came = case
                .storage
                .receive_message(&scope, came, Vec::new(), None)
                .await;
            let id = came.expect("received").id;
            let judged = case.storage.evaluate_followups(&scope, id).await;
            assert_eq!(
                judged.expect("evaluated")[0].is_matched,
                is_matched,
                "{email}"
            );
        }
    });
}

#[test]
fn an_orders_state_is_the_one_that_the_entry_tells() {
    on_both(async |case| {
        ordered(&case, "1042", "noura@mail.example", &[]).await;
        let mut wanted = rule(&case, "action:order.updated", tag());
        wanted.conditions = vec![Condition::OrderStatus {
            any_of: vec!["shipped".to_owned()],
        }];
        let saved = case.save(wanted).await;
        let mut event = happened(&case, "order.updated", "1042");
        event.changes = vec![Change {
            field: "status".to_owned(),
            before: json!("processing"),
            after: json!("shipped"),
        }];
        // What is known of the order by now is another state.
        case.record(vec![event]).await;
        case.look().await;
        let then = case.why(&saved, &order("1042")).await.answer;
        assert!(then.is_fired, "{then:?}");
        case.pass(Duration::minutes(1));
        case.record(vec![happened(&case, "order.updated", "1042")])
            .await;
        case.look().await;
        let now = case.why(&saved, &order("1042")).await.answer;
        assert!(!now.is_fired, "{now:?}");
    });
}
