//! Messages as they are sent: what is taken, and what is refused by name.

use chrono::{DateTime, TimeZone as _, Utc};
use domain::Actor;
use domain::message::{Channel, MessageInput, MessageType, header_text};
use serde_json::{Value, json};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0)
        .single()
        .expect("a real date")
}

fn read(body: Value) -> Result<MessageInput, Vec<(String, String)>> {
    MessageInput::read(&body, now(), &Actor::system())
        .map_err(|p| p.fields.into_iter().map(|f| (f.pointer, f.code)).collect())
}

fn refused(body: Value) -> Vec<String> {
    read(body)
        .expect_err("refused")
        .into_iter()
        .map(|(pointer, code)| format!("{pointer} {code}"))
        .collect()
}

#[test]
fn a_mail_is_read_as_it_is_written() {
    let input = read(json!({
        "channel": "email", "type": "order_notification", "to": ["Noura <noura@mail.example>"], "subject": "Your order",
        "text": "  kept as it is \n", "html": "<p>x</p>", "order": "1042", "customer": {"id": "c_1", "name": "Noura"},
        "attachments": [{"name": "a.pdf", "content_type": "application/pdf", "content": "aGVsbG8="}],
        "headers": {"X-Campaign": "spring"}, "caused_by": {"type": "user", "name": "Sara"}, "hold_seconds": 10,
    })).expect("read");
    assert_eq!(input.message.text.as_deref(), Some("  kept as it is \n"));
    assert_eq!(input.attachments[0].content, b"hello");
    assert_eq!(input.message.to[0].address, "noura@mail.example");
    assert_eq!(input.hold_seconds, Some(10));
    assert_eq!(input.message.caused_by.name.as_deref(), Some("Sara"));
}

#[test]
fn a_number_is_taken_in_any_spacing_and_a_code_is_a_secret() {
    let input = read(json!({"channel": "sms", "type": "verification_code", "to": "+966 55 123-4567", "text": "1234"})).expect("read");
    assert_eq!(input.message.to[0].address, "+966551234567");
    assert!(input.message.is_secret);
    assert_eq!(
        (input.message.channel, input.message.kind),
        (Channel::Sms, MessageType::VerificationCode)
    );
}

#[test]
fn a_line_break_in_anything_like_a_header_is_refused() {
    let fields = refused(json!({
        "channel": "email", "to": "a@b.example", "text": "x",
        "subject": "Hello\r\nBcc: x@y.example", "from": "Shop\r\nX: y <shop@x.example>",
        "headers": {"X-A": "b\nC: d", "Bad Name": "x", "Bcc": "x@y.example"},
        "attachments": [{"name": "a\r\n.pdf", "content": "aGVsbG8="}],
    }));
    for expected in [
        "/subject format",
        "/from format",
        "/headers/X-A format",
        "/headers/Bad Name format",
        "/headers/Bcc contradiction",
        "/attachments/0/name format",
    ] {
        assert!(
            fields.iter().any(|f| f == expected),
            "{expected} in {fields:?}"
        );
    }
}

#[test]
fn what_no_mail_could_be_made_of_is_refused_at_once() {
    let mail = |more: Value| {
        let mut body =
            json!({"channel": "email", "to": "a@b.example", "subject": "x", "text": "x"});
        for (field, value) in more.as_object().expect("an object") {
            body[field] = value.clone();
        }
        body
    };
    for name in [
        "Auto-Submitted",
        "List-Unsubscribe",
        "list-unsubscribe-post",
        "Content-Language",
    ] {
        let mut headers = json!({});
        headers[name] = json!("x");
        let sent = mail(json!({ "headers": headers }));
        assert_eq!(refused(sent), [format!("/headers/{name} contradiction")]);
        // They tell a program's mail, where another system sent or got it.
        let mut kept = mail(json!({ "headers": headers }));
        kept["record_only"] = json!(true);
        assert!(read(kept).is_ok(), "{name}");
    }
    let long = mail(json!({"subject": "é".repeat(500), "headers": {"X-A": "é".repeat(500)}}));
    assert_eq!(
        refused(long),
        ["/headers/X-A too_long", "/subject too_long"]
    );
    assert!(read(mail(json!({"subject": "é".repeat(499)}))).is_ok());
}

#[test]
fn a_message_to_nobody_is_refused_however_that_is_written() {
    for channel in ["email", "sms", "whatsapp"] {
        for to in [
            json!(null),
            json!(""),
            json!([]),
            json!([""]),
            json!([" ", ""]),
        ] {
            let mut body = json!({"channel": channel, "to": to, "text": "x"});
            if channel == "email" {
                body["subject"] = json!("x");
            }
            assert_eq!(refused(body), ["/to required"], "{channel} {to}");
        }
    }
}

#[test]
fn a_picture_on_whatsapp_needs_no_words() {
    let text = |channel: &str, files: Value| json!({"channel": channel, "to": "+966551234567", "text": "", "attachments": files});
    let picture = json!([{"name": "a.png", "content_type": "image/png", "content": "aGk="}]);
    let sent = read(text("whatsapp", picture.clone())).expect("read");
    assert_eq!((sent.message.text, sent.attachments.len()), (None, 1));
    assert_eq!(refused(text("whatsapp", json!([]))), ["/text required"]);
    assert!(refused(text("sms", picture)).contains(&"/text required".to_owned()));
}

#[test]
fn a_campaign_mail_has_one_recipient() {
    let mail = |kind: &str, cc: &[&str]| json!({"channel": "email", "type": kind, "to": "a@b.example", "cc": cc, "subject": "x", "text": "x"});
    assert_eq!(
        refused(mail("campaign", &["c@d.example"])),
        ["/to too_long"]
    );
    assert!(read(mail("campaign", &[])).is_ok());
    assert!(read(mail("other", &["c@d.example"])).is_ok());
}

#[test]
fn so_much_of_a_text_as_a_header_holds_ends_between_characters() {
    assert_eq!(header_text("Order 1042"), "Order 1042");
    assert_eq!(header_text(&"é".repeat(600)).len(), 998);
    assert_eq!(header_text(&"ع".repeat(499)), "ع".repeat(499));
    assert_eq!(header_text(&"€".repeat(400)).len(), 996);
}

#[test]
fn a_time_to_send_at_that_is_long_over_is_refused() {
    let sms = |at: &str| {
        let mut body = json!({"channel": "sms", "to": "+966551234567", "text": "x"});
        body["send_at"] = json!(at);
        body
    };
    assert!(read(sms("2026-11-20T08:30:00Z")).is_ok());
    for past in ["2026-11-20T07:59:00Z", "2020-01-01T10:00:00Z"] {
        assert_eq!(refused(sms(past)), ["/send_at out_of_range"]);
    }
}

#[test]
fn each_wrong_field_is_named() {
    let fields = refused(
        json!({"channel": "sms", "to": "055", "subject": "x", "text": "x".repeat(1_601), "status": "sent",
        "send_at": "tomorrow", "hold_seconds": -1, "colour": "red"}),
    );
    for expected in [
        "/to format",
        "/subject contradiction",
        "/text too_long",
        "/status contradiction",
        "/send_at format",
        "/hold_seconds out_of_range",
        "/colour unknown",
    ] {
        assert!(
            fields.iter().any(|f| f == expected),
            "{expected} in {fields:?}"
        );
    }
    let fields = refused(
        json!({"channel": "email", "to": "a@b.example", "text": "x", "subject": "x",
        "attachments": [{"name": "a", "content": "?"}, {"name": "b", "content": "A".repeat(42_000_000)}]}),
    );
    assert_eq!(
        fields,
        [
            "/attachments/0/content format",
            "/attachments/1/content too_large"
        ]
    );
    assert_eq!(
        refused(json!({"channel": "email"})),
        ["/to required", "/text required", "/subject required"]
    );
    assert_eq!(
        refused(json!({"channel": "pigeon", "to": "x"})),
        ["/channel format"]
    );
    assert_eq!(refused(json!([])), [" type"]);
}

#[test]
fn what_another_system_sent_is_recorded_with_its_tries() {
    let input = read(json!({
        "channel": "sms", "record_only": true, "to": "+966551234567", "text": "x", "provider": "twilio", "status": "failed",
        "occurred_at": "2026-11-01T08:00:00Z",
        "attempts": [{"at": "2026-11-01T08:00:01Z", "provider_id": "SM1", "status": "undelivered", "code": "30003"}],
    })).expect("read");
    assert!(input.message.is_recorded);
    assert_eq!(input.attempts[0].provider, "twilio");
    assert_eq!(input.attempts[0].code.as_deref(), Some("30003"));
}
