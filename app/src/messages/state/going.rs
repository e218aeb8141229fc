//! Moving through addresses.

use super::MessageLog;
use crate::activity::browser;
use crate::activity::recent;
use crate::messages::address::order_write_href;
use domain::query::{MESSAGE, Query};
use leptos::prelude::*;
use std::time::Duration;

/// How long a hint is shown.
const HINT: Duration = Duration::from_secs(4);

impl MessageLog {
    pub(super) fn put(self, q: &str, is_step: bool) {
        let q = q.trim();
        let query = Query::parse_as(q, &MESSAGE);
        self.mistakes.set(query.errors().to_vec());
        if !query.is_valid() {
            return;
        }
        if is_step {
            let reader = self.viewer.with_value(|viewer| viewer.id.to_string());
            recent::remember(super::MESSAGES.recent, &reader, q);
            if self.draft.with_untracked(|draft| draft.trim() != q) {
                self.draft.set(q.to_owned());
            }
        }
        let address = self.address.get_untracked();
        if address.q != q {
            // Where the drawer covers the list, what was found must be seen.
            let address = if browser::is_narrow() {
                address.list()
            } else {
                address
            };
            self.going.to(&address.with_query(q).href(), is_step);
        }
    }

    /// Turns a value of a qualifier on or off; `is_out` leaves it out instead.
    pub fn toggle(self, qualifier: &str, value: &str, is_out: bool) {
        let text = self.address.with_untracked(|address| address.q.clone());
        let text = if is_out {
            MESSAGE.exclude_value(&text, qualifier, value)
        } else {
            MESSAGE.toggle_value(&text, qualifier, value)
        };
        self.put(&text, true);
    }

    /// Restarts the message that is open, or else that of the cursor, where that can be done; where it can't, goes to
    /// the thread of its order to write there. False when there is neither.
    pub fn restart_or_reply(self) -> bool {
        let is_open = self.opened.with_untracked(Option::is_some);
        let button = if is_open {
            "#message .verdict .restart:not([aria-disabled])"
        } else {
            "tr.cursor .restart:not([aria-disabled])"
        };
        if browser::press(button) {
            return true;
        }
        let order = if is_open {
            self.entry.with_untracked(|entry| {
                let detail = entry.as_ref()?.detail.as_ref()?.as_ref().ok()?.as_ref()?;
                detail.row.order.clone()
            })
        } else {
            let id = self.list.cursor.get_untracked();
            self.list.loaded.with_untracked(|loaded| {
                let line = loaded.at(loaded.place_of(id?)?)?;
                line.row.order.clone()
            })
        };
        let Some(order) = order else { return false };
        self.going.to(&order_write_href(&order), true);
        true
    }

    /// Says something to everybody for a moment.
    pub fn tell(self, words: String) {
        self.hint.try_set(Some(words));
        set_timeout(
            move || {
                self.hint.try_set(None);
            },
            HINT,
        );
    }
}
