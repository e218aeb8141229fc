//! Each record to each distinct scope and filter, serialised once.

use super::guard::{Credential, Guard, Guards};
use crate::metrics::ENTRIES_RECORDED;
use crate::shutdown::Shutdown;
use axum::extract::ws::Utf8Bytes;
use domain::view::LiveEvent;
use domain::{ActivityAccess, ActivityId, Filter, Problem, Role, StoreId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use storage::{Principal, Published, Scope, Storage};
use tokio::sync::broadcast::{self, error::RecvError};

/// How many records a socket may be behind before it reads on from the ledger.
const BEHIND: usize = 256;

/// A record on its way to those who share a scope and a filter.
#[derive(Debug, Clone)]
pub(super) enum Frame {
    /// The record.
    Event(Arc<Event>),
    /// The hub itself fell behind: read on from the ledger.
    Gap,
}

/// A record, serialised.
#[derive(Debug)]
pub(super) struct Event {
    /// Resume after this record.
    pub(super) mark: String,
    /// The entry it is about.
    pub(super) activity: ActivityId,
    /// A [`LiveEvent`] as JSON.
    pub(super) text: Utf8Bytes,
}

/// What those who are told the same have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TopicKey {
    store: StoreId,
    role: Role,
    /// Set when what the role sees depends on who it is.
    person: Option<String>,
    filter: Filter,
}

impl TopicKey {
    fn of(scope: &Scope, filter: &Filter) -> Self {
        let is_personal = scope.role().activity_access() == ActivityAccess::AssignedOrders;
        Self {
            store: scope.store_id(),
            role: scope.role(),
            person: is_personal.then(|| principal_key(scope)),
            filter: filter.clone(),
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
    topics: Arc<Mutex<HashMap<TopicKey, Topic>>>,
    guards: Guards,
    shutdown: Shutdown,
}

impl Hub {
    /// Starts handing on what is committed from now on, until the server stops.
    pub fn start(storage: &Storage, shutdown: Shutdown) -> Self {
        let hub = Self {
            topics: Arc::default(),
            guards: Guards::start(storage.clone(), shutdown.clone()),
            shutdown,
        };
        tokio::spawn(hub.clone().run(storage.subscribe()));
        hub
    }

    /// Lets a socket in.
    ///
    /// # Errors
    /// `rate_limited` when the person or key has too many open.
    pub(super) fn admit(&self, scope: &Scope, credential: Credential) -> Result<Guard, Problem> {
        self.guards.admit(principal_key(scope), scope, credential)
    }

    /// When the server stops.
    pub(super) fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Everything from now on that scope and filter let through.
    pub(super) fn subscribe(&self, scope: &Scope, filter: &Filter) -> broadcast::Receiver<Frame> {
        let key = TopicKey::of(scope, filter);
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

    async fn run(self, mut committed: broadcast::Receiver<Arc<Published>>) {
        loop {
            let received = tokio::select! {
                received = committed.recv() => received,
                () = self.shutdown.wait() => return,
            };
            match received {
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
                    for topic in self.topics().values() {
                        let _ = topic.sender.send(Frame::Gap);
                    }
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn hand_on(&self, published: &Published) {
        self.topics().retain(|key, topic| {
            if topic.sender.receiver_count() == 0 {
                return false;
            }
            if key.store == published.store_id
                && let Some(event) = published.event_for(&topic.scope, &key.filter)
            {
                // An error means that the last one has just left.
                let _ = topic.sender.send(Frame::Event(Arc::new(Event {
                    mark: published.mark.clone(),
                    activity: published.facts.id,
                    text: text_of(&event),
                })));
            }
            true
        });
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<TopicKey, Topic>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event as it goes over the wire.
pub(super) fn text_of(event: &LiveEvent) -> Utf8Bytes {
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
