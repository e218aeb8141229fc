//! Which columns a file has, and what stands in them: one file a source.
//!
//! To add a source: a file with its cells, an arm in [`cells`], its columns in `domain::export`, their headings in
//! `words`.

mod activity;
mod message;
mod order;
mod request;
mod security;
mod thread;

use super::sheet::{Cell, Column, Language};
use super::words::word;
use domain::export::{ExportOptions, Source};
use storage::ExportItem;

/// How wide a column is beside the others, about in characters.
fn width(id: &str) -> u16 {
    match id {
        "time" | "placed_at" | "waiting_since" => 20,
        "description" | "change" | "changes" | "text" | "error" | "provider_words" | "related"
        | "details" | "reason" | "words" | "path" | "query" | "body" | "viewed" => 36,
        "actor" | "actor_email" | "from" | "to" | "subject" | "customer_name" | "action"
        | "email" | "name" | "user_agent" | "account" | "event" | "route" => 24,
        "id" => 36,
        "seq" | "attempts" | "attachments" | "currency" | "message_count" | "change_count"
        | "count" | "method" | "http_status" | "effects" | "body_bytes" => 10,
        _ => 14,
    }
}

/// The columns of a file.
pub fn columns(source: Source, options: &ExportOptions, language: Language) -> Vec<Column> {
    let ids = options.columns_of(source);
    ids.into_iter()
        .map(|id| Column {
            id,
            title: heading(source, id, language).to_owned(),
            width: width(id),
        })
        .collect()
}

fn heading(source: Source, id: &'static str, language: Language) -> &'static str {
    let own = match (source, id) {
        (Source::Messages | Source::Threads, "subject") => "message.subject",
        (Source::Customers, "id") => "customer",
        (_, id) => id,
    };
    word(language, own)
}

/// Puts the row of an item into `cells`, one a column.
pub fn cells<'a>(
    item: &'a ExportItem,
    columns: &[Column],
    language: Language,
    cells: &mut Vec<Cell<'a>>,
) {
    cells.clear();
    for column in columns {
        cells.push(match item {
            ExportItem::Activity(row) => activity::cell(row, None, column.id, language),
            ExportItem::WholeActivity(detail) => {
                activity::cell(&detail.row, Some(detail), column.id, language)
            }
            ExportItem::Message(row) => message::cell(row, None, column.id, language),
            ExportItem::WholeMessage(detail) => {
                message::cell(&detail.row, Some(detail), column.id, language)
            }
            ExportItem::Thread { order, item } => thread::cell(order, item, column.id, language),
            // A complete file alone holds it, and that has no cells.
            ExportItem::WholeThread { .. } => Cell::Empty,
            ExportItem::Order(row) => order::cell(row, column.id),
            ExportItem::Customer(row) => order::customer_cell(row, column.id),
            ExportItem::Security(row) => security::cell(row, None, column.id, language),
            ExportItem::WholeSecurity(detail) => {
                security::cell(&detail.row, Some(detail), column.id, language)
            }
            ExportItem::Request(row) => request::cell(row, None, column.id, language),
            ExportItem::WholeRequest { row, entry } => {
                request::cell(row, Some(entry), column.id, language)
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::export::{ExportFormat, columns as known};

    #[test]
    fn why_something_failed_is_one_of_the_usual_columns() {
        let options = ExportOptions::of(ExportFormat::Csv);
        let usual = columns(Source::Activity, &options, Language::English);
        let ids: Vec<&str> = usual.iter().map(|column| column.id).collect();
        assert_eq!(
            ids,
            [
                "time",
                "action",
                "outcome",
                "error",
                "actor",
                "actor_email",
                "subject",
                "description",
                "change",
                "ip",
            ]
        );
    }

    #[test]
    fn every_column_of_every_source_has_a_heading_in_both_languages() {
        for source in Source::ALL.iter().copied() {
            let mut options = ExportOptions::of(ExportFormat::Csv);
            options.columns = known(source).iter().map(|id| (*id).to_owned()).collect();
            for language in [Language::English, Language::Arabic] {
                let columns = columns(source, &options, language);
                assert_eq!(columns.len(), known(source).len());
                for column in columns {
                    assert_ne!(column.title, column.id, "{source} {}", column.id);
                }
            }
        }
    }
}
