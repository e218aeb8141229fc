//! The cells of a message.

use super::activity::name_of;
use crate::export::sheet::{Cell, Language};
use crate::export::words::of_message;
use domain::message::Verdict;
use domain::view::{MessageDetail, MessageRow};
use serde_json::Value;

/// The value of one column. Columns that need the details are empty without them.
pub fn cell<'a>(
    row: &'a MessageRow,
    detail: Option<&'a MessageDetail>,
    id: &str,
    language: Language,
) -> Cell<'a> {
    match id {
        "time" => Cell::Time(row.occurred_at),
        "channel" => Cell::words(of_message(language, "channel", row.channel.as_str())),
        "direction" => Cell::words(of_message(language, "direction", row.direction.as_str())),
        "type" => Cell::words(of_message(language, "kind", row.kind.as_str())),
        "status" => Cell::words(of_message(
            language,
            "status",
            row.status.map_or("received", |status| status.as_str()),
        )),
        "read" => match row.status {
            Some(_) => Cell::words(of_message(language, "read", row.read.as_str())),
            None => Cell::Empty,
        },
        "from" => Cell::text(row.from.as_deref()),
        "to" => Cell::text(detail.map_or_else(
            || row.to.clone(),
            |detail| {
                let all: Vec<&str> = detail
                    .message
                    .to
                    .iter()
                    .map(|to| to.address.as_str())
                    .collect();
                Some(all.join(", "))
            },
        )),
        "customer_name" => Cell::text(row.counterpart_name.as_deref()),
        "customer" => Cell::text(row.customer.as_deref()),
        "order" => Cell::text(row.order.as_deref()),
        "subject" => Cell::text(row.subject.as_deref()),
        "provider_words" => Cell::text(row.provider_words.as_deref()),
        "caused_by" => Cell::text(name_of(&row.caused_by)),
        "template" => Cell::text(row.template.as_deref()),
        "attempts" => Cell::Integer(row.attempt_count.into()),
        "attachments" => Cell::Integer(row.attachment_count.into()),
        "seq" => row.seq.map_or(Cell::Empty, |seq| Cell::Integer(seq.0)),
        "id" => Cell::words(row.id.0.to_string()),
        "reason" => Cell::text(reason(row, language)),
        "text" => {
            let written = detail.and_then(|detail| detail.message.text.as_deref());
            Cell::text(written.or(row.preview.as_deref()))
        }
        _ => Cell::Empty,
    }
}

/// Why it was not sent or did not arrive, in the words of the page.
fn reason(row: &MessageRow, language: Language) -> Option<String> {
    let (group, reason) = match &row.verdict {
        Verdict::NotSent { reason } => ("not_sent", serde_json::to_value(reason)),
        Verdict::NotDelivered { reason, .. } => ("reason", serde_json::to_value(reason)),
        _ => return None,
    };
    match reason {
        Ok(Value::String(key)) => Some(of_message(language, group, &key).to_owned()),
        _ => None,
    }
}
