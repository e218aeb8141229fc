//! Which rows of a log stand in the document, and where the reader is among them.

use crate::activity::browser;
use crate::activity::loaded::{Heights, Line, Loaded, LogRow, MAX_IN_DOCUMENT, Stretch};
use crate::use_preferences;
use chrono::NaiveDate;
use domain::view::Gap;
use leptos::html::Div;
use leptos::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// The next page is asked for when this many pixels are left.
const AHEAD: f64 = 1_500.0;
/// The head of the table and a day row: what lies over the top of the list.
const COVERED: f64 = 62.0;
/// Closer to the top than this is at the top.
const AT_TOP: f64 = 4.0;

/// The rows that are loaded and those of them that can be seen. A handle: cheap to copy.
pub struct List<R: LogRow> {
    /// The rows.
    pub loaded: RwSignal<Loaded<R>>,
    /// Which of them stand in the document.
    pub window: RwSignal<Range<usize>>,
    /// How high they are.
    pub heights: RwSignal<Heights>,
    /// What scrolls.
    pub scroll: NodeRef<Div>,
    /// How high what stands above the rows is within what scrolls, in pixels: measures begin below it.
    pub above: StoredValue<f64>,
    /// Where it was scrolled to, in pixels: kept, because what has left the document can't be asked.
    pub scrolled: StoredValue<f64>,
    /// The row that the keys act on.
    pub cursor: RwSignal<Option<R::Id>>,
}

impl<R: LogRow> Clone for List<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: LogRow> Copy for List<R> {}

impl<R: LogRow> List<R> {
    /// Nothing is loaded yet.
    pub fn new(heights: Heights) -> Self {
        Self {
            loaded: RwSignal::new(Loaded::default()),
            window: RwSignal::new(0..0),
            heights: RwSignal::new(heights),
            scroll: NodeRef::new(),
            above: StoredValue::new(0.0),
            scrolled: StoredValue::new(0.0),
            cursor: RwSignal::new(None),
        }
    }

    /// The days that stand in the document, each with its rows.
    pub fn stretches(self) -> Memo<Vec<Stretch>> {
        Memo::new(move |_| {
            let window = self.window.get();
            self.loaded.with(|loaded| loaded.stretches(window))
        })
    }

    /// How much space lies above and below the rows that stand in the document.
    pub fn spaces(self) -> Memo<(f64, f64)> {
        Memo::new(move |_| {
            let heights = self.heights.get();
            self.window
                .with(|window| self.loaded.with(|loaded| loaded.spaces(window, heights)))
        })
    }

    /// The rows of a day that stand in the document: each with its revision and with how many gaps stand before it.
    pub fn rows_of(
        self,
        day: NaiveDate,
        stretches: Memo<Vec<Stretch>>,
    ) -> Memo<Vec<(R::Id, u32, usize)>> {
        Memo::new(move |_| {
            let rows = stretches.with(|all| {
                all.iter()
                    .find(|stretch| stretch.day == day)
                    .map(|stretch| stretch.rows.clone())
            });
            self.loaded.with(|loaded| {
                let lines = loaded.lines().get(rows.unwrap_or_default());
                let lines = lines.unwrap_or_default().iter();
                lines
                    .map(|line| {
                        let id = line.row.id();
                        let place = loaded.place_of(id).unwrap_or_default();
                        (id, line.revision, loaded.gaps_at(place).count())
                    })
                    .collect()
            })
        })
    }

    /// A row as it is loaded now, with the gaps before it. Not followed.
    pub fn line(self, id: R::Id) -> Option<(Line<R>, Vec<Gap>)> {
        self.loaded.with_untracked(|loaded| {
            let place = loaded.place_of(id)?;
            let gaps = loaded.gaps_at(place).cloned().collect();
            Some((loaded.at(place)?.clone(), gaps))
        })
    }

    /// Which row of its table a row is: the head is the first. Followed.
    pub fn index_of(self, id: R::Id) -> Option<usize> {
        let place = self.loaded.with(|loaded| loaded.place_of(id));
        place.map(|place| place + 2)
    }

    /// After scrolling: moves the rows that stand in the document along. True when the next page is needed.
    pub fn scrolled_to(self, top: f64, visible: f64) -> bool {
        self.scrolled.set_value(top);
        self.fit_window(top);
        let heights = self.heights.get_untracked();
        let left = self.loaded.with_untracked(|l| l.height(heights)) - top - visible;
        left < AHEAD
    }

    /// Looks where a list with something above its rows was scrolled to; as [`Self::scrolled_to`].
    pub fn look(self) -> bool {
        let Some(scroll) = self.scroll.get_untracked() else {
            return false;
        };
        let above = browser::above_rows(&scroll);
        self.above.set_value(above);
        let top = f64::from(scroll.scroll_top()) - above;
        self.scrolled_to(top, f64::from(scroll.client_height()))
    }

    /// Puts the rows around a place into the document.
    pub fn fit_window(self, top: f64) {
        let heights = self.heights.get_untracked();
        let window = self
            .loaded
            .with_untracked(|loaded| loaded.window_at(top, heights));
        if self.window.with_untracked(|there| *there != window) {
            self.window.set(window);
        }
    }

    /// Measures the rows: their height is a matter of density, language and width.
    pub fn measure(self) {
        let Some(scroll) = self.scroll.get_untracked() else {
            return;
        };
        let Some((row, day)) = browser::row_heights(&scroll) else {
            return;
        };
        let heights = Heights { row, day };
        if heights != self.heights.get_untracked() {
            // The row at the top stays at the top.
            let top = self.scrolled.get_value();
            let before = self.heights.get_untracked();
            let place = self.loaded.with_untracked(|l| l.place_at(top, before));
            self.heights.set(heights);
            if top > AT_TOP {
                let to = self
                    .loaded
                    .with_untracked(|l| l.top_of(place, heights) - heights.day);
                self.scroll_to(to);
            }
            self.fit_window(self.scrolled.get_value());
        }
    }

    /// Measures the rows when they are there, when the list's size changes and when the density does; `scrolled` looks
    /// where it was scrolled to.
    pub fn follow_size(self, scrolled: impl Fn() + Copy + 'static) {
        let density = use_preferences().density;
        Effect::new(move |_| {
            density.track();
            if self.scroll.get().is_some() {
                request_animation_frame(move || self.measure());
            }
        });
        Effect::new(move |_| {
            if let Some(scroll) = self.scroll.get() {
                browser::on_resize(&scroll, move || {
                    self.measure();
                    scrolled();
                });
            }
        });
    }

    /// Scrolls the list.
    pub fn scroll_to(self, top: f64) {
        self.scrolled.set_value(top);
        self.fit_window(top);
        if let Some(scroll) = self.scroll.get_untracked() {
            scroll.set_scroll_top((top + self.above.get_value()).round() as i32);
        }
    }

    /// Whether the first row can be seen whole.
    pub fn is_at_top(self) -> bool {
        self.scrolled.get_value() <= AT_TOP
    }

    /// The place of the cursor.
    pub fn cursor_place(self) -> Option<usize> {
        let id = self.cursor.get_untracked()?;
        self.loaded.with_untracked(|loaded| loaded.place_of(id))
    }

    /// The row under the cursor.
    pub fn cursor_row(self) -> Option<Arc<R>> {
        let place = self.cursor_place()?;
        self.loaded
            .with_untracked(|loaded| loaded.at(place).map(|line| Arc::clone(&line.row)))
    }

    /// Moves the cursor by so many rows, into the list when there is none, and makes it visible. Answers its place and
    /// row.
    pub fn step_cursor(self, by: isize) -> Option<(usize, R::Id)> {
        let place = match self.cursor_place() {
            Some(place) => place.saturating_add_signed(by),
            None => self.first_visible(),
        };
        self.put_cursor(place)
    }

    /// Puts the cursor on a place, or on the last one, and makes it visible. Answers its place and row.
    pub fn put_cursor(self, place: usize) -> Option<(usize, R::Id)> {
        let place = place.min(self.loaded.with_untracked(Loaded::len).saturating_sub(1));
        let id = self
            .loaded
            .with_untracked(|l| l.at(place).map(|line| line.row.id()))?;
        self.cursor.set(Some(id));
        self.make_visible(place);
        Some((place, id))
    }

    fn first_visible(self) -> usize {
        let heights = self.heights.get_untracked();
        let top = self.scrolled.get_value();
        let above = if top > AT_TOP { heights.day } else { 0.0 };
        self.loaded
            .with_untracked(|loaded| loaded.place_at(top + above, heights))
    }

    fn make_visible(self, place: usize) {
        let Some(scroll) = self.scroll.get_untracked() else {
            return;
        };
        let heights = self.heights.get_untracked();
        let row = self
            .loaded
            .with_untracked(|loaded| loaded.top_of(place, heights));
        let (top, visible) = (self.scrolled.get_value(), f64::from(scroll.client_height()));
        // The rows begin below the head, which scrolls along: both measures are from the first day row.
        if row - heights.day < top {
            self.scroll_to((row - heights.day).max(0.0));
        } else if row + heights.row + COVERED - heights.day > top + visible {
            self.scroll_to(row + heights.row + COVERED - heights.day - visible);
        }
    }

    /// Shows the rows from the first one on.
    pub fn reset_window(self) {
        let len = self.loaded.with_untracked(Loaded::len);
        self.window.set(0..len.min(MAX_IN_DOCUMENT));
    }
}
