//! Everything a person types: build, run, test, check, measure, release.
//!
//! It depends on none of the product's crates; it calls cargo for those. One file a command; what a command needs from
//! the machine (PostgreSQL, Chromium, npm packages) has a file each too. To add a command: a file with `run`, a variant
//! of [`Command`] and an arm in [`act`].

mod bench;
mod bundle;
mod check;
mod chromium;
mod compress;
mod css;
mod dist;
mod install;
mod npm;
mod postgres;
mod program;
mod report;
mod rules;
mod run;
mod site;
mod soak;
mod tally;
mod test;
mod wasm;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Build, run, test and measure Storetrail.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and start the server with a sample store
    Run(run::Options),
    /// Run every test, installing what they need
    Test(test::Options),
    /// Check format, lints, the wasm build and the dependency rules
    Check,
    /// Build what the browser loads into target/site
    Site(site::Options),
    /// Build the release: one file with the site inside, target/dist/storetrail
    Dist,
    /// Measure the release: throughput, latency, memory, page load
    Bench(bench::Options),
    /// Run the Rust tests and the trial of access with their long trials in full
    Soak,
    /// Run a command with a throw-away PostgreSQL in STORETRAIL_TEST_POSTGRES_URL
    Postgres(postgres::Options),
}

fn main() -> ExitCode {
    match act(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn act(command: Command) -> Result<()> {
    match command {
        Command::Run(options) => run::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Check => check::run(),
        Command::Site(options) => site::run(&options),
        Command::Dist => dist::run().map(drop),
        Command::Bench(options) => bench::run(&options),
        Command::Soak => soak::run(),
        Command::Postgres(options) => postgres::run(&options),
    }
}
