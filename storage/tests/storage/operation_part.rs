//! Parts of reverts: some items, all but some, what a revert could not write; and conflicts page by page.

use crate::harness::{Case, code, on_both};
use crate::operation::item;
use crate::operation_revert::keep;
use domain::operation::revert::Part;
use domain::operation::{ConflictsInput, OperationId, OperationItem, PlannedKind};
use domain::view::{DryRun, PlannedPage};
use domain::{Code, Permission, Role};
use serde_json::json;
use storage::{Error, Settled};

/// The price of products 1 to `count`.
fn prices(count: u64, before: u64, after: u64) -> Vec<OperationItem> {
    (1..=count)
        .map(|n| item(&format!("p_{n}"), "price", json!(before), json!(after)))
        .collect()
}

/// A question for items of the dry run of ledger number `as_of`.
pub fn asked(
    kind: PlannedKind,
    part: &Part,
    as_of: i64,
    after: Option<&str>,
    limit: u32,
) -> ConflictsInput {
    ConflictsInput {
        as_of,
        kind,
        after: after.map(str::to_owned),
        limit,
        part: part.clone(),
    }
}

/// The places of a page's items.
fn places(page: &PlannedPage) -> Vec<u64> {
    page.rows.iter().map(|row| row.item.place).collect()
}

impl Case {
    async fn part(&self, id: &OperationId, part: &Part) -> DryRun {
        self.storage
            .plan_revert(&self.scope(), id, &keep(), part, true)
            .await
            .expect("planned")
    }

    async fn conflicts(
        &self,
        id: &OperationId,
        part: &Part,
        as_of: i64,
        after: Option<&str>,
        limit: u32,
    ) -> PlannedPage {
        let asked = asked(PlannedKind::ChangedSince, part, as_of, after, limit);
        self.planned(id, &asked).await
    }

    pub async fn planned(&self, id: &OperationId, asked: &ConflictsInput) -> PlannedPage {
        self.storage
            .list_planned(&self.scope(), id, asked)
            .await
            .expect("listed")
    }
}

#[test]
fn a_part_is_looked_at_and_taken_back_alone() {
    on_both(async |case| {
        let id = case.ended("sale", prices(5, 10, 8)).await;
        for (part, count) in [
            (Part::Whole, 5),
            (Part::These([2, 4].into()), 2),
            (Part::AllBut([2].into()), 4),
        ] {
            let run = case.part(&id, &part).await;
            assert_eq!(run.tally.restored, count, "{part:?}");
            let scope = case.scope();
            let read = case.storage.fields_to_read(&scope, &id, &part, 10);
            let read = read.await.expect("read");
            assert_eq!((read.total, read.fields.len() as u64), (count, count));
        }
        let part = Part::AllBut([1, 2, 3].into());
        let run = case.part(&id, &part).await;
        case.storage
            .start_revert(&case.scope(), &id, &keep(), &part, run.as_of)
            .await
            .expect("started");
        let batch = case.take_on(10).await.expect("a batch");
        let places: Vec<u64> = batch.items.iter().map(|item| item.place).collect();
        assert_eq!(places, [4, 5]);
    });
}

#[test]
fn a_place_without_an_item_is_named() {
    on_both(async |case| {
        let id = case.ended("sale", prices(5, 10, 8)).await;
        for (part, pointer) in [
            (Part::These([2, 99_999].into()), "/only"),
            (Part::AllBut([6].into()), "/without"),
        ] {
            let run = case
                .storage
                .plan_revert(&case.scope(), &id, &keep(), &part, true)
                .await;
            let Err(Error::Problem(problem)) = run else {
                panic!("{part:?} is planned");
            };
            assert_eq!(problem.fields[0].pointer, pointer);
            assert_eq!(problem.fields[0].code, "not_found");
        }
    });
}

#[test]
fn what_a_revert_could_not_write_is_tried_once_more_alone() {
    on_both(async |case| {
        let id = case.ended("sale", prices(4, 10, 8)).await;
        let part = Part::These([2, 3, 4].into());
        let run = case.part(&id, &part).await;
        let revert = case
            .storage
            .start_revert(&case.scope(), &id, &keep(), &part, run.as_of)
            .await
            .expect("started");
        let batch = case.take_on(10).await.expect("a batch");
        let refused = |place| (place, Settled::Failed("the shop says no".to_owned()));
        let settled = [(2, Settled::Done), refused(3), refused(4)];
        case.storage
            .settle_revert(&batch, &settled)
            .await
            .expect("settled");
        // One of those that failed was changed since.
        case.edit("p_4", "price", json!(8), json!(7)).await;

        // What nobody asked to be taken back is not part of it.
        let failed = Part::FailedOf(revert.id);
        let run = case.part(&id, &failed).await;
        assert_eq!((run.tally.restored, run.tally.changed_since), (1, 1));
        case.storage
            .start_revert(&case.scope(), &id, &keep(), &failed, run.as_of)
            .await
            .expect("started");
        let batch = case.take_on(10).await.expect("a batch");
        let places: Vec<u64> = batch.items.iter().map(|item| item.place).collect();
        assert_eq!(places, [3]);
        case.storage
            .settle_revert(&batch, &[(3, Settled::Done)])
            .await
            .expect("settled");

        // A revert of another operation says nothing of this one.
        let other = case.ended("other", prices(1, 8, 9)).await;
        for unknown in [failed, Part::FailedOf(other.clone())] {
            let run = case
                .storage
                .plan_revert(&case.scope(), &other, &keep(), &unknown, true)
                .await;
            assert_eq!(code(run), Code::InvalidFields, "{unknown:?}");
        }
        case.verified().await;
    });
}

#[test]
fn conflicts_beyond_those_shown_are_read_page_by_page() {
    on_both(async |case| {
        let count = 1_003;
        let id = case.ended("sale", prices(count, 10, 8)).await;
        case.ended("later", prices(count, 8, 7)).await;
        let run = case.part(&id, &Part::Whole).await;
        assert_eq!(run.tally.changed_since, count);
        assert_eq!(run.conflicts.len(), 1_000);
        let next = run.next.clone().expect("there are more");
        let whole = &Part::Whole;
        let page = case.conflicts(&id, whole, run.as_of, Some(&next), 2).await;
        assert_eq!(places(&page), [1_001, 1_002]);
        let after = page.next.as_deref();
        let page = case.conflicts(&id, whole, run.as_of, after, 2).await;
        assert_eq!((places(&page), &page.next), (vec![1_003], &None));
        // Of a part, from its beginning.
        let part = Part::These([7, 9, 11].into());
        assert_eq!(case.part(&id, &part).await.next, None);
        let page = case.conflicts(&id, &part, run.as_of, None, 1_000).await;
        assert_eq!(places(&page), [7, 9, 11]);

        // What a page says must be what the dry run saw.
        case.edit("p_9", "price", json!(7), json!(6)).await;
        let list = async |after: Option<&str>| {
            let asked = asked(PlannedKind::ChangedSince, whole, run.as_of, after, 10);
            case.storage.list_planned(&case.scope(), &id, &asked).await
        };
        assert_eq!(code(list(None).await), Code::Conflict);
        assert_eq!(code(list(Some("x")).await), Code::InvalidCursor);
        for role in Role::ALL {
            let scope = case.scope_of(role).await;
            let asked = asked(PlannedKind::ChangedSince, whole, run.as_of, Some(&next), 10);
            let listed = case.storage.list_planned(&scope, &id, &asked).await;
            if role.may(Permission::Revert) {
                assert_eq!(listed.expect("listed").rows.len(), 3, "{role}");
            } else {
                assert_eq!(code(listed), Code::Forbidden, "{role}");
            }
        }
    });
}

#[test]
fn what_is_not_restored_is_listed_by_kind_with_why() {
    on_both(async |case| {
        let mut items = prices(7, 10, 8);
        for item in &mut items[1..4] {
            item.before = None;
        }
        let id = case.ended("sale", items).await;
        for product in ["p_5", "p_7"] {
            case.delete(product).await;
        }
        case.edit("p_6", "price", json!(8), json!(7)).await;
        let run = case.part(&id, &Part::Whole).await;
        assert_eq!((run.tally.impossible, run.tally.missing), (3, 2));
        let list = async |kind: PlannedKind, part: &Part, after: Option<&str>| {
            let asked = asked(kind, part, run.as_of, after, 2);
            case.planned(&id, &asked).await
        };
        let page = list(PlannedKind::Impossible, &Part::Whole, None).await;
        assert_eq!(places(&page), [2, 3]);
        for row in &page.rows {
            assert_eq!(row.planned.why(), Some("nobody said what it was before"));
        }
        let next = page.next.expect("more");
        let page = list(PlannedKind::Impossible, &Part::Whole, Some(&next)).await;
        assert_eq!((places(&page), page.next), (vec![4], None));
        let page = list(PlannedKind::Impossible, &Part::AllBut([3].into()), None).await;
        assert_eq!(places(&page), [2, 4]);
        let page = list(PlannedKind::Missing, &Part::Whole, None).await;
        assert_eq!(places(&page), [5, 7]);
        assert!(page.rows[0].item.since.as_ref().is_some_and(|s| s.is_gone));
        let page = list(PlannedKind::ChangedSince, &Part::Whole, None).await;
        assert_eq!(places(&page), [6]);
        let page = list(PlannedKind::Forgotten, &Part::Whole, None).await;
        assert!(page.rows.is_empty());
    });
}
