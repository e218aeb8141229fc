//! What was recorded stays provable, and what was tampered with is named.

use crate::harness::{Case, activity, on_both};
use domain::view::Proof;
use domain::{ActivityId, Outcome, Role};
use storage::record::Receipt;

async fn proof(case: &Case, receipt: &Receipt) -> Proof {
    case.storage
        .get_activity(&case.scope(), ActivityId(receipt.id))
        .await
        .expect("read")
        .expect("there")
        .proof
        .expect("a proof")
}

#[test]
fn every_entry_is_proved_at_every_size() {
    on_both(async |case| {
        let mut receipts: Vec<Receipt> = Vec::new();
        // Every size while the tree is small, then those around the stored levels, then steps.
        while receipts.len() < 600 {
            let size = receipts.len();
            let step = match size {
                0..40 | 250..262 | 508..516 => 1,
                _ => 7,
            };
            let batch = (0..step)
                .map(|n| activity("product.updated", (size + n) as i64))
                .collect();
            receipts.extend(case.record(batch).await);
            let size = receipts.len();
            for at in [0, size / 3, size / 2, size - 1] {
                let proof = proof(&case, &receipts[at]).await;
                assert_eq!(proof.seq, receipts[at].seq);
                assert_eq!(proof.inclusion.size, size as u64 + 1);
                assert!(proof.is_verified, "entry {at} of {size}");
                assert!(proof.inclusion.proves(proof.entry.leaf()));
            }
        }
        for receipt in receipts.iter().step_by(23) {
            let proof = proof(&case, receipt).await;
            assert!(proof.is_verified && proof.inclusion.proves(proof.leaf));
        }
        let report = case.storage.verify().await.expect("verified");
        assert_eq!(report.faults, Vec::<String>::new());
        assert_eq!(report.entries, receipts.len() as u64 + 1);
        let root = proof(&case, &receipts[0]).await.inclusion.root;
        assert_eq!(report.root, root.to_hex());
    });
}

#[test]
fn a_proof_made_earlier_holds_against_the_root_of_its_time_only() {
    on_both(async |case| {
        let receipts = case
            .record((0..9).map(|n| activity("product.updated", n)).collect())
            .await;
        let early = proof(&case, &receipts[3]).await;
        case.record(vec![activity("product.updated", 10)]).await;
        let late = proof(&case, &receipts[3]).await;
        assert!(early.inclusion.proves(early.leaf) && late.inclusion.proves(late.leaf));
        assert_ne!(early.inclusion.root, late.inclusion.root);
        let mut mixed = early.inclusion.clone();
        mixed.root = late.inclusion.root;
        assert!(!mixed.proves(early.leaf));
        let other = proof(&case, &receipts[4]).await;
        assert!(!early.inclusion.proves(other.leaf));
    });
}

/// Records a few entries of every kind, tampers as told, and expects verify to name each place.
async fn tampered(case: &Case, statements: &[&str], named: &[&str]) {
    for statement in statements {
        assert!(case.tamper(statement).await > 0, "{statement}");
    }
    let report = case.storage.verify().await.expect("verified");
    assert_eq!(
        report.faults.len(),
        named.len(),
        "{statements:?} on {}: {:?}",
        case.url,
        report.faults
    );
    for (fault, named) in report.faults.iter().zip(named) {
        assert!(fault.contains(named), "{fault} should name {named}");
    }
}

async fn recorded(case: &Case) -> Vec<Receipt> {
    let mut receipts = case
        .record((0..4).map(|n| activity("product.updated", n)).collect())
        .await;
    let mut item = activity("product.updated", 5);
    item.outcome = Outcome::Pending;
    receipts.extend(case.record(vec![item]).await);
    let id = ActivityId(receipts[4].id);
    case.end(id, Outcome::Failed, Some("No stock"))
        .await
        .expect("ended");
    case.assign("o_7", Some("sara@maisonnoor.example")).await;
    assert_eq!(case.verified().await, (8, 0));
    receipts
}

#[test]
fn a_changed_payload_is_named() {
    on_both(async |case| {
        let receipts = recorded(&case).await;
        let change =
            "UPDATE payload SET body = replace(body, 'Price changed', 'Price kept') WHERE seq = 3";
        let order = "UPDATE payload SET body = replace(body, 'sara', 'omar') WHERE seq = 8";
        tampered(
            &case,
            &[change, order],
            &["entry 3: its content", "entry 8: its content"],
        )
        .await;
        assert!(!proof(&case, &receipts[1]).await.is_verified);
        assert!(proof(&case, &receipts[0]).await.is_verified);
    });
}

#[test]
fn a_deleted_payload_is_named() {
    on_both(async |case| {
        recorded(&case).await;
        tampered(
            &case,
            &["DELETE FROM payload WHERE seq = 4"],
            &["entry 4: its content is missing"],
        )
        .await;
    });
}

#[test]
fn a_changed_leaf_or_entry_is_named_and_breaks_the_root() {
    on_both(async |case| {
        let receipts = recorded(&case).await;
        let time = "UPDATE ledger SET recorded_at = recorded_at + 1 WHERE seq = 2";
        tampered(&case, &[time], &["entry 2: its kind, id, time"]).await;
        assert!(!proof(&case, &receipts[0]).await.is_verified);
        let leaf = "UPDATE ledger SET leaf = payload_digest WHERE seq = 3";
        tampered(
            &case,
            &[leaf],
            &["entry 2", "entry 3", "the root over all leaves"],
        )
        .await;
    });
}

#[test]
fn a_removed_entry_is_named() {
    on_both(async |case| {
        recorded(&case).await;
        tampered(
            &case,
            &["DELETE FROM ledger WHERE seq = 8"],
            &["entry 8: it is missing", "the root over all leaves"],
        )
        .await;
    });
}

/// What somebody with access to the tables might do, and the entry that shows it.
const CHANGED_ROWS: [(&str, i64); 20] = [
    (
        "UPDATE activity SET description = 'Nothing' WHERE seq = 2",
        2,
    ),
    (
        "UPDATE activity SET occurred_at = occurred_at + 1 WHERE seq = 3",
        3,
    ),
    ("UPDATE activity SET subject_id = 'p_x' WHERE seq = 4", 4),
    ("UPDATE activity SET subject_name = 'Silk' WHERE seq = 4", 4),
    (
        "UPDATE activity SET subject_type = 'order' WHERE seq = 4",
        4,
    ),
    ("UPDATE activity SET outcome = 2 WHERE seq = 5", 5),
    ("UPDATE activity SET error = 'Oops' WHERE seq = 5", 5),
    ("UPDATE activity SET has = 0 WHERE seq = 5", 5),
    ("UPDATE activity SET ip = NULL WHERE seq = 5", 5),
    ("UPDATE activity SET operation_id = 'op' WHERE seq = 5", 5),
    ("UPDATE activity SET change_count = 9 WHERE seq = 5", 5),
    ("UPDATE activity SET store_id = 2 WHERE seq = 5", 5),
    // The entry of number 6 ended as failed: neither outcome nor reason can be taken back.
    ("UPDATE activity SET outcome = 0 WHERE seq = 6", 6),
    ("UPDATE activity SET outcome = 1 WHERE seq = 6", 6),
    ("UPDATE activity SET error = 'Full' WHERE seq = 6", 6),
    (
        "UPDATE activity_text SET open = '' WHERE order_key = (SELECT order_key FROM activity WHERE seq = 3)",
        3,
    ),
    ("DELETE FROM activity WHERE seq = 3", 3),
    (
        "DELETE FROM activity_text WHERE order_key = (SELECT order_key FROM activity WHERE seq = 6)",
        6,
    ),
    (
        "UPDATE activity SET actor_id = (SELECT MIN(id) FROM actor) WHERE seq = 2",
        2,
    ),
    (
        "UPDATE activity SET action_id = (SELECT MIN(id) FROM action) WHERE seq = 2",
        2,
    ),
];

#[test]
fn a_changed_row_of_the_log_is_named() {
    on_both(async |case| {
        recorded(&case).await;
        for table in ["activity", "activity_text"] {
            case.tamper(&format!(
                "CREATE TABLE kept_{table} AS SELECT * FROM {table}"
            ))
            .await;
        }
        for (statement, seq) in CHANGED_ROWS {
            assert_eq!(case.tamper(statement).await, 1, "{statement}");
            let report = case.storage.verify().await.expect("verified");
            let named = format!("entry {seq}: what the log shows");
            let of_entries = report.faults.iter().filter(|f| f.starts_with("entry"));
            let of_entries: Vec<_> = of_entries.collect();
            assert_eq!(of_entries.len(), 1, "{statement}: {:?}", report.faults);
            assert!(
                of_entries[0].starts_with(&named),
                "{statement}: {of_entries:?}"
            );
            for table in ["activity", "activity_text"] {
                case.tamper(&format!("DELETE FROM {table}")).await;
                case.tamper(&format!("INSERT INTO {table} SELECT * FROM kept_{table}"))
                    .await;
            }
        }
        case.verified().await;
    });
}

#[test]
fn a_row_that_nobody_recorded_is_named() {
    on_both(async |case| {
        recorded(&case).await;
        let columns = "store_id, seq, id, occurred_at, actor_id, action_id, outcome, has, ip, subject_type, subject_id, \
                       subject_name, description, error, first_change, change_count, operation_id";
        let forged = format!(
            "INSERT INTO activity (order_key, {columns}) SELECT order_key + 1, {columns} FROM activity WHERE seq = 3"
        );
        tampered(
            &case,
            &[&forged],
            &[
                "1 row of the log belongs to no entry of the ledger",
                "kept counts",
            ],
        )
        .await;
    });
}

#[test]
fn kept_counts_that_are_wrong_are_named() {
    on_both(async |case| {
        recorded(&case).await;
        let action = "UPDATE action SET failures = failures + 1 WHERE name = 'product.updated'";
        tampered(&case, &[action], &["kept counts"]).await;
        case.tamper("UPDATE action SET failures = failures - 1 WHERE name = 'product.updated'")
            .await;
        case.verified().await;
        let hour = "UPDATE hour_count SET n = n + 1 WHERE outcome = 0";
        tampered(&case, &[hour], &["kept counts"]).await;
    });
}

#[test]
fn stored_levels_of_the_tree_that_are_wrong_are_named() {
    on_both(async |case| {
        case.record((0..300).map(|n| activity("product.updated", n)).collect())
            .await;
        case.verified().await;
        let hash = if case.is_sqlite() {
            "zeroblob(32)"
        } else {
            "decode(repeat('00', 32), 'hex')"
        };
        let statement = format!("UPDATE ledger_node SET hash = {hash} WHERE level = 8");
        tampered(
            &case,
            &[&statement],
            &["the stored root of entries 1 to 256"],
        )
        .await;
    });
}

#[test]
fn roles_that_may_not_count_get_no_number_and_no_proof() {
    on_both(async |case| {
        let id = case.record(vec![activity("product.updated", 1)]).await[0].id;
        for member in case.one_of_each_role().await {
            let role = member.scope.role();
            let detail = case
                .storage
                .get_activity(&member.scope, ActivityId(id))
                .await
                .expect("read");
            let Some(detail) = detail else {
                assert_eq!(role, Role::Staff);
                continue;
            };
            let is_open = role != Role::StoreKeeper;
            assert_eq!(detail.proof.is_some(), is_open, "{role}");
            assert_eq!(detail.row.seq.is_some(), is_open, "{role}");
            assert_eq!(detail.history[0].seq.is_some(), is_open, "{role}");
        }
    });
}
