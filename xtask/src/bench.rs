//! Measuring the release: first the server, then the page in a browser.

use anyhow::{Context as _, Result};
use std::{env, ffi::OsString, fs};

use crate::{chromium, dist, npm, program, workspace};

/// What `cargo xtask bench` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Measure only one side
    #[arg(long, value_enum)]
    only: Option<Side>,
    /// Passed on to the server's measurement (`--rows`, `--seconds`)
    #[arg(last = true)]
    extra: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Side {
    /// Throughput, latency, memory
    Server,
    /// Largest contentful paint, blocking time, bytes on the wire
    Page,
}

/// Builds the release and measures it; prints the machine's load before each side.
///
/// # Errors
/// The release doesn't build, or a measurement fails.
pub fn run(options: &Options) -> Result<()> {
    let release = dist::run()?;
    if options.only != Some(Side::Page) {
        print_load();
        program::run(
            program::cargo()
                .args(["bench", "--package=server", "--bench=log", "--"])
                .args(&options.extra)
                .env("STORETRAIL_BIN", &release),
        )?;
    }
    if options.only != Some(Side::Server) {
        print_load();
        page(&release)?;
    }
    Ok(())
}

/// Lighthouse against the release with the sample store, signed in.
fn page(release: &std::path::Path) -> Result<()> {
    let lighthouse = npm::tool("lighthouse", "12.8.2")?;
    // Modules are looked up from the script's place, so it has to lie beside node_modules.
    let folder = lighthouse
        .ancestors()
        .nth(2)
        .context("a package lies in node_modules")?;
    let script = folder.join("measure.mjs");
    fs::write(&script, include_str!("lighthouse.mjs"))?;
    program::run(
        npm::command("node")?
            .arg(script)
            .env("STORETRAIL_BIN", release)
            .env("CHROME_PATH", chromium::find()?)
            .env("STORETRAIL_DATA_DIR", fresh_data()?),
    )
}

fn fresh_data() -> Result<std::path::PathBuf> {
    let folder = workspace::target().join("bench-data");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn print_load() {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "machine: {cores} cores, {} {}, load {}",
        env::consts::OS,
        env::consts::ARCH,
        load.trim()
    );
}
