//! A rule that assigns an order writes it whole: what became of the order in the same moment stays.

use crate::harness::{Case, on_both};
use crate::message_kit::inbound;
use crate::rule_engine::{happened, rule};
use chrono::Duration;
use domain::followup::{Condition, FollowupAction, FollowupRule, Trigger};
use domain::message::Channel;
use domain::view::OrderRow;
use domain::{Code, OrderUpsert, Role};
use storage::Error;
use storage::record::Record;

const SARA: &str = "sara@maisonnoor.example";

fn assign() -> Vec<FollowupAction> {
    vec![FollowupAction::Assign {
        to: SARA.to_owned(),
    }]
}

/// The shop tells of an order.
async fn told(case: &Case, number: &str, status: &str) {
    let order = OrderUpsert {
        customer_id: Some("c_1".to_owned()),
        status: Some(status.to_owned()),
        total: Some("129.00".to_owned()),
        currency: Some("SAR".to_owned()),
        placed_at: Some(case.ambient.clock.now()),
        assigned_to: None,
        items: Vec::new(),
    };
    let number = number.to_owned();
    case.upsert(Record::Order { number, order }).await;
}

async fn shown(case: &Case, number: &str) -> OrderRow {
    let listed = case.storage.list_orders(&case.scope(), "", None, 50).await;
    let mut rows = listed.expect("listed").rows.into_iter();
    rows.find(|row| row.number == number).expect("there")
}

#[test]
fn an_order_that_changed_meanwhile_is_not_overwritten_and_is_assigned_afterwards() {
    on_both(async |case| {
        case.member("Sara", Role::Manager).await;
        case.save(rule(&case, "action:order.refunded", assign()))
            .await;
        let mut overtaken = 0;
        for n in 1..=10 {
            let number = n.to_string();
            case.order(&number, "c_1", None).await;
            case.record(vec![happened(&case, "order.refunded", &number)])
                .await;
            case.look().await;
            let lease = Duration::minutes(1);
            let jobs = case.storage.claim_rule_actions(10, lease).await;
            let job = jobs.expect("claimed").remove(0);
            let (done, ()) = tokio::join!(
                case.storage.perform_rule_action(&job),
                told(&case, &number, "paid")
            );
            let done = done.expect("tried");
            let order = shown(&case, &number).await;
            assert_eq!(order.status.as_deref(), Some("paid"), "on {}", case.url);
            let Err(undone) = done else { continue };
            assert!(!undone.is_final, "{undone:?}");
            assert_eq!(order.assigned_to, None);
            overtaken += 1;
            case.storage
                .postpone_rule_action(&job, &undone)
                .await
                .expect("put back");
            case.pass(Duration::hours(1));
            assert_eq!(case.do_rule_actions().await, 1);
            let order = shown(&case, &number).await;
            assert_eq!(order.status.as_deref(), Some("paid"));
            assert_eq!(order.assigned_to.as_deref(), Some(SARA));
        }
        assert!(overtaken > 0, "never in the same moment on {}", case.url);
        case.verified().await;
    });
}

#[test]
fn what_a_message_sets_off_does_not_undo_what_became_of_its_order() {
    on_both(async |case| {
        let scope = case.scope();
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        case.order("1042", "c_1", None).await;
        case.member("Sara", Role::Manager).await;
        let by_message = FollowupRule {
            trigger: Trigger::Message,
            conditions: vec![Condition::Words {
                any_of: vec!["where".to_owned()],
            }],
            ..rule(&case, "action:order.refunded", assign())
        };
        case.save(by_message).await;
        for n in 0..5 {
            let name = format!("m{n}@x");
            let came = inbound(&case, Channel::Email, "noura@mail.example", "where?", &name);
            let received = case
                .storage
                .receive_message(&scope, came, Vec::new(), None)
                .await
                .expect("received");
            assert_eq!(received.order.as_deref(), Some("1042"));
            let changes = async {
                for status in ["paid", "packed", "sent"] {
                    told(&case, "1042", status).await;
                }
            };
            let (judged, ()) = tokio::join!(
                case.storage.evaluate_followups(&scope, received.id),
                changes
            );
            let judged = match judged {
                // It stayed due: the sweep does this.
                Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                    case.storage.evaluate_followups(&scope, received.id).await
                }
                judged => judged,
            };
            assert!(judged.expect("evaluated")[0].is_fired());
            let order = shown(&case, "1042").await;
            assert_eq!(order.status.as_deref(), Some("sent"), "on {}", case.url);
        }
        assert_eq!(case.count(&scope, "action:rule.evaluated").await, 5);
        case.verified().await;
    });
}
