//! Ten thousand mails that wait, to a mail server on this machine that takes everything.

use crate::client::Client;
use crate::fill;
use crate::memory::anonymous_mib;
use crate::process::Server;
use anyhow::{Context as _, Result, ensure};
use chrono::TimeDelta;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use storage::{Ambient, Scope, Storage};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// How many mails are sent.
const MAILS: usize = 10_000;
/// How many connections queue them.
const CONNECTIONS: usize = 8;
/// They are queued before the first is due.
const DUE_IN: TimeDelta = TimeDelta::seconds(60);
/// How long sending may take before it is called stuck.
const PATIENCE: Duration = Duration::from_secs(300);

/// Queues the mails, waits until the last has arrived, and says how fast they left and what memory that took.
pub async fn measure(root: &Path) -> Result<()> {
    let folder = root.join("sending");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let filled = fill::filled(&folder, 0).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let smtp = format!("smtp://{}", listener.local_addr()?);
    let arrived = Arc::new(AtomicUsize::new(0));
    let sink = tokio::spawn(take_all(listener, Arc::clone(&arrived)));
    let server = Server::start_with(
        &filled.path,
        &[
            ("STORETRAIL_SMTP_URL", smtp.as_str()),
            ("STORETRAIL_MAIL_FROM", "shop@linen.example"),
            ("STORETRAIL_SEND_PER_SECOND", "10000"),
        ],
    )?;
    queue(&server.address, &filled.key).await?;
    ensure!(
        arrived.load(Ordering::Relaxed) == 0,
        "mails left before the last was queued"
    );
    let before = anonymous_mib(server.pid())?;
    let waiting = Instant::now();
    while arrived.load(Ordering::Relaxed) == 0 {
        ensure!(waiting.elapsed() < PATIENCE, "no mail left");
        sleep(Duration::from_millis(1)).await;
    }
    let begun = Instant::now();
    let mut most = before;
    while arrived.load(Ordering::Relaxed) < MAILS {
        ensure!(begun.elapsed() < PATIENCE, "sending is stuck");
        most = most.max(anonymous_mib(server.pid())?);
        sleep(Duration::from_millis(20)).await;
    }
    let took = begun.elapsed().as_secs_f64();
    println!(
        "{MAILS} queued mails to a sink: {:.0} a second, {most:.0} MiB at most of {before:.0} MiB before",
        MAILS as f64 / took
    );
    // The answer to the last is recorded still.
    let settled = Instant::now();
    let storage = Storage::open(&fill::url(&filled.path), Ambient::system()).await?;
    let store = storage.list_stores().await?.into_iter().next();
    let scope = Scope::system("bench", store.context("a store")?);
    let sent = storage
        .message_filter(&scope, "status:sent")
        .map_err(|_| anyhow::anyhow!("`status:sent` is a filter"))?;
    while storage.count_messages(&scope, &sent).await?.count < MAILS as u64 {
        ensure!(settled.elapsed() < PATIENCE, "some never became sent");
        sleep(Duration::from_millis(20)).await;
    }
    storage.close().await?;
    drop(server);
    sink.abort();
    Ok(())
}

async fn queue(address: &str, key: &str) -> Result<()> {
    let due = (Ambient::system().clock.now() + DUE_IN).to_rfc3339();
    let mut tasks = Vec::new();
    for connection in 0..CONNECTIONS {
        let mut client = Client::sending(address, key).await?;
        let due = due.clone();
        tasks.push(tokio::spawn(async move {
            for n in (connection..MAILS).step_by(CONNECTIONS) {
                let text = format!("Your parcel {n} is on its way. Thank you for your order!");
                let mail = json!({
                    "channel": "email",
                    "type": "order_notification",
                    "to": [format!("customer{n}@linen.example")],
                    "subject": format!("Order {n} was sent"),
                    "text": text,
                    "html": format!("<p>{text}</p>").repeat(20),
                    "send_at": due,
                });
                client.post(&mail.to_string()).await?;
            }
            anyhow::Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

async fn take_all(listener: TcpListener, arrived: Arc<AtomicUsize>) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(take(stream, Arc::clone(&arrived)));
    }
}

/// A conversation after RFC 5321 in which everything is taken.
async fn take(stream: TcpStream, arrived: Arc<AtomicUsize>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sink\r\n").await?;
    let (mut line, mut is_content) = (Vec::new(), false);
    while stream.read_until(b'\n', &mut line).await? > 0 {
        let answer: &[u8] = match line.get(..4).unwrap_or(&line) {
            _ if is_content && line != b".\r\n" => b"",
            _ if is_content => {
                is_content = false;
                arrived.fetch_add(1, Ordering::Relaxed);
                b"250 2.0.0 taken\r\n"
            }
            b"DATA" => {
                is_content = true;
                b"354 go on\r\n"
            }
            b"QUIT" => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await?;
        line.clear();
    }
    Ok(())
}
