//! What was erased: by whom, when, why, how much.

use crate::AppError;
use crate::activity::words::{moment_title, number};
use crate::erase::calls::list as list_erasures;
use crate::erase::{kind_words, left_words, report_lines};
use crate::exports::words::{excepted_words, source_label};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use domain::ErasureId;
use domain::view::{ErasureCause, ErasureRow, ErasureStatus};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The erasures, newest first: all, or those of one cause, so that what rules let go each day hides nothing that people
/// asked for.
#[component]
pub fn Erasures(
    /// The newest, or why they could not be read.
    known: Result<Vec<ErasureRow>, AppError>,
    /// What the store's clock adds to UTC now, in minutes.
    offset: i32,
) -> impl IntoView {
    let locale = use_locale();
    let has_more = RwSignal::new(is_page(&known));
    let rows = RwSignal::new(known);
    let cause = RwSignal::new(None::<ErasureCause>);
    let is_loading = RwSignal::new(false);
    let load = move |before: Option<ErasureId>| {
        let asked = cause.get_untracked();
        is_loading.set(true);
        let work = list_erasures(asked, before);
        spawn_local(async move {
            let answer = work.await;
            if cause.try_get_untracked() != Some(asked) {
                return;
            }
            is_loading.try_set(false);
            has_more.try_set(is_page(&answer));
            rows.try_update(|rows| match (rows, answer) {
                (Ok(rows), Ok(older)) if before.is_some() => rows.extend(older),
                (rows, answer) => *rows = answer,
            });
        });
    };
    let choose = move |event| {
        let chosen = event_target_value(&event).parse::<usize>().ok();
        cause.set(chosen.and_then(|at| ErasureCause::ALL.get(at).copied()));
        load(None);
    };
    let go_on = move |_| {
        let last = rows.with_untracked(|rows| rows.as_ref().ok()?.last().map(|row| row.id));
        if !is_loading.get_untracked() {
            load(last);
        }
    };
    let content = move || match rows.get() {
        Err(error) => view! { <p class="dim">{trouble_text(locale, &error)}</p> }.into_any(),
        Ok(rows) if rows.is_empty() => {
            view! { <p class="dim">{tr!(locale, retention.no_erasure)}</p> }.into_any()
        }
        Ok(rows) => {
            let lines = rows
                .into_iter()
                .map(|row| view! { <Line row offset /> })
                .collect_view();
            view! { <ul class="jobs boxed">{lines}</ul> }.into_any()
        }
    };
    let choices = ErasureCause::ALL
        .into_iter()
        .enumerate()
        .map(|(at, cause)| {
            let words = match cause {
                ErasureCause::Person => tr!(locale, retention.cause.person),
                ErasureCause::Selection => tr!(locale, retention.cause.selection),
                ErasureCause::Retention => tr!(locale, retention.cause.retention),
            };
            view! { <option value=at.to_string()>{words}</option> }
        })
        .collect_view();
    view! {
        <section class="block" aria-labelledby="r-erasures">
            <h2 id="r-erasures">{tr!(locale, retention.erasures)}</h2>
            <p class="row-flex wrap">
                <label class="row-flex">
                    {tr!(locale, retention.show)}
                    <select class="input" on:change=choose>
                        <option value="">{tr!(locale, retention.cause.all)}</option>
                        {choices}
                    </select>
                </label>
            </p>
            {content}
            <Show when=move || has_more.get()>
                <p class="end">
                    <button
                        class="btn"
                        type="button"
                        aria-disabled=move || is_loading.get().then_some("true")
                        on:click=go_on
                    >
                        {tr!(locale, exports.more)}
                    </button>
                </p>
            </Show>
        </section>
    }
    .into_any()
}

/// Whether as many were read as a page has: then there may be more.
fn is_page(read: &Result<Vec<ErasureRow>, AppError>) -> bool {
    read.as_ref()
        .is_ok_and(|rows| rows.len() >= ErasureRow::PAGE)
}

#[component]
fn Line(row: ErasureRow, offset: i32) -> impl IntoView {
    let locale = use_locale();
    let what = report_lines(locale, &row)
        .into_iter()
        .map(|(label, count)| format!("{label} {}", number(count)))
        .collect::<Vec<_>>()
        .join(tr!(locale, activity.comma));
    let held =
        (row.held > 0).then(|| tr!(locale, erase.kept, count = row.held, n = number(row.held)));
    let keeps_customer = row
        .report
        .keeps_customer
        .then(|| tr!(locale, erase.keeps_customer));
    let left = left_words(locale, &row).join(" ");
    let kinds = Some(kind_words(locale, &row)).filter(|kinds| !kinds.is_empty());
    let kinds = kinds.map(|kinds| format!("({kinds})"));
    let picked = row.picked.map(|picked| {
        let words = tr!(locale, exports.picked, count = picked, n = number(picked));
        view! { <span class="dim">{words}</span> }
    });
    let excepted = excepted_words(locale, row.excepted)
        .map(|words| view! { <span class="dim nowrap">{words}</span> });
    let filter = row
        .q
        .clone()
        .filter(|q| !q.is_empty())
        .map(|q| view! { <code class="q-in trunc" dir="ltr">{q}</code> });
    view! {
        <li class="job-line">
            <span class="mark"><Icon glyph=icons::ERASER /></span>
            <div class="grow">
                <div class="line">
                    <span class="strong">{cause_words(locale, &row)}</span>
                    {filter}
                    {picked}
                    {excepted}
                    {state(locale, &row)}
                </div>
                <div class="line dim">
                    <bdi>{row.by.clone()}</bdi>
                    " · "
                    <time datetime=row.at.to_rfc3339()>{moment_title(locale, row.at, offset)}</time>
                    " · "
                    <bdi class="trunc">{row.reason.clone()}</bdi>
                </div>
                <div class="line dim">{what} " " {kinds} " " {held} " " {left} " " {keeps_customer}</div>
            </div>
        </li>
    }
    .into_any()
}

/// What made it, and of which log.
fn cause_words(locale: Locale, row: &ErasureRow) -> String {
    match row.cause {
        ErasureCause::Selection => source_label(locale, row.source).to_owned(),
        ErasureCause::Person => tr!(locale, retention.by_person).to_owned(),
        ErasureCause::Retention => {
            tr!(
                locale,
                retention.by_rule,
                log = source_label(locale, row.source)
            )
        }
    }
}

/// How it stands; what is normal is quiet.
fn state(locale: Locale, row: &ErasureRow) -> AnyView {
    match row.status {
        ErasureStatus::Completed => ().into_any(),
        ErasureStatus::Failed => view! {
            <span class="status failed">
                <Icon glyph=icons::CIRCLE_ALERT />
                {tr!(locale, erase.failed)}
            </span>
        }
        .into_any(),
        ErasureStatus::Queued | ErasureStatus::Running => {
            let words = tr!(
                locale,
                erase.done_of,
                done = number(row.done),
                total = number(row.total)
            );
            view! { <span class="status pending"><Icon glyph=icons::CLOCK />{words}</span> }
                .into_any()
        }
    }
}
