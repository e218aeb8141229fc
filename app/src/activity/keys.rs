//! The keys of this page beside those of each log.

use crate::activity::any_log::keys::{self, ColumnKeys, OwnKeys};
use crate::activity::clock::day_of;
use crate::activity::state::Log;
use crate::i18n::tr;
use crate::layout::key_of;
use domain::query::{add_term, set_created};
use domain::view::ActivityRow;
use leptos::ev::KeyboardEvent;

/// Listens while the page is shown.
pub fn listen(log: Log) {
    keys::listen(
        log,
        OwnKeys {
            drawer: "#entry",
            act: |_, _| false,
            columns: Some(ColumnKeys {
                hint: log.hint,
                words: tr!(log.locale, activity.keys.columns),
                filter: filter_by,
            }),
        },
    );
}

/// Filters by the value of a row in the column whose key this is; with shift leaves it out.
fn filter_by(log: Log, row: &ActivityRow, event: &KeyboardEvent) -> bool {
    let is_out = event.shift_key();
    let key = key_of(event).to_lowercase();
    if key == "t" {
        let day = day_of(row.occurred_at, row.offset_minutes).to_string();
        log.edit(|text| {
            if is_out {
                add_term(text, &format!("-created:{day}"))
            } else {
                set_created(text, Some(&day))
            }
        });
        return true;
    }
    let Some((qualifier, value)) = value_of(row, &key) else {
        return false;
    };
    log.toggle(qualifier, &value, is_out);
    true
}

/// The value of a column, by the column's key.
fn value_of(row: &ActivityRow, key: &str) -> Option<(&'static str, String)> {
    let actor = &row.actor;
    let (qualifier, value) = match key {
        "a" => {
            let name = actor
                .id
                .clone()
                .or_else(|| actor.email.clone())
                .or_else(|| actor.name.clone());
            (
                "actor",
                name.unwrap_or_else(|| actor.kind.as_str().to_owned()),
            )
        }
        "d" => ("action", row.action.clone()),
        "s" => {
            let subject = row.subject.as_ref()?;
            ("subject", format!("{}/{}", subject.kind, subject.id))
        }
        "o" => ("outcome", row.outcome.as_str().to_owned()),
        "i" => ("ip", row.ip.clone()?),
        _ => return None,
    };
    (!value.contains(domain::MASK)).then_some((qualifier, value))
}
