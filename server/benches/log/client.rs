//! A small HTTP/1.1 client that keeps its connection: the load must cost less than what it measures.

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One open connection.
pub struct Client {
    stream: TcpStream,
    head: String,
    status: &'static str,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects to `127.0.0.1:PORT` to record activities.
    pub async fn connect(address: &str, key: &str) -> Result<Self> {
        let headers = format!("authorization: Bearer {key}\r\ncontent-type: application/json");
        Self::to(address, "/api/v1/activities", &headers, "201").await
    }

    /// Connects to `127.0.0.1:PORT` to sign in, as if a proxy stood before it that names the network of who asks.
    pub async fn signing_in(address: &str, from: &str) -> Result<Self> {
        let headers = format!(
            "origin: http://{address}\r\nx-forwarded-for: {from}\r\ncontent-type: application/x-www-form-urlencoded"
        );
        Self::to(address, "/sign-in", &headers, "303").await
    }

    /// Connects to `127.0.0.1:PORT` to send messages.
    pub async fn sending(address: &str, key: &str) -> Result<Self> {
        let headers = format!("authorization: Bearer {key}\r\ncontent-type: application/json");
        Self::to(address, "/api/v1/messages", &headers, "201").await
    }

    async fn to(address: &str, path: &str, headers: &str, status: &'static str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            head: format!("POST {path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n"),
            status,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a body and waits for the whole answer, which must have the status that is expected.
    pub async fn post(&mut self, body: &str) -> Result<()> {
        let request = format!("{}content-length: {}\r\n\r\n{body}", self.head, body.len());
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            let Some(end) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&self.buffer[..end])?;
            let length: usize = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")
                        .map(|n| n.trim().to_owned())
                })
                .context("an answer with a length")?
                .parse()?;
            if self.buffer.len() >= end + 4 + length {
                if head.split(' ').nth(1) != Some(self.status) {
                    bail!("{}", String::from_utf8_lossy(&self.buffer));
                }
                return Ok(());
            }
        }
    }
}
