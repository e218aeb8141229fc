//! Which columns a file has.

use crate::exports::words::column_label;
use crate::i18n::{tr, use_locale};
use domain::export::{Source, columns, default_columns};
use leptos::prelude::*;

/// The columns of a log, those chosen ticked. In the file they stand in the order of the log.
#[component]
pub fn ColumnChoice(
    /// The log.
    source: Source,
    /// Those chosen; none for the usual ones.
    chosen: RwSignal<Vec<String>>,
) -> impl IntoView {
    let locale = use_locale();
    let now = move || {
        chosen.with(|chosen| {
            if chosen.is_empty() {
                default_columns(source)
                    .iter()
                    .map(|column| (*column).to_owned())
                    .collect()
            } else {
                chosen.clone()
            }
        })
    };
    let put = move |column: &'static str, is_on: bool| {
        let there: Vec<String> = untrack(now);
        let next: Vec<String> = columns(source)
            .iter()
            .filter(|id| {
                if **id == column {
                    is_on
                } else {
                    there.iter().any(|other| other == *id)
                }
            })
            .map(|id| (*id).to_owned())
            .collect();
        // A file has at least one column.
        if !next.is_empty() {
            chosen.set(next);
        } else {
            chosen.notify();
        }
    };
    let summary = move || {
        let names: Vec<String> = now()
            .iter()
            .map(|column| column_label(locale, Some(source), column))
            .collect();
        names.join(tr!(locale, activity.comma))
    };
    let boxes = columns(source)
        .iter()
        .copied()
        .map(|column| {
            let is_on = move || now().iter().any(|there| there == column);
            view! {
                <label>
                    <input
                        type="checkbox"
                        prop:checked=is_on
                        on:change=move |event| put(column, event_target_checked(&event))
                    />
                    <span class="trunc">{column_label(locale, Some(source), column)}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <details class="column-choice">
            <summary>
                <span class="label">{tr!(locale, exports.columns)}</span>
                <span class="dim trunc">{summary}</span>
            </summary>
            <div class="boxes">{boxes}</div>
        </details>
    }
    .into_any()
}
