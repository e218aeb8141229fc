//! What the pages of orders are told while they are open: lines of the list, what happens to the order of a thread.

use crate::harness::{activity, code, on_both, reference};
use crate::message_kit::{inbound, input};
use crate::people::email_of;
use domain::message::Channel;
use domain::view::{MessageEvent, ThreadItem};
use domain::{Code, Filter, Role};
use storage::ThreadPage;

#[test]
fn lines_are_read_again_through_the_scope_with_what_is_searched_for() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        case.order("1", "c_1", Some(&email_of("The staff"))).await;
        case.order("2", "c_2", None).await;
        let scope = case.scope();
        let mut asked = inbound(&case, Channel::Sms, "+966551234567", "where?", "SM1");
        asked.order = Some("1".to_owned());
        case.storage
            .receive_message(&scope, asked, Vec::new(), None)
            .await
            .expect("received");
        let numbers = ["1", "2", "none"].map(str::to_owned);
        let lines = case.storage.order_lines(&scope, &numbers, "noura").await;
        let mut lines = lines.expect("read");
        lines.rows.sort_by(|a, b| a.number.cmp(&b.number));
        let told: Vec<_> = lines
            .rows
            .iter()
            .map(|row| (row.number.as_str(), row.unread_count))
            .collect();
        assert_eq!(told, [("1", 1), ("2", 0)]);
        assert_eq!(lines.found, ["1"]);
        assert_eq!(lines.waiting_count, 1);
        // With the mark before a number too, as the list finds them.
        let named = case.storage.order_lines(&scope, &numbers, "#2").await;
        let mut named = named.expect("read").found;
        named.sort();
        let listed = case.storage.list_orders(&scope, "#2", None, 10).await;
        let mut listed: Vec<String> = listed
            .expect("listed")
            .rows
            .into_iter()
            .map(|row| row.number)
            .collect();
        listed.sort();
        assert!(named.contains(&"2".to_owned()), "{named:?}");
        assert_eq!(named, listed);
        // As the list shows them.
        let listed = case.storage.list_orders(&scope, "", None, 10).await;
        let mut listed = listed.expect("listed").rows;
        listed.sort_by(|a, b| a.number.cmp(&b.number));
        assert_eq!(lines.rows, listed);
        let staff = case.member("The staff", Role::Staff).await.scope;
        let theirs = case.storage.order_lines(&staff, &numbers, "").await;
        let theirs = theirs.expect("read");
        assert_eq!(theirs.found, ["1"]);
        assert_eq!((theirs.rows.len(), theirs.waiting_count), (1, 1));
        let keeper = case.member("The keeper", Role::StoreKeeper).await.scope;
        let refused = case.storage.order_lines(&keeper, &numbers, "").await;
        assert_eq!(code(refused), Code::Forbidden);
    });
}

#[test]
fn a_thread_tells_what_happened_to_its_order_as_far_as_the_role_reads_it() {
    on_both(async |case| {
        case.order("1", "c_1", Some(&email_of("The staff"))).await;
        let admin = case.scope();
        let staff = case.member("The staff", Role::Staff).await.scope;
        let marks = (
            case.storage.current_mark(&admin).await.expect("a mark"),
            case.storage.current_mark(&staff).await.expect("a mark"),
        );
        let mut published = case.storage.subscribe();
        let mut sent = input(&case, Channel::Sms, "+966551234567", "on its way");
        sent.message.order = Some("1".to_owned());
        case.send(sent).await;
        let about = |action: &str, number: &str| {
            let mut happened = activity(action, 0);
            happened.occurred_at = case.ambient.clock.now();
            happened.subject = Some(reference("order", number, "Order"));
            happened
        };
        // An order may stand beside what something was done to.
        let mut paid = activity("expense.recorded", 0);
        paid.occurred_at = case.ambient.clock.now();
        paid.related = vec![reference("order", "1", "Order")];
        case.record(vec![
            about("order.status_changed", "2"),
            about("order.status_changed", "1"),
            about("tag.applied", "1"),
            paid,
        ])
        .await;
        let filter = Filter::of_thread("1");
        let nothing = case.storage.message_filter(&admin, "").expect("a query");
        for (scope, mark, wanted) in [
            (
                &admin,
                &marks.0,
                ["expense.recorded", "order.status_changed", "tag.applied"].as_slice(),
            ),
            (&staff, &marks.1, ["order.status_changed"].as_slice()),
        ] {
            let page = ThreadPage {
                limit: 50,
                ..ThreadPage::default()
            };
            let thread = case.storage.thread(scope, "1", page).await;
            let thread = thread.expect("read").expect("there");
            let mut shown: Vec<String> = thread
                .items
                .iter()
                .filter_map(|item| match item {
                    ThreadItem::Activity { row } => Some(row.action.clone()),
                    ThreadItem::Message { .. } => None,
                })
                .collect();
            shown.sort();
            assert_eq!(shown, wanted, "{}", scope.role());
            assert_eq!(thread.items.len(), wanted.len() + 1);
            // Whoever comes back reads the same, and the message.
            let missed = case
                .storage
                .message_changes_since(scope, &nothing, Some("1"), mark)
                .await
                .expect("read");
            let (mut events, mut messages) = (Vec::new(), 0);
            for event in missed {
                match event {
                    MessageEvent::OrderActivity { row } => events.push(row.action),
                    MessageEvent::MessageAdded { .. } => messages += 1,
                    other => panic!("{other:?}"),
                }
            }
            events.sort();
            assert_eq!((events.as_slice(), messages), (shown.as_slice(), 1));
            // Who asks for some messages alone is told of nothing else.
            let some = case.storage.message_filter(scope, "channel:sms");
            let missed = case
                .storage
                .message_changes_since(scope, &some.expect("a query"), Some("1"), mark)
                .await;
            assert_eq!(missed.expect("read").len(), 1);
        }
        let mut live: [Vec<String>; 2] = Default::default();
        while live[0].len() < 3 {
            let next = tokio::time::timeout(std::time::Duration::from_secs(20), published.recv());
            let next = next.await.expect("in time").expect("not lagged");
            for (heard, scope) in live.iter_mut().zip([&admin, &staff]) {
                if let Some(MessageEvent::OrderActivity { row }) =
                    next.thread_event_for(scope, &filter)
                {
                    heard.push(row.action);
                }
            }
        }
        let [mut of_admin, of_staff] = live;
        of_admin.sort();
        assert_eq!(
            of_admin,
            ["expense.recorded", "order.status_changed", "tag.applied"]
        );
        assert_eq!(of_staff, ["order.status_changed"]);
    });
}
