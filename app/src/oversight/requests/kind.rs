//! What the operations log calls things: the words of its query, its filters, its legend.

use super::words::surface_label;
use crate::activity::search::{Kind, Part};
use crate::activity::words::count_words;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::request::Surface;
use domain::view::Count;

/// The operations log.
pub static REQUESTS: Kind = Kind {
    dialect: &domain::query::REQUESTS,
    path: "/requests",
    label: |locale| tr!(locale, oversight.requests.query),
    placeholder: |locale| tr!(locale, oversight.requests.placeholder),
    entries: calls,
    description,
    value_label,
    glyph,
    filters: &["surface", "took"],
    filter_name,
    closed: &["surface", "took", "has"],
    guessed: &[],
    legend: &[
        Part::of("status", "2*", "of-success"),
        Part::of("status", "4*", "of-pending"),
        Part::of("status", "5*", "of-failed"),
    ],
    legend_label: |locale| tr!(locale, oversight.requests.status),
    few: "status",
    recent: "requests",
};

/// `3,482 calls`.
pub fn calls(locale: Locale, count: Count) -> String {
    tr!(
        locale,
        oversight.requests.calls,
        count = count.count,
        n = count_words(count)
    )
}

fn value_label(locale: Locale, qualifier: &str, value: &str) -> Option<&'static str> {
    match (qualifier, value) {
        ("surface", _) => Surface::ALL
            .iter()
            .copied()
            .find(|surface| surface.as_str() == value)
            .map(|surface| surface_label(locale, surface)),
        ("status", "2*") => Some(tr!(locale, oversight.requests.done)),
        ("status", "4*") => Some(tr!(locale, oversight.requests.refused)),
        ("status", "5*") => Some(tr!(locale, oversight.requests.failed)),
        ("took", "100ms") => Some(tr!(locale, oversight.took.tenth)),
        ("took", "500ms") => Some(tr!(locale, oversight.took.half)),
        ("took", "1s") => Some(tr!(locale, oversight.took.second)),
        ("took", "10s") => Some(tr!(locale, oversight.took.ten)),
        ("has", "query") => Some(tr!(locale, oversight.has.query)),
        ("has", "body") => Some(tr!(locale, oversight.has.body)),
        ("has", "views") => Some(tr!(locale, oversight.has.views)),
        _ => None,
    }
}

fn filter_name(locale: Locale, qualifier: &str) -> &'static str {
    match qualifier {
        "surface" => tr!(locale, oversight.requests.surface),
        _ => tr!(locale, oversight.requests.took),
    }
}

fn glyph(qualifier: &str, value: Option<&str>) -> Glyph {
    match (qualifier, value) {
        ("surface", Some("api")) => icons::KEY_ROUND,
        ("surface", Some("hook")) => icons::WEBHOOK,
        ("surface", _) => icons::MONITOR,
        ("took", _) => icons::GAUGE,
        ("status", Some("5*")) => icons::CIRCLE_ALERT,
        ("status", Some("4*")) => icons::BAN,
        ("who", _) => icons::USER,
        ("role", _) => icons::SHIELD,
        ("ip", _) => icons::GLOBE,
        ("viewed", _) => icons::EYE,
        ("trace", _) => icons::FINGERPRINT,
        ("id" | "request", _) => icons::HASH,
        ("created", _) => icons::CALENDAR,
        _ => icons::ARROW_LEFT_RIGHT,
    }
}

fn description(locale: Locale, qualifier: &str) -> &'static str {
    match qualifier {
        "who" => tr!(locale, oversight.qualifier.who),
        "role" => tr!(locale, activity.qualifier.role),
        "method" => tr!(locale, oversight.qualifier.method),
        "status" => tr!(locale, oversight.qualifier.status),
        "route" => tr!(locale, oversight.qualifier.route),
        "path" => tr!(locale, oversight.qualifier.path),
        "surface" => tr!(locale, oversight.qualifier.surface),
        "ip" => tr!(locale, activity.qualifier.ip),
        "took" => tr!(locale, oversight.qualifier.took),
        "viewed" => tr!(locale, oversight.qualifier.viewed),
        "request" => tr!(locale, oversight.qualifier.request),
        "trace" => tr!(locale, activity.qualifier.trace),
        "id" => tr!(locale, activity.qualifier.id),
        "created" => tr!(locale, activity.qualifier.created),
        "has" => tr!(locale, oversight.qualifier.has),
        _ => "",
    }
}
