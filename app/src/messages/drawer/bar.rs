//! The drawer's bar: which message, on to the next.

use crate::activity::browser;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::messages::state::use_messages;
use crate::messages::words::{channel_glyph, channel_label, counterpart};
use domain::message::MessageDirection;
use leptos::prelude::*;

/// The bar.
#[component]
pub fn Bar() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let row = move || {
        let detail = log.entry.get()?.detail?.ok()??;
        Some(detail.row.clone())
    };
    let name = move || {
        row().map(|row| {
            let word = match row.direction {
                MessageDirection::Outbound => tr!(locale, messages.drawer.to),
                MessageDirection::Inbound => tr!(locale, messages.drawer.from),
            };
            view! {
                <Icon glyph=channel_glyph(row.channel) class="i-s" />
                <span class="strong">{channel_label(locale, row.channel)}</span>
                <span class="dim trunc">{word} " " <bdi>{counterpart(locale, &row)}</bdi></span>
            }
        })
    };
    let close = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        log.close_message();
    };
    let list = move || log.address.with(|address| address.list().href());
    view! {
        <div class="drawer-bar">
            <a
                class="icon-btn only-narrow"
                aria-label=tr!(locale, messages.drawer.back)
                href=list
                on:click=close
            >
                <Icon glyph=icons::ARROW_LEFT class="flip" />
            </a>
            <span class="nowrap row-flex m-name">{name}</span>
            <span class="push"></span>
            <button
                class="icon-btn only-wide"
                type="button"
                aria-label=tr!(locale, messages.drawer.previous)
                title=tr!(locale, messages.drawer.previous)
                on:click=move |_| log.move_cursor(-1)
            >
                <Icon glyph=icons::CHEVRON_UP />
            </button>
            <button
                class="icon-btn only-wide"
                type="button"
                aria-label=tr!(locale, messages.drawer.next)
                title=tr!(locale, messages.drawer.next)
                on:click=move |_| log.move_cursor(1)
            >
                <Icon glyph=icons::CHEVRON_DOWN />
            </button>
            <button
                class="icon-btn"
                type="button"
                aria-label=tr!(locale, messages.drawer.copy_link)
                title=tr!(locale, messages.drawer.copy_link)
                on:click=move |_| log.copy(browser::address())
            >
                <Icon glyph=icons::LINK />
            </button>
            <a
                class="icon-btn only-wide"
                aria-label=tr!(locale, messages.drawer.close)
                title=tr!(locale, messages.drawer.close)
                href=list
                on:click=close
            >
                <Icon glyph=icons::X />
            </a>
        </div>
    }
    .into_any()
}
