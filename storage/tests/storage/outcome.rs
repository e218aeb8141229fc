//! How pending entries end: by further records.

use crate::harness::{Case, activity, code, on_both, start};
use chrono::Duration;
use domain::view::HistoryStep;
use domain::{ActivityId, Code, Outcome};
use storage::record::{Record, Recorded};

async fn pending(case: &Case, minutes: i64) -> ActivityId {
    let mut item = activity("product.updated", minutes);
    item.outcome = Outcome::Pending;
    ActivityId(case.record(vec![item]).await[0].id)
}

async fn history(case: &Case, id: ActivityId) -> Vec<HistoryStep> {
    case.storage
        .get_activity(&case.scope(), id)
        .await
        .expect("read")
        .expect("there")
        .history
}

#[test]
fn a_pending_entry_ends_once_and_its_history_shows_each_step() {
    on_both(async |case| {
        let (done, broken) = (pending(&case, 1).await, pending(&case, 2).await);
        assert!(case.end(done, Outcome::Success, None).await.is_ok());
        let why = Some("Card declined by Riyad Bank");
        assert!(case.end(broken, Outcome::Failed, why).await.is_ok());

        let outcomes = |steps: &[HistoryStep]| -> Vec<_> {
            steps.iter().map(|s| (s.outcome, s.error.clone())).collect()
        };
        let steps = history(&case, broken).await;
        assert_eq!(
            outcomes(&steps),
            [
                (Outcome::Pending, None),
                (Outcome::Failed, why.map(str::to_owned))
            ]
        );
        assert_eq!(steps[0].occurred_at, start() + Duration::minutes(2));
        assert_eq!(steps[1].occurred_at, start() + Duration::minutes(90));
        assert_eq!(steps[1].offset_minutes, 180);
        assert!(steps[0].seq < steps[1].seq);
        assert_eq!(
            outcomes(&history(&case, done).await),
            [(Outcome::Pending, None), (Outcome::Success, None)]
        );
        case.verified().await;
    });
}

#[test]
fn counts_rows_and_search_follow_the_outcome() {
    on_both(async |case| {
        let scope = case.scope();
        let (first, second) = (pending(&case, 1).await, pending(&case, 2).await);
        pending(&case, 3).await;
        let why = Some("Card declined by Riyad Bank");
        case.end(first, Outcome::Failed, why).await.expect("ended");
        case.end(second, Outcome::Success, None)
            .await
            .expect("ended");
        for (q, expected) in [
            ("category:products outcome:pending", 1),
            ("category:products outcome:failed", 1),
            ("category:products outcome:success", 1),
            ("outcome:pending created:2026-11-20", 1),
            (
                "outcome:failed created:2026-11-20T12:00..2026-11-20T12:02",
                1,
            ),
            ("has:error", 1),
            ("\"declined by\"", 1),
            ("riyad", 1),
            ("\"price changed\"", 3),
        ] {
            assert_eq!(case.count(&scope, q).await, expected, "{q}");
        }
        let rows = case.all_rows(&scope, "outcome:failed", 10).await;
        assert_eq!(rows[0].error.as_deref(), why);
        assert_eq!(rows[0].outcome, Outcome::Failed);
    });
}

#[test]
fn ending_what_has_ended_is_a_conflict_and_what_is_unknown_is_not_found() {
    on_both(async |case| {
        let id = pending(&case, 1).await;
        case.end(id, Outcome::Success, None).await.expect("ended");
        let before = case.verified().await;
        for outcome in [Outcome::Success, Outcome::Failed] {
            let again = case.end(id, outcome, None).await;
            assert_eq!(code(again), Code::Conflict);
        }
        let finished = case.record(vec![activity("product.updated", 2)]).await[0].id;
        let of_finished = case.end(ActivityId(finished), Outcome::Failed, None).await;
        assert_eq!(code(of_finished), Code::Conflict);
        let unknown = ActivityId(case.ambient.uuid());
        let of_unknown = case.end(unknown, Outcome::Failed, None).await;
        assert_eq!(code(of_unknown), Code::NotFound);
        assert_eq!(history(&case, id).await.len(), 2);
        let (entries, _) = case.verified().await;
        assert_eq!(entries, before.0 + 1);
    });
}

#[test]
fn of_two_calls_that_end_the_same_entry_at_once_one_is_refused() {
    on_both(async |case| {
        let id = pending(&case, 1).await;
        let beside = case.reopened().await;
        let end = |storage: storage::Storage, outcome| {
            let (scope, record) = (
                case.scope(),
                Record::Outcome {
                    activity: id,
                    outcome,
                    error: None,
                    occurred_at: start(),
                },
            );
            async move { storage.recorder().record(&scope, vec![record], None).await }
        };
        let results = tokio::join!(
            end(case.storage.clone(), Outcome::Success),
            end(case.storage.clone(), Outcome::Failed),
            end(beside.clone(), Outcome::Success),
            end(beside, Outcome::Failed),
        );
        let results = [results.0, results.1, results.2, results.3];
        let (ended, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((ended.len(), refused.len()), (1, 3));
        for refusal in refused {
            assert_eq!(code(refusal), Code::Conflict);
        }
        assert_eq!(history(&case, id).await.len(), 2);
        case.verified().await;
    });
}

#[test]
fn one_call_ends_many_entries_or_none() {
    on_both(async |case| {
        let ids = [pending(&case, 1).await, pending(&case, 2).await];
        let record = |id: ActivityId, outcome| Record::Outcome {
            activity: id,
            outcome,
            error: None,
            occurred_at: start() + Duration::minutes(2),
        };
        let recorder = case.storage.recorder();
        let twice = vec![
            record(ids[0], Outcome::Success),
            record(ids[0], Outcome::Failed),
        ];
        let refused = recorder.record(&case.scope(), twice, None).await;
        assert_eq!(code(refused), Code::Conflict);
        assert_eq!(case.count(&case.scope(), "outcome:pending").await, 2);
        let both = vec![
            record(ids[0], Outcome::Success),
            record(ids[1], Outcome::Failed),
        ];
        let done = recorder.record(&case.scope(), both, None).await;
        assert!(matches!(done, Ok(Recorded::New(receipts)) if receipts.len() == 2));
        assert_eq!(case.count(&case.scope(), "outcome:pending").await, 0);
    });
}

#[test]
fn an_entry_does_not_end_as_pending() {
    on_both(async |case| {
        let id = pending(&case, 1).await;
        let ended = case.end(id, Outcome::Pending, None).await;
        assert_eq!(code(ended), Code::InvalidFields);
        assert_eq!(history(&case, id).await.len(), 1);
    });
}
