//! Sending, recording what others sent, and receiving.

use super::opt_out::Wish;
use super::outbox::Claimed;
use crate::record::{Effect, Idempotency, NewMessage, Record, Recorded};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage, log};
use chrono::Duration;
use domain::message::{
    Attempt, Channel, DeliveryFact, DeliveryStatus, FactKind, Message, MessageDirection,
    MessageInput, MessageType, NewAttachment, NotSentReason, Report,
};
use domain::{AttemptId, Code, MessageId, Permission, Problem};

/// What became of something received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The message.
    pub id: MessageId,
    /// False when it had been received before.
    pub is_new: bool,
    /// The order it belongs to, if one was found.
    pub order: Option<String>,
}

impl Storage {
    /// Queues messages to be sent, or records what another system sent: all or none, in order. The receipts
    /// of the messages come first, one each; those of the entries in the activity log follow. A message to
    /// somebody who opted out, or for a channel without a provider, is recorded as not sent.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::SendMessages`] (to record: [`Permission::Record`]), `not_found` for
    /// an order that is not the sender's to write about, `invalid_fields` for a recipient who can't be reached by the
    /// channel, `idempotency_conflict`, or a fault.
    pub async fn send_messages(
        &self,
        scope: &Scope,
        inputs: Vec<MessageInput>,
        idempotency: Option<Idempotency>,
    ) -> Result<Recorded, Error> {
        let mut messages = Vec::with_capacity(inputs.len());
        for input in inputs {
            messages.push(self.new_message(scope, input).await?);
        }
        self.record_messages(scope, messages, None, idempotency)
            .await
    }

    async fn record_messages(
        &self,
        scope: &Scope,
        messages: Vec<NewMessage>,
        wish: Option<(Option<Record>, Effect)>,
        idempotency: Option<Idempotency>,
    ) -> Result<Recorded, Error> {
        let (wished, wish) = wish.unzip();
        let noted: Vec<Record> = messages
            .iter()
            .map(|new| super::noted_created(self.ambient(), new))
            .collect();
        let effects = messages
            .iter()
            .filter_map(|new| self.to_follow_up(scope, new))
            .chain(wish)
            .collect();
        let records = messages
            .into_iter()
            .map(|new| Record::Message(Box::new(new)))
            .chain(noted)
            .chain(wished.flatten())
            .collect();
        let recorded = self
            .recorder()
            .write(
                scope.store_id(),
                scope.principal_key(),
                records,
                effects,
                idempotency,
            )
            .await?;
        self.inner.outbox.notify_one();
        Ok(recorded)
    }

    pub(crate) async fn new_message(
        &self,
        scope: &Scope,
        input: MessageInput,
    ) -> Result<NewMessage, Error> {
        let mut message = input.message;
        if message.is_recorded {
            scope.require_recording_messages()?;
        } else {
            scope.require(Permission::SendMessages)?;
        }
        self.check_order(scope, message.order.as_deref()).await?;
        // What another system sent or received is recorded as it was.
        if !message.is_recorded && message.direction == MessageDirection::Outbound {
            super::recipient::fit(&mut message)?;
        }
        self.keep_attachments(&mut message, input.attachments)
            .await?;
        self.complete(scope, &mut message).await?;
        let id = MessageId(self.ambient().uuid());
        let at = message.occurred_at;
        let fact = |attempt, kind| DeliveryFact { at, attempt, kind };
        if message.direction == MessageDirection::Inbound {
            let facts = vec![fact(None, FactKind::Received)];
            return Ok(NewMessage {
                id,
                message,
                facts,
                due: None,
            });
        }
        if message.is_recorded {
            let facts = self.facts_elsewhere(&message, input.status, input.attempts);
            return Ok(NewMessage {
                id,
                message,
                facts,
                due: None,
            });
        }
        if message.channel == Channel::Email && message.message_id.is_none() {
            message.message_id = Some(format!("{id}@{}", self.message_id_domain(scope)));
        }
        self.fill_in_sender(id, &mut message);
        self.refer(scope, &mut message).await?;
        self.follow_openings(&mut message);
        if self.is_refused_by_recipient(scope, &message).await? {
            let reason = NotSentReason::OptedOut;
            let facts = vec![fact(None, FactKind::NotSent { reason })];
            return Ok(NewMessage {
                id,
                message,
                facts,
                due: None,
            });
        }
        let attempt = self.attempt(1);
        let hold = input
            .hold_seconds
            .filter(|seconds| *seconds > 0)
            .and_then(|seconds| Duration::try_seconds(i64::try_from(seconds).ok()?))
            .map(|hold| at + hold);
        let due_at = input.send_at.into_iter().chain(hold).max();
        let kind = FactKind::Queued {
            due_at,
            is_held: hold.is_some() && due_at == hold,
        };
        let mut facts = vec![fact(Some(attempt), kind)];
        let mut due = Some((attempt, due_at.unwrap_or(at).timestamp_micros()));
        // Said at once, not when its time comes. What it waited for stays known, so that a restart waits for it as well.
        if !self.is_set_up(scope.store(), message.channel) {
            let reason = NotSentReason::NoSender;
            facts.push(fact(Some(attempt), FactKind::NotSent { reason }));
            due = None;
        }
        Ok(NewMessage {
            id,
            message,
            facts,
            due,
        })
    }

    /// Has openings and clicks of a mail told when that is wanted of its type. In a text nothing would tell them.
    fn follow_openings(&self, message: &mut Message) {
        let kinds = self.inner.tracked.get();
        let is_followed = kinds.is_some_and(|kinds| kinds.contains(&message.kind));
        message.is_tracked |=
            is_followed && message.channel == Channel::Email && message.html.is_some();
    }

    /// A try of a number.
    pub(super) fn attempt(&self, number: u32) -> Attempt {
        Attempt {
            number,
            id: AttemptId(self.ambient().uuid()),
        }
    }

    /// What another system says became of its message.
    fn facts_elsewhere(
        &self,
        message: &Message,
        status: Option<DeliveryStatus>,
        attempts: Vec<domain::message::RecordedAttempt>,
    ) -> Vec<DeliveryFact> {
        let word = match status {
            Some(DeliveryStatus::NotSent) => {
                return vec![DeliveryFact {
                    at: message.occurred_at,
                    attempt: None,
                    kind: FactKind::NotSent {
                        reason: NotSentReason::Elsewhere,
                    },
                }];
            }
            Some(DeliveryStatus::Failed) => "failed",
            Some(DeliveryStatus::Stopped) => "stopped",
            Some(DeliveryStatus::Pending) => "pending",
            Some(DeliveryStatus::Sent) | None => "sent",
        };
        let mut facts = Vec::new();
        let count = attempts.len();
        for (number, tried) in (1..).zip(attempts) {
            let attempt = Some(self.attempt(number));
            let is_last = number as usize == count;
            let begun = FactKind::Begun {
                provider: tried.provider.clone(),
                raw: None,
                only: Vec::new(),
            };
            facts.push(DeliveryFact {
                at: tried.at,
                attempt,
                kind: begun,
            });
            let status = if tried.status.is_empty() && is_last {
                word.to_owned()
            } else {
                tried.status
            };
            let report = Report {
                provider: tried.provider,
                provider_id: tried.provider_id,
                recipient: None,
                status,
                code: tried.code,
                words: tried.words,
                raw: None,
            };
            facts.push(DeliveryFact {
                at: tried.at,
                attempt,
                kind: FactKind::Report(report),
            });
        }
        if facts.is_empty() || status.is_some() {
            let report = Report {
                provider: "external".to_owned(),
                provider_id: None,
                recipient: None,
                status: word.to_owned(),
                code: None,
                words: None,
                raw: None,
            };
            let last = facts.iter().rev().find_map(|f: &DeliveryFact| f.attempt);
            facts.push(DeliveryFact {
                at: message.occurred_at,
                attempt: last,
                kind: FactKind::Report(report),
            });
        }
        facts
    }

    /// Records a message that came from outside. `message_id` is the mail's Message-ID or the provider's id:
    /// the same arrives once. Without an order, the one of what it answers is taken, else the latest order of
    /// the customer with that address or number.
    ///
    /// # Errors
    /// When the database or the object store fails.
    pub async fn receive_message(
        &self,
        scope: &Scope,
        message: Message,
        attachments: Vec<NewAttachment>,
        raw: Option<&[u8]>,
    ) -> Result<Received, Error> {
        self.receive(scope, message, attachments, raw, None).await
    }

    /// As [`Self::receive_message`], of a text whose sender wants no more of them (STOP, `is_out`), or wants them again.
    /// The wish is kept with the message, so that one that was received before changes nothing.
    ///
    /// # Errors
    /// As [`Self::receive_message`].
    pub async fn receive_wish(
        &self,
        scope: &Scope,
        message: Message,
        attachments: Vec<NewAttachment>,
        raw: Option<&[u8]>,
        is_out: bool,
    ) -> Result<Received, Error> {
        self.receive(scope, message, attachments, raw, Some(is_out))
            .await
    }

    async fn receive(
        &self,
        scope: &Scope,
        mut message: Message,
        attachments: Vec<NewAttachment>,
        raw: Option<&[u8]>,
        is_out: Option<bool>,
    ) -> Result<Received, Error> {
        scope.require_recording_messages()?;
        message.direction = MessageDirection::Inbound;
        self.keep_attachments(&mut message, attachments).await?;
        if let Some(raw) = raw {
            message.raw = Some(self.put_object(raw).await?);
        }
        if message.order.is_none() {
            message.order = self.order_of(scope, &message).await?;
        }
        self.complete(scope, &mut message).await?;
        let wish = match (&message.from, is_out) {
            (Some(from), Some(is_out)) => {
                let wish = Wish {
                    channel: message.channel,
                    address: &from.address,
                    is_out,
                    at: self.ambient().clock.now(),
                };
                Some(self.wish(scope, wish).await?)
            }
            _ => None,
        };
        let order = message.order.clone();
        let name = message.message_id.clone();
        let id = MessageId(self.ambient().uuid());
        let received = DeliveryFact {
            at: message.occurred_at,
            attempt: None,
            kind: FactKind::Received,
        };
        let new = NewMessage {
            id,
            message,
            facts: vec![received],
            due: None,
        };
        match self.record_messages(scope, vec![new], wish, None).await {
            Ok(_) => Ok(Received {
                id,
                is_new: true,
                order,
            }),
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                let name = format!("mid:{}", name.unwrap_or_default());
                let known = self.by_name(Some(scope.store_id()), &name).await?;
                let known = known.ok_or_else(|| Problem::not_found("message"))?;
                Ok(Received {
                    id: known.id,
                    is_new: false,
                    order: known.order,
                })
            }
            Err(error) => Err(error),
        }
    }

    async fn keep_attachments(
        &self,
        message: &mut Message,
        attachments: Vec<NewAttachment>,
    ) -> Result<(), Error> {
        for new in attachments {
            let blob = self.put_object(&new.content).await?;
            message.attachments.push(domain::message::Attachment {
                name: new.name,
                content_type: new.content_type,
                content_id: new.content_id,
                blob,
            });
        }
        Ok(())
    }

    /// That the order is one that the scope's role may write about.
    pub(crate) async fn check_order(
        &self,
        scope: &Scope,
        order: Option<&str>,
    ) -> Result<(), Error> {
        if scope.role().reads_assigned_messages_only() {
            let assigned = log::assigned_to(self.readers(), scope.store_id(), order).await?;
            if assigned.is_none_or(|email| email != scope.assignee()) {
                return Err(Problem::not_found("order").into());
            }
        }
        Ok(())
    }

    /// Fills in customer and name from what is known of order and customer. Whoever wrote is known by their address.
    async fn complete(&self, scope: &Scope, message: &mut Message) -> Result<(), Error> {
        let backend = self.readers().get_database_backend();
        let store = scope.store_id().0;
        if let (None, Some(order)) = (&message.customer, &message.order) {
            let text = "SELECT customer_id FROM sales_order WHERE store_id = ? AND number = ?";
            let row = sql(backend, text, values![store, order.clone()]);
            if let Some(row) = row.row(self.readers()).await? {
                message.customer = row.try_get_by_index(0)?;
            }
        }
        if let (None, MessageDirection::Inbound, Some(from)) =
            (&message.customer, message.direction, &message.from)
        {
            message.customer = self.customer_of(scope, &from.address).await?;
        }
        if let (None, Some(id)) = (&message.customer_name, &message.customer) {
            let text = "SELECT name FROM customer WHERE store_id = ? AND id = ?";
            let row = sql(backend, text, values![store, id.clone()]);
            if let Some(row) = row.row(self.readers()).await? {
                message.customer_name = row.try_get_by_index(0)?;
            }
        }
        Ok(())
    }

    /// Whether somebody whom a claimed message goes to opted out since it was queued.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_opted_out_since(&self, claimed: &Claimed) -> Result<bool, Error> {
        let scope = Scope::system("opted out", claimed.store.clone());
        if claimed.copies.is_empty() {
            return self.is_refused_by_recipient(&scope, &claimed.message).await;
        }
        let copies: Vec<&str> = claimed.copies.iter().map(String::as_str).collect();
        self.is_refused_by(&scope, &claimed.message, &copies).await
    }

    /// Whether somebody whom the message goes to wants none of its kind.
    async fn is_refused_by_recipient(
        &self,
        scope: &Scope,
        message: &Message,
    ) -> Result<bool, Error> {
        let everyone = message.to.iter().chain(&message.cc).chain(&message.bcc);
        let addresses: Vec<&str> = everyone.map(|mailbox| mailbox.address.as_str()).collect();
        self.is_refused_by(scope, message, &addresses).await
    }

    async fn is_refused_by(
        &self,
        scope: &Scope,
        message: &Message,
        addresses: &[&str],
    ) -> Result<bool, Error> {
        let may_refuse = match message.channel {
            Channel::Email => message.kind == MessageType::Campaign,
            Channel::Sms | Channel::Whatsapp => message.kind != MessageType::VerificationCode,
        };
        if !may_refuse {
            return Ok(false);
        }
        for address in addresses {
            if self.is_opted_out(scope, message.channel, address).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The order of what an inbound message answers, else the latest order of its sender.
    /// What stands behind the `@` of Message-IDs: the store's domain, or that of the address that its mails come from.
    fn message_id_domain(&self, scope: &Scope) -> String {
        let usual = self.inner.usual_sender.get();
        let of_sender = usual.and_then(|usual| usual.email.address.rsplit('@').next());
        let known = [Some(scope.store().domain.trim()), of_sender];
        let domain = known.into_iter().flatten().find(|domain| is_domain(domain));
        domain.unwrap_or("storetrail.invalid").to_owned()
    }

    async fn order_of(&self, scope: &Scope, message: &Message) -> Result<Option<String>, Error> {
        for reference in message.references.iter().rev().take(20) {
            // An answer to a text names the provider's id: what we sent is known by it, what we got is its own.
            for name in [format!("mid:{reference}"), format!("pid:{reference}")] {
                let known = self.by_name(Some(scope.store_id()), &name).await?;
                if let Some(order) = known.and_then(|known| known.order) {
                    return Ok(Some(order));
                }
            }
        }
        match &message.from {
            Some(from) => self.latest_order_of(scope, &from.address).await,
            None => Ok(None),
        }
    }
}

/// Whether it can stand behind the `@` of a Message-ID.
fn is_domain(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    !text.is_empty() && text.chars().all(is_name)
}
