//! Taking entries out and checking them: files of every format from end to end, values to filter by, the ledger.

use crate::fill::{Filled, url};
use crate::memory::Growth;
use crate::percentile::Times;
use anyhow::{Context as _, Result, ensure};
use domain::export::{ExportFormat, ExportOptions, ExportStatus, Selection, Source};
use domain::{Cursor, Direction};
use std::time::Instant;
use storage::{Ambient, Page, Scope, Storage};

/// How many rows a PDF is timed with.
const PDF_ROWS: usize = 10_000;
/// What files are timed with: the nine columns that the figures are of.
const COLUMNS: [&str; 9] = [
    "time",
    "action",
    "outcome",
    "actor",
    "actor_email",
    "subject",
    "description",
    "change",
    "ip",
];

/// Times exports, facets and verification.
pub async fn measure(filled: &Filled, queries: usize) -> Result<()> {
    let storage = Storage::open(&url(&filled.path), Ambient::system()).await?;
    let stores = storage.list_stores().await?;
    let scope = Scope::system("bench", stores.into_iter().next().context("a store")?);
    let all = Selection::Matching {
        source: Source::Activity,
        q: String::new(),
        up_to: None,
        except: Vec::new(),
    };
    let picked = Selection::Ids {
        source: Source::Activity,
        ids: newest(&storage, &scope, PDF_ROWS).await?,
    };
    for (format, selection) in [
        (ExportFormat::Csv, &all),
        (ExportFormat::Xlsx, &all),
        (ExportFormat::JsonLines, &all),
        (ExportFormat::Pdf, &picked),
    ] {
        export(&storage, &scope, format, selection.clone()).await?;
    }
    let mut times = Times::default();
    for n in 0..queries.min(200) {
        let q = ["", "outcome:failed", "category:products", "created:30d"][n % 4];
        let begun = Instant::now();
        let found = storage.facet_values(&scope, Source::Activity, q).await?;
        times.add(begun.elapsed());
        ensure!(found.is_ok(), "values for {q}");
    }
    println!("facets: {}", times.summary());
    let begun = Instant::now();
    let report = storage.verify_against(&[]).await?;
    ensure!(report.faults.is_empty(), "{:?}", report.faults);
    println!(
        "verify {} entries: {:.1} s",
        report.entries,
        begun.elapsed().as_secs_f64()
    );
    storage.close().await?;
    Ok(())
}

async fn export(
    storage: &Storage,
    scope: &Scope,
    format: ExportFormat,
    selection: Selection,
) -> Result<()> {
    let wanted = ExportOptions {
        columns: COLUMNS.map(str::to_owned).to_vec(),
        ..ExportOptions::of(format)
    };
    let id = storage.request_export(scope, selection, wanted).await?.id;
    let (growth, begun) = (Growth::begin()?, Instant::now());
    ensure!(
        server::export::make_next(storage).await?,
        "an export to make"
    );
    let (seconds, growth) = (begun.elapsed().as_secs_f64(), growth.end()?);
    let row = storage.export_row(scope, id).await?.context("the export")?;
    ensure!(row.status == ExportStatus::Completed, "{:?}", row.error);
    println!(
        "export {} rows as {format}: {seconds:.1} s, {:.0} rows/s, {} MiB, {growth:.0} MiB more memory",
        row.rows,
        row.rows as f64 / seconds,
        row.bytes.unwrap_or_default() >> 20
    );
    std::fs::remove_file(storage.export_folder()?.join(id.to_string()))?;
    Ok(())
}

async fn newest(storage: &Storage, scope: &Scope, count: usize) -> Result<Vec<String>> {
    let filter = storage
        .filter(scope, "")
        .map_err(|_| anyhow::anyhow!("a filter"))?;
    let mut ids = Vec::new();
    let mut after = None;
    while ids.len() < count {
        let page = Page {
            after,
            direction: Direction::Newest,
            limit: 1_000,
        };
        let page = storage.list_activities(scope, &filter, page).await?;
        ids.extend(page.rows.iter().map(|row| row.id.0.to_string()));
        match page.next.as_deref().map(Cursor::parse).transpose()? {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    ids.truncate(count);
    Ok(ids)
}
