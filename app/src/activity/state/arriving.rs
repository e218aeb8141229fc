//! Taking in what arrives.

use super::Log;
use crate::activity::any_log::AnyLog as _;
use crate::activity::loaded::Arrival;
use domain::view::ActivityRow;
use leptos::prelude::*;

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
            self.settle_soon();
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
            self.settle_soon();
        }
        if self.opened.get_untracked() == Some(id) {
            self.read_entry(id, id.to_string());
        }
        self.count_soon();
        arrival
    }
}
