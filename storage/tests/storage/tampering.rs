//! Random tampering with the database file, past all rules: all of it is found, and nothing else.

use crate::dice::Dice;
use crate::harness::{Case, activity, ambient, on_both, on_sqlite, trials};
use domain::ledger::{Entry, Frontier, Hash, payload_digest};
use domain::message::Channel;
use domain::{ActivityId, Outcome};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use storage::{Storage, VerifyReport};

/// A ledger with entries of every kind.
async fn told(case: &Case) {
    for round in 0..4 {
        let batch = (0..9).map(|n| activity("product.updated", round * 20 + n));
        let mut batch: Vec<_> = batch.collect();
        batch[4].outcome = Outcome::Pending;
        let receipts = case.record(batch).await;
        case.end(
            ActivityId(receipts[4].id),
            Outcome::Failed,
            Some("No stock"),
        )
        .await
        .expect("ended");
        let customer = format!("c_{round}");
        case.customer(&customer, "Noura", "noura@mail.example", "+966551234567")
            .await;
        case.order(&format!("10{round}"), &customer, None).await;
        let mail = crate::message_kit::input(case, Channel::Email, "noura@mail.example", "Hello");
        let mail = case.send(mail).await;
        case.storage
            .stop_message(&case.scope(), mail)
            .await
            .expect("stopped");
    }
}

/// A storage over a copy of the case's file, as somebody with access to the machine could make it.
async fn copy(case: &Case, folder: &tempfile::TempDir) -> (String, DatabaseConnection) {
    let to = folder.path().join("copy.db");
    let raw = case.raw().await;
    raw.execute_unprepared(&format!("VACUUM INTO '{}'", to.display()))
        .await
        .expect("copied");
    raw.close().await.expect("closed");
    let url = format!("sqlite://{}", to.display());
    let raw = Database::connect(&url).await.expect("it opens");
    (url, raw)
}

async fn verified(url: &str, head: (u64, Hash)) -> VerifyReport {
    let storage = Storage::open(url, ambient().0).await.expect("it opens");
    let report = storage.verify_against(&[head]).await.expect("verified");
    storage.close().await.expect("closed");
    report
}

async fn run(on: &DatabaseConnection, text: &str) {
    let done = on.execute_unprepared(text).await.expect(text);
    assert!(done.rows_affected() > 0, "{text}");
}

/// One way of tampering, and the lowest entry it touches.
async fn tamper(dice: &mut Dice, on: &DatabaseConnection, size: u64) -> (String, u64) {
    let mut below = |end: u64| dice.below(usize::try_from(end).expect("a small number")) as u64;
    let seq = 1 + below(size);
    let other = 1 + (seq + below(size - 1)) % size;
    let (low, high) = (seq.min(other), seq.max(other));
    let texts: Vec<String> = match below(9) {
        0 => vec![format!(
            "UPDATE payload SET body = replace(body, '\"', '\" ') WHERE seq = {seq}"
        )],
        1 => vec![format!("DELETE FROM payload WHERE seq = {seq}")],
        2 => vec![format!("DELETE FROM ledger WHERE seq = {seq}")],
        3 => vec![format!(
            "UPDATE ledger SET recorded_at = recorded_at + 1 WHERE seq = {seq}"
        )],
        // Two change places, content and all.
        4 => ["ledger", "payload"]
            .iter()
            .flat_map(|table| {
                [
                    format!("UPDATE {table} SET seq = -1 WHERE seq = {low}"),
                    format!("UPDATE {table} SET seq = {low} WHERE seq = {high}"),
                    format!("UPDATE {table} SET seq = {high} WHERE seq = -1"),
                ]
            })
            .collect(),
        5 => vec![format!(
            "UPDATE ledger SET kind = 'erasure' WHERE seq = {seq} AND kind <> 'erasure'"
        )],
        6 => vec![format!(
            "UPDATE payload SET salt = zeroblob(32) WHERE seq = {seq}"
        )],
        // The end is cut off, and the head made to fit.
        7 => {
            shorten(on, seq).await;
            return (format!("cut off from {seq} on"), seq);
        }
        // An entry is rewritten, and everything above it made to fit: only the checkpoint tells.
        _ => {
            rewrite(on, seq).await;
            return (format!("rewrote {seq}"), 1);
        }
    };
    for text in &texts {
        run(on, text).await;
    }
    let first = if texts.len() > 1 { low } else { seq };
    (texts.join("; "), first)
}

async fn leaves(on: &DatabaseConnection) -> Vec<Hash> {
    let text = "SELECT leaf FROM ledger ORDER BY seq";
    let backend = on.get_database_backend();
    let rows = on.query_all_raw(Statement::from_string(backend, text));
    rows.await
        .expect("read")
        .iter()
        .map(|row| {
            let leaf: Vec<u8> = row.try_get_by_index(0).expect("a leaf");
            Hash::of_bytes(&leaf).expect("a hash")
        })
        .collect()
}

/// Makes the head fit the leaves.
async fn mend(on: &DatabaseConnection) {
    let mut frontier = Frontier::default();
    for leaf in leaves(on).await {
        frontier.push(leaf);
    }
    let roots: String = frontier.roots().iter().map(|root| root.to_hex()).collect();
    let text = format!(
        "UPDATE ledger_head SET size = {}, frontier = x'{roots}', root = x'{}'",
        frontier.size(),
        frontier.root().to_hex()
    );
    run(on, &text).await;
}

async fn shorten(on: &DatabaseConnection, from: u64) {
    for text in [
        format!("DELETE FROM activity WHERE seq >= {from}"),
        format!("DELETE FROM message WHERE seq >= {from}"),
        format!("DELETE FROM payload WHERE seq >= {from}"),
        format!("DELETE FROM ledger WHERE seq >= {from}"),
    ] {
        on.execute_unprepared(&text).await.expect("it runs");
    }
    mend(on).await;
}

async fn rewrite(on: &DatabaseConnection, seq: u64) {
    let text = format!(
        "SELECT l.kind, l.record_id, l.recorded_at, p.salt, p.body FROM ledger l JOIN payload p ON p.seq = l.seq WHERE l.seq = {seq}"
    );
    let backend = on.get_database_backend();
    let row = on
        .query_one_raw(Statement::from_string(backend, text))
        .await;
    let row = row.expect("read").expect("there");
    let id: Vec<u8> = row.try_get_by_index(1).expect("an id");
    let salt: Vec<u8> = row.try_get_by_index(3).expect("a salt");
    let body: String = row.try_get_by_index(4).expect("a body");
    let body = body
        .replace("Noura", "Noora")
        .replace("shirt", "skirt")
        .replace("00", "01");
    let salt: [u8; 32] = salt.try_into().expect("32 bytes");
    let mut bytes = salt;
    bytes[0] ^= 1;
    let entry = Entry {
        seq: seq.cast_signed(),
        kind: row.try_get_by_index(0).expect("a kind"),
        record_id: uuid::Uuid::from_slice(&id).expect("an id").to_string(),
        recorded_at: row.try_get_by_index(2).expect("a time"),
        payload_digest: payload_digest(&bytes, &body),
    };
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let body = body.replace('\'', "''");
    run(
        on,
        &format!("UPDATE payload SET salt = x'{hex}', body = '{body}' WHERE seq = {seq}"),
    )
    .await;
    run(
        on,
        &format!(
            "UPDATE ledger SET payload_digest = x'{}', leaf = x'{}' WHERE seq = {seq}",
            entry.payload_digest.to_hex(),
            entry.leaf().to_hex()
        ),
    )
    .await;
    mend(on).await;
}

#[test]
fn every_random_tampering_is_found_and_the_first_wrong_entry_is_named() {
    on_sqlite(async |case| {
        told(&case).await;
        let head = case.storage.ledger_head().await.expect("a head");
        let mut dice = Dice::new(7);
        for trial in 0..100 * trials() {
            let folder = tempfile::tempdir().expect("a folder");
            let (url, raw) = copy(&case, &folder).await;
            let (how, first) = tamper(&mut dice, &raw, head.0).await;
            raw.close().await.expect("closed");
            let report = verified(&url, head).await;
            assert!(
                !report.faults.is_empty(),
                "trial {trial}: {how} was not found"
            );
            assert_eq!(
                report.first_wrong,
                Some(first),
                "{how}: {:?}",
                report.faults
            );
        }
        for _ in 0..10 * trials() {
            let folder = tempfile::tempdir().expect("a folder");
            let (url, raw) = copy(&case, &folder).await;
            raw.close().await.expect("closed");
            assert_eq!(verified(&url, head).await.faults, Vec::<String>::new());
        }
    });
}

#[test]
fn an_old_copy_is_told_from_the_ledger_it_was_taken_from() {
    on_sqlite(async |case| {
        told(&case).await;
        let folder = tempfile::tempdir().expect("a folder");
        let (url, raw) = copy(&case, &folder).await;
        raw.close().await.expect("closed");
        let old = case.storage.ledger_head().await.expect("a head");
        case.record(vec![activity("product.updated", 900)]).await;
        let new = case.storage.ledger_head().await.expect("a head");
        assert_eq!(verified(&url, old).await.faults, Vec::<String>::new());
        let report = verified(&url, new).await;
        assert_eq!(report.first_wrong, Some(old.0 + 1));
    });
}

#[test]
fn checkpoints_hold_through_growth_and_erasure_and_proofs_are_checked_offline() {
    on_both(async |case| {
        told(&case).await;
        let scope = case.scope();
        let mut heads = vec![case.storage.ledger_head().await.expect("a head")];
        let (size, root) = heads[0];
        case.storage
            .record_checkpoint(size, root, "a note\n", false)
            .await
            .expect("kept");
        let receipts = case.record(vec![activity("product.updated", 700)]).await;
        let selection = crate::export::all(
            domain::export::Source::Activity,
            "action:product.updated outcome:failed",
        );
        let counted = case.storage.count_selection(&scope, &selection).await;
        let typed = counted.expect("counted").count.count;
        case.storage
            .request_erasure(&scope, selection, "asked", typed)
            .await
            .expect("asked for");
        let lease = chrono::Duration::minutes(5);
        let job = case.storage.claim_erasure(lease).await;
        let job = job.expect("claimed").expect("one waits");
        while !case
            .storage
            .erase_step(&job)
            .await
            .expect("a step")
            .is_finished
        {}
        heads.push(case.storage.ledger_head().await.expect("a head"));
        let report = case.storage.verify_against(&heads).await.expect("verified");
        assert_eq!(report.faults, Vec::<String>::new());
        let listed = case.storage.list_checkpoints(&scope, 10).await;
        assert_eq!(listed.expect("read")[0].root, root);
        // Newer than the checkpoint: proved against the present head.
        let id = ActivityId(receipts[0].id);
        let bundle = case.storage.proof_bundle(&scope, id).await;
        let mut bundle = bundle.expect("read").expect("there");
        assert_eq!(bundle.check(), Ok(()));
        assert_eq!(bundle.checkpoint, None);
        let (size, root) = case.storage.ledger_head().await.expect("a head");
        assert_eq!(bundle.matches_root(size, root), Ok(()));
        case.storage
            .record_checkpoint(size, root, "a later note\n", false)
            .await
            .expect("kept");
        let again = case.storage.proof_bundle(&scope, id).await;
        let again = again.expect("read").expect("there");
        assert_eq!(again.checkpoint.as_deref(), Some("a later note\n"));
        let payload = bundle.entries[0].payload.as_mut().expect("content");
        *payload = payload.replace("Linen", "Woollen");
        assert!(bundle.check().expect_err("changed").starts_with("entry "));
    });
}
