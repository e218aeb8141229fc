//! What the entry of an erasure tells.

use crate::export::all;
use crate::harness::{activity, on_both};
use domain::export::Source;
use storage::Caller;

#[test]
fn the_entry_of_an_erasure_says_from_where_it_was_asked_for() {
    on_both(async |case| {
        case.record(vec![activity("product.updated", 1)]).await;
        let asking = case.scope().at(Caller {
            ip: "203.0.113.7".parse().ok(),
            user_agent: Some("Storefront/1.0".to_owned()),
            ..Caller::default()
        });
        let products = all(Source::Activity, "action:product.updated");
        let asked = case
            .storage
            .request_erasure(&asking, products, "asked", 1)
            .await;
        asked.expect("asked for");
        case.work().await;
        let scope = case.scope();
        let told = case
            .all_rows(&scope, "action:log.erased ip:203.0.113.7", 10)
            .await;
        assert_eq!(told.len(), 1);
        let entry = case.storage.get_activity(&scope, told[0].id).await;
        let entry = entry.expect("read").expect("there");
        assert_eq!(entry.user_agent.as_deref(), Some("Storefront/1.0"));
        assert!(entry.row.subject.is_none(), "nobody who is gone is named");
        let rows = case.storage.list_erasures(&scope).await.expect("read");
        assert_eq!(rows[0].report.activities, 1);
    });
}
