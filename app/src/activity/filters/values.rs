//! A filter by the values of a qualifier: what is chosen, and a list to choose from with counts.

use crate::activity::browser;
use crate::activity::calls;
use crate::activity::listed_value::{ExcludeButton, ListedValue};
use crate::activity::search::{Search, use_search};
use crate::activity::words::{count_words, number};
use crate::asides::{Aside, aside};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use domain::query::Named;
use domain::view::Count;
use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

const ASK_AFTER: Duration = Duration::from_millis(120);

/// A value that can be chosen.
#[derive(Debug, Clone, PartialEq)]
struct Choice {
    value: String,
    label: Option<String>,
    count: Option<Count>,
}

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq, Default)]
struct Found {
    choices: Vec<Choice>,
    /// Set when only so many of the newest entries were looked at.
    looked_at: Option<u64>,
}

/// The button and the list that it opens.
#[component]
pub fn ValueFilter(qualifier: &'static str) -> impl IntoView {
    let log = use_search();
    let locale = log.locale;
    let chosen = Memo::new(move |_| log.q.with(|q| log.dialect().values_of(q, qualifier)));
    let left_out = Memo::new(move |_| {
        log.q
            .with(|q| log.dialect().excluded_values_of(q, qualifier))
    });
    let is_set = Memo::new(move |_| !chosen.with(Vec::is_empty) || !left_out.with(Vec::is_empty));
    // How often the list was opened or closed; it comes with the first time.
    let turns = RwSignal::new(0_u32);
    let is_wanted = Memo::new(move |_| turns.get() > 0);
    let values = Values {
        qualifier,
        chosen,
        left_out,
        turns,
    };
    let summary = move || {
        let names = |values: Vec<String>| {
            let names: Vec<String> = values
                .iter()
                .map(|value| label(log, qualifier, value))
                .collect();
            names.join(tr!(locale, activity.comma))
        };
        match (chosen.get(), left_out.get()) {
            (values, out) if values.is_empty() => {
                tr!(locale, activity.filter.not, values = names(out))
            }
            (values, _) => names(values),
        }
    };
    let id = format!("filter-{qualifier}");
    let anchor = format!("--{id}");
    let name = (log.kind.filter_name)(locale, qualifier);
    view! {
        <span class="filter" class:set=move || is_set.get() style=format!("anchor-name:{anchor}")>
            <button type="button" popovertarget=id.clone()>
                <Show when=move || is_set.get() fallback=move || view! { {name} }>
                    {name} ": " <b class="trunc">{summary}</b>
                </Show>
                <Icon glyph=icons::CHEVRON_DOWN />
            </button>
            <Show when=move || is_set.get()>
                <button
                    class="drop"
                    type="button"
                    aria-label=tr!(locale, activity.filter.drop, name = name)
                    on:click=move |_| log.edit(|text| without(log, text, qualifier))
                >
                    <Icon glyph=icons::X />
                </button>
            </Show>
        </span>
        <div
            class="menu pop values"
            id=id
            popover="auto"
            role="dialog"
            aria-label=name
            style=format!("position-anchor:{anchor}")
            on:toggle=move |_| turns.update(|turns| *turns += 1)
            on:keydown=move |event: KeyboardEvent| step(&event)
        >
            <Show when=move || is_wanted.get()>
                <Suspense>{move || Suspend::new(aside(Aside::Values(values)))}</Suspense>
            </Show>
        </div>
    }
}

/// What the list is made of. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Values {
    qualifier: &'static str,
    chosen: Memo<Vec<String>>,
    left_out: Memo<Vec<String>>,
    turns: RwSignal<u32>,
}

/// What the button opens.
pub fn list_of_values(values: Values) -> AnyView {
    let Values {
        qualifier,
        chosen,
        left_out,
        turns,
    } = values;
    let log = use_search();
    let locale = log.locale;
    let name = (log.kind.filter_name)(locale, qualifier);
    let has_search = !log.kind.closed.contains(&qualifier);
    let is_set = move || !chosen.with(Vec::is_empty) || !left_out.with(Vec::is_empty);
    let typed = RwSignal::new(String::new());
    let found = RwSignal::new(Found::default());
    let asking = StoredValue::new(None::<TimeoutHandle>);
    let ask = move || {
        if let Some(handle) = asking.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        let run = move || read(log, qualifier, typed, found);
        asking.set_value(set_timeout_with_handle(run, ASK_AFTER).ok());
    };
    Effect::new(move |_| {
        turns.track();
        ask();
    });
    let field = NodeRef::<Input>::new();
    // The popover has taken the focus before its content was there.
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let choices = move || {
        let mut all: Vec<Choice> = Vec::new();
        for value in chosen.get().into_iter().chain(left_out.get()) {
            let known = found.with(|found| {
                let choices = &found.choices;
                choices.iter().find(|c| c.value == value).cloned()
            });
            all.push(known.unwrap_or(Choice {
                value,
                label: None,
                count: None,
            }));
        }
        let others = found.with(|found| found.choices.clone());
        all.extend(
            others
                .into_iter()
                .filter(|choice| !all.iter().any(|c| c.value == choice.value))
                .collect::<Vec<_>>(),
        );
        all.into_iter()
            .map(|choice| view! { <Row qualifier choice /> })
            .collect_view()
    };
    let none = move || match found.with(|found| found.looked_at) {
        Some(n) => tr!(locale, activity.filter.none_newest, n = number(n)),
        None => tr!(locale, activity.filter.none).to_owned(),
    };
    view! {
        {has_search
            .then(|| {
                view! {
                    <input
                        class="input"
                        type="search"
                        autofocus
                        node_ref=field
                        aria-label=tr!(locale, activity.filter.find, name = name)
                        placeholder=tr!(locale, activity.filter.find, name = name)
                        prop:value=move || typed.get()
                        on:input=move |event| {
                            typed.set(event_target_value(&event));
                            ask();
                        }
                    />
                }
            })}
        <ul class="choices">{choices}</ul>
        <Show when=move || {
            found.with(|found| found.choices.is_empty()) && !is_set() && !typed.with(String::is_empty)
        }>
            <p class="hint">{none}</p>
        </Show>
    }
    .into_any()
}

/// A value: on, left out, or neither.
#[component]
fn Row(qualifier: &'static str, choice: Choice) -> impl IntoView {
    let log = use_search();
    let locale = log.locale;
    let value = ListedValue::new(log, qualifier, choice.value.clone(), choice.label.clone());
    let label = choice
        .label
        .unwrap_or_else(|| label(log, qualifier, &choice.value));
    let code = (label != choice.value && !log.kind.closed.contains(&qualifier))
        .then(|| view! { <small dir="ltr">{choice.value.clone()}</small> });
    let exclude = tr!(locale, activity.filter.exclude, value = label.as_str());
    view! {
        <li class:on=move || value.is_on() class:out=move || value.is_out()>
            <button
                type="button"
                aria-pressed=move || value.is_on().to_string()
                on:click=move |event| value.toggle(event.alt_key())
            >
                <span class="tick"><Icon glyph=icons::CHECK class="i-s" /></span>
                <span class="grow"><bdi>{label}</bdi> {code}</span>
                <span class="n">{choice.count.map(count_words)}</span>
            </button>
            <ExcludeButton value says=exclude />
        </li>
    }
}

/// Asks for values under the rest of the query. What it leaves out stays left out, as in the panel of values: a value has
/// the same number in both.
fn read(log: Search, qualifier: &'static str, typed: RwSignal<String>, found: RwSignal<Found>) {
    let prefix = typed.get_untracked();
    if log.kind.closed.contains(&qualifier) {
        found.set(Found {
            choices: untrack(|| listed(log, qualifier)),
            looked_at: None,
        });
    } else {
        spawn_local(async move {
            let none: [&str; 0] = [];
            let rest = log
                .q
                .with_untracked(|q| log.dialect().set_values(q, qualifier, &none));
            let answer = calls::suggest(rest, qualifier.to_owned(), prefix.clone()).await;
            if typed.try_get_untracked().as_ref() != Some(&prefix) {
                return;
            }
            let answer = answer.unwrap_or_default();
            let looked_at = answer.looked_at;
            let choices = answer.values.into_iter().filter_map(|suggestion| {
                let value = match log
                    .dialect()
                    .values_of(&suggestion.insert, qualifier)
                    .into_iter()
                    .next()
                {
                    Some(value) => value,
                    None => suggestion.insert.clone(),
                };
                (!value.is_empty()).then_some(Choice {
                    label: suggestion.label,
                    count: suggestion.count,
                    value,
                })
            });
            found.try_set(Found {
                choices: choices.collect(),
                looked_at,
            });
        });
    }
}

/// The values of a closed list, with the counts that are known already.
fn listed(log: Search, qualifier: &str) -> Vec<Choice> {
    log.dialect()
        .static_values(qualifier)
        .into_iter()
        .map(|value| Choice {
            count: log.count_of(qualifier, &value),
            label: None,
            value: value.into_owned(),
        })
        .collect()
}

/// The query without the qualifier, turned round or not.
fn without(log: Search, text: &str, qualifier: &str) -> String {
    let dialect = log.dialect();
    let mut text = dialect.set_values(text, qualifier, &[] as &[&str]);
    // One may find another: each time it is looked what is left.
    while let Some(value) = dialect
        .excluded_values_of(&text, qualifier)
        .into_iter()
        .next()
    {
        let named = Named {
            value: &value,
            label: None,
        };
        text = dialect.toggle_named(&text, qualifier, named, true);
    }
    text
}

/// What a value is called.
fn label(log: Search, qualifier: &str, value: &str) -> String {
    log.value_label(qualifier, value)
        .map_or_else(|| value.to_owned(), str::to_owned)
}

/// Up and down go from value to value.
fn step(event: &KeyboardEvent) {
    let by = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    event.prevent_default();
    browser::focus_next(
        ".values:popover-open :is(input, .choices button:not(.exclude))",
        by,
    );
}
