//! What is heard over the socket about messages.

use crate::activity::live::{Live, greeted_at, lose_count};
use domain::view::{ActivityRow, MessageRow, Present, ThreadItem};
use serde::Deserialize;

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

/// What came, when it is about messages.
pub fn hear(text: &str) -> Option<Heard> {
    crate::wire::read(text).ok()
}

/// What is new of the message log.
pub enum News {
    /// A new message.
    Added(MessageRow),
    /// A message as it is now, and whether the query finds it.
    Changed(MessageRow, bool),
    /// More than can be told: load again.
    Resync,
}

/// Takes in what comes of the message log. True when it was the greeting.
pub fn take(live: Live, text: &str, is_greeted: &mut bool, tell: impl FnOnce(News)) -> bool {
    let Some(heard) = hear(text) else {
        return false;
    };
    match heard {
        Heard::Hello { mark } => {
            *is_greeted = true;
            greeted_at(live, mark);
            return true;
        }
        // The log is nobody's room, and of no order alone.
        Heard::Presence { .. } | Heard::Order { .. } => {}
        _ if !*is_greeted => {}
        Heard::Added { item, mark } => {
            live.set_mark(mark);
            if let ThreadItem::Message { row, .. } = *item {
                tell(News::Added(*row));
            }
        }
        Heard::Changed {
            item,
            is_matching,
            mark,
        } => {
            live.set_mark(mark);
            if let ThreadItem::Message { row, .. } = *item {
                tell(News::Changed(*row, is_matching));
            }
        }
        Heard::Resync { mark } => {
            live.set_mark(mark);
            lose_count();
            tell(News::Resync);
        }
    }
    false
}
