//! CSV by RFC 4180: lines end in CRLF, cells that need it stand in quotes, times are RFC 3339 with their offset.

use super::sheet::{Cell, Sheet, WriteError};
use chrono::SecondsFormat;
use std::fmt::Write as _;
use std::io::Write;

/// Writes a CSV file.
pub struct CsvFile<W: Write> {
    writer: csv::Writer<W>,
    sheet: Sheet,
    /// Holds a cell that has to be put together.
    scratch: String,
}

impl<W: Write> CsvFile<W> {
    /// Begins a file with its heading line. `has_bom` puts U+FEFF first, by which Excel knows UTF-8.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn new(mut out: W, sheet: Sheet, has_bom: bool) -> Result<Self, WriteError> {
        if has_bom {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .buffer_capacity(64 * 1024)
            .from_writer(out);
        writer
            .write_record(sheet.columns.iter().map(|column| column.title.as_str()))
            .map_err(failed)?;
        Ok(Self {
            writer,
            sheet,
            scratch: String::new(),
        })
    }

    /// Writes a row: one cell a column.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        for cell in cells {
            self.scratch.clear();
            let text: &str = match cell {
                Cell::Empty => "",
                Cell::Text(text) if is_formula(text) => {
                    self.scratch.push('\'');
                    self.scratch.push_str(text);
                    &self.scratch
                }
                Cell::Text(text) | Cell::Decimal(text) => text,
                Cell::Integer(number) => {
                    let _ = write!(self.scratch, "{number}");
                    &self.scratch
                }
                Cell::Time(at) => {
                    let at = self.sheet.on_clock(*at);
                    self.scratch = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
                    &self.scratch
                }
            };
            self.writer.write_field(text).map_err(failed)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(failed)
    }

    /// Ends the file and gives back what it was written to.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn finish(self) -> Result<W, WriteError> {
        self.writer
            .into_inner()
            .map_err(|error| WriteError::Io(error.into_error()))
    }
}

/// Whether a spreadsheet could take the text for a formula (OWASP, CSV injection): such a cell gets an apostrophe
/// in front. Numbers of our own are no texts and stay as they are.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

fn failed(error: csv::Error) -> WriteError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => WriteError::Io(error),
        other => WriteError::Failed(format!("{other:?}")),
    }
}
