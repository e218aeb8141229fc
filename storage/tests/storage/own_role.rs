//! Own roles: made, given, changed, deleted, and never more than their maker has.

use crate::export::all;
use crate::harness::{activity, code, on_both};
use crate::people::{Member, new_key, new_user};
use crate::sign_in::events;
use domain::export::Source;
use domain::view::{RoleInput, RoleView};
use domain::{
    Access, ActivityAccess, Category, CategorySet, Code, MessageAccess, Need, OwnRole, Permission,
    PermissionSet, Role,
};
use storage::Scope;

fn input(name: &str, permissions: &[Permission]) -> RoleInput {
    RoleInput {
        name: name.to_owned(),
        description: "For tests".to_owned(),
        access: Access {
            activity: ActivityAccess::Categories(CategorySet::of(&[Category::Coupons])),
            messages: MessageAccess::Nothing,
            is_masked: false,
            permissions: PermissionSet::of(permissions),
        },
    }
}

async fn with_role(case: &crate::harness::Case, name: &str, id: &str) -> Member {
    let role = case.storage.role_of_id(&case.scope(), id).await;
    case.member(name, role.expect("a role")).await
}

#[test]
fn an_own_role_sees_what_it_says_and_a_change_holds_at_once() {
    on_both(async |case| {
        let role = case
            .storage
            .put_role(&case.scope(), None, input(" Coupon desk ", &[]))
            .await
            .expect("made");
        assert_eq!(
            (role.id.as_str(), role.name.as_str()),
            ("own_1", "Coupon desk")
        );
        let lena = with_role(&case, "Lena Fischer", &role.id).await;
        assert_eq!(lena.session.role_name.as_deref(), Some("Coupon desk"));
        case.record(vec![
            activity("coupon.created", 1),
            activity("product.updated", 2),
        ])
        .await;
        let seen = async || {
            let session = case.session(&lena.token).await.expect("signed in");
            let rows = case.all_rows(&Scope::of_session(&session), "", 10).await;
            rows.into_iter().map(|r| r.action).collect::<Vec<_>>()
        };
        assert_eq!(seen().await, ["coupon.created"]);
        let mut wider = input("Coupon desk", &[Permission::Export]);
        wider.access.activity =
            ActivityAccess::Categories(CategorySet::of(&[Category::Coupons, Category::Products]));
        let id = Some(role.id.clone());
        case.storage
            .put_role(&case.scope(), id, wider)
            .await
            .expect("changed");
        assert_eq!(seen().await, ["product.updated", "coupon.created"]);
        let listed = case
            .storage
            .list_roles(&case.scope())
            .await
            .expect("listed");
        assert_eq!(listed.len(), 7);
        assert_eq!(listed[6].users, 1);
        let users = case
            .storage
            .list_users(&case.scope())
            .await
            .expect("listed");
        assert_eq!(users[0].role_name.as_deref(), Some("Coupon desk"));
        assert_eq!(lena.scope.actor().role.as_deref(), Some("Coupon desk"));
        assert_eq!(events(&case, "event:role.saved").await.len(), 2);
        case.verified().await;
    });
}

#[test]
fn a_role_in_use_is_not_deleted_and_its_number_never_comes_again() {
    on_both(async |case| {
        let make = async |name: &str| {
            let scope = case.scope();
            let made = case.storage.put_role(&scope, None, input(name, &[]));
            made.await.expect("made").id
        };
        let id = make("One").await;
        let lena = with_role(&case, "Lena Fischer", &id).await;
        let role = case
            .storage
            .role_of_id(&case.scope(), &id)
            .await
            .expect("known");
        let (key, _) = case
            .storage
            .create_key(&case.scope(), new_key("k", role))
            .await
            .expect("a key");
        let delete = async || case.storage.delete_role(&case.scope(), &id).await;
        let told = async || match delete().await {
            Err(storage::Error::Problem(problem)) => {
                assert_eq!(problem.code, Code::Conflict);
                problem.message
            }
            other => panic!("not refused: {other:?}"),
        };
        assert_eq!(
            told().await,
            "1 person and 1 key have this role; give another one first"
        );
        let mira = with_role(&case, "Mira Said", &id).await;
        assert!(
            told()
                .await
                .starts_with("2 people and 1 key have this role")
        );
        case.storage
            .set_role(&case.scope(), mira.id, Role::Staff)
            .await
            .expect("given");
        case.storage
            .set_role(&case.scope(), lena.id, Role::Staff)
            .await
            .expect("given");
        assert!(told().await.starts_with("1 key has this role"));
        case.storage
            .revoke_key(&case.scope(), key.id)
            .await
            .expect("revoked");
        delete().await.expect("deleted");
        assert_eq!(code(delete().await), Code::NotFound);
        // A stale form that gives it is refused.
        let stale = case.storage.set_role(&case.scope(), lena.id, role).await;
        assert_eq!(code(stale), Code::NotFound);
        assert_eq!(make("Two").await, "own_2");
    });
}

#[test]
fn what_an_own_role_exports_is_read_by_it_and_by_who_sees_more() {
    on_both(async |case| {
        let desk = input("Coupon desk", &[Permission::Export]);
        let role = case.storage.put_role(&case.scope(), None, desk).await;
        let lena = with_role(&case, "Lena Fischer", &role.expect("made").id).await;
        case.record(vec![activity("coupon.created", 1)]).await;
        let asked = case.export(&lena.scope, all(Source::Activity, "")).await;
        let job = case.claimed().await;
        assert_eq!(case.export_items(&job, false).await.len(), 1);
        case.built(&job, b"x").await;
        for scope in [&lena.scope, &case.scope()] {
            let row = case.storage.export_row(scope, asked.id).await;
            assert!(row.expect("read").is_some());
            let file = case.storage.download_export(scope, asked.id).await;
            assert!(file.expect("read").is_some());
            let listed = case.storage.list_exports(scope, "", None, 10).await;
            let listed = listed.expect("read").expect("understood");
            assert_eq!(listed.rows.len(), 1);
        }
        let keeper = case.member("Omar", Role::StoreKeeper).await.scope;
        let file = case.storage.download_export(&keeper, asked.id).await;
        assert!(!matches!(file, Ok(Some(_))));
    });
}

#[test]
fn search_finds_customers_for_those_alone_to_whom_their_page_opens() {
    on_both(async |case| {
        case.customer("c_1", "Noura Ali", "noura@mail.example", "+966551234567")
            .await;
        case.order("1042", "c_1", None).await;
        let reads = &[Permission::ReadOrders, Permission::Export][..];
        let files = input("Order files", reads);
        let mut desk = input("Order desk", reads);
        desk.access.messages = MessageAccess::All;
        for (input, count) in [(files, 0), (desk, 1)] {
            let name = input.name.clone();
            let made = case.storage.put_role(&case.scope(), None, input).await;
            let member = with_role(&case, &name, &made.expect("made").id).await;
            let found = case.storage.find(&member.scope, "noura").await;
            let found = found.expect("found");
            let found = (found.orders.len(), found.customers.len());
            assert_eq!(found, (count, count), "{name}");
        }
    });
}

#[test]
fn what_a_browser_says_of_an_own_role_is_not_believed() {
    on_both(async |case| {
        let made = case
            .storage
            .put_role(&case.scope(), None, input("Small", &[]))
            .await
            .expect("made");
        let forged = Role::Own(OwnRole {
            number: 1,
            access: Role::SuperAdmin.access(),
        });
        let id = case
            .storage
            .add_user(&case.scope(), new_user("Eve Forger"), forged)
            .await
            .expect("added");
        let eve = case.signed_in(id).await;
        assert_eq!(eve.session.role.access(), made.access);
        let unknown = Role::Own(OwnRole {
            number: 7,
            access: Role::Staff.access(),
        });
        let refused = case.storage.set_role(&case.scope(), id, unknown).await;
        assert_eq!(code(refused), Code::NotFound);
    });
}

#[test]
fn nobody_makes_or_gives_more_than_they_have() {
    on_both(async |case| {
        let people = &[Permission::ManageUsers, Permission::ManageRoles][..];
        let role = case
            .storage
            .put_role(&case.scope(), None, input("People desk", people))
            .await
            .expect("made");
        let lena = with_role(&case, "Lena Fischer", &role.id).await;
        let make = async |input: RoleInput| {
            let made = case.storage.put_role(&lena.scope, None, input);
            made.await
        };
        let is_beyond = |made: Result<RoleView, storage::Error>| match made {
            Err(storage::Error::Problem(problem)) => problem.is_beyond(),
            other => panic!("not refused: {other:?}"),
        };
        let more = input("More", &[Permission::ManageKeys]);
        assert!(is_beyond(make(more).await));
        let mut wider = input("Wider", &[]);
        wider.access.activity = ActivityAccess::All;
        assert!(is_beyond(make(wider.clone()).await));
        // Nor is what opens more already changed, be it to less.
        let there = case.storage.put_role(&case.scope(), None, wider).await;
        let id = there.expect("made").id;
        let narrowed = case
            .storage
            .put_role(&lena.scope, Some(id), input("Narrow", &[]));
        assert!(is_beyond(narrowed.await));
        assert!(make(input("Same", people)).await.is_ok());
        let given = case
            .storage
            .add_user(&lena.scope, new_user("Adam Admin"), Role::Admin)
            .await;
        assert_eq!(code(given), Code::Forbidden);
        let keeper = case.storage.role_of_id(&case.scope(), &role.id).await;
        let given = case
            .storage
            .add_user(&lena.scope, new_user("Ben"), keeper.expect("known"))
            .await;
        assert!(given.is_ok());
        let owner = case.member("Hala Owner", Role::SuperAdmin).await;
        let demoted = case
            .storage
            .set_role(&lena.scope, owner.id, keeper_of(&case, &role.id).await)
            .await;
        assert_eq!(code(demoted), Code::Forbidden);
    });
}

#[test]
fn who_manages_keys_alone_makes_and_ends_those_within_their_own_role() {
    on_both(async |case| {
        let keys = input("Key desk", &[Permission::ManageKeys]);
        let made = case.storage.put_role(&case.scope(), None, keys).await;
        let lena = with_role(&case, "Lena Fischer", &made.expect("made").id).await;
        let own = lena.session.role;
        let make = async |role: Role| {
            let made = case.storage.create_key(&lena.scope, new_key("shop", role));
            made.await
        };
        let (key, _) = make(own).await.expect("a key");
        let ended = case.storage.revoke_key(&lena.scope, key.id).await;
        ended.expect("revoked");
        for more in [Role::StoreKeeper, Role::Manager, Role::SuperAdmin] {
            assert!(!own.may_give_key(more));
            assert_eq!(code(make(more).await), Code::Forbidden, "{more}");
        }
    });
}

#[test]
fn who_lacks_something_is_told_which_own_roles_have_it() {
    on_both(async |case| {
        let make = async |name: &str, activity: ActivityAccess, permissions: &[Permission]| {
            let mut input = input(name, permissions);
            input.access.activity = activity;
            let made = case.storage.put_role(&case.scope(), None, input).await;
            made.expect("made").id
        };
        let reads = &[Permission::ReadSecurity][..];
        make("watch", ActivityAccess::Nothing, reads).await;
        make("Coupon Desk", ActivityAccess::AssignedOrders, reads).await;
        make("Keys", ActivityAccess::All, &[Permission::ManageKeys]).await;
        let gone = make("Gone", ActivityAccess::All, reads).await;
        let deleted = case.storage.delete_role(&case.scope(), &gone).await;
        deleted.expect("deleted");
        let huda = case.member("Huda Faris", Role::Staff).await;
        let with = async |need: Need| {
            let named = case.storage.own_roles_with(&huda.scope, need).await;
            named.expect("named")
        };
        let watches = with(Permission::ReadSecurity.into()).await;
        assert_eq!(watches, ["Coupon Desk", "watch"]);
        assert_eq!(with(Need::ReadActivity).await, ["Coupon Desk", "Keys"]);
        assert!(with(Permission::Erase.into()).await.is_empty());
    });
}

async fn keeper_of(case: &crate::harness::Case, id: &str) -> Role {
    case.storage
        .role_of_id(&case.scope(), id)
        .await
        .expect("known")
}

#[test]
fn wrong_roles_are_refused_by_field() {
    on_both(async |case| {
        case.storage
            .put_role(&case.scope(), None, input("Desk", &[]))
            .await
            .expect("made");
        let mut masked = input("Masked", &[Permission::ManageUsers]);
        masked.access.is_masked = true;
        for (wrong, field) in [
            (input("", &[]), "name"),
            (input(&"x".repeat(61), &[]), "name"),
            (input("two\nlines", &[]), "name"),
            (input("DESK", &[]), "name"),
            (input("Manager", &[]), "name"),
            (input("Sends", &[Permission::SendMessages]), "access"),
            (input("Orders", &[Permission::ReadOrders]), "access"),
            (input("Owner", &[Permission::ManageSuperAdmins]), "access"),
            (masked, "access"),
        ] {
            let name = wrong.name.clone();
            let made = case.storage.put_role(&case.scope(), None, wrong).await;
            let Err(storage::Error::Problem(problem)) = made else {
                panic!("{name}: {made:?}");
            };
            assert_eq!(problem.fields[0].pointer, field, "{name}");
        }
        let manager = case.member("Sara Nasser", Role::Manager).await;
        let made = case
            .storage
            .put_role(&manager.scope, None, input("Mine", &[]));
        assert_eq!(code(made.await), Code::Forbidden);
        let unknown = Some("own_99".to_owned());
        let changed = case
            .storage
            .put_role(&case.scope(), unknown, input("X", &[]))
            .await;
        assert_eq!(code(changed), Code::NotFound);
    });
}

#[test]
fn a_role_that_may_read_the_logs_sees_them_masked_if_it_is_masked() {
    on_both(async |case| {
        case.member("Sara Nasser", Role::Manager).await;
        let access = Access {
            permissions: PermissionSet::of(&[Permission::ReadSecurity, Permission::ReadRequests]),
            ..Role::Auditor.access()
        };
        let new = RoleInput {
            name: "Auditor with logs".to_owned(),
            description: String::new(),
            access,
        };
        let made = case.storage.put_role(&case.scope(), None, new).await;
        let auditor = with_role(&case, "Ada Audit", &made.expect("made").id).await;
        let filter = case
            .storage
            .security_filter(&auditor.scope, "")
            .expect("empty");
        let page = storage::Page {
            after: None,
            direction: domain::Direction::Newest,
            limit: 100,
        };
        let page = case
            .storage
            .list_security(&auditor.scope, &filter, page)
            .await;
        let text = serde_json::to_string(&page.expect("a page")).expect("JSON");
        assert!(text.contains("user.invited"));
        assert!(!text.contains("@maisonnoor.example"), "{text}");
        // Nor are they found by it.
        let by_address = case
            .storage
            .security_filter(&auditor.scope, "who:sara.nasser@maisonnoor.example");
        let count = case
            .storage
            .count_security(&auditor.scope, &by_address.expect("a filter"))
            .await;
        assert_eq!(count.expect("counted").count, 0);
        // The auditor that ships sees neither.
        let plain = case.member("Plain Audit", Role::Auditor).await;
        let refused = case.storage.count_security(&plain.scope, &filter).await;
        assert_eq!(code(refused), Code::Forbidden);
    });
}
