//! What a reader is shown of exports and their schedules.

use super::Count;
use crate::export::{ExportOptions, ExportStatus, ScheduleDraft, Source};
use crate::message::DeliveryStatus;
use crate::{ExportId, MessageId, ScheduleId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How many rows a selection has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectionCount {
    /// All of them; always exact.
    pub count: Count,
    /// By category (activity) or channel (messages), the largest first; empty for other logs.
    pub kinds: Vec<(String, u64)>,
    /// How many of them a legal hold keeps from being erased.
    pub held: u64,
    /// Nothing recorded after this mark was counted: what is exported or erased names it.
    pub up_to: String,
}

/// One line of the log of exports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportRow {
    /// The export's id.
    pub id: ExportId,
    /// What it is called.
    pub name: String,
    /// The log it is of; none for one that the shop made.
    pub source: Option<Source>,
    /// The log's name, or the category of one that the shop made.
    pub kind: String,
    /// The query, when it is one; of a recorded one the shop's filter.
    pub q: Option<String>,
    /// How many ids were picked, when it is no query.
    pub picked: Option<u64>,
    /// How many of what the query finds were left out one by one.
    pub excepted: u64,
    /// How many of the ids that were picked were nothing any more when it was asked for.
    pub missing: u64,
    /// How the file looks; of a recorded one only the format counts.
    pub options: Option<ExportOptions>,
    /// Where it stands.
    pub status: ExportStatus,
    /// How many rows are written.
    pub rows: u64,
    /// How many there will be, as far as is known.
    pub total: Option<u64>,
    /// How large the file is.
    pub bytes: Option<u64>,
    /// The file's SHA-256, 64 hexadecimal digits.
    pub sha256: Option<String>,
    /// Why it failed, a stable code: `not_allowed`, `invalid_query`, `disk_full`, `interrupted`, `internal`, or
    /// `reported` for what the shop told; `erased` when the file went because something in it was erased, `gone` when it was missing
    /// in the server's folder.
    pub error_code: Option<String>,
    /// Why it failed, in words.
    pub error: Option<String>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// What the store's clock adds to UTC at that time, in minutes.
    pub offset_minutes: i32,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When its file is or was deleted.
    pub expires_at: Option<DateTime<Utc>>,
    /// Who asked for it.
    pub by: String,
    /// Whether this reader asked for it.
    pub is_own: bool,
    /// Whether the shop made it.
    pub is_recorded: bool,
    /// The schedule that asked for it.
    pub schedule: Option<ScheduleId>,
    /// Whether this reader can download it now.
    pub has_file: bool,
    /// How many times it was downloaded.
    pub download_count: u64,
    /// How long it will still take, while it runs.
    pub seconds_left: Option<u64>,
}

/// A page of the log of exports.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ExportPage {
    /// Newest first.
    pub rows: Vec<ExportRow>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
}

/// That somebody downloaded a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
}

/// That somebody was told of a file by email.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportEmail {
    /// To whom, or the mask.
    pub to: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The message.
    pub message: MessageId,
    /// Whether it arrived; none when the message was erased.
    pub status: Option<DeliveryStatus>,
}

/// An export with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportDetail {
    /// Its line.
    pub row: ExportRow,
    /// Newest first, at most 100.
    pub downloads: Vec<Download>,
    /// Newest first, at most 100.
    pub emails: Vec<ExportEmail>,
    /// To whom a link is still to be sent, or the mask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owed: Vec<String>,
    /// To whom none could be sent, or the mask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
}

/// A schedule and what became of it last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleView {
    /// Which one.
    pub id: ScheduleId,
    /// As it was written.
    pub draft: ScheduleDraft,
    /// With whose role it runs.
    pub by: String,
    /// When it runs next; none while it is off.
    pub next_at: Option<DateTime<Utc>>,
    /// What the store's clock adds to UTC at that time, in minutes.
    pub offset_minutes: i32,
    /// Its last export, if this reader may see it.
    pub last: Option<ExportRow>,
}

impl ScheduleView {
    /// Whether it was turned off because its owner may not export any more.
    pub fn rests_for_its_owner(&self) -> bool {
        let is_why = |last: &ExportRow| {
            last.error_code.as_deref() == Some("not_allowed") && last.by == self.by
        };
        !self.draft.is_on && self.last.as_ref().is_some_and(is_why)
    }
}

/// What goes over the socket about exports, in the topic `exports`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExportEvent {
    /// An export is new, or further.
    Export {
        /// As it is now.
        row: Box<ExportRow>,
    },
    /// Something was missed: load again.
    Resync {
        /// There is nothing to resume from; the list is the truth.
        mark: String,
    },
}

/// What is known of a customer, as files and search show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRow {
    /// The store's id for them, or the mask.
    pub id: String,
    /// Their name, or the mask.
    pub name: Option<String>,
    /// Their address, or the mask.
    pub email: Option<String>,
    /// Their number, or the mask.
    pub phone: Option<String>,
    /// The groups they are in.
    pub groups: Vec<String>,
}
