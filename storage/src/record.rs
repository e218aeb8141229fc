//! The one write path.

use crate::{Error, Scope};
use domain::{Activity, ActivityId, CustomerUpsert, OrderUpsert, Outcome, Seq};
use uuid::Uuid;

/// Writes records. Cheap to clone.
#[derive(Clone)]
pub struct Recorder {}

/// What is to be recorded.
#[derive(Debug, Clone)]
pub enum Record {
    /// Something that happened.
    Activity(Activity),
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
    /// What is known of a customer.
    Customer {
        /// The store's id for them, 1 to 200 characters.
        id: String,
        /// What is known.
        customer: CustomerUpsert,
    },
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

/// Proof of having been recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The record's id (an activity's id).
    pub id: Uuid,
    /// Its ledger number.
    pub seq: Seq,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// Durable now: one receipt a record, in order.
    New(Vec<Receipt>),
    /// The same call was recorded before: the answer that was stored.
    Replayed(Vec<u8>),
}

impl Recorder {
    /// Records all or nothing in the scope's store and returns once it is durable.
    ///
    /// # Errors
    /// `idempotency_conflict` for a used key with another body, `not_found` or `conflict` for an outcome of
    /// an unknown or already ended activity, `forbidden` without [`domain::Permission::Record`], or a fault.
    pub async fn record(
        &self,
        _scope: &Scope,
        _records: Vec<Record>,
        _idempotency: Option<Idempotency>,
    ) -> Result<Recorded, Error> {
        todo!()
    }
}
