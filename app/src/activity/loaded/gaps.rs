//! Where entries were erased: rows of their own, between those that are there.

use super::{Loaded, LogRow};
use domain::Direction;
use domain::view::Gap;

impl<R: LogRow> Loaded<R> {
    /// Adds the gaps of a page; those that are there already are left out.
    pub(super) fn take_gaps(&mut self, gaps: Vec<Gap>) {
        for gap in gaps {
            let is_there = |(_, there): &(usize, Gap)| {
                there.erasure == gap.erasure && there.from == gap.from && there.to == gap.to
            };
            if !self.gaps.iter().any(is_there) {
                self.gaps.push((0, gap));
            }
        }
        self.place_gaps();
    }

    /// Finds the place of each: before the first row that lies behind it, at the end before the last one.
    pub(super) fn place_gaps(&mut self) {
        let (lines, direction) = (&self.lines, self.direction);
        for (place, gap) in &mut self.gaps {
            let behind = lines.partition_point(|line| {
                let at = line.row.moment().0;
                match direction {
                    Direction::Newest => at > gap.to,
                    Direction::Oldest => at < gap.from,
                }
            });
            *place = behind.min(lines.len().saturating_sub(1));
        }
        self.gaps.sort_by_key(|(place, _)| *place);
    }

    /// The gaps that stand before a place.
    pub fn gaps_at(&self, place: usize) -> impl Iterator<Item = &Gap> {
        self.gaps
            .iter()
            .filter(move |(there, _)| *there == place)
            .map(|(_, gap)| gap)
    }

    /// How many gaps stand above a place, its own among them.
    pub(super) fn gaps_above(&self, place: usize) -> usize {
        self.gaps.partition_point(|(there, _)| *there <= place)
    }
}
