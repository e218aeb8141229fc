//! The one write path: once, all or nothing, in the order of arrival, one bad call alone.

use crate::harness::{activity, code, idempotency, on_both, pages, record_in, start};
use crate::people::new_user;
use domain::{
    Action, ActivityId, CategorySet, Code, Direction, Filter, OrderUpsert, Outcome, Role,
};
use std::collections::BTreeSet;
use storage::record::{Record, Recorded};
use storage::{Scope, Storage, ThreadPage};

fn one(action: &str) -> Vec<Record> {
    vec![Record::Activity(activity(action, 1))]
}

#[test]
fn a_repeated_call_gets_the_same_bytes_also_after_a_restart() {
    on_both(async |case| {
        let scope = case.scope();
        let call = |storage: Storage, scope: Scope| async move {
            let key = idempotency("import-7", 1);
            storage
                .recorder()
                .record(&scope, one("product.created"), Some(key))
                .await
                .expect("recorded")
        };
        let Recorded::New(receipts) = call(case.storage.clone(), scope.clone()).await else {
            panic!("the first call is no repetition");
        };
        let bytes = format!("{receipts:?}").into_bytes();
        let again = call(case.storage.clone(), scope.clone()).await;
        assert_eq!(again, Recorded::Replayed(bytes.clone()));
        let restarted = case.reopened().await;
        assert_eq!(call(restarted, scope).await, Recorded::Replayed(bytes));
        assert_eq!(case.count(&case.scope(), "action:product.created").await, 1);
    });
}

#[test]
fn five_racing_calls_with_one_key_store_one_record() {
    on_both(async |case| {
        let beside = case.reopened().await;
        let calls: Vec<_> = (0..5)
            .map(|n| {
                let storage = if n % 2 == 0 { &case.storage } else { &beside };
                let (storage, scope) = (storage.clone(), case.scope());
                tokio::spawn(async move {
                    let key = idempotency("race", 1);
                    storage
                        .recorder()
                        .record(&scope, one("product.created"), Some(key))
                        .await
                        .expect("recorded")
                })
            })
            .collect();
        let mut answers = BTreeSet::new();
        let mut new = 0;
        for call in calls {
            match call.await.expect("no panic") {
                Recorded::New(receipts) => {
                    new += 1;
                    answers.insert(format!("{receipts:?}").into_bytes());
                }
                Recorded::Replayed(bytes) => {
                    answers.insert(bytes);
                }
            }
        }
        assert_eq!((new, answers.len()), (1, 1));
        assert_eq!(case.count(&case.scope(), "action:product.created").await, 1);
        case.verified().await;
    });
}

#[test]
fn a_used_key_with_another_body_is_refused_and_nothing_is_stored() {
    on_both(async |case| {
        let (scope, recorder) = (case.scope(), case.storage.recorder());
        let first = recorder
            .record(&scope, one("product.created"), Some(idempotency("k", 1)))
            .await;
        assert!(matches!(first, Ok(Recorded::New(_))));
        let changed = recorder
            .record(&scope, one("product.deleted"), Some(idempotency("k", 2)))
            .await;
        assert_eq!(code(changed), Code::IdempotencyConflict);
        assert_eq!(case.count(&scope, "action:product.deleted").await, 0);
    });
}

#[test]
fn keys_are_kept_apart_by_principal() {
    on_both(async |case| {
        let (_, grant) = case.key(Role::Admin).await;
        let member = case.member("Sara Nasser", Role::Admin).await;
        for scope in [case.scope(), Scope::of_api_key(&grant), member.scope] {
            let answer = case
                .storage
                .recorder()
                .record(
                    &scope,
                    one("product.created"),
                    Some(idempotency("shared", 1)),
                )
                .await;
            assert!(matches!(answer, Ok(Recorded::New(_))), "{scope:?}");
        }
        assert_eq!(case.count(&case.scope(), "action:product.created").await, 3);
    });
}

#[test]
fn a_refused_call_leaves_its_key_unused() {
    on_both(async |case| {
        let (scope, recorder) = (case.scope(), case.storage.recorder());
        let unknown = Record::Outcome {
            activity: ActivityId(case.ambient.uuid()),
            outcome: Outcome::Success,
            error: None,
            occurred_at: start(),
        };
        let refused = recorder
            .record(&scope, vec![unknown], Some(idempotency("k", 1)))
            .await;
        assert_eq!(code(refused), Code::NotFound);
        let second = recorder
            .record(&scope, one("product.created"), Some(idempotency("k", 2)))
            .await;
        assert!(matches!(second, Ok(Recorded::New(_))));
    });
}

#[test]
fn keys_older_than_a_week_are_forgotten() {
    on_both(async |case| {
        let (scope, recorder) = (case.scope(), case.storage.recorder());
        let call = || recorder.record(&scope, one("product.created"), Some(idempotency("k", 1)));
        assert!(matches!(call().await, Ok(Recorded::New(_))));
        case.pass(chrono::Duration::days(6));
        case.storage.tidy().await.expect("tidied");
        assert!(matches!(call().await, Ok(Recorded::Replayed(_))));
        case.pass(chrono::Duration::days(2));
        case.storage.tidy().await.expect("tidied");
        assert!(matches!(call().await, Ok(Recorded::New(_))));
    });
}

#[test]
fn of_a_batch_with_a_wrong_item_nothing_is_stored() {
    on_both(async |case| {
        let scope = case.scope();
        let before = case.verified().await;
        let batch = vec![
            Record::Activity(activity("product.created", 1)),
            Record::Outcome {
                activity: ActivityId(case.ambient.uuid()),
                outcome: Outcome::Failed,
                error: None,
                occurred_at: start(),
            },
            Record::Activity(activity("product.deleted", 1)),
        ];
        let refused = case.storage.recorder().record(&scope, batch, None).await;
        assert_eq!(code(refused), Code::NotFound);
        assert_eq!(case.count(&scope, "category:products").await, 0);
        assert_eq!(case.verified().await, before);
    });
}

#[test]
fn a_failing_call_of_a_group_does_not_harm_the_others() {
    on_both(async |case| {
        case.member("Sara Nasser", Role::Manager).await;
        let mut calls = Vec::new();
        for n in 0..120 {
            let (storage, scope) = (case.storage.clone(), case.scope());
            calls.push(tokio::spawn(async move {
                if n % 4 == 3 {
                    // Fails in the middle of the transaction: an effect meets what is there.
                    let sara = new_user("Sara Nasser");
                    let added = storage.add_user(&scope, sara, Role::Admin).await;
                    assert_eq!(code(added), Code::InvalidFields);
                } else if n % 4 == 2 {
                    let unknown = Record::Outcome {
                        activity: ActivityId(storage.ambient().uuid()),
                        outcome: Outcome::Failed,
                        error: None,
                        occurred_at: start(),
                    };
                    let ended = storage.recorder().record(&scope, vec![unknown], None).await;
                    assert_eq!(code(ended), Code::NotFound);
                } else {
                    record_in(
                        &storage,
                        &scope,
                        vec![
                            activity("product.updated", n),
                            activity("stock.adjusted", n),
                        ],
                    )
                    .await;
                }
            }));
        }
        for call in calls {
            call.await.expect("each got its own answer");
        }
        let scope = case.scope();
        assert_eq!(case.count(&scope, "action:product.updated").await, 60);
        assert_eq!(case.count(&scope, "action:stock.adjusted").await, 60);
        assert_eq!(case.count(&scope, "action:user.invited").await, 1);
        case.verified().await;
    });
}

#[test]
fn three_thousand_records_of_one_microsecond_stay_in_the_order_of_arrival() {
    on_both(async |case| {
        let mut expected = Vec::new();
        for part in 0..4 {
            let batch = (0..750)
                .map(|n| {
                    let mut item = activity("product.updated", 0);
                    item.description = Some(format!("Item {part} {n}"));
                    item
                })
                .collect();
            expected.extend(case.record(batch).await.into_iter().map(|r| r.id));
        }
        let filter = case.filter(&case.scope(), "category:products");
        for (direction, limit) in [(Direction::Oldest, 97), (Direction::Newest, 1_000)] {
            let rows = pages(&case.storage, &case.scope(), &filter, direction, limit).await;
            assert!(rows.iter().all(|row| row.occurred_at == start()));
            let mut ids: Vec<_> = rows.into_iter().map(|row| row.id.0).collect();
            if direction == Direction::Newest {
                ids.reverse();
            }
            assert!(ids == expected, "{direction:?} by {limit} on {}", case.url);
        }
        case.verified().await;
    });
}

#[test]
fn ledger_numbers_have_no_holes_after_refusals() {
    on_both(async |case| {
        let mut seqs = Vec::new();
        for n in 0..10 {
            seqs.extend(case.record(vec![activity("product.updated", n)]).await);
            let refused = case.end(ActivityId(case.ambient.uuid()), Outcome::Failed, None);
            assert_eq!(code(refused.await), Code::NotFound);
        }
        let seqs: Vec<i64> = seqs.iter().map(|receipt| receipt.seq.0).collect();
        assert_eq!(seqs, (2..=11).collect::<Vec<i64>>());
        assert_eq!(case.verified().await, (11, 0));
    });
}

#[test]
fn the_longest_names_are_recorded_and_found() {
    on_both(async |case| {
        // Four bytes a character and nothing to compress: what an index's row has to hold at most.
        let long = |length: u32, from: u32| -> String {
            (0..length)
                .filter_map(|n| char::from_u32(0x20000 + (from + n * 7_919) % 42_000))
                .collect()
        };
        let mut longest = activity("product.updated", 1);
        longest.actor.id = Some(long(200, 1));
        longest.actor.name = Some(long(200, 2));
        longest.actor.email = Some(long(254, 3));
        longest.actor.role = Some(long(100, 4));
        let subject = longest.subject.as_mut().expect("a subject");
        subject.id = long(200, 5);
        subject.name = Some(long(300, 6));
        longest.rule = Some(domain::RuleReference {
            id: Some(long(200, 7)),
            name: long(300, 8),
        });
        longest.operation_id = Some(long(200, 9));
        longest.origin.trace_id = Some(long(200, 10));
        longest.description = Some(long(5_000, 11));
        longest.action = Action {
            name: format!("a.{}", "b".repeat(98)),
            categories: CategorySet::of(&domain::Category::ALL),
        };
        let id = case.record(vec![longest.clone()]).await[0].id;
        for q in [
            format!("actor:{}", long(200, 2)),
            format!("rule:{}", long(300, 8)),
            long(60, 11),
        ] {
            let rows = case.all_rows(&case.scope(), &q, 10).await;
            assert_eq!(rows.iter().map(|row| row.id.0).collect::<Vec<_>>(), [id]);
        }
        case.verified().await;
    });
}

#[test]
fn two_processes_that_write_at_once_keep_one_ledger() {
    on_both(async |case| {
        let beside = case.reopened().await;
        let write = |storage: Storage, scope: Scope, action: &'static str| async move {
            let mut seqs = Vec::new();
            for n in 0..40 {
                let batch = (0..3).map(|part| activity(action, n * 3 + part)).collect();
                let receipts = record_in(&storage, &scope, batch).await;
                seqs.extend(receipts.into_iter().map(|receipt| receipt.seq.0));
            }
            seqs
        };
        let (mut here, there) = tokio::join!(
            tokio::spawn(write(case.storage.clone(), case.scope(), "product.updated")),
            tokio::spawn(write(beside, case.scope(), "coupon.updated")),
        );
        let seqs = here.as_mut().expect("no panic");
        seqs.extend(there.expect("no panic"));
        seqs.sort_unstable();
        assert_eq!(*seqs, (2..=241).collect::<Vec<i64>>());
        assert_eq!(case.verified().await, (241, 0));
        // What one process learned of actors and actions is right in the other.
        let all = case.all_rows(&case.scope(), "actor:sara", 50).await;
        assert_eq!(all.len(), 240);
        let everything = Filter::default();
        let rows = pages(
            &case.storage,
            &case.scope(),
            &everything,
            Direction::Oldest,
            50,
        )
        .await;
        assert_eq!(rows.len(), 241);
    });
}

#[test]
fn an_address_of_ipv4_in_ipv6_is_the_address_of_ipv4() {
    on_both(async |case| {
        let mut item = activity("product.updated", 1);
        item.origin.ip = Some("::ffff:10.1.2.3".parse().expect("an address"));
        let id = ActivityId(case.record(vec![item]).await[0].id);
        let scope = case.scope();
        for q in [
            "ip:10.1.2.3",
            "ip:::ffff:10.1.2.3",
            "ip:10.0.0.0/8",
            "10.1.2.3",
        ] {
            let rows = case.all_rows(&scope, q, 10).await;
            assert_eq!(rows.len(), 1, "{q}");
            assert_eq!(rows[0].ip.as_deref(), Some("10.1.2.3"));
            let detail = case.storage.get_activity(&scope, id).await;
            assert_eq!(detail.expect("read").expect("there").row, rows[0]);
        }
    });
}

#[test]
fn an_order_stays_assigned_until_a_record_says_otherwise() {
    on_both(async |case| {
        let kept = async || {
            let page = ThreadPage {
                before: None,
                after: None,
                limit: 1,
            };
            let thread = case.storage.thread(&case.scope(), "1042", page).await;
            let order = thread.expect("read").expect("there").order;
            (order.status, order.assigned_to)
        };
        let put = async |record: Record| {
            let recorder = case.storage.recorder();
            let recorded = recorder.record(&case.scope(), vec![record], None).await;
            recorded.expect("recorded");
        };
        let order = |status: &str| OrderUpsert {
            customer_id: Some("c_1".to_owned()),
            status: Some(status.to_owned()),
            total: None,
            currency: None,
            placed_at: None,
            assigned_to: None,
            items: Vec::new(),
        };
        let number = || "1042".to_owned();
        let told = |status: &str| Some(status.to_owned());
        let omar = Some("omar@linen.example".to_owned());
        // An order of which nobody told that is nobody's.
        put(Record::OrderAsAssigned {
            number: number(),
            order: order("new"),
        })
        .await;
        assert_eq!(kept().await, (told("new"), None));
        case.order("1042", "c_1", omar.as_deref()).await;
        put(Record::OrderAsAssigned {
            number: number(),
            order: order("shipped"),
        })
        .await;
        assert_eq!(kept().await, (told("shipped"), omar));
        put(Record::Order {
            number: number(),
            order: order("closed"),
        })
        .await;
        assert_eq!(kept().await, (told("closed"), None));
        case.verified().await;
    });
}
