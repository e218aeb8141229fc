//! An export that the shop made itself, as it is told over the API.

use super::{ExportFormat, ExportStatus};
use crate::problem::{FieldProblem, Problem};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What the shop tells of a file it made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedExport {
    /// What it is called, 1 to 200 characters.
    pub name: String,
    /// What it is of, in the shop's own words, such as `orders` or `sales_report`; 1 to 100 characters.
    pub category: String,
    /// The shop's filter, as text of at most 2,000 characters.
    #[serde(default)]
    pub filter: Option<String>,
    /// Who asked for it there, at most 200 characters; none for the key's name.
    #[serde(default)]
    pub requester: Option<String>,
    /// [`ExportStatus::Completed`] or [`ExportStatus::Failed`].
    pub outcome: ExportStatus,
    /// Why it failed, at most 2,000 characters.
    #[serde(default)]
    pub error: Option<String>,
    /// How it is written, if it is a format known here.
    #[serde(default)]
    pub format: Option<ExportFormat>,
    /// How many rows it has.
    #[serde(default)]
    pub rows: Option<u64>,
    /// When it was made; none for now.
    #[serde(default)]
    pub occurred_at: Option<DateTime<Utc>>,
}

impl RecordedExport {
    /// The same with its texts trimmed.
    ///
    /// # Errors
    /// Each wrong field.
    pub fn checked(mut self) -> Result<Self, Problem> {
        let mut problems: Vec<FieldProblem> = Vec::new();
        let mut wrong = |field: &str, code: &str, message: &str| {
            problems.push(FieldProblem {
                pointer: format!("/{field}"),
                code: code.to_owned(),
                message: message.to_owned(),
            });
        };
        self.name = self.name.trim().to_owned();
        self.category = self.category.trim().to_owned();
        for (field, text, most) in [("name", &self.name, 200), ("category", &self.category, 100)] {
            if text.is_empty() {
                wrong(field, "required", "it must not be empty");
            } else if text.chars().count() > most {
                wrong(field, "too_long", &format!("at most {most} characters"));
            } else if text.chars().any(char::is_control) {
                wrong(field, "format", "no control characters");
            }
        }
        for (field, text, most) in [
            ("filter", &self.filter, 2_000),
            ("requester", &self.requester, 200),
            ("error", &self.error, 2_000),
        ] {
            let text = text.as_deref().unwrap_or_default();
            if text.chars().count() > most {
                wrong(field, "too_long", &format!("at most {most} characters"));
            } else if text.contains('\0') {
                wrong(field, "format", "no NUL");
            }
        }
        match self.outcome {
            ExportStatus::Completed if self.error.is_some() => {
                wrong(
                    "error",
                    "contradiction",
                    "only a failed export has an error",
                );
            }
            ExportStatus::Completed | ExportStatus::Failed => {}
            _ => wrong("outcome", "format", "`completed` or `failed`"),
        }
        if self.rows.is_some_and(|rows| i64::try_from(rows).is_err()) {
            wrong("rows", "out_of_range", "at most 9223372036854775807");
        }
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(Problem::invalid_fields(problems))
        }
    }
}
