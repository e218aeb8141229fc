//! A mail server that takes everything and keeps it.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What came in.
pub struct Mailbox {
    /// Where it listens, as a setting.
    pub url: String,
    mails: watch::Receiver<Vec<String>>,
    refused: Arc<Mutex<Option<String>>>,
}

impl Mailbox {
    /// A mail server on a free port.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (sender, mails) = watch::channel(Vec::new());
        let sender = Arc::new(sender);
        let refused = Arc::new(Mutex::new(None));
        let told = Arc::clone(&refused);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(take(connection, Arc::clone(&sender), Arc::clone(&told)));
            }
        });
        Self {
            url,
            mails,
            refused,
        }
    }

    /// From now on takes nothing for an address, or everything again.
    pub fn refuse(&self, address: Option<&str>) {
        *self.refused.lock().unwrap() = address.map(str::to_owned);
    }

    /// The mails so far, once there are as many.
    pub async fn first(&self, count: usize) -> Vec<String> {
        let mut mails = self.mails.clone();
        mails
            .wait_for(|mails| mails.len() >= count)
            .await
            .unwrap()
            .clone()
    }

    /// How many have come.
    pub fn count(&self) -> usize {
        self.mails.borrow().len()
    }
}

/// The token of the link in a mail, whose long lines are folded by quoted-printable (RFC 2045 6.7).
pub fn token(mail: &str) -> String {
    let plain = mail.replace("=\r\n", "").replace("=3D", "=");
    let (_, rest) = plain
        .split_once("/link?token=")
        .expect("a mail with a link");
    rest.chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect()
}

async fn take(
    mut connection: TcpStream,
    mails: Arc<watch::Sender<Vec<String>>>,
    refused: Arc<Mutex<Option<String>>>,
) {
    let (reader, mut writer) = connection.split();
    let mut lines = BufReader::new(reader);
    let _ = writer.write_all(b"220 test\r\n").await;
    let mut mail: Option<String> = None;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        if let Some(text) = &mut mail {
            if line != ".\r\n" {
                text.push_str(&line);
                continue;
            }
            let text = mail.take().unwrap_or_default();
            mails.send_modify(|mails| mails.push(text));
        } else if line.starts_with("DATA") {
            mail = Some(String::new());
            let _ = writer.write_all(b"354 go on\r\n").await;
            continue;
        } else if line.starts_with("RCPT") && is_refused(&refused, &line) {
            let _ = writer.write_all(b"451 not now\r\n").await;
            continue;
        } else if line.starts_with("QUIT") {
            let _ = writer.write_all(b"221 bye\r\n").await;
            return;
        }
        let _ = writer.write_all(b"250 ok\r\n").await;
    }
}

fn is_refused(refused: &Mutex<Option<String>>, line: &str) -> bool {
    let refused = refused.lock().unwrap();
    refused
        .as_deref()
        .is_some_and(|address| line.contains(address))
}
