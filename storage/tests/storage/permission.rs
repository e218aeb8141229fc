//! Which role may do what: each call by each role, allowed and denied, by session and by key.

use crate::harness::{Case, activity, code, new_store, on_both};
use crate::people::new_user;
use domain::{Code, OrderUpsert, Role};
use storage::record::Record;
use storage::{Error, NewStore, Scope, StoreSettings};

const CALLS: [&str; 14] = [
    "record",
    "record order",
    "list users",
    "add staff",
    "add super admin",
    "change role",
    "make super admin",
    "demote super admin",
    "block",
    "block super admin",
    "list keys",
    "make key",
    "revoke key",
    "change settings",
];

/// Who may, in the order of [`CALLS`].
const fn allowed(role: Role) -> [bool; 14] {
    const Y: bool = true;
    const N: bool = false;
    match role {
        Role::SuperAdmin => [Y; 14],
        Role::Admin => [Y, Y, Y, Y, N, Y, N, N, Y, N, Y, Y, Y, Y],
        Role::Manager | Role::StoreKeeper | Role::Staff | Role::Auditor | Role::Own(_) => [N; 14],
    }
}

async fn call(case: &Case, scope: &Scope, call: &str) -> Result<(), Error> {
    let storage = &case.storage;
    let new = |name: &str| new_user(&format!("{name} {}", case.ambient.uuid()));
    let target = async |role| {
        let id = storage.add_user(&case.scope(), new("Target"), role).await;
        id.expect("added")
    };
    match call {
        "record" => {
            let records = vec![Record::Activity(activity("product.updated", 1))];
            let done = storage.recorder().record(scope, records, None).await;
            done.map(drop)
        }
        "record order" => {
            let order = OrderUpsert {
                customer_id: None,
                status: None,
                total: None,
                currency: None,
                placed_at: None,
                assigned_to: None,
                items: Vec::new(),
            };
            let number = "o_1".to_owned();
            let records = vec![Record::Order { number, order }];
            let done = storage.recorder().record(scope, records, None).await;
            done.map(drop)
        }
        "list users" => storage.list_users(scope).await.map(drop),
        "add staff" => storage
            .add_user(scope, new("Staff"), Role::Staff)
            .await
            .map(drop),
        "add super admin" => storage
            .add_user(scope, new("Super"), Role::SuperAdmin)
            .await
            .map(drop),
        "change role" => {
            let id = target(Role::Manager).await;
            storage.set_role(scope, id, Role::Staff).await
        }
        "make super admin" => {
            let id = target(Role::Manager).await;
            storage.set_role(scope, id, Role::SuperAdmin).await
        }
        "demote super admin" => {
            let id = target(Role::SuperAdmin).await;
            storage.set_role(scope, id, Role::Manager).await
        }
        "block" => {
            let id = target(Role::Manager).await;
            storage.set_blocked(scope, id, true).await
        }
        "block super admin" => {
            let id = target(Role::SuperAdmin).await;
            storage.set_blocked(scope, id, true).await
        }
        "list keys" => storage.list_keys(scope).await.map(drop),
        "make key" => storage
            .create_key(scope, crate::people::new_key("webshop", Role::Admin))
            .await
            .map(drop),
        "revoke key" => {
            let (_, grant) = case.key(Role::Manager).await;
            storage.revoke_key(scope, grant.id).await
        }
        "change settings" => {
            let settings = StoreSettings {
                name: format!("Noor of {}", scope.role()),
                domain: case.store.domain.clone(),
                time_zone: case.store.time_zone.clone(),
            };
            storage.update_store(scope, settings).await.map(drop)
        }
        other => panic!("no such call: {other}"),
    }
}

#[test]
fn each_role_may_do_exactly_what_the_table_says() {
    on_both(async |case| {
        for member in case.one_of_each_role().await {
            let role = member.scope.role();
            let (_, grant) = case.key(role).await;
            for scope in [member.scope, Scope::of_api_key(&grant)] {
                for (name, is_allowed) in CALLS.into_iter().zip(allowed(role)) {
                    let before = case.storage.verify().await.expect("verified").entries;
                    let result = call(&case, &scope, name).await;
                    if is_allowed {
                        assert!(result.is_ok(), "{name} by {scope:?}: {result:?}");
                        continue;
                    }
                    let Err(Error::Problem(problem)) = result else {
                        panic!("{name} was allowed to {scope:?}");
                    };
                    assert_eq!(problem.code, Code::Forbidden, "{name} by {scope:?}");
                    // Nothing was recorded but what prepared the try.
                    let prepared = match name {
                        // In the activity log and in the security log.
                        "change role" | "make super admin" | "demote super admin" | "block"
                        | "block super admin" | "revoke key" => 2,
                        _ => 0,
                    };
                    let after = case.storage.verify().await.expect("verified").entries;
                    assert_eq!(after, before + prepared, "{name} by {role}");
                }
            }
        }
    });
}

#[test]
fn only_admins_remove_the_sample() {
    on_both(async |case| {
        for role in Role::ALL {
            let sample = NewStore {
                is_sample: true,
                ..new_store()
            };
            let sample = case.storage.create_store(sample).await.expect("a store");
            let there = Scope::system("test", sample);
            let name = format!("Guest {role}");
            let id = case.storage.add_user(&there, new_user(&name), role).await;
            let guest = case.signed_in(id.expect("added")).await;
            let removed = case.storage.remove_sample(&guest.scope).await;
            if matches!(role, Role::SuperAdmin | Role::Admin) {
                assert!(removed.is_ok(), "{role}");
            } else {
                assert_eq!(code(removed), Code::Forbidden, "{role}");
            }
        }
    });
}

#[test]
fn each_role_reads_exactly_what_the_glossary_says() {
    on_both(async |case| {
        case.assign("o_mine", Some(" The.Staff@MaisonNoor.example"))
            .await;
        case.assign("o_other", Some("the.admin@maisonnoor.example"))
            .await;
        let mut items = Vec::new();
        for (at, shipped) in domain::SHIPPED_ACTIONS.iter().enumerate() {
            items.push(activity(shipped.name, at as i64));
        }
        let mut other = activity("parcel.weighed", 100);
        other.action.categories = domain::CategorySet::of(&[domain::Category::Other]);
        items.push(other);
        let mut both = activity("price.imported", 101);
        both.action.categories =
            domain::CategorySet::of(&[domain::Category::Products, domain::Category::Finance]);
        items.push(both);
        for (number, minutes) in [("o_mine", 102), ("o_other", 103), ("o_unknown", 104)] {
            for action in ["order.status_changed", "order.refunded"] {
                let mut order = activity(action, minutes);
                order.subject = Some(crate::harness::reference("order", number, number));
                items.push(order);
            }
        }
        let all = items.len();
        case.record(items).await;
        let members = case.one_of_each_role().await;
        for member in members {
            let role = member.scope.role();
            let rows = case
                .all_rows(&member.scope, "created:2026-11-20T12:00..", 50)
                .await;
            let names: std::collections::BTreeSet<&str> =
                rows.iter().map(|row| row.action.as_str()).collect();
            match role {
                Role::SuperAdmin | Role::Admin | Role::Manager | Role::Auditor => {
                    assert!(rows.len() >= all, "{role}");
                }
                Role::StoreKeeper => assert_eq!(
                    names,
                    [
                        "product.created",
                        "product.deleted",
                        "product.hidden",
                        "product.shown",
                        "product.updated",
                        "stock.adjusted"
                    ]
                    .into()
                ),
                Role::Staff => {
                    assert_eq!(names, ["order.status_changed"].into());
                    assert_eq!(rows.len(), 1);
                    let subject = rows[0].subject.as_ref().expect("a subject");
                    assert_eq!(subject.id, "o_mine");
                }
                Role::Own(_) => panic!("own_role.rs tries these"),
            }
        }
    });
}
