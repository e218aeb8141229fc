//! Keys with bounds: categories, networks, an end, and a new secret beside the old one.

use crate::harness::{activity, code, on_both};
use crate::people::{granted_by, new_key};
use crate::sign_in::{events, from};
use chrono::Duration;
use domain::view::NewKey;
use domain::{Category, CategorySet, Code, Permission, Role};
use storage::record::Record;
use storage::{KeyAccess, Scope};

#[test]
fn a_key_for_some_categories_reads_and_records_nothing_else() {
    on_both(async |case| {
        let new = NewKey {
            categories: Some(CategorySet::of(&[Category::Products])),
            ..new_key("warehouse", Role::Admin)
        };
        let (key, secret) = case
            .storage
            .create_key(&case.scope(), new)
            .await
            .expect("a key");
        assert_eq!(key.categories, Some(CategorySet::of(&[Category::Products])));
        case.record(vec![
            activity("product.updated", 1),
            activity("coupon.created", 2),
        ])
        .await;
        let grant = granted_by(&case.storage, &secret).await.expect("valid");
        let scope = Scope::of_api_key(&grant);
        let rows = case.all_rows(&scope, "", 10).await;
        let seen: Vec<_> = rows.iter().map(|r| r.action.as_str()).collect();
        assert_eq!(seen, ["product.updated"]);
        assert!(rows[0].seq.is_none(), "what is hidden can't be counted");
        let record = async |action: &str| {
            let records = vec![Record::Activity(activity(action, 3))];
            let done = case.storage.recorder().record(&scope, records, None);
            done.await
        };
        assert!(record("product.created").await.is_ok());
        assert_eq!(code(record("coupon.created").await), Code::Forbidden);
        assert_eq!(code(record("cogs.updated").await), Code::Forbidden);
        for closed in [
            Permission::ManageUsers,
            Permission::ReadSecurity,
            Permission::ReadMessages,
            Permission::ManageKeys,
        ] {
            assert!(scope.require(closed).is_err(), "{closed}");
        }
        // What the role may and the categories don't is told from what the role may not.
        let refusal = scope.require(Permission::ManageUsers).expect_err("closed");
        assert!(
            refusal.message.contains("the key's categories"),
            "{refusal}"
        );
        // Records name the key's real role.
        assert_eq!(scope.actor().role.as_deref(), Some("admin"));
    });
}

#[test]
fn a_key_comes_only_from_its_networks_and_not_after_its_end() {
    on_both(async |case| {
        let now = case.ambient.clock.now();
        let new = NewKey {
            networks: vec![" 10.1.0.0/16 ".to_owned(), "2001:db8::/32".to_owned()],
            expires_at: Some(now + Duration::days(1)),
            ..new_key("webshop", Role::Admin)
        };
        let (_, secret) = case
            .storage
            .create_key(&case.scope(), new)
            .await
            .expect("a key");
        let ask = async |ip: &str| {
            let asked = case.storage.key_grant(&secret, &from(ip)).await;
            asked.expect("asked")
        };
        assert!(matches!(ask("10.1.2.3").await, KeyAccess::Granted(_)));
        assert!(matches!(
            ask("::ffff:10.1.2.3").await,
            KeyAccess::Granted(_)
        ));
        assert!(matches!(ask("2001:db8:7::1").await, KeyAccess::Granted(_)));
        for foreign in ["10.2.0.1", "2001:db9::1", "127.0.0.1"] {
            assert!(matches!(ask(foreign).await, KeyAccess::WrongNetwork));
        }
        assert!(
            granted_by(&case.storage, &secret).await.is_none(),
            "from nowhere"
        );
        case.pass(Duration::days(1));
        assert!(matches!(ask("10.1.2.3").await, KeyAccess::Ended));
        let reasons: Vec<_> = events(&case, "event:key.refused")
            .await
            .into_iter()
            .filter_map(|row| row.reason)
            .collect();
        assert_eq!(reasons, ["ended", "wrong_network"]);
    });
}

#[test]
fn a_rotated_key_works_with_both_secrets_until_the_overlap_ends() {
    on_both(async |case| {
        let (old, grant) = case.key(Role::Admin).await;
        let rotate = |hours| {
            let (storage, scope) = (case.storage.clone(), case.scope());
            async move { storage.rotate_key(&scope, grant.id, hours).await }
        };
        assert_eq!(code(rotate(721).await), Code::InvalidFields);
        let (view, new) = rotate(24).await.expect("rotated");
        assert!(new.starts_with(&view.prefix) && new != old);
        let works = async |secret: &str| granted_by(&case.storage, secret).await.is_some();
        assert!(works(&old).await && works(&new).await);
        case.pass(Duration::hours(24));
        assert!(!works(&old).await && works(&new).await);
        let (_, third) = rotate(0).await.expect("rotated");
        assert!(!works(&new).await && works(&third).await);
        case.storage
            .revoke_key(&case.scope(), grant.id)
            .await
            .expect("revoked");
        assert!(!works(&third).await);
        assert_eq!(code(rotate(1).await), Code::Conflict);
        assert_eq!(events(&case, "event:key.rotated").await.len(), 2);
    });
}

#[test]
fn a_key_from_a_new_address_is_noted_and_its_first_one_is_no_news() {
    on_both(async |case| {
        let (_, secret) = case
            .storage
            .create_key(&case.scope(), new_key("warehouse", Role::Manager))
            .await
            .expect("a key");
        for ip in ["192.0.2.8", "192.0.2.8", "192.0.2.240"] {
            case.pass(Duration::days(1));
            let asked = case.storage.key_grant(&secret, &from(ip)).await;
            assert!(matches!(asked, Ok(KeyAccess::Granted(_))));
        }
        let rows = events(&case, "event:key.new_address").await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].ip.as_deref(), Some("192.0.2.240"));
        assert_eq!(rows[0].details.as_ref().expect("numbers")["days"], 2);
    });
}

#[test]
fn wrong_bounds_are_refused_by_field() {
    on_both(async |case| {
        let now = case.ambient.clock.now();
        let good = || new_key("webshop", Role::Admin);
        for (wrong, field) in [
            (
                NewKey {
                    networks: vec!["10.0.0.0/99".to_owned()],
                    ..good()
                },
                "networks",
            ),
            (
                NewKey {
                    networks: vec!["1.2.3.4".to_owned(); 51],
                    ..good()
                },
                "networks",
            ),
            (
                NewKey {
                    expires_at: Some(now - Duration::days(1)),
                    ..good()
                },
                "expires_at",
            ),
            (
                NewKey {
                    categories: Some(CategorySet::EMPTY),
                    ..good()
                },
                "categories",
            ),
        ] {
            let made = case.storage.create_key(&case.scope(), wrong).await;
            let Err(storage::Error::Problem(problem)) = made else {
                panic!("{field}: {made:?}");
            };
            assert_eq!(problem.fields[0].pointer, field);
        }
    });
}
