//! Addresses of mail, checked as mail systems in use take them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A person or desk with an address of mail, or a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mailbox {
    /// As people call them, at most 200 characters, without control characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address (at most 254 characters), or a number by E.164.
    pub address: String,
}

impl Mailbox {
    /// Reads `a@b`, `Name <a@b>` or `"Name" <a@b>`. None when it is neither or has a control character.
    pub fn parse(text: &str) -> Option<Self> {
        if text.chars().any(char::is_control) {
            return None;
        }
        let text = text.trim();
        let Some((name, rest)) = text.rsplit_once('<') else {
            return is_address(text).then(|| Self {
                name: None,
                address: text.to_owned(),
            });
        };
        let address = rest.strip_suffix('>')?.trim();
        let name = name.trim().trim_matches('"').trim();
        (is_address(address) && name.chars().count() <= 200).then(|| Self {
            name: (!name.is_empty()).then(|| name.to_owned()),
            address: address.to_owned(),
        })
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

/// Whether a text is an address of mail: RFC 5321 4.1.2 without quoted local parts and address literals,
/// which no shop's customer has; UTF-8 is taken (RFC 6531).
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local
            .split('.')
            .all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
        && !domain.is_empty()
        && domain.split('.').all(is_label)
        && !domain
            .rsplit('.')
            .next()
            .is_some_and(|top| top.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_have_them_are_taken() {
        for text in [
            "noura@mail.example",
            "a.b+c@x-y.example",
            "o'brien@mail.example",
            "نورة@بريد.example",
            "root@localhost",
        ] {
            assert!(is_address(text), "{text}");
        }
        for text in [
            "",
            "@",
            "a@",
            "@b",
            "a b@c.example",
            "a@b..example",
            ".a@b.example",
            "a@-b.example",
            "a@b\r\nBcc: x@y.example",
            "a@1.2.3.4",
            "a,b@c.example",
            "<a@b.example>",
        ] {
            assert!(!is_address(text), "{text}");
        }
    }

    #[test]
    fn a_name_may_stand_before_the_address() {
        let mailbox = Mailbox::parse("\"Noura Al-Otaibi\" <noura@mail.example>").expect("read");
        assert_eq!(mailbox.name.as_deref(), Some("Noura Al-Otaibi"));
        assert_eq!(mailbox.to_string(), "Noura Al-Otaibi <noura@mail.example>");
        assert_eq!(Mailbox::parse("x\r\nBcc: <a@b.example>"), None);
    }
}
