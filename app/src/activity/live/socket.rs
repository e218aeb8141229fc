//! The task that holds the socket: follows, resumes without gap or repetition, waits longer each time.

mod again;
mod arriving;
mod greeted;

use super::{Command, Connection, Follower, Following, Live};
use crate::activity::browser;
use crate::status;
pub use arriving::{flush, forget_waiting, take_in};
use domain::view::LiveRequest;
use domain::{Code, Problem};
use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use futures::future::{Either, poll_fn, select};
use futures::{SinkExt as _, StreamExt as _};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, State, WebSocketError};
use gloo_timers::future::TimeoutFuture;
pub use greeted::{count_meanwhile, greeted, greeted_at, lose_count};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The server closes with this code when the session has ended.
const SESSION_ENDED: u16 = 4401;
/// After so long without a word the server is asked for one.
const QUIET_MS: u32 = 25_000;
/// It has so long to answer.
const ANSWER_MS: u32 = 8_000;
/// A loss is said across the page after so long.
const LONG_MS: u32 = 5_000;
/// The first wait; each one is twice as long, up to the longest.
const FIRST_WAIT_MS: f64 = 500.0;
/// The longest wait.
const LONGEST_WAIT_MS: f64 = 30_000.0;

impl Live {
    /// Notes the last mark seen.
    pub fn set_mark(self, mark: String) {
        self.following
            .try_update_value(|following| following.mark = Some(mark));
    }

    /// How the task is told.
    pub fn set_tell(self, tell: impl Fn(Command) + Send + Sync + 'static) {
        self.tell.set_value(Some(Arc::new(tell)));
    }
}

/// What is said to follow a topic, from the last mark on or from now.
#[derive(Serialize)]
#[serde(tag = "type", rename = "follow")]
struct Follow {
    topic: String,
    q: String,
    mark: Option<String>,
}

fn request(log: impl Follower) -> String {
    let Following { q, mark } = log.live().following();
    let topic = log.topic();
    // Words alone are always JSON.
    serde_json::to_string(&Follow { topic, q, mark }).unwrap_or_default()
}

/// What the server says of what it can't do.
#[derive(Deserialize)]
struct Refusal {
    problem: Problem,
}

/// Takes in that the query isn't understood: nothing comes until there is another, but the connection is there. False
/// when it is something else that was said.
fn take_refusal(live: Live, text: &str) -> bool {
    let is_mistaken = crate::wire::read::<Refusal>(text)
        .is_ok_and(|refusal| refusal.problem.code == Code::InvalidQuery);
    if is_mistaken {
        greeted(live);
    }
    is_mistaken
}

/// Why a socket is no longer held.
enum Left {
    Lost,
    SessionEnded,
    Stopped,
}

/// Follows what is shown until the page is left.
pub fn start(log: impl Follower) {
    follow(log);
    // What the page asks for may be refused before the socket is closed.
    Effect::new(move |_| {
        if status::is_signed_out() {
            ended(log.live());
            log.live().command(Command::Stop);
        }
    });
    let listeners = [
        window_event_listener(ev::online, move |_| log.live().command(Command::TryNow)),
        window_event_listener(ev::offline, move |_| log.live().command(Command::Offline)),
        window_event_listener(ev::focus, move |_| log.live().command(Command::TryNow)),
    ];
    on_cleanup(move || {
        log.live().command(Command::Stop);
        listeners.into_iter().for_each(WindowListenerHandle::remove);
    });
    again::look_when_back(log);
}

/// Starts the task that holds the socket.
fn follow(log: impl Follower) {
    let (sender, commands) = unbounded();
    log.live().set_tell(move |command| {
        // A task that is gone needs no command.
        let _ = sender.unbounded_send(command);
    });
    spawn_local(run(log, commands));
}

async fn run(log: impl Follower, mut commands: UnboundedReceiver<Command>) {
    let mut tries = 0;
    loop {
        let left = match WebSocket::open(&address()) {
            Ok(socket) => hold(log, socket, &mut commands, &mut tries).await,
            Err(_) => Left::Lost,
        };
        let has_ended = match left {
            Left::Stopped => return,
            Left::SessionEnded => true,
            Left::Lost if status::is_signed_out_untracked() => true,
            // A handshake that is refused looks like a network that is gone: ask.
            Left::Lost => tries >= 1 && is_signed_out().await,
        };
        if has_ended {
            ended(log.live());
            return;
        }
        lost(log);
        let longest = (FIRST_WAIT_MS * f64::from(1 << tries.min(8))).min(LONGEST_WAIT_MS);
        tries += 1;
        // Everyone lost it at the same moment; they must not all come back at the same one.
        if !wait(
            log,
            longest * (0.5 + browser::random() / 2.0),
            &mut commands,
        )
        .await
        {
            return;
        }
    }
}

fn address() -> String {
    let location = window().location();
    let scheme = match location.protocol().as_deref() {
        Ok("https:") => "wss",
        _ => "ws",
    };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}

async fn is_signed_out() -> bool {
    matches!(crate::viewer::load_viewer().await, Err(error) if error.code() == domain::Code::Unauthenticated)
}

/// Notes that the session has ended.
fn ended(live: Live) {
    live.connection.try_set(Connection::Ended);
    live.is_lost_long.try_set(true);
    live.next_try.try_set(None);
}

/// Notes the loss; says it across the page if it lasts.
fn lost(log: impl Follower) {
    if log.live().connection.try_get_untracked() == Some(Connection::Lost) {
        return;
    }
    log.live().connection.try_set(Connection::Lost);
    log.live().lost_at.try_set(Some(log.now()));
    spawn_local(async move {
        TimeoutFuture::new(LONG_MS).await;
        if log.live().connection.try_get_untracked() == Some(Connection::Lost) {
            log.live().is_lost_long.try_set(true);
        }
    });
}

/// Waits, counting the seconds down. False when the page was left.
async fn wait(
    log: impl Follower,
    milliseconds: f64,
    commands: &mut UnboundedReceiver<Command>,
) -> bool {
    let end = browser::milliseconds() + milliseconds;
    loop {
        let left = end - browser::milliseconds();
        if left <= 0.0 {
            break;
        }
        log.live()
            .next_try
            .try_set(Some((left / 1_000.0).ceil() as u32));
        let part = left.clamp(1.0, 1_000.0) as u32;
        match select(commands.next(), TimeoutFuture::new(part)).await {
            Either::Left((Some(Command::Stop) | None, _)) => return false,
            Either::Left((Some(Command::TryNow), _)) => break,
            Either::Left(_) | Either::Right(_) => {}
        }
    }
    log.live().next_try.try_set(None);
    true
}

/// Follows over a socket until it is lost.
async fn hold(
    log: impl Follower,
    mut socket: WebSocket,
    commands: &mut UnboundedReceiver<Command>,
    tries: &mut u32,
) -> Left {
    // What arrives before the greeting belongs to what was followed before.
    let mut is_greeted = false;
    let mut is_asked = true;
    send(&mut socket, request(log)).await;
    loop {
        let quiet = TimeoutFuture::new(if is_asked { ANSWER_MS } else { QUIET_MS });
        match first_of(&mut socket, commands, quiet).await {
            Event::Message(message) => match message {
                Some(Ok(Message::Text(text))) => {
                    is_asked = false;
                    if log.take(&text, &mut is_greeted)
                        || (!is_greeted && take_refusal(log.live(), &text))
                    {
                        *tries = 0;
                    }
                }
                Some(Ok(Message::Bytes(_))) => {}
                Some(Err(WebSocketError::ConnectionClose(close)))
                    if close.code == SESSION_ENDED =>
                {
                    return Left::SessionEnded;
                }
                Some(Err(_)) | None => return Left::Lost,
            },
            Event::Command(command) => match command {
                Some(Command::Follow) => {
                    is_greeted = false;
                    is_asked = true;
                    send(&mut socket, request(log)).await;
                }
                Some(Command::Typing(is_typing)) => {
                    let said = LiveRequest::Typing { is_typing };
                    let text = serde_json::to_string(&said).unwrap_or_default();
                    send(&mut socket, text).await;
                }
                Some(Command::TryNow) => {}
                Some(Command::Offline) => return Left::Lost,
                Some(Command::Stop) | None => return Left::Stopped,
            },
            Event::Quiet if is_asked => return Left::Lost,
            Event::Quiet => {
                is_greeted = false;
                is_asked = true;
                send(&mut socket, request(log)).await;
            }
        }
    }
}

/// What the task wakes up for.
enum Event {
    Message(Option<Result<Message, WebSocketError>>),
    Command(Option<Command>),
    Quiet,
}

async fn first_of(
    socket: &mut WebSocket,
    commands: &mut UnboundedReceiver<Command>,
    quiet: TimeoutFuture,
) -> Event {
    match select(select(socket.next(), commands.next()), quiet).await {
        Either::Left((Either::Left((message, _)), _)) => Event::Message(message),
        Either::Left((Either::Right((command, _)), _)) => Event::Command(command),
        Either::Right(_) => Event::Quiet,
    }
}

/// Sends once the socket is open. A closing one is given nothing, since the browser would complain on its console; why it
/// closes is what it has to read next.
async fn send(socket: &mut WebSocket, text: String) {
    let is_ready = poll_fn(|context| socket.poll_ready_unpin(context)).await;
    if is_ready.is_ok() && matches!(socket.state(), State::Open) {
        // What could not be sent is noticed as what closed it.
        let _ = socket.send(Message::Text(text)).await;
    }
}
