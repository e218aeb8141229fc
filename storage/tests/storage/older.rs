//! What is noted of each entry and was not from the beginning: what its tests share.

use crate::harness::Case;
use chrono::Duration;
use domain::Category;
use domain::export::Source;
use domain::view::RetentionRule;
use storage::{Scope, Storage};

/// All that is recorded waits to be looked at, as it does after the migration.
async fn all_waits(case: &Case) {
    case.tamper("UPDATE older_waiting SET up_to = (SELECT size FROM ledger_head)")
        .await;
}

/// Undoes by `forget` what was noted, and takes the first step: some of the entries that `q` is to find are found then.
pub async fn first_step(case: &Case, scope: &Scope, q: &str, forget: [&str; 2]) -> Storage {
    for text in forget {
        case.tamper(text).await;
    }
    all_waits(case).await;
    let storage = case.reopened().await;
    assert_eq!(case.count(scope, q).await, 0);
    assert!(storage.older_step().await.expect("a step"));
    let first = case.count(scope, q).await;
    assert!((400..=500).contains(&first), "{first}");
    storage
}

/// Lets retention take the content of the one product's entry that `q` finds: it is not found any more, and no later look
/// notes it again.
pub async fn goes_with_content(case: &Case, scope: &Scope, q: &str) {
    case.pass(Duration::days(40));
    let rule = RetentionRule {
        source: Source::Activity,
        category: Some(Category::Products),
        content_days: Some(10),
        metadata_days: None,
    };
    let saved = case.storage.save_retention(scope, vec![rule], Some(1));
    saved.await.expect("saved");
    assert_eq!(case.count(scope, q).await, 1);
    while case.storage.retention_step().await.expect("a step") {}
    assert_eq!(case.count(scope, q).await, 0);
    all_waits(case).await;
    while case.storage.older_step().await.expect("a step") {}
    assert_eq!(case.count(scope, q).await, 0);
}
