//! What is told of a message after a try: to which try it belongs, what may be sent once more, what fits no message.

use crate::harness::{code, on_both};
use crate::message_kit::input;
use chrono::Duration;
use domain::message::{
    Answer, Channel, Confidence, DeliveryFact, DeliveryStatus, FactKind, NotStopped, Report,
    ReportStatus, Verdict,
};
use domain::{Code, Role};
use storage::{Error, ReportOutcome};

const ACCEPTED: Answer = Answer::Accepted {
    provider_id: None,
    status: None,
    words: None,
    missed: Vec::new(),
};

fn report(id: &str, status: &str) -> Report {
    Report {
        provider: "twilio".to_owned(),
        provider_id: Some(id.to_owned()),
        recipient: None,
        status: status.to_owned(),
        code: None,
        words: Some(format!("{id} to +966551234567")),
        raw: Some("everything".to_owned()),
    }
}

#[test]
fn what_broke_off_and_went_out_at_the_next_try_is_not_sent_a_third_time() {
    on_both(async |case| {
        let scope = case.scope();
        let id = case
            .send(input(&case, Channel::Email, "noura@mail.example", "Hello"))
            .await;
        let first = case.claim().await.remove(0);
        let begun = case.storage.begin_handover(&first, "smtp").await;
        assert!(begun.expect("begun"));
        let words = Some("no answer in time".to_owned());
        let unknown = case.storage.answer_unknown(&first, words.clone()).await;
        unknown.expect("told");
        let detail = case.message(id).await;
        assert!(detail.row.may.restart);
        assert_eq!(detail.delivery.attempts[0].words, words);
        let verdict = &detail.row.verdict;
        assert!(matches!(verdict, Verdict::AnswerUnknown { words: told, .. } if *told == words));
        let auditor = case.member("An auditor", Role::Auditor).await.scope;
        let shown = case.storage.get_message(&auditor, id).await;
        let shown = serde_json::to_string(&shown.expect("read")).expect("JSON");
        assert!(!shown.contains("in time"), "{shown}");
        let restarted = case.storage.restart_message(&scope, id).await;
        restarted.expect("restarted");
        let second = case.claim().await.remove(0);
        assert_eq!(second.attempt.number, 2);
        let begun = case.storage.begin_handover(&second, "smtp").await;
        assert!(begun.expect("begun"));
        let answered = case.storage.record_answer(&second, ACCEPTED).await;
        answered.expect("answered");
        let row = case.message(id).await.row;
        assert_eq!(row.status, Some(DeliveryStatus::Sent));
        assert!(!row.may.restart);
        let again = case.storage.restart_message(&scope, id).await;
        assert_eq!(code(again), Code::Conflict);
        let several = case.storage.restart_messages(&scope, &[id]).await;
        let several = several.expect("done");
        assert!(matches!(&several[0].1, Err(problem) if problem.code == Code::Conflict));
        assert!(case.claim().await.is_empty(), "sent a third time");
        case.verified().await;
    });
}

#[test]
fn whoever_stops_what_does_not_wait_is_told_what_became_of_it() {
    on_both(async |case| {
        let scope = case.scope();
        let hello = async || {
            let input = input(&case, Channel::Email, "noura@mail.example", "Hello");
            case.send(input).await
        };
        let why_not = async |id| match case.storage.stop_message(&scope, id).await {
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                let why = NotStopped::of(&problem).expect("a code");
                assert_eq!(problem.message, why.words());
                problem.message
            }
            other => panic!("not refused: {other:?}"),
        };
        let stopped = hello().await;
        let first = case.storage.stop_message(&scope, stopped).await;
        first.expect("stopped");
        assert_eq!(why_not(stopped).await, "it was stopped already");
        let sent = hello().await;
        case.hand_over().await;
        assert!(
            why_not(sent)
                .await
                .starts_with("it was already handed over")
        );
        let failed = hello().await;
        let claimed = case.claim().await.remove(0);
        let begun = case.storage.begin_handover(&claimed, "smtp").await;
        assert!(begun.expect("begun"));
        let refused = Answer::Refused {
            code: Some("550".to_owned()),
            words: None,
        };
        let answered = case.storage.record_answer(&claimed, refused).await;
        answered.expect("answered");
        assert!(
            why_not(failed)
                .await
                .starts_with("only a message that waits")
        );
    });
}

#[test]
fn who_follows_a_link_again_and_again_is_recorded_until_it_tells_nothing_new() {
    on_both(async |case| {
        let id = case
            .send(input(&case, Channel::Email, "noura@mail.example", "Hello"))
            .await;
        case.hand_over().await;
        let start = case.ambient.clock.now();
        let click = async |seconds: i64, confidence: Confidence| {
            let fact = DeliveryFact {
                at: start + Duration::seconds(seconds),
                attempt: None,
                kind: FactKind::Clicked {
                    url: "https://shop.example/".to_owned(),
                    confidence,
                    reason: "x".to_owned(),
                    device: None,
                },
            };
            let told = case.storage.record_fact(case.store.id, id, fact).await;
            told.expect("told")
        };
        assert!(click(0, Confidence::Scanner).await);
        assert!(!click(59, Confidence::Scanner).await, "within a minute");
        for minute in 1..100 {
            assert!(click(60 * minute, Confidence::Scanner).await, "{minute}");
        }
        assert!(!click(60 * 100, Confidence::Scanner).await);
        assert!(click(60 * 101, Confidence::Person).await, "this is new");
        assert!(!click(60 * 102, Confidence::Person).await);
        assert_eq!(case.message(id).await.opens.len(), 101);
        case.verified().await;
    });
}

#[test]
fn what_names_no_try_is_about_the_last_one_that_began() {
    on_both(async |case| {
        let id = case
            .send(input(&case, Channel::Email, "noura@mail.example", "Hello"))
            .await;
        let first = case.claim().await.remove(0);
        let begun = case.storage.begin_handover(&first, "smtp").await;
        assert!(begun.expect("begun"));
        let later = Answer::Deferred {
            code: Some("451".to_owned()),
            words: Some("greylisted".to_owned()),
            retry_at: case.ambient.clock.now() + Duration::minutes(5),
        };
        let answered = case.storage.record_answer(&first, later).await;
        answered.expect("answered");
        case.pass(Duration::minutes(6));
        case.hand_over().await;
        assert_eq!(
            case.message(id).await.row.status,
            Some(DeliveryStatus::Sent)
        );
        let fact = DeliveryFact {
            at: case.ambient.clock.now(),
            attempt: None,
            kind: FactKind::Report(report("SM1", "bounced")),
        };
        let scope = case.scope();
        let tell = || case.storage.message_event(&scope, id, fact.clone());
        assert!(tell().await.expect("told"));
        assert!(!tell().await.expect("told"), "told before");
        let detail = case.message(id).await;
        assert_eq!(detail.row.status, Some(DeliveryStatus::Failed));
        let tries = &detail.delivery.attempts;
        assert_eq!(tries[1].status, ReportStatus::Failed);
        assert_eq!(tries[0].status, ReportStatus::Unknown);
        case.verified().await;
    });
}

#[test]
fn reports_that_fit_nothing_are_listed_page_by_page_without_what_may_name_somebody() {
    on_both(async |case| {
        let scope = case.scope();
        // Three of the same moment, and two after it.
        for (n, id) in ["SM1", "SM2", "SM3", "SM4", "SM5"].into_iter().enumerate() {
            let at = case.ambient.clock.now() + Duration::seconds((n as i64 - 2).max(0));
            let told = case
                .storage
                .record_report(report(id, "delivered"), None, at);
            assert_eq!(told.await.expect("told"), ReportOutcome::Unmatched);
        }
        let (mut ids, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = case.storage.list_unmatched(&scope, after.as_deref(), 2);
            let page = page.await.expect("a page");
            assert!(page.rows.len() <= 2);
            for row in page.rows {
                assert_eq!(row.report.raw, None);
                assert!(row.report.words.is_some_and(|words| words.contains("+966")));
                ids.extend(row.report.provider_id);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(ids[..2], ["SM5", "SM4"]);
        ids[2..].sort();
        assert_eq!(ids[2..], ["SM1", "SM2", "SM3"]);
        let wrong = case.storage.list_unmatched(&scope, Some("x"), 2).await;
        assert_eq!(code(wrong), Code::InvalidCursor);
        for member in case.one_of_each_role().await {
            let list = case.storage.list_unmatched(&member.scope, None, 2).await;
            match member.session.role {
                Role::Auditor | Role::StoreKeeper | Role::Staff => {
                    assert_eq!(code(list), Code::Forbidden);
                }
                _ => assert_eq!(list.expect("a page").rows.len(), 2),
            }
        }
    });
}
