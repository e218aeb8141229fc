//! `storetrail verify`.

use std::process::ExitCode;
use storage::Storage;

/// Checks the ledger and prints what was found; fails when anything doesn't agree.
///
/// # Errors
/// When the database can't be read.
pub(super) async fn run(storage: &Storage) -> anyhow::Result<ExitCode> {
    let report = storage.verify().await?;
    println!("entries  {}", report.entries);
    println!("root     {}", report.root);
    if report.faults.is_empty() {
        println!("verified: every leaf, payload and projection agrees with the root");
        return Ok(ExitCode::SUCCESS);
    }
    for fault in &report.faults {
        println!("fault    {fault}");
    }
    eprintln!(
        "not verified: {} faults (at most 100 are listed)",
        report.faults.len()
    );
    Ok(ExitCode::FAILURE)
}
