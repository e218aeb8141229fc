//! The actions that need nothing but the database: done in the transaction that takes them out of the queue, so once.

use super::action::{RuleJob, Undone};
use super::{actor_of_rule, reference, reference_of_rule};
use crate::account::own_activity;
use crate::log::uuid_of;
use crate::message::fitting;
use crate::record::{NewMessage, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::followup::{Filling, FollowupAction, Template, fill};
use domain::message::{Channel, Mailbox, Message, MessageDirection, MessageInput, MessageType};
use domain::operation::{Operation, OperationId, OperationKind};
use domain::{Category, Code, MessageId, RuleReference, Said};
use serde_json::json;

/// For how long an operation of a rule may be silent: a target can be down for a day.
const SILENT_FOR_S: u32 = 86_400;

/// Why an order can't be assigned: it may yet be told.
pub(super) fn not_known(number: &str) -> Undone {
    let number = number.to_owned();
    Undone::later(Said::OrderUnknown { number })
}

impl Storage {
    /// Does an action that needs nothing but the database. `Ok(Err(_))`: it could not be done. Those that need the
    /// network, `tag` and `alarm`, are the server's; they are refused here.
    ///
    /// # Errors
    /// When the database fails: it stays queued.
    pub async fn perform_rule_action(&self, job: &RuleJob) -> Result<Result<(), Undone>, Error> {
        let scope = Scope::system("rules", job.store.clone());
        match self.performed(&scope, job).await {
            Ok(done) => Ok(done),
            // What is refused stays refused, such as a recipient who wants no messages.
            Err(Error::Problem(problem)) if problem.code != Code::Conflict => {
                Ok(Err(Undone::never(problem.message)))
            }
            Err(Error::Problem(problem)) => Ok(Err(Undone::later(problem.message))),
            Err(error) => Err(error),
        }
    }

    async fn performed(&self, scope: &Scope, job: &RuleJob) -> Result<Result<(), Undone>, Error> {
        let task = &job.task;
        let order = task.about.order.as_deref();
        match &task.action {
            FollowupAction::SendTemplate { template } => {
                let made = match task.about.message {
                    Some(id) => self.answer_later(scope, job, id, template).await?,
                    None => self.letter(scope, job, template).await?,
                };
                let new = match made {
                    Ok(new) => new,
                    Err(why) => return Ok(Err(Undone::never(why))),
                };
                let details = json!({ "message": new.id, "template": template });
                let noted = crate::message::noted_created(self.ambient(), &new);
                let records = vec![Record::Message(Box::new(new)), noted];
                self.finish_action(job, records, Vec::new(), details)
                    .await?;
                self.inner.outbox.notify_one();
            }
            FollowupAction::Assign { to } => {
                let Some(number) = order else {
                    return Ok(Err(Undone::never(Said::NoOrder)));
                };
                let Some(known) = self.order_columns(scope, number).await? else {
                    return Ok(Err(not_known(number)));
                };
                let mut order = known.upsert();
                order.assigned_to = Some(to.clone());
                let effects = vec![known.unless_overtaken(scope, number)];
                let number = number.to_owned();
                let records = vec![Record::Order { number, order }];
                self.finish_action(job, records, effects, json!({})).await?;
            }
            FollowupAction::TagOrder { tag } => {
                let Some(number) = order else {
                    return Ok(Err(Undone::never(Said::NoOrder)));
                };
                let mut tagged = own_activity(
                    self.ambient(),
                    "tag.applied",
                    Category::Tags,
                    Some(reference("order", number)),
                    Vec::new(),
                );
                tagged.actor = actor_of_rule(task.rule, &task.name);
                tagged.rule = Some(rule_of(job));
                tagged.origin.trace_id.clone_from(&task.about.trace);
                tagged.details = Some(json!({ "tag": tag }));
                let records = vec![Record::Activity(tagged)];
                self.finish_action(job, records, Vec::new(), json!({}))
                    .await?;
            }
            FollowupAction::HoldMessages => {
                let Some(number) = order else {
                    return Ok(Err(Undone::never(Said::NoOrder)));
                };
                let waiting = self.waiting_about(scope, number).await?;
                let by_rule = actor_of_rule(task.rule, &task.name);
                let by = scope.clone().on_behalf_of(by_rule);
                let answers = self.stop_messages(&by, &waiting).await?;
                let stopped = answers.iter().filter(|(_, answer)| answer.is_ok()).count();
                self.settle_rule_action(job, json!({ "stopped": stopped }))
                    .await?;
            }
            FollowupAction::OpenOperation { name } => {
                let operation = self.operation_for(job, name, OperationKind::BulkOperation);
                let details = json!({ "operation": operation.id });
                let records = self.opening(operation);
                self.finish_action(job, records, Vec::new(), details)
                    .await?;
            }
            FollowupAction::CallWebhook { .. }
            | FollowupAction::Tag { .. }
            | FollowupAction::Alarm { .. } => {
                return Ok(Err(Undone::later("this is not done by the database")));
            }
        }
        Ok(Ok(()))
    }

    /// The letter to the customer that an event concerns, or why there is none.
    async fn letter(
        &self,
        scope: &Scope,
        job: &RuleJob,
        name: &str,
    ) -> Result<Result<NewMessage, String>, Error> {
        let template = match self.template_to_send(scope, name).await? {
            Ok(template) => template,
            Err(why) => return Ok(Err(why)),
        };
        let about = &job.task.about;
        let order = match about.order.as_deref() {
            Some(number) => self.order_columns(scope, number).await?,
            None => None,
        };
        let subject = about.subject.as_ref().filter(|s| s.kind == "customer");
        let customer = subject
            .map(|s| s.id.clone())
            .or_else(|| order.as_ref().and_then(|o| o.customer_id.clone()));
        let Some(customer) = customer else {
            return Ok(Err(Said::NoCustomer.into()));
        };
        let text = "SELECT name, email, phone FROM customer WHERE store_id = ? AND id = ?";
        let values = values![scope.store_id().0, customer.clone()];
        let row = sql(self.backend(), text, values)
            .row(self.readers())
            .await?;
        let (mut known, mut email, mut phone) = (None::<String>, None::<String>, None::<String>);
        if let Some(row) = row {
            known = row.try_get_by_index(0)?;
            email = row.try_get_by_index(1)?;
            phone = row.try_get_by_index(2)?;
        }
        let channel = template.channel.unwrap_or(match email {
            Some(_) => Channel::Email,
            None => Channel::Sms,
        });
        let (address, called) = match channel {
            Channel::Email => (email, "address"),
            _ => (phone, "number"),
        };
        let Some(address) = address else {
            let channel = channel.as_str().to_owned();
            return Ok(Err(Said::NoAddress { channel }.into()));
        };
        let address = match fitting(channel, &address) {
            Ok(address) => address,
            Err(why) => return Ok(Err(format!("the customer's {called} {why}"))),
        };
        let filling = match (&order, about.order.as_deref()) {
            (Some(order), Some(number)) => order.filling(scope, number, known.clone()),
            _ => Filling {
                customer: known.clone().unwrap_or_default(),
                store: scope.store().name.clone(),
                ..Filling::default()
            },
        };
        let to = Mailbox {
            name: known.clone(),
            address,
        };
        let mut message = self.written(scope, job, &template, channel, to, &filling);
        message.customer = Some(customer);
        message.customer_name = known;
        let input = MessageInput::new(message);
        self.new_message(scope, input).await.map(Ok)
    }

    fn written(
        &self,
        scope: &Scope,
        job: &RuleJob,
        template: &Template,
        channel: Channel,
        to: Mailbox,
        filling: &Filling,
    ) -> Message {
        let subject = match &template.subject {
            Some(subject) => fill(subject, filling),
            None => scope.store().name.clone(),
        };
        let is_mail = channel == Channel::Email;
        let mut message = Message {
            to: vec![to],
            subject: is_mail.then(|| subject.replace(|c: char| c.is_control(), " ")),
            text: Some(fill(&template.body, filling)),
            order: job.task.about.order.clone(),
            rule: Some(rule_of(job)),
            trace_id: job.task.about.trace.clone(),
            template: Some(template.name.clone()),
            ..Message::new(
                channel,
                MessageDirection::Outbound,
                MessageType::OrderNotification,
                self.ambient().clock.now(),
                actor_of_rule(job.task.rule, &job.task.name),
            )
        };
        if is_mail {
            // RFC 3834 5: so that the other side's machines do not answer in turn.
            let header = ("Auto-Submitted".to_owned(), "auto-generated".to_owned());
            message.headers.push(header);
        }
        message
    }

    /// The messages about an order that wait to be sent.
    async fn waiting_about(&self, scope: &Scope, number: &str) -> Result<Vec<MessageId>, Error> {
        let text = "SELECT o.message_id FROM outbox o JOIN message m ON m.order_key = o.order_key \
                    WHERE m.store_id = ? AND m.order_number = ? AND o.state = 0 LIMIT 1000";
        let values = values![scope.store_id().0, number];
        let rows = sql(self.backend(), text, values)
            .rows(self.readers())
            .await?;
        let ids = rows
            .iter()
            .map(|row| Ok(MessageId(uuid_of(&row.try_get_by_index::<Vec<u8>>(0)?)?)));
        ids.collect()
    }

    pub(super) fn operation_for(
        &self,
        job: &RuleJob,
        name: &str,
        kind: OperationKind,
    ) -> Operation {
        Operation {
            id: OperationId(format!("rule-{}", job.id)),
            name: name.to_owned(),
            kind,
            description: None,
            query: None,
            total: None,
            actor: actor_of_rule(job.task.rule, &job.task.name),
            rule: Some(rule_of(job)),
            target: None,
            stalls_after_s: SILENT_FOR_S,
            controls: Vec::new(),
            control_url: None,
            reverts: None,
            retries: None,
            trace_id: job.task.about.trace.clone(),
            opened_at: self.ambient().clock.now(),
        }
    }

    /// To whom a store's alarms go: emails, and an address that is called.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alarm_recipients(
        &self,
        store: domain::StoreId,
    ) -> Result<(Vec<String>, Option<String>), Error> {
        let policy = self.policy_of(store).await?;
        Ok((policy.alarm_emails, policy.alarm_url))
    }
}

fn rule_of(job: &RuleJob) -> RuleReference {
    reference_of_rule(job.task.rule, &job.task.name)
}
