//! What is being written, kept in this browser until it is sent.

use super::files::FileDraft;
use crate::activity::browser;
use crate::i18n::tr;
use crate::messages::words::is_hidden;
use crate::orders::thread::{Item, ThreadLog};
use domain::message::{Channel, Mailbox, answer_subject, e164};
use domain::view::{MessageDetail, ThreadItem};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is being written. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Draft {
    /// By which way.
    pub channel: RwSignal<Channel>,
    /// The address or number that was chosen; it counts while it is one that the channel leads to.
    pub to: RwSignal<Option<String>>,
    /// Another address or number than those, while one is being written.
    pub other: RwSignal<Option<String>>,
    /// The subject, of an email.
    pub subject: RwSignal<String>,
    /// The text, the same for each channel.
    pub text: RwSignal<String>,
    /// The files. They are not kept.
    pub files: RwSignal<Vec<FileDraft>>,
    /// Whether it is on its way to the server.
    pub is_sending: RwSignal<bool>,
    /// What is wrong with it.
    pub mistake: RwSignal<Option<String>>,
    /// Under which it is sent: once, however often it is tried. None before the first try.
    key: RwSignal<Option<Uuid>>,
    /// The subject that the thread proposes.
    proposed: StoredValue<String>,
}

/// What is kept of it.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    channel: Option<Channel>,
    to: Option<String>,
    other: Option<String>,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    text: String,
    key: Option<Uuid>,
}

/// What the server was given; what is written meanwhile is no part of it.
pub struct Sent {
    name: String,
    /// To whom.
    to: String,
    /// Of an email.
    subject: Option<String>,
    text: String,
    files: Vec<(String, u64)>,
}

impl Draft {
    /// An empty one, by the way the customer wrote last.
    pub fn new(log: ThreadLog) -> Self {
        let last = log.items.with_untracked(|items| {
            items.iter().rev().find_map(|item| match &*item.item {
                ThreadItem::Message { row, .. } if item.is_inbound() => Some(row.channel),
                _ => None,
            })
        });
        let channel = last.filter(|channel| {
            let leads = |(there, _): &(Channel, String)| there == channel;
            log.reachable.with_untracked(|ways| ways.iter().any(leads))
                && untrack(|| log.is_set_up(*channel))
        });
        let channel = channel.or_else(|| untrack(|| log.first_channel()));
        let subject = log.items.with_untracked(|items| subject_of(items));
        Self {
            channel: RwSignal::new(channel.unwrap_or(Channel::Email)),
            to: RwSignal::new(None),
            other: RwSignal::new(None),
            subject: RwSignal::new(subject.clone()),
            text: RwSignal::new(String::new()),
            files: RwSignal::new(Vec::new()),
            is_sending: RwSignal::new(false),
            mistake: RwSignal::new(None),
            key: RwSignal::new(None),
            proposed: StoredValue::new(subject),
        }
    }

    /// Takes up what was kept, keeps what is written from then on, and goes along with what comes. Browser only.
    pub fn follow(self, log: ThreadLog) {
        let name = name(log);
        Effect::new(move |is_read: Option<bool>| {
            if is_read.is_none() {
                self.take_up(log, &name);
                return true;
            }
            let subject = self.subject.get();
            let is_proposed = self.proposed.with_value(|proposed| *proposed == subject);
            let kept = Kept {
                channel: Some(self.channel.get()),
                to: self.to.get(),
                other: self.other.get(),
                subject: Some(subject).filter(|_| !is_proposed).unwrap_or_default(),
                text: self.text.get(),
                key: self.key.get(),
            };
            if let Ok(text) = serde_json::to_string(&kept) {
                browser::keep(&name, &text);
            }
            true
        });
        // What was wrong with it was wrong as it was.
        Effect::new(move |is_first: Option<()>| {
            self.channel.track();
            self.to.track();
            self.other.track();
            self.subject.track();
            self.text.track();
            if is_first.is_some() {
                self.mistake.set(None);
            }
        });
        Effect::new(move |_| {
            let subject = log.items.with(|items| subject_of(items));
            let before = self.proposed.get_value();
            if subject != before {
                self.proposed.set_value(subject.clone());
                if self.subject.with_untracked(|written| *written == before) {
                    self.subject.set(subject);
                }
            }
        });
        // Where nobody was known it goes by the first way that becomes known.
        Effect::new(move |had_way: Option<bool>| {
            let first = log.first_channel();
            if had_way == Some(false)
                && !untrack(|| self.has_other())
                && let Some(first) = first
            {
                self.go_by(first);
            }
            first.is_some()
        });
    }

    fn take_up(self, log: ThreadLog, name: &str) {
        let kept = kept(name);
        // Follows all of them, so that the effect runs again.
        self.text.track();
        self.subject.track();
        self.channel.track();
        self.to.track();
        self.other.track();
        self.key.track();
        if kept.text.is_empty() && kept.subject.is_empty() {
            return;
        }
        self.other
            .set(kept.other.filter(|other| !other.trim().is_empty()));
        if let Some(channel) = kept.channel {
            let is_there = log
                .reachable
                .with_untracked(|reachable| reachable.iter().any(|(c, _)| *c == channel));
            if is_there || untrack(|| self.has_other()) {
                self.channel.set(channel);
            }
        }
        self.to.set(kept.to);
        self.key.set(kept.key);
        if !kept.subject.is_empty() {
            self.subject.set(kept.subject);
        }
        self.text.set(kept.text);
    }

    /// The key under which it is sent: the same until it was.
    pub fn key(self) -> Uuid {
        let key = self.key.get_untracked().unwrap_or_else(browser::new_key);
        self.key.set(Some(key));
        key
    }

    /// From now on it is another message.
    pub fn renew_key(self) {
        self.key.try_set(None);
    }

    /// What is given to the server now.
    pub fn to_send(self, log: ThreadLog) -> Sent {
        let size = |file: &FileDraft| (file.name.clone(), file.size_bytes);
        Sent {
            name: name(log),
            to: untrack(|| self.address(log)).unwrap_or_default(),
            subject: (self.channel.get_untracked() == Channel::Email)
                .then(|| self.subject.get_untracked()),
            text: self.text.get_untracked(),
            files: self
                .files
                .with_untracked(|files| files.iter().map(size).collect()),
        }
    }

    /// Takes out what was sent; what was written or chosen meanwhile stays. The subject is the proposed one again: the
    /// next mail may be about something else. The next answer goes to the customer again; to the other address only where the
    /// customer's own failed, since that one stands in for it.
    pub fn clear(self, log: ThreadLog, sent: &Sent) {
        self.renew_key();
        let is_here = self.text.try_update(|text| {
            let rest = text.strip_prefix(&sent.text);
            if let Some(rest) = rest.map(|rest| rest.trim_start().to_owned()) {
                *text = rest;
            }
        });
        if is_here.is_none() {
            // The page was left meanwhile: what it kept would come back.
            if kept(&sent.name).text == sent.text {
                browser::keep(&sent.name, "");
            }
            return;
        }
        if sent.subject == Some(self.subject.get_untracked()) {
            self.subject.set(self.proposed.get_value());
        }
        if untrack(|| self.read_other()).as_ref() == Some(&sent.to) {
            self.other.set(None);
            let usual = untrack(|| self.address(log));
            let has_failed = usual.is_none_or(|usual| {
                untrack(|| log.failure(self.channel.get_untracked(), &usual)).is_some()
            });
            if has_failed {
                self.to.set(Some(sent.to.clone()));
            }
        }
        self.files.try_update(|files| {
            for (name, size) in &sent.files {
                let is_it = |file: &FileDraft| file.name == *name && file.size_bytes == *size;
                if let Some(at) = files.iter().position(is_it) {
                    files.remove(at);
                }
            }
        });
    }

    /// Chooses a channel. Another address belongs to the channel for which it was written.
    pub fn go_by(self, channel: Channel) {
        self.other.set(None);
        self.channel.set(channel);
    }

    /// Whether nothing is written or chosen.
    pub fn is_blank(self) -> bool {
        self.text.with_untracked(|text| text.trim().is_empty())
            && self.files.with_untracked(Vec::is_empty)
    }

    /// Takes in what a message said, to be sent as another one.
    pub fn take_again(self, log: ThreadLog, detail: MessageDetail) {
        let MessageDetail { row, message, .. } = detail;
        self.renew_key();
        self.go_by(message.channel);
        let known = untrack(|| self.known(log));
        match message.to.into_iter().next().map(|to| to.address) {
            Some(to) if known.contains(&to) => self.to.set(Some(to)),
            to => self.other.set(to),
        }
        if let Some(subject) = message.subject {
            self.subject.set(subject);
        }
        self.text.set(message.text.unwrap_or_default());
        for (at, file) in message.attachments.into_iter().enumerate() {
            let address = format!("/messages/{}/attachments/{at}", row.id);
            browser::fetch_file(address, move |content| match content {
                Some(content) => {
                    let file = FileDraft {
                        name: file.name,
                        content_type: file.content_type,
                        size_bytes: file.blob.size_bytes,
                        content,
                    };
                    self.files.try_update(|files| files.push(file));
                }
                None => {
                    let name = file.name.as_str();
                    let words = tr!(log.locale, messages.composer.file_lost, name = name);
                    self.mistake.try_set(Some(words));
                }
            });
        }
    }

    /// Takes a file out.
    pub fn remove(self, at: usize) {
        self.mistake.set(None);
        self.files.update(|files| {
            if at < files.len() {
                files.remove(at);
            }
        });
    }

    /// Whether the channel leads to a number in local form: nobody knows of which country.
    pub fn lacks_country(self, log: ThreadLog) -> bool {
        self.channel.get() != Channel::Email
            && self
                .address(log)
                .is_some_and(|number| e164(&number).is_none() && !is_hidden(&number))
    }

    /// The addresses or numbers that the channel leads to, the one to answer to first.
    pub fn known(self, log: ThreadLog) -> Vec<String> {
        let channel = self.channel.get();
        log.reachable.with(|reachable| {
            let of_channel = reachable.iter().filter(|(there, _)| *there == channel);
            of_channel.map(|(_, address)| address.clone()).collect()
        })
    }

    /// Whether another address or number is written, or has to be since none is known.
    pub fn writes_other(self, log: ThreadLog) -> bool {
        self.other.with(Option::is_some) || self.known(log).is_empty()
    }

    /// Whether something of another address or number is written.
    fn has_other(self) -> bool {
        let is_there = |other: &String| !other.trim().is_empty();
        self.other
            .with(|other| other.as_ref().is_some_and(is_there))
    }

    /// The other address or number as it is sent; none while it is none of the channel's.
    fn read_other(self) -> Option<String> {
        let other = self.other.get()?;
        match self.channel.get() {
            Channel::Email => Mailbox::parse(&other).map(|mailbox| mailbox.address),
            Channel::Sms | Channel::Whatsapp => e164(&other),
        }
    }

    /// The address or number that it goes to; none while another one is not written yet.
    pub fn address(self, log: ThreadLog) -> Option<String> {
        if self.other.with(Option::is_some) {
            return self.read_other();
        }
        let known = self.known(log);
        let chosen = self.to.get().filter(|to| known.contains(to));
        chosen.or_else(|| known.into_iter().next())
    }
}

/// The subject of an answer to the last mail that came in; empty when there is none.
fn subject_of(items: &[Item]) -> String {
    let last = items.iter().rev().find_map(|item| match &*item.item {
        ThreadItem::Message { row, .. } if item.is_inbound() && row.channel == Channel::Email => {
            row.subject.as_deref()
        }
        _ => None,
    });
    last.filter(|subject| !is_hidden(subject))
        .map(answer_subject)
        .unwrap_or_default()
}

/// Each person of this browser has their own for each order.
fn name(log: ThreadLog) -> String {
    let person = log
        .viewer
        .with_value(|v| format!("{}.{}", v.id, v.store.id.0));
    format!("storetrail.draft.{person}.{}", log.number.get_value())
}

fn kept(name: &str) -> Kept {
    browser::kept(name)
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_that_was_kept_before_is_read() {
        let kept: Kept = serde_json::from_str(r#"{"channel":"sms","text":"soon"}"#).expect("read");
        let expected = Kept {
            channel: Some(Channel::Sms),
            text: "soon".to_owned(),
            ..Kept::default()
        };
        assert_eq!(kept, expected);
    }
}
