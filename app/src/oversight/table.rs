//! The table: days, rows, what stands at its end.

use super::blank::empty;
use super::state::Watch;
use super::watched::Watched;
use crate::activity::any_log::AnyLog as _;
use crate::activity::any_log::blank::failure;
use crate::activity::any_log::frame::{Names, PillWords, end, frame, pill, row};
use crate::activity::clock::{clock, local};
use crate::activity::loaded::{Line, Stretch};
use crate::activity::table::Loading;
use crate::activity::words::day_row;
use crate::i18n::tr;
use crate::select::{PickLoaded, SelectionBar};
use chrono::NaiveDate;
use leptos::prelude::*;
use uuid::Uuid;

/// The list with everything around it.
pub fn table<R: Watched>(log: Watch<R>) -> AnyView {
    let is_empty = Memo::new(move |_| log.is_empty());
    let has_failed = Memo::new(move |_| log.failure.with(Option::is_some));
    view! {
        <div class="table-wrap" aria-busy=move || log.is_loading.get().to_string()>
            {move || {
                if has_failed.get() {
                    failure(log, tr!(log.locale, oversight.failure_list))
                } else if is_empty.get() {
                    empty(log)
                } else {
                    rows(log)
                }
            }}
            <SelectionBar role=log.viewer.with_value(|viewer| viewer.role) />
            {pill(log, PillWords::CHANGED)}
            <Show when=move || log.is_loading.get()>
                <Loading />
            </Show>
        </div>
    }
    .into_any()
}

fn rows<R: Watched>(log: Watch<R>) -> AnyView {
    let locale = log.locale;
    let heads = R::heads(locale);
    // The box of each row stands first.
    let columns = heads.len() + 1;
    let head = heads
        .into_iter()
        .map(
            |(class, label)| view! { <th role="columnheader" scope="col" class=class>{label}</th> },
        )
        .collect_view();
    let head = view! {
        <thead role="rowgroup">
            <tr role="row"><PickLoaded /> {head}</tr>
        </thead>
    };
    let label = tr!(locale, oversight.newest_first, log = R::title(locale));
    let names = Names {
        class: format!("log {}", R::TABLE),
        region: label.clone(),
        table: Signal::stored(label),
    };
    frame(
        log,
        names,
        head.into_any(),
        move |at, stretches| day(log, at, stretches, columns),
        end(log, log.moment.offset_minutes),
    )
}

/// A day with its rows.
fn day<R: Watched>(
    log: Watch<R>,
    day: NaiveDate,
    stretches: Memo<Vec<Stretch>>,
    columns: usize,
) -> AnyView {
    let locale = log.locale;
    let rows = log.list.rows_of(day, stretches);
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
                {log.list.line(item.0).map(|(line, _)| row_of(log, &line))}
            </For>
        </tbody>
    }
    .into_any()
}

fn row_of<R: Watched>(log: Watch<R>, line: &Line<R>) -> AnyView {
    let (at, offset) = line.row.moment();
    let time = clock(local(at, offset));
    let label = tr!(
        log.locale,
        find.select.row,
        time = time.as_str(),
        what = R::sentence(log.locale, &line.row)
    );
    let cells = R::cells(log, &line.row);
    row(log, line.row.id(), line.is_fresh, label, cells)
}

/// The link of a row to its entry in the drawer.
pub fn opener<R: Watched>(log: Watch<R>, id: Uuid, words: AnyView) -> AnyView {
    view! {
        <a href=move || log.row_href(id) on:click=move |event| log.follow_link(id, &event)>
            {words}
        </a>
    }
    .into_any()
}
