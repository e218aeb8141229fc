//! Each record to each distinct scope and filter, serialised once.

use super::guard::{Credential, Guard, Guards};
use super::presence::Presence;
use crate::metrics::ENTRIES_RECORDED;
use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use axum::extract::ws::Utf8Bytes;
use domain::entry::EntryFilter;
use domain::message::MessageFilter;
#[cfg(doc)]
use domain::view::{LiveEvent, MessageEvent, WatchEvent};
use domain::{ActivityAccess, Filter, Problem, Role, StoreId};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use storage::{
    Principal, Published, PublishedEntry, PublishedMessage, PublishedOperation, Scope, Storage,
    Watched,
};
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

/// How many records a socket may be behind before it reads on from the ledger.
const BEHIND: usize = 256;

/// A record on its way to those who share a scope and a filter.
#[derive(Debug, Clone)]
pub(super) enum Frame {
    /// The record.
    Event(Arc<Event>),
    /// The hub itself fell behind: read on from the ledger.
    Gap,
    /// Something was erased, which may be shown: load again.
    Erased,
}

/// A record, serialised.
#[derive(Debug)]
pub(super) struct Event {
    /// Resume after this record. None for what happened to the order of a thread: nobody resumes after it, so that no
    /// message that was committed before it is missed.
    pub(super) mark: Option<String>,
    /// The entry or message it is about.
    pub(super) about: Uuid,
    /// A [`LiveEvent`], [`MessageEvent`] or [`WatchEvent`] as JSON.
    pub(super) text: Utf8Bytes,
}

/// What is followed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// The topic `activity`: the log, as far as the filter lets it through.
    Activity(Filter),
    /// The topics `messages` and `order:{number}`.
    Messages {
        /// Which messages.
        filter: MessageFilter,
        /// Of this order alone.
        order: Option<String>,
        /// What else is told of that order ([`Filter::of_thread`]); nothing where only some messages are asked for.
        events: Option<Filter>,
    },
    /// The topic `operations`: where each operation stands.
    Operations,
    /// The topics `security` and `requests`.
    Watch {
        /// Which log.
        log: Watch,
        /// Which entries.
        filter: EntryFilter,
    },
}

impl Subject {
    /// The order whose thread is followed.
    pub(super) fn order(&self) -> Option<&str> {
        match self {
            Self::Messages { order, .. } => order.as_deref(),
            Self::Activity(_) | Self::Operations | Self::Watch { .. } => None,
        }
    }

    /// Whether activities are told.
    const fn has_activities(&self) -> bool {
        matches!(
            self,
            Self::Activity(_)
                | Self::Messages {
                    events: Some(_),
                    ..
                }
        )
    }
}

/// A log that watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Watch {
    /// What was done to Storetrail itself.
    Security,
    /// Each call.
    Requests,
}

/// Looking at the requests log is a call too; shown there, it would call for the next look.
const OWN_CALLS: [&str; 3] = ["/fn/requests/", "/api/v1/requests", "/requests"];

/// What those who are told the same have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TopicKey {
    store: StoreId,
    role: Role,
    /// Set when what the role sees depends on who it is.
    person: Option<String>,
    subject: Subject,
}

impl TopicKey {
    fn of(scope: &Scope, subject: &Subject) -> Self {
        let role = scope.role();
        let is_personal = role.activity_access() == ActivityAccess::AssignedOrders
            || role.reads_assigned_messages_only();
        Self {
            store: scope.store_id(),
            role: scope.role(),
            person: is_personal.then(|| principal_key(scope)),
            subject: subject.clone(),
        }
    }
}

struct Topic {
    scope: Scope,
    sender: broadcast::Sender<Frame>,
}

/// Who follows what. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    storage: Storage,
    topics: Arc<Mutex<HashMap<TopicKey, Topic>>>,
    guards: Guards,
    presence: Presence,
    shutdown: Shutdown,
}

impl Hub {
    /// Starts handing on what is committed from now on, until the server stops.
    pub fn start(storage: &Storage, shutdown: Shutdown) -> Self {
        let hub = Self {
            storage: storage.clone(),
            topics: Arc::default(),
            guards: Guards::start(storage.clone(), shutdown.clone()),
            presence: Presence::default(),
            shutdown,
        };
        let records = hub.clone();
        supervise("live records", hub.shutdown.clone(), move |_| {
            let storage = &records.storage;
            let (activities, messages) = (storage.subscribe(), storage.subscribe_messages());
            records.clone().run(activities, messages)
        });
        let operations = hub.clone();
        supervise("live operations", hub.shutdown.clone(), move |_| {
            let committed = operations.storage.subscribe_operations();
            operations.clone().run_operations(committed)
        });
        let watching = hub.clone();
        supervise("live logs that watch", hub.shutdown.clone(), move |_| {
            let committed = watching.storage.subscribe_watch();
            watching.clone().run_watch(committed)
        });
        hub
    }

    /// Lets a socket in.
    ///
    /// # Errors
    /// `rate_limited` when the person or key has too many open.
    pub(super) fn admit(&self, scope: &Scope, credential: Credential) -> Result<Guard, Problem> {
        self.guards.admit(principal_key(scope), scope, credential)
    }

    /// Who has which thread open.
    pub(super) const fn presence(&self) -> &Presence {
        &self.presence
    }

    /// When the server stops.
    pub(super) fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Everything of a subject from now on that the scope lets through.
    pub(super) fn subscribe(&self, scope: &Scope, subject: &Subject) -> broadcast::Receiver<Frame> {
        let key = TopicKey::of(scope, subject);
        let mut topics = self.topics();
        topics.retain(|_, topic| topic.sender.receiver_count() > 0);
        topics
            .entry(key)
            .or_insert_with(|| Topic {
                scope: scope.clone(),
                sender: broadcast::Sender::new(BEHIND),
            })
            .sender
            .subscribe()
    }

    /// Activities first: whoever is told of a message has been told of everything that happened to its order before.
    async fn run(
        self,
        mut activities: broadcast::Receiver<Arc<Published>>,
        mut messages: broadcast::Receiver<Arc<PublishedMessage>>,
    ) {
        // Begun again after a panic: what was committed in between is in the ledger alone. At first nobody follows.
        self.tell_gap(|subject| matches!(subject, Subject::Activity(_) | Subject::Messages { .. }));
        loop {
            tokio::select! {
                biased;
                () = self.shutdown.wait() => return,
                received = activities.recv() => match received {
                    Ok(published) => {
                        metrics::counter!(ENTRIES_RECORDED).increment(1);
                        self.hand_on(&published);
                    }
                    Err(RecvError::Lagged(missed)) => {
                        metrics::counter!(ENTRIES_RECORDED).increment(missed);
                        tracing::warn!(
                            missed,
                            "the hub fell behind; followers read on from the ledger"
                        );
                        self.tell_gap(Subject::has_activities);
                    }
                    Err(RecvError::Closed) => return,
                },
                received = messages.recv() => match received {
                    Ok(published) => self.hand_on_message(&published),
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(
                            missed,
                            "the hub fell behind with messages; followers read on"
                        );
                        self.tell_gap(|subject| matches!(subject, Subject::Messages { .. }));
                    }
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }

    async fn run_operations(self, mut committed: broadcast::Receiver<Arc<PublishedOperation>>) {
        self.tell_gap(|subject| matches!(subject, Subject::Operations));
        loop {
            let received = tokio::select! {
                received = committed.recv() => received,
                () = self.shutdown.wait() => return,
            };
            match received {
                Ok(published) => self.tell(|key, scope| {
                    let event = match key.subject {
                        Subject::Operations => published.event_for(scope)?,
                        _ => return None,
                    };
                    Some(Event {
                        mark: Some(published.mark.clone()),
                        about: Uuid::nil(),
                        text: text_of(&event),
                    })
                }),
                Err(RecvError::Lagged(_)) => {
                    self.tell_gap(|subject| matches!(subject, Subject::Operations));
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    async fn run_watch(self, mut committed: broadcast::Receiver<Arc<PublishedEntry>>) {
        self.tell_gap(|subject| matches!(subject, Subject::Watch { .. }));
        loop {
            let received = tokio::select! {
                received = committed.recv() => received,
                () = self.shutdown.wait() => return,
            };
            match received {
                Ok(published) => self.hand_on_entry(&published),
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "the hub fell behind with the logs that watch");
                    self.tell_gap(|subject| matches!(subject, Subject::Watch { .. }));
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn tell_gap(&self, concerns: impl Fn(&Subject) -> bool) {
        for (key, topic) in self.topics().iter() {
            if concerns(&key.subject) {
                let _ = topic.sender.send(Frame::Gap);
            }
        }
    }

    /// Of what was erased nothing is known any more: everybody who follows entries or messages of the store is told.
    fn tell_erased(&self, store: StoreId) {
        for (key, topic) in self.topics().iter() {
            let is_of_log = matches!(key.subject, Subject::Activity(_) | Subject::Messages { .. });
            if key.store == store && is_of_log {
                let _ = topic.sender.send(Frame::Erased);
            }
        }
    }

    fn hand_on(&self, published: &Published) {
        if published.is_erasure() {
            self.tell_erased(published.store_id);
        }
        self.tell(|key, scope| {
            if key.store != published.store_id {
                return None;
            }
            let (mark, text) = match &key.subject {
                Subject::Activity(filter) => {
                    let event = published.event_for(scope, filter)?;
                    (Some(published.mark.clone()), text_of(&event))
                }
                Subject::Messages {
                    events: Some(filter),
                    ..
                } => {
                    let event = published.thread_event_for(scope, filter)?;
                    (None, text_of(&event))
                }
                _ => return None,
            };
            Some(Event {
                mark,
                about: published.facts.id.0,
                text,
            })
        });
    }

    fn hand_on_message(&self, published: &PublishedMessage) {
        self.tell(|key, scope| {
            let Subject::Messages { filter, order, .. } = &key.subject else {
                return None;
            };
            let is_here = key.store == published.store_id;
            if !is_here {
                return None;
            }
            let event =
                self.storage
                    .live_message_event(published, scope, filter, order.as_deref())?;
            Some(Event {
                mark: Some(published.mark.clone()),
                about: published.facts.id.0,
                text: text_of(&event),
            })
        });
    }

    fn hand_on_entry(&self, published: &PublishedEntry) {
        let log = match &published.entry {
            Watched::Security(_) => Watch::Security,
            Watched::Request(call) => {
                if OWN_CALLS.iter().any(|own| call.route.starts_with(own)) {
                    return;
                }
                Watch::Requests
            }
        };
        self.tell(|key, scope| {
            let Subject::Watch {
                log: followed,
                filter,
            } = &key.subject
            else {
                return None;
            };
            let is_here = key.store == published.store_id && *followed == log;
            let event = is_here
                .then(|| published.event_for(scope, filter))
                .flatten()?;
            Some(Event {
                mark: Some(published.facts.id.to_string()),
                about: published.facts.id,
                text: text_of(&event),
            })
        });
    }

    /// Sends each topic what `event` makes for it; topics that nobody follows any more are dropped.
    fn tell(&self, event: impl Fn(&TopicKey, &Scope) -> Option<Event>) {
        self.topics().retain(|key, topic| {
            if topic.sender.receiver_count() == 0 {
                return false;
            }
            if let Some(event) = event(key, &topic.scope) {
                // An error means that the last one has just left.
                let _ = topic.sender.send(Frame::Event(Arc::new(event)));
            }
            true
        });
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<TopicKey, Topic>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event as it goes over the wire.
pub(super) fn text_of(event: &impl Serialize) -> Utf8Bytes {
    serde_json::to_string(event)
        .expect("an event holds text and numbers, which are always JSON")
        .into()
}

fn principal_key(scope: &Scope) -> String {
    match scope.principal() {
        Principal::User { id, .. } => format!("user {id}"),
        Principal::Key { id, .. } => format!("key {id}"),
        Principal::System(reason) => format!("system {reason}"),
    }
}
