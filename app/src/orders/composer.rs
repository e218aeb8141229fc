//! The composer: channel, text, files, templates; what is sent is held for a moment in which it can be stopped.

mod again;
mod built_in;
mod draft;
mod files;
mod recipient;
mod send;
mod templates;

pub use again::{EditButton, SendByOther, by_other};
pub use built_in::{BuiltIn, built_in};
pub use draft::Draft;
pub use files::FileDraft;
#[cfg(not(feature = "ssr"))]
pub use files::{MOST, base64};

use super::thread::use_thread;
use crate::activity::live::Connection;
use crate::activity::words::number;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::messages::address::WRITE;
use crate::messages::words::{channel_glyph, channel_label, size_words};
use crate::preferences::use_preferences;
use domain::message::{Channel, segments};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use recipient::{To, Warning};
use templates::Templates;

/// The composer; why there is none otherwise.
#[component]
pub fn Composer() -> impl IntoView {
    let log = use_thread();
    let content = if log.may_send() {
        view! { <Form /> }.into_any()
    } else {
        view! { <p class="hint">{tr!(log.locale, messages.composer.may_not)}</p> }.into_any()
    };
    view! { <footer class="composer">{content}</footer> }.into_any()
}

#[component]
fn Form() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let keys = use_preferences().shortcut("⌘↵");
    let is_lost = move || {
        matches!(
            log.live.connection.get(),
            Connection::Lost | Connection::Ended
        )
    };
    let lacks_country = Memo::new(move |_| draft.lacks_country(log));
    let is_set_up = Memo::new(move |_| log.is_set_up(draft.channel.get()));
    let is_barred = move || is_lost() || !is_set_up.get() || lacks_country.get();
    // A picture on WhatsApp needs no words.
    let says_nothing = move || {
        let has_files =
            draft.channel.get() == Channel::Whatsapp && !draft.files.with(Vec::is_empty);
        draft.text.with(|t| t.trim().is_empty()) && !has_files
    };
    let is_off = move || is_barred() || draft.is_sending.get() || says_nothing();
    let send = move || {
        if !untrack(is_off) {
            send::send(log, draft);
        }
    };
    let label = move || {
        let name = log.order.with(|order| order.customer_name.clone());
        let name = name.unwrap_or_default();
        let channel = channel_label(locale, draft.channel.get());
        tr!(
            locale,
            messages.composer.label,
            name = name,
            channel = channel
        )
    };
    let note = move || {
        if is_lost() {
            return Some(tr!(locale, messages.composer.offline).to_owned());
        }
        if !is_set_up.get() {
            let channel = channel_label(locale, draft.channel.get());
            return Some(tr!(locale, messages.composer.not_set_up, channel = channel));
        }
        if lacks_country.get() {
            return Some(tr!(locale, messages.composer.no_country).to_owned());
        }
        parts(locale, draft)
    };
    let mistake = move || {
        let words = draft.mistake.get()?;
        Some(view! { <p class="error-text" role="alert" dir="auto">{words}</p> })
    };
    let key = move |event: KeyboardEvent| {
        let is_send = event.key() == "Enter" && (event.meta_key() || event.ctrl_key());
        if is_send && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };
    view! {
        <form
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
            on:keydown=key
        >
            <div class="head">
                <Channels />
                <To />
                <Writing />
            </div>
            <Warning />
            <Show when=move || draft.channel.get() == Channel::Email>
                <input
                    class="subject-field"
                    type="text"
                    dir="auto"
                    maxlength="300"
                    aria-label=tr!(locale, messages.composer.subject)
                    placeholder=tr!(locale, messages.composer.subject)
                    prop:value=move || draft.subject.get()
                    on:input=move |event| draft.subject.set(event_target_value(&event))
                />
            </Show>
            <textarea
                id=WRITE
                dir="auto"
                rows="2"
                aria-label=label
                placeholder=tr!(locale, messages.composer.placeholder)
                prop:value=move || draft.text.get()
                on:input=move |event| {
                    let text = event_target_value(&event);
                    log.tell_typing(!text.is_empty());
                    draft.text.set(text);
                }
            ></textarea>
            <Chosen />
            {mistake}
            <div class="feet">
                <files::Attach />
                <Templates />
                <span class="hint trunc" class:whole=is_barred id="send-note" role="status">{note}</span>
                <span class="push"></span>
                <span class="hint nowrap only-wide" title=tr!(locale, messages.composer.hold_hint)>
                    {tr!(locale, messages.composer.held)}
                </span>
                <button
                    class="btn primary send"
                    aria-disabled=move || is_off().then_some("true")
                    aria-describedby=move || is_barred().then_some("send-note")
                >
                    <Icon glyph=icons::SEND_HORIZONTAL class="flip" />
                    <span>{tr!(locale, messages.composer.send)}</span>
                    <kbd class="only-wide" dir="ltr" aria-hidden="true">{keys}</kbd>
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// Who else is writing.
#[component]
fn Writing() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let name = Memo::new(move |_| {
        log.here.with(|here| {
            let writing = here.iter().find(|person| person.is_typing);
            writing.map(|person| person.name.clone())
        })
    });
    view! {
        <span class="push small dim typing-who" role="status">
            {move || {
                name.get()
                    .map(|name| {
                        view! {
                            <span class="typing" aria-hidden="true">
                                <i></i>
                                <i></i>
                                <i></i>
                            </span>
                            <bdi class="trunc">{tr!(locale, messages.thread.writes, name = name)}</bdi>
                        }
                    })
            }}
        </span>
    }
    .into_any()
}

/// How many parts an SMS takes.
fn parts(locale: crate::i18n::Locale, draft: Draft) -> Option<String> {
    if draft.channel.get() != Channel::Sms {
        return None;
    }
    let parts = draft.text.with(|text| segments(text));
    (parts.count > 0).then(|| {
        tr!(
            locale,
            messages.composer.parts,
            count = u64::from(parts.count),
            units = number(u64::from(parts.units))
        )
    })
}

/// The ways to the customer; the draft stays when another one is chosen. One that is not set up can be looked at and says so.
#[component]
fn Channels() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let choices = Channel::ALL
        .iter()
        .map(|&channel| {
            view! {
                <label>
                    <input
                        type="radio"
                        name="channel"
                        value=channel.as_str()
                        prop:checked=move || draft.channel.get() == channel
                        checked=draft.channel.get_untracked() == channel
                        on:change=move |_| draft.go_by(channel)
                    />
                    <Icon glyph=channel_glyph(channel) class="i-s" />
                    {channel_label(locale, channel)}
                    <Show when=move || !log.is_set_up(channel)>
                        <span title=tr!(locale, messages.composer.channel_off)>
                            <Icon glyph=icons::BAN class="i-s" />
                            <span class="vh">", " {tr!(locale, messages.composer.channel_off)}</span>
                        </span>
                    </Show>
                </label>
            }
        })
        .collect_view();
    view! {
        <span class="seg" role="radiogroup" aria-label=tr!(locale, messages.composer.channel)>{choices}</span>
    }
    .into_any()
}

/// The files that were chosen.
#[component]
fn Chosen() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let files = move || {
        draft.files.with(|files| {
            files
                .iter()
                .enumerate()
                .map(|(at, file)| {
                    let label = tr!(locale, messages.composer.remove, name = file.name.as_str());
                    view! {
                        <li class="chip line">
                            <Icon glyph=icons::PAPERCLIP class="i-s" />
                            <bdi class="trunc">{file.name.clone()}</bdi>
                            <bdi class="dim">{size_words(file.size_bytes)}</bdi>
                            <button type="button" aria-label=label on:click=move |_| draft.remove(at)>
                                <Icon glyph=icons::X class="i-s" />
                            </button>
                        </li>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <Show when=move || !draft.files.with(Vec::is_empty)>
            <ul class="chosen">{files}</ul>
        </Show>
    }
    .into_any()
}
