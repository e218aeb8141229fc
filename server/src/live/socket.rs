//! One socket.

use super::guard::Guard;
use super::hub::{Event, Frame, Subject, text_of};
use super::presence::{Room, Stay};
use super::states::{self, Heard, States, Watched};
use super::topic::{self, Told};
use crate::state::AppState;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::{LiveEvent, LiveRequest, Present, TYPING_SECONDS};
use domain::{Code, Problem, Reference};
use serde::Serialize;
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use storage::{Principal, Scope, SecurityNote};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::Instant;
use uuid::Uuid;

/// How often a ping goes out.
const PING: Duration = Duration::from_secs(20);
/// After how long without a sign of life a socket is given up.
const SILENCE: Duration = Duration::from_secs(60);
/// How long one message may take to leave.
const PATIENCE: Duration = Duration::from_secs(10);
/// For how long what was read from the ledger may still arrive from the hub.
const ECHO: Duration = Duration::from_secs(10);
/// Storetrail's close code for a session that ended or changed: HTTP's 401 in the private range (RFC 6455 7.4.2).
const SESSION_ENDED: u16 = 4401;

/// Why a socket is closed.
enum End {
    /// The client left, or can't be reached.
    Gone,
    /// Its session or key ended or changed.
    SessionEnded,
    /// The server stops.
    ServerStops,
}

/// Serves a socket until it ends.
pub(super) async fn serve(socket: WebSocket, state: AppState, scope: Scope, guard: Guard) {
    let mut connection = Connection {
        socket,
        state,
        scope,
        guard,
        following: None,
        stay: None,
        typing_until: None,
        watched: None,
        heard: Instant::now(),
    };
    let (code, reason) = match connection.run().await {
        End::Gone => return,
        End::SessionEnded => (SESSION_ENDED, "the session ended or changed"),
        End::ServerStops => (close_code::AWAY, "the server stops"),
    };
    let close = Message::Close(Some(CloseFrame {
        code,
        reason: Utf8Bytes::from_static(reason),
    }));
    // Whoever doesn't take it is dropped all the same.
    let _ = tokio::time::timeout(PATIENCE, connection.socket.send(close)).await;
}

/// What a client follows at the moment.
struct Following {
    subject: Subject,
    frames: Receiver<Frame>,
    /// The last mark it was sent.
    mark: String,
    /// What was read from the ledger and may come again from the hub.
    echo: Echo,
}

/// What was read from the ledger a moment ago.
#[derive(Default)]
struct Echo {
    marks: HashSet<String>,
    abouts: HashSet<Uuid>,
    until: Option<Instant>,
}

/// What to do with an event of the hub.
enum Verdict {
    /// It is new.
    Send,
    /// It was read from the ledger already.
    Skip,
    /// Its entry was read from the ledger, this record of it wasn't: older or newer, the ledger knows.
    Ask,
}

impl Echo {
    fn judge(&mut self, event: &Event) -> Verdict {
        if self.until.is_some_and(|until| until < Instant::now()) {
            *self = Self::default();
        }
        if event
            .mark
            .as_ref()
            .is_some_and(|mark| self.marks.contains(mark))
        {
            Verdict::Skip
        } else if self.abouts.contains(&event.about) {
            Verdict::Ask
        } else {
            Verdict::Send
        }
    }

    fn remember(&mut self, told: &Told) {
        if let (Some(mark), Some(about)) = (&told.mark, told.about) {
            self.marks.insert(mark.clone());
            self.abouts.insert(about);
            self.until = Some(Instant::now() + ECHO);
        }
    }
}

/// What a client is told when it wasn't understood.
#[derive(Serialize)]
#[serde(tag = "type", rename = "problem")]
struct Refusal<'a> {
    problem: &'a Problem,
}

/// Who else has the thread open.
#[derive(Serialize)]
#[serde(tag = "type", rename = "presence")]
struct PeopleHere {
    people: Vec<Present>,
}

struct Connection {
    socket: WebSocket,
    state: AppState,
    scope: Scope,
    guard: Guard,
    following: Option<Following>,
    /// Where others see this person.
    stay: Option<Stay>,
    typing_until: Option<Instant>,
    /// Set in place of `following` while the topic is of states, which are no entries of the ledger.
    watched: Option<Watched>,
    heard: Instant,
}

impl Connection {
    async fn run(&mut self) -> End {
        let mut ping = tokio::time::interval_at(Instant::now() + PING, PING);
        loop {
            let outcome = tokio::select! {
                biased;
                () = self.guard.ended() => return End::SessionEnded,
                () = self.state.hub.shutdown().wait() => return End::ServerStops,
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.hear(message).await,
                    Some(Err(_)) | None => return End::Gone,
                },
                frame = next_frame(&mut self.following) => self.pass_on(frame).await,
                () = changed(&mut self.stay) => self.tell_people().await,
                () = passed(self.typing_until) => {
                    self.say_typing(false);
                    Ok(())
                }
                heard = states::next(&mut self.watched) => self.tell_state(heard).await,
                _ = ping.tick() => self.ping().await,
            };
            if let Err(end) = outcome {
                return end;
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), End> {
        self.heard = Instant::now();
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(LiveRequest::Follow { q, mark }) => {
                    self.follow(topic::named(&text).as_deref(), &q, mark).await
                }
                Ok(LiveRequest::Typing { is_typing }) => {
                    self.say_typing(is_typing);
                    Ok(())
                }
                Err(_) => {
                    self.refuse(&Problem::new(
                        Code::MalformedJson,
                        "not understood; send {\"type\":\"follow\",\"q\":\"\",\"mark\":null}",
                    ))
                    .await
                }
            },
            Message::Binary(_) => {
                self.refuse(&Problem::new(
                    Code::UnsupportedMediaType,
                    "messages are JSON text, this was binary",
                ))
                .await
            }
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(End::Gone),
        }
    }

    async fn follow(
        &mut self,
        topic: Option<&str>,
        q: &str,
        mark: Option<String>,
    ) -> Result<(), End> {
        if let Some(states) = States::named(topic) {
            return self.follow_states(states, mark.is_some()).await;
        }
        let subject = match topic::subject(&self.state.storage, &self.scope, topic, q) {
            Ok(subject) => subject,
            Err(problem) => return self.refuse_topic(topic, &problem).await,
        };
        // First the hub, then the ledger: what is committed between the two comes twice and is told apart.
        let frames = self.state.hub.subscribe(&self.scope, &subject);
        let is_resumed = mark.is_some();
        let mark = match mark {
            Some(mark) => mark,
            None => match self.state.storage.current_mark(&self.scope).await {
                Ok(mark) => mark,
                Err(error) => return self.fail(&error).await,
            },
        };
        self.send_event(&LiveEvent::Hello { mark: mark.clone() })
            .await?;
        let order = subject.order().map(str::to_owned);
        self.watched = None;
        self.following = Some(Following {
            subject,
            frames,
            mark,
            echo: Echo::default(),
        });
        if is_resumed {
            self.read_on().await?;
        }
        self.stay_in(order).await
    }

    /// Lets a person be seen by the others who have the same thread open, if it is open to them.
    async fn stay_in(&mut self, order: Option<String>) -> Result<(), End> {
        let room = order.map(|number| Room {
            store: self.scope.store_id(),
            number,
        });
        if let (Some(stay), Some(room)) = (&mut self.stay, &room)
            && stay.room() == room
        {
            if !stay.others().is_empty() {
                return self.tell_people().await;
            }
            return Ok(());
        }
        self.stay = None;
        self.typing_until = None;
        let (Some(room), Principal::User { id, name, .. }) = (room, self.scope.principal()) else {
            return Ok(());
        };
        let (id, name) = (*id, name.clone());
        match self
            .state
            .storage
            .opens_order(&self.scope, &room.number)
            .await
        {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => return self.fail(&error).await,
        }
        let mut stay = self.state.hub.presence().enter(room, id, name);
        let has_others = !stay.others().is_empty();
        self.stay = Some(stay);
        if has_others {
            self.tell_people().await?;
        }
        Ok(())
    }

    async fn tell_people(&mut self) -> Result<(), End> {
        let Some(stay) = &mut self.stay else {
            return Ok(());
        };
        let people = stay.others();
        self.send(Message::Text(text_of(&PeopleHere { people })))
            .await
    }

    fn say_typing(&mut self, is_typing: bool) {
        let Some(stay) = &self.stay else { return };
        // Said again and again while somebody writes: the others are told of changes only.
        if is_typing != self.typing_until.is_some() {
            stay.say_typing(is_typing);
        }
        let until = Instant::now() + Duration::from_secs(TYPING_SECONDS);
        self.typing_until = is_typing.then_some(until);
    }

    async fn follow_states(&mut self, states: States, is_resumed: bool) -> Result<(), End> {
        if let Err(problem) = self.scope.require(states.permission()) {
            return self.refuse_topic(Some(states.name()), &problem).await;
        }
        self.following = None;
        self.stay = None;
        self.typing_until = None;
        self.watched = Some(states.watch(&self.state.storage));
        self.send_event(&LiveEvent::Hello {
            mark: states.name().to_owned(),
        })
        .await?;
        if is_resumed {
            self.send(Message::Text(states.resync())).await?;
        }
        Ok(())
    }

    async fn tell_state(&mut self, heard: Heard) -> Result<(), End> {
        match states::event(&self.state.storage, &self.scope, heard).await {
            Ok(Some(text)) => self.send(Message::Text(text)).await,
            Ok(None) => Ok(()),
            Err(error) => self.fail(&error).await,
        }
    }

    async fn pass_on(&mut self, frame: Result<Frame, RecvError>) -> Result<(), End> {
        let event = match frame {
            Ok(Frame::Event(event)) => event,
            Ok(Frame::Gap) | Err(RecvError::Lagged(_)) => return self.read_on().await,
            Ok(Frame::Erased) => return self.say_load_again().await,
            Err(RecvError::Closed) => return Err(End::ServerStops),
        };
        let Some(following) = &mut self.following else {
            return Ok(());
        };
        match following.echo.judge(&event) {
            Verdict::Skip => Ok(()),
            Verdict::Ask => self.read_on().await,
            Verdict::Send => {
                if let Some(mark) = &event.mark {
                    following.mark.clone_from(mark);
                    self.note_shown().await?;
                }
                self.send(Message::Text(event.text.clone())).await
            }
        }
    }

    /// Has the client load again what it shows.
    async fn say_load_again(&mut self) -> Result<(), End> {
        let mark = match self.state.storage.current_mark(&self.scope).await {
            Ok(mark) => mark,
            Err(error) => return self.fail(&error).await,
        };
        if let Some(following) = &mut self.following {
            following.mark.clone_from(&mark);
        }
        self.send_event(&LiveEvent::Resync { mark }).await
    }

    /// Sends what the ledger holds after the last mark.
    async fn read_on(&mut self) -> Result<(), End> {
        let Some(following) = &self.following else {
            return Ok(());
        };
        let storage = &self.state.storage;
        let read = topic::read_on(storage, &self.scope, &following.subject, &following.mark);
        let events = match read.await {
            Ok(events) => events,
            Err(error) => return self.fail(&error).await,
        };
        for event in events {
            if let Some(following) = &mut self.following {
                if let Some(mark) = &event.mark {
                    following.mark.clone_from(mark);
                }
                following.echo.remember(&event);
            }
            if event.about.is_some() {
                self.note_shown().await?;
            }
            self.send(Message::Text(event.text)).await?;
        }
        Ok(())
    }

    /// Notes, before they are sent a message of the thread that they follow, that a person is shown it whole. What else
    /// is followed is told by lines, and looked at by asking for it.
    async fn note_shown(&mut self) -> Result<(), End> {
        let Some(number) = self.following.as_ref().and_then(|f| f.subject.order()) else {
            return Ok(());
        };
        let noted = self.state.storage.note_thread(&self.scope, number).await;
        match noted {
            Ok(()) => Ok(()),
            Err(error) => self.fail(&error).await,
        }
    }

    async fn ping(&mut self) -> Result<(), End> {
        if self.heard.elapsed() > SILENCE {
            return Err(End::Gone);
        }
        self.send(Message::Ping(Bytes::new())).await
    }

    /// A fault of ours: the socket is closed, and the client resumes from its last mark on another.
    async fn fail(&mut self, error: &storage::Error) -> Result<(), End> {
        let reference = self.state.storage.ambient().uuid().to_string();
        tracing::error!(%error, reference, "a live view failed");
        self.refuse(&error.to_problem(&reference)).await?;
        Err(End::Gone)
    }

    /// Refuses a topic. One that the role doesn't open stands in the security log, as a call does that is answered 403: of
    /// orders as one, and of a client that asks again and again once a minute.
    async fn refuse_topic(&mut self, topic: Option<&str>, problem: &Problem) -> Result<(), End> {
        if let (Code::Forbidden, Some(name)) = (problem.code, topic) {
            let kind = name.split(':').next().unwrap_or(name);
            let mut note = SecurityNote::new(
                SecurityEventName::AccessDenied,
                SecurityOutcome::Denied,
                self.scope.caller().clone(),
            );
            let needed = topic::needs(name);
            note.reason = Some(self.scope.denial(needed));
            note.subject = Some(Reference {
                kind: "call".to_owned(),
                id: format!("GET /ws {kind}"),
                name: None,
            });
            note.details = needed.map(|needed| json!({ "needs": needed }));
            let noted = self.state.storage.note_security(Some(&self.scope), note);
            if let Err(error) = noted.await {
                tracing::error!(%error, "a refused topic couldn't be noted");
            }
        }
        self.refuse(problem).await
    }

    async fn refuse(&mut self, problem: &Problem) -> Result<(), End> {
        let text = serde_json::to_string(&Refusal { problem })
            .expect("a problem holds text, which is always JSON");
        self.send(Message::Text(text.into())).await
    }

    async fn send_event(&mut self, event: &LiveEvent) -> Result<(), End> {
        self.send(Message::Text(text_of(event))).await
    }

    /// Sends, unless the session ends or the client doesn't take it in time.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        tokio::select! {
            biased;
            () = self.guard.ended() => Err(End::SessionEnded),
            sent = tokio::time::timeout(PATIENCE, self.socket.send(message)) => match sent {
                Ok(Ok(())) => Ok(()),
                _ => Err(End::Gone),
            },
        }
    }
}

async fn changed(stay: &mut Option<Stay>) {
    match stay {
        Some(stay) => stay.changed().await,
        None => std::future::pending().await,
    }
}

async fn passed(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

async fn next_frame(following: &mut Option<Following>) -> Result<Frame, RecvError> {
    match following {
        Some(following) => following.frames.recv().await,
        None => std::future::pending().await,
    }
}
