//! What the server notes by itself: denials, rate limits, forged webhooks, foreign origins, secrets shown.

use crate::record::{By, Record};
use crate::{Caller, Error, Scope, Storage};
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::{Reference, StoreId};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

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

/// Notes of one kind: when they were last recorded, and how many alike came since.
struct Kind {
    since: i64,
    held: u32,
    store: StoreId,
    last: SecurityEvent,
}

/// The kinds of notes that came lately.
#[derive(Default)]
pub(crate) struct Noted(Mutex<HashMap<String, Kind>>);

impl Noted {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kind>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The event, with how many it stands for, if it is to be recorded now. Past the kinds that are remembered, events
    /// are told by what happened in which store alone.
    fn take(&self, store: StoreId, mut event: SecurityEvent, now: i64) -> Option<SecurityEvent> {
        let mut kinds = self.lock();
        let mut key = key_of(store, &event);
        let is_full =
            |kinds: &HashMap<String, Kind>| kinds.len() >= REMEMBERED && !kinds.contains_key(&key);
        if is_full(&kinds) {
            kinds.retain(|_, kind| kind.held > 0 || now - kind.since < ALIKE_MICROS);
        }
        if is_full(&kinds) {
            let bare = SecurityEvent::new(event.event, event.outcome, event.occurred_at);
            event = SecurityEvent {
                reason: event.reason,
                ..bare
            };
            key = key_of(store, &event);
        }
        match kinds.get_mut(&key) {
            Some(kind) if now - kind.since < ALIKE_MICROS => {
                kind.held = kind.held.saturating_add(1);
                kind.last = event;
                None
            }
            Some(kind) => {
                event.count = kind.held.saturating_add(1);
                kind.held = 0;
                kind.since = now;
                Some(event)
            }
            None => {
                let last = event.clone();
                kinds.insert(
                    key,
                    Kind {
                        since: now,
                        held: 0,
                        store,
                        last,
                    },
                );
                Some(event)
            }
        }
    }

    /// What was held back of the kinds last recorded until then; their next minute begins now.
    fn settle(&self, until: i64, now: i64) -> Vec<(StoreId, SecurityEvent)> {
        let mut held = Vec::new();
        self.lock().retain(|_, kind| {
            if kind.since > until {
                return true;
            }
            if kind.held == 0 {
                return false;
            }
            let mut event = kind.last.clone();
            event.count = kind.held;
            held.push((kind.store, event));
            kind.held = 0;
            kind.since = now;
            true
        });
        held
    }

    /// Holds back again what couldn't be written.
    fn hold(&self, store: StoreId, event: SecurityEvent, now: i64) {
        let count = event.count;
        let mut kinds = self.lock();
        let kind = kinds.entry(key_of(store, &event)).or_insert(Kind {
            since: now,
            held: 0,
            store,
            last: event,
        });
        kind.held = kind.held.saturating_add(count);
    }
}

/// What alike notes have in common.
fn key_of(store: StoreId, event: &SecurityEvent) -> String {
    format!(
        "{} {} {:?} {:?} {:?} {:?} {:?}",
        store.0,
        event.event,
        event.reason,
        event.subject,
        event.actor.id,
        event.account,
        event.origin.ip
    )
}

impl Storage {
    /// Notes something in the security log: of the scope's store, or of the house's when there is no scope. Alike
    /// notes (same event, reason, subject, person and address) within a minute are held back and counted into the
    /// next one, or recorded when the minute ends ([`Storage::settle_notes`]).
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
        match store {
            Some(store) => self.note_event(store, event).await,
            None => Ok(()),
        }
    }

    /// Records an event in a store's security log, or counts it into the next one as [`Storage::note_security`] says.
    pub(crate) async fn note_event(
        &self,
        store: StoreId,
        event: SecurityEvent,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now();
        match self.inner.noted.take(store, event, now.timestamp_micros()) {
            Some(event) => self.record_event(store, event).await,
            None => Ok(()),
        }
    }

    /// Records the notes that were held back for a minute, as one event for each kind. For a worker, every few seconds.
    ///
    /// # Errors
    /// When the database fails; what couldn't be written is held back until the next time.
    pub async fn settle_notes(&self) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        self.settle_notes_until(now - ALIKE_MICROS, now).await
    }

    /// As [`Storage::settle_notes`], whether their minute is over or not: before the process ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_all_notes(&self) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        self.settle_notes_until(now, now).await
    }

    async fn settle_notes_until(&self, until: i64, now: i64) -> Result<(), Error> {
        let mut outcome = Ok(());
        for (store, event) in self.inner.noted.settle(until, now) {
            if let Err(error) = self.record_event(store, event.clone()).await {
                self.inner.noted.hold(store, event, now);
                outcome = Err(error);
            }
        }
        outcome
    }

    pub(crate) async fn record_event(
        &self,
        store: StoreId,
        event: SecurityEvent,
    ) -> Result<(), Error> {
        let by = By {
            principal: String::new(),
            request_id: event.request_id.clone(),
            held_to: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(account: usize) -> SecurityEvent {
        let at = chrono::DateTime::UNIX_EPOCH;
        let name = SecurityEventName::AccessDenied;
        SecurityEvent {
            account: Some(account.to_string()),
            reason: Some("role".to_owned()),
            ..SecurityEvent::new(name, SecurityOutcome::Denied, at)
        }
    }

    #[test]
    fn what_is_past_the_kinds_that_are_remembered_is_counted_too() {
        let (noted, store) = (Noted::default(), StoreId(1));
        let told = (0..REMEMBERED + 50).filter_map(|account| noted.take(store, guess(account), 0));
        let told: Vec<_> = told.collect();
        assert_eq!(told.len(), REMEMBERED + 1);
        assert_eq!(told[REMEMBERED].account, None);
        assert!(noted.settle(-1, 9).is_empty());
        let mut bare = guess(0);
        bare.account = None;
        bare.count = 49;
        assert_eq!(noted.settle(0, 9), [(store, bare)]);
        assert!(noted.settle(9, 9).is_empty());
    }

    #[test]
    fn what_could_not_be_written_is_held_back_again() {
        let (noted, store) = (Noted::default(), StoreId(1));
        for _ in 0..4 {
            noted.take(store, guess(7), 0);
        }
        let held = noted.settle(0, 5);
        assert_eq!(held.len(), 1);
        for (store, event) in held {
            noted.hold(store, event, 5);
        }
        noted.take(store, guess(7), 6);
        let counts = noted.settle(5, 9).into_iter().map(|(_, event)| event.count);
        assert_eq!(counts.collect::<Vec<_>>(), [4]);
    }
}
