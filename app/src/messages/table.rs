//! The table of messages: days, rows, what stands at its end.

mod acts;
mod blank;
mod row;

use super::state::{MessageLog, use_messages};
use crate::activity::loaded::{Loaded, Stretch};
use crate::activity::state::More;
use crate::activity::table::SkeletonRows;
use crate::activity::words::{day_row, day_words};
use crate::erase::GapRow;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::select::SelectionBar;
use acts::PickedActs;
use blank::{Empty, Failure};
use chrono::NaiveDate;
use domain::view::Gap;
use leptos::prelude::*;
use row::Row;

/// How many columns there are.
const COLUMNS: usize = 6;

/// The list with everything around it.
#[component]
pub fn Table() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let is_empty = Memo::new(move |_| log.is_empty());
    let has_failed = Memo::new(move |_| log.failure.with(Option::is_some));
    view! {
        <div class="table-wrap" aria-busy=move || log.is_loading.get().to_string()>
            {move || {
                if has_failed.get() {
                    view! { <Failure /> }.into_any()
                } else if is_empty.get() {
                    view! { <Empty /> }.into_any()
                } else {
                    view! { <Rows /> }.into_any()
                }
            }}
            <SelectionBar
                role=log.viewer.with_value(|viewer| viewer.role)
                acts=move || view! { <PickedActs /> }
            />
            <Pill />
            <Show when=move || log.is_loading.get()>
                <div class="loading">
                    <p class="vh" role="status">{tr!(locale, activity.table.loading)}</p>
                    <SkeletonRows />
                </div>
            </Show>
        </div>
    }
    .into_any()
}

#[component]
fn Rows() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let stretches = Memo::new(move |_| {
        let window = log.list.window.get();
        log.list
            .loaded
            .with(|loaded| loaded.stretches(window.clone()))
    });
    let spaces = Memo::new(move |_| {
        let heights = log.list.heights.get();
        log.list.window.with(|window| {
            log.list
                .loaded
                .with(|loaded| loaded.spaces(window, heights))
        })
    });
    // Minus one: that many are not known (ARIA 1.2, aria-rowcount).
    let count = move || {
        log.facets
            .with(|facets| facets.as_ref().map(|f| f.matching))
            .filter(|count| count.is_exact)
            .map_or(-1, |count| count.count.cast_signed())
    };
    log.list.follow_size(move || scrolled(log));
    let head = [
        ("c-channel", tr!(locale, messages.column.channel)),
        ("c-what", tr!(locale, messages.column.message)),
        ("c-kind", tr!(locale, messages.column.kind)),
        ("c-state", tr!(locale, messages.column.status)),
        ("c-end", tr!(locale, messages.column.time)),
    ]
    .map(|(class, label)| view! { <th role="columnheader" scope="col" class=class>{label}</th> })
    .collect_view();
    let label = tr!(locale, messages.table.newest_first);
    view! {
        <div
            class="scroll"
            id="entries"
            tabindex="0"
            role="region"
            aria-label=label
            node_ref=log.list.scroll
            on:scroll=move |_| scrolled(log)
            on:pointerenter=move |event| log.live.point(event.pointer_type() == "mouse")
            on:pointerleave=move |_| {
                log.live.point(false);
                release_if_ready(log);
            }
        >
            <table class="log msgs" role="table" aria-rowcount=count aria-label=label>
                <thead class="vh" role="rowgroup">
                    <tr role="row"><th role="columnheader" scope="col">{tr!(locale, find.select.column)}</th> {head}</tr>
                </thead>
                <tbody class="space" role="presentation" style:block-size=move || pixels(spaces.get().0)></tbody>
                <For each=move || stretches.get() key=|stretch: &Stretch| stretch.day let:stretch>
                    <Day day=stretch.day stretches />
                </For>
                <tbody class="space" role="presentation" style:block-size=move || pixels(spaces.get().1)></tbody>
            </table>
            <End />
        </div>
    }
    .into_any()
}

/// A day with its rows.
#[component]
fn Day(day: NaiveDate, stretches: Memo<Vec<Stretch>>) -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let rows = Memo::new(move |_| {
        let rows = stretches.with(|all| {
            all.iter()
                .find(|stretch| stretch.day == day)
                .map(|stretch| stretch.rows.clone())
        });
        log.list.loaded.with(|loaded| {
            let lines = loaded.lines().get(rows.unwrap_or_default());
            let lines = lines.unwrap_or_default().iter();
            lines
                .map(|line| {
                    let place = loaded.place_of(line.row.id).unwrap_or_default();
                    (line.row.id, line.revision, loaded.gaps_at(place).count())
                })
                .collect::<Vec<_>>()
        })
    });
    let words = Memo::new(move |_| day_row(locale, day, log.moment.today()));
    view! {
        <tbody role="rowgroup">
            <tr class="day" role="row">
                <th role="rowheader" scope="rowgroup" colspan=COLUMNS>
                    <div>
                        <b>{move || words.with(|(name, _)| name.clone())}</b>
                        <span class="dim">{move || words.with(|(_, date)| date.clone())}</span>
                    </div>
                </th>
            </tr>
            <For each=move || rows.get() key=Clone::clone let:item>
                {
                    let found = log.list.loaded.with_untracked(|loaded| {
                        let place = loaded.place_of(item.0)?;
                        let gaps: Vec<Gap> = loaded.gaps_at(place).cloned().collect();
                        Some((loaded.at(place)?.clone(), gaps))
                    });
                    found
                        .map(|(line, gaps)| {
                            let gaps = gaps
                                .into_iter()
                                .map(|gap| view! { <GapRow gap columns=COLUMNS /> })
                                .collect_view();
                            view! { {gaps} <Row line /> }
                        })
                }
            </For>
        </tbody>
    }
    .into_any()
}

/// What stands below the last row.
#[component]
fn End() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let known = Memo::new(move |_| {
        log.list.loaded.with(|loaded| {
            let last = loaded.lines().last().map(|line| line.day);
            (loaded.next.is_some(), loaded.searched_to, last)
        })
    });
    let go_on = move |_| log.go_on();
    move || {
        match (log.more.get(), known.get()) {
        (More::Failed, _) => view! {
            <p class="end" role="alert">
                {tr!(locale, messages.table.more_failed)} " "
                <button class="link" type="button" on:click=go_on>{tr!(locale, activity.try_again)}</button>
            </p>
        }
        .into_any(),
        (More::Idle, (true, Some(to), _)) => {
            let day = crate::format::day(locale, to, log.moment.offset_minutes);
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
            view! { <p class="end">{tr!(locale, messages.table.everything, day = day)}</p> }.into_any()
        }
        (More::Idle, (false, _, None)) => ().into_any(),
    }
    }
}

/// Rows that wait, announced where the day row sticks.
#[component]
fn Pill() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let waiting = Memo::new(move |_| {
        log.list
            .loaded
            .with(|l| (l.waiting() as u64, l.late() as u64, l.is_stale()))
    });
    let words = move || match waiting.get() {
        (_, _, true) => tr!(locale, activity.table.stale).to_owned(),
        (0, late, _) => tr!(locale, messages.table.late, count = late),
        (new, _, _) => tr!(locale, messages.table.arrived, count = new),
    };
    view! {
        <Show when=move || waiting.get() != (0, 0, false)>
            <button class="new-pill" type="button" on:click=move |_| log.release()>
                {words}
                <Icon glyph=icons::ARROW_UP />
            </button>
        </Show>
    }
    .into_any()
}

fn scrolled(log: MessageLog) {
    if let Some(scroll) = log.list.scroll.get_untracked() {
        let visible = f64::from(scroll.client_height());
        log.scrolled_to(f64::from(scroll.scroll_top()), visible);
        release_if_ready(log);
    }
}

fn release_if_ready(log: MessageLog) {
    let has_news = log.list.loaded.try_with_untracked(Loaded::has_news);
    let is_loading = log.is_loading.try_get_untracked();
    if has_news == Some(true) && is_loading == Some(false) && log.is_ready() {
        log.release();
    }
}

fn pixels(height: f64) -> String {
    format!("{height:.1}px")
}
