//! What can be said of what was erased: gaps in threads, lists that show nothing, live views; holds in several logs.

use crate::export::all;
use crate::harness::{activity, code, on_both, reference};
use crate::message_kit::input;
use crate::people::email_of;
use chrono::Duration;
use domain::export::Source;
use domain::message::Channel;
use domain::view::{LiveEvent, MessageEvent};
use domain::{Code, Direction, Role};
use storage::{Page, Scope, ThreadPage};

#[test]
fn a_thread_says_what_was_erased_from_it_and_when_and_why() {
    on_both(async |case| {
        let scope = case.scope();
        let staff = case.member("The staff", Role::Staff).await.scope;
        for order in ["1042", "1043"] {
            case.order(order, "c_1", Some(&email_of("The staff"))).await;
            for n in 0..2 {
                let text = format!("m{n}");
                let mut sent = input(&case, Channel::Email, "noura@mail.example", &text);
                sent.message.order = Some(order.to_owned());
                case.send(sent).await;
                case.pass(Duration::hours(2));
            }
            let mut changed = activity("order.status_changed", 0);
            changed.occurred_at = case.ambient.clock.now();
            changed.subject = Some(reference("order", order, "Order"));
            case.record(vec![changed]).await;
        }
        let gaps = async |scope: &Scope, number: &str| {
            let page = ThreadPage {
                limit: 50,
                ..ThreadPage::default()
            };
            let thread = case.storage.thread(scope, number, page).await;
            thread.expect("read").expect("there").gaps
        };
        assert_eq!(gaps(&scope, "1042").await, []);
        let messages = case.erase(all(Source::Messages, "order:1042"), 2).await;
        let told = gaps(&scope, "1042").await;
        assert_eq!(told.len(), 1, "one line an erasure, whatever the hours");
        assert_eq!(
            (told[0].erasure, told[0].count, told[0].reason.as_str()),
            (messages.id, 2, "asked by the owner")
        );
        let events = all(Source::Activity, "order:1042 action:order.status_changed");
        let events = case.erase(events, 1).await;
        let told = gaps(&scope, "1042").await;
        let ids: Vec<_> = told.iter().map(|gap| gap.erasure).collect();
        assert_eq!(ids, [messages.id, events.id], "oldest first");
        assert_eq!(gaps(&scope, "1043").await, []);
        // Who may not count is not told how many there were.
        assert_eq!(gaps(&staff, "1042").await, []);
        case.verified().await;
    });
}

#[test]
fn a_list_that_shows_nothing_says_that_something_was_erased_in_its_time() {
    on_both(async |case| {
        let scope = case.scope();
        case.record(vec![activity("product.updated", 1)]).await;
        let sent = input(&case, Channel::Email, "noura@mail.example", "m");
        case.send(sent).await;
        let page = Page {
            after: None,
            direction: Direction::Newest,
            limit: 10,
        };
        let entries = async |q: &str| {
            let filter = case.filter(&scope, q);
            let listed = case.storage.list_activities(&scope, &filter, page).await;
            let listed = listed.expect("read");
            (listed.rows.len(), listed.was_erased)
        };
        let messages = async |q: &str| {
            let filter = case.storage.message_filter(&scope, q).expect("a query");
            let listed = case.storage.list_messages(&scope, &filter, page).await;
            let listed = listed.expect("read");
            (listed.rows.len(), listed.was_erased)
        };
        assert_eq!(entries("action:coupon.created").await, (0, false));
        assert_eq!(messages("order:1042").await, (0, false));
        case.erase(all(Source::Activity, "action:product.updated"), 1)
            .await;
        assert_eq!(entries("action:coupon.created").await, (0, true));
        assert_eq!(entries("action:log.erased").await, (1, false));
        let earlier = "action:coupon.created created:2020-01-01";
        assert_eq!(entries(earlier).await, (0, false));
        assert_eq!(messages("order:1042").await, (0, false));
        case.erase(all(Source::Messages, ""), 1).await;
        assert_eq!(messages("order:1042").await, (0, true));
        assert_eq!(messages("").await, (0, true));
    });
}

#[test]
fn whoever_comes_back_after_an_erasure_loads_again() {
    on_both(async |case| {
        let scope = case.scope();
        case.record(vec![activity("product.updated", 1)]).await;
        let from = case.storage.current_mark(&scope).await.expect("a mark");
        case.erase(all(Source::Activity, "action:product.updated"), 1)
            .await;
        let filter = case.filter(&scope, "action:coupon.created");
        let told = case.storage.changes_since(&scope, &filter, &from).await;
        let told = told.expect("read");
        let [LiveEvent::Resync { mark }] = told.as_slice() else {
            panic!("{told:?}");
        };
        let on = case.storage.changes_since(&scope, &filter, mark).await;
        assert_eq!(on.expect("read"), []);
        let filter = case.storage.message_filter(&scope, "").expect("a query");
        for order in [None, Some("1042")] {
            let told = case
                .storage
                .message_changes_since(&scope, &filter, order, &from)
                .await;
            let told = told.expect("read");
            assert!(
                matches!(told.as_slice(), [MessageEvent::Resync { .. }]),
                "{told:?}"
            );
        }
    });
}

#[test]
fn a_hold_is_set_in_both_logs_or_in_none() {
    on_both(async |case| {
        let scope = case.scope();
        let mut sent = input(&case, Channel::Email, "noura@mail.example", "m");
        sent.message.order = Some("1042".to_owned());
        case.send(sent).await;
        let mut changed = activity("order.status_changed", 0);
        changed.subject = Some(reference("order", "1042", "Order"));
        case.record(vec![changed]).await;
        let both = [Source::Activity, Source::Messages];
        for q in ["action:order.status_changed", "channel:email"] {
            let refused = case.storage.add_holds(&scope, &both, q, "a case").await;
            assert_eq!(code(refused), Code::InvalidQuery, "{q}");
        }
        let nowhere = case.storage.add_holds(&scope, &[], "", "a case").await;
        assert_eq!(code(nowhere), Code::InvalidFields);
        assert_eq!(case.storage.list_holds(&scope).await.expect("read"), []);
        let held = case
            .storage
            .add_holds(&scope, &both, "order:1042", "a case");
        let held = held.await.expect("held");
        let told: Vec<_> = held.iter().map(|hold| hold.source).collect();
        assert_eq!(told, both);
        assert!(held.iter().all(|hold| hold.count.count > 0));
        for source in both {
            let selection = all(source, "order:1042");
            let refused = case
                .storage
                .request_erasure(&scope, selection, "asked", 0)
                .await;
            assert_eq!(code(refused), Code::Conflict, "{source}");
        }
    });
}
