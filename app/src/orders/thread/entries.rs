//! The items of the thread with days, and the line above what is new.

use super::event::Event;
use super::message::Message;
use super::state::{Item, use_thread};
use crate::activity::clock::day_of;
use crate::activity::words::{day_row, moment_title};
use crate::erase::gap_words;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use chrono::NaiveDate;
use domain::view::{Gap, ThreadItem};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::web_sys::Element;

/// How many heights of the thread before its beginning what lies before is asked for: it is there when it is reached.
const AHEAD: i32 = 2;

/// A line of the thread.
#[derive(Debug, Clone, PartialEq)]
enum Entry {
    Day(NaiveDate),
    New,
    Gap(Gap),
    Item(Item),
}

impl Entry {
    fn key(&self) -> (String, u32) {
        match self {
            Self::Day(day) => (format!("day {day}"), 0),
            Self::New => ("new".to_owned(), 0),
            Self::Gap(gap) => (format!("gap {} {}", gap.erasure, gap.count), 0),
            Self::Item(item) => (item.key(), item.revision),
        }
    }
}

/// The conversation, its newest message at the bottom.
#[component]
pub fn Conversation() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let entries = Memo::new(move |_| {
        let seen_to = log.seen_to.get_value();
        log.gaps
            .with(|gaps| log.items.with(|items| entries(items, gaps, seen_to)))
    });
    let is_empty = Memo::new(move |_| entries.with(Vec::is_empty));
    let may_write = Memo::new(move |_| log.may_send() && !log.reachable.with(Vec::is_empty));
    let number = log.number.get_value();
    let scroll = NodeRef::<Div>::new();
    view! {
        <div
            class="scroll thread-scroll"
            id="thread"
            tabindex="0"
            role="log"
            aria-label=tr!(locale, messages.thread.log, number = number)
            class:unanchored=move || log.is_put_before.get()
            node_ref=scroll
            on:scroll=move |_| {
                // Without a network it is asked for by the button: not again with each step of the wheel.
                let is_stuck = log.is_stuck.get_value();
                if !is_stuck && scroll.get_untracked().is_some_and(|thread| is_near_beginning(&thread)) {
                    log.load_before(|_| {});
                }
            }
        >
            <div class="thread-end">
                <Show when=move || is_empty.get()>
                    <div class="blank">
                        <Icon glyph=icons::MESSAGE_CIRCLE />
                        <h2>{tr!(locale, messages.thread.empty)}</h2>
                        <Show when=move || may_write.get()>
                            <p>{tr!(locale, messages.thread.empty_why)}</p>
                        </Show>
                    </div>
                </Show>
                <Show when=move || log.before.with(Option::is_some)>
                    <p class="earlier">
                        <button
                            class="btn small"
                            type="button"
                            aria-disabled=move || log.is_loading.get().then_some("true")
                            on:click=move |_| log.load_before(|_| {})
                        >
                            {tr!(locale, messages.thread.earlier)}
                        </button>
                    </p>
                </Show>
                <ol class="thread">
                    <For each=move || entries.get() key=Entry::key let:entry>
                        <Line entry />
                    </For>
                </ol>
            </div>
        </div>
    }
    .into_any()
}

/// Whether the reader has come so far back. The thread is scrolled from its end, which is zero, to numbers below it.
fn is_near_beginning(thread: &Element) -> bool {
    let left = thread.scroll_height() + thread.scroll_top() - thread.client_height();
    left < AHEAD * thread.client_height()
}

#[component]
fn Line(entry: Entry) -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    match entry {
        Entry::Day(day) => {
            let words = move || match day_row(locale, day, log.moment.today()) {
                (name, Some(date)) => format!("{name}{}{date}", tr!(locale, activity.comma)),
                (date, None) => date,
            };
            view! { <li class="day">{words}</li> }.into_any()
        }
        Entry::New => {
            view! { <li class="new-line"><span>{tr!(locale, messages.thread.fresh)}</span></li> }
                .into_any()
        }
        Entry::Gap(gap) => {
            let title = moment_title(locale, gap.at, gap.offset_minutes);
            view! {
                <li class="event" title=title>
                    <Icon glyph=icons::ERASER />
                    <span dir="auto">{gap_words(locale, &gap)}</span>
                </li>
            }
            .into_any()
        }
        Entry::Item(item) => match (*item.item).clone() {
            ThreadItem::Message {
                row,
                text,
                has_html,
                attachments,
            } => view! { <Message row=*row text has_html attachments /> }.into_any(),
            ThreadItem::Activity { row } => view! { <Event row=*row /> }.into_any(),
        },
    }
}

/// Each day before its items; the line "new" before the first inbound message that was not seen; what was erased where the
/// last of it stood.
fn entries(
    items: &[Item],
    gaps: &[Gap],
    seen_to: Option<chrono::DateTime<chrono::Utc>>,
) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(items.len() + 8);
    let mut day = None;
    let mut is_marked = seen_to.is_none();
    let mut gaps = gaps.iter().peekable();
    for item in items {
        while let Some(gap) = gaps.next_if(|gap| gap.to <= item.moment().0) {
            put_gap(&mut entries, &mut day, gap);
        }
        put_day(&mut entries, &mut day, item.day());
        let is_unseen = item.is_inbound() && seen_to.is_some_and(|seen| item.moment().0 > seen);
        if !is_marked && is_unseen {
            is_marked = true;
            entries.push(Entry::New);
        }
        entries.push(Entry::Item(item.clone()));
    }
    for gap in gaps {
        put_gap(&mut entries, &mut day, gap);
    }
    entries
}

fn put_gap(entries: &mut Vec<Entry>, last: &mut Option<NaiveDate>, gap: &Gap) {
    put_day(entries, last, day_of(gap.to, gap.offset_minutes));
    entries.push(Entry::Gap(gap.clone()));
}

fn put_day(entries: &mut Vec<Entry>, last: &mut Option<NaiveDate>, day: NaiveDate) {
    if last.replace(day) != Some(day) {
        entries.push(Entry::Day(day));
    }
}
