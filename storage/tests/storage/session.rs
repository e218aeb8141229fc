//! Sessions and the stores they look at.

use crate::harness::{code, new_store, on_both};
use crate::people::new_user;
use chrono::Duration;
use domain::hook::Platform;
use domain::{Code, Role, UserId};
use storage::{NewStore, Scope};

#[test]
fn a_session_lasts_while_it_is_used_and_ninety_days_in_all() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        for _ in 0..3 {
            case.pass(Duration::days(29));
            assert!(case.session(&sara.token).await.is_some());
        }
        case.pass(Duration::days(4));
        assert!(case.session(&sara.token).await.is_none());
    });
}

#[test]
fn an_idle_session_is_over_after_thirty_days() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let other = case.signed_in(sara.id).await;
        case.pass(Duration::days(20));
        assert!(case.session(&other.token).await.is_some());
        case.pass(Duration::days(11));
        assert!(case.session(&sara.token).await.is_none());
        assert!(case.session(&other.token).await.is_some());
        // It does not come back, and tidying takes its row away.
        case.storage.tidy().await.expect("tidied");
        assert!(case.session(&sara.token).await.is_none());
        assert!(case.session(&other.token).await.is_some());
    });
}

#[test]
fn a_socket_that_stays_open_is_no_use_of_its_session() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let by_socket = async || {
            let found = case.storage.session_of_hash(&sara.session.token_hash).await;
            found.expect("asked").is_some()
        };
        for _ in 0..3 {
            case.pass(Duration::days(9));
            assert!(by_socket().await);
        }
        case.pass(Duration::days(4));
        assert!(!by_socket().await);
        assert!(case.session(&sara.token).await.is_none());
    });
}

#[test]
fn an_ended_session_stays_ended_in_every_process() {
    on_both(async |case| {
        let beside = case.reopened().await;
        let sara = case.member("Sara Nasser", Role::Manager).await;
        assert!(beside.session(&sara.token).await.expect("asked").is_some());
        case.storage
            .end_session(&sara.token, &storage::Caller::default())
            .await
            .expect("ended");
        assert!(case.session(&sara.token).await.is_none());
        assert!(beside.session(&sara.token).await.expect("asked").is_none());
        let by_hash = case.storage.session_of_hash(&sara.session.token_hash).await;
        assert!(by_hash.expect("asked").is_none());
    });
}

#[test]
fn a_token_that_nobody_was_given_opens_nothing() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        assert_eq!(sara.token.len(), 64);
        let hash: String = sara
            .session
            .token_hash
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        for wrong in ["", &sara.token[1..], &sara.token.to_uppercase(), &hash] {
            assert!(case.session(wrong).await.is_none(), "{wrong}");
        }
    });
}

#[test]
fn who_has_no_role_anywhere_gets_no_session() {
    on_both(async |case| {
        let nobody = UserId(case.ambient.uuid());
        let refused = case.storage.start_session(nobody, None, None).await;
        assert_eq!(code(refused), Code::Forbidden);
    });
}

#[test]
fn signing_in_and_coming_back_is_noted() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let seen = async || {
            let users = case
                .storage
                .list_users(&case.scope())
                .await
                .expect("listed");
            users[0].last_seen_at.expect("seen")
        };
        let first = seen().await;
        case.session(&sara.token).await;
        assert_eq!(seen().await, first);
        case.pass(Duration::minutes(5));
        case.session(&sara.token).await;
        assert!(seen().await - first >= Duration::minutes(5));
    });
}

#[test]
fn a_session_begins_in_an_own_store_and_switches_to_another() {
    on_both(async |case| {
        let sample = NewStore {
            is_sample: true,
            ..new_store()
        };
        let sample = case.storage.create_store(sample).await.expect("a store");
        let second = NewStore {
            name: "Second".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            ..new_store()
        };
        let second = case.storage.create_store(second).await.expect("a store");
        for (store, role) in [(&sample, Role::Admin), (&second, Role::Staff)] {
            let scope = Scope::system("test", store.clone());
            case.storage
                .add_user(&scope, new_user("Sara Nasser"), role)
                .await
                .expect("added");
        }
        let id = case.storage.user_id_of("sara.nasser@maisonnoor.example");
        let sara = case
            .signed_in(id.await.expect("asked").expect("known"))
            .await;
        assert_eq!(
            (sara.session.role, &sara.session.store),
            (Role::Staff, &second)
        );
        case.storage
            .switch_store(&sara.session, sample.id)
            .await
            .expect("switched");
        let session = case.session(&sara.token).await.expect("signed in");
        assert_eq!((session.role, &session.store), (Role::Admin, &sample));
        let viewer = case.storage.viewer(&session).await.expect("a viewer");
        assert_eq!(viewer.stores, [second, sample.clone()]);
        assert_eq!(viewer.zone_label, "GMT+3");
        assert_eq!(viewer.offset_minutes, 180);
        let foreign = case
            .storage
            .switch_store(&sara.session, case.store.id)
            .await;
        assert_eq!(code(foreign), Code::NotFound);
    });
}

#[test]
fn a_store_counts_as_empty_until_something_came_from_it() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let has_entries = async || {
            let viewer = case.storage.viewer(&sara.session).await;
            viewer.expect("a viewer").has_entries
        };
        assert!(!has_entries().await);
        // Looking at the sample and removing it again is told in the own store's log.
        let sample = NewStore {
            is_sample: true,
            ..new_store()
        };
        let sample = case.storage.create_store(sample).await.expect("a store");
        let owner = case.member("Hala Owner", Role::SuperAdmin).await;
        let there = Scope::system("test", sample.clone());
        case.storage
            .add_user(&there, new_user("Hala Owner"), Role::SuperAdmin)
            .await
            .expect("added");
        case.storage
            .switch_store(&owner.session, sample.id)
            .await
            .expect("switched");
        let session = case.session(&owner.token).await.expect("signed in");
        let scope = Scope::of_session(&session);
        case.storage.remove_sample(&scope).await.expect("removed");
        assert_eq!(case.count(&case.scope(), "action:log.erased").await, 1);
        assert!(!has_entries().await);
        // And so is a connection by which nothing came yet.
        case.storage
            .open_connection(&case.scope(), Platform::Standard, "own", &|_| Vec::new())
            .await
            .expect("made");
        let made = "action:connection.created";
        assert_eq!(case.count(&case.scope(), made).await, 1);
        assert!(!has_entries().await);
        case.record(vec![crate::harness::activity("product.updated", 1)])
            .await;
        assert!(has_entries().await);
    });
}
