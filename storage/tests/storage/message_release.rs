//! Messages that somebody sends before their time.

use crate::harness::{Case, code, on_both};
use crate::message_kit::input;
use chrono::Duration;
use domain::message::{Channel, DeliveryStatus, FactKind, NotStopped, Verdict, WaitReason};
use domain::{Code, MessageId};
use storage::Error;

/// A mail that is held for ten seconds.
async fn held(case: &Case) -> MessageId {
    let mut held = input(case, Channel::Email, "noura@mail.example", "Hello");
    held.hold_seconds = Some(10);
    case.send(held).await
}

/// An SMS that is scheduled for in two hours.
async fn scheduled(case: &Case) -> MessageId {
    let mut scheduled = input(case, Channel::Sms, "+966551234567", "Hello");
    scheduled.send_at = Some(case.ambient.clock.now() + Duration::hours(2));
    case.send(scheduled).await
}

/// Why it can't be released.
async fn why_not(case: &Case, id: MessageId) -> NotStopped {
    match case.storage.release_message(&case.scope(), id).await {
        Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
            NotStopped::of(&problem).expect("a code")
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn what_is_held_or_scheduled_is_due_at_once_when_it_is_released() {
    on_both(async |case| {
        for id in [held(&case).await, scheduled(&case).await] {
            assert!(case.message(id).await.row.may.release);
            assert!(case.claim().await.is_empty());
            let woken = case.storage.outbox_wakeup();
            // What was queued before woke the worker already.
            tokio::select! {
                biased;
                () = woken.notified() => {}
                () = std::future::ready(()) => {}
            }
            let released = case.storage.release_message(&case.scope(), id).await;
            released.expect("released");
            tokio::select! {
                biased;
                () = woken.notified() => {}
                () = std::future::ready(()) => panic!("nobody is woken"),
            }
            let detail = case.message(id).await;
            let last = detail.history.last().expect("a fact");
            let by = case.scope().actor();
            assert_eq!(last.fact.kind, FactKind::Released { by });
            let waits = Verdict::Waiting {
                reason: WaitReason::Queue,
                until: None,
                attempts: 0,
                words: None,
            };
            assert_eq!(detail.delivery.verdict, waits);
            assert!(detail.row.may.stop && !detail.row.may.release);
            assert_eq!(why_not(&case, id).await, NotStopped::NotHeld, "twice");
            let claimed = case.claim().await;
            assert_eq!(claimed.iter().map(|c| c.id).collect::<Vec<_>>(), [id]);
            let begun = case.storage.begin_handover(&claimed[0], "provider").await;
            assert!(begun.expect("begun"));
            assert_eq!(why_not(&case, id).await, NotStopped::HandedOver);
        }
    });
}

#[test]
fn what_waits_for_no_time_is_not_released() {
    on_both(async |case| {
        let queued = input(&case, Channel::Email, "noura@mail.example", "Hello");
        let queued = case.send(queued).await;
        assert!(!case.message(queued).await.row.may.release);
        assert_eq!(why_not(&case, queued).await, NotStopped::NotHeld);
        let due = held(&case).await;
        case.pass(Duration::seconds(10));
        assert_eq!(why_not(&case, due).await, NotStopped::NotHeld);
        let stopped = held(&case).await;
        let done = case.storage.stop_message(&case.scope(), stopped).await;
        done.expect("stopped");
        assert_eq!(why_not(&case, stopped).await, NotStopped::Stopped);
    });
}

#[test]
fn a_stop_catches_what_was_released_as_long_as_nobody_hands_it_over() {
    on_both(async |case| {
        let scope = case.scope();
        for id in [held(&case).await, scheduled(&case).await] {
            let released = case.storage.release_message(&scope, id).await;
            released.expect("released");
            let claimed = case.claim().await.remove(0);
            let stopped = case.storage.stop_message(&scope, id).await;
            stopped.expect("stopped");
            let begun = case.storage.begin_handover(&claimed, "provider").await;
            assert!(!begun.expect("asked"));
            let restarted = case.storage.restart_message(&scope, id).await;
            restarted.expect("restarted");
            // Who sent it at once does not want it held again.
            assert_eq!(case.claim().await.len(), 1);
        }
        for _ in 0..20 {
            let id = held(&case).await;
            let (stopped, released) = tokio::join!(
                case.storage.stop_message(&scope, id),
                case.storage.release_message(&scope, id)
            );
            stopped.expect("stopped, whichever came first");
            if released.is_err() {
                assert_eq!(code(released), Code::Conflict);
            }
            let status = case.message(id).await.row.status;
            assert_eq!(status, Some(DeliveryStatus::Stopped));
            assert!(case.claim().await.is_empty());
        }
    });
}

#[test]
fn what_was_stopped_before_its_time_waits_for_it_again_when_it_is_restarted() {
    on_both(async |case| {
        let id = scheduled(&case).await;
        let until = async |case: &Case| match case.message(id).await.delivery.verdict {
            Verdict::Waiting { until, .. } => until,
            other => panic!("{other:?}"),
        };
        let planned = until(&case).await;
        assert!(planned.is_some());
        let stopped = case.storage.stop_message(&case.scope(), id).await;
        stopped.expect("stopped");
        let restarted = case.storage.restart_message(&case.scope(), id).await;
        restarted.expect("restarted");
        assert_eq!(until(&case).await, planned);
        assert!(case.claim().await.is_empty());
        case.pass(Duration::hours(3));
        assert_eq!(case.claim().await.len(), 1);
    });
}
