//! Connections of shops: made by several calls at once, deleted and made anew while deliveries wait, and what is told of
//! an order while a person works on it.

use crate::harness::{Case, code, new_store, on_both};
use crate::hook::{connect, id_of, keep, process, row};
use chrono::Duration;
use domain::hook::{FailureCause, HookResult, HookState, Platform};
use domain::view::RoleInput;
use domain::{Access, Code, OrderUpsert, Permission, PermissionSet};
use serde_json::json;
use std::collections::BTreeSet;
use storage::record::Record;
use storage::{Error, NewStore, Scope, ThreadPage};

fn order(status: &str, at: &str) -> String {
    json!({"id": 727, "number": "1042", "status": status, "currency": "SAR", "total": "129.00", "customer_id": 0,
        "date_created_gmt": "2026-11-20T08:00:00", "date_modified_gmt": at, "line_items": []})
    .to_string()
}

/// An event of own code about a product.
fn event(product: &str) -> String {
    json!({"type": "product.updated", "data": {"subject": {"type": "product", "id": product}}})
        .to_string()
}

#[test]
fn of_several_calls_that_make_a_connection_at_once_one_makes_it() {
    on_both(|case| async move {
        let scope = case.scope();
        let seal = |_| b"sealed".to_vec();
        let open = || {
            case.storage
                .open_connection(&scope, Platform::Standard, "own", &seal)
        };
        let (a, b, c, d, e) = tokio::join!(open(), open(), open(), open(), open());
        let answers = [a, b, c, d, e].map(|answer| answer.expect("made or known"));
        assert_eq!(answers.iter().filter(|(_, is_new)| *is_new).count(), 1);
        let ids: BTreeSet<String> = answers
            .iter()
            .map(|(view, _)| view.id.to_string())
            .collect();
        assert_eq!(ids.len(), 1);
        let made = "action:connection.created";
        assert_eq!(case.count(&scope, made).await, 1);
        // The same with a secret that is brought: all of them give it the connection.
        let save = || {
            case.storage
                .save_connection(&scope, Platform::Shopify, "linen", &seal)
        };
        let (a, b, c, d, e) = tokio::join!(save(), save(), save(), save(), save());
        for answer in [a, b, c, d, e] {
            answer.expect("made or changed");
        }
        assert_eq!(case.count(&scope, made).await, 2);
    });
}

#[test]
fn the_sample_store_is_connected_with_nothing_and_nobody_is_blamed() {
    on_both(|case| async move {
        let sample = NewStore {
            is_sample: true,
            ..new_store()
        };
        let sample = case.storage.create_store(sample).await.expect("a store");
        let there = Scope::system("test", sample);
        let seal = |_| b"sealed".to_vec();
        let opened = case
            .storage
            .open_connection(&there, Platform::Standard, "own", &seal)
            .await;
        assert_eq!(code(opened), Code::Conflict);
    });
}

#[test]
fn a_delivery_goes_on_with_the_connection_that_was_made_anew_under_the_name() {
    on_both(|case| async move {
        let scope = case.scope();
        let storage = &case.storage;
        let old = connect(&case, Platform::Woocommerce, "linen").await;
        let made = order("pending", "2026-11-20T08:00:00");
        keep(&case, &old, "order.created", "1", &made).await;
        assert_eq!(process(&case).await, [HookState::Done]);
        // Only the shop's own id is told of what is deleted; it is known by its number.
        let gone = keep(&case, &old, "order.deleted", "2", r#"{"id": 727}"#).await;
        let other = keep(
            &case,
            &old,
            "order.created",
            "3",
            r#"{"id": 728, "number": "1043"}"#,
        );
        let (gone, other) = (id_of(gone), id_of(other.await));
        storage
            .delete_connection(&scope, old.view.id)
            .await
            .expect("deleted");
        assert_eq!(process(&case).await, [HookState::Failed; 2]);
        let failed = row(&case, gone).await;
        assert_eq!(failed.cause, Some(FailureCause::Configuration));
        // Still gone when a person tries it again.
        storage.retry_hook(&scope, other).await.expect("again");
        assert_eq!(process(&case).await, [HookState::Failed]);

        let anew = connect(&case, Platform::Woocommerce, "linen").await;
        assert_ne!(anew.view.id, old.view.id);
        storage.retry_hook(&scope, other).await.expect("again");
        assert_eq!(process(&case).await, [HookState::Done]);
        case.pass(Duration::minutes(10));
        assert_eq!(process(&case).await, [HookState::Done], "by itself");
        for (id, number) in [(gone, "1042"), (other, "1043")] {
            let done = row(&case, id).await;
            assert_eq!(done.result, Some(HookResult::Recorded));
            assert_eq!(done.subject.map(|s| s.id).as_deref(), Some(number));
        }
        // They belong to the new connection from now on: what comes again is known.
        let again = keep(&case, &anew, "order.deleted", "2", r#"{"id": 727}"#).await;
        assert_eq!(id_of(again), gone);
        assert_eq!(row(&case, gone).await.repeats, 1);
    });
}

#[test]
fn a_delivery_that_came_again_by_the_new_connection_is_processed_once() {
    on_both(|case| async move {
        let scope = case.scope();
        let old = connect(&case, Platform::Standard, "own").await;
        let waits = id_of(keep(&case, &old, "product.updated", "1", &event("p_1")).await);
        case.storage
            .delete_connection(&scope, old.view.id)
            .await
            .expect("deleted");
        let anew = connect(&case, Platform::Standard, "own").await;
        keep(&case, &anew, "product.updated", "1", &event("p_1")).await;
        assert_eq!(process(&case).await, [HookState::Done; 2]);
        assert_eq!(row(&case, waits).await.result, Some(HookResult::Unchanged));
        assert_eq!(case.count(&scope, "action:product.updated").await, 1);
    });
}

#[test]
fn a_connection_of_another_store_serves_no_delivery_of_this_one() {
    on_both(|case| async move {
        let own = connect(&case, Platform::Standard, "own").await;
        let waits = id_of(keep(&case, &own, "product.updated", "1", &event("p_1")).await);
        case.storage
            .delete_connection(&case.scope(), own.view.id)
            .await
            .expect("deleted");
        let wool = storage::NewStore {
            name: "Wool".to_owned(),
            ..crate::harness::new_store()
        };
        let wool = case.storage.create_store(wool).await.expect("made");
        let other = Scope::system("test", wool);
        let seal = |_| b"sealed".to_vec();
        let made = case
            .storage
            .open_connection(&other, Platform::Standard, "own", &seal);
        assert!(made.await.expect("the name is free").1);
        assert_eq!(process(&case).await, [HookState::Failed]);
        let failed = row(&case, waits).await;
        assert_eq!(failed.cause, Some(FailureCause::Configuration));
        let scope = case.scope();
        let taken = case
            .storage
            .open_connection(&scope, Platform::Standard, "own", &seal);
        match taken.await {
            Err(Error::Problem(problem)) => assert_eq!(problem.code, Code::Conflict),
            other => panic!("{other:?}"),
        }
    });
}

/// Who the order is assigned to.
async fn assigned_to(case: &Case) -> Option<String> {
    let page = ThreadPage {
        before: None,
        after: None,
        limit: 10,
    };
    let thread = case.storage.thread(&case.scope(), "1042", page).await;
    thread.expect("read").expect("there").order.assigned_to
}

#[test]
fn an_order_that_is_assigned_while_a_delivery_of_it_is_processed_stays_assigned() {
    on_both(|case| async move {
        let scope = case.scope();
        let shop = connect(&case, Platform::Woocommerce, "linen").await;
        for round in 0..40 {
            let at = format!("2026-11-20T08:{round:02}:00");
            let status = if round % 2 == 0 {
                "pending"
            } else {
                "processing"
            };
            keep(&case, &shop, "order.updated", &at, &order(status, &at)).await;
            let jobs = case.storage.claim_hooks(8, Duration::minutes(1)).await;
            let job = jobs.expect("claimed").remove(0);
            let name = format!("person{round}@linen.example");
            let assigned = json!({"status": status, "assigned_to": name});
            let assign = async {
                // Later in each round, so that it falls between every two steps of the other.
                for _ in 0..round {
                    tokio::task::yield_now().await;
                }
                let record = Record::Order {
                    number: "1042".to_owned(),
                    order: OrderUpsert::read(&assigned).expect("sound"),
                };
                let recorder = case.storage.recorder();
                recorder.record(&scope, vec![record], None).await
            };
            let (processed, recorded) = tokio::join!(case.storage.process_hook(&job), assign);
            processed.expect("settled");
            recorded.expect("recorded");
            // What was overtaken is due again.
            process(&case).await;
            assert_eq!(assigned_to(&case).await, Some(name), "round {round}");
        }
    });
}

#[test]
fn a_role_that_makes_connections_sees_which_there_are() {
    on_both(|case| async move {
        connect(&case, Platform::Woocommerce, "linen").await;
        for (permission, sees) in [
            (Permission::ManageKeys, true),
            (Permission::ManageWebhooks, true),
            (Permission::ReadSecurity, false),
        ] {
            let input = RoleInput {
                name: format!("{permission:?}"),
                description: String::new(),
                access: Access {
                    is_masked: false,
                    permissions: PermissionSet::of(&[permission]),
                    ..Access::NOTHING
                },
            };
            let made = case.storage.put_role(&case.scope(), None, input).await;
            let id = made.expect("made").id;
            let role = case.storage.role_of_id(&case.scope(), &id).await;
            let name = format!("{permission:?} Desk");
            let desk = case.member(&name, role.expect("a role")).await;
            let listed = case.storage.list_connections(&desk.scope).await;
            if sees {
                assert_eq!(listed.expect("listed")[0].name, "linen");
            } else {
                assert_eq!(code(listed), Code::Forbidden);
            }
        }
    });
}

#[test]
fn what_failed_because_a_connection_was_off_goes_on_once_it_is_on() {
    on_both(|case| async move {
        let scope = case.scope();
        let shop = connect(&case, Platform::Woocommerce, "linen").await;
        let switch = async |is_on| {
            let switched = case
                .storage
                .switch_connection(&scope, shop.view.id, is_on)
                .await;
            switched.expect("switched");
        };
        switch(false).await;
        let made = order("pending", "2026-11-20T08:00:00");
        let waits = id_of(keep(&case, &shop, "order.created", "1", &made).await);
        assert_eq!(process(&case).await, [HookState::Failed]);
        for _ in 0..10 {
            case.pass(Duration::days(2));
            process(&case).await;
        }
        assert_eq!(row(&case, waits).await.state, HookState::Dead);
        switch(true).await;
        assert_eq!(process(&case).await, [HookState::Done]);
    });
}

#[test]
fn a_refund_in_an_order_of_woocommerce_is_told_once_in_the_trace_of_its_delivery() {
    on_both(|case| async move {
        let shop = connect(&case, Platform::Woocommerce, "linen").await;
        let order = |status: &str, minute: u32, refunds: serde_json::Value| {
            json!({"id": 727, "number": "1042", "status": status, "currency": "SAR", "total": "129.00", "customer_id": 0,
                "date_created_gmt": "2026-11-20T08:00:00", "date_modified_gmt": format!("2026-11-20T08:{minute:02}:00"),
                "refunds": refunds, "line_items": []})
            .to_string()
        };
        let refund = json!([{"id": 9, "reason": "torn", "total": "-10.00"}]);
        let made = order("processing", 0, json!([]));
        keep(&case, &shop, "order.created", "1", &made).await;
        let refunded = order("refunded", 20, refund.clone());
        let kept = keep(&case, &shop, "order.updated", "2", &refunded).await;
        // Once more, and one that comes late.
        keep(&case, &shop, "order.updated", "3", &refunded).await;
        let late = order("processing", 10, refund);
        keep(&case, &shop, "order.updated", "4", &late).await;
        process(&case).await;
        let scope = case.scope();
        let trace = row(&case, id_of(kept)).await.trace_id;
        for (query, count) in [
            ("action:order.refunded about:order/1042".to_owned(), 1),
            ("action:order.status_changed about:order/1042".to_owned(), 1),
            (format!("trace:{trace} action:order.*"), 2),
        ] {
            assert_eq!(case.count(&scope, &query).await, count, "{query}");
        }
    });
}
