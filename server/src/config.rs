//! Settings: built-in defaults, then `storetrail.toml`, then the environment (`STORETRAIL_...`).
//!
//! To add a setting: a line in [`SETTINGS`], a field of [`Config`], its reading in [`Config::read`], a line in
//! docs/operating.md. In the file a setting has its plain name, in the environment `STORETRAIL_` and the name
//! in capitals.

use crate::deliver::SigningSecret;
use crate::email::retry::RetryPlan;
use crate::openid::Provider;
use domain::IpRange;
use domain::message::{Mailbox, MessageType};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod layers;
mod values;

pub use layers::{Layers, Source, Stray};
pub use values::LogFormat;

/// The file looked for in the working directory.
pub const FILE: &str = "storetrail.toml";

/// How a setting's value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showing {
    /// As it is.
    Plain,
    /// An address whose password is hidden.
    Address,
    /// Never.
    Secret,
}

/// A setting that exists.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in the file.
    pub name: &'static str,
    /// What it is without being set; none when it is optional or follows from another.
    pub default: Option<&'static str>,
    /// How its value is shown.
    pub showing: Showing,
}

const fn setting(name: &'static str, default: Option<&'static str>, showing: Showing) -> Setting {
    Setting {
        name,
        default,
        showing,
    }
}

/// Every setting, in the order in which `storetrail config` prints them.
pub const SETTINGS: [Setting; 32] = [
    setting("listen", Some("127.0.0.1:3000"), Showing::Plain),
    setting("public_url", None, Showing::Plain),
    setting("trusted_proxy", None, Showing::Plain),
    setting("data_dir", Some("storetrail-data"), Showing::Plain),
    setting("database_url", None, Showing::Address),
    setting("secret_key_file", None, Showing::Plain),
    setting("ledger_key_file", None, Showing::Plain),
    setting("checkpoint_url", None, Showing::Address),
    setting("checkpoint_folder", None, Showing::Plain),
    setting("smtp_url", Some("smtp://127.0.0.1:1025"), Showing::Address),
    setting(
        "twilio_base_url",
        Some("https://api.twilio.com"),
        Showing::Address,
    ),
    setting("twilio_account_sid", None, Showing::Plain),
    setting("twilio_auth_token", None, Showing::Secret),
    setting("twilio_sms_from", None, Showing::Plain),
    setting("twilio_whatsapp_from", None, Showing::Plain),
    setting("mail_from", None, Showing::Plain),
    setting("mail_domain", None, Showing::Plain),
    setting("mail_retry", Some(RetryPlan::DEFAULT), Showing::Plain),
    setting("mail_hook_secret", None, Showing::Secret),
    setting("track_types", None, Showing::Plain),
    setting("webhook_secret", None, Showing::Secret),
    setting("webhook_networks", None, Showing::Plain),
    setting("bridge_url", None, Showing::Address),
    setting("openid_file", None, Showing::Plain),
    setting("geoip_file", None, Showing::Plain),
    setting("send_per_second", Some("100"), Showing::Plain),
    setting("calls_per_second", Some("10000"), Showing::Plain),
    setting("connections", Some("10000"), Showing::Plain),
    setting("connections_per_address", Some("1000"), Showing::Plain),
    setting("head_seconds", Some("75"), Showing::Plain),
    setting("log", Some("info"), Showing::Plain),
    setting("log_format", Some("text"), Showing::Plain),
];

/// The settings a process runs with, each valid.
#[derive(Debug)]
pub struct Config {
    /// Where to accept connections; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How the outside reaches this server, without a trailing slash; none for `http://` and the bound address.
    pub public_url: Option<String>,
    /// From which peers `X-Forwarded-For` is believed.
    pub trusted_proxy: Vec<IpRange>,
    /// Where files are kept.
    pub data_dir: PathBuf,
    /// `sqlite://path` or `postgres://...`.
    pub database_url: SecretString,
    /// The key that seals secrets in the database.
    pub secret_key_file: Option<PathBuf>,
    /// The key that signs the ledger's checkpoints; none for `ledger.key` in the data folder.
    pub ledger_key_file: Option<PathBuf>,
    /// Where each checkpoint is posted to, as `text/plain`.
    pub checkpoint_url: Option<String>,
    /// The folder outside in which each checkpoint is kept as a file.
    pub checkpoint_folder: Option<PathBuf>,
    /// Where email is handed over.
    pub smtp_url: SecretString,
    /// Whether `smtp_url` was set, and is not the built-in one at which there may be no mail server.
    pub has_mail: bool,
    /// Where SMS and WhatsApp messages are handed over.
    pub twilio_base_url: String,
    /// The account there.
    pub twilio_account_sid: Option<String>,
    /// Its secret.
    pub twilio_auth_token: Option<SecretString>,
    /// The number, sender name or messaging service (`MG...`) that text messages come from.
    pub twilio_sms_from: Option<String>,
    /// The number that WhatsApp messages come from.
    pub twilio_whatsapp_from: Option<String>,
    /// Whom mail comes from when it doesn't say itself; none for `store@` and the mail domain.
    pub mail_from: Option<Mailbox>,
    /// The domain of Message-IDs and reply addresses.
    pub mail_domain: String,
    /// When mail that was put off is tried again.
    pub mail_retry: RetryPlan,
    /// What those who bring in mail must know; without it nobody may.
    pub mail_hook_secret: Option<SecretString>,
    /// The types of messages whose openings and clicks are followed.
    pub track_types: Vec<MessageType>,
    /// Signs the calls that rules make; without it they are given up.
    pub webhook_secret: Option<Arc<SigningSecret>>,
    /// The internal networks that calls of rules may reach.
    pub webhook_networks: Vec<IpRange>,
    /// The shop's own bridge, through which bulk operations are taken back.
    pub bridge_url: Option<String>,
    /// The OpenID Connect providers by which people sign in, from their file.
    pub openid_providers: Vec<Provider>,
    /// A MaxMind database of cities or countries, which says where addresses are.
    pub geoip_file: Option<PathBuf>,
    /// How many messages are handed over in a second at most.
    pub send_per_second: u32,
    /// How many calls of the API a key may make in a second.
    pub calls_per_second: u32,
    /// How many connections may be open.
    pub connections: u32,
    /// How many of them one address may have that is neither this machine's nor a trusted proxy's.
    pub connections_per_address: u32,
    /// How long the head of a request may take, and a connection be silent between two.
    pub head_seconds: u32,
    /// What is logged, as tracing's env-filter reads it.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
}

/// Settings that can't be used, each named with where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// One sentence each.
    pub faults: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.faults.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the settings of this process: `storetrail.toml` in the working directory and the environment.
    ///
    /// # Errors
    /// Each setting that can't be used, in words.
    pub fn load() -> Result<(Self, Layers), ConfigError> {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::from_sources(Path::new(FILE), environment)
    }

    /// Reads the settings from a file, which may be missing, and an environment.
    ///
    /// # Errors
    /// Each setting that can't be used, in words.
    pub fn from_sources(
        file: &Path,
        environment: BTreeMap<String, String>,
    ) -> Result<(Self, Layers), ConfigError> {
        let mut faults = Vec::new();
        let layers = Layers::stack(file, &environment, &mut faults);
        let config = Self::read(&layers, &mut faults);
        match config {
            Some(config) if faults.is_empty() => Ok((config, layers)),
            _ => Err(ConfigError { faults }),
        }
    }

    fn read(layers: &Layers, faults: &mut Vec<String>) -> Option<Self> {
        let mut reader = values::Reader { layers, faults };
        let listen = reader.listen();
        let public_url = reader.public_url();
        let trusted_proxy = reader.networks("trusted_proxy");
        let smtp_url = reader.smtp_url();
        let database_url = reader.database_url();
        let twilio_base_url = reader.address("twilio_base_url", &["https", "http"]);
        let checkpoint_url = reader.address("checkpoint_url", &["https", "http"]);
        let log = reader.log();
        let log_format = reader.log_format();
        let mail_from = reader.mailbox("mail_from");
        let mail_domain = reader.mail_domain(mail_from.as_ref(), public_url.as_deref());
        let mail_retry = reader.retry_plan("mail_retry");
        let track_types = reader.message_types("track_types");
        let webhook_secret = reader.signing_secret("webhook_secret");
        let webhook_networks = reader.networks("webhook_networks");
        let bridge_url = reader.address("bridge_url", &["https", "http"]);
        let openid_providers = reader.openid_providers();
        let send_per_second = reader.number("send_per_second", 1, 10_000);
        let calls_per_second = reader.number("calls_per_second", 1, 1_000_000);
        let connections = reader.number("connections", 1, 1_000_000);
        let connections_per_address = reader.number("connections_per_address", 1, 1_000_000);
        let head_seconds = reader.number("head_seconds", 1, 3_600);
        let twilio_whatsapp_from = reader.phone("twilio_whatsapp_from");
        let text = |name| layers.get(name).map(str::to_owned);
        Some(Self {
            listen: listen?,
            public_url,
            trusted_proxy,
            data_dir: PathBuf::from(layers.get("data_dir")?),
            database_url: SecretString::from(database_url?),
            secret_key_file: text("secret_key_file").map(PathBuf::from),
            ledger_key_file: text("ledger_key_file").map(PathBuf::from),
            checkpoint_url,
            checkpoint_folder: text("checkpoint_folder").map(PathBuf::from),
            smtp_url: SecretString::from(smtp_url?),
            has_mail: layers.source("smtp_url") != Source::Default,
            twilio_base_url: twilio_base_url?,
            twilio_account_sid: text("twilio_account_sid"),
            twilio_auth_token: text("twilio_auth_token").map(SecretString::from),
            twilio_sms_from: text("twilio_sms_from"),
            twilio_whatsapp_from,
            mail_from,
            mail_domain: mail_domain?,
            mail_retry: mail_retry?,
            mail_hook_secret: text("mail_hook_secret").map(SecretString::from),
            track_types,
            webhook_secret: webhook_secret.map(Arc::new),
            webhook_networks,
            bridge_url,
            openid_providers: openid_providers?,
            geoip_file: text("geoip_file").map(PathBuf::from),
            send_per_second: send_per_second?,
            calls_per_second: calls_per_second?,
            connections: connections?,
            connections_per_address: connections_per_address?,
            head_seconds: head_seconds?,
            log: log?,
            log_format: log_format?,
        })
    }
}

#[cfg(test)]
mod tests;
