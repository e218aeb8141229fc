//! What a person does with a message: stop, release, restart, send again.

use super::noted::noted;
use super::row::is_hidden;
use crate::log::uuid_of;
use crate::record::message::{damaged, message_of};
use crate::record::{Idempotency, NewFact, NewMessage, Record, Recorded, Step};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::message::{
    Delivery, DeliveryFact, FactKind, Mailbox, Message, MessageDirection, MessageInput, NotStopped,
    is_own_header, unfit,
};
use domain::{Code, FieldProblem, MessageId, Permission, Problem};
use sea_orm::FromQueryResult;

/// A message as it stands, found through a scope.
pub(super) struct Found {
    pub(super) id: MessageId,
    pub(super) order_key: i64,
    pub(super) seq: i64,
    pub(super) attempt_number: u32,
    pub(super) message: Message,
    pub(super) facts: Vec<DeliveryFact>,
    pub(super) due_at: Option<i64>,
    /// Whether its content stands, or was erased.
    pub(super) has_content: bool,
}

#[derive(FromQueryResult)]
struct Columns {
    order_key: i64,
    seq: i64,
    id: Vec<u8>,
    attempt_number: i64,
    facts: String,
    shown: String,
    body: Option<String>,
    due_at: Option<i64>,
}

impl Storage {
    /// The message of that id, if the scope reads it.
    pub(super) async fn found(&self, scope: &Scope, id: MessageId) -> Result<Option<Found>, Error> {
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT m.order_key, m.seq, m.id, m.attempt_number, m.facts, m.shown, p.body, o.due_at FROM message m \
             LEFT JOIN payload p ON p.seq = m.seq LEFT JOIN outbox o ON o.order_key = m.order_key AND o.state = 0 \
             WHERE m.id = ? AND m.store_id = ? AND ",
            values![id.0.as_bytes().to_vec(), scope.store_id().0],
        );
        scope.push_message_condition(&mut statement);
        let found: Option<Columns> = statement.one(self.readers()).await?;
        found
            .map(|c| {
                Ok(Found {
                    id: MessageId(uuid_of(&c.id)?),
                    order_key: c.order_key,
                    seq: c.seq,
                    attempt_number: u32::try_from(c.attempt_number).unwrap_or(0),
                    // Of one whose content was erased the line is left.
                    message: match &c.body {
                        Some(body) => message_of(body)?,
                        None => serde_json::from_str(&c.shown).map_err(damaged)?,
                    },
                    facts: serde_json::from_str(&c.facts).map_err(damaged)?,
                    due_at: c.due_at,
                    has_content: c.body.is_some(),
                })
            })
            .transpose()
    }

    /// The message that somebody wants to do something with.
    async fn to_act_on(&self, scope: &Scope, id: MessageId) -> Result<Found, Error> {
        let found = self.found(scope, id).await?;
        let found = found.ok_or_else(|| Problem::not_found("message"))?;
        scope.require(Permission::SendMessages)?;
        if found.message.direction == MessageDirection::Inbound || found.message.is_recorded {
            return Err(Problem::from(NotStopped::SentElsewhere).into());
        }
        Ok(found)
    }

    /// Stops a message that waits. Once this returns, it is certain that it is not handed over.
    ///
    /// # Errors
    /// `conflict` when it was already handed over or does not wait, `not_found`, `forbidden`, or a fault.
    pub async fn stop_message(&self, scope: &Scope, id: MessageId) -> Result<(), Error> {
        let found = self.to_act_on(scope, id).await?;
        let kind = FactKind::Stopped { by: scope.actor() };
        let attempt = found.attempt_of_outbox(self).await?;
        let fact = DeliveryFact {
            at: self.ambient().clock.now(),
            attempt,
            kind,
        };
        self.act(scope, &found, fact, Step::Stop, "message.stopped")
            .await
    }

    /// Makes a message that is held or scheduled due now. A stop that comes later still catches it, as long as no worker has
    /// begun to hand it over.
    ///
    /// # Errors
    /// `conflict` when its time has come, when it was handed over or stopped, or is neither held nor scheduled; `not_found`,
    /// `forbidden`, or a fault.
    pub async fn release_message(&self, scope: &Scope, id: MessageId) -> Result<(), Error> {
        let found = self.to_act_on(scope, id).await?;
        let kind = FactKind::Released { by: scope.actor() };
        let attempt = found.attempt_of_outbox(self).await?;
        let fact = DeliveryFact {
            at: self.ambient().clock.now(),
            attempt,
            kind,
        };
        self.act(scope, &found, fact, Step::Release, "message.released")
            .await?;
        self.inner.outbox.notify_one();
        Ok(())
    }

    /// Puts a message back into the outbox as a new try that was stopped, that failed or for whose channel no provider was
    /// set up: due now, held again when it ended in its hold, or at its time when it ended before that.
    ///
    /// # Errors
    /// `conflict` for any other, and while no provider is set up for its channel; `not_found`, `forbidden`, or a fault.
    pub async fn restart_message(&self, scope: &Scope, id: MessageId) -> Result<(), Error> {
        self.restart_at(scope, id, self.ambient().clock.now()).await
    }

    /// The same, due at a time, or so long after it as it is held.
    pub(super) async fn restart_at(
        &self,
        scope: &Scope,
        id: MessageId,
        due_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let found = self.to_act_on(scope, id).await?;
        if !self.is_set_up(scope.store(), found.message.channel) {
            return Err(Problem::from(NotStopped::NotSetUp).into());
        }
        let attempt = self.attempt(found.attempt_number + 1);
        let at = self.ambient().clock.now();
        let hold = Delivery::hold_again(&found.facts);
        let due_at = match (hold, Delivery::schedule_again(&found.facts)) {
            (Some(hold), _) => due_at + hold,
            (None, Some(scheduled)) => due_at.max(scheduled),
            (None, None) => due_at,
        };
        let kind = FactKind::Restarted {
            by: scope.actor(),
            due_at: (due_at > at).then_some(due_at),
            is_held: hold.is_some(),
        };
        let fact = DeliveryFact {
            at,
            attempt: Some(attempt),
            kind,
        };
        let step = Step::Restart {
            attempt,
            due_at: due_at.timestamp_micros(),
        };
        self.act(scope, &found, fact, step, "message.restarted")
            .await?;
        self.inner.outbox.notify_one();
        Ok(())
    }

    async fn act(
        &self,
        scope: &Scope,
        found: &Found,
        fact: DeliveryFact,
        step: Step,
        action: &str,
    ) -> Result<(), Error> {
        let activity = noted(
            self.ambient(),
            found.id,
            &found.message,
            action,
            scope.actor(),
        );
        let new = NewFact {
            message: found.id,
            fact,
            step,
        };
        let records = vec![
            Record::MessageFact(Box::new(new)),
            Record::Activity(activity),
        ];
        self.write_records(scope, records, Vec::new()).await
    }

    /// Sends a message again as a new one that names the first; `to` corrects the recipient.
    ///
    /// # Errors
    /// `forbidden` for a secret that the role can't read, `not_found`, `invalid_fields` for a recipient who can't be reached
    /// by the message's channel, or a fault.
    pub async fn send_again(
        &self,
        scope: &Scope,
        id: MessageId,
        to: Option<Mailbox>,
    ) -> Result<MessageId, Error> {
        let (as_message, records) = self.again(scope, id, to).await?;
        self.record_again(scope, records, None).await?;
        Ok(as_message)
    }

    /// As [`Self::send_again`]. A call that was made before under the same idempotency key sends nothing more. The first
    /// receipt is the new message's.
    ///
    /// # Errors
    /// As [`Self::send_again`]; `idempotency_conflict` for another call under the same key.
    pub async fn send_again_once(
        &self,
        scope: &Scope,
        id: MessageId,
        to: Option<Mailbox>,
        idempotency: Option<Idempotency>,
    ) -> Result<Recorded, Error> {
        let (_, records) = self.again(scope, id, to).await?;
        self.record_again(scope, records, idempotency).await
    }

    /// What is recorded of a message that is sent again, the new message first.
    async fn again(
        &self,
        scope: &Scope,
        id: MessageId,
        to: Option<Mailbox>,
    ) -> Result<(MessageId, Vec<Record>), Error> {
        let found = self.to_act_on(scope, id).await?;
        if is_hidden(scope, &found.message) {
            let message = "only a super admin sends a secret again; have the store make a new one";
            return Err(Problem::new(Code::Forbidden, message).into());
        }
        let at = self.ambient().clock.now();
        let mut message = Message {
            occurred_at: at,
            caused_by: scope.actor(),
            message_id: None,
            raw: None,
            resend_of: Some(id),
            ..found.message.clone()
        };
        // Answers to it go to an address of its own, and the usual sender may be another by now.
        message.take_out_filled_in();
        if let Some(to) = to {
            message.to = vec![to];
            message.cc = Vec::new();
            message.bcc = Vec::new();
        }
        // What another system or a rule wrote there of the mail before is not true of this one.
        message.headers.retain(|(name, _)| !is_own_header(name));
        let unfit = unfit(&message).into_iter();
        let wrong: Vec<FieldProblem> = unfit
            .map(|(field, code, words)| FieldProblem {
                pointer: format!("/{field}"),
                code: code.to_owned(),
                message: words.to_owned(),
            })
            .collect();
        if !wrong.is_empty() {
            return Err(Problem::invalid_fields(wrong).into());
        }
        let input = MessageInput::new(message);
        let new: NewMessage = self.new_message(scope, input).await?;
        let as_message = new.id;
        let fact = DeliveryFact {
            at,
            attempt: None,
            kind: FactKind::Resent {
                as_message,
                by: scope.actor(),
            },
        };
        let told = NewFact {
            message: id,
            fact,
            step: Step::Tell,
        };
        let noted = super::noted_created(self.ambient(), &new);
        let records = vec![
            Record::Message(Box::new(new)),
            Record::MessageFact(Box::new(told)),
            noted,
        ];
        Ok((as_message, records))
    }

    async fn record_again(
        &self,
        scope: &Scope,
        records: Vec<Record>,
        idempotency: Option<Idempotency>,
    ) -> Result<Recorded, Error> {
        let (store, principal) = (scope.store_id(), scope.principal_key());
        let recorded = self
            .recorder()
            .write(store, principal, records, Vec::new(), idempotency)
            .await?;
        self.inner.outbox.notify_one();
        Ok(recorded)
    }
}

impl Found {
    /// The try that waits in the outbox.
    async fn attempt_of_outbox(
        &self,
        storage: &Storage,
    ) -> Result<Option<domain::message::Attempt>, Error> {
        let text = "SELECT attempt_number, attempt_id FROM outbox WHERE order_key = ?";
        let row = sql(
            storage.readers().get_database_backend(),
            text,
            values![self.order_key],
        )
        .row(storage.readers())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let number: i64 = row.try_get_by_index(0)?;
        let id = uuid_of(&row.try_get_by_index::<Vec<u8>>(1)?)?;
        Ok(Some(domain::message::Attempt {
            number: u32::try_from(number).unwrap_or(1),
            id: domain::AttemptId(id),
        }))
    }
}
