//! What each setting takes.

use super::layers::without_password;
use super::{Layers, SETTINGS, Showing};
use crate::deliver::SigningSecret;
use crate::email::retry::RetryPlan;
use crate::email::smtp::SmtpAddress;
use crate::openid::Provider;
use axum::http::Uri;
use domain::IpRange;
use domain::message::{Mailbox, MessageType, is_address, is_e164};
use std::net::SocketAddr;
use std::path::Path;

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Reads settings and notes what is wrong with them.
pub(super) struct Reader<'a> {
    pub(super) layers: &'a Layers,
    pub(super) faults: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn fault(&mut self, name: &str, expected: &str) {
        let value = self.layers.get(name).unwrap_or_default();
        let showing = SETTINGS
            .iter()
            .find(|setting| setting.name == name)
            .map_or(Showing::Secret, |setting| setting.showing);
        let shown = match showing {
            Showing::Plain => format!(" `{value}`"),
            Showing::Address => format!(" `{}`", without_password(value)),
            Showing::Secret => String::new(),
        };
        let source = self.layers.source(name);
        self.faults
            .push(format!("{name}{shown} ({source}): {expected}"));
    }

    /// The providers of the file, or none without one.
    pub(super) fn openid_providers(&mut self) -> Option<Vec<Provider>> {
        let Some(path) = self.layers.get("openid_file") else {
            return Some(Vec::new());
        };
        match Provider::read(Path::new(path)) {
            Ok(providers) => Some(providers),
            Err(error) => {
                self.faults.push(format!("{error:#}"));
                None
            }
        }
    }

    pub(super) fn listen(&mut self) -> Option<SocketAddr> {
        let listen = self.layers.get("listen")?.parse().ok();
        if listen.is_none() {
            self.fault(
                "listen",
                "an address and a port are expected, such as 127.0.0.1:3000",
            );
        }
        listen
    }

    /// `http` or `https`, a host, maybe a port, and nothing else: cookies and links are made from it.
    pub(super) fn public_url(&mut self) -> Option<String> {
        let text = self.layers.get("public_url")?.trim_end_matches('/');
        let uri: Option<Uri> = text.parse().ok();
        let is_origin = uri.is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri
                    .authority()
                    .is_some_and(|authority| !authority.as_str().contains('@'))
                && uri.path() == "/"
                && uri.query().is_none()
                && !text.contains('#')
        });
        if is_origin {
            // As a browser writes its Origin header: in lower case, without the scheme's own port.
            let text = text.to_ascii_lowercase();
            let own_port = if text.starts_with("https:") {
                ":443"
            } else {
                ":80"
            };
            return Some(text.strip_suffix(own_port).unwrap_or(&text).to_owned());
        }
        self.fault(
            "public_url",
            "http:// or https:// and a host without a path are expected, such as https://trail.example",
        );
        None
    }

    pub(super) fn networks(&mut self, name: &str) -> Vec<IpRange> {
        let Some(text) = self.layers.get(name) else {
            return Vec::new();
        };
        let networks: Option<Vec<_>> = text
            .split(',')
            .map(|part| IpRange::parse(part.trim()))
            .collect();
        networks.unwrap_or_else(|| {
            self.fault(
                name,
                "addresses or networks are expected, divided by commas, such as 10.0.0.2, fd00::/8",
            );
            Vec::new()
        })
    }

    pub(super) fn address(&mut self, name: &str, schemes: &[&str]) -> Option<String> {
        let text = self.layers.get(name)?;
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        if scheme.is_some_and(|scheme| schemes.contains(&scheme)) {
            return Some(text.trim_end_matches('/').to_owned());
        }
        let schemes: Vec<_> = schemes
            .iter()
            .map(|scheme| format!("{scheme}://"))
            .collect();
        self.fault(
            name,
            &format!(
                "an address is expected that begins with {}",
                schemes.join(" or ")
            ),
        );
        None
    }

    /// Where mail is handed over, tried as the sender reads it.
    pub(super) fn smtp_url(&mut self) -> Option<String> {
        let text = self.address("smtp_url", &["smtp", "smtps"])?;
        match SmtpAddress::parse(&text) {
            Ok(_) => Some(text),
            Err(error) => {
                self.fault("smtp_url", &error);
                None
            }
        }
    }

    pub(super) fn mailbox(&mut self, name: &str) -> Option<Mailbox> {
        let mailbox = Mailbox::parse(self.layers.get(name)?);
        if mailbox.is_none() {
            self.fault(
                name,
                "an address is expected, such as Linen & Wool <shop@linen.example>",
            );
        }
        mailbox
    }

    /// As set; else that of the sender's address, else the host by which the outside reaches this server.
    pub(super) fn mail_domain(
        &mut self,
        from: Option<&Mailbox>,
        url: Option<&str>,
    ) -> Option<String> {
        if let Some(domain) = self.layers.get("mail_domain") {
            if is_address(&format!("reply@{domain}")) {
                return Some(domain.to_ascii_lowercase());
            }
            self.fault(
                "mail_domain",
                "a domain is expected, such as mail.linen.example",
            );
            return None;
        }
        let of_sender = from.and_then(|from| from.address.rsplit_once('@'));
        if let Some((_, domain)) = of_sender {
            return Some(domain.to_ascii_lowercase());
        }
        let host = url
            .and_then(|url| url.parse::<Uri>().ok())
            .and_then(|uri| uri.host().map(str::to_owned));
        let host = host.filter(|host| is_address(&format!("reply@{host}")));
        Some(host.unwrap_or_else(|| "localhost".to_owned()))
    }

    pub(super) fn retry_plan(&mut self, name: &str) -> Option<RetryPlan> {
        let plan = RetryPlan::parse(self.layers.get(name)?);
        if plan.is_none() {
            self.fault(
                name,
                "waits and an end of at most 30 days are expected, such as 30m 30m 1h 2h 4h until 5d",
            );
        }
        plan
    }

    pub(super) fn message_types(&mut self, name: &str) -> Vec<MessageType> {
        let Some(text) = self.layers.get(name) else {
            return Vec::new();
        };
        let types: Option<Vec<_>> = text
            .split(',')
            .map(|part| part.trim().parse().ok())
            .collect();
        types.unwrap_or_else(|| {
            let known = MessageType::NAMES.join(", ");
            self.fault(
                name,
                &format!("types of messages are expected, divided by commas: {known}"),
            );
            Vec::new()
        })
    }

    /// A secret of Standard Webhooks.
    pub(super) fn signing_secret(&mut self, name: &str) -> Option<SigningSecret> {
        let secret = SigningSecret::parse(self.layers.get(name)?);
        if secret.is_none() {
            self.fault(
                name,
                "whsec_ and 24 to 64 random bytes in base64 are expected, as `openssl rand -base64 32` makes them",
            );
        }
        secret
    }

    pub(super) fn number(&mut self, name: &str, least: u32, most: u32) -> Option<u32> {
        let number = self.layers.get(name)?.parse().ok();
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.fault(
                name,
                &format!("a whole number from {least} to {most} is expected"),
            );
        }
        number
    }

    pub(super) fn phone(&mut self, name: &str) -> Option<String> {
        let number = self.layers.get(name)?;
        if is_e164(number) {
            return Some(number.to_owned());
        }
        self.fault(name, "a number by E.164 is expected, such as +14155550100");
        None
    }

    pub(super) fn database_url(&mut self) -> Option<String> {
        let text = self.layers.get("database_url")?;
        let is_known = ["sqlite://", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
        if is_known && !text.starts_with("sqlite::memory:") {
            return Some(text.to_owned());
        }
        self.fault(
            "database_url",
            "sqlite:// and a path, or postgres:// and a server are expected, such as sqlite://storetrail-data/storetrail.db",
        );
        None
    }

    pub(super) fn log(&mut self) -> Option<String> {
        let text = self.layers.get("log")?;
        if tracing_subscriber::EnvFilter::try_new(text).is_ok() {
            return Some(text.to_owned());
        }
        self.fault(
            "log",
            "a level or levels by module are expected, such as info,storage=debug",
        );
        None
    }

    pub(super) fn log_format(&mut self) -> Option<LogFormat> {
        match self.layers.get("log_format")? {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => {
                self.fault("log_format", "text or json is expected");
                None
            }
        }
    }
}
