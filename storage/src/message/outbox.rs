//! What the sending workers do: claim, begin, say what was answered.

use super::noted;
use crate::log::{uuid_of, zone};
use crate::record::message::{HANDING_OVER, WAITING, damaged, delivery_of, message_of};
use crate::record::{NewFact, Record, Step};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::message::{
    Answer, Attempt, BlobRef, Channel, Delivery, DeliveryFact, FactKind, Message, NotSentReason,
};
use domain::view::StoreView;
use domain::{AttemptId, Code, MessageId, StoreId};
use sea_orm::FromQueryResult;
use std::sync::Arc;
use tokio::sync::Notify;
use uuid::Uuid;

/// What is sent by the same provider, and waits for nobody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Mail.
    Mail,
    /// SMS and WhatsApp.
    Texts,
}

impl Lane {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Mail, Self::Texts];

    /// The lane of a channel.
    pub fn of(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::Mail,
            Channel::Sms | Channel::Whatsapp => Self::Texts,
        }
    }

    /// The number stored for it.
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Mail => 0,
            Self::Texts => 1,
        }
    }
}

/// A message that one worker may hand over.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The message's store.
    pub store: StoreView,
    /// Which message.
    pub id: MessageId,
    /// The message.
    pub message: Message,
    /// The try that it would be.
    pub attempt: Attempt,
    /// How many tries were answered "later".
    pub tries: u32,
    /// When the first of them began.
    pub first_begun_at: Option<DateTime<Utc>>,
    /// To whom alone it goes: those whose copies were put off. Empty when it goes to all.
    pub copies: Vec<String>,
    raw: Option<BlobRef>,
    lease: Uuid,
    lease_time: Duration,
    facts: Vec<DeliveryFact>,
}

impl Claimed {
    /// The same, taken for another time from the hand-over on: a claim is short, a hand-over may take long.
    pub fn held_for(mut self, lease: Duration) -> Self {
        self.lease_time = lease;
        self
    }

    /// The same with the bytes of its mail, kept by [`Storage::put_object`]: the try's record names them.
    pub fn with_raw(mut self, raw: BlobRef) -> Self {
        self.raw = Some(raw);
        self
    }

    /// The bytes of its mail that an earlier try handed over.
    pub fn handed_over(&self) -> Option<&BlobRef> {
        self.facts.iter().rev().find_map(|fact| match &fact.kind {
            FactKind::Begun { raw, .. } => raw.as_ref(),
            _ => None,
        })
    }
}

/// For how long a message that can't be read is left alone.
const UNREADABLE: Duration = Duration::hours(1);

#[derive(FromQueryResult)]
struct Columns {
    seq: i64,
    message_id: Vec<u8>,
    attempt_number: i64,
    attempt_id: Vec<u8>,
    tries: i64,
    first_try_at: Option<i64>,
    body: String,
    facts: String,
    id: i64,
    name: String,
    domain: String,
    time_zone: String,
    is_sample: bool,
}

impl Columns {
    fn claimed(self, lease: Uuid, lease_time: Duration) -> Result<Claimed, Error> {
        let facts: Vec<DeliveryFact> = serde_json::from_str(&self.facts).map_err(damaged)?;
        let message = message_of(&self.body)?;
        Ok(Claimed {
            copies: Delivery::copies_due(&message, &facts),
            id: MessageId(uuid_of(&self.message_id)?),
            message,
            attempt: Attempt {
                number: u32::try_from(self.attempt_number).unwrap_or(1),
                id: AttemptId(uuid_of(&self.attempt_id)?),
            },
            tries: u32::try_from(self.tries).unwrap_or(0),
            first_begun_at: self.first_try_at.map(zone::time_of),
            raw: None,
            lease,
            lease_time,
            facts,
            store: StoreView {
                id: StoreId(self.id),
                name: self.name,
                domain: self.domain,
                time_zone: self.time_zone,
                is_sample: self.is_sample,
            },
        })
    }
}

impl Storage {
    /// Takes up to `limit` messages of a lane that are due for `lease`: nobody else gets them before it runs out. A
    /// worker that dies before [`Storage::begin_handover`] loses nothing. One that can't be read is left out, and due
    /// again after an hour.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_due(
        &self,
        lane: Lane,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<Claimed>, Error> {
        let writer = &self.inner.connections.writer;
        let backend = writer.get_database_backend();
        let (one_of, end) = crate::sql::claimed(backend);
        let now = self.ambient().clock.now();
        let token = Uuid::from_bytes(self.ambient().entropy.bytes());
        let until = (now + lease).timestamp_micros();
        let later = now + UNREADABLE;
        let now = now.timestamp_micros();
        let text = format!(
            "UPDATE outbox SET lease = ?, lease_until = ? WHERE order_key {one_of}SELECT order_key FROM outbox WHERE state = ? AND lane = ? \
             AND due_at <= ? AND (lease_until IS NULL OR lease_until < ?) ORDER BY due_at, order_key LIMIT ?{end} RETURNING order_key"
        );
        let values = values![
            token.as_bytes().to_vec(),
            until,
            WAITING,
            lane.number(),
            now,
            now,
            i64::from(limit)
        ];
        let rows = sql(backend, &text, values).rows(writer).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let keys = rows
            .iter()
            .map(|row| row.try_get_by_index::<i64>(0))
            .collect::<Result<Vec<_>, _>>()?;
        let mut statement = sql(
            backend,
            "SELECT p.seq, o.message_id, o.attempt_number, o.attempt_id, o.tries, o.first_try_at, p.body, m.facts, s.id, s.name, \
             s.domain, s.time_zone, s.is_sample FROM outbox o JOIN message m ON m.order_key = o.order_key \
             JOIN payload p ON p.seq = m.seq JOIN store s ON s.id = o.store_id WHERE s.removed_at IS NULL AND o.order_key IN ",
            [],
        );
        statement.list(keys).push(" ORDER BY o.due_at, o.order_key");
        let found: Vec<Columns> = statement.all(self.readers()).await?;
        let mut claimed = Vec::with_capacity(found.len());
        for columns in found {
            let (seq, message) = (columns.seq, columns.message_id.clone());
            match Error::passed_over(columns.claimed(token, lease), seq)? {
                Some(one) => claimed.push(one),
                None => self.give_back(message, token, later).await?,
            }
        }
        Ok(claimed)
    }

    /// Is notified when something was queued, released, restarted or put back by this process. Polling is the truth.
    pub fn outbox_wakeup(&self) -> Arc<Notify> {
        self.inner.outbox.clone()
    }

    /// When the next message of a lane is due, if one waits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_due_at(&self, lane: Lane) -> Result<Option<DateTime<Utc>>, Error> {
        let text = "SELECT MIN(due_at) FROM outbox WHERE state = ? AND lane = ?";
        let row = sql(
            self.readers().get_database_backend(),
            text,
            values![WAITING, lane.number()],
        )
        .row(self.readers())
        .await?;
        let due: Option<i64> = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        Ok(due.map(zone::time_of))
    }

    /// Records, durably, that a message is being handed over now. False when it was stopped or the lease was
    /// lost: it must not be handed over then. After it, the message is never given to a worker again until it
    /// is answered, reported or restarted.
    ///
    /// # Errors
    /// When the database fails; the message must not be handed over then either.
    pub async fn begin_handover(&self, claimed: &Claimed, provider: &str) -> Result<bool, Error> {
        let now = self.ambient().clock.now();
        let kind = FactKind::Begun {
            provider: provider.to_owned(),
            raw: claimed.raw.clone(),
            only: claimed.copies.clone(),
        };
        let step = Step::Begin {
            lease: claimed.lease,
            until: (now + claimed.lease_time).timestamp_micros(),
        };
        let done = self.tell(claimed, kind, step, false).await;
        match done {
            Ok(()) => Ok(true),
            Err(Error::Problem(problem))
                if matches!(problem.code, Code::Conflict | Code::NotFound) =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Records what was answered. [`Answer::Deferred`] puts the message back as a new try, due then, and so does
    /// [`Answer::Accepted`] when copies were put off: that try goes to those alone. Any other answer ends its stay in
    /// the outbox.
    ///
    /// # Errors
    /// `conflict` when the lease ran out and the answer was recorded as unknown, or a fault.
    pub async fn record_answer(&self, claimed: &Claimed, answer: Answer) -> Result<(), Error> {
        let retry_at = match &answer {
            Answer::Deferred { retry_at, .. } => Some(*retry_at),
            Answer::Accepted { missed, .. } => missed.iter().filter_map(|m| m.retry_at).max(),
            Answer::Refused { .. } => None,
        };
        let retry = retry_at.map(|at| {
            let attempt = self.attempt(claimed.attempt.number + 1);
            (attempt, at.timestamp_micros())
        });
        let lease = claimed.lease;
        self.tell(
            claimed,
            FactKind::Answered(answer),
            Step::Answer { lease, retry },
            true,
        )
        .await?;
        self.inner.outbox.notify_one();
        Ok(())
    }

    /// Records that no further try is made, in place of a "later". `words` are those of the last answer.
    ///
    /// # Errors
    /// As [`Storage::record_answer`].
    pub async fn give_up(&self, claimed: &Claimed, words: Option<String>) -> Result<(), Error> {
        let lease = claimed.lease;
        let step = Step::Answer { lease, retry: None };
        self.tell(claimed, FactKind::GaveUp { words }, step, true)
            .await
    }

    /// Records that a claimed message is not to be sent after all, and takes it out. What was stopped or taken by
    /// another worker meanwhile is left to them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refuse(&self, claimed: &Claimed, reason: NotSentReason) -> Result<(), Error> {
        let step = Step::Refuse {
            lease: claimed.lease,
        };
        let kind = FactKind::NotSent { reason };
        match self.tell(claimed, kind, step, true).await {
            Err(Error::Problem(problem))
                if matches!(problem.code, Code::Conflict | Code::NotFound) =>
            {
                Ok(())
            }
            done => done,
        }
    }

    /// Records at once that nobody will learn what was answered: the connection broke after the content was sent.
    /// `words` say how.
    ///
    /// # Errors
    /// As [`Storage::record_answer`].
    pub async fn answer_unknown(
        &self,
        claimed: &Claimed,
        words: Option<String>,
    ) -> Result<(), Error> {
        let step = Step::Unknown { before: i64::MAX };
        self.tell(claimed, FactKind::AnswerUnknown { words }, step, true)
            .await
    }

    /// Gives a claimed message back, untouched, due at a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release(&self, claimed: &Claimed, due_at: DateTime<Utc>) -> Result<(), Error> {
        let message = claimed.id.0.as_bytes().to_vec();
        self.give_back(message, claimed.lease, due_at).await
    }

    async fn give_back(
        &self,
        message: Vec<u8>,
        lease: Uuid,
        due_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let writer = &self.inner.connections.writer;
        let text = "UPDATE outbox SET lease = NULL, lease_until = NULL, due_at = ? WHERE message_id = ? AND lease = ? AND state = ?";
        let values = values![
            due_at.timestamp_micros(),
            message,
            lease.as_bytes().to_vec(),
            WAITING
        ];
        sql(writer.get_database_backend(), text, values)
            .execute(writer)
            .await
            .map(drop)
    }

    /// Records of every message whose worker ended between hand-over and answer that the answer is unknown;
    /// returns how many. To be called at start and every minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_unanswered(&self) -> Result<u64, Error> {
        let now = self.ambient().clock.now();
        let before = now.timestamp_micros();
        let text = "SELECT store_id, message_id, attempt_number, attempt_id FROM outbox WHERE state = ? AND lease_until < ? LIMIT 1000";
        let rows = sql(
            self.readers().get_database_backend(),
            text,
            values![HANDING_OVER, before],
        )
        .rows(self.readers())
        .await?;
        let mut settled = 0;
        for row in rows {
            let store = StoreId(row.try_get_by_index(0)?);
            let number: i64 = row.try_get_by_index(2)?;
            let fact = DeliveryFact {
                at: now,
                attempt: Some(Attempt {
                    number: u32::try_from(number).unwrap_or(1),
                    id: AttemptId(uuid_of(&row.try_get_by_index::<Vec<u8>>(3)?)?),
                }),
                kind: FactKind::AnswerUnknown { words: None },
            };
            let new = NewFact {
                message: MessageId(uuid_of(&row.try_get_by_index::<Vec<u8>>(1)?)?),
                fact,
                step: Step::Unknown { before },
            };
            let record = vec![Record::MessageFact(Box::new(new))];
            let write = self
                .recorder()
                .write(store, "outbox".to_owned(), record, Vec::new(), None);
            match write.await {
                Ok(_) => settled += 1,
                // Answered in the meantime.
                Err(Error::Problem(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(settled)
    }

    async fn tell(
        &self,
        claimed: &Claimed,
        kind: FactKind,
        step: Step,
        is_noted: bool,
    ) -> Result<(), Error> {
        let fact = DeliveryFact {
            at: self.ambient().clock.now(),
            attempt: Some(claimed.attempt),
            kind,
        };
        let mut records = Vec::with_capacity(2);
        if is_noted {
            let before = delivery_of(&claimed.message, &claimed.facts);
            let mut facts = claimed.facts.clone();
            facts.push(fact.clone());
            let after = delivery_of(&claimed.message, &facts);
            let noted = noted::changed(
                self.ambient(),
                claimed.id,
                &claimed.message,
                &before,
                &after,
            );
            records.extend(noted);
        }
        let new = NewFact {
            message: claimed.id,
            fact,
            step,
        };
        records.insert(0, Record::MessageFact(Box::new(new)));
        let scope = Scope::system("sending", claimed.store.clone());
        self.write_records(&scope, records, Vec::new()).await
    }
}
