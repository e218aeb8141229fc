//! Pages, filters, search.

use crate::harness::{Case, activity, on_both, pages, reference, start};
use domain::{
    Action, ActivityId, ActorType, Category, CategorySet, Code, Cursor, Direction, Filter, Role,
};
use std::collections::BTreeSet;
use storage::{Error, Page, Scope};

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    on_both(async |case| {
        case.record(
            (0..95)
                .map(|n| activity("product.updated", n / 3))
                .collect(),
        )
        .await;
        let filter = case
            .storage
            .filter(&case.scope(), "category:products")
            .expect("a filter");
        for direction in [Direction::Newest, Direction::Oldest] {
            let mut seen = Vec::new();
            let mut after: Option<Cursor> = None;
            loop {
                let page = Page {
                    after,
                    direction,
                    limit: 10,
                };
                let page = case
                    .storage
                    .list_activities(&case.scope(), &filter, page)
                    .await
                    .expect("a page");
                seen.extend(
                    page.rows
                        .iter()
                        .map(|row| row.seq.expect("open to this role").0),
                );
                match page.next {
                    Some(next) => after = Some(Cursor::parse(&next).expect("its own cursor")),
                    None => break,
                }
            }
            let mut expected: Vec<i64> = (2..=96).collect();
            if direction == Direction::Newest {
                expected.reverse();
            }
            assert_eq!(seen, expected);
        }
    });
}

#[test]
fn each_qualifier_finds_what_it_names() {
    on_both(async |case| {
        let mut other = activity("coupon.deleted", 5);
        other.actor.name = Some("عبدالله القحطاني".to_owned());
        other.actor.email = None;
        other.description = Some("كوبون قديم 50% off_now".to_owned());
        other.origin.ip = None;
        other.origin.trace_id = Some("trace-9".to_owned());
        case.record(vec![
            activity("product.updated", 1),
            activity("product.hidden", 2),
            other,
        ])
        .await;
        for (q, expected) in [
            ("", 4),
            ("actor:sara", 2),
            ("-actor:sara", 2),
            ("actor:sara action:product.*", 2),
            ("action:product.hidden", 1),
            ("category:products,coupons", 3),
            ("ip:203.0.113.0/24", 2),
            ("-ip:203.0.113.0/24", 2),
            ("subject:product/p_1", 1),
            ("subject:product", 3),
            ("subject:product/*", 3),
            ("about:product/p_2", 1),
            ("role:manager", 3),
            ("trace:trace-9", 1),
            ("outcome:success", 4),
            ("outcome:failed", 0),
            ("has:ip", 2),
            ("\"price changed\"", 2),
            ("rice", 2),
            ("كوبون", 1),
            ("القحطاني", 1),
            ("50% off_n", 1),
            ("off-n", 0),
            ("-price category:products", 0),
            ("pr", 3),
            ("created:2026-11-20", 4),
            ("created:..2026-11-19", 0),
        ] {
            let filter = case
                .storage
                .filter(&case.scope(), q)
                .unwrap_or_else(|e| panic!("{q}: {e:?}"));
            let page = Page {
                after: None,
                direction: Direction::Newest,
                limit: 50,
            };
            let page = case
                .storage
                .list_activities(&case.scope(), &filter, page)
                .await
                .expect("a page");
            assert_eq!(page.rows.len(), expected, "{q} on {}", case.url);
            let count = case
                .storage
                .count_activities(&case.scope(), &filter)
                .await
                .expect("a count");
            assert_eq!(
                (count.count, count.is_exact),
                (expected as u64, true),
                "count of {q} on {}",
                case.url
            );
        }
    });
}

#[test]
fn clauses_that_exclude_each_other_find_nothing() {
    on_both(async |case| {
        let mut omar = activity("product.updated", 1);
        omar.actor.name = Some("Omar Haddad".to_owned());
        omar.actor.email = None;
        case.record(vec![omar, activity("product.updated", 2)])
            .await;
        for q in [
            "actor:sara actor:omar",
            "actor:sara role:owner",
            "actor:nobody",
            "role:nobody",
            "outcome:failed outcome:success",
            "outcome:success -outcome:success",
            "action:product.* action:coupon.*",
            "category:products -category:products",
            "subject:product/p_1 subject:product/p_2",
            "created:2026-11-20 created:2026-11-21",
            "created:2026-11-22..",
            "created:..1971-01-01",
            "ip:203.0.113.7 -ip:203.0.0.0/16",
            "id:0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f",
        ] {
            assert_eq!(case.count(&case.scope(), q).await, 0, "{q}");
            let filter = case.filter(&case.scope(), q);
            let facets = case.storage.facets(&case.scope(), &filter).await;
            assert_eq!(facets.expect("facets").matching.count, 0, "{q}");
            let histogram = case.storage.histogram(&case.scope(), &filter, 60).await;
            let buckets = histogram.expect("a histogram").buckets;
            assert!(buckets.iter().all(|bucket| bucket.total() == 0), "{q}");
        }
        let both = case.count(&case.scope(), "actor:sara,omar").await;
        assert_eq!(both, 2);
    });
}

/// Who never did what is asked for, or what never ended so, is known before anything is walked; and what came since then is found.
#[test]
fn two_fields_are_found_together_from_the_first_entry_that_has_both() {
    on_both(async |case| {
        let failed = |action: &str, minute| {
            let mut item = activity(action, minute);
            item.outcome = domain::Outcome::Failed;
            item.error = Some("connection refused".to_owned());
            item
        };
        let by_omar = |mut item: domain::Activity| {
            item.actor.name = Some("Omar Haddad".to_owned());
            item.actor.email = None;
            item
        };
        case.record(vec![
            activity("product.updated", 1),
            activity("product.hidden", 2),
            by_omar(activity("coupon.created", 3)),
            by_omar(failed("order.created", 4)),
        ])
        .await;
        let asked = [
            "actor:omar action:product.updated",
            "actor:omar category:products",
            "actor:sara,omar action:product.updated,order.created",
            "role:manager category:orders outcome:success",
            "actor:omar has:error category:products",
            "actor:omar has:error",
            "category:products has:error",
            "action:product.updated has:error,operation",
            "outcome:success has:error",
            "-has:error actor:omar",
            "-has:error outcome:failed",
            "has:error -has:ip",
        ];
        let check = async |expected: [usize; 12]| {
            for (q, expected) in asked.iter().zip(expected) {
                assert_eq!(case.count(&case.scope(), q).await, expected, "{q}");
                let rows = case.all_rows(&case.scope(), q, 2).await;
                assert_eq!(rows.len(), expected, "{q} on {}", case.url);
                assert!(
                    rows.is_sorted_by(|a, b| a.occurred_at >= b.occurred_at),
                    "{q}"
                );
            }
        };
        check([0, 0, 2, 0, 0, 1, 0, 0, 0, 1, 0, 0]).await;
        let mut strange = by_omar(activity("product.updated", 5));
        strange.error = Some("a warning".to_owned());
        strange.origin.ip = None;
        case.record(vec![strange, by_omar(activity("order.created", 6))])
            .await;
        check([1, 1, 4, 1, 1, 2, 1, 1, 1, 2, 0, 1]).await;
    });
}

#[test]
fn an_entry_is_found_by_its_id_however_old_it_is() {
    on_both(async |case| {
        let old = case
            .record(vec![activity("product.created", -60 * 24 * 300)])
            .await[0];
        for part in 0..21 {
            let batch = (0..1_000).map(|n| activity("product.updated", part * 1_000 + n));
            case.record(batch.collect()).await;
        }
        let q = format!("id:{}", old.id);
        let rows = case.all_rows(&case.scope(), &q, 10).await;
        assert_eq!(
            rows.iter().map(|row| row.id.0).collect::<Vec<_>>(),
            [old.id]
        );
        let filter = case.filter(&case.scope(), &q);
        let page = Page {
            after: None,
            direction: Direction::Newest,
            limit: 10,
        };
        let page = case
            .storage
            .list_activities(&case.scope(), &filter, page)
            .await
            .expect("a page");
        assert_eq!(
            (page.rows.len(), page.next, page.searched_to),
            (1, None, None)
        );
        assert_eq!(case.count(&case.scope(), &q).await, 1);
        let q = format!("id:{} action:product.updated", old.id);
        assert_eq!(case.count(&case.scope(), &q).await, 0);
        let keeper = case.member("Omar Store", Role::StoreKeeper).await;
        let staff = case.member("Lina Staff", Role::Staff).await;
        let q = format!("id:{}", old.id);
        assert_eq!(case.count(&keeper.scope, &q).await, 1);
        assert_eq!(case.count(&staff.scope, &q).await, 0);
        bounded_search(&case).await;
    });
}

/// A search that no index serves stops, says how far it came, and `next` goes on to find all, once.
async fn bounded_search(case: &Case) {
    let found = |minutes: i64| {
        let mut item = activity("product.updated", minutes);
        item.origin.ip = Some("10.1.2.3".parse().expect("an address"));
        item
    };
    let expected = case
        .record(vec![found(-5), found(9_000), found(20_900)])
        .await;
    let scope = case.scope();
    let filter = case.filter(&scope, "ip:10.0.0.0/8");
    let count = case.storage.count_activities(&scope, &filter).await;
    let count = count.expect("a count");
    assert!(!count.is_exact && count.count == 2, "{count:?}");
    for direction in [Direction::Newest, Direction::Oldest] {
        let mut after = None;
        let mut seen = Vec::new();
        let mut searched = Vec::new();
        loop {
            let page = Page {
                after,
                direction,
                limit: 50,
            };
            let page = case
                .storage
                .list_activities(&scope, &filter, page)
                .await
                .expect("a page");
            seen.extend(page.rows.iter().map(|row| row.id.0));
            assert_eq!(page.searched_to.is_some(), page.next.is_some());
            searched.extend(page.searched_to);
            let Some(next) = page.next else { break };
            after = Some(Cursor::parse(&next).expect("its own cursor"));
        }
        assert!(!searched.is_empty(), "it was served by an index");
        let mut ids: Vec<_> = expected.iter().map(|receipt| receipt.id).collect();
        if direction == Direction::Newest {
            ids.reverse();
            assert!(searched.is_sorted_by(|earlier, later| earlier >= later));
        }
        assert_eq!(seen, ids);
    }
    // The histogram says that it begins where the counting stopped.
    let histogram = case.storage.histogram(&scope, &filter, 60).await;
    let histogram = histogram.expect("a histogram");
    let total: u64 = histogram.buckets.iter().map(|b| b.total()).sum();
    assert!(!histogram.is_exact && total <= 2);
    assert!(histogram.counted_from > Some(start()));
}

#[test]
fn a_page_holds_one_to_a_thousand_rows() {
    on_both(async |case| {
        case.record((0..1_000).map(|n| activity("product.updated", n)).collect())
            .await;
        for (limit, expected) in [(0, 1), (1, 1), (1_000, 1_000), (u32::MAX, 1_000)] {
            let page = Page {
                after: None,
                direction: Direction::Oldest,
                limit,
            };
            let page = case
                .storage
                .list_activities(&case.scope(), &Filter::default(), page)
                .await
                .expect("a page");
            assert_eq!(page.rows.len(), expected);
            assert!(page.next.is_some() && page.searched_to.is_none());
        }
    });
}

#[test]
fn entries_that_arrive_between_pages_are_neither_repeated_nor_do_they_push_others_out() {
    on_both(async |case| {
        case.record((0..40).map(|n| activity("product.updated", n)).collect())
            .await;
        let filter = case.filter(&case.scope(), "category:products");
        let page = async |after| {
            let page = Page {
                after,
                direction: Direction::Newest,
                limit: 10,
            };
            let page = case
                .storage
                .list_activities(&case.scope(), &filter, page)
                .await
                .expect("a page");
            let next = page.next.map(|next| Cursor::parse(&next).expect("its own"));
            (page.rows, next)
        };
        let (mut rows, mut next) = page(None).await;
        while next.is_some() {
            case.record((50..60).map(|n| activity("product.updated", n)).collect())
                .await;
            let (more, after) = page(next).await;
            rows.extend(more);
            next = after;
        }
        let minutes: Vec<i64> = rows
            .iter()
            .map(|row| (row.occurred_at - start()).num_minutes())
            .collect();
        assert_eq!(minutes, (0..40).rev().collect::<Vec<i64>>());
    });
}

#[test]
fn many_actors_and_many_words_are_found_alike() {
    on_both(async |case| {
        let items = (0..1_100).map(|n| {
            let mut item = activity("customer.signed_in", n);
            item.actor.kind = ActorType::Customer;
            item.actor.id = Some(format!("c_{n}"));
            item.actor.name = Some(format!("Client {n}"));
            item.actor.email = None;
            item.subject = Some(reference("basket", &format!("b_{n:04}"), "Basket"));
            item
        });
        let items: Vec<_> = items.collect();
        for batch in items.chunks(550) {
            case.record(batch.to_vec()).await;
        }
        case.record(vec![activity("product.updated", 1)]).await;
        let scope = case.scope();
        for (q, expected) in [
            ("actor:customer", 1_100),
            ("-actor:customer", 2),
            ("actor:client*", 1_100),
            ("actor:client* actor:c_7", 1),
            ("actor:c_5*", 111),
            ("about:basket/b_00*", 100),
            ("subject:basket/b_0* actor:c_9*", 111),
            ("-subject:basket/b_0*", 102),
            ("subject:basket", 1_100),
        ] {
            assert_eq!(case.count(&scope, q).await, expected, "{q}");
        }
        let filter = case.filter(&scope, "about:basket/*");
        let page = Page {
            after: None,
            direction: Direction::Newest,
            limit: 10,
        };
        let refused = case.storage.list_activities(&scope, &filter, page).await;
        let Err(Error::Problem(problem)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(problem.code, Code::InvalidQuery);
        assert!(problem.message.contains("basket/"), "{}", problem.message);
    });
}

#[test]
fn actions_beyond_counting_are_listed_in_order() {
    on_both(async |case| {
        // More actions than streams are merged.
        let items = (0..90).map(|n| {
            let mut item = activity("product.updated", 89 - n);
            item.action = Action {
                name: format!("machine.step_{}", n % 45),
                categories: CategorySet::of(&[Category::Other]),
            };
            item
        });
        case.record(items.collect()).await;
        let filter = case.filter(&case.scope(), "action:machine.*");
        for direction in [Direction::Newest, Direction::Oldest] {
            let rows = pages(&case.storage, &case.scope(), &filter, direction, 7).await;
            assert_eq!(rows.len(), 90);
            let is_sorted = rows.is_sorted_by(|a, b| match direction {
                Direction::Newest => a.occurred_at >= b.occurred_at,
                Direction::Oldest => a.occurred_at <= b.occurred_at,
            });
            assert!(is_sorted, "{direction:?}");
        }
    });
}

#[test]
fn two_stores_with_the_same_data_are_never_mixed() {
    on_both(async |case| {
        let other = case
            .storage
            .create_store(crate::harness::new_store())
            .await
            .expect("a store");
        let there = Scope::system("test", other);
        let mut ids = Vec::new();
        for scope in [case.scope(), there.clone()] {
            let items = (0..30).map(|n| {
                let mut item = activity("order.status_changed", n);
                item.subject = Some(reference("order", &format!("o_{}", n % 3), "Order"));
                item.rule = Some(domain::RuleReference {
                    id: None,
                    name: "VIP tag".to_owned(),
                });
                item.origin.trace_id = Some("trace-1".to_owned());
                item
            });
            let receipts = crate::harness::record_in(&case.storage, &scope, items.collect()).await;
            ids.push(receipts.iter().map(|r| r.id).collect::<BTreeSet<_>>());
        }
        for q in [
            "action:order.status_changed",
            "actor:sara",
            "actor:sar*",
            "subject:order/*",
            "order:o_0,o_1,o_2",
            "\"price changed\"",
            "pr action:order.*",
            "ip:203.0.113.7",
            "ip:203.0.113.0/24",
            "rule:\"VIP tag\"",
            "trace:trace-1",
            "-trace:trace-2 category:orders",
            "has:rule",
        ] {
            for (scope, ids) in [case.scope(), there.clone()].iter().zip(&ids) {
                let rows = case.all_rows(scope, q, 7).await;
                let found: BTreeSet<_> = rows.iter().map(|row| row.id.0).collect();
                assert_eq!(found, *ids, "{q}");
                assert_eq!(case.count(scope, q).await, 30, "{q}");
            }
        }
        let foreign = ActivityId(*ids[1].first().expect("some"));
        let detail = case.storage.get_activity(&case.scope(), foreign).await;
        assert!(detail.expect("read").is_none());
        let around = case.storage.surroundings(&case.scope(), foreign).await;
        assert!(around.expect("read").is_none());
        let found = case.count(&case.scope(), &format!("id:{foreign}")).await;
        assert_eq!(found, 0);
        let ended = case.end(foreign, domain::Outcome::Failed, None).await;
        assert_eq!(crate::harness::code(ended), Code::NotFound);
        // An order assigned in one store says nothing about the order of that number in the other.
        case.assign("o_1", Some("lina.staff@maisonnoor.example"))
            .await;
        let lina = case.member("Lina Staff", Role::Staff).await;
        assert_eq!(case.count(&lina.scope, "").await, 10);
        case.storage
            .add_user(&there, crate::people::new_user("Lina Staff"), Role::Staff)
            .await
            .expect("added");
        case.storage
            .switch_store(&lina.session, there.store_id())
            .await
            .expect("switched");
        let session = case.session(&lina.token).await.expect("signed in");
        assert_eq!(case.count(&Scope::of_session(&session), "").await, 0);
    });
}
