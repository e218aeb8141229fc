//! Who did it.

use crate::fold;
use crate::mask::{MASK, is_address_like};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What kind of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorType {
    /// A person who works in the store.
    User,
    /// A person who buys.
    Customer,
    /// A program with a key.
    ApiKey,
    /// An automation.
    Rule,
    /// The store or Storetrail itself.
    System,
}

impl ActorType {
    /// Every type.
    pub const ALL: [Self; 5] = [
        Self::User,
        Self::Customer,
        Self::ApiKey,
        Self::Rule,
        Self::System,
    ];

    /// The name in API and query language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Customer => "customer",
            Self::ApiKey => "api_key",
            Self::Rule => "rule",
            Self::System => "system",
        }
    }
}

impl FromStr for ActorType {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|t| t.as_str() == text).ok_or(())
    }
}

/// Who did something, as they were named at that time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// What kind of actor.
    #[serde(rename = "type")]
    pub kind: ActorType,
    /// The store's own id for them, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// As people call them, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their address, at most 254 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their role in the store at that time, in the store's own words, at most 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// A word by which `actor:` or `role:` finds an actor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorKey {
    /// Folded; roles carry the prefix `role:`, which no other key can start with.
    pub text: String,
    /// Whether it is personal data, so that a masked role can't find by it.
    pub is_personal: bool,
}

impl Actor {
    /// The actor of what nobody in particular did.
    pub fn system() -> Self {
        Self {
            kind: ActorType::System,
            id: None,
            name: None,
            email: None,
            role: None,
        }
    }

    /// Whether name and id are personal data: a customer's are, a colleague's name is not.
    pub fn is_private_person(&self) -> bool {
        self.kind == ActorType::Customer
    }

    /// The name to show: name, else email, else id, else the type.
    pub fn label(&self) -> &str {
        [&self.name, &self.email, &self.id]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .next()
            .unwrap_or(self.kind.as_str())
    }

    /// By what a query finds the actor: id, else email, else name; the type when it has none of them. None when all that
    /// it has is hidden.
    pub fn key(&self) -> Option<&str> {
        let mut known = [&self.id, &self.email, &self.name]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .peekable();
        if known.peek().is_none() {
            return Some(self.kind.as_str());
        }
        known.find(|key| !key.contains(MASK))
    }

    /// Everything that `actor:` and `role:` can find this actor by, sorted, each once.
    ///
    /// Type, id, whole name, each word of the name, email and its part before the `@`; the role with the
    /// prefix `role:`. Both the SQL condition and the in-memory predicate look here.
    pub fn keys(&self) -> Vec<ActorKey> {
        let private = self.is_private_person();
        let mut keys = vec![ActorKey {
            text: self.kind.as_str().to_owned(),
            is_personal: false,
        }];
        let mut add = |text: String, is_personal: bool| {
            let mut text = text.trim();
            while let Some(rest) = text.strip_prefix("role:") {
                text = rest.trim_start();
            }
            let text = text.to_owned();
            if !text.is_empty() {
                keys.push(ActorKey { text, is_personal });
            }
        };
        if let Some(id) = &self.id {
            add(fold(id), private || is_address_like(id));
        }
        if let Some(name) = &self.name {
            let name = fold(name);
            for word in name.split_whitespace() {
                add(word.to_owned(), private || is_address_like(word));
            }
            let is_address = is_address_like(&name);
            add(name, private || is_address);
        }
        if let Some(email) = &self.email {
            let email = fold(email);
            if let Some((local, _)) = email.split_once('@') {
                add(local.to_owned(), true);
            }
            add(email, true);
        }
        if let Some(role) = &self.role {
            keys.push(ActorKey {
                text: format!("role:{}", fold(role)),
                is_personal: false,
            });
        }
        // The same word may be personal from one source and open from another: open wins.
        keys.sort();
        keys.dedup_by(|later, earlier| later.text == earlier.text);
        keys
    }
}
