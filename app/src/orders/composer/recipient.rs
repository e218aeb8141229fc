//! To whom it goes.

use super::Draft;
use crate::activity::browser;
use crate::i18n::tr;
use crate::orders::thread::use_thread;
use domain::message::{Channel, shown_number};
use leptos::prelude::*;

/// What speaks against to whom it goes: nobody is known, or the last message to them failed.
#[component]
pub fn Warning() -> impl IntoView {
    let log = use_thread();
    let draft = expect_context::<Draft>();
    let words = move || {
        if log.reachable.with(Vec::is_empty) {
            return Some(tr!(log.locale, messages.composer.nowhere).to_owned());
        }
        let to = draft.address(log)?;
        log.failure_sentence(draft.channel.get(), &to)
    };
    view! { <p class="hint warning" role="status" dir="auto">{words}</p> }.into_any()
}

/// To whom it goes: a choice when more than one address or number is known, and always another one.
#[component]
pub fn To() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let known = Memo::new(move |_| draft.known(log));
    let writes_other = Memo::new(move |_| draft.writes_other(log));
    let choice = move || {
        if writes_other.get() {
            return view! { <Other /> }.into_any();
        }
        let known = known.get();
        if known.len() < 2 {
            let only = known.first().map(|address| shown_number(address));
            return view! { <bdi class="trunc" dir="ltr">{only}</bdi> }.into_any();
        }
        let options = known
            .into_iter()
            .map(|address| {
                let shown = shown_number(&address);
                let value = address.clone();
                let is_chosen = move || draft.address(log).as_ref() == Some(&address);
                let is_first = untrack(&is_chosen);
                view! {
                    <option value=value selected=is_first prop:selected=is_chosen>
                        {shown}
                    </option>
                }
            })
            .collect_view();
        view! {
            <select
                class="input"
                dir="ltr"
                aria-label=tr!(locale, messages.composer.recipient)
                on:change=move |event| draft.to.set(Some(event_target_value(&event)))
            >
                {options}
            </select>
        }
        .into_any()
    };
    view! {
        <span class="to small dim">
            <span>{tr!(locale, messages.composer.to)}</span>
            {choice}
            <Show when=move || known.with(|known| !known.is_empty())>
                <Turn writes_other />
            </Show>
        </span>
    }
    .into_any()
}

/// From the addresses and numbers that are known to another one, and back.
#[component]
fn Turn(writes_other: Memo<bool>) -> impl IntoView {
    let log = use_thread();
    let draft = expect_context::<Draft>();
    let words = move || {
        if writes_other.get() {
            tr!(log.locale, messages.composer.known)
        } else {
            tr!(log.locale, messages.composer.other)
        }
    };
    let turn = move |_| {
        let is_other = !writes_other.get_untracked();
        draft.other.set(is_other.then(String::new));
        if is_other {
            request_animation_frame(|| browser::focus(".other-field"));
        }
    };
    view! {
        <button class="btn small bare" type="button" on:click=turn>
            {words}
        </button>
    }
    .into_any()
}

/// The field for another address or number.
#[component]
fn Other() -> impl IntoView {
    let log = use_thread();
    let draft = expect_context::<Draft>();
    let is_mail = move || draft.channel.get() == Channel::Email;
    let mode = move || if is_mail() { "email" } else { "tel" };
    let example = move || {
        if is_mail() {
            tr!(log.locale, messages.composer.example_mail)
        } else {
            tr!(log.locale, messages.composer.example_number)
        }
    };
    view! {
        <input
            class="input other-field"
            type="text"
            dir="ltr"
            maxlength="254"
            autocomplete="off"
            inputmode=mode
            aria-label=tr!(log.locale, messages.composer.recipient)
            placeholder=example
            prop:value=move || draft.other.get().unwrap_or_default()
            on:input=move |event| draft.other.set(Some(event_target_value(&event)))
        />
    }
    .into_any()
}
