//! Taking in what arrives over the socket.

use super::MessageLog;
use crate::activity::any_log::AnyLog as _;
use crate::activity::live::{Follower, Live, count_meanwhile, greeted, lose_count};
use crate::activity::loaded::{Arrival, Loaded};
use crate::messages::live::{Heard, Topic, hear, request};
use chrono::{DateTime, Utc};
use domain::view::{MessageRow, ThreadItem};
use leptos::prelude::*;

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
            Heard::Changed {
                item,
                is_matching,
                mark,
            } => {
                self.live.set_mark(mark);
                if let ThreadItem::Message { row, .. } = *item {
                    self.change(*row, is_matching);
                }
            }
            Heard::Resync { mark } => {
                self.live.set_mark(mark);
                lose_count();
                self.read_again();
            }
        }
        false
    }
}

impl MessageLog {
    fn arrive(self, row: MessageRow) {
        count_meanwhile();
        self.put_row(row, Loaded::arrive);
    }

    /// Puts a message as it is now in the place of what it was, in the list and in the drawer; lets it arrive when it isn't
    /// there and the query finds it now.
    fn change(self, row: MessageRow, is_matching: bool) {
        let arrival = self.put_row(row, |loaded, row, is_ready, now| {
            loaded.arrive_changed(row, is_matching, is_ready, now)
        });
        if arrival != Arrival::Nothing {
            count_meanwhile();
        }
    }

    /// Takes a message into the list.
    fn put_row(
        self,
        row: MessageRow,
        take: impl FnOnce(&mut Loaded<MessageRow>, MessageRow, bool, DateTime<Utc>) -> Arrival,
    ) -> Arrival {
        let (is_ready, now) = (self.is_ready(), self.moment.exactly());
        let id = row.id;
        let arrival = self
            .list
            .loaded
            .try_update(|loaded| take(loaded, row, is_ready, now))
            .unwrap_or(Arrival::Nothing);
        if arrival != Arrival::Nothing {
            self.selected.arrived(std::iter::once(id));
        }
        if arrival == Arrival::Shown {
            self.settle_soon();
        }
        self.refresh(id);
        arrival
    }

    fn refresh(self, id: domain::MessageId) {
        if self.opened.try_get_untracked().flatten() == Some(id) {
            self.read_message(id, id.to_string());
        }
        self.count_soon();
    }
}
