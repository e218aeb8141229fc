//! What is said and heard over the socket about messages.

use crate::activity::live::Following;
use domain::view::{ActivityRow, Present, ThreadItem};
use serde::{Deserialize, Serialize};

/// What is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// The message log, as far as a query finds it.
    Messages,
    /// The thread of an order.
    Order(String),
}

impl Topic {
    fn name(&self) -> String {
        match self {
            Self::Messages => "messages".to_owned(),
            Self::Order(number) => format!("order:{number}"),
        }
    }
}

#[derive(Serialize)]
struct Follow<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    topic: String,
    q: &'a str,
    mark: Option<&'a str>,
}

/// What is heard. Anything else means nothing here.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type")]
pub enum Heard {
    /// From here on nothing is missed.
    #[serde(rename = "hello")]
    Hello {
        /// Resume from this mark.
        mark: String,
    },
    /// A new message.
    #[serde(rename = "message_added")]
    Added {
        /// The message.
        item: Box<ThreadItem>,
        /// Resume from this mark.
        mark: String,
    },
    /// Something became known of a message.
    #[serde(rename = "message_changed")]
    Changed {
        /// The message as it is now.
        item: Box<ThreadItem>,
        /// Whether the query finds it as it is now.
        is_matching: bool,
        /// Resume from this mark.
        mark: String,
    },
    /// Something happened to the order of the thread.
    #[serde(rename = "order_activity")]
    Order {
        /// What.
        row: Box<ActivityRow>,
    },
    /// Who else has the thread open.
    #[serde(rename = "presence")]
    Presence {
        /// The others.
        people: Vec<Present>,
    },
    /// More was missed than can be sent: load again.
    #[serde(rename = "resync")]
    Resync {
        /// Resume from this mark.
        mark: String,
    },
}

/// What is said to follow a topic from a mark on.
pub fn request(topic: &Topic, following: &Following) -> String {
    let follow = Follow {
        kind: "follow",
        topic: topic.name(),
        q: &following.q,
        mark: following.mark.as_deref(),
    };
    serde_json::to_string(&follow).unwrap_or_default()
}

/// What came, when it is about messages.
pub fn hear(text: &str) -> Option<Heard> {
    crate::wire::read(text).ok()
}
