//! Taking in what arrives.

use super::Log;
use crate::activity::loaded::{Arrival, Loaded};
use chrono::NaiveDate;
use domain::Direction;
use domain::view::ActivityRow;
use leptos::prelude::*;
use std::time::Duration;

/// Counts are read again this long after something arrived.
const COUNTS_AFTER: Duration = Duration::from_millis(1_500);

impl Log {
    /// Takes in entries that have just been recorded; answers how many stand in the list.
    pub fn arrive(self, rows: Vec<ActivityRow>) -> usize {
        let (is_ready, now) = (self.is_ready(), self.moment.exactly());
        let mut shown = 0;
        self.list.loaded.with_untracked(|loaded| {
            let new = rows.iter().map(|row| row.id);
            self.selected
                .arrived(new.filter(|id| loaded.place_of(*id).is_none()));
        });
        self.list.loaded.update(|loaded| {
            for row in rows {
                shown += usize::from(loaded.arrive(row, is_ready, now) == Arrival::Shown);
            }
        });
        if shown > 0 {
            self.follow_rows();
        }
        self.count_soon();
        shown
    }

    /// Puts an entry as it is now in the place of what it was, in the list and in the drawer; lets it arrive when it isn't
    /// there and the query finds it now.
    pub fn change(self, row: ActivityRow, is_matching: bool) -> Arrival {
        let (is_ready, now) = (self.is_ready(), self.moment.exactly());
        let id = row.id;
        let arrival = self
            .list
            .loaded
            .try_update(|loaded| loaded.arrive_changed(row, is_matching, is_ready, now))
            .unwrap_or(Arrival::Nothing);
        if arrival != Arrival::Nothing {
            self.selected.arrived(std::iter::once(id));
        }
        if arrival == Arrival::Shown {
            self.follow_rows();
        }
        if self.opened.get_untracked() == Some(id) {
            self.read_entry(id, id.to_string());
        }
        self.count_soon();
        arrival
    }

    /// More happened than can be put in row by row: the list is read again as soon as rows may move.
    pub fn read_again(self) {
        if let Some(id) = self.opened.try_get_untracked().flatten() {
            self.read_entry(id, id.to_string());
        }
        if self.is_ready() {
            self.reload();
        } else {
            self.list.loaded.update(Loaded::outdate);
            self.count_soon();
        }
    }

    /// Reads the counts again in a moment; what arrives until then asks for nothing more.
    fn count_soon(self) {
        if self.live.is_counting_soon.get_value() {
            return;
        }
        self.live.is_counting_soon.set_value(true);
        set_timeout(
            move || {
                if self.live.is_counting_soon.try_set_value(false).is_some() {
                    return;
                }
                self.read_counts();
                let days: Vec<NaiveDate> = self.list.loaded.with_untracked(|loaded| {
                    let newest = loaded.days();
                    match self.shown.with_untracked(|shown| shown.direction) {
                        Direction::Newest => newest.take(2).collect(),
                        Direction::Oldest => Vec::new(),
                    }
                });
                self.count_days(&days);
            },
            COUNTS_AFTER,
        );
    }
}
