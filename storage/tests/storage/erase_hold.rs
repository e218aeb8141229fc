//! Legal holds and erasures at the same time.

use crate::export::all;
use crate::harness::{activity, on_both};
use chrono::Duration;
use domain::export::Source;
use domain::view::ErasureStatus;

/// However an erasure at work and a new hold meet: what was there when the hold was set stays.
#[test]
fn a_hold_that_is_set_while_an_erasure_works_keeps_what_is_left() {
    on_both(async |case| {
        let q = "action:product.updated";
        case.record((0..300).map(|n| activity("product.updated", n)).collect())
            .await;
        let scope = case.scope();
        case.storage
            .request_erasure(&scope, all(Source::Activity, q), "asked", 300)
            .await
            .expect("asked for");
        let job = case.storage.claim_erasure(Duration::minutes(5)).await;
        let job = job.expect("claimed").expect("one waits");
        let first = case.storage.erase_step(&job).await.expect("a step");
        assert!(!first.is_finished);
        let erasing = async {
            loop {
                let step = case.storage.erase_step(&job).await.expect("a step");
                if step.is_finished {
                    return step.done;
                }
            }
        };
        let holding = async {
            let set = case
                .storage
                .add_holds(&scope, &[Source::Activity], q, "court order");
            let id = set.await.expect("held").remove(0).id;
            (id, case.count(&scope, q).await)
        };
        let (done, (hold, left)) = tokio::join!(erasing, holding);
        assert_eq!(case.count(&scope, q).await, left);
        assert_eq!(done, 300);
        let rows = case.storage.list_erasures(&scope).await.expect("read");
        assert_eq!(rows[0].status, ErasureStatus::Completed);
        assert_eq!(rows[0].held as usize, left);
        assert_eq!(rows[0].report.activities as usize, 300 - left);
        let over = case.storage.release_hold(&scope, hold, "over").await;
        assert!(over.expect("released").is_empty());
        case.verified().await;
    });
}
