//! Messages for tests.

use crate::harness::Case;
use chrono::Duration;
use domain::message::{
    Answer, Channel, Mailbox, Message, MessageDirection, MessageInput, MessageType,
};
use domain::view::{MessageDetail, MessageRow};
use domain::{Actor, CustomerUpsert, Direction, MessageId, OrderUpsert};
use storage::record::{Record, Recorded};
use storage::{Claimed, Lane, Page, Scope};

pub fn mailbox(address: &str) -> Mailbox {
    Mailbox {
        name: None,
        address: address.to_owned(),
    }
}

/// A mail or text to somebody.
pub fn input(case: &Case, channel: Channel, to: &str, text: &str) -> MessageInput {
    let now = case.ambient.clock.now();
    let message = Message {
        to: vec![mailbox(to)],
        subject: (channel == Channel::Email).then(|| format!("About {text}")),
        text: Some(text.to_owned()),
        ..Message::new(
            channel,
            MessageDirection::Outbound,
            MessageType::OrderNotification,
            now,
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

/// Something a customer wrote.
pub fn inbound(case: &Case, channel: Channel, from: &str, text: &str, id: &str) -> Message {
    Message {
        from: Some(mailbox(from)),
        text: Some(text.to_owned()),
        message_id: Some(id.to_owned()),
        ..Message::new(
            channel,
            MessageDirection::Inbound,
            MessageType::Reply,
            case.ambient.clock.now(),
            Actor::system(),
        )
    }
}

impl Case {
    pub async fn send(&self, input: MessageInput) -> MessageId {
        self.send_as(&self.scope(), input).await
    }

    pub async fn send_as(&self, scope: &Scope, input: MessageInput) -> MessageId {
        let sent = self.storage.send_messages(scope, vec![input], None).await;
        match sent.expect("sent") {
            Recorded::New(receipts) => MessageId(receipts[0].id),
            other => panic!("not new: {other:?}"),
        }
    }

    pub async fn claim(&self) -> Vec<Claimed> {
        let lease = Duration::minutes(5);
        let mut claimed = Vec::new();
        for lane in Lane::ALL {
            let due = self.storage.claim_due(lane, 100, lease).await;
            claimed.extend(due.expect("claimed"));
        }
        claimed
    }

    /// Hands over what is due; the provider takes it.
    pub async fn hand_over(&self) {
        for claimed in self.claim().await {
            let begun = self.storage.begin_handover(&claimed, "provider").await;
            assert!(begun.expect("begun"));
            let taken = Answer::Accepted {
                provider_id: None,
                status: None,
                words: None,
                missed: Vec::new(),
            };
            let answered = self.storage.record_answer(&claimed, taken).await;
            answered.expect("answered");
        }
    }

    pub async fn message(&self, id: MessageId) -> MessageDetail {
        let found = self.storage.get_message(&self.scope(), id).await;
        found.expect("read").expect("there")
    }

    pub async fn found(&self, scope: &Scope, q: &str) -> Vec<MessageRow> {
        let filter = self
            .storage
            .message_filter(scope, q)
            .unwrap_or_else(|e| panic!("{q}: {e:?}"));
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let page = Page {
                after,
                direction: Direction::Newest,
                limit: 7,
            };
            let page = self.storage.list_messages(scope, &filter, page).await;
            let page = page.expect("a page");
            rows.extend(page.rows);
            match page.next {
                Some(next) => after = Some(domain::Cursor::parse(&next).expect("its own cursor")),
                None => return rows,
            }
        }
    }

    pub async fn order(&self, number: &str, customer: &str, assigned_to: Option<&str>) {
        let order = OrderUpsert {
            customer_id: Some(customer.to_owned()),
            status: Some("processing".to_owned()),
            total: Some("129.00".to_owned()),
            currency: Some("SAR".to_owned()),
            placed_at: Some(self.ambient.clock.now()),
            assigned_to: assigned_to.map(str::to_owned),
            items: Vec::new(),
        };
        let number = number.to_owned();
        self.upsert(Record::Order { number, order }).await;
    }

    pub async fn customer(&self, id: &str, name: &str, email: &str, phone: &str) {
        let customer = CustomerUpsert {
            name: Some(name.to_owned()),
            email: Some(email.to_owned()),
            phone: Some(phone.to_owned()),
            groups: Vec::new(),
        };
        let id = id.to_owned();
        self.upsert(Record::Customer { id, customer }).await;
    }

    pub async fn upsert(&self, record: Record) {
        let recorder = self.storage.recorder();
        let recorded = recorder.record(&self.scope(), vec![record], None).await;
        recorded.expect("recorded");
    }
}
