//! The answer that a rule gives by a template.

use super::{OrderColumns, actor_of, rule_reference};
use crate::message::fitting;
use crate::record::NewMessage;
use crate::{Error, Scope, Storage};
use domain::followup::{Filling, FollowupRule, Template, fill};
use domain::message::{
    Channel, Message, MessageDirection, MessageInput, MessageType, answer_subject,
};

impl Storage {
    /// The answer by a template, or why there is none.
    pub(super) async fn answer(
        &self,
        scope: &Scope,
        message: &Message,
        order: Option<&OrderColumns>,
        rule: &FollowupRule,
        name: &str,
    ) -> Result<Result<NewMessage, String>, Error> {
        let templates = self.templates_of(scope).await?;
        let Some(template) = templates.iter().find(|t| t.name == name) else {
            return Ok(Err(format!("there is no template {name}")));
        };
        let Some(mut to) = message.from.clone() else {
            return Ok(Err("the message has no sender".to_owned()));
        };
        match fitting(message.channel, &to.address) {
            Ok(address) => to.address = address,
            Err(why) => return Ok(Err(format!("the sender {why}"))),
        }
        if template
            .channel
            .is_some_and(|channel| channel != message.channel)
        {
            return Ok(Err(format!("the template {name} is for another channel")));
        }
        let answer = made_of(
            scope,
            template,
            message,
            order,
            to,
            rule,
            self.ambient().clock.now(),
        );
        let input = MessageInput {
            message: answer,
            attachments: Vec::new(),
            send_at: None,
            hold_seconds: None,
            status: None,
            attempts: Vec::new(),
        };
        self.new_message(scope, input).await.map(Ok)
    }
}

/// The answer that a template makes.
pub(super) fn made_of(
    scope: &Scope,
    template: &Template,
    message: &Message,
    order: Option<&OrderColumns>,
    to: domain::message::Mailbox,
    rule: &FollowupRule,
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
        .map(|subject| subject.replace(|c: char| c.is_control(), " "));
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
        rule: Some(rule_reference(rule)),
        template: Some(template.name.clone()),
        references: message.message_id.iter().cloned().collect(),
        ..Message::new(
            message.channel,
            MessageDirection::Outbound,
            MessageType::Reply,
            now,
            actor_of(rule),
        )
    };
    if is_mail {
        // RFC 3834 5: so that the other side's machines do not answer in turn.
        let header = ("Auto-Submitted".to_owned(), "auto-replied".to_owned());
        answer.headers.push(header);
    }
    answer
}
