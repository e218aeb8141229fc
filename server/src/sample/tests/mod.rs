//! What the sample store promises, each promise a sentence.

mod coherence;
mod loading;
mod shape;

use super::{SampleRecord, activities};
use chrono::{DateTime, Utc};
use domain::Activity;
use std::sync::LazyLock;

/// The Friday of the pictures in the design.
fn now() -> DateTime<Utc> {
    "2026-11-20T06:42:10.123456Z".parse().unwrap()
}

/// The sample of that Friday.
static RECORDS: LazyLock<Vec<SampleRecord>> = LazyLock::new(|| activities(now()).collect());

/// Its activities.
fn all() -> impl Iterator<Item = &'static Activity> {
    RECORDS.iter().filter_map(|record| match record {
        SampleRecord::Activity { activity, .. } => Some(&**activity),
        _ => None,
    })
}
