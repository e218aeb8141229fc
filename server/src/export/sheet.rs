//! What a table file is made of: a title, facts about it, columns, and rows of cells.

use chrono::{DateTime, FixedOffset, Offset as _, Utc};
use chrono_tz::Tz;
use std::borrow::Cow;
use std::fmt;

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Nothing is known, or nothing applies.
    Empty,
    /// Words.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// A decimal number as text, such as `129.00`: a number where the format has numbers.
    Decimal(Cow<'a, str>),
    /// A time; written on the sheet's clock.
    Time(DateTime<Utc>),
}

impl<'a> Cell<'a> {
    /// Words, or nothing.
    pub fn text(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    /// Words.
    pub fn words(words: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(words.into())
    }

    /// A time, or nothing.
    pub fn time(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Empty, Self::Time)
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its stable id, such as `occurred_at`.
    pub id: &'static str,
    /// Its heading in the sheet's language.
    pub title: String,
    /// How wide it is beside the others, about in characters.
    pub width: u16,
}

/// The language a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, left to right.
    English,
    /// Arabic, right to left.
    Arabic,
}

impl Language {
    /// The language of a tag such as `ar` or `ar-SA`; English for what is not known.
    pub fn of_tag(tag: &str) -> Self {
        match tag.get(..2) {
            Some("ar") => Self::Arabic,
            _ => Self::English,
        }
    }

    /// Its BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
        }
    }

    /// Whether it is written from right to left.
    pub const fn is_right_to_left(self) -> bool {
        matches!(self, Self::Arabic)
    }
}

/// What stands around the rows of a file.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// What it holds, such as `Activity`.
    pub title: String,
    /// The store, who made it, when, by which filter: a word and a value each.
    pub facts: Vec<(String, String)>,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The language of headings and words.
    pub language: Language,
    /// The clock that times are written on.
    pub zone: Tz,
    /// When it is made.
    pub made_at: DateTime<Utc>,
    /// How many rows there will be, as far as is known.
    pub total: Option<u64>,
}

impl Sheet {
    /// A time on the sheet's clock.
    pub fn on_clock(&self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        let local = at.with_timezone(&self.zone);
        local.with_timezone(&local.offset().fix())
    }
}

/// Why a file could not be written.
#[derive(Debug)]
pub enum WriteError {
    /// The disk said no.
    Io(std::io::Error),
    /// More rows than the format can hold.
    TooManyRows {
        /// How many it holds at most.
        most: u64,
    },
    /// What the format's writer said.
    Failed(String),
}

impl WriteError {
    /// The stable code under which the export log names it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(error) if is_full(error) => "disk_full",
            Self::Io(_) => "disk_failed",
            Self::TooManyRows { .. } => "too_many_rows",
            Self::Failed(_) => "not_written",
        }
    }
}

fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge
    )
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) if is_full(error) => {
                f.write_str("the disk is full; make room and start the export again")
            }
            Self::Io(error) => write!(f, "the file could not be written: {error}"),
            Self::TooManyRows { most } => write!(
                f,
                "this format holds at most {most} rows; narrow the filter, or choose CSV, XLSX or JSON Lines"
            ),
            Self::Failed(words) => write!(f, "the file could not be written: {words}"),
        }
    }
}

impl std::error::Error for WriteError {}

impl From<std::io::Error> for WriteError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_named_as_one() {
        let full = WriteError::from(std::io::Error::from(std::io::ErrorKind::StorageFull));
        assert_eq!(full.code(), "disk_full");
        assert!(full.to_string().contains("disk is full"));
        let other = WriteError::from(std::io::Error::from(std::io::ErrorKind::PermissionDenied));
        assert_eq!(other.code(), "disk_failed");
    }

    #[test]
    fn a_tag_names_its_language() {
        assert_eq!(Language::of_tag("ar-SA"), Language::Arabic);
        assert_eq!(Language::of_tag("en"), Language::English);
        assert_eq!(Language::of_tag("x"), Language::English);
    }
}
