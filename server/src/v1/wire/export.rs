//! Exports: files taken out of the logs, here or by the shop.

use super::Time;
use domain::export::ExportOptions;
use domain::view;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An export: asked for here, or made by the shop and recorded.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Export {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// The log it is of, or the category of one that the shop made.
    #[schema(examples("activity"))]
    pub kind: String,
    /// The query, when it is of one; of a recorded one the shop's filter.
    #[schema(required)]
    pub q: Option<String>,
    /// How many entries were picked by id, when it is of no query.
    #[schema(required)]
    pub picked: Option<u64>,
    /// How many of what the query finds were left out by id.
    pub excepted: u64,
    /// How many of the entries that were picked were not there any more when it was asked for.
    pub missing: u64,
    /// `csv`, `xlsx`, `pdf` or `json_lines`; null when the shop told none.
    #[schema(required)]
    pub format: Option<String>,
    /// `queued`, `running`, `completed`, `failed`, `cancelled`, `missed` or `expired`.
    #[schema(examples("completed"))]
    pub status: String,
    /// How many rows are written.
    pub rows: u64,
    /// How many there will be, as far as is known.
    #[schema(required)]
    pub total: Option<u64>,
    /// How large the file is.
    #[schema(required)]
    pub bytes: Option<u64>,
    /// The file's SHA-256, lower-case hexadecimal.
    #[schema(required)]
    pub sha256: Option<String>,
    /// Why it failed, a stable code such as `disk_full`, `too_many_rows`, `not_allowed` or `reported`.
    #[schema(required)]
    pub error_code: Option<String>,
    /// Why it failed, in words.
    #[schema(required)]
    pub error: Option<String>,
    /// When it was asked for.
    pub requested_at: Time,
    /// When it ended.
    #[schema(required)]
    pub finished_at: Option<Time>,
    /// When its file is or was deleted.
    #[schema(required)]
    pub expires_at: Option<Time>,
    /// Who asked for it.
    pub by: String,
    /// Whether the shop made it.
    pub is_recorded: bool,
    /// Whether this caller can download its file now.
    pub has_file: bool,
    /// How many times it was downloaded.
    pub download_count: u64,
    /// How long it will still take, while it runs.
    #[schema(required)]
    pub seconds_left: Option<u64>,
}

impl From<view::ExportRow> for Export {
    fn from(row: view::ExportRow) -> Self {
        let format = row
            .options
            .as_ref()
            .map(|options: &ExportOptions| options.format);
        Self {
            id: row.id.0,
            name: row.name,
            kind: row.kind,
            q: row.q,
            picked: row.picked,
            excepted: row.excepted,
            missing: row.missing,
            format: format.map(|format| format.as_str().to_owned()),
            status: row.status.as_str().to_owned(),
            rows: row.rows,
            total: row.total,
            bytes: row.bytes,
            sha256: row.sha256,
            error_code: row.error_code,
            error: row.error,
            requested_at: Time(row.requested_at),
            finished_at: row.finished_at.map(Time),
            expires_at: row.expires_at.map(Time),
            by: row.by,
            is_recorded: row.is_recorded,
            has_file: row.has_file,
            download_count: row.download_count,
            seconds_left: row.seconds_left,
        }
    }
}

/// A page of the log of exports.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ExportList {
    /// Newest first.
    pub items: Vec<Export>,
    /// Pass it as `after` to go on; null at the end.
    #[schema(required)]
    pub next: Option<String>,
}

/// An export to be made, or with `record_only` one that the shop made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "source": "activity", "q": "outcome:failed created:7d", "format": "xlsx", "time_zone": "Asia/Riyadh",
    "name": "What failed this week"
}))]
pub struct ExportInput {
    /// Whether the shop made the export itself and it is only recorded here; false when left out.
    record_only: Option<bool>,
    /// Of which log: `activity`, `messages`, `threads`, `orders`, `customers`, `security` or `requests`. Needed unless `record_only`.
    source: Option<String>,
    /// The query language of that log; all of it when left out. Words for threads, orders and customers.
    q: Option<String>,
    /// Only entries with these ids, at most 10,000; not together with `q`.
    #[schema(min_items = 1, max_items = 10000)]
    ids: Option<Vec<String>>,
    /// `csv`, `xlsx`, `pdf` or `json_lines`. Needed unless `record_only`: then it may be left out.
    format: Option<String>,
    /// Ids of columns in their order; the usual ones when left out. JSON Lines are always complete.
    #[schema(min_items = 1, max_items = 100)]
    columns: Option<Vec<String>>,
    /// IANA zone of its times; the store's when left out.
    time_zone: Option<String>,
    /// `en` or `ar`: headings and words; `en` when left out.
    language: Option<String>,
    /// Whether a CSV file begins with a byte order mark, by which Excel knows UTF-8.
    bom: Option<bool>,
    /// What it is called, at most 100 characters. With `record_only` it is needed, and has at most 200.
    name: Option<String>,
    /// With `record_only`, and needed then: what it is of, in the shop's own words, such as `sales_report`; at most 100
    /// characters.
    category: Option<String>,
    /// With `record_only`: the shop's filter, as text of at most 2,000 characters.
    filter: Option<String>,
    /// With `record_only`: who asked for it in the shop, at most 200 characters; the key when left out.
    requester: Option<String>,
    /// With `record_only`: `completed` or `failed`; `completed` when left out.
    outcome: Option<String>,
    /// With `record_only`: why it failed, at most 2,000 characters; only with the outcome `failed`.
    error: Option<String>,
    /// With `record_only`: how many rows it has.
    #[schema(minimum = 0)]
    rows: Option<i64>,
    /// With `record_only`: when it was made; now when left out.
    #[schema(format = DateTime)]
    occurred_at: Option<String>,
    /// With `record_only`: the file itself; not with the outcome `failed`.
    file: Option<ExportFileInput>,
}

/// The file of an export that the shop made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportFileInput {
    /// Its name, 1 to 200 characters.
    name: String,
    /// Its bytes in base64 (RFC 4648 4).
    content: String,
}
