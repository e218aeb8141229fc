//! API keys.

use crate::harness::{activity, code, new_store, on_both, record_in};
use crate::people::{granted_by, new_key};
use crate::sign_in::events;
use chrono::Duration;
use domain::{ActorType, Code, KeyId, Role};
use storage::Scope;

#[test]
fn a_key_opens_its_store_with_its_role_and_is_shown_once() {
    on_both(async |case| {
        let (key, secret) = case
            .storage
            .create_key(&case.scope(), new_key(" webshop ", Role::Admin))
            .await
            .expect("a key");
        assert!(secret.starts_with("st_") && secret.len() == 51);
        assert!(secret.starts_with(&key.prefix) && key.prefix.len() == 9);
        let grant = case.granted(&secret).await;
        let grant = grant.expect("a valid key");
        assert_eq!((grant.id, grant.role), (key.id, Role::Admin));
        assert_eq!(
            (grant.name.as_str(), &grant.store),
            ("webshop", &case.store)
        );
        let listed = case.storage.list_keys(&case.scope()).await.expect("listed");
        assert_eq!(listed.len(), 1);
        assert!(listed[0].last_used_at.is_some());
        let json = serde_json::to_string(&listed).expect("JSON");
        assert!(!json.contains(&secret[9..]));

        let scope = Scope::of_api_key(&grant);
        assert_eq!(scope.actor().kind, ActorType::ApiKey);
        record_in(&case.storage, &scope, vec![activity("product.updated", 1)]).await;
        let q = "action:settings.updated subject:api_key";
        assert_eq!(case.count(&case.scope(), q).await, 1);
    });
}

#[test]
fn a_revoked_key_stops_at_once() {
    on_both(async |case| {
        let beside = case.reopened().await;
        let (secret, grant) = case.key(Role::Admin).await;
        let revoke = || async { case.storage.revoke_key(&case.scope(), grant.id).await };
        revoke().await.expect("revoked");
        for storage in [&case.storage, &beside] {
            assert!(granted_by(storage, &secret).await.is_none());
        }
        // Once more changes nothing and is not recorded.
        revoke().await.expect("revoked");
        let q = "action:settings.updated \"key revoked\"";
        assert_eq!(case.count(&case.scope(), q).await, 1);
        let listed = case.storage.list_keys(&case.scope()).await.expect("listed");
        assert!(listed[0].revoked_at.is_some());
    });
}

#[test]
fn how_often_an_ended_key_was_tried_is_known_though_each_minute_is_one_entry() {
    on_both(async |case| {
        let (secret, grant) = case.key(Role::Admin).await;
        let revoked = case.storage.revoke_key(&case.scope(), grant.id).await;
        revoked.expect("revoked");
        for _ in 0..300 {
            assert!(case.granted(&secret).await.is_none());
        }
        let counts = async || {
            let rows = events(&case, "event:key.refused").await;
            rows.iter().map(|row| row.count).collect::<Vec<_>>()
        };
        assert_eq!(counts().await, [1], "the minute is not over");
        case.storage.settle_all_notes().await.expect("settled");
        assert_eq!(counts().await, [299, 1]);
    });
}

#[test]
fn what_is_no_secret_opens_nothing() {
    on_both(async |case| {
        let (secret, grant) = case.key(Role::Admin).await;
        let id = grant.id.to_string();
        for wrong in [
            "",
            "st_",
            &secret[3..],
            &secret[..secret.len() - 1],
            &secret.to_uppercase(),
            &format!("{secret} "),
            &id,
        ] {
            let grant = case.granted(wrong).await;
            assert!(grant.is_none(), "{wrong:?}");
        }
    });
}

#[test]
fn a_key_of_another_store_is_neither_listed_nor_revoked() {
    on_both(async |case| {
        let other = case
            .storage
            .create_store(new_store())
            .await
            .expect("a store");
        let there = Scope::system("test", other);
        let (secret, grant) = case.key(Role::Admin).await;
        let listed = case.storage.list_keys(&there).await.expect("listed");
        assert_eq!(listed, []);
        let refused = case.storage.revoke_key(&there, grant.id).await;
        assert_eq!(code(refused), Code::NotFound);
        let unknown = KeyId(case.ambient.uuid());
        let refused = case.storage.revoke_key(&case.scope(), unknown).await;
        assert_eq!(code(refused), Code::NotFound);
        let grant = case.granted(&secret).await;
        assert!(grant.is_some());
    });
}

#[test]
fn only_a_super_admin_makes_and_revokes_keys_of_that_role() {
    on_both(async |case| {
        let admin = case.member("Adam Admin", Role::Admin).await;
        let made = case
            .storage
            .create_key(&admin.scope, new_key("all", Role::SuperAdmin))
            .await;
        assert_eq!(code(made), Code::Forbidden);
        let (secret, grant) = case.key(Role::SuperAdmin).await;
        let revoked = case.storage.revoke_key(&admin.scope, grant.id).await;
        assert_eq!(code(revoked), Code::Forbidden);
        let grant = case.granted(&secret).await;
        assert!(grant.is_some());
    });
}

#[test]
fn a_key_needs_a_name() {
    on_both(async |case| {
        for name in ["", "  ", "a\0b", &"x".repeat(101)] {
            let made = case
                .storage
                .create_key(&case.scope(), new_key(name, Role::Admin))
                .await;
            assert_eq!(code(made), Code::InvalidFields, "{name:?}");
        }
        let made = case
            .storage
            .create_key(&case.scope(), new_key(&"ش".repeat(100), Role::Admin))
            .await;
        assert!(made.is_ok());
    });
}

#[test]
fn use_is_noted_once_a_minute() {
    on_both(async |case| {
        let (secret, _) = case.key(Role::Admin).await;
        let used = async || {
            case.granted(&secret).await;
            let keys = case.storage.list_keys(&case.scope()).await.expect("listed");
            keys[0].last_used_at.expect("used")
        };
        let first = used().await;
        case.pass(Duration::seconds(50));
        assert_eq!(used().await, first);
        case.pass(Duration::seconds(20));
        let later = used().await;
        assert!(later - first >= Duration::seconds(70));
    });
}
