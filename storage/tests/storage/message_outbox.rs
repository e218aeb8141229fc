//! From queued to sent, and everything that can come between.

use crate::harness::{code, idempotency, on_both, trials};
use crate::message_kit::{input, mailbox};
use chrono::Duration;
use domain::message::{
    Answer, Channel, DeliveryFact, DeliveryStatus, FactKind, MessageType, NotSentReason, Report,
    Verdict, WaitReason,
};
use domain::{Code, Outcome};
use storage::record::Recorded;
use storage::{Lane, ReportOutcome};

pub fn accepted(id: &str) -> Answer {
    Answer::Accepted {
        provider_id: Some(id.to_owned()),
        status: Some("queued".to_owned()),
        words: None,
        missed: Vec::new(),
    }
}

pub fn report(id: &str, status: &str, code: Option<&str>) -> Report {
    Report {
        provider: "twilio".to_owned(),
        provider_id: Some(id.to_owned()),
        recipient: None,
        status: status.to_owned(),
        code: code.map(str::to_owned),
        words: None,
        raw: None,
    }
}

#[test]
fn a_message_is_claimed_handed_over_answered_and_reported() {
    on_both(async |case| {
        let id = case
            .send(input(&case, Channel::Sms, "+966551234567", "Hello"))
            .await;
        assert_eq!(
            case.message(id).await.row.status,
            Some(DeliveryStatus::Pending)
        );
        assert!(case.message(id).await.row.may.stop);
        let claimed = case.claim().await;
        assert_eq!(claimed.len(), 1);
        assert!(case.claim().await.is_empty(), "claimed twice");
        assert!(
            case.storage
                .begin_handover(&claimed[0], "twilio")
                .await
                .expect("begun")
        );
        assert!(matches!(
            case.message(id).await.delivery.verdict,
            Verdict::HandingOver { .. }
        ));
        case.storage
            .record_answer(&claimed[0], accepted("SM1"))
            .await
            .expect("answered");
        assert!(case.claim().await.is_empty());
        let now = case.ambient.clock.now();
        let told = async |status: &str| {
            let report = report("SM1", status, None);
            case.storage
                .record_report(report, Some(claimed[0].attempt.id), now)
                .await
                .expect("told")
        };
        assert_eq!(told("delivered").await, ReportOutcome::Matched(id));
        assert_eq!(told("sent").await, ReportOutcome::Matched(id));
        assert_eq!(told("delivered").await, ReportOutcome::Repeated(id));
        let by_sid = case
            .storage
            .record_report(report("SM1", "failed", Some("30008")), None, now)
            .await;
        assert_eq!(by_sid.expect("told"), ReportOutcome::Matched(id));
        let detail = case.message(id).await;
        assert_eq!(detail.row.status, Some(DeliveryStatus::Sent));
        assert_eq!(detail.history.len(), 6);
        assert_eq!(
            detail.delivery.attempts[0].provider_id.as_deref(),
            Some("SM1")
        );
        let actions: Vec<String> = case
            .all_rows(&case.scope(), "category:messages", 50)
            .await
            .into_iter()
            .map(|r| r.action)
            .collect();
        assert_eq!(actions, ["message.delivered", "message.queued"]);
        case.verified().await;
    });
}

#[test]
fn reports_about_messages_that_nobody_knows_are_kept_once() {
    on_both(async |case| {
        let now = case.ambient.clock.now();
        for _ in 0..2 {
            let told = case
                .storage
                .record_report(report("SM9", "delivered", None), None, now)
                .await;
            assert_eq!(told.expect("told"), ReportOutcome::Unmatched);
        }
        let kept = case
            .storage
            .list_unmatched(&case.scope(), None, 10)
            .await
            .expect("listed");
        assert_eq!(kept.rows.len(), 1);
        assert_eq!(kept.rows[0].report.provider_id.as_deref(), Some("SM9"));
    });
}

#[test]
fn a_kill_between_hand_over_and_answer_ends_in_a_state_that_says_so() {
    on_both(async |case| {
        let id = case
            .send(input(&case, Channel::Email, "noura@mail.example", "Hello"))
            .await;
        let claimed = case.claim().await.remove(0);
        assert!(
            case.storage
                .begin_handover(&claimed, "smtp")
                .await
                .expect("begun")
        );
        // The process ends here; another one starts, an hour later.
        case.pass(Duration::hours(1));
        assert!(case.claim().await.is_empty(), "sent twice");
        assert_eq!(case.storage.settle_unanswered().await.expect("settled"), 1);
        assert_eq!(case.storage.settle_unanswered().await.expect("settled"), 0);
        assert!(case.claim().await.is_empty(), "sent twice");
        let detail = case.message(id).await;
        assert_eq!(detail.row.status, Some(DeliveryStatus::Pending));
        assert!(matches!(
            detail.delivery.verdict,
            Verdict::AnswerUnknown { .. }
        ));
        assert!(detail.row.may.restart && !detail.row.may.stop);
        // The slow worker was alive after all: its answer counts.
        let done = Answer::Accepted {
            provider_id: None,
            status: None,
            words: None,
            missed: Vec::new(),
        };
        case.storage
            .record_answer(&claimed, done)
            .await
            .expect("answered");
        assert_eq!(
            case.message(id).await.row.status,
            Some(DeliveryStatus::Sent)
        );
        case.verified().await;
    });
}

#[test]
fn a_worker_that_dies_before_the_hand_over_loses_nothing() {
    on_both(async |case| {
        case.send(input(&case, Channel::Email, "noura@mail.example", "Hello"))
            .await;
        let first = case.claim().await.remove(0);
        case.pass(Duration::minutes(6));
        let second = case.claim().await.remove(0);
        assert!(
            !case
                .storage
                .begin_handover(&first, "smtp")
                .await
                .expect("asked"),
            "its lease ran out"
        );
        assert!(
            case.storage
                .begin_handover(&second, "smtp")
                .await
                .expect("begun")
        );
    });
}

#[test]
fn later_means_a_new_try_and_giving_up_a_failure() {
    on_both(async |case| {
        let id = case
            .send(input(&case, Channel::Email, "noura@mail.example", "Hello"))
            .await;
        let first = case.claim().await.remove(0);
        case.storage
            .begin_handover(&first, "smtp")
            .await
            .expect("begun");
        let later = Answer::Deferred {
            code: Some("451".to_owned()),
            words: Some("4.7.1 try later".to_owned()),
            retry_at: case.ambient.clock.now() + Duration::minutes(30),
        };
        case.storage
            .record_answer(&first, later)
            .await
            .expect("answered");
        assert!(case.claim().await.is_empty(), "too early");
        let verdict = case.message(id).await.delivery.verdict;
        assert!(
            matches!(
                verdict,
                Verdict::Waiting {
                    reason: WaitReason::Retry,
                    ..
                }
            ),
            "{verdict:?}"
        );
        case.pass(Duration::minutes(31));
        let second = case.claim().await.remove(0);
        assert_eq!((second.attempt.number, second.tries), (2, 1));
        assert_ne!(second.attempt.id, first.attempt.id);
        assert!(second.first_begun_at.is_some());
        case.storage
            .begin_handover(&second, "smtp")
            .await
            .expect("begun");
        case.storage
            .give_up(&second, Some("4.7.1 try later".to_owned()))
            .await
            .expect("given up");
        let detail = case.message(id).await;
        assert_eq!(detail.row.status, Some(DeliveryStatus::Failed));
        assert!(matches!(
            detail.delivery.verdict,
            Verdict::NotDelivered { attempts: 2, .. }
        ));
        case.storage
            .restart_message(&case.scope(), id)
            .await
            .expect("restarted");
        let third = case.claim().await.remove(0);
        assert_eq!((third.attempt.number, third.tries), (3, 0));
        assert_eq!(
            code(case.storage.restart_message(&case.scope(), id).await),
            Code::Conflict
        );
        let failed = case
            .all_rows(&case.scope(), "action:message.failed", 10)
            .await;
        assert_eq!((failed.len(), failed[0].outcome), (1, Outcome::Failed));
    });
}

#[test]
fn what_is_scheduled_or_held_waits_and_can_be_stopped() {
    on_both(async |case| {
        let mut held = input(&case, Channel::Email, "noura@mail.example", "Hello");
        held.hold_seconds = Some(10);
        let held = case.send(held).await;
        let mut scheduled = input(&case, Channel::Email, "noura@mail.example", "Hello");
        scheduled.send_at = Some(case.ambient.clock.now() + Duration::hours(2));
        let scheduled = case.send(scheduled).await;
        assert!(case.claim().await.is_empty());
        let reason = async |id| match case.message(id).await.delivery.verdict {
            Verdict::Waiting {
                reason,
                until: Some(_),
                ..
            } => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(held).await, WaitReason::Hold);
        assert_eq!(reason(scheduled).await, WaitReason::Schedule);
        case.storage
            .stop_message(&case.scope(), held)
            .await
            .expect("stopped");
        assert_eq!(
            code(case.storage.stop_message(&case.scope(), held).await),
            Code::Conflict
        );
        case.pass(Duration::hours(3));
        let claimed = case.claim().await;
        assert_eq!(
            claimed.iter().map(|c| c.id).collect::<Vec<_>>(),
            [scheduled]
        );
        // Claimed, not yet handed over: it can still be stopped, for certain.
        case.storage
            .stop_message(&case.scope(), scheduled)
            .await
            .expect("stopped");
        assert!(
            !case
                .storage
                .begin_handover(&claimed[0], "smtp")
                .await
                .expect("asked")
        );
        assert_eq!(
            case.message(scheduled).await.row.status,
            Some(DeliveryStatus::Stopped)
        );
        case.storage
            .restart_message(&case.scope(), held)
            .await
            .expect("restarted");
        // Who stopped it may want to catch it again.
        assert_eq!(reason(held).await, WaitReason::Hold);
        assert!(case.claim().await.is_empty());
        case.pass(Duration::seconds(10));
        assert_eq!(case.claim().await.len(), 1);
    });
}

#[test]
fn stop_and_hand_over_at_the_same_moment_have_one_winner() {
    on_both(async |case| {
        // 1,000 in a soak (20 times).
        let mut winners = [0, 0];
        for round in 0..50 * trials() {
            let id = case
                .send(input(&case, Channel::Sms, "+966551234567", "Hello"))
                .await;
            let claimed = case.claim().await.remove(0);
            let scope = case.scope();
            // A stop looks the message up before it writes: the hand-over comes a little later, each time
            // another little, so that now the one is first and now the other.
            let begin = async {
                let later = u64::from(round % 20) * 150;
                tokio::time::sleep(std::time::Duration::from_micros(later)).await;
                case.storage.begin_handover(&claimed, "twilio").await
            };
            let (stopped, begun) = tokio::join!(case.storage.stop_message(&scope, id), begin);
            let begun = begun.expect("asked");
            winners[usize::from(begun)] += 1;
            match &stopped {
                Ok(()) => assert!(!begun, "stopped and sent"),
                Err(_) => assert!(begun, "neither stopped nor sent"),
            }
            let status = case.message(id).await.row.status;
            let expected = if begun {
                DeliveryStatus::Pending
            } else {
                DeliveryStatus::Stopped
            };
            assert_eq!(status, Some(expected));
            if begun {
                case.storage
                    .record_answer(&claimed, accepted(&format!("SM{round}")))
                    .await
                    .expect("answered");
            }
        }
        if trials() > 1 {
            assert!(
                winners.iter().all(|n| *n > 0),
                "one always won: {winners:?}"
            );
        }
    });
}

#[test]
fn each_worker_gets_messages_of_its_own() {
    on_both(async |case| {
        for n in 0..40 {
            case.send(input(
                &case,
                Channel::Sms,
                "+966551234567",
                &format!("number {n}"),
            ))
            .await;
        }
        let lease = Duration::minutes(5);
        let claims = tokio::join!(
            case.storage.claim_due(Lane::Texts, 15, lease),
            case.storage.claim_due(Lane::Texts, 15, lease),
            case.storage.claim_due(Lane::Texts, 15, lease),
        );
        let mut ids: Vec<_> = [claims.0, claims.1, claims.2]
            .into_iter()
            .flat_map(|c| c.expect("claimed"))
            .map(|c| c.id)
            .collect();
        assert_eq!(ids.len(), 40);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 40);
    });
}

#[test]
fn a_message_is_sent_again_to_a_corrected_recipient() {
    on_both(async |case| {
        let id = case
            .send(input(&case, Channel::Email, "nuora@mail.example", "Hello"))
            .await;
        let claimed = case.claim().await.remove(0);
        case.storage
            .begin_handover(&claimed, "smtp")
            .await
            .expect("begun");
        let refused = Answer::Refused {
            code: Some("550".to_owned()),
            words: Some("no such user".to_owned()),
        };
        case.storage
            .record_answer(&claimed, refused)
            .await
            .expect("answered");
        let to = mailbox("noura@mail.example");
        let again = case
            .storage
            .send_again(&case.scope(), id, Some(to))
            .await
            .expect("sent");
        let (first, second) = (case.message(id).await, case.message(again).await);
        assert_eq!(first.sent_again_as, [again]);
        assert_eq!(second.message.resend_of, Some(id));
        assert_eq!(second.row.to.as_deref(), Some("noura@mail.example"));
        assert_ne!(second.message.message_id, first.message.message_id);
        assert_eq!(case.claim().await.len(), 1);
    });
}

#[test]
fn who_opted_out_gets_no_campaign_but_gets_a_code() {
    on_both(async |case| {
        let scope = case.scope();
        let out = async |channel, address, is_out| {
            case.storage
                .set_opt_out(&scope, channel, address, is_out)
                .await
                .expect("kept");
        };
        out(Channel::Sms, "+966 55 123 4567", true).await;
        out(Channel::Email, "Noura@Mail.example", true).await;
        let status = async |channel, to: &str, kind| {
            let mut input = input(&case, channel, to, "Hello");
            input.message.kind = kind;
            let id = case.send(input).await;
            let detail = case.message(id).await;
            if detail.row.status == Some(DeliveryStatus::NotSent) {
                let reason = NotSentReason::OptedOut;
                assert_eq!(detail.delivery.verdict, Verdict::NotSent { reason });
            }
            detail.row.status.expect("outbound")
        };
        use DeliveryStatus::{NotSent, Pending};
        assert_eq!(
            status(Channel::Sms, "+966551234567", MessageType::Reply).await,
            NotSent
        );
        assert_eq!(
            status(Channel::Sms, "+966551234567", MessageType::VerificationCode).await,
            Pending
        );
        assert_eq!(
            status(Channel::Whatsapp, "+966551234567", MessageType::Reply).await,
            Pending
        );
        assert_eq!(
            status(Channel::Email, "noura@mail.example", MessageType::Campaign).await,
            NotSent
        );
        assert_eq!(
            status(
                Channel::Email,
                "noura@mail.example",
                MessageType::OrderNotification
            )
            .await,
            Pending
        );
        assert_eq!(
            case.storage
                .list_opt_outs(&scope)
                .await
                .expect("listed")
                .len(),
            2
        );
        out(Channel::Sms, "00966551234567", false).await;
        assert_eq!(
            status(Channel::Sms, "+966551234567", MessageType::Reply).await,
            Pending
        );
    });
}

#[test]
fn a_call_with_the_same_key_sends_once() {
    on_both(async |case| {
        let send = async |body| {
            let inputs = vec![input(&case, Channel::Sms, "+966551234567", "Hello")];
            case.storage
                .send_messages(&case.scope(), inputs, Some(idempotency("k", body)))
                .await
        };
        assert!(matches!(send(1).await, Ok(Recorded::New(_))));
        assert!(matches!(send(1).await, Ok(Recorded::Replayed(_))));
        assert_eq!(code(send(2).await), Code::IdempotencyConflict);
        assert_eq!(case.claim().await.len(), 1);
    });
}

#[test]
fn a_late_delivery_takes_a_restarted_message_out_again() {
    on_both(async |case| {
        let id = case
            .send(input(&case, Channel::Sms, "+966551234567", "Hello"))
            .await;
        let claimed = case.claim().await.remove(0);
        case.storage
            .begin_handover(&claimed, "twilio")
            .await
            .expect("begun");
        case.storage
            .record_answer(&claimed, accepted("SM1"))
            .await
            .expect("answered");
        let now = case.ambient.clock.now();
        case.storage
            .record_report(report("SM1", "failed", Some("30008")), None, now)
            .await
            .expect("told");
        case.storage
            .restart_message(&case.scope(), id)
            .await
            .expect("restarted");
        case.storage
            .record_report(report("SM1", "delivered", None), None, now)
            .await
            .expect("told");
        assert!(
            case.claim().await.is_empty(),
            "it arrived, and would be sent again"
        );
        assert_eq!(
            case.message(id).await.row.status,
            Some(DeliveryStatus::Sent)
        );
    });
}

#[test]
fn what_another_system_sent_is_recorded_and_not_sent() {
    on_both(async |case| {
        let mut recorded = input(&case, Channel::Sms, "+966551234567", "Hello");
        recorded.message.is_recorded = true;
        recorded.status = Some(DeliveryStatus::Failed);
        let id = case.send(recorded).await;
        assert!(case.claim().await.is_empty());
        let detail = case.message(id).await;
        assert_eq!(detail.row.status, Some(DeliveryStatus::Failed));
        assert!(!detail.row.may.restart);
        assert_eq!(
            code(case.storage.restart_message(&case.scope(), id).await),
            Code::Conflict
        );
        let mut delivered = input(&case, Channel::Email, "noura@mail.example", "Hello");
        delivered.message.is_recorded = true;
        let id = case.send(delivered).await;
        assert_eq!(
            case.message(id).await.row.status,
            Some(DeliveryStatus::Sent)
        );
        let opened = DeliveryFact {
            at: case.ambient.clock.now(),
            attempt: None,
            kind: FactKind::Report(report("X", "read", None)),
        };
        assert!(
            case.storage
                .message_event(&case.scope(), id, opened)
                .await
                .expect("told")
        );
        assert!(case.message(id).await.row.read_is_read());
    });
}

trait IsRead {
    fn read_is_read(&self) -> bool;
}

impl IsRead for domain::view::MessageRow {
    fn read_is_read(&self) -> bool {
        self.read == domain::message::ReadStatus::Read
    }
}
