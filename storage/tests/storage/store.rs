//! Stores, their settings, and opening databases.

use crate::harness::{Postgres, ambient, code, new_store, on_both, sqlite_url};
use crate::people::new_user;
use domain::{Code, Role};
use serde_json::json;
use storage::{Error, NewStore, Scope, Storage, StoreSettings};

fn settings(name: &str, domain: &str, time_zone: &str) -> StoreSettings {
    StoreSettings {
        name: name.to_owned(),
        domain: domain.to_owned(),
        time_zone: time_zone.to_owned(),
    }
}

#[test]
fn changed_settings_are_recorded_with_before_and_after() {
    on_both(async |case| {
        let change = async |settings| case.storage.update_store(&case.scope(), settings).await;
        let view = change(settings(
            " Maison Noor ",
            "HTTPS://Shop.MaisonNoor.example/",
            "Europe/Berlin",
        ))
        .await
        .expect("changed");
        assert_eq!(view.name, "Maison Noor");
        assert_eq!(view.domain, "shop.maisonnoor.example");
        let stores = case.storage.list_stores().await.expect("listed");
        assert_eq!(stores, std::slice::from_ref(&view));
        let q = "action:settings.updated has:changes";
        let rows = case.all_rows(&case.scope(), q, 10).await;
        assert_eq!((rows.len(), rows[0].change_count), (1, 2));
        let first = rows[0].first_change.clone().expect("a change");
        assert_eq!(
            (first.field.as_str(), first.before, first.after),
            (
                "domain",
                json!("maisonnoor.example"),
                json!("shop.maisonnoor.example")
            )
        );
        // The same again is no change.
        let now = Scope::system("test", view.clone());
        let same = settings(&view.name, &view.domain, &view.time_zone);
        case.storage
            .update_store(&now, same)
            .await
            .expect("nothing to do");
        assert_eq!(case.count(&now, q).await, 1);
    });
}

#[test]
fn wrong_settings_are_refused_by_field() {
    on_both(async |case| {
        let long = "x".repeat(101);
        for (name, domain, zone, field) in [
            ("", "a.example", "UTC", "name"),
            (long.as_str(), "a.example", "UTC", "name"),
            ("a\0b", "a.example", "UTC", "name"),
            ("Noor", "a b.example", "UTC", "domain"),
            ("Noor", "a\0.example", "UTC", "domain"),
            ("Noor", "a.example", "Mars/Olympus", "time_zone"),
            ("Noor", "a.example", "", "time_zone"),
        ] {
            let update = case
                .storage
                .update_store(&case.scope(), settings(name, domain, zone))
                .await;
            let create = case
                .storage
                .create_store(NewStore {
                    name: name.to_owned(),
                    domain: domain.to_owned(),
                    time_zone: zone.to_owned(),
                    is_sample: false,
                })
                .await;
            for refused in [update, create] {
                let Err(Error::Problem(problem)) = refused else {
                    panic!("{field}: {refused:?}");
                };
                assert_eq!(problem.fields[0].pointer, field);
            }
        }
        assert_eq!(case.storage.list_stores().await.expect("listed").len(), 1);
    });
}

#[test]
fn every_zone_offered_can_be_chosen() {
    on_both(async |case| {
        let zones = Storage::time_zones();
        assert!(zones.is_sorted() && zones.contains(&"Asia/Riyadh"));
        for zone in zones.into_iter().step_by(97) {
            let update = settings("Noor", "", zone);
            let view = case.storage.update_store(&case.scope(), update).await;
            let scope = Scope::system("test", view.expect("changed"));
            assert!(
                case.storage.filter(&scope, "created:today").is_ok(),
                "{zone}"
            );
            case.count(&scope, "created:today").await;
        }
    });
}

#[test]
fn super_admins_who_may_sign_in_get_each_new_store() {
    on_both(async |case| {
        case.member("Hala Owner", Role::SuperAdmin).await;
        case.member("Adam Admin", Role::Admin).await;
        let blocked = case.member("Eve Blocked", Role::SuperAdmin).await;
        case.storage
            .set_blocked(&case.scope(), blocked.id, true)
            .await
            .expect("blocked");
        let sample = NewStore {
            is_sample: true,
            ..new_store()
        };
        for store in [new_store(), sample] {
            let store = case.storage.create_store(store).await.expect("a store");
            let scope = Scope::system("test", store);
            let users = case.storage.list_users(&scope).await.expect("listed");
            let names: Vec<_> = users.iter().map(|u| (u.name.as_str(), u.role)).collect();
            assert_eq!(names, [("Hala Owner", Role::SuperAdmin)]);
        }
    });
}

#[test]
fn a_super_admin_adds_a_store_and_is_its_own() {
    on_both(async |case| {
        let hala = case.member("Hala Owner", Role::SuperAdmin).await;
        let storage = &case.storage;
        let add = async |scope: &Scope, zone: &str| {
            let added = storage.add_store(scope, "Wool".to_owned(), zone.to_owned());
            added.await
        };
        let store = add(&hala.scope, "Europe/Berlin").await.expect("a store");
        assert_eq!((store.name.as_str(), store.is_sample), ("Wool", false));
        let there = Scope::system("test", store.clone());
        let users = storage.list_users(&there).await.expect("listed");
        assert_eq!((users.len(), users[0].role), (1, Role::SuperAdmin));
        let made = case.all_rows(&there, "action:settings.updated", 10).await;
        assert_eq!(made[0].actor.name.as_deref(), Some("Hala Owner"));
        let switched = storage.switch_store(&hala.session, store.id).await;
        switched.expect("a role there");

        let admin = case.member("Adam Admin", Role::Admin).await;
        assert_eq!(code(add(&admin.scope, "UTC").await), Code::Forbidden);
        let wrong = add(&hala.scope, "Mars/Olympus").await;
        assert_eq!(code(wrong), Code::InvalidFields);
        // Whoever tries the sample out gets no store by that.
        let sample = Scope::system("test", case.sample().await);
        let guest = storage.add_user(&sample, new_user("Try Out"), Role::SuperAdmin);
        let guest = case.signed_in(guest.await.expect("added")).await;
        assert_eq!(code(add(&guest.scope, "UTC").await), Code::Forbidden);
    });
}

#[test]
fn a_super_admin_of_the_sample_alone_gets_no_other_store() {
    on_both(async |case| {
        let sample = NewStore {
            is_sample: true,
            ..new_store()
        };
        let sample = case.storage.create_store(sample).await.expect("a store");
        let scope = Scope::system("test", sample);
        case.storage
            .add_user(&scope, new_user("Try Out"), Role::SuperAdmin)
            .await
            .expect("added");
        let store = case
            .storage
            .create_store(new_store())
            .await
            .expect("a store");
        let scope = Scope::system("test", store);
        let users = case.storage.list_users(&scope).await.expect("listed");
        assert_eq!(users, []);
        // And the first start's link is still there for whoever owns the real one.
        let token = case.storage.new_owner_token().await.expect("asked");
        assert!(token.is_some());
    });
}

#[test]
fn stores_created_at_once_get_numbers_of_their_own() {
    on_both(async |case| {
        let beside = case.reopened().await;
        let create = |storage: Storage| async move { storage.create_store(new_store()).await };
        let (one, two, three) = tokio::join!(
            create(case.storage.clone()),
            create(case.storage.clone()),
            create(beside)
        );
        let mut ids: Vec<i64> = [one, two, three]
            .into_iter()
            .map(|store| store.expect("a store").id.0)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 3);
        case.verified().await;
    });
}

#[test]
fn a_database_that_would_lose_data_or_cannot_search_is_refused() {
    on_both(async |case| {
        let open = async |url: &str| Storage::open(url, ambient().0).await;
        for url in ["sqlite::memory:", "sqlite://:memory:", "mysql://x/y", ""] {
            let Err(Error::Configuration(_)) = open(url).await else {
                panic!("{url} was opened");
            };
        }
        if !case.is_sqlite() {
            let options = "TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'";
            let database = Postgres::create(options).await;
            let refused = open(&database.url).await;
            let Err(Error::Configuration(message)) = refused else {
                panic!("a database that sees no Arabic was opened");
            };
            assert!(message.contains("C.UTF-8"), "{message}");
            database.drop().await;
        }
    });
}

#[test]
fn an_open_storage_is_ready_and_a_closed_one_is_not() {
    on_both(async |case| {
        case.storage.check_ready().await.expect("ready");
        case.storage.close().await.expect("closed");
        assert!(case.storage.check_ready().await.is_err());
        let refused = case
            .storage
            .recorder()
            .record(
                &case.scope(),
                vec![storage::record::Record::Activity(crate::harness::activity(
                    "product.updated",
                    1,
                ))],
                None,
            )
            .await;
        let error = refused.expect_err("closed");
        let problem = error.to_problem("ref-1");
        assert!(matches!(problem.code, Code::Internal | Code::Unavailable));
        assert_eq!(problem.reference.as_deref(), Some("ref-1"));
        assert!(!problem.message.to_lowercase().contains("sql"));
        let _ = code::<()>(Err(problem.into()));
    });
}

#[test]
fn processes_that_start_at_once_on_an_empty_database_all_open_it() {
    on_both(async |case| {
        let folder = tempfile::tempdir().expect("a folder");
        let database = if case.is_sqlite() {
            None
        } else {
            Some(Postgres::create("").await)
        };
        let url = match &database {
            Some(database) => database.url.clone(),
            None => sqlite_url(&folder),
        };
        let opening: Vec<_> = (0..4)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { Storage::open(&url, ambient().0).await })
            })
            .collect();
        for opened in opening {
            let storage = opened.await.expect("no panic");
            let storage = storage.unwrap_or_else(|error| panic!("{url}: {error}"));
            storage.check_ready().await.expect("ready");
        }
        if let Some(database) = database {
            database.drop().await;
        }
    });
}
