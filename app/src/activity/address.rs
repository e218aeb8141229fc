//! What the address of the page holds: query, direction, open entry. A link reproduces the view.

use domain::{ActivityId, Direction};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// Where the page lives.
pub const PATH: &str = "/activity";

/// The id of the form that buttons send when no script is there yet: each holds a whole query.
pub const FORM: &str = "by-query";

/// The part of the address after the path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Address {
    /// The query, as typed.
    pub q: String,
    /// Newest or oldest first.
    pub direction: Direction,
    /// The entry open in the drawer, as it stands in the address: perhaps not an id at all.
    pub entry: Option<String>,
}

impl Address {
    /// Reads `q`, `sort` and `entry`; what is not known is left out.
    pub fn of(params: &ParamsMap) -> Self {
        Self {
            q: params.get("q").unwrap_or_default(),
            direction: match params.get("sort").as_deref() {
                Some("oldest") => Direction::Oldest,
                _ => Direction::Newest,
            },
            entry: params.get("entry").filter(|entry| !entry.is_empty()),
        }
    }

    /// The same list without an open entry.
    pub fn list(&self) -> Self {
        Self {
            entry: None,
            ..self.clone()
        }
    }

    /// The same list with an entry open.
    pub fn with_entry(&self, id: ActivityId) -> Self {
        Self {
            entry: Some(id.to_string()),
            ..self.clone()
        }
    }

    /// Another query in the same direction; the open entry stays open.
    pub fn with_query(&self, q: impl Into<String>) -> Self {
        Self {
            q: q.into(),
            ..self.clone()
        }
    }

    /// The address as text, from the root.
    pub fn href(&self) -> String {
        let mut text = PATH.to_owned();
        let mut mark = '?';
        let mut add = |name: &str, value: &str| {
            text.push(mark);
            mark = '&';
            text.push_str(name);
            text.push('=');
            encode(value, &mut text);
        };
        if !self.q.is_empty() {
            add("q", &self.q);
        }
        if self.direction == Direction::Oldest {
            add("sort", "oldest");
        }
        if let Some(entry) = &self.entry {
            add("entry", entry);
        }
        text
    }
}

/// The address of a list found by a query, newest first.
pub fn href_of(q: &str) -> String {
    Address::default().with_query(q).href()
}

/// Percent-encoding (RFC 3986, 2.1) that leaves what the query language is made of readable.
pub(crate) fn encode(value: &str, text: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => text.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b',' | b'*' | b'@' => {
                text.push(char::from(byte));
            }
            _ => {
                text.push('%');
                text.push(char::from(HEX[usize::from(byte >> 4)]));
                text.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stays_readable_and_escapes_the_rest() {
        let address = Address {
            q: "actor:sara category:coupons \"50% & more\" ليلى".to_owned(),
            direction: Direction::Oldest,
            entry: None,
        };
        assert_eq!(
            address.href(),
            "/activity?q=actor:sara%20category:coupons%20%2250%25%20%26%20more%22%20%D9%84%D9%8A%D9%84%D9%89&sort=oldest"
        );
    }

    #[test]
    fn another_query_keeps_the_entry() {
        let address = Address {
            entry: Some("x".to_owned()),
            ..Address::default()
        };
        assert_eq!(address.with_query("a").href(), "/activity?q=a&entry=x");
        assert_eq!(address.list().href(), "/activity");
    }
}
