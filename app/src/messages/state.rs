//! What the page of the message log knows, for all of its parts.

// Nothing arrives where nobody looks.
#[cfg(not(feature = "ssr"))]
mod arriving;
mod going;
mod own;
mod reading;

use super::address::Address;
use super::calls::{Bars, Listing};
use super::kind::MESSAGES;
use crate::AppError;
use crate::activity::calls::{Answer, Plot};
use crate::activity::clock::Moment;
use crate::activity::list::List;
use crate::activity::live::Live;
use crate::activity::loaded::{Heights, Loaded};
use crate::activity::search::Search;
use crate::activity::state::{Going, More};
use crate::i18n::Locale;
use crate::select::{Picking, Selected};
use domain::export::Source;
use domain::query::QueryError;
use domain::view::{
    Bucket, BucketWidth, Count, Histogram, MessageDetail, MessageFacets, MessageRow,
    MessageVolumes, Viewer,
};
use domain::{MessageId, Permission};
use leptos::prelude::*;
use std::sync::Arc;

/// What was loaded before the page was shown.
#[derive(Debug, Clone)]
pub struct First {
    /// The list it belongs to.
    pub address: Address,
    /// The first page.
    pub list: Result<Answer<Listing>, AppError>,
    /// Counts.
    pub facets: Result<Answer<MessageFacets>, AppError>,
    /// Bars.
    pub plot: Result<Answer<Bars>, AppError>,
    /// The message of the address.
    pub opened: Option<Opened>,
}

/// What is known of the message in the drawer.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// As it stands in the address.
    pub key: String,
    /// The message; none while it is loading.
    pub detail: Option<Result<Option<Arc<MessageDetail>>, AppError>>,
}

/// What the page knows. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct MessageLog {
    /// The language.
    pub locale: Locale,
    /// Who is signed in.
    pub viewer: StoredValue<Viewer>,
    /// The address.
    pub address: Memo<Address>,
    /// The message that the address opens.
    pub opened: Memo<Option<MessageId>>,
    /// The query whose list is shown.
    pub shown: RwSignal<String>,
    /// Its rows.
    pub list: List<MessageRow>,
    /// Which of them are selected.
    pub selected: Selected<MessageRow>,
    /// Whether another list is on its way.
    pub is_loading: RwSignal<bool>,
    /// How it stands with the next page.
    pub more: RwSignal<More>,
    /// The places of the query that were not understood.
    pub mistakes: RwSignal<Vec<QueryError>>,
    /// Why the list could not be read.
    pub failure: RwSignal<Option<AppError>>,
    /// Counts by channel and status.
    pub facets: RwSignal<Option<MessageFacets>>,
    /// The bars.
    pub plot: RwSignal<Option<Plot>>,
    /// Volumes by day; none until they are asked for.
    pub volumes: RwSignal<Option<MessageVolumes>>,
    /// The message in the drawer.
    pub entry: RwSignal<Option<Opened>>,
    /// The text in the query field.
    pub draft: RwSignal<String>,
    /// The store's clock.
    pub moment: Moment,
    /// How it stands with the socket.
    pub live: Live,
    /// Something to be said to who can't see it.
    pub said: RwSignal<String>,
    /// Something to be said to everybody for a moment.
    pub hint: RwSignal<Option<String>>,
    going: Going,
}

impl MessageLog {
    /// What the page knows from the start.
    pub fn new(locale: Locale, viewer: Viewer, address: Memo<Address>, first: First) -> Self {
        let moment = Moment::new(viewer.now, viewer.offset_minutes);
        let log = Self {
            locale,
            viewer: StoredValue::new(viewer),
            address,
            opened: Memo::new(move |_| address.with(|a| a.message.as_deref()?.parse().ok())),
            shown: RwSignal::new(first.address.q.clone()),
            list: List::new(Heights {
                row: 54.0,
                day: 30.0,
            }),
            selected: Selected::default(),
            is_loading: RwSignal::new(false),
            more: RwSignal::new(More::Idle),
            mistakes: RwSignal::new(Vec::new()),
            failure: RwSignal::new(None),
            facets: RwSignal::new(first.facets.ok().and_then(|answer| answer.found().cloned())),
            plot: RwSignal::new(None),
            volumes: RwSignal::new(None),
            entry: RwSignal::new(first.opened),
            draft: RwSignal::new(first.address.q.clone()),
            moment,
            live: Live::new(),
            said: RwSignal::new(String::new()),
            hint: RwSignal::new(None),
            going: Going::new(),
        };
        if let Ok(Answer::Found(bars)) = first.plot {
            log.plot.set(Some(plot_of(bars)));
        }
        log.take(first.address.q, first.list);
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
            move || self.address.with(|address| address.message.clone()),
            move |message, _, _| self.open(message.clone()),
            false,
        );
        self.moment.go_on();
    }

    /// Whether the reader may send, stop and restart.
    pub fn may_send(self) -> bool {
        self.viewer
            .with_value(|viewer| viewer.may(Permission::SendMessages))
    }

    /// What the bar of the selection and its dialogs need of it.
    pub fn picking_of(self) -> Picking {
        let matching = Signal::derive(move || self.facets.with(|f| f.as_ref().map(|f| f.matching)));
        let found = Callback::new(move |()| (self.shown.get_untracked(), self.live.mark()));
        self.selected.picking(
            Source::Messages,
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
            kind: &MESSAGES,
            q: Memo::new(move |_| self.address.with(|address| address.q.clone())),
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
                facets.with(|facets| count_of(facets.as_ref()?, &qualifier, &value))
            }),
        }
    }

    /// Whether the list has loaded everything and it is nothing.
    pub fn is_empty(self) -> bool {
        self.list
            .loaded
            .with(|loaded: &Loaded<MessageRow>| loaded.is_empty() && loaded.next.is_none())
    }
}

/// How many messages a value of a counted qualifier finds.
fn count_of(facets: &MessageFacets, qualifier: &str, value: &str) -> Option<Count> {
    match qualifier {
        "status" => facets
            .statuses
            .iter()
            .find(|(there, _)| there.as_str() == value)
            .map(|(_, count)| *count),
        "channel" => facets
            .channels
            .iter()
            .find(|(there, _)| there.as_str() == value)
            .map(|(_, count)| *count),
        _ => None,
    }
}

/// The messages over time as bars: what is normal is calm, what waits and what failed is not.
pub fn plot_of(bars: Bars) -> Plot {
    let buckets: Vec<Bucket> = bars
        .histogram
        .buckets
        .iter()
        .map(|bucket| {
            let [not_sent, pending, sent, stopped, failed] = bucket.by_status;
            Bucket {
                from: bucket.from,
                to: bucket.to,
                offset_minutes: bucket.offset_minutes,
                to_offset_minutes: bucket.to_offset_minutes,
                success: not_sent + sent + stopped + bucket.received,
                pending,
                failed,
            }
        })
        .collect();
    let seconds = buckets
        .first()
        .map_or(0, |bucket| (bucket.to - bucket.from) / 1_000_000);
    let width = match seconds {
        ..=60 => BucketWidth::Minute,
        61..=900 => BucketWidth::QuarterHour,
        901..=3_600 => BucketWidth::Hour,
        3_601..=21_600 => BucketWidth::SixHours,
        21_601..=90_000 => BucketWidth::Day,
        90_001..=700_000 => BucketWidth::Week,
        _ => BucketWidth::Month,
    };
    Plot {
        histogram: Histogram {
            buckets,
            width,
            is_exact: bars.histogram.is_exact,
            counted_from: None,
        },
        selection: bars.selection,
        selection_offsets: bars.selection_offsets,
        week_start: bars.week_start,
    }
}

/// What the page knows.
pub fn use_messages() -> MessageLog {
    expect_context()
}
