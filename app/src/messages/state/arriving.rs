//! Taking in what arrives over the socket.

use super::MessageLog;
use crate::activity::live::{Follower, Live, count_meanwhile, greeted};
use crate::activity::loaded::Arrival;
use crate::messages::live::{Heard, Topic, hear, request};
use chrono::{DateTime, Utc};
use domain::view::{MessageRow, ThreadItem};
use leptos::prelude::*;
use std::time::Duration;

/// Counts are read again this long after something arrived.
const COUNTS_AFTER: Duration = Duration::from_millis(1_500);

impl Follower for MessageLog {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn request(self) -> String {
        request(&Topic::Messages, &self.live.following())
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        let Some(heard) = hear(text) else {
            return false;
        };
        match heard {
            Heard::Hello { mark } => {
                *is_greeted = true;
                if self.live.mark().is_none() {
                    self.live.set_mark(mark);
                }
                greeted(self.live);
                return true;
            }
            // The log is nobody's room, and of no order alone.
            Heard::Presence { .. } | Heard::Order { .. } => {}
            _ if !*is_greeted => {}
            Heard::Added { item, mark } => {
                self.live.set_mark(mark);
                if let ThreadItem::Message { row, .. } = *item {
                    self.arrive(*row);
                }
            }
            Heard::Changed { item, mark } => {
                self.live.set_mark(mark);
                if let ThreadItem::Message { row, .. } = *item {
                    self.change(*row);
                }
            }
            Heard::Resync { mark } => {
                self.live.set_mark(mark);
                self.reload();
            }
        }
        false
    }
}

impl MessageLog {
    fn arrive(self, row: MessageRow) {
        count_meanwhile();
        let is_ready = self.is_ready();
        let id = row.id;
        let is_new = self
            .list
            .loaded
            .try_with_untracked(|loaded| loaded.place_of(id).is_none());
        if is_new == Some(true) {
            self.selected.arrived(std::iter::once(id));
        }
        let arrival = self
            .list
            .loaded
            .try_update(|loaded| loaded.arrive(row, is_ready));
        if arrival == Some(Arrival::Shown) {
            self.settle_soon();
        }
        self.refresh(id);
    }

    /// Puts a message as it is now in the place of what it was, in the list and in the drawer.
    fn change(self, row: MessageRow) {
        let id = row.id;
        self.list.loaded.try_update(|loaded| {
            loaded.change(&row);
        });
        self.refresh(id);
    }

    fn refresh(self, id: domain::MessageId) {
        if self.opened.try_get_untracked().flatten() == Some(id) {
            self.read_message(id, id.to_string());
        }
        self.count_soon();
    }

    /// Reads the counts again in a moment; what arrives until then asks for nothing more.
    fn count_soon(self) {
        if self.live.is_counting_soon.try_get_value() != Some(false) {
            return;
        }
        self.live.is_counting_soon.set_value(true);
        set_timeout(
            move || {
                if self.live.is_counting_soon.try_set_value(false).is_none() {
                    self.read_counts();
                }
            },
            COUNTS_AFTER,
        );
    }
}
