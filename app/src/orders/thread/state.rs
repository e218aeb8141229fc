//! What the page of a thread knows, for all of its parts.

use crate::activity::browser;
use crate::activity::clock::{Moment, day_of};
use crate::activity::live::{Command, Live};
use crate::i18n::{Locale, tr};
use crate::messages::drawer::Tell;
use crate::messages::words::failure_words;
use crate::orders::calls::{self, Stretch};
use chrono::{DateTime, NaiveDate, Utc};
use domain::message::{Channel, FailureReason, MessageDirection, shown_number};
use domain::view::{FailedWay, Gap, OrderRow, Present, ThreadItem, Viewer};
use domain::{MessageId, OrderItem, Permission};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// How long a hint is shown.
const HINT: Duration = Duration::from_secs(4);

/// That somebody writes is told again after so long, well before the server takes it to be over.
const TYPING_TOLD_MS: f64 = 3_000.0;

/// An item of the thread as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The item.
    pub item: Arc<ThreadItem>,
    /// Goes up when it changes.
    pub revision: u32,
}

impl Item {
    /// Which item it is, whatever became of it.
    pub fn key(&self) -> String {
        key_of(&self.item)
    }

    /// When it happened, and what the store's clock adds to UTC then, in minutes: of a message when it left, or is due.
    pub fn moment(&self) -> (DateTime<Utc>, i32) {
        match &*self.item {
            ThreadItem::Message { row, .. } => (row.effective_at, row.effective_offset_minutes),
            ThreadItem::Activity { row } => (row.occurred_at, row.offset_minutes),
        }
    }

    /// Its day on the store's clock.
    pub fn day(&self) -> NaiveDate {
        let (at, offset_minutes) = self.moment();
        day_of(at, offset_minutes)
    }

    /// Whether the customer wrote it.
    pub fn is_inbound(&self) -> bool {
        matches!(&*self.item, ThreadItem::Message { row, .. } if row.direction == MessageDirection::Inbound)
    }
}

/// What the page knows. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct ThreadLog {
    /// The language.
    pub locale: Locale,
    /// Who is signed in.
    pub viewer: StoredValue<Viewer>,
    /// The order's number.
    pub number: StoredValue<String>,
    /// The order.
    pub order: RwSignal<OrderRow>,
    /// Oldest first: those that wait stand at the end.
    pub items: RwSignal<Vec<Item>>,
    /// Where something was erased, oldest first.
    pub gaps: RwSignal<Vec<Gap>>,
    /// What lies before: the cursor.
    pub before: RwSignal<Option<String>>,
    /// Whether that is on its way.
    pub is_loading: RwSignal<bool>,
    /// Whether it is being put in.
    pub is_put_before: RwSignal<bool>,
    /// Whether it did not come the last time.
    pub is_stuck: StoredValue<bool>,
    /// By which ways the customer can be written to; of each channel the one to answer to first.
    pub reachable: RwSignal<Vec<(Channel, String)>>,
    /// Those of them where the last message failed.
    pub failed_ways: RwSignal<Vec<FailedWay>>,
    /// The channels by which nothing goes out here.
    pub not_set_up: RwSignal<Vec<Channel>>,
    /// What was ordered.
    pub order_items: StoredValue<Vec<OrderItem>>,
    /// The orders above and below it in the list.
    pub beside: StoredValue<(Option<String>, Option<String>)>,
    /// Who else has the thread open.
    pub here: RwSignal<Vec<Present>>,
    typing_told: StoredValue<f64>,
    /// What this reader had seen when the page was opened.
    pub seen_to: StoredValue<Option<DateTime<Utc>>>,
    /// The store's clock.
    pub moment: Moment,
    /// How it stands with the socket.
    pub live: Live,
    /// Something to be said to who can't see it.
    pub said: RwSignal<String>,
    /// Something to be said to everybody for a moment.
    pub hint: RwSignal<Option<String>>,
}

impl ThreadLog {
    /// What the page knows from the start.
    pub fn new(locale: Locale, viewer: Viewer, stretch: Stretch) -> Self {
        let Stretch { thread, mark } = stretch;
        let moment = Moment::new(viewer.now, viewer.offset_minutes);
        let live = Live::new();
        live.follow("", Some(mark));
        let items: Vec<Item> = thread.items.into_iter().map(item).collect();
        Self {
            locale,
            viewer: StoredValue::new(viewer),
            number: StoredValue::new(thread.order.number.clone()),
            order: RwSignal::new(thread.order),
            items: RwSignal::new(items),
            gaps: RwSignal::new(thread.gaps),
            before: RwSignal::new(thread.before),
            is_loading: RwSignal::new(false),
            is_put_before: RwSignal::new(false),
            is_stuck: StoredValue::new(false),
            reachable: RwSignal::new(thread.reachable),
            failed_ways: RwSignal::new(thread.failed_ways),
            not_set_up: RwSignal::new(thread.not_set_up),
            order_items: StoredValue::new(thread.order_items),
            beside: StoredValue::new((thread.previous, thread.next)),
            here: RwSignal::new(Vec::new()),
            typing_told: StoredValue::new(f64::NEG_INFINITY),
            seen_to: StoredValue::new(thread.seen_to),
            moment,
            live,
            said: RwSignal::new(String::new()),
            hint: RwSignal::new(None),
        }
    }

    /// Whether the reader may write.
    pub fn may_send(self) -> bool {
        self.viewer
            .with_value(|viewer| viewer.may(Permission::SendMessages))
    }

    /// Why the last message to an address or number failed; none when it did not.
    pub fn failure(self, channel: Channel, address: &str) -> Option<FailureReason> {
        self.failed_ways.with(|ways| {
            let is_it = |way: &&FailedWay| way.channel == channel && way.address == address;
            ways.iter().find(is_it).map(|way| way.reason)
        })
    }

    /// The same as a sentence.
    pub fn failure_sentence(self, channel: Channel, address: &str) -> Option<String> {
        let reason = self.failure(channel, address)?;
        Some(tr!(
            self.locale,
            messages.thread.way_failed,
            to = shown_number(address),
            reason = failure_words(self.locale, reason)
        ))
    }

    /// Whether something can go out by a channel.
    pub fn is_set_up(self, channel: Channel) -> bool {
        self.not_set_up.with(|not| !not.contains(&channel))
    }

    /// The channel to begin with, of those that are set up: the first by which the last message did not fail, else the
    /// first. Where none of them is set up, the first of all: the composer says what is wrong with it.
    pub fn first_channel(self) -> Option<Channel> {
        self.reachable.with(|reachable| {
            let mut usable = reachable
                .iter()
                .filter(|(channel, _)| self.is_set_up(*channel));
            let fine = usable
                .clone()
                .find(|(channel, address)| self.failure(*channel, address).is_none());
            let first = fine.or_else(|| usable.next()).or_else(|| reachable.first());
            first.map(|(channel, _)| *channel)
        })
    }

    /// Tells the others in the thread that the reader is writing, now and then while it goes on, or has stopped.
    pub fn tell_typing(self, is_typing: bool) {
        let now = browser::milliseconds();
        if !is_typing {
            self.typing_told.set_value(f64::NEG_INFINITY);
            self.live.command(Command::Typing(false));
        } else if now - self.typing_told.get_value() > TYPING_TOLD_MS {
            self.typing_told.set_value(now);
            self.live.command(Command::Typing(true));
        }
    }

    /// Says something to everybody for a moment.
    pub fn tell(self, words: String) {
        self.hint.try_set(Some(words.clone()));
        // What was said since has its own moment.
        let is_still = move || {
            let hint = self.hint.try_get_untracked().flatten();
            hint.as_ref() == Some(&words)
        };
        set_timeout(
            move || {
                if is_still() {
                    self.hint.try_set(None);
                }
            },
            HINT,
        );
    }

    /// The same for parts that other pages have too.
    pub fn tell_of(self) -> Tell {
        Tell(Callback::new(move |words| self.tell(words)))
    }

    /// The address of a message in this thread, whole, on the clipboard.
    pub fn copy_link(self, id: MessageId) {
        let address = browser::address();
        let page = address.split('#').next().unwrap_or_default();
        self.copy(&format!("{page}#m-{id}"));
    }

    /// The address of this page, whole, on the clipboard.
    pub fn copy_address(self) {
        self.copy(&browser::address());
    }

    fn copy(self, text: &str) {
        browser::copy(text, move |is_copied| {
            if is_copied {
                let words = tr!(self.locale, common.copied);
                self.tell(words.to_owned());
            }
        });
    }

    /// Puts an item into its place by time; one that is there already changes, and moves if it left meanwhile. True when it
    /// is new.
    pub fn put(self, new: ThreadItem) -> bool {
        let mut is_new = false;
        self.items.try_update(|items| {
            let mut new = item(new);
            let key = new.key();
            let at = new.moment().0;
            if let Some(place) = items.iter().position(|old| old.key() == key) {
                let old = &mut items[place];
                if old.item == new.item {
                    return;
                }
                browser::keep_place("#thread", &format!("m-{key}"));
                new.revision = old.revision + 1;
                if old.moment().0 == at {
                    *old = new;
                    return;
                }
                items.remove(place);
            } else {
                is_new = true;
            }
            let place = items.iter().rposition(|old| old.moment().0 <= at);
            items.insert(place.map_or(0, |place| place + 1), new);
        });
        is_new
    }

    /// Reads the end of the thread again: what is there already stays where it is.
    pub fn reload(self) {
        let number = self.number.get_value();
        spawn_local(async move {
            if let Ok(Some(stretch)) = calls::thread(number, None, calls::OPENING).await
                && self.order.try_set(stretch.thread.order).is_none()
            {
                self.failed_ways.try_set(stretch.thread.failed_ways);
                // Somebody may have set one up, and started the server anew.
                self.not_set_up.try_set(stretch.thread.not_set_up);
                self.reachable.try_set(stretch.thread.reachable);
                for item in stretch.thread.items {
                    self.put(item);
                }
            }
        });
    }

    /// Reads what lies before. Answers by calling back with whether there was anything.
    pub fn load_before(self, then: impl FnOnce(bool) + 'static) {
        let before = self.before.get_untracked();
        let Some(before) = before.filter(|_| !self.is_loading.get_untracked()) else {
            then(false);
            return;
        };
        self.is_loading.set(true);
        let number = self.number.get_value();
        spawn_local(async move {
            let answer = calls::thread(number, Some(before), calls::STRETCH).await;
            self.is_loading.try_set(false);
            self.is_stuck.try_set_value(!matches!(answer, Ok(Some(_))));
            let Ok(Some(stretch)) = answer else {
                self.tell(tr!(self.locale, messages.thread.earlier_failed).to_owned());
                then(false);
                return;
            };
            self.is_put_before.try_set(true);
            self.before.try_set(stretch.thread.before);
            self.gaps
                .try_update(|gaps| *gaps = [stretch.thread.gaps, std::mem::take(gaps)].concat());
            self.items.try_update(|items| {
                let known: HashSet<String> = items.iter().map(Item::key).collect();
                let mut earlier: Vec<Item> = stretch.thread.items.into_iter().map(item).collect();
                earlier.retain(|new| !known.contains(&new.key()));
                earlier.append(items);
                // What was queued long ago may have left among what is there. The sort leaves equals as they stand.
                earlier.sort_by_key(|item| item.moment().0);
                *items = earlier;
            });
            // It stands there after the first frame.
            let settled = move || {
                self.is_put_before.try_set(false);
            };
            request_animation_frame(move || request_animation_frame(settled));
            then(true);
        });
    }

    /// Notes that the reader has seen everything there is, if the page can be seen.
    pub fn mark_seen(self) {
        if !browser::is_visible() {
            return;
        }
        // A page that was left before its time has come has seen nothing.
        let Some(number) = self.number.try_get_value() else {
            return;
        };
        spawn_local(async move {
            // It is noted the next time otherwise.
            let _ = calls::seen(number).await;
        });
    }
}

/// Which item it is, whatever became of it.
pub fn key_of(item: &ThreadItem) -> String {
    match item {
        ThreadItem::Message { row, .. } => row.id.to_string(),
        ThreadItem::Activity { row } => row.id.to_string(),
    }
}

fn item(item: ThreadItem) -> Item {
    Item {
        item: Arc::new(item),
        revision: 0,
    }
}

/// What the page knows.
pub fn use_thread() -> ThreadLog {
    expect_context()
}
