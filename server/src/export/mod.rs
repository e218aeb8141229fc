//! Exports: files made from what a scope shows, and the worker that makes them.
//!
//! What belongs here: the formats ([`CsvFile`], [`XlsxFile`], [`PdfFile`], [`JsonLines`]), what stands in their
//! columns, the worker. What doesn't: which rows there are and who may see them (`storage`).
//!
//! To add a format: a file with `new`, `row` and `finish`, a variant of `build::Writer`, its name in `domain::export`.

mod build;
mod columns;
mod csv_file;
mod file;
mod json_lines;
mod pdf;
pub mod sheet;
#[cfg(test)]
mod tests;
mod words;
mod worker;
mod xlsx;

pub use build::{Made, NotMade, build};
pub use csv_file::CsvFile;
pub use json_lines::JsonLines;
pub use pdf::PdfFile;
pub use worker::{make_next, start};
pub use xlsx::XlsxFile;
