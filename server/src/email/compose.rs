//! From a plain struct to the bytes of a mail (RFC 5322, RFC 2045), made by lettre.
//!
//! The same [`Mail`] always gives the same bytes: boundaries follow from its Message-ID, and the date is part of
//! it. What an attempt hands over is kept: a retry hands over exactly that, and the page offers it as `.eml`.

use super::Party;
use chrono::{DateTime, Utc};
use domain::message::{MAX_HEADER_BYTES, is_message_id, is_own_header};
use domain::{FieldProblem, Problem};
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MessageBuilder, MultiPart, SinglePart};
use std::time::SystemTime;

/// A file in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type; what is none becomes `application/octet-stream`.
    pub media_type: String,
    /// Set for an image that the HTML shows as `cid:...`: its content id, without angle brackets.
    pub content_id: Option<String>,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A mail to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// `id@domain`, without angle brackets: stable over attempts, so that a repeat is recognised.
    pub message_id: String,
    /// When it leaves, the first time.
    pub date: DateTime<Utc>,
    /// Who sends it.
    pub from: Party,
    /// Whom it is for.
    pub to: Vec<Party>,
    /// Who gets a copy.
    pub cc: Vec<Party>,
    /// Who gets a copy unseen: in the envelope, in no header.
    pub bcc: Vec<Party>,
    /// Where answers go.
    pub reply_to: Vec<Party>,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: Option<String>,
    /// The HTML.
    pub html: Option<String>,
    /// Files attached and images shown.
    pub files: Vec<File>,
    /// Further headers, such as `X-Order`.
    pub headers: Vec<(String, String)>,
    /// The mail that it answers: `id@domain`.
    pub in_reply_to: Option<String>,
    /// The mails of the conversation before it, oldest first.
    pub references: Vec<String>,
    /// For campaigns alone: the address at which a POST unsubscribes (RFC 8058).
    pub unsubscribe_url: Option<String>,
    /// The `Auto-Submitted` of what a program and not a person sent (RFC 3834): autoresponders keep silent.
    pub automatic: Option<&'static str>,
}

/// A mail, made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// Header and body, lines ended by CR LF.
    pub bytes: Vec<u8>,
    /// Who is told when it can't be delivered.
    pub sender: Address,
    /// Whom it is for, who must all be accepted.
    pub to: Vec<Address>,
    /// Who gets a copy.
    pub copies: Vec<Address>,
}

impl Mail {
    /// Makes the bytes.
    ///
    /// # Errors
    /// `invalid_fields` that names each address, header or text which can't stand in a mail.
    pub fn compose(&self) -> Result<Composed, Problem> {
        let mut checked = Checked::default();
        let builder = self.head(&mut checked);
        let [sender, to, cc, bcc] = [
            ("/from", std::slice::from_ref(&self.from)),
            ("/to", &self.to),
            ("/cc", &self.cc),
            ("/bcc", &self.bcc),
        ]
        .map(|(pointer, parties)| checked.addresses(pointer, parties));
        if self.to.is_empty() && checked.wrong.is_empty() {
            checked.add(
                "/to".to_owned(),
                "required",
                "a mail needs someone to go to",
            );
        }
        if !checked.wrong.is_empty() {
            checked.wrong.truncate(50);
            return Err(Problem::invalid_fields(checked.wrong));
        }
        let refuse = |error: &dyn std::fmt::Display| {
            Problem::field(
                "",
                "format",
                format!("no mail can be made of this: {error}"),
            )
        };
        let sender = sender
            .into_iter()
            .next()
            .ok_or_else(|| refuse(&"no sender"))?;
        let copies: Vec<_> = cc.into_iter().chain(bcc).collect();
        let all = to.iter().chain(&copies).cloned().collect();
        let envelope = Envelope::new(Some(sender.clone()), all).map_err(|error| refuse(&error))?;
        let message = match self.body() {
            Body::Single(part) => builder.envelope(envelope).singlepart(part),
            Body::Multi(part) => builder.envelope(envelope).multipart(part),
        };
        Ok(Composed {
            bytes: message.map_err(|error| refuse(&error))?.formatted(),
            sender,
            to,
            copies,
        })
    }

    fn head(&self, checked: &mut Checked) -> MessageBuilder {
        let mut builder = Message::builder()
            .date(SystemTime::from(self.date))
            .message_id(Some(format!("<{}>", self.message_id)));
        checked.id("/message_id", &self.message_id);
        if let Some(from) = checked.mailbox("/from".to_owned(), &self.from) {
            builder = builder.from(from);
        }
        for (at, party) in self.to.iter().enumerate() {
            if let Some(mailbox) = checked.mailbox(format!("/to/{at}"), party) {
                builder = builder.to(mailbox);
            }
        }
        for (at, party) in self.cc.iter().enumerate() {
            if let Some(mailbox) = checked.mailbox(format!("/cc/{at}"), party) {
                builder = builder.cc(mailbox);
            }
        }
        checked.addresses("/reply_to", &self.reply_to);
        for (at, party) in self.reply_to.iter().enumerate() {
            if let Some(mailbox) = checked.mailbox(format!("/reply_to/{at}"), party) {
                builder = builder.reply_to(mailbox);
            }
        }
        checked.line("/subject", &self.subject);
        builder = builder.subject(self.subject.clone());
        if let Some(id) = &self.in_reply_to {
            checked.id("/in_reply_to", id);
            builder = builder.in_reply_to(format!("<{id}>"));
        }
        if !self.references.is_empty() {
            let ids: Vec<_> = self.references.iter().map(|id| format!("<{id}>")).collect();
            for id in &self.references {
                checked.id("/references", id);
            }
            builder = builder.references(ids.join(" "));
        }
        if let Some(how) = self.automatic {
            builder = builder.raw_header(exact("Auto-Submitted", how));
        }
        if let Some(url) = &self.unsubscribe_url {
            if url
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
            {
                builder = builder
                    .raw_header(exact("List-Unsubscribe", &format!("<{url}>")))
                    .raw_header(exact("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
            } else {
                let message = "an address of visible ASCII characters is needed";
                checked.add("/unsubscribe_url".to_owned(), "format", message);
            }
        }
        for (name, value) in &self.headers {
            if let Some(header) = checked.header(name, value) {
                builder = builder.raw_header(header);
            }
        }
        builder
    }

    /// `mixed(related(alternative(text, html), images), files)`, without the layers that aren't needed.
    fn body(&self) -> Body {
        let mut layers = Layers {
            seed: &self.message_id,
            made: 0,
        };
        let (images, files): (Vec<_>, Vec<_>) = self
            .files
            .iter()
            .partition(|file| file.content_id.is_some() && self.html.is_some());
        let html = self.html.as_ref().map(|html| {
            let html = SinglePart::html(html.clone());
            if images.is_empty() {
                return Body::Single(html);
            }
            let related = MultiPart::related()
                .boundary(layers.boundary())
                .singlepart(html);
            Body::Multi(
                images
                    .iter()
                    .fold(related, |multi, file| multi.singlepart(part(file))),
            )
        });
        let text = self
            .text
            .as_ref()
            .map(|text| SinglePart::plain(text.clone()));
        let content = match (text, html) {
            (Some(text), Some(html)) => {
                let both = MultiPart::alternative()
                    .boundary(layers.boundary())
                    .singlepart(text);
                Body::Multi(html.into(both))
            }
            (Some(text), None) => Body::Single(text),
            (None, Some(html)) => html,
            (None, None) => Body::Single(SinglePart::plain(String::new())),
        };
        if files.is_empty() {
            return content;
        }
        let mixed = MultiPart::mixed().boundary(layers.boundary()).build();
        let mixed = content.into(mixed);
        Body::Multi(
            files
                .iter()
                .fold(mixed, |multi, file| multi.singlepart(part(file))),
        )
    }
}

enum Body {
    Single(SinglePart),
    Multi(MultiPart),
}

impl Body {
    fn into(self, outer: MultiPart) -> MultiPart {
        match self {
            Self::Single(part) => outer.singlepart(part),
            Self::Multi(part) => outer.multipart(part),
        }
    }
}

/// Makes boundaries that differ from one another and are the same each time.
struct Layers<'a> {
    seed: &'a str,
    made: u8,
}

impl Layers<'_> {
    fn boundary(&mut self) -> String {
        use sha2::{Digest as _, Sha256};
        self.made += 1;
        let digest = Sha256::new()
            .chain_update([self.made])
            .chain_update(self.seed)
            .finalize();
        let hex: String = digest.iter().take(16).map(|b| format!("{b:02x}")).collect();
        format!("=_{hex}")
    }
}

fn part(file: &File) -> SinglePart {
    let octets = || ContentType::parse("application/octet-stream").expect("it is a media type");
    let kind = ContentType::parse(&file.media_type).unwrap_or_else(|_| octets());
    let name: String = file.name.chars().filter(|c| !c.is_control()).collect();
    let attachment = match &file.content_id {
        Some(id) => {
            let id: String = id.chars().filter(char::is_ascii_graphic).collect();
            Attachment::new_inline_with_name(id, name)
        }
        None => Attachment::new(name),
    };
    attachment.body(file.bytes.clone(), kind)
}

/// A header whose value is short, known and ASCII.
fn exact(name: &'static str, value: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), value.to_owned())
}

/// Notes what can't stand in a mail.
#[derive(Default)]
struct Checked {
    wrong: Vec<FieldProblem>,
}

impl Checked {
    fn add(&mut self, pointer: String, code: &str, message: &str) {
        self.wrong.push(FieldProblem {
            pointer,
            code: code.to_owned(),
            message: message.to_owned(),
        });
    }

    /// Text of one line: neither a CR nor an LF can begin another header.
    fn line(&mut self, pointer: &str, text: &str) -> bool {
        if text.chars().any(char::is_control) {
            let message = "line breaks and other control characters can't stand in a header";
            self.add(pointer.to_owned(), "format", message);
            return false;
        }
        if text.len() > MAX_HEADER_BYTES {
            self.add(pointer.to_owned(), "too_long", "at most 998 bytes in UTF-8");
            return false;
        }
        true
    }

    fn id(&mut self, pointer: &str, id: &str) {
        if !is_message_id(id) {
            self.add(
                pointer.to_owned(),
                "format",
                "a message id such as id@shop.example",
            );
        }
    }

    fn mailbox(&mut self, pointer: String, party: &Party) -> Option<Mailbox> {
        let name = party
            .name
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty());
        if name.is_some_and(|name| !self.line(&pointer, name)) {
            return None;
        }
        let address = party.address.parse().ok()?;
        Some(Mailbox::new(name.map(str::to_owned), address))
    }

    fn addresses(&mut self, pointer: &str, parties: &[Party]) -> Vec<Address> {
        let mut found = Vec::new();
        for (at, party) in parties.iter().enumerate() {
            match party.address.parse::<Address>() {
                Ok(address) => found.push(address),
                Err(_) => {
                    let pointer = match pointer {
                        "/from" => pointer.to_owned(),
                        _ => format!("{pointer}/{at}"),
                    };
                    self.add(pointer, "format", "an address such as sara@shop.example");
                }
            }
        }
        found
    }

    fn header(&mut self, name: &str, value: &str) -> Option<HeaderValue> {
        let pointer = format!("/headers/{}", name.replace('~', "~0").replace('/', "~1"));
        if is_own_header(name) {
            self.add(
                pointer,
                "contradiction",
                "Storetrail sets this header itself",
            );
            return None;
        }
        let is_name = !name.is_empty()
            && name.len() <= 76
            && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        if !is_name {
            self.add(
                pointer,
                "format",
                "a header's name is visible ASCII without a colon",
            );
            return None;
        }
        if !self.line(&pointer, value) {
            return None;
        }
        let name = HeaderName::new_from_ascii(name.to_owned()).ok()?;
        Some(HeaderValue::new(name, value.to_owned()))
    }
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
