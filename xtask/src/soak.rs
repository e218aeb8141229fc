//! The Rust tests and the trial of access with their long trials in full.

use anyhow::Result;
use std::time::Instant;

use crate::{tally::Tally, test};

/// How many times the everyday number of trials: `test` runs a twentieth.
const TRIALS: &str = "20";

/// Runs them; takes hours where `test` takes minutes.
///
/// # Errors
/// As [`test::rust`] and [`test::trial`].
pub fn run() -> Result<()> {
    let start = Instant::now();
    let mut tally = Tally::default();
    let settings = [("STORETRAIL_TRIALS", TRIALS)];
    let rust = test::rust(&mut tally, &settings, &[]);
    let access = test::trial(&mut tally, "access", &settings, &[]);
    println!(
        "\n{} passed, {} failed, {:.0} s",
        tally.passed,
        tally.failed,
        start.elapsed().as_secs_f32()
    );
    rust.and(access)
}
