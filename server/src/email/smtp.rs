//! Handing mail over by SMTP (RFC 5321), on connections that are kept and used again.
//!
//! lettre speaks the protocol; the conversation is led here and not by its transport, because only so it is known
//! how far it came: before the mail's content was sent, a broken connection is harmless and the attempt can be
//! made again; after it, the server may have taken the mail, and nobody may repeat it silently.

use super::compose::Composed;
use lettre::Address;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

mod address;

pub use address::{Encryption, SmtpAddress};

/// For how long an unused connection is kept: servers close them after a few minutes.
const KEPT: Duration = Duration::from_secs(60);
/// How many unused connections are kept.
const MAX_KEPT: usize = 32;
/// How many characters of an answer are kept.
const MAX_ANSWER: usize = 2_000;

/// What became of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandOver {
    /// The server took it: it is theirs now.
    Accepted {
        /// The server's words.
        answer: String,
        /// The copies that it did not take.
        refused: Vec<RefusedCopy>,
    },
    /// The server put it off (4yz): try again later.
    Deferred {
        /// The reply code.
        code: u16,
        /// The server's words.
        answer: String,
    },
    /// The server refused it (5yz): final.
    Rejected {
        /// The reply code.
        code: u16,
        /// The server's words.
        answer: String,
    },
    /// The content was never sent: safe to try again.
    Unreachable {
        /// What went wrong.
        reason: String,
    },
    /// The content was sent and no answer came: the server may have taken it. Not to be repeated silently.
    Unknown {
        /// What went wrong.
        reason: String,
    },
}

/// A copy that the server did not take while it took the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedCopy {
    /// Whose.
    pub address: String,
    /// The reply code: 4yz puts it off, 5yz is final.
    pub code: u16,
    /// The server's words.
    pub answer: String,
}

/// A mail server and the connections to it.
pub struct Smtp {
    address: SmtpAddress,
    hello: ClientId,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

/// Why the content wasn't sent.
enum Halt {
    /// The server answered so.
    Refused(Refusal),
    /// The connection is of no use any more.
    Broken(String),
}

struct Refusal {
    code: u16,
    answer: String,
}

impl From<Refusal> for HandOver {
    fn from(Refusal { code, answer }: Refusal) -> Self {
        if code >= 500 {
            Self::Rejected { code, answer }
        } else {
            Self::Deferred { code, answer }
        }
    }
}

impl Smtp {
    /// A server to hand over to; `name` is what this one calls itself in `EHLO`.
    pub fn new(address: SmtpAddress, name: &str) -> Self {
        Self {
            address,
            hello: ClientId::Domain(name.to_owned()),
            idle: Mutex::default(),
        }
    }

    /// Hands a mail over once. Takes at most a few times the address' patience.
    pub async fn hand_over(&self, mail: &Composed) -> HandOver {
        let mut kept = self.take();
        loop {
            let is_fresh = kept.is_none();
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => match self.connect().await {
                    Ok(connection) => connection,
                    Err(reason) => return HandOver::Unreachable { reason },
                },
            };
            match self.begin(&mut connection, mail).await {
                Ok(refused) => return self.send(connection, mail, refused).await,
                Err(Halt::Refused(refusal)) => {
                    if self.command(&mut connection, Rset).await.is_ok() {
                        self.keep(connection);
                    }
                    return refusal.into();
                }
                Err(Halt::Broken(reason)) if is_fresh => return HandOver::Unreachable { reason },
                // A kept connection may have been closed long ago; a fresh one tells the truth.
                Err(Halt::Broken(_)) => {}
            }
        }
    }

    /// Says goodbye on every connection that is kept.
    pub async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for mut idle in idle {
            let _ = timeout(Duration::from_secs(1), idle.connection.command(Quit)).await;
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let patience = self.address.patience;
        let connecting = self.open();
        match timeout(patience.connect, connecting).await {
            Ok(connected) => connected.map_err(|error| words(&error)),
            Err(_) => Err("no connection in time".to_owned()),
        }
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let address = &self.address;
        let implicit = match address.encryption {
            Encryption::Implicit => Some(address.tls.clone()),
            _ => None,
        };
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (address.host.as_str(), address.port),
            Some(address.patience.connect),
            &self.hello,
            implicit,
            None,
        )
        .await?;
        let upgrades = match address.encryption {
            Encryption::Required => true,
            Encryption::Offered => connection.can_starttls(),
            Encryption::Implicit | Encryption::None => false,
        };
        if upgrades {
            connection
                .starttls(address.tls.clone(), &self.hello)
                .await?;
        }
        if let Some(credentials) = &address.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    /// Everything before the content. Gives the copies that the server did not take; of a mail that has nothing but
    /// copies, one must be taken.
    async fn begin(
        &self,
        connection: &mut AsyncSmtpConnection,
        mail: &Composed,
    ) -> Result<Vec<RefusedCopy>, Halt> {
        let is_plain = |address: &Address| address.to_string().is_ascii();
        let everyone = mail.to.iter().chain(&mail.copies);
        let mut parameters = Vec::new();
        if !everyone.clone().chain([&mail.sender]).all(is_plain) {
            if !connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                return Err(Halt::Refused(Refusal {
                    code: 553,
                    answer: "the mail server takes ASCII addresses alone (no SMTPUTF8)".to_owned(),
                }));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        self.command(connection, Mail::new(Some(mail.sender.clone()), parameters))
            .await?;
        for address in &mail.to {
            self.command(connection, Rcpt::new(address.clone(), vec![]))
                .await?;
        }
        let mut refused: Vec<RefusedCopy> = Vec::new();
        for address in &mail.copies {
            match self
                .command(connection, Rcpt::new(address.clone(), vec![]))
                .await
            {
                Ok(_) => {}
                // A copy that isn't taken keeps nobody else's from going out.
                Err(Halt::Refused(Refusal { code, answer })) => refused.push(RefusedCopy {
                    address: address.to_string(),
                    code,
                    answer,
                }),
                Err(broken) => return Err(broken),
            }
        }
        if mail.to.is_empty() && refused.len() == mail.copies.len() {
            // Put off, as long as one of them is: the others are refused again then.
            let first = refused.into_iter().min_by_key(|copy| copy.code >= 500);
            let (code, answer) = first.map_or_else(
                || (503, "there is nobody to send it to".to_owned()),
                |copy| (copy.code, copy.answer),
            );
            return Err(Halt::Refused(Refusal { code, answer }));
        }
        self.command(connection, Data).await?;
        Ok(refused)
    }

    async fn send(
        &self,
        mut connection: AsyncSmtpConnection,
        mail: &Composed,
        refused: Vec<RefusedCopy>,
    ) -> HandOver {
        let answered = timeout(
            self.address.patience.answer,
            connection.message(&mail.bytes),
        )
        .await;
        match answered {
            Ok(Ok(response)) => {
                let answer = text_of(&response);
                self.keep(connection);
                HandOver::Accepted { answer, refused }
            }
            Ok(Err(error)) => match halt(&error) {
                Halt::Refused(refusal) => {
                    self.keep(connection);
                    refusal.into()
                }
                Halt::Broken(reason) => HandOver::Unknown { reason },
            },
            Err(_) => HandOver::Unknown {
                reason: "no answer in time".to_owned(),
            },
        }
    }

    async fn command(
        &self,
        connection: &mut AsyncSmtpConnection,
        command: impl std::fmt::Display,
    ) -> Result<Response, Halt> {
        match timeout(self.address.patience.command, connection.command(command)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(match halt(&error) {
                // 421: the server closes the connection (RFC 5321 3.8).
                Halt::Refused(refusal) if refusal.code == 421 => {
                    Halt::Broken(format!("421 {}", refusal.answer))
                }
                halt => halt,
            }),
            Err(_) => Err(Halt::Broken("no answer in time".to_owned())),
        }
    }

    fn take(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle();
        idle.retain(|idle| idle.since.elapsed() < KEPT);
        idle.pop().map(|idle| idle.connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle();
        if idle.len() < MAX_KEPT && !connection.has_broken() {
            idle.push(Idle {
                connection,
                since: Instant::now(),
            });
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn halt(error: &lettre::transport::smtp::Error) -> Halt {
    let code = error
        .status()
        .and_then(|code| code.to_string().parse().ok());
    match code {
        Some(code) => Halt::Refused(Refusal {
            code,
            answer: error
                .source()
                .map_or_else(String::new, |source| bounded(&source.to_string())),
        }),
        None => Halt::Broken(words(error)),
    }
}

/// What went wrong, without what a server could hide in it.
fn words(error: &lettre::transport::smtp::Error) -> String {
    bounded(&error.to_string())
}

fn text_of(response: &Response) -> String {
    let lines: Vec<_> = response.message().collect();
    bounded(&format!("{} {}", response.code(), lines.join(" ")))
}

fn bounded(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    text.chars()
        .filter(|c| !c.is_control())
        .take(MAX_ANSWER)
        .collect()
}

#[cfg(test)]
mod tests;
