//! What the server notes by itself: denials, rate limits, forged webhooks, foreign origins, secrets shown.

use crate::record::{By, Record};
use crate::{Caller, Error, Scope, Storage};
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::{Reference, StoreId};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Mutex;

/// Alike notes within so long are one event.
const ALIKE_MICROS: i64 = 60 * 1_000_000;
/// How many kinds of notes are remembered: a flood of different ones must not fill the memory.
const REMEMBERED: usize = 10_000;

/// Something to be noted.
#[derive(Debug, Clone)]
pub struct SecurityNote {
    /// What happened.
    pub event: SecurityEventName,
    /// How it ended.
    pub outcome: SecurityOutcome,
    /// Why, as a stable word.
    pub reason: Option<&'static str>,
    /// To what.
    pub subject: Option<Reference>,
    /// The account concerned, if the scope does not say it.
    pub account: Option<String>,
    /// From where, if the scope does not say it.
    pub caller: Caller,
    /// Numbers and words for its sentence, as an object; no secret.
    pub details: Option<Value>,
}

impl SecurityNote {
    /// A note of nobody yet.
    pub fn new(event: SecurityEventName, outcome: SecurityOutcome, caller: Caller) -> Self {
        Self {
            event,
            outcome,
            reason: None,
            subject: None,
            account: None,
            caller,
            details: None,
        }
    }
}

/// When notes of a kind were last recorded, and how many alike came since.
#[derive(Default)]
pub(crate) struct Noted(Mutex<HashMap<String, (i64, u32)>>);

impl Noted {
    /// How many the event stands for, if it is to be recorded now.
    fn count(&self, key: String, now: i64) -> Option<u32> {
        let mut noted = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if noted.len() > REMEMBERED {
            noted.retain(|_, (at, _)| now - *at < ALIKE_MICROS);
        }
        if noted.len() > REMEMBERED {
            return None;
        }
        match noted.get_mut(&key) {
            Some((at, held)) if now - *at < ALIKE_MICROS => {
                *held = held.saturating_add(1);
                None
            }
            Some(entry) => {
                let count = entry.1.saturating_add(1);
                *entry = (now, 0);
                Some(count)
            }
            None => {
                noted.insert(key, (now, 0));
                Some(1)
            }
        }
    }
}

impl Storage {
    /// Notes something in the security log: of the scope's store, or of the house's when there is no scope. Alike
    /// notes (same event, reason, subject, person and address) within a minute are held back and counted into the
    /// next one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_security(
        &self,
        scope: Option<&Scope>,
        note: SecurityNote,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now();
        let mut event = match scope {
            Some(scope) => self.event(scope, note.event, note.outcome),
            None => SecurityEvent::new(note.event, note.outcome, now),
        };
        if scope.is_none_or(|scope| *scope.caller() == Caller::default()) {
            event.origin = note.caller.origin();
            event.request_id.clone_from(&note.caller.request_id);
        }
        event.reason = note.reason.map(str::to_owned);
        event.subject = note.subject.map(cut);
        event.details = note.details;
        if let Some(account) = note.account {
            event.account = Some(account.replace('\0', " ").chars().take(254).collect());
        }
        let store = match scope {
            Some(scope) => Some(scope.store_id()),
            None => self.house_store().await?.map(|store| store.id),
        };
        let Some(store) = store else { return Ok(()) };
        let key = format!(
            "{} {} {:?} {:?} {:?} {:?} {:?}",
            store.0,
            event.event,
            event.reason,
            event.subject,
            event.actor.id,
            event.account,
            event.origin.ip
        );
        let Some(count) = self.inner.noted.count(key, now.timestamp_micros()) else {
            return Ok(());
        };
        event.count = count;
        self.record_event(store, event).await
    }

    pub(crate) async fn record_event(
        &self,
        store: StoreId,
        event: SecurityEvent,
    ) -> Result<(), Error> {
        let by = By {
            principal: String::new(),
            request_id: event.request_id.clone(),
        };
        let records = vec![Record::Security(Box::new(event))];
        self.recorder()
            .write(store, by, records, Vec::new(), None)
            .await
            .map(drop)
    }
}

/// What may come from outside, within bounds and without what canonical JSON refuses.
fn cut(reference: Reference) -> Reference {
    let cut = |text: String| -> String { text.replace('\0', " ").chars().take(300).collect() };
    Reference {
        kind: cut(reference.kind),
        id: cut(reference.id),
        name: reference.name.map(cut),
    }
}
