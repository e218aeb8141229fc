//! What stands beside the items: what it does, who, how it went, its entries in the ledger. A sheet on a phone.

use super::href_of;
use super::state::use_operation;
use super::words::{
    clock_words, kind_label, moment_words, reverted_words, step_reason, step_words,
};
use crate::activity::address::href_of as activity_href;
use crate::activity::words::{moment_title, number};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::layout::Avatar;
use domain::operation::OperationId;
use domain::query::quote_value;
use leptos::prelude::*;

/// The facts.
#[component]
pub fn Aside() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    view! {
        <aside class="side" id="about-operation" popover="auto" aria-label=tr!(locale, operations.about)>
            <button
                class="icon-btn only-middle close"
                type="button"
                popovertarget="about-operation"
                popovertargetaction="hide"
                aria-label=tr!(locale, common.close)
            >
                <Icon glyph=icons::X />
            </button>
            <What />
            <Who />
            <How />
            <Again />
            <Ledger />
            <Revert />
        </aside>
    }
    .into_any()
}

#[component]
fn What() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let (kind, description, query) = log.detail.with_untracked(|detail| {
        (
            detail.row.kind,
            detail.description.clone(),
            detail.query.clone(),
        )
    });
    view! {
        <section class="section">
            <h2>{tr!(locale, operations.what)}</h2>
            <p><b class="strong">{kind_label(locale, kind)}</b></p>
            {description.map(|text| view! { <p dir="auto">{text}</p> })}
            {query.map(|query| view! { <p class="q-static" dir="ltr"><code>{query}</code></p> })}
        </section>
    }
    .into_any()
}

#[component]
fn Who() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let (actor, rule) = log
        .detail
        .with_untracked(|detail| (detail.row.actor.clone(), detail.row.rule.clone()));
    let name = actor.label().to_owned();
    view! {
        <section class="section">
            <h2>{tr!(locale, operations.who)}</h2>
            <div class="person">
                <Avatar name=name.clone() />
                <p>
                    <b class="strong"><bdi>{name}</bdi></b>
                    {rule.map(|name| view! { <br /> <span class="dim">{tr!(locale, operations.rule, name = name)}</span> })}
                </p>
            </div>
        </section>
    }
    .into_any()
}

/// Its steps, newest first.
#[component]
fn How() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let steps = move || {
        let detail = log.detail.get();
        let offset = detail.row.offset_minutes;
        let opened_at = detail.row.opened_at;
        let today = log.moment.today_untracked();
        let row = detail.row;
        let steps = detail.trail.into_iter().map(|step| {
            let (class, words) = step_words(locale, &step);
            let reason = step_reason(locale, &step, &row);
            let after = (step.items > 0 && class == "wait").then(|| {
                let n = number(step.items);
                view! { <p>{tr!(locale, operations.step.after, count = step.items, n = n)}</p> }
            });
            view! {
                <li class=class>
                    <span>{words}</span>
                    <time datetime=step.at.to_rfc3339() title=moment_title(locale, step.at, offset)>
                        {clock_words(step.at, offset)}
                    </time>
                    {reason.map(|reason| view! { <p dir="auto">{reason}</p> })}
                    {after}
                </li>
            }
        });
        let steps = steps.collect_view();
        view! {
            <ol class="trail">
                {steps}
                <li>
                    <span>{tr!(locale, operations.step.opened)}</span>
                    <time datetime=opened_at.to_rfc3339() title=moment_title(locale, opened_at, offset)>
                        {moment_words(locale, opened_at, offset, today)}
                    </time>
                </li>
            </ol>
        }
    };
    view! { <section class="section"><h2>{tr!(locale, operations.how)}</h2>{steps}</section> }
        .into_any()
}

/// Where what failed was tried again, and what of another operation it tries again itself.
#[component]
fn Again() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    move || {
        let (retries, retried_by) = log
            .detail
            .with(|detail| (detail.row.retries.clone(), detail.retried_by.clone()));
        let is_any = retries.is_some() || retried_by.is_some();
        is_any.then(|| {
            view! {
                <section class="section">
                    <h2>{tr!(locale, operations.again)}</h2>
                    {that_operation(locale, tr!(locale, operations.retries), retries)}
                    {that_operation(locale, tr!(locale, operations.retried_by), retried_by)}
                </section>
            }
        })
    }
}

/// What another operation is to this one, with the way there.
fn that_operation(locale: Locale, words: &'static str, id: Option<OperationId>) -> Option<AnyView> {
    let href = href_of(&id?.0);
    let that = tr!(locale, operations.that_operation);
    Some(view! { <p>{words} " " <a class="link" href=href>{that}</a></p> }.into_any())
}

#[component]
fn Ledger() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let entries = move || {
        let (from, to) = log.detail.with(|detail| detail.entries)?;
        let (from, to) = (number(from.unsigned_abs()), number(to.unsigned_abs()));
        Some(view! { <p class="dim">{tr!(locale, operations.entries, from = from, to = to)}</p> })
    };
    let href = activity_href(&format!("operation:{}", log.id.get_value()));
    let trace = log.detail.with_untracked(|detail| detail.trace_id.clone());
    let trace = trace.map(|trace| {
        let href = activity_href(&format!("trace:{}", quote_value(&trace)));
        view! {
            <p>
                {tr!(locale, operations.trace)} " "
                <a class="link" href=href><code dir="ltr">{trace}</code></a>
            </p>
        }
    });
    view! {
        <section class="section">
            <h2>{tr!(locale, operations.ledger)}</h2>
            {entries}
            <p><a class="link" href=href>{tr!(locale, operations.in_activity)}</a></p>
            {trace}
        </section>
    }
    .into_any()
}

#[component]
fn Revert() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let words = move || {
        if !log.detail.with(|detail| detail.row.state.is_ended()) {
            tr!(locale, operations.revert.later)
        } else if log.is_nothing_changed() {
            tr!(locale, operations.revert.nothing)
        } else {
            tr!(locale, operations.revert.possible)
        }
    };
    let reverts = move || {
        let id = log.detail.with(|detail| detail.row.reverts.clone());
        that_operation(locale, tr!(locale, operations.reverts), id)
    };
    let reverted_by = move || {
        let (revert, changed) = log
            .detail
            .with(|detail| (detail.reverted_by.clone(), detail.row.changed));
        let revert = revert?;
        let (lead, words) = reverted_words(locale, &revert, changed);
        let that = that_operation(locale, lead, Some(revert.id));
        Some(view! { {that} <p class="dim">{words}</p> })
    };
    let is_sample = log.viewer.with_value(|viewer| viewer.store.is_sample);
    let sample = move || {
        let is_revert = log.detail.with(|detail| detail.row.reverts.is_some());
        (is_sample && is_revert)
            .then(|| view! { <p class="dim">{tr!(locale, operations.revert.sample)}</p> })
    };
    view! {
        <section class="section">
            <h2>{tr!(locale, operations.revert.head)}</h2>
            <p class="dim">{words}</p>
            {sample}
            {reverts}
            {reverted_by}
        </section>
    }
    .into_any()
}
