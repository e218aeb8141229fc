//! One entry with everything about it, and what happened around it.

use crate::harness::{Case, activity, on_both, reference, start};
use crate::message_kit::input;
use crate::people::email_of;
use chrono::Duration;
use domain::message::Channel;
use domain::view::{ActivityDetail, ActivityRow, Surroundings};
use domain::{Activity, ActivityId, Actor, ActorType, Change, Role, RuleReference};
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
fn what_an_entry_names_has_a_page_where_it_is_known_and_open_to_the_reader() {
    on_both(async |case| {
        case.order("1", "c_1", Some(&email_of("The staff"))).await;
        case.order("2", "c_1", None).await;
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        let mut letter = input(&case, Channel::Email, "noura@mail.example", "Hello");
        letter.message.order = Some("1".to_owned());
        let letter = case.send(letter).await.to_string();
        let sale = case.open_operation(&case.scope(), "sale", None).await.0;
        let unknown = case.ambient.uuid().to_string();
        let mut entry = activity("order.status_changed", 1);
        entry.subject = Some(reference("order", "1", "Order 1"));
        entry.related = [
            ("order", "1"),
            ("order", "2"),
            ("order", "9"),
            ("customer", "c_1"),
            ("customer", "c_9"),
            ("message", letter.as_str()),
            ("message", unknown.as_str()),
            ("message", "m_1"),
            ("operation", "gone"),
            ("product", "p_1"),
        ]
        .map(|(kind, id)| reference(kind, id, kind))
        .to_vec();
        entry.operation_id = Some(sale.clone());
        let mut nightly = activity("product.updated", 2);
        nightly.operation_id = Some("nightly import".to_owned());
        let ids = case.record(vec![entry, nightly]).await;
        for member in case.one_of_each_role().await {
            let role = member.scope.role();
            let mut expected: Vec<(&str, &str)> = match role {
                Role::StoreKeeper => {
                    assert!(detail(&case, &member.scope, ids[0].id).await.is_none());
                    continue;
                }
                Role::Staff => vec![("order", "1"), ("message", letter.as_str())],
                // The customer's id is hidden.
                Role::Auditor => vec![
                    ("order", "1"),
                    ("order", "2"),
                    ("message", letter.as_str()),
                    ("operation", sale.as_str()),
                ],
                _ => vec![
                    ("order", "1"),
                    ("order", "2"),
                    ("message", letter.as_str()),
                    ("customer", "c_1"),
                    ("operation", sale.as_str()),
                ],
            };
            let found = detail(&case, &member.scope, ids[0].id).await;
            let found = found.expect("in scope");
            let mut pages: Vec<(&str, &str)> = found
                .pages
                .iter()
                .map(|(kind, id)| (kind.as_str(), id.as_str()))
                .collect();
            pages.sort_unstable();
            expected.sort_unstable();
            assert_eq!(pages, expected, "{role}");
            assert!(found.has_page("order", "1") && !found.has_page("order", "9"));
        }
        let nightly = detail(&case, &case.scope(), ids[1].id).await;
        assert_eq!(nightly.expect("there").pages, Vec::new());
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
fn an_actor_without_an_id_is_told_by_what_else_is_known() {
    on_both(async |case| {
        let actor = |kind: ActorType, name: Option<&str>, email: Option<&str>| Actor {
            kind,
            name: name.map(str::to_owned),
            email: email.map(str::to_owned),
            ..Actor::system()
        };
        let known = [
            actor(ActorType::User, Some("Sara"), Some("sara@store.example")),
            actor(ActorType::ApiKey, Some("Warehouse sync"), None),
            actor(ActorType::Rule, None, None),
            actor(ActorType::User, None, Some("omar@store.example")),
        ];
        let items = (0..12).map(|n| {
            let mut item = activity("product.updated", n);
            item.actor = known[n as usize % known.len()].clone();
            item
        });
        let ids = case.record(items.collect()).await;
        let scope = case.scope();
        for at in [4, 5, 6, 7] {
            let found = around(&case, &scope, ids[at].id).await;
            let at = at as i64;
            assert_eq!(minutes(&found.actor), [at + 4, at, at - 4]);
        }
        // Who is known by an address alone is known by nothing to those from whom it is hidden.
        let auditor = case.member("Aya Auditor", Role::Auditor).await.scope;
        for (at, count) in [(4, 3), (5, 3), (6, 3), (7, 0)] {
            let found = around(&case, &auditor, ids[at].id).await;
            assert_eq!(found.actor.len(), count, "{at}");
        }
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
