//! Several messages at once, and what stands beside a thread.

use crate::harness::{code, on_both};
use crate::message_kit::input;
use chrono::Duration;
use domain::message::{Channel, DeliveryStatus};
use domain::{Code, MessageId, OrderItem, OrderUpsert, Role};
use storage::ThreadPage;
use storage::record::Record;

#[test]
fn several_are_stopped_and_restarted_each_with_its_own_answer() {
    on_both(async |case| {
        let scope = case.scope();
        let mut ids = Vec::new();
        for n in 0..120 {
            let text = format!("number {n}");
            ids.push(
                case.send(input(&case, Channel::Sms, "+966551234567", &text))
                    .await,
            );
        }
        let unknown = MessageId(case.ambient.uuid());
        ids.insert(60, unknown);
        let stopped = case
            .storage
            .stop_messages(&scope, &ids)
            .await
            .expect("done");
        assert_eq!(stopped.len(), 121);
        for (id, outcome) in &stopped {
            match outcome {
                Ok(()) => assert_eq!(
                    case.message(*id).await.row.status,
                    Some(DeliveryStatus::Stopped)
                ),
                Err(problem) => assert_eq!((*id, problem.code), (unknown, Code::NotFound)),
            }
        }
        assert!(stopped.iter().map(|(id, _)| *id).eq(ids.iter().copied()));
        let again = case
            .storage
            .stop_messages(&scope, &ids[..3])
            .await
            .expect("done");
        assert!(
            again
                .iter()
                .all(|(_, outcome)| matches!(outcome, Err(p) if p.code == Code::Conflict))
        );
        let restarted = case
            .storage
            .restart_messages(&scope, &ids)
            .await
            .expect("done");
        assert_eq!(
            restarted
                .iter()
                .filter(|(_, outcome)| outcome.is_ok())
                .count(),
            120
        );
        // Ten a second: not all are due at once, and those that aren't can be stopped again.
        assert_eq!(case.claim().await.len(), 1);
        let last = case
            .storage
            .stop_messages(&scope, &ids[120..])
            .await
            .expect("done");
        assert_eq!(last[0].1, Ok(()));
        case.pass(Duration::milliseconds(2_050));
        assert_eq!(case.claim().await.len(), 20);
        case.verified().await;
    });
}

#[test]
fn who_may_not_send_stops_nothing() {
    on_both(async |case| {
        let id = case
            .send(input(&case, Channel::Sms, "+966551234567", "x"))
            .await;
        for member in case.one_of_each_role().await {
            let done = case.storage.stop_messages(&member.scope, &[id]).await;
            match member.session.role {
                Role::Auditor | Role::StoreKeeper => assert_eq!(code(done), Code::Forbidden),
                // It belongs to no order of theirs.
                Role::Staff => {
                    let done = done.expect("done");
                    assert!(matches!(&done[0].1, Err(p) if p.code == Code::NotFound));
                }
                // The first one stops it, the others find it stopped.
                _ => assert_eq!(done.expect("done").len(), 1),
            }
        }
    });
}

#[test]
fn a_thread_knows_what_was_ordered_and_what_stands_beside_it() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        for number in ["1", "2", "3"] {
            case.pass(Duration::hours(1));
            let assigned = (number != "2").then_some("staff@maisonnoor.example");
            case.order(number, "c_1", assigned).await;
        }
        let order = OrderUpsert {
            customer_id: Some("c_1".to_owned()),
            status: None,
            total: None,
            currency: None,
            placed_at: Some(case.ambient.clock.now() - Duration::hours(1)),
            assigned_to: None,
            items: vec![OrderItem {
                name: "Linen shirt".to_owned(),
                variant: Some("M".to_owned()),
                quantity: 2,
                total: Some("570.00".to_owned()),
            }],
        };
        let record = Record::Order {
            number: "2".to_owned(),
            order: order.clone(),
        };
        let recorded = case
            .storage
            .recorder()
            .record(&case.scope(), vec![record], None)
            .await;
        recorded.expect("recorded");
        let page = || ThreadPage {
            limit: 10,
            ..ThreadPage::default()
        };
        let thread = case.storage.thread(&case.scope(), "2", page()).await;
        let thread = thread.expect("read").expect("there");
        assert_eq!(thread.order_items, order.items);
        assert_eq!(
            (thread.previous.as_deref(), thread.next.as_deref()),
            (Some("3"), Some("1"))
        );
        let first = case.storage.thread(&case.scope(), "3", page()).await;
        let first = first.expect("read").expect("there");
        assert_eq!((first.previous, first.next.as_deref()), (None, Some("2")));
        assert!(first.order_items.is_empty());
    });
}
