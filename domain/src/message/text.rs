//! What search finds a message by, and what a masked role sees of it.

use super::{FilledIn, Mailbox, Message, phone_digits};
use crate::{MASK, SearchText, Term, fold, mask_actor};

/// How many characters of content are searched in.
const SEARCHED_CHARS: usize = 50_000;
/// How what a mail program doesn't show begins and ends.
const HIDDEN: [(&str, &str); 3] = [
    ("<!--", "-->"),
    ("<style", "</style>"),
    ("<script", "</script>"),
];
/// How many digits a number has as people of its country write it, without the zero before it.
const NATIONAL: std::ops::RangeInclusive<usize> = 8..=10;

/// Splits what full text finds into an open and a personal part. A secret's subject and content are in
/// neither.
pub fn message_text(message: &Message) -> SearchText {
    let mut open = vec![
        message.channel.as_str().to_owned(),
        message.kind.as_str().replace('_', " "),
    ];
    open.extend(message.order.clone());
    open.extend(message.template.clone());
    let mut personal = Vec::new();
    for mailbox in everybody(message) {
        personal.extend(mailbox.name.clone());
        personal.extend(phone_digits(&mailbox.address));
        personal.push(mailbox.address.clone());
    }
    personal.extend(message.customer_name.clone());
    personal.extend(message.customer.clone());
    if !message.is_secret {
        personal.extend(message.subject.clone());
        personal.extend(words_of(message, SEARCHED_CHARS));
        personal.extend(message.attachments.iter().map(|a| a.name.clone()));
    }
    let folded = |pieces: Vec<String>| {
        let pieces: Vec<String> = pieces
            .iter()
            .map(|p| fold(p))
            .filter(|p| !p.is_empty())
            .collect();
        pieces.join("\n")
    };
    SearchText {
        open: folded(open),
        personal: folded(personal),
    }
}

fn everybody(message: &Message) -> impl Iterator<Item = &Mailbox> {
    // The usual sender stands in all that the store sends: a word of its name would find everything.
    let is_given = !message.is_filled_in(FilledIn::From);
    message
        .from
        .iter()
        .filter(move |_| is_given)
        .chain(&message.to)
        .chain(&message.cc)
        .chain(&message.bcc)
}

/// The text's first `most` characters, or so much of the words in the HTML.
pub fn words_of(message: &Message, most: usize) -> Option<String> {
    match (&message.text, &message.html) {
        (Some(text), _) => Some(text.chars().take(most).collect()),
        (None, Some(html)) => Some(text_of_html(html, most)),
        (None, None) => None,
    }
}

/// What a message says to its reader: without the styles, programs and comments of an HTML mail.
pub fn said_in(message: &Message) -> Option<String> {
    match (&message.text, &message.html) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(html)) => Some(text_of_html(&without_hidden(html), usize::MAX)),
        (None, None) => None,
    }
}

/// HTML without what begins and ends as one of [`HIDDEN`].
fn without_hidden(html: &str) -> String {
    let starts = |text: &str, with: &str| {
        text.get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    let mut said = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        said.push_str(before);
        let hidden = HIDDEN.iter().find(|(start, _)| starts(tag, start));
        let Some((_, end)) = hidden else {
            said.push('<');
            rest = &tag[1..];
            continue;
        };
        said.push(' ');
        let end_at = tag
            .as_bytes()
            .windows(end.len())
            .position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
        rest = end_at.map_or("", |at| &tag[at + end.len()..]);
    }
    said.push_str(rest);
    said
}

/// The words between tags, some `most` bytes of them; entities are left as they are, which only costs a hit.
fn text_of_html(html: &str, most: usize) -> String {
    let mut out = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => {
                is_tag = true;
                out.push(' ');
            }
            '>' if is_tag => is_tag = false,
            c if !is_tag => out.push(c),
            _ => {}
        }
        if out.len() > most {
            break;
        }
    }
    out
}

/// Everything that exact-match qualifiers find a message by, sorted, each once, folded: `to:`, `from:`,
/// `subject:`, `order:`, `customer:`, `trace:`, `template:`, each with a value.
pub(super) fn terms(message: &Message) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut add = |kind: &str, text: &str, is_personal: bool| {
        let text = fold(text);
        if !text.is_empty() {
            terms.push(Term {
                text: format!("{kind}:{}", text.chars().take(200).collect::<String>()),
                is_personal,
            });
        }
    };
    let mut people = |kind: &str, mailboxes: &mut dyn Iterator<Item = &Mailbox>| {
        for mailbox in mailboxes {
            add(kind, &mailbox.address, true);
            if let Some((local, domain)) = mailbox.address.rsplit_once('@') {
                add(kind, local, true);
                add(kind, domain, true);
            }
            if let Some(digits) = phone_digits(&mailbox.address) {
                add(kind, &digits, true);
                // As people of its country write it.
                for count in NATIONAL {
                    add(kind, &digits[digits.len().saturating_sub(count)..], true);
                }
            }
            if let Some(name) = &mailbox.name {
                add(kind, name, true);
                fold(name).split(' ').for_each(|word| add(kind, word, true));
            }
        }
    };
    people(
        "to",
        &mut message.to.iter().chain(&message.cc).chain(&message.bcc),
    );
    people("from", &mut message.from.iter());
    if let Some(subject) = message.subject.as_ref().filter(|_| !message.is_secret) {
        add("subject", subject, true);
        for word in fold(subject).split(|c: char| !c.is_alphanumeric()) {
            add("subject", word, true);
        }
    }
    if let Some(order) = &message.order {
        add("order", order, false);
    }
    for value in [&message.customer, &message.customer_name]
        .into_iter()
        .flatten()
    {
        add("customer", value, true);
        fold(value)
            .split(' ')
            .for_each(|word| add("customer", word, true));
    }
    if let Some(trace) = &message.trace_id {
        add("trace", trace, false);
    }
    if let Some(template) = &message.template {
        add("template", template, false);
    }
    terms.sort();
    terms.dedup_by(|later, earlier| later.text == earlier.text);
    terms
}

/// The message as a role sees it from whom personal data is hidden: that it is there, of what kind and for
/// which order; nobody's address and nothing of what it says.
pub fn mask_message(message: &Message) -> Message {
    let hidden = |mailbox: &Mailbox| Mailbox {
        name: mailbox.name.as_ref().map(|_| MASK.to_owned()),
        address: MASK.to_owned(),
    };
    let all = |list: &[Mailbox]| list.iter().map(hidden).collect();
    let mask = |text: &Option<String>| text.as_ref().map(|_| MASK.to_owned());
    let mut masked = Message {
        from: message.from.as_ref().map(hidden),
        to: all(&message.to),
        cc: all(&message.cc),
        bcc: all(&message.bcc),
        reply_to: message.reply_to.as_ref().map(hidden),
        customer: mask(&message.customer),
        customer_name: mask(&message.customer_name),
        caused_by: mask_actor(&message.caused_by),
        references: Vec::new(),
        message_id: mask(&message.message_id),
        ..message.clone()
    };
    hide_content(&mut masked);
    masked
}

/// Takes out what the message says, and what could be downloaded of it.
pub(super) fn hide_content(message: &mut Message) {
    let mask = |text: &Option<String>| text.as_ref().map(|_| MASK.to_owned());
    message.subject = mask(&message.subject);
    message.text = mask(&message.text.take().or_else(|| message.html.take()));
    message.html = None;
    message.headers = Vec::new();
    message.raw = None;
    message.attachments = Vec::new();
}

impl Message {
    /// The message as a role sees it: a secret's content is for super admins, and own roles that say so.
    pub fn shown_to(&self, role: crate::Role) -> Self {
        let mut shown = if role.is_masked() {
            mask_message(self)
        } else {
            self.clone()
        };
        if self.is_secret && !role.may(crate::Permission::ReadSecrets) {
            hide_content(&mut shown);
        }
        shown
    }
}
