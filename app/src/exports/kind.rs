//! What the export log calls things: the words of its query and its filters.

use super::PATH;
use super::words::{exports, format_name, source_label, status_label};
use crate::activity::search::Kind;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::export::{ExportFormat, ExportStatus, Source};

/// The export log.
pub static EXPORTS: Kind = Kind {
    dialect: &domain::query::EXPORT,
    path: PATH,
    label: |locale| tr!(locale, exports.query.label),
    placeholder: |locale| tr!(locale, exports.query.placeholder),
    entries: exports,
    description,
    value_label,
    glyph,
    filters: &["kind", "format", "status"],
    filter_name,
    closed: &["kind", "format", "status"],
    guessed: &[],
    legend: &[],
    legend_label: |locale| tr!(locale, exports.filter.status),
    few: "status",
    recent: "exports",
};

fn value_label(locale: Locale, qualifier: &str, value: &str) -> Option<&'static str> {
    match qualifier {
        "kind" => value
            .parse::<Source>()
            .ok()
            .map(|source| source_label(locale, source)),
        "format" => value.parse::<ExportFormat>().ok().map(format_name),
        "status" => value
            .parse::<ExportStatus>()
            .ok()
            .map(|status| status_label(locale, status)),
        _ => None,
    }
}

fn filter_name(locale: Locale, qualifier: &str) -> &'static str {
    match qualifier {
        "kind" => tr!(locale, exports.filter.kind),
        "format" => tr!(locale, exports.filter.format),
        _ => tr!(locale, exports.filter.status),
    }
}

fn glyph(qualifier: &str, _value: Option<&str>) -> Glyph {
    match qualifier {
        "format" => icons::FILE_DOWN,
        "status" => icons::CIRCLE_CHECK,
        "by" => icons::USER,
        "created" => icons::CALENDAR,
        "id" => icons::HASH,
        _ => icons::LAYERS,
    }
}

fn description(locale: Locale, qualifier: &str) -> &'static str {
    match qualifier {
        "kind" => tr!(locale, exports.qualifier.kind),
        "format" => tr!(locale, exports.qualifier.format),
        "status" => tr!(locale, exports.qualifier.status),
        "by" => tr!(locale, exports.qualifier.by),
        "created" => tr!(locale, exports.qualifier.created),
        "id" => tr!(locale, exports.qualifier.id),
        _ => "",
    }
}
