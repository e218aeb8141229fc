//! Lists as they were left, so that a step back finds rows, place and cursor again.

use crate::activity::loaded::Loaded;
use chrono::NaiveDate;
use domain::ActivityId;
use domain::view::Count;
use std::collections::HashMap;

/// A list as it was left.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Its rows.
    pub loaded: Loaded,
    /// Where it was scrolled to, in pixels.
    pub scrolled: f64,
    /// The row that the keys acted on.
    pub cursor: Option<ActivityId>,
    /// Counts by day.
    pub days: HashMap<NaiveDate, Count>,
    /// Follow it from here.
    pub mark: Option<String>,
}

// The server renders for many people at once: it keeps nothing.
#[cfg(not(feature = "ssr"))]
#[path = "snapshots/memory.rs"]
mod place;
#[cfg(feature = "ssr")]
#[path = "snapshots/nowhere.rs"]
mod place;

pub use place::{keep, take};
