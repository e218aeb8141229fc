//! The dialog: a field and what it finds. The focus stays in the field; arrows choose.

use super::entries::{self, Entry};
use crate::activity::browser;
use crate::dialog::show_modal;
use crate::find::calls;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::unsaved::use_unsaved;
use domain::view::{Found, Viewer};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use std::time::Duration;

/// The server is asked so long after the last key.
const ASK_AFTER: Duration = Duration::from_millis(140);
/// And not for less than so many letters.
const MIN_LETTERS: usize = 2;

/// Search or jump.
#[component]
pub fn CommandDialog(
    /// Who is signed in.
    viewer: Viewer,
    /// Called when it was closed.
    on_close: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let navigate = use_navigate();
    let navigate = StoredValue::new(navigate);
    let unsaved = use_unsaved();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            show_modal(dialog);
        }
    });
    let typed = RwSignal::new(String::new());
    let found = RwSignal::new((String::new(), Found::default()));
    let chosen = RwSignal::new(None::<usize>);
    let viewer = StoredValue::new(viewer);
    // What the server finds comes last: it arrives while somebody reaches for a line, and none may move from under them.
    let shown = Memo::new(move |_| {
        let typed = typed.get();
        viewer.with_value(|viewer| {
            let mut all = entries::known(locale, viewer, &typed);
            let is_known = !all.is_empty();
            all.extend(entries::searches(locale, viewer, &typed));
            let (is_of_these, found) =
                found.with(|(words, found)| (words == typed.trim(), entries::found(locale, found)));
            let best = if is_known || found.is_empty() || !is_of_these {
                0
            } else {
                all.len()
            };
            all.extend(found);
            (all, best)
        })
    });
    // Until they choose, Enter goes where the words fit best.
    let active = Memo::new(move |_| {
        let (count, best) = shown.with(|(all, best)| (all.len(), *best));
        chosen.get().unwrap_or(best).min(count.saturating_sub(1))
    });
    let asking = StoredValue::new(None::<TimeoutHandle>);
    let input = move |text: String| {
        chosen.set(None);
        typed.set(text.clone());
        if let Some(handle) = asking.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        let words = text.trim().to_owned();
        if words.chars().count() < MIN_LETTERS {
            found.set((String::new(), Found::default()));
            return;
        }
        let ask = move || {
            spawn_local(async move {
                let answer = calls::find(words.clone()).await;
                let is_same = typed.try_with_untracked(|typed| typed.trim() == words);
                if let (Ok(answer), Some(true)) = (answer, is_same) {
                    found.try_set((words, answer));
                }
            });
        };
        asking.set_value(set_timeout_with_handle(ask, ASK_AFTER).ok());
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let go = move |entry: &Entry| {
        close();
        if !unsaved.asks(&entry.href) {
            navigate.with_value(|navigate| navigate(&entry.href, Default::default()));
        }
    };
    let key = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let at = active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => chosen.set(Some(at + 1)),
            "ArrowUp" => chosen.set(Some(at.saturating_sub(1))),
            "Enter" => {
                let entry = shown.with_untracked(|(all, _)| all.get(at).cloned());
                if let Some(entry) = entry {
                    go(&entry);
                }
            }
            _ => return,
        }
        event.prevent_default();
        let at = active.get_untracked();
        request_animation_frame(move || browser::reveal(&format!("#command-{at}")));
    };
    let lines = move || {
        let mut last = None;
        let (all, _) = shown.get();
        all.into_iter()
            .enumerate()
            .map(|(at, entry)| {
                let head = (last != Some(entry.section)).then_some(entry.section);
                last = Some(entry.section);
                let choose = {
                    let entry = entry.clone();
                    move |_| go(&entry)
                };
                view! {
                    {head.map(|head| view! { <li class="label" role="presentation">{head}</li> })}
                    <li
                        role="option"
                        id=format!("command-{at}")
                        aria-selected=move || (active.get() == at).to_string()
                        on:pointerdown=|event| event.prevent_default()
                        on:pointermove=move |_| {
                            if active.get_untracked() != at {
                                chosen.set(Some(at));
                            }
                        }
                        on:click=choose
                    >
                        <Icon glyph=entry.glyph />
                        <bdi class="what trunc" dir="auto">{entry.label}</bdi>
                        {entry.beside.map(|beside| view! { <bdi class="dim trunc" dir="auto">{beside}</bdi> })}
                    </li>
                }
            })
            .collect_view()
    };
    let none = move || {
        shown.with(|(all, _)| all.is_empty()).then(|| {
            view! { <p class="hint">{tr!(locale, find.nothing)}</p> }
        })
    };
    let active_id = move || {
        shown
            .with(|(all, _)| !all.is_empty())
            .then(|| format!("command-{}", active.get()))
    };
    view! {
        <dialog
            class="modal command"
            aria-label=tr!(locale, find.command)
            node_ref=dialog
            on:close=move |_| on_close.run(())
            on:click=move |event| {
                // A press beside it.
                let is_self = event.target().is_some_and(|target| {
                    use leptos::wasm_bindgen::JsCast as _;
                    target
                        .dyn_into::<leptos::web_sys::Element>()
                        .is_ok_and(|element| element.tag_name() == "DIALOG")
                });
                if is_self {
                    close();
                }
            }
        >
            <div class="command-field">
                <Icon glyph=icons::SEARCH />
                <input
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-autocomplete="list"
                    aria-controls="command-list"
                    aria-activedescendant=active_id
                    aria-label=tr!(locale, find.command)
                    placeholder=tr!(locale, find.command_placeholder)
                    autocomplete="off"
                    spellcheck="false"
                    enterkeyhint="go"
                    dir="auto"
                    autofocus
                    on:input=move |event| input(event_target_value(&event))
                    on:keydown=key
                />
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=tr!(locale, common.close)
                    on:click=move |_| close()
                >
                    <Icon glyph=icons::X />
                </button>
            </div>
            <ul class="command-list" id="command-list" role="listbox" aria-label=tr!(locale, find.results)>
                {lines}
            </ul>
            {none}
        </dialog>
    }
    .into_any()
}
