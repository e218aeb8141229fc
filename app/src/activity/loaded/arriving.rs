//! What an entry that has just been recorded does to the list.

use super::{Loaded, LogRow};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Direction;
use std::collections::HashSet;
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
    /// It belongs behind what is loaded, or is known already.
    Nothing,
}

impl<R: LogRow> Loaded<R> {
    /// Takes in an entry that has just been recorded. `is_ready`: whether rows may move now; `now`: the present moment, since
    /// a row may have a time ahead of it.
    pub fn arrive(&mut self, row: R, is_ready: bool, now: DateTime<Utc>) -> Arrival {
        if self.change(&row) {
            return Arrival::Nothing;
        }
        // With the oldest first, new entries stand at the end, which is shown only when it is loaded.
        if self.direction == Direction::Oldest && self.is_further_on(&row) {
            return Arrival::Nothing;
        }
        if self
            .newest()
            .is_some_and(|newest| row.moment().0 < newest.min(now) - LATE)
        {
            return if self.late.insert(row.id()) {
                Arrival::Late
            } else {
                Arrival::Nothing
            };
        }
        if self.direction == Direction::Oldest {
            self.insert(row);
            self.index();
            return Arrival::Shown;
        }
        self.waiting.push(row);
        if is_ready {
            self.release();
            Arrival::Shown
        } else {
            Arrival::Waiting
        }
    }

    /// Takes in an entry that has changed. One that isn't there and matches now arrives like a new one, unless the page to
    /// which it belongs is still to be read.
    pub fn arrive_changed(
        &mut self,
        row: R,
        is_matching: bool,
        is_ready: bool,
        now: DateTime<Utc>,
    ) -> Arrival {
        if self.change(&row) || !is_matching || self.is_further_on(&row) {
            Arrival::Nothing
        } else {
            self.arrive(row, is_ready, now)
        }
    }

    /// Notes that more has arrived than is known here.
    pub fn outdate(&mut self) {
        self.is_stale = true;
    }

    /// What is in the list or waits to be.
    pub fn ids(&self) -> HashSet<R::Id> {
        let waiting = self.waiting.iter().map(R::id);
        self.places.keys().copied().chain(waiting).collect()
    }

    /// Whether something may lie between this page and rows that were known: it goes on, and shares none with them.
    pub fn leaves_a_hole_to(&self, known: &HashSet<R::Id>) -> bool {
        let mut ids = self.lines.iter().flat_map(|line| line.ids());
        self.next.is_some() && !self.lines.is_empty() && !ids.any(|id| known.contains(&id))
    }

    /// When the newest row happened.
    fn newest(&self) -> Option<DateTime<Utc>> {
        match self.direction {
            Direction::Newest => self.lines.first().map(|line| line.row.moment().0),
            Direction::Oldest => self.end(),
        }
    }

    /// When the last row happened, also one that is folded into another.
    fn end(&self) -> Option<DateTime<Utc>> {
        let line = self.lines.last()?;
        let last = line.folded.last().unwrap_or(&line.row);
        Some(last.moment().0)
    }

    /// Whether it belongs to a page that is still to be read.
    fn is_further_on(&self, row: &R) -> bool {
        let (end, at) = (self.end(), row.moment().0);
        self.next.is_some()
            && match self.direction {
                Direction::Newest => end.is_some_and(|end| at < end),
                Direction::Oldest => end.is_none_or(|end| end < at),
            }
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
