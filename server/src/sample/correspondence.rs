//! What the messages of the sample store say in full, as the message log and the order threads show it.

use super::SampleRecord;
use super::customers::Customer;
use super::letters::Way;
use super::messages::Message as Told;
use super::people::Who;
use super::world::World;
use domain::message::{
    Attempt, Channel, DeliveryFact, FactKind, Mailbox, Message, MessageDirection, MessageType,
};
use domain::{AttemptId, RuleReference};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The store's address of mail; its domain is one of RFC 2606.
const DESK: &str = "hello@maisonnoor.example";
/// The store's number.
const NUMBER: &str = "+966115550100";

/// One thing told of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum MessageStep {
    /// It was written, or came in; before anything else of it.
    Written(Box<Message>),
    /// What became known of it.
    Fact(DeliveryFact),
}

impl World {
    /// The message in full, from now on.
    pub(super) fn keep_written(&mut self, told: &Told) {
        let customer = &self.customers[told.customer];
        let total = told
            .order
            .as_ref()
            .and_then(|order| order.id.parse().ok())
            .and_then(|number: u32| self.orders.get(&number))
            .map(|order| format!("SAR {}.{:02}", order.total / 100, order.total % 100));
        let letter = Sheet {
            customer,
            title: &told.title,
            template: told.template,
            order: told.order.as_ref().map(|order| order.id.as_str()),
            total: total.as_deref(),
            words: told.words,
        };
        let is_mail = told.way == Way::Email;
        let message = Message {
            from: Some(desk(told.way)),
            to: vec![mailbox(customer, told.way)],
            subject: is_mail.then(|| told.title.clone()),
            text: Some(letter.text(is_mail)),
            html: is_mail.then(|| letter.html()),
            kind: kind_of(told.template),
            template: Some(told.template.to_owned()),
            rule: told.rule.map(|rule| RuleReference {
                id: Some(rule.id.to_owned()),
                name: rule.name.to_owned(),
            }),
            is_tracked: is_mail,
            ..self.blank(told, &told.author, MessageDirection::Outbound)
        };
        self.note(SampleRecord::Message {
            id: told.id.clone(),
            step: MessageStep::Written(Box::new(message)),
        });
    }

    /// What a customer wrote, as it came in.
    pub(super) fn keep_received(&mut self, told: &Told, text: &str) {
        let customer = &self.customers[told.customer];
        let is_mail = told.way == Way::Email;
        let author = customer.acts();
        let message = Message {
            from: Some(mailbox(customer, told.way)),
            to: vec![desk(told.way)],
            subject: is_mail.then(|| format!("Re: {}", told.title)),
            text: Some(text.to_owned()),
            kind: MessageType::Reply,
            ..self.blank(told, &author, MessageDirection::Inbound)
        };
        self.note(SampleRecord::Message {
            id: told.id.clone(),
            step: MessageStep::Written(Box::new(message)),
        });
        self.keep_fact(told, FactKind::Received);
    }

    fn blank(&self, told: &Told, author: &Who, direction: MessageDirection) -> Message {
        let customer = &self.customers[told.customer];
        Message {
            channel: channel(told.way),
            direction,
            kind: MessageType::Other,
            occurred_at: self.now,
            from: None,
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: None,
            subject: None,
            text: None,
            html: None,
            attachments: Vec::new(),
            headers: Vec::new(),
            message_id: (told.way == Way::Email)
                .then(|| format!("{}.{}@maisonnoor.example", told.id, self.now.timestamp())),
            references: Vec::new(),
            order: told.order.as_ref().map(|order| order.id.clone()),
            customer: Some(customer.id.clone()),
            customer_name: Some(customer.name.clone()),
            caused_by: author.actor.clone(),
            rule: None,
            trace_id: Some(told.trace.clone()),
            template: None,
            is_secret: false,
            is_tracked: false,
            is_recorded: true,
            raw: None,
            resend_of: None,
            filled_in: Vec::new(),
        }
    }

    /// What became known of a message now.
    pub(super) fn keep_fact(&mut self, told: &Told, kind: FactKind) {
        let is_of_attempt = !matches!(
            kind,
            FactKind::Received
                | FactKind::Stopped { .. }
                | FactKind::Opened { .. }
                | FactKind::Resent { .. }
        );
        let number = told.tries.max(1);
        let attempt = is_of_attempt.then(|| Attempt {
            number,
            id: AttemptId(named(&format!("{}/{number}", told.id))),
        });
        let fact = DeliveryFact {
            at: self.now,
            attempt,
            kind,
        };
        self.note(SampleRecord::Message {
            id: told.id.clone(),
            step: MessageStep::Fact(fact),
        });
    }
}

/// An id made from a name: the same name gives the same id (RFC 9562 5.8, version 8).
pub(super) fn named(name: &str) -> Uuid {
    let digest = Sha256::digest(name);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn channel(way: Way) -> Channel {
    match way {
        Way::Email => Channel::Email,
        Way::Sms => Channel::Sms,
        Way::Whatsapp => Channel::Whatsapp,
    }
}

fn desk(way: Way) -> Mailbox {
    Mailbox {
        name: Some("Maison Noor".to_owned()),
        address: match way {
            Way::Email => DESK,
            Way::Sms | Way::Whatsapp => NUMBER,
        }
        .to_owned(),
    }
}

fn mailbox(customer: &Customer, way: Way) -> Mailbox {
    Mailbox {
        name: Some(customer.name.clone()),
        address: match way {
            Way::Email => customer.email.clone(),
            Way::Sms | Way::Whatsapp => customer
                .phone
                .chars()
                .filter(|c| c.is_ascii_digit() || *c == '+')
                .collect(),
        },
    }
}

fn kind_of(template: &str) -> MessageType {
    match template {
        "payment_reminder" => MessageType::PaymentReminder,
        "cart_reminder" | "birthday" | "back_in_stock" => MessageType::Campaign,
        "answer" => MessageType::Reply,
        _ => MessageType::OrderNotification,
    }
}

/// A letter on its way to paper.
struct Sheet<'a> {
    customer: &'a Customer,
    title: &'a str,
    template: &'a str,
    order: Option<&'a str>,
    total: Option<&'a str>,
    /// What a colleague wrote by hand.
    words: Option<&'static str>,
}

impl Sheet<'_> {
    /// The sentences between greeting and farewell.
    fn body(&self) -> String {
        if let Some(words) = self.words {
            return words.to_owned();
        }
        let is_arabic = self.customer.reads_arabic();
        let sentence = match (self.template, is_arabic) {
            ("order_confirmation", false) => {
                "Thank you for your order. We are packing it now and will write again when it leaves."
            }
            ("order_confirmation", true) => "شكرًا لطلبك. نحن نجهّزه الآن وسنكتب لك عند خروجه.",
            ("invoice", false) => {
                "Your payment has arrived. The invoice is below; keep it for returns and guarantee."
            }
            ("invoice", true) => "وصلتنا دفعتك. الفاتورة أدناه، احتفظ بها للإرجاع والضمان.",
            ("till_receipt", false) => {
                "Thank you for coming by. You can return what you bought within 14 days with this receipt."
            }
            ("till_receipt", true) => "شكرًا لزيارتك. يمكنك الإرجاع خلال 14 يومًا بهذا الإيصال.",
            ("packed", false) => "Everything is packed and waits for the courier.",
            ("packed", true) => "كل شيء جاهز وبانتظار المندوب.",
            ("shipped", false) => {
                "Your parcel has left our warehouse. The courier calls before coming."
            }
            ("shipped", true) => "غادر طردك مستودعنا. سيتصل المندوب قبل الوصول.",
            ("after_delivery", false) => {
                "We hope everything fits. Write to us if it does not: an exchange is free for 14 days."
            }
            ("after_delivery", true) => {
                "نأمل أن المقاس مناسب. راسلنا إن لم يكن كذلك: التبديل مجاني خلال 14 يومًا."
            }
            ("refund", false) => {
                "Your refund is on its way. Banks take three to five working days."
            }
            ("refund", true) => "المبلغ في طريقه إليك. يستغرق البنك ثلاثة إلى خمسة أيام عمل.",
            ("payment_reminder", false) => {
                "We have not got your payment yet. The pieces are kept for you until tomorrow evening."
            }
            ("payment_reminder", true) => "لم تصلنا دفعتك بعد. القطع محجوزة لك حتى مساء الغد.",
            ("cart_reminder", false) => {
                "You left something in your cart. It is still there, and there are few left."
            }
            ("cart_reminder", true) => "تركت قطعًا في سلتك. ما زالت متوفرة بكمية محدودة.",
            ("birthday", false) => {
                "Happy birthday. Here is 15 % on anything you like, for one week: NOOR15"
            }
            ("birthday", true) => "كل عام وأنت بخير. خصم 15٪ على ما تحب لمدة أسبوع: NOOR15",
            ("back_in_stock", false) => "What you asked for is back, in your size.",
            ("back_in_stock", true) => "ما سألت عنه عاد، بمقاسك.",
            (_, false) => "We are looking into it and write again today.",
            (_, true) => "نتابع الأمر ونكتب لك اليوم.",
        };
        sentence.to_owned()
    }

    fn text(&self, is_mail: bool) -> String {
        let body = self.body();
        if !is_mail {
            return match (self.words, self.order) {
                (None, Some(_)) => format!("{}. {body} Maison Noor", self.title),
                _ => body,
            };
        }
        let (hello, bye) = self.ends();
        let total = self
            .total
            .map(|total| format!("\n\n{}: {total}", self.total_word()))
            .unwrap_or_default();
        format!("{hello}\n\n{body}{total}\n\n{bye}\nMaison Noor\nhttps://maisonnoor.example")
    }

    fn ends(&self) -> (String, &'static str) {
        let name = &self.customer.name;
        if self.customer.reads_arabic() {
            (format!("مرحبًا {name}،"), "مع أطيب التحيات")
        } else {
            (format!("Hello {name},"), "Warm regards")
        }
    }

    fn total_word(&self) -> &'static str {
        if self.customer.reads_arabic() {
            "الإجمالي"
        } else {
            "Total"
        }
    }

    /// A mail as shops send them: a table, styles at the elements, no image.
    fn html(&self) -> String {
        let (lang, dir) = if self.customer.reads_arabic() {
            ("ar", "rtl")
        } else {
            ("en", "ltr")
        };
        let (hello, bye) = self.ends();
        let (title, body) = (self.title, self.body());
        let facts = self.order.map(|order| {
            let total = self.total.map(|total| format!(
                "<tr><td style=\"color:#6b6258\">{}</td><td align=\"end\" style=\"font-weight:600\">{total}</td></tr>",
                self.total_word()
            )).unwrap_or_default();
            format!(
                "<table role=\"presentation\" width=\"100%\" cellpadding=\"8\" style=\"margin-top:20px;background:#faf7f2;border-radius:8px;font-size:14px\">\
                 <tr><td style=\"color:#6b6258\">#</td><td align=\"end\"><bdi>{order}</bdi></td></tr>{total}</table>"
            )
        }).unwrap_or_default();
        format!(
            "<!doctype html><html lang=\"{lang}\" dir=\"{dir}\"><body style=\"margin:0;background:#f3eee6;font-family:Helvetica,Arial,sans-serif;color:#2b2620\">\
             <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"><tr><td align=\"center\" style=\"padding:24px 12px\">\
             <table role=\"presentation\" width=\"560\" style=\"max-width:560px;width:100%;background:#ffffff;border-radius:12px\">\
             <tr><td style=\"padding:24px 32px 0;letter-spacing:.18em;font-size:12px;color:#8a6d3b\">MAISON NOOR</td></tr>\
             <tr><td style=\"padding:12px 32px 0\"><h1 style=\"margin:0;font-size:22px\">{title}</h1></td></tr>\
             <tr><td style=\"padding:16px 32px 28px;font-size:15px;line-height:1.6\"><p style=\"margin:0 0 12px\">{hello}</p><p style=\"margin:0\">{body}</p>{facts}\
             <p style=\"margin:24px 0 0\"><a href=\"https://maisonnoor.example/account\" style=\"display:inline-block;background:#2b2620;color:#ffffff;padding:10px 18px;border-radius:6px;text-decoration:none\">maisonnoor.example</a></p>\
             <p style=\"margin:24px 0 0;color:#6b6258\">{bye}<br>Maison Noor</p></td></tr></table></td></tr></table></body></html>"
        )
    }
}
