//! Bulk operations: items coming in, pages of a long operation, and the dry run of a revert.

use crate::fill::url;
use crate::percentile::Times;
use anyhow::{Context as _, Result, ensure};
use domain::operation::revert::{Choice, Part};
use domain::operation::{
    ItemOutcome, Operation, OperationId, OperationItem, OperationKind, OperationStep,
    STALLS_AFTER_S,
};
use domain::{Actor, Cursor, Direction, OrderKey, Reference};
use serde_json::json;
use std::path::Path;
use std::time::Instant;
use storage::{Ambient, ItemFilter, NewStore, Scope, Storage};

/// How many items come in one call.
const BATCH: u64 = 1_000;
/// How many items the operation has that is planned to be taken back.
const PLANNED: u64 = 100_000;
/// How many items a page has.
const PAGE: u32 = 100;

/// Times all of it on a database of its own, with `rows` items in the long operation.
pub async fn measure(root: &Path, rows: u64, queries: usize) -> Result<()> {
    let path = root.join("operations.db");
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let storage = Storage::open(&url(&path), Ambient::system()).await?;
    let store = NewStore {
        name: "Bench".to_owned(),
        domain: String::new(),
        time_zone: "Asia/Riyadh".to_owned(),
        is_sample: false,
    };
    let scope = Scope::system("bench", storage.create_store(store).await?);
    let planned = fill(&storage, &scope, "planned", PLANNED).await?;
    let begun = Instant::now();
    let run = storage
        .plan_revert(&scope, &planned, &Choice::default(), &Part::Whole, true)
        .await?;
    println!(
        "operations: a dry run of {PLANNED} items in {:.2} s",
        begun.elapsed().as_secs_f64()
    );
    ensure!(run.tally.restored == PLANNED, "everything can be restored");

    let long = fill(&storage, &scope, "long", rows).await?;
    let filters = [
        ("items", ItemFilter::default()),
        (
            "failed items",
            ItemFilter {
                outcome: Some(ItemOutcome::Failed),
                ..ItemFilter::default()
            },
        ),
    ];
    for (what, filter) in filters {
        let mut times = Times::default();
        for n in 0..queries as u64 {
            // Pages all over it, in no order.
            let place = OrderKey((n * 7_919 * 101 % rows.max(1)).cast_signed());
            let after = Cursor {
                after: place,
                direction: Direction::Oldest,
            };
            let begun = Instant::now();
            storage
                .list_items(&scope, &long, filter, Some(&after.to_string()), PAGE)
                .await?;
            times.add(begun.elapsed());
        }
        println!(
            "operations: a page of {PAGE} {what} of {rows}: {}",
            times.summary()
        );
    }
    storage.close().await?;
    Ok(())
}

/// Fills an operation, two calls at a time: while one is written, the next is prepared.
async fn fill(storage: &Storage, scope: &Scope, name: &str, count: u64) -> Result<OperationId> {
    let id = OperationId::parse(name).context("an id")?;
    let operation = Operation {
        id: id.clone(),
        name: name.to_owned(),
        kind: OperationKind::BulkOperation,
        description: None,
        query: None,
        total: None,
        actor: Actor::system(),
        rule: None,
        stalls_after_s: STALLS_AFTER_S,
        controls: Vec::new(),
        control_url: None,
        target: None,
        reverts: None,
        retries: None,
        trace_id: None,
        opened_at: storage.ambient().clock.now(),
    };
    storage.open_operation(scope, operation, None).await?;
    let batches: Vec<Vec<OperationItem>> = (0..count.div_ceil(BATCH)).map(batch).collect();
    let begun = Instant::now();
    let mut batches = batches.into_iter();
    while let Some(one) = batches.next() {
        let one = storage.record_items(scope, &id, one, None);
        match batches.next() {
            Some(other) => {
                let other = storage.record_items(scope, &id, other, None);
                tokio::try_join!(one, other)?;
            }
            None => drop(one.await?),
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "operations: {count} items in {seconds:.1} s, {:.0} a second",
        count as f64 / seconds
    );
    storage
        .record_step(scope, &id, OperationStep::Completed, None, None)
        .await?;
    Ok(id)
}

fn batch(number: u64) -> Vec<OperationItem> {
    let item = |n: u64| {
        // One in a thousand fails.
        let is_failed = n % 1_000 == 999 && n >= PLANNED;
        OperationItem {
            subject: Reference {
                kind: "product".to_owned(),
                id: format!("p_{n}"),
                name: Some(format!("Linen shirt {n}")),
            },
            field: "price".to_owned(),
            before: Some(json!(120)),
            after: (!is_failed).then(|| json!(96)),
            outcome: if is_failed {
                ItemOutcome::Failed
            } else {
                ItemOutcome::Changed
            },
            error: is_failed.then(|| "price below cost 96.50".to_owned()),
        }
    };
    (number * BATCH..(number + 1) * BATCH).map(item).collect()
}
