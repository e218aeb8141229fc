//! Rows that say the same one after the other: one line with a count, until the reader unfolds it.

use super::{Line, Loaded, LogRow};

/// So many in a row are folded.
const FOLDED_FROM: usize = 3;

impl<R: LogRow> Loaded<R> {
    /// Folds the last line into those before it, when they say the same often enough.
    pub(super) fn fold_last(&mut self) {
        let Some(last) = self.lines.len().checked_sub(1) else {
            return;
        };
        let mut head = last;
        while head > 0 && self.continues(head - 1, head) {
            head -= 1;
            if self
                .lines
                .get(head)
                .is_some_and(|line| !line.folded.is_empty())
            {
                break;
            }
        }
        let is_begun = self
            .lines
            .get(head)
            .is_some_and(|line| !line.folded.is_empty());
        if head == last || (!is_begun && last + 1 - head < FOLDED_FROM) {
            return;
        }
        for line in self.lines.split_off(head + 1) {
            self.places.insert(line.row.id(), head);
            if let Some(into) = self.lines.get_mut(head) {
                into.folded.push(line.row);
                into.revision += 1;
            }
        }
    }

    /// Whether the line at `next` repeats the one at `place`, and neither was unfolded.
    fn continues(&self, place: usize, next: usize) -> bool {
        let (Some(one), Some(two)) = (self.lines.get(place), self.lines.get(next)) else {
            return false;
        };
        let is_closed = |line: &Line<R>| !line.is_fresh && !self.unfolded.contains(&line.row.id());
        one.day == two.day && is_closed(one) && is_closed(two) && one.row.repeats(&two.row)
    }

    /// Puts what is folded into a row into lines of their own.
    pub fn unfold(&mut self, id: R::Id) {
        let Some(place) = self.place_of(id) else {
            return;
        };
        let Some(line) = self.lines.get_mut(place) else {
            return;
        };
        self.unfolded.extend(line.ids());
        let (folded, day) = (std::mem::take(&mut line.folded), line.day);
        line.revision += 1;
        let lines = folded.into_iter().map(|row| Line {
            row,
            day,
            revision: 0,
            is_fresh: false,
            folded: Vec::new(),
        });
        let rest = self.lines.split_off(place + 1);
        self.lines.extend(lines);
        self.lines.extend(rest);
        self.index();
    }
}
