//! `storetrail verify`.

use super::open;
use crate::config::Config;
use crate::ledger::{NoteSigner, check_proofs, read_checkpoint};
use anyhow::{Context as _, bail};
use domain::checkpoint::Checkpoint;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is verified, and against what.
#[derive(clap::Args)]
pub(super) struct Options {
    /// An earlier checkpoint that the ledger must agree with; may be given several times
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// The key that signed the checkpoints, as name+id+key, or a file with it; this server's own when left out
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Check exported proofs instead of the database; nothing else is needed for it
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Checks the ledger, or a file of proofs, and prints what was found; fails when anything doesn't agree.
///
/// # Errors
/// When the database or a file can't be read, or a checkpoint is not what its key signed.
pub(super) async fn run(settings: &Config, options: Options) -> anyhow::Result<ExitCode> {
    let key = verifier_key(settings, &options)?;
    if key.is_none() && !options.checkpoint.is_empty() {
        bail!(
            "this server has no ledger key, and a checkpoint whose signature isn't checked proves nothing: give --key with \
             the key that signed it (the page Ledger shows it, docs/operating.md)"
        );
    }
    let heads = options
        .checkpoint
        .iter()
        .map(|file| read_checkpoint(file, key.as_deref()))
        .collect::<anyhow::Result<Vec<Checkpoint>>>()?;
    match &options.file {
        Some(file) => check_file(file, key.as_deref(), &heads),
        None => check_database(settings, &heads).await,
    }
}

/// The key as given, else the one of this server when it has one.
fn verifier_key(settings: &Config, options: &Options) -> anyhow::Result<Option<String>> {
    match &options.key {
        Some(key) if Path::new(key).is_file() => {
            let text = std::fs::read_to_string(key);
            Ok(Some(text.with_context(|| format!("can't read {key}"))?))
        }
        Some(key) => Ok(Some(key.clone())),
        None => Ok(NoteSigner::existing(settings)?.map(|signer| signer.verifier_key())),
    }
}

fn check_file(file: &Path, key: Option<&str>, heads: &[Checkpoint]) -> anyhow::Result<ExitCode> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
    match check_proofs(&text, key, heads) {
        Ok(verdict) => {
            println!("entries  {}", verdict.entries);
            match (verdict.checkpoint, key) {
                (Some(head), Some(_)) => {
                    println!("signed   {} entries, {}", head.size, head.root.to_hex())
                }
                (Some(head), None) => println!(
                    "head     {} entries, {}; its signature was not checked: give --key",
                    head.size,
                    head.root.to_hex()
                ),
                (None, _) => println!("head     the file holds no signed head"),
            }
            println!("verified: every entry stands in the ledger as it was recorded");
            Ok(ExitCode::SUCCESS)
        }
        Err(words) => {
            eprintln!("not verified: {words}");
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn check_database(settings: &Config, heads: &[Checkpoint]) -> anyhow::Result<ExitCode> {
    let storage = open(settings).await?;
    let signed: Vec<_> = heads.iter().map(|head| (head.size, head.root)).collect();
    let report = storage.verify_against(&signed).await;
    storage.close().await?;
    let report = report?;
    println!("entries  {}", report.entries);
    println!("erased   {}", report.erased);
    println!("root     {}", report.root);
    for head in heads {
        println!("signed   {} entries, {}", head.size, head.root.to_hex());
    }
    if report.faults.is_empty() {
        println!("verified: every leaf, payload and projection agrees with the root");
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(first) = report.first_wrong {
        println!("first    entry {first} is the first that is wrong");
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
