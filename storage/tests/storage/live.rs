//! What live views are told: each record once, in order, and only what the scope lets through.

use crate::harness::{Case, activity, on_both, record_in};
use crate::message_kit::input;
use crate::people::email_of;
use domain::message::{Channel, MessageFilter};
use domain::view::{LiveEvent, MessageEvent, ThreadItem};
use domain::{ActivityId, Direction, Filter, MASK, Outcome, Permission, Role};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use storage::{Page, Published, Scope};
use tokio::sync::broadcast::Receiver;

/// The next records that are published.
async fn next(receiver: &mut Receiver<Arc<Published>>, count: usize) -> Vec<Arc<Published>> {
    let mut published = Vec::new();
    while published.len() < count {
        let record = tokio::time::timeout(Duration::from_secs(20), receiver.recv())
            .await
            .unwrap_or_else(|_| panic!("{} of {count} arrived", published.len()))
            .expect("not too slow");
        published.push(record);
    }
    published
}

async fn since(case: &Case, scope: &Scope, q: &str, mark: &str) -> Vec<LiveEvent> {
    let filter = case.filter(scope, q);
    case.storage
        .changes_since(scope, &filter, mark)
        .await
        .expect("read")
}

async fn mark(case: &Case, scope: &Scope) -> String {
    case.storage.current_mark(scope).await.expect("a mark")
}

fn mark_of(event: &LiveEvent) -> &str {
    match event {
        LiveEvent::Hello { mark }
        | LiveEvent::Added { mark, .. }
        | LiveEvent::Changed { mark, .. }
        | LiveEvent::Resync { mark } => mark,
    }
}

fn is_resync(events: &[LiveEvent]) -> bool {
    matches!(events, [LiveEvent::Resync { .. }])
}

#[test]
fn the_records_of_both_processes_are_published_once_in_ledger_order() {
    on_both(async |case| {
        let beside = case.reopened().await;
        let mut here = case.storage.subscribe();
        let mut there = beside.subscribe();
        let write = |storage: storage::Storage, scope: Scope, action: &'static str| async move {
            for n in 0..30 {
                let batch = vec![activity(action, n), activity(action, n)];
                record_in(&storage, &scope, batch).await;
            }
        };
        tokio::join!(
            write(case.storage.clone(), case.scope(), "product.updated"),
            write(beside.clone(), case.scope(), "coupon.updated"),
        );
        for receiver in [&mut here, &mut there] {
            let mut published = next(receiver, 120).await;
            // That the store was made was committed a moment earlier, and may still have been on its way.
            if published[0].seq.0 == 1 {
                published.remove(0);
                published.append(&mut next(receiver, 1).await);
            }
            let seqs: Vec<i64> = published.iter().map(|record| record.seq.0).collect();
            assert_eq!(seqs, (2..=121).collect::<Vec<i64>>(), "on {}", case.url);
            assert!(published.iter().all(|record| record.is_new));
        }
        assert!(here.is_empty() && there.is_empty());
    });
}

#[test]
fn an_outcome_is_published_as_a_change_of_its_entry() {
    on_both(async |case| {
        let beside = case.reopened().await;
        let mut item = activity("product.updated", 1);
        item.outcome = Outcome::Pending;
        let receipt = case.record(vec![item]).await[0];
        let mut receivers = [case.storage.subscribe(), beside.subscribe()];
        let why = Some("Card declined");
        case.end(ActivityId(receipt.id), Outcome::Failed, why)
            .await
            .expect("ended");
        for receiver in &mut receivers {
            // What was committed a moment earlier may still be on its way.
            let published = loop {
                let published = next(receiver, 1).await.pop().expect("one");
                if !published.is_new {
                    break published;
                }
                assert!(published.seq <= receipt.seq);
            };
            assert_eq!(published.activity_seq, receipt.seq);
            let event = published.event_for(&case.scope(), &Filter::default());
            let Some(LiveEvent::Changed { row, .. }) = event else {
                panic!("{event:?}");
            };
            assert_eq!((row.id.0, row.seq), (receipt.id, Some(receipt.seq)));
            assert_eq!(row.outcome, Outcome::Failed);
            assert_eq!(row.error.as_deref(), why);
        }
    });
}

/// What a change says: the outcome, and whether the filter lets it through now.
fn outcome_of(event: Option<LiveEvent>) -> Option<(Outcome, bool)> {
    event.map(|event| match event {
        LiveEvent::Changed {
            row, is_matching, ..
        } => (row.outcome, is_matching),
        other => panic!("{other:?}"),
    })
}

#[test]
fn an_outcome_reaches_who_follows_what_the_entry_was_and_what_it_is_now() {
    on_both(async |case| {
        let scope = case.scope();
        let keeper = case.member("Omar Store", Role::StoreKeeper).await.scope;
        let mut item = activity("coupon.updated", 1);
        item.outcome = Outcome::Pending;
        let receipt = case.record(vec![item]).await[0];
        let from = mark(&case, &scope).await;
        let from_of_keeper = mark(&case, &keeper).await;
        let mut receiver = case.storage.subscribe();
        let why = Some("Card declined");
        case.end(ActivityId(receipt.id), Outcome::Failed, why)
            .await
            .expect("ended");
        let published = loop {
            let published = next(&mut receiver, 1).await.pop().expect("one");
            if !published.is_new {
                break published;
            }
        };
        let failed = |is_matching| Some((Outcome::Failed, is_matching));
        for (q, expected) in [
            ("", failed(true)),
            ("outcome:failed", failed(true)),
            ("outcome:pending", failed(false)),
            ("-outcome:failed", failed(false)),
            ("category:coupons outcome:pending", failed(false)),
            ("has:error", failed(true)),
            ("-has:error", failed(false)),
            ("declined", failed(true)),
            ("-declined", failed(false)),
            // Whatever its outcome was, it never matched these.
            ("category:products outcome:pending", None),
            ("action:product.* -outcome:failed", None),
        ] {
            let filter = case.filter(&scope, q);
            let event = published.event_for(&scope, &filter);
            assert_eq!(outcome_of(event), expected, "{q}");
            let mut read_on = since(&case, &scope, q, &from).await;
            assert_eq!(outcome_of(read_on.pop()), expected, "{q}, read on");
            // The scope comes first, whatever is asked for.
            let filter = case.filter(&keeper, q);
            assert_eq!(published.event_for(&keeper, &filter), None, "{q}");
            let hidden = since(&case, &keeper, q, &from_of_keeper).await;
            assert_eq!(hidden, [], "{q}, read on");
        }
    });
}

/// Whether the filter lets a message through that changed.
fn is_matching(event: Option<MessageEvent>) -> Option<bool> {
    event.map(|event| match event {
        MessageEvent::MessageChanged { is_matching, .. } => is_matching,
        other => panic!("{other:?}"),
    })
}

#[test]
fn what_became_of_a_message_reaches_who_follows_what_it_was_and_what_it_is_now() {
    on_both(async |case| {
        let scope = case.scope();
        let keeper = case.member("Omar Store", Role::StoreKeeper).await.scope;
        let text = input(&case, Channel::Sms, "+966551234567", "hello");
        let id = case.send(text).await;
        let from = mark(&case, &scope).await;
        let mut receiver = case.storage.subscribe_messages();
        let stopped = case.storage.stop_message(&scope, id);
        stopped.await.expect("stopped");
        let published = loop {
            let next = tokio::time::timeout(Duration::from_secs(20), receiver.recv()).await;
            let next = next.expect("in time").expect("not lagged");
            if !next.is_new {
                break next;
            }
        };
        for (q, expected) in [
            ("", Some(true)),
            ("status:stopped", Some(true)),
            ("status:pending", Some(false)),
            ("-status:stopped", Some(false)),
            ("channel:sms status:pending", Some(false)),
            ("channel:sms read:read", Some(false)),
            // Whatever became of it, it never matched this one.
            ("channel:email status:pending", None),
        ] {
            let filter = case.storage.message_filter(&scope, q).expect("a filter");
            let event = published.event_for(&scope, &filter, None);
            assert_eq!(is_matching(event), expected, "{q}");
            let read_on = case
                .storage
                .message_changes_since(&scope, &filter, None, &from);
            let mut read_on = read_on.await.expect("read");
            assert_eq!(is_matching(read_on.pop()), expected, "{q}, read on");
            assert_eq!(published.event_for(&keeper, &filter, None), None, "{q}");
        }
    });
}

/// The item of a message that is new.
fn added(event: Option<MessageEvent>) -> ThreadItem {
    match event {
        Some(MessageEvent::MessageAdded { item, .. }) => *item,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_is_told_as_the_list_shows_it_and_whole_in_its_thread_alone() {
    on_both(async |case| {
        case.assign("o_7", Some(&email_of("The staff"))).await;
        let members = case.one_of_each_role().await;
        let mut receiver = case.storage.subscribe_messages();
        let text = format!("{}the end", "on its way ".repeat(40));
        let mut sent = input(&case, Channel::Sms, "+966551234567", &text);
        sent.message.order = Some("o_7".to_owned());
        case.send(sent).await;
        let published = tokio::time::timeout(Duration::from_secs(20), receiver.recv()).await;
        let published = published.expect("in time").expect("not lagged");
        let everything = MessageFilter::default();
        let readers = members
            .iter()
            .map(|member| &member.scope)
            .filter(|scope| scope.role().may(Permission::ReadMessages));
        for scope in readers {
            let page = Page {
                after: None,
                direction: Direction::Newest,
                limit: 10,
            };
            let listed = case.storage.list_messages(scope, &everything, page).await;
            let listed = listed.expect("read").rows.remove(0);
            let line = ThreadItem::Message {
                row: Box::new(listed),
                text: None,
                has_html: false,
                attachments: Vec::new(),
            };
            let role = scope.role();
            let told = added(published.event_for(scope, &everything, None));
            assert_eq!(told, line, "{role}");
            let read_on = |order| {
                case.storage
                    .message_changes_since(scope, &everything, order, "start")
            };
            let missed = read_on(None).await.expect("read").pop();
            assert_eq!(added(missed), line, "{role}, read on");
            let whole = (!role.is_masked()).then_some(text.as_str());
            let missed = read_on(Some("o_7")).await.expect("read");
            let missed = missed
                .into_iter()
                .find(|event| matches!(event, MessageEvent::MessageAdded { .. }));
            let live = published.event_for(scope, &everything, Some("o_7"));
            for event in [live, missed] {
                let ThreadItem::Message { text: told, .. } = added(event) else {
                    panic!("a message");
                };
                assert_eq!(
                    told.as_deref().filter(|told| *told != MASK),
                    whole,
                    "{role}"
                );
            }
            assert_eq!(published.event_for(scope, &everything, Some("o_8")), None);
        }
    });
}

#[test]
fn live_rows_are_the_rows_of_the_list() {
    on_both(async |case| {
        case.assign("o_7", Some(&email_of("The staff"))).await;
        let members = case.one_of_each_role().await;
        let mut receiver = case.storage.subscribe();
        let mut order = activity("order.status_changed", 3);
        order.subject = Some(crate::harness::reference("order", "o_7", "Order 7"));
        case.record(vec![
            activity("product.updated", 1),
            activity("customer.updated", 2),
            order,
        ])
        .await;
        let published = next(&mut receiver, 3).await;
        for (member, expected) in members.iter().zip([3, 3, 3, 1, 1, 3]) {
            let q = "created:2026-11-20T12:00..";
            let filter = case.filter(&member.scope, "-category:users");
            let mut live: Vec<_> = published
                .iter()
                .filter_map(|record| record.event_for(&member.scope, &filter))
                .map(|event| match event {
                    LiveEvent::Added { row, .. } => *row,
                    other => panic!("{other:?}"),
                })
                .collect();
            live.reverse();
            assert_eq!(live.len(), expected, "{}", member.scope.role());
            let listed = case
                .all_rows(&member.scope, &format!("{q} -category:users,settings"), 50)
                .await;
            assert_eq!(live, listed, "{}", member.scope.role());
            let resumed = since(&case, &member.scope, "-category:users,settings", "start").await;
            assert_eq!(resumed.len(), expected, "{}", member.scope.role());
        }
    });
}

#[test]
fn resuming_from_a_mark_leaves_no_gap_and_repeats_nothing() {
    on_both(async |case| {
        let scope = case.scope();
        let mut earlier = case.storage.subscribe();
        case.record((0..20).map(|n| activity("product.updated", n)).collect())
            .await;
        // What is told of them comes a moment after they are recorded: who listens from now on must not hear it.
        next(&mut earlier, 20).await;
        let from = mark(&case, &scope).await;
        let writing = {
            let (storage, scope) = (case.storage.clone(), case.scope());
            tokio::spawn(async move {
                for n in 0..60 {
                    record_in(&storage, &scope, vec![activity("coupon.updated", n)]).await;
                }
            })
        };
        // As the server does it: first listen, then read what was missed, then hand on what is new.
        let mut receiver = case.storage.subscribe();
        let mut seen = Vec::new();
        let missed = since(&case, &scope, "", &from).await;
        seen.extend(missed.iter().map(|event| mark_of(event).to_owned()));
        let marks: BTreeSet<String> = seen.iter().cloned().collect();
        while seen.len() < 60 {
            for record in next(&mut receiver, 1).await {
                if !marks.contains(&record.mark) {
                    seen.push(record.mark.clone());
                }
            }
        }
        writing.await.expect("no panic");
        let mut listed: Vec<String> = case
            .all_rows(&scope, "category:coupons", 100)
            .await
            .iter()
            .map(|row| row.id.to_string())
            .collect();
        listed.reverse();
        assert_eq!(seen, listed, "on {}", case.url);
        // And from any mark on, exactly the rest.
        for at in [0, 17, 58] {
            let rest = since(&case, &scope, "", &seen[at]).await;
            let rest: Vec<_> = rest.iter().map(mark_of).collect();
            assert_eq!(rest, seen[at + 1..]);
        }
        assert_eq!(since(&case, &scope, "", &seen[59]).await, []);
    });
}

#[test]
fn a_mark_that_is_unknown_or_of_another_store_asks_to_load_again() {
    on_both(async |case| {
        let other = case
            .storage
            .create_store(crate::harness::new_store())
            .await
            .expect("a store");
        let there = Scope::system("test", other);
        let foreign =
            record_in(&case.storage, &there, vec![activity("product.updated", 1)]).await[0].id;
        let foreign_mark = case.storage.current_mark(&there).await.expect("a mark");
        for unknown in [
            "nonsense",
            "",
            "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f",
            &foreign.to_string(),
            &foreign_mark,
        ] {
            let events = since(&case, &case.scope(), "", unknown).await;
            assert!(is_resync(&events), "{unknown}: {events:?}");
        }
    });
}

#[test]
fn whoever_missed_too_much_loads_again_and_then_goes_on() {
    on_both(async |case| {
        let scope = case.scope();
        let from = mark(&case, &scope).await;
        case.record((0..501).map(|n| activity("product.updated", n)).collect())
            .await;
        let events = since(&case, &scope, "", &from).await;
        assert!(is_resync(&events), "{} events", events.len());
        let again = mark_of(&events[0]).to_owned();
        assert_eq!(since(&case, &scope, "", &again).await, []);
        case.record(vec![activity("coupon.updated", 1)]).await;
        assert_eq!(since(&case, &scope, "", &again).await.len(), 1);
        // A filter that lets little through misses nothing.
        let few = since(&case, &scope, "category:coupons", &from).await;
        assert_eq!(few.len(), 1);
    });
}

#[test]
fn a_role_that_sees_little_of_a_busy_store_can_follow_it() {
    on_both(async |case| {
        let keeper = case.member("Omar Store", Role::StoreKeeper).await;
        case.record(vec![activity("product.updated", 1)]).await;
        for _ in 0..21 {
            let hidden = (0..1_000).map(|n| activity("coupon.updated", n)).collect();
            case.record(hidden).await;
        }
        let from = mark(&case, &keeper.scope).await;
        assert_eq!(since(&case, &keeper.scope, "", &from).await, []);
        case.record(vec![activity("product.deleted", 2)]).await;
        let events = since(&case, &keeper.scope, "", &from).await;
        assert!(matches!(events.as_slice(), [LiveEvent::Added { .. }]));
        // Resuming from far back asks to load again, with a mark from which it then goes on.
        let events = since(&case, &keeper.scope, "", "start").await;
        assert!(is_resync(&events));
        let again = mark_of(&events[0]).to_owned();
        assert_eq!(since(&case, &keeper.scope, "", &again).await, []);
    });
}

#[test]
fn marks_and_events_tell_restricted_roles_nothing_of_what_is_hidden() {
    on_both(async |case| {
        let keeper = case.member("Omar Store", Role::StoreKeeper).await;
        case.record(vec![activity("product.updated", 1)]).await;
        let hidden = case
            .record((0..30).map(|n| activity("coupon.updated", n)).collect())
            .await;
        case.record(vec![activity("product.updated", 2)]).await;
        let from_start = since(&case, &keeper.scope, "", "start").await;
        assert_eq!(from_start.len(), 2);
        let json = serde_json::to_string(&from_start).expect("JSON");
        assert!(json.contains("\"seq\":null") && !json.contains("coupon"));
        for receipt in &hidden {
            assert!(!json.contains(&receipt.id.to_string()));
        }
        // Two marks with nothing between them differ as much as two with much between them.
        case.record((0..250).map(|n| activity("coupon.updated", n)).collect())
            .await;
        let marks = [
            mark(&case, &keeper.scope).await,
            mark(&case, &keeper.scope).await,
        ];
        assert_ne!(marks[0], marks[1]);
        let size = case.verified().await.0;
        for mark in &marks {
            assert_eq!(mark.len(), 49);
            assert!(!mark.contains(&format!("{size:04x}")), "{mark}");
            assert_eq!(since(&case, &keeper.scope, "", mark).await, []);
        }
        // A mark is its store's and nobody can make one up.
        let mut forged = marks[0].clone().into_bytes();
        let last = forged.last_mut().expect("not empty");
        *last = if *last == b'0' { b'1' } else { b'0' };
        let forged = String::from_utf8(forged).expect("text");
        assert!(is_resync(&since(&case, &keeper.scope, "", &forged).await));
    });
}

#[test]
fn an_entry_that_can_no_longer_be_read_holds_no_other_up() {
    on_both(async |case| {
        let scope = case.scope();
        let before = mark(&case, &scope).await;
        let batch = (1..=2).map(|n| activity("product.updated", n)).collect();
        let told = case.record(batch).await;
        let spoil = format!(
            "UPDATE payload SET body = 'x' WHERE seq = {}",
            told[0].seq.0
        );
        assert_eq!(case.tamper(&spoil).await, 1);
        let events = since(&case, &scope, "", &before).await;
        let marks: Vec<&str> = events.iter().map(mark_of).collect();
        assert_eq!(marks, [told[1].id.to_string()]);
    });
}
