use super::*;
use chrono::TimeZone as _;
use mail_parser::{MessageParser, MimeHeaders as _};

fn mail() -> Mail {
    Mail {
        message_id: "0193e2a4@mail.linen.example".to_owned(),
        date: Utc.with_ymd_and_hms(2026, 11, 20, 9, 14, 3).unwrap(),
        from: Party {
            name: Some("Linen & Wool".to_owned()),
            address: "shop@linen.example".to_owned(),
        },
        to: vec![Party {
            name: Some("نورة".to_owned()),
            address: "noura@mail.example".to_owned(),
        }],
        cc: vec![],
        bcc: vec![],
        reply_to: vec![Party::bare("reply+abc@mail.linen.example")],
        subject: "طلبك 1042 في الطريق \u{1F4E6}".to_owned(),
        text: Some("Your order is on its way.\n.\nBye".to_owned()),
        html: Some("<p>Your order is <b>on its way</b>. <img src=\"cid:logo\"></p>".to_owned()),
        files: vec![],
        headers: vec![],
        in_reply_to: None,
        references: vec![],
        unsubscribe_url: None,
        automatic: None,
    }
}

fn file(name: &str, content_id: Option<&str>) -> File {
    File {
        name: name.to_owned(),
        media_type: "image/png".to_owned(),
        content_id: content_id.map(str::to_owned),
        bytes: (0..=255).collect(),
    }
}

#[test]
fn what_went_in_is_read_back_by_another_library() {
    let mail = Mail {
        files: vec![file("logo.png", Some("logo")), file("فاتورة.png", None)],
        cc: vec![Party::bare("copy@mail.example")],
        bcc: vec![Party::bare("unseen@mail.example")],
        in_reply_to: Some("one@mail.example".to_owned()),
        references: vec![
            "zero@mail.example".to_owned(),
            "one@mail.example".to_owned(),
        ],
        headers: vec![("X-Order".to_owned(), "1042".to_owned())],
        ..mail()
    };
    let composed = mail.compose().unwrap();
    let read = MessageParser::default().parse(&composed.bytes).unwrap();
    assert_eq!(read.message_id(), Some(mail.message_id.as_str()));
    assert_eq!(read.subject(), Some(mail.subject.as_str()));
    assert_eq!(read.to().unwrap().first().unwrap().name(), Some("نورة"));
    assert_eq!(
        read.from().unwrap().first().unwrap().name(),
        Some("Linen & Wool")
    );
    assert_eq!(read.body_html(0).unwrap().trim_end(), mail.html.unwrap());
    assert_eq!(
        read.body_text(0).unwrap().replace("\r\n", "\n").trim_end(),
        mail.text.unwrap()
    );
    assert_eq!(read.header_raw("X-Order").unwrap().trim(), "1042");
    let names: Vec<_> = read
        .attachments()
        .map(|part| part.attachment_name())
        .collect();
    assert_eq!(names, [Some("logo.png"), Some("فاتورة.png")]);
    assert!(
        read.attachments()
            .all(|part| part.contents() == (0..=255).collect::<Vec<u8>>())
    );
    assert!(read.bcc().is_none());
    assert!(!String::from_utf8_lossy(&composed.bytes).contains("unseen@"));
    let copies: Vec<_> = composed.copies.iter().map(ToString::to_string).collect();
    assert_eq!(copies, ["copy@mail.example", "unseen@mail.example"]);
}

#[test]
fn the_same_mail_is_the_same_bytes_each_time() {
    let mail = Mail {
        files: vec![file("logo.png", Some("logo")), file("a.png", None)],
        ..mail()
    };
    assert_eq!(mail.compose().unwrap().bytes, mail.compose().unwrap().bytes);
}

#[test]
fn only_a_campaign_offers_to_unsubscribe_and_only_a_program_says_so() {
    let plain = String::from_utf8(mail().compose().unwrap().bytes).unwrap();
    assert!(!plain.contains("List-Unsubscribe") && !plain.contains("Auto-Submitted"));
    let url = format!("https://trail.example/unsubscribe/{}", "x".repeat(120));
    let mail = Mail {
        unsubscribe_url: Some(url.clone()),
        automatic: Some("auto-generated"),
        ..mail()
    };
    let made = String::from_utf8(mail.compose().unwrap().bytes).unwrap();
    assert!(
        made.contains(&format!("List-Unsubscribe: <{url}>\r\n")),
        "{made}"
    );
    assert!(made.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    assert!(made.contains("Auto-Submitted: auto-generated\r\n"));
}

#[test]
fn nothing_can_smuggle_in_a_header() {
    let smuggled = "x\r\nBcc: thief@mail.example";
    let named = |name: &str| Party {
        name: Some(name.to_owned()),
        address: "a@mail.example".to_owned(),
    };
    let wrong = [
        Mail {
            subject: smuggled.to_owned(),
            ..mail()
        },
        Mail {
            subject: "x\u{85}y\u{7f}".to_owned(),
            ..mail()
        },
        Mail {
            from: named(smuggled),
            ..mail()
        },
        Mail {
            to: vec![named("a\nb")],
            ..mail()
        },
        Mail {
            cc: vec![Party::bare("a@b.example\r\nBcc: c@d.example")],
            ..mail()
        },
        Mail {
            bcc: vec![Party::bare("a@b.example> SIZE=1")],
            ..mail()
        },
        Mail {
            reply_to: vec![named("a\rb")],
            ..mail()
        },
        Mail {
            message_id: "a@b>\r\nBcc: <c@d".to_owned(),
            ..mail()
        },
        Mail {
            in_reply_to: Some("a@b\r\n".to_owned()),
            ..mail()
        },
        Mail {
            references: vec!["a@b c@d".to_owned()],
            ..mail()
        },
        Mail {
            unsubscribe_url: Some("https://a/\r\nBcc: c@d".to_owned()),
            ..mail()
        },
        Mail {
            headers: vec![("X-A".to_owned(), smuggled.to_owned())],
            ..mail()
        },
        Mail {
            headers: vec![("X-A: b\r\nBcc".to_owned(), "c@d".to_owned())],
            ..mail()
        },
        Mail {
            headers: vec![("Bcc".to_owned(), "c@d".to_owned())],
            ..mail()
        },
        Mail {
            headers: vec![("CONTENT-TYPE".to_owned(), "text/html".to_owned())],
            ..mail()
        },
    ];
    for mail in wrong {
        let problem = mail.compose().err().unwrap_or_else(|| panic!("{mail:?}"));
        assert!(!problem.fields.is_empty(), "{problem:?}");
    }
    let hidden = Mail {
        files: vec![File {
            media_type: "image/png\r\nX-A: b".to_owned(),
            ..file("a\r\nX-A: b.png", Some("c\r\nX-A: d"))
        }],
        ..mail()
    };
    let made = String::from_utf8(hidden.compose().unwrap().bytes).unwrap();
    assert!(!made.contains("\r\nX-A"), "{made}");
}

#[test]
fn each_wrong_address_is_named() {
    let mail = Mail {
        to: vec![
            Party::bare("a@b.example"),
            Party::bare("nobody"),
            Party::bare("@"),
        ],
        from: Party::bare(""),
        ..mail()
    };
    let problem = mail.compose().unwrap_err();
    let pointers: Vec<_> = problem.fields.iter().map(|f| f.pointer.as_str()).collect();
    assert_eq!(pointers, ["/from", "/to/1", "/to/2"]);
    let nobody = Mail {
        to: vec![],
        ..self::mail()
    };
    assert_eq!(nobody.compose().unwrap_err().fields[0].code, "required");
}
