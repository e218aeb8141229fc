//! Copies that were put off, and who opted out while a message waited.

use crate::harness::{Case, code, on_both};
use crate::message_kit::{input, mailbox};
use chrono::Duration;
use domain::message::{
    Answer, Channel, DeliveryStatus, FactKind, MessageType, Missed, NotSentReason, Report, Verdict,
};
use domain::{Code, MASK, MessageId, Role};
use storage::Claimed;

const COPY: &str = "copy@mail.example";
const GONE: &str = "gone@mail.example";

fn missed(address: &str, retry_at: Option<chrono::DateTime<chrono::Utc>>) -> Missed {
    Missed {
        address: address.to_owned(),
        code: Some(if retry_at.is_some() { "451" } else { "550" }.to_owned()),
        words: Some(format!("not {address}")),
        retry_at,
    }
}

fn taken(missed: Vec<Missed>) -> Answer {
    Answer::Accepted {
        provider_id: None,
        status: None,
        words: Some("250 ok".to_owned()),
        missed,
    }
}

/// A mail with two copies, one of which is put off for a quarter of an hour and the other refused.
async fn sent_but_for_copies(case: &Case, kind: MessageType) -> MessageId {
    let mut input = input(case, Channel::Email, "noura@mail.example", "Hello");
    input.message.kind = kind;
    input.message.cc = vec![mailbox(COPY)];
    input.message.bcc = vec![mailbox(GONE)];
    let id = case.send(input).await;
    let first = case.claim().await.remove(0);
    assert!(first.copies.is_empty());
    let raw = case.storage.put_object(b"the mail").await.expect("kept");
    let first = first.with_raw(raw);
    begin(case, &first).await;
    let retry_at = case.ambient.clock.now() + Duration::minutes(15);
    let answer = taken(vec![missed(COPY, Some(retry_at)), missed(GONE, None)]);
    let answered = case.storage.record_answer(&first, answer).await;
    answered.expect("answered");
    id
}

async fn begin(case: &Case, claimed: &Claimed) {
    let begun = case.storage.begin_handover(claimed, "smtp").await;
    assert!(begun.expect("begun"));
}

/// Who did not get it, and whether it is tried again.
async fn left(case: &Case, id: MessageId) -> Vec<(String, bool)> {
    let detail = case.message(id).await;
    assert_eq!(detail.row.status, Some(DeliveryStatus::Sent));
    assert_eq!(detail.row.verdict, detail.delivery.verdict);
    match detail.delivery.verdict {
        Verdict::HandedOver { missed, .. } => missed
            .into_iter()
            .map(|missed| (missed.address, missed.retry_at.is_some()))
            .collect(),
        other => panic!("not handed over: {other:?}"),
    }
}

#[test]
fn a_copy_that_was_put_off_is_handed_over_again_alone_with_the_same_bytes() {
    on_both(async |case| {
        let id = sent_but_for_copies(&case, MessageType::OrderNotification).await;
        let waits = [(COPY.to_owned(), true), (GONE.to_owned(), false)];
        assert_eq!(left(&case, id).await, waits);
        assert!(case.claim().await.is_empty(), "too early");
        // What is told of the message in the meantime takes nothing from the copy, and nobody can stop what went out.
        let report = Report {
            provider: "mail".to_owned(),
            provider_id: None,
            recipient: None,
            status: "delivered".to_owned(),
            code: None,
            words: None,
            raw: None,
        };
        let fact = domain::message::DeliveryFact {
            at: case.ambient.clock.now(),
            attempt: None,
            kind: FactKind::Report(report),
        };
        let told = case.storage.record_fact(case.store.id, id, fact).await;
        assert!(told.expect("told"));
        assert!(!case.message(id).await.row.may.stop);
        let stopped = case.storage.stop_message(&case.scope(), id).await;
        assert_eq!(code(stopped), Code::Conflict);
        case.pass(Duration::minutes(16));
        let second = case.claim().await.remove(0);
        assert_eq!(second.copies, [COPY]);
        assert_eq!((second.attempt.number, second.tries), (2, 1));
        let raw = second.handed_over().expect("the first try's bytes");
        let bytes = case.storage.get_object(raw).await.expect("read");
        assert_eq!(bytes.as_deref(), Some(b"the mail".as_slice()));
        begin(&case, &second).await;
        let later = Answer::Deferred {
            code: Some("451".to_owned()),
            words: Some("4.7.1 greylisted".to_owned()),
            retry_at: case.ambient.clock.now() + Duration::minutes(30),
        };
        let answered = case.storage.record_answer(&second, later).await;
        answered.expect("answered");
        assert_eq!(left(&case, id).await, waits);
        case.pass(Duration::minutes(31));
        let third = case.claim().await.remove(0);
        assert_eq!(third.copies, [COPY]);
        begin(&case, &third).await;
        let answered = case.storage.record_answer(&third, taken(Vec::new())).await;
        answered.expect("answered");
        assert_eq!(left(&case, id).await, [(GONE.to_owned(), false)]);
        case.pass(Duration::hours(24));
        assert!(case.claim().await.is_empty(), "sent again");
        let detail = case.message(id).await;
        assert_eq!(detail.row.attempt_count, 1, "one try of the message itself");
        assert!(!detail.row.may.restart && detail.row.may.send_again);
        case.verified().await;
    });
}

/// What a mail server tells of one recipient. False when it was told before.
async fn told_of(case: &Case, id: MessageId, recipient: &str, status: &str) -> bool {
    let report = Report {
        provider: "mail".to_owned(),
        provider_id: None,
        recipient: Some(recipient.to_owned()),
        status: status.to_owned(),
        code: Some("5.1.1".to_owned()),
        words: None,
        raw: None,
    };
    let fact = domain::message::DeliveryFact {
        at: case.ambient.clock.now(),
        attempt: None,
        kind: FactKind::Report(report),
    };
    let told = case.storage.record_fact(case.store.id, id, fact).await;
    told.expect("told")
}

#[test]
fn a_copy_of_which_something_else_is_told_is_not_tried_again() {
    on_both(async |case| {
        for status in ["bounced", "delivered"] {
            let id = sent_but_for_copies(&case, MessageType::OrderNotification).await;
            assert!(told_of(&case, id, COPY, status).await);
            assert!(!told_of(&case, id, "Copy@mail.example", status).await);
            assert!(told_of(&case, id, GONE, status).await, "somebody else");
            let ended = match status {
                "bounced" => vec![(COPY.to_owned(), false), (GONE.to_owned(), false)],
                _ => Vec::new(),
            };
            assert_eq!(left(&case, id).await, ended);
            // Not even when the message itself did not arrive.
            let id = sent_but_for_copies(&case, MessageType::OrderNotification).await;
            assert!(told_of(&case, id, "noura@mail.example", "bounced").await);
            let failed = case.message(id).await.row.status;
            assert_eq!(failed, Some(DeliveryStatus::Failed));
            assert!(told_of(&case, id, COPY, status).await);
            case.pass(Duration::minutes(16));
            assert!(case.claim().await.is_empty(), "sent again");
        }
        case.verified().await;
    });
}

#[test]
fn a_copy_that_nobody_knows_the_end_of_is_not_repeated() {
    on_both(async |case| {
        let id = sent_but_for_copies(&case, MessageType::OrderNotification).await;
        case.pass(Duration::minutes(16));
        begin(&case, &case.claim().await.remove(0)).await;
        case.pass(Duration::hours(1));
        assert_eq!(case.storage.settle_unanswered().await.expect("settled"), 1);
        let ended = [(COPY.to_owned(), false), (GONE.to_owned(), false)];
        assert_eq!(left(&case, id).await, ended);
        assert!(case.claim().await.is_empty(), "sent again");
        let restarted = case.storage.restart_message(&case.scope(), id).await;
        assert_eq!(code(restarted), Code::Conflict, "the others have it");
    });
}

#[test]
fn who_is_named_as_left_out_is_hidden_where_addresses_are() {
    on_both(async |case| {
        let id = sent_but_for_copies(&case, MessageType::OrderNotification).await;
        case.pass(Duration::minutes(16));
        begin(&case, &case.claim().await.remove(0)).await;
        assert!(told_of(&case, id, GONE, "bounced").await);
        let auditor = case.member("An auditor", Role::Auditor).await.scope;
        let shown = case.storage.get_message(&auditor, id).await;
        let shown = shown.expect("read").expect("there");
        let text = serde_json::to_string(&shown).expect("JSON");
        assert!(!text.contains("mail.example"), "{text}");
        assert!(
            matches!(&shown.row.verdict, Verdict::HandedOver { missed, .. } if missed[0].address == MASK)
        );
    });
}

#[test]
fn whose_copies_are_missed_is_told_where_the_message_itself_failed() {
    on_both(async |case| {
        let id = sent_but_for_copies(&case, MessageType::OrderNotification).await;
        assert!(told_of(&case, id, COPY, "delivered").await);
        assert!(told_of(&case, id, "noura@mail.example", "bounced").await);
        let detail = case.message(id).await;
        assert_eq!(detail.row.status, Some(DeliveryStatus::Failed));
        assert_eq!(detail.missed, [missed(GONE, None)]);
        let auditor = case.member("An auditor", Role::Auditor).await.scope;
        let shown = case.storage.get_message(&auditor, id).await;
        let shown = shown.expect("read").expect("there");
        assert_eq!(shown.missed[0].address, MASK);
        let text = serde_json::to_string(&shown).expect("JSON");
        assert!(!text.contains("mail.example"), "{text}");
        case.verified().await;
    });
}

#[test]
fn who_opts_out_while_a_campaign_waits_is_why_it_was_not_sent() {
    on_both(async |case| {
        let mut input = input(&case, Channel::Email, "noura@mail.example", "Hello");
        input.message.kind = MessageType::Campaign;
        let id = case.send(input).await;
        let scope = case.scope();
        let claimed = case.claim().await.remove(0);
        let is_out = async || {
            let asked = case.storage.is_opted_out_since(&claimed).await;
            asked.expect("asked")
        };
        assert!(!is_out().await);
        let out = case
            .storage
            .set_opt_out(&scope, Channel::Email, "Noura@mail.example", true);
        out.await.expect("kept");
        assert!(is_out().await);
        let reason = NotSentReason::OptedOut;
        let refused = case.storage.refuse(&claimed, reason).await;
        refused.expect("refused");
        let detail = case.message(id).await;
        assert_eq!(detail.row.status, Some(DeliveryStatus::NotSent));
        assert_eq!(detail.delivery.verdict, Verdict::NotSent { reason });
        assert!(!detail.row.may.restart && !detail.row.may.stop);
        assert!(case.claim().await.is_empty());
        case.pass(Duration::hours(1));
        assert!(case.claim().await.is_empty(), "it came back");
        let begun = case.storage.begin_handover(&claimed, "smtp").await;
        assert!(!begun.expect("asked"));
        let actions: Vec<(String, Option<String>)> = case
            .all_rows(&scope, "category:messages", 50)
            .await
            .into_iter()
            .map(|row| (row.action, row.error))
            .collect();
        assert_eq!(
            actions[0],
            ("message.failed".to_owned(), Some("opted out".to_owned()))
        );
        case.verified().await;
    });
}

#[test]
fn who_opts_out_after_the_others_got_it_ends_their_copy_alone() {
    on_both(async |case| {
        sent_but_for_copies(&case, MessageType::Campaign).await;
        case.pass(Duration::minutes(16));
        let claimed = case.claim().await.remove(0);
        let scope = case.scope();
        let asked = async |address| {
            let out = case
                .storage
                .set_opt_out(&scope, Channel::Email, address, true);
            out.await.expect("kept");
            let asked = case.storage.is_opted_out_since(&claimed).await;
            asked.expect("asked")
        };
        assert!(!asked("noura@mail.example").await, "it is not for them");
        assert!(asked(COPY).await);
    });
}

#[test]
fn a_campaign_with_copies_is_sent_again_to_one_alone() {
    on_both(async |case| {
        let id = sent_but_for_copies(&case, MessageType::Campaign).await;
        let scope = case.scope();
        let to_all = case.storage.send_again(&scope, id, None).await;
        assert_eq!(code(to_all), Code::InvalidFields);
        let to_one = mailbox(COPY);
        let to_one = case.storage.send_again(&scope, id, Some(to_one)).await;
        to_one.expect("sent");
    });
}

#[test]
fn what_is_sent_again_has_no_header_that_storetrail_writes_itself() {
    on_both(async |case| {
        let mut first = input(&case, Channel::Email, "noura@mail.example", "Hello");
        let own = ("Auto-Submitted".to_owned(), "auto-replied".to_owned());
        let other = ("X-Order".to_owned(), "1042".to_owned());
        first.message.headers = vec![own, other.clone()];
        let id = case.send(first).await;
        let again = case.storage.send_again(&case.scope(), id, None).await;
        let again = case.message(again.expect("sent")).await;
        assert_eq!(again.message.headers, [other]);
    });
}
