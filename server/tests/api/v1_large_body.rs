//! Bodies beyond the limit: the answer arrives while the client is still sending.

use crate::v1_calls::Api;
use domain::Role;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Half as much again as is allowed, and more than the buffers between hold.
const TOO_MUCH: usize = 12 * 1024 * 1024;

async fn open(api: &Api, headers: &str) -> TcpStream {
    let mut stream = TcpStream::connect(api.address).await.unwrap();
    let head = format!("POST /api/v1/activities HTTP/1.1\r\nhost: x\r\n{headers}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

fn headers(api: &Api, more: &str) -> String {
    let key = api.key(Role::Admin);
    format!("authorization: Bearer {key}\r\ncontent-type: application/json\r\n{more}")
}

/// Reads until an answer's head has come.
async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = timeout(Duration::from_secs(20), stream.read(&mut buffer)).await;
        let count = count.expect("an answer within 20 seconds").unwrap();
        assert!(count > 0, "the connection was closed without an answer");
        read.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test]
async fn a_length_beyond_the_limit_is_refused_before_the_body_comes() {
    let api = Api::start().await;
    let before = api.entries().await;
    let mut stream = open(&api, &headers(&api, &format!("content-length: {TOO_MUCH}"))).await;
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 413"));
    assert_eq!(api.entries().await, before);
}

#[tokio::test]
async fn a_client_that_only_sends_and_then_reads_gets_its_answer() {
    let api = Api::start().await;
    let allowed = TOO_MUCH / 2;
    let wrong_key = "authorization: Bearer st_nope\r\ncontent-type: application/json\r\n";
    for (headers, length, status) in [
        (headers(&api, ""), TOO_MUCH, "413"),
        (wrong_key.to_owned(), allowed, "401"),
    ] {
        let mut stream = open(&api, &format!("{headers}content-length: {length}")).await;
        stream.write_all(&vec![b' '; length]).await.unwrap();
        let head = head(&mut stream).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
    }
}

#[tokio::test]
async fn a_body_in_chunks_is_cut_off_at_the_limit_and_answered() {
    let api = Api::start().await;
    let before = api.entries().await;
    let mut stream = open(&api, &headers(&api, "transfer-encoding: chunked")).await;
    let piece = vec![b' '; 64 * 1024];
    for _ in 0..TOO_MUCH / piece.len() {
        stream.write_all(b"10000\r\n").await.unwrap();
        stream.write_all(&piece).await.unwrap();
        stream.write_all(b"\r\n").await.unwrap();
    }
    // It never ends; the answer is there all the same.
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 413"));
    assert_eq!(api.entries().await, before);
}

#[tokio::test]
async fn a_client_that_asks_for_leave_is_refused_without_sending() {
    let api = Api::start().await;
    let more = format!("content-length: {TOO_MUCH}\r\nexpect: 100-continue");
    let mut stream = open(&api, &headers(&api, &more)).await;
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_body_that_breaks_off_stores_nothing() {
    let api = Api::start().await;
    let before = api.entries().await;
    let mut stream = open(&api, &headers(&api, "content-length: 1000")).await;
    stream.write_all(br#"{"action": "a.b"}"#).await.unwrap();
    drop(stream);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(api.entries().await, before);
}

#[tokio::test]
async fn eight_mebibytes_are_read() {
    let api = Api::start().await;
    let body = format!(
        "{}{}",
        r#"{"action": "a.b"}"#,
        " ".repeat(8 * 1024 * 1024 - 17)
    );
    let call = crate::v1_calls::post("/activities").body("application/json", body.clone());
    api.admin(call).await.is(201);
    let call = crate::v1_calls::post("/activities").body("application/json", body + " ");
    assert_eq!(api.admin(call).await.is(413).code(), "too_large");
}
