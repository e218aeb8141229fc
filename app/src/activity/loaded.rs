//! What of a log the browser holds: rows in order, the way to the next page, what waits to be shown.
//!
//! Pure, and the same for each log whose rows are [`LogRow`]s: it decides what an arrival does to the list and which rows stand in the document, and knows
//! nothing of the browser.

// Nothing arrives where nobody looks.
#[cfg(any(not(feature = "ssr"), test))]
mod arriving;

#[cfg(any(not(feature = "ssr"), test))]
pub use arriving::Arrival;

mod folds;
mod gaps;

use crate::activity::clock::day_of;
use chrono::{DateTime, NaiveDate, Utc};
use domain::view::{ActivityPage, ActivityRow, Gap, MessagePage, MessageRow};
use domain::{ActivityId, Direction, MASK, MessageId, Seq};
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

/// How many rows stand in the document at most.
pub const MAX_IN_DOCUMENT: usize = 300;
/// After so many stops a search waits until the reader asks it to go on.
const STOPS: u32 = 20;
/// How many rows stand above the first visible one at most.
const LEAD: usize = 120;
/// The window moves in steps of this many rows.
const STEP: usize = 60;

/// One line of a log.
pub trait LogRow: Clone + PartialEq + Send + Sync + 'static {
    /// What it is known by.
    type Id: Copy + Display + Eq + Hash + Send + Sync + 'static;

    /// Its id.
    fn id(&self) -> Self::Id;
    /// When it happened, and what the store's clock adds to UTC then, in minutes. The rows of a list without times have
    /// one moment, so that it is a single day.
    fn moment(&self) -> (DateTime<Utc>, i32);
    /// Its ledger number; none for roles that may not count.
    fn seq(&self) -> Option<Seq>;
    /// Whether it can be selected, as long as the list's selection is not of others.
    fn is_pickable(&self) -> bool {
        true
    }
    /// Whether the next row says the same once more, so that it can be folded into this one.
    fn repeats(&self, _next: &Self) -> bool {
        false
    }
}

impl LogRow for ActivityRow {
    type Id = ActivityId;

    fn id(&self) -> ActivityId {
        self.id
    }

    fn moment(&self) -> (DateTime<Utc>, i32) {
        (self.occurred_at, self.offset_minutes)
    }

    fn seq(&self) -> Option<Seq> {
        self.seq
    }

    fn repeats(&self, next: &Self) -> bool {
        // Nobody can say whether two that are hidden are one.
        let thing = |row: &Self| {
            let subject = row.subject.as_ref().filter(|subject| subject.id != MASK);
            subject.map(|subject| (subject.kind.clone(), subject.id.clone()))
        };
        let is_same_operation =
            self.operation_id.is_some() && self.operation_id == next.operation_id;
        self.action == next.action
            && self.outcome == next.outcome
            && self.actor == next.actor
            && (is_same_operation || thing(self).is_some_and(|one| thing(next) == Some(one)))
    }
}

impl LogRow for MessageRow {
    type Id = MessageId;

    fn id(&self) -> MessageId {
        self.id
    }

    fn moment(&self) -> (DateTime<Utc>, i32) {
        (self.occurred_at, self.offset_minutes)
    }

    fn seq(&self) -> Option<Seq> {
        self.seq
    }
}

/// A page of a log.
#[derive(Debug, Clone)]
pub struct PageOf<R> {
    rows: Vec<R>,
    next: Option<String>,
    searched_to: Option<DateTime<Utc>>,
    gaps: Vec<Gap>,
    was_erased: bool,
}

impl<R> PageOf<R> {
    /// Rows, the cursor of what follows, and how far a search got that stopped.
    pub const fn new(
        rows: Vec<R>,
        next: Option<String>,
        searched_to: Option<DateTime<Utc>>,
    ) -> Self {
        Self {
            rows,
            next,
            searched_to,
            gaps: Vec::new(),
            was_erased: false,
        }
    }
}

impl From<ActivityPage> for PageOf<ActivityRow> {
    fn from(page: ActivityPage) -> Self {
        Self {
            rows: page.rows,
            next: page.next,
            searched_to: page.searched_to,
            gaps: page.gaps,
            was_erased: page.was_erased,
        }
    }
}

impl From<MessagePage> for PageOf<MessageRow> {
    fn from(page: MessagePage) -> Self {
        Self {
            rows: page.rows,
            next: page.next,
            searched_to: page.searched_to,
            gaps: page.gaps,
            was_erased: page.was_erased,
        }
    }
}

/// A row as it stands in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<R = ActivityRow> {
    /// The entry.
    pub row: Arc<R>,
    /// Its day on the store's clock.
    pub day: NaiveDate,
    /// Goes up when the entry changes.
    pub revision: u32,
    /// Whether it arrived while the list was open.
    pub is_fresh: bool,
    /// What says the same, below it: folded into this line until it is unfolded.
    pub folded: Vec<Arc<R>>,
}

impl<R: LogRow> Line<R> {
    fn new(row: R, is_fresh: bool) -> Self {
        let (at, offset_minutes) = row.moment();
        Self {
            day: day_of(at, offset_minutes),
            row: Arc::new(row),
            revision: 0,
            is_fresh,
            folded: Vec::new(),
        }
    }

    /// Its row and those folded into it.
    pub fn ids(&self) -> impl Iterator<Item = R::Id> {
        std::iter::once(self.row.id()).chain(self.folded.iter().map(|row| row.id()))
    }

    /// Those of its ids that can be selected: of rows that `fits` says so of.
    pub fn pickable(&self, fits: fn(&R) -> bool) -> impl Iterator<Item = R::Id> {
        let rows = std::iter::once(&self.row).chain(&self.folded);
        rows.filter(move |row| fits(row)).map(|row| row.id())
    }
}

/// The heights of the two kinds of rows, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heights {
    /// A row with an entry.
    pub row: f64,
    /// A row with a day.
    pub day: f64,
}

/// A day with those of its rows that stand in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The day.
    pub day: NaiveDate,
    /// Places in the list.
    pub rows: Range<usize>,
}

/// What is loaded of one list.
#[derive(Debug, Clone)]
pub struct Loaded<R: LogRow = ActivityRow> {
    /// Newest or oldest first.
    pub direction: Direction,
    lines: Vec<Line<R>>,
    places: HashMap<R::Id, usize>,
    /// The first place of each day.
    days: Vec<usize>,
    /// Rows that the reader unfolded.
    unfolded: HashSet<R::Id>,
    /// Where entries were erased: each with the place before which it stands.
    gaps: Vec<(usize, Gap)>,
    waiting: Vec<R>,
    /// What arrived with a time long past.
    late: HashSet<R::Id>,
    /// Whether more has arrived than is known here.
    is_stale: bool,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
    /// How far a search that no index serves got.
    searched_to: Option<DateTime<Utc>>,
    /// How often it stopped.
    stops: u32,
    /// Whether nothing was found and something was erased in the time asked for.
    pub was_erased: bool,
}

impl<R: LogRow> Default for Loaded<R> {
    fn default() -> Self {
        Self {
            direction: Direction::default(),
            lines: Vec::new(),
            places: HashMap::new(),
            days: Vec::new(),
            unfolded: HashSet::new(),
            gaps: Vec::new(),
            waiting: Vec::new(),
            late: HashSet::new(),
            is_stale: false,
            next: None,
            searched_to: None,
            stops: 0,
            was_erased: false,
        }
    }
}

impl<R: LogRow> Loaded<R> {
    /// The first page.
    pub fn new(page: impl Into<PageOf<R>>, direction: Direction) -> Self {
        let mut loaded = Self {
            direction,
            ..Self::default()
        };
        loaded.append(page);
        loaded
    }

    /// The rows in order.
    pub fn lines(&self) -> &[Line<R>] {
        &self.lines
    }

    /// How many rows are loaded.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no row is loaded.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many arrivals wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many arrived with a time long past.
    pub fn late(&self) -> usize {
        self.late.len()
    }

    /// Whether more has arrived than is known here.
    pub const fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Whether it shows what has arrived only when it is read again: what came late belongs further down, what isn't
    /// known here anywhere.
    pub fn is_to_be_read_again(&self) -> bool {
        self.is_stale || !self.late.is_empty()
    }

    /// Whether something would be shown if rows could move.
    pub fn has_news(&self) -> bool {
        self.is_stale || !self.waiting.is_empty()
    }

    /// The place of an entry.
    pub fn place_of(&self, id: R::Id) -> Option<usize> {
        self.places.get(&id).copied()
    }

    /// The entry at a place.
    pub fn at(&self, place: usize) -> Option<&Line<R>> {
        self.lines.get(place)
    }

    /// The days that are loaded, in order.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.days
            .iter()
            .filter_map(|at| self.lines.get(*at))
            .map(|line| line.day)
    }

    /// Adds the next page; what is there already is left out.
    pub fn append(&mut self, page: impl Into<PageOf<R>>) {
        let page = page.into();
        for row in page.rows {
            if !self.places.contains_key(&row.id()) {
                self.push(Line::new(row, false));
            }
        }
        self.take_gaps(page.gaps);
        self.next = page.next;
        self.searched_to = page.searched_to;
        self.stops += u32::from(page.searched_to.is_some());
        self.was_erased = page.was_erased;
    }

    /// Whether the last page is that of a search that stopped.
    pub const fn has_stopped(&self) -> bool {
        self.searched_to.is_some()
    }

    /// How far a search got that goes on only when the reader asks: by itself it does [`STOPS`] times.
    pub fn waits_at(&self) -> Option<DateTime<Utc>> {
        self.searched_to
            .filter(|_| self.stops.is_multiple_of(STOPS))
    }

    fn push(&mut self, line: Line<R>) {
        let place = self.lines.len();
        if self.lines.last().is_none_or(|last| last.day != line.day) {
            self.days.push(place);
        }
        self.places.insert(line.row.id(), place);
        self.lines.push(line);
        self.fold_last();
    }

    /// Puts what waits into the list. Answers how many rows were added.
    pub fn release(&mut self) -> usize {
        let waiting = std::mem::take(&mut self.waiting);
        let added = waiting.len();
        if added == 0 {
            return 0;
        }
        for row in waiting {
            self.insert(row);
        }
        self.index();
        added
    }

    /// Puts a row that has just arrived where its time says; the places are found anew afterwards.
    fn insert(&mut self, row: R) {
        let key = |row: &R| (row.moment().0, row.seq());
        let (direction, own) = (self.direction, key(&row));
        let place = self
            .lines
            .iter()
            .position(|line| match direction {
                Direction::Newest => key(&line.row) <= own,
                Direction::Oldest => key(&line.row) > own,
            })
            .unwrap_or(self.lines.len());
        self.lines.insert(place, Line::new(row, true));
    }

    /// Forgets that rows are fresh, so that none flashes again when it comes back into the document.
    pub fn settle(&mut self) {
        for line in &mut self.lines {
            line.is_fresh = false;
        }
    }

    fn index(&mut self) {
        self.places.clear();
        self.days.clear();
        let mut day = None;
        for (place, line) in self.lines.iter().enumerate() {
            for id in line.ids() {
                self.places.insert(id, place);
            }
            if day != Some(line.day) {
                day = Some(line.day);
                self.days.push(place);
            }
        }
        self.place_gaps();
    }

    /// How many day rows stand above a place, its own among them.
    fn days_above(&self, place: usize) -> usize {
        self.days.partition_point(|first| *first <= place)
    }

    /// Where a row begins, in pixels from the first day row.
    pub fn top_of(&self, place: usize, heights: Heights) -> f64 {
        let rows = place + self.gaps_above(place);
        rows as f64 * heights.row + self.days_above(place) as f64 * heights.day
    }

    /// How high all rows together are.
    pub fn height(&self, heights: Heights) -> f64 {
        let rows = self.len() + self.gaps.len();
        rows as f64 * heights.row + self.days.len() as f64 * heights.day
    }

    /// The row at a height, in pixels from the first day row.
    pub fn place_at(&self, y: f64, heights: Heights) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.top_of(middle, heights) + heights.row <= y {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low.min(self.len().saturating_sub(1))
    }

    /// The rows that should stand in the document when `y` is the top of what is visible.
    pub fn window_at(&self, y: f64, heights: Heights) -> Range<usize> {
        let first = self.place_at(y.max(0.0), heights).saturating_sub(LEAD) / STEP * STEP;
        first..(first + MAX_IN_DOCUMENT).min(self.len())
    }

    /// The days of a range of rows, each with its part of it.
    pub fn stretches(&self, window: Range<usize>) -> Vec<Stretch> {
        let window = window.start.min(self.len())..window.end.min(self.len());
        let mut stretches: Vec<Stretch> = Vec::new();
        for (at, first) in self.days.iter().enumerate() {
            let end = self.days.get(at + 1).copied().unwrap_or(self.len());
            let rows = window.start.max(*first)..window.end.min(end);
            if rows.start < rows.end
                && let Some(line) = self.lines.get(*first)
            {
                stretches.push(Stretch {
                    day: line.day,
                    rows,
                });
            }
        }
        stretches
    }

    /// The empty heights above and below a range of rows. The day row of the first row stands in the
    /// document, and so do its gaps: they are not part of what is above.
    pub fn spaces(&self, window: &Range<usize>, heights: Heights) -> (f64, f64) {
        if self.is_empty() || window.start >= self.len() {
            return (0.0, 0.0);
        }
        let own = self.gaps_at(window.start).count() as f64 * heights.row;
        let above = self.top_of(window.start, heights) - heights.day - own;
        let end = window.end.min(self.len());
        let last = self.top_of(end.saturating_sub(1), heights) + heights.row;
        (above.max(0.0), (self.height(heights) - last).max(0.0))
    }
}

#[cfg(test)]
#[path = "loaded_tests.rs"]
mod tests;
