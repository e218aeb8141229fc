//! Sending what was written: held for a moment, so that it can be stopped.

use super::Draft;
use crate::AppError;
use crate::i18n::{Locale, tr};
use crate::messages::calls;
use crate::messages::words::is_hidden;
use crate::orders::thread::ThreadLog;
use domain::Code;
use domain::message::Channel;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::{Value, json};

/// How long a reply is held, in seconds.
const HOLD_SECONDS: u64 = 30;

/// Sends the draft.
pub fn send(log: ThreadLog, draft: Draft) {
    let locale = log.locale;
    let channel = draft.channel.get_untracked();
    let refuse = |words: &str| draft.mistake.set(Some(words.to_owned()));
    if channel == Channel::Email && draft.subject.with_untracked(|s| s.trim().is_empty()) {
        refuse(tr!(locale, messages.composer.subject_missing));
        crate::activity::browser::focus(".subject-field");
        return;
    }
    if channel == Channel::Sms && !draft.files.with_untracked(Vec::is_empty) {
        refuse(tr!(locale, messages.composer.sms_with_files));
        return;
    }
    let Some(body) = untrack(|| body_of(log, draft)) else {
        refuse(match channel {
            Channel::Email => tr!(locale, messages.composer.no_mail),
            Channel::Sms | Channel::Whatsapp => tr!(locale, messages.composer.no_number),
        });
        crate::activity::browser::focus(".other-field");
        return;
    };
    let (key, sent) = (draft.key(), draft.to_send(log));
    draft.mistake.set(None);
    draft.is_sending.set(true);
    spawn_local(async move {
        let answer = calls::send(key, body.to_string()).await;
        draft.is_sending.try_set(false);
        match answer {
            Ok(()) => {
                draft.clear(log, &sent);
                // Nothing to do on a page that was left meanwhile.
                let Some(is_empty) = draft.text.try_with_untracked(String::is_empty) else {
                    return;
                };
                if is_empty {
                    log.tell_typing(false);
                }
                // The socket brings it; without one it is read.
                log.reload();
            }
            Err(error) => {
                let words = words_of(locale, &error);
                if draft.mistake.try_set(Some(words)).is_none()
                    && error.code() == Code::IdempotencyConflict
                {
                    draft.renew_key();
                    log.reload();
                }
            }
        }
    });
}

/// Why it was not sent.
fn words_of(locale: Locale, error: &AppError) -> String {
    match (error.code(), error.words()) {
        (Code::Unavailable, _) => tr!(locale, messages.composer.offline).to_owned(),
        // An earlier try arrived, whose answer did not, and the draft was changed since.
        (Code::IdempotencyConflict, _) => tr!(locale, messages.composer.sent_before).to_owned(),
        (_, Some(words)) => tr!(locale, messages.composer.refused, why = words),
        (_, None) => tr!(locale, messages.composer.failed).to_owned(),
    }
}

/// The message as `POST /api/v1/messages` takes it.
fn body_of(log: ThreadLog, draft: Draft) -> Option<Value> {
    let channel = draft.channel.get();
    let files: Vec<Value> = draft.files.with(|files| {
        files
            .iter()
            .map(|file| {
                json!({
                    "name": file.name,
                    "content_type": file.content_type,
                    "content": file.content,
                })
            })
            .collect()
    });
    let mut body = json!({
        "channel": channel.as_str(),
        "type": "reply",
        "to": draft.address(log)?,
        "text": draft.text.get(),
        "order": log.number.get_value(),
        "hold_seconds": HOLD_SECONDS,
    });
    let fields = body.as_object_mut()?;
    if channel == Channel::Email {
        fields.insert("subject".to_owned(), json!(draft.subject.get().trim()));
    }
    if !files.is_empty() {
        fields.insert("attachments".to_owned(), Value::Array(files));
    }
    let customer = log.order.with(|order| order.customer.clone());
    if let Some(id) = customer.filter(|id| !is_hidden(id)) {
        let name = log.order.with(|order| order.customer_name.clone());
        let customer = match name.filter(|name| !is_hidden(name)) {
            Some(name) => json!({ "id": id, "name": name }),
            None => json!(id),
        };
        fields.insert("customer".to_owned(), customer);
    }
    Some(body)
}
