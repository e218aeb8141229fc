//! The fields of a message, one function each.

use super::{
    Channel, MAX_HOLD_SECONDS, MAX_MESSAGE_BYTES, MAX_TEXT_MESSAGE, Mailbox, NewAttachment, Reader,
    RecordedAttempt, latest, read_actor,
};
use crate::message::{MAX_HEADER_BYTES, e164, is_field_header, is_own_header};
use crate::reader::{child, kind_of, push};
use crate::{Actor, ActorType};
use base64::Engine as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use std::str::FromStr;

/// One of a closed list.
pub(super) fn choice<T: FromStr>(
    reader: &mut Reader<'_, '_>,
    field: &str,
    names: &[&str],
    is_required: bool,
) -> Option<T> {
    let expected = || format!("one of {}", names.join(", "));
    match reader.text(field, 40) {
        Some(text) => {
            let read = text.parse().ok();
            if read.is_none() {
                reader.add(field, "format", expected());
            }
            read
        }
        None => {
            if is_required && reader.is_blank(field) {
                reader.add(field, "required", expected());
            }
            None
        }
    }
}

/// Fields that only a recorded message has.
pub(super) fn refuse_unless_recorded(reader: &mut Reader<'_, '_>) {
    for field in [
        "direction",
        "status",
        "provider",
        "provider_id",
        "occurred_at",
        "attempts",
    ] {
        if reader.value(field).is_some() {
            reader.add(
                field,
                "contradiction",
                "only with `record_only: true`; what Storetrail sends itself it knows itself",
            );
        }
    }
}

/// Parts that only a mail has.
pub(super) fn refuse_mail_parts(reader: &mut Reader<'_, '_>, channel: Channel) {
    if channel == Channel::Email {
        return;
    }
    for field in [
        "cc", "bcc", "reply_to", "subject", "html", "headers", "track",
    ] {
        if reader.value(field).is_some() {
            reader.add(
                field,
                "contradiction",
                format!("only an email has it, not {channel}"),
            );
        }
    }
    if channel == Channel::Sms && reader.value("attachments").is_some() {
        reader.add("attachments", "contradiction", "an SMS has no files");
    }
}

/// What must be there to be sent.
pub(super) fn check_content(
    reader: &mut Reader<'_, '_>,
    channel: Channel,
    text: Option<&str>,
    html: Option<&str>,
) {
    match channel {
        Channel::Email => {
            if text.is_none()
                && html.is_none()
                && reader.is_blank("text")
                && reader.is_blank("html")
            {
                reader.add("text", "required", "an email has `text`, `html` or both");
            }
            if reader.is_blank("subject") {
                reader.add("subject", "required", "an email has a subject");
            }
        }
        Channel::Sms | Channel::Whatsapp => {
            // A picture needs no words.
            let has_files = channel == Channel::Whatsapp
                && matches!(reader.value("attachments"), Some(Value::Array(files)) if !files.is_empty());
            if text.is_none() && reader.is_blank("text") && !has_files {
                reader.add("text", "required", "say what it says");
            }
            let length = text.map_or(0, |t| t.chars().count());
            if length > MAX_TEXT_MESSAGE {
                let message = format!("at most {MAX_TEXT_MESSAGE} characters, these are {length}");
                reader.add("text", "too_long", message);
            }
        }
    }
}

/// One address or an array of them.
pub(super) fn mailboxes(
    reader: &mut Reader<'_, '_>,
    field: &str,
    channel: Channel,
    most: usize,
) -> Vec<Mailbox> {
    let texts = match reader.value(field) {
        Some(Value::Array(_)) => reader.texts_at(field, most, 500),
        _ => reader
            .text(field, 500)
            .map(|text| (reader.at(field), text))
            .into_iter()
            .collect(),
    };
    let mut found = Vec::new();
    for (pointer, text) in texts {
        match (channel, mailbox(channel, &text)) {
            (_, Some(mailbox)) => found.push(mailbox),
            (Channel::Email, None) => push(
                reader.problems(),
                pointer,
                "format",
                "an address such as \"noura@mail.example\" or \"Noura <noura@mail.example>\", in one line".to_owned(),
            ),
            (Channel::Sms, None) if field == "from" => push(
                reader.problems(),
                pointer,
                "format",
                "a number such as \"+966551234567\", or a sender name of up to 11 letters and digits".to_owned(),
            ),
            _ => push(
                reader.problems(),
                pointer,
                "format",
                "a number by E.164, such as \"+966551234567\"".to_owned(),
            ),
        }
    }
    found
}

/// Whether a field of addresses is absent or holds none: no text, or a list without one.
pub(super) fn names_nobody(reader: &Reader<'_, '_>, field: &str) -> bool {
    let is_blank = |text: &Value| text.as_str().is_some_and(|text| text.trim().is_empty());
    let is_of_none = |list: &Vec<Value>| list.iter().all(is_blank);
    reader.is_blank(field)
        || reader
            .value(field)
            .and_then(Value::as_array)
            .is_some_and(is_of_none)
}

/// An address of the channel: mail, a number in any spacing, or an SMS sender's name.
fn mailbox(channel: Channel, text: &str) -> Option<Mailbox> {
    if channel == Channel::Email {
        return Mailbox::parse(text);
    }
    let plain = text.strip_prefix("whatsapp:").unwrap_or(text);
    let is_sender_name = channel == Channel::Sms
        && (1..=11).contains(&plain.len())
        && plain.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ')
        && plain.chars().any(|c| c.is_ascii_alphabetic());
    let address = if let Some(number) = e164(plain) {
        number
    } else if is_sender_name {
        plain.to_owned()
    } else {
        return None;
    };
    Some(Mailbox {
        name: None,
        address,
    })
}

/// Files with base64 content.
pub(super) fn attachments(reader: &mut Reader<'_, '_>) -> Vec<NewAttachment> {
    let mut found = Vec::new();
    for (at, value) in reader.array("attachments", 50).iter().enumerate() {
        let pointer = child(&reader.at("attachments"), &at.to_string());
        let Some(mut inner) = Reader::object(value, &pointer, reader.problems()) else {
            continue;
        };
        inner.refuse_unknown(&["name", "content_type", "content", "content_id"]);
        let name = inner.line("name", 255);
        if name.is_none() && inner.is_blank("name") {
            inner.add("name", "required", "name the file, such as \"invoice.pdf\"");
        }
        let content_type = inner
            .line("content_type", 200)
            .unwrap_or_else(|| "application/octet-stream".to_owned());
        let is_type = content_type
            .split_once('/')
            .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && content_type.is_ascii());
        if !is_type {
            inner.add(
                "content_type",
                "format",
                "a media type, such as \"application/pdf\"",
            );
        }
        let content_id = inner.line("content_id", 200);
        let content = match inner.value("content") {
            // Four letters of base64 hold three bytes.
            Some(Value::String(text)) if text.len() / 4 * 3 > MAX_MESSAGE_BYTES + 3 => {
                inner.add(
                    "content",
                    "too_large",
                    format!("at most {MAX_MESSAGE_BYTES} bytes (30 MiB)"),
                );
                None
            }
            Some(Value::String(text)) => {
                let plain: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
                let read = base64::engine::general_purpose::STANDARD.decode(plain);
                if read.is_err() {
                    inner.add("content", "format", "base64 by RFC 4648 4, padded");
                }
                read.ok()
            }
            Some(other) => {
                let message = format!("base64 in a text is expected, this is {}", kind_of(other));
                inner.add("content", "type", message);
                None
            }
            None => {
                inner.add("content", "required", "the file's bytes in base64");
                None
            }
        };
        if let (Some(name), Some(content)) = (name, content) {
            found.push(NewAttachment {
                name,
                content_type,
                content_id,
                content,
            });
        }
    }
    found
}

/// An object of header names and values. What was sent elsewhere has headers that Storetrail writes itself in what it sends.
pub(super) fn headers(reader: &mut Reader<'_, '_>, is_recorded: bool) -> Vec<(String, String)> {
    let Some(value) = reader.value("headers") else {
        return Vec::new();
    };
    let pointer = reader.at("headers");
    let Value::Object(fields) = value else {
        let message = format!(
            "an object of names and values is expected, this is {}",
            kind_of(value)
        );
        reader.add("headers", "type", message);
        return Vec::new();
    };
    if fields.len() > 50 {
        reader.add("headers", "too_long", "at most 50 headers");
        return Vec::new();
    }
    let Some(mut inner) = Reader::object(value, &pointer, reader.problems()) else {
        return Vec::new();
    };
    let is_taken: fn(&str) -> bool = if is_recorded {
        is_field_header
    } else {
        is_own_header
    };
    let mut found = Vec::new();
    for name in fields.keys() {
        let is_name = (1..=76).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        if !is_name {
            inner.add(
                name,
                "format",
                "a header's name has visible ASCII without colon (RFC 5322 2.2)",
            );
        } else if is_taken(name) {
            inner.add(
                name,
                "contradiction",
                "Storetrail writes this header; use the field of the same meaning",
            );
        } else if let Some(value) = inner.line(name, 2_000) {
            if !is_recorded && value.len() > MAX_HEADER_BYTES {
                inner.add(name, "too_long", "at most 998 bytes in UTF-8");
            }
            found.push((name.clone(), value));
        }
    }
    found
}

/// A customer's id, or an object with `id` and `name`.
pub(super) fn customer(reader: &mut Reader<'_, '_>) -> (Option<String>, Option<String>) {
    match reader.value("customer") {
        Some(value @ Value::Object(_)) => {
            let pointer = reader.at("customer");
            let Some(mut inner) = Reader::object(value, &pointer, reader.problems()) else {
                return (None, None);
            };
            inner.refuse_unknown(&["id", "name"]);
            (inner.line("id", 200), inner.line("name", 200))
        }
        _ => (reader.line("customer", 200), None),
    }
}

/// `caused_by`: an actor as activities have it.
pub(super) fn actor(reader: &mut Reader<'_, '_>) -> Option<Actor> {
    let value = reader.value("caused_by")?;
    let wrapped = serde_json::json!({ "actor": value });
    let mut inner_problems = Vec::new();
    let read = Reader::object(&wrapped, "", &mut inner_problems)
        .and_then(|mut inner| read_actor(&mut inner));
    for mut problem in inner_problems {
        problem.pointer = problem
            .pointer
            .replacen("/actor", &reader.at("caused_by"), 1);
        push(
            reader.problems(),
            problem.pointer,
            &problem.code,
            problem.message,
        );
    }
    read.filter(|actor| {
        actor.kind != ActorType::System || actor.id.is_some() || actor.name.is_some()
    })
}

/// How long ago a time to send at may be.
const LATE: TimeDelta = TimeDelta::hours(1);

/// `send_at` and `hold_seconds`, which exclude each other.
pub(super) fn timing(
    reader: &mut Reader<'_, '_>,
    now: DateTime<Utc>,
    is_recorded: bool,
) -> (Option<DateTime<Utc>>, Option<u64>) {
    let send_at = reader.time("send_at");
    let hold_seconds = match reader.value("hold_seconds") {
        None => None,
        Some(value) => match value.as_u64().filter(|s| *s <= MAX_HOLD_SECONDS) {
            Some(seconds) => Some(seconds),
            None => {
                reader.add(
                    "hold_seconds",
                    "out_of_range",
                    format!("a whole number of seconds, 0 to {MAX_HOLD_SECONDS}"),
                );
                None
            }
        },
    };
    if send_at.is_some_and(|at| at > latest(now)) {
        reader.add("send_at", "out_of_range", "more than 400 days ahead");
    }
    // What waited on its way here for a while is still meant; another year is a mistake that can't be called back.
    if send_at.is_some_and(|at| at < now - LATE) {
        reader.add("send_at", "out_of_range", "more than an hour ago");
    }
    for (field, is_there) in [
        ("send_at", send_at.is_some()),
        ("hold_seconds", hold_seconds.is_some()),
    ] {
        if is_recorded && is_there {
            reader.add(
                field,
                "contradiction",
                "what is only recorded is not sent from here",
            );
        }
    }
    (send_at, hold_seconds)
}

/// The tries of a recorded message; `provider`, `provider_id` and `status` of the message make one.
pub(super) fn attempts(
    reader: &mut Reader<'_, '_>,
    occurred_at: DateTime<Utc>,
) -> Vec<RecordedAttempt> {
    let provider = reader.line("provider", 100);
    let provider_id = reader.line("provider_id", 300);
    let mut found = Vec::new();
    for (at, value) in reader.array("attempts", 100).iter().enumerate() {
        let pointer = child(&reader.at("attempts"), &at.to_string());
        let Some(mut inner) = Reader::object(value, &pointer, reader.problems()) else {
            continue;
        };
        inner.refuse_unknown(&["at", "provider", "provider_id", "status", "code", "words"]);
        let status = inner.line("status", 100);
        if status.is_none() && inner.is_blank("status") {
            inner.add(
                "status",
                "required",
                "the provider's word, such as \"delivered\"",
            );
        }
        found.push(RecordedAttempt {
            at: inner.time("at").unwrap_or(occurred_at),
            provider: inner
                .line("provider", 100)
                .or_else(|| provider.clone())
                .unwrap_or_else(|| "external".to_owned()),
            provider_id: inner.line("provider_id", 300),
            status: status.unwrap_or_default(),
            code: inner.line("code", 100),
            words: inner.text("words", 2_000),
        });
    }
    if found.is_empty() && provider_id.is_some() {
        found.push(RecordedAttempt {
            at: occurred_at,
            provider: provider.unwrap_or_else(|| "external".to_owned()),
            provider_id,
            status: String::new(),
            code: None,
            words: None,
        });
    }
    found
}
