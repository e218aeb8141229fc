//! Taking in what arrives over the socket.

use super::list::OperationList;
use super::state::OperationLog;
use crate::activity::live::{Follower, Live, greeted_at, lose_count};
use chrono::{DateTime, Utc};
use domain::view::OperationRow;
use leptos::prelude::*;
use serde::Deserialize;

/// What is heard. Anything else means nothing here.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Heard {
    Hello {
        mark: String,
    },
    OperationChanged {
        row: Box<OperationRow>,
        mark: String,
    },
    Resync {
        mark: String,
    },
}

/// Takes in what came; true when it was the greeting.
fn take(
    live: Live,
    text: &str,
    is_greeted: &mut bool,
    arrive: impl Fn(OperationRow),
    reload: impl Fn(),
) -> bool {
    match serde_json::from_str(text) {
        Ok(Heard::Hello { mark }) => {
            *is_greeted = true;
            greeted_at(live, mark);
            return true;
        }
        Ok(_) if !*is_greeted => {}
        Ok(Heard::OperationChanged { row, mark }) => {
            live.set_mark(mark);
            arrive(*row);
        }
        Ok(Heard::Resync { mark }) => {
            live.set_mark(mark);
            lose_count();
            reload();
        }
        Err(_) => {}
    }
    false
}

impl Follower for OperationLog {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn topic(self) -> String {
        "operations".to_owned()
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        let arrive = |row: OperationRow| {
            if self.id.try_get_value().as_deref() == Some(row.id.0.as_str()) {
                // How far it came is told, not how many items that were.
                lose_count();
                self.arrive(row);
            } else {
                self.hear_of(&row);
            }
        };
        take(self.live, text, is_greeted, arrive, || self.catch_up())
    }
}

impl Follower for OperationList {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn topic(self) -> String {
        "operations".to_owned()
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        take(
            self.live,
            text,
            is_greeted,
            |row| self.arrive(row),
            || self.reload(),
        )
    }
}
