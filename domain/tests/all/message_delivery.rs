//! The status shown is the same in whichever order the facts arrive, however often.

use crate::message_kit::{
    COPY, LAYLA, OMAR, at, begun, copies_due, fact, message, missed, not_sent, of, put_off, queued,
    report, taken_except, to_alone, told_of,
};
use chrono::Duration;
use domain::Actor;
use domain::message::{
    Answer, Channel, Confidence, Delivery, DeliveryFact, DeliveryStatus, FactKind, FailureReason,
    NotSentReason, ReadStatus, Report, ReportStatus, Verdict, WaitReason,
};
use proptest::prelude::*;
use proptest::sample::Index;

#[test]
fn a_late_failure_does_not_undo_a_delivery() {
    let facts = [
        queued(),
        begun(1, 1),
        report(9, 1, "failed", Some("30008")),
        report(4, 1, "delivered", None),
    ];
    let delivery = of(Channel::Sms, &facts);
    assert_eq!(delivery.status, Some(DeliveryStatus::Sent));
    assert_eq!(delivery.read, ReadStatus::NotAvailable);
    assert_eq!(
        delivery.verdict,
        Verdict::HandedOver {
            at: Some(at(1)),
            delivered_at: Some(at(4)),
            opened: None,
            is_underway: false,
            missed: Vec::new(),
        }
    );
}

#[test]
fn a_number_out_of_reach_is_said_with_code_and_tries() {
    let restarted = FactKind::Restarted {
        by: Actor::system(),
        due_at: None,
        is_held: false,
    };
    let facts = [
        queued(),
        begun(1, 1),
        report(2, 1, "undelivered", Some("30003")),
        fact(10, 2, restarted),
        begun(11, 2),
        report(12, 2, "undelivered", Some("30003")),
    ];
    assert_eq!(
        of(Channel::Sms, &facts).verdict,
        Verdict::NotDelivered {
            at: at(12),
            reason: FailureReason::Unreachable,
            code: Some("30003".to_owned()),
            words: None,
            attempts: 2,
        }
    );
    let waiting = of(Channel::Sms, &facts[..4]);
    assert_eq!(waiting.status, Some(DeliveryStatus::Pending));
}

#[test]
fn a_delivery_of_an_earlier_try_counts_after_a_restart() {
    let restarted = FactKind::Restarted {
        by: Actor::system(),
        due_at: None,
        is_held: false,
    };
    let facts = [
        queued(),
        begun(1, 1),
        fact(2, 1, FactKind::AnswerUnknown { words: None }),
        fact(10, 2, restarted),
        report(12, 1, "delivered", None),
    ];
    assert_eq!(of(Channel::Sms, &facts).status, Some(DeliveryStatus::Sent));
}

#[test]
fn what_was_released_waits_for_nothing_and_is_not_held_again() {
    let by = Actor::system;
    for is_held in [true, false] {
        let queued = FactKind::Queued {
            due_at: Some(at(30)),
            is_held,
        };
        let mut facts = vec![
            fact(0, 1, queued),
            fact(10, 1, FactKind::Released { by: by() }),
        ];
        for _ in 0..2 {
            assert_eq!(
                of(Channel::Email, &facts).verdict,
                Verdict::Waiting {
                    reason: WaitReason::Queue,
                    until: None,
                    attempts: 0,
                    words: None,
                }
            );
            facts.reverse();
        }
        facts.push(fact(11, 1, FactKind::Stopped { by: by() }));
        assert_eq!(Delivery::hold_again(&facts), None);
        assert_eq!(Delivery::schedule_again(&facts), None);
    }
}

#[test]
fn a_try_that_was_stopped_waits_no_more_whatever_follows_it() {
    let by = Actor::system;
    let restarted = FactKind::Restarted {
        by: by(),
        due_at: None,
        is_held: false,
    };
    let mut facts = vec![
        queued(),
        fact(5, 1, FactKind::Stopped { by: by() }),
        fact(9, 2, restarted),
    ];
    for _ in 0..2 {
        let delivery = of(Channel::Sms, &facts);
        let told: Vec<_> = delivery
            .attempts
            .iter()
            .map(|attempt| (attempt.number, attempt.status, attempt.status_at))
            .collect();
        let expected = [
            (1, ReportStatus::Canceled, Some(at(5))),
            (2, ReportStatus::Unknown, None),
        ];
        assert_eq!(told, expected);
        assert_eq!(delivery.status, Some(DeliveryStatus::Pending));
        assert_eq!(delivery.handed_over_at(), None);
        facts.reverse();
    }
    facts.push(begun(12, 2));
    facts.push(report(13, 2, "delivered", None));
    let delivery = of(Channel::Sms, &facts);
    assert_eq!(delivery.attempts[0].status, ReportStatus::Canceled);
    assert_eq!(delivery.attempts[1].status, ReportStatus::Delivered);
    assert_eq!(delivery.handed_over_at(), Some(at(12)));
    // What left the provider in spite of a stop was not stopped.
    facts.push(report(14, 1, "sent", None));
    let delivery = of(Channel::Sms, &facts);
    assert_eq!(delivery.attempts[0].status, ReportStatus::Sent);
}

#[test]
fn what_failed_was_handed_over_when_its_last_try_began() {
    let restarted = FactKind::Restarted {
        by: Actor::system(),
        due_at: None,
        is_held: false,
    };
    let mut facts = vec![
        queued(),
        begun(1, 1),
        report(2, 1, "undelivered", Some("30003")),
    ];
    let handed_over_at = |facts: &[DeliveryFact]| of(Channel::Sms, facts).handed_over_at();
    assert_eq!(handed_over_at(&facts), Some(at(1)));
    facts.push(fact(10, 2, restarted));
    assert_eq!(handed_over_at(&facts), None, "it waits again");
    facts.push(begun(11, 2));
    assert_eq!(handed_over_at(&facts), Some(at(11)));
    facts.push(report(12, 2, "undelivered", Some("30003")));
    assert_eq!(handed_over_at(&facts), Some(at(11)));
}

#[test]
fn what_was_stopped_in_its_hold_is_held_as_long_again() {
    let held = |seconds| FactKind::Queued {
        due_at: Some(at(seconds)),
        is_held: true,
    };
    let stopped = || FactKind::Stopped {
        by: Actor::system(),
    };
    let again = |due_at: i64| FactKind::Restarted {
        by: Actor::system(),
        due_at: Some(at(due_at)),
        is_held: true,
    };
    let mut facts = vec![fact(0, 1, held(30)), fact(10, 1, stopped())];
    let thirty = Some(Duration::seconds(30));
    assert_eq!(Delivery::hold_again(&facts), thirty);
    facts.reverse();
    assert_eq!(Delivery::hold_again(&facts), thirty);
    facts.push(fact(60, 2, again(90)));
    assert_eq!(
        of(Channel::Email, &facts).verdict,
        Verdict::Waiting {
            reason: WaitReason::Hold,
            until: Some(at(90)),
            attempts: 0,
            words: None,
        }
    );
    assert_eq!(
        Delivery::hold_again(&facts),
        None,
        "nobody stopped it again"
    );
    facts.push(fact(70, 2, stopped()));
    assert_eq!(Delivery::hold_again(&facts), thirty);
    let scheduled = FactKind::Queued {
        due_at: Some(at(30)),
        is_held: false,
    };
    for facts in [
        vec![fact(0, 1, scheduled), fact(10, 1, stopped())],
        vec![fact(0, 1, held(30)), fact(31, 1, stopped())],
        vec![queued(), fact(10, 1, stopped())],
        vec![fact(0, 1, held(30))],
        Vec::new(),
    ] {
        assert_eq!(Delivery::hold_again(&facts), None, "{facts:?}");
    }
}

#[test]
fn what_was_stopped_before_its_time_is_scheduled_for_it_again() {
    let queued_for = |is_held| FactKind::Queued {
        due_at: Some(at(30)),
        is_held,
    };
    let stopped = || FactKind::Stopped {
        by: Actor::system(),
    };
    let mut facts = vec![fact(0, 1, queued_for(false)), fact(10, 1, stopped())];
    assert_eq!(Delivery::schedule_again(&facts), Some(at(30)));
    facts.reverse();
    assert_eq!(Delivery::schedule_again(&facts), Some(at(30)));
    let again = FactKind::Restarted {
        by: Actor::system(),
        due_at: Some(at(30)),
        is_held: false,
    };
    facts.push(fact(12, 2, again));
    assert_eq!(Delivery::schedule_again(&facts), None, "nobody stopped it");
    facts.push(fact(14, 2, stopped()));
    assert_eq!(Delivery::schedule_again(&facts), Some(at(30)));
    for facts in [
        vec![fact(0, 1, queued_for(true)), fact(10, 1, stopped())],
        vec![fact(0, 1, queued_for(false)), fact(31, 1, stopped())],
        vec![queued(), fact(10, 1, stopped())],
    ] {
        assert_eq!(Delivery::schedule_again(&facts), None, "{facts:?}");
    }
}

#[test]
fn what_nobody_knows_is_said_to_be_unknown() {
    let facts = [
        queued(),
        begun(1, 1),
        fact(60, 1, FactKind::AnswerUnknown { words: None }),
    ];
    let delivery = of(Channel::Email, &facts);
    assert_eq!(delivery.status, Some(DeliveryStatus::Pending));
    assert_eq!(
        delivery.verdict,
        Verdict::AnswerUnknown {
            at: at(1),
            words: None,
        }
    );
}

#[test]
fn what_went_wrong_is_told_with_an_answer_that_nobody_knows() {
    let words = Some("no answer in time".to_owned());
    let lost = FactKind::AnswerUnknown {
        words: words.clone(),
    };
    let mut facts = vec![queued(), begun(1, 1), fact(60, 1, lost)];
    let delivery = of(Channel::Email, &facts);
    assert_eq!(delivery.attempts[0].words, words);
    assert_eq!(
        delivery.verdict,
        Verdict::AnswerUnknown { at: at(1), words }
    );
    facts.push(report(90, 1, "delivered", None));
    assert_eq!(of(Channel::Email, &facts).attempts[0].words, None);
    // As it was recorded before it had words.
    let old = r#"{"at":"2026-11-20T09:14:22Z","fact":"answer_unknown"}"#;
    let old: DeliveryFact = serde_json::from_str(old).expect("read");
    assert_eq!(old.kind, FactKind::AnswerUnknown { words: None });
    assert!(
        !serde_json::to_string(&old)
            .expect("written")
            .contains("words")
    );
}

#[test]
fn later_means_a_wait_and_giving_up_a_failure() {
    let deferred = Answer::Deferred {
        code: Some("451".to_owned()),
        words: Some("4.7.1 greylisted".to_owned()),
        retry_at: at(1_800),
    };
    let mut facts = vec![
        queued(),
        begun(1, 1),
        fact(2, 1, FactKind::Answered(deferred)),
    ];
    let delivery = of(Channel::Email, &facts);
    assert_eq!(delivery.status, Some(DeliveryStatus::Pending));
    assert!(matches!(
        delivery.verdict,
        Verdict::Waiting {
            reason: WaitReason::Retry,
            attempts: 1,
            ..
        }
    ));
    facts.push(fact(3, 1, FactKind::GaveUp { words: None }));
    assert_eq!(
        of(Channel::Email, &facts).status,
        Some(DeliveryStatus::Failed)
    );
}

#[test]
fn a_machine_that_opens_a_mail_has_not_read_it() {
    let accepted = Answer::Accepted {
        provider_id: None,
        status: None,
        words: Some("250 ok".to_owned()),
        missed: Vec::new(),
    };
    let opened = |seconds, confidence, device: Option<&str>| {
        let kind = FactKind::Opened {
            confidence,
            reason: "x".to_owned(),
            device: device.map(str::to_owned),
        };
        DeliveryFact {
            at: at(seconds),
            attempt: None,
            kind,
        }
    };
    let mut facts = vec![
        queued(),
        begun(1, 1),
        fact(2, 1, FactKind::Answered(accepted)),
    ];
    assert_eq!(of(Channel::Email, &facts).read, ReadStatus::Unread);
    facts.push(opened(3, Confidence::PrivacyProxy, None));
    assert_eq!(of(Channel::Email, &facts).read, ReadStatus::Unknown);
    facts.push(opened(99, Confidence::Person, Some("iPhone")));
    let delivery = of(Channel::Email, &facts);
    assert_eq!(
        (delivery.read, delivery.read_at),
        (ReadStatus::Read, Some(at(99)))
    );
}

#[test]
fn a_copy_that_was_put_off_is_tried_again_alone_while_the_mail_is_sent() {
    let copy = "copy@mail.example";
    let gone = put_off("gone@mail.example", None);
    let mut facts = vec![
        queued(),
        begun(1, 1),
        fact(
            2,
            1,
            taken_except(vec![gone.clone(), put_off(copy, Some(900))]),
        ),
    ];
    assert_eq!(missed(&facts), [put_off(copy, Some(900)), gone.clone()]);
    assert_eq!(copies_due(&facts), [copy]);
    facts.push(to_alone(900, 2, copy));
    assert_eq!(missed(&facts), [put_off(copy, Some(900)), gone.clone()]);
    let later = Answer::Deferred {
        code: Some("451".to_owned()),
        words: Some("4.7.1 greylisted".to_owned()),
        retry_at: at(2_700),
    };
    facts.push(fact(901, 2, FactKind::Answered(later)));
    assert_eq!(missed(&facts), [put_off(copy, Some(2_700)), gone.clone()]);
    assert_eq!(copies_due(&facts), [copy]);
    facts.push(to_alone(2_700, 3, copy));
    let mut given_up = facts.clone();
    given_up.push(fact(
        2_701,
        3,
        FactKind::GaveUp {
            words: Some("4.7.1 greylisted".to_owned()),
        },
    ));
    assert_eq!(missed(&given_up), [put_off(copy, None), gone.clone()]);
    let mut unknown = facts.clone();
    unknown.push(fact(2_701, 3, FactKind::AnswerUnknown { words: None }));
    assert_eq!(missed(&unknown), [put_off(copy, None), gone.clone()]);
    facts.push(fact(2_701, 3, taken_except(Vec::new())));
    assert_eq!(missed(&facts), [gone]);
    for facts in [&facts, &given_up, &unknown] {
        assert!(copies_due(facts).is_empty());
    }
    // What is tried for copies is no try of the message.
    let bounced = fact(
        3_000,
        1,
        FactKind::Report(Report {
            provider: "mail".to_owned(),
            provider_id: None,
            recipient: None,
            status: "bounced".to_owned(),
            code: Some("5.1.1".to_owned()),
            words: None,
            raw: None,
        }),
    );
    facts.push(bounced);
    assert!(matches!(
        of(Channel::Email, &facts).verdict,
        Verdict::NotDelivered { attempts: 1, .. }
    ));
}

#[test]
fn who_opted_out_while_it_waited_is_the_reason_that_it_was_not_sent() {
    let reason = NotSentReason::OptedOut;
    let mut facts = vec![queued(), fact(5, 1, not_sent())];
    let delivery = of(Channel::Email, &facts);
    assert_eq!(delivery.status, Some(DeliveryStatus::NotSent));
    assert_eq!(delivery.verdict, Verdict::NotSent { reason });
    assert!(delivery.attempts.is_empty(), "nothing was tried");
    assert!(!delivery.is_restartable());
    let deferred = Answer::Deferred {
        code: None,
        words: None,
        retry_at: at(900),
    };
    facts = vec![
        queued(),
        begun(1, 1),
        fact(2, 1, FactKind::Answered(deferred)),
        fact(900, 2, not_sent()),
    ];
    assert_eq!(
        of(Channel::Email, &facts).verdict,
        Verdict::NotSent { reason }
    );
    // What may have gone out is not said not to have been.
    facts[2] = fact(2, 1, FactKind::AnswerUnknown { words: None });
    assert_eq!(
        of(Channel::Email, &facts).verdict,
        Verdict::AnswerUnknown {
            at: at(1),
            words: None,
        }
    );
}

/// Any facts that can stand beside each other: reports of any word at any time, for any of three tries.
fn facts() -> impl Strategy<Value = Vec<DeliveryFact>> {
    let words = prop::sample::select(vec![
        "accepted",
        "scheduled",
        "queued",
        "sending",
        "sent",
        "partially_delivered",
        "delivered",
        "read",
        "undelivered",
        "failed",
        "canceled",
        "surprise",
    ]);
    let codes = prop::sample::select(vec![None, Some("30003"), Some("30008")]);
    let reports = prop::collection::vec((0_i64..100, 1_u32..4, words.clone(), codes), 0..8);
    let whose = prop::sample::select(vec![LAYLA, OMAR, COPY, "LAYLA@mail.example", "x@y.example"]);
    let of_one = prop::collection::vec((0_i64..100, 1_u32..4, whose, words), 0..8);
    let flags = any::<[bool; 14]>();
    (reports, of_one, flags).prop_map(|(reports, of_one, flags)| {
        let mut facts = vec![queued()];
        let restarted = FactKind::Restarted {
            by: Actor::system(),
            due_at: Some(at(500)),
            is_held: false,
        };
        let deferred = Answer::Deferred {
            code: None,
            words: Some("later".to_owned()),
            retry_at: at(900),
        };
        let refused = Answer::Refused {
            code: Some("550".to_owned()),
            words: None,
        };
        let opened = FactKind::Opened {
            confidence: Confidence::Person,
            reason: "x".to_owned(),
            device: None,
        };
        let optional = [
            begun(1, 1),
            fact(2, 1, FactKind::Answered(deferred)),
            fact(20, 2, restarted),
            begun(21, 2),
            fact(22, 2, FactKind::AnswerUnknown { words: None }),
            fact(30, 3, FactKind::Answered(refused)),
            fact(
                31,
                3,
                FactKind::Stopped {
                    by: Actor::system(),
                },
            ),
            fact(40, 1, opened),
            fact(41, 1, not_sent()),
            fact(42, 3, not_sent()),
            fact(
                43,
                1,
                taken_except(vec![put_off("copy@mail.example", Some(900))]),
            ),
            to_alone(44, 3, "copy@mail.example"),
            fact(45, 3, taken_except(Vec::new())),
            fact(46, 2, FactKind::GaveUp { words: None }),
        ];
        facts.extend(
            optional
                .into_iter()
                .zip(flags)
                .filter(|(_, is_there)| *is_there)
                .map(|(f, _)| f),
        );
        facts.extend(
            reports
                .into_iter()
                .map(|(s, n, word, code)| report(s, n, word, code)),
        );
        facts.extend(
            of_one
                .into_iter()
                .map(|(s, n, whose, word)| told_of(s, n, whose, word)),
        );
        facts
    })
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_says_the_same(
        facts in facts(),
        swaps in prop::collection::vec((any::<Index>(), any::<Index>()), 0..30),
        twice in prop::collection::vec(any::<Index>(), 0..4),
    ) {
        let mut shuffled = facts.clone();
        for again in twice {
            shuffled.push(facts[again.index(facts.len())].clone());
        }
        for (a, b) in swaps {
            let (a, b) = (a.index(shuffled.len()), b.index(shuffled.len()));
            shuffled.swap(a, b);
        }
        for channel in Channel::ALL {
            for to in [&[LAYLA][..], &[LAYLA, OMAR]] {
                let message = message(*channel, to);
                prop_assert_eq!(
                    Delivery::of(&message, &facts),
                    Delivery::of(&message, &shuffled)
                );
                prop_assert_eq!(
                    Delivery::copies_due(&message, &facts),
                    Delivery::copies_due(&message, &shuffled)
                );
            }
        }
    }
}
