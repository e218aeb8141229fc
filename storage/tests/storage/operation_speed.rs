//! How quickly items come in, pages of a large operation are read, and a dry run is made. Run by hand:
//! `cargo test -p storage --test storage --release -- --ignored hundred_thousand --nocapture`.

use crate::harness::{Case, on_sqlite};
use crate::operation::{item, operation};
use domain::operation::revert::Choice;
use domain::operation::{OperationId, OperationStep};
use domain::{Cursor, Direction, OrderKey};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use storage::ItemFilter;

const BATCHES: usize = 100;
const BATCH: usize = 1_000;

async fn fill(case: &Case, id: &OperationId) -> Duration {
    let batches: Vec<_> = (0..BATCHES)
        .map(|batch| {
            (0..BATCH)
                .map(|n| {
                    let product = format!("p_{}", batch * BATCH + n);
                    item(&product, "price", json!(120), json!(96))
                })
                .collect::<Vec<_>>()
        })
        .collect();
    let began = Instant::now();
    // Two at a time: while one is written, the next is prepared.
    let mut batches = batches.into_iter();
    while let (Some(one), Some(other)) = (batches.next(), batches.next()) {
        tokio::join!(case.items(id, one), case.items(id, other));
    }
    began.elapsed()
}

#[test]
#[ignore = "takes a minute; for figures"]
fn a_hundred_thousand_items() {
    on_sqlite(async |case| {
        let scope = case.scope();
        let opened = operation(&case, "large", None);
        let opened = case.storage.open_operation(&scope, opened, None).await;
        opened.expect("opened");
        let id = OperationId("large".to_owned());
        let took = fill(&case, &id).await;
        let count = BATCHES * BATCH;
        println!(
            "{count} items in {took:?}: {:.0} a second",
            count as f64 / took.as_secs_f64()
        );
        case.step(&id, OperationStep::Completed).await;

        let mut times = Vec::new();
        for n in 0..300 {
            let after = OrderKey((n * 331) % count as i64);
            let direction = Direction::Oldest;
            let after = Cursor { after, direction }.to_string();
            let began = Instant::now();
            let page = case
                .storage
                .list_items(&scope, &id, ItemFilter::default(), Some(&after), 100)
                .await
                .expect("a page");
            times.push(began.elapsed());
            assert!(!page.rows.is_empty());
        }
        times.sort();
        println!("a page: p50 {:?}, p99 {:?}", times[150], times[297]);

        let began = Instant::now();
        let run = case
            .storage
            .plan_revert(&scope, &id, &Choice::default(), &BTreeSet::new(), true)
            .await
            .expect("planned");
        println!("a dry run of {}: {:?}", run.tally.restored, began.elapsed());
        assert_eq!(run.tally.restored, count as u64);
    });
}
