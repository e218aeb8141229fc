//! Messages: written by rules and colleagues, on their way, read, failed, stopped, answered.

use super::draft::{Draft, Rule, thing};
use super::letters::{ANSWER, BACK_IN_STOCK, CART, Letter, QUESTIONS, Way, faults};
pub(super) use super::letters::{
    ASK_TO_PAY, BIRTHDAY, CONFIRMED, DELIVERED, INVOICE, PACKED, REFUNDED, SHIPPED, TILL_RECEIPT,
};
use super::orders::Order;
use super::people::{Who, Work, store};
use super::world::{Task, World};
use chrono::TimeDelta;
use domain::Reference;
use serde_json::json;

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Written, waits.
    Queued,
    /// A colleague stops it before it leaves.
    Stopped,
    /// A provider took it.
    Sent,
    /// It is on their device.
    Delivered,
    /// It was opened.
    Read,
    /// It could not be delivered.
    Failed,
    /// A colleague tries again.
    Restarted,
}

/// A message on its way.
#[derive(Debug, Clone)]
pub(super) struct Message {
    id: String,
    title: String,
    template: &'static str,
    way: Way,
    rule: Option<Rule>,
    author: Who,
    customer: usize,
    order: Option<Reference>,
    trace: String,
    tries: u32,
}

impl World {
    /// A rule writes to a customer, `seconds` from now, under the order's own trace.
    pub fn send(
        &mut self,
        letter: &'static Letter,
        customer: usize,
        order: Option<&Order>,
        seconds: i64,
    ) {
        let trace = match order {
            Some(order) => order.trace.clone(),
            None => self.dice.hex(),
        };
        self.send_traced(letter, customer, order, seconds, trace);
    }

    /// A rule writes to a customer, `seconds` from now, under the trace of what caused it.
    pub fn send_traced(
        &mut self,
        letter: &'static Letter,
        customer: usize,
        order: Option<&Order>,
        seconds: i64,
        trace: String,
    ) {
        let author = letter.rule.acts();
        let order = order.map(Order::reference);
        let mut message = self.write(letter, customer, order, author, trace);
        message.rule = Some(letter.rule);
        if self.dice.chance(0.13) {
            let wait = self.blink() + TimeDelta::seconds(seconds / 2);
            self.fires(letter, &message, wait);
        }
        let stage = if self.dice.chance(0.20) {
            Stage::Queued
        } else {
            Stage::Sent
        };
        let wait = self.blink() + TimeDelta::seconds(seconds);
        self.later(wait, Task::Message(Box::new(message), stage));
    }

    fn write(
        &mut self,
        letter: &Letter,
        customer: usize,
        order: Option<Reference>,
        author: Who,
        trace: String,
    ) -> Message {
        let title = if self.customers[customer].reads_arabic() {
            letter.title_ar
        } else {
            letter.title
        };
        let number = order.as_ref().map_or("", |o| o.id.as_str());
        Message {
            id: self.id("msg"),
            title: title.replace('#', number).trim_end().to_owned(),
            template: letter.template,
            way: [Way::Email, Way::Sms, Way::Whatsapp][self.dice.weighted(&letter.ways)],
            rule: None,
            author,
            customer,
            order,
            trace,
            tries: 0,
        }
    }

    /// The rule that writes the message says why it fires.
    fn fires(&mut self, letter: &Letter, message: &Message, wait: TimeDelta) {
        let customer = self.customers[message.customer].reference();
        let subject = message.order.clone().unwrap_or_else(|| customer.clone());
        let draft = Draft::new("rule.evaluated", letter.rule.acts())
            .on(subject)
            .says(format!("Fired: one message by {}", message.way.words()))
            .with(customer)
            .by_rule(letter.rule)
            .traced(&message.trace)
            .details(json!({
                "fired": true,
                "because": [{ "condition": "customer allows this channel", "met": true }],
                "did": [{ "action": "send_message", "message": message.id, "template": message.template }],
            }));
        self.put_in(wait, draft);
    }

    /// An entry about a message.
    fn tell(&self, action: &str, message: &Message, who: Who, words: impl Into<String>) -> Draft {
        let mut draft = Draft::new(action, who)
            .on(thing("message", &message.id, &message.title))
            .says(words)
            .traced(&message.trace)
            .with(self.customers[message.customer].reference());
        if let Some(order) = &message.order {
            draft = draft.with(order.clone());
        }
        if let Some(rule) = message.rule {
            draft = draft.by_rule(rule);
        }
        draft
    }

    /// The message reaches a stage and goes on from there.
    pub fn advance_message(&mut self, mut message: Box<Message>, stage: Stage) {
        match stage {
            Stage::Queued => self.queue(message),
            Stage::Stopped => {
                let who = self.someone(Work::Service);
                let words = self.dice.pick(&[
                    "Stopped before it left: the customer called",
                    "Stopped: two messages say the same",
                    "Stopped: the parcel has left already",
                ]);
                let draft = self.tell("message.stopped", &message, who, words).change(
                    "status",
                    json!("pending"),
                    json!("stopped"),
                );
                self.put(draft);
            }
            Stage::Sent => self.sent(message),
            Stage::Delivered => {
                let words = match message.way {
                    Way::Email => "In their mailbox",
                    Way::Sms | Way::Whatsapp => "On their phone",
                };
                let draft = self.tell("message.delivered", &message, store(), words);
                self.put(draft);
                self.maybe_read(message, 0.55);
            }
            Stage::Read => self.opened(&message),
            Stage::Failed => self.fail(message),
            Stage::Restarted => {
                let who = self.someone(Work::Service);
                let by = match message.way {
                    Way::Sms if self.dice.chance(0.5) => Way::Whatsapp,
                    Way::Whatsapp => Way::Sms,
                    same => same,
                };
                let words = if by == message.way {
                    format!("Tried again by {}", by.words())
                } else {
                    format!(
                        "Tried again by {} instead of {}",
                        by.words(),
                        message.way.words()
                    )
                };
                let before = std::mem::replace(&mut message.way, by);
                let mut draft = self.tell("message.restarted", &message, who, words).change(
                    "status",
                    json!("failed"),
                    json!("pending"),
                );
                if before != by {
                    draft = draft.change("channel", json!(before.id()), json!(by.id()));
                }
                self.put(draft);
                let wait = self.seconds(1, 20);
                self.later(wait, Task::Message(message, Stage::Sent));
            }
        }
    }

    fn queue(&mut self, message: Box<Message>) {
        let customer = &self.customers[message.customer];
        let to = match message.way {
            Way::Email => &customer.email,
            _ => &customer.phone,
        };
        let words = format!("To {} by {}", customer.name, message.way.words());
        let details = json!({
            "channel": message.way.id(),
            "to": to,
            "template": message.template,
            "language": if customer.reads_arabic() { "ar" } else { "en" },
        });
        let draft = self
            .tell("message.queued", &message, message.author.clone(), words)
            .details(details);
        self.put(draft);
        let wait = self.seconds(1, 90);
        let stage = if self.dice.chance(0.03) {
            Stage::Stopped
        } else {
            Stage::Sent
        };
        self.later(wait, Task::Message(message, stage));
    }

    fn sent(&mut self, mut message: Box<Message>) {
        message.tries += 1;
        let wait = self.seconds(2, 600);
        if message.tries == 1 && self.dice.chance(0.035) {
            self.later(wait, Task::Message(message, Stage::Failed));
            return;
        }
        let words = match message.way {
            Way::Email => format!(
                "Accepted by mx{}.post.example: 250 2.0.0 OK",
                self.dice.between(1, 4)
            ),
            Way::Sms => "Handed to the carrier, one part".to_owned(),
            Way::Whatsapp => "Handed to WhatsApp".to_owned(),
        };
        let draft = self.tell("message.sent", &message, store(), words).change(
            "status",
            json!("pending"),
            json!("sent"),
        );
        self.put(draft);
        if self.dice.chance(0.34) {
            self.later(wait, Task::Message(message, Stage::Delivered));
        } else {
            self.maybe_read(message, 0.22);
        }
    }

    fn maybe_read(&mut self, message: Box<Message>, chance: f64) {
        if message.way != Way::Sms && self.dice.chance(chance) {
            let wait = self.seconds(20, 9_000);
            self.later(wait, Task::Message(message, Stage::Read));
        }
    }

    fn opened(&mut self, message: &Message) {
        let is_proxy = message.way == Way::Email && self.dice.chance(0.35);
        let customer = &self.customers[message.customer];
        let (who, words, confidence) = if is_proxy {
            let words = "Opened by a privacy proxy, so unsure".to_owned();
            (store(), words, "privacy_proxy")
        } else if message.way == Way::Email {
            let words = format!("Opened by a person, {}", customer.device());
            (customer.acts(), words, "person")
        } else {
            let words = "Read, two blue ticks".to_owned();
            (customer.acts(), words, "person")
        };
        let draft = self
            .tell("message.read", message, who, words)
            .change(
                "read_status",
                json!("unread"),
                json!(if is_proxy { "unknown" } else { "read" }),
            )
            .details(json!({ "confidence": confidence, "channel": message.way.id() }));
        self.put(draft);
    }

    fn fail(&mut self, message: Box<Message>) {
        let (words, code) = self.dice.pick(faults(message.way));
        let draft = self
            .tell("message.failed", &message, store(), words)
            .change("status", json!("pending"), json!("failed"))
            .details(json!({ "channel": message.way.id(), "tries": 3 }))
            .failed(code);
        self.put(draft);
        if self.dice.chance(0.4) {
            let wait = self.seconds(900, 14_000);
            self.later(wait, Task::Message(message, Stage::Restarted));
        }
    }

    /// A customer writes about their order and a colleague answers.
    pub fn converse(&mut self) {
        if self.orders.is_empty() {
            return;
        }
        let nth = self.dice.below(self.orders.len());
        let Some(order) = self.orders.values().nth(nth) else {
            return;
        };
        let (customer, reference) = (order.customer, order.reference());
        let (english, arabic) = self.dice.pick(QUESTIONS);
        let text = if self.customers[customer].reads_arabic() {
            arabic
        } else {
            english
        };
        let (trace, id) = (self.dice.hex(), self.id("msg"));
        let draft = Draft::new("message.received", self.customers[customer].acts())
            .on(thing("message", id, "WhatsApp"))
            .says(text)
            .traced(&trace)
            .with(self.customers[customer].reference())
            .with(reference.clone())
            .details(json!({ "channel": "whatsapp", "direction": "inbound" }));
        self.put(draft);
        if self.dice.chance(0.85) {
            let author = self.someone(Work::Service);
            let mut answer = self.write(&ANSWER, customer, Some(reference), author, trace);
            answer.way = Way::Whatsapp;
            let wait = self.seconds(120, 2_400);
            self.later(wait, Task::Message(Box::new(answer), Stage::Queued));
        }
    }

    /// Someone filled a cart and left.
    pub fn remind_of_cart(&mut self) {
        self.write_if_wanted(&CART);
    }

    /// Someone asked to be told when a piece is there again.
    pub fn tell_back_in_stock(&mut self) {
        self.write_if_wanted(&BACK_IN_STOCK);
    }

    /// Writes, or says why the rule does not.
    fn write_if_wanted(&mut self, letter: &'static Letter) {
        let at = self.some_customer();
        if self.customers[at].wants_news {
            self.send(letter, at, None, 2);
            return;
        }
        let customer = self.customers[at].reference();
        let draft = Draft::new("rule.evaluated", letter.rule.acts())
            .on(customer)
            .says("Skipped: the customer wants no news")
            .by_rule(letter.rule)
            .details(json!({
                "fired": false,
                "because": [{ "condition": "consent.email is true", "met": false }],
            }));
        self.put(draft);
    }
}
