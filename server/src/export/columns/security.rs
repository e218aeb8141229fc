//! The cells of a security event.

use super::activity::{line_of, name_of};
use crate::export::sheet::{Cell, Language};
use crate::export::words::{of_activity, of_oversight, word};
use app::oversight::told;
use domain::view::{SecurityDetail, SecurityRow};

/// The value of one column. Columns that need the details are empty without them.
pub fn cell<'a>(
    row: &'a SecurityRow,
    detail: Option<&'a SecurityDetail>,
    id: &str,
    language: Language,
) -> Cell<'a> {
    let subject = row.subject.as_ref();
    let yes_or_no = |is_so: bool| {
        let id = if is_so { "yes" } else { "no" };
        Cell::words(word(language, id).to_owned())
    };
    match id {
        "time" => Cell::Time(row.occurred_at),
        "event" => Cell::words(told::event(language.tag(), row.event).to_owned()),
        "event_kind" => Cell::words(of_oversight(language, "kind", row.kind.as_str())),
        "words" => Cell::text(Some(told::words(language.tag(), row)).filter(|w| !w.is_empty())),
        "outcome" => Cell::words(of_oversight(language, "outcome", row.outcome.as_str())),
        "actor" => Cell::text(
            told::is_somebody(&row.actor)
                .then(|| name_of(&row.actor))
                .flatten(),
        ),
        "actor_email" => Cell::text(row.actor.email.as_deref()),
        "actor_role" => Cell::text(row.actor.role.as_deref()),
        "actor_type" => Cell::words(of_activity(language, "actor_type", row.actor.kind.as_str())),
        "account" => Cell::text(row.account.as_deref()),
        "subject" => Cell::text(subject.map(|s| s.name.as_deref().unwrap_or(&s.id))),
        "subject_type" => Cell::text(subject.map(|s| s.kind.as_str())),
        "subject_id" => Cell::text(subject.map(|s| s.id.as_str())),
        "reason" => Cell::text(
            row.reason
                .as_deref()
                .map(|reason| of_oversight(language, "reason", reason)),
        ),
        "change" => Cell::text(row.first_change.as_ref().map(line_of)),
        "ip" => Cell::text(row.ip.as_deref()),
        "device" => Cell::text(row.device.as_deref()),
        "count" => Cell::Integer(row.count.into()),
        "new_address" => yes_or_no(row.is_new_address),
        "new_device" => yes_or_no(row.is_new_device),
        "request" => Cell::text(row.request_id.as_deref()),
        "details" => Cell::text(row.details.as_ref().map(ToString::to_string)),
        "seq" => row.seq.map_or(Cell::Empty, |seq| Cell::Integer(seq.0)),
        "id" => Cell::words(row.id.to_string()),
        "changes" => {
            let changes = detail.map(|detail| detail.event.changes.as_slice());
            let lines: Vec<String> = changes.unwrap_or_default().iter().map(line_of).collect();
            Cell::text(Some(lines.join("\n")).filter(|lines| !lines.is_empty()))
        }
        "user_agent" => Cell::text(detail.and_then(|d| d.event.origin.user_agent.as_deref())),
        _ => Cell::Empty,
    }
}
