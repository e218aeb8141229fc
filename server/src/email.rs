//! Email: making it, handing it over, reading what comes in, showing it safely.
//!
//! What belongs here: the formats and protocols of mail (RFC 5321, 5322, 2045, 8058). What doesn't: when something
//! is sent ([`crate::deliver`]), what is kept of it (`storage`).

pub mod compose;
pub mod display;
pub mod inbound;
pub mod postmark;
pub mod retry;
pub mod smtp;
mod styles;
pub mod token;

/// Someone who sends or receives a mail.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Party {
    /// As it is shown, if there is one.
    pub name: Option<String>,
    /// `local@domain`.
    pub address: String,
}

impl Party {
    /// An address without a name.
    pub fn bare(address: impl Into<String>) -> Self {
        Self {
            name: None,
            address: address.into(),
        }
    }
}

impl std::fmt::Display for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}
