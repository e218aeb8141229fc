//! Order threads: what is in them, in which order, and who waits for an answer.

use crate::harness::{activity, on_both, reference};
use crate::message_kit::{inbound, input};
use crate::people::email_of;
use chrono::Duration;
use domain::Role;
use domain::message::{
    Answer, Channel, DeliveryStatus, MessageDirection, MessageType, NewAttachment, Report,
};
use domain::view::{MessageEvent, Thread, ThreadItem};
use storage::ThreadPage;

pub fn texts(thread: &Thread) -> Vec<String> {
    thread
        .items
        .iter()
        .map(|item| match item {
            ThreadItem::Message { text, .. } => text.clone().unwrap_or_default(),
            ThreadItem::Activity { row } => row.action.clone(),
        })
        .collect()
}

#[test]
fn a_thread_is_read_oldest_first_with_what_happened_to_the_order() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966 55 123 4567")
            .await;
        case.order("1042", "c_1", None).await;
        for n in 0..6 {
            let mut input = input(
                &case,
                Channel::Email,
                "noura@mail.example",
                &format!("m{n}"),
            );
            input.message.order = Some("1042".to_owned());
            case.send(input).await;
            // What waits would stand on the last page, whichever that is.
            case.hand_over().await;
            case.pass(Duration::minutes(1));
            if n == 2 {
                let mut changed = activity("order.status_changed", 0);
                changed.occurred_at = case.ambient.clock.now();
                changed.subject = Some(reference("order", "1042", "Order 1042"));
                case.record(vec![changed]).await;
                case.pass(Duration::minutes(1));
            }
        }
        let scope = case.scope();
        let read = async |page| {
            case.storage
                .thread(&scope, "1042", page)
                .await
                .expect("read")
                .expect("there")
        };
        let newest = read(ThreadPage {
            limit: 4,
            ..ThreadPage::default()
        })
        .await;
        assert_eq!(
            texts(&newest),
            ["m2", "order.status_changed", "m3", "m4", "m5"]
        );
        assert!(newest.after.is_none());
        // What happened between two pages is on one of them, and on one only.
        let after_event = read(ThreadPage {
            limit: 3,
            ..ThreadPage::default()
        })
        .await;
        assert_eq!(texts(&after_event), ["m3", "m4", "m5"]);
        let with_event = read(ThreadPage {
            before: after_event.before,
            limit: 2,
            ..ThreadPage::default()
        })
        .await;
        assert_eq!(texts(&with_event), ["m1", "m2", "order.status_changed"]);
        let older = read(ThreadPage {
            before: newest.before.clone(),
            limit: 4,
            ..ThreadPage::default()
        })
        .await;
        assert_eq!(texts(&older), ["m0", "m1"]);
        assert!(older.before.is_none() && older.after.is_some());
        let on = read(ThreadPage {
            after: older.after,
            limit: 2,
            ..ThreadPage::default()
        })
        .await;
        assert_eq!(texts(&on), ["m2", "order.status_changed", "m3"]);
        assert_eq!(
            newest.reachable,
            [
                (Channel::Email, "noura@mail.example".to_owned()),
                (Channel::Sms, "+966551234567".to_owned()),
                (Channel::Whatsapp, "+966551234567".to_owned()),
            ]
        );
        assert!(
            case.storage
                .thread(&scope, "none", ThreadPage::default())
                .await
                .expect("read")
                .is_none()
        );
    });
}

#[test]
fn what_customers_write_finds_its_order() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966 55 123 4567")
            .await;
        case.order("1", "c_1", None).await;
        case.pass(Duration::hours(1));
        case.order("2", "c_1", None).await;
        let mut first = input(
            &case,
            Channel::Email,
            "noura@mail.example",
            "about the first",
        );
        first.message.order = Some("1".to_owned());
        let first = case.send(first).await;
        let message_id = case.message(first).await.message.message_id.expect("made");
        let scope = case.scope();
        let receive = async |message| {
            case.storage
                .receive_message(&scope, message, Vec::new(), Some(b"raw"))
                .await
                .expect("received")
        };
        let mut answer = inbound(
            &case,
            Channel::Email,
            "somebody@else.example",
            "thanks",
            "a@x",
        );
        answer.references = vec!["unknown@x".to_owned(), message_id];
        assert_eq!(receive(answer.clone()).await.order.as_deref(), Some("1"));
        let again = receive(answer).await;
        assert!(!again.is_new);
        assert_eq!(again.order.as_deref(), Some("1"));
        let by_mail = inbound(&case, Channel::Email, "Noura@mail.example", "hello", "b@x");
        assert_eq!(receive(by_mail).await.order.as_deref(), Some("2"));
        let by_number = inbound(&case, Channel::Whatsapp, "+966551234567", "hello", "SM1");
        let received = receive(by_number).await;
        assert_eq!(received.order.as_deref(), Some("2"));
        assert_eq!(
            case.message(received.id)
                .await
                .message
                .customer_name
                .as_deref(),
            Some("Noura")
        );
        let raw = case
            .storage
            .raw_message(&scope, received.id)
            .await
            .expect("read");
        assert_eq!(raw.as_deref(), Some(b"raw".as_slice()));
        let nobody = inbound(&case, Channel::Sms, "+12025550143", "hello", "SM2");
        assert_eq!(receive(nobody).await.order, None);
        case.verified().await;
    });
}

#[test]
fn those_who_wait_for_an_answer_stand_first() {
    on_both(async |case| {
        for number in ["1", "2", "3"] {
            case.order(number, "c_1", None).await;
        }
        let sara = case.member("Sara", Role::Manager).await.scope;
        let omar = case.member("Omar", Role::Manager).await.scope;
        let list = async |scope| {
            case.storage
                .list_orders(scope, "", None, 10)
                .await
                .expect("listed")
        };
        let numbers = async |scope| {
            list(scope)
                .await
                .rows
                .into_iter()
                .map(|o| o.number)
                .collect::<Vec<_>>()
        };
        let write = async |number: &str, is_inbound: bool| {
            case.pass(Duration::minutes(1));
            let mut message = inbound(
                &case,
                Channel::Sms,
                "+966551234567",
                "where?",
                &format!("{number}{}", case.ambient.uuid()),
            );
            message.order = Some(number.to_owned());
            if is_inbound {
                case.storage
                    .receive_message(&case.scope(), message, Vec::new(), None)
                    .await
                    .expect("received");
            } else {
                let mut reply = input(&case, Channel::Sms, "+966551234567", "soon");
                reply.message.order = Some(number.to_owned());
                reply.message.kind = MessageType::Reply;
                case.send(reply).await;
                case.hand_over().await;
            }
        };
        write("1", false).await;
        write("3", true).await;
        write("2", true).await;
        write("3", true).await;
        assert_eq!(numbers(&sara).await, ["3", "2", "1"]);
        let page = list(&sara).await;
        assert_eq!(page.waiting_count, 2);
        assert_eq!(
            page.rows.iter().map(|o| o.unread_count).collect::<Vec<_>>(),
            [2, 1, 0]
        );
        assert_eq!(
            page.rows[0]
                .last_message
                .as_ref()
                .and_then(|m| m.preview.clone())
                .as_deref(),
            Some("where?")
        );
        case.storage.mark_seen(&sara, "3").await.expect("seen");
        assert_eq!(list(&sara).await.rows[0].unread_count, 0);
        assert_eq!(
            list(&omar).await.rows[0].unread_count,
            2,
            "seen by one, not by all"
        );
        write("3", false).await;
        assert_eq!(numbers(&sara).await, ["2", "3", "1"]);
        let first = case
            .storage
            .list_orders(&sara, "", None, 2)
            .await
            .expect("listed");
        let rest = case
            .storage
            .list_orders(&sara, "", first.next.as_deref(), 2)
            .await
            .expect("listed");
        assert_eq!((first.rows.len(), rest.rows[0].number.as_str()), (2, "1"));
        assert!(rest.next.is_none());
        let found = case
            .storage
            .list_orders(&sara, "C_1 3", None, 10)
            .await
            .expect("listed");
        assert_eq!(
            found
                .rows
                .iter()
                .map(|o| o.number.as_str())
                .collect::<Vec<_>>(),
            ["3"]
        );
    });
}

#[test]
fn a_customer_waits_until_an_answer_was_sent() {
    on_both(async |case| {
        case.order("1", "c_1", None).await;
        let scope = case.scope();
        let mut asked = inbound(&case, Channel::Sms, "+966551234567", "where?", "in1");
        let asked_at = asked.occurred_at;
        asked.order = Some("1".to_owned());
        case.storage
            .receive_message(&scope, asked, Vec::new(), None)
            .await
            .expect("received");
        let waits = async || {
            let page = case.storage.list_orders(&scope, "", None, 10).await;
            let page = page.expect("listed");
            let since = page.rows[0].waiting_since;
            assert_eq!(page.waiting_count, u64::from(since.is_some()));
            since
        };
        let reply = |hold_seconds: Option<u64>| {
            case.pass(Duration::minutes(1));
            let mut reply = input(&case, Channel::Sms, "+966551234567", "soon");
            reply.message.order = Some("1".to_owned());
            reply.message.kind = MessageType::Reply;
            reply.hold_seconds = hold_seconds;
            reply
        };
        let held = case.send(reply(Some(10))).await;
        assert_eq!(waits().await, Some(asked_at), "a held reply answers nobody");
        case.storage
            .stop_message(&scope, held)
            .await
            .expect("stopped");
        assert_eq!(waits().await, Some(asked_at), "a stopped reply neither");
        case.send(reply(None)).await;
        let claimed = case.claim().await.remove(0);
        let begun = case.storage.begin_handover(&claimed, "twilio").await;
        assert!(begun.expect("begun"));
        assert_eq!(waits().await, Some(asked_at));
        let refused = Answer::Refused {
            code: Some("21211".to_owned()),
            words: None,
        };
        let answered = case.storage.record_answer(&claimed, refused).await;
        answered.expect("answered");
        assert_eq!(waits().await, Some(asked_at), "one that failed neither");
        case.send(reply(None)).await;
        let claimed = case.claim().await.remove(0);
        let begun = case.storage.begin_handover(&claimed, "twilio").await;
        assert!(begun.expect("begun"));
        let taken = Answer::Accepted {
            provider_id: Some("SM1".to_owned()),
            status: Some("queued".to_owned()),
            words: None,
            missed: Vec::new(),
        };
        let answered = case.storage.record_answer(&claimed, taken).await;
        answered.expect("answered");
        assert_eq!(waits().await, Some(asked_at), "the provider still has it");
        let now = case.ambient.clock.now();
        let told = async |status: &str| {
            let report = Report {
                provider: "twilio".to_owned(),
                provider_id: Some("SM1".to_owned()),
                recipient: None,
                status: status.to_owned(),
                code: None,
                words: None,
                raw: None,
            };
            let told = case.storage.record_report(report, None, now).await;
            told.expect("told");
        };
        told("sent").await;
        assert_eq!(waits().await, None);
        // It left the provider and did not arrive.
        told("undelivered").await;
        assert_eq!(waits().await, Some(asked_at));
        let sent = case.send(reply(None)).await;
        case.hand_over().await;
        assert_eq!(
            case.message(sent).await.row.status,
            Some(DeliveryStatus::Sent)
        );
        assert_eq!(waits().await, None);
        // What was written after a reply is not answered by it, whenever it goes out.
        case.send(reply(None)).await;
        case.pass(Duration::minutes(1));
        let mut again = inbound(&case, Channel::Sms, "+966551234567", "and?", "in2");
        let again_at = again.occurred_at;
        again.order = Some("1".to_owned());
        case.storage
            .receive_message(&scope, again, Vec::new(), None)
            .await
            .expect("received");
        case.hand_over().await;
        assert_eq!(waits().await, Some(again_at));
        case.verified().await;
    });
}

#[test]
fn files_are_kept_and_come_back_as_they_were() {
    on_both(async |case| {
        let mut sent = input(&case, Channel::Email, "noura@mail.example", "with a file");
        let content: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        sent.attachments.push(NewAttachment {
            name: "invoice.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            content_id: None,
            content: content.clone(),
        });
        let id = case.send(sent).await;
        let (attachment, bytes) = case
            .storage
            .attachment(&case.scope(), id, 0)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(
            (attachment.name.as_str(), attachment.blob.size_bytes),
            ("invoice.pdf", 100_000)
        );
        assert_eq!(bytes, content);
        assert!(
            case.storage
                .attachment(&case.scope(), id, 1)
                .await
                .expect("read")
                .is_none()
        );
    });
}

#[test]
fn what_happens_in_a_thread_is_pushed_and_can_be_read_on() {
    on_both(async |case| {
        case.order("1", "c_1", Some(&email_of("The staff"))).await;
        let staff = case.member("The staff", Role::Staff).await.scope;
        let keeper = case.member("The keeper", Role::StoreKeeper).await.scope;
        let mark = case.storage.current_mark(&staff).await.expect("a mark");
        let mut published = case.storage.subscribe_messages();
        for number in ["1", "2"] {
            let mut sent = input(
                &case,
                Channel::Sms,
                "+966551234567",
                &format!("to {number}"),
            );
            sent.message.order = Some(number.to_owned());
            case.send(sent).await;
        }
        let claimed = case.claim().await;
        case.storage
            .begin_handover(&claimed[0], "twilio")
            .await
            .expect("begun");
        let everything = case.storage.message_filter(&staff, "").expect("a filter");
        let mut pushed = Vec::new();
        for _ in 0..3 {
            let next =
                tokio::time::timeout(std::time::Duration::from_secs(20), published.recv()).await;
            let next = next.expect("in time").expect("not lagged");
            assert!(next.event_for(&keeper, &everything, None).is_none());
            pushed.extend(next.event_for(&staff, &everything, None));
        }
        assert!(
            matches!(
                pushed.as_slice(),
                [
                    MessageEvent::MessageAdded { .. },
                    MessageEvent::MessageChanged { .. }
                ]
            ),
            "{pushed:?}"
        );
        let read_on = case
            .storage
            .message_changes_since(&staff, &everything, Some("1"), &mark)
            .await
            .expect("read");
        assert_eq!(read_on.len(), 2);
        let nothing = case
            .storage
            .message_changes_since(&keeper, &everything, None, "start")
            .await
            .expect("read");
        assert_eq!(nothing, []);
        // Another process on the same database hands on the same.
        let other = case.reopened().await;
        let mut elsewhere = other.subscribe_messages();
        case.send(input(&case, Channel::Sms, "+966551234567", "again"))
            .await;
        let next = tokio::time::timeout(std::time::Duration::from_secs(20), elsewhere.recv()).await;
        assert!(next.expect("in time").expect("not lagged").is_new);
    });
}

#[test]
fn a_customers_page_has_orders_messages_and_activities() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        case.order("1", "c_1", None).await;
        let mut sent = input(&case, Channel::Sms, "+966551234567", "hello");
        sent.message.order = Some("1".to_owned());
        let id = case.send(sent).await;
        assert_eq!(
            case.message(id).await.message.direction,
            MessageDirection::Outbound
        );
        case.storage
            .set_opt_out(&case.scope(), Channel::Sms, "+966551234567", true)
            .await
            .expect("kept");
        let page = case
            .storage
            .customer_page(&case.scope(), "c_1")
            .await
            .expect("read")
            .expect("there");
        assert_eq!(
            (page.orders.len(), page.messages.len(), page.opt_outs.len()),
            (1, 1, 1)
        );
        assert_eq!(
            page.activities
                .iter()
                .map(|a| a.action.as_str())
                .collect::<Vec<_>>(),
            ["message.queued"]
        );
        assert!(
            case.storage
                .customer_page(&case.scope(), "c_2")
                .await
                .expect("read")
                .is_none()
        );
    });
}

#[test]
fn values_are_proposed_from_what_one_may_see() {
    on_both(async |case| {
        case.order("1042", "c_1", Some(&email_of("The staff")))
            .await;
        for (to, order) in [
            ("noura@mail.example", "1042"),
            ("noura@mail.example", "1043"),
            ("sara@mail.example", "1043"),
        ] {
            let mut sent = input(&case, Channel::Email, to, "hello");
            sent.message.order = Some(order.to_owned());
            case.send(sent).await;
        }
        let propose = async |scope, qualifier: &str, prefix: &str| {
            let filter = case.storage.message_filter(scope, "").expect("a filter");
            let found = case
                .storage
                .suggest_messages(scope, &filter, qualifier, prefix)
                .await
                .expect("proposed");
            found.into_iter().map(|s| s.insert).collect::<Vec<_>>()
        };
        let staff = case.member("The staff", Role::Staff).await.scope;
        let auditor = case.member("The auditor", Role::Auditor).await.scope;
        let keeper = case.member("The keeper", Role::StoreKeeper).await.scope;
        let all = case.scope();
        assert_eq!(
            propose(&all, "to", "").await,
            ["to:noura@mail.example", "to:sara@mail.example"]
        );
        assert_eq!(propose(&all, "to", "sa").await, ["to:sara@mail.example"]);
        assert_eq!(
            propose(&all, "order", "104").await,
            ["order:1043", "order:1042"]
        );
        assert_eq!(propose(&all, "status", "pen").await, ["status:pending"]);
        assert_eq!(propose(&staff, "order", "").await, ["order:1042"]);
        assert!(propose(&auditor, "to", "").await.is_empty());
        assert_eq!(propose(&auditor, "order", "1042").await, ["order:1042"]);
        assert!(propose(&keeper, "order", "").await.is_empty());
    });
}
