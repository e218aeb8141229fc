//! Legal holds: what they hold, why; setting and releasing one.

use super::calls;
use crate::AppError;
use crate::account::proof::{Proof, use_proof};
use crate::activity::words::{ago, count_words};
use crate::exports::words::source_label;
use crate::form::FormNote;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use chrono::{DateTime, Utc};
use domain::Code;
use domain::export::Source;
use domain::view::HoldView;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The logs that can be held.
const LOGS: [Source; 2] = [Source::Activity, Source::Messages];

/// The holds, and a form for a new one.
#[component]
pub fn Holds(
    /// As they are.
    first: Vec<HoldView>,
    /// Now.
    now: DateTime<Utc>,
) -> impl IntoView {
    let locale = use_locale();
    let holds = RwSignal::new(first);
    let error = RwSignal::new(None::<AppError>);
    // None: both logs. What is told of an order or a person mostly stands in both.
    let source = RwSignal::new(None::<Source>);
    let q = RwSignal::new(String::new());
    let reason = RwSignal::new(String::new());
    let is_pending = RwSignal::new(false);
    let proof = use_proof();
    let again = StoredValue::new(None::<Callback<()>>);
    let add = move || {
        if is_pending.get_untracked() {
            return;
        }
        is_pending.set(true);
        error.set(None);
        let sources = source
            .get_untracked()
            .map_or_else(|| LOGS.to_vec(), |one| vec![one]);
        let work = calls::add_holds(sources, q.get_untracked(), reason.get_untracked());
        spawn_local(async move {
            let answer = work.await;
            is_pending.try_set(false);
            match answer {
                Ok(made) => {
                    holds.try_update(|holds| drop(holds.splice(0..0, made)));
                    q.try_set(String::new());
                    reason.try_set(String::new());
                }
                Err(found) => ask(proof, again, found, error),
            }
        });
    };
    again.set_value(Some(Callback::new(move |()| add())));
    let on_add = move |event: SubmitEvent| {
        event.prevent_default();
        add();
    };
    let note = move || {
        error.with(|error| {
            let error = error.as_ref()?;
            let text = match (error.code(), error.0.fields.first()) {
                (Code::InvalidFields, Some(field)) if field.pointer == "/reason" => {
                    tr!(locale, erase.fault.reason).to_owned()
                }
                (Code::InvalidQuery, _) => error.0.message.clone(),
                (_, Some(field)) => field.message.clone(),
                _ => trouble_text(locale, error),
            };
            Some(view! { <FormNote text /> })
        })
    };
    let lines = move || {
        holds
            .get()
            .into_iter()
            .map(|hold| view! { <Hold hold holds error now /> })
            .collect_view()
    };
    let choices = LOGS
        .map(|there| view! { <option value=there.as_str()>{source_label(locale, there)}</option> })
        .collect_view();
    view! {
        <section class="block" aria-labelledby="r-holds">
            <h2 id="r-holds">{tr!(locale, retention.holds)}</h2>
            <p class="soft">{tr!(locale, retention.holds_text)}</p>
            {note}
            <ul class="jobs boxed">{lines}</ul>
            <form class="hold-form" on:submit=on_add novalidate>
                <div class="field">
                    <label for="h-source">{tr!(locale, exports.of)}</label>
                    <select
                        class="input"
                        id="h-source"
                        on:change=move |event| {
                            source.set(event_target_value(&event).parse().ok());
                        }
                    >
                        <option value="">{tr!(locale, retention.both)}</option>
                        {choices}
                    </select>
                </div>
                <div class="field">
                    <label for="h-q">{tr!(locale, exports.filter_head)}</label>
                    <input
                        class="input"
                        id="h-q"
                        dir="ltr"
                        autocomplete="off"
                        spellcheck="false"
                        placeholder="order:1042"
                        prop:value=q
                        on:input=move |event| q.set(event_target_value(&event))
                    />
                </div>
                <div class="field">
                    <label for="h-reason">{tr!(locale, erase.reason)}</label>
                    <input
                        class="input"
                        id="h-reason"
                        dir="auto"
                        maxlength="500"
                        autocomplete="off"
                        prop:value=reason
                        on:input=move |event| reason.set(event_target_value(&event))
                    />
                </div>
                <button class="btn" aria-disabled=move || is_pending.get().then_some("true")>
                    <Icon glyph=icons::LOCK />
                    {tr!(locale, retention.hold)}
                </button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn Hold(
    hold: HoldView,
    holds: RwSignal<Vec<HoldView>>,
    error: RwSignal<Option<AppError>>,
    now: DateTime<Utc>,
) -> impl IntoView {
    let locale = use_locale();
    let id = hold.id;
    let is_releasing = RwSignal::new(false);
    let reason = RwSignal::new(String::new());
    let proof = use_proof();
    let again = StoredValue::new(None::<Callback<()>>);
    let release = move || {
        error.set(None);
        spawn_local(async move {
            match calls::release_hold(id, reason.get_untracked()).await {
                Ok(()) => {
                    holds.try_update(|holds| holds.retain(|hold| hold.id != id));
                }
                Err(found) => ask(proof, again, found, error),
            }
        });
    };
    again.set_value(Some(Callback::new(move |()| release())));
    let on_release = move |event: SubmitEvent| {
        event.prevent_default();
        release();
    };
    let form = move || {
        is_releasing.get().then(|| {
            view! {
                <form class="row-flex" on:submit=on_release novalidate>
                    <input
                        class="input"
                        aria-label=tr!(locale, erase.reason)
                        placeholder=tr!(locale, erase.reason)
                        dir="auto"
                        maxlength="500"
                        autofocus
                        on:input=move |event| reason.set(event_target_value(&event))
                    />
                    <button class="btn small danger">{tr!(locale, retention.release)}</button>
                </form>
            }
        })
    };
    let q = hold.q.clone();
    let filter = if q.is_empty() {
        tr!(locale, exports.everything).into_any()
    } else {
        view! { <code class="q-in trunc" dir="ltr">{q}</code> }.into_any()
    };
    view! {
        <li class="job-line">
            <span class="mark"><Icon glyph=icons::LOCK /></span>
            <div class="grow">
                <div class="line">
                    <span class="strong">{source_label(locale, hold.source)}</span>
                    {filter}
                    <span class="dim">{count_words(hold.count)}</span>
                </div>
                <div class="line dim">
                    <bdi>{hold.by.clone()}</bdi>
                    " · "
                    <time datetime=hold.at.to_rfc3339()>{ago(locale, now, hold.at)}</time>
                    " · "
                    <bdi class="trunc">{hold.reason.clone()}</bdi>
                </div>
                {form}
            </div>
            <button
                class="btn small"
                type="button"
                aria-expanded=move || is_releasing.get().to_string()
                on:click=move |_| is_releasing.update(|is_on| *is_on = !*is_on)
            >
                {tr!(locale, retention.release)}
            </button>
        </li>
    }
    .into_any()
}

/// Shows why something was not done, or asks for the proof that it wants and does it again.
fn ask(
    proof: Proof,
    again: StoredValue<Option<Callback<()>>>,
    found: AppError,
    error: RwSignal<Option<AppError>>,
) {
    let is_asked = proof.ask(&found, move || {
        if let Some(again) = again.try_get_value().flatten() {
            again.run(());
        }
    });
    error.try_set(Some(found).filter(|_| !is_asked));
}
