use super::*;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

fn mail(to: &[&str], copies: &[&str]) -> Composed {
    let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    Composed {
        bytes: b"Subject: a\r\n\r\n.b\r\n".to_vec(),
        sender: "shop@linen.example".parse().unwrap(),
        to: addresses(to),
        copies: addresses(copies),
    }
}

/// A server that follows a script: each line that begins so is answered so; `drop` closes, `stall` keeps silent.
async fn server(
    script: &'static [(&'static str, &'static str)],
) -> (Arc<Smtp>, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, hearing) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            heard.send("connected".to_owned()).unwrap();
            let heard = heard.clone();
            tokio::spawn(async move {
                let mut socket = BufReader::new(socket);
                socket.write_all(b"220 sink\r\n").await.unwrap();
                let mut line = String::new();
                while socket.read_line(&mut line).await.unwrap_or(0) > 0 {
                    let said = std::mem::take(&mut line);
                    let said = said.trim_end();
                    let answer = script.iter().find(|(begin, _)| said.starts_with(begin));
                    let _ = heard.send(said.to_owned());
                    match answer.map(|(_, answer)| *answer) {
                        Some("drop") => return,
                        Some("stall") => std::future::pending().await,
                        Some(answer) => {
                            let _ = socket.write_all(format!("{answer}\r\n").as_bytes()).await;
                        }
                        None => {}
                    }
                }
            });
        }
    });
    let address = SmtpAddress::parse(&format!("smtp://127.0.0.1:{port}?timeout=1")).unwrap();
    (Arc::new(Smtp::new(address, "mail.linen.example")), hearing)
}

const TAKES: &[(&str, &str)] = &[
    ("EHLO", "250 sink"),
    ("MAIL", "250 ok"),
    ("RCPT TO:<nobody", "550 5.1.1 no such person"),
    ("RCPT TO:<busy", "451 4.7.1 greylisted"),
    ("RCPT", "250 ok"),
    ("DATA", "354 go on"),
    ("RSET", "250 ok"),
    (".", "250 2.0.0 queued as 17"),
];

/// `..b` begins with a dot too, so the mail's own line must not answer: only the bare dot does.
const DOT: &str = ".";

fn with_dot(dot: &'static str) -> &'static [(&'static str, &'static str)] {
    let mut script: Vec<_> = TAKES
        .iter()
        .copied()
        .filter(|(begin, _)| *begin != DOT)
        .collect();
    script.push(("..", "250-"));
    script.retain(|(begin, _)| *begin != "..");
    script.push((DOT, dot));
    Box::leak(script.into_boxed_slice())
}

#[tokio::test]
async fn a_mail_that_is_taken_tells_the_servers_words_and_the_connection_is_used_again() {
    let plain = Composed {
        bytes: b"Subject: a\r\n\r\nb\r\n".to_vec(),
        ..mail(&["a@mail.example"], &[])
    };
    let (smtp, mut heard) = server(with_dot("250 2.0.0 queued as 17")).await;
    for _ in 0..3 {
        let outcome = smtp.hand_over(&plain).await;
        assert_eq!(
            outcome,
            HandOver::Accepted {
                answer: "250 2.0.0 queued as 17".to_owned(),
                refused: Vec::new(),
            }
        );
    }
    smtp.close().await;
    let mut connected = 0;
    while let Ok(line) = heard.try_recv() {
        connected += u32::from(line == "connected");
    }
    assert_eq!(connected, 1);
}

fn plain(to: &[&str], copies: &[&str]) -> Composed {
    Composed {
        bytes: b"Subject: a\r\n\r\nb\r\n".to_vec(),
        ..mail(to, copies)
    }
}

#[tokio::test]
async fn each_answer_is_told_apart() {
    let (smtp, _heard) = server(with_dot("250 queued")).await;
    let rejected = smtp.hand_over(&plain(&["nobody@mail.example"], &[])).await;
    assert_eq!(
        rejected,
        HandOver::Rejected {
            code: 550,
            answer: "5.1.1 no such person".to_owned()
        }
    );
    let deferred = smtp.hand_over(&plain(&["busy@mail.example"], &[])).await;
    assert!(
        matches!(deferred, HandOver::Deferred { code: 451, .. }),
        "{deferred:?}"
    );
    let partly = smtp
        .hand_over(&plain(
            &["a@mail.example"],
            &["nobody@mail.example", "b@mail.example", "busy@mail.example"],
        ))
        .await;
    let copy = |address: &str, code, answer: &str| RefusedCopy {
        address: address.to_owned(),
        code,
        answer: answer.to_owned(),
    };
    assert_eq!(
        partly,
        HandOver::Accepted {
            answer: "250 queued".to_owned(),
            refused: vec![
                copy("nobody@mail.example", 550, "5.1.1 no such person"),
                copy("busy@mail.example", 451, "4.7.1 greylisted"),
            ],
        }
    );
    // Copies alone: what nobody takes is answered as the one that may yet be taken.
    let copies = ["nobody@mail.example", "busy@mail.example"];
    let put_off = smtp.hand_over(&plain(&[], &copies)).await;
    assert_eq!(
        put_off,
        HandOver::Deferred {
            code: 451,
            answer: "4.7.1 greylisted".to_owned()
        }
    );
    let refused = smtp.hand_over(&plain(&[], &copies[..1])).await;
    assert!(
        matches!(refused, HandOver::Rejected { code: 550, .. }),
        "{refused:?}"
    );
    let taken = smtp
        .hand_over(&plain(&[], &["b@mail.example", "busy@mail.example"]))
        .await;
    assert!(
        matches!(&taken, HandOver::Accepted { refused, .. } if refused.len() == 1),
        "{taken:?}"
    );
    for (dot, code) in [("451 later", 451), ("554 spam", 554)] {
        let (smtp, _heard) = server(with_dot(dot)).await;
        let outcome = smtp.hand_over(&plain(&["a@mail.example"], &[])).await;
        let told = match outcome {
            HandOver::Deferred { code, .. } | HandOver::Rejected { code, .. } => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(told, code);
    }
}

#[tokio::test]
async fn a_connection_lost_after_the_content_leaves_the_answer_unknown() {
    for dot in ["drop", "stall", "nonsense"] {
        let (smtp, _heard) = server(with_dot(dot)).await;
        let outcome = smtp.hand_over(&plain(&["a@mail.example"], &[])).await;
        assert!(
            matches!(outcome, HandOver::Unknown { .. }),
            "{dot}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_content_is_safe_to_repeat() {
    for (begin, what) in [
        ("EHLO", "drop"),
        ("MAIL", "drop"),
        ("RCPT", "stall"),
        ("DATA", "drop"),
        ("MAIL", "421 bye"),
    ] {
        let script: Vec<_> = [(begin, what)]
            .into_iter()
            .chain(TAKES.iter().copied())
            .collect();
        let (smtp, _heard) = server(Box::leak(script.into_boxed_slice())).await;
        let outcome = smtp.hand_over(&plain(&["a@mail.example"], &[])).await;
        assert!(
            matches!(outcome, HandOver::Unreachable { .. }),
            "{begin} {what}: {outcome:?}"
        );
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("smtp://{}?timeout=1", nobody.local_addr().unwrap());
    drop(nobody);
    let smtp = Smtp::new(SmtpAddress::parse(&address).unwrap(), "here");
    let outcome = smtp.hand_over(&plain(&["a@mail.example"], &[])).await;
    assert!(
        matches!(outcome, HandOver::Unreachable { .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced() {
    let script: &[(&str, &str)] = Box::leak(
        [("RSET", "drop")]
            .into_iter()
            .chain(TAKES.iter().copied())
            .collect::<Vec<_>>()
            .into_boxed_slice(),
    );
    let (smtp, _heard) = server(script).await;
    assert!(matches!(
        smtp.hand_over(&plain(&["nobody@mail.example"], &[])).await,
        HandOver::Rejected { .. }
    ));
    assert!(matches!(
        smtp.hand_over(&plain(&["a@mail.example"], &[])).await,
        HandOver::Accepted { .. }
    ));
}

#[test]
fn an_address_tells_how_and_never_the_password() {
    let address = SmtpAddress::parse("smtps://post:ge%40heim@mail.example").unwrap();
    assert_eq!(
        (address.port, address.encryption),
        (465, Encryption::Implicit)
    );
    assert!(!format!("{address:?}").contains("heim"));
    let address = SmtpAddress::parse("smtp://post:x@mail.example?tls=required").unwrap();
    assert_eq!(
        (address.port, address.encryption),
        (587, Encryption::Required)
    );
    let address = SmtpAddress::parse("smtp://[::1]:1025").unwrap();
    assert_eq!((address.host.as_str(), address.port), ("::1", 1025));
    for text in [
        "smtp://post:x@mail.example",
        "smtp://post:x@mail.example?tls=opportunistic",
        "smtp://",
        "mail.example",
        "smtp://mail.example?tls=maybe",
        "smtp://mail.example?timeout=0",
        "smtp://a?ca=/nowhere",
    ] {
        let error = SmtpAddress::parse(text).unwrap_err();
        assert!(!error.is_empty() && !error.contains(":x@"), "{error}");
    }
}
