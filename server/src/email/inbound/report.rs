//! Delivery status notifications (RFC 3464): what another server says later of a mail that was handed over.

use mail_parser::{Message, MimeHeaders as _};

/// What a notification tells of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The mail's id, if the notification brings it.
    pub message_id: Option<String>,
    /// Whom it was for.
    pub recipient: Option<String>,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`.
    pub action: String,
    /// The enhanced status (RFC 3463), such as `5.1.1`.
    pub status: Option<String>,
    /// The other server's words.
    pub diagnostic: Option<String>,
}

/// The report that a mail holds.
pub(super) fn find(message: &Message<'_>) -> Option<DeliveryReport> {
    let parts = message.parts.iter().take(50);
    let mut status = None;
    let mut original = None;
    for part in parts {
        let kind = part.content_type()?.clone();
        let subtype = kind.subtype().unwrap_or_default().to_ascii_lowercase();
        match subtype.as_str() {
            "delivery-status" => {
                status = Some(String::from_utf8_lossy(part.contents()).into_owned())
            }
            "rfc822" => {
                original = part
                    .message()
                    .and_then(|inner| inner.message_id())
                    .map(super::line);
            }
            "rfc822-headers" => original = id_in(&String::from_utf8_lossy(part.contents())),
            _ => {}
        }
    }
    let status = status?;
    let field = |name: &str| {
        status.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known
                .trim()
                .eq_ignore_ascii_case(name)
                .then(|| super::line(value.trim()))
        })
    };
    let after_kind = |text: String| match text.split_once(';') {
        Some((_, value)) => value.trim().to_owned(),
        None => text,
    };
    Some(DeliveryReport {
        message_id: original,
        recipient: field("original-recipient")
            .or_else(|| field("final-recipient"))
            .map(after_kind),
        action: field("action")?.to_ascii_lowercase(),
        status: field("status"),
        diagnostic: field("diagnostic-code").map(after_kind),
    })
}

fn id_in(headers: &str) -> Option<String> {
    let line = headers
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("message-id:"))?;
    let (_, value) = line.split_once(':')?;
    Some(super::line(value.trim().trim_matches(['<', '>'])))
}
