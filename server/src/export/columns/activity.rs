//! The cells of an activity.

use crate::export::sheet::{Cell, Language};
use crate::export::words::{of_activity, word};
use domain::diff::summary_of;
use domain::view::{ActivityDetail, ActivityRow};
use domain::{Actor, Change, Reference};

/// The value of one column. Columns that need the details are empty without them.
pub fn cell<'a>(
    row: &'a ActivityRow,
    detail: Option<&'a ActivityDetail>,
    id: &str,
    language: Language,
) -> Cell<'a> {
    let subject = row.subject.as_ref();
    match id {
        "time" => Cell::Time(row.occurred_at),
        "actor" => Cell::text(name_of(&row.actor)),
        "actor_email" => Cell::text(row.actor.email.as_deref()),
        "actor_role" => Cell::text(row.actor.role.as_deref()),
        "actor_type" => Cell::words(of_activity(language, "actor_type", row.actor.kind.as_str())),
        "actor_id" => Cell::text(row.actor.id.as_deref()),
        "action" => Cell::words(row.action.as_str()),
        "categories" => {
            let words: Vec<&str> = row
                .categories
                .iter()
                .map(|category| of_activity(language, "category", category.as_str()))
                .collect();
            Cell::words(words.join(", "))
        }
        "subject_type" => Cell::text(subject.map(|s| s.kind.as_str())),
        "subject_id" => Cell::text(subject.map(|s| s.id.as_str())),
        "subject" => Cell::text(subject.map(|s| s.name.as_deref().unwrap_or(&s.id))),
        "description" => Cell::text(row.description.as_deref()),
        "change" => Cell::text(row.first_change.as_ref().map(|change| {
            let line = line_of(change);
            match row.change_count {
                0 | 1 => line,
                count => format!("{line} (+{} {})", count - 1, word(language, "more")),
            }
        })),
        "change_count" => Cell::Integer(row.change_count.into()),
        "outcome" => Cell::words(of_activity(language, "outcome", row.outcome.as_str())),
        "error" => Cell::text(row.error.as_deref()),
        "ip" => Cell::text(row.ip.as_deref()),
        "operation" => Cell::text(row.operation_id.as_deref()),
        "seq" => row.seq.map_or(Cell::Empty, |seq| Cell::Integer(seq.0)),
        "id" => Cell::words(row.id.0.to_string()),
        _ => detail.map_or(Cell::Empty, |detail| detailed(detail, id)),
    }
}

fn detailed<'a>(detail: &'a ActivityDetail, id: &str) -> Cell<'a> {
    let lines = |lines: Vec<String>| match lines.is_empty() {
        true => Cell::Empty,
        false => Cell::words(lines.join("\n")),
    };
    match id {
        "changes" => lines(detail.changes.iter().map(line_of).collect()),
        "related" => lines(detail.related.iter().map(reference).collect()),
        "rule" => Cell::text(detail.rule.as_ref().map(|rule| rule.name.as_str())),
        "user_agent" => Cell::text(detail.user_agent.as_deref()),
        "device" => Cell::text(detail.device.as_deref()),
        "trace" => Cell::text(detail.trace_id.as_deref()),
        "details" => Cell::text(detail.details.as_ref().map(ToString::to_string)),
        _ => Cell::Empty,
    }
}

/// What an actor is called: by name, else address, else id, else kind.
pub fn name_of(actor: &Actor) -> Option<&str> {
    let known = [&actor.name, &actor.email, &actor.id];
    let called = known.into_iter().flatten().next();
    Some(called.map_or(actor.kind.as_str(), String::as_str))
}

/// `price: 120 → 95`.
pub fn line_of(change: &Change) -> String {
    let (before, after) = summary_of(change);
    format!("{}: {before} → {after}", change.field)
}

/// `order/1042 Order 1042`.
pub fn reference(reference: &Reference) -> String {
    match &reference.name {
        Some(name) => format!("{}/{} {name}", reference.kind, reference.id),
        None => format!("{}/{}", reference.kind, reference.id),
    }
}
