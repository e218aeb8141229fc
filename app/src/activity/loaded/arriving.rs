//! What an entry that has just been recorded does to the list.

use super::{Line, Loaded, LogRow};
use chrono::TimeDelta;
use domain::Direction;
use std::sync::Arc;

/// How much older than the newest row an arrival may be and still take its place in the list.
const LATE: TimeDelta = TimeDelta::minutes(2);

/// What an arrival did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It stands in the list.
    Shown,
    /// It waits until the reader is ready.
    Waiting,
    /// Its time is long past; the list stays as it is until it is read again.
    Late,
    /// It belongs behind what is loaded, or is there already.
    Nothing,
}

impl<R: LogRow> Loaded<R> {
    /// Takes in an entry that has just been recorded. `is_ready`: whether rows may move now.
    pub fn arrive(&mut self, row: R, is_ready: bool) -> Arrival {
        if self.change(&row) {
            return Arrival::Nothing;
        }
        if self.direction == Direction::Oldest {
            // New entries stand at the end, which is shown only when it is loaded.
            if self.next.is_some() || self.is_behind_last(&row) {
                return Arrival::Nothing;
            }
            self.push(Line::new(row, true));
            return Arrival::Shown;
        }
        let newest = self.lines.first().map(|line| line.row.moment().0);
        if newest.is_some_and(|newest| row.moment().0 < newest - LATE) {
            self.late += 1;
            return Arrival::Late;
        }
        self.waiting.push(row);
        if is_ready {
            self.release();
            Arrival::Shown
        } else {
            Arrival::Waiting
        }
    }

    fn is_behind_last(&self, row: &R) -> bool {
        self.lines
            .last()
            .is_some_and(|last| row.moment().0 < last.row.moment().0)
    }

    /// Puts an entry as it is now in the place of what it was. False when it is not there.
    pub fn change(&mut self, row: &R) -> bool {
        if let Some(waiting) = self.waiting.iter_mut().find(|w| w.id() == row.id()) {
            *waiting = row.clone();
            return true;
        }
        let Some(line) = self
            .places
            .get(&row.id())
            .and_then(|at| self.lines.get_mut(*at))
        else {
            return false;
        };
        let there = if line.row.id() == row.id() {
            Some(&mut line.row)
        } else {
            line.folded.iter_mut().find(|there| there.id() == row.id())
        };
        if let Some(there) = there.filter(|there| ***there != *row) {
            *there = Arc::new(row.clone());
            line.revision += 1;
        }
        true
    }
}
