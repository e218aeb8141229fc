//! Files of exports that hold what is erased go, whatever became of it since; those that are being made begin anew.

use crate::export::{all, options};
use crate::harness::{Case, activity, code, on_both, reference};
use domain::export::{ExportStatus, Selection, Source};
use domain::message::Channel;
use domain::view::ExportRow;
use domain::{ActivityId, Code, ExportId, Outcome, Problem, Role};
use storage::{Error, Scope};

impl Case {
    /// An export with a file.
    async fn filed(&self, selection: Selection) -> ExportId {
        let row = self.export(&self.scope(), selection).await;
        let job = self.claimed().await;
        assert_eq!(job.id, row.id);
        self.built(&job, b"a row").await;
        row.id
    }

    /// Why an export of a selection is refused.
    async fn refused(&self, scope: &Scope, selection: &Selection) -> Problem {
        let asked = self
            .storage
            .request_export(scope, selection.clone(), options());
        match asked.await {
            Err(Error::Problem(problem)) => problem,
            other => panic!("not refused with a problem: {other:?}"),
        }
    }

    async fn export_now(&self, id: ExportId) -> ExportRow {
        let found = self.storage.export_row(&self.scope(), id).await;
        found.expect("read").expect("there")
    }

    /// Erases a selection, of which so many files are said to go.
    async fn erase_with(&self, scope: &Scope, selection: Selection, files: u64) {
        let counted = self.storage.count_selection(scope, &selection).await;
        let typed = counted.expect("counted").count.count;
        let said = self.storage.count_files(scope, &selection).await;
        assert_eq!(said.expect("counted"), files);
        self.storage
            .request_erasure(scope, selection, "asked", typed)
            .await
            .expect("asked for");
        self.work().await;
        let rows = self.storage.list_erasures(scope).await.expect("read");
        assert_eq!(rows[0].report.exports, files);
    }
}

#[test]
fn a_file_of_what_was_pending_goes_after_it_ended() {
    on_both(async |case| {
        let scope = case.scope();
        let mut pending = activity("product.updated", 1);
        pending.outcome = Outcome::Pending;
        let receipts = case.record(vec![pending]).await;
        case.record(vec![activity("coupon.created", 2)]).await;
        let mail = crate::message_kit::input(&case, Channel::Email, "noura@mail.example", "Parcel");
        case.send(mail).await;
        let entries = case.filed(all(Source::Activity, "outcome:pending")).await;
        let messages = case.filed(all(Source::Messages, "status:pending")).await;
        let other = case
            .filed(all(Source::Activity, "action:coupon.created"))
            .await;
        case.end(ActivityId(receipts[0].id), Outcome::Success, None)
            .await
            .expect("ended");
        case.hand_over().await;
        case.erase_with(&scope, all(Source::Activity, "action:product.updated"), 1)
            .await;
        case.erase_with(&scope, all(Source::Messages, "to:noura@mail.example"), 1)
            .await;
        for id in [entries, messages] {
            let row = case.export_now(id).await;
            assert_eq!((row.status, row.has_file), (ExportStatus::Expired, false));
            assert_eq!(row.error_code.as_deref(), Some("erased"));
            assert_eq!(row.expires_at, None);
            let folder = case.storage.export_folder().expect("a folder");
            assert!(!folder.join(id.to_string()).exists());
        }
        let kept = case.export_now(other).await;
        assert!(kept.has_file && kept.error_code.is_none());
    });
}

#[test]
fn what_is_left_of_picked_entries_is_exported_again() {
    on_both(async |case| {
        let scope = case.scope();
        let receipts = case
            .record((0..3).map(|n| activity("product.updated", n)).collect())
            .await;
        let picked = |range: std::ops::Range<usize>| Selection::Ids {
            source: Source::Activity,
            ids: receipts[range]
                .iter()
                .map(|receipt| receipt.id.to_string())
                .collect(),
        };
        let first = case.filed(picked(0..3)).await;
        case.erase_with(&scope, picked(0..1), 1).await;
        let counted = case.storage.count_selection(&scope, &picked(0..3)).await;
        assert_eq!(counted.expect("counted").count.count, 2);
        let again = case.storage.repeat_export(&scope, first).await;
        let again = again.expect("asked again");
        assert_eq!((again.picked, again.missing), (Some(3), 1));
        let job = case.claimed().await;
        assert_eq!(job.id, again.id);
        assert_eq!(case.export_items(&job, false).await.len(), 2);
        case.built(&job, b"what is left").await;
        let asked = case.all_rows(&scope, "action:export.requested", 10).await;
        let newest = case.storage.get_activity(&scope, asked[0].id).await;
        let details = newest.expect("read").expect("there").details;
        assert_eq!(details.expect("what was asked for")["missing"], 1);
    });
}

#[test]
fn an_export_of_which_nothing_picked_is_left_is_refused() {
    on_both(async |case| {
        let scope = case.scope();
        let receipts = case
            .record((0..2).map(|n| activity("product.updated", n)).collect())
            .await;
        let picked = Selection::Ids {
            source: Source::Activity,
            ids: receipts
                .iter()
                .map(|receipt| receipt.id.to_string())
                .collect(),
        };
        let first = case.filed(picked.clone()).await;
        case.erase_with(&scope, picked.clone(), 1).await;
        let problem = case.refused(&scope, &picked).await;
        let day = problem.gone_since().expect("gone").expect("erased");
        assert_eq!(day.len(), "2026-11-20".len());
        let again = case.storage.repeat_export(&scope, first).await;
        assert_eq!(code(again), Code::InvalidFields);
        // When something was erased is not for who may not count.
        let keeper = case.member("Kim", Role::StoreKeeper).await.scope;
        let problem = case.refused(&keeper, &picked).await;
        assert_eq!(problem.gone_since(), Some(None));
        let nobody = Selection::Ids {
            source: Source::Orders,
            ids: vec!["no such order".to_owned()],
        };
        let problem = case.refused(&scope, &nobody).await;
        assert_eq!(problem.gone_since(), Some(None));
        let exports = case.all_rows(&scope, "action:export.requested", 10).await;
        assert_eq!(exports.len(), 1, "what is refused is not in the log");
    });
}

#[test]
fn a_file_of_threads_goes_with_what_happened_to_its_order() {
    on_both(async |case| {
        let scope = case.scope();
        let mut changed = activity("order.status_changed", 1);
        changed.subject = Some(reference("order", "1042", "1042"));
        case.record(vec![changed, activity("product.updated", 2)])
            .await;
        let threads = case.filed(all(Source::Threads, "")).await;
        case.erase_with(&scope, all(Source::Activity, "action:product.updated"), 0)
            .await;
        assert!(case.export_now(threads).await.has_file);
        case.erase_with(
            &scope,
            all(Source::Activity, "action:order.status_changed"),
            1,
        )
        .await;
        assert!(!case.export_now(threads).await.has_file);

        // All that names an order stands in its thread, whatever it is called.
        let mut announced = activity("return.announced", 3);
        announced.related = vec![reference("order", "1042", "1042")];
        case.record(vec![announced]).await;
        let threads = case.filed(all(Source::Threads, "")).await;
        case.erase_with(&scope, all(Source::Activity, "action:return.announced"), 1)
            .await;
        assert!(!case.export_now(threads).await.has_file);
    });
}

#[test]
fn an_export_that_is_being_made_of_what_is_erased_begins_anew() {
    on_both(async |case| {
        let scope = case.scope();
        case.record((0..3).map(|n| activity("product.updated", n)).collect())
            .await;
        case.record(vec![activity("coupon.created", 9)]).await;
        case.export(&scope, all(Source::Activity, "category:products"))
            .await;
        let old = case.claimed().await;
        assert_eq!(case.export_items(&old, true).await.len(), 3);
        case.export(&scope, all(Source::Activity, "action:coupon.created"))
            .await;
        let other = case.claimed().await;
        case.erase_with(&scope, all(Source::Activity, "action:product.updated"), 0)
            .await;
        let goes_on = case.storage.export_progress(&old, 3, 10).await;
        assert!(!goes_on.expect("told"), "what it has read is too old");
        let finished = case
            .storage
            .finish_export(&old, 3, 10, "ab".repeat(32), "a.csv");
        assert_eq!(code(finished.await), Code::Conflict);
        let goes_on = case.storage.export_progress(&other, 1, 10).await;
        assert!(goes_on.expect("told"), "it holds nothing of it");
        let anew = case.claimed().await;
        assert_eq!(anew.id, old.id);
        assert_eq!(case.export_items(&anew, true).await.len(), 0);
        case.built(&anew, b"").await;
        assert_eq!(
            case.export_now(anew.id).await.status,
            ExportStatus::Completed
        );
    });
}
