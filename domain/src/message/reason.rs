//! Why a message did not arrive, as a key that the interface puts into people's words.

use super::Channel;
use serde::{Deserialize, Serialize};

/// Why a message did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// The handset is off or out of reach (Twilio 30003).
    Unreachable,
    /// The recipient or network blocks it (30004).
    Blocked,
    /// There is no such number (30005).
    UnknownNumber,
    /// A landline or a network that takes no SMS (30006).
    Landline,
    /// The network took it for spam (30007, 30034).
    Filtered,
    /// The network did not say (30008).
    Unspecified,
    /// The recipient answered STOP (21610).
    OptedOut,
    /// Not a number (21211, 21614).
    InvalidNumber,
    /// The store may not send to this country or number (21408, 21612, 21608).
    NotPermitted,
    /// WhatsApp: more than 24 hours since the customer wrote; only a template may be sent (63016).
    OutsideWindow,
    /// WhatsApp: the recipient has none (63003, 63024).
    NoWhatsapp,
    /// The account at the provider is blocked or out of funds (30002, 20003, 21606).
    AccountProblem,
    /// The provider's queue was full or took too long (30001, 20429).
    TooMany,
    /// There is no such mailbox (550, 5.1.1).
    NoMailbox,
    /// The address can't be right (553, 501, 5.1.3).
    InvalidAddress,
    /// The mailbox is full (552, 5.2.2).
    MailboxFull,
    /// The mail server refuses for policy or spam (554, 5.7.x).
    RefusedAsSpam,
    /// The mail is too large (5.3.4).
    TooLarge,
    /// The mail server wants a sign-in (530, 535).
    SignIn,
    /// The other side kept saying "later" until no further try was made (4xx).
    GaveUp,
    /// Refused for another reason.
    Refused,
}

/// The reason that a provider's code means; `words` helps where mail servers put an enhanced code into them
/// (RFC 3463).
pub fn failure_reason(channel: Channel, code: Option<&str>, words: Option<&str>) -> FailureReason {
    use FailureReason as F;
    let code = code.unwrap_or_default();
    if channel != Channel::Email {
        return match code {
            "30003" => F::Unreachable,
            "30004" => F::Blocked,
            "30005" => F::UnknownNumber,
            "30006" => F::Landline,
            "30007" | "30034" => F::Filtered,
            "30008" | "" => F::Unspecified,
            "21610" => F::OptedOut,
            "21211" | "21614" | "21217" => F::InvalidNumber,
            "21408" | "21608" | "21612" => F::NotPermitted,
            "63016" => F::OutsideWindow,
            "63003" | "63024" => F::NoWhatsapp,
            "30002" | "20003" | "21606" | "30010" => F::AccountProblem,
            "30001" | "20429" | "63018" => F::TooMany,
            _ => F::Refused,
        };
    }
    let enhanced = [code, words.unwrap_or_default()]
        .into_iter()
        .flat_map(str::split_whitespace)
        .find(|word| {
            let mut parts = word.split('.');
            parts.next().is_some_and(|class| matches!(class, "4" | "5"))
                && parts.clone().count() == 2
                && parts
                    .all(|p| (1..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()))
        });
    match enhanced
        .and_then(|e| e.split_once('.'))
        .map(|(_, rest)| rest)
    {
        Some("1.1" | "1.2" | "1.10" | "1.6") => return F::NoMailbox,
        Some("1.3" | "1.7" | "1.8") => return F::InvalidAddress,
        Some("2.2") => return F::MailboxFull,
        Some("2.3" | "3.4") => return F::TooLarge,
        Some("2.1") => return F::Blocked,
        Some("7.8" | "7.9") => return F::SignIn,
        Some(rest) if rest.starts_with("7.") => return F::RefusedAsSpam,
        _ => {}
    }
    match code.get(..3).unwrap_or(code) {
        "550" | "551" => F::NoMailbox,
        "553" | "501" => F::InvalidAddress,
        "552" => F::MailboxFull,
        "554" => F::RefusedAsSpam,
        "530" | "535" => F::SignIn,
        code if code.starts_with('4') => F::GaveUp,
        _ => F::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_reasons() {
        use FailureReason as F;
        assert_eq!(
            failure_reason(Channel::Sms, Some("30003"), None),
            F::Unreachable
        );
        assert_eq!(
            failure_reason(Channel::Whatsapp, Some("63016"), None),
            F::OutsideWindow
        );
        assert_eq!(
            failure_reason(Channel::Email, Some("550"), Some("5.7.1 blocked")),
            F::RefusedAsSpam
        );
        assert_eq!(
            failure_reason(Channel::Email, Some("550"), Some("no such user")),
            F::NoMailbox
        );
        assert_eq!(
            failure_reason(Channel::Email, Some("5.2.2"), None),
            F::MailboxFull
        );
        assert_eq!(failure_reason(Channel::Email, Some("451"), None), F::GaveUp);
        assert_eq!(
            failure_reason(Channel::Email, None, Some("10.0.0.1 said no")),
            F::Refused
        );
    }
}
