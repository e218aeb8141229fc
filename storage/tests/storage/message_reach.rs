//! To whom an answer goes, what it answers, and that it goes once.

use crate::harness::{code, on_both};
use crate::message_kit::{inbound, input, mailbox};
use chrono::Duration;
use domain::message::{Answer, Channel, DeliveryStatus, FailureReason, MessageType};
use domain::view::FailedWay;
use domain::{Code, MASK, Role};
use storage::ThreadPage;
use storage::record::{Idempotency, Recorded};

#[test]
fn an_answer_goes_to_whoever_wrote_last() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "055 123 4567")
            .await;
        case.order("1", "c_1", None).await;
        let scope = case.scope();
        let write = async |channel, to: &str, status| {
            case.pass(Duration::minutes(1));
            let mut sent = input(&case, channel, to, "hello");
            sent.message.order = Some("1".to_owned());
            sent.message.is_recorded = true;
            sent.status = Some(status);
            case.send(sent).await;
        };
        let receive = async |channel, from: &str, reply_to: Option<&str>, is_automatic: bool| {
            case.pass(Duration::minutes(1));
            let id = format!("{}@x", case.ambient.uuid());
            let mut message = inbound(&case, channel, from, "where?", &id);
            message.order = Some("1".to_owned());
            message.reply_to = reply_to.map(mailbox);
            if is_automatic {
                let header = ("Auto-Submitted".to_owned(), "auto-replied".to_owned());
                message.headers.push(header);
            }
            case.storage
                .receive_message(&scope, message, Vec::new(), None)
                .await
                .expect("received");
        };
        write(Channel::Email, "first@mail.example", DeliveryStatus::Failed).await;
        write(Channel::Email, "second@mail.example", DeliveryStatus::Sent).await;
        write(Channel::Sms, "+966551234567", DeliveryStatus::Sent).await;
        receive(Channel::Email, "work@mail.example", None, false).await;
        let home = Some("home@mail.example");
        receive(Channel::Email, "shared@mail.example", home, false).await;
        receive(Channel::Email, "away@mail.example", None, true).await;
        receive(Channel::Email, "noreply@courier.example", None, false).await;
        receive(Channel::Whatsapp, "+966559999999", None, false).await;
        // What was not read of the thread counts too.
        let page = ThreadPage {
            limit: 1,
            ..ThreadPage::default()
        };
        let reachable = async |scope| {
            let thread = case.storage.thread(scope, "1", page.clone()).await;
            thread.expect("read").expect("there").reachable
        };
        let expected = [
            (Channel::Email, "home@mail.example"),
            (Channel::Email, "work@mail.example"),
            (Channel::Email, "noura@mail.example"),
            (Channel::Email, "second@mail.example"),
            (Channel::Email, "first@mail.example"),
            (Channel::Sms, "+966551234567"),
            (Channel::Sms, "055 123 4567"),
            (Channel::Whatsapp, "+966559999999"),
            (Channel::Whatsapp, "055 123 4567"),
        ]
        .map(|(channel, address)| (channel, address.to_owned()));
        assert_eq!(reachable(&scope).await, expected);
        let auditor = case.member("The auditor", Role::Auditor).await.scope;
        let masked = [Channel::Email, Channel::Sms, Channel::Whatsapp]
            .map(|channel| (channel, MASK.to_owned()));
        assert_eq!(reachable(&auditor).await, masked);
    });
}

#[test]
fn where_the_last_message_failed_stands_last_and_says_why() {
    on_both(async |case| {
        case.order("1", "c_1", None).await;
        let scope = case.scope();
        let write = async |channel, to: &str, code: Option<&str>| {
            case.pass(Duration::minutes(1));
            let mut sent = input(&case, channel, to, "hello");
            sent.message.order = Some("1".to_owned());
            case.send(sent).await;
            let claimed = case.claim().await.remove(0);
            let begun = case.storage.begin_handover(&claimed, "provider").await;
            assert!(begun.expect("begun"));
            let answer = match code {
                Some(code) => Answer::Refused {
                    code: Some(code.to_owned()),
                    words: None,
                },
                None => Answer::Accepted {
                    provider_id: None,
                    status: None,
                    words: None,
                    missed: Vec::new(),
                },
            };
            let answered = case.storage.record_answer(&claimed, answer).await;
            answered.expect("answered");
        };
        let ways = async |scope| {
            let thread = case.storage.thread(scope, "1", ThreadPage::default()).await;
            let thread = thread.expect("read").expect("there");
            (thread.reachable, thread.failed_ways)
        };
        let mail = |address: &str| (Channel::Email, address.to_owned());
        let failed = |address: &str, reason| FailedWay {
            channel: Channel::Email,
            address: address.to_owned(),
            reason,
        };
        // Nothing else is known of the customer, and they can be written to all the same.
        write(Channel::Email, "gone@mail.example", Some("550")).await;
        let gone = failed("gone@mail.example", FailureReason::NoMailbox);
        assert_eq!(
            ways(&scope).await,
            (vec![mail("gone@mail.example")], vec![gone.clone()])
        );
        write(Channel::Email, "there@mail.example", None).await;
        write(Channel::Email, "full@mail.example", None).await;
        write(Channel::Email, "Full@mail.example", Some("552")).await;
        write(Channel::Email, "back@mail.example", Some("552")).await;
        write(Channel::Email, "back@mail.example", None).await;
        let addresses = ["back", "full", "there", "gone"];
        let all = addresses.map(|name| mail(&format!("{name}@mail.example")));
        let full = failed("full@mail.example", FailureReason::MailboxFull);
        assert_eq!(ways(&scope).await, (all.to_vec(), vec![full, gone]));
        // However many failed since.
        for _ in 0..25 {
            write(Channel::Email, "gone@mail.example", Some("550")).await;
        }
        assert_eq!(ways(&scope).await.0, all);
        let auditor = case.member("The auditor", Role::Auditor).await.scope;
        assert_eq!(ways(&auditor).await, (vec![mail(MASK)], Vec::new()));
    });
}

#[test]
fn a_persons_answer_names_the_mail_that_it_answers() {
    on_both(async |case| {
        case.order("1", "c_1", None).await;
        let scope = case.scope();
        let receive = async |id: &str, references: &[&str], is_automatic: bool| {
            case.pass(Duration::minutes(1));
            let mut mail = inbound(&case, Channel::Email, "noura@mail.example", "where?", id);
            mail.order = Some("1".to_owned());
            mail.references = references.iter().map(|id| (*id).to_owned()).collect();
            if is_automatic {
                let header = ("Auto-Submitted".to_owned(), "auto-replied".to_owned());
                mail.headers.push(header);
            }
            case.storage
                .receive_message(&scope, mail, Vec::new(), None)
                .await
                .expect("received");
        };
        let named = async |channel, to: &str, kind, order: Option<&str>, given: Vec<String>| {
            let mut answer = input(&case, channel, to, "soon");
            answer.message.kind = kind;
            answer.message.order = order.map(str::to_owned);
            answer.message.references = given;
            let id = case.send(answer).await;
            case.message(id).await.message.references
        };
        let (mail, text) = ("noura@mail.example", "+966551234567");
        let reply = MessageType::Reply;
        let of_nothing = named(Channel::Email, mail, reply, Some("1"), Vec::new()).await;
        assert!(of_nothing.is_empty(), "nothing to answer yet");
        receive("a@x", &[], false).await;
        receive("b@x", &["root@x", "no id"], false).await;
        receive("away@x", &[], true).await;
        let answer = named(Channel::Email, mail, reply, Some("1"), Vec::new()).await;
        assert_eq!(answer, ["root@x", "b@x"]);
        let given = vec!["given@x".to_owned()];
        let answer = named(Channel::Email, mail, reply, Some("1"), given).await;
        assert_eq!(answer, ["given@x"]);
        for (channel, to, kind, order) in [
            (Channel::Email, mail, reply, None),
            (
                Channel::Email,
                mail,
                MessageType::OrderNotification,
                Some("1"),
            ),
            (Channel::Sms, text, reply, Some("1")),
        ] {
            let answer = named(channel, to, kind, order, Vec::new()).await;
            assert!(answer.is_empty(), "{channel} {kind} {order:?}");
        }
    });
}

#[test]
fn an_answer_to_a_text_finds_the_order_of_that_text() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        case.order("1", "c_1", None).await;
        case.pass(Duration::hours(1));
        case.order("2", "c_1", None).await;
        let mut sent = input(&case, Channel::Whatsapp, "+966551234567", "about the first");
        sent.message.order = Some("1".to_owned());
        case.send(sent).await;
        let claimed = case.claim().await.remove(0);
        let begun = case.storage.begin_handover(&claimed, "twilio").await;
        assert!(begun.expect("begun"));
        let taken = Answer::Accepted {
            provider_id: Some("SM1".to_owned()),
            status: Some("sent".to_owned()),
            words: None,
            missed: Vec::new(),
        };
        let answered = case.storage.record_answer(&claimed, taken).await;
        answered.expect("answered");
        let receive = async |id: &str, references: Vec<String>| {
            let mut answer = inbound(&case, Channel::Whatsapp, "+966551234567", "thanks", id);
            answer.references = references;
            let received = case
                .storage
                .receive_message(&case.scope(), answer, Vec::new(), None)
                .await;
            received.expect("received").order
        };
        let of_ours = receive("SM2", vec!["SM1".to_owned()]).await;
        assert_eq!(of_ours.as_deref(), Some("1"));
        let of_their_own = receive("SM3", vec!["SM2".to_owned()]).await;
        assert_eq!(of_their_own.as_deref(), Some("1"));
        assert_eq!(receive("SM4", Vec::new()).await.as_deref(), Some("2"));
    });
}

#[test]
fn whoever_writes_without_an_order_is_known_by_their_address() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        for (channel, from, customer) in [
            (Channel::Email, "Noura@mail.example", Some("c_1")),
            (Channel::Sms, "+966551234567", Some("c_1")),
            (Channel::Email, "sara@mail.example", None),
        ] {
            let message = inbound(&case, channel, from, "hello", &format!("{from}-in"));
            let received = case
                .storage
                .receive_message(&case.scope(), message, Vec::new(), None)
                .await
                .expect("received");
            assert_eq!(received.order, None);
            let message = case.message(received.id).await.message;
            assert_eq!(message.customer.as_deref(), customer, "{from}");
            let name = customer.map(|_| "Noura");
            assert_eq!(message.customer_name.as_deref(), name, "{from}");
        }
    });
}

#[test]
fn openings_are_followed_by_type_whoever_sends() {
    on_both(async |case| {
        case.storage.track(vec![MessageType::Reply]);
        for (kind, html, is_tracked) in [
            (MessageType::Reply, Some("<p>hello</p>"), true),
            (MessageType::Reply, None, false),
            (MessageType::OrderNotification, Some("<p>hello</p>"), false),
        ] {
            let mut sent = input(&case, Channel::Email, "noura@mail.example", "hello");
            sent.message.kind = kind;
            sent.message.html = html.map(str::to_owned);
            let id = case.send(sent).await;
            let message = case.message(id).await.message;
            assert_eq!(message.is_tracked, is_tracked, "{kind} {html:?}");
        }
    });
}

#[test]
fn what_a_page_sends_twice_goes_out_once() {
    on_both(async |case| {
        let scope = case.scope();
        let key = case.ambient.uuid();
        let send = async |text: &str| {
            let sent = input(&case, Channel::Sms, "+966551234567", text);
            let once = Idempotency::of_page(key, "send", text);
            case.storage
                .send_messages(&scope, vec![sent], Some(once))
                .await
        };
        assert!(matches!(send("a").await, Ok(Recorded::New(_))));
        assert!(matches!(send("a").await, Ok(Recorded::Replayed(_))));
        assert_eq!(code(send("b").await), Code::IdempotencyConflict);
        assert_eq!(case.claim().await.len(), 1);
    });
}
