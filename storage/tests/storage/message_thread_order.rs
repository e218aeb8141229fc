//! Where messages stand in a thread that leave later than they were queued.

use crate::harness::on_both;
use crate::message_kit::input;
use crate::message_thread::texts;
use chrono::Duration;
use domain::message::Channel;
use storage::ThreadPage;

#[test]
fn a_thread_stands_in_the_order_in_which_messages_left_and_ends_with_those_that_wait() {
    on_both(async |case| {
        case.order("1", "c_1", None).await;
        let scope = case.scope();
        let write = async |text: &str, send_in: Option<Duration>| {
            let mut new = input(&case, Channel::Email, "noura@mail.example", text);
            new.message.order = Some("1".to_owned());
            new.send_at = send_in.map(|wait| case.ambient.clock.now() + wait);
            let id = case.send(new).await;
            case.hand_over().await;
            case.pass(Duration::minutes(1));
            id
        };
        let read = async |before: Option<String>, limit| {
            let page = ThreadPage {
                before,
                after: None,
                limit,
            };
            let thread = case.storage.thread(&scope, "1", page).await;
            thread.expect("read").expect("there")
        };
        let later = write("later", Some(Duration::days(1))).await;
        let soon = write("soon", Some(Duration::hours(2))).await;
        for n in 0..4 {
            write(&format!("m{n}"), None).await;
        }
        // Those that wait were queued before the first window, and are shown with it and not again.
        let end = read(None, 2).await;
        assert_eq!(texts(&end), ["m2", "m3", "soon", "later"]);
        let older = read(end.before, 10).await;
        assert_eq!(texts(&older), ["m0", "m1"]);
        assert!(older.before.is_none());
        let whole = ["m0", "m1", "m2", "m3", "soon", "later"];
        assert_eq!(texts(&read(None, 10).await), whole);
        let row = case.message(soon).await.row;
        assert_eq!((row.effective_at - row.occurred_at).num_minutes(), 120);
        assert_eq!(row.due_at, Some(row.effective_at));

        case.pass(Duration::hours(3));
        case.hand_over().await;
        let left_at = case.ambient.clock.now();
        case.pass(Duration::minutes(1));
        write("m4", None).await;
        let row = case.message(soon).await.row;
        assert!(left_at - row.effective_at < Duration::seconds(1));
        assert!(row.effective_at <= left_at && row.due_at.is_none());
        let whole = ["m0", "m1", "m2", "m3", "soon", "m4", "later"];
        assert_eq!(texts(&read(None, 10).await), whole);
        // Pages still go by the time of the queue.
        let end = read(None, 2).await;
        assert_eq!(texts(&end), ["m3", "m4", "later"]);
        let older = read(end.before, 10).await;
        assert_eq!(texts(&older), ["m0", "m1", "m2", "soon"]);
        // What was stopped never left: it stands where it was written.
        let stopped = case.storage.stop_message(&scope, later).await;
        stopped.expect("stopped");
        let whole = ["later", "m0", "m1", "m2", "m3", "soon", "m4"];
        assert_eq!(texts(&read(None, 10).await), whole);
        case.verified().await;
    });
}
