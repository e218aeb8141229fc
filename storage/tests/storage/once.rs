//! Keys of calls that are more than one transaction: reserved by one, answered once, free again when nothing was done.

use crate::harness::{activity, code, idempotency, on_both};
use chrono::Duration;
use domain::Code;
use storage::record::{Record, Recorded};
use storage::{CallAnswer, Reserved};

#[test]
fn of_many_at_once_one_gets_the_key_and_the_others_its_answer_once_there_is_one() {
    on_both(async |case| {
        let (storage, scope) = (&case.storage, case.scope());
        let reserve = async || {
            let reserved = storage.reserve_key(&scope, "k", [1; 32]).await;
            reserved.expect("asked")
        };
        let (a, b, c, d) = tokio::join!(reserve(), reserve(), reserve(), reserve());
        let got = [a, b, c, d];
        let new = got.iter().filter(|one| **one == Reserved::New);
        assert_eq!(new.count(), 1);
        let waiting = got.iter().filter(|one| **one == Reserved::Unanswered);
        assert_eq!(waiting.count(), 3);
        let answer = CallAnswer {
            status: 201,
            location: Some("/api/v1/operations/o_1".to_owned()),
            body: b"{\"id\":\"o_1\"}".to_vec(),
        };
        let kept = storage.keep_answer(&scope, "k", &answer).await;
        kept.expect("kept");
        // Neither a release nor another answer takes it away.
        let released = storage.release_key(&scope, "k").await;
        released.expect("asked");
        let other = CallAnswer {
            status: 200,
            ..answer.clone()
        };
        let kept = storage.keep_answer(&scope, "k", &other).await;
        kept.expect("asked");
        assert_eq!(reserve().await, Reserved::Answered(answer));
        let changed = storage.reserve_key(&scope, "k", [2; 32]).await;
        assert_eq!(code(changed), Code::IdempotencyConflict);
        let record = Record::Activity(activity("product.created", 0));
        let recorded = storage
            .recorder()
            .record(&scope, vec![record], Some(idempotency("k", 3)))
            .await;
        assert_eq!(code(recorded), Code::IdempotencyConflict);
    });
}

#[test]
fn a_key_is_free_again_when_nothing_was_done_and_after_a_week() {
    on_both(async |case| {
        let (storage, scope) = (&case.storage, case.scope());
        let reserve = async |body: u8| {
            let reserved = storage.reserve_key(&scope, "k", [body; 32]).await;
            reserved.expect("asked")
        };
        assert_eq!(reserve(1).await, Reserved::New);
        let released = storage.release_key(&scope, "k").await;
        released.expect("released");
        assert_eq!(reserve(2).await, Reserved::New);
        case.pass(Duration::days(6));
        storage.tidy().await.expect("tidied");
        assert_eq!(reserve(2).await, Reserved::Unanswered);
        case.pass(Duration::days(2));
        storage.tidy().await.expect("tidied");
        assert_eq!(reserve(3).await, Reserved::New);
    });
}

#[test]
fn a_key_of_the_recorder_is_no_key_of_another_call() {
    on_both(async |case| {
        let (storage, scope) = (&case.storage, case.scope());
        let record = Record::Activity(activity("product.created", 0));
        let recorded = storage
            .recorder()
            .record(&scope, vec![record], Some(idempotency("k", 1)))
            .await;
        assert!(matches!(recorded, Ok(Recorded::New(_))));
        let reserved = storage.reserve_key(&scope, "k", [2; 32]).await;
        assert_eq!(code(reserved), Code::IdempotencyConflict);
    });
}
