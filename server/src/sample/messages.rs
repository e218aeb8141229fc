//! Messages: written by rules and colleagues, on their way, read, failed, stopped, answered.

use super::correspondence::named;
use super::draft::{Draft, Rule, thing};
use super::letters::{ANSWER, BACK_IN_STOCK, CART, Letter, QUESTIONS, Way, faults};
pub(super) use super::letters::{
    ASK_TO_PAY, BIRTHDAY, CONFIRMED, DELIVERED, INVOICE, PACKED, REFUNDED, SHIPPED, TILL_RECEIPT,
};
use super::orders::Order;
use super::people::{Who, Work, store};
use super::world::{Task, World};
use chrono::TimeDelta;
use domain::message::{Answer, Confidence, FactKind, Report};
use domain::{MessageId, Reference};
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
    /// The store's own id.
    pub id: String,
    /// Its subject.
    pub title: String,
    /// The template's id.
    pub template: &'static str,
    /// The way it takes.
    pub way: Way,
    /// The rule that sends it.
    pub rule: Option<Rule>,
    /// Who writes.
    pub author: Who,
    /// To whom: their place in the world.
    pub customer: usize,
    /// About which order.
    pub order: Option<Reference>,
    /// What it has in common with what caused it.
    pub trace: String,
    /// How often it was handed over.
    pub tries: u32,
    /// What a colleague wrote by hand.
    pub words: Option<&'static str>,
    /// Whether it has been kept in full.
    pub is_kept: bool,
    /// Whether it failed before: then it arrives.
    pub has_failed: bool,
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
            words: None,
            is_kept: false,
            has_failed: false,
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
                self.keep_fact(
                    &message,
                    FactKind::Stopped {
                        by: who.actor.clone(),
                    },
                );
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
                self.keep_report(&message, "delivered", None, Some(words));
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
                let before = message.way;
                let by_whom = who.actor.clone();
                let mut draft = self.tell("message.restarted", &message, who, words).change(
                    "status",
                    json!("failed"),
                    json!("pending"),
                );
                if before != by {
                    draft = draft.change("channel", json!(before.id()), json!(by.id()));
                }
                self.put(draft);
                if before == by {
                    message.tries += 1;
                    let restarted = FactKind::Restarted {
                        by: by_whom,
                        due_at: None,
                        is_held: false,
                    };
                    self.keep_fact(&message, restarted);
                    message.tries -= 1;
                } else {
                    // Another way is another message, which the first one names.
                    let first = (*message).clone();
                    message.id = self.id("msg");
                    message.way = by;
                    message.tries = 0;
                    message.is_kept = false;
                    message.has_failed = true;
                    let resent = FactKind::Resent {
                        as_message: MessageId(named(&message.id)),
                        by: by_whom,
                    };
                    self.keep_fact(&first, resent);
                }
                let wait = self.seconds(1, 20);
                self.later(wait, Task::Message(message, Stage::Sent));
            }
        }
    }

    fn queue(&mut self, mut message: Box<Message>) {
        self.keep_queued(&mut message);
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
        self.keep_queued(&mut message);
        message.tries += 1;
        let begun = FactKind::Begun {
            provider: provider(message.way).to_owned(),
            raw: None,
            only: Vec::new(),
        };
        self.keep_fact(&message, begun);
        let wait = self.seconds(2, 600);
        if message.tries == 1 && !message.has_failed && self.dice.chance(0.035) {
            if message.way != Way::Email {
                self.keep_accepted(&message, Some("queued"), None);
            }
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
        let status = (message.way != Way::Email).then_some("sent");
        self.keep_accepted(&message, status, Some(words.clone()));
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
        if message.way == Way::Email {
            let device = (!is_proxy).then(|| self.customers[message.customer].device().to_owned());
            let opened = FactKind::Opened {
                confidence: if is_proxy {
                    Confidence::PrivacyProxy
                } else {
                    Confidence::Person
                },
                reason: if is_proxy { "apple_proxy" } else { "person" }.to_owned(),
                device,
            };
            self.keep_fact(message, opened);
        } else {
            self.keep_report(message, "read", None, None);
        }
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
        let (number, rest) = code.split_once(' ').unwrap_or((code, words));
        if message.way == Way::Email {
            let refused = Answer::Refused {
                code: Some(number.to_owned()),
                words: Some(rest.to_owned()),
            };
            self.keep_fact(&message, FactKind::Answered(refused));
        } else {
            self.keep_report(&message, "undelivered", Some(number), Some(rest));
        }
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
        let exchange = self.dice.pick(QUESTIONS);
        let is_arabic = self.customers[customer].reads_arabic();
        let text = exchange.question(is_arabic);
        let (trace, id) = (self.dice.hex(), self.id("msg"));
        let author = self.customers[customer].acts();
        // Every fourth customer writes mail.
        let way = if customer.is_multiple_of(4) {
            Way::Email
        } else {
            Way::Whatsapp
        };
        let mut question = self.write(
            &ANSWER,
            customer,
            Some(reference.clone()),
            author.clone(),
            trace.clone(),
        );
        question.id.clone_from(&id);
        question.way = way;
        self.keep_received(&question, text);
        let draft = Draft::new("message.received", author)
            .on(thing("message", id, way.words()))
            .says(text)
            .traced(&trace)
            .with(self.customers[customer].reference())
            .with(reference.clone())
            .details(json!({ "channel": way.id(), "direction": "inbound" }));
        self.put(draft);
        // Sooner or later everybody gets an answer; who asked in the last days may still wait.
        let is_old = i64::from(self.day) + 3 < super::DAYS;
        if self.dice.chance(0.85) || is_old {
            let author = self.someone(Work::Service);
            let mut answer = self.write(&ANSWER, customer, Some(reference), author, trace);
            answer.way = way;
            answer.words = Some(exchange.answer(is_arabic));
            let wait = self.seconds(120, 2_400);
            self.later(wait, Task::Message(Box::new(answer), Stage::Queued));
        }
    }

    /// The message in full and that it waits, unless that was kept before.
    fn keep_queued(&mut self, message: &mut Message) {
        if message.is_kept {
            return;
        }
        message.is_kept = true;
        self.keep_written(message);
        let queued = FactKind::Queued {
            due_at: None,
            is_held: false,
        };
        self.keep_fact(message, queued);
    }

    fn keep_accepted(&mut self, message: &Message, status: Option<&str>, words: Option<String>) {
        let accepted = Answer::Accepted {
            provider_id: Some(provider_id(message)),
            status: status.map(str::to_owned),
            words,
            missed: Vec::new(),
        };
        self.keep_fact(message, FactKind::Answered(accepted));
    }

    fn keep_report(
        &mut self,
        message: &Message,
        status: &str,
        code: Option<&str>,
        words: Option<&str>,
    ) {
        let report = Report {
            provider: provider(message.way).to_owned(),
            provider_id: Some(provider_id(message)),
            recipient: None,
            status: status.to_owned(),
            code: code.map(str::to_owned),
            words: words.map(str::to_owned),
            raw: None,
        };
        self.keep_fact(message, FactKind::Report(report));
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

fn provider(way: Way) -> &'static str {
    match way {
        Way::Email => "smtp",
        Way::Sms | Way::Whatsapp => "twilio",
    }
}

/// What the provider calls a try: made from its id, for nobody was asked.
fn provider_id(message: &Message) -> String {
    let id = named(&format!("{}/{}", message.id, message.tries)).simple();
    match message.way {
        Way::Email => id.to_string()[..12].to_uppercase(),
        Way::Sms | Way::Whatsapp => format!("SM{id}"),
    }
}
