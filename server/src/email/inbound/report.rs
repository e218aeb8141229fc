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

/// The reports that a mail holds: one for each recipient.
pub(super) fn find(message: &Message<'_>) -> Vec<DeliveryReport> {
    let parts = message.parts.iter().take(50);
    let mut status = None;
    let mut original = None;
    for part in parts {
        let Some(kind) = part.content_type() else {
            continue;
        };
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
    let status = status.unwrap_or_default();
    let lines: Vec<&str> = status.lines().collect();
    // The first group of fields is about the mail, each further one about a recipient.
    lines
        .split(|line| line.trim().is_empty())
        .filter_map(|group| report(group, original.as_ref()))
        .take(super::MAX_LIST)
        .collect()
}

/// What a group of fields tells, if it is about a recipient.
fn report(group: &[&str], original: Option<&String>) -> Option<DeliveryReport> {
    let value = |name: &str| {
        let text = field(group, name)?;
        let value = match text.split_once(';') {
            Some((_, value)) => value.trim().to_owned(),
            None => text,
        };
        Some(value).filter(|value| !value.is_empty())
    };
    Some(DeliveryReport {
        message_id: original.cloned(),
        recipient: value("original-recipient").or_else(|| value("final-recipient")),
        action: field(group, "action")?.to_ascii_lowercase(),
        status: field(group, "status"),
        diagnostic: value("diagnostic-code"),
    })
}

/// A field's value, the lines joined over which it goes.
fn field(group: &[&str], name: &str) -> Option<String> {
    let is_it = |line: &&str| {
        let known = line.split_once(':').map(|(known, _)| known.trim_end());
        known.is_some_and(|known| known.eq_ignore_ascii_case(name))
    };
    let at = group.iter().position(is_it)?;
    let (first, further) = group.get(at..)?.split_first()?;
    let (_, value) = first.split_once(':')?;
    let further = further
        .iter()
        .take_while(|line| line.starts_with([' ', '\t']));
    let whole = further.fold(value.trim().to_owned(), |whole, line| {
        format!("{whole} {}", line.trim())
    });
    Some(super::line(&whole))
}

fn id_in(headers: &str) -> Option<String> {
    let line = headers
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("message-id:"))?;
    let (_, value) = line.split_once(':')?;
    Some(super::line(value.trim().trim_matches(['<', '>'])))
}
