//! What erasing leaves alone and what it finds in places that are easily passed over.

use crate::erase::people;
use crate::export::{all, options};
use crate::harness::{Case, activity, new_store, on_both};
use crate::message_kit::input;
use crate::sample::rows_of;
use chrono::Duration;
use domain::export::{Every, ExportFormat, ExportStatus, RecordedExport, ScheduleDraft};
use domain::export::{Selection, Source};
use domain::message::{BlobRef, Channel, NewAttachment};
use domain::view::{ActivityDetail, ExportRow, ViewDraft};
use domain::{ActivityId, ErasureId, ExportId, MessageId, Outcome, Role};
use storage::Scope;

/// An id of shops that number their customers.
const NUMBER: &str = "12";

impl Case {
    /// A CSV file that the shop made and recorded.
    async fn recorded(&self, name: &str, bytes: &str) -> ExportId {
        let told = RecordedExport {
            name: name.to_owned(),
            category: "report".to_owned(),
            filter: None,
            requester: None,
            outcome: ExportStatus::Completed,
            error: None,
            format: Some(ExportFormat::Csv),
            rows: Some(1),
            occurred_at: None,
        };
        let file = Some(("report.csv".to_owned(), bytes.as_bytes().to_vec()));
        let recorded = self.storage.record_export(&self.scope(), told, file).await;
        recorded.expect("recorded").id
    }

    async fn export_of(&self, id: ExportId) -> ExportRow {
        let found = self.storage.export_row(&self.scope(), id).await;
        found.expect("read").expect("there")
    }
}

#[test]
fn a_long_number_for_an_id_is_found_where_it_stands_alone() {
    on_both(async |case| {
        let (id, scope) = ("7093471207628", case.scope());
        case.customer(id, "Huda Faris", "huda@mail.example", "+966551112233")
            .await;
        let theirs = format!("customer_id,total\r\n{id},12\r\n");
        let theirs = case.recorded("Totals", &theirs).await;
        let others = "customer_id,total\r\n7093471207629,12\r\n";
        let others = case.recorded("Other totals", others).await;
        case.erase_person(&scope, id, "asked by mail").await;
        assert!(!case.export_of(theirs).await.has_file);
        assert!(case.export_of(others).await.has_file);
    });
}

#[test]
fn a_short_number_for_an_id_takes_nothing_that_only_holds_the_number() {
    on_both(async |case| {
        let scope = case.scope();
        case.customer(NUMBER, "Huda Faris", "huda@mail.example", "+966551112233")
            .await;
        let owner = case.member("Sara", Role::Admin).await.scope;
        let save = async |name: &str, q: &str, email_to: &[&str]| {
            let schedule = ScheduleDraft {
                id: None,
                name: name.to_owned(),
                source: Source::Activity,
                q: q.to_owned(),
                options: options(),
                every: Every::Day,
                at: "12:00".to_owned(),
                email_to: email_to.iter().map(|to| (*to).to_owned()).collect(),
                is_on: true,
            };
            let saved = case.storage.save_schedule(&owner, schedule).await;
            saved.expect("saved");
        };
        save("Mailed", "", &["huda@mail.example", "sara@store.example"]).await;
        save("Mailed to one", "", &["huda@mail.example"]).await;
        for (name, q) in [("Kept", "shirt 12"), ("Theirs", "about:customer/12")] {
            save(name, q, &[]).await;
            let view = ViewDraft {
                id: None,
                log: Source::Activity,
                name: name.to_owned(),
                q: q.to_owned(),
                is_shared: false,
                is_default: false,
            };
            case.storage.save_view(&owner, view).await.expect("saved");
        }
        let id = if case.is_sqlite() { "X'0c'" } else { "'\\x0c'" };
        let waits = format!(
            "INSERT INTO webhook_job (id, store_id, url, body, created_at, due_at, tries) \
             VALUES ({id}, {}, 'https://shop.example', '{{\"total\": \"12.00\", \"items\": 12}}', 0, 0, 0)",
            case.store.id.0
        );
        assert_eq!(case.tamper(&waits).await, 1);
        let stock = case.recorded("Stock", "sku,count\r\nLS,12\r\n").await;
        let people = case
            .recorded("People", "name,email\r\nHuda,huda@mail.example\r\n")
            .await;
        let page = case.export(&scope, all(Source::Activity, "shirt 12")).await;
        let about = case
            .export(&scope, all(Source::Activity, "about:customer/12"))
            .await;
        let picked = Selection::Ids {
            source: Source::Customers,
            ids: vec![NUMBER.to_owned()],
        };
        let picked = case.export(&scope, picked).await;
        let found = case.storage.person_found(&scope, NUMBER).await;
        let found = found.expect("read").expect("known");
        assert_eq!(
            (found.activities, found.exports, found.to_type),
            (2, 1, 2),
            "that both exports were asked for, and the file"
        );

        let row = case.erase_person(&scope, NUMBER, "asked by mail").await;
        assert_eq!((row.report.activities, row.report.exports), (2, 1));
        let schedules = case.storage.list_schedules(&owner).await.expect("read");
        let left: Vec<&str> = schedules.iter().map(|s| s.draft.name.as_str()).collect();
        assert_eq!(left, ["Kept", "Mailed", "Mailed to one"]);
        assert_eq!(schedules[1].draft.email_to, ["sara@store.example"]);
        assert!(schedules[2].draft.email_to.is_empty() && schedules[2].draft.is_on);
        // Who had the schedule that went reads that it did.
        let told = case.all_rows(&scope, "action:settings.updated", 50).await;
        let told = told
            .iter()
            .filter(|row| {
                row.description.as_deref() == Some("Schedule of exports deleted: an erasure")
            })
            .count();
        assert_eq!(told, 1);
        let views = case.storage.list_views(&owner).await.expect("read");
        let left: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
        assert_eq!(left, ["Kept"]);
        assert_eq!(rows_of(&case, "webhook_job", &case.store).await, 1);
        assert!(case.export_of(stock).await.has_file);
        assert!(!case.export_of(people).await.has_file);
        let kept = case.export_of(page.id).await;
        assert_eq!(kept.q.as_deref(), Some("shirt 12"));
        for (export, asked) in [(page.id, 1), (about.id, 1), (picked.id, 1)] {
            let told = format!("subject:export/{export}");
            assert_eq!(case.count(&scope, &told).await, asked);
        }
        for id in [about.id, picked.id] {
            let left = case.export_of(id).await;
            assert_eq!((left.q, left.picked), (None, None));
            // What is left of it is that it was cancelled.
            assert_eq!(left.status, ExportStatus::Cancelled);
            let told = format!("action:export.cancelled subject:export/{id}");
            assert_eq!(case.count(&scope, &told).await, 1);
        }
        assert_eq!(case.export_of(page.id).await.status, ExportStatus::Queued);
        case.verified().await;
    });
}

#[test]
fn a_file_whose_query_names_somebody_goes_with_them_though_it_is_about_others() {
    on_both(async |case| {
        let scope = people(&case).await;
        let named = case
            .export(&scope, all(Source::Security, "noura.q@mail.example"))
            .await;
        let job = case.claimed().await;
        assert_eq!(job.id, named.id);
        case.built(&job, b"Filter: noura.q@mail.example").await;
        let path = case.storage.export_folder().expect("a folder");
        let path = path.join(named.id.to_string());
        assert!(path.exists());
        let others = case
            .export(&scope, all(Source::Activity, "action:coupon.created"))
            .await;
        let job = case.claimed().await;
        assert_eq!(job.id, others.id);
        case.built(&job, b"a row").await;
        let found = case.storage.person_found(&scope, "c_71").await;
        let found = found.expect("read").expect("known");
        assert_eq!(found.exports, 2, "the file with the message, and this one");
        case.erase_person(&scope, "c_71", "asked by mail").await;
        let left = case.export_of(named.id).await;
        assert_eq!(
            (left.has_file, left.q, left.name),
            (false, None, "export".to_owned())
        );
        assert_eq!(left.error_code.as_deref(), Some("erased"));
        assert!(!path.exists());
        assert!(case.export_of(others.id).await.has_file);
        case.verified().await;
    });
}

/// To how many an export was sent.
async fn sent_to(case: &Case, scope: &Scope, id: ExportId) -> usize {
    let found = case.storage.get_export(scope, id).await;
    found.expect("read").expect("there").emails.len()
}

#[test]
fn released_holds_earlier_erasures_and_addresses_in_another_case_name_nobody_any_more() {
    on_both(async |case| {
        let scope = people(&case).await;
        let other = case.storage.create_store(new_store()).await;
        let elsewhere = Scope::system("test", other.expect("a store"));
        let mut files = Vec::new();
        for (scope, to) in [
            (&scope, "sara@store.example"),
            (&elsewhere, "Noura.Q@mail.example"),
        ] {
            let row = case.export(scope, all(Source::Activity, "sara")).await;
            let job = case.claimed().await;
            assert_eq!(job.id, row.id);
            case.built(&job, b"a row").await;
            let link = "https://trail.example/exports";
            let sent = case.storage.email_export(scope, row.id, to, link).await;
            sent.expect("sent");
            files.push(row.id);
        }
        let renamed = "UPDATE export_email SET recipient = 'NOURA.Q@mail.example' \
                       WHERE recipient = 'sara@store.example'";
        assert_eq!(case.tamper(renamed).await, 1);
        for (q, text) in [
            ("about:customer/c_71", "to:noura.q@mail.example"),
            ("about:customer/c_72", "to:basma@mail.example"),
        ] {
            let q = all(Source::Activity, &format!("{q} action:customer.updated"));
            case.erase(q, 1).await;
            let hold = case
                .storage
                .add_holds(&scope, &[Source::Messages], text, "a case");
            let hold = hold.await.expect("held").remove(0);
            let released = case.storage.release_hold(&scope, hold.id, "closed").await;
            released.expect("released");
        }
        // As builds before this one left it.
        let kept = "UPDATE legal_hold SET q = 'to:noura.q@mail.example' WHERE created_at = (SELECT MIN(created_at) FROM legal_hold)";
        assert_eq!(case.tamper(kept).await, 1);

        case.erase_person(&scope, "c_71", "asked by mail").await;
        assert_eq!(sent_to(&case, &scope, files[0]).await, 0);
        assert_eq!(sent_to(&case, &elsewhere, files[1]).await, 1);
        assert_eq!(rows_of(&case, "legal_hold", &case.store).await, 1);
        let erasures = case.storage.list_erasures(&scope).await.expect("read");
        let told: Vec<Option<&str>> = erasures.iter().map(|row| row.q.as_deref()).collect();
        let basma = "about:customer/c_72 action:customer.updated";
        assert_eq!(told, [None, Some(basma), None]);
        case.verified().await;
    });
}

#[test]
fn what_turned_since_it_was_selected_is_left_and_said() {
    on_both(async |case| {
        let scope = case.scope();
        let with = |outcome: Outcome, minutes: i64| {
            let mut some = activity("product.updated", minutes);
            some.outcome = outcome;
            some
        };
        let receipts = case
            .record(vec![
                with(Outcome::Pending, 1),
                with(Outcome::Failed, 2),
                with(Outcome::Failed, 3),
                with(Outcome::Pending, 4),
            ])
            .await;
        case.send(input(&case, Channel::Email, "noura@mail.example", "First"))
            .await;
        case.hand_over().await;
        case.send(input(&case, Channel::Email, "noura@mail.example", "Second"))
            .await;
        let failed = all(Source::Activity, "outcome:failed");
        let sent = all(Source::Messages, "status:sent");
        let mut asked = Vec::new();
        for (selection, typed) in [(failed.clone(), 2), (sent, 1)] {
            let row = case
                .storage
                .request_erasure(&scope, selection, "asked", typed);
            asked.push(row.await.expect("asked for").id);
        }
        let end = async |at: usize| {
            let id = ActivityId(receipts[at].id);
            let ended = case.end(id, Outcome::Failed, Some("No stock")).await;
            ended.expect("ended");
        };
        end(0).await;
        case.hand_over().await;
        case.work().await;
        let row = async |id: ErasureId| {
            let rows = case.storage.list_erasures(&scope).await.expect("read");
            let row = rows.into_iter().find(|row| row.id == id);
            row.expect("there")
        };
        let entries = row(asked[0]).await;
        assert_eq!((entries.report.activities, entries.report.changed), (2, 1));
        assert_eq!((entries.done, entries.total), (2, 2));
        let messages = row(asked[1]).await;
        assert_eq!((messages.report.messages, messages.report.changed), (1, 1));
        assert_eq!(case.count(&scope, "outcome:failed").await, 1);
        assert_eq!(case.found(&scope, "status:sent").await.len(), 1);

        // Asked for anew it goes; and what is selected by what can't turn goes however it ends meanwhile.
        case.erase(failed, 1).await;
        let all_left = all(Source::Activity, "action:product.updated");
        let last = case.storage.request_erasure(&scope, all_left, "asked", 1);
        let last = last.await.expect("asked for");
        end(3).await;
        case.work().await;
        let last = row(last.id).await;
        assert_eq!((last.report.activities, last.report.changed), (1, 0));
        assert_eq!(case.count(&scope, "action:product.updated").await, 0);
        case.verified().await;
    });
}

#[test]
fn what_turned_away_or_was_gone_before_its_turn_is_said_by_number() {
    on_both(async |case| {
        let scope = case.scope();
        let pending = |minutes: i64| {
            let mut some = activity("product.updated", minutes);
            some.outcome = Outcome::Pending;
            some
        };
        let receipts = case.record((1..=6).map(pending).collect()).await;
        let id = |at: usize| ActivityId(receipts[at].id);
        let end = async |at: usize| {
            let ended = case.end(id(at), Outcome::Failed, Some("No stock")).await;
            ended.expect("ended");
        };
        // Ended before anybody counted: it is not among them.
        end(5).await;
        // Asked for first, done second: what goes by the other is gone before.
        let q = all(Source::Activity, "outcome:pending");
        let asked = case.storage.request_erasure(&scope, q, "asked", 5).await;
        let asked = asked.expect("asked for").id;
        let lease = Duration::minutes(5);
        let waiting = case.storage.claim_erasure(lease).await.expect("claimed");
        let one = Selection::Ids {
            source: Source::Activity,
            ids: vec![id(0).to_string()],
        };
        case.erase(one, 1).await;
        end(1).await;
        end(2).await;
        let held = format!("id:{}", id(3));
        let held = case
            .storage
            .add_holds(&scope, &[Source::Activity], &held, "a case");
        held.await.expect("held");
        let waiting = waiting.expect("a job");
        while !case
            .storage
            .erase_step(&waiting)
            .await
            .expect("a step")
            .is_finished
        {}
        let rows = case.storage.list_erasures(&scope).await.expect("read");
        let row = rows.into_iter().find(|row| row.id == asked).expect("there");
        let report = &row.report;
        assert_eq!(report.typed, Some(5));
        assert_eq!((report.activities, row.held_since()), (1, 1));
        assert_eq!((report.turned, report.gone, report.changed), (2, 1, 0));
        // And its entry says it.
        let mut entries = Vec::new();
        for row in case.all_rows(&scope, "action:log.erased", 10).await {
            let detail = case.storage.get_activity(&scope, row.id).await;
            entries.push(detail.expect("read").expect("there"));
        }
        let of_it = |entry: &&ActivityDetail| {
            entry.row.description.as_deref() == Some("1 of 5 erased: asked")
        };
        let entry = entries.iter().find(of_it).expect("its entry");
        let details = entry.details.as_ref().expect("what went");
        for (what, n) in [
            ("typed", 5),
            ("count", 1),
            ("held", 1),
            ("turned", 2),
            ("gone", 1),
        ] {
            assert_eq!(details[what], n, "{what}: {details}");
        }
        assert_eq!(details["kinds"]["products"], 1, "{details}");
        assert_eq!(details["reason"], "asked");
        assert_eq!(details["q"], "outcome:pending");
        // So does the line in the list of erasures; what was picked is said by number.
        assert_eq!(row.report.kinds.get("products"), Some(&1));
        assert_eq!((row.picked, row.excepted), (None, 0));
        let rows = case.storage.list_erasures(&scope).await.expect("read");
        let other = rows.iter().find(|row| row.id != asked).expect("there");
        assert_eq!((other.q.as_deref(), other.picked), (None, Some(1)));
        case.verified().await;
    });
}

#[test]
fn messages_that_turned_away_are_told_from_those_that_never_were_meant() {
    on_both(async |case| {
        let scope = case.scope();
        let to = "noura@mail.example";
        for subject in ["First", "Second"] {
            case.send(input(&case, Channel::Email, to, subject)).await;
        }
        let waiting = all(Source::Messages, "-status:sent");
        let asked = case
            .storage
            .request_erasure(&scope, waiting, "asked", 2)
            .await;
        let asked = asked.expect("asked for").id;
        case.hand_over().await;
        case.work().await;
        let rows = case.storage.list_erasures(&scope).await.expect("read");
        let row = rows.into_iter().find(|row| row.id == asked).expect("there");
        let report = &row.report;
        let left = (
            report.messages + report.turned + report.changed,
            report.gone,
        );
        assert_eq!(left, (2, 0), "{report:?}");
        assert!(report.turned > 0, "{report:?}");
        case.verified().await;
    });
}

/// Sends a message with the files of these names; the content of a file is its name.
async fn with_files(case: &Case, names: &[&str]) -> (MessageId, Vec<BlobRef>) {
    let mut sent = input(case, Channel::Email, "noura@mail.example", "Your papers");
    for name in names {
        sent.attachments.push(NewAttachment {
            name: format!("{name}.txt"),
            content_type: "text/plain".to_owned(),
            content: name.as_bytes().to_vec(),
            content_id: None,
        });
    }
    let id = case.send(sent).await;
    let files = case.message(id).await.message.attachments;
    (id, files.into_iter().map(|file| file.blob).collect())
}

#[test]
fn a_file_stays_until_the_last_message_that_has_it_goes() {
    on_both(async |case| {
        let (first, files) = with_files(&case, &["terms", "invoice"]).await;
        let (second, _) = with_files(&case, &["terms", "receipt"]).await;
        for n in 0..4 {
            with_files(&case, &[format!("other {n}").as_str()]).await;
        }
        let is_there = async |at: usize| {
            let bytes = case.storage.get_object(&files[at]).await;
            bytes.expect("read").is_some()
        };
        for (id, gone, terms) in [(first, 1, true), (second, 2, false)] {
            let picked = Selection::Ids {
                source: Source::Messages,
                ids: vec![id.to_string()],
            };
            let row = case.erase(picked, 1).await;
            assert_eq!(row.report.attachments, gone);
            assert_eq!((is_there(0).await, is_there(1).await), (terms, false));
        }
    });
}
