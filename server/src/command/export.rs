//! `storetrail export`.

use super::store::StoreChoice;
use crate::export::make_next;
use anyhow::{Context as _, bail};
use domain::export::{ExportFormat, ExportOptions, ExportStatus, Selection, Source};
use std::path::{Path, PathBuf};
use std::time::Duration;
use storage::Storage;

/// How often it is asked how far another process is.
const POLL: Duration = Duration::from_millis(300);

/// What is exported and how.
#[derive(clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    store: StoreChoice,
    /// Of which log: activity, messages, threads, orders, customers, security, requests
    #[arg(long, default_value = "activity", value_name = "LOG", value_parser = word::<Source>)]
    source: Source,
    /// Which entries, in the query language; all of them when left out
    #[arg(
        long,
        default_value = "",
        value_name = "QUERY",
        hide_default_value = true
    )]
    filter: String,
    /// csv, xlsx, pdf or json_lines
    #[arg(long, value_name = "FORMAT", value_parser = word::<ExportFormat>)]
    format: ExportFormat,
    /// Where the file is put; what is there is replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Columns in their order, divided by commas; the usual ones when left out
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    columns: Vec<String>,
    /// Zone of its times, such as Asia/Riyadh; the store's when left out
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    time_zone: Option<String>,
    /// en or ar: headings and words
    #[arg(long, default_value = "en", value_name = "LANGUAGE")]
    language: String,
    /// Begin a CSV file with a byte order mark, by which Excel knows UTF-8
    #[arg(long)]
    bom: bool,
}

fn word<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "it is none of them".to_owned())
}

fn zone(text: &str) -> Result<String, String> {
    match text.parse::<chrono_tz::Tz>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("it is no IANA zone".to_owned()),
    }
}

/// Makes an export and copies its file. It stands in the log of exports like any other.
///
/// # Errors
/// When the query isn't understood, the export fails, or the file can't be written.
pub(super) async fn run(storage: &Storage, options: Options) -> anyhow::Result<()> {
    let scope = options.store.scope(storage).await?;
    let selection = Selection::Matching {
        source: options.source,
        q: options.filter,
        up_to: None,
        except: Vec::new(),
    };
    let wanted = ExportOptions {
        columns: options.columns,
        time_zone: options.time_zone,
        language: options.language,
        has_bom: options.bom,
        ..ExportOptions::of(options.format)
    };
    let id = storage.request_export(&scope, selection, wanted).await?.id;
    // A running server may be quicker. Nobody is told by email from here: that is the server's.
    let done = loop {
        let row = storage.export_row(&scope, id).await?;
        let row = row.context("the export is gone")?;
        match row.status {
            ExportStatus::Queued => {
                make_next(storage).await?;
            }
            ExportStatus::Running => tokio::time::sleep(POLL).await,
            ExportStatus::Completed => break row,
            _ => bail!(
                "the export failed: {}",
                row.error.unwrap_or_else(|| row.status.to_string())
            ),
        }
    };
    let file = storage.download_export(&scope, id).await?;
    let file = file.context("the file of the export is gone")?;
    copy(&file.path, &options.out).await?;
    println!("rows     {}", done.rows);
    println!("bytes    {}", done.bytes.unwrap_or_default());
    println!("sha256   {}", done.sha256.unwrap_or_default());
    println!("file     {}", options.out.display());
    Ok(())
}

/// Beside it first, then in its place: what stood there is whole until the new one is.
async fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let what = || format!("can't write {}", to.display());
    let name = to.file_name().with_context(what)?.to_string_lossy();
    let beside = to.with_file_name(format!(".{name}.part"));
    let copied = async {
        tokio::fs::copy(from, &beside).await?;
        tokio::fs::rename(&beside, to).await
    };
    let copied = copied.await;
    if copied.is_err() {
        let _ = tokio::fs::remove_file(&beside).await;
    }
    copied.with_context(what)
}
