//! The fields of the dialog: which rows, in which form.

use crate::AppError;
use crate::exports::words::{
    excepted_words, format_name, format_text, missing_words, records, source_label,
};
use crate::i18n::{code, tr, use_locale};
use crate::pages::trouble_text;
use crate::use_viewer;
use domain::export::{ExportFormat, Selection, Source};
use domain::view::SelectionCount;
use domain::{Code, Role};
use leptos::prelude::*;

/// Which log, and which of it.
#[component]
pub fn What(
    /// Which rows.
    selection: RwSignal<Selection>,
    /// The role of who asks.
    role: Role,
    /// The columns chosen, which belong to a log.
    columns: RwSignal<Vec<String>>,
) -> impl IntoView {
    let locale = use_locale();
    let first = selection.get_untracked();
    let (source, q) = (first.source(), first.q().unwrap_or_default().to_owned());
    let change = move |edit: &dyn Fn(&mut Source, &mut String)| {
        selection.update(|selection| {
            if let Selection::Matching {
                source,
                q,
                up_to,
                except,
            } = selection
            {
                let before = *source;
                edit(source, q);
                *up_to = None;
                // What was left out is of the log in which it was picked.
                if *source != before {
                    except.clear();
                }
            }
        });
    };
    let options = Source::ALL
        .iter()
        .copied()
        .filter(|source| role.reads(*source))
        .map(|there| {
            view! {
                <option value=there.as_str() selected=there == source>
                    {source_label(locale, there)}
                </option>
            }
        })
        .collect_view();
    view! {
        <div class="pair-fields">
            <div class="field">
                <label for="x-source">{tr!(locale, exports.of)}</label>
                <select
                    class="input"
                    id="x-source"
                    on:change=move |event| {
                        if let Ok(to) = event_target_value(&event).parse::<Source>() {
                            columns.set(Vec::new());
                            change(&|source, _| *source = to);
                        }
                    }
                >
                    {options}
                </select>
            </div>
            <div class="field">
                <label for="x-q">{tr!(locale, exports.filter_head)}</label>
                <input
                    class="input"
                    id="x-q"
                    dir="ltr"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=tr!(locale, exports.everything)
                    value=q
                    on:input=move |event| {
                        let typed = event_target_value(&event);
                        change(&|_, q| typed.trim().clone_into(q));
                    }
                />
            </div>
        </div>
    }
    .into_any()
}

/// How many records the file will have, and of which filter.
#[component]
pub fn Matched(
    /// Which rows.
    selection: RwSignal<Selection>,
    /// How many those are; none while they are being counted.
    counted: RwSignal<Option<Result<SelectionCount, AppError>>>,
) -> impl IntoView {
    let locale = use_locale();
    let words = move || match counted.get() {
        None => view! { <span class="skel" style="inline-size:9rem"></span> }.into_any(),
        Some(Ok(found)) if found.count.count == 0 => {
            let is_picked = selection.with_untracked(|selection| selection.q().is_none());
            let words = if is_picked {
                tr!(locale, exports.all_gone)
            } else {
                tr!(locale, exports.nothing)
            };
            words.into_any()
        }
        Some(Ok(found)) => {
            let source = selection.with_untracked(Selection::source);
            view! { <b>{records(locale, source, found.count.count)}</b> }.into_any()
        }
        Some(Err(error)) => {
            let text = match error.code() {
                Code::InvalidQuery => error.0.message.clone(),
                _ => trouble_text(locale, &error),
            };
            view! { <span class="status failed">{text}</span> }.into_any()
        }
    };
    let filter = move || {
        selection.with(|selection| {
            let q = selection.q().filter(|q| !q.is_empty())?.to_owned();
            Some(view! { <code class="q-in trunc" dir="ltr" title=q.clone()>{q.clone()}</code> })
        })
    };
    let excepted = move || {
        selection.with(|selection| match selection {
            Selection::Matching { except, .. } => excepted_words(locale, except.len() as u64),
            Selection::Ids { .. } => None,
        })
    };
    let missing = move || {
        let left = counted.with(|counted| match counted {
            Some(Ok(found)) => found.count.count,
            _ => 0,
        });
        let picked = selection.with(|selection| match selection {
            Selection::Ids { ids, .. } => ids.len() as u64,
            Selection::Matching { .. } => 0,
        });
        // That nothing is left is said already.
        missing_words(locale, picked.saturating_sub(left)).filter(|_| left > 0)
    };
    view! {
        <p class="matched" role="status">
            {words} " " {filter} " " {excepted} " " {missing}
        </p>
    }
    .into_any()
}

/// The formats, each with what it is good for.
#[component]
pub fn Formats(
    /// The format.
    format: RwSignal<ExportFormat>,
) -> impl IntoView {
    let locale = use_locale();
    let choices = ExportFormat::ALL
        .iter()
        .copied()
        .map(|there| {
            view! {
                <label>
                    <input
                        type="radio"
                        name="x-format"
                        value=there.as_str()
                        prop:checked=move || format.get() == there
                        on:change=move |_| format.set(there)
                    />
                    <span>
                        <b>{format_name(there)}</b>
                        <small>{format_text(locale, there)}</small>
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field formats">
            <legend class="label">{tr!(locale, exports.filter.format)}</legend>
            {choices}
        </fieldset>
    }
    .into_any()
}

/// Times as the store has them, or in UTC.
#[component]
pub fn Zone(
    /// The zone; none for the store's.
    zone: RwSignal<Option<String>>,
) -> impl IntoView {
    let locale = use_locale();
    let viewer = use_viewer();
    let store = move || {
        let zone = viewer
            .get()
            .and_then(Result::ok)
            .map(|viewer| viewer.store.time_zone);
        match zone {
            Some(zone) => format!("{} ({zone})", tr!(locale, exports.store_zone)),
            None => tr!(locale, exports.store_zone).to_owned(),
        }
    };
    let other = zone
        .get_untracked()
        .filter(|zone| zone != "UTC")
        .map(|zone| view! { <option value=zone.clone() selected=true>{zone.clone()}</option> });
    let is_utc = zone.with_untracked(|zone| zone.as_deref() == Some("UTC"));
    view! {
        <div class="field">
            <label for="x-zone">{tr!(locale, exports.zone)}</label>
            <select
                class="input"
                id="x-zone"
                on:change=move |event| {
                    let value = event_target_value(&event);
                    zone.set(Some(value).filter(|zone| !zone.is_empty()));
                }
            >
                <option value="">{store}</option>
                <option value="UTC" selected=is_utc>
                    "UTC"
                </option>
                {other}
            </select>
        </div>
    }
    .into_any()
}

/// The language of heads and words in the file.
#[component]
pub fn Language(
    /// The language's code.
    language: RwSignal<String>,
) -> impl IntoView {
    let locale = use_locale();
    let first = language.get_untracked();
    let options = crate::i18n::LANGUAGES
        .map(|(there, name)| {
            let value = code(there);
            view! {
                <option value=value lang=value selected=first == value>
                    {name}
                </option>
            }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for="x-language">{tr!(locale, exports.language)}</label>
            <select
                class="input"
                id="x-language"
                on:change=move |event| language.set(event_target_value(&event))
            >
                {options}
            </select>
        </div>
    }
    .into_any()
}
