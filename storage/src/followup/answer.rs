//! The answer that a rule gives by a template.

use super::action::RuleJob;
use super::{OrderColumns, actor_of_rule, reference_of_rule};
use crate::message::fitting;
use crate::record::NewMessage;
use crate::{Error, Scope, Storage};
use domain::followup::{Filling, Template, fill};
use domain::message::{
    Channel, Message, MessageDirection, MessageInput, MessageType, answer_subject, header_text,
    is_message_id,
};
use domain::{Code, MessageId, RuleId, Said};

impl Storage {
    /// The answer by a template, or why there is none.
    pub(super) async fn answer(
        &self,
        scope: &Scope,
        message: &Message,
        order: Option<&OrderColumns>,
        by: (RuleId, &str),
        name: &str,
    ) -> Result<Result<NewMessage, String>, Error> {
        let template = match self.template_to_send(scope, name).await? {
            Ok(template) => template,
            Err(why) => return Ok(Err(why)),
        };
        let Some(mut to) = message.from.clone() else {
            return Ok(Err(Said::NoSender.into()));
        };
        match fitting(message.channel, &to.address) {
            Ok(address) => to.address = address,
            Err(why) => return Ok(Err(format!("the sender {why}"))),
        }
        if template
            .channel
            .is_some_and(|channel| channel != message.channel)
        {
            let name = name.to_owned();
            return Ok(Err(Said::TemplateElsewhere { name }.into()));
        }
        let answer = made_of(
            scope,
            &template,
            message,
            order,
            to,
            by,
            self.ambient().clock.now(),
        );
        let input = MessageInput::new(answer);
        match self.new_message(scope, input).await {
            Ok(new) => Ok(Ok(new)),
            // What is refused stays refused, such as a recipient who wants no messages.
            Err(Error::Problem(problem)) if problem.code != Code::Conflict => {
                Ok(Err(problem.message))
            }
            Err(error) => Err(error),
        }
    }

    /// The answer to a message at another try, or why there is none.
    pub(super) async fn answer_later(
        &self,
        scope: &Scope,
        job: &RuleJob,
        id: MessageId,
        name: &str,
    ) -> Result<Result<NewMessage, String>, Error> {
        let task = &job.task;
        let Some(message) = self.came_in(scope, id).await? else {
            return Ok(Err("the message is gone".to_owned()));
        };
        let order = match &message.order {
            Some(number) => self.order_columns(scope, number).await?,
            None => None,
        };
        let by = (task.rule, task.name.as_str());
        let answer = self.answer(scope, &message, order.as_ref(), by, name);
        Ok(answer.await?.map(|mut new| {
            new.message.trace_id.clone_from(&task.about.trace);
            new
        }))
    }
}

/// The answer that a template makes.
pub(super) fn made_of(
    scope: &Scope,
    template: &Template,
    message: &Message,
    order: Option<&OrderColumns>,
    to: domain::message::Mailbox,
    by: (RuleId, &str),
    now: chrono::DateTime<chrono::Utc>,
) -> Message {
    let customer = message.customer_name.clone().or_else(|| to.name.clone());
    let number = message.order.as_deref().unwrap_or_default();
    let filling = match order {
        Some(order) => order.filling(scope, number, customer),
        None => Filling {
            customer: customer.unwrap_or_default(),
            order: number.to_owned(),
            store: scope.store().name.clone(),
            ..Filling::default()
        },
    };
    let subject = template
        .subject
        .as_ref()
        .map(|subject| fill(subject, &filling))
        .or_else(|| message.subject.as_deref().map(answer_subject))
        .map(|subject| subject.replace(|c: char| c.is_control(), " "))
        .map(|subject| header_text(&subject).to_owned());
    let is_mail = message.channel == Channel::Email;
    let mut answer = Message {
        to: vec![to],
        subject: subject
            .filter(|_| is_mail)
            .or_else(|| is_mail.then(|| scope.store().name.clone())),
        text: Some(fill(&template.body, &filling)),
        order: message.order.clone(),
        customer: message.customer.clone(),
        customer_name: message.customer_name.clone(),
        rule: Some(reference_of_rule(by.0, by.1)),
        template: Some(template.name.clone()),
        // What is none can't stand in a mail; a text's is the provider's name of it.
        references: message
            .message_id
            .iter()
            .filter(|id| !is_mail || is_message_id(id))
            .cloned()
            .collect(),
        ..Message::new(
            message.channel,
            MessageDirection::Outbound,
            MessageType::Reply,
            now,
            actor_of_rule(by.0, by.1),
        )
    };
    if is_mail {
        // RFC 3834 5: so that the other side's machines do not answer in turn.
        let header = ("Auto-Submitted".to_owned(), "auto-replied".to_owned());
        answer.headers.push(header);
    }
    answer
}
