//! What was recorded stays provable.

use crate::harness::{activity, on_both};
use domain::ActivityId;

#[test]
fn every_entry_is_proved_and_the_ledger_verifies() {
    on_both(async |case| {
        let receipts = case
            .record((0..300).map(|n| activity("product.updated", n)).collect())
            .await;
        for receipt in receipts.iter().step_by(37) {
            let detail = case
                .storage
                .get_activity(&case.scope(), ActivityId(receipt.id))
                .await
                .expect("read")
                .expect("there");
            let proof = detail.proof.expect("a proof");
            assert_eq!(proof.seq, receipt.seq);
            assert!(proof.is_verified);
            assert!(proof.inclusion.proves(proof.entry.leaf()));
        }
        let report = case.storage.verify().await.expect("verified");
        assert_eq!(report.faults, Vec::<String>::new());
        assert_eq!(report.entries, 301);
    });
}
