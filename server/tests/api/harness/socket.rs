//! A client of `/ws`.

use super::{App, Person};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open socket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl App {
    /// Opens a socket as a signed-in person's browser.
    pub async fn socket(&self, person: &Person) -> Socket {
        let own = format!("http://{}", self.address);
        self.try_socket(&[("cookie", &person.cookie()), ("origin", &own)])
            .await
            .unwrap_or_else(|(status, body)| panic!("{status}: {body}"))
    }

    /// Opens a socket with these headers; gives status and body when it is refused.
    pub async fn try_socket(&self, headers: &[(&str, &str)]) -> Result<Socket, (u16, Value)> {
        let mut request = format!("ws://{}/ws", self.address)
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            request.headers_mut().insert(
                axum::http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value,
            );
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(Error::Http(response)) => {
                let body = response.body().clone().unwrap_or_default();
                let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
                Err((response.status().as_u16(), body))
            }
            Err(error) => panic!("{error}"),
        }
    }
}

impl Socket {
    /// Follows from a mark, or from now, and gives the mark of the greeting.
    pub async fn follow(&mut self, q: &str, mark: Option<&str>) -> String {
        self.say(&json!({"type": "follow", "q": q, "mark": mark}))
            .await;
        let hello = self.hear().await;
        assert_eq!(hello["type"], "hello", "{hello}");
        hello["mark"].as_str().unwrap().to_owned()
    }

    pub async fn say(&mut self, message: &Value) {
        self.say_text(&message.to_string()).await;
    }

    pub async fn say_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next message.
    pub async fn hear(&mut self) -> Value {
        match self.next().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("a message was expected, not {other:?}"),
        }
    }

    /// That nothing comes for half a second.
    pub async fn hear_nothing(&mut self) {
        let heard = tokio::time::timeout(Duration::from_millis(500), self.next()).await;
        assert!(heard.is_err(), "nothing was expected, not {heard:?}");
    }

    /// The code with which the server closes.
    pub async fn closed(&mut self) -> u16 {
        match self.next().await {
            Message::Close(Some(CloseFrame { code, .. })) => code.into(),
            other => panic!("a close was expected, not {other:?}"),
        }
    }

    /// The next message, or the code with which the server closes.
    pub async fn hear_or_close(&mut self) -> Result<Value, u16> {
        match self.next().await {
            Message::Text(text) => Ok(serde_json::from_str(&text).unwrap()),
            Message::Close(Some(CloseFrame { code, .. })) => Err(code.into()),
            other => panic!("a message or a close was expected, not {other:?}"),
        }
    }

    /// Whether the connection ends, however.
    pub async fn is_gone(&mut self) -> bool {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
        !matches!(next, Err(_) | Ok(Some(Ok(Message::Text(_)))))
    }

    async fn next(&mut self) -> Message {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
            match next.expect("in time").expect("open").expect("sound") {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }
}
