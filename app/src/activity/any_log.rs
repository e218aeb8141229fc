//! What the page of a log does whatever it is a log of: its cursor, its next page, what waits to be shown.
//!
//! Each log says by [`AnyLog`] what is its own, and gets the rest from here: the [`keys`], the [`frame`] of its table,
//! what stands in its place ([`blank`]), the [`bar`] of its drawer.

pub(crate) mod bar;
pub(crate) mod blank;
pub(crate) mod frame;
pub(crate) mod keys;

use crate::AppError;
use crate::activity::browser;
use crate::activity::calls::Plot;
use crate::activity::histogram::bars;
use crate::activity::list::List;
use crate::activity::live::Live;
use crate::activity::loaded::{Heights, Loaded, LogRow, PageOf};
use crate::activity::state::{Going, More};
use crate::i18n::Locale;
use crate::select::Selected;
use domain::view::Count;
use domain::{Code, TimeRange};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How high a day's heading is at first, in pixels.
const DAY_HEIGHT: f64 = 30.0;
/// The next page is asked for when the cursor comes this close to the end.
const NEAR_END: usize = 20;
/// What has arrived looks new for so long.
const FRESH: Duration = Duration::from_secs(3);

/// What a row of a log is known by.
pub type IdOf<L> = <<L as AnyLog>::Row as LogRow>::Id;

/// What the page of each log holds: of which rows, what names one of its lists, its counts by value. A handle: cheap to
/// copy.
pub struct Parts<R: LogRow, W, F> {
    /// The language.
    pub locale: Locale,
    /// The query of the address.
    pub q: Memo<String>,
    /// The list that is shown.
    pub shown: RwSignal<W>,
    /// Its rows.
    pub list: List<R>,
    /// Which of them are selected.
    pub selected: Selected<R>,
    /// The one that the address opens.
    pub opened: Memo<Option<R::Id>>,
    /// Whether another list is on its way.
    pub is_loading: RwSignal<bool>,
    /// How it stands with the next page.
    pub more: RwSignal<More>,
    /// Why the list could not be read.
    pub failure: RwSignal<Option<AppError>>,
    /// The counts of what is shown.
    pub facets: RwSignal<Option<F>>,
    /// The bars.
    pub plot: RwSignal<Option<Plot>>,
    /// How it stands with the socket.
    pub live: Live,
    /// The router.
    pub going: Going,
}

impl<R: LogRow, W, F> Clone for Parts<R, W, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: LogRow, W, F> Copy for Parts<R, W, F> {}

impl<R, W, F> Parts<R, W, F>
where
    R: LogRow,
    W: Send + Sync + 'static,
    F: Send + Sync + 'static,
{
    /// What it holds from the start: no rows yet, each of them this high at first.
    pub fn new(
        locale: Locale,
        q: Memo<String>,
        opened: Memo<Option<R::Id>>,
        shown: W,
        row_height: f64,
        facets: Option<F>,
        plot: Option<Plot>,
    ) -> Self {
        let live = Live::new();
        // One that is not understood must not be taken for none, which finds everything.
        live.follow(&q.get_untracked(), None);
        let is_loading = RwSignal::new(false);
        let failure = RwSignal::new(None::<AppError>);
        // What stands in the address is what is exported, also where its list is not there.
        let asked = Signal::derive(move || {
            let is_missing = is_loading.get() || failure.with(Option::is_some);
            is_missing.then(|| q.get())
        });
        Self {
            locale,
            q,
            shown: RwSignal::new(shown),
            list: List::new(Heights {
                row: row_height,
                day: DAY_HEIGHT,
            }),
            selected: Selected::of_asked(asked),
            opened,
            is_loading,
            more: RwSignal::new(More::Idle),
            failure,
            facets: RwSignal::new(facets),
            plot: RwSignal::new(plot),
            live,
            going: Going::new(),
        }
    }
}

/// What the page of a log holds.
pub type PartsOf<L> = Parts<<L as AnyLog>::Row, <L as AnyLog>::Wanted, <L as AnyLog>::Facets>;

/// The page of a log. A handle: cheap to copy.
pub trait AnyLog: Copy + Send + Sync + 'static {
    /// What it is a log of.
    type Row: LogRow;
    /// Its counts by value.
    type Facets: Send + Sync + 'static;
    /// What names one of its lists.
    type Wanted: Clone + PartialEq + Send + Sync + 'static;

    /// What it holds.
    fn parts(self) -> PartsOf<Self>;
    /// The address of the list without an open row. Followed.
    fn list_href(self) -> String;
    /// Where back leads from an open row where it covers the list, and what that is called; none where it leads to the
    /// list. Followed.
    fn back(self) -> Option<(String, &'static str)> {
        None
    }

    /// The address of the list with a row open. Followed.
    fn row_href(self, id: IdOf<Self>) -> String;
    /// Whether the address opens a row, not followed.
    fn has_open(self) -> bool;
    /// The page of a list behind a cursor; none when its query is not understood.
    fn page_after(
        wanted: Self::Wanted,
        cursor: String,
    ) -> impl Future<Output = Result<Option<PageOf<Self::Row>>, AppError>>;
    /// The counts for a query; none when they could not be read.
    fn facets_of(q: String) -> impl Future<Output = Option<Self::Facets>>;
    /// The bars for a query, in a frame if one is kept; none when there are none.
    fn bars_of(q: String, frame: Option<TimeRange>) -> impl Future<Output = Option<Plot>>;
    /// The query of a list.
    fn query_of(wanted: &Self::Wanted) -> &str;
    /// How many a query finds.
    fn count(q: String) -> impl Future<Output = Result<Count, AppError>>;
    /// Reads the list that is shown again.
    fn reload(self);
    /// Puts text on the clipboard and says so.
    fn copy(self, text: String);

    /// Where another list than the one that is shown could not be read: lets go what was selected in that one and takes
    /// its counts and bars away, for they are not of what the address asks for.
    fn forget_shown(self) {
        let Parts {
            q,
            shown,
            selected,
            facets,
            plot,
            ..
        } = self.parts();
        Effect::new(move |_| {
            let q = q.get();
            if shown.with_untracked(|shown| Self::query_of(shown) != q) {
                selected.clear();
                facets.set(None);
                plot.set(None);
            }
        });
    }

    /// The list that is shown.
    fn shown(self) -> RwSignal<Self::Wanted> {
        self.parts().shown
    }

    /// The query of the address, not followed; none once the page is left.
    fn query(self) -> Option<String> {
        self.parts().q.try_get_untracked()
    }

    /// What else follows when rows came into the list.
    fn rows_came(self) {}

    /// Reads the row that is open again, where rows change.
    #[cfg(not(feature = "ssr"))]
    fn read_opened(self) {}

    /// What is counted again some time after something arrived.
    #[cfg(not(feature = "ssr"))]
    fn count_again(self) {
        self.read_counts();
    }

    /// Whether rows may move now: the reader is at the top, doesn't point at the list, has nothing selected and isn't
    /// reading an entry.
    fn is_ready(self) -> bool {
        let Parts {
            list,
            selected,
            live,
            ..
        } = self.parts();
        list.is_at_top()
            && !live.is_pointed_at()
            && !selected.is_any()
            && !browser::has_focus_within(".drawer")
    }

    /// Opens a row: a step from the list, in place from another row.
    fn open_row(self, id: IdOf<Self>) {
        let Parts { list, going, .. } = self.parts();
        let is_step = !self.has_open();
        list.cursor.set(Some(id));
        going.to(&untrack(|| self.row_href(id)), is_step);
    }

    /// Opens a row by its link, unless the reader wants the link in another tab.
    fn follow_link(self, id: IdOf<Self>, event: &MouseEvent) {
        let has_modifier =
            event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key();
        if event.button() == 0 && !has_modifier {
            event.prevent_default();
            self.open_row(id);
        }
    }

    /// Closes the drawer.
    fn close_row(self) {
        if self.has_open() {
            let had_focus = browser::has_focus_within(".drawer");
            self.parts().going.to(&untrack(|| self.list_href()), true);
            if had_focus {
                request_animation_frame(|| browser::focus("tr.cursor .what a"));
            }
        }
    }

    /// Moves the cursor by so many rows; into the list when there is none. Opens the row there when one is open
    /// already.
    fn move_cursor(self, by: isize) {
        let list = self.parts().list;
        let Some((place, id)) = list.step_cursor(by) else {
            return;
        };
        if self.has_open() {
            self.open_row(id);
        }
        if place + NEAR_END > list.loaded.with_untracked(Loaded::len) {
            self.load_more();
        }
    }

    /// After scrolling: moves the rows that stand in the document along, asks for the next page.
    fn scrolled(self) {
        let list = self.parts().list;
        let Some(scroll) = list.scroll.get_untracked() else {
            return;
        };
        let visible = f64::from(scroll.client_height());
        if list.scrolled_to(f64::from(scroll.scroll_top()), visible) {
            self.load_more();
        }
        self.release_if_ready();
    }

    /// After another list came, from the server or as it was left: where the search behind it stopped with less than the
    /// reader can see, nobody will scroll, so it goes on at once.
    fn goes_on_if_stopped(self) {
        let list = self.parts().list;
        let has_stopped = move || list.loaded.try_with_untracked(Loaded::has_stopped) == Some(true);
        if browser::IS_HERE && has_stopped() {
            // The rows must stand in the document before anybody knows how far they reach.
            request_animation_frame(move || {
                if has_stopped() {
                    self.scrolled();
                }
            });
        }
    }

    /// Reads the next page while the reader scrolls towards it. A search that stopped many times goes on only when asked.
    fn load_more(self) {
        let waits = |loaded: &Loaded<Self::Row>| loaded.waits_at().is_some();
        if !self.parts().list.loaded.with_untracked(waits) {
            self.go_on();
        }
    }

    /// Reads the next page, unless it is on its way or there is none.
    fn go_on(self) {
        let Parts { list, more, .. } = self.parts();
        let after = list.loaded.with_untracked(|loaded| loaded.next.clone());
        let Some(after) = after.filter(|_| more.get_untracked() != More::Loading) else {
            return;
        };
        more.set(More::Loading);
        let wanted = self.shown().get_untracked();
        spawn_local(async move {
            let page = Self::page_after(wanted.clone(), after.clone()).await;
            let is_still_next = list
                .loaded
                .try_with_untracked(|loaded| loaded.next.as_ref() == Some(&after));
            if self.shown().try_get_untracked() != Some(wanted) || is_still_next != Some(true) {
                return;
            }
            match page {
                Ok(Some(page)) => {
                    more.set(More::Idle);
                    list.loaded.update(|loaded| loaded.append(page));
                    list.fit_window(list.scrolled.get_value());
                    self.rows_came();
                    self.goes_on_if_stopped();
                }
                // What was understood for the first page is for the next.
                Ok(None) => more.set(More::Failed(Code::Internal)),
                Err(error) => more.set(More::Failed(error.code())),
            }
        });
    }

    /// Reads counts and bars for the query in the address.
    fn read_counts(self) {
        let Some(q) = self.query() else {
            return;
        };
        let is_same = move |q: &str| self.query().as_deref() == Some(q);
        spawn_local({
            let q = q.clone();
            async move {
                if let Some(facets) = Self::facets_of(q.clone()).await
                    && is_same(&q)
                {
                    self.parts().facets.set(Some(facets));
                }
            }
        });
        let plot = self.parts().plot;
        let kept =
            plot.with_untracked(|plot| plot.as_ref().and_then(|p| bars::frame(&p.histogram)));
        spawn_local(async move {
            if let Some(bars) = Self::bars_of(q.clone(), kept).await
                && is_same(&q)
            {
                plot.set(Some(bars));
            }
        });
    }

    /// Shows what waits, from the top.
    fn release(self) {
        let list = self.parts().list;
        if list.loaded.with_untracked(Loaded::is_to_be_read_again) {
            self.reload();
            return;
        }
        let added = list.loaded.try_update(Loaded::release).unwrap_or(0);
        if added > 0 {
            list.scroll_to(0.0);
            self.settle_soon();
        }
    }

    /// Shows what waits, if rows may move.
    fn release_if_ready(self) {
        let Parts {
            list, is_loading, ..
        } = self.parts();
        let has_news = list.loaded.try_with_untracked(Loaded::has_news);
        let is_loading = is_loading.try_get_untracked();
        if has_news == Some(true) && is_loading == Some(false) && self.is_ready() {
            self.release();
        }
    }

    /// After rows came into the list: puts those that can be seen into the document. In a moment they look new no longer.
    fn settle_soon(self) {
        let list = self.parts().list;
        list.fit_window(list.scrolled.get_value());
        self.rows_came();
        set_timeout(
            move || {
                list.loaded.try_update_untracked(Loaded::settle);
            },
            FRESH,
        );
    }

    /// More happened than can be put in row by row: the list is read again as soon as rows may move.
    #[cfg(not(feature = "ssr"))]
    fn read_again(self) {
        self.read_opened();
        if self.is_ready() {
            self.reload();
        } else {
            self.parts().list.loaded.try_update(Loaded::outdate);
            self.count_soon();
        }
    }

    /// Counts again in a moment; what arrives until then asks for nothing more.
    #[cfg(not(feature = "ssr"))]
    fn count_soon(self) {
        self.parts().live.count_soon(move || self.count_again());
    }
}
