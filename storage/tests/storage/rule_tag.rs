//! The operation of a tag that waits: it ends when its action is edited, discarded or needs nothing any more.

use crate::harness::{Case, code, on_both};
use crate::rule_engine::{happened, rule};
use chrono::Duration;
use domain::followup::FollowupAction;
use domain::hook::FailureCause;
use domain::operation::{OperationId, OperationState};
use domain::{Change, Code};
use serde_json::json;
use storage::{RuleJob, TagItem, Undone};

fn tag(tag: &str) -> FollowupAction {
    FollowupAction::Tag {
        tag: tag.to_owned(),
    }
}

/// The shop tells the tags of an order.
async fn tags(case: &Case, before: &[&str], after: &[&str]) {
    let mut known = happened(case, "order.updated", "1042");
    known.changes = vec![Change {
        field: "tags".to_owned(),
        before: json!(before),
        after: json!(after),
    }];
    case.record(vec![known]).await;
}

async fn claimed(case: &Case) -> RuleJob {
    let jobs = case.storage.claim_rule_actions(5, Duration::minutes(1));
    let mut jobs = jobs.await.expect("claimed");
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    jobs.remove(0)
}

async fn prepared(case: &Case, job: &RuleJob) -> Option<TagItem> {
    let tag = job.task.action.value().expect("a tag");
    let item = case.storage.prepare_rule_tag(job, tag).await;
    item.expect("read").expect("its tags are known")
}

/// A tag whose first try failed, so that it waits, with the operation that is open for it.
async fn waiting(case: &Case) -> (RuleJob, TagItem) {
    case.save(rule(case, "action:order.refunded", vec![tag("refunded")]))
        .await;
    tags(case, &[], &["vip"]).await;
    case.record(vec![happened(case, "order.refunded", "1042")])
        .await;
    case.look().await;
    case.pass(Duration::seconds(1));
    let job = claimed(case).await;
    let item = prepared(case, &job).await.expect("a tag to be put on");
    put_back(case, &job).await;
    assert_eq!(
        state(case, &item.operation).await.0,
        OperationState::Planned
    );
    (job, item)
}

async fn put_back(case: &Case, job: &RuleJob) {
    let undone = Undone::later("503");
    let next = case.storage.postpone_rule_action(job, &undone).await;
    next.expect("put back").expect("it is tried again");
}

/// How an operation stands, and what was said last of it.
async fn state(case: &Case, id: &OperationId) -> (OperationState, Option<String>) {
    let found = case.storage.get_operation(&case.scope(), id).await;
    let found = found.expect("read").expect("there");
    let said = found.trail.first().and_then(|step| step.reason.clone());
    (found.row.state, said)
}

/// An operation was given up, for this reason.
async fn is_cancelled(case: &Case, id: &OperationId, why: &str) {
    let (state, said) = state(case, id).await;
    assert_eq!(state, OperationState::Cancelled);
    let said = said.expect("a reason");
    assert!(said.contains(why), "{said}");
}

#[test]
fn a_tag_that_is_edited_while_it_waits_is_written_by_an_operation_of_its_own() {
    on_both(async |case| {
        let (job, first) = waiting(&case).await;
        let scope = case.scope();
        let edited = case.storage.edit_rule_action(&scope, job.id, tag("lost"));
        edited.await.expect("edited");
        is_cancelled(&case, &first.operation, "edited").await;
        case.pass(Duration::seconds(1));
        let job = claimed(&case).await;
        let item = prepared(&case, &job).await.expect("a tag to be put on");
        assert_ne!(item.operation, first.operation);
        assert_ne!(item.batch, first.batch, "the shop takes it for no repeat");
        assert_eq!(item.to, json!(["vip", "lost"]));
        // A try that follows is the same operation's.
        let again = prepared(&case, &job).await;
        assert_eq!(again.as_ref(), Some(&item));
        let ended = case.storage.end_rule_tag(&job, &item).await;
        ended.expect("ended");
        let settled = case.storage.settle_rule_action(&job, json!({})).await;
        settled.expect("settled");
        let (now, _) = state(&case, &item.operation).await;
        assert_eq!(now, OperationState::Completed);
        let left = case.storage.list_rule_actions(&scope, None).await;
        assert!(left.expect("listed").is_empty());
        case.verified().await;
    });
}

#[test]
fn an_operation_that_an_older_edit_left_open_is_passed_over() {
    on_both(async |case| {
        let (_, first) = waiting(&case).await;
        // As it was edited before an edit ended the operation.
        case.tamper(
            "UPDATE rule_action SET definition = REPLACE(definition, 'refunded\"}', 'lost\"}')",
        )
        .await;
        case.pass(Duration::hours(1));
        let job = claimed(&case).await;
        assert_eq!(job.task.action, tag("lost"));
        let item = prepared(&case, &job).await.expect("a tag to be put on");
        assert_ne!(item.operation, first.operation);
        is_cancelled(&case, &first.operation, "edited").await;
    });
}

#[test]
fn a_tag_that_is_discarded_leaves_no_operation_open() {
    on_both(async |case| {
        let (job, item) = waiting(&case).await;
        let scope = case.scope();
        let discarded = case.storage.discard_rule_action(&scope, job.id).await;
        discarded.expect("given up");
        is_cancelled(&case, &item.operation, "discarded").await;
        let again = case.storage.discard_rule_action(&scope, job.id).await;
        assert_eq!(code(again), Code::NotFound);
        case.verified().await;
    });
}

#[test]
fn a_tag_that_came_meanwhile_leaves_no_operation_open() {
    on_both(async |case| {
        let (job, item) = waiting(&case).await;
        let scope = case.scope();
        tags(&case, &["vip"], &["vip", "refunded"]).await;
        let retried = case.storage.retry_rule_action(&scope, job.id).await;
        retried.expect("retried");
        case.pass(Duration::seconds(1));
        let job = claimed(&case).await;
        assert_eq!(prepared(&case, &job).await, None);
        let details = json!({ "unchanged": true });
        let settled = case.storage.settle_rule_action(&job, details).await;
        settled.expect("settled");
        is_cancelled(&case, &item.operation, "the tag was there").await;
        case.verified().await;
    });
}

#[test]
fn a_tag_on_what_never_told_its_tags_says_what_to_do_and_that_helps() {
    on_both(async |case| {
        case.save(rule(&case, "action:order.refunded", vec![tag("refunded")]))
            .await;
        case.record(vec![happened(&case, "order.refunded", "1042")])
            .await;
        case.look().await;
        case.pass(Duration::seconds(1));
        let job = claimed(&case).await;
        let tried = case.storage.prepare_rule_tag(&job, "refunded").await;
        let undone = tried.expect("read").expect_err("its tags are not known");
        assert!(undone.is_final, "{undone:?}");
        assert!(undone.why.contains("a change of `tags`"), "{undone:?}");
        let cause = FailureCause::of_words(&undone.why);
        assert_eq!(cause, Some(FailureCause::InvalidData));
        let next = case.storage.postpone_rule_action(&job, &undone).await;
        assert_eq!(next.expect("put back"), None);
        tags(&case, &[], &[]).await;
        let retried = case.storage.retry_rule_action(&case.scope(), job.id).await;
        retried.expect("retried");
        case.pass(Duration::seconds(1));
        let job = claimed(&case).await;
        let item = prepared(&case, &job).await.expect("a tag to be put on");
        assert_eq!(item.to, json!(["refunded"]));
    });
}
