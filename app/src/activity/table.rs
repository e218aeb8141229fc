//! The table: days, rows, what stands at its end, and which of it is in the document.

mod cells;
mod day;
mod empty;
mod end;
mod head;
mod loading;
mod picture;
mod row;

pub use cells::masked_title;
pub use empty::{Failure, why};
pub use loading::SkeletonRows;
pub use picture::Picture;

use crate::activity::columns::{Column, Columns};
use crate::activity::loaded::{Loaded, Stretch};
use crate::activity::state::{Log, use_log};
use crate::erase::GapRow;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::select::SelectionBar;
use chrono::NaiveDate;
use day::DayHead;
use domain::view::Gap;
use domain::{ActivityId, Direction};
use empty::Empty;
use end::End;
use head::Head;
use leptos::prelude::*;
use loading::Loading;
use row::Row;

/// The list with everything around it.
#[component]
pub fn Table() -> impl IntoView {
    let log = use_log();
    let is_empty = Memo::new(move |_| log.list.loaded.with(|l| l.is_empty() && l.next.is_none()));
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
            <SelectionBar role=log.viewer.with_value(|viewer| viewer.role) />
            <Pill />
            <Show when=move || log.is_loading.get()>
                <Loading />
            </Show>
        </div>
    }
}

#[component]
fn Rows() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let columns = expect_context::<Columns>();
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
    let label = move || match log.shown.with(|shown| shown.direction) {
        Direction::Newest => tr!(locale, activity.table.newest_first),
        Direction::Oldest => tr!(locale, activity.table.oldest_first),
    };
    // Minus one: that many are not known (ARIA 1.2, aria-rowcount).
    let count = move || {
        log.facets
            .with(|facets| facets.as_ref().map(|f| f.matching))
            .filter(|count| count.is_exact)
            .map_or(-1, |count| count.count.cast_signed())
    };
    log.list.follow_size(move || scrolled(log));
    view! {
        <div
            class="scroll"
            id="entries"
            tabindex="0"
            role="region"
            aria-label=tr!(locale, activity.table.entries)
            node_ref=log.list.scroll
            on:scroll=move |_| scrolled(log)
            on:pointerenter=move |event| log.live.point(event.pointer_type() == "mouse")
            on:pointerleave=move |_| {
                log.live.point(false);
                release_if_ready(log);
            }
        >
            <table class="log" role="table" aria-rowcount=count aria-label=label>
                <Head />
                <tbody class="space" role="presentation" style:block-size=move || pixels(spaces.get().0)></tbody>
                <For each=move || stretches.get() key=|stretch: &Stretch| stretch.day let:stretch>
                    <Day day=stretch.day stretches columns />
                </For>
                <tbody class="space" role="presentation" style:block-size=move || pixels(spaces.get().1)></tbody>
            </table>
            <End />
        </div>
    }
}

/// A day with its rows.
#[component]
fn Day(day: NaiveDate, stretches: Memo<Vec<Stretch>>, columns: Columns) -> impl IntoView {
    let log = use_log();
    let ids = Memo::new(move |_| {
        let rows = stretches.with(|all| {
            all.iter()
                .find(|stretch| stretch.day == day)
                .map(|stretch| stretch.rows.clone())
        });
        let rows = rows.unwrap_or_default();
        log.list.loaded.with(|loaded| {
            let lines = loaded.lines().get(rows).unwrap_or_default();
            lines
                .iter()
                .map(|line| {
                    let place = loaded.place_of(line.row.id).unwrap_or_default();
                    (line.row.id, line.revision, loaded.gaps_at(place).count())
                })
                .collect::<Vec<_>>()
        })
    });
    // A row is made again when its entry changes or other columns are chosen, and otherwise stays.
    let each = move || {
        let shape = columns.shown();
        ids.get()
            .into_iter()
            .map(|(id, revision, gaps)| (id, revision, gaps, shape.clone()))
            .collect::<Vec<_>>()
    };
    view! {
        <tbody role="rowgroup">
            <DayHead day columns />
            <For each key=Clone::clone let:item>
                <LineOf id=item.0 columns=item.3 />
            </For>
        </tbody>
    }
}

/// The row of an entry, as it is loaded now, with the gaps before it.
#[component]
fn LineOf(id: ActivityId, columns: Vec<Column>) -> impl IntoView {
    let log = use_log();
    let all = expect_context::<Columns>();
    let found = log.list.loaded.with_untracked(|loaded| {
        let place = loaded.place_of(id)?;
        let gaps: Vec<Gap> = loaded.gaps_at(place).cloned().collect();
        Some((loaded.at(place)?.clone(), gaps))
    });
    found.map(|(line, gaps)| {
        let gaps = gaps
            .into_iter()
            .map(|gap| view! { <GapRow gap columns=Signal::derive(move || all.count() + 1) /> })
            .collect_view();
        view! { {gaps} <Row line columns /> }
    })
}

/// Rows that wait, announced where the day row sticks.
#[component]
fn Pill() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let waiting = Memo::new(move |_| {
        log.list
            .loaded
            .with(|l| (l.waiting() as u64, l.late() as u64, l.is_stale()))
    });
    let words = move || match waiting.get() {
        (_, _, true) => tr!(locale, activity.table.stale).to_owned(),
        (0, late, _) => tr!(locale, activity.table.late, count = late),
        (new, _, _) => tr!(locale, activity.table.arrived, count = new),
    };
    view! {
        <Show when=move || waiting.get() != (0, 0, false)>
            <button
                class="new-pill"
                type="button"
                title=tr!(locale, activity.table.new_title)
                on:click=move |_| log.release()
            >
                {words}
                <Icon glyph=icons::ARROW_UP />
            </button>
        </Show>
    }
}

fn scrolled(log: Log) {
    let Some(scroll) = log.list.scroll.get_untracked() else {
        return;
    };
    log.scrolled_to(
        f64::from(scroll.scroll_top()),
        f64::from(scroll.client_height()),
    );
    release_if_ready(log);
}

fn release_if_ready(log: Log) {
    let has_news = log.list.loaded.try_with_untracked(Loaded::has_news);
    let is_loading = log.is_loading.try_get_untracked();
    if has_news == Some(true) && is_loading == Some(false) && log.is_ready() {
        log.release();
    }
}

fn pixels(height: f64) -> String {
    format!("{height:.1}px")
}
