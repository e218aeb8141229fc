//! The error, the steps of the entry itself, what it is related to.

use crate::activity::address::href_of;
use crate::activity::clock::{clock, local};
use crate::activity::state::use_log;
use crate::activity::words::{day_short, moment_title, noun, outcome_label, reference_glyph};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::messages::address::{customer_href, href_of_message, order_href};
use crate::said::said_words;
use domain::query::quote_value;
use domain::view::{ActivityDetail, HistoryStep};
use domain::{MASK, Outcome, Reference};
use leptos::prelude::*;
use std::sync::Arc;

/// Why it failed, and what was said about it.
#[component]
pub fn ErrorText(detail: Arc<ActivityDetail>) -> impl IntoView {
    let locale = use_log().locale;
    let error = detail.row.error.as_deref();
    let error = error.map(|error| said_words(locale, error));
    view! {
        <section class="section" aria-labelledby="d-error">
            <h2 id="d-error" class="vh">{tr!(locale, activity.entry.error)}</h2>
            <div class="note failed">
                <Icon glyph=icons::CIRCLE_ALERT />
                <p dir="auto" class="error-words">{error}</p>
            </div>
        </section>
    }
}

/// The outcomes of the entry, when there was more than one.
#[component]
pub fn Steps(detail: Arc<ActivityDetail>) -> impl IntoView {
    if detail.history.len() < 2 {
        return ().into_any();
    }
    let log = use_log();
    let locale = log.locale;
    let last = detail.history.len() - 1;
    let steps = detail
        .history
        .iter()
        .enumerate()
        .rev()
        .map(|(at, step): (usize, &HistoryStep)| {
            let class = match (at == last, step.outcome) {
                (_, Outcome::Failed) => "bad",
                (_, Outcome::Pending) => "wait",
                (true, Outcome::Success) => "good",
                (false, Outcome::Success) => "",
            };
            let here = local(step.occurred_at, step.offset_minutes);
            let title = moment_title(locale, step.occurred_at, step.offset_minutes);
            let day = move || day_short(locale, here.date(), log.today());
            view! {
                <li class=class>
                    <span>{outcome_label(locale, step.outcome)}</span>
                    <time datetime=step.occurred_at.to_rfc3339() title=title>{day} " " <bdi>{clock(here)}</bdi></time>
                    {step.error.as_deref().map(|error| view! { <p dir="auto">{said_words(locale, error)}</p> })}
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="section" aria-labelledby="d-steps">
            <h2 id="d-steps">{tr!(locale, activity.entry.steps)}</h2>
            <ol class="trail">{steps}</ol>
        </section>
    }
    .into_any()
}

/// Other things concerned, as links to everything about them.
#[component]
pub fn Related(detail: Arc<ActivityDetail>) -> impl IntoView {
    if detail.related.is_empty() {
        return ().into_any();
    }
    let locale = use_log().locale;
    let links = detail
        .related
        .iter()
        .map(|reference| {
            let kind = noun(locale, &reference.kind);
            let name = reference.label().to_owned();
            let code = (name != reference.id).then(|| reference.id.clone());
            view! {
                <a href=page_of(&detail, reference)>
                    <Icon glyph=reference_glyph(&reference.kind) />
                    <span class="trunc">{kind} " " <bdi>{name}</bdi></span>
                    <span class="dim small" dir="ltr">{code}</span>
                </a>
            }
        })
        .collect_view();
    view! {
        <section class="section" aria-labelledby="d-related">
            <h2 id="d-related">{tr!(locale, activity.entry.related)}</h2>
            <div class="related">{links}</div>
        </section>
    }
    .into_any()
}

/// The page of what has one that is open to the reader; everything about it otherwise.
pub(super) fn page_of(detail: &ActivityDetail, reference: &Reference) -> Option<String> {
    if !detail.has_page(&reference.kind, &reference.id) {
        return about(reference);
    }
    match reference.kind.as_str() {
        "order" => Some(order_href(&reference.id)),
        "customer" => Some(customer_href(&reference.id)),
        "message" => reference.id.parse().ok().map(href_of_message),
        "operation" => Some(crate::operations::href_of(&reference.id)),
        _ => about(reference),
    }
}

/// The address of everything about a thing; none for what is hidden.
pub fn about(reference: &Reference) -> Option<String> {
    if reference.id.contains(MASK) {
        return None;
    }
    let value = quote_value(&format!("{}/{}", reference.kind, reference.id));
    Some(href_of(&format!("about:{value}")))
}
