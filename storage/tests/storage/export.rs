//! Exports: what a file holds, who may have it, what becomes of it when things go wrong.

use crate::export_schedule::{PAGE, send};
use crate::harness::{Case, activity, code, new_store, on_both, reference};
use chrono::Duration;
use domain::export::{
    Every, ExportFormat, ExportOptions, ExportStatus, RecordedExport, ScheduleDraft, Selection,
    Source,
};
use domain::message::{Channel, DeliveryStatus};
use domain::view::ExportRow;
use domain::{Code, Outcome, Role};
use storage::{ExportItem, ExportJob, Scope};

pub fn all(source: Source, q: &str) -> Selection {
    Selection::Matching {
        source,
        q: q.to_owned(),
        up_to: None,
        except: Vec::new(),
    }
}

pub fn options() -> ExportOptions {
    ExportOptions::of(ExportFormat::Csv)
}

impl Case {
    pub async fn export(&self, scope: &Scope, selection: Selection) -> ExportRow {
        let asked = self.storage.request_export(scope, selection, options());
        asked.await.expect("asked for")
    }

    pub async fn claimed(&self) -> ExportJob {
        let job = self.storage.claim_export(Duration::minutes(5)).await;
        job.expect("claimed").expect("one waits")
    }

    pub async fn export_items(&self, job: &ExportJob, is_whole: bool) -> Vec<ExportItem> {
        let mut rows = self.storage.open_export(job, is_whole).await.expect("open");
        let mut items = Vec::new();
        loop {
            let part = rows.next(3).await.expect("rows");
            if part.is_empty() {
                break;
            }
            items.extend(part.into_items().expect("taken apart"));
        }
        if !matches!(job.source, Source::Threads) {
            assert_eq!(rows.total(), items.len() as u64);
        }
        items
    }

    /// Writes a file as the worker does.
    pub async fn built(&self, job: &ExportJob, bytes: &[u8]) {
        let folder = self.storage.export_folder().expect("a folder");
        std::fs::write(folder.join(job.id.to_string()), bytes).expect("written");
        let done = self
            .storage
            .finish_export(job, 3, bytes.len() as u64, "ab".repeat(32), "a.csv");
        done.await.expect("finished");
    }

    async fn row(&self, scope: &Scope, row: &ExportRow) -> ExportRow {
        let found = self.storage.export_row(scope, row.id).await;
        found.expect("read").expect("there")
    }
}

fn actions(items: &[ExportItem]) -> Vec<String> {
    items
        .iter()
        .map(|item| match item {
            ExportItem::Activity(row) => row.action.clone(),
            ExportItem::WholeActivity(entry) => entry.row.action.clone(),
            other => panic!("no activity: {other:?}"),
        })
        .collect()
}

#[test]
fn an_export_holds_what_the_list_showed_when_it_was_asked_for() {
    on_both(async |case| {
        case.record((0..7).map(|n| activity("product.updated", n)).collect())
            .await;
        case.record(vec![activity("coupon.created", 8)]).await;
        let scope = case.scope();
        let counted = case
            .storage
            .count_selection(&scope, &all(Source::Activity, "category:products"))
            .await
            .expect("counted");
        assert_eq!(counted.count.count, 7);
        assert_eq!(counted.kinds, [("products".to_owned(), 7)]);
        let row = case
            .export(&scope, all(Source::Activity, "category:products"))
            .await;
        assert_eq!(row.status, ExportStatus::Queued);
        // What arrives later is in neither the selection nor the file.
        case.record((20..25).map(|n| activity("product.updated", n)).collect())
            .await;
        let marked = Selection::Matching {
            source: Source::Activity,
            q: "category:products".to_owned(),
            up_to: Some(counted.up_to),
            except: Vec::new(),
        };
        let again = case.storage.count_selection(&scope, &marked).await;
        assert_eq!(again.expect("counted").count.count, 7);
        let job = case.claimed().await;
        assert_eq!(job.id, row.id);
        let items = case.export_items(&job, false).await;
        assert_eq!(actions(&items), vec!["product.updated"; 7]);
        let whole = case.export_items(&job, true).await;
        assert_eq!(actions(&whole).len(), 7);
        case.built(&job, b"a,b\r\n").await;
        let done = case.row(&scope, &row).await;
        assert_eq!(done.status, ExportStatus::Completed);
        assert!(done.has_file && done.bytes == Some(5));
        let file = case.storage.download_export(&scope, row.id).await;
        let file = file.expect("read").expect("there");
        assert_eq!(std::fs::read(&file.path).expect("read"), b"a,b\r\n");
        let detail = case.storage.get_export(&scope, row.id).await;
        assert_eq!(detail.expect("read").expect("there").downloads.len(), 1);
        for action in ["export.requested", "export.completed", "export.downloaded"] {
            assert_eq!(case.count(&scope, &format!("action:{action}")).await, 1);
        }
        case.verified().await;
    });
}

#[test]
fn picked_and_excepted_rows_are_counted_to_the_row() {
    on_both(async |case| {
        let receipts = case
            .record((0..9).map(|n| activity("product.updated", n)).collect())
            .await;
        let scope = case.scope();
        let ids = |range: std::ops::Range<usize>| {
            receipts[range]
                .iter()
                .map(|receipt| receipt.id.to_string())
                .collect::<Vec<_>>()
        };
        let picked = Selection::Ids {
            source: Source::Activity,
            ids: ids(2..5),
        };
        let counted = case.storage.count_selection(&scope, &picked).await;
        assert_eq!(counted.expect("counted").count.count, 3);
        for q in ["action:product.updated", "sara", ""] {
            let total = case.count(&scope, q).await as u64;
            let without = Selection::Matching {
                source: Source::Activity,
                q: q.to_owned(),
                up_to: None,
                except: ids(0..4),
            };
            let counted = case.storage.count_selection(&scope, &without).await;
            assert_eq!(counted.expect("counted").count.count, total - 4, "{q}");
            let row = case.export(&scope, without.clone()).await;
            // The log says that some were left out, and they stay so when it is asked for again.
            assert_eq!((row.q.as_deref(), row.excepted), (Some(q), 4));
            let (asked, _) = case
                .storage
                .export_asked(&scope, row.id)
                .await
                .expect("kept");
            assert_eq!(asked, without);
            let job = case.claimed().await;
            assert_eq!(
                case.export_items(&job, false).await.len() as u64,
                total - 4,
                "{q}"
            );
            case.built(&job, b"x").await;
        }
        let none = Selection::Ids {
            source: Source::Activity,
            ids: Vec::new(),
        };
        assert_eq!(
            code(case.storage.count_selection(&scope, &none).await),
            Code::InvalidFields
        );
        let wrong = Selection::Ids {
            source: Source::Messages,
            ids: vec!["../../etc".to_owned()],
        };
        assert_eq!(
            code(case.storage.request_export(&scope, wrong, options()).await),
            Code::InvalidFields
        );
        let mistaken = all(Source::Activity, "colour:red");
        assert_eq!(
            code(
                case.storage
                    .request_export(&scope, mistaken, options())
                    .await
            ),
            Code::InvalidQuery
        );
    });
}

#[test]
fn a_role_exports_what_it_sees_when_the_file_is_built() {
    on_both(async |case| {
        case.record(vec![
            activity("product.updated", 1),
            activity("coupon.created", 2),
            activity("stock.adjusted", 3),
        ])
        .await;
        let keeper = case.member("Omar", Role::Admin).await;
        let (keeper, id) = (keeper.scope, keeper.id);
        case.export(&keeper, all(Source::Activity, "")).await;
        // Between asking and building the role shrinks.
        case.storage
            .set_role(&case.scope(), id, Role::StoreKeeper)
            .await
            .expect("changed");
        let job = case.claimed().await;
        assert_eq!(job.scope.role(), Role::StoreKeeper);
        let mut seen = actions(&case.export_items(&job, false).await);
        seen.sort();
        assert_eq!(seen, ["product.updated", "stock.adjusted"]);
        case.built(&job, b"x").await;
        // The file is for who sees no less than it holds.
        let found = case.storage.download_export(&case.scope(), job.id).await;
        assert!(found.expect("read").is_some());
        let asked = case.member("Lina", Role::StoreKeeper).await.scope;
        assert!(matches!(
            case.storage.download_export(&asked, job.id).await,
            Ok(None)
        ));
        let asked = case.member("Noor", Role::Manager).await.scope;
        let found = case.storage.download_export(&asked, job.id).await;
        assert!(found.expect("read").is_some());
        // Somebody who is blocked gets no file at all.
        case.export(&job.scope, all(Source::Activity, "")).await;
        case.storage
            .set_blocked(&case.scope(), id, true)
            .await
            .expect("blocked");
        let none = case.storage.claim_export(Duration::minutes(5)).await;
        assert!(none.expect("asked").is_none());
        let failed = case
            .storage
            .list_exports(&case.scope(), "status:failed", None, 10)
            .await
            .expect("read")
            .expect("understood");
        assert_eq!(failed.rows[0].error_code.as_deref(), Some("not_allowed"));
    });
}

#[test]
fn who_may_not_export_is_refused_and_an_admins_file_is_not_for_a_keeper() {
    on_both(async |case| {
        case.record(vec![activity("product.updated", 1)]).await;
        let staff = case.member("Staff", Role::Staff).await.scope;
        let asked = case
            .storage
            .request_export(&staff, all(Source::Activity, ""), options());
        assert_eq!(code(asked.await), Code::Forbidden);
        let keeper = case.member("K", Role::StoreKeeper).await.scope;
        let asked = case
            .storage
            .request_export(&keeper, all(Source::Messages, ""), options());
        assert_eq!(code(asked.await), Code::Forbidden);
        let scope = case.scope();
        let row = case.export(&scope, all(Source::Activity, "")).await;
        case.built(&case.claimed().await, b"x").await;
        assert!(
            case.storage
                .export_row(&keeper, row.id)
                .await
                .expect("read")
                .is_none()
        );
        let page = case.storage.list_exports(&keeper, "", None, 10).await;
        assert_eq!(page.expect("read").expect("understood").rows, Vec::new());
        let other = case
            .storage
            .create_store(new_store())
            .await
            .expect("a store");
        let elsewhere = Scope::system("test", other);
        assert!(matches!(
            case.storage.download_export(&elsewhere, row.id).await,
            Ok(None)
        ));
    });
}

#[test]
fn a_killed_worker_loses_nothing_and_a_cancelled_export_stops() {
    on_both(async |case| {
        case.record((0..5).map(|n| activity("product.updated", n)).collect())
            .await;
        let scope = case.scope();
        let row = case.export(&scope, all(Source::Activity, "")).await;
        let first = case.claimed().await;
        assert!(
            case.storage
                .export_progress(&first, 2, 100)
                .await
                .expect("told")
        );
        assert_eq!(case.row(&scope, &row).await.rows, 2);
        let waiting = case.storage.claim_export(Duration::minutes(5)).await;
        assert!(waiting.expect("asked").is_none());
        case.pass(Duration::minutes(6));
        let second = case.claimed().await;
        assert_eq!(second.id, first.id);
        assert!(
            !case
                .storage
                .export_progress(&first, 3, 100)
                .await
                .expect("told")
        );
        let late = case
            .storage
            .finish_export(&first, 5, 9, "ab".repeat(32), "a.csv");
        assert_eq!(code(late.await), Code::Conflict);
        let cancelled = case.storage.cancel_export(&scope, row.id).await;
        assert_eq!(
            cancelled.expect("cancelled").status,
            ExportStatus::Cancelled
        );
        assert!(
            !case
                .storage
                .export_progress(&second, 3, 100)
                .await
                .expect("told")
        );
        assert_eq!(
            code(case.storage.cancel_export(&scope, row.id).await),
            Code::Conflict
        );
        let again = case.storage.repeat_export(&scope, row.id).await;
        let again = again.expect("asked again");
        assert_ne!(again.id, row.id);
        case.built(&case.claimed().await, b"abc").await;
        // Somebody deletes the file behind our back.
        let path = case.storage.export_folder().expect("a folder");
        std::fs::remove_file(path.join(again.id.to_string())).expect("removed");
        assert_eq!(
            code(case.storage.download_export(&scope, again.id).await),
            Code::Conflict
        );
        let gone = case.row(&scope, &again).await;
        assert_eq!((gone.status, gone.has_file), (ExportStatus::Expired, false));
        assert_eq!(gone.error_code.as_deref(), Some("gone"));
    });
}

#[test]
fn files_expire_and_what_the_shop_made_is_found_among_them() {
    on_both(async |case| {
        let scope = case.scope();
        case.storage.set_export_days(&scope, 2).await.expect("set");
        let told = RecordedExport {
            name: "VAT report".to_owned(),
            category: "sales_report".to_owned(),
            filter: Some("quarter 3".to_owned()),
            requester: Some("Huda Saleh".to_owned()),
            outcome: ExportStatus::Completed,
            error: None,
            format: Some(ExportFormat::Xlsx),
            rows: Some(12),
            occurred_at: None,
        };
        let file = Some(("../../vat.xlsx".to_owned(), b"PK".to_vec()));
        let row = case.storage.record_export(&scope, told.clone(), file).await;
        let row = row.expect("recorded");
        assert!(row.has_file && row.is_recorded);
        let found = case.storage.download_export(&scope, row.id).await;
        assert_eq!(found.expect("read").expect("there").name, "vat.xlsx");
        for q in [
            "kind:sales_report",
            "by:huda",
            "format:xlsx",
            "vat",
            "quarter",
            "-format:csv",
        ] {
            let page = case.storage.list_exports(&scope, q, None, 10).await;
            assert_eq!(
                page.expect("read").expect("understood").rows.len(),
                1,
                "{q}"
            );
        }
        let page = case.storage.list_exports(&scope, "by:sara", None, 10).await;
        assert_eq!(page.expect("read").expect("understood").rows.len(), 0);
        let wrong = RecordedExport {
            outcome: ExportStatus::Running,
            ..told
        };
        let refused = case.storage.record_export(&scope, wrong, None).await;
        assert_eq!(code(refused), Code::InvalidFields);
        case.pass(Duration::days(3));
        assert_eq!(case.storage.expire_exports().await.expect("expired"), 1);
        let expired = case.row(&scope, &row).await;
        assert_eq!(expired.status, ExportStatus::Expired);
        assert_eq!(
            code(case.storage.download_export(&scope, row.id).await),
            Code::Conflict
        );
    });
}

fn schedule(every: Every) -> ScheduleDraft {
    ScheduleDraft {
        id: None,
        name: "Morning".to_owned(),
        source: Source::Activity,
        q: "created:1d".to_owned(),
        options: options(),
        every,
        at: "07:30".to_owned(),
        email_to: vec!["sara@store.example".to_owned()],
        is_on: true,
    }
}

#[test]
fn a_schedule_runs_on_time_and_its_link_goes_out() {
    on_both(async |case| {
        let owner = case.member("Sara", Role::Admin).await.scope;
        let saved = case
            .storage
            .save_schedule(&owner, schedule(Every::Day))
            .await
            .expect("saved");
        // It is 12:00 in Riyadh.
        let due = crate::harness::start() + Duration::minutes(19 * 60 + 30);
        assert_eq!(saved[0].next_at, Some(due));
        let run = async || case.storage.run_due_schedules().await.expect("run");
        assert_eq!(run().await, 0);
        case.pass(Duration::minutes(19 * 60 + 35));
        assert_eq!((run().await, run().await), (1, 0), "once");
        let job = case.claimed().await;
        case.built(&job, b"x").await;
        let read = async || {
            let detail = case.storage.get_export(&owner, job.id).await;
            detail.expect("read").expect("there")
        };
        assert_eq!(read().await.owed, ["sara@store.example"]);
        send(&case).await;
        let detail = read().await;
        assert!(detail.owed.is_empty());
        assert_eq!(detail.emails.len(), 1);
        assert_eq!(detail.emails[0].to, "sara@store.example");
        assert_eq!(detail.emails[0].status, Some(DeliveryStatus::Pending));
        let link = format!("{PAGE}{}", job.id);
        let says = async |message| {
            let sent = case.storage.get_message(&case.scope(), message).await;
            let sent = sent.expect("read").expect("in the message log");
            assert!(sent.message.text.expect("a text").contains(&link));
        };
        says(detail.emails[0].message).await;
        // To somebody else it is sent by hand.
        let to = "omar@store.example";
        let by_hand = case.storage.email_export(&owner, job.id, to, &link).await;
        let message = by_hand.expect("sent");
        let mut emails = read().await.emails.into_iter();
        let email = emails.find(|email| email.to == to).expect("told");
        assert_eq!(email.message, message);
        assert_eq!(email.status, Some(DeliveryStatus::Pending));
        says(message).await;
        let listed = case.storage.list_schedules(&owner).await.expect("listed");
        assert_eq!(listed[0].next_at, Some(due + Duration::days(1)));
        assert_eq!(listed[0].last.as_ref().map(|row| row.id), Some(job.id));
    });
}

#[test]
fn what_was_missed_is_shown_and_made_up_once() {
    on_both(async |case| {
        let owner = case.member("Sara", Role::Admin).await.scope;
        case.storage
            .save_schedule(&owner, schedule(Every::Day))
            .await
            .expect("saved");
        // Storetrail was not running for three days.
        case.pass(Duration::days(3) + Duration::hours(1));
        assert_eq!(case.storage.run_due_schedules().await.expect("run"), 1);
        let of = async |q: &str| {
            let page = case.storage.list_exports(&owner, q, None, 10).await;
            page.expect("read").expect("understood").rows
        };
        let missed = of("status:missed").await;
        let due = crate::harness::start() + Duration::minutes(19 * 60 + 30);
        let times: Vec<_> = missed.iter().map(|row| row.requested_at).collect();
        assert_eq!(
            times,
            [due + Duration::days(2), due + Duration::days(1), due],
            "each at its own time"
        );
        assert!(missed.iter().all(|row| !row.has_file));
        assert_eq!(of("status:queued").await.len(), 1);
        let job = case.claimed().await;
        case.built(&job, b"x").await;
        assert!(
            case.storage
                .claim_export(Duration::minutes(5))
                .await
                .expect("asked")
                .is_none()
        );
        // Whose owner has left rests, and nothing is made with a role that nobody has.
        let sara = case
            .storage
            .list_users(&case.scope())
            .await
            .expect("listed");
        let sara = sara
            .iter()
            .find(|user| user.name == "Sara")
            .expect("there")
            .id;
        case.storage
            .set_role(&case.scope(), sara, Role::Staff)
            .await
            .expect("changed");
        case.pass(Duration::days(1));
        assert_eq!(case.storage.run_due_schedules().await.expect("run"), 0);
        let listed = case.storage.list_schedules(&case.scope()).await;
        assert!(!listed.expect("listed")[0].draft.is_on);
    });
}

/// What the items of a log that watches are known by.
#[test]
fn messages_threads_orders_and_customers_are_exported_and_masked_for_auditors() {
    on_both(async |case| {
        case.customer("c_1", "Noura Ali", "noura@mail.example", "+966551234567")
            .await;
        case.order("1042", "c_1", None).await;
        let mut input =
            crate::message_kit::input(&case, Channel::Email, "noura@mail.example", "Hello");
        input.message.order = Some("1042".to_owned());
        case.send(input).await;
        let mut changed = activity("order.status_changed", 5);
        changed.subject = Some(reference("order", "1042", "Order 1042"));
        changed.outcome = Outcome::Success;
        case.record(vec![changed]).await;
        let scope = case.scope();
        let mut counts = Vec::new();
        for source in [
            Source::Messages,
            Source::Threads,
            Source::Orders,
            Source::Customers,
        ] {
            case.export(&scope, all(source, "")).await;
            let job = case.claimed().await;
            let items = case.export_items(&job, false).await;
            counts.push(items.len());
            let text = format!("{items:?}");
            assert!(
                text.contains("noura@mail.example") || text.contains("Noura"),
                "{source}"
            );
            case.built(&job, b"x").await;
        }
        assert_eq!(counts, [1, 2, 1, 1]);
        let auditor = case.member("Audit", Role::Auditor).await.scope;
        for source in [
            Source::Activity,
            Source::Messages,
            Source::Threads,
            Source::Orders,
            Source::Customers,
        ] {
            for is_whole in [false, true] {
                case.export(&auditor, all(source, "")).await;
                let job = case.claimed().await;
                let text = format!("{:?}", case.export_items(&job, is_whole).await).to_lowercase();
                assert!(!text.contains("noura"), "{source}: {text}");
                case.built(&job, b"x").await;
            }
        }
    });
}
