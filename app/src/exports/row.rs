//! One export as a line of the log.

use super::calls;
use super::state::use_exports;
use super::words::{
    error_text, excepted_words, file_href, format_of, is_under_way, missing_words, name_of,
    progress, progress_words, rows, size, source_glyph, status_label, status_mark,
};
use crate::activity::words::{ago, moment_title};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use domain::ExportId;
use domain::export::ExportStatus;
use domain::view::ExportRow;
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// One export: what, by whom, how far or how it ended, and its file.
#[component]
pub fn Row(
    /// Which.
    id: ExportId,
) -> impl IntoView {
    let log = use_exports();
    let row = Memo::new(move |_| {
        log.rows
            .with(|rows| rows.iter().find(|row| row.id == id).cloned())
    });
    let is_open = move || log.opened() == Some(id);
    move || {
        row.get().map(|row| {
            view! {
                <li class="job-line" class:open=is_open>
                    <Line row />
                </li>
            }
        })
    }
}

#[component]
fn Line(row: ExportRow) -> impl IntoView {
    let log = use_exports();
    let locale = log.locale;
    let id = row.id;
    let open = move |event: MouseEvent| {
        let has_modifier =
            event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key();
        if event.button() == 0 && !has_modifier {
            event.prevent_default();
            log.open(Some(id));
        }
    };
    let href = move || {
        log.address
            .with(|address| address.with_export(Some(id)).href())
    };
    let format = format_of(&row).map(|name| view! { <span class="chip line">{name}</span> });
    let glyph = row.source.map_or(icons::STORE, source_glyph);
    let at = row.requested_at;
    let when = move || ago(locale, log.moment.now.get(), at);
    let title = moment_title(locale, at, row.offset_minutes);
    view! {
        <span class="mark"><Icon glyph /></span>
        <div class="grow">
            <div class="line">
                <a class="name" href=href on:click=open><bdi>{name_of(locale, &row)}</bdi></a>
                {format}
                <Filter row=row.clone() />
            </div>
            <div class="line dim">
                <bdi>{row.by.clone()}</bdi>
                " · "
                <time title=title datetime=at.to_rfc3339()>{when}</time>
                <State row=row.clone() />
            </div>
        </div>
        <Acts row />
    }
    .into_any()
}

/// The filter, or how many were picked.
#[component]
fn Filter(row: ExportRow) -> impl IntoView {
    let locale = use_exports().locale;
    let excepted = excepted_words(locale, row.excepted)
        .map(|words| view! { <span class="dim nowrap">{words}</span> });
    match (row.q, row.picked) {
        (Some(q), _) if !q.is_empty() => {
            view! { <code class="q-in trunc" dir="ltr" title=q.clone()>{q.clone()}</code> {excepted} }
                .into_any()
        }
        (_, Some(picked)) => {
            let words = tr!(
                locale,
                exports.picked,
                count = picked,
                n = crate::activity::words::number(picked)
            );
            let missing = missing_words(locale, row.missing)
                .map(|words| view! { <span class="dim nowrap">{words}</span> });
            view! { <span class="dim">{words}</span> {missing} }.into_any()
        }
        _ => excepted.into_any(),
    }
}

/// How far it is, or how it ended. What is normal is quiet.
#[component]
fn State(row: ExportRow) -> impl IntoView {
    let locale = use_exports().locale;
    let (class, glyph) = status_mark(row.status);
    let sizes = || {
        let size = row.bytes.map(size);
        let parts: Vec<String> = [Some(rows(locale, row.rows)), size]
            .into_iter()
            .flatten()
            .collect();
        parts.join(" · ")
    };
    match row.status {
        ExportStatus::Queued | ExportStatus::Running => {
            let words = progress_words(locale, &row);
            let label = tr!(locale, exports.progress);
            let done = progress(&row).map(|done| done.to_string());
            view! {
                <span class="under-way">
                    <progress max="1000" value=done aria-label=label></progress>
                    <span>{words}</span>
                </span>
            }
            .into_any()
        }
        ExportStatus::Completed => view! { <span>" · " {sizes()}</span> }.into_any(),
        ExportStatus::Failed => {
            let why = error_text(locale, &row);
            view! {
                <span class="status failed">
                    <Icon glyph />
                    {why.unwrap_or_else(|| status_label(locale, ExportStatus::Failed).to_owned())}
                </span>
            }
            .into_any()
        }
        status => {
            let class = format!("status {class}");
            let why = error_text(locale, &row).filter(|_| status == ExportStatus::Expired);
            let words = why.unwrap_or_else(|| status_label(locale, status).to_owned());
            view! { <span class=class><Icon glyph />{words}</span> }.into_any()
        }
    }
}

/// What can be done with it at once.
#[component]
fn Acts(row: ExportRow) -> impl IntoView {
    let log = use_exports();
    let locale = log.locale;
    let id = row.id;
    let name = name_of(locale, &row);
    if is_under_way(row.status) {
        let label = tr!(locale, exports.cancel_named, name = name);
        return view! {
            <button
                class="btn small"
                type="button"
                aria-label=label
                on:click=move |_| log.act(calls::cancel(id), tr!(locale, exports.cancelled))
            >
                {tr!(locale, exports.cancel)}
            </button>
        }
        .into_any();
    }
    if row.has_file && row.status == ExportStatus::Completed {
        let label = tr!(locale, exports.download_named, name = name);
        return view! {
            <a class="btn small" href=file_href(&row) rel="external" download="" aria-label=label>
                <Icon glyph=icons::FILE_DOWN />
                {tr!(locale, exports.download)}
            </a>
        }
        .into_any();
    }
    if row.is_recorded || row.status == ExportStatus::Completed {
        return ().into_any();
    }
    let label = tr!(locale, exports.again_named, name = name);
    view! {
        <button
            class="btn small"
            type="button"
            aria-label=label
            on:click=move |_| log.ask_again(id)
        >
            <Icon glyph=icons::ROTATE_CCW class="flip" />
            {tr!(locale, exports.again)}
        </button>
    }
    .into_any()
}
