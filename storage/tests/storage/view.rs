//! Saved views, values to filter by, and finding everything.

use crate::harness::{activity, code, on_both};
use domain::export::Source;
use domain::message::Channel;
use domain::view::{BuiltInView, RoleInput, ViewDraft};
use domain::{Code, Role};
use storage::Scope;

fn draft(name: &str, q: &str) -> ViewDraft {
    ViewDraft {
        id: None,
        log: Source::Activity,
        name: name.to_owned(),
        q: q.to_owned(),
        is_shared: false,
        is_default: false,
    }
}

#[test]
fn views_are_kept_ordered_shared_and_count_what_is_new() {
    on_both(async |case| {
        let sara = case.member("Sara", Role::Manager).await.scope;
        let omar = case.member("Omar", Role::Manager).await.scope;
        let first = case
            .storage
            .save_view(&sara, draft("Prices", "action:product.*"))
            .await;
        let first = first.expect("kept")[0].clone();
        assert_eq!(first.new_count.map(|count| count.count), Some(0));
        let shared = ViewDraft {
            is_shared: true,
            is_default: true,
            ..draft("Failed", "outcome:failed")
        };
        let views = case.storage.save_view(&sara, shared).await.expect("kept");
        let failed = views
            .iter()
            .find(|view| view.name == "Failed")
            .expect("kept");
        assert!(failed.is_default && failed.is_own);
        case.record((0..4).map(|n| activity("product.updated", n)).collect())
            .await;
        let views = case
            .storage
            .order_views(&sara, &[failed.id, first.id])
            .await;
        let views = views.expect("arranged");
        let names: Vec<_> = views.iter().map(|view| view.name.as_str()).collect();
        assert_eq!(names, ["Failed", "Prices"]);
        let counts: Vec<_> = views.iter().map(|v| v.new_count.map(|c| c.count)).collect();
        assert_eq!(counts, [Some(0), Some(4)]);
        let views = case.storage.looked_at_view(&sara, first.id).await;
        assert_eq!(views.expect("noted")[1].new_count.map(|c| c.count), Some(0));
        let views = case.storage.looked_at_view(&omar, first.id).await;
        assert!(views.expect("passed over").iter().all(|v| v.id != first.id));
        let seen = case.storage.list_views(&omar).await.expect("read");
        assert_eq!(
            (seen.len(), seen[0].is_own, seen[0].is_default),
            (1, false, false)
        );
        assert_eq!(seen[0].new_count, None);
        let change = ViewDraft {
            id: Some(failed.id),
            is_shared: true,
            ..draft("Mine now", "")
        };
        let refused = case.storage.save_view(&omar, change.clone()).await;
        assert_eq!(code(refused), Code::Forbidden);
        assert_eq!(
            code(case.storage.delete_view(&omar, first.id).await),
            Code::NotFound
        );
        let admin = case.member("Adam", Role::Admin).await.scope;
        let changed = case.storage.save_view(&admin, change).await;
        assert_eq!(changed.expect("changed")[0].name, "Mine now");
        for wrong in [draft("", ""), draft("X", "colour:red")] {
            let refused = case.storage.save_view(&sara, wrong).await;
            assert_eq!(code(refused), Code::InvalidFields);
        }
        let left = case.storage.delete_view(&sara, first.id).await;
        let left = left.expect("deleted");
        assert_eq!((left.len(), &*left[0].name), (1, "Mine now"));
    });
}

#[test]
fn each_person_opens_a_log_with_the_view_they_choose_also_with_anothers() {
    on_both(async |case| {
        let sara = case.member("Sara", Role::Manager).await.scope;
        let omar = case.member("Omar", Role::Manager).await.scope;
        let keeper = case.member("Kareem", Role::StoreKeeper).await.scope;
        let shared = ViewDraft {
            is_shared: true,
            is_default: true,
            ..draft("Failed", "outcome:failed")
        };
        let shared = case.storage.save_view(&sara, shared).await.expect("kept")[0].id;
        let own = draft("Mine", "action:coupon.*");
        let own = ViewDraft {
            is_default: true,
            ..own
        };
        let mine = case.storage.save_view(&omar, own).await.expect("kept");
        let mine = mine.iter().find(|view| view.is_own).expect("own").id;
        let defaults = async |scope: &Scope| {
            let views = case.storage.list_views(scope).await.expect("read");
            let of = views.into_iter().filter(|view| view.is_default);
            of.map(|view| view.id).collect::<Vec<_>>()
        };
        assert_eq!(defaults(&omar).await, [mine]);
        // Of one log it is one view; whose it is does not change, nor with what others open the log.
        let set = case.storage.set_default_view(&omar, shared, true).await;
        assert!(set.expect("set").iter().any(|view| !view.is_own));
        assert_eq!(defaults(&omar).await, [shared]);
        let set = case.storage.set_default_view(&omar, shared, false).await;
        set.expect("set");
        assert_eq!(defaults(&omar).await, Vec::new());
        assert_eq!(defaults(&sara).await, [shared]);
        // What a person does not see is not there for them: another's own view, a view of a log that is closed to them.
        let refused = case.storage.set_default_view(&sara, mine, true).await;
        assert_eq!(code(refused), Code::NotFound);
        let messages = ViewDraft {
            log: Source::Messages,
            is_shared: true,
            ..draft("Waiting", "status:pending")
        };
        let views = case.storage.save_view(&sara, messages).await.expect("kept");
        let waiting = views.iter().find(|view| view.name == "Waiting");
        let waiting = waiting.expect("kept").id;
        let refused = case.storage.set_default_view(&keeper, waiting, true).await;
        assert_eq!(code(refused), Code::NotFound);
    });
}

#[test]
fn values_are_counted_under_the_filter_and_what_is_hidden_is_no_value() {
    on_both(async |case| {
        case.record((0..3).map(|n| activity("product.updated", n)).collect())
            .await;
        let mut other = activity("coupon.created", 9);
        other.actor.email = Some("omar@maisonnoor.example".to_owned());
        other.origin.ip = None;
        case.record(vec![other]).await;
        let scope = case.scope();
        let values = async |scope: &storage::Scope, source, q: &str| {
            let found = case.storage.facet_values(scope, source, q).await;
            found.expect("read").expect("understood")
        };
        let of = |found: &domain::view::FacetValues, qualifier: &str| {
            let group = found.groups.iter().find(|g| g.qualifier == qualifier);
            group.map_or_else(Vec::new, |group| {
                group
                    .values
                    .iter()
                    .map(|v| (v.value.clone(), v.count))
                    .collect::<Vec<_>>()
            })
        };
        let found = values(&scope, Source::Activity, "action:product.updated").await;
        assert_eq!(
            of(&found, "actor"),
            [("sara@maisonnoor.example".to_owned(), 3)]
        );
        assert_eq!(of(&found, "ip"), [("203.0.113.7".to_owned(), 3)]);
        assert!(found.is_exact);
        // Its own values don't narrow a group.
        assert!(of(&found, "action").contains(&("coupon.created".to_owned(), 1)));
        let found = values(&scope, Source::Activity, "omar").await;
        assert_eq!(of(&found, "category"), [("coupons".to_owned(), 1)]);
        // A group that is asked for alone has every value.
        let mut items: Vec<_> = (0..15).map(|n| activity("order.created", n)).collect();
        for (item, n) in items.iter_mut().zip(0_u64..) {
            item.actor.email = Some(format!("customer{n}@mail.example"));
        }
        case.record(items).await;
        let found = values(&scope, Source::Activity, "action:order.created").await;
        let group = found.groups.iter().find(|g| g.qualifier == "actor");
        let group = group.expect("somebody");
        assert_eq!((group.values.len(), group.more), (12, 3));
        let whole = async |qualifier: &str, q: &str| {
            let found = case
                .storage
                .facet_group(&scope, Source::Activity, q, qualifier)
                .await;
            found.expect("read")
        };
        let group = whole("actor", "action:order.created").await;
        let group = group.expect("understood").expect("somebody");
        assert_eq!((group.values.len(), group.more), (15, 0));
        assert_eq!(whole("colour", "action:order.created").await, Ok(None));
        assert!(whole("actor", "colour:red").await.is_err());
        let auditor = case.member("Aida", Role::Auditor).await.scope;
        let found = values(&auditor, Source::Activity, "").await;
        assert_eq!(of(&found, "ip"), []);
        let keeper = case.member("Kim", Role::StoreKeeper).await.scope;
        let found = values(&keeper, Source::Activity, "").await;
        assert_eq!(of(&found, "action"), [("product.updated".to_owned(), 3)]);
        let mail = crate::message_kit::input(&case, Channel::Email, "noura@mail.example", "Parcel");
        case.send(mail).await;
        let found = values(&scope, Source::Messages, "parcel").await;
        assert_eq!(of(&found, "channel"), [("email".to_owned(), 1)]);
        assert_eq!(of(&found, "status"), [("pending".to_owned(), 1)]);
        let mistaken = case
            .storage
            .facet_values(&scope, Source::Activity, "colour:red")
            .await;
        assert!(mistaken.expect("read").is_err());
    });
}

#[test]
fn words_find_entries_messages_orders_customers_and_exports() {
    on_both(async |case| {
        case.customer("c_1", "Noura Ali", "noura@mail.example", "+966551234567")
            .await;
        case.order("1042", "c_1", None).await;
        let mail = crate::message_kit::input(&case, Channel::Email, "noura@mail.example", "Parcel");
        case.send(mail).await;
        let scope = case.scope();
        case.export(
            &scope,
            crate::export::all(Source::Messages, "to:noura@mail.example"),
        )
        .await;
        let found = case.storage.find(&scope, "noura").await.expect("found");
        assert_eq!((found.messages.len(), found.customers.len()), (1, 1));
        assert_eq!((found.orders.len(), found.exports.len()), (1, 1));
        let found = case.storage.find(&scope, "1042").await.expect("found");
        assert_eq!(found.orders[0].number, "1042");
        let auditor = case.member("Aida", Role::Auditor).await.scope;
        let found = case.storage.find(&auditor, "noura").await.expect("found");
        assert_eq!(found, domain::view::Found::default());
        let keeper = case.member("Kim", Role::StoreKeeper).await.scope;
        let found = case.storage.find(&keeper, "10").await.expect("found");
        assert_eq!((found.orders.len(), found.customers.len()), (0, 0));
        let found = case.storage.find(&scope, "\"unclosed colour:x").await;
        assert_eq!(found.expect("found").exports.len(), 0);
    });
}

#[test]
fn the_views_that_are_built_in_find_what_they_say() {
    on_both(async |case| {
        let sara = case.member("Sara", Role::Staff).await;
        let role = RoleInput {
            name: "Desk".to_owned(),
            description: String::new(),
            access: Role::Staff.access(),
        };
        let made = case.storage.put_role(&case.scope(), None, role).await;
        made.expect("made");
        let scope = case.scope();
        let given = case.storage.set_role(&scope, sara.id, Role::Manager);
        given.await.expect("given");
        let told = ["product.deleted", "product.updated", "operation.started"];
        let told = told.into_iter().zip(1..);
        case.record(told.map(|(action, n)| activity(action, n)).collect())
            .await;
        for (view, expected) in [
            (
                BuiltInView::PermissionChanges,
                vec!["settings.updated", "user.invited", "user.role_changed"],
            ),
            (BuiltInView::Deletions, vec!["product.deleted"]),
            (BuiltInView::BulkOperations, vec!["operation.started"]),
        ] {
            let rows = case.all_rows(&case.scope(), view.q(), 50).await;
            let mut actions: Vec<_> = rows.into_iter().map(|row| row.action).collect();
            actions.sort();
            assert_eq!(actions, expected, "{view:?}");
        }
    });
}
