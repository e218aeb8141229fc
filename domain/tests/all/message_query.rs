//! The query language of messages, and the predicate in memory.

use chrono::{TimeZone as _, Utc, Weekday};
use domain::message::{
    Channel, Delivery, DeliveryFact, Facet, FactKind, Mailbox, Message, MessageDirection,
    MessageFacts, MessageType,
};
use domain::query::{MESSAGE, Query};
use domain::{Actor, MessageId, Role};

fn message() -> Message {
    let now = Utc
        .with_ymd_and_hms(2026, 11, 20, 9, 0, 0)
        .single()
        .expect("a real date");
    Message {
        from: Mailbox::parse("Maison Noor <shop@maisonnoor.example>"),
        to: vec![Mailbox {
            name: Some("Noura Al-Otaibi".to_owned()),
            address: "+966551234567".to_owned(),
        }],
        text: Some("Your parcel is on its way".to_owned()),
        order: Some("1042".to_owned()),
        customer: Some("c_17".to_owned()),
        ..Message::new(
            Channel::Sms,
            MessageDirection::Outbound,
            MessageType::OrderNotification,
            now,
            Actor::system(),
        )
    }
}

fn facts(message: Message) -> MessageFacts {
    let queued = DeliveryFact {
        at: message.occurred_at,
        attempt: None,
        kind: FactKind::Queued {
            due_at: None,
            is_held: false,
        },
    };
    let delivery = Delivery::of(&message, &[queued]);
    MessageFacts::new(MessageId(uuid::Uuid::nil()), message, delivery)
}

fn finds(q: &str, message: Message, is_masked: bool) -> bool {
    let query = Query::parse_as(q, &MESSAGE);
    let now = Utc
        .with_ymd_and_hms(2026, 11, 20, 10, 0, 0)
        .single()
        .expect("a real date");
    let filter = query
        .to_message_filter(now, &Utc, Weekday::Sun)
        .unwrap_or_else(|e| panic!("{q}: {e:?}"));
    filter.matches(&facts(message), is_masked)
}

#[test]
fn what_becomes_of_a_message_is_not_lasting() {
    let now = message().occurred_at;
    let facts = facts(message());
    for (q, is_found, lasts) in [
        ("parcel status:sent", false, true),
        ("parcel -status:pending", false, true),
        ("parcel read:read", false, true),
        ("velvet status:pending", false, false),
        ("channel:email", false, false),
    ] {
        let query = Query::parse_as(q, &MESSAGE);
        let filter = query
            .to_message_filter(now, &Utc, Weekday::Sun)
            .unwrap_or_else(|e| panic!("{q}: {e:?}"));
        assert_eq!(filter.matches(&facts, false), is_found, "{q}");
        assert_eq!(filter.lasting().matches(&facts, false), lasts, "{q}");
        let turns = q.contains("status:") || q.contains("read:");
        assert_eq!(filter.turns_with_a_fact(), turns, "{q}");
    }
}

#[test]
fn each_qualifier_finds_what_it_says() {
    for q in [
        "",
        "channel:sms",
        "channel:email,sms",
        "-channel:email",
        "direction:outbound",
        "type:order_notification",
        "type:order*",
        "status:pending",
        "read:not_available",
        "to:noura",
        "to:\"noura al-otaibi\"",
        "to:+966551234567",
        "to:00966551234567",
        "to:9665*",
        "to:0551234567",
        "to:055123*",
        "from:shop",
        "from:maisonnoor.example",
        "order:1042",
        "customer:c_17",
        "created:today",
        "parcel",
        "\"your parcel\"",
        "+966551234567",
        "055 123 4567",
        "+966 55 123 4567",
        "1234567",
        "parcel +966 55 123 4567",
        "1042 +966 55 123 4567",
        "noura",
        "-has:attachments",
        "1042",
    ] {
        assert!(finds(q, message(), false), "{q}");
    }
    for q in [
        "channel:email",
        "status:sent",
        "-status:pending",
        "to:sara",
        "to:0551234568",
        "to:+971551234567",
        "order:1",
        "has:attachments",
        "055 999 4567",
        "created:2025",
    ] {
        assert!(!finds(q, message(), false), "{q}");
    }
}

#[test]
fn a_masked_role_finds_nothing_personal() {
    for q in [
        "to:noura",
        "noura",
        "parcel",
        "customer:c_17",
        "0551234567",
        "from:shop",
    ] {
        assert!(!finds(q, message(), true), "{q}");
    }
    assert!(finds("order:1042 channel:sms 1042", message(), true));
}

#[test]
fn a_secret_is_shown_to_super_admins_and_found_by_nobody() {
    let secret = Message {
        is_secret: true,
        subject: Some("Code 4711".to_owned()),
        ..message()
    };
    for q in ["parcel", "subject:code", "4711"] {
        assert!(!finds(q, secret.clone(), false), "{q}");
    }
    assert!(finds("to:noura", secret.clone(), false));
    assert_eq!(secret.shown_to(Role::SuperAdmin), secret);
    for role in [Role::Admin, Role::Manager, Role::Staff, Role::Auditor] {
        let shown = secret.shown_to(role);
        assert_eq!(shown.text.as_deref(), Some("•••"), "{role}");
        assert_eq!(shown.subject.as_deref(), Some("•••"), "{role}");
    }
}

#[test]
fn edits_and_completion_speak_of_messages() {
    assert_eq!(
        MESSAGE.toggle_value("parcel", "status", "failed"),
        "parcel status:failed"
    );
    assert_eq!(
        MESSAGE.values_of("status:fail*,sent", "status"),
        ["failed", "sent"]
    );
    assert_eq!(
        MESSAGE.static_values("channel"),
        ["email", "sms", "whatsapp"]
    );
    assert!(!Query::parse_as("channel:fax", &MESSAGE).is_valid());
}

#[test]
fn a_facet_reads_what_it_wrote() {
    let facet = facts(message()).facet();
    assert_eq!(Facet::of_number(facet.number()), Some(facet));
    let inbound = Facet {
        status: None,
        direction: MessageDirection::Inbound,
        has_attachments: true,
        ..facet
    };
    assert_eq!(Facet::of_number(inbound.number()), Some(inbound));
}
