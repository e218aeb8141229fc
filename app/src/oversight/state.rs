//! What the page of such a log knows, for all of its parts.

use super::address::Address;
use super::watched::Watched;
use crate::AppError;
use crate::activity::any_log::Parts;
use crate::activity::browser;
use crate::activity::calls::{Answer, Plot};
use crate::activity::clock::Moment;
use crate::activity::loaded::Loaded;
use crate::activity::recent;
use crate::activity::search::Search;
use crate::i18n::Locale;
use crate::select::Picking;
use domain::query::{Query, QueryError};
use domain::view::{Count, LogFacets, Viewer};
use leptos::prelude::*;
use std::ops::Deref;
use std::sync::Arc;

/// What was loaded before the page was shown.
pub struct First<R: Watched> {
    /// The list it belongs to.
    pub address: Address,
    /// The first page.
    pub list: Result<Answer<R::Page>, AppError>,
    /// Counts.
    pub facets: Result<Answer<LogFacets>, AppError>,
    /// Bars.
    pub plot: Result<Answer<Plot>, AppError>,
    /// The entry of the address.
    pub opened: Option<Opened<R>>,
}

/// What is known of the entry in the drawer.
#[derive(Clone, PartialEq)]
pub struct Opened<R: Watched> {
    /// As it stands in the address.
    pub key: String,
    /// The entry; none while it is loading.
    pub detail: Option<Result<Option<Arc<R::Detail>>, AppError>>,
}

/// What the page knows. A handle: cheap to copy.
pub struct Watch<R: Watched> {
    /// Who is signed in.
    pub viewer: StoredValue<Viewer>,
    /// The address.
    pub address: Memo<Address>,
    /// The places of the query that were not understood.
    pub mistakes: RwSignal<Vec<QueryError>>,
    /// The entry in the drawer.
    pub entry: RwSignal<Option<Opened<R>>>,
    /// The text in the query field.
    pub draft: RwSignal<String>,
    /// The store's clock.
    pub moment: Moment,
    /// Something to be said to everybody for a moment.
    pub hint: RwSignal<Option<String>>,
    pub(super) parts: Parts<R, String, LogFacets>,
}

impl<R: Watched> Clone for Watch<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: Watched> Copy for Watch<R> {}

impl<R: Watched> Deref for Watch<R> {
    type Target = Parts<R, String, LogFacets>;

    fn deref(&self) -> &Self::Target {
        &self.parts
    }
}

impl<R: Watched> Watch<R> {
    /// What the page knows from the start.
    pub fn new(locale: Locale, viewer: Viewer, address: Memo<Address>, first: First<R>) -> Self {
        let moment = Moment::new(viewer.now, viewer.offset_minutes);
        let parts = Parts::<R, _, _>::new(
            locale,
            Memo::new(move |_| address.with(|address| address.q.clone())),
            Memo::new(move |_| address.with(|a| a.entry.as_deref()?.parse().ok())),
            first.address.q.clone(),
            36.0,
            first.facets.ok().and_then(Answer::into_found),
            first.plot.ok().and_then(Answer::into_found),
        );
        let log = Self {
            viewer: StoredValue::new(viewer),
            address,
            mistakes: RwSignal::new(Vec::new()),
            entry: RwSignal::new(first.opened),
            draft: RwSignal::new(first.address.q.clone()),
            moment,
            hint: RwSignal::new(None),
            parts,
        };
        log.take_page(first.address.q, first.list);
        log.list.cursor.set(log.opened.get_untracked());
        log
    }

    /// Loads what the address asks for from now on. Browser only: on the server effects never run.
    pub fn follow_address(self) {
        Effect::watch(
            move || self.address.with(|address| address.q.clone()),
            move |q, _, _| self.show(q.clone()),
            false,
        );
        Effect::watch(
            move || self.address.with(|address| address.entry.clone()),
            move |entry, _, _| self.open(entry.clone()),
            false,
        );
        self.moment.go_on();
    }

    /// What the bar of the selection and its dialog need of it.
    pub fn picking_of(self) -> Picking {
        let matching = Signal::derive(move || self.facets.with(|f| f.as_ref().map(|f| f.matching)));
        // No marks come with these lists: what is found is fixed when it is counted.
        let found = Callback::new(move |()| (self.shown.get_untracked(), None));
        let said = (self.locale, self.hint);
        self.selected
            .picking(R::SOURCE, self.list, matching, found, said)
    }

    /// What the query field, the filters and the bars need of it.
    pub fn search_of(self) -> Search {
        let facets = self.facets;
        Search {
            locale: self.locale,
            kind: R::kind(),
            q: self.q,
            beside: Memo::new(|_| Vec::new()),
            shown: self.shown.into(),
            draft: self.draft,
            mistakes: self.mistakes,
            plot: self.plot,
            matching: Signal::derive(move || facets.with(|f| f.as_ref().map(|f| f.matching))),
            moment: self.moment,
            reader: StoredValue::new(self.viewer.with_value(|viewer| viewer.id.to_string())),
            go: Callback::new(move |(q, is_step): (String, bool)| self.put(&q, is_step)),
            count: Callback::new(move |(qualifier, value): (String, String)| {
                let known = facets.with(|facets| count_of(facets.as_ref()?, &qualifier, &value));
                known.or_else(|| self.barred(&qualifier, &value))
            }),
        }
    }

    /// How many a value of the legend finds, by the bars that it explains.
    fn barred(self, qualifier: &str, value: &str) -> Option<Count> {
        let mut legend = R::kind().legend.iter();
        let place = legend.position(|part| part.qualifier == qualifier && part.value == value)?;
        self.plot.with(|plot| {
            let histogram = &plot.as_ref()?.histogram;
            let counts = histogram.buckets.iter().map(|bucket| bucket.of(place));
            Some(Count {
                count: counts.sum(),
                is_exact: histogram.is_exact,
            })
        })
    }

    /// Whether the list has loaded everything and it is nothing.
    pub fn is_empty(self) -> bool {
        self.list
            .loaded
            .with(|loaded: &Loaded<R>| loaded.is_empty() && loaded.next.is_none())
    }

    fn put(self, q: &str, is_step: bool) {
        let q = q.trim();
        let query = Query::parse_as(q, R::kind().dialect);
        self.mistakes.set(query.errors().to_vec());
        if !query.is_valid() {
            return;
        }
        if is_step {
            let reader = self.viewer.with_value(|viewer| viewer.id.to_string());
            recent::remember(R::kind().recent, &reader, q);
            if self.draft.with_untracked(|draft| draft.trim() != q) {
                self.draft.set(q.to_owned());
            }
        }
        let address = self.address.get_untracked();
        if address.q != q {
            // Where the drawer covers the list, what was found must be seen.
            let address = if browser::is_narrow() {
                address.list()
            } else {
                address
            };
            self.going.to(&address.with_query(q).href(R::PATH), is_step);
        }
    }
}

/// How many entries a value finds.
fn count_of(facets: &LogFacets, qualifier: &str, value: &str) -> Option<Count> {
    facets
        .values
        .iter()
        .find(|facet| facet.qualifier == qualifier && facet.value == value)
        .map(|facet| Count {
            count: facet.count,
            is_exact: true,
        })
}
