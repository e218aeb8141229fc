use super::*;

const DOMAIN: &str = "mail.linen.example";

fn read(raw: &str) -> InboundMail {
    InboundMail::read(raw.replace('\n', "\r\n").as_bytes(), DOMAIN)
}

#[test]
fn an_answer_is_read_whole() {
    let mail = read(
        "From: =?utf-8?B?2YbZiNix2Kk=?= <noura@mail.example>\nTo: \"Linen, Shop\" <reply+AB12@Mail.Linen.example>, b@c.example\n\
         Cc: d@e.example\nSubject: =?windows-1256?Q?=E3=D1=CD=C8=C7?=\nMessage-ID: <two@mail.example>\n\
         In-Reply-To: <one@mail.linen.example>\nReferences: <zero@mail.linen.example>\n <one@mail.linen.example>\n\
         Date: Fri, 20 Nov 2026 12:14:03 +0300\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\
         Content-Type: multipart/alternative; boundary=y\n\n--y\nContent-Type: text/plain; charset=iso-8859-1\n\
         Content-Transfer-Encoding: quoted-printable\n\nCaf=E9\n--y\nContent-Type: text/html; charset=utf-8\n\n<b>Café</b>\n--y--\n\
         --x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''..%2F%D8%A7.pdf\n\
         Content-Transfer-Encoding: base64\n\nAAEC\n--x--\n",
    );
    assert_eq!(mail.from.unwrap().to_string(), "نورة <noura@mail.example>");
    assert_eq!(mail.subject, "مرحبا");
    assert_eq!(mail.to[0].name.as_deref(), Some("Linen, Shop"));
    assert_eq!(mail.to.len(), 2);
    assert_eq!(mail.message_id.as_deref(), Some("two@mail.example"));
    assert_eq!(mail.in_reply_to, ["one@mail.linen.example"]);
    assert_eq!(
        mail.references,
        ["zero@mail.linen.example", "one@mail.linen.example"]
    );
    assert_eq!(mail.reply_token.as_deref(), Some("ab12"));
    assert_eq!(mail.text.unwrap().trim(), "Café");
    assert_eq!(mail.html.unwrap().trim(), "<b>Café</b>");
    assert_eq!(mail.date.unwrap().to_rfc3339(), "2026-11-20T09:14:03+00:00");
    assert_eq!(mail.files.len(), 1);
    assert_eq!(
        (mail.files[0].name.as_str(), mail.files[0].bytes.as_slice()),
        ("ا.pdf", &[0, 1, 2][..])
    );
    assert_eq!(mail.automatic, None);
    assert_eq!(mail.notes, Vec::<String>::new());
}

#[test]
fn a_mail_of_two_thousand_parts_is_cut_and_says_so() {
    let mut raw = "From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n".to_owned();
    for n in 0..2_000 {
        raw += &format!(
            "--x\nContent-Type: application/octet-stream; name=f{n}\nContent-Transfer-Encoding: base64\n\nAAEC\n"
        );
    }
    let mail = read(&(raw + "--x--\n"));
    assert_eq!(mail.files.len(), MAX_FILES);
    assert_eq!(mail.notes.len(), 2, "{:?}", mail.notes);
}

#[test]
fn deep_nesting_ends() {
    let mut raw = "From: a@b.example\n".to_owned();
    for n in 0..3_000 {
        raw += &format!("Content-Type: multipart/mixed; boundary=x{n}\n\n--x{n}\n");
    }
    read(&raw);
    read(&("From: a@b.example\n".to_owned() + &"Content-Type: message/rfc822\n\n".repeat(3_000)));
}

#[test]
fn broken_mails_are_read_as_far_as_they_go() {
    for raw in [
        &b""[..], b"\0\0\0", b"no header at all", b"From: a@b\r\n", b"From\r\n\r\nbody", &[0xff; 500],
        b"Subject: =?utf-8?B?!!!?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfehello",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n----", b"From: <<<>>>\r\nTo: ,,,;\r\n\r\n",
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%%",
        b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nnever ended",
    ] {
        let mail = InboundMail::read(raw, DOMAIN);
        for text in [mail.text, mail.html].into_iter().flatten() {
            assert!(!text.contains('\0'));
        }
    }
    let mail = InboundMail::read(
        b"From: a@b.example\r\nContent-Type: text/plain; charset=klingon\r\n\r\nhi \xe9",
        DOMAIN,
    );
    assert!(mail.text.unwrap().starts_with("hi"));
}

#[test]
fn a_bounce_tells_of_the_mail_it_is_about() {
    let mail = read(
        "From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n\
         --x\nContent-Type: text/plain\n\nSorry\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; noura@mail.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such person\n\n\
         --x\nContent-Type: message/rfc822\n\nMessage-ID: <one@mail.linen.example>\nSubject: x\n\nhello\n--x--\n",
    );
    let [report] = mail.reports.as_slice() else {
        panic!("one is expected: {:?}", mail.reports);
    };
    assert_eq!(report.message_id.as_deref(), Some("one@mail.linen.example"));
    assert_eq!(report.recipient.as_deref(), Some("noura@mail.example"));
    assert_eq!(
        (report.action.as_str(), report.status.as_deref()),
        ("failed", Some("5.1.1"))
    );
    assert_eq!(report.diagnostic.as_deref(), Some("550 no such person"));
    assert!(mail.automatic.is_some());
}

#[test]
fn a_bounce_tells_of_each_recipient_whatever_its_parts_say_of_themselves() {
    let mail = read(
        "From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n\
         --x\n\nSorry\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; noura@mail.example\nAction: delivered\nStatus: 2.0.0\n\n\
         Original-Recipient: rfc822; omar@mail.example\nFinal-Recipient: rfc822; omar@other.example\nAction: Failed\n\
         Status: 5.1.1\nDiagnostic-Code: smtp; 550 no such\n person\n\n\
         Final-Recipient: rfc822; sara@mail.example\nAction: delayed\nStatus: 4.4.1\n\n\
         --x\nContent-Type: text/rfc822-headers\n\nSubject: x\nMessage-ID: <one@mail.linen.example>\n\n--x--\n",
    );
    let told = mail.reports.iter().map(|report| {
        let id = report.message_id.as_deref();
        assert_eq!(id, Some("one@mail.linen.example"));
        (
            report.recipient.as_deref().unwrap(),
            report.action.as_str(),
            report.diagnostic.as_deref(),
        )
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("noura@mail.example", "delivered", None),
            ("omar@mail.example", "failed", Some("550 no such person")),
            ("sara@mail.example", "delayed", None),
        ]
    );
}

#[test]
fn a_reply_address_counts_wherever_it_stands() {
    let mail = read(
        "From: a@b.example\nTo: shop@linen.example\nDelivered-To: reply+cd@mail.linen.example\n\nhi",
    );
    assert_eq!(mail.reply_token.as_deref(), Some("cd"));
    for address in [
        "reply+@mail.linen.example",
        "reply+a@other.example",
        "a+b@mail.linen.example",
        "reply+a",
    ] {
        assert_eq!(reply_token(address, DOMAIN), None, "{address}");
    }
}
