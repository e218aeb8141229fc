//! Targets, and what they say before and after they are written to.

use crate::harness::{activity, code, idempotency, new_store, on_both, reference};
use crate::hook;
use crate::operation::{item, operation};
use crate::operation_part::asked;
use crate::operation_revert::{keep, overwrite};
use chrono::Duration;
use domain::Code;
use domain::hook::{HookState, Platform};
use domain::operation::revert::{Part, UNSEEN};
use domain::operation::target::{Target, TargetKind, TargetName};
use domain::operation::{Control, Operation, PlannedKind};
use serde_json::json;
use storage::{Error, ItemFilter, Scope, SeenField, Settled, Storage};

#[test]
fn what_a_target_says_is_seen_by_the_dry_run() {
    on_both(async |case| {
        let items = (1..=3).map(|n| item(&format!("p_{n}"), "price", json!(10), json!(8)));
        let id = case.ended("sale", items.collect()).await;
        let (scope, all) = (case.scope(), Part::Whole);
        let read = case.storage.fields_to_read(&scope, &id, &all, 2).await;
        let read = read.expect("read");
        assert_eq!((read.total, read.fields.len()), (3, 2));
        assert_eq!(read.fields[0].value, json!(8));
        let seen = [
            (read.fields[0].clone(), SeenField::Holds(json!(9))),
            (read.fields[1].clone(), SeenField::Gone),
        ];
        let noted = case.storage.note_seen(&scope, "my-shop", &seen).await;
        noted.expect("noted");
        let run = case.dry_run(&id, &keep()).await;
        let tally = run.tally;
        assert_eq!(
            (tally.restored, tally.changed_since, tally.missing),
            (1, 1, 1)
        );
        let since = run.conflicts[0].item.since.as_ref().expect("since");
        assert_eq!(since.by.name.as_deref(), Some("my-shop"));
        // What is believed to be gone is asked for again: it may have come back.
        let read = case.storage.fields_to_read(&scope, &id, &all, 10).await;
        let fields = read.expect("read").fields;
        let believed: Vec<_> = fields.iter().map(|f| (f.place, f.is_gone)).collect();
        assert_eq!(believed, [(1, false), (2, true), (3, false)]);
        // Still gone is no news, there again is.
        for (seen, missing) in [(SeenField::Gone, 1), (SeenField::Holds(json!(8)), 0)] {
            let seen = [(fields[1].clone(), seen)];
            let noted = case.storage.note_seen(&scope, "my-shop", &seen).await;
            noted.expect("noted");
            let run = case.dry_run(&id, &keep()).await;
            assert_eq!(run.tally.missing, missing);
        }
        case.verified().await;
    });
}

#[test]
fn what_a_target_held_instead_when_it_was_to_be_written_is_seen_by_the_next_dry_run() {
    on_both(async |case| {
        let scope = case.scope();
        let saved = case
            .storage
            .save_target(&scope, somewhere("my-shop"), Some(b"one".to_vec()));
        saved.await.expect("saved");
        let items = ["1", "2"].map(|id| item(id, "price", json!(120), json!(96)));
        let id = case.ended("sale", items.into()).await;
        let revert = case.revert(&id, &keep()).await;
        let batch = case.take_on(10).await.expect("a batch");
        let otherwise = |holds| Settled::Otherwise {
            holds,
            why: UNSEEN.to_owned(),
        };
        // The second says nothing new, it is spelled otherwise.
        let settled = [(1, otherwise(json!(66))), (2, otherwise(json!("96.00")))];
        let done = case.storage.settle_revert(&batch, &settled).await;
        done.expect("settled");
        let page = case
            .storage
            .list_items(&scope, &revert, ItemFilter::default(), None, 10)
            .await;
        let rows = page.expect("read").rows;
        let errors: Vec<_> = rows.iter().map(|row| row.error.as_deref()).collect();
        assert_eq!(errors, [Some(UNSEEN), Some(UNSEEN)]);

        let run = case.dry_run(&id, &keep()).await;
        assert_eq!((run.tally.restored, run.tally.changed_since), (1, 1));
        let conflict = &run.conflicts[0].item;
        assert_eq!(conflict.subject.id, "1");
        let since = conflict.since.as_ref().expect("since");
        assert_eq!(since.now, json!(66));
        assert_eq!(since.by.name.as_deref(), Some("my-shop"));
        // Overwritten, it is compared with what was seen.
        case.revert(&id, &overwrite()).await;
        let batch = case.take_on(10).await.expect("a batch");
        let first = &batch.items[0];
        assert_eq!((&first.now, &first.to), (&json!(66), &json!(120)));
        case.verified().await;
    });
}

#[test]
fn what_was_said_to_be_gone_and_is_heard_of_later_is_there() {
    on_both(async |case| {
        let items = ["p_1", "p_2"].map(|id| item(id, "price", json!(10), json!(8)));
        let id = case.ended("sale", items.into()).await;
        case.delete("p_1").await;
        case.delete("p_2").await;
        let run = case.dry_run(&id, &keep()).await;
        assert_eq!((run.tally.missing, run.tally.restored), (2, 0));
        case.edit("p_1", "title", json!("Shirt"), json!("Linen shirt"))
            .await;
        // What changed what would be done is noticed by who carries out the dry run.
        let started = case
            .storage
            .start_revert(&case.scope(), &id, &keep(), &Part::Whole, run.as_of)
            .await;
        assert_eq!(code(started), Code::Conflict);
        let run = case.dry_run(&id, &keep()).await;
        assert_eq!((run.tally.missing, run.tally.restored), (1, 1));
        let mut restored = activity("product.restored", 0);
        restored.occurred_at = case.ambient.clock.now();
        restored.subject = Some(reference("product", "p_2", "p_2"));
        case.record(vec![restored]).await;
        let run = case.dry_run(&id, &keep()).await;
        assert_eq!((run.tally.missing, run.tally.restored), (0, 2));
        // And it can go once more.
        case.delete("p_1").await;
        let run = case.dry_run(&id, &keep()).await;
        assert_eq!((run.tally.missing, run.tally.restored), (1, 1));
        case.verified().await;
    });
}

#[test]
fn a_value_that_is_spelled_otherwise_is_no_later_change() {
    on_both(async |case| {
        let items = vec![item("p_1", "price", json!(120), json!(96))];
        let id = case.ended("sale", items).await;
        case.edit("p_1", "price", json!(96), json!("96.00")).await;
        let run = case.dry_run(&id, &keep()).await;
        assert_eq!((run.tally.restored, run.tally.changed_since), (1, 0));
        let page = case
            .storage
            .list_items(&case.scope(), &id, ItemFilter::default(), None, 10)
            .await;
        assert!(page.expect("read").rows[0].since.is_none());
    });
}

#[test]
fn what_the_target_does_not_take_is_said_before_and_not_begun() {
    on_both(async |case| {
        let scope = case.scope();
        let saved = case
            .storage
            .save_target(&scope, somewhere("first"), Some(b"one".to_vec()));
        saved.await.expect("saved");
        let items = ["1", "p_1"].map(|id| item(id, "price", json!(10), json!(8)));
        let id = case.ended("sale", items.into()).await;
        let run = case.dry_run(&id, &keep()).await;
        assert_eq!((run.tally.restored, run.tally.impossible), (1, 1));
        let asked = asked(PlannedKind::Impossible, &Part::Whole, run.as_of, None, 10);
        let page = case.planned(&id, &asked).await;
        assert_eq!(page.rows.len(), 1);
        assert_eq!(page.rows[0].item.subject.id, "p_1");
        let why = page.rows[0].planned.why().expect("why");
        assert!(why.contains("p_1 is no id of Shopify"), "{why}");
        case.revert(&id, &keep()).await;
        let batch = case.take_on(10).await.expect("a batch");
        let subjects: Vec<&str> = batch.items.iter().map(|i| i.subject.id.as_str()).collect();
        assert_eq!(subjects, ["1"]);
    });
}

#[test]
fn what_a_shop_tells_of_a_products_variants_is_seen_by_the_dry_run_about_them() {
    on_both(async |case| {
        let shop = hook::connect(&case, Platform::Shopify, "linen").await;
        let tell = async |topic: &str, small: &str, large: &str| {
            let at = case.ambient.clock.now().to_rfc3339();
            let body = json!({"id": 7, "title": "Linen shirt", "created_at": at, "updated_at": at,
                "variants": [{"id": 11, "price": small, "sku": "S"}, {"id": 12, "price": large, "sku": "L"}]});
            hook::keep(&case, &shop, topic, topic, &body.to_string()).await;
            assert_eq!(hook::process(&case).await, [HookState::Done]);
        };
        tell("products/create", "129.00", "139.00").await;
        let items = [("11", "129.00"), ("12", "139.00")].map(|(id, before)| {
            let mut item = item(id, "price", json!(before), json!("96.00"));
            item.subject.kind = "variant".to_owned();
            item
        });
        let id = case.ended("sale", items.into()).await;
        case.pass(Duration::minutes(1));
        tell("products/update", "99.00", "96.00").await;
        let run = case.dry_run(&id, &keep()).await;
        assert_eq!((run.tally.restored, run.tally.changed_since), (1, 1));
        let conflict = &run.conflicts[0].item;
        assert_eq!(conflict.subject.id, "11");
        let since = conflict.since.as_ref().expect("since");
        assert_eq!(since.now, json!("99.00"));
        case.verified().await;
    });
}

#[test]
fn a_merged_list_says_what_it_held_and_holds() {
    on_both(async |case| {
        let tagged = item("p_1", "tags", json!(["a", "old"]), json!(["a", "sale"]));
        let id = case.ended("tags", vec![tagged]).await;
        let revert = case.revert(&id, &keep()).await;
        let batch = case.take_on(10).await.expect("a batch");
        let merged = Settled::Merged {
            before: json!(["a", "late", "sale"]),
            after: json!(["a", "late", "old"]),
        };
        let settled = [(1, merged)];
        let done = case.storage.settle_revert(&batch, &settled).await;
        done.expect("settled");
        let page = case
            .storage
            .list_items(&case.scope(), &revert, ItemFilter::default(), None, 10)
            .await;
        let row = page.expect("read").rows.remove(0);
        assert_eq!(row.before, Some(json!(["a", "late", "sale"])));
        // Taking the revert back leaves what others did, too.
        let again = case.revert(&revert, &keep()).await;
        let batch = case.take_on(10).await.expect("a batch");
        assert_eq!(
            (&batch.operation, &batch.items[0].to),
            (&again, &json!(["a", "late", "sale"]))
        );
    });
}

#[test]
fn a_target_keeps_its_secret_for_its_address() {
    on_both(async |case| {
        let scope = case.scope();
        let target = |name: &str, address: &str| Target {
            name: TargetName(name.to_owned()),
            kind: TargetKind::Shopify,
            address: address.to_owned(),
            version: None,
            key: None,
            is_default: false,
        };
        let save = |target: Target, sealed: Option<&[u8]>| {
            let sealed = sealed.map(<[u8]>::to_vec);
            case.storage.save_target(&scope, target, sealed)
        };
        let first = save(target("first", "https://a"), Some(b"one")).await;
        assert!(first.expect("saved").is_default, "the first one is");
        let second = Target {
            is_default: true,
            ..target("second", "https://b")
        };
        save(second, Some(b"two")).await.expect("saved");
        let found = case.storage.target_of(scope.store_id(), None).await;
        let found = found.expect("read").expect("there");
        assert_eq!(
            (found.target.name.0.as_str(), found.sealed),
            ("second", b"two".to_vec())
        );
        // Another address needs the secret anew; the same one doesn't.
        let moved = save(target("first", "https://c"), None).await;
        assert_eq!(code(moved), Code::InvalidFields);
        save(target("first", "https://a"), None)
            .await
            .expect("saved");
        let name = TargetName("first".to_owned());
        let found = case.storage.target_of(scope.store_id(), Some(&name)).await;
        assert_eq!(found.expect("read").expect("there").sealed, b"one");
        case.storage
            .delete_target(&scope, &name)
            .await
            .expect("gone");
        let again = case.storage.delete_target(&scope, &name).await;
        assert_eq!(code(again), Code::NotFound);
        assert_eq!(
            case.storage.list_targets(&scope).await.expect("read").len(),
            1
        );
        case.verified().await;
    });
}

/// A target that is somewhere.
fn somewhere(name: &str) -> Target {
    Target {
        name: TargetName(name.to_owned()),
        kind: TargetKind::Shopify,
        address: "https://a".to_owned(),
        version: None,
        key: None,
        is_default: false,
    }
}

#[test]
fn of_several_targets_made_at_once_no_more_are_kept_than_a_store_may_have() {
    on_both(async |case| {
        let scope = case.scope();
        // On PostgreSQL they are two nodes.
        let other = case.reopened().await;
        let save = async |storage: &Storage, name: &str| {
            let sealed = Some(b"one".to_vec());
            storage.save_target(&scope, somewhere(name), sealed).await
        };
        for number in 1..=19 {
            let saved = save(&case.storage, &format!("t-{number}")).await;
            saved.expect("saved");
        }
        let answers = tokio::join!(
            save(&case.storage, "a"),
            save(&other, "b"),
            save(&case.storage, "c"),
            save(&other, "d")
        );
        let answers = [answers.0, answers.1, answers.2, answers.3];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for refused in answers.into_iter().filter(Result::is_err) {
            assert_eq!(code(refused), Code::Conflict);
        }
        let kept = case.storage.list_targets(&scope).await.expect("read");
        assert_eq!(kept.len(), 20);
        assert_eq!(kept.iter().filter(|target| target.is_default).count(), 1);
        // Those that there are can be changed all the same.
        let moved = Target {
            is_default: true,
            ..somewhere("t-7")
        };
        let saved = case.storage.save_target(&scope, moved, None).await;
        assert!(saved.expect("saved").is_default);
        case.verified().await;
    });
}

#[test]
fn no_other_target_takes_the_place_of_the_default_one() {
    on_both(async |case| {
        let scope = case.scope();
        for name in ["first", "second"] {
            let sealed = Some(b"one".to_vec());
            let saved = case.storage.save_target(&scope, somewhere(name), sealed);
            saved.await.expect("saved");
        }
        let first = TargetName("first".to_owned());
        let gone = case.storage.delete_target(&scope, &first).await;
        gone.expect("gone");
        let store = scope.store_id();
        let default = case.storage.target_of(store, None).await.expect("read");
        assert!(default.is_none());
        assert!(case.storage.has_targets(store).await.expect("read"));
        let second = TargetName("second".to_owned());
        let gone = case.storage.delete_target(&scope, &second).await;
        gone.expect("gone");
        assert!(!case.storage.has_targets(store).await.expect("read"));
    });
}

#[test]
fn an_operation_names_a_target_that_is_there() {
    on_both(async |case| {
        let scope = case.scope();
        let named = |id: &str, target: &str| Operation {
            target: Some(TargetName(target.to_owned())),
            ..operation(&case, id, None)
        };
        let open = async |id: &str, target: &str, key: Option<&str>| {
            let key = key.map(|key| idempotency(key, 1));
            let opened = case.storage.open_operation(&scope, named(id, target), key);
            opened.await
        };
        for key in [None, Some("open-1")] {
            let Err(Error::Problem(problem)) = open("sale", "first", key).await else {
                panic!("a target that is not there is taken");
            };
            assert_eq!(problem.code, Code::InvalidFields);
            assert_eq!(problem.fields[0].pointer, "/target");
            assert_eq!(problem.fields[0].code, "not_found");
        }
        let saved = case
            .storage
            .save_target(&scope, somewhere("first"), Some(b"one".to_vec()));
        saved.await.expect("saved");
        open("sale", "first", None).await.expect("opened");
        // Another store's is none of this one's.
        let wool = storage::NewStore {
            name: "Wool".to_owned(),
            ..new_store()
        };
        let wool = case.storage.create_store(wool).await.expect("made");
        let other = Scope::system("test", wool);
        let elsewhere = case
            .storage
            .open_operation(&other, named("sale", "first"), None);
        assert_eq!(code(elsewhere.await), Code::InvalidFields);
        // Opened again as it is, it stands, whatever became of the target.
        let name = TargetName("first".to_owned());
        let gone = case.storage.delete_target(&scope, &name).await;
        gone.expect("gone");
        open("sale", "first", None).await.expect("as it stands");
        assert_eq!(
            code(open("other", "first", None).await),
            Code::InvalidFields
        );
        case.verified().await;
    });
}

#[test]
fn what_waits_for_a_target_goes_on_once_a_person_mended_it() {
    on_both(async |case| {
        let scope = case.scope();
        let items = (1..=4).map(|n| item(&format!("p_{n}"), "price", json!(10), json!(8)));
        let id = case.ended("sale", items.collect()).await;
        let revert = case.revert(&id, &keep()).await;
        let wait = async || {
            let batch = case.take_on(2).await.expect("a batch");
            let retry_at = case.ambient.clock.now() + Duration::minutes(30);
            let held = case.storage.hold_revert(&batch, retry_at).await;
            held.expect("held");
            let postponed = case.storage.postpone_revert(&batch, retry_at, "503").await;
            postponed.expect("postponed");
            assert!(case.take_on(2).await.is_none(), "the others wait with it");
            let found = case.storage.get_operation(&scope, &revert).await;
            let told = found.expect("read").expect("there").retry_at;
            assert_eq!(told, Some(retry_at), "it is said when it is tried again");
        };
        wait().await;
        let resumed = case
            .storage
            .ask_operation(&scope, &revert, Control::Resume)
            .await;
        resumed.expect("it goes on");
        let found = case.storage.get_operation(&scope, &revert).await;
        assert_eq!(found.expect("read").expect("there").retry_at, None);
        wait().await;
        let saved = case
            .storage
            .save_target(&scope, somewhere("mended"), Some(b"one".to_vec()))
            .await;
        saved.expect("saved");
        assert!(case.take_on(2).await.is_some(), "it is tried at once");
    });
}
