//! One entry with everything about it, and what happened around it.

use crate::harness::{Case, activity, on_both, reference, start};
use chrono::Duration;
use domain::view::{ActivityDetail, ActivityRow, Surroundings};
use domain::{Activity, ActivityId, Change, Role, RuleReference};
use serde_json::json;
use storage::Scope;

async fn detail(case: &Case, scope: &Scope, id: uuid::Uuid) -> Option<ActivityDetail> {
    let detail = case.storage.get_activity(scope, ActivityId(id)).await;
    detail.expect("read")
}

async fn around(case: &Case, scope: &Scope, id: uuid::Uuid) -> Surroundings {
    let around = case.storage.surroundings(scope, ActivityId(id)).await;
    around.expect("read").expect("in scope")
}

fn minutes(rows: &[ActivityRow]) -> Vec<i64> {
    rows.iter()
        .map(|row| (row.occurred_at - start()).num_minutes())
        .collect()
}

fn rich(minutes: i64) -> Activity {
    let mut item = activity("product.updated", minutes);
    item.changes = ["price", "stock"]
        .map(|field| Change {
            field: field.to_owned(),
            before: json!({"value": 129.5, "list": [1, null, "ا"]}),
            after: json!("99.00"),
        })
        .to_vec();
    item.origin.user_agent = Some(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/131.0.0.0 Safari/537.36"
            .to_owned(),
    );
    item.origin.trace_id = Some("4bf92f35".to_owned());
    item.related = vec![reference("order", "1042", "Order 1042")];
    item.rule = Some(RuleReference {
        id: Some("r_1".to_owned()),
        name: "VIP tag".to_owned(),
    });
    item.operation_id = Some("op_7".to_owned());
    item.details = Some(json!({"warehouse": "Riyadh 2", "pieces": 3}));
    item
}

#[test]
fn the_detail_holds_everything_that_was_recorded() {
    on_both(async |case| {
        let sent = rich(1);
        let id = case.record(vec![sent.clone()]).await[0].id;
        let detail = detail(&case, &case.scope(), id).await.expect("there");
        assert_eq!(detail.changes, sent.changes);
        assert_eq!(detail.user_agent, sent.origin.user_agent);
        assert_eq!(detail.device.as_deref(), Some("Chrome 131 on Mac OSX"));
        assert_eq!(detail.trace_id, sent.origin.trace_id);
        assert_eq!(detail.related, sent.related);
        assert_eq!(detail.rule, sent.rule);
        assert_eq!(detail.details, sent.details);
        assert!(!detail.is_masked);
        assert_eq!(detail.ip_known_since, None);
        let listed = case.all_rows(&case.scope(), "has:rule", 10).await;
        assert_eq!(listed, std::slice::from_ref(&detail.row));
        assert_eq!(detail.row.change_count, 2);
        assert_eq!(detail.row.first_change, sent.changes.first().cloned());
        assert_eq!(detail.row.ip.as_deref(), Some("203.0.113.7"));
        assert_eq!(detail.row.operation_id, sent.operation_id);
        assert_eq!(detail.history.len(), 1);
    });
}

#[test]
fn what_is_out_of_scope_is_not_there() {
    on_both(async |case| {
        case.assign("o_1", Some("the.staff@maisonnoor.example"))
            .await;
        let mut mine = activity("order.status_changed", 1);
        mine.subject = Some(reference("order", "o_1", "Order"));
        let mut other = mine.clone();
        other.subject = Some(reference("order", "o_2", "Order"));
        let items = vec![mine, other, activity("product.updated", 2)];
        let ids: Vec<_> = case.record(items).await.iter().map(|r| r.id).collect();
        let members = case.one_of_each_role().await;
        for member in members {
            let expected = match member.scope.role() {
                Role::StoreKeeper => [false, false, true],
                Role::Staff => [true, false, false],
                _ => [true; 3],
            };
            for (id, is_there) in ids.iter().zip(expected) {
                let role = member.scope.role();
                let detail = detail(&case, &member.scope, *id).await;
                assert_eq!(detail.is_some(), is_there, "{role}");
                let around = case
                    .storage
                    .surroundings(&member.scope, ActivityId(*id))
                    .await;
                assert_eq!(around.expect("read").is_some(), is_there, "{role}");
            }
        }
        let unknown = case.ambient.uuid();
        assert!(detail(&case, &case.scope(), unknown).await.is_none());
    });
}

#[test]
fn surroundings_show_the_same_subject_actor_trace_and_moment() {
    on_both(async |case| {
        let items = (0..40).map(|n| {
            let mut item = activity("product.updated", n);
            // Of four entries each second has the subject, each third the actor, each fifth the trace.
            if n % 2 == 0 {
                item.subject = Some(reference("product", "p_even", "Shirt"));
            }
            if n % 3 == 0 {
                item.actor.id = Some("u_third".to_owned());
            }
            if n % 5 == 0 {
                item.origin.trace_id = Some("trace-five".to_owned());
            }
            item
        });
        let ids: Vec<_> = case.record(items.collect()).await;
        let found = around(&case, &case.scope(), ids[30].id).await;
        assert_eq!(minutes(&found.subject), [36, 34, 32, 30, 28, 26, 24, 22]);
        assert_eq!(
            (found.subject_count.count, found.subject_count.is_exact),
            (20, true)
        );
        assert_eq!(minutes(&found.actor), [39, 36, 33, 30, 27, 24, 21]);
        assert_eq!(minutes(&found.trace), [35, 30, 25, 20, 15, 10, 5, 0]);
        assert_eq!(minutes(&found.moment), [33, 32, 31, 30, 29, 28, 27]);
        let found = around(&case, &case.scope(), ids[0].id).await;
        assert_eq!(minutes(&found.subject), [6, 4, 2, 0]);
        let found = around(&case, &case.scope(), ids[39].id).await;
        assert_eq!(minutes(&found.subject), [39]);
        assert_eq!(minutes(&found.trace), Vec::<i64>::new());
        assert_eq!(minutes(&found.moment), [39, 38, 37, 36]);
    });
}

#[test]
fn a_long_trace_shows_the_twenty_nearest() {
    on_both(async |case| {
        let items = (0..60).map(|n| {
            let mut item = activity("product.updated", n);
            item.origin.trace_id = Some("long".to_owned());
            item
        });
        let ids = case.record(items.collect()).await;
        let found = around(&case, &case.scope(), ids[30].id).await;
        assert_eq!(found.trace.len(), 20);
        assert!(minutes(&found.trace).contains(&30));
    });
}

#[test]
fn surroundings_of_a_restricted_role_hold_only_what_it_sees() {
    on_both(async |case| {
        let keeper = case.member("Omar Store", Role::StoreKeeper).await;
        let items = (0..12).map(|n| {
            let action = ["product.updated", "order.created"][n as usize % 2];
            let mut item = activity(action, n);
            item.subject = Some(reference("product", "p_1", "Shirt"));
            item.origin.trace_id = Some("trace-1".to_owned());
            item
        });
        let ids = case.record(items.collect()).await;
        let found = around(&case, &keeper.scope, ids[6].id).await;
        let even = |minutes: Vec<i64>| minutes.iter().all(|minute| minute % 2 == 0);
        for rows in [&found.subject, &found.actor, &found.trace, &found.moment] {
            assert!(even(minutes(rows)), "{:?}", minutes(rows));
            assert!(rows.iter().all(|row| row.seq.is_none()));
        }
        assert_eq!(found.subject_count.count, 6);
        assert_eq!(found.trace.len(), 6);
    });
}

#[test]
fn an_address_is_known_since_its_actor_first_used_it() {
    on_both(async |case| {
        let at = |action: &str, minutes: i64, ip: &str, who: &str| {
            let mut item = activity(action, minutes);
            item.origin.ip = Some(ip.parse().expect("an address"));
            item.actor.id = Some(who.to_owned());
            item
        };
        let ids = case
            .record(vec![
                at("order.created", 1, "2001:db8::1", "u_1"),
                at("product.updated", 2, "2001:db8::1", "u_2"),
                at("product.updated", 3, "2001:db8::1", "u_1"),
                at("product.updated", 4, "2001:db8::2", "u_1"),
            ])
            .await;
        let since = async |scope: &Scope, at: usize| {
            let detail = detail(&case, scope, ids[at].id).await;
            detail.expect("there").ip_known_since
        };
        let scope = case.scope();
        let first = Some(start() + Duration::minutes(1));
        assert_eq!(since(&scope, 0).await, None);
        assert_eq!(since(&scope, 1).await, None);
        assert_eq!(since(&scope, 2).await, first);
        assert_eq!(since(&scope, 3).await, None);
        // The entry of the first use is hidden from the store keeper: so is its time.
        let keeper = case.member("Omar Store", Role::StoreKeeper).await;
        assert_eq!(since(&keeper.scope, 2).await, None);
        let auditor = case.member("Aya Auditor", Role::Auditor).await;
        assert_eq!(since(&auditor.scope, 2).await, None);
    });
}
