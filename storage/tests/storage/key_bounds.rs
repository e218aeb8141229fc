//! Keys with bounds: categories, networks, an end, and a new secret beside the old one.

use crate::harness::{activity, code, on_both, start};
use crate::message_kit::input;
use crate::people::{granted_by, new_key};
use crate::sign_in::{events, from};
use chrono::Duration;
use domain::message::{Channel, DeliveryFact, FactKind};
use domain::view::NewKey;
use domain::{
    Activity, ActivityId, Category, CategorySet, Change, Code, CustomerUpsert, OrderUpsert,
    Outcome, Permission, Role,
};
use serde_json::{Value, json};
use storage::record::Record;
use storage::{KeyAccess, KeyGrant, Scope};

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
        assert_eq!(scope.denial(Some(Permission::ManageUsers)), "categories");
        let beyond = Permission::ManageSuperAdmins;
        assert_eq!(scope.denial(Some(beyond)), "role");
        // A role that ships can't be changed.
        let refusal = scope.require(beyond).expect_err("closed");
        assert!(refusal.message.contains("another role"), "{refusal}");
        // Records name the key's real role.
        assert_eq!(scope.actor().role.as_deref(), Some("admin"));
    });
}

#[test]
fn a_key_for_some_categories_writes_nothing_of_others() {
    on_both(async |case| {
        let new = NewKey {
            categories: Some(CategorySet::of(&[Category::Products])),
            ..new_key("warehouse", Role::Admin)
        };
        let made = case.storage.create_key(&case.scope(), new).await;
        let (_, secret) = made.expect("a key");
        let grant = granted_by(&case.storage, &secret).await.expect("valid");
        let scope = Scope::of_api_key(&grant);
        let record = async |record: Record| {
            let recorder = case.storage.recorder();
            recorder.record(&scope, vec![record], None).await
        };
        let pending = |action: &str| Activity {
            outcome: Outcome::Pending,
            ..activity(action, 1)
        };
        let own_and_foreign = vec![pending("product.updated"), pending("coupon.created")];
        let receipts = case.record(own_and_foreign).await;
        let ended = |at: usize| Record::Outcome {
            activity: ActivityId(receipts[at].id),
            outcome: Outcome::Success,
            error: None,
            occurred_at: start() + Duration::minutes(2),
        };
        // Before and after it ended: what can't be read isn't there.
        assert_eq!(code(record(ended(1)).await), Code::NotFound);
        let id = ActivityId(receipts[1].id);
        let by_another = case.end(id, Outcome::Failed, None).await;
        by_another.expect("ended");
        assert_eq!(code(record(ended(1)).await), Code::NotFound);
        assert!(record(ended(0)).await.is_ok());

        let order = Record::Order {
            number: "1042".to_owned(),
            order: OrderUpsert::read(&json!({"status": "paid"})).expect("an order"),
        };
        assert_eq!(code(record(order).await), Code::Forbidden);
        let customer = Record::Customer {
            id: "c_9".to_owned(),
            customer: CustomerUpsert::read(&json!({"name": "Noura"})).expect("a customer"),
        };
        assert_eq!(code(record(customer).await), Code::Forbidden);

        let mail = input(&case, Channel::Email, "noura@mail.example", "Parcel");
        let message = case.send(mail).await;
        let fact = DeliveryFact {
            at: start(),
            attempt: None,
            kind: FactKind::Received,
        };
        let told = case.storage.message_event(&scope, message, fact).await;
        assert_eq!(code(told), Code::Forbidden);
        let mut elsewhere = input(&case, Channel::Email, "noura@mail.example", "Elsewhere");
        elsewhere.message.is_recorded = true;
        let recorded = case.storage.send_messages(&scope, vec![elsewhere], None);
        assert_eq!(code(recorded.await), Code::Forbidden);
    });
}

/// That the grant of a refused key says whose it is and nothing else.
fn opens_nothing(grant: &KeyGrant) {
    let scope = Scope::of_api_key(grant);
    let actor = scope.actor();
    assert_eq!(actor.name.as_deref(), Some("webshop"));
    assert_eq!(actor.role.as_deref(), Some("admin"));
    for closed in [Permission::Record, Permission::ManageKeys] {
        assert!(scope.require(closed).is_err(), "{closed}");
    }
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
            let KeyAccess::WrongNetwork(grant) = ask(foreign).await else {
                panic!("{foreign} is let in");
            };
            opens_nothing(&grant);
        }
        assert!(
            granted_by(&case.storage, &secret).await.is_none(),
            "from nowhere"
        );
        case.pass(Duration::days(1));
        let KeyAccess::Ended(grant) = ask("10.1.2.3").await else {
            panic!("let in after its end");
        };
        opens_nothing(&grant);
        let refused = events(&case, "event:key.refused").await;
        let told: Vec<_> = refused
            .iter()
            .map(|row| (row.reason.as_deref().unwrap_or(""), row.ip.as_deref()))
            .collect();
        let expected = [
            ("ended", Some("10.1.2.3")),
            ("wrong_network", None),
            ("wrong_network", Some("127.0.0.1")),
            ("wrong_network", Some("2001:db9::1")),
            ("wrong_network", Some("10.2.0.1")),
        ];
        assert_eq!(told, expected);
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
fn to_what_a_key_is_narrowed_and_how_long_its_old_secret_works_is_on_record() {
    on_both(async |case| {
        let scope = case.scope();
        let ends = case.ambient.clock.now() + Duration::days(30);
        let new = NewKey {
            categories: Some(CategorySet::of(&[Category::Coupons])),
            networks: ["10.0.0.0/8", "127.0.0.1", " 10.0.0.0/8", "127.0.0.1/32"]
                .map(str::to_owned)
                .into(),
            expires_at: Some(ends),
            ..new_key("coupons", Role::Admin)
        };
        let made = case.storage.create_key(&scope, new).await;
        let (key, _) = made.expect("a key");
        let changes_of = async |event: &str| {
            let row = events(&case, &format!("event:{event}")).await.remove(0);
            let detail = case.storage.get_security(&scope, row.id).await;
            told(detail.expect("read").expect("there").event.changes)
        };
        let limits = [
            ("categories".to_owned(), json!(["coupons"])),
            ("networks".to_owned(), json!(["10.0.0.0/8", "127.0.0.1"])),
            ("expires_at".to_owned(), json!(ends)),
        ];
        let changes = changes_of("key.created").await;
        assert_eq!(changes[0], ("role".to_owned(), json!("admin")));
        assert_eq!(changes[1..], limits);
        let q = "action:settings.updated subject:api_key";
        let row = case.all_rows(&scope, q, 10).await.remove(0);
        let detail = case.storage.get_activity(&scope, row.id).await;
        let detail = detail.expect("read").expect("there");
        // Made, not changed.
        assert_eq!(detail.changes, []);
        let limits = serde_json::Map::from_iter(limits);
        assert_eq!(detail.details, Some(limits.into()));

        let rotated = case.storage.rotate_key(&scope, key.id, 24).await;
        rotated.expect("rotated");
        let overlap = ("overlap_hours".to_owned(), json!(24));
        assert_eq!(changes_of("key.rotated").await, [overlap]);
    });
}

/// What each field was changed to.
fn told(changes: Vec<Change>) -> Vec<(String, Value)> {
    let changes = changes.into_iter();
    changes.map(|change| (change.field, change.after)).collect()
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
