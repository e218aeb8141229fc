//! The rows of messages, written in the transaction of their records.
//!
//! All that can be refused (it was stopped, it was handed over, it was told before) is decided here, under
//! the writer's lock: so a stop and a hand-over at the same moment have one winner.

mod outbox;
mod rows;

pub(crate) use outbox::{HANDING_OVER, WAITING};
pub(crate) use rows::{WAITING_FIRST, count as count_message, insert_text as insert_message_text};

use super::project::posting_hash;
use crate::live::PublishedMessage;
use crate::sql::{insert_many, sql, values};
use crate::{Error, log};
use chrono::{DateTime, Utc};
use domain::message::{
    Attempt, Delivery, DeliveryFact, DeliveryStatus, FactKind, Message, MessageDirection,
    MessageFacts, MessageType, NotStopped, Verdict, WaitReason,
};
use domain::{ActorType, Code, MessageId, OrderKey, Problem, Seq, StoreId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult};
use std::sync::Arc;
use uuid::Uuid;

/// A message to be recorded.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub(crate) id: MessageId,
    pub(crate) message: Message,
    /// What is known of it at once.
    pub(crate) facts: Vec<DeliveryFact>,
    /// When it is to be sent, if at all: microseconds.
    pub(crate) due: Option<(Attempt, i64)>,
}

/// Something that became known of a message.
#[derive(Debug, Clone)]
pub struct NewFact {
    pub(crate) message: MessageId,
    pub(crate) fact: DeliveryFact,
    pub(crate) step: Step,
}

/// What a fact requires of the outbox, and does to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Waits under this lease; is being handed over from now on, the lease prolonged.
    Begin { lease: Uuid, until: i64 },
    /// Is being handed over under this lease; is done, or waits for the next try.
    Answer {
        lease: Uuid,
        retry: Option<(Attempt, i64)>,
    },
    /// Is being handed over, and the lease ran out before this time.
    Unknown { before: i64 },
    /// Waits under this lease; is taken out, not to be sent.
    Refuse { lease: Uuid },
    /// Waits; is taken out.
    Stop,
    /// Is held or scheduled for later; is due now.
    Release,
    /// Is not there, and the message may be tried again; waits again.
    Restart { attempt: Attempt, due_at: i64 },
    /// Asks nothing; the same is not recorded twice.
    Tell,
}

/// A message that lacks its place in time.
#[derive(Clone)]
pub(crate) struct PreparedMessage {
    pub(super) facts: Vec<DeliveryFact>,
    due: Option<(Attempt, i64)>,
    all: Arc<MessageFacts>,
}

impl PreparedMessage {
    pub(super) fn new(new: NewMessage, kept: &str) -> Result<Self, Error> {
        let message: Message = serde_json::from_str(kept).map_err(damaged)?;
        let delivery = delivery_of(&message, &new.facts);
        Ok(Self {
            facts: new.facts,
            due: new.due,
            all: Arc::new(MessageFacts::new(new.id, message, delivery)),
        })
    }
}

/// A message about which something is to be recorded, as it stands.
#[derive(FromQueryResult)]
struct Columns {
    order_key: i64,
    seq: i64,
    facet: i32,
    attempt_number: i64,
    facts: String,
    body: Option<String>,
    state: Option<i16>,
    lease: Option<Vec<u8>>,
    lease_until: Option<i64>,
}

/// The same, read.
pub(super) struct Target {
    pub(super) order_key: OrderKey,
    seq: Seq,
    facet: i32,
    facts: Vec<DeliveryFact>,
    message: Message,
    attempt_number: i64,
}

impl Target {
    /// Whether the answer to a try was given up for unknown.
    fn is_unknown(&self, attempt: Option<Attempt>) -> bool {
        self.facts
            .iter()
            .any(|f| f.attempt == attempt && matches!(f.kind, FactKind::AnswerUnknown { .. }))
    }

    /// Whether single copies are due that were put off.
    fn has_copies_due(&self) -> bool {
        !Delivery::copies_due(&self.message, &self.facts).is_empty()
    }
}

pub(crate) fn damaged(error: serde_json::Error) -> Error {
    Error::Damaged {
        what: "message",
        detail: error.to_string(),
    }
}

pub(crate) fn delivery_of(message: &Message, facts: &[DeliveryFact]) -> Delivery {
    Delivery::of(message, facts)
}

/// The message of a payload.
pub(crate) fn message_of(body: &str) -> Result<Message, Error> {
    #[derive(serde::Deserialize)]
    struct Payload {
        message: Message,
    }
    serde_json::from_str::<Payload>(body)
        .map(|payload| payload.message)
        .map_err(damaged)
}

/// Why a message that doesn't wait can't be stopped.
fn why_not_stopped(delivery: &Delivery) -> NotStopped {
    match &delivery.verdict {
        Verdict::Stopped { .. } => NotStopped::Stopped,
        Verdict::HandingOver { .. }
        | Verdict::AnswerUnknown { .. }
        | Verdict::HandedOver { .. } => NotStopped::HandedOver,
        _ => NotStopped::NotWaiting,
    }
}

fn refused(message: &str) -> Problem {
    Problem::new(Code::Conflict, message)
}

/// That the names by which others know a new message are not taken: the same mail or report of an inbound
/// SMS arrives twice.
pub(super) async fn check_new(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    new: &PreparedMessage,
) -> Result<Result<(), Problem>, Error> {
    if new.all.message.direction == MessageDirection::Outbound {
        return Ok(Ok(()));
    }
    for (name, _) in rows::names(&new.all.message, &new.facts) {
        let text = "SELECT 1 FROM message_name n JOIN message m ON m.order_key = n.order_key \
                    WHERE n.name = ? AND m.store_id = ? AND m.is_inbound = ?";
        let known = sql(
            transaction.get_database_backend(),
            text,
            values![name, store_id.0, true],
        );
        if known.row(transaction).await?.is_some() {
            return Ok(Err(refused("this message was received before")));
        }
    }
    Ok(Ok(()))
}

/// The message that a fact is about, if the fact can be.
pub(super) async fn target(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    new: &NewFact,
) -> Result<Result<Target, Problem>, Error> {
    let found: Option<Columns> = sql(
        transaction.get_database_backend(),
        "SELECT m.order_key, m.seq, m.facet, m.attempt_number, m.facts, p.body, o.state, o.lease, o.lease_until FROM message m \
         LEFT JOIN payload p ON p.seq = m.seq LEFT JOIN outbox o ON o.order_key = m.order_key \
         WHERE m.id = ? AND m.store_id = ?",
        values![new.message.0.as_bytes().to_vec(), store_id.0],
    )
    .one(transaction)
    .await?;
    let Some(found) = found else {
        return Ok(Err(Problem::not_found("message")));
    };
    let Some(body) = &found.body else {
        return Ok(Err(Problem::not_found("message")));
    };
    let target = Target {
        order_key: OrderKey(found.order_key),
        seq: Seq(found.seq),
        facet: found.facet,
        facts: serde_json::from_str(&found.facts).map_err(damaged)?,
        message: message_of(body)?,
        attempt_number: found.attempt_number,
    };
    let holds = |lease: &Uuid| found.lease.as_deref() == Some(lease.as_bytes().as_slice());
    let is_allowed = match &new.step {
        Step::Begin { lease, .. } | Step::Refuse { lease } => (found.state == Some(WAITING)
            && holds(lease))
        .then_some(())
        .ok_or("it is no longer this worker's to hand over"),
        // A slow worker's answer is still worth having after it was given up for unknown.
        Step::Answer { lease, .. } => (found.state == Some(HANDING_OVER) && holds(lease)
            || found.state.is_none() && target.is_unknown(new.fact.attempt))
        .then_some(())
        .ok_or("it is not being handed over by this worker"),
        Step::Unknown { before } => (found.state == Some(HANDING_OVER)
            && found.lease_until.is_some_and(|until| until < *before))
        .then_some(())
        .ok_or("its answer is still awaited"),
        Step::Stop => {
            let delivery = delivery_of(&target.message, &target.facts);
            let why_not = match found.state {
                Some(WAITING) if target.has_copies_due() || is_sent(&delivery) => {
                    NotStopped::CopiesWait
                }
                Some(WAITING) => return Ok(Ok(target)),
                Some(_) => NotStopped::HandedOver,
                None => why_not_stopped(&delivery),
            };
            return Ok(Err(why_not.into()));
        }
        Step::Release => {
            let delivery = delivery_of(&target.message, &target.facts);
            let why_not = match found.state {
                Some(WAITING) if is_held_after(&delivery, new.fact.at) => return Ok(Ok(target)),
                Some(WAITING) => NotStopped::NotHeld,
                Some(_) => NotStopped::HandedOver,
                None => match why_not_stopped(&delivery) {
                    NotStopped::NotWaiting => NotStopped::NotHeld,
                    why => why,
                },
            };
            return Ok(Err(why_not.into()));
        }
        Step::Restart { attempt, .. } => {
            let delivery = delivery_of(&target.message, &target.facts);
            // What nobody knows the end of may be tried again by a person, as long as no later try has told it.
            (found.state.is_none()
                && delivery.is_restartable()
                && i64::from(attempt.number) == found.attempt_number + 1)
                .then_some(())
                .ok_or("only a message that was stopped, that failed or that had no provider can be restarted")
        }
        Step::Tell => (!target.facts.contains(&new.fact))
            .then_some(())
            .ok_or("this was told before"),
    };
    Ok(is_allowed.map(|()| target).map_err(refused))
}

/// The place in time of a new message.
pub(super) async fn place(
    transaction: &DatabaseTransaction,
    new: &PreparedMessage,
) -> Result<OrderKey, Error> {
    let mut micros = new.all.message.occurred_at.timestamp_micros();
    loop {
        let (first, end) = (OrderKey::first_at(micros), OrderKey::first_at(micros + 1));
        let row = sql(
            transaction.get_database_backend(),
            "SELECT MAX(order_key) FROM message WHERE order_key >= ? AND order_key < ?",
            values![first.0, end.0],
        )
        .row(transaction)
        .await?;
        let last: Option<i64> = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        let next = last.map_or(first.0, |last| last + 1);
        if next < end.0 {
            return Ok(OrderKey(next));
        }
        micros += 1;
    }
}

/// Writes the rows of a new message.
pub(super) async fn insert(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    seq: Seq,
    order_key: OrderKey,
    new: &PreparedMessage,
) -> Result<PublishedMessage, Error> {
    let backend = transaction.get_database_backend();
    let (all, message) = (&new.all, &new.all.message);
    let last_attempt = new
        .facts
        .iter()
        .filter_map(|f| f.attempt)
        .map(|a| a.number)
        .max();
    let facet = all.facet().number();
    let json = |value: Result<String, serde_json::Error>| value.map_err(damaged);
    sql(
        backend,
        "INSERT INTO message (order_key, store_id, seq, id, occurred_at, facet, is_inbound, order_number, customer_id, \
         attempt_number, shown, facts, delivery) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values![
            order_key.0,
            store_id.0,
            seq.0,
            all.id.0.as_bytes().to_vec(),
            message.occurred_at.timestamp_micros(),
            facet,
            message.direction == MessageDirection::Inbound,
            message.order.clone(),
            message.customer.clone(),
            i64::from(last_attempt.unwrap_or(0)),
            json(serde_json::to_string(&crate::message::row::slim(message)))?,
            json(serde_json::to_string(&new.facts))?,
            json(serde_json::to_string(&all.delivery))?,
        ],
    )
    .execute(transaction)
    .await?;
    rows::count(transaction, store_id, order_key, facet, 1).await?;
    rows::insert_text(transaction, order_key, &all.text).await?;
    let mut terms = Vec::new();
    let mut postings = Vec::new();
    for term in &all.terms {
        terms.extend(values![store_id.0, term.text.clone(), term.is_personal]);
        let hash = posting_hash(store_id, &term.text, term.is_personal);
        postings.extend(values![hash, order_key.0]);
    }
    let head = "INSERT INTO message_term (store_id, text, is_personal)";
    insert_many(transaction, head, " ON CONFLICT DO NOTHING", 3, terms).await?;
    let head = "INSERT INTO message_posting (term, order_key)";
    insert_many(transaction, head, " ON CONFLICT DO NOTHING", 2, postings).await?;
    rows::insert_names(transaction, order_key, rows::names(message, &new.facts)).await?;
    if let Some((attempt, due_at)) = new.due {
        outbox::put(
            transaction,
            store_id,
            order_key,
            all.id,
            message.channel,
            attempt,
            due_at,
        )
        .await?;
    }
    if let Some(number) = &message.order {
        // What waits, was stopped or failed answers nobody.
        let is_answer = is_answer(message) && all.delivery.status == Some(DeliveryStatus::Sent);
        rows::touch_thread(transaction, store_id, number, order_key, all, is_answer).await?;
    }
    Ok(PublishedMessage {
        seq,
        message_seq: seq,
        store_id,
        is_new: true,
        mark: all.id.to_string(),
        assigned_to: log::assigned_to(transaction, store_id, message.order.as_deref()).await?,
        due_at: new.due.map(|(_, due_at)| due_at),
        facts: all.clone(),
    })
}

/// Writes what a fact changes.
pub(super) async fn apply(
    transaction: &DatabaseTransaction,
    store_id: StoreId,
    record: Uuid,
    seq: Seq,
    mut target: Target,
    new: &NewFact,
) -> Result<PublishedMessage, Error> {
    let backend = transaction.get_database_backend();
    let was_sent = is_sent(&delivery_of(&target.message, &target.facts));
    let had_copies_due = target.has_copies_due();
    target.facts.push(new.fact.clone());
    let delivery = delivery_of(&target.message, &target.facts);
    let attempt = new.fact.attempt.map_or(0, |a| i64::from(a.number));
    let mut due_at = outbox::step(transaction, store_id, &target, new).await?;
    // What arrived after all is not sent again, except to those whose copies were put off. What waits for these alone
    // goes to nobody once it is told what became of them.
    let is_settled = is_sent(&delivery) || had_copies_due && new.step == Step::Tell;
    if is_settled && due_at.is_some() && !target.has_copies_due() {
        outbox::remove(transaction, target.order_key).await?;
        due_at = None;
    }
    let facts = serde_json::to_string(&target.facts).map_err(damaged)?;
    let shown = serde_json::to_string(&delivery).map_err(damaged)?;
    let all = MessageFacts::new(new.message, target.message, delivery);
    let facet = all.facet().number();
    sql(
        backend,
        "UPDATE message SET facts = ?, delivery = ?, facet = ?, attempt_number = ? WHERE order_key = ?",
        values![
            facts,
            shown,
            facet,
            attempt.max(target.attempt_number),
            target.order_key.0
        ],
    )
    .execute(transaction)
    .await?;
    if facet != target.facet {
        rows::count(transaction, store_id, target.order_key, target.facet, -1).await?;
        rows::count(transaction, store_id, target.order_key, facet, 1).await?;
    }
    let names = rows::names_of_fact(&new.fact);
    rows::insert_names(transaction, target.order_key, names).await?;
    let order = all.message.order.as_deref();
    if let Some(number) = order
        && was_sent != is_sent(&all.delivery)
        && is_answer(&all.message)
    {
        rows::settle_thread(transaction, store_id, number).await?;
    }
    Ok(PublishedMessage {
        seq,
        message_seq: target.seq,
        store_id,
        is_new: false,
        mark: record.to_string(),
        assigned_to: log::assigned_to(transaction, store_id, order).await?,
        due_at,
        facts: Arc::new(all),
    })
}

/// Whether it waits for a time after this one that somebody chose, be it a moment's hold or a schedule.
fn is_held_after(delivery: &Delivery, at: DateTime<Utc>) -> bool {
    matches!(
        &delivery.verdict,
        Verdict::Waiting {
            reason: WaitReason::Hold | WaitReason::Schedule,
            until: Some(until),
            ..
        } if *until > at
    )
}

fn is_sent(delivery: &Delivery) -> bool {
    delivery.status == Some(DeliveryStatus::Sent)
}

/// Whether a message of the store answers its customer: written by a person or as a reply.
fn is_answer(message: &Message) -> bool {
    message.kind == MessageType::Reply || message.caused_by.kind == ActorType::User
}

/// Whether a fact is one that people look for in the activity log.
pub(crate) const fn is_notable(kind: &FactKind) -> bool {
    matches!(
        kind,
        FactKind::Answered(_)
            | FactKind::GaveUp { .. }
            | FactKind::Report(_)
            | FactKind::Stopped { .. }
            | FactKind::Released { .. }
            | FactKind::Restarted { .. }
            | FactKind::Opened { .. }
            | FactKind::Clicked { .. }
    )
}
