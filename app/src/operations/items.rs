//! The items of an operation: which are shown, the causes of failure, the table, and what is done with those selected.

use super::calls::Showing;
use super::state::{OperationLog, Reverting, use_operation};
use super::window;
use super::words::{list_change, value_words};
use crate::activity::words::{field_label, number};
use crate::failed::{MoreFailed, why};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::said::said_words;
use crate::select::{LoadedBox, PickCell};
use domain::operation::revert::Part;
use domain::operation::{Control, ItemOutcome, MAX_RETRIED, OperationId, OperationStep};
use domain::view::ItemRow;
use leptos::prelude::*;
use serde_json::Value;
use std::sync::Arc;

/// The items.
#[component]
pub fn Items() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let list = log.list;
    let is_empty = Memo::new(move |_| list.loaded.with(|loaded| loaded.is_empty()));
    let is_blank = move || is_empty.get() && !log.is_loading.get();
    // Minus one: that many are not known (ARIA 1.2, aria-rowcount).
    let count = move || {
        list.loaded.with(|loaded| match loaded.next {
            Some(_) => -1,
            None => loaded.len() as i64 + 1,
        })
    };
    let share = Signal::derive(move || log.selected.share(list));
    let pick = Callback::new(move |()| log.selected.toggle_loaded(list));
    let head = move || {
        log.pickable().is_some().then(|| {
            view! {
                <th role="columnheader" scope="col" class="c-check">
                    <LoadedBox share pick />
                </th>
            }
        })
    };
    let first_words = move || {
        log.detail.with(|detail| {
            let row = &detail.row;
            let is_open = row.reverts.is_some() && !row.state.is_ended();
            match row.waiting().filter(|waiting| is_open && *waiting > 0) {
                Some(count) => {
                    let n = number(count);
                    tr!(locale, operations.item.waiting, count = count, n = n)
                }
                None => tr!(locale, operations.item.first_words).to_owned(),
            }
        })
    };
    let rows = window::rows(list, move |row: Arc<ItemRow>| {
        view! { <Item log row=Arc::unwrap_or_clone(row) /> }.into_any()
    });
    view! {
        <Facets />
        <Picked />
        <Causes />
        <table class="op-items" role="table" aria-rowcount=count aria-label=tr!(locale, operations.items_of)>
            <thead role="rowgroup">
                <tr role="row">
                    {head}
                    <th role="columnheader" scope="col" class="what">{tr!(locale, operations.column.thing)}</th>
                    <th role="columnheader" scope="col" class="which">{tr!(locale, operations.column.field)}</th>
                    <th role="columnheader" scope="col" class="num">{tr!(locale, operations.column.before)}</th>
                    <th role="columnheader" scope="col" class="arrow"><span class="vh">{tr!(locale, operations.column.to)}</span></th>
                    <th role="columnheader" scope="col">{tr!(locale, operations.column.after)}</th>
                    <th role="columnheader" scope="col" class="since">{tr!(locale, operations.column.since)}</th>
                </tr>
            </thead>
            {rows}
        </table>
        <Show when=is_blank>
            <div class="blank">
                <h2>{tr!(locale, operations.item.none)}</h2>
                <p>{first_words}</p>
            </div>
        </Show>
        <Show when=move || log.is_loading.get()>
            <p class="end dim" role="status">{tr!(locale, operations.loading)}</p>
        </Show>
        {move || log.error.get().map(|error| {
            let again = Callback::new(move |()| log.try_again());
            view! { <MoreFailed text=why(locale, &error) code=error.code() again /> }
        })}
    }
    .into_any()
}

/// Lies over the head of the table while items are selected: how many, and the way to take them back, or to have what
/// failed tried again.
#[component]
fn Picked() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let selected = log.selected;
    let pickable = Memo::new(move |_| log.pickable());
    let is_any = Memo::new(move |_| {
        pickable.get().is_some() && selected.picks.with(|picks| !picks.is_empty())
    });
    let share = Signal::derive(move || selected.share(log.list));
    let pick = Callback::new(move |()| selected.toggle_loaded(log.list));
    let words = move || {
        let count = selected.count().unwrap_or_default();
        tr!(locale, find.select.count, count = count, n = number(count))
    };
    let all = move || {
        let changed = log.detail.with(|detail| detail.row.changed);
        (selected.count() != Some(changed)).then(|| {
            view! {
                <button class="all" type="button" on:click=move |_| selected.pick_all(changed)>
                    {tr!(locale, operations.pick.all, n = number(changed))}
                </button>
            }
        })
    };
    let act = move || {
        if pickable.get() == Some(ItemOutcome::Failed) {
            return view! { <RetryPicked /> }.into_any();
        }
        view! {
            {all}
            <span class="sep"></span>
            <button class="danger" type="button" on:click=move |_| log.revert(log.picked())>
                <Icon glyph=icons::UNDO_2 class="flip" />
                <span>{tr!(locale, operations.pick.revert)}</span>
            </button>
        }
        .into_any()
    };
    view! {
        <Show when=move || is_any.get()>
            <div class="op-picked">
                <div class="selbar" role="toolbar" aria-label=tr!(locale, find.select.title)>
                    <LoadedBox share pick />
                    <b role="status">{words}</b>
                    {act}
                    <button
                        class="icon-btn push"
                        type="button"
                        aria-label=tr!(locale, find.select.clear)
                        title=tr!(locale, find.select.clear)
                        on:click=move |_| {
                            selected.clear();
                        }
                    >
                        <Icon glyph=icons::X />
                    </button>
                </div>
            </div>
        </Show>
    }
    .into_any()
}

/// Asks the source to try again what is selected of what failed.
#[component]
fn RetryPicked() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let is_too_much = Memo::new(move |_| log.is_too_much());
    view! {
        <Show
            when=move || !is_too_much.get()
            fallback=move || {
                view! { <span>{tr!(locale, operations.pick.too_many, n = number(MAX_RETRIED as u64))}</span> }
            }
        >
            <span class="sep"></span>
            <button type="button" on:click=move |_| log.retry_picked()>
                <Icon glyph=icons::ROTATE_CCW class="flip" />
                <span>{tr!(locale, operations.pick.retry)}</span>
            </button>
        </Show>
    }
    .into_any()
}

/// Which items are shown, with their numbers.
#[component]
fn Facets() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let count = move |outcome: Option<ItemOutcome>| {
        log.detail.with(|detail| match outcome {
            None => detail.row.done(),
            Some(ItemOutcome::Changed) => detail.row.changed,
            Some(ItemOutcome::Unchanged) => detail.row.unchanged,
            Some(ItemOutcome::Failed) => detail.row.failed,
        })
    };
    let facets = [
        (None, tr!(locale, operations.show.all)),
        (
            Some(ItemOutcome::Changed),
            tr!(locale, operations.show.changed),
        ),
        (
            Some(ItemOutcome::Unchanged),
            tr!(locale, operations.show.unchanged),
        ),
        (
            Some(ItemOutcome::Failed),
            tr!(locale, operations.show.failed),
        ),
    ];
    let facet = move |(outcome, label): (Option<ItemOutcome>, &'static str)| {
        let showing = Showing {
            outcome,
            cause: None,
        };
        let is_on = move || {
            log.showing
                .with(|now| now.outcome == outcome && now.cause.is_none())
        };
        // What there is none of has no button, unless it is the one pressed.
        let is_there = move || outcome.is_none() || count(outcome) > 0 || is_on();
        let class = if outcome == Some(ItemOutcome::Failed) {
            "n n-failed"
        } else {
            "n"
        };
        view! {
            <Show when=is_there>
                <button type="button" aria-pressed=move || is_on().to_string() on:click=move |_| log.show(showing)>
                    {label}
                    <span class=class>{move || number(count(outcome))}</span>
                </button>
            </Show>
        }
    };
    let waiting = move || {
        let waiting = log
            .detail
            .with(|d| d.row.waiting().filter(|_| !d.row.state.is_ended()))?;
        Some(
            view! { <span class="waits">{tr!(locale, operations.show.waiting)} " " <span class="n">{number(waiting)}</span></span> },
        )
    };
    view! {
        <div class="facets op-facets" role="group" aria-label=tr!(locale, operations.items)>
            {facets.into_iter().map(facet).collect_view()}
            {waiting}
        </div>
    }
    .into_any()
}

/// Why items failed, each cause with its number: pressed, it shows its items.
#[component]
fn Causes() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let is_shown = move || {
        log.showing.with(|now| now.is_of_failed())
            && log.detail.with(|detail| !detail.causes.is_empty())
    };
    let causes = move || {
        let causes = log.detail.with(|detail| detail.causes.clone());
        causes
            .into_iter()
            .map(|cause| {
                let showing = Showing { outcome: None, cause: Some(cause.id) };
                let is_on = move || log.showing.with(|now| *now == showing);
                view! {
                    <li>
                        <button type="button" aria-pressed=move || is_on().to_string() on:click=move |_| log.show(showing)>
                            <Icon glyph=icons::CIRCLE_ALERT />
                            <span class="trunc" dir="auto">{said_words(locale, &cause.words)}</span>
                            <span class="n">{number(cause.count)}</span>
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <Show when=is_shown>
            <ul class="op-causes" aria-label=tr!(locale, operations.causes)>{causes}</ul>
            <Retry />
        </Show>
    }
    .into_any()
}

/// How what failed can be tried once more: by the revert itself, and else only where it ran, which its source may be asked to.
#[component]
fn Retry() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let state = Memo::new(move |_| {
        log.detail.with(|detail| {
            let row = &detail.row;
            (row.reverts.clone(), row.state.is_ended(), row.failed)
        })
    });
    let can_retry = log
        .detail
        .with_untracked(|detail| detail.row.controls.contains(&Control::Retry));
    let again = move || match state.get() {
        (None, ..) if !can_retry => {
            view! { <p class="dim">{tr!(locale, operations.retry.elsewhere)}</p> }.into_any()
        }
        (_, false, _) => {
            view! { <p class="dim">{tr!(locale, operations.retry.later)}</p> }.into_any()
        }
        (None, true, failed) => view! { <Ask failed /> }.into_any(),
        (Some(_), ..) if !log.may_revert() => ().into_any(),
        (Some(reverted), _, failed) => {
            let part = Part::FailedOf(OperationId(log.id.get_value()));
            let reverting = Reverting {
                id: reverted.0,
                part,
            };
            view! {
                <button
                    class="btn small"
                    type="button"
                    on:click=move |_| log.reverting.set(Some(reverting.clone()))
                >
                    <Icon glyph=icons::ROTATE_CCW class="flip" />
                    {tr!(locale, operations.retry.again, n = number(failed))}
                </button>
            }
            .into_any()
        }
    };
    view! { <div class="op-retry">{again}</div> }.into_any()
}

/// Asks the source to try again what failed, or says that it was asked.
#[component]
fn Ask(failed: u64) -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let asked = move || {
        log.detail.with(|detail| {
            if detail.row.asked != Some(Control::Retry) {
                return None;
            }
            let step = detail
                .trail
                .iter()
                .find(|step| step.step == OperationStep::RetryAsked);
            let words = match step.and_then(|step| step.picked) {
                Some(picked) => tr!(locale, operations.retry.asked_some, n = number(picked)),
                None => tr!(locale, operations.retry.asked).to_owned(),
            };
            Some(view! { <p class="dim">{words}</p> })
        })
    };
    view! {
        <Show when=move || log.can(Control::Retry)>
            <button class="btn small" type="button" on:click=move |_| log.ask(Control::Retry)>
                <Icon glyph=icons::ROTATE_CCW class="flip" />
                {tr!(locale, operations.retry.ask, n = number(failed))}
            </button>
        </Show>
        {asked}
    }
    .into_any()
}

#[component]
fn Item(log: OperationLog, row: ItemRow) -> impl IntoView {
    let locale = log.locale;
    let (list, place) = (log.list, row.place);
    let outcome = row.outcome;
    let is_changed = outcome == ItemOutcome::Changed;
    let index = move || list.index_of(place);
    let is_selected =
        move || (log.pickable() == Some(outcome) && log.selected.has(place)).then_some("true");
    let name = format!(
        "{} {}",
        row.subject.label(),
        field_label(locale, &row.field)
    );
    let pick = move || {
        Some(if log.pickable()? == outcome {
            let label = tr!(locale, operations.pick.row, what = name.as_str());
            view! { <PickCell selected=log.selected list id=place label /> }.into_any()
        } else {
            view! { <td role="cell" class="check"></td> }.into_any()
        })
    };
    let label = row.subject.label().to_owned();
    let id = row.subject.name.is_some().then(|| row.subject.id.clone());
    let href = about_href(&row);
    let words = |value: &Value| value_words(locale, value);
    let lists = row
        .before
        .as_ref()
        .zip(row.after.as_ref())
        .filter(|_| is_changed)
        .and_then(|(b, a)| list_change(b, a));
    let before = match (&row.before, &lists) {
        (_, Some(_)) => None,
        (None, None) => Some(tr!(locale, operations.item.unknown).to_owned()),
        (Some(value), None) => Some(value_words(locale, value)),
    };
    let after = match (&row.after, lists) {
        (_, Some((added, removed))) => view! { <Lists added removed locale /> }.into_any(),
        (Some(value), None) if is_changed => {
            view! { <ins class="v"><bdi>{value_words(locale, value)}</bdi></ins> }.into_any()
        }
        _ => {
            let words = if outcome == ItemOutcome::Failed {
                tr!(locale, operations.item.not_written)
            } else {
                tr!(locale, operations.item.unchanged)
            };
            view! { <span class="dim">{words}</span> }.into_any()
        }
    };
    let (before_title, after_title) = (before.clone(), row.after.as_ref().map(words));
    let is_plain = before.is_some() && is_changed;
    let arrow = is_plain.then(|| {
        view! { <span class="arrow-to flip" aria-hidden="true">"→"</span> <span class="vh">{tr!(locale, operations.column.to)}</span> }
    });
    view! {
        <tr role="row" data-row="" aria-rowindex=index aria-selected=is_selected>
            {pick}
            <td role="cell" class="what">
                <a href=href><bdi>{label}</bdi></a>
                {id.map(|id| view! { <span class="desc dim"><bdi dir="ltr">{id}</bdi></span> })}
            </td>
            <td role="cell" class="which dim">{field_label(locale, &row.field)}</td>
            <td role="cell" class="num" title=before_title><bdi class="soft">{before}</bdi></td>
            <td role="cell" class="arrow">{arrow}</td>
            <td role="cell" class="after" title=after_title>{after}</td>
            <td role="cell" class="since"><Since row locale /></td>
        </tr>
    }
    .into_any()
}

/// What a list gained and lost.
#[component]
fn Lists(added: Vec<Value>, removed: Vec<Value>, locale: Locale) -> impl IntoView {
    let chip = move |sign: &'static str, value: &Value| {
        view! { <span class="times">{sign} " " <bdi>{value_words(locale, value)}</bdi></span> }
    };
    let gone = removed.iter().map(|value| chip("−", value)).collect_view();
    let come = added.iter().map(|value| chip("+", value)).collect_view();
    view! { {come} {gone} }.into_any()
}

/// What became of it: why it failed, who changed it since.
#[component]
fn Since(row: ItemRow, locale: Locale) -> impl IntoView {
    if let Some(error) = row.error {
        let error = said_words(locale, &error);
        let told = error.clone();
        return view! {
            <span class="status failed" title=told><Icon glyph=icons::CIRCLE_ALERT /><span dir="auto">{error}</span></span>
        }
        .into_any();
    }
    match row.since {
        Some(since) if since.is_gone => view! {
            <span class="status off"><Icon glyph=icons::CIRCLE_SLASH />{tr!(locale, operations.item.gone)}</span>
        }
        .into_any(),
        Some(since) => {
            let words = tr!(locale, operations.item.changed_by, name = since.by.label());
            let now = value_words(locale, &since.now);
            view! {
                <span class="status pending" title=now><Icon glyph=icons::TRIANGLE_ALERT /><span>{words}</span></span>
            }
            .into_any()
        }
        None => view! { <span class="vh">{tr!(locale, operations.item.as_left)}</span> }.into_any(),
    }
}

/// Everything about the thing, in the activity log.
fn about_href(row: &ItemRow) -> String {
    let about = format!("{}/{}", row.subject.kind, row.subject.id);
    crate::activity::address::href_of(&format!("about:{}", domain::query::quote_value(&about)))
}

impl OperationLog {
    /// Whether nothing of it can be taken back.
    pub fn is_nothing_changed(self) -> bool {
        self.detail.with(|detail| detail.row.changed == 0)
    }
}
