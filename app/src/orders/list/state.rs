//! What the list of orders knows, for all of its parts.

use super::lines::Lines;
use crate::activity::browser;
use crate::activity::clock::Moment;
use crate::activity::live::Live;
use crate::orders::calls::{self, Orders};
use domain::view::Viewer;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
#[cfg(not(feature = "ssr"))]
use std::collections::BTreeSet;

/// Scrolled by so little, the first line can still be seen whole.
const AT_TOP: i32 = 4;

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
        self.words.set_value(words);
        self.lines.set(lines);
        self.live.follow("", orders.mark);
    }

    /// Whether lines may move: nobody reads further down, points at one or has the focus in one.
    pub fn is_ready(self) -> bool {
        let is_at_top = self
            .scroll
            .get_untracked()
            .is_none_or(|scroll| scroll.scroll_top() <= AT_TOP);
        is_at_top && !self.live.is_pointed_at() && !browser::has_focus_within(".orders-list")
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
