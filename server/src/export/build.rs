//! Makes one file: reads rows as the scope shows them and hands them to a thread that writes.

use super::columns::{cells, columns};
use super::file::Digesting;
use super::sheet::{Language, Sheet, WriteError};
use super::words::word;
use super::{CsvFile, JsonLines, PdfFile, XlsxFile};
use crate::v1::wire;
use domain::export::{ExportFormat, Source, needs_detail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use storage::{Error, ExportItem, ExportJob, ExportPart, Storage};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// How many rows go from hand to hand at once.
const CHUNK: usize = 2_000;
/// How many of these wait at most: what is read and not yet written is bounded.
const WAITING: usize = 2;
/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// How many rows.
    pub rows: u64,
    /// How large.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// Why there is no file.
#[derive(Debug)]
pub enum NotMade {
    /// Somebody cancelled it, or another worker has it.
    Given,
    /// It could not be written.
    Failed(WriteError),
    /// The database failed, or refused.
    Storage(Error),
}

impl From<WriteError> for NotMade {
    fn from(error: WriteError) -> Self {
        Self::Failed(error)
    }
}

impl From<Error> for NotMade {
    fn from(error: Error) -> Self {
        Self::Storage(error)
    }
}

enum Step {
    Rows(Box<ExportPart>),
    End,
}

/// Makes the file of a job at `path`, and leaves nothing there when it can't. Progress is told every `tell`.
///
/// # Errors
/// [`NotMade`].
pub async fn build(
    storage: &Storage,
    job: &ExportJob,
    path: &Path,
    tell: Duration,
) -> Result<Made, NotMade> {
    let made = try_to_build(storage, job, path, tell).await;
    if made.is_err() {
        // Nothing half-done stays behind; when there is nothing, that is just as well.
        let _ = tokio::fs::remove_file(path).await;
    }
    made
}

async fn try_to_build(
    storage: &Storage,
    job: &ExportJob,
    path: &Path,
    tell: Duration,
) -> Result<Made, NotMade> {
    let is_complete = job.options.format == ExportFormat::JsonLines;
    let has_details = job
        .options
        .columns_of(job.source)
        .iter()
        .any(|id| needs_detail(job.source, id));
    let mut rows = storage.open_export(job, is_complete || has_details).await?;
    // Of threads it is known how many orders there are, not how many rows.
    let total = Some(rows.total()).filter(|_| job.source != Source::Threads);
    let sheet = sheet(storage, job, total);
    let told = Arc::new(AtomicU64::new(0));
    let (hand, work) = mpsc::channel(WAITING);
    let writing = Writing {
        path: path.to_owned(),
        sheet,
        job: job.clone(),
        bytes: Arc::clone(&told),
    };
    let mut writer = tokio::task::spawn_blocking(move || writing.run(work));
    let read = AtomicU64::new(0);
    let stopped = {
        // One future to the end: dropped in the middle of a read, it would lose the rows it had begun.
        let mut reading = pin!(hand_over(&mut rows, hand, &read));
        let mut is_read = false;
        let mut ticks = interval(tell);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                biased;
                written = &mut writer => return ended(written),
                step = &mut reading, if !is_read => match step {
                    Ok(()) => is_read = true,
                    Err(error) => break error.into(),
                },
                _ = ticks.tick() => {
                    let (rows, bytes) = (read.load(Ordering::Relaxed), told.load(Ordering::Relaxed));
                    match storage.export_progress(job, rows, bytes).await {
                        Ok(true) => {}
                        Ok(false) => break NotMade::Given,
                        Err(error) => break error.into(),
                    }
                }
            }
        }
    };
    // Without the end of its work the writer gives up; until then the file is its own.
    let _ = writer.await;
    Err(stopped)
}

/// Reads everything and hands it to the writer, which takes an end of the channel without [`Step::End`] as giving up.
async fn hand_over(
    rows: &mut storage::ExportRows,
    hand: mpsc::Sender<Step>,
    read: &AtomicU64,
) -> Result<(), Error> {
    loop {
        let part = rows.next(CHUNK).await?;
        let step = if part.is_empty() {
            Step::End
        } else {
            read.fetch_add(part.len() as u64, Ordering::Relaxed);
            Step::Rows(Box::new(part))
        };
        let is_end = matches!(step, Step::End);
        // A writer that has failed says so itself.
        if hand.send(step).await.is_err() || is_end {
            return Ok(());
        }
    }
}

fn ended(written: Result<Result<Made, NotMade>, tokio::task::JoinError>) -> Result<Made, NotMade> {
    match written {
        Ok(written) => written,
        // The writer of XLSX files panics when its temporary file can't be written.
        Err(_) => Err(NotMade::Failed(WriteError::Failed(
            "its writer stopped; the disk may be full".to_owned(),
        ))),
    }
}

/// What stands around the rows.
fn sheet(storage: &Storage, job: &ExportJob, total: Option<u64>) -> Sheet {
    let language = Language::of_tag(&job.options.language);
    let word = |id| word(language, id).to_owned();
    let zone_name = job.options.time_zone.as_deref();
    let zone_name = zone_name.unwrap_or(&job.store.time_zone).to_owned();
    // What is kept was checked when it was set; an unknown one would be UTC, and said so.
    let zone = zone_name.parse().unwrap_or(chrono_tz::UTC);
    let now = storage.ambient().clock.now();
    let filter = match job.q.as_deref() {
        Some(q) if !q.trim().is_empty() => q.to_owned(),
        Some(_) => word("everything"),
        None => word("picked"),
    };
    let mut sheet = Sheet {
        title: match &job.options.name {
            Some(name) => name.clone(),
            None => word(job.source.as_str()),
        },
        facts: Vec::new(),
        columns: columns(job.source, &job.options, language),
        language,
        zone,
        made_at: now,
        total,
    };
    let made_at = sheet.on_clock(now).format("%Y-%m-%d %H:%M:%S (UTC%:z)");
    sheet.facts = vec![
        (word("store"), job.store.name.clone()),
        (word("filter"), filter),
        (word("time_zone"), zone.name().to_owned()),
        (word("made_by"), job.requester.clone()),
        (word("made_at"), made_at.to_string()),
    ];
    if let Some(total) = total {
        sheet.facts.push((word("row_count"), total.to_string()));
    }
    sheet
}

/// The name under which a file is downloaded: no folder, no control character, not hidden, with its ending.
pub fn file_name(job: &ExportJob) -> String {
    let day = job.counts_from.format("%Y-%m-%d");
    let name = match &job.options.name {
        Some(name) => name.clone(),
        None => format!("{}-{day}", job.source),
    };
    let plain: String = name
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            c if c.is_control() => '-',
            c => c,
        })
        .collect();
    let plain = plain.trim_matches([' ', '.']);
    let plain = if plain.is_empty() { "export" } else { plain };
    let ending = format!(".{}", job.options.format.extension());
    if plain.ends_with(&ending) {
        plain.to_owned()
    } else {
        format!("{plain}{ending}")
    }
}

/// The thread that writes.
struct Writing {
    path: PathBuf,
    sheet: Sheet,
    job: ExportJob,
    bytes: Arc<AtomicU64>,
}

/// A file under way, in its format.
enum Writer {
    Csv(Box<CsvFile<Digesting<File>>>),
    Xlsx(Box<XlsxFile<Digesting<File>>>),
    Pdf(Box<PdfFile<Digesting<File>>>),
    JsonLines(JsonLines<Digesting<File>>),
}

impl Writing {
    fn run(self, mut work: mpsc::Receiver<Step>) -> Result<Made, NotMade> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let file = File::create(&self.path).map_err(WriteError::from)?;
        let out = Digesting::new(file, Arc::clone(&self.bytes));
        let sheet = self.sheet.clone();
        let mut writer = match self.job.options.format {
            ExportFormat::Csv => Writer::Csv(Box::new(CsvFile::new(
                out,
                sheet,
                self.job.options.has_bom,
            )?)),
            ExportFormat::Xlsx => Writer::Xlsx(Box::new(XlsxFile::new(out, sheet, folder)?)),
            ExportFormat::Pdf => Writer::Pdf(Box::new(PdfFile::new(out, sheet)?)),
            ExportFormat::JsonLines => Writer::JsonLines(JsonLines::new(out)),
        };
        let mut rows = 0;
        loop {
            match work.blocking_recv() {
                Some(Step::Rows(part)) => {
                    let items = part.into_items()?;
                    rows += items.len() as u64;
                    if let Writer::JsonLines(file) = &mut writer {
                        for item in items {
                            line(file, item)?;
                        }
                        continue;
                    }
                    let mut row = Vec::new();
                    for item in &items {
                        cells(item, &self.sheet.columns, self.sheet.language, &mut row);
                        writer.row(&row)?;
                    }
                }
                Some(Step::End) => break,
                None => return Err(WriteError::Failed("it was given up".to_owned()).into()),
            }
        }
        let (file, bytes, sha256) = writer.finish()?.into_parts();
        // What is called completed outlives a power cut.
        file.sync_all().map_err(WriteError::from)?;
        Ok(Made {
            rows,
            bytes,
            sha256,
        })
    }
}

impl Writer {
    fn row(&mut self, cells: &[super::sheet::Cell]) -> Result<(), WriteError> {
        match self {
            Self::Csv(file) => file.row(cells),
            Self::Xlsx(file) => file.row(cells),
            Self::Pdf(file) => file.row(cells),
            Self::JsonLines(_) => Ok(()),
        }
    }

    fn finish(self) -> Result<Digesting<File>, WriteError> {
        match self {
            Self::Csv(file) => file.finish(),
            Self::Xlsx(file) => file.finish(),
            Self::Pdf(file) => file.finish(),
            Self::JsonLines(file) => file.finish(),
        }
    }
}

/// An entry in the words of the API.
fn line(file: &mut JsonLines<Digesting<File>>, item: ExportItem) -> Result<(), WriteError> {
    match item {
        ExportItem::Activity(row) => file.line(&wire::ActivityItem::from(*row)),
        ExportItem::WholeActivity(detail) => file.line(&wire::Activity::from(*detail)),
        ExportItem::Message(row) => file.line(&row),
        ExportItem::WholeMessage(detail) => file.line(&detail),
        ExportItem::Thread { order, item } => {
            file.line(&serde_json::json!({"order": order, "entry": item}))
        }
        ExportItem::WholeThread { order, item } => {
            file.line(&serde_json::json!({"order": order, "entry": item}))
        }
        ExportItem::Order(row) => file.line(&row),
        ExportItem::Customer(row) => file.line(&row),
        ExportItem::Security(row) => file.line(&wire::SecurityItem::from(*row)),
        ExportItem::WholeSecurity(detail) => file.line(&wire::SecurityEvent::from(*detail)),
        ExportItem::Request(row) => file.line(&wire::RequestItem::from(*row)),
        ExportItem::WholeRequest { row, entry } => {
            file.line(&wire::RequestContent::new(*row, *entry))
        }
    }
}
