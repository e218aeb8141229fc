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
use crate::activity::any_log::Parts;
use crate::activity::calls::{Answer, Plot};
use crate::activity::clock::Moment;
use crate::activity::histogram::bars::{Bucket, Histogram};
use crate::activity::loaded::Loaded;
use crate::activity::search::Search;
use crate::i18n::Locale;
use crate::select::Picking;
use domain::Permission;
use domain::export::Source;
use domain::query::QueryError;
use domain::view::{
    BucketWidth, Count, MessageDetail, MessageFacets, MessageRow, MessageVolumes, Viewer,
};
use leptos::prelude::*;
use std::ops::Deref;
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
    /// Who is signed in.
    pub viewer: StoredValue<Viewer>,
    /// The address.
    pub address: Memo<Address>,
    /// The places of the query that were not understood.
    pub mistakes: RwSignal<Vec<QueryError>>,
    /// Volumes by day; none until they are asked for.
    pub volumes: RwSignal<Option<MessageVolumes>>,
    /// The message in the drawer.
    pub entry: RwSignal<Option<Opened>>,
    /// The text in the query field.
    pub draft: RwSignal<String>,
    /// The store's clock.
    pub moment: Moment,
    /// Something to be said to who can't see it.
    pub said: RwSignal<String>,
    /// Something to be said to everybody for a moment.
    pub hint: RwSignal<Option<String>>,
    parts: Parts<MessageRow, String, MessageFacets>,
}

impl Deref for MessageLog {
    type Target = Parts<MessageRow, String, MessageFacets>;

    fn deref(&self) -> &Self::Target {
        &self.parts
    }
}

impl MessageLog {
    /// What the page knows from the start.
    pub fn new(locale: Locale, viewer: Viewer, address: Memo<Address>, first: First) -> Self {
        let moment = Moment::new(viewer.now, viewer.offset_minutes);
        let bars = first.plot.ok().and_then(Answer::into_found);
        let parts = Parts::<MessageRow, _, _>::new(
            locale,
            Memo::new(move |_| address.with(|address| address.q.clone())),
            Memo::new(move |_| address.with(|a| a.message.as_deref()?.parse().ok())),
            first.address.q.clone(),
            54.0,
            first.facets.ok().and_then(Answer::into_found),
            bars.map(plot_of),
        );
        let log = Self {
            viewer: StoredValue::new(viewer),
            address,
            mistakes: RwSignal::new(Vec::new()),
            volumes: RwSignal::new(None),
            entry: RwSignal::new(first.opened),
            draft: RwSignal::new(first.address.q.clone()),
            moment,
            said: RwSignal::new(String::new()),
            hint: RwSignal::new(None),
            parts,
        };
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
        "direction" => facets
            .directions
            .iter()
            .find(|(there, _)| there.as_str() == value)
            .map(|(_, count)| *count),
        _ => None,
    }
}

/// The messages over time as bars, by the parts of the legend.
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
                parts: vec![sent, bucket.received, stopped, pending, not_sent, failed],
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::message::DeliveryStatus;
    use domain::view::{MessageBucket, MessageHistogram};

    #[test]
    fn each_status_is_a_part_of_its_own_in_the_place_that_the_legend_gives_it() {
        let by_status = [1, 2, 3, 4, 5];
        let bucket = MessageBucket {
            by_status,
            received: 6,
            ..MessageBucket::default()
        };
        let plot = plot_of(Bars {
            histogram: MessageHistogram {
                buckets: vec![bucket],
                is_exact: true,
            },
            selection: None,
            selection_offsets: [0, 0],
            week_start: 0,
        });
        let expected: Vec<u64> = MESSAGES
            .legend
            .iter()
            .map(|part| match part.qualifier {
                "direction" => bucket.received,
                _ => by_status[part.value.parse::<DeliveryStatus>().unwrap() as usize],
            })
            .collect();
        assert_eq!(plot.histogram.buckets[0].parts, expected);
    }
}
