//! Whose a message is that somebody wrote, whom one comes from that the store sends, and what no provider sends.

use crate::harness::{Case, on_both};
use crate::message_kit::{inbound, input, mailbox};
use chrono::Duration;
use domain::export::{Selection, Source};
use domain::message::{
    Channel, DeliveryStatus, FactKind, FilledIn, Mailbox, Message, MessageType, NotSentReason,
    NotStopped, Verdict, WaitReason,
};
use domain::view::{MessageEvent, ThreadItem};
use domain::{MessageId, Role};
use std::sync::Arc;
use storage::UsualSender;

/// The customer that a message from a number is filed with.
async fn customer(case: &Case, from: &str) -> Option<String> {
    let id = case.ambient.uuid().to_string();
    let message = inbound(case, Channel::Sms, from, "hello", &id);
    let received = case
        .storage
        .receive_message(&case.scope(), message, Vec::new(), None)
        .await
        .expect("received");
    case.message(received.id).await.message.customer
}

#[test]
fn a_text_is_filed_with_whom_its_whole_number_belongs_to() {
    on_both(async |case| {
        for (id, phone) in [
            ("sa", "+966551234567"),
            ("ae", "+971 55 123 4567"),
            ("local", "0551234567"),
            ("other", "+966501112345"),
        ] {
            let email = format!("{id}@mail.example");
            case.customer(id, id, &email, phone).await;
        }
        for (from, id) in [
            ("+966551234567", Some("sa")),
            ("+971551234567", Some("ae")),
            // Nobody has this one; whoever's number lacks a country's code may be meant.
            ("+974551234567", Some("local")),
            // Five digits are nobody's.
            ("12345", None),
            ("+974501112345", None),
        ] {
            assert_eq!(customer(&case, from).await.as_deref(), id, "{from}");
        }
        case.verified().await;
    });
}

/// The store's usual sender.
fn usual() -> UsualSender {
    UsualSender {
        email: Mailbox {
            name: Some("Maison Noor".to_owned()),
            address: "shop@maisonnoor.example".to_owned(),
        },
        sms: Some(mailbox("+966112223344")),
        whatsapp: None,
        reply_to: Arc::new(|id: MessageId| mailbox(&format!("reply+{id}@maisonnoor.example"))),
    }
}

/// The ids of what a query finds, the newest first.
async fn ids(case: &Case, scope: &storage::Scope, q: &str) -> Vec<MessageId> {
    let rows = case.found(scope, q).await;
    rows.into_iter().map(|row| row.id).collect()
}

#[test]
fn what_does_not_say_whom_it_comes_from_is_found_by_the_usual_sender() {
    on_both(async |case| {
        let scope = case.scope();
        let noura = "noura@mail.example";
        let before = case
            .send(input(&case, Channel::Email, noura, "Before"))
            .await;
        case.storage.send_from(usual());
        let mail = case
            .send(input(&case, Channel::Email, noura, "Hello"))
            .await;
        let sms = case
            .send(input(&case, Channel::Sms, "+966551234567", "Hello"))
            .await;
        let whatsapp = case
            .send(input(&case, Channel::Whatsapp, "+966551234567", "Hello"))
            .await;
        let mut given = input(&case, Channel::Email, noura, "Hello");
        given.message.from = Some(mailbox("sales@maisonnoor.example"));
        given.message.reply_to = Some(mailbox("desk@maisonnoor.example"));
        let given = case.send(given).await;

        let shown = case.message(mail).await;
        assert_eq!(shown.row.from.as_deref(), Some("shop@maisonnoor.example"));
        assert_eq!(shown.message.from, Some(usual().email));
        assert_eq!(shown.message.reply_to, Some((usual().reply_to)(mail)));
        assert_eq!(shown.message.filled_in, [FilledIn::From, FilledIn::ReplyTo]);
        let shown = case.message(sms).await.message;
        assert_eq!((shown.from, shown.reply_to), (usual().sms, None));
        assert_eq!(shown.filled_in, [FilledIn::From]);
        for (id, from) in [
            (before, None),
            (whatsapp, None),
            (given, Some(mailbox("sales@maisonnoor.example"))),
        ] {
            let shown = case.message(id).await.message;
            assert_eq!((shown.from, shown.filled_in), (from, Vec::new()));
        }
        for (q, found) in [
            ("from:shop@maisonnoor.example", vec![mail]),
            ("from:noor", vec![mail]),
            ("from:maisonnoor.example", vec![given, mail]),
            ("from:+966112223344", vec![sms]),
            ("from:0112223344", vec![sms]),
            // What all comes from, only they find who ask for it.
            ("shop@maisonnoor.example", vec![]),
            ("sales@maisonnoor.example", vec![given]),
        ] {
            assert_eq!(ids(&case, &scope, q).await, found, "{q}");
        }

        // A role from which addresses are hidden sees as much of it as of one that was given.
        let auditor = case.member("An auditor", Role::Auditor).await.scope;
        let shown = case.storage.get_message(&auditor, mail).await;
        let shown = serde_json::to_string(&shown.expect("read")).expect("JSON");
        assert!(!shown.contains("maisonnoor.example"), "{shown}");
        assert!(
            ids(&case, &auditor, "from:shop@maisonnoor.example")
                .await
                .is_empty()
        );
        case.verified().await;
    });
}

#[test]
fn each_try_comes_from_whom_the_message_was_recorded_with_and_a_repeat_from_its_own() {
    on_both(async |case| {
        case.storage.send_from(usual());
        let hello = input(&case, Channel::Email, "noura@mail.example", "Hello");
        let id = case.send(hello).await;
        let recorded = case.message(id).await.message;
        let sender = |message: Message| (message.from, message.reply_to, message.message_id);
        let claimed = case.claim().await.remove(0);
        assert_eq!(sender(claimed.message.clone()), sender(recorded.clone()));
        case.storage
            .begin_handover(&claimed, "smtp")
            .await
            .expect("begun");
        let unknown = case.storage.answer_unknown(&claimed, None).await;
        unknown.expect("told");
        let restarted = case.storage.restart_message(&case.scope(), id).await;
        restarted.expect("restarted");
        let second = case.claim().await.remove(0);
        assert_eq!(sender(second.message), sender(recorded.clone()));
        let again = case.storage.send_again(&case.scope(), id, None).await;
        let again = again.expect("sent");
        let repeated = case.message(again).await.message;
        assert_eq!(repeated.reply_to, Some((usual().reply_to)(again)));
        assert_eq!(repeated.from, recorded.from);
        assert_eq!(repeated.filled_in, recorded.filled_in);
        case.verified().await;
    });
}

#[test]
fn whoever_has_the_usual_senders_address_is_not_all_that_it_sends() {
    on_both(async |case| {
        let scope = case.scope();
        case.storage.send_from(usual());
        let (noura, shop) = ("noura@mail.example", "shop@maisonnoor.example");
        let phone = "+966551234567";
        case.customer("c_1", "Noura", noura, phone).await;
        case.customer("c_9", "A trial", shop, "+966112223344").await;
        case.send(input(&case, Channel::Email, noura, "Hello"))
            .await;
        case.send(input(&case, Channel::Sms, phone, "Hello")).await;
        let trial = inbound(
            &case,
            Channel::Email,
            shop,
            "A trial",
            "a@maisonnoor.example",
        );
        let received = case
            .storage
            .receive_message(&scope, trial, Vec::new(), None)
            .await
            .expect("received");
        for (customer, messages) in [("c_1", 2), ("c_9", 1)] {
            let found = case.storage.person_found(&scope, customer).await;
            let found = found.expect("read").expect("known");
            assert_eq!(found.messages, messages, "{customer}");
        }
        // What was filled in goes with the message.
        case.erase_person(&scope, "c_1", "asked by mail").await;
        for (q, found) in [
            ("from:+966112223344", vec![]),
            ("from:shop@maisonnoor.example", vec![received.id]),
        ] {
            assert_eq!(ids(&case, &scope, q).await, found, "{q}");
        }
        case.verified().await;
    });
}

const NO_SENDER: Verdict = Verdict::NotSent {
    reason: NotSentReason::NoSender,
};

#[test]
fn what_has_no_provider_is_not_sent_at_once_and_goes_out_in_time_once_there_is_one() {
    on_both(async |case| {
        let scope = case.scope();
        let at = case.ambient.clock.now() + Duration::days(1);
        let mut later = input(&case, Channel::Sms, "+966551234567", "Hello");
        later.send_at = Some(at);
        case.storage.send_by(vec![Channel::Email]);
        let mut events = case.storage.subscribe_messages();
        let id = case.send(later).await;
        let mail = input(&case, Channel::Email, "noura@mail.example", "Hello");
        let mail = case.send(mail).await;
        let detail = case.message(id).await;
        assert_eq!(detail.row.status, Some(DeliveryStatus::NotSent));
        assert_eq!(detail.delivery.verdict, NO_SENDER);
        let may = detail.row.may;
        assert!(may.needs_provider && may.send_again);
        assert!(!may.restart && !may.stop && !may.release);
        assert_eq!(case.found(&scope, "status:not_sent").await[0].may, may);
        let published = events.recv().await.expect("told");
        let everything = case.storage.message_filter(&scope, "").expect("read");
        let told = case
            .storage
            .live_message_event(&published, &scope, &everything, None);
        let Some(MessageEvent::MessageAdded { item, .. }) = told else {
            panic!("added");
        };
        let ThreadItem::Message { row, .. } = *item else {
            panic!("a message");
        };
        assert_eq!(row.may, may);
        let has_begun = |detail: &domain::view::MessageDetail| {
            let mut history = detail.history.iter();
            history.any(|step| matches!(step.fact.kind, FactKind::Begun { .. }))
        };
        assert!(!has_begun(&detail), "nothing was handed to anybody");
        let actions: Vec<(String, Option<String>)> = case
            .all_rows(&scope, "action:message.failed", 50)
            .await
            .into_iter()
            .map(|row| (row.action, row.error))
            .collect();
        let why = "this channel is not set up here".to_owned();
        assert_eq!(actions, [("message.failed".to_owned(), Some(why))]);
        let claimed = case.claim().await;
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].id, mail);

        // While there is none a restart says so, and what restarts all that can be leaves it out.
        let refused = case.storage.restart_message(&scope, id).await;
        let Err(storage::Error::Problem(problem)) = refused else {
            panic!("restarted");
        };
        assert_eq!(NotStopped::of(&problem), Some(NotStopped::NotSetUp));
        let restartable = async |storage: &storage::Storage| {
            let mut filter = storage.message_filter(&scope, "").expect("read");
            filter.clauses.extend(storage.restartable(&scope));
            let ids = storage.message_ids(&scope, &filter, 10).await;
            ids.expect("found")
        };
        assert!(restartable(&case.storage).await.is_empty());
        // Who asks for all of them is told of it, after what could be restarted, and not to ask again.
        let stopped = input(&case, Channel::Email, "huda@mail.example", "Hello");
        let stopped = case.send(stopped).await;
        let stop = case.storage.stop_message(&scope, stopped).await;
        stop.expect("stopped");
        let all = Selection::Matching {
            source: Source::Messages,
            q: String::new(),
            up_to: None,
            except: Vec::new(),
        };
        let several = case.storage.restart_selected(&scope, &all).await;
        let (several, has_more) = several.expect("restarted");
        let several: Vec<_> = several
            .into_iter()
            .map(|(id, outcome)| (id, outcome.err().and_then(|why| NotStopped::of(&why))))
            .collect();
        let not_set_up = Some(NotStopped::NotSetUp);
        assert_eq!(several, [(stopped, None), (id, not_set_up)]);
        assert!(!has_more);

        // Somebody who wants none is not written to by that, whatever is set up.
        let out = "+966501112233";
        let opted_out = case.storage.set_opt_out(&scope, Channel::Sms, out, true);
        opted_out.await.expect("kept");
        let mut campaign = input(&case, Channel::Sms, out, "Hello");
        campaign.message.kind = MessageType::Campaign;
        case.send(campaign).await;

        // The server is started anew, with a provider.
        let storage = case.reopened().await;
        storage.send_by(Channel::ALL.to_vec());
        assert_eq!(restartable(&storage).await, [id]);
        assert_eq!(storage.without_provider(&scope), None);
        let detail = storage.get_message(&scope, id).await.expect("read");
        let may = detail.expect("there").row.may;
        assert!(may.restart && !may.needs_provider);
        let restarted = storage.restart_message(&scope, id).await;
        restarted.expect("restarted");
        let detail = case.message(id).await;
        assert_eq!(detail.row.status, Some(DeliveryStatus::Pending));
        assert!(
            matches!(
                detail.delivery.verdict,
                Verdict::Waiting { reason: WaitReason::Schedule, until: Some(until), .. } if until == at
            ),
            "{:?}",
            detail.delivery.verdict
        );
        case.verified().await;
    });
}

#[test]
fn what_lost_its_provider_while_it_waited_is_not_sent_either_and_can_be_restarted() {
    on_both(async |case| {
        let hello = input(&case, Channel::Sms, "+966551234567", "Hello");
        let id = case.send(hello).await;
        let claimed = case.claim().await.remove(0);
        let refused = case.storage.refuse(&claimed, NotSentReason::NoSender).await;
        refused.expect("recorded");
        let detail = case.message(id).await;
        assert_eq!(detail.delivery.verdict, NO_SENDER);
        assert!(detail.row.may.restart && detail.row.may.send_again);
        let restarted = case.storage.restart_message(&case.scope(), id).await;
        restarted.expect("restarted");
        assert_eq!(case.claim().await[0].id, id);
        case.verified().await;
    });
}
