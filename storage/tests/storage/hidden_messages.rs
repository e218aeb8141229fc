//! What staff may not see of messages leaves no trace: lists, counts, facets, charts, search, completion, orders,
//! threads and messages themselves. See `hidden_bytes`.

use crate::dice::Dice;
use crate::hidden_bytes::{Twin, json, set};
use crate::message_kit::mailbox;
use chrono::Duration;
use domain::message::{Channel, Message, MessageDirection, MessageInput, MessageType};
use domain::{Actor, Cursor, Direction, MessageId};
use storage::record::Recorded;
use storage::{Page, ThreadPage};

/// Texts to several people about several orders, four of them in the same microsecond.
pub fn some(dice: &mut Dice, step: i64) -> MessageInput {
    let at = crate::harness::start() + Duration::seconds(step / 4);
    let channel = *dice.pick(&[Channel::Sms, Channel::Email, Channel::Whatsapp]);
    let to = match channel {
        Channel::Email => *dice.pick(&["noura@mail.example", "omar@mail.example"]),
        _ => *dice.pick(&["+966551234567", "+966501234567"]),
    };
    let words = *dice.pick(&["linen on its way", "coupon for linen", "order delayed"]);
    let message = Message {
        to: vec![mailbox(to)],
        subject: (channel == Channel::Email).then(|| format!("About {words}")),
        text: Some(words.to_owned()),
        order: Some(format!("o_{}", dice.below(4))),
        ..Message::new(
            channel,
            MessageDirection::Outbound,
            MessageType::OrderNotification,
            at,
            Actor::system(),
        )
    };
    MessageInput {
        message,
        attachments: Vec::new(),
        send_at: None,
        hold_seconds: None,
        status: None,
        attempts: Vec::new(),
    }
}

impl Twin {
    pub async fn send(&self, step: i64, input: MessageInput) -> MessageId {
        set(&self.clock, &self.seed, step);
        let sent = self
            .storage
            .send_messages(&self.all, vec![input], None)
            .await;
        match sent {
            Ok(Recorded::New(receipts)) => MessageId(receipts[0].id),
            other => panic!("not sent: {other:?}"),
        }
    }

    /// Everything that the looker is answered about messages, as bytes.
    pub async fn message_answers(&self, ids: &[MessageId]) -> Vec<String> {
        set(&self.clock, &self.seed, 1_000_000);
        let (storage, scope) = (&self.storage, &self.scope);
        let mut answers = Vec::new();
        for q in [
            "",
            "linen",
            "coupon",
            "delayed",
            "channel:email",
            "status:pending",
            "order:o_1",
            "order:o_2",
            "to:noura@mail.example",
            "to:+966501234567",
        ] {
            let filter = storage.message_filter(scope, q).expect(q);
            for direction in [Direction::Newest, Direction::Oldest] {
                let mut after = None;
                loop {
                    let page = Page {
                        after,
                        direction,
                        limit: 2,
                    };
                    let page = storage.list_messages(scope, &filter, page).await;
                    let page = page.expect("a page");
                    answers.push(format!("{q} {direction:?} {}", json(&page)));
                    match page.next {
                        Some(next) => after = Some(Cursor::parse(&next).expect("its own")),
                        None => break,
                    }
                }
            }
            let count = storage.count_messages(scope, &filter).await;
            answers.push(format!("{q} {}", json(&count.expect("a count"))));
            let facets = storage.message_facets(scope, &filter).await;
            answers.push(format!("{q} {}", json(&facets.expect("facets"))));
            let chart = storage.message_histogram(scope, &filter, 50).await;
            answers.push(format!("{q} {}", json(&chart.expect("a chart"))));
            let volumes = storage.message_volumes(scope, &filter).await;
            answers.push(format!("{q} {}", json(&volumes.expect("volumes"))));
            for qualifier in ["channel", "status", "order", "to", "type"] {
                let proposed = storage
                    .suggest_messages(scope, &filter, qualifier, "")
                    .await;
                answers.push(format!(
                    "{q} {qualifier} {}",
                    json(&proposed.expect("some"))
                ));
            }
        }
        for words in ["", "o_", "linen"] {
            let orders = storage.list_orders(scope, words, None, 100).await;
            answers.push(format!("{words} {}", json(&orders.expect("orders"))));
        }
        for number in 0..4 {
            let number = format!("o_{number}");
            let thread = storage.thread(scope, &number, ThreadPage::default()).await;
            answers.push(format!("{number} {}", json(&thread.expect("asked"))));
        }
        for id in ids {
            let detail = storage.get_message(scope, *id).await.expect("asked");
            answers.push(json(&detail));
        }
        answers
    }
}
