//! What the page knows, for all of its parts.

// Nothing arrives where nobody looks.
#[cfg(not(feature = "ssr"))]
mod arriving;
mod going;
mod placing;
mod reading;
mod telling;

use crate::AppError;
use crate::activity::address::Address;
use crate::activity::browser;
use crate::activity::calls::{Answer, Listing, Plot};
use crate::activity::live::Live;
use crate::activity::loaded::{Heights, Loaded};
use crate::i18n::Locale;
use chrono::{DateTime, NaiveDate, Utc};
use domain::ActivityId;
use domain::query::QueryError;
use domain::view::{ActivityDetail, Count, DayCount, Facets, Surroundings, Viewer};
use leptos::html::Div;
use leptos::prelude::*;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

pub use going::Going;

/// What was loaded before the page was shown.
#[derive(Debug, Clone)]
pub struct First {
    /// The list it belongs to.
    pub address: Address,
    /// The first page.
    pub list: Result<Answer<Listing>, AppError>,
    /// Counts.
    pub facets: Result<Answer<Facets>, AppError>,
    /// Bars.
    pub plot: Result<Answer<Plot>, AppError>,
    /// Counts of the days of the first page.
    pub days: Vec<DayCount>,
    /// The entry of the address.
    pub entry: Option<Entry>,
}

/// What is known of the entry in the drawer.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// As it stands in the address.
    pub key: String,
    /// The entry; none while it is loading.
    pub detail: Option<Result<Option<Arc<ActivityDetail>>, AppError>>,
    /// What happened around it; none while it is loading or when that failed.
    pub around: Option<Arc<Surroundings>>,
}

/// How it stands with the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum More {
    /// Nothing is asked for.
    #[default]
    Idle,
    /// It is on its way.
    Loading,
    /// It could not be read.
    Failed,
}

/// What the page knows. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Log {
    /// The language.
    pub locale: Locale,
    /// Who is signed in.
    pub viewer: StoredValue<Viewer>,
    /// The address.
    pub address: Memo<Address>,
    /// The list that the address asks for.
    pub wanted: Memo<Address>,
    /// The entry that the address opens.
    pub opened: Memo<Option<ActivityId>>,
    /// The list that is shown.
    pub shown: RwSignal<Address>,
    /// Its rows.
    pub loaded: RwSignal<Loaded>,
    /// Which of them stand in the document.
    pub window: RwSignal<Range<usize>>,
    /// How high they are.
    pub heights: RwSignal<Heights>,
    /// What scrolls.
    pub scroll: NodeRef<Div>,
    /// Where it was scrolled to, in pixels: kept, because what has left the document can't be asked.
    pub scrolled: StoredValue<f64>,
    /// Whether another list is on its way.
    pub is_loading: RwSignal<bool>,
    /// How it stands with the next page.
    pub more: RwSignal<More>,
    /// The places of the query that were not understood.
    pub mistakes: RwSignal<Vec<QueryError>>,
    /// Why the list could not be read.
    pub failure: RwSignal<Option<AppError>>,
    /// Counts by category and outcome.
    pub facets: RwSignal<Option<Facets>>,
    /// The bars.
    pub plot: RwSignal<Option<Plot>>,
    /// Counts by day.
    pub days: RwSignal<HashMap<NaiveDate, Count>>,
    /// The row that the keys act on.
    pub cursor: RwSignal<Option<ActivityId>>,
    /// The entry in the drawer.
    pub entry: RwSignal<Option<Entry>>,
    /// The text in the query field.
    pub draft: RwSignal<String>,
    /// Now, to the minute or so: what relative times and the day rows go by.
    pub now: RwSignal<DateTime<Utc>>,
    begun: StoredValue<(DateTime<Utc>, f64)>,
    /// How it stands with the socket.
    pub live: Live,
    /// Something to be said to who can't see it.
    pub said: RwSignal<String>,
    /// Something to be said to everybody for a moment.
    pub hint: RwSignal<Option<String>>,
    going: Going,
}

impl Log {
    /// What the page knows from the start.
    pub fn new(locale: Locale, viewer: Viewer, address: Memo<Address>, first: First) -> Self {
        let now = viewer.now;
        let log = Self {
            locale,
            viewer: StoredValue::new(viewer),
            address,
            wanted: Memo::new(move |_| address.with(Address::list)),
            opened: Memo::new(move |_| address.with(|a| a.entry.as_deref()?.parse().ok())),
            shown: RwSignal::new(first.address.list()),
            loaded: RwSignal::new(Loaded::default()),
            window: RwSignal::new(0..0),
            heights: RwSignal::new(Heights {
                row: 36.0,
                day: 30.0,
            }),
            scroll: NodeRef::new(),
            scrolled: StoredValue::new(0.0),
            is_loading: RwSignal::new(false),
            more: RwSignal::new(More::Idle),
            mistakes: RwSignal::new(Vec::new()),
            failure: RwSignal::new(None),
            facets: RwSignal::new(first.facets.ok().and_then(|answer| answer.found().cloned())),
            plot: RwSignal::new(first.plot.ok().and_then(|answer| answer.found().cloned())),
            days: RwSignal::new(HashMap::new()),
            cursor: RwSignal::new(None),
            entry: RwSignal::new(first.entry),
            draft: RwSignal::new(first.address.q.clone()),
            now: RwSignal::new(now),
            begun: StoredValue::new((now, browser::milliseconds())),
            live: Live::new(),
            said: RwSignal::new(String::new()),
            hint: RwSignal::new(None),
            going: Going::new(),
        };
        log.take_days(first.days);
        log.take(first.address.list(), first.list);
        log.cursor.set(log.opened.get_untracked());
        log
    }

    /// Goes on with the browser's clock, and loads what the address asks for from now on. Browser only: on
    /// the server effects never run.
    pub fn follow_address(self) {
        Effect::watch(
            move || self.wanted.get(),
            move |wanted, _, _| self.show(wanted.clone()),
            false,
        );
        Effect::watch(
            move || self.address.with(|address| address.entry.clone()),
            move |entry, _, _| self.open(entry.clone()),
            false,
        );
        Effect::new(move |_| {
            let tick = move || {
                self.now.try_set(self.now_exactly());
            };
            if let Ok(handle) = set_interval_with_handle(tick, std::time::Duration::from_secs(20)) {
                on_cleanup(move || handle.clear());
            }
        });
    }

    /// Now: the server's when the page was made, going on with the browser's clock.
    pub fn now_exactly(self) -> DateTime<Utc> {
        let (now, begun) = self.begun.try_get_value().unwrap_or_default();
        now + chrono::TimeDelta::milliseconds((browser::milliseconds() - begun) as i64)
    }

    /// What the store's clock adds to UTC now, in minutes.
    pub fn offset_minutes(self) -> i32 {
        self.viewer.with_value(|viewer| viewer.offset_minutes)
    }

    /// Today on the store's clock.
    pub fn today(self) -> NaiveDate {
        crate::activity::clock::day_of(self.now.get(), self.offset_minutes())
    }

    /// Now on the store's clock, not followed.
    pub fn local_now(self) -> chrono::NaiveDateTime {
        crate::activity::clock::local(self.now.get_untracked(), self.offset_minutes())
    }
}

/// What the page knows.
pub fn use_log() -> Log {
    expect_context()
}
