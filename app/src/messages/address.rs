//! What the address of the message log holds: the query and the open message. A link reproduces the view.

use crate::activity::address::encode;
use domain::MessageId;
use leptos_router::params::ParamsMap;

/// Where the log lives.
pub const PATH: &str = "/messages";

/// What the address of a message that was opened from a thread names as where the reader came from.
const THREAD: &str = "thread";

/// What the address of a thread names to be written in it at once: the id of the composer's field.
pub const WRITE: &str = "write";

/// The part of the address after the path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Address {
    /// The query, as typed.
    pub q: String,
    /// The message open in the drawer, as it stands in the address: perhaps not an id at all.
    pub message: Option<String>,
    /// Whether the reader came to the message from its order's thread: back leads there.
    pub is_from_thread: bool,
}

impl Address {
    /// Reads `q` and `message`; what is not known is left out.
    pub fn of(params: &ParamsMap) -> Self {
        Self {
            q: params.get("q").unwrap_or_default(),
            message: params.get("message").filter(|message| !message.is_empty()),
            is_from_thread: params.get("from").as_deref() == Some(THREAD),
        }
    }

    /// The same list without an open message.
    pub fn list(&self) -> Self {
        Self {
            q: self.q.clone(),
            ..Self::default()
        }
    }

    /// The same list with a message open.
    pub fn with_message(&self, id: MessageId) -> Self {
        Self {
            q: self.q.clone(),
            message: Some(id.to_string()),
            ..Self::default()
        }
    }

    /// Another query; the open message stays open.
    pub fn with_query(&self, q: impl Into<String>) -> Self {
        Self {
            q: q.into(),
            ..self.clone()
        }
    }

    /// The address as text, from the root.
    pub fn href(&self) -> String {
        let mut text = PATH.to_owned();
        let parts = [
            ("q", Some(self.q.as_str())),
            ("message", self.message.as_deref()),
            ("from", self.is_from_thread.then_some(THREAD)),
        ];
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

/// The address of the messages that a query finds.
pub fn href_of(q: &str) -> String {
    Address::default().with_query(q).href()
}

/// The address of one message, by itself.
pub fn href_of_message(id: MessageId) -> String {
    Address::default().with_message(id).href()
}

/// The same for a link in the thread of the message's order.
pub fn href_of_message_in_thread(id: MessageId) -> String {
    let address = Address {
        is_from_thread: true,
        ..Address::default().with_message(id)
    };
    address.href()
}

/// The address of an order's thread.
pub fn order_href(number: &str) -> String {
    let mut text = "/orders/".to_owned();
    encode_segment(number, &mut text);
    text
}

/// The address of an order's thread at one of its messages.
pub fn order_message_href(number: &str, id: MessageId) -> String {
    format!("{}#m-{id}", order_href(number))
}

/// The address of an order's thread with the focus where it is written.
pub fn order_write_href(number: &str) -> String {
    format!("{}#{WRITE}", order_href(number))
}

/// The address of everything about a customer.
pub fn customer_href(id: &str) -> String {
    let mut text = "/customers/".to_owned();
    encode_segment(id, &mut text);
    text
}

/// As [`encode`], with the slash escaped too: one segment of a path.
fn encode_segment(value: &str, text: &mut String) {
    let mut encoded = String::new();
    encode(value, &mut encoded);
    text.push_str(&encoded.replace('/', "%2F"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_query_and_message() {
        let address = Address {
            q: "status:failed".to_owned(),
            message: Some("x".to_owned()),
            ..Address::default()
        };
        assert_eq!(address.href(), "/messages?q=status:failed&message=x");
        assert_eq!(address.list().href(), "/messages?q=status:failed");
        assert_eq!(Address::default().href(), "/messages");
    }

    #[test]
    fn where_a_message_was_opened_from_goes_with_the_message() {
        let id: MessageId = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f".parse().unwrap();
        let href = href_of_message_in_thread(id);
        assert_eq!(href, format!("/messages?message={id}&from=thread"));
        let address = Address {
            is_from_thread: true,
            ..Address::default().with_message(id)
        };
        assert_eq!(address.href(), href);
        assert_eq!(address.list().href(), "/messages");
        assert_eq!(address.with_message(id).href(), href_of_message(id));
    }

    #[test]
    fn an_order_number_is_one_segment() {
        assert_eq!(order_href("A/1 2"), "/orders/A%2F1%202");
    }
}
