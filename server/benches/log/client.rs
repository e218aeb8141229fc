//! A small HTTP/1.1 client that keeps its connection: the load must cost less than what it measures.

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One open connection.
pub struct Client {
    stream: TcpStream,
    head: String,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects to `127.0.0.1:PORT`.
    pub async fn connect(address: &str, key: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST /api/v1/activities HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n"
        );
        Ok(Self {
            stream,
            head,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a body and waits for the whole answer, which must be a 201.
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
                if !head.starts_with("HTTP/1.1 201") {
                    bail!("{}", String::from_utf8_lossy(&self.buffer));
                }
                return Ok(());
            }
        }
    }
}
