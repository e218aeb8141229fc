//! The closed lists of messages: channel, direction, type, delivery and read status.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! list {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $(#[doc = $text] $variant),+ }

        impl $name {
            /// Every member, in the order in which people list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($word),+];

            /// The name in API and query language.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The number stored for it, from 0.
            pub const fn number(self) -> i16 {
                self as i16
            }

            /// The member of a stored number.
            pub fn of_number(number: i16) -> Option<Self> {
                Self::ALL.iter().copied().find(|m| m.number() == number)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|m| m.as_str() == text).ok_or(())
            }
        }
    };
}
pub(crate) use list;

list! {
    /// By which way a message goes.
    Channel {
        Email = "email" "Mail by SMTP.",
        Sms = "sms" "A text message.",
        Whatsapp = "whatsapp" "A WhatsApp message.",
    }
}
list! {
    /// Whether the store wrote it or got it.
    MessageDirection {
        Outbound = "outbound" "From the store.",
        Inbound = "inbound" "To the store.",
    }
}
list! {
    /// What a message is for.
    MessageType {
        OrderNotification = "order_notification" "What happens to an order.",
        VerificationCode = "verification_code" "A code that proves who somebody is.",
        PaymentReminder = "payment_reminder" "That something is to be paid.",
        Campaign = "campaign" "Marketing, which people can opt out of.",
        Reply = "reply" "A part of a conversation.",
        Other = "other" "Anything else.",
    }
}
list! {
    /// Whether a message went out, as a person sees it. An inbound message has none.
    DeliveryStatus {
        NotSent = "not_sent" "It never was to be sent: somebody opted out, or may not be written to.",
        Pending = "pending" "It waits, or its end is not known yet.",
        Sent = "sent" "It went out; the provider's words say how far it came.",
        Stopped = "stopped" "Somebody stopped it before it went out.",
        Failed = "failed" "It did not arrive.",
    }
}
list! {
    /// Whether the recipient read it.
    ReadStatus {
        NotAvailable = "not_available" "The channel doesn't tell: SMS, and what we received.",
        Unknown = "unknown" "Nobody can tell, or only a machine opened it.",
        Unread = "unread" "It would be told, and was not yet.",
        Read = "read" "A person read it.",
    }
}
list! {
    /// Who opened it, as far as can be told.
    Confidence {
        Person = "person" "Somebody with a device of their own.",
        PrivacyProxy = "privacy_proxy" "A proxy that loads everything, read or not.",
        Scanner = "scanner" "A machine that looks for malware.",
    }
}
