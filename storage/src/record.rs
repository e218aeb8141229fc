//! The one write path: everything that happens is written by [`Recorder`] and by nothing else.
//!
//! [`prepare`] does on the caller's task what needs no database: ids, canonical JSON, digests, folded
//! text. [`writer`] takes what is waiting and commits it as one transaction; [`place`] finds their place in
//! time, [`project`], [`text`] and [`upsert`] write the rows, [`ledger`] the leaves. State that belongs to a
//! record (a user's role, a key) is an [`effect`] of it, in the same transaction.

pub(crate) mod effect;
mod field;
mod ledger;
pub(crate) mod message;
pub(crate) mod operation;
mod place;
mod prepare;
mod project;
pub(crate) mod text;
mod upsert;
pub(crate) mod watch;
mod writer;

pub(crate) use effect::Effect;
pub(crate) use field::GONE;
pub(crate) use ledger::{TILE_LEVELS, frontier_of};
pub(crate) use message::{WAITING_FIRST, count_message, insert_message_text};
pub(crate) use prepare::{Prepared, PreparedActivity};
pub(crate) use project::{actor_of, counter, insert_terms, posting_hash};
pub(crate) use text::insert as insert_text;
pub(crate) use writer::start;

use crate::live::{Published, PublishedEntry, PublishedMessage, PublishedOperation};
use crate::{Ambient, Error, Locate, Scope};
use domain::message::{DeliveryStatus, NotSentReason};
use domain::{
    Activity, ActivityId, Category, CategorySet, Code, CustomerUpsert, OrderUpsert, Outcome,
    Permission, Place, Problem, Seq, StoreId,
};
pub(crate) use message::{NewFact, NewMessage, Step};
pub use operation::OperationRecord;
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Writes records. Cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Job>,
    ambient: Ambient,
    locate: Arc<OnceLock<Locate>>,
}

/// What is to be recorded.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all records are activities"
)]
pub enum Record {
    /// Something that happened.
    Activity(Activity),
    /// The same, under an id that is known before.
    #[doc(hidden)]
    ActivityAs(ActivityId, Box<Activity>),
    /// How a pending activity ended.
    Outcome {
        /// Which one.
        activity: ActivityId,
        /// How it ended.
        outcome: Outcome,
        /// Why, when it failed.
        error: Option<String>,
        /// When.
        occurred_at: chrono::DateTime<chrono::Utc>,
    },
    /// What is known of an order.
    Order {
        /// Its number, 1 to 200 characters.
        number: String,
        /// What is known.
        order: OrderUpsert,
    },
    /// What is known of an order, except to whom it is assigned: that stays as it is.
    OrderAsAssigned {
        /// Its number, 1 to 200 characters.
        number: String,
        /// What is known. Its `assigned_to` is not looked at.
        order: OrderUpsert,
    },
    /// What is known of a customer.
    Customer {
        /// The store's id for them, 1 to 200 characters.
        id: String,
        /// What is known.
        customer: CustomerUpsert,
    },
    /// A message: queued, not to be sent, sent elsewhere, or received. Made by the methods of
    /// [`crate::Storage`] that say which.
    #[doc(hidden)]
    Message(Box<NewMessage>),
    /// What became known of a message.
    #[doc(hidden)]
    MessageFact(Box<NewFact>),
    /// Something about a bulk operation. Outside of sample stores made by the methods of [`crate::Storage`].
    Operation(Box<OperationRecord>),
    /// What was done to Storetrail itself.
    #[doc(hidden)]
    Security(Box<domain::security::SecurityEvent>),
    /// Calls, as one batch: the ledger keeps a digest of each.
    #[doc(hidden)]
    Requests(Vec<domain::request::RequestEntry>),
    /// That content was erased; the erasing itself is its effect.
    #[doc(hidden)]
    Erasure {
        /// Ranges of ledger numbers, both ends inclusive.
        erased: Vec<(i64, i64)>,
        /// Why.
        reason: String,
        /// By whom.
        by: domain::Actor,
        /// What else is known of it: an object, or null.
        details: serde_json::Value,
    },
}

impl Record {
    /// A message with all that became of it, told at once: only into a sample store, for nobody sent it.
    pub fn message_told(
        id: domain::MessageId,
        message: domain::message::Message,
        facts: Vec<domain::message::DeliveryFact>,
    ) -> Self {
        Self::Message(Box::new(NewMessage {
            id,
            message,
            facts,
            due: None,
        }))
    }
}

/// A key that makes a repeated call harmless.
#[derive(Clone)]
pub struct Idempotency {
    /// As sent, 1 to 255 characters; kept apart per principal.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request_digest: [u8; 32],
    /// Makes the answer's body that will be stored and replayed byte for byte.
    pub answer: fn(&[Receipt]) -> Vec<u8>,
}

/// Why a used key is refused.
pub(crate) fn key_conflict() -> Problem {
    Problem::new(
        Code::IdempotencyConflict,
        "this idempotency key was used with another body; a new call needs a new key, nothing was stored",
    )
}

impl Idempotency {
    /// Of a page's call, whose answer is only that it was done. `key` is made by the page; `call` and `body` say what
    /// it is good for.
    pub fn of_page(key: Uuid, call: &str, body: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(call)
            .chain_update("\n")
            .chain_update(body)
            .finalize();
        Self {
            key: key.to_string(),
            request_digest: digest.into(),
            answer: |_| b"done".to_vec(),
        }
    }
}

/// Proof of having been recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The record's id (an activity's id).
    pub id: Uuid,
    /// Its ledger number.
    pub seq: Seq,
    /// Of a message that goes out: whether it will, as it was recorded.
    pub status: Option<DeliveryStatus>,
    /// Why it will not.
    pub reason: Option<NotSentReason>,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// Durable now: one receipt a record, in order.
    New(Vec<Receipt>),
    /// The same call was recorded before: the answer that was stored.
    Replayed(Vec<u8>),
}

/// Who writes: what idempotency keys are kept apart by, and the call that it was.
#[derive(Debug, Clone, Default)]
pub(crate) struct By {
    pub(crate) principal: String,
    pub(crate) request_id: Option<String>,
    /// The categories that the principal is held to, if it is: to it there are no activities of others.
    pub(crate) held_to: Option<CategorySet>,
}

impl From<String> for By {
    fn from(principal: String) -> Self {
        Self {
            principal,
            request_id: None,
            held_to: None,
        }
    }
}

/// One call, waiting for the writer.
pub(crate) struct Job {
    pub(crate) store_id: StoreId,
    pub(crate) principal: String,
    pub(crate) request_id: Option<String>,
    pub(crate) held_to: Option<CategorySet>,
    pub(crate) records: Vec<Prepared>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) idempotency: Option<Idempotency>,
    pub(crate) answer: oneshot::Sender<Result<Recorded, Error>>,
}

/// What the writer tells the live views after a commit.
pub(crate) struct Committed {
    pub(crate) first: Seq,
    pub(crate) last: Seq,
    pub(crate) published: Vec<Arc<Published>>,
    pub(crate) messages: Vec<Arc<PublishedMessage>>,
    pub(crate) operations: Vec<Arc<PublishedOperation>>,
    pub(crate) entries: Vec<Arc<PublishedEntry>>,
}

impl Recorder {
    pub(crate) fn new(queue: mpsc::Sender<Job>, ambient: Ambient) -> Self {
        Self {
            queue,
            ambient,
            locate: Arc::default(),
        }
    }

    /// From now on events say where their addresses are.
    pub(crate) fn locate_by(&self, locate: Locate) {
        // The first file given stays: it is read once, at the start.
        let _ = self.locate.set(locate);
    }

    /// Where an address is, as far as it is known.
    pub(crate) fn place_of(&self, ip: IpAddr) -> Option<Place> {
        self.locate.get()?(ip)
    }

    /// The record with the place of its address.
    fn placed(&self, mut record: Record) -> Record {
        if let Record::Security(event) = &mut record
            && event.place.is_none()
        {
            event.place = event.origin.ip.and_then(|ip| self.place_of(ip));
        }
        record
    }

    /// Records all or nothing in the scope's store and returns once it is durable.
    ///
    /// # Errors
    /// `idempotency_conflict` for a used key with another body, `not_found` or `conflict` for an outcome of
    /// an unknown or already ended activity, `forbidden` without [`domain::Permission::Record`] or for what lies outside of
    /// the categories that the scope is held to, `invalid_fields` for an outcome before its activity, or a fault.
    pub async fn record(
        &self,
        scope: &Scope,
        records: Vec<Record>,
        idempotency: Option<Idempotency>,
    ) -> Result<Recorded, Error> {
        scope.require(Permission::Record)?;
        let is_sample = scope.store().is_sample;
        if records.iter().any(|record| match record {
            // The sample store tells of messages that nobody ever sent.
            Record::Message(new) => !is_sample || new.due.is_some(),
            Record::Operation(_) => !is_sample,
            Record::Erasure { .. }
            | Record::ActivityAs(..)
            | Record::MessageFact(_)
            | Record::Security(_)
            | Record::Requests(_) => true,
            _ => false,
        }) {
            let message = "an erasure is recorded by erasing, a message by sending or receiving, an operation by opening it";
            return Err(Problem::new(Code::Forbidden, message).into());
        }
        if let Some(open) = scope.held_to() {
            for record in &records {
                match record {
                    Record::Activity(activity) if !activity.action.categories.is_within(open) => {
                        let closed = &activity.action.name;
                        let message = format!("this key is not for the categories of `{closed}`");
                        return Err(Problem::new(Code::Forbidden, message).into());
                    }
                    Record::Order { .. } | Record::OrderAsAssigned { .. } => {
                        scope.require_category(Category::Orders)?;
                    }
                    Record::Customer { .. } => scope.require_category(Category::Customers)?,
                    // Whether an outcome's activity lies in them is looked at where that is read.
                    _ => {}
                }
            }
        }
        self.write(
            scope.store_id(),
            scope.principal_key(),
            records,
            Vec::new(),
            idempotency,
        )
        .await
    }

    /// Records with effects on state in the same transaction. The caller has checked what may be done.
    pub(crate) async fn write(
        &self,
        store_id: StoreId,
        by: impl Into<By>,
        records: Vec<Record>,
        effects: Vec<Effect>,
        idempotency: Option<Idempotency>,
    ) -> Result<Recorded, Error> {
        let records = records
            .into_iter()
            .map(|r| Prepared::new(self.placed(r), &self.ambient))
            .collect::<Result<_, _>>()?;
        let (answer, answered) = oneshot::channel();
        let By {
            principal,
            request_id,
            held_to,
        } = by.into();
        let job = Job {
            store_id,
            principal,
            request_id,
            held_to,
            records,
            effects,
            idempotency,
            answer,
        };
        self.queue
            .send(job)
            .await
            .map_err(|_| Error::WriterStopped)?;
        answered.await.map_err(|_| Error::WriterStopped)?
    }

    /// Applies effects that are state only: sessions, touches, tokens.
    pub(crate) async fn apply(&self, effects: Vec<Effect>) -> Result<(), Error> {
        self.write(StoreId(0), String::new(), Vec::new(), effects, None)
            .await
            .map(drop)
    }

    /// Whether the writer still takes calls.
    pub(crate) fn is_alive(&self) -> bool {
        !self.queue.is_closed()
    }
}
