//! Schedules of exports when something comes between: they run late, or their owner may not any more.

use crate::export::options;
use crate::harness::{Case, activity, on_both};
use chrono::Duration;
use domain::Role;
use domain::export::{Every, ExportStatus, ScheduleDraft, Source};
use storage::ExportItem;

/// What an export's id is appended to.
pub const PAGE: &str = "https://trail.example/exports?export=";

pub async fn send(case: &Case) {
    case.storage.send_owed_links(PAGE).await.expect("sent");
}

fn yesterday() -> ScheduleDraft {
    ScheduleDraft {
        id: None,
        name: "Yesterday".to_owned(),
        source: Source::Activity,
        q: "created:yesterday action:product.*".to_owned(),
        options: options(),
        every: Every::Day,
        at: "06:00".to_owned(),
        email_to: Vec::new(),
        is_on: true,
    }
}

#[test]
fn a_run_that_is_made_up_a_day_late_holds_the_day_for_which_it_was_due() {
    on_both(async |case| {
        let owner = case.member("Sara", Role::Admin).await.scope;
        let saved = case.storage.save_schedule(&owner, yesterday()).await;
        // It is Friday noon in Riyadh: it runs on Saturday at six, and then holds Friday.
        let due = crate::harness::start() + Duration::hours(18);
        assert_eq!(saved.expect("saved")[0].next_at, Some(due));
        case.pass(Duration::hours(2));
        case.record(vec![activity("product.updated", 60)]).await;
        case.pass(Duration::hours(24));
        case.record(vec![activity("product.created", 24 * 60)])
            .await;
        // Nothing runs until Sunday at five: by then yesterday is Saturday.
        case.pass(Duration::hours(15));
        assert_eq!(case.storage.run_due_schedules().await.expect("run"), 1);
        let job = case.claimed().await;
        assert_eq!(job.counts_from, due);
        let actions = async || {
            let items = case.export_items(&job, false).await;
            let actions = items.into_iter().map(|item| match item {
                ExportItem::Activity(row) => row.action.clone(),
                other => panic!("no activity: {other:?}"),
            });
            actions.collect::<Vec<_>>()
        };
        assert_eq!(actions().await, ["product.updated"]);
        case.built(&job, b"x").await;
        // Made again by hand it is as of now.
        let again = case.storage.repeat_export(&owner, job.id).await;
        again.expect("asked for");
        let job = case.claimed().await;
        let items = case.export_items(&job, false).await;
        assert_eq!(items.len(), 1);
        assert!(matches!(&items[0], ExportItem::Activity(row) if row.action == "product.created"));
    });
}

#[test]
fn a_schedule_whose_owner_may_not_export_any_more_rests_and_both_logs_say_why() {
    on_both(async |case| {
        let owner = case.member("Sara", Role::Admin).await.scope;
        let saved = case.storage.save_schedule(&owner, yesterday()).await;
        let id = saved.expect("saved")[0].id;
        let users = case.storage.list_users(&case.scope()).await;
        let users = users.expect("listed");
        let sara = users
            .iter()
            .find(|user| user.name == "Sara")
            .expect("there");
        let blocked = case.storage.set_blocked(&case.scope(), sara.id, true).await;
        blocked.expect("blocked");
        case.pass(Duration::days(2));
        assert_eq!(case.storage.run_due_schedules().await.expect("run"), 0);
        assert_eq!(case.storage.run_due_schedules().await.expect("run"), 0);
        let admin = case.member("Adam", Role::Admin).await.scope;
        let listed = case.storage.list_schedules(&admin).await.expect("listed");
        assert!(!listed[0].draft.is_on && listed[0].rests_for_its_owner());
        let last = listed[0].last.as_ref().expect("a line in the log");
        assert_eq!(last.status, ExportStatus::Failed);
        assert_eq!(last.error_code.as_deref(), Some("not_allowed"));
        assert_eq!(last.by, "Sara");
        let page = case.storage.list_exports(&admin, "status:failed", None, 10);
        let page = page.await.expect("read").expect("understood");
        assert_eq!(page.rows.len(), 1, "once");
        assert_eq!(case.count(&case.scope(), "action:export.failed").await, 1);
        let rows = case
            .all_rows(&case.scope(), "action:settings.updated", 200)
            .await;
        let told = rows.iter().filter(|row| {
            let words = row.description.as_deref().unwrap_or_default();
            words.contains("Sara may not export any more")
        });
        assert_eq!(told.count(), 1);
        case.verified().await;
        // With somebody else's role it runs again.
        let on = case.storage.set_schedule_on(&admin, id, true).await;
        assert!(!on.expect("on")[0].rests_for_its_owner());
        case.pass(Duration::days(1));
        assert_eq!(case.storage.run_due_schedules().await.expect("run"), 1);
    });
}

#[test]
fn a_link_that_was_owed_when_the_process_stopped_is_sent_by_the_next_and_once() {
    on_both(async |case| {
        let owner = case.member("Sara", Role::Admin).await.scope;
        let draft = ScheduleDraft {
            email_to: vec!["huda@x.example".to_owned(), "omar@x.example".to_owned()],
            ..yesterday()
        };
        let saved = case.storage.save_schedule(&owner, draft).await;
        saved.expect("saved");
        case.pass(Duration::days(1));
        assert_eq!(case.storage.run_due_schedules().await.expect("run"), 1);
        let job = case.claimed().await;
        // Of what is not done nobody is told.
        send(&case).await;
        assert!(case.found(&case.scope(), "").await.is_empty());
        case.built(&job, b"x").await;
        let id = job.id;
        let read = async || {
            let detail = case.storage.get_export(&case.scope(), id).await;
            detail.expect("read").expect("there")
        };
        assert_eq!(read().await.owed, ["huda@x.example", "omar@x.example"]);
        for _ in 0..2 {
            send(&case).await;
            let told = read().await;
            let mut to: Vec<_> = told.emails.iter().map(|email| email.to.as_str()).collect();
            to.sort_unstable();
            assert_eq!(to, ["huda@x.example", "omar@x.example"]);
            assert!(told.owed.is_empty() && told.refused.is_empty());
            assert_eq!(case.found(&case.scope(), "").await.len(), 2);
        }
        let message = case.message(read().await.emails[0].message).await;
        let text = message.message.text.expect("a text");
        assert!(text.contains(&format!("{PAGE}{id}")));
        // It was put into the outbox, and the process stopped before that was noted.
        case.tamper("DELETE FROM export_email").await;
        case.tamper("UPDATE export SET spec = REPLACE(spec, '\"owed\":[]', '\"owed\":[\"huda@x.example\"]')")
            .await;
        send(&case).await;
        assert_eq!(read().await.emails.len(), 1);
        assert_eq!(case.found(&case.scope(), "").await.len(), 2);
    });
}

#[test]
fn a_link_that_can_t_be_sent_is_told_with_its_export() {
    on_both(async |case| {
        let owner = case.member("Sara", Role::Admin).await;
        let draft = ScheduleDraft {
            email_to: vec!["huda@x.example".to_owned()],
            ..yesterday()
        };
        let saved = case.storage.save_schedule(&owner.scope, draft).await;
        saved.expect("saved");
        case.pass(Duration::days(1));
        assert_eq!(case.storage.run_due_schedules().await.expect("run"), 1);
        let job = case.claimed().await;
        case.built(&job, b"x").await;
        let by = case.scope();
        let blocked = case.storage.set_blocked(&by, owner.id, true);
        blocked.await.expect("blocked");
        send(&case).await;
        let detail = case.storage.get_export(&case.scope(), job.id).await;
        let detail = detail.expect("read").expect("there");
        assert_eq!(detail.refused, ["huda@x.example"]);
        assert!(detail.owed.is_empty() && detail.emails.is_empty());
        assert!(case.found(&case.scope(), "").await.is_empty());
    });
}
