//! The keys of this page beside those of each log.

use super::state::MessageLog;
use super::words::{address, counterpart_qualifier, is_hidden};
use crate::activity::any_log::keys::{self, ColumnKeys, OwnKeys};
use crate::i18n::tr;
use crate::layout::key_of;
use domain::view::MessageRow;
use leptos::ev::KeyboardEvent;

/// Listens while the page is shown.
pub fn listen(log: MessageLog) {
    keys::listen(
        log,
        OwnKeys {
            drawer: "#message",
            act: |log, event| key_of(event) == "r" && log.restart_or_reply(),
            columns: Some(ColumnKeys {
                hint: log.hint,
                words: tr!(log.locale, messages.keys.columns),
                filter: filter_by,
            }),
        },
    );
}

/// Filters by a part of a message, by the key of that part; with shift leaves it out.
fn filter_by(log: MessageLog, row: &MessageRow, event: &KeyboardEvent) -> bool {
    let Some((qualifier, value)) = value_of(row, &key_of(event).to_lowercase()) else {
        return false;
    };
    log.toggle(qualifier, &value, event.shift_key());
    true
}

/// The value of a part of a message, by the part's key; none where it has none or it is hidden.
fn value_of(row: &MessageRow, key: &str) -> Option<(&'static str, String)> {
    let (qualifier, value) = match key {
        "a" => (counterpart_qualifier(row), address(row)?.to_owned()),
        "c" => ("channel", row.channel.as_str().to_owned()),
        "k" => ("type", row.kind.as_str().to_owned()),
        "s" => ("status", row.status?.as_str().to_owned()),
        "u" => ("customer", row.customer.clone()?),
        "o" => ("order", row.order.clone()?),
        "m" => ("template", row.template.clone()?),
        _ => return None,
    };
    (!is_hidden(&value)).then_some((qualifier, value))
}
