//! Files taken out of the logs: of what, in which form, when again.
//!
//! A [`Selection`] says which rows, alike for counting, exporting and erasing; [`ExportOptions`] say how the
//! file looks. To add a log: a member of [`Source`], its [`columns`], its reading in `storage::export::rows`.

mod columns;
mod filter;
mod recorded;
mod schedule;

pub use columns::{columns, default_columns, needs_detail};
pub use filter::{ExportClause, ExportFacts, ExportFilter, ExportTest};
pub use recorded::RecordedExport;
pub use schedule::{Every, ScheduleDraft};

use crate::message::kind::list;
use crate::problem::{FieldProblem, Problem};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

list! {
    /// A log that rows are taken from.
    Source {
        Activity = "activity" "What happened in the store.",
        Messages = "messages" "What was sent and received.",
        Threads = "threads" "The conversations on orders; a row is an order.",
        Orders = "orders" "What is known of orders.",
        Customers = "customers" "What is known of customers.",
        Security = "security" "What was done to Storetrail itself.",
        Requests = "requests" "Each call to the panel and the API.",
    }
}
list! {
    /// How a file is written.
    ExportFormat {
        Csv = "csv" "Comma-separated values (RFC 4180), UTF-8.",
        Xlsx = "xlsx" "An Office Open XML workbook (ECMA-376).",
        Pdf = "pdf" "Pages to be read and printed.",
        JsonLines = "json_lines" "One JSON object a line, complete, with values before and after.",
    }
}
list! {
    /// Where an export stands.
    ExportStatus {
        Queued = "queued" "It waits for its turn.",
        Running = "running" "It is being written.",
        Completed = "completed" "Its file is there.",
        Failed = "failed" "It could not be written; it says why.",
        Cancelled = "cancelled" "Somebody stopped it.",
        Missed = "missed" "Storetrail was not running when it was due.",
        Expired = "expired" "Its file was deleted when its time was over.",
    }
}

/// How many ids a selection may name.
pub const MAX_IDS: usize = 10_000;

impl Source {
    /// Whether its entries are selected by ids that Storetrail gave them.
    pub const fn has_uuids(self) -> bool {
        matches!(
            self,
            Self::Activity | Self::Messages | Self::Security | Self::Requests
        )
    }

    /// Whether its entries can be erased, held and kept for so long one by one. The logs that watch are read-only for
    /// everyone.
    pub const fn is_erasable(self) -> bool {
        matches!(self, Self::Activity | Self::Messages)
    }
}

impl ExportFormat {
    /// The file name's ending.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
            Self::JsonLines => "jsonl",
        }
    }

    /// The media type (IANA).
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pdf => "application/pdf",
            Self::JsonLines => "application/jsonl",
        }
    }
}

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Selection {
    /// Those with these ids.
    Ids {
        /// Of which log.
        source: Source,
        /// Ids of entries, orders' numbers, customers' ids; at most 10,000.
        ids: Vec<String>,
    },
    /// Those that a query finds.
    Matching {
        /// Of which log.
        source: Source,
        /// The query language; for threads, orders and customers words.
        q: String,
        /// Nothing recorded after this mark (opaque, from a list, a count or a live view); none for now.
        #[serde(default)]
        up_to: Option<String>,
        /// But not those with these ids; at most 10,000.
        #[serde(default)]
        except: Vec<String>,
    },
}

impl Selection {
    /// Of which log.
    pub const fn source(&self) -> Source {
        match self {
            Self::Ids { source, .. } | Self::Matching { source, .. } => *source,
        }
    }

    /// The query, when it is one.
    pub fn q(&self) -> Option<&str> {
        match self {
            Self::Ids { .. } => None,
            Self::Matching { q, .. } => Some(q),
        }
    }

    /// The same rows as a query that is asked anew: without its mark.
    pub fn anew(&self) -> Self {
        let mut again = self.clone();
        if let Self::Matching { up_to, .. } = &mut again {
            *up_to = None;
        }
        again
    }

    /// # Errors
    /// No ids, or too many.
    pub fn check(&self) -> Result<(), Problem> {
        let (pointer, ids) = match self {
            Self::Ids { ids, .. } if ids.is_empty() => {
                return Err(Problem::field(
                    "/selection/ids",
                    "required",
                    "at least one id",
                ));
            }
            Self::Ids { ids, .. } => ("/selection/ids", ids),
            Self::Matching { except, .. } => ("/selection/except", except),
        };
        if ids.len() > MAX_IDS {
            let message = format!("at most {MAX_IDS} ids; a query selects more");
            return Err(Problem::field(pointer, "too_large", message));
        }
        if ids.iter().any(|id| id.contains('\0')) {
            return Err(Problem::field(pointer, "format", "an id has no NUL"));
        }
        Ok(())
    }
}

/// How the file looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportOptions {
    /// Its format.
    pub format: ExportFormat,
    /// Ids of columns in their order ([`columns`]); none for the usual ones. JSON Lines are complete whatever
    /// is named.
    #[serde(default)]
    pub columns: Vec<String>,
    /// IANA zone of its times; none for the store's.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// `en` or `ar`: its headings.
    #[serde(default = "english")]
    pub language: String,
    /// Whether a CSV file begins with a byte order mark, which some spreadsheets need to read it as UTF-8.
    #[serde(default)]
    pub has_bom: bool,
    /// What it is called, at most 100 characters; none for a name made from the log and the day.
    #[serde(default)]
    pub name: Option<String>,
}

fn english() -> String {
    "en".to_owned()
}

impl ExportOptions {
    /// The usual options of a format.
    pub fn of(format: ExportFormat) -> Self {
        Self {
            format,
            columns: Vec::new(),
            time_zone: None,
            language: english(),
            has_bom: false,
            name: None,
        }
    }

    /// The columns of a file of that log.
    pub fn columns_of(&self, source: Source) -> Vec<&'static str> {
        let chosen: Vec<&'static str> = self
            .columns
            .iter()
            .filter_map(|id| columns(source).iter().copied().find(|column| column == id))
            .collect();
        if chosen.is_empty() {
            default_columns(source).to_vec()
        } else {
            chosen
        }
    }

    /// The options with their name trimmed. Whether the time zone exists is the caller's to check.
    ///
    /// # Errors
    /// Each wrong field: unknown or repeated columns, a language that is neither `en` nor `ar`, a name that
    /// is too long or holds control characters.
    pub fn checked(mut self, source: Source) -> Result<Self, Problem> {
        let mut problems = Vec::new();
        let mut wrong = |pointer: &str, code: &str, message: String| {
            problems.push(FieldProblem {
                pointer: pointer.to_owned(),
                code: code.to_owned(),
                message,
            });
        };
        for (at, id) in self.columns.iter().enumerate() {
            let pointer = format!("/options/columns/{at}");
            if !columns(source).contains(&id.as_str()) {
                let known = columns(source).join(", ");
                wrong(&pointer, "unknown", format!("one of {known}"));
            } else if self.columns[..at].contains(id) {
                wrong(&pointer, "contradiction", "each column once".to_owned());
            }
        }
        if !matches!(self.language.as_str(), "en" | "ar") {
            wrong("/options/language", "unknown", "`en` or `ar`".to_owned());
        }
        self.name = self
            .name
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty());
        if let Some(name) = &self.name {
            if name.chars().count() > 100 {
                wrong(
                    "/options/name",
                    "too_long",
                    "at most 100 characters".to_owned(),
                );
            }
            if name.chars().any(char::is_control) {
                wrong(
                    "/options/name",
                    "format",
                    "no control characters".to_owned(),
                );
            }
        }
        problems.truncate(50);
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(Problem::invalid_fields(problems))
        }
    }
}
