//! `smtp://user:password@host:port?tls=required`: where and how mail is handed over.

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use percent_encoding::percent_decode_str;
use reqwest::Url;
use std::fmt;
use std::time::Duration;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all: a server on this machine.
    None,
    /// By STARTTLS when the server offers it (`tls=opportunistic`).
    Offered,
    /// By STARTTLS, or no mail goes out (`tls=required`).
    Required,
    /// From the first byte (`smtps://`, RFC 8314 3.3).
    Implicit,
}

/// How long the server may take (RFC 5321 4.5.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until the connection stands, with greeting, TLS and signing in.
    pub connect: Duration,
    /// Until a command is answered.
    pub command: Duration,
    /// Until the content is answered.
    pub answer: Duration,
}

/// Where and how mail is handed over.
#[derive(Clone)]
pub struct SmtpAddress {
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: Encryption,
    pub(super) tls: TlsParameters,
    pub(super) credentials: Option<Credentials>,
    /// How long it may take.
    pub patience: Patience,
}

impl fmt::Debug for SmtpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} ({:?})", self.host, self.port, self.encryption)
    }
}

impl SmtpAddress {
    /// Reads an address. `smtp://` has port 25 unless `tls=required` makes it 587, `smtps://` 465. Parameters:
    /// `tls` (`none`, `opportunistic`, `required`), `timeout` in seconds (1 to 900) for every wait, `ca` for a PEM
    /// file with the authority that signed the server's certificate.
    ///
    /// # Errors
    /// What is wrong with it, without its password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or("it names no host")?;
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let mut encryption = match url.scheme() {
            "smtps" => Encryption::Implicit,
            _ => Encryption::None,
        };
        let mut patience = Patience {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(120),
            answer: Duration::from_secs(600),
        };
        let mut tls = TlsParameters::builder(host.clone());
        for (name, value) in url.query_pairs() {
            match (name.as_ref(), value.as_ref()) {
                ("tls", "none") if url.scheme() == "smtp" => encryption = Encryption::None,
                ("tls", "opportunistic") if url.scheme() == "smtp" => {
                    encryption = Encryption::Offered
                }
                ("tls", "required") if url.scheme() == "smtp" => encryption = Encryption::Required,
                ("timeout", seconds) => {
                    let seconds = seconds.parse().ok().filter(|n| (1..=900).contains(n));
                    let wait = Duration::from_secs(seconds.ok_or("timeout: 1 to 900 seconds")?);
                    patience = Patience {
                        connect: wait,
                        command: wait,
                        answer: wait,
                    };
                }
                ("ca", path) => {
                    let pem = std::fs::read(path).map_err(|error| format!("ca: {error}"))?;
                    let certificate = Certificate::from_pem(&pem).map_err(|_| "ca: no PEM file")?;
                    tls = tls.add_root_certificate(certificate);
                }
                (name, _) => {
                    return Err(format!(
                        "parameter {name} is not known or has no such value"
                    ));
                }
            }
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let credentials = url
            .password()
            .map(|password| Credentials::new(decoded(url.username()), decoded(password)));
        let is_here = host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        if credentials.is_some()
            && !is_here
            && matches!(encryption, Encryption::None | Encryption::Offered)
        {
            return Err(
                "the password would go over the wire in the clear; use smtps:// or ?tls=required"
                    .to_owned(),
            );
        }
        let default_port = match encryption {
            Encryption::Implicit => 465,
            Encryption::Required => 587,
            Encryption::None | Encryption::Offered => 25,
        };
        Ok(Self {
            port: url.port().unwrap_or(default_port),
            tls: tls.build().map_err(|error| error.to_string())?,
            host,
            encryption,
            credentials,
            patience,
        })
    }
}
