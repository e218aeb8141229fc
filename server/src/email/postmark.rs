//! What Postmark calls with: inbound mail (<https://postmarkapp.com/developer/webhooks/inbound-webhook>) and reports
//! (<https://postmarkapp.com/developer/webhooks/webhooks-overview>). New fields appear unannounced and are let be.

use super::Party;
use super::compose::File;
use super::inbound::{InboundMail, clean, cut, line, safe_name};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use domain::Problem;
use serde_json::Value;

/// The metadata under which a mail carries our message's id through Postmark.
pub const METADATA: &str = "storetrail-message";

/// What a call tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// A mail came in.
    Inbound(Box<InboundMail>),
    /// Something became of one that went out.
    Report(Report),
}

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What happened.
    pub event: Event,
    /// Postmark's id of the mail.
    pub provider_id: Option<String>,
    /// Our message's id, when the mail carried it.
    pub message_id: Option<String>,
    /// Whom it was for.
    pub recipient: Option<String>,
    /// When it happened.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Postmark's words.
    pub words: Option<String>,
    /// Of an opening: by what program.
    pub user_agent: Option<String>,
}

/// What happened to a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The recipient's server has it.
    Delivered,
    /// It didn't arrive for good.
    Bounced,
    /// It didn't arrive yet.
    Delayed,
    /// The picture in it was fetched.
    Opened,
    /// A link in it was followed.
    Clicked,
    /// The recipient called it spam.
    Complained,
    /// The recipient wants no more, or wants it again.
    Unsubscribed {
        /// Whether they want no more.
        is_out: bool,
    },
}

/// Reads a call.
///
/// # Errors
/// `invalid_fields` when it is none of Postmark's.
pub fn read(body: &Value, mail_domain: &str) -> Result<Call, Problem> {
    let text = |name: &str| {
        body[name]
            .as_str()
            .map(line)
            .filter(|text| !text.is_empty())
    };
    let kind = match text("RecordType") {
        Some(kind) => kind,
        None if body["FromFull"].is_object() || body["From"].is_string() => {
            return Ok(Call::Inbound(Box::new(inbound(body, mail_domain))));
        }
        None => return Err(unknown()),
    };
    let event = match kind.as_str() {
        "Inbound" => return Ok(Call::Inbound(Box::new(inbound(body, mail_domain)))),
        "Delivery" => Event::Delivered,
        "Bounce" => match body["Type"].as_str() {
            Some("Transient" | "DnsError" | "SoftBounce" | "AutoResponder" | "AddressChange") => {
                Event::Delayed
            }
            _ => Event::Bounced,
        },
        "Open" => Event::Opened,
        "Click" => Event::Clicked,
        "SpamComplaint" => Event::Complained,
        "SubscriptionChange" => Event::Unsubscribed {
            is_out: body["SuppressSending"].as_bool().unwrap_or(true),
        },
        _ => return Err(unknown()),
    };
    let at = ["DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt"];
    let words: Vec<_> = ["Type", "Description", "Details"]
        .iter()
        .filter_map(|name| text(name))
        .collect();
    Ok(Call::Report(Report {
        event,
        provider_id: text("MessageID"),
        message_id: body["Metadata"][METADATA].as_str().map(line),
        recipient: text("Recipient").or_else(|| text("Email")),
        occurred_at: at.iter().find_map(|name| body[name].as_str()?.parse().ok()),
        words: Some(words.join(": ")).filter(|words| !words.is_empty()),
        user_agent: text("UserAgent"),
    }))
}

fn unknown() -> Problem {
    Problem::field(
        "/RecordType",
        "format",
        "one of Postmark's calls is expected: Inbound, Delivery, Bounce, Open, Click, SpamComplaint, SubscriptionChange",
    )
}

fn inbound(body: &Value, mail_domain: &str) -> InboundMail {
    if let Some(raw) = body["RawEmail"].as_str() {
        let mut mail = InboundMail::read(raw.as_bytes(), mail_domain);
        mail.reply_token = mail.reply_token.or_else(|| hash(body));
        return mail;
    }
    let headers: Vec<(String, String)> = list(&body["Headers"])
        .map(|header| {
            let part = |name: &str| header[name].as_str().map(line).unwrap_or_default();
            (part("Name"), part("Value"))
        })
        .collect();
    let header = |name: &str| {
        let found = headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    };
    let ids = |name: &str| -> Vec<String> {
        let text = header(name).unwrap_or_default();
        let ids = text
            .split_whitespace()
            .map(|id| id.trim_matches(['<', '>']).to_owned());
        ids.filter(|id| !id.is_empty()).take(100).collect()
    };
    let mut notes = Vec::new();
    let mut part = |name: &str| {
        let mut text = clean(body[name].as_str()?);
        if cut(&mut text) {
            notes.push(format!("its {name} is longer than 2 MiB and was cut"));
        }
        Some(text).filter(|text| !text.is_empty())
    };
    let (text, html) = (part("TextBody"), part("HtmlBody"));
    let from = party(&body["FromFull"])
        .or_else(|| body["From"].as_str().map(|from| Party::bare(line(from))));
    let mut mail = InboundMail {
        message_id: ids("Message-ID").into_iter().next(),
        in_reply_to: ids("In-Reply-To"),
        references: ids("References"),
        date: body["Date"]
            .as_str()
            .and_then(|date| DateTime::parse_from_rfc2822(date).ok())
            .map(|date| date.to_utc()),
        from,
        to: list(&body["ToFull"]).filter_map(party).collect(),
        cc: list(&body["CcFull"]).filter_map(party).collect(),
        reply_to: body["ReplyTo"]
            .as_str()
            .filter(|to| to.contains('@'))
            .map(|to| Party::bare(line(to)))
            .into_iter()
            .collect(),
        subject: body["Subject"].as_str().map(line).unwrap_or_default(),
        text,
        html,
        files: list(&body["Attachments"]).filter_map(file).collect(),
        reply_token: hash(body),
        headers,
        notes,
        ..InboundMail::default()
    };
    mail.finish(mail_domain);
    mail
}

/// What stood after the plus.
fn hash(body: &Value) -> Option<String> {
    let hash = body["MailboxHash"].as_str()?.trim();
    (!hash.is_empty() && hash.len() <= 128).then(|| hash.to_ascii_lowercase())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten().take(100)
}

fn party(value: &Value) -> Option<Party> {
    Some(Party {
        name: value["Name"]
            .as_str()
            .map(line)
            .filter(|name| !name.is_empty()),
        address: line(value["Email"].as_str()?.trim()),
    })
}

fn file(value: &Value) -> Option<File> {
    let content_id = value["ContentID"].as_str().map(|id| {
        let id = id.trim_start_matches("cid:");
        line(id.trim_matches(['<', '>']))
    });
    Some(File {
        name: value["Name"].as_str().map(safe_name).unwrap_or_default(),
        media_type: value["ContentType"]
            .as_str()
            .map(line)
            .unwrap_or_default()
            .to_ascii_lowercase(),
        content_id: content_id.filter(|id| !id.is_empty()),
        bytes: STANDARD.decode(value["Content"].as_str()?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_inbound_mail_is_read() {
        let body = json!({
            "FromFull": {"Email": "noura@mail.example", "Name": "Noura"}, "ToFull": [{"Email": "reply+ab@in.example", "Name": ""}],
            "Subject": "Re: 1042", "MailboxHash": "AB", "TextBody": "thanks", "HtmlBody": "", "Date": "Fri, 20 Nov 2026 12:14:03 +0300",
            "Headers": [{"Name": "Message-ID", "Value": "<m@mail.example>"}, {"Name": "In-Reply-To", "Value": "<one@x>"},
                {"Name": "Auto-Submitted", "Value": "auto-replied"}],
            "Attachments": [{"Name": "../a.txt", "Content": "aGk=", "ContentType": "text/plain", "ContentID": "cid:x"}],
        });
        let Ok(Call::Inbound(mail)) = read(&body, "in.example") else {
            panic!("inbound");
        };
        assert_eq!(mail.message_id.as_deref(), Some("m@mail.example"));
        assert_eq!(mail.in_reply_to, ["one@x"]);
        assert_eq!(mail.reply_token.as_deref(), Some("ab"));
        assert_eq!(
            (mail.files[0].name.as_str(), mail.files[0].bytes.as_slice()),
            ("a.txt", &b"hi"[..])
        );
        assert_eq!(mail.files[0].content_id.as_deref(), Some("x"));
        assert_eq!((mail.text.as_deref(), mail.html), (Some("thanks"), None));
        assert!(mail.automatic.is_some());
    }

    #[test]
    fn reports_are_told_apart() {
        let event = |body: Value| match read(&body, "in.example") {
            Ok(Call::Report(report)) => report.event,
            other => panic!("{other:?}"),
        };
        assert_eq!(event(json!({"RecordType": "Delivery"})), Event::Delivered);
        assert_eq!(
            event(json!({"RecordType": "Bounce", "Type": "HardBounce"})),
            Event::Bounced
        );
        assert_eq!(
            event(json!({"RecordType": "Bounce", "Type": "Transient"})),
            Event::Delayed
        );
        assert_eq!(
            event(json!({"RecordType": "SubscriptionChange", "SuppressSending": false})),
            Event::Unsubscribed { is_out: false }
        );
        let body = json!({"RecordType": "Delivery", "MessageID": "pm", "Recipient": "a@b", "DeliveredAt": "2026-11-20T09:14:03Z",
            "Details": "250 ok", "Metadata": {"storetrail-message": "0193"}});
        let Ok(Call::Report(report)) = read(&body, "in.example") else {
            panic!("report");
        };
        assert_eq!(report.message_id.as_deref(), Some("0193"));
        assert_eq!(report.words.as_deref(), Some("250 ok"));
        assert!(report.occurred_at.is_some());
        for body in [
            json!({}),
            json!([]),
            json!({"RecordType": "New"}),
            json!(null),
        ] {
            assert!(read(&body, "in.example").is_err(), "{body}");
        }
    }
}
