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
    recipients: Arc<Mutex<Vec<Vec<String>>>>,
    refused: Arc<Mutex<Option<String>>>,
}

/// What its connections share.
#[derive(Clone)]
struct Shared {
    mails: Arc<watch::Sender<Vec<String>>>,
    recipients: Arc<Mutex<Vec<Vec<String>>>>,
    /// Whoever is put off the next time.
    busy: Arc<Mutex<Option<String>>>,
    /// For whom nothing is taken.
    refused: Arc<Mutex<Option<String>>>,
}

impl Mailbox {
    /// A mail server on a free port.
    pub async fn open() -> Self {
        Self::open_but(None).await
    }

    /// One that puts off somebody once.
    pub async fn open_but(busy: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (sender, mails) = watch::channel(Vec::new());
        let shared = Shared {
            mails: Arc::new(sender),
            recipients: Arc::default(),
            busy: Arc::new(Mutex::new(busy.map(str::to_owned))),
            refused: Arc::default(),
        };
        let recipients = Arc::clone(&shared.recipients);
        let refused = Arc::clone(&shared.refused);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(take(connection, shared.clone()));
            }
        });
        Self {
            url,
            mails,
            recipients,
            refused,
        }
    }

    /// Who got each of the mails.
    pub fn recipients(&self) -> Vec<Vec<String>> {
        self.recipients.lock().unwrap().clone()
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

async fn take(mut connection: TcpStream, shared: Shared) {
    let (reader, mut writer) = connection.split();
    let mut lines = BufReader::new(reader);
    let _ = writer.write_all(b"220 test\r\n").await;
    let mut mail: Option<String> = None;
    let mut recipients = Vec::new();
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
            let recipients = std::mem::take(&mut recipients);
            shared.recipients.lock().unwrap().push(recipients);
            shared.mails.send_modify(|mails| mails.push(text));
        } else if let Some(address) = line.strip_prefix("RCPT TO:<") {
            let (address, _) = address.split_once('>').unwrap_or_default();
            let is_busy = shared
                .busy
                .lock()
                .unwrap()
                .take_if(|busy| busy == address)
                .is_some();
            let is_refused = shared.refused.lock().unwrap().as_deref() == Some(address);
            if is_busy || is_refused {
                let _ = writer.write_all(b"451 4.7.1 greylisted\r\n").await;
                continue;
            }
            recipients.push(address.to_owned());
        } else if line.starts_with("DATA") {
            mail = Some(String::new());
            let _ = writer.write_all(b"354 go on\r\n").await;
            continue;
        } else if line.starts_with("QUIT") {
            let _ = writer.write_all(b"221 bye\r\n").await;
            return;
        }
        let _ = writer.write_all(b"250 ok\r\n").await;
    }
}
