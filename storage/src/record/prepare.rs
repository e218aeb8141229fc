//! What can be done before the writer's turn: ids, canonical JSON, digests, folded text.

use super::Record;
use super::upsert::Assignment;
use crate::{Ambient, Error};
use domain::ledger::{Hash, canonical, payload_digest};
use domain::{ActivityId, Code, CustomerUpsert, Facts, OrderUpsert, Outcome, Problem};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// A record that only lacks its place in the ledger.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) id: Uuid,
    pub(crate) kind: &'static str,
    pub(crate) recorded_at: i64,
    pub(crate) salt: [u8; 32],
    pub(crate) body: String,
    pub(crate) digest: Hash,
    pub(crate) content: Content,
}

/// What the record's projection needs.
#[derive(Clone)]
pub(crate) enum Content {
    Activity(Box<PreparedActivity>),
    Outcome {
        activity: ActivityId,
        outcome: Outcome,
        error: Option<String>,
    },
    Order {
        number: String,
        order: OrderUpsert,
        assignment: Assignment,
    },
    Customer {
        id: String,
        customer: CustomerUpsert,
    },
    Message(Box<super::message::PreparedMessage>),
    MessageFact(Box<super::NewFact>),
    Operation(Box<super::OperationRecord>),
    Security(Box<domain::security::SecurityEvent>),
    Requests(Vec<super::watch::PreparedRequest>),
    Erasure,
}

/// An activity with everything derived from it.
#[derive(Clone)]
pub(crate) struct PreparedActivity {
    pub(crate) facts: Arc<Facts>,
    pub(crate) actor_identity: String,
    pub(crate) occurred_at: i64,
}

impl Prepared {
    pub(crate) fn new(record: Record, ambient: &Ambient) -> Result<Self, Error> {
        let id = match &record {
            Record::Message(new) => new.id.0,
            Record::ActivityAs(id, _) => id.0,
            _ => ambient.uuid(),
        };
        let record = match record {
            Record::ActivityAs(_, activity) => Record::Activity(*activity),
            other => other,
        };
        let (kind, payload, content) = match record {
            Record::ActivityAs(..) => unreachable!("made an activity just now"),
            Record::Activity(mut activity) => {
                // `::ffff:10.1.2.3` is `10.1.2.3`: one address has one text, in lists, live and in search.
                activity.origin.ip = activity.origin.ip.map(|ip| ip.to_canonical());
                let payload = json_of(&activity)?;
                // What lists and search show is made from what the ledger keeps: canonical JSON sorts keys and
                // writes 120.0 as 120, and `verify` reads it back like that.
                let kept = canonical(&payload).map_err(not_canonical)?;
                let activity: domain::Activity = crate::log::activity_of(&kept)?;
                let content = Content::Activity(Box::new(PreparedActivity {
                    actor_identity: canonical(&json_of(&activity.actor)?).map_err(not_canonical)?,
                    occurred_at: activity.occurred_at.timestamp_micros(),
                    facts: Arc::new(Facts::new(ActivityId(id), activity)),
                }));
                ("activity", payload, content)
            }
            Record::Outcome {
                activity,
                outcome,
                error,
                occurred_at,
            } => (
                "outcome",
                json!({"activity": activity, "outcome": outcome, "error": error, "occurred_at": occurred_at}),
                Content::Outcome {
                    activity,
                    outcome,
                    error,
                },
            ),
            Record::Order { number, order } => (
                "order",
                json!({"number": number, "order": json_of(&order)?}),
                Content::Order {
                    number,
                    order,
                    assignment: Assignment::Told,
                },
            ),
            Record::OrderAsAssigned { number, order } => {
                let mut told = json_of(&order)?;
                if let Some(told) = told.as_object_mut() {
                    // Null would say that it is nobody's.
                    told.remove("assigned_to");
                }
                (
                    "order",
                    json!({"number": number, "order": told}),
                    Content::Order {
                        number,
                        order,
                        assignment: Assignment::Kept,
                    },
                )
            }
            Record::Customer { id, customer } => (
                "customer",
                json!({"id": id, "customer": json_of(&customer)?}),
                Content::Customer { id, customer },
            ),
            Record::Message(new) => {
                let message = json_of(&new.message)?;
                // As with activities: what is shown is what the ledger keeps.
                let kept = canonical(&message).map_err(not_canonical)?;
                let prepared = super::message::PreparedMessage::new(*new, &kept)?;
                let payload = json!({"message": message, "facts": json_of(&prepared.facts)?});
                ("message", payload, Content::Message(Box::new(prepared)))
            }
            Record::MessageFact(new) => (
                "message_fact",
                json!({"message": new.message, "fact": json_of(&new.fact)?}),
                Content::MessageFact(new),
            ),
            Record::Security(mut event) => {
                event.origin.ip = event.origin.ip.map(|ip| ip.to_canonical());
                let payload = json_of(&event)?;
                let kept = canonical(&payload).map_err(not_canonical)?;
                let event = super::watch::event_of(&kept)?;
                ("security", payload, Content::Security(Box::new(event)))
            }
            Record::Requests(entries) => {
                let entries = entries
                    .into_iter()
                    .map(super::watch::PreparedRequest::new)
                    .collect::<Result<Vec<_>, Error>>()?;
                let digests: Vec<_> = entries.iter().map(|e| (e.entry.id, &e.digest)).collect();
                (
                    "requests",
                    json!({ "entries": json_of(&digests)? }),
                    Content::Requests(entries),
                )
            }
            Record::Operation(record) => {
                let (kind, payload) = record.payload().map_err(not_canonical)?;
                (kind, payload, Content::Operation(record))
            }
            Record::Erasure {
                erased,
                reason,
                by,
                details,
            } => {
                let by = json_of(&by)?;
                let payload = if details.is_null() {
                    json!({"erased": erased, "reason": reason, "by": by})
                } else {
                    json!({"erased": erased, "reason": reason, "by": by, "details": details})
                };
                ("erasure", payload, Content::Erasure)
            }
        };
        let body = canonical(&payload).map_err(not_canonical)?;
        let salt = ambient.entropy.bytes();
        let digest = payload_digest(&salt, &body);
        Ok(Self {
            id,
            kind,
            recorded_at: ambient.clock.now().timestamp_micros(),
            salt,
            body,
            digest,
            content,
        })
    }
}

fn json_of(value: &impl serde::Serialize) -> Result<serde_json::Value, Error> {
    serde_json::to_value(value).map_err(not_canonical)
}

fn not_canonical(error: serde_json::Error) -> Error {
    Problem::new(
        Code::InvalidFields,
        format!("this can't be written as canonical JSON: {error}"),
    )
    .into()
}
