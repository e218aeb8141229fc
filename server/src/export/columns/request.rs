//! The cells of a call.

use super::activity::{name_of, reference};
use crate::export::sheet::{Cell, Language};
use crate::export::words::{of_activity, of_oversight};
use app::oversight::told;
use domain::request::RequestEntry;
use domain::view::RequestRow;

/// The value of one column. Columns that need the content are empty without it.
pub fn cell<'a>(
    row: &'a RequestRow,
    entry: Option<&'a RequestEntry>,
    id: &str,
    language: Language,
) -> Cell<'a> {
    match id {
        "time" => Cell::Time(row.occurred_at),
        "surface" => Cell::words(of_oversight(language, "surface", row.surface.as_str())),
        "method" => Cell::words(row.method.as_str()),
        "path" => Cell::words(row.path.as_str()),
        "route" => Cell::text(Some(row.route.as_str()).filter(|route| !route.is_empty())),
        "http_status" => Cell::Integer(row.status.into()),
        "duration_ms" => Cell::Decimal(milliseconds(row.duration_us).into()),
        "actor" => Cell::text(
            told::is_somebody(&row.actor)
                .then(|| name_of(&row.actor))
                .flatten(),
        ),
        "actor_email" => Cell::text(row.actor.email.as_deref()),
        "actor_role" => Cell::text(row.actor.role.as_deref()),
        "actor_type" => Cell::words(of_activity(language, "actor_type", row.actor.kind.as_str())),
        "ip" => Cell::text(row.ip.as_deref()),
        "device" => Cell::text(row.device.as_deref()),
        "effects" => Cell::Integer(row.effects.into()),
        "request" => Cell::words(row.request_id.as_str()),
        "trace" => Cell::text(row.trace_id.as_deref()),
        "id" => Cell::words(row.id.to_string()),
        _ => entry.map_or(Cell::Empty, |entry| content(entry, id)),
    }
}

fn content<'a>(entry: &'a RequestEntry, id: &str) -> Cell<'a> {
    match id {
        "query" => Cell::text(entry.query.as_deref()),
        "body" => Cell::text(entry.body.as_deref()),
        "body_bytes" => Cell::Integer(i64::try_from(entry.body_bytes).unwrap_or(i64::MAX)),
        "user_agent" => Cell::text(entry.user_agent.as_deref()),
        "viewed" => {
            let lines: Vec<String> = entry.viewed.iter().map(reference).collect();
            Cell::text(Some(lines.join("\n")).filter(|lines| !lines.is_empty()))
        }
        _ => Cell::Empty,
    }
}

/// `12.3`.
fn milliseconds(micros: u64) -> String {
    format!("{}.{}", micros / 1_000, micros % 1_000 / 100)
}
