//! What files hold: no more than their requester may see, all of it, and nothing that came later.

use crate::export::all;
use crate::harness::{Case, activity, code, on_both, reference};
use crate::message_kit::{inbound, input};
use crate::people::{granted_by, new_key};
use domain::export::{Selection, Source};
use domain::message::Channel;
use domain::view::{NewKey, RoleInput, WholeThreadItem};
use domain::{
    Access, ActivityAccess, Category, CategorySet, Change, Code, MessageAccess, Permission,
    PermissionSet, Role,
};
use serde_json::json;
use storage::{ExportItem, Scope};

/// Somebody of an own role.
async fn own(case: &Case, name: &str, access: Access) -> Scope {
    let input = RoleInput {
        name: name.to_owned(),
        description: "For tests".to_owned(),
        access,
    };
    let made = case.storage.put_role(&case.scope(), None, input).await;
    let id = made.expect("made").id;
    let role = case.storage.role_of_id(&case.scope(), &id).await;
    case.member(name, role.expect("a role")).await.scope
}

/// An order about which a customer waits for an answer.
async fn asked_about(case: &Case, number: &str, text: &str) {
    case.order(number, "c_1", None).await;
    let id = format!("in{number}");
    let mut asked = inbound(case, Channel::Sms, "+966551234567", text, &id);
    asked.order = Some(number.to_owned());
    let scope = case.scope();
    let received = case
        .storage
        .receive_message(&scope, asked, Vec::new(), None);
    received.await.expect("received");
}

#[test]
fn a_file_of_orders_tells_nothing_of_messages_to_who_reads_none() {
    on_both(async |case| {
        case.customer("c_1", "Noura Ali", "noura@mail.example", "+966551234567")
            .await;
        asked_about(&case, "1042", "Where is my parcel?").await;
        let desk = Access {
            activity: ActivityAccess::All,
            messages: MessageAccess::Nothing,
            is_masked: false,
            permissions: PermissionSet::of(&[
                Permission::ReadOrders,
                Permission::Export,
                Permission::ExportAll,
            ]),
        };
        let desk = own(&case, "Order desk", desk).await;
        let narrowed = NewKey {
            categories: Some(CategorySet::of(&[Category::Orders, Category::Customers])),
            ..new_key("webshop", Role::Admin)
        };
        let made = case.storage.create_key(&case.scope(), narrowed).await;
        let (_, secret) = made.expect("a key");
        let grant = granted_by(&case.storage, &secret).await.expect("valid");
        let key = Scope::of_api_key(&grant);
        let manager = case.member("Mona", Role::Manager).await.scope;
        for (scope, reads) in [(&desk, false), (&key, false), (&manager, true)] {
            let asked = case.export(scope, all(Source::Orders, "")).await;
            let job = case.claimed().await;
            assert_eq!(job.id, asked.id);
            let items = case.export_items(&job, true).await;
            let [ExportItem::Order(row)] = items.as_slice() else {
                panic!("one order: {items:?}");
            };
            assert_eq!(row.number, "1042");
            assert_eq!(row.message_count, reads.then_some(1));
            assert_eq!(row.waiting_since.is_some(), reads);
            assert_eq!(row.unread_count, u64::from(reads));
            // What they say stands in files of messages and threads alone.
            let told = serde_json::to_string(row).expect("json");
            assert!(!told.contains("parcel") && !told.contains("551234567"));
            case.built(&job, b"x").await;
            let opened = case.storage.download_export(&desk, job.id).await;
            assert_eq!(matches!(opened, Ok(Some(_))), !reads);
        }
        // The page of the customer tells them no more.
        let page = case.storage.customer_page(&desk, "c_1").await;
        let order = &page.expect("read").expect("known").orders[0];
        assert_eq!((&order.last_message, order.message_count), (&None, None));
        assert_eq!(order.waiting_since, None);
    });
}

#[test]
fn who_reads_assigned_orders_counts_and_exports_the_same_ones() {
    on_both(async |case| {
        case.order("1", "c_1", None).await;
        case.order("2", "c_1", Some(&crate::people::email_of("Sales")))
            .await;
        let access = Access {
            activity: ActivityAccess::All,
            messages: MessageAccess::AssignedOrders,
            is_masked: false,
            permissions: PermissionSet::of(&[Permission::ReadOrders, Permission::Export]),
        };
        let sales = own(&case, "Sales", access).await;
        let selection = all(Source::Orders, "");
        let counted = case.storage.count_selection(&sales, &selection).await;
        assert_eq!(counted.expect("counted").count.count, 1);
        case.export(&sales, selection).await;
        let job = case.claimed().await;
        let items = case.export_items(&job, false).await;
        assert!(matches!(items.as_slice(), [ExportItem::Order(row)] if row.number == "2"));
        // Who asked for it opens it; to others with the same role other orders are assigned.
        case.built(&job, b"x").await;
        let opened = case.storage.download_export(&sales, job.id).await;
        assert!(matches!(opened, Ok(Some(_))));
        let other = case.member("Salma", sales.role()).await.scope;
        let opened = case.storage.download_export(&other, job.id).await;
        assert_eq!(opened.expect("read"), None);
        let all_exports = Access {
            permissions: PermissionSet::of(&[
                Permission::ReadOrders,
                Permission::Export,
                Permission::ExportAll,
            ]),
            ..access
        };
        let other = own(&case, "Sami", all_exports).await;
        let refused = case.storage.download_export(&other, job.id).await;
        assert_eq!(code(refused), Code::Forbidden);
    });
}

#[test]
fn orders_are_counted_and_exported_as_they_were_picked() {
    on_both(async |case| {
        for number in ["1", "2", "3"] {
            case.order(number, "c_1", None).await;
        }
        case.order("4", "c_2", None).await;
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let by_number = Selection::Ids {
            source: Source::Orders,
            ids: names(&["3", "1", "gone"]),
        };
        let but_one = Selection::Matching {
            source: Source::Orders,
            q: "c_1".to_owned(),
            up_to: None,
            except: names(&["2"]),
        };
        let scope = case.scope();
        for selection in [by_number, but_one] {
            let counted = case.storage.count_selection(&scope, &selection).await;
            assert_eq!(counted.expect("counted").count.count, 2);
            case.export(&scope, selection).await;
            let job = case.claimed().await;
            let items = case.export_items(&job, false).await.into_iter();
            let mut numbers: Vec<String> = items
                .map(|item| match item {
                    ExportItem::Order(row) => row.number,
                    other => panic!("orders: {other:?}"),
                })
                .collect();
            numbers.sort_unstable();
            assert_eq!(numbers, ["1", "3"]);
            case.built(&job, b"x").await;
        }
    });
}

#[test]
fn a_file_of_threads_is_for_who_sees_what_happened_to_the_orders() {
    on_both(async |case| {
        asked_about(&case, "1042", "Where is my parcel?").await;
        let mut refunded = activity("order.refunded", 1);
        refunded.subject = Some(reference("order", "1042", "Order 1042"));
        case.record(vec![refunded]).await;
        let manager = case.member("Mona", Role::Manager).await.scope;
        case.export(&manager, all(Source::Threads, "")).await;
        let job = case.claimed().await;
        assert_eq!(case.export_items(&job, false).await.len(), 2);
        case.built(&job, b"x").await;
        let writer = Access {
            activity: ActivityAccess::Categories(CategorySet::of(&[Category::Products])),
            permissions: PermissionSet::of(&[Permission::Export, Permission::ExportAll]),
            ..Role::Manager.access()
        };
        let writer = own(&case, "Writer", writer).await;
        let refused = case.storage.download_export(&writer, job.id).await;
        assert_eq!(code(refused), Code::Forbidden);
        let admin = case.member("Ada", Role::Admin).await.scope;
        let opened = case.storage.download_export(&admin, job.id).await;
        assert!(matches!(opened, Ok(Some(_))));
    });
}

#[test]
fn a_complete_file_of_threads_has_every_text_change_and_event() {
    on_both(async |case| {
        case.order("1042", "c_1", None).await;
        let long = "a-long-word".repeat(1_000);
        let mut mail = input(&case, Channel::Email, "noura@mail.example", &long);
        mail.message.order = Some("1042".to_owned());
        mail.message.subject = Some("About your order".to_owned());
        case.send(mail).await;
        let event = |n: i64| {
            let mut event = activity("order.updated", n);
            event.subject = Some(reference("order", "1042", "Order 1042"));
            event.changes = vec![Change {
                field: "status".to_owned(),
                before: json!("open"),
                after: json!(n),
            }];
            event
        };
        for first in [0, 501] {
            case.record((first..first + 501).map(event).collect()).await;
        }
        case.export(&case.scope(), all(Source::Threads, "")).await;
        let job = case.claimed().await;
        let (mut texts, mut changes) = (Vec::new(), 0);
        for item in case.export_items(&job, true).await {
            let ExportItem::WholeThread { order, item } = item else {
                panic!("not whole: {item:?}");
            };
            assert_eq!(order, "1042");
            match *item {
                WholeThreadItem::Message(detail) => texts.push(detail.message.text),
                WholeThreadItem::Activity(detail) => changes += detail.changes.len(),
            }
        }
        assert_eq!(texts, [Some(long)]);
        assert_eq!(changes, 1_002);
        assert_eq!(case.export_items(&job, false).await.len(), 1_003);
    });
}

#[test]
fn a_file_is_made_however_much_came_since_it_was_asked_for() {
    on_both(async |case| {
        case.record((0..3).map(|n| activity("product.updated", n)).collect())
            .await;
        let scope = case.scope();
        let mut jobs = Vec::new();
        for q in ["action:product.updated", "linen action:product.updated"] {
            case.export(&scope, all(Source::Activity, q)).await;
            jobs.push(case.claimed().await);
        }
        case.record((10..14).map(|n| activity("product.updated", n)).collect())
            .await;
        // More than are kept in mind, far behind the real end.
        let store = case.store.id.0;
        let id = if case.is_sqlite() {
            "CAST('more' || i AS BLOB)"
        } else {
            "convert_to('more' || i, 'UTF8')"
        };
        let made = case
            .tamper(&format!(
                "INSERT INTO ledger (seq, store_id, kind, record_id, recorded_at, payload_digest, leaf, order_key) \
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50001) \
                 SELECT 9000000 + i, {store}, 'activity', {id}, 0, {id}, {id}, i FROM n"
            ))
            .await;
        assert_eq!(made, 50_001);
        for job in jobs {
            assert_eq!(case.export_items(&job, false).await.len(), 3);
        }
    });
}

#[test]
fn a_manager_sees_the_exports_of_everyone_but_admins() {
    on_both(async |case| {
        case.record(vec![activity("product.updated", 1)]).await;
        let mut asked = Vec::new();
        for (name, role) in [
            ("Ada", Role::Admin),
            ("Kim", Role::StoreKeeper),
            ("Mona", Role::Manager),
        ] {
            let scope = case.member(name, role).await.scope;
            asked.push(case.export(&scope, all(Source::Activity, "")).await.id);
        }
        let manager = case.member("Max", Role::Manager).await.scope;
        for (id, is_seen) in asked.into_iter().zip([false, true, true]) {
            let row = case.storage.export_row(&manager, id).await;
            assert_eq!(row.expect("read").is_some(), is_seen);
        }
        let page = case.storage.list_exports(&manager, "", None, 10).await;
        assert_eq!(page.expect("read").expect("understood").rows.len(), 2);
    });
}
