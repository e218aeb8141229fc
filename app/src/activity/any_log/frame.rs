//! The frame of a log's table: what scrolls, its rows, the pill of what waits, what stands below the last row.

use super::{AnyLog, IdOf, Parts};
use crate::activity::loaded::Stretch;
use crate::activity::search::use_search;
use crate::activity::state::More;
use crate::activity::words::day_words;
use crate::failed::MoreFailed;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::select::{PickCell, RowPress};
use chrono::NaiveDate;
use leptos::prelude::*;

/// What a table is called.
pub struct Names {
    /// Its class.
    pub class: String,
    /// What the part of the page is called in which it scrolls.
    pub region: String,
    /// The table's own name.
    pub table: Signal<String>,
}

/// What scrolls: the head, the days that stand in the document with the space of those that don't, the end.
pub fn frame<L: AnyLog>(
    log: L,
    names: Names,
    head: AnyView,
    day: impl Fn(NaiveDate, Memo<Vec<Stretch>>) -> AnyView + Clone + Send + 'static,
    end: AnyView,
) -> AnyView {
    let Parts { list, live, .. } = log.parts();
    let Names {
        class,
        region,
        table,
    } = names;
    let stretches = list.stretches();
    let spaces = list.spaces();
    let matching = use_search().matching;
    // Minus one: that many are not known (ARIA 1.2, aria-rowcount).
    let count = move || {
        matching
            .get()
            .filter(|count| count.is_exact)
            .map_or(-1, |count| count.count.cast_signed())
    };
    list.follow_size(move || log.scrolled());
    view! {
        <div
            class="scroll"
            id="entries"
            tabindex="0"
            role="region"
            aria-label=region
            node_ref=list.scroll
            on:scroll=move |_| log.scrolled()
            on:pointerenter=move |event| live.point(event.pointer_type() == "mouse")
            on:pointerleave=move |_| {
                live.point(false);
                log.release_if_ready();
            }
        >
            <table class=class role="table" aria-rowcount=count aria-label=move || table.get()>
                {head}
                <tbody class="space" role="presentation" style:block-size=move || pixels(spaces.get().0)></tbody>
                <For each=move || stretches.get() key=|stretch: &Stretch| stretch.day let:stretch>
                    {day(stretch.day, stretches)}
                </For>
                <tbody class="space" role="presentation" style:block-size=move || pixels(spaces.get().1)></tbody>
            </table>
            {end}
        </div>
    }
    .into_any()
}

/// A row: its box, which is called `label`, and its cells.
pub fn row<L: AnyLog>(
    log: L,
    id: IdOf<L>,
    is_fresh: bool,
    label: String,
    cells: AnyView,
) -> AnyView {
    let Parts {
        list,
        selected,
        opened,
        ..
    } = log.parts();
    let is_open = move || opened.get() == Some(id);
    let is_cursor = move || list.cursor.get() == Some(id) && !is_open();
    let is_selected = move || selected.has(id).then_some("true");
    // Where there is no room for the box.
    let press = RowPress::new(selected, list, id);
    view! {
        <tr
            role="row"
            data-row=""
            aria-rowindex=move || list.index_of(id)
            aria-selected=is_selected
            on:pointerdown=move |event| press.down(&event)
            on:pointermove=move |event| press.moved(&event)
            on:pointerup=move |_| press.ended()
            on:pointercancel=move |_| press.ended()
            on:contextmenu=move |event| press.menu(&event)
            on:click:capture=move |event| press.click(&event)
            class:open=is_open
            class:cursor=is_cursor
            class:fresh=is_fresh
        >
            <PickCell selected list id label />
            {cells}
        </tr>
    }
    .into_any()
}

/// What the pill says.
#[derive(Clone, Copy)]
pub struct PillWords {
    /// What pressing it does, where that is said.
    pub title: Option<&'static str>,
    /// So many are new.
    pub new: fn(Locale, u64) -> String,
    /// So many belong further down.
    pub late: fn(Locale, u64) -> String,
}

impl PillWords {
    /// Of a log whose rows change after they were recorded.
    pub const CHANGED: Self = Self {
        title: None,
        new: |locale, count| tr!(locale, messages.table.arrived, count = count),
        late: |locale, count| tr!(locale, messages.table.late, count = count),
    };
}

/// Rows that wait, announced where the day row sticks.
pub fn pill<L: AnyLog>(log: L, words: PillWords) -> AnyView {
    let Parts { locale, list, .. } = log.parts();
    let waiting = Memo::new(move |_| {
        list.loaded
            .with(|l| (l.waiting() as u64, l.late() as u64, l.is_stale()))
    });
    let label = move || match waiting.get() {
        (_, _, true) => tr!(locale, activity.table.stale).to_owned(),
        (0, late, _) => (words.late)(locale, late),
        (new, _, _) => (words.new)(locale, new),
    };
    view! {
        <Show when=move || waiting.get() != (0, 0, false)>
            <button class="new-pill" type="button" title=words.title on:click=move |_| log.release()>
                {label}
                <Icon glyph=icons::ARROW_UP />
            </button>
        </Show>
    }
    .into_any()
}

/// What stands below the last row of a log that reads newest first.
pub fn end<L: AnyLog>(log: L, offset_minutes: i32) -> AnyView {
    let Parts {
        locale, list, more, ..
    } = log.parts();
    let known = Memo::new(move |_| {
        list.loaded.with(|loaded| {
            let last = loaded.lines().last().map(|line| line.day);
            (loaded.next.is_some(), loaded.waits_at(), last)
        })
    });
    let go_on = move |_| log.go_on();
    let content = move || match (more.get(), known.get()) {
        (More::Failed(code), _) => {
            let text = tr!(locale, messages.table.more_failed);
            let again = Callback::new(move |()| log.go_on());
            view! { <MoreFailed text code again /> }.into_any()
        }
        (More::Idle, (true, Some(to), _)) => {
            let day = crate::format::day(locale, to, offset_minutes);
            view! {
                <p class="end">
                    {tr!(locale, messages.table.searched_to, day = day)} " "
                    <button class="link" type="button" on:click=go_on>{tr!(locale, messages.table.go_on)}</button>
                </p>
            }
            .into_any()
        }
        (_, (true, _, _)) | (More::Loading, _) => view! {
            <div class="next-rows" aria-hidden="true">
                <div class="next-row"><span class="skel" style="inline-size:12rem"></span></div>
                <div class="next-row"><span class="skel" style="inline-size:16rem"></span></div>
            </div>
        }
        .into_any(),
        (More::Idle, (false, _, Some(day))) => {
            let day = day_words(locale, day);
            view! { <p class="end">{tr!(locale, messages.table.everything, day = day)}</p> }
                .into_any()
        }
        (More::Idle, (false, _, None)) => ().into_any(),
    };
    content.into_any()
}

/// A height, as a style says it.
pub fn pixels(height: f64) -> String {
    format!("{height:.1}px")
}
