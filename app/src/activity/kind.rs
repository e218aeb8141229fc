//! What the activity log calls things: the words of its query, its filters, its legend.

use super::address::PATH;
use super::search::{Kind, Part};
use super::words::{
    action_label, actor_type_label, category_label, entries, outcome_label, outcome_mark,
};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::Outcome;

/// The activity log.
pub static ACTIVITY: Kind = Kind {
    dialect: &domain::query::ACTIVITY,
    path: PATH,
    label: |locale| tr!(locale, activity.query.label),
    placeholder: |locale| tr!(locale, activity.query.placeholder),
    entries,
    description,
    value_label,
    glyph,
    filters: &["actor", "category", "action", "outcome"],
    filter_name,
    closed: &["category", "outcome"],
    guessed: &["actor", "subject"],
    legend: &[
        Part::of("outcome", "success", "of-success"),
        Part::of("outcome", "pending", "of-pending"),
        Part::of("outcome", "failed", "of-failed"),
    ],
    legend_label: |locale| tr!(locale, activity.column.outcome),
    few: "outcome",
    recent: "activity",
};

fn value_label(locale: Locale, qualifier: &str, value: &str) -> Option<&'static str> {
    match qualifier {
        "category" => value.parse().ok().map(|c| category_label(locale, c)),
        "outcome" => value.parse().ok().map(|o| outcome_label(locale, o)),
        "action" => action_label(locale, value),
        "actor" => actor_type_label(locale, value),
        _ => None,
    }
}

fn filter_name(locale: Locale, qualifier: &str) -> &'static str {
    match qualifier {
        "actor" => tr!(locale, activity.filter.user),
        "category" => tr!(locale, activity.filter.category),
        "action" => tr!(locale, activity.filter.action),
        _ => tr!(locale, activity.filter.outcome),
    }
}

fn glyph(qualifier: &str, value: Option<&str>) -> Glyph {
    if let ("outcome", Some(Ok(outcome))) = (qualifier, value.map(str::parse::<Outcome>)) {
        return outcome_mark(outcome).1;
    }
    match qualifier {
        "actor" => icons::USER,
        "role" => icons::SHIELD,
        "category" | "operation" => icons::LAYERS,
        "outcome" => icons::CIRCLE_ALERT,
        "ip" => icons::GLOBE,
        "device" => icons::SMARTPHONE,
        "subject" => icons::TAG,
        "about" => icons::LINK,
        "order" => icons::SHOPPING_BAG,
        "changed" => icons::PEN_LINE,
        "rule" => icons::ZAP,
        "trace" => icons::FINGERPRINT,
        "id" => icons::HASH,
        "created" => icons::CALENDAR,
        "has" => icons::LIST_FILTER,
        _ => icons::ACTIVITY,
    }
}

fn description(locale: Locale, qualifier: &str) -> &'static str {
    match qualifier {
        "actor" => tr!(locale, activity.qualifier.actor),
        "role" => tr!(locale, activity.qualifier.role),
        "action" => tr!(locale, activity.qualifier.action),
        "category" => tr!(locale, activity.qualifier.category),
        "outcome" => tr!(locale, activity.qualifier.outcome),
        "ip" => tr!(locale, activity.qualifier.ip),
        "device" => tr!(locale, activity.qualifier.device),
        "subject" => tr!(locale, activity.qualifier.subject),
        "about" => tr!(locale, activity.qualifier.about),
        "order" => tr!(locale, activity.qualifier.order),
        "changed" => tr!(locale, activity.qualifier.changed),
        "rule" => tr!(locale, activity.qualifier.rule),
        "operation" => tr!(locale, activity.qualifier.operation),
        "trace" => tr!(locale, activity.qualifier.trace),
        "id" => tr!(locale, activity.qualifier.id),
        "created" => tr!(locale, activity.qualifier.created),
        "has" => tr!(locale, activity.qualifier.has),
        _ => "",
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::activity::clock::Moment;
    use crate::activity::search::Search;
    use leptos::prelude::*;

    /// Runs something with a search of an empty log.
    pub fn search<T>(run: impl FnOnce(Search) -> T) -> T {
        let owner = Owner::new();
        owner.with(|| {
            run(Search {
                locale: Locale::en,
                kind: &ACTIVITY,
                q: Memo::new(|_| String::new()),
                beside: Memo::new(|_| Vec::new()),
                shown: Signal::derive(String::new),
                draft: RwSignal::new(String::new()),
                mistakes: RwSignal::new(Vec::new()),
                plot: RwSignal::new(None),
                matching: Signal::derive(|| None),
                moment: Moment::new(chrono::DateTime::UNIX_EPOCH, 0),
                reader: StoredValue::new(String::new()),
                go: Callback::new(|_| {}),
                count: Callback::new(|_| None),
            })
        })
    }
}
