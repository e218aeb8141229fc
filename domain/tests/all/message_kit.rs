//! Facts about a message for tests.

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use domain::message::{
    Answer, Attempt, Channel, Delivery, DeliveryFact, DeliveryStatus, FactKind, Mailbox, Message,
    MessageDirection, MessageType, Missed, NotSentReason, Report, Verdict,
};
use domain::{Actor, AttemptId};

pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 14, 22)
        .single()
        .expect("a real date")
}

pub fn at(seconds: i64) -> DateTime<Utc> {
    start() + Duration::seconds(seconds)
}

pub fn attempt(number: u32) -> Option<Attempt> {
    let id = AttemptId(uuid::Uuid::from_u128(u128::from(number)));
    Some(Attempt { number, id })
}

pub fn fact(seconds: i64, number: u32, kind: FactKind) -> DeliveryFact {
    DeliveryFact {
        at: at(seconds),
        attempt: attempt(number),
        kind,
    }
}

pub fn begun(seconds: i64, number: u32) -> DeliveryFact {
    fact(
        seconds,
        number,
        FactKind::Begun {
            provider: "twilio".to_owned(),
            raw: None,
            only: Vec::new(),
        },
    )
}

pub fn to_alone(seconds: i64, number: u32, address: &str) -> DeliveryFact {
    fact(
        seconds,
        number,
        FactKind::Begun {
            provider: "smtp".to_owned(),
            raw: None,
            only: vec![address.to_owned()],
        },
    )
}

pub fn put_off(address: &str, retry_at: Option<i64>) -> Missed {
    Missed {
        address: address.to_owned(),
        code: Some("451".to_owned()),
        words: Some("4.7.1 greylisted".to_owned()),
        retry_at: retry_at.map(at),
    }
}

pub fn taken_except(missed: Vec<Missed>) -> FactKind {
    FactKind::Answered(Answer::Accepted {
        provider_id: None,
        status: None,
        words: Some("250 ok".to_owned()),
        missed,
    })
}

pub fn not_sent() -> FactKind {
    FactKind::NotSent {
        reason: NotSentReason::OptedOut,
    }
}

/// Whose copies were not taken, as the verdict names them.
pub fn missed(facts: &[DeliveryFact]) -> Vec<Missed> {
    let delivery = of(Channel::Email, facts);
    assert_eq!(delivery.status, Some(DeliveryStatus::Sent));
    match delivery.verdict {
        Verdict::HandedOver { missed, .. } => missed,
        other => panic!("not handed over: {other:?}"),
    }
}

pub fn report(seconds: i64, number: u32, status: &str, code: Option<&str>) -> DeliveryFact {
    let report = Report {
        provider: "twilio".to_owned(),
        provider_id: Some("SM1".to_owned()),
        recipient: None,
        status: status.to_owned(),
        code: code.map(str::to_owned),
        words: None,
        raw: None,
    };
    fact(seconds, number, FactKind::Report(report))
}

pub fn queued() -> DeliveryFact {
    fact(
        0,
        1,
        FactKind::Queued {
            due_at: None,
            is_held: false,
        },
    )
}

pub const LAYLA: &str = "layla@mail.example";
pub const OMAR: &str = "omar@mail.example";
pub const COPY: &str = "copy@mail.example";

/// A message to somebody, or to several, with a copy to another.
pub fn message(channel: Channel, to: &[&str]) -> Message {
    let mailbox = |address: &&str| Mailbox {
        name: None,
        address: (*address).to_owned(),
    };
    Message {
        to: to.iter().map(mailbox).collect(),
        cc: vec![mailbox(&COPY)],
        is_tracked: true,
        ..Message::new(
            channel,
            MessageDirection::Outbound,
            MessageType::OrderNotification,
            start(),
            Actor::system(),
        )
    }
}

pub fn of(channel: Channel, facts: &[DeliveryFact]) -> Delivery {
    Delivery::of(&message(channel, &[LAYLA]), facts)
}

pub fn copies_due(facts: &[DeliveryFact]) -> Vec<String> {
    Delivery::copies_due(&message(Channel::Email, &[LAYLA]), facts)
}

/// What a mail server tells of one recipient.
pub fn told_of(seconds: i64, number: u32, recipient: &str, status: &str) -> DeliveryFact {
    let report = Report {
        provider: "mail".to_owned(),
        provider_id: None,
        recipient: Some(recipient.to_owned()),
        status: status.to_owned(),
        code: (status == "bounced").then(|| "5.1.1".to_owned()),
        words: None,
        raw: None,
    };
    fact(seconds, number, FactKind::Report(report))
}

pub fn bounced(address: &str) -> Missed {
    Missed {
        address: address.to_owned(),
        code: Some("5.1.1".to_owned()),
        words: None,
        retry_at: None,
    }
}

pub fn taken() -> Vec<DeliveryFact> {
    vec![queued(), begun(1, 1), fact(2, 1, taken_except(Vec::new()))]
}

pub fn delivered_at(delivery: &Delivery) -> Option<DateTime<Utc>> {
    match &delivery.verdict {
        Verdict::HandedOver { delivered_at, .. } => *delivered_at,
        other => panic!("not handed over: {other:?}"),
    }
}
