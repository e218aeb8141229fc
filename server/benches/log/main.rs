//! The figures of the log: durable ingest, reading and exporting a million entries, a million messages, a
//! million items of bulk operations, memory and start.
//!
//! `cargo xtask bench --only server [-- --rows N --seconds S]`. Everything is measured in one run on one
//! machine, the bare programs it is compared with too, and each line says how many measurements it stands
//! for. The filled database is kept in `target/bench-log` and used again by the next run.

mod bare;
mod client;
mod erasing;
mod exporting;
mod fill;
mod ingest;
mod memory;
mod messages;
mod operations;
mod percentile;
mod process;
mod reading;
mod sending;
mod watching;

use clap::Parser;
use std::path::PathBuf;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the measurement takes.
#[derive(Parser)]
struct Options {
    /// How many activities, and how many messages, are present
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// How long each throughput is measured, in seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many queries of each kind are timed
    #[arg(long, default_value_t = 1_000)]
    queries: usize,
    /// Only these parts, which come in their own order: reading, messages, sending, operations, exporting, erasing, ingest, watching, process
    #[arg(long, value_delimiter = ',')]
    part: Vec<String>,
    /// What is erased while others write: a tenth of the 120 days if nothing is said
    #[arg(long, default_value = "created:2026-07-01..2026-07-12")]
    erase: String,
    /// Where the database is kept
    #[arg(long, default_value = "target/bench-log")]
    folder: PathBuf,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let _ = options.bench;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(&options))
}

async fn run(options: &Options) -> anyhow::Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(&options.folder);
    std::fs::create_dir_all(&root)?;
    let filled = fill::filled(&root, options.rows).await?;
    println!(
        "present: {} activities, database {} MiB",
        filled.rows,
        filled.bytes >> 20
    );

    let is_wanted =
        |part: &str| options.part.is_empty() || options.part.iter().any(|wanted| wanted == part);
    if is_wanted("reading") {
        reading::measure(&filled, options.queries).await?;
    }
    if is_wanted("messages") {
        messages::measure(&root, options.rows, options.queries).await?;
    }
    if is_wanted("sending") {
        sending::measure(&root).await?;
    }
    if is_wanted("operations") {
        operations::measure(&root, options.rows, options.queries).await?;
    }
    if is_wanted("exporting") {
        exporting::measure(&filled, options.queries).await?;
    }
    let copy = root.join("ingest");
    if is_wanted("erasing") {
        erasing::measure(&filled, &copy, options.seconds, &options.erase).await?;
    }
    if is_wanted("ingest") {
        let single = bare::single(&root, options.seconds).await?;
        let batch = bare::batches(&filled, &copy, options.seconds).await?;
        ingest::measure(&filled, &copy, options.seconds, single, batch).await?;
    }
    if is_wanted("watching") {
        watching::measure(&filled, &copy, options.seconds).await?;
    }
    if is_wanted("process") {
        process::measure(&filled).await?;
    }
    Ok(())
}
