//! What the list of orders knows, for all of its parts.

use super::lines::Lines;
use super::picks::{Numbers, Pick};
use crate::activity::browser;
use crate::activity::clock::Moment;
use crate::activity::list::List;
use crate::activity::live::Live;
use crate::activity::loaded::{Heights, Loaded};
use crate::i18n::Locale;
use crate::orders::calls::{self, Orders};
use crate::select::{Picking, Selected, count_selection};
use domain::export::{Selection, Source};
use domain::view::{Count, Viewer};
use domain::{Direction, Permission};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
#[cfg(not(feature = "ssr"))]
use std::collections::BTreeSet;

/// Scrolled by so little, the first line can still be seen whole.
const AT_TOP: i32 = 4;
/// Lines stand in the document all together: their heights decide nothing.
const HEIGHTS: Heights = Heights { row: 1.0, day: 1.0 };

/// What the list knows. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct OrderList {
    /// The lines.
    pub lines: RwSignal<Lines>,
    /// How many orders wait for an answer.
    pub waiting_count: RwSignal<u64>,
    /// What is searched for.
    pub words: StoredValue<String>,
    is_loading: RwSignal<bool>,
    /// The store's clock.
    pub moment: Moment,
    /// How it stands with the socket.
    pub live: Live,
    /// Where the list scrolls.
    pub scroll: NodeRef<Div>,
    /// Whether lines can be selected: they are to be exported, and nothing else is done with them.
    pub may_pick: bool,
    /// The lines as the selection knows them, and the cursor.
    pub rows: List<Pick>,
    /// Which of them are selected.
    pub selected: Selected<Pick>,
    /// The numbers that the selection's ids stand for.
    pub known: StoredValue<Numbers>,
    /// How many orders are found; counted while something is selected.
    matching: RwSignal<Option<Count>>,
    /// Something to be said to everybody for a moment.
    pub hint: RwSignal<Option<String>>,
    /// Orders whose line is to be read again.
    #[cfg(not(feature = "ssr"))]
    pub stale: StoredValue<BTreeSet<String>>,
    /// Whether lines are being read again.
    #[cfg(not(feature = "ssr"))]
    pub is_reading: StoredValue<bool>,
}

impl OrderList {
    /// Without a line yet.
    pub fn new(viewer: &Viewer) -> Self {
        Self {
            lines: RwSignal::new(Lines::default()),
            waiting_count: RwSignal::new(0),
            words: StoredValue::new(String::new()),
            is_loading: RwSignal::new(false),
            moment: Moment::new(viewer.now, viewer.offset_minutes),
            live: Live::new(),
            scroll: NodeRef::new(),
            may_pick: viewer.may(Permission::Export) && viewer.role.reads(Source::Orders),
            rows: List::new(HEIGHTS),
            selected: Selected::default(),
            known: StoredValue::new(Numbers::default()),
            matching: RwSignal::new(None),
            hint: RwSignal::new(None),
            #[cfg(not(feature = "ssr"))]
            stale: StoredValue::new(BTreeSet::new()),
            #[cfg(not(feature = "ssr"))]
            is_reading: StoredValue::new(false),
        }
    }

    /// Shows the first page of what is searched for, and follows what comes after it.
    pub fn show(self, words: String, orders: Orders) {
        self.waiting_count.set(orders.page.waiting_count);
        let lines = Lines::new(&words, orders.page);
        if self.words.with_value(|shown| *shown != words) {
            self.selected.clear();
        }
        self.words.set_value(words);
        self.lines.set(lines);
        self.live.follow("", orders.mark);
    }

    /// What the bar of the selection and its dialog need of it.
    pub fn picking_of(self, locale: Locale) -> Picking {
        // What is told of orders has no marks: what is found is found anew when the file is made.
        let found = Callback::new(move |()| (self.words.get_value(), None));
        let said = (locale, self.hint);
        let matching = self.matching.into();
        let picking = self
            .selected
            .picking(Source::Orders, self.rows, matching, found, said);
        let selection = move |()| {
            let selection = picking.selection.run(());
            self.known.with_value(|known| known.named(selection))
        };
        Picking {
            selection: Callback::new(selection),
            ..picking
        }
    }

    /// Tells the selection which lines there are, and counts what is found while something is selected. Browser only: on
    /// the server effects never run.
    pub fn follow_selection(self, picking: Picking) {
        let numbers = Memo::new(move |_| self.lines.with(Lines::numbers));
        Effect::new(move |_| {
            let lines = numbers
                .with(|numbers| self.known.try_update_value(|known| known.lines_of(numbers)));
            if let Some(lines) = lines {
                self.rows.loaded.set(Loaded::new(lines, Direction::Newest));
            }
        });
        Effect::new(move |_| {
            let is_any = picking.is_any.get();
            self.matching.set(None);
            if is_any {
                self.count();
            }
        });
    }

    /// Counts what is found. What arrives is part of it, since orders have no marks, and so of all that match.
    pub fn count(self) {
        let Some(words) = self.words.try_get_value() else {
            return;
        };
        let selection = Selection::Matching {
            source: Source::Orders,
            q: words.clone(),
            up_to: None,
            except: Vec::new(),
        };
        spawn_local(async move {
            let answer = count_selection(selection).await;
            if let Ok(counted) = answer
                && self.words.try_get_value() == Some(words)
            {
                self.matching.set(Some(counted.count));
                self.selected.recounted(counted.count.count);
            }
        });
    }

    /// Whether lines may move: nobody reads further down, points at one, has the focus in one or has selected some.
    pub fn is_ready(self) -> bool {
        let is_at_top = self
            .scroll
            .get_untracked()
            .is_none_or(|scroll| scroll.scroll_top() <= AT_TOP);
        is_at_top
            && !self.live.is_pointed_at()
            && !self.selected.is_any()
            && !browser::has_focus_within(".orders-list")
    }

    /// Puts each line into its place and shows the first ones.
    pub fn release(self) {
        self.lines.update(Lines::settle);
        if let Some(scroll) = self.scroll.get_untracked() {
            scroll.set_scroll_top(0);
        }
    }

    /// Puts each line into its place, if lines may move.
    pub fn release_if_ready(self) {
        let late = self.lines.try_with_untracked(Lines::late).unwrap_or(0);
        if late > 0 && self.is_ready() {
            self.lines.update(Lines::settle);
        }
    }

    /// Reads the next page.
    pub fn go_on(self) {
        let after = self.lines.with_untracked(|lines| lines.next().cloned());
        let Some(after) = after.filter(|_| !self.is_loading.get_untracked()) else {
            return;
        };
        self.is_loading.set(true);
        let words = self.words.get_value();
        spawn_local(async move {
            let answer = calls::list(words.clone(), Some(after)).await;
            self.is_loading.try_set(false);
            // Something else may be searched for by now.
            if let Ok(orders) = answer
                && self.words.try_get_value() == Some(words)
            {
                self.lines.try_update(|lines| lines.extend(orders.page));
            }
        });
    }
}
