//! What was erased: by whom, when, why, how much.

use crate::AppError;
use crate::activity::words::{moment_title, number};
use crate::erase::report_lines;
use crate::exports::words::source_label;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use domain::view::{ErasureCause, ErasureRow, ErasureStatus};
use leptos::prelude::*;

/// The newest erasures.
#[component]
pub fn Erasures(
    /// They, or why they could not be read.
    known: Result<Vec<ErasureRow>, AppError>,
    /// What the store's clock adds to UTC now, in minutes.
    offset: i32,
) -> impl IntoView {
    let locale = use_locale();
    let content = match known {
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
    view! {
        <section class="block" aria-labelledby="r-erasures">
            <h2 id="r-erasures">{tr!(locale, retention.erasures)}</h2>
            {content}
        </section>
    }
    .into_any()
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
                    {state(locale, &row)}
                </div>
                <div class="line dim">
                    <bdi>{row.by.clone()}</bdi>
                    " · "
                    <time datetime=row.at.to_rfc3339()>{moment_title(locale, row.at, offset)}</time>
                    " · "
                    <bdi class="trunc">{row.reason.clone()}</bdi>
                </div>
                <div class="line dim">{what} " " {held} " " {keeps_customer}</div>
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
