//! Entries by the fields that changed: asked for, proposed, noted of what was recorded before.

use crate::harness::{Case, activity, on_both, record_in};
use crate::older::{first_step, goes_with_content};
use domain::query::Query;
use domain::{Activity, Change, Role};
use serde_json::json;
use storage::Scope;

fn changing(action: &str, fields: &[&str], minutes: i64) -> Activity {
    let mut item = activity(action, minutes);
    item.description = None;
    item.changes = fields
        .iter()
        .map(|field| Change {
            field: (*field).to_owned(),
            before: json!(120),
            after: json!(95),
        })
        .collect();
    item
}

async fn fill(case: &Case) {
    case.record(vec![
        changing("product.updated", &["price"], 1),
        changing("product.updated", &["name", "Price", "cost"], 2),
        changing("coupon.updated", &["discount"], 3),
        changing("product.updated", &["metafields.price"], 4),
        activity("product.hidden", 5),
    ])
    .await;
}

async fn proposed(case: &Case, scope: &Scope, prefix: &str) -> Vec<String> {
    let empty = Query::parse("");
    let found = case.storage.suggest(scope, &empty, "changed", prefix).await;
    let values = found.expect("proposals").values.into_iter();
    values.map(|value| value.insert).collect()
}

#[test]
fn entries_are_found_by_the_fields_that_changed() {
    on_both(async |case| {
        fill(&case).await;
        let scope = case.scope();
        for (q, count) in [
            ("changed:price", 2),
            ("changed:PRICE", 2),
            ("changed:price,discount", 3),
            ("changed:cost changed:price", 1),
            ("changed:meta*", 1),
            ("changed:*", 4),
            ("changed:pri", 0),
            ("changed:price action:coupon.*", 0),
            ("changed:price actor:sara", 2),
        ] {
            assert_eq!(case.count(&scope, q).await, count, "{q}");
        }
        let all = case.count(&scope, "").await;
        assert_eq!(case.count(&scope, "-changed:price").await, all - 2);
        assert_eq!(case.count(&scope, "-changed:*").await, all - 4);
        assert_eq!(
            proposed(&case, &scope, "PR").await,
            ["changed:price".to_owned()]
        );
        assert_eq!(proposed(&case, &scope, "").await.len(), 5);
        case.verified().await;
    });
}

#[test]
fn a_field_s_name_is_open_to_those_who_see_the_entry() {
    on_both(async |case| {
        fill(&case).await;
        let auditor = case.member("Aida", Role::Auditor).await.scope;
        assert_eq!(case.count(&auditor, "changed:price").await, 2);
        assert_eq!(
            proposed(&case, &auditor, "disc").await,
            ["changed:discount".to_owned()]
        );
        let keeper = case.member("Kim", Role::StoreKeeper).await.scope;
        assert_eq!(case.count(&keeper, "changed:price").await, 2);
        assert_eq!(case.count(&keeper, "changed:discount").await, 0);
        // Whoever sees a part of the log is proposed nothing of all of it.
        assert!(proposed(&case, &keeper, "").await.is_empty());
    });
}

#[test]
fn what_was_recorded_before_is_found_by_its_fields_in_steps() {
    on_both(async |case| {
        let scope = case.scope();
        let items = (0..700).map(|n| changing("product.updated", &["price"], -n));
        case.record(items.collect()).await;
        let forget = ["DELETE FROM posting", "DELETE FROM term"];
        let storage = first_step(&case, &scope, "changed:price", forget).await;
        while storage.older_step().await.expect("a step") {}
        assert_eq!(case.count(&scope, "changed:price").await, 700);
        assert_eq!(case.count(&scope, "changed:pr*").await, 700);
        record_in(
            &storage,
            &scope,
            vec![changing("product.updated", &["price"], 9)],
        )
        .await;
        assert_eq!(case.count(&scope, "changed:price").await, 701);
        case.verified().await;
    });
}

#[test]
fn with_its_content_an_entry_loses_its_fields_for_good() {
    on_both(async |case| {
        let scope = case.scope();
        case.record(vec![changing("product.updated", &["price"], 1)])
            .await;
        assert_eq!(proposed(&case, &scope, "pri").await, ["changed:price"]);
        goes_with_content(&case, &scope, "changed:price").await;
        assert!(proposed(&case, &scope, "pri").await.is_empty());
    });
}
