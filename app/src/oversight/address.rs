//! What the address of such a log holds: the query and the open entry. A link reproduces the view.

use crate::activity::address::encode;
use leptos_router::params::ParamsMap;
use uuid::Uuid;

/// The part of the address after the path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Address {
    /// The query, as typed.
    pub q: String,
    /// The entry open in the drawer, as it stands in the address: perhaps not an id at all.
    pub entry: Option<String>,
}

impl Address {
    /// Reads `q` and `entry`; what is not known is left out.
    pub fn of(params: &ParamsMap) -> Self {
        Self {
            q: params.get("q").unwrap_or_default(),
            entry: params.get("entry").filter(|entry| !entry.is_empty()),
        }
    }

    /// The same list without an open entry.
    pub fn list(&self) -> Self {
        Self {
            q: self.q.clone(),
            entry: None,
        }
    }

    /// The same list with an entry open.
    pub fn with_entry(&self, id: Uuid) -> Self {
        Self {
            q: self.q.clone(),
            entry: Some(id.to_string()),
        }
    }

    /// Another query; the open entry stays open.
    pub fn with_query(&self, q: impl Into<String>) -> Self {
        Self {
            q: q.into(),
            entry: self.entry.clone(),
        }
    }

    /// The address of a log as text, from the root.
    pub fn href(&self, path: &str) -> String {
        let mut text = path.to_owned();
        let parts = [("q", Some(&self.q)), ("entry", self.entry.as_ref())];
        for (name, value) in parts {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                text.push(if text.contains('?') { '&' } else { '?' });
                text.push_str(name);
                text.push('=');
                encode(value, &mut text);
            }
        }
        text
    }
}

/// The address of what a query finds in a log.
pub fn href_of(path: &str, q: &str) -> String {
    Address::default().with_query(q).href(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_query_and_entry() {
        let address = Address {
            q: "kind:denied".to_owned(),
            entry: Some("x".to_owned()),
        };
        assert_eq!(address.href("/security"), "/security?q=kind:denied&entry=x");
        assert_eq!(address.list().href("/security"), "/security?q=kind:denied");
        assert_eq!(Address::default().href("/requests"), "/requests");
    }
}
