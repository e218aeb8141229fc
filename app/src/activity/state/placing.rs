//! Where the reader is in the list, and what follows from it.

use super::Log;
use crate::activity::browser;
use crate::activity::loaded::Loaded;
use domain::ActivityId;
use leptos::prelude::*;

/// The next page is asked for when the cursor comes this close to the end.
const NEAR_END: usize = 20;

impl Log {
    /// After scrolling: moves the rows that stand in the document along, asks for the next page.
    pub fn scrolled_to(self, top: f64, visible: f64) {
        if self.list.scrolled_to(top, visible) {
            self.load_more();
        }
    }

    /// Whether rows may move now: the reader is at the top, doesn't point at the list, has
    /// nothing selected and isn't reading an entry.
    pub fn is_ready(self) -> bool {
        self.list.is_at_top()
            && !self.live.is_pointed_at()
            && !self.selected.is_any()
            && !browser::has_focus_within(".drawer")
    }

    /// Moves the cursor by so many rows; into the list when there is none. Opens the entry there when one is open
    /// already.
    pub fn move_cursor(self, by: isize) {
        let Some((place, id)) = self.list.step_cursor(by) else {
            return;
        };
        if self
            .address
            .with_untracked(|address| address.entry.is_some())
        {
            self.open_entry(id);
        }
        if place + NEAR_END > self.list.loaded.with_untracked(Loaded::len) {
            self.load_more();
        }
    }

    /// Shows one by one what is folded into a row.
    pub fn unfold(self, id: ActivityId) {
        self.list.loaded.update(|loaded| loaded.unfold(id));
        self.list.fit_window(self.list.scrolled.get_value());
    }
}
