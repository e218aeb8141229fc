//! What is being written, kept in this browser until it is sent.

use super::files::FileDraft;
use crate::activity::browser;
use crate::messages::words::is_hidden;
use crate::orders::thread::ThreadLog;
use domain::message::{Channel, e164};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What is being written. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Draft {
    /// By which way.
    pub channel: RwSignal<Channel>,
    /// The subject, of an email.
    pub subject: RwSignal<String>,
    /// The text, the same for each channel.
    pub text: RwSignal<String>,
    /// The files. They are not kept.
    pub files: RwSignal<Vec<FileDraft>>,
    /// Whether it is on its way to the server.
    pub is_sending: RwSignal<bool>,
    /// What is wrong with it.
    pub mistake: RwSignal<Option<&'static str>>,
}

/// What is kept of it.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    channel: Option<Channel>,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    text: String,
}

impl Draft {
    /// An empty one, by the way the customer wrote last.
    pub fn new(log: ThreadLog) -> Self {
        let last = log.items.with_untracked(|items| {
            items.iter().rev().find_map(|item| match &*item.item {
                domain::view::ThreadItem::Message { row, .. } if item.is_inbound() => {
                    Some(row.channel)
                }
                _ => None,
            })
        });
        let channel = log.reachable.with_value(|reachable| {
            let is_there = |channel: &Channel| reachable.iter().any(|(c, _)| c == channel);
            last.filter(is_there)
                .or_else(|| reachable.first().map(|(channel, _)| *channel))
        });
        Self {
            channel: RwSignal::new(channel.unwrap_or(Channel::Email)),
            subject: RwSignal::new(String::new()),
            text: RwSignal::new(String::new()),
            files: RwSignal::new(Vec::new()),
            is_sending: RwSignal::new(false),
            mistake: RwSignal::new(None),
        }
    }

    /// Takes up what was kept, and keeps what is written from then on. Browser only.
    pub fn follow(self, log: ThreadLog) {
        let name = name(log);
        Effect::new(move |is_read: Option<bool>| {
            if is_read.is_none() {
                self.take_up(log, &name);
                return true;
            }
            let kept = Kept {
                channel: Some(self.channel.get()),
                subject: self.subject.get(),
                text: self.text.get(),
            };
            self.mistake.set(None);
            if let Ok(text) = serde_json::to_string(&kept) {
                browser::keep(&name, &text);
            }
            true
        });
    }

    fn take_up(self, log: ThreadLog, name: &str) {
        let kept: Kept = browser::kept(name)
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        // Follows all three, so that the effect runs again.
        self.text.track();
        self.subject.track();
        self.channel.track();
        if kept.text.is_empty() && kept.subject.is_empty() {
            return;
        }
        if let Some(channel) = kept.channel {
            let is_there = log
                .reachable
                .with_value(|reachable| reachable.iter().any(|(c, _)| *c == channel));
            if is_there {
                self.channel.set(channel);
            }
        }
        self.subject.set(kept.subject);
        self.text.set(kept.text);
    }

    /// Empties it once it was sent. The subject stays: an answer goes on under it.
    pub fn clear(self) {
        self.text.try_set(String::new());
        self.files.try_set(Vec::new());
    }

    /// Takes a file out.
    pub fn remove(self, at: usize) {
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

    /// The address or number that the channel leads to.
    pub fn address(self, log: ThreadLog) -> Option<String> {
        let channel = self.channel.get();
        log.reachable.with_value(|reachable| {
            let found = reachable.iter().find(|(there, _)| *there == channel);
            found.map(|(_, address)| address.clone())
        })
    }
}

/// Each person of this browser has their own for each order.
fn name(log: ThreadLog) -> String {
    let person = log
        .viewer
        .with_value(|v| format!("{}.{}", v.id, v.store.id.0));
    format!("storetrail.draft.{person}.{}", log.number.get_value())
}
