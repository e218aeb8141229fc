//! Retention: what a rule lets go is confirmed before, goes once a day, and is told apart from what people erased.

use crate::export::all;
use crate::harness::{Case, activity, code, on_both};
use crate::message_kit::input;
use crate::operation::item;
use crate::operation_part::asked;
use crate::operation_revert::keep;
use chrono::Duration;
use domain::export::Source;
use domain::message::Channel;
use domain::operation::PlannedKind;
use domain::operation::revert::Part;
use domain::view::{ErasureCause, ErasureRow, ErasureStatus, RetentionRule};
use domain::{Category, CategorySet, Code, ErasureId};
use serde_json::json;
use storage::{Error, SeenField, Storage};

pub fn rule(category: Category, content: Option<u32>, metadata: Option<u32>) -> RetentionRule {
    RetentionRule {
        source: Source::Activity,
        category: Some(category),
        content_days: content,
        metadata_days: metadata,
    }
}

impl Case {
    async fn by_rule(&self) -> Vec<ErasureRow> {
        let cause = Some(ErasureCause::Retention);
        let scope = self.scope();
        let rows = self.storage.list_erasures_of(&scope, cause, None);
        rows.await.expect("read")
    }

    /// Saves rules by which nothing goes yet.
    async fn rules(&self, rules: Vec<RetentionRule>) {
        let scope = self.scope();
        let saved = self.storage.save_retention(&scope, rules, None);
        saved.await.expect("saved");
    }

    /// Saves rules and lets go what is due by them.
    pub async fn let_go(&self, rules: Vec<RetentionRule>) {
        let scope = self.scope();
        let due = self.storage.count_due(&scope, &rules).await;
        let saved = self
            .storage
            .save_retention(&scope, rules, Some(due.expect("counted")));
        saved.await.expect("saved");
        round(&self.storage).await;
    }
}

async fn round(storage: &Storage) {
    while storage.retention_step().await.expect("a step") {}
}

#[test]
fn rules_by_which_something_goes_at_once_are_saved_with_its_number() {
    on_both(async |case| {
        let scope = case.scope();
        case.record((0..5).map(|n| activity("product.updated", n)).collect())
            .await;
        let mut both = activity("product.counted", 9);
        both.action.categories = CategorySet::of(&[Category::Products, Category::Inventory]);
        case.record(vec![both]).await;
        case.pass(Duration::days(40));
        case.record(vec![activity("product.updated", 60 * 24 * 39)])
            .await;
        let rules = vec![
            rule(Category::Products, Some(10), Some(30)),
            rule(Category::Inventory, None, None),
        ];
        let due = async || {
            let due = case.storage.count_due(&scope, &rules).await;
            due.expect("counted")
        };
        // The one that is also of another category is kept for ever with that.
        assert_eq!(due().await, 5);
        for confirmed in [None, Some(4)] {
            let saved = case
                .storage
                .save_retention(&scope, rules.clone(), confirmed)
                .await;
            match saved {
                Err(Error::Problem(problem)) => {
                    assert_eq!(problem.fields[0].pointer, "/confirmed");
                    assert!(problem.fields[0].message.contains('5'), "{problem:?}");
                }
                other => panic!("not refused: {other:?}"),
            }
        }
        round(&case.storage).await;
        assert!(case.by_rule().await.is_empty());
        case.storage
            .add_holds(&scope, &[Source::Activity], "subject:product/p_1", "a case")
            .await
            .expect("held");
        assert_eq!(due().await, 4);
        let preview = case.storage.preview_retention(&scope, &rules).await;
        let preview = preview.expect("told");
        assert_eq!(
            (preview[0].content_due.count, preview[0].metadata_due.count),
            (4, 4)
        );
        // Fewer than were confirmed are no reason to refuse.
        let saved = case.storage.save_retention(&scope, rules.clone(), Some(5));
        saved.await.expect("saved");
        assert_eq!(due().await, 0, "these rules are in force");
        round(&case.storage).await;
        assert_eq!(case.by_rule().await[0].report.activities, 4);
        assert_eq!(case.count(&scope, "category:products").await, 3);
        let preview = case.storage.preview_retention(&scope, &rules).await;
        assert_eq!(preview.expect("told")[0].metadata_due.count, 0);
        let manager = case.member("Mona", domain::Role::Manager).await.scope;
        let refused = case.storage.count_due(&manager, &rules).await;
        assert_eq!(code(refused), Code::Forbidden);
        case.verified().await;
    });
}

#[test]
fn a_rule_has_something_to_let_go_once_a_day() {
    on_both(async |case| {
        let scope = case.scope();
        // From noon to two o'clock in Riyadh.
        case.record([0, 60, 120].map(|n| activity("product.updated", n)).into())
            .await;
        case.rules(vec![rule(Category::Products, None, Some(10))])
            .await;
        case.pass(Duration::days(10) + Duration::minutes(70));
        round(&case.storage).await;
        assert!(case.by_rule().await.is_empty(), "that day is not over");
        case.pass(Duration::hours(12));
        for _ in 0..3 {
            round(&case.storage).await;
            case.pass(Duration::minutes(10));
        }
        let rows = case.by_rule().await;
        assert_eq!((rows.len(), rows[0].report.activities), (1, 3));

        case.record(vec![activity("coupon.created", 60 * 24 * 10)])
            .await;
        let coupons = all(Source::Activity, "action:coupon.created");
        let asked = case.storage.request_erasure(&scope, coupons, "asked", 1);
        let asked = asked.await.expect("asked for");
        case.work().await;
        let listed =
            async |cause: Option<ErasureCause>, before: Option<ErasureId>| -> Vec<ErasureId> {
                let rows = case.storage.list_erasures_of(&scope, cause, before).await;
                rows.expect("read").into_iter().map(|row| row.id).collect()
            };
        assert_eq!(listed(None, None).await, [asked.id, rows[0].id]);
        assert_eq!(listed(None, Some(asked.id)).await, [rows[0].id]);
        assert!(listed(None, Some(rows[0].id)).await.is_empty());
        let selected = Some(ErasureCause::Selection);
        assert_eq!(listed(selected, None).await, [asked.id]);
        let people = listed(Some(ErasureCause::Person), None).await;
        assert!(people.is_empty());
    });
}

#[test]
fn a_message_that_waits_to_be_sent_is_kept_until_it_was() {
    on_both(async |case| {
        let scope = case.scope();
        let mut scheduled = input(&case, Channel::Email, "noura@mail.example", "Parcel");
        scheduled.send_at = Some(case.ambient.clock.now() + Duration::days(60));
        let scheduled = case.send(scheduled).await;
        let mut stopped = input(&case, Channel::Email, "noura@mail.example", "Stopped");
        stopped.hold_seconds = Some(10);
        let stopped = case.send(stopped).await;
        let done = case.storage.stop_message(&scope, stopped).await;
        done.expect("stopped");
        case.pass(Duration::days(40));
        for content_days in [Some(10), None] {
            let rules = vec![RetentionRule {
                source: Source::Messages,
                category: None,
                content_days,
                metadata_days: Some(30),
            }];
            let preview = case.storage.preview_retention(&scope, &rules).await;
            let due = preview.expect("told")[0].metadata_due.count;
            // One that was stopped waits for nobody.
            assert_eq!(due, u64::from(content_days.is_some()));
            case.let_go(rules).await;
            let gone = case.storage.get_message(&scope, stopped).await;
            assert!(gone.expect("read").is_none());
            let kept = case.message(scheduled).await;
            assert_eq!(kept.message.text.as_deref(), Some("Parcel"));
        }
        case.pass(Duration::days(21));
        case.hand_over().await;
        round(&case.storage).await;
        let gone = case.storage.get_message(&scope, scheduled).await;
        assert!(gone.expect("read").is_none());
        case.verified().await;
    });
}

#[test]
fn what_another_node_lets_go_is_ended_only_when_its_lease_ran_out() {
    on_both(async |case| {
        case.rules(vec![rule(Category::Products, None, Some(10))])
            .await;
        let scope = case.scope();
        case.record((0..150).map(|n| activity("product.updated", n)).collect())
            .await;
        case.record(vec![activity("coupon.created", 1)]).await;
        case.pass(Duration::days(20));
        let another = case.reopened().await;
        assert!(case.storage.retention_step().await.expect("a step"));
        let first = case.by_rule().await[0].id;
        // It is nobody else's to go on with either.
        let claimed = case.storage.claim_erasure(Duration::minutes(5)).await;
        assert!(claimed.expect("asked").is_none());
        round(&another).await;
        let status = async |id: ErasureId| -> ErasureStatus {
            let rows = case.by_rule().await;
            let row = rows.iter().find(|row| row.id == id);
            row.expect("there").status
        };
        assert_eq!(status(first).await, ErasureStatus::Running);
        round(&case.storage).await;
        assert_eq!(status(first).await, ErasureStatus::Completed);
        assert_eq!(case.count(&scope, "category:products").await, 0);

        case.record((0..250).map(|n| activity("product.updated", n)).collect())
            .await;
        assert!(case.storage.retention_step().await.expect("a step"));
        let second = case.by_rule().await[0].id;
        assert_ne!(second, first);
        case.pass(Duration::minutes(6));
        assert!(another.retention_step().await.expect("a step"));
        assert_eq!(status(second).await, ErasureStatus::Completed);
        round(&case.storage).await;
        round(&another).await;
        assert_eq!(case.count(&scope, "category:products").await, 0);
        let rows = case.by_rule().await;
        let sum: u64 = rows.iter().map(|row| row.report.activities).sum();
        assert_eq!(sum, 400);
        case.verified().await;
    });
}

#[test]
fn what_a_revert_would_lose_is_said_before_and_what_it_lost_by_its_dry_run() {
    on_both(async |case| {
        let scope = case.scope();
        let items = (1..=4).map(|n| item(&format!("p_{n}"), "price", json!(10), json!(8)));
        let id = case.ended("sale", items.collect()).await;
        // Of another operation nothing is lost.
        let title = item("p_1", "title", json!("Shirt"), json!("Linen shirt"));
        case.ended("titles", vec![title]).await;
        case.edit("p_1", "price", json!(8), json!(9)).await;
        case.delete("p_2").await;
        case.edit("p_4", "price", json!(8), json!(7)).await;
        case.pass(Duration::days(40));
        let rules = |content, metadata| vec![rule(Category::Products, Some(content), metadata)];
        let reverts = async |rules: Vec<RetentionRule>| {
            let told = case.storage.preview_retention(&scope, &rules).await;
            told.expect("told")[0].reverts
        };
        assert_eq!(reverts(rules(60, None)).await, 0);
        assert_eq!(reverts(rules(10, None)).await, 1);
        let tally = case.dry_run(&id, &keep()).await.tally;
        assert_eq!((tally.restored, tally.forgotten), (1, 0));
        assert_eq!((tally.changed_since, tally.missing), (2, 1));

        // The line that is left still says that a thing is gone.
        case.let_go(rules(10, None)).await;
        let run = case.dry_run(&id, &keep()).await;
        assert_eq!((run.tally.restored, run.tally.forgotten), (3, 2));
        assert_eq!((run.tally.changed_since, run.tally.missing), (0, 1));
        let forgotten = asked(PlannedKind::Forgotten, &Part::Whole, run.as_of, None, 10);
        let page = case.planned(&id, &forgotten).await;
        let places: Vec<u64> = page.rows.iter().map(|row| row.item.place).collect();
        assert_eq!(places, [1, 4]);

        // What the target says of them is known again, whether it is news or not.
        let read = case
            .storage
            .fields_to_read(&scope, &id, &Part::Whole, 10)
            .await;
        let fields = read.expect("read").fields;
        let seen = [
            (fields[0].clone(), SeenField::Holds(json!(8))),
            (fields[3].clone(), SeenField::Holds(json!(7))),
        ];
        let noted = case.storage.note_seen(&scope, "my-shop", &seen).await;
        noted.expect("noted");
        let tally = case.dry_run(&id, &keep()).await.tally;
        assert_eq!((tally.restored, tally.forgotten), (2, 0));
        assert_eq!((tally.changed_since, tally.missing), (1, 1));

        // That a thing is gone goes with the line.
        assert_eq!(reverts(rules(10, None)).await, 0);
        assert_eq!(reverts(rules(10, Some(20))).await, 1);
        case.let_go(rules(10, Some(20))).await;
        let tally = case.dry_run(&id, &keep()).await.tally;
        assert_eq!((tally.restored, tally.missing), (3, 0));
        assert_eq!(reverts(rules(10, Some(20))).await, 0);
        case.verified().await;
    });
}

#[test]
fn what_a_revert_writes_of_what_nothing_is_kept_of_is_compared_with_what_was_written() {
    on_both(async |case| {
        let items = vec![item("p_1", "price", json!(10), json!(8))];
        let id = case.ended("sale", items).await;
        case.edit("p_1", "price", json!(8), json!(9)).await;
        case.pass(Duration::days(40));
        case.let_go(vec![rule(Category::Products, Some(10), None)])
            .await;
        case.revert(&id, &keep()).await;
        let batch = case.take_on(10).await.expect("a batch");
        assert_eq!(
            (&batch.items[0].now, &batch.items[0].to),
            (&json!(8), &json!(10))
        );
    });
}
