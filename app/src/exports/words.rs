//! What is said of an export: its source, format, status, size, why it failed.

use crate::activity::words::number;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::export::{ExportFormat, ExportStatus, Source};
use domain::view::{Count, ExportRow};

/// `4 exports`.
pub fn exports(locale: Locale, count: Count) -> String {
    tr!(
        locale,
        exports.exports,
        count = count.count,
        n = number(count.count)
    )
}

/// What an export is of.
pub fn source_label(locale: Locale, source: Source) -> &'static str {
    match source {
        Source::Activity => tr!(locale, exports.source.activity),
        Source::Messages => tr!(locale, exports.source.messages),
        Source::Threads => tr!(locale, exports.source.threads),
        Source::Orders => tr!(locale, exports.source.orders),
        Source::Customers => tr!(locale, exports.source.customers),
        Source::Security => tr!(locale, exports.source.security),
        Source::Requests => tr!(locale, exports.source.requests),
    }
}

/// So many records of a source: `3,482 entries`.
pub fn records(locale: Locale, source: Source, count: u64) -> String {
    let n = number(count);
    match source {
        Source::Activity => tr!(locale, exports.records.activity, count = count, n = n),
        Source::Messages => tr!(locale, exports.records.messages, count = count, n = n),
        Source::Threads => tr!(locale, exports.records.threads, count = count, n = n),
        Source::Orders => tr!(locale, exports.records.orders, count = count, n = n),
        Source::Customers => tr!(locale, exports.records.customers, count = count, n = n),
        Source::Security => tr!(locale, exports.records.security, count = count, n = n),
        Source::Requests => tr!(locale, exports.records.requests, count = count, n = n),
    }
}

/// The icon of a source.
pub const fn source_glyph(source: Source) -> Glyph {
    match source {
        Source::Activity => icons::ACTIVITY,
        Source::Messages => icons::MAIL,
        Source::Threads => icons::MESSAGE_SQUARE_TEXT,
        Source::Orders => icons::SHOPPING_BAG,
        Source::Customers => icons::USERS,
        Source::Security => icons::SHIELD,
        Source::Requests => icons::ARROW_LEFT_RIGHT,
    }
}

/// A format's name, the same in every language.
pub const fn format_name(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "CSV",
        ExportFormat::Xlsx => "XLSX",
        ExportFormat::Pdf => "PDF",
        ExportFormat::JsonLines => "JSON Lines",
    }
}

/// What a format is good for.
pub fn format_text(locale: Locale, format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => tr!(locale, exports.format.csv),
        ExportFormat::Xlsx => tr!(locale, exports.format.xlsx),
        ExportFormat::Pdf => tr!(locale, exports.format.pdf),
        ExportFormat::JsonLines => tr!(locale, exports.format.json_lines),
    }
}

/// A status in a word.
pub fn status_label(locale: Locale, status: ExportStatus) -> &'static str {
    match status {
        ExportStatus::Queued => tr!(locale, exports.status.queued),
        ExportStatus::Running => tr!(locale, exports.status.running),
        ExportStatus::Completed => tr!(locale, exports.status.completed),
        ExportStatus::Failed => tr!(locale, exports.status.failed),
        ExportStatus::Cancelled => tr!(locale, exports.status.cancelled),
        ExportStatus::Missed => tr!(locale, exports.status.missed),
        ExportStatus::Expired => tr!(locale, exports.status.expired),
    }
}

/// A status as a class and an icon.
pub const fn status_mark(status: ExportStatus) -> (&'static str, Glyph) {
    match status {
        ExportStatus::Queued => ("pending", icons::CLOCK),
        ExportStatus::Running => ("pending", icons::LOADER),
        ExportStatus::Completed => ("success", icons::CHECK),
        ExportStatus::Failed => ("failed", icons::CIRCLE_ALERT),
        ExportStatus::Cancelled => ("", icons::BAN),
        ExportStatus::Missed => ("pending", icons::TRIANGLE_ALERT),
        ExportStatus::Expired => ("", icons::TRASH),
    }
}

/// Whether something is still to be made.
pub const fn is_under_way(status: ExportStatus) -> bool {
    matches!(status, ExportStatus::Queued | ExportStatus::Running)
}

/// Where the file is fetched.
pub fn file_href(row: &ExportRow) -> String {
    format!("/exports/{}/file", row.id)
}

/// How far it is, as a part of a thousand; none while that is not known.
pub fn progress(row: &ExportRow) -> Option<u64> {
    let total = row.total.filter(|total| *total > 0)?;
    Some((row.rows.min(total) * 1_000) / total)
}

/// `120,000 of 482,113 rows, about 4 s left`.
pub fn progress_words(locale: Locale, row: &ExportRow) -> String {
    if row.status == ExportStatus::Queued {
        return tr!(locale, exports.waits).to_owned();
    }
    let rows = match row.total {
        Some(total) => tr!(
            locale,
            exports.rows_of,
            count = total,
            rows = number(row.rows),
            total = number(total)
        ),
        None => tr!(locale, exports.rows, count = row.rows, n = number(row.rows)),
    };
    match row.seconds_left {
        Some(seconds) if seconds >= 90 => {
            let minutes = seconds.div_ceil(60);
            let left = tr!(locale, exports.minutes_left, count = minutes, n = minutes);
            format!("{rows} · {left}")
        }
        Some(seconds) => {
            let left = tr!(locale, exports.seconds_left, count = seconds, n = seconds);
            format!("{rows} · {left}")
        }
        None => rows,
    }
}

/// `482,113 rows`.
pub fn rows(locale: Locale, count: u64) -> String {
    tr!(locale, exports.rows, count = count, n = number(count))
}

/// A size in bytes, as people say it: powers of a thousand, one decimal below ten.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1_000;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", tenths / 10)
    }
}

/// Why it failed, or why its file went before its time, in words; what the shop reported in its own.
pub fn error_text(locale: Locale, row: &ExportRow) -> Option<String> {
    let known = match row.error_code.as_deref()? {
        "disk_full" => tr!(locale, exports.error.disk_full),
        "not_allowed" => tr!(locale, exports.error.not_allowed),
        "invalid_query" => tr!(locale, exports.error.invalid_query),
        "interrupted" => tr!(locale, exports.error.interrupted),
        "internal" => tr!(locale, exports.error.internal),
        "erased" => tr!(locale, exports.error.erased),
        "gone" => tr!(locale, exports.error.gone),
        _ => return row.error.clone(),
    };
    Some(known.to_owned())
}

/// How many were left out, when any were.
pub fn excepted_words(locale: Locale, excepted: u64) -> Option<String> {
    (excepted > 0).then(|| {
        tr!(
            locale,
            exports.excepted,
            count = excepted,
            n = number(excepted)
        )
    })
}

/// How many of what was picked are no longer there, when any are.
pub fn missing_words(locale: Locale, missing: u64) -> Option<String> {
    (missing > 0).then(|| {
        tr!(
            locale,
            exports.missing,
            count = missing,
            n = number(missing)
        )
    })
}

/// What it is of: the log, or what the shop says of one that it made.
pub fn kind_words(locale: Locale, row: &ExportRow) -> String {
    row.source.map_or_else(
        || row.kind.clone(),
        |source| source_label(locale, source).to_owned(),
    )
}

/// Its name, else what it is of.
pub fn name_of(locale: Locale, row: &ExportRow) -> String {
    if row.name.is_empty() {
        kind_words(locale, row)
    } else {
        row.name.clone()
    }
}

/// The format's name; none where the shop named none that is known.
pub fn format_of(row: &ExportRow) -> Option<&'static str> {
    row.options
        .as_ref()
        .map(|options| format_name(options.format))
}

/// The head of a column of a log's file, by its id; the id itself where it has no words. The files' own headings stand in
/// `server/src/export/words.rs`, where a test holds both together.
pub fn column_label(locale: Locale, source: Option<Source>, column: &str) -> String {
    // As the files have it: the same id is another thing in another log.
    let own = match (source, column) {
        (Some(Source::Messages | Source::Threads), "subject") => "message.subject",
        (Some(Source::Customers), "id") => "customer",
        (_, column) => column,
    };
    let known = match own {
        "time" => tr!(locale, exports.column.time),
        "action" => tr!(locale, exports.column.action),
        "outcome" => tr!(locale, exports.column.outcome),
        "actor" => tr!(locale, exports.column.actor),
        "actor_email" => tr!(locale, exports.column.actor_email),
        "subject" => tr!(locale, exports.column.subject),
        "message.subject" => tr!(locale, exports.column.message_subject),
        "description" => tr!(locale, exports.column.description),
        "change" => tr!(locale, exports.column.change),
        "ip" => tr!(locale, exports.column.ip),
        "id" => tr!(locale, exports.column.id),
        "seq" => tr!(locale, exports.column.seq),
        "categories" => tr!(locale, exports.column.categories),
        "actor_type" => tr!(locale, exports.column.actor_type),
        "actor_id" => tr!(locale, exports.column.actor_id),
        "actor_role" => tr!(locale, exports.column.actor_role),
        "subject_type" => tr!(locale, exports.column.subject_type),
        "subject_id" => tr!(locale, exports.column.subject_id),
        "error" => tr!(locale, exports.column.error),
        "change_count" => tr!(locale, exports.column.change_count),
        "operation" => tr!(locale, exports.column.operation),
        "changes" => tr!(locale, exports.column.changes),
        "rule" => tr!(locale, exports.column.rule),
        "related" => tr!(locale, exports.column.related),
        "device" => tr!(locale, exports.column.device),
        "user_agent" => tr!(locale, exports.column.user_agent),
        "trace" => tr!(locale, exports.column.trace),
        "details" => tr!(locale, exports.column.details),
        "channel" => tr!(locale, exports.column.channel),
        "direction" => tr!(locale, exports.column.direction),
        "type" => tr!(locale, exports.column.kind_of),
        "status" => tr!(locale, exports.column.status),
        "read" => tr!(locale, exports.column.read),
        "from" => tr!(locale, exports.column.from),
        "to" => tr!(locale, exports.column.to),
        "text" => tr!(locale, exports.column.text),
        "order" => tr!(locale, exports.column.order),
        "customer_name" => tr!(locale, exports.column.customer_name),
        "customer" => tr!(locale, exports.column.customer),
        "reason" => tr!(locale, exports.column.reason),
        "provider_words" => tr!(locale, exports.column.provider_words),
        "template" => tr!(locale, exports.column.template),
        "attachments" => tr!(locale, exports.column.attachments),
        "attempts" => tr!(locale, exports.column.attempts),
        "caused_by" => tr!(locale, exports.column.caused_by),
        "kind" => tr!(locale, exports.column.entry),
        "number" => tr!(locale, exports.column.number),
        "placed_at" => tr!(locale, exports.column.placed_at),
        "total" => tr!(locale, exports.column.total),
        "currency" => tr!(locale, exports.column.currency),
        "assigned_to" => tr!(locale, exports.column.assigned_to),
        "message_count" => tr!(locale, exports.column.message_count),
        "waiting_since" => tr!(locale, exports.column.waiting_since),
        "name" => tr!(locale, exports.column.name),
        "email" => tr!(locale, exports.column.email),
        "phone" => tr!(locale, exports.column.phone),
        "groups" => tr!(locale, exports.column.groups),
        "event" => tr!(locale, exports.column.event),
        "event_kind" => tr!(locale, exports.column.event_kind),
        "words" => tr!(locale, exports.column.words),
        "account" => tr!(locale, exports.column.account),
        "count" => tr!(locale, exports.column.count),
        "new_address" => tr!(locale, exports.column.new_address),
        "new_device" => tr!(locale, exports.column.new_device),
        "request" => tr!(locale, exports.column.request),
        "surface" => tr!(locale, exports.column.surface),
        "method" => tr!(locale, exports.column.method),
        "path" => tr!(locale, exports.column.path),
        "route" => tr!(locale, exports.column.route),
        "http_status" => tr!(locale, exports.column.http_status),
        "duration_ms" => tr!(locale, exports.column.duration_ms),
        "effects" => tr!(locale, exports.column.effects),
        "query" => tr!(locale, exports.column.query),
        "body" => tr!(locale, exports.column.body),
        "body_bytes" => tr!(locale, exports.column.body_bytes),
        "viewed" => tr!(locale, exports.column.viewed),
        _ => return column.to_owned(),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_one_decimal_below_ten() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_000), "1.0 kB");
        assert_eq!(size(9_999), "9.9 kB");
        assert_eq!(size(10_000), "10 kB");
        assert_eq!(size(999_999), "999 kB");
        assert_eq!(size(1_234_567), "1.2 MB");
        assert_eq!(size(45_000_000_000), "45 GB");
    }
}
