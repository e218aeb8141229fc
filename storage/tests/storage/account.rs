//! Users, roles, the owner's link.

use crate::harness::{Case, code, new_store, on_both};
use crate::people::{Member, email_of, new_user};
use chrono::Duration;
use domain::view::UserView;
use domain::{Code, Role, UserId};
use serde_json::json;
use storage::{Error, NewStore, NewUser, Scope, Storage};

async fn users(case: &Case) -> Vec<UserView> {
    case.storage
        .list_users(&case.scope())
        .await
        .expect("listed")
}

#[test]
fn the_owner_link_makes_one_super_admin_once() {
    on_both(async |case| {
        let storage = &case.storage;
        let token = storage.new_owner_token().await.expect("asked");
        let token = token.expect("there is no user yet");
        assert!(storage.is_owner_token(&token).await.expect("asked"));
        assert!(!storage.is_owner_token("guessed").await.expect("asked"));
        let owner = storage
            .create_owner(&token, "Maison Noor", "Asia/Riyadh", new_user("Hala Owner"))
            .await
            .expect("created");
        let again =
            storage.create_owner(&token, "Maison Noor", "Asia/Riyadh", new_user("Eve Late"));
        assert_eq!(code(again.await), Code::NotFound);
        assert!(!storage.is_owner_token(&token).await.expect("asked"));
        assert_eq!(storage.new_owner_token().await.expect("asked"), None);
        let users = users(&case).await;
        assert_eq!(users.len(), 1);
        assert_eq!((users[0].id, users[0].role), (owner, Role::SuperAdmin));
        let recorded = case
            .all_rows(&case.scope(), "action:user.invited", 10)
            .await;
        assert_eq!(recorded.len(), 1);
        assert_eq!(recorded[0].actor.kind, domain::ActorType::System);
    });
}

#[test]
fn what_the_owner_types_counts_after_a_key_or_a_colleague_made_the_store() {
    on_both(async |case| {
        let storage = &case.storage;
        // As `key add` and `user add --role manager` leave it: a store, and nobody who may everything.
        case.key(Role::Admin).await;
        case.member("Sara Nasser", Role::Manager).await;
        let token = storage.new_owner_token().await.expect("asked");
        let token = token.expect("there is no super admin yet");
        for (name, zone, field) in [("", "UTC", "name"), ("Linen", "Mars/Base", "time_zone")] {
            let refused = storage.create_owner(&token, name, zone, new_user("Hala Owner"));
            let Err(storage::Error::Problem(problem)) = refused.await else {
                panic!("{name:?} in {zone} was taken");
            };
            assert_eq!(problem.fields[0].pointer, field);
        }
        let made = storage.create_owner(&token, "Linen", "Europe/Lisbon", new_user("Hala Owner"));
        made.await.expect("created");
        let stores = storage.list_stores().await.expect("listed");
        assert_eq!(stores.len(), 1);
        let store = (stores[0].name.as_str(), stores[0].time_zone.as_str());
        assert_eq!(store, ("Linen", "Europe/Lisbon"));
        assert_eq!(stores[0].domain, case.store.domain);
        let q = "action:settings.updated changed:name";
        let recorded = case.all_rows(&case.scope(), q, 10).await;
        assert_eq!(recorded.len(), 1);
        assert_eq!(recorded[0].actor.kind, domain::ActorType::System);
        assert_eq!(storage.new_owner_token().await.expect("asked"), None);
        case.verified().await;
    });
}

#[test]
fn of_two_who_follow_the_link_at_once_one_becomes_owner() {
    on_both(async |case| {
        let token = case.storage.new_owner_token().await.expect("asked");
        let token = token.expect("there is no user yet");
        let (first, second) = tokio::join!(
            case.storage
                .create_owner(&token, "Maison Noor", "Asia/Riyadh", new_user("Hala Owner")),
            case.storage
                .create_owner(&token, "Maison Noor", "Asia/Riyadh", new_user("Eve Late")),
        );
        let refused = if first.is_ok() { second } else { first };
        assert_eq!(code(refused), Code::NotFound);
        assert_eq!(users(&case).await.len(), 1);
    });
}

#[test]
fn the_owner_link_works_for_a_day_and_a_new_one_ends_it() {
    on_both(async |case| {
        let new_token = async || {
            let token = case.storage.new_owner_token().await.expect("asked");
            token.expect("there is no user yet")
        };
        let is_valid = async |token: &str| case.storage.is_owner_token(token).await.expect("asked");
        let first = new_token().await;
        let second = new_token().await;
        assert!(!is_valid(&first).await && is_valid(&second).await);
        case.pass(Duration::hours(23));
        assert!(is_valid(&second).await);
        case.pass(Duration::hours(1));
        assert!(!is_valid(&second).await);
        let late =
            case.storage
                .create_owner(&second, "Maison Noor", "Asia/Riyadh", new_user("Eve Late"));
        assert_eq!(code(late.await), Code::NotFound);
    });
}

#[test]
fn wrong_names_and_addresses_are_refused_by_field_and_use_no_link_up() {
    on_both(async |case| {
        let token = case.storage.new_owner_token().await.expect("asked");
        let token = token.expect("there is no user yet");
        let long = "x".repeat(201);
        for (name, email, field) in [
            ("", "a@b.example", "name"),
            ("  ", "a@b.example", "name"),
            (long.as_str(), "a@b.example", "name"),
            ("a\0b", "a@b.example", "name"),
            ("Hala", "", "email"),
            ("Hala", "hala", "email"),
            ("Hala", "@b.example", "email"),
            ("Hala", "hala@b", "email"),
            ("Hala", "hala@.example", "email"),
            ("Hala", "hala@b.", "email"),
            ("Hala", "ha la@b.example", "email"),
            ("Hala", "hala@b@c.example", "email"),
            ("Hala", "hala\0@b.example", "email"),
        ] {
            let user = NewUser {
                name: name.to_owned(),
                email: email.to_owned(),
                password_hash: None,
            };
            let as_owner = case
                .storage
                .create_owner(&token, "Maison Noor", "Asia/Riyadh", user.clone())
                .await;
            let as_user = case
                .storage
                .add_user(&case.scope(), user, Role::Staff)
                .await;
            for refused in [as_owner, as_user] {
                let Err(storage::Error::Problem(problem)) = refused else {
                    panic!("{name:?} {email:?}: {refused:?}");
                };
                assert_eq!(problem.fields[0].pointer, field, "{name:?} {email:?}");
            }
        }
        assert!(case.storage.is_owner_token(&token).await.expect("asked"));
        let owner =
            case.storage
                .create_owner(&token, "Maison Noor", "Asia/Riyadh", new_user("Hala Owner"));
        assert!(owner.await.is_ok());
    });
}

#[test]
fn a_user_is_found_by_their_address_in_any_case() {
    on_both(async |case| {
        let user = NewUser {
            name: "  Sara Nasser ".to_owned(),
            email: " Sara@MaisonNoor.Example ".to_owned(),
            password_hash: Some("hash".to_owned()),
        };
        let id = case
            .storage
            .add_user(&case.scope(), user, Role::Manager)
            .await
            .expect("added");
        let login = case.storage.login_of("SARA@maisonnoor.example ").await;
        let login = login.expect("asked").expect("known");
        assert_eq!(login.user_id, id);
        assert_eq!(login.password_hash.as_deref(), Some("hash"));
        assert!(!login.is_blocked);
        let users = users(&case).await;
        assert_eq!(users[0].name, "Sara Nasser");
        assert_eq!(users[0].email, "sara@maisonnoor.example");
        assert_eq!(users[0].last_seen_at, None);
        let unknown = case.storage.login_of("nobody@maisonnoor.example").await;
        assert!(unknown.expect("asked").is_none());
    });
}

#[test]
fn a_second_role_in_the_same_store_is_refused_and_in_another_keeps_the_account() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let again = new_user("Sara Nasser");
        let refused = case
            .storage
            .add_user(&case.scope(), again, Role::Admin)
            .await;
        assert_eq!(code(refused), Code::InvalidFields);

        let other = case
            .storage
            .create_store(new_store())
            .await
            .expect("a store");
        let there = Scope::system("test", other.clone());
        let same = NewUser {
            password_hash: Some("another".to_owned()),
            ..new_user("Sara Nasser")
        };
        let id = case.storage.add_user(&there, same, Role::Staff).await;
        assert_eq!(id.expect("added"), sara.id);
        let login = case.storage.login_of(&email_of("Sara Nasser")).await;
        let password = login.expect("asked").expect("known").password_hash;
        assert_eq!(password.as_deref(), Some("$argon2id$Sara Nasser"));
        assert_eq!(users(&case).await[0].role, Role::Manager);
        let there = case.storage.list_users(&there).await.expect("listed");
        assert_eq!(there[0].role, Role::Staff);
    });
}

#[test]
fn a_changed_role_is_recorded_with_before_and_after_and_works_at_once() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        case.storage
            .set_role(&case.scope(), sara.id, Role::StoreKeeper)
            .await
            .expect("changed");
        // To the same role: nothing happens, nothing is recorded.
        case.storage
            .set_role(&case.scope(), sara.id, Role::StoreKeeper)
            .await
            .expect("changed");
        // What the old role opened is closed at once; she signs in again with the new one.
        assert!(case.session(&sara.token).await.is_none());
        let again = case.signed_in(sara.id).await;
        assert_eq!(again.session.role, Role::StoreKeeper);
        let rows = case
            .all_rows(&case.scope(), "action:user.role_changed", 10)
            .await;
        assert_eq!(rows.len(), 1);
        let change = rows[0].first_change.clone().expect("a change");
        assert_eq!(change.before, json!("manager"));
        assert_eq!(change.after, json!("store_keeper"));
        assert_eq!(
            rows[0].subject.as_ref().map(|s| s.id.clone()),
            Some(sara.id.to_string())
        );
    });
}

#[test]
fn the_last_super_admin_who_can_sign_in_stays() {
    on_both(async |case| {
        let owner = case.member("Hala Owner", Role::SuperAdmin).await;
        let demote = |id| {
            let scope = case.scope();
            let storage = case.storage.clone();
            async move { storage.set_role(&scope, id, Role::Admin).await }
        };
        let block = |id, is_blocked| {
            let scope = case.scope();
            let storage = case.storage.clone();
            async move { storage.set_blocked(&scope, id, is_blocked).await }
        };
        assert_eq!(code(demote(owner.id).await), Code::Conflict);
        assert_eq!(code(block(owner.id, true).await), Code::Conflict);
        assert!(case.session(&owner.token).await.is_some());
        // Who was invited and never came can't sign in: the address may be wrong.
        let invited = NewUser {
            name: "Lina Invited".to_owned(),
            email: "lina@linen.exmaple".to_owned(),
            password_hash: None,
        };
        let invited = case
            .storage
            .invite_user(&case.scope(), invited, Role::SuperAdmin)
            .await;
        invited.expect("invited");
        assert_eq!(code(demote(owner.id).await), Code::Conflict);
        let second = case.member("Noor Second", Role::SuperAdmin).await;
        block(second.id, true).await.expect("blocked");
        // One who is blocked does not count.
        assert_eq!(code(demote(owner.id).await), Code::Conflict);
        block(second.id, false).await.expect("unblocked");
        demote(owner.id).await.expect("demoted");
        assert_eq!(code(demote(second.id).await), Code::Conflict);
        // A refused change is not recorded.
        let q = "action:user.role_changed,user.blocked";
        assert_eq!(case.count(&case.scope(), q).await, 2);
    });
}

#[test]
fn two_super_admins_who_demote_each_other_at_once_leave_one() {
    on_both(async |case| {
        let first = case.member("Hala Owner", Role::SuperAdmin).await;
        let second = case.member("Noor Second", Role::SuperAdmin).await;
        let beside = case.reopened().await;
        let (one, other) = tokio::join!(
            case.storage
                .set_role(&first.scope, second.id, Role::Manager),
            beside.set_role(&second.scope, first.id, Role::Manager),
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let left = users(&case).await;
        let left = left.iter().filter(|u| u.role == Role::SuperAdmin);
        assert_eq!(left.count(), 1);
    });
}

/// Takes somebody's role away in one of three ways.
async fn take(storage: &Storage, by: &Member, from: UserId, how: &str) -> Result<(), Error> {
    match how {
        "change" => storage.set_role(&by.scope, from, Role::Manager).await,
        "block" => storage.set_blocked(&by.scope, from, true).await,
        _ => storage.remove_user(&by.scope, from).await,
    }
}

#[test]
fn of_two_who_take_each_others_role_away_at_once_one_is_refused() {
    on_both(async |case| {
        let beside = case.reopened().await;
        // While there is a third one, neither is the last.
        case.member("Lina Third", Role::SuperAdmin).await;
        for how in ["change", "block", "remove"] {
            let first = case.member(&format!("Hala {how}"), Role::SuperAdmin).await;
            let second = case.member(&format!("Noor {how}"), Role::SuperAdmin).await;
            let (one, other) = tokio::join!(
                take(&case.storage, &first, second.id, how),
                take(&beside, &second, first.id, how),
            );
            let refused = if one.is_ok() { other } else { one };
            assert_eq!(code(refused), Code::Forbidden, "{how}");
        }
        let q = "action:user.role_changed,user.blocked,user.removed";
        assert_eq!(case.count(&case.scope(), q).await, 3);
    });
}

#[test]
fn who_is_made_super_admin_meanwhile_is_neither_blocked_nor_removed_by_an_admin() {
    on_both(async |case| {
        let beside = case.reopened().await;
        let hala = case.member("Hala Owner", Role::SuperAdmin).await;
        let omar = case.member("Omar Haddad", Role::Admin).await;
        for n in 0..20 {
            let how = if n % 2 == 0 { "block" } else { "remove" };
            let sara = case.member(&format!("Sara {n}"), Role::Manager).await;
            let (given, taken) = tokio::join!(
                beside.set_role(&hala.scope, sara.id, Role::SuperAdmin),
                take(&case.storage, &omar, sara.id, how),
            );
            if taken.is_err() {
                given.expect("given");
                continue;
            }
            // The admin was first; who was removed gets no role after that.
            let q = format!("subject:user/{} -action:user.invited", sara.id);
            let mut rows = case.all_rows(&case.scope(), &q, 10).await;
            rows.sort_by_key(|row| row.seq);
            let done: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
            let expected: &[&str] = match how {
                "block" => &["user.blocked", "user.role_changed"],
                _ => &["user.removed"],
            };
            assert_eq!(done, expected, "{n}");
        }
    });
}

#[test]
fn blocking_ends_the_sessions_in_this_store_and_the_right_to_sign_in() {
    on_both(async |case| {
        let hala = case.member("Hala Owner", Role::SuperAdmin).await;
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let second = case.signed_in(sara.id).await;
        case.storage
            .set_blocked(&hala.scope, sara.id, true)
            .await
            .expect("blocked");
        for token in [&sara.token, &second.token] {
            assert!(case.session(token).await.is_none());
        }
        let refused = case.storage.start_session(sara.id, None, None).await;
        assert_eq!(code(refused), Code::Forbidden);
        let login = case.storage.login_of(&email_of("Sara Nasser")).await;
        assert!(login.expect("asked").expect("known").is_blocked);
        let themselves = case.storage.set_blocked(&hala.scope, hala.id, true).await;
        assert_eq!(code(themselves), Code::Conflict);

        case.storage
            .set_blocked(&hala.scope, sara.id, false)
            .await
            .expect("unblocked");
        // Ended sessions stay ended.
        assert!(case.session(&sara.token).await.is_none());
        case.signed_in(sara.id).await;
        for action in ["user.blocked", "user.unblocked"] {
            let q = format!("action:{action} subject:user/{}", sara.id);
            assert_eq!(case.count(&case.scope(), &q).await, 1);
        }
    });
}

#[test]
fn who_is_blocked_in_one_store_works_on_in_another() {
    on_both(async |case| {
        let other = NewStore {
            name: "Second".to_owned(),
            ..new_store()
        };
        let other = case.storage.create_store(other).await.expect("a store");
        let there = Scope::system("test", other.clone());
        let sara = case.member("Sara Nasser", Role::Manager).await;
        case.storage
            .add_user(&there, new_user("Sara Nasser"), Role::Staff)
            .await
            .expect("added");
        case.storage
            .set_blocked(&case.scope(), sara.id, true)
            .await
            .expect("blocked");
        let again = case.signed_in(sara.id).await;
        assert_eq!(again.session.store.id, other.id);
        let viewer = case.storage.viewer(&again.session).await.expect("a viewer");
        assert_eq!(viewer.stores, [other]);
        let back = case
            .storage
            .switch_store(&again.session, case.store.id)
            .await;
        assert_eq!(code(back), Code::NotFound);
    });
}

#[test]
fn users_of_another_store_are_not_found() {
    on_both(async |case| {
        let other = case
            .storage
            .create_store(new_store())
            .await
            .expect("a store");
        let there = Scope::system("test", other);
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let role = case.storage.set_role(&there, sara.id, Role::Staff).await;
        assert_eq!(code(role), Code::NotFound);
        let block = case.storage.set_blocked(&there, sara.id, true).await;
        assert_eq!(code(block), Code::NotFound);
        let there = case.storage.list_users(&there).await.expect("listed");
        assert_eq!(there, []);
    });
}

#[test]
fn a_new_password_ends_every_session() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        case.storage
            .set_password_hash(sara.id, "$argon2id$new".to_owned())
            .await
            .expect("set");
        assert!(case.session(&sara.token).await.is_none());
        let login = case.storage.login_of(&email_of("Sara Nasser")).await;
        let password = login.expect("asked").expect("known").password_hash;
        assert_eq!(password.as_deref(), Some("$argon2id$new"));
    });
}
