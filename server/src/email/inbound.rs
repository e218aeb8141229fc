//! From the bytes of a mail that came in to one plain struct.
//!
//! Whatever comes is read as far as it goes: what is cut off or can't be read is named in [`InboundMail::notes`],
//! and whoever calls keeps the bytes themselves, so nothing is lost.

use super::Party;
use super::compose::File;
use chrono::{DateTime, Utc};
use mail_parser::{
    Address, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders as _, PartType,
};

mod guard;
mod report;

pub use guard::automatic;
pub use report::DeliveryReport;

/// How many parts of a mail are looked at.
const MAX_PARTS: usize = 500;
/// How many files of a mail are kept apart.
const MAX_FILES: usize = 100;
/// How many bytes of text, and of HTML, are shown.
const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;
/// How many characters a subject or name has at most.
const MAX_LINE: usize = 998;
/// How many recipients, and earlier mails, are kept.
const MAX_LIST: usize = 100;

/// A mail that came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboundMail {
    /// Its own id, without angle brackets.
    pub message_id: Option<String>,
    /// The mails that it answers.
    pub in_reply_to: Vec<String>,
    /// The mails before it in the conversation, oldest first.
    pub references: Vec<String>,
    /// When it was written, as it says.
    pub date: Option<DateTime<Utc>>,
    /// Who sent it.
    pub from: Option<Party>,
    /// Whom it is for.
    pub to: Vec<Party>,
    /// Who got a copy.
    pub cc: Vec<Party>,
    /// Where answers shall go.
    pub reply_to: Vec<Party>,
    /// The subject.
    pub subject: String,
    /// The plain text, if it brings one.
    pub text: Option<String>,
    /// The HTML, if it brings some.
    pub html: Option<String>,
    /// Files attached and images shown.
    pub files: Vec<File>,
    /// Each header as it came, in order.
    pub headers: Vec<(String, String)>,
    /// Why it is taken for one that a program sent, if it is: nothing answers it automatically.
    pub automatic: Option<&'static str>,
    /// The token of `reply+token@domain`, if it was sent to one.
    pub reply_token: Option<String>,
    /// What it tells of an earlier mail's delivery, to each recipient that it names.
    pub reports: Vec<DeliveryReport>,
    /// What couldn't be read or was cut off, in words.
    pub notes: Vec<String>,
}

impl InboundMail {
    /// Reads a mail; `mail_domain` is the domain of reply addresses. Never fails: what is no mail gives one with
    /// nothing but a note.
    pub fn read(raw: &[u8], mail_domain: &str) -> Self {
        let Some(message) = MessageParser::default().parse(raw) else {
            return Self {
                notes: vec!["this can't be read as a mail; it is kept as it came".to_owned()],
                ..Self::default()
            };
        };
        let mut mail = Self {
            message_id: message.message_id().map(line),
            in_reply_to: ids(message.in_reply_to()),
            references: ids(message.references()),
            date: message
                .date()
                .and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0)),
            from: parties(message.from()).into_iter().next(),
            to: parties(message.to()),
            cc: parties(message.cc()),
            reply_to: parties(message.reply_to()),
            subject: message.subject().map(line).unwrap_or_default(),
            headers: headers(&message),
            ..Self::default()
        };
        mail.read_parts(&message);
        mail.finish(mail_domain);
        mail.reports = report::find(&message);
        if !mail.reports.is_empty() {
            mail.automatic = mail.automatic.or(Some("it is a delivery report"));
        }
        mail
    }

    /// What follows from the headers.
    pub(super) fn finish(&mut self, mail_domain: &str) {
        self.automatic = automatic(&self.headers, self.from.as_ref());
        if self.reply_token.is_none() {
            self.reply_token = self.find_reply_token(mail_domain);
        }
        if self.from.is_none() {
            self.notes.push("it names no sender".to_owned());
        }
    }

    fn read_parts(&mut self, message: &Message<'_>) {
        if message.parts.len() > MAX_PARTS {
            self.notes.push(format!(
                "it has {} parts, the first {MAX_PARTS} were read",
                message.parts.len()
            ));
        }
        let is_read = |id: &&u32| (**id as usize) < MAX_PARTS;
        let text_part = |ids: &[u32]| {
            let ids: Vec<_> = ids.iter().filter(is_read).copied().collect();
            ids.into_iter()
                .filter_map(|id| message.part(id))
                .collect::<Vec<_>>()
        };
        // mail-parser names the same part as text and as HTML when there is only one of them.
        for part in text_part(&message.text_body) {
            if let PartType::Text(text) = &part.body {
                append(&mut self.text, text);
            }
        }
        for part in text_part(&message.html_body) {
            if let PartType::Html(html) = &part.body {
                append(&mut self.html, html);
            }
        }
        for (what, body) in [("text", &mut self.text), ("HTML", &mut self.html)] {
            if let Some(body) = body
                && cut(body)
            {
                self.notes
                    .push(format!("its {what} is longer than 2 MiB and was cut"));
            }
        }
        if message.parts.iter().any(|part| part.is_encoding_problem) {
            self.notes
                .push("parts of it are encoded in a way that couldn't be read fully".to_owned());
        }
        let files: Vec<_> = text_part(&message.attachments);
        let count = files.len();
        self.files = files
            .into_iter()
            .take(MAX_FILES)
            .enumerate()
            .map(file)
            .collect();
        if count > MAX_FILES {
            self.notes.push(format!(
                "it brings {count} files, the first {MAX_FILES} were taken out"
            ));
        }
    }

    fn find_reply_token(&self, mail_domain: &str) -> Option<String> {
        const ENVELOPE: [&str; 4] = [
            "delivered-to",
            "x-original-to",
            "envelope-to",
            "x-envelope-to",
        ];
        let named = self
            .to
            .iter()
            .chain(&self.cc)
            .map(|party| party.address.as_str());
        let delivered = self
            .headers
            .iter()
            .filter(|(name, _)| {
                ENVELOPE
                    .iter()
                    .any(|known| name.eq_ignore_ascii_case(known))
            })
            .map(|(_, value)| value.trim().trim_matches(['<', '>']));
        named
            .chain(delivered)
            .find_map(|address| reply_token(address, mail_domain))
    }
}

/// The token of `reply+token@domain`.
pub fn reply_token(address: &str, mail_domain: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let (begin, token) = local.split_once('+')?;
    let is_ours = begin.eq_ignore_ascii_case("reply") && domain.eq_ignore_ascii_case(mail_domain);
    (is_ours && !token.is_empty()).then(|| token.to_ascii_lowercase())
}

fn headers(message: &Message<'_>) -> Vec<(String, String)> {
    message
        .headers_raw()
        .take(1_000)
        .map(|(name, value)| (line(name), unfold(value)))
        .collect()
}

/// A header's value in one line.
fn unfold(value: &str) -> String {
    let joined: String = value.split(['\r', '\n']).collect();
    joined
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(10_000)
        .collect()
}

/// Text of one line, without control characters, of bounded length.
pub(super) fn line(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(MAX_LINE)
        .collect()
}

/// Text without NUL, which nothing can keep.
pub(super) fn clean(text: &str) -> String {
    text.replace('\0', "")
}

fn append(body: &mut Option<String>, text: &str) {
    let body = body.get_or_insert_default();
    if !body.is_empty() {
        body.push('\n');
    }
    if body.len() <= MAX_TEXT_BYTES {
        body.push_str(&clean(text));
    }
}

/// Cuts what is too long; says whether it was.
pub(super) fn cut(text: &mut String) -> bool {
    let is_long = text.len() > MAX_TEXT_BYTES;
    if is_long {
        text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
    }
    is_long
}

fn parties(address: Option<&Address<'_>>) -> Vec<Party> {
    let Some(address) = address else {
        return Vec::new();
    };
    address
        .iter()
        .filter_map(|one| {
            Some(Party {
                name: one.name().map(line).filter(|name| !name.is_empty()),
                address: line(one.address()?).trim().to_owned(),
            })
        })
        .filter(|party| !party.address.is_empty())
        .take(MAX_LIST)
        .collect()
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    let ids: Vec<_> = match value {
        HeaderValue::Text(id) => vec![line(id)],
        HeaderValue::TextList(ids) => ids.iter().map(|id| line(id)).collect(),
        _ => Vec::new(),
    };
    let first = ids.len().saturating_sub(MAX_LIST);
    ids.into_iter().skip(first).collect()
}

fn file((at, part): (usize, &MessagePart<'_>)) -> File {
    let media_type = match part.content_type() {
        Some(kind) => match kind.subtype() {
            Some(subtype) => format!("{}/{subtype}", kind.ctype()),
            None => kind.ctype().to_owned(),
        },
        None => "application/octet-stream".to_owned(),
    };
    let bytes = match &part.body {
        PartType::Message(message) => message.raw_message().to_vec(),
        _ => part.contents().to_vec(),
    };
    let name = part
        .attachment_name()
        .map(safe_name)
        .filter(|name| !name.is_empty());
    File {
        name: name.unwrap_or_else(|| match media_type.as_str() {
            "message/rfc822" => format!("message-{}.eml", at + 1),
            _ => format!("part-{}", at + 1),
        }),
        media_type: line(&media_type).to_ascii_lowercase(),
        content_id: part.content_id().map(line),
        bytes,
    }
}

/// A file's name without a path: neither a folder nor a hidden direction mark can stand in it.
pub(super) fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_kept = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    last.chars().filter(is_kept).take(200).collect()
}

#[cfg(test)]
mod tests;
