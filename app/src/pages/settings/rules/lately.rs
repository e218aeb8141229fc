//! What became of the rules lately: fired, or why not.

use super::words::why;
use crate::activity::address::{Address, href_of};
use crate::activity::clock::{clock_short, day_of, local};
use crate::activity::words::{day_words, moment_title};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::messages::address::href_of_message;
use domain::view::EvaluationRow;
use leptos::prelude::*;

/// The evaluations, newest first.
#[component]
pub fn Lately(evaluations: Vec<EvaluationRow>) -> impl IntoView {
    let locale = use_locale();
    let is_empty = evaluations.is_empty();
    let rows = evaluations.into_iter();
    let rows = rows.map(|row| view! { <Line row /> }).collect_view();
    view! {
        <section aria-labelledby="lately">
            <div class="part-head">
                <h2 id="lately">{tr!(locale, rules.lately)}</h2>
                <a class="link push" href=href_of("action:rule.evaluated")>{tr!(locale, rules.all)}</a>
            </div>
            {if is_empty {
                view! { <p class="dim">{tr!(locale, rules.lately_none)}</p> }.into_any()
            } else {
                view! { <ol class="evaluations">{rows}</ol> }.into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Line(row: EvaluationRow) -> impl IntoView {
    let locale = use_locale();
    let evaluation = &row.evaluation;
    let (class, glyph, word) = if row.error.is_some() {
        (
            "status failed",
            icons::CIRCLE_ALERT,
            tr!(locale, rules.failed),
        )
    } else if !evaluation.is_matched {
        (
            "status off",
            icons::CIRCLE_SLASH,
            tr!(locale, rules.skipped),
        )
    } else if evaluation.is_dry {
        (
            "status pending",
            icons::CIRCLE_SLASH,
            tr!(locale, rules.dry),
        )
    } else if evaluation.guard.is_some() {
        ("status pending", icons::BAN, tr!(locale, rules.held_back))
    } else {
        (
            "status success",
            icons::CIRCLE_CHECK,
            tr!(locale, rules.fired),
        )
    };
    let why = why(locale, evaluation, row.error.as_deref());
    let title = moment_title(locale, row.at, row.offset_minutes);
    let time = clock_short(local(row.at, row.offset_minutes));
    let day = day_words(locale, day_of(row.at, row.offset_minutes));
    let about = match (&row.order, &row.subject) {
        (Some(number), _) => tr!(locale, rules.message_of, number = number.as_str()),
        (None, Some(subject)) if row.message.is_none() => subject.label().to_owned(),
        _ => tr!(locale, rules.message).to_owned(),
    };
    let href = match (row.message, row.event) {
        (Some(id), _) => Some(href_of_message(id)),
        (None, event) => event.map(|id| Address::default().with_entry(id).href()),
    };
    let about = href.map(|href| view! { <a class="link nowrap" href=href><bdi>{about}</bdi></a> });
    let name = evaluation.name.clone();
    view! {
        <li>
            <span class=class><Icon glyph />{word}</span>
            <span class="what">
                <bdi class="strong">{name}</bdi>
                " "
                <span class="soft"><bdi>{why}</bdi></span>
            </span>
            <span class="when small dim nowrap">
                {about} " "
                <time title=title datetime=row.at.to_rfc3339()>{day} " " <bdi dir="ltr">{time}</bdi></time>
            </span>
        </li>
    }
    .into_any()
}
