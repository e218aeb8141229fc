//! What the page knows, for all of its parts.

// Nothing arrives where nobody looks.
#[cfg(not(feature = "ssr"))]
mod arriving;
mod going;
mod own;
mod reading;
mod telling;

use crate::AppError;
use crate::activity::address::Address;
use crate::activity::any_log::Parts;
use crate::activity::calls::{Answer, Listing, Plot};
use crate::activity::clock::Moment;
use crate::activity::kind::ACTIVITY;
use crate::activity::search::Search;
use crate::i18n::Locale;
use crate::select::Picking;
use chrono::NaiveDate;
use domain::export::Source;
use domain::query::QueryError;
use domain::view::{ActivityDetail, ActivityRow, Count, DayCount, Facets, Surroundings, Viewer};
use domain::{ActivityId, Code, Direction};
use leptos::prelude::*;
use std::collections::HashMap;
use std::ops::Deref;
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
    /// It could not be read, and why.
    Failed(Code),
}

/// What the page knows. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Log {
    /// Who is signed in.
    pub viewer: StoredValue<Viewer>,
    /// The address.
    pub address: Memo<Address>,
    /// The list that the address asks for.
    pub wanted: Memo<Address>,
    /// The places of the query that were not understood.
    pub mistakes: RwSignal<Vec<QueryError>>,
    /// Counts by day.
    pub days: RwSignal<HashMap<NaiveDate, Count>>,
    /// The entry in the drawer.
    pub entry: RwSignal<Option<Entry>>,
    /// The text in the query field.
    pub draft: RwSignal<String>,
    /// The store's clock.
    pub moment: Moment,
    /// Something to be said to who can't see it.
    pub said: RwSignal<String>,
    /// Something to be said to everybody for a moment.
    pub hint: RwSignal<Option<String>>,
    parts: Parts<ActivityRow, Address, Facets>,
}

impl Deref for Log {
    type Target = Parts<ActivityRow, Address, Facets>;

    fn deref(&self) -> &Self::Target {
        &self.parts
    }
}

impl Log {
    /// What the page knows from the start.
    pub fn new(locale: Locale, viewer: Viewer, address: Memo<Address>, first: First) -> Self {
        let moment = Moment::new(viewer.now, viewer.offset_minutes);
        let parts = Parts::<ActivityRow, _, _>::new(
            locale,
            Memo::new(move |_| address.with(|address| address.q.clone())),
            Memo::new(move |_| address.with(|a| a.entry.as_deref()?.parse().ok())),
            first.address.list(),
            36.0,
            first.facets.ok().and_then(Answer::into_found),
            first.plot.ok().and_then(Answer::into_found),
        );
        let log = Self {
            viewer: StoredValue::new(viewer),
            address,
            wanted: Memo::new(move |_| address.with(Address::list)),
            mistakes: RwSignal::new(Vec::new()),
            days: RwSignal::new(HashMap::new()),
            entry: RwSignal::new(first.entry),
            draft: RwSignal::new(first.address.q.clone()),
            moment,
            said: RwSignal::new(String::new()),
            hint: RwSignal::new(None),
            parts,
        };
        log.take_days(first.days);
        log.take(first.address.list(), first.list);
        log.list.cursor.set(log.opened.get_untracked());
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
        self.moment.go_on();
    }

    /// Shows one by one what is folded into a row.
    pub fn unfold(self, id: ActivityId) {
        self.list.loaded.update(|loaded| loaded.unfold(id));
        self.list.fit_window(self.list.scrolled.get_value());
    }

    /// What the store's clock adds to UTC now, in minutes.
    pub fn offset_minutes(self) -> i32 {
        self.moment.offset_minutes
    }

    /// Today on the store's clock.
    pub fn today(self) -> NaiveDate {
        self.moment.today()
    }

    /// What the bar of the selection and its dialogs need of it.
    pub fn picking_of(self) -> Picking {
        let matching = Signal::derive(move || self.facets.with(|f| f.as_ref().map(|f| f.matching)));
        let found = Callback::new(move |()| {
            let q = self.shown.with_untracked(|shown| shown.q.clone());
            (q, self.live.mark())
        });
        self.selected.picking(
            Source::Activity,
            self.list,
            matching,
            found,
            (self.locale, self.hint),
        )
    }

    /// What the query field, the filters and the bars need of it.
    pub fn search_of(self) -> Search {
        let facets = self.facets;
        Search {
            locale: self.locale,
            kind: &ACTIVITY,
            q: self.q,
            beside: Memo::new(move |_| {
                let is_oldest = self
                    .address
                    .with(|address| address.direction == Direction::Oldest);
                is_oldest
                    .then_some(("sort", "oldest"))
                    .into_iter()
                    .collect()
            }),
            shown: Signal::derive(move || self.shown.with(|shown| shown.q.clone())),
            draft: self.draft,
            mistakes: self.mistakes,
            plot: self.plot,
            matching: Signal::derive(move || facets.with(|f| f.as_ref().map(|f| f.matching))),
            moment: self.moment,
            reader: StoredValue::new(self.reader()),
            go: Callback::new(move |(q, is_step): (String, bool)| self.put(&q, is_step)),
            count: Callback::new(move |(qualifier, value): (String, String)| {
                facets.with(|facets| count_of(facets.as_ref()?, &qualifier, &value))
            }),
        }
    }
}

/// How many entries a value of a counted qualifier finds.
fn count_of(facets: &Facets, qualifier: &str, value: &str) -> Option<Count> {
    match qualifier {
        "outcome" => facets
            .outcomes
            .iter()
            .find(|(there, _)| there.as_str() == value)
            .map(|(_, count)| *count),
        "category" => facets
            .categories
            .iter()
            .find(|(there, _)| there.as_str() == value)
            .map(|(_, count)| *count),
        _ => None,
    }
}

/// What the page knows.
pub fn use_log() -> Log {
    expect_context()
}
