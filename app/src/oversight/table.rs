//! The table: days, rows, what stands at its end.

use super::blank::{empty, failure};
use super::state::Watch;
use super::watched::Watched;
use crate::activity::clock::{clock, local};
use crate::activity::loaded::{Line, Loaded, Stretch};
use crate::activity::state::More;
use crate::activity::table::SkeletonRows;
use crate::activity::words::{day_row, day_words};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::select::{PickCell, PickLoaded, RowPress, SelectionBar};
use chrono::NaiveDate;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use uuid::Uuid;

/// The list with everything around it.
pub fn table<R: Watched>(log: Watch<R>) -> AnyView {
    let locale = log.locale;
    let is_empty = Memo::new(move |_| log.is_empty());
    let has_failed = Memo::new(move |_| log.failure.with(Option::is_some));
    view! {
        <div class="table-wrap" aria-busy=move || log.is_loading.get().to_string()>
            {move || {
                if has_failed.get() {
                    failure(log)
                } else if is_empty.get() {
                    empty(log)
                } else {
                    rows(log)
                }
            }}
            <SelectionBar role=log.viewer.with_value(|viewer| viewer.role) />
            {pill(log)}
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

fn rows<R: Watched>(log: Watch<R>) -> AnyView {
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
    let heads = R::heads(locale);
    // The box of each row stands first.
    let columns = heads.len() + 1;
    let head = heads
        .into_iter()
        .map(
            |(class, label)| view! { <th role="columnheader" scope="col" class=class>{label}</th> },
        )
        .collect_view();
    let label = tr!(locale, oversight.newest_first, log = R::title(locale));
    let table_label = label.clone();
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
            <table class=format!("log {}", R::TABLE) role="table" aria-rowcount=count aria-label=table_label>
                <thead role="rowgroup">
                    <tr role="row"><PickLoaded /> {head}</tr>
                </thead>
                <tbody class="space" role="presentation" style:block-size=move || pixels(spaces.get().0)></tbody>
                <For each=move || stretches.get() key=|stretch: &Stretch| stretch.day let:stretch>
                    {day(log, stretch.day, stretches, columns)}
                </For>
                <tbody class="space" role="presentation" style:block-size=move || pixels(spaces.get().1)></tbody>
            </table>
            {end(log)}
        </div>
    }
    .into_any()
}

/// A day with its rows.
fn day<R: Watched>(
    log: Watch<R>,
    day: NaiveDate,
    stretches: Memo<Vec<Stretch>>,
    columns: usize,
) -> AnyView {
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
                .map(|line| (line.row.id(), line.revision))
                .collect::<Vec<_>>()
        })
    });
    let words = Memo::new(move |_| day_row(locale, day, log.moment.today()));
    view! {
        <tbody role="rowgroup">
            <tr class="day" role="row">
                <th role="rowheader" scope="rowgroup" colspan=columns.to_string()>
                    <div>
                        <b>{move || words.with(|(name, _)| name.clone())}</b>
                        <span class="dim">{move || words.with(|(_, date)| date.clone())}</span>
                    </div>
                </th>
            </tr>
            <For each=move || rows.get() key=Clone::clone let:item>
                {
                    let line = log
                        .list
                        .loaded
                        .with_untracked(|loaded| loaded.at(loaded.place_of(item.0)?).cloned());
                    line.map(|line| row(log, line))
                }
            </For>
        </tbody>
    }
    .into_any()
}

fn row<R: Watched>(log: Watch<R>, line: Line<R>) -> AnyView {
    let id = line.row.id();
    let is_fresh = line.is_fresh;
    let is_open = move || log.opened.get() == Some(id);
    let is_cursor = move || log.list.cursor.get() == Some(id) && !is_open();
    // The head is the first row.
    let index = move || {
        let place = log.list.loaded.with(|loaded| loaded.place_of(id));
        place.map(|place| place + 2)
    };
    let is_selected = move || log.selected.has(id).then_some("true");
    // Where there is no room for the box.
    let press = RowPress::new(log.selected, log.list, id);
    let (at, offset) = line.row.moment();
    let time = clock(local(at, offset));
    let label = tr!(
        log.locale,
        find.select.row,
        time = time.as_str(),
        what = R::sentence(log.locale, &line.row)
    );
    view! {
        <tr
            role="row"
            data-row=""
            aria-rowindex=index
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
            <PickCell selected=log.selected list=log.list id label />
            {R::cells(log, &line.row)}
        </tr>
    }
    .into_any()
}

/// The link of a row to its entry in the drawer.
pub fn opener<R: Watched>(log: Watch<R>, id: Uuid, words: AnyView) -> AnyView {
    view! {
        <a
            href=move || log.address.with(|address| address.with_entry(id).href(R::PATH))
            on:click=move |event| open(log, id, &event)
        >
            {words}
        </a>
    }
    .into_any()
}

/// Opens the drawer, unless the reader wants the link in another tab.
fn open<R: Watched>(log: Watch<R>, id: Uuid, event: &MouseEvent) {
    let has_modifier = event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key();
    if event.button() == 0 && !has_modifier {
        event.prevent_default();
        log.open_entry(id);
    }
}

/// What stands below the last row.
fn end<R: Watched>(log: Watch<R>) -> AnyView {
    let locale = log.locale;
    let known = Memo::new(move |_| {
        log.list.loaded.with(|loaded| {
            let last = loaded.lines().last().map(|line| line.day);
            (loaded.next.is_some(), loaded.searched_to, last)
        })
    });
    let go_on = move |_| log.go_on();
    let content = move || {
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
    };
    content.into_any()
}

/// Rows that wait, announced where the day row sticks.
fn pill<R: Watched>(log: Watch<R>) -> AnyView {
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

fn scrolled<R: Watched>(log: Watch<R>) {
    if let Some(scroll) = log.list.scroll.get_untracked() {
        let visible = f64::from(scroll.client_height());
        log.scrolled_to(f64::from(scroll.scroll_top()), visible);
        release_if_ready(log);
    }
}

fn release_if_ready<R: Watched>(log: Watch<R>) {
    let has_news = log.list.loaded.try_with_untracked(Loaded::has_news);
    let is_loading = log.is_loading.try_get_untracked();
    if has_news == Some(true) && is_loading == Some(false) && log.is_ready() {
        log.release();
    }
}

fn pixels(height: f64) -> String {
    format!("{height:.1}px")
}
