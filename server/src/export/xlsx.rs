//! XLSX with typed cells in constant memory: numbers are numbers and times are times, whatever a cell says is never
//! a formula, and what does not fit on a sheet goes on to the next.

use super::sheet::{Cell, Sheet, WriteError};
use rust_xlsxwriter::{Color, DocProperties, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use std::io::Write;
use std::path::Path;

/// How many rows a sheet holds, its heading among them.
pub const MAX_SHEET_ROWS: u32 = 1_048_576;
/// How many characters a cell holds: UTF-16 units.
const MAX_CELL_UNITS: usize = 32_767;

/// What the last sheet is called, in a file in English and in one in Arabic.
const ABOUT: &str = "About";
const ABOUT_ARABIC: &str = "عن الملف";
/// A name that Excel keeps for itself.
const RESERVED: &str = "History";

/// Writes an XLSX file.
pub struct XlsxFile<W: Write + Send> {
    workbook: Workbook,
    out: W,
    sheet: Sheet,
    heading: Format,
    time: Format,
    decimal: Format,
    /// The number of the sheet under way, from 0; the sheet with the facts comes last.
    at: usize,
    /// The next row on it.
    row: u32,
    max_rows: u32,
}

impl<W: Write + Send> XlsxFile<W> {
    /// Begins a file. What does not fit in memory waits in files without a name in `folder`.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn new(out: W, sheet: Sheet, folder: &Path) -> Result<Self, WriteError> {
        Self::with_sheets_of(out, sheet, folder, MAX_SHEET_ROWS)
    }

    /// As [`XlsxFile::new`], with fewer rows a sheet.
    pub(super) fn with_sheets_of(
        out: W,
        sheet: Sheet,
        folder: &Path,
        max_rows: u32,
    ) -> Result<Self, WriteError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder).map_err(failed)?;
        workbook.set_properties(
            &DocProperties::new()
                .set_title(&sheet.title)
                .set_author("Storetrail"),
        );
        let mut file = Self {
            workbook,
            out,
            heading: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0x00EE_F1F4))
                .set_align(FormatAlign::Top),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            decimal: Format::new().set_num_format("0.00"),
            sheet,
            at: 0,
            row: 0,
            max_rows,
        };
        file.begin_sheet()?;
        Ok(file)
    }

    /// Writes a row: one cell a column.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        if self.row == self.max_rows {
            self.end_sheet()?;
            self.at += 1;
            self.begin_sheet()?;
        }
        let row = self.row;
        let worksheet = self
            .workbook
            .worksheet_from_index(self.at)
            .map_err(failed)?;
        for (column, cell) in (0..).zip(cells) {
            let written = match cell {
                Cell::Empty => continue,
                Cell::Text(text) => worksheet.write_string(row, column, fitting(text)),
                Cell::Integer(number) if number.unsigned_abs() <= 1 << 53 => {
                    worksheet.write_number(row, column, *number as f64)
                }
                Cell::Integer(number) => worksheet.write_string(row, column, number.to_string()),
                Cell::Decimal(text) => match text.parse::<f64>() {
                    Ok(number) if number.is_finite() => {
                        worksheet.write_number_with_format(row, column, number, &self.decimal)
                    }
                    _ => worksheet.write_string(row, column, fitting(text)),
                },
                Cell::Time(at) => {
                    let local = self.sheet.on_clock(*at).naive_local().and_utc();
                    match serial(local.timestamp_micros()) {
                        Some(serial) => {
                            worksheet.write_number_with_format(row, column, serial, &self.time)
                        }
                        None => worksheet.write_string(row, column, at.to_rfc3339()),
                    }
                }
            };
            written.map_err(failed)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Ends the file and gives back what it was written to.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.end_sheet()?;
        let is_right_to_left = self.sheet.language.is_right_to_left();
        let about = self.workbook.add_worksheet();
        about
            .set_name(if is_right_to_left {
                ABOUT_ARABIC
            } else {
                ABOUT
            })
            .map_err(failed)?;
        about.set_right_to_left(is_right_to_left);
        about.set_column_width(0, 22).map_err(failed)?;
        about.set_column_width(1, 80).map_err(failed)?;
        about
            .write_string_with_format(0, 0, self.sheet.title.as_str(), &self.heading)
            .map_err(failed)?;
        for (row, (word, value)) in (1..).zip(&self.sheet.facts) {
            about.write_string(row, 0, fitting(word)).map_err(failed)?;
            about.write_string(row, 1, fitting(value)).map_err(failed)?;
        }
        self.workbook
            .save_to_writer(&mut self.out)
            .map_err(failed)?;
        Ok(self.out)
    }

    fn begin_sheet(&mut self) -> Result<(), WriteError> {
        let name = sheet_name(&self.sheet.title, self.at);
        let worksheet = self
            .workbook
            .add_worksheet_with_constant_memory()
            .map_err(failed)?;
        worksheet.set_name(name).map_err(failed)?;
        worksheet.set_right_to_left(self.sheet.language.is_right_to_left());
        worksheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (at, column) in (0..).zip(&self.sheet.columns) {
            worksheet
                .set_column_width(at, f64::from(column.width.clamp(6, 80)))
                .map_err(failed)?;
        }
        for (at, column) in (0..).zip(&self.sheet.columns) {
            worksheet
                .write_string_with_format(0, at, column.title.as_str(), &self.heading)
                .map_err(failed)?;
        }
        self.row = 1;
        Ok(())
    }

    /// The filter over the heading spans the rows that were written.
    fn end_sheet(&mut self) -> Result<(), WriteError> {
        let last_row = self.row.saturating_sub(1).max(1);
        let last_column = (self.sheet.columns.len() as u16).saturating_sub(1);
        let worksheet: &mut Worksheet = self
            .workbook
            .worksheet_from_index(self.at)
            .map_err(failed)?;
        worksheet
            .autofilter(0, 0, last_row, last_column)
            .map_err(failed)?;
        Ok(())
    }
}

/// A name that Excel takes: at most 31 characters, none of `[]:*?/\`, no apostrophe at its ends, not the last sheet's and
/// none that it reserves.
fn sheet_name(title: &str, at: usize) -> String {
    let plain: String = title
        .chars()
        .map(|c| if "[]:*?/\\'".contains(c) { ' ' } else { c })
        .take(24)
        .collect();
    match (plain.trim(), at) {
        ("", at) => format!("{}", at + 1),
        (plain, 0) if is_taken(plain) => format!("{plain} 1"),
        (plain, 0) => plain.to_owned(),
        (plain, at) => format!("{plain} {}", at + 1),
    }
}

/// Whether the first sheet can't have that name: Excel takes no two that differ in nothing but their case.
fn is_taken(name: &str) -> bool {
    let name = domain::fold(name);
    [ABOUT, ABOUT_ARABIC, RESERVED]
        .iter()
        .any(|taken| domain::fold(taken) == name)
}

/// A text cut to what a cell holds, with an ellipsis where it was cut.
fn fitting(text: &str) -> String {
    if text.len() <= MAX_CELL_UNITS {
        return text.to_owned();
    }
    let mut units = 0;
    let mut fits = text.len();
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > MAX_CELL_UNITS {
            return format!("{}…", &text[..fits]);
        }
        if units < MAX_CELL_UNITS {
            fits = at + c.len_utf8();
        }
    }
    text.to_owned()
}

/// Days since the last day of 1899, as Excel counts them from March 1900 on; none before.
fn serial(local_micros: i64) -> Option<f64> {
    const DAY: f64 = 86_400_000_000.0;
    let serial = local_micros as f64 / DAY + 25_569.0;
    (61.0..2_958_466.0).contains(&serial).then_some(serial)
}

fn failed(error: XlsxError) -> WriteError {
    match error {
        XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => WriteError::Io(error),
        // The archive's own errors hold the disk's.
        other => {
            let cause = std::error::Error::source(&other);
            let kind = cause.and_then(|cause| cause.downcast_ref::<std::io::Error>());
            match kind.map(std::io::Error::kind) {
                Some(kind) => WriteError::Io(std::io::Error::new(kind, other.to_string())),
                None => WriteError::Failed(other.to_string()),
            }
        }
    }
}
