//! What each setting takes.

use super::layers::without_password;
use super::{Layers, SETTINGS, Showing};
use axum::http::Uri;
use domain::IpRange;
use std::net::SocketAddr;

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
                "the proxies' addresses or networks are expected, divided by commas, such as 10.0.0.2, fd00::/8",
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
