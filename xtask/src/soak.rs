//! The Rust tests and the trial of access with their long trials in full.

use anyhow::Result;
use std::time::Instant;

use crate::{report::Report, test};

/// How many times the everyday number of trials: `test` runs a twentieth.
const TRIALS: &str = "20";

/// Runs them; takes hours where `test` takes minutes.
///
/// # Errors
/// As [`test::rust`] and [`test::trial`].
pub fn run() -> Result<()> {
    let start = Instant::now();
    let mut report = Report::default();
    let settings = [("STORETRAIL_TRIALS", TRIALS)];
    let rust = test::rust(&mut report, &settings, &[]);
    let access = test::trial(&mut report, "access", &settings, &[]);
    report.say_failures();
    println!(
        "\n{} passed, {} failed, {:.0} s",
        report.tally.passed,
        report.tally.failed,
        start.elapsed().as_secs_f32()
    );
    rust.and(access)
}
