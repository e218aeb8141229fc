//! Rows from one place of a list to another.

use super::{Picks, Selected, Share};
use crate::activity::list::List;
use crate::activity::loaded::{Line, Loaded, LogRow};
use leptos::prelude::*;

/// How many of the rows that are loaded are selected.
pub fn share<R: LogRow>(picks: &Picks<R::Id>, loaded: &Loaded<R>, fits: fn(&R) -> bool) -> Share {
    if picks.is_empty() {
        return Share::None;
    }
    let (mut selected, mut all) = (0, 0);
    for line in loaded.lines() {
        let mut ids = line.pickable(fits).peekable();
        if ids.peek().is_some() {
            all += 1;
            selected += usize::from(ids.all(|id| picks.has(id)));
        }
    }
    match selected {
        0 => Share::None,
        _ if selected == all => Share::All,
        _ => Share::Some,
    }
}

/// Selects all rows that are loaded.
pub fn pick_loaded<R: LogRow>(picks: &mut Picks<R::Id>, loaded: &Loaded<R>, fits: fn(&R) -> bool) {
    for id in ids(loaded.lines(), fits) {
        picks.put(id, true);
    }
}

/// The ids of lines that can be selected.
fn ids<R: LogRow>(lines: &[Line<R>], fits: fn(&R) -> bool) -> impl Iterator<Item = R::Id> {
    lines.iter().flat_map(move |line| line.pickable(fits))
}

impl<R: LogRow> Selected<R> {
    /// Selects a row or lets it go; `is_range` does the same to all rows between it and the last one chosen.
    pub fn pick(self, list: List<R>, id: R::Id, is_range: bool) {
        let is_on = !self.picks.with_untracked(|picks| picks.has(id));
        let anchor = self.anchor.get_value().filter(|_| is_range);
        self.anchor.set_value(Some(id));
        let between = list.loaded.with_untracked(|loaded| {
            let to = loaded.place_of(id)?;
            let from = anchor
                .and_then(|anchor| loaded.place_of(anchor))
                .unwrap_or(to);
            let rows = loaded.lines().get(from.min(to)..=from.max(to))?;
            Some(ids(rows, self.fits.get_value()).collect::<Vec<_>>())
        });
        self.picks.update(|picks| {
            // In a range all follow the row that was chosen first.
            let is_on = anchor.map_or(is_on, |anchor| picks.has(anchor));
            for id in between.unwrap_or_else(|| vec![id]) {
                picks.put(id, is_on);
            }
        });
    }

    /// Selects all rows that are loaded.
    pub fn pick_loaded(self, list: List<R>) {
        list.loaded.with_untracked(|loaded| {
            self.picks
                .update(|picks| pick_loaded(picks, loaded, self.fits.get_value()));
        });
    }

    /// Moves the cursor with shift: what it passes is selected.
    pub fn extend(self, list: List<R>, step: impl FnOnce()) {
        let before = list.cursor.get_untracked();
        step();
        let after = list.cursor.get_untracked();
        list.loaded.with_untracked(|loaded| {
            let places = [before, after]
                .into_iter()
                .flatten()
                .filter_map(|id| loaded.place_of(id));
            let ids: Vec<_> = places
                .filter_map(|place| loaded.at(place))
                .flat_map(|line| line.pickable(self.fits.get_value()))
                .collect();
            self.picks
                .update(|picks| ids.into_iter().for_each(|id| picks.put(id, true)));
        });
        self.anchor.set_value(after);
    }
}
