//! SMS and WhatsApp by the Twilio REST API: sending, what Twilio calls back with, whether it was Twilio.
//!
//! What belongs here: Twilio's words and signatures. What doesn't: when something is sent ([`crate::deliver`]).

pub mod callback;
pub mod client;
pub mod signature;

/// By which of Twilio's channels a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwilioChannel {
    /// A text message.
    Sms,
    /// A WhatsApp message: numbers have a prefix.
    Whatsapp,
}

impl TwilioChannel {
    /// What stands before a number.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Sms => "",
            Self::Whatsapp => "whatsapp:",
        }
    }

    /// The channel and the number of an address such as `whatsapp:+966551234567`.
    pub fn split(address: &str) -> (Self, &str) {
        match address.strip_prefix("whatsapp:") {
            Some(number) => (Self::Whatsapp, number),
            None => (Self::Sms, address),
        }
    }
}
