//! Files of exports that somebody deleted behind our back.

use crate::export::all;
use crate::harness::{activity, on_both};
use chrono::Duration;
use domain::export::{ExportStatus, Source};

#[test]
fn a_file_that_is_gone_is_noticed_when_its_export_is_opened_and_never_by_a_list() {
    on_both(async |case| {
        case.record((0..3).map(|n| activity("product.updated", n)).collect())
            .await;
        let scope = case.scope();
        let row = case.export(&scope, all(Source::Activity, "")).await;
        case.built(&case.claimed().await, b"abc").await;
        let opened = async || {
            let detail = case.storage.get_export(&scope, row.id).await;
            detail.expect("read").expect("there").row
        };
        let listed = async || {
            let page = case.storage.list_exports(&scope, "", None, 10).await;
            page.expect("read").expect("understood").rows.remove(0)
        };
        assert!(opened().await.has_file);
        let folder = case.storage.export_folder().expect("a folder");
        std::fs::remove_file(folder.join(row.id.to_string())).expect("removed");
        assert!(listed().await.has_file);
        for _ in 0..2 {
            let gone = opened().await;
            assert_eq!((gone.status, gone.has_file), (ExportStatus::Expired, false));
            assert_eq!(gone.error_code.as_deref(), Some("gone"));
        }
        assert!(!listed().await.has_file);
    });
}

#[test]
fn a_file_whose_time_is_over_is_called_expired_and_not_gone() {
    on_both(async |case| {
        case.record(vec![activity("product.updated", 1)]).await;
        let scope = case.scope();
        let row = case.export(&scope, all(Source::Activity, "")).await;
        case.built(&case.claimed().await, b"abc").await;
        case.pass(Duration::days(31));
        // As while it is being deleted: first the file goes, then its line says so.
        let folder = case.storage.export_folder().expect("a folder");
        std::fs::remove_file(folder.join(row.id.to_string())).expect("removed");
        let detail = case.storage.get_export(&scope, row.id).await;
        assert_eq!(detail.expect("read").expect("there").row.error_code, None);
        assert_eq!(case.storage.expire_exports().await.expect("expired"), 1);
        let expired = case.storage.export_row(&scope, row.id).await;
        let expired = expired.expect("read").expect("there");
        assert_eq!(expired.status, ExportStatus::Expired);
        assert_eq!(expired.error_code, None);
    });
}
