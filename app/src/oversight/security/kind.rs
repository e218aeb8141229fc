//! What the security log calls things: the words of its query, its filters, its legend.

use super::words::{event_label, kind_label, outcome_label};
use crate::activity::search::{Kind, Part};
use crate::activity::words::count_words;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::security::{SecurityEventName, SecurityKind, SecurityOutcome};
use domain::view::Count;

/// The security log.
pub static SECURITY: Kind = Kind {
    dialect: &domain::query::SECURITY,
    path: "/security",
    label: |locale| tr!(locale, oversight.security.query),
    placeholder: |locale| tr!(locale, oversight.security.placeholder),
    entries: events,
    description,
    value_label,
    glyph,
    filters: &["kind", "outcome"],
    filter_name,
    closed: &["kind", "outcome", "has"],
    guessed: &[],
    legend: &[
        Part::of("outcome", "success", "of-success"),
        Part::of("outcome", "denied", "of-pending"),
        Part::of("outcome", "failed", "of-failed"),
    ],
    legend_label: |locale| tr!(locale, activity.column.outcome),
    few: "outcome",
    recent: "security",
};

/// `3,482 events`.
pub fn events(locale: Locale, count: Count) -> String {
    tr!(
        locale,
        oversight.security.events,
        count = count.count,
        n = count_words(count)
    )
}

/// The group of a name in the query.
pub fn kind_of(name: &str) -> Option<SecurityKind> {
    SecurityKind::ALL
        .iter()
        .copied()
        .find(|kind| kind.as_str() == name)
}

fn value_label(locale: Locale, qualifier: &str, value: &str) -> Option<&'static str> {
    match qualifier {
        "kind" => kind_of(value).map(|kind| kind_label(locale, kind)),
        "outcome" => SecurityOutcome::ALL
            .iter()
            .copied()
            .find(|outcome| outcome.as_str() == value)
            .map(|outcome| outcome_label(locale, outcome)),
        "event" => value
            .parse::<SecurityEventName>()
            .ok()
            .map(|event| event_label(locale, event)),
        "has" => match value {
            "new_address" => Some(tr!(locale, oversight.has.new_address)),
            "new_device" => Some(tr!(locale, oversight.has.new_device)),
            "changes" => Some(tr!(locale, oversight.has.changes)),
            _ => None,
        },
        _ => None,
    }
}

fn filter_name(locale: Locale, qualifier: &str) -> &'static str {
    match qualifier {
        "kind" => tr!(locale, oversight.security.kind),
        _ => tr!(locale, activity.filter.outcome),
    }
}

fn glyph(qualifier: &str, value: Option<&str>) -> Glyph {
    match (qualifier, value) {
        ("kind", Some(value)) => kind_of(value).map_or(icons::SHIELD, super::words::kind_glyph),
        ("outcome", Some("failed")) => icons::CIRCLE_ALERT,
        ("outcome", Some("denied")) => icons::BAN,
        ("outcome", _) => icons::CHECK,
        ("who", _) => icons::USER,
        ("role", _) => icons::SHIELD,
        ("ip", _) => icons::GLOBE,
        ("subject", _) => icons::TAG,
        ("request", _) => icons::ARROW_LEFT_RIGHT,
        ("id", _) => icons::HASH,
        ("created", _) => icons::CALENDAR,
        _ => icons::SHIELD,
    }
}

fn description(locale: Locale, qualifier: &str) -> &'static str {
    match qualifier {
        "event" => tr!(locale, oversight.qualifier.event),
        "kind" => tr!(locale, oversight.qualifier.kind),
        "outcome" => tr!(locale, activity.qualifier.outcome),
        "who" => tr!(locale, oversight.qualifier.who),
        "role" => tr!(locale, activity.qualifier.role),
        "ip" => tr!(locale, activity.qualifier.ip),
        "subject" => tr!(locale, oversight.qualifier.subject),
        "reason" => tr!(locale, oversight.qualifier.reason),
        "request" => tr!(locale, oversight.qualifier.request),
        "id" => tr!(locale, activity.qualifier.id),
        "created" => tr!(locale, activity.qualifier.created),
        "has" => tr!(locale, oversight.qualifier.has),
        _ => "",
    }
}
