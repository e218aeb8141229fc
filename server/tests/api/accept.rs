//! How connections are taken: how many at once, and how long the head of a request may take.

use crate::harness::App;
use domain::Role;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a test listens to what must stay silent.
const SILENCE: Duration = Duration::from_millis(300);

async fn connect(app: &App) -> TcpStream {
    TcpStream::connect(app.address).await.unwrap()
}

/// Asks on a connection that is kept afterwards.
async fn ask(connection: &mut TcpStream) {
    let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    connection.write_all(request).await.unwrap();
}

/// That an answer comes.
async fn hear(connection: &mut TcpStream) {
    let mut start = [0; 12];
    let heard = timeout(PATIENCE, connection.read_exact(&mut start)).await;
    heard.expect("an answer in time").unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
}

/// That no answer comes.
async fn hear_nothing(connection: &mut TcpStream) {
    let heard = timeout(SILENCE, connection.read_u8()).await;
    assert!(heard.is_err(), "nothing was expected, not {heard:?}");
}

#[tokio::test]
async fn who_never_ends_a_head_is_disconnected() {
    let app = App::start_with(&[("STORETRAIL_HEAD_SECONDS", "1")]).await;
    let mut silent = connect(&app).await;
    let mut half = connect(&app).await;
    let start = b"GET /healthz HTTP/1.1\r\nhost: x\r\n";
    half.write_all(start).await.unwrap();
    let mut slow = connect(&app).await;
    slow.write_all(start).await.unwrap();
    let begun = Instant::now();
    loop {
        // A line now and then: each is on time, the head is not.
        let is_told = slow.write_all(b"x-more: x\r\n").await.is_ok();
        let heard = timeout(SILENCE, slow.read_u8()).await;
        if !is_told || matches!(heard, Ok(Err(_))) {
            break;
        }
        assert!(heard.is_err(), "no answer was expected, but {heard:?}");
        assert!(begun.elapsed() < PATIENCE, "it is still heard out");
    }
    for connection in [&mut silent, &mut half] {
        let mut rest = Vec::new();
        let ended = timeout(PATIENCE, connection.read_to_end(&mut rest)).await;
        ended.expect("disconnected in time").unwrap();
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }
    // Whoever speaks up is answered.
    app.get("/healthz").send().await.expect(200);
}

#[tokio::test]
async fn when_all_connections_are_taken_others_wait_until_one_ends() {
    let app = App::start_with(&[("STORETRAIL_CONNECTIONS", "2")]).await;
    let person = app.person(Role::Manager).await;
    let mut kept = connect(&app).await;
    ask(&mut kept).await;
    hear(&mut kept).await;
    // A socket keeps its place.
    let socket = app.socket(&person).await;
    let mut waiting = connect(&app).await;
    ask(&mut waiting).await;
    hear_nothing(&mut waiting).await;
    drop(kept);
    hear(&mut waiting).await;
    let mut next = connect(&app).await;
    ask(&mut next).await;
    hear_nothing(&mut next).await;
    drop(socket);
    hear(&mut next).await;
}
