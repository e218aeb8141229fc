//! The table of messages: days, rows, what stands at its end.

mod acts;
mod ask;
mod blank;
mod row;

use super::state::use_messages;
use crate::activity::any_log::frame::{Names, PillWords, end, frame, pill};
use crate::activity::loaded::Stretch;
use crate::activity::table::Loading;
use crate::activity::words::day_row;
use crate::erase::GapRow;
use crate::i18n::tr;
use crate::select::SelectionBar;
use acts::{Acts, PickedActs};
use ask::Question;
use blank::{Empty, Failure};
use chrono::NaiveDate;
use leptos::prelude::*;
use row::Row;

/// How many columns there are.
const COLUMNS: usize = 6;

/// The list with everything around it.
#[component]
pub fn Table() -> impl IntoView {
    let log = use_messages();
    let is_empty = Memo::new(move |_| log.is_empty());
    let has_failed = Memo::new(move |_| log.failure.with(Option::is_some));
    let acts = Acts::of_page();
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
                acts=move || view! { <PickedActs acts /> }
            />
            {pill(log, PillWords::CHANGED)}
            <Show when=move || log.is_loading.get()>
                <Loading />
            </Show>
            <Question acts />
        </div>
    }
    .into_any()
}

#[component]
fn Rows() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let cells = [
        ("c-channel", tr!(locale, messages.column.channel)),
        ("c-what", tr!(locale, messages.column.message)),
        ("c-kind", tr!(locale, messages.column.kind)),
        ("c-state", tr!(locale, messages.column.status)),
        ("c-end", tr!(locale, messages.column.time)),
    ]
    .map(|(class, label)| view! { <th role="columnheader" scope="col" class=class>{label}</th> })
    .collect_view();
    let head = view! {
        <thead class="vh" role="rowgroup">
            <tr role="row"><th role="columnheader" scope="col">{tr!(locale, find.select.column)}</th> {cells}</tr>
        </thead>
    };
    let label = tr!(locale, messages.table.newest_first);
    let names = Names {
        class: "log msgs".to_owned(),
        region: label.to_owned(),
        table: Signal::stored(label.to_owned()),
    };
    frame(
        log,
        names,
        head.into_any(),
        move |day, stretches| view! { <Day day stretches /> }.into_any(),
        end(log, log.moment.offset_minutes),
    )
}

/// A day with its rows.
#[component]
fn Day(day: NaiveDate, stretches: Memo<Vec<Stretch>>) -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let rows = log.list.rows_of(day, stretches);
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
                    log.list
                        .line(item.0)
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
