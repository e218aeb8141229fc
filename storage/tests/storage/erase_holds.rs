//! Legal holds that are set while something is being erased: what they cover by then stays.

use crate::erase::people;
use crate::erase_retention::rule;
use crate::export::all;
use crate::harness::{Case, activity, on_both, reference};
use crate::message_kit::input;
use crate::operation::item;
use chrono::Duration;
use domain::export::Source;
use domain::message::Channel;
use domain::view::{ErasureRow, ErasureStatus};
use domain::{Category, ErasureId};
use serde_json::json;
use std::sync::{Arc, Mutex};
use storage::{Ambient, Entropy, ItemFilter, Storage};

/// A log and what is to be held in it.
type Hold = Arc<Mutex<Option<(Source, &'static str)>>>;

/// Another node on the same database that erases. The ledger entry of a step takes randomness: by then the step has read
/// what to keep and what is to go, and has deleted nothing.
struct Node {
    storage: Storage,
    next: Hold,
}

impl Node {
    async fn of(case: &Case) -> Self {
        let next = Hold::default();
        let waiting = next.clone();
        let (storage, scope) = (case.storage.clone(), case.scope());
        let random = case.ambient.entropy.clone();
        let entropy = Entropy::new(move |bytes| {
            let due = waiting.lock().expect("not poisoned").take();
            if let Some((source, q)) = due {
                let sources = [source];
                let held = storage.add_holds(&scope, &sources, q, "a case");
                let held = tokio::task::block_in_place(|| {
                    tokio::runtime::Handle::current().block_on(held)
                });
                held.expect("held");
            }
            for byte in bytes {
                *byte = random.bytes::<1>()[0];
            }
        });
        let ambient = Ambient {
            clock: case.ambient.clock.clone(),
            entropy,
        };
        let exports = case.storage.export_folder().expect("a folder");
        let folder = exports.parent().expect("a folder");
        let storage = Storage::open_in(&case.url, ambient, folder)
            .await
            .expect("it opens again");
        Self { storage, next }
    }

    /// Holds what a query finds as soon as the next step is about to delete something.
    fn hold_next(&self, source: Source, q: &'static str) {
        *self.next.lock().expect("not poisoned") = Some((source, q));
    }

    /// That the hold was set.
    fn has_held(&self) -> bool {
        self.next.lock().expect("not poisoned").is_none()
    }

    /// Does what waits to be erased.
    async fn work(&self) {
        let lease = Duration::minutes(5);
        while let Some(job) = self.storage.claim_erasure(lease).await.expect("claimed") {
            while !self
                .storage
                .erase_step(&job)
                .await
                .expect("a step")
                .is_finished
            {}
        }
    }
}

async fn completed(case: &Case, id: ErasureId) -> ErasureRow {
    let rows = case.storage.list_erasures(&case.scope()).await;
    let rows = rows.expect("read");
    let row = rows.into_iter().find(|row| row.id == id).expect("there");
    assert_eq!(row.status, ErasureStatus::Completed, "{:?}", row.error);
    row
}

#[test]
fn what_is_held_between_two_steps_stays() {
    on_both(async |case| {
        let scope = case.scope();
        case.record((0..60).map(|n| activity("product.updated", n)).collect())
            .await;
        let q = "action:product.updated";
        let selection = all(Source::Activity, q);
        let asked = case
            .storage
            .request_erasure(&scope, selection, "asked", 60)
            .await
            .expect("asked for");
        let job = case.storage.claim_erasure(Duration::minutes(5)).await;
        let job = job.expect("claimed").expect("one waits");
        let first = case.storage.erase_step(&job).await.expect("a step");
        assert!(!first.is_finished && first.done > 0, "{first:?}");
        case.storage
            .add_holds(&scope, &[Source::Activity], q, "a case")
            .await
            .expect("held");
        while !case
            .storage
            .erase_step(&job)
            .await
            .expect("a step")
            .is_finished
        {}
        let row = completed(&case, asked.id).await;
        assert_eq!(row.report.activities, first.done);
        assert_eq!(row.held, 60 - first.done);
        assert_eq!(case.count(&scope, q).await as u64, row.held);
        case.verified().await;
    });
}

#[test]
fn what_is_held_after_a_step_looked_at_it_stays() {
    on_both(async |case| {
        let scope = case.scope();
        case.record((0..6).map(|n| activity("product.updated", n)).collect())
            .await;
        for to in ["noura@mail.example", "basma@mail.example"] {
            case.send(input(&case, Channel::Email, to, "Parcel")).await;
        }
        let node = Node::of(&case).await;
        for (source, q, typed, held) in [
            (
                Source::Activity,
                "action:product.updated",
                6,
                "subject:product/p_3",
            ),
            (Source::Messages, "", 2, "to:noura@mail.example"),
        ] {
            let asked = case
                .storage
                .request_erasure(&scope, all(source, q), "asked", typed)
                .await
                .expect("asked for");
            node.hold_next(source, held);
            node.work().await;
            assert!(node.has_held(), "{source}");
            let row = completed(&case, asked.id).await;
            let erased = row.report.activities + row.report.messages;
            assert_eq!((erased, row.held), (typed - 1, 1), "{source}");
        }
        assert_eq!(case.count(&scope, "action:product.updated").await, 1);
        assert_eq!(case.count(&scope, "subject:product/p_3").await, 1);
        assert_eq!(case.found(&scope, "to:noura@mail.example").await.len(), 1);
        assert_eq!(case.found(&scope, "to:basma@mail.example").await.len(), 0);
        case.verified().await;
    });
}

#[test]
fn what_is_held_after_retention_looked_at_it_stays() {
    on_both(async |case| {
        let scope = case.scope();
        case.record((0..5).map(|n| activity("product.updated", n)).collect())
            .await;
        case.pass(Duration::days(40));
        let rules = vec![rule(Category::Products, None, Some(30))];
        let saved = case.storage.save_retention(&scope, rules, Some(5)).await;
        saved.expect("saved");
        let node = Node::of(&case).await;
        node.hold_next(Source::Activity, "subject:product/p_3");
        // What a step was refused is found again by the next round.
        for left in [5, 1] {
            while node.storage.retention_step().await.expect("a step") {}
            assert!(node.has_held());
            assert_eq!(case.count(&scope, "action:product.updated").await, left);
        }
        assert_eq!(case.count(&scope, "subject:product/p_3").await, 1);
        case.verified().await;
    });
}

#[test]
fn what_is_held_while_a_person_is_erased_stays_and_keeps_the_customer() {
    on_both(async |case| {
        let scope = people(&case).await;
        let node = Node::of(&case).await;
        let found = case.storage.person_found(&scope, "c_71").await;
        let to_type = found.expect("read").expect("known").to_type;
        let asked = case
            .storage
            .request_person_erasure(&scope, "c_71", "asked by mail", to_type)
            .await
            .expect("asked for");
        node.hold_next(Source::Messages, "to:noura.q@mail.example");
        node.work().await;
        assert!(node.has_held());
        let row = completed(&case, asked.id).await;
        assert_eq!((row.report.messages, row.held), (0, 1));
        assert!(row.report.keeps_customer);
        let sent = case.found(&scope, "to:noura.q@mail.example").await;
        assert_eq!(sent.len(), 1);
        let customer = case.storage.customer_page(&scope, "c_71").await;
        assert!(customer.expect("read").is_some());
        case.verified().await;
    });
}

#[test]
fn an_item_that_is_held_after_the_walk_looked_at_it_stays() {
    on_both(async |case| {
        let scope = case.scope();
        let mut tagged = item("c_90", "tags", json!([]), json!(["vip"]));
        tagged.subject = reference("customer", "c_90", "Huda Faris");
        let other = item("p_1", "price", json!(10), json!(8));
        let done = case.ended("vip", vec![tagged, other]).await;
        let node = Node::of(&case).await;
        // Nothing but the item is about them: it is the first that would go.
        let asked = case
            .storage
            .request_person_erasure(&scope, "c_90", "asked by mail", 0)
            .await
            .expect("asked for");
        node.hold_next(Source::Activity, "action:operation.item");
        node.work().await;
        assert!(node.has_held());
        let row = completed(&case, asked.id).await;
        assert!(row.report.keeps_customer);
        let page = case
            .storage
            .list_items(&scope, &done, ItemFilter::default(), None, 10)
            .await
            .expect("read");
        let left = page.rows.iter().map(|row| row.subject.id.as_str());
        let left: Vec<&str> = left.collect();
        assert_eq!(left.len(), 2, "{left:?}");
        case.verified().await;
    });
}

/// However an erasure at work and a new hold meet: what was there when the hold was set stays.
#[test]
fn a_hold_that_is_set_while_an_erasure_works_keeps_what_is_left() {
    on_both(async |case| {
        let q = "action:product.updated";
        case.record((0..300).map(|n| activity("product.updated", n)).collect())
            .await;
        let scope = case.scope();
        case.storage
            .request_erasure(&scope, all(Source::Activity, q), "asked", 300)
            .await
            .expect("asked for");
        let job = case.storage.claim_erasure(Duration::minutes(5)).await;
        let job = job.expect("claimed").expect("one waits");
        let first = case.storage.erase_step(&job).await.expect("a step");
        assert!(!first.is_finished);
        let erasing = async {
            loop {
                let step = case.storage.erase_step(&job).await.expect("a step");
                if step.is_finished {
                    return step.done;
                }
            }
        };
        let holding = async {
            let set = case
                .storage
                .add_holds(&scope, &[Source::Activity], q, "court order");
            let id = set.await.expect("held").remove(0).id;
            (id, case.count(&scope, q).await)
        };
        let (done, (hold, left)) = tokio::join!(erasing, holding);
        assert_eq!(case.count(&scope, q).await, left);
        assert_eq!(done, 300);
        let rows = case.storage.list_erasures(&scope).await.expect("read");
        assert_eq!(rows[0].status, ErasureStatus::Completed);
        assert_eq!(rows[0].held as usize, left);
        assert_eq!(rows[0].report.activities as usize, 300 - left);
        let over = case.storage.release_hold(&scope, hold, "over").await;
        assert!(over.expect("released").is_empty());
        case.verified().await;
    });
}
