//! Erasing: what goes is gone everywhere, what stays still proves that it was there.

use crate::export::all;
use crate::harness::{Case, activity, code, on_both, on_sqlite, reference};
use crate::sign_in::events;
use chrono::Duration;
use domain::export::{Selection, Source};
use domain::message::{Channel, NewAttachment};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::{ErasureRow, ErasureStatus, RetentionRule};
use domain::{ActivityId, Category, Change, Code, Outcome, Role};
use serde_json::json;
use storage::{Caller, Scope, SecurityNote};

impl Case {
    /// Erases what is selected, as the owner asks for it.
    pub async fn erase(&self, selection: Selection, typed: u64) -> ErasureRow {
        let scope = self.scope();
        let asked = self
            .storage
            .request_erasure(&scope, selection, "asked by the owner", typed)
            .await
            .expect("asked for");
        self.work().await;
        let rows = self.storage.list_erasures(&scope).await.expect("read");
        let row = rows.into_iter().find(|row| row.id == asked.id);
        let row = row.expect("there");
        assert_eq!(row.status, ErasureStatus::Completed, "{:?}", row.error);
        row
    }

    /// Does what waits to be erased.
    pub async fn work(&self) {
        let lease = Duration::minutes(5);
        while let Some(job) = self.storage.claim_erasure(lease).await.expect("claimed") {
            while !self
                .storage
                .erase_step(&job)
                .await
                .expect("a step")
                .is_finished
            {}
        }
    }

    async fn retain(&self) {
        while self.storage.retention_step().await.expect("a step") {}
    }
}

#[test]
fn what_is_erased_is_counted_gone_and_told_of() {
    on_both(async |case| {
        let receipts = case
            .record((0..230).map(|n| activity("product.updated", n)).collect())
            .await;
        case.record(vec![activity("coupon.created", 500)]).await;
        let mut item = activity("product.updated", 300);
        item.outcome = Outcome::Pending;
        let pending = case.record(vec![item]).await;
        let id = ActivityId(pending[0].id);
        case.end_at(id, Outcome::Failed, Some("No stock"), 301)
            .await
            .expect("ended");
        let scope = case.scope();
        let all = all(Source::Activity, "action:product.updated");
        let wrong = case
            .storage
            .request_erasure(&scope, all.clone(), "asked", 230);
        assert_eq!(code(wrong.await), Code::InvalidFields);
        let unreasoned = case.storage.request_erasure(&scope, all.clone(), " ", 231);
        assert_eq!(code(unreasoned.await), Code::InvalidFields);
        let row = case.erase(all.clone(), 231).await;
        assert_eq!((row.report.activities, row.held), (231, 0));
        assert_eq!(case.count(&scope, "action:product.updated").await, 0);
        assert_eq!(case.count(&scope, "sara").await, 1);
        assert_eq!(case.count(&scope, "action:log.erased").await, 1);
        // 231 activities and the outcome of one.
        assert_eq!(case.verified().await.1, 232);
        let page = storage::Page {
            after: None,
            direction: domain::Direction::Newest,
            limit: 100,
        };
        let filter = case.filter(&scope, "");
        let listed = case.storage.list_activities(&scope, &filter, page).await;
        let gaps = listed.expect("read").gaps;
        assert_eq!(gaps.iter().map(|gap| gap.count).sum::<u64>(), 231);
        assert!(gaps.iter().all(|gap| gap.reason == "asked by the owner"));
        let gone = case
            .storage
            .get_activity(&scope, ActivityId(receipts[0].id));
        assert!(gone.await.expect("read").is_none());
        let told = case.storage.erased_entry(&scope, receipts[0].id).await;
        assert_eq!(told.expect("read").expect("told").erasure, row.id);
        let keeper = case.member("Kim", Role::StoreKeeper).await.scope;
        let told = case.storage.erased_entry(&keeper, receipts[0].id).await;
        assert!(told.expect("read").is_none());
        let nothing = case.storage.request_erasure(&scope, all, "asked", 0).await;
        assert_eq!(code(nothing), Code::Conflict);
        // The places in time that are free again are taken by others.
        case.record((0..3).map(|n| activity("product.updated", n)).collect())
            .await;
        let gone = case
            .storage
            .get_activity(&scope, ActivityId(receipts[0].id));
        assert!(gone.await.expect("read").is_none());
        case.verified().await;
    });
}

#[test]
fn only_who_may_erases_and_what_is_held_or_tells_of_erasures_stays() {
    on_both(async |case| {
        case.record((0..5).map(|n| activity("product.updated", n)).collect())
            .await;
        case.record((5..8).map(|n| activity("stock.adjusted", n)).collect())
            .await;
        let manager = case.member("Mona", Role::Manager).await.scope;
        let everything = all(Source::Activity, "category:products,inventory");
        let refused = case
            .storage
            .request_erasure(&manager, everything.clone(), "no", 8);
        assert_eq!(code(refused.await), Code::Forbidden);
        let scope = case.scope();
        let held = case
            .storage
            .add_holds(
                &scope,
                &[Source::Activity],
                "action:stock.adjusted",
                "audit 2026",
            )
            .await
            .expect("held");
        assert_eq!(held[0].count.count, 3);
        let counted = case.storage.count_selection(&scope, &everything).await;
        let counted = counted.expect("counted");
        assert_eq!((counted.count.count, counted.held), (8, 3));
        let row = case.erase(everything.clone(), 5).await;
        assert_eq!((row.report.activities, row.held), (5, 3));
        assert_eq!(case.count(&scope, "action:stock.adjusted").await, 3);
        let again = case
            .storage
            .request_erasure(&scope, everything.clone(), "asked", 0);
        assert_eq!(code(again.await), Code::Conflict);
        let told = all(Source::Activity, "action:log.erased");
        let again = case.storage.request_erasure(&scope, told, "asked", 1);
        assert_eq!(code(again.await), Code::Conflict);
        case.storage
            .release_hold(&scope, held[0].id, "audit is over")
            .await
            .expect("released");
        case.erase(everything, 3).await;
        assert_eq!(case.count(&scope, "action:stock.adjusted").await, 0);
        case.verified().await;
    });
}

#[test]
fn an_erasure_goes_on_after_a_stop_and_stops_when_the_role_is_lost() {
    on_both(async |case| {
        case.record((0..250).map(|n| activity("product.updated", n)).collect())
            .await;
        let admin = case.member("Adam", Role::Admin).await;
        let selection = all(Source::Activity, "action:product.updated");
        let asked = case
            .storage
            .request_erasure(&admin.scope, selection.clone(), "asked", 250)
            .await
            .expect("asked for");
        let job = case.storage.claim_erasure(Duration::minutes(5)).await;
        let job = job.expect("claimed").expect("one waits");
        let first = case.storage.erase_step(&job).await.expect("a step");
        assert!(!first.is_finished);
        // How many a step takes is learned from how long it takes.
        let left = case.count(&case.scope(), "action:product.updated").await as u64;
        assert_eq!(first.done, 250 - left);
        assert!((1..=100).contains(&first.done), "{first:?}");
        case.verified().await;
        let again = case.storage.claim_erasure(Duration::minutes(5)).await;
        assert!(again.expect("asked").is_none());
        // The worker dies; another goes on where it was.
        case.pass(Duration::minutes(6));
        case.work().await;
        assert_eq!(case.count(&case.scope(), "action:product.updated").await, 0);
        let rows = case
            .storage
            .list_erasures(&case.scope())
            .await
            .expect("read");
        assert_eq!((rows[0].id, rows[0].report.activities), (asked.id, 250));
        case.record((0..3).map(|n| activity("product.updated", n)).collect())
            .await;
        case.storage
            .request_erasure(&admin.scope, selection, "asked", 3)
            .await
            .expect("asked for");
        case.storage
            .set_role(&case.scope(), admin.id, Role::Manager)
            .await
            .expect("changed");
        case.work().await;
        assert_eq!(case.count(&case.scope(), "action:product.updated").await, 3);
        let rows = case
            .storage
            .list_erasures(&case.scope())
            .await
            .expect("read");
        assert_eq!(rows[0].status, ErasureStatus::Failed);
    });
}

/// A customer with messages, entries, an order, an export and an opt-out, and another one beside.
pub async fn people(case: &Case) -> Scope {
    let scope = case.scope();
    let mut calls = Vec::new();
    for (id, name, email, phone, order) in [
        (
            "c_71",
            "Noura Alqahtani",
            "noura.q@mail.example",
            "+966551234567",
            "1042",
        ),
        (
            "c_72",
            "Basma Harbi",
            "basma@mail.example",
            "+966559876543",
            "1043",
        ),
    ] {
        case.customer(id, name, email, phone).await;
        case.order(order, id, None).await;
        let mut input =
            crate::message_kit::input(case, Channel::Email, email, &format!("Dear {name}"));
        input.message.order = Some(order.to_owned());
        input.attachments.push(NewAttachment {
            name: format!("invoice-{id}.txt"),
            content_type: "text/plain".to_owned(),
            content: format!("Invoice for {name}, {email}").into_bytes(),
            content_id: None,
        });
        case.send(input).await;
        case.storage
            .set_opt_out(&scope, Channel::Sms, phone, true)
            .await
            .expect("opted out");
        let mut about = activity("customer.updated", 5);
        about.subject = Some(reference("customer", id, name));
        about.changes = vec![Change {
            field: "email".to_owned(),
            before: "old".into(),
            after: email.into(),
        }];
        let mut by = activity("customer.signed_in", 6);
        by.actor.kind = domain::ActorType::Customer;
        by.actor.id = Some(id.to_owned());
        by.actor.name = Some(name.to_owned());
        by.actor.email = Some(email.to_owned());
        case.record(vec![about, by]).await;
        let (event, done) = (SecurityEventName::SecretViewed, SecurityOutcome::Success);
        let mut note = SecurityNote::new(event, done, Caller::default());
        note.subject = Some(reference("customer", id, name));
        note.account = Some(email.to_owned());
        let noted = case.storage.note_security(Some(&scope), note).await;
        noted.expect("noted");
        let mut call = crate::watch::call(case, crate::harness::start(), 200, &format!("r{order}"));
        call.path = format!("/api/v1/customers/{id}");
        call.query = Some(format!("q={}", email.replace('@', "%40")));
        call.body = Some(format!("{{\"to\":\"{phone}\",\"name\":\"{name}\"}}"));
        call.viewed = vec![reference("customer", id, name)];
        calls.push(call);
    }
    // Both calls stand in one entry of the ledger.
    crate::watch::record(case, calls).await;
    for (source, bytes) in [
        (Source::Security, "account\r\nnoura.q@mail.example\r\n"),
        (Source::Requests, "path\r\n/api/v1/customers/c_71\r\n"),
    ] {
        case.export(&scope, all(source, "")).await;
        case.built(&case.claimed().await, bytes.as_bytes()).await;
    }
    let row = case
        .export(&scope, all(Source::Messages, "to:noura.q@mail.example"))
        .await;
    let job = case.claimed().await;
    assert_eq!(row.id, job.id);
    case.built(&job, b"to\r\nnoura.q@mail.example\r\n").await;
    scope
}

#[test]
fn a_person_is_erased_wherever_they_stand() {
    on_both(async |case| {
        let scope = people(&case).await;
        let found = case.storage.person_found(&scope, "c_71").await;
        let found = found.expect("read").expect("known");
        assert_eq!((found.messages, found.exports), (1, 1));
        assert!(found.activities >= 3 && found.attachments == 1);
        let nobody = case.storage.person_found(&scope, "c_99").await;
        assert!(nobody.expect("read").is_none());
        case.storage
            .request_person_erasure(&scope, "c_71", "asked by mail", found.to_type)
            .await
            .expect("asked for");
        case.work().await;
        let rows = case.storage.list_erasures(&scope).await.expect("read");
        assert_eq!(rows[0].status, ErasureStatus::Completed);
        assert_eq!(
            (rows[0].report.messages, rows[0].report.attachments),
            (1, 1)
        );
        assert_eq!(rows[0].report.records, 2);
        let gone = case.storage.person_found(&scope, "c_71").await;
        assert!(gone.expect("read").is_none());
        for q in ["noura", "551234567", "about:customer/c_71"] {
            assert_eq!(case.count(&scope, q).await, 0, "{q}");
            assert_eq!(case.found(&scope, "noura").await.len(), 0, "{q}");
        }
        let calls = crate::watch::page(&case, &scope, "", None, 10).await.rows;
        let ids: Vec<&str> = calls.iter().map(|call| call.request_id.as_str()).collect();
        assert_eq!(ids, ["r1043"], "the other call of that entry is kept");
        let events = events(&case, "event:secret.viewed").await;
        let accounts: Vec<Option<&str>> = events.iter().map(|e| e.account.as_deref()).collect();
        assert_eq!(accounts, [Some("basma@mail.example")]);
        // Two security events or calls and their two files; the file with messages.
        assert_eq!(rows[0].report.exports, 3);
        // The other one and the order are still there.
        assert!(case.count(&scope, "basma").await >= 3);
        assert_eq!(case.found(&scope, "basma").await.len(), 1);
        let orders = case.storage.list_orders(&scope, "1042", None, 10).await;
        let orders = orders.expect("read").rows;
        assert_eq!((orders.len(), orders[0].message_count), (1, Some(0)));
        assert_eq!(orders[0].customer, None);
        case.verified().await;
    });
}

#[test]
fn files_of_customers_and_orders_go_with_a_person() {
    on_both(async |case| {
        let scope = people(&case).await;
        let others = Selection::Ids {
            source: Source::Orders,
            // Somebody else's.
            ids: vec!["1043".to_owned()],
        };
        let mut asked = Vec::new();
        for selection in [all(Source::Customers, ""), all(Source::Orders, ""), others] {
            let row = case.export(&scope, selection).await;
            let job = case.claimed().await;
            assert_eq!(row.id, job.id);
            case.built(&job, b"Noura").await;
            asked.push(row.id);
        }
        let found = case.storage.person_found(&scope, "c_71").await;
        let found = found.expect("read").expect("known");
        assert_eq!(found.exports, 3, "the file with the message, and two");
        case.storage
            .request_person_erasure(&scope, "c_71", "asked by mail", found.to_type)
            .await
            .expect("asked for");
        case.work().await;
        let mut left = Vec::new();
        for id in &asked {
            let row = case.storage.export_row(&scope, *id).await;
            left.push(row.expect("read").expect("there").has_file);
        }
        assert_eq!(left, [false, false, true]);
    });
}

#[test]
fn no_byte_of_an_erased_person_is_left_in_any_file() {
    on_sqlite(async |case| {
        let scope = people(&case).await;
        let about = "about:customer/c_71";
        let hold = case
            .storage
            .add_holds(&scope, &[Source::Activity], about, "audit");
        let hold = hold.await.expect("held").remove(0).id;
        let released = case.storage.release_hold(&scope, hold, "over").await;
        released.expect("released");
        let seen = format!(
            "INSERT INTO shop_subject (connection_id, kind, foreign_id, store_id, subject_id) \
             VALUES (X'01', 'customer', '71', {}, 'c_71')",
            case.store.id.0
        );
        assert_eq!(case.tamper(&seen).await, 1);
        let found = case.storage.person_found(&scope, "c_71").await;
        let to_type = found.expect("read").expect("known").to_type;
        let done = operation_about(&case).await;
        let folder = case.storage.export_folder().expect("a folder");
        let folder = folder.parent().expect("a folder").to_owned();
        let needles = [
            "noura-vip",
            "noura.q@mail",
            "Noura Alqahtani",
            "noura alqahtani",
            "966551234567",
            "c_71",
        ];
        for needle in needles {
            assert!(
                !holding(&folder, needle).is_empty(),
                "{needle} is somewhere before"
            );
        }
        case.storage
            .request_person_erasure(&scope, "c_71", "asked by mail", to_type)
            .await
            .expect("asked for");
        case.work().await;
        for needle in needles {
            assert_eq!(holding(&folder, needle), Vec::<String>::new(), "{needle}");
        }
        assert!(!holding(&folder, "basma@mail").is_empty());
        case.verified().await;
        // The other items and the counts are still there.
        let detail = case.storage.get_operation(&scope, &done).await;
        let detail = detail.expect("read").expect("there");
        assert_eq!((detail.row.changed, detail.row.failed), (3, 1));
        let page = case
            .storage
            .list_items(&scope, &done, storage::ItemFilter::default(), None, 10)
            .await
            .expect("read");
        let left: Vec<&str> = page
            .rows
            .iter()
            .map(|row| row.subject.id.as_str())
            .collect();
        assert_eq!(left, ["c_72"]);
    });
}

/// A finished operation that tagged both people, and that a report failed for: with the address in a value and in words.
pub async fn operation_about(case: &Case) -> domain::operation::OperationId {
    use crate::operation::{failed, item, operation};
    let scope = case.scope();
    let opened = operation(case, "vip", None);
    let opened = case.storage.open_operation(&scope, opened, None).await;
    opened.expect("opened");
    let id = domain::operation::OperationId("vip".to_owned());
    let mut tagged = item("c_71", "tags", json!([]), json!(["noura-vip"]));
    tagged.subject = reference("customer", "c_71", "Noura Alqahtani");
    let mut other = item("c_72", "tags", json!([]), json!(["basma-vip"]));
    other.subject = reference("customer", "c_72", "Basma");
    let held = item(
        "p_1",
        "note",
        json!(null),
        json!("ask noura.q@mail.example"),
    );
    let refused = failed("p_2", "noura.q@mail.example has no account");
    case.items(&id, vec![tagged, other, held, refused]).await;
    case.step(&id, domain::operation::OperationStep::Completed)
        .await;
    id
}

/// The files below a folder that hold some bytes, in any case.
pub fn holding(folder: &std::path::Path, needle: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(holding(&path, needle));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes
                .windows(needle.len())
                .any(|part| part.eq_ignore_ascii_case(needle.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn retention_takes_content_first_and_lines_later_and_says_so() {
    on_both(async |case| {
        let scope = case.scope();
        let mut told = activity("product.updated", 1);
        told.changes = vec![Change {
            field: "price".to_owned(),
            before: 120.into(),
            after: 95.into(),
        }];
        case.record(vec![told, activity("coupon.created", 2)]).await;
        let mail = crate::message_kit::input(&case, Channel::Email, "noura@mail.example", "Parcel");
        let mail = case.send(mail).await;
        let handed_over = case.storage.put_object(b"the mail as it went").await;
        let handed_over = handed_over.expect("kept");
        let claimed = case.claim().await.remove(0).with_raw(handed_over.clone());
        let begun = case.storage.begin_handover(&claimed, "smtp").await;
        assert!(begun.expect("begun"));
        let rule = |source, category, content, metadata| RetentionRule {
            source,
            category,
            content_days: content,
            metadata_days: metadata,
        };
        let rules = vec![
            rule(
                Source::Activity,
                Some(Category::Products),
                Some(10),
                Some(100),
            ),
            rule(Source::Messages, None, Some(10), None),
        ];
        let wrong = vec![rule(Source::Activity, None, Some(10), Some(5))];
        assert_eq!(
            code(case.storage.save_retention(&scope, wrong, None).await),
            Code::InvalidFields
        );
        let saved = case
            .storage
            .save_retention(&scope, rules.clone(), None)
            .await;
        assert_eq!(saved.expect("saved").rules, rules);
        case.retain().await;
        assert_eq!(
            case.storage
                .list_erasures(&scope)
                .await
                .expect("read")
                .len(),
            0
        );
        case.pass(Duration::days(20));
        // As long as its answer is awaited it stays.
        let settled = case.storage.settle_unanswered().await;
        assert_eq!(settled.expect("settled"), 1);
        let preview = case.storage.preview_retention(&scope, &rules).await;
        let preview = preview.expect("told");
        assert_eq!(preview[0].content_due.count, 1);
        assert_eq!(preview[0].metadata_due.count, 0);
        assert_eq!(preview[1].content_due.count, 1);
        assert!(preview[0].next_at.is_some());
        case.retain().await;
        let rows = case.all_rows(&scope, "action:product.updated", 10).await;
        assert_eq!((rows.len(), rows[0].change_count), (1, 0));
        assert_eq!(
            rows[0].subject.as_ref().and_then(|s| s.name.as_deref()),
            Some("Linen shirt")
        );
        assert_eq!(case.count(&scope, "action:product.updated sara").await, 1);
        assert_eq!(
            case.count(&scope, "\"price changed\" action:product.updated")
                .await,
            0
        );
        let detail = case.storage.get_activity(&scope, rows[0].id).await;
        let detail = detail.expect("read").expect("its line is there");
        assert!(detail.changes.is_empty());
        let auditor = case.member("Aida", Role::Auditor).await.scope;
        assert_eq!(
            case.all_rows(&auditor, "action:product.updated", 10)
                .await
                .len(),
            1
        );
        let message = case.message(mail).await;
        assert_eq!(
            (message.message.text, message.message.subject),
            (None, None)
        );
        assert_eq!(message.row.to.as_deref(), Some("noura@mail.example"));
        let left = case.storage.get_object(&handed_over).await;
        assert_eq!(left.expect("read"), None);
        assert_eq!(case.found(&scope, "parcel").await.len(), 0);
        assert_eq!(case.found(&scope, "to:noura@mail.example").await.len(), 1);
        let erased = case.storage.list_erasures(&scope).await.expect("read");
        assert_eq!(erased.len(), 2);
        case.verified().await;
        case.pass(Duration::days(100));
        case.storage
            .add_holds(&scope, &[Source::Messages], "", "court order")
            .await
            .expect("held");
        case.retain().await;
        assert_eq!(case.count(&scope, "action:product.updated").await, 0);
        assert_eq!(case.count(&scope, "action:coupon.created").await, 1);
        case.storage
            .incremental_vacuum(1_000)
            .await
            .expect("vacuumed");
        case.verified().await;
    });
}
