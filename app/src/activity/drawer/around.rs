//! What happened to the same thing, and around the same moment.

use super::facts::about;
use super::parts::pieces;
use crate::activity::any_log::AnyLog as _;
use crate::activity::clock::{apart, clock, clock_short, local};
use crate::activity::state::{Log, use_log};
use crate::activity::words::{
    count_words, day_short, history_line, moment_line, moment_title, subject_words,
};
use crate::i18n::tr;
use crate::pages::why_href;
use domain::view::{ActivityDetail, ActivityRow, Surroundings};
use domain::{ActivityId, MASK, Permission};
use leptos::prelude::*;
use std::sync::Arc;

/// What happened around the entry, once it is there.
pub fn around(log: Log) -> Option<Arc<Surroundings>> {
    log.entry.with(|entry| entry.as_ref()?.around.clone())
}

/// The history of the entry's subject.
#[component]
pub fn SubjectHistory(row: ActivityRow) -> impl IntoView {
    let Some(subject) = row.subject.clone() else {
        return ().into_any();
    };
    let log = use_log();
    let locale = log.locale;
    let id = row.id;
    let all = about(&subject);
    let manages = log
        .viewer
        .with_value(|viewer| viewer.may(Permission::ManageRules));
    let is_known = manages && !subject.id.contains(MASK);
    let why = is_known.then(|| {
        let href = why_href(&subject.kind, &subject.id);
        view! { <p class="section"><a class="link" href=href>{tr!(locale, rules.why_title)}</a></p> }
    });
    let name = subject_words(locale, &subject);
    let content = move || {
        let around = around(log)?;
        if around.subject.len() < 2 {
            return None;
        }
        let all_words = tr!(
            locale,
            activity.entry.all,
            n = count_words(around.subject_count)
        );
        let all = all
            .clone()
            .map(|href| view! { <a class="link push" href=href>{all_words}</a> });
        let steps = around
            .subject
            .iter()
            .map(|row| {
                let here = local(row.occurred_at, row.offset_minutes);
                let title = moment_title(locale, row.occurred_at, row.offset_minutes);
                let day = move || day_short(locale, here.date(), log.today());
                let line = pieces(history_line(locale, row)).into_any();
                view! {
                    <li class:here=row.id == id>
                        <EntryLink id=row.id>{line}</EntryLink>
                        <time datetime=row.occurred_at.to_rfc3339() title=title>
                            {day} " " <bdi>{clock_short(here)}</bdi>
                        </time>
                    </li>
                }
            })
            .collect_view();
        Some(view! {
            <section class="section" aria-labelledby="d-history">
                <div class="section-head">
                    <h2 id="d-history">{tr!(locale, activity.entry.history_of)} " " <bdi>{name.clone()}</bdi></h2>
                    {all}
                </div>
                <ol class="trail">{steps}</ol>
            </section>
        })
    };
    view! { {content} {why} }.into_any()
}

/// Which entries around it are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Moment,
    Actor,
    Trace,
}

/// Entries around the same moment: of anybody, of the same actor, of the same trace.
#[component]
pub fn Around(detail: Arc<ActivityDetail>) -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let which = RwSignal::new(Which::Moment);
    let has_trace = detail.trace_id.is_some();
    let label = move |which| match which {
        Which::Moment => tr!(locale, activity.entry.any_actor),
        Which::Actor => tr!(locale, activity.entry.same_actor),
        Which::Trace => tr!(locale, activity.entry.same_trace),
    };
    let tabs = [Which::Moment, Which::Actor, Which::Trace]
        .into_iter()
        .filter(|which| has_trace || *which != Which::Trace)
        .map(|one| {
            view! {
                <button
                    type="button"
                    aria-pressed=move || (which.get() == one).to_string()
                    on:click=move |_| which.set(one)
                >
                    {label(one)}
                </button>
            }
        })
        .collect_view();
    let (id, at) = (detail.row.id, detail.row.occurred_at);
    let rows = move || {
        let Some(around) = around(log) else {
            return view! { <p><span class="skel" style="inline-size:14rem"></span></p> }
                .into_any();
        };
        let rows = match which.get() {
            Which::Moment => &around.moment,
            Which::Actor => &around.actor,
            Which::Trace => &around.trace,
        };
        let rows = rows
            .iter()
            .map(|row| {
                let is_here = row.id == id;
                let here = local(row.occurred_at, row.offset_minutes);
                let time = if is_here {
                    clock(here)
                } else {
                    apart(at, row.occurred_at)
                };
                let title = moment_title(locale, row.occurred_at, row.offset_minutes);
                let line = moment_line(locale, row, which.get_untracked() != Which::Actor);
                let line = pieces(line).into_any();
                view! {
                    <li class:here=is_here>
                        <time dir="ltr" title=title>{time}</time>
                        <EntryLink id=row.id>{line}</EntryLink>
                    </li>
                }
            })
            .collect_view();
        view! { <ol class="mini">{rows}</ol> }.into_any()
    };
    view! {
        <section class="section" aria-labelledby="d-around">
            <div class="section-head">
                <h2 id="d-around">{tr!(locale, activity.entry.around)}</h2>
                <span class="seg push" role="group" aria-labelledby="d-around">{tabs}</span>
            </div>
            {rows}
        </section>
    }
}

/// Another entry, opened in this drawer.
#[component]
fn EntryLink(id: ActivityId, children: Children) -> impl IntoView {
    let log = use_log();
    let is_here = move || log.opened.get() == Some(id);
    view! {
        <a
            class="trunc"
            href=move || log.row_href(id)
            aria-current=move || is_here().then_some("true")
            on:click=move |event| log.follow_link(id, &event)
        >
            {children()}
        </a>
    }
}
