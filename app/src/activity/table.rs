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
pub use loading::{Loading, SkeletonRows};
pub use picture::Picture;

use crate::activity::any_log::frame::{Names, PillWords, frame, pill};
use crate::activity::columns::{Column, Columns};
use crate::activity::loaded::Stretch;
use crate::activity::state::use_log;
use crate::erase::GapRow;
use crate::i18n::tr;
use crate::select::SelectionBar;
use chrono::NaiveDate;
use day::DayHead;
use domain::{ActivityId, Direction};
use empty::{Empty, Failure};
use end::End;
use head::Head;
use leptos::prelude::*;
use row::Row;

/// The list with everything around it.
#[component]
pub fn Table() -> impl IntoView {
    let log = use_log();
    let is_empty = Memo::new(move |_| log.list.loaded.with(|l| l.is_empty() && l.next.is_none()));
    let has_failed = Memo::new(move |_| log.failure.with(Option::is_some));
    let words = PillWords {
        title: Some(tr!(log.locale, activity.table.new_title)),
        new: |locale, count| tr!(locale, activity.table.arrived, count = count),
        late: |locale, count| tr!(locale, activity.table.late, count = count),
    };
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
            {pill(log, words)}
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
    let label = move || {
        let label = match log.shown.with(|shown| shown.direction) {
            Direction::Newest => tr!(locale, activity.table.newest_first),
            Direction::Oldest => tr!(locale, activity.table.oldest_first),
        };
        label.to_owned()
    };
    let names = Names {
        class: "log".to_owned(),
        region: tr!(locale, activity.table.entries).to_owned(),
        table: Signal::derive(label),
    };
    frame(
        log,
        names,
        view! { <Head /> }.into_any(),
        move |day, stretches| view! { <Day day stretches columns /> }.into_any(),
        view! { <End /> }.into_any(),
    )
}

/// A day with its rows.
#[component]
fn Day(day: NaiveDate, stretches: Memo<Vec<Stretch>>, columns: Columns) -> impl IntoView {
    let log = use_log();
    let ids = log.list.rows_of(day, stretches);
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
    log.list.line(id).map(|(line, gaps)| {
        let gaps = gaps
            .into_iter()
            .map(|gap| view! { <GapRow gap columns=Signal::derive(move || all.count() + 1) /> })
            .collect_view();
        view! { {gaps} <Row line columns /> }
    })
}
