//! The cells of a row.

use super::picture::{Picture, direction_of};
use crate::activity::any_log::AnyLog as _;
use crate::activity::clock::{clock, local};
use crate::activity::columns::Column;
use crate::activity::loaded::Line;
use crate::activity::state::Log;
use crate::activity::words::{
    Reader, action_glyph, action_label, actor_words, field_label, moment_title, number,
    outcome_label, outcome_mark, subject_words, told_by_rule,
};
use crate::find::MoreLike;
use crate::i18n::tr;
use crate::icons::Icon;
use crate::said::said_words;
use domain::view::ActivityRow;
use domain::{ActivityId, MASK, Outcome};
use leptos::prelude::*;

/// The cell of a column.
pub fn cell(log: Log, line: &Line, column: Column) -> AnyView {
    let row = &line.row;
    match column {
        Column::Time => time(log, row).into_any(),
        Column::Actor => actor(log, row).into_any(),
        Column::Action => action(log, row).into_any(),
        Column::What => what(log, line).into_any(),
        Column::Outcome => outcome(log, row.outcome).into_any(),
        Column::Ip => ip(log, row.ip.clone()).into_any(),
        Column::Id => id(log, row.id).into_any(),
    }
}

fn time(log: Log, row: &ActivityRow) -> impl IntoView + use<> {
    let title = moment_title(log.locale, row.occurred_at, row.offset_minutes);
    let shown = clock(local(row.occurred_at, row.offset_minutes));
    view! {
        <td role="cell" class="time">
            <time dir="ltr" title=title datetime=row.occurred_at.to_rfc3339()>{shown}</time>
        </td>
    }
}

fn actor(log: Log, row: &ActivityRow) -> impl IntoView + use<> {
    let name = actor_words(log.locale, &row.actor);
    let title = masked_title(log, &name);
    let actor = &row.actor;
    let like = actor
        .id
        .clone()
        .or_else(|| actor.email.clone())
        .or_else(|| actor.name.clone());
    view! {
        <td role="cell" class="actor">
            <span class="who" title=title>
                <Picture actor=row.actor.clone() />
                <bdi>{name}</bdi>
            </span>
            {like.map(|value| view! { <MoreLike qualifier="actor" value is_in_tab_order=false /> })}
        </td>
    }
}

fn action(log: Log, row: &ActivityRow) -> impl IntoView + use<> {
    let glyph = action_glyph(&row.action, row.categories);
    let label = match action_label(log.locale, &row.action) {
        Some(label) => label.into_any(),
        None => view! { <bdi dir="ltr">{row.action.clone()}</bdi> }.into_any(),
    };
    view! {
        <td role="cell" class="action" title=row.action.clone()>
            <Icon glyph />
            {label}
            <MoreLike qualifier="action" value=row.action.clone() is_in_tab_order=false />
        </td>
    }
}

fn what(log: Log, line: &Line) -> impl IntoView + use<> {
    let row = &line.row;
    let id = row.id;
    let fold = (!line.folded.is_empty()).then(|| fold(log, id, line.folded.len() + 1));
    let told = told_by_rule(log.locale, row).or_else(|| row.description.clone());
    let description = told.as_deref().filter(|text| !text.trim().is_empty());
    let (name, beside) = match (&row.subject, description) {
        (Some(subject), text) => (subject_words(log.locale, subject), text),
        (None, Some(text)) => (text.to_owned(), None),
        (None, None) => {
            let label = action_label(log.locale, &row.action);
            (
                label.map_or_else(|| row.action.clone(), str::to_owned),
                None,
            )
        }
    };
    let is_text_used = row.subject.is_none() && description.is_some();
    let beside = match beside {
        Some(text) => text_beside(text).into_any(),
        None if is_text_used => ().into_any(),
        None => change_or_error(log, row),
    };
    let (title, dir) = (masked_title(log, &name), direction_of(&name));
    view! {
        <td role="cell" class="what">
            <div>
                <a
                    dir=dir
                    title=title
                    href=move || log.row_href(id)
                    on:click=move |event| log.follow_link(id, &event)
                >
                    {name}
                </a>
                {fold}
                {beside}
            </div>
        </td>
    }
}

/// How many say the same; a click shows them one by one.
fn fold(log: Log, id: ActivityId, count: usize) -> impl IntoView {
    let count = count as u64;
    let label = tr!(log.locale, find.unfold, count = count, n = number(count));
    view! {
        <button
            class="chip fold"
            type="button"
            aria-label=label.clone()
            title=label
            on:click=move |_| log.unfold(id)
        >
            "×" {number(count)}
        </button>
    }
}

fn text_beside(text: &str) -> impl IntoView + use<> {
    let line: String = text.lines().next().unwrap_or_default().to_owned();
    let dir = direction_of(&line);
    view! { <span class="desc" dir=dir>{line}</span> }
}

/// What changed first, else why it failed.
fn change_or_error(log: Log, row: &ActivityRow) -> AnyView {
    let locale = log.locale;
    if let Some(change) = &row.first_change {
        let reader = Reader::of(locale, row);
        let value = |value| reader.brief(&change.field, value);
        let more = u64::from(row.change_count.saturating_sub(1));
        let more = (more > 0).then(|| {
            format!(
                " {}",
                tr!(locale, activity.and_more, count = more, n = number(more))
            )
        });
        // What had no value before is said by its value alone.
        let before = (!change.before.is_null()).then(|| {
            view! {
                <bdi>{value(&change.before)}</bdi>
                <span class="arrow-to flip" aria-hidden="true">"→"</span>
                <span class="vh">" "{tr!(locale, activity.to)}" "</span>
            }
        });
        return view! {
            <span class="desc">
                {field_label(locale, &change.field)} " " {before} <bdi>{value(&change.after)}</bdi> {more}
            </span>
        }
        .into_any();
    }
    row.error
        .as_deref()
        .map(|error| text_beside(&said_words(locale, error)))
        .into_any()
}

fn outcome(log: Log, outcome: Outcome) -> impl IntoView + use<> {
    let label = outcome_label(log.locale, outcome);
    let (class, glyph) = outcome_mark(outcome);
    // What is normal is quiet.
    let shown = if outcome == Outcome::Success {
        view! { <span class="vh">{label}</span> }.into_any()
    } else {
        view! { <span class=format!("chip {class}")><Icon glyph />{label}</span> }.into_any()
    };
    view! { <td role="cell" class="outcome">{shown}</td> }
}

fn ip(log: Log, ip: Option<String>) -> impl IntoView + use<> {
    let title = ip
        .as_deref()
        .map(|ip| masked_title(log, ip).unwrap_or(ip).to_owned());
    let like = ip
        .clone()
        .map(|value| view! { <MoreLike qualifier="ip" value is_in_tab_order=false /> });
    view! {
        <td role="cell" class="ip" title=title><bdi dir="ltr">{ip}</bdi> {like}</td>
    }
}

/// The end of the id, which differs between entries of the same moment; copied whole.
fn id(log: Log, id: ActivityId) -> impl IntoView + use<> {
    let whole = id.to_string();
    let short = whole.get(whole.len() - 8..).unwrap_or(&whole).to_owned();
    let label = tr!(log.locale, activity.table.copy_id, id = short.as_str());
    view! {
        <td role="cell" class="id">
            <button
                type="button"
                title=whole.clone()
                aria-label=label
                on:click=move |_| log.copy(whole.clone())
            >
                <code>{short}</code>
            </button>
        </td>
    }
}

/// Why a value can't be read, when it is hidden.
pub fn masked_title(log: Log, text: &str) -> Option<&'static str> {
    text.contains(MASK)
        .then(|| tr!(log.locale, activity.hidden))
}
