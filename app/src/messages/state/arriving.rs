//! Taking in what arrives over the socket.

use super::MessageLog;
use crate::activity::any_log::AnyLog as _;
use crate::activity::live::{Follower, Live, count_meanwhile};
use crate::activity::loaded::{Arrival, Loaded};
use crate::messages::live::{self, News};
use chrono::{DateTime, Utc};
use domain::view::MessageRow;
use leptos::prelude::*;

impl Follower for MessageLog {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn topic(self) -> String {
        "messages".to_owned()
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        live::take(self.live, text, is_greeted, |news| match news {
            News::Added(row) => self.arrive(row),
            News::Changed(row, is_matching) => self.change(row, is_matching),
            News::Resync => self.read_again(),
        })
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
