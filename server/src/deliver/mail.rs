//! From a message to the mail that goes out: made for its first try, whose bytes those that follow and the `.eml` have.

use crate::email::Party;
use crate::email::compose::{Composed, File, Mail};
use crate::email::postmark;
use crate::email::token::{Named, Purpose, Tokens};
use crate::opens::Tracker;
use chrono::{DateTime, Utc};
use domain::message::{Mailbox, Message, MessageType};
use domain::{ActorType, MessageId, Problem};

/// Tells other machines that a machine wrote it (RFC 3834 5).
const AUTO_SUBMITTED: &str = "Auto-Submitted";

/// What a mail takes from the server's settings.
pub struct MailSettings<'a> {
    /// Whom mail comes from when it doesn't say itself.
    pub from: &'a Mailbox,
    /// The domain of Message-IDs.
    pub domain: &'a str,
    /// How the outside reaches this server, without a trailing slash.
    pub public_url: &'a str,
    /// Signs the links.
    pub tokens: &'a Tokens,
    /// The thread's own address, for answers.
    pub reply_to: Option<String>,
}

/// Makes the mail of a message, with its files' bytes in their order. `date` is when it leaves: one that waited would stand
/// below newer mail otherwise.
///
/// # Errors
/// `invalid_fields` for what can't stand in a mail.
pub fn compose(
    id: MessageId,
    message: &Message,
    files: Vec<Vec<u8>>,
    date: DateTime<Utc>,
    settings: &MailSettings<'_>,
) -> Result<Composed, Problem> {
    let is_campaign = message.kind == MessageType::Campaign;
    let named = Named::message(id.0);
    let tracker = Tracker {
        tokens: settings.tokens,
        public_url: settings.public_url,
        message: id.0,
    };
    let html = match &message.html {
        Some(html) if message.is_tracked => Some(tracker.rewrite(html, true, true)),
        html => html.clone(),
    };
    let mut reply_to: Vec<_> = message.reply_to.iter().map(party).collect();
    if reply_to.is_empty() {
        reply_to.extend(settings.reply_to.as_ref().map(Party::bare));
    }
    let mut headers = message.headers.clone();
    if message.caused_by.kind == ActorType::Rule {
        // Said below, once.
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case(AUTO_SUBMITTED));
    }
    // Postmark gives it back in its reports; others let it be.
    headers.push((
        format!("X-PM-Metadata-{}", postmark::METADATA),
        id.to_string(),
    ));
    let attachments = message.attachments.iter().zip(files);
    Mail {
        message_id: message_id(id, message, settings.domain),
        date,
        from: party(message.from.as_ref().unwrap_or(settings.from)),
        to: message.to.iter().map(party).collect(),
        cc: message.cc.iter().map(party).collect(),
        bcc: message.bcc.iter().map(party).collect(),
        reply_to,
        subject: message.subject.clone().unwrap_or_default(),
        text: message.text.clone(),
        html,
        files: attachments
            .map(|(attachment, bytes)| File {
                name: attachment.name.clone(),
                media_type: attachment.content_type.clone(),
                content_id: attachment.content_id.clone(),
                bytes,
            })
            .collect(),
        headers,
        in_reply_to: message.references.last().cloned(),
        references: message.references.clone(),
        unsubscribe_url: is_campaign.then(|| {
            let token = settings.tokens.make(Purpose::Unsubscribe, named);
            format!("{}/unsubscribe/{token}", settings.public_url)
        }),
        automatic: match message.caused_by.kind {
            ActorType::User => None,
            ActorType::Rule if message.header(AUTO_SUBMITTED) == Some("auto-replied") => {
                Some("auto-replied")
            }
            _ => Some("auto-generated"),
        },
    }
    .compose()
}

/// A message's Message-ID without brackets: its own, or its id at our domain.
pub fn message_id(id: MessageId, message: &Message, domain: &str) -> String {
    let own = message.message_id.clone();
    own.unwrap_or_else(|| format!("{id}@{domain}"))
}

fn party(mailbox: &Mailbox) -> Party {
    Party {
        name: mailbox.name.clone(),
        address: mailbox.address.clone(),
    }
}
